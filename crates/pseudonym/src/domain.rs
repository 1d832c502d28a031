//! The names of domains and session keys, and the closed table of conversions.
//!
//! Names are made from parsed types only, never from text of the wire: who could choose a name
//! could ask for the factor of another domain. Must not know: secrets, ciphertexts, agreements.

use crate::Error;
use libpep::contexts::{EncryptionContext, PseudonymizationDomain};
use seinhuis_types::{Desk, Oin};
use std::fmt;

/// In which world an identifier means something. Every partner has its own, per epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// Points of citizen numbers; has no epoch. Nothing is ever converted to it.
    Number,
    /// Points of criminal-chain numbers; has no epoch. Nothing is ever converted to it.
    Skn,
    /// The pseudonyms of one partner.
    Partner {
        /// The partner.
        oin: Oin,
        /// The epoch of the partner's pseudonyms.
        epoch: u32,
    },
}

impl Domain {
    pub(crate) fn libpep(&self) -> PseudonymizationDomain {
        PseudonymizationDomain::from(self.to_string())
    }
}

/// The name from which the transcryptors derive their factor: `number`, `skn` or `P/<OIN>/e<N>`.
impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("number"),
            Self::Skn => f.write_str("skn"),
            Self::Partner { oin, epoch } => write!(f, "P/{oin}/e{epoch}"),
        }
    }
}

/// Whose session key a ciphertext stands under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyContext {
    /// The partner that holds the key.
    pub oin: Oin,
    /// The desk of that partner.
    pub desk: Desk,
    /// The epoch of the key; that of the partner's domain.
    pub epoch: u32,
}

impl KeyContext {
    /// The domain whose pseudonyms this key opens.
    pub fn domain(&self) -> Domain {
        Domain::Partner {
            oin: self.oin,
            epoch: self.epoch,
        }
    }

    pub(crate) fn libpep(&self) -> EncryptionContext {
        EncryptionContext::from(self.to_string())
    }
}

/// The name from which the transcryptors derive their factor: `<OIN>/<desk>/e<N>`.
impl fmt::Display for KeyContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/e{}", self.oin, self.desk, self.epoch)
    }
}

/// The closed table of v1. A number or a chain number converts to any partner's pseudonym; a
/// partner's pseudonym converts to another partner's of the same epoch, asked by its owner only.
/// Nothing converts to a number.
///
/// # Errors
/// [`Error::Epoch`] for a pair that is in the table but for its epochs, [`Error::NotInTable`] for
/// every other pair.
pub fn allowed(from: &Domain, to: &Domain, caller: &Oin) -> Result<(), Error> {
    match (from, to) {
        (Domain::Number | Domain::Skn, Domain::Partner { .. }) => Ok(()),
        (
            Domain::Partner { oin: owner, epoch },
            Domain::Partner {
                oin: other,
                epoch: wanted,
            },
        ) if owner == caller && owner != other => {
            if epoch == wanted {
                Ok(())
            } else {
                Err(Error::Epoch)
            }
        }
        (Domain::Partner { .. }, Domain::Partner { .. }) | (_, Domain::Number | Domain::Skn) => {
            Err(Error::NotInTable {
                from: from.to_string(),
                to: to.to_string(),
            })
        }
    }
}

/// A conversion that is in the table. Its existence is the proof; only [`Conversion::new`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    from: Domain,
    from_key: KeyContext,
    to: Domain,
    to_key: KeyContext,
}

impl Conversion {
    /// Checks the pair of domains for the holder of `from_key`, who must be the organisation whose
    /// signature carries the request; that `to_key` is a key of the owner of `to`; and that all
    /// name one epoch.
    ///
    /// # Errors
    /// Those of [`allowed`], [`Error::ForeignKey`] and [`Error::Epoch`].
    pub fn new(
        from: Domain,
        from_key: KeyContext,
        to: Domain,
        to_key: KeyContext,
    ) -> Result<Self, Error> {
        allowed(&from, &to, &from_key.oin)?;
        let wanted = to_key.domain();
        match (to, wanted) {
            (Domain::Partner { oin, .. }, Domain::Partner { oin: holder, .. }) if oin == holder => {
            }
            _ => {
                let (context, domain) = (to_key.to_string(), to.to_string());
                return Err(Error::ForeignKey { context, domain });
            }
        }
        if to != wanted || from_key.epoch != to_key.epoch {
            return Err(Error::Epoch);
        }
        Ok(Self {
            from,
            from_key,
            to,
            to_key,
        })
    }

    /// The domain converted from.
    pub fn source_domain(&self) -> &Domain {
        &self.from
    }

    /// The session key the ciphertexts stand under before.
    pub fn source_key(&self) -> &KeyContext {
        &self.from_key
    }

    /// The domain converted to.
    pub fn target_domain(&self) -> &Domain {
        &self.to
    }

    /// The session key the ciphertexts stand under once every transcryptor is done.
    pub fn target_key(&self) -> &KeyContext {
        &self.to_key
    }
}

#[cfg(test)]
mod tests;
