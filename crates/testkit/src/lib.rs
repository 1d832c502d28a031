//! What tests and the demo share.
//!
//! Owns: a throw-away PKI shaped like PKIoverheid under test OINs ([`pki`]), a seeded generator for
//! tests ([`rng`]), the operating system's ([`random`]), and a whole chain in a folder ([`sandbox`]).
//! Must not know: any rule of the product. It makes material, good and bad; others judge it.

pub mod pki;
pub mod random;
pub mod rng;
pub mod sandbox;
