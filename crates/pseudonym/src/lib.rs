//! Pseudonyms: numbers to points, points to ciphertexts, and the closed table of conversions that
//! two transcryptors do blindly (n-PEP by `libpep`, ristretto255, 64-byte ciphertexts).
//!
//! Owns: [`CitizenNumber`] and [`ChainNumber`], the names of pseudonym [`Domain`]s and
//! [`KeyContext`]s, the table ([`allowed`], [`Conversion`]), one transcryptor's secrets and work
//! ([`TranscryptorSecrets`], [`Transcryptor`]), and the partner's side ([`SessionKey`], [`encrypt`],
//! [`decrypt`], [`Pseudonym`]).
//! Must not know: the wire, certificates and signatures, agreements, budgets and replays, the store.
//!
//! There is no trusted dealer. Transcryptor *i* makes its own part `y` of the global secret, its
//! own blinding `b` and its own two derivation secrets, and never shows them. It publishes
//! `y / b` ([`Transcryptor::blinded_part`]) and gives a partner, over that partner's own
//! connection, `b · k(context)` ([`Transcryptor::key_share`]). The product of all published parts
//! and all shares is the partner's session secret, `y₁y₂ · k₁k₂`, which neither transcryptor can
//! make without the other.
//!
//! ```
//! # fn main() -> Result<(), seinhuis_pseudonym::Error> {
//! # use rand::SeedableRng;
//! # let rng = &mut rand::rngs::StdRng::seed_from_u64(1);
//! use seinhuis_pseudonym::*;
//! # let (police, care) = ("00000099000000010000", "00000099000000020000");
//! # let context = |oin: &str| KeyContext {
//! #     oin: oin.parse().expect("an OIN"), desk: "intake".parse().expect("a desk"), epoch: 1 };
//! // Two organisations; in real life two processes that never see each other's secrets.
//! let hub = Transcryptor::new(TranscryptorSecrets::generate(rng)?);
//! let other = Transcryptor::new(TranscryptorSecrets::generate(rng)?);
//! let session = |context: &KeyContext| {
//!     SessionKey::combine(
//!         &[hub.blinded_part(), other.blinded_part()],
//!         &[hub.key_share(context), other.key_share(context)],
//!     )
//! };
//! let (from, to) = (context(police), context(care));
//! let (source, recipient) = (session(&from)?, session(&to)?);
//!
//! let number = CitizenNumber::parse("123456782")?;
//! let sent = encrypt(&number.point(), &source.public(), rng)?;
//!
//! let conversion = Conversion::new(Domain::Number, from, to.domain(), to)?;
//! let half = other.convert(&conversion, &source.public(), &[sent], rng)?;
//! let whole = hub.convert(&conversion, &half.output_key, &half.ciphertexts, rng)?;
//! whole.require_key(&recipient.public())?;
//! let pseudonym = decrypt(&recipient, &whole.ciphertexts[0])?;
//! # let _ = pseudonym.to_bytes();
//! # Ok(())
//! # }
//! ```

mod domain;
mod element;
mod error;
mod number;
mod secrets;
mod session;
mod transcryptor;

pub use domain::{Conversion, Domain, KeyContext, allowed};
pub use error::Error;
pub use number::{ChainNumber, CitizenNumber, Point};
pub use secrets::TranscryptorSecrets;
pub use session::{Pseudonym, SessionKey, decrypt, encrypt};
pub use transcryptor::{Converted, Transcryptor};

/// Length of an encoded ristretto255 element or scalar, in bytes (RFC 9496, section 4.3).
pub const ELEMENT_BYTES: usize = 32;
/// Length of a ciphertext, in bytes: the two elements `r·G` and `M + r·Y`, without the key `Y`.
pub const CIPHERTEXT_BYTES: usize = 64;

#[cfg(test)]
mod tests;
