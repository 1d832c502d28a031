//! Pure rules and state machines: catalogue, agreement, consent, informing, signal, delivery,
//! break-glass review, audit entry.
//!
//! Owns: what a catalogue, an agreement, a signal and an entry are, and which of their states may
//! follow which. Must not know: the wire, the store, the policy engine, files other than text handed
//! to it, any clock.

pub mod agreement;
pub mod break_glass;
pub mod catalogue;
pub mod consent;
pub mod decision;
pub mod entry;
pub mod inform;
pub mod question;
pub mod register;
pub mod signal;
pub mod term;
