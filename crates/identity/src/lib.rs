//! Who is at the other end, and who signed.
//!
//! Owns: mutual TLS settings and the accept loop, the way from a verified chain to a partner's OIN,
//! revocation, signing certificates, compact JWS, key statements, person assertions and files with secrets.
//! Must not know: agreements, signals, what a partner may do, the store, the RPC framework.

pub mod acceptor;
pub mod certificate;
pub mod dial;
mod error;
pub mod jws;
pub mod key_statement;
pub mod person_assertion;
mod refusal;
pub mod secret_file;
pub mod signing;
pub mod tls;
pub mod trust;

pub use certificate::PeerIdentity;
pub use error::IdentityError;
pub use refusal::CertificateRefusal;
pub use trust::{TestOins, TrustAnchors, Usage};
