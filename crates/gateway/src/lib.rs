//! gRPC services over mutual TLS: messages to commands, replies to messages, errors to status; the
//! way to the log's witnesses; the published log over HTTPS.
//!
//! Owns: the services of `seinhuis.v1` at hub and pseudonymiser, the accept loop, limits per partner,
//! and the one map to gRPC status. Must not know: policy, the store, which engine or files.

mod admission;
mod convert;
mod ending;
#[doc(hidden)]
pub mod internal;
mod limits;
mod oversize;
mod peer;
mod pseudonymiser;
mod public;
mod remote;
mod serve;
mod services;
mod status;
mod witnesses;

pub use limits::PartnerLimits;
pub use peer::Peer;
pub use pseudonymiser::serve_pseudonymiser;
pub use public::serve_log;
pub use remote::RemotePseudonymiser;
pub use serve::{Bounds, ServeError, ServeSettings, serve_hub};
pub use witnesses::{RemoteWitnesses, check_witness_url};
