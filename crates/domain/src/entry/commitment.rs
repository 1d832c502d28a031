//! Commitments to the parts of an entry. The leaf keeps the commitment for ever; the opening can be
//! destroyed, and then the commitment says nothing.

use super::EntryError;
use rand_core::CryptoRng;
use ring::hmac;
use seinhuis_types::Digest;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The 32 random bytes that open one commitment. Overwritten when dropped; never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Opening([u8; 32]);

impl Opening {
    /// A fresh opening.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes exactly 32 bytes.
    ///
    /// # Errors
    /// [`EntryError::SecretLength`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, EntryError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| EntryError::SecretLength)
    }

    /// The 32 bytes, to be sealed or sent to the one who may read the part.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening(..)")
    }
}

/// HMAC-SHA256 of `bytes` under `opening`. An absent part commits to no bytes, under an opening of
/// its own, so that absence cannot be seen.
pub fn commitment(opening: &Opening, bytes: &[u8]) -> Digest {
    let key = hmac::Key::new(hmac::HMAC_SHA256, opening.as_bytes());
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&key, bytes).as_ref());
    Digest(out)
}

/// Whether `found` commits to `bytes` under `opening`, in time that does not depend on the answer.
pub(super) fn opens(found: &Digest, opening: &Opening, bytes: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, opening.as_bytes());
    hmac::verify(&key, bytes, &found.0).is_ok()
}

/// Which part of an entry; each is sealed, kept and erased apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What both sides of the act may read.
    Shared,
    /// What only the source may read.
    Provider,
    /// What only the recipient may read.
    Recipient,
    /// What was decided.
    Outcome,
}

impl Part {
    /// Every part, in the order of the leaf.
    pub const ALL: [Self; 4] = [Self::Shared, Self::Provider, Self::Recipient, Self::Outcome];

    /// The number of the part on the wire and in stored values.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Shared => 1,
            Self::Provider => 2,
            Self::Recipient => 3,
            Self::Outcome => 4,
        }
    }

    /// Reads the number.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Shared),
            2 => Some(Self::Provider),
            3 => Some(Self::Recipient),
            4 => Some(Self::Outcome),
            _ => None,
        }
    }
}

/// The encoded bytes of each part; an absent part is empty. A refused decision has no shared and no
/// recipient part.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    /// Encoded `SharedPart`.
    pub shared: &'a [u8],
    /// Encoded `ProviderPart`.
    pub provider: &'a [u8],
    /// Encoded `RecipientPart`.
    pub recipient: &'a [u8],
    /// Encoded `OutcomePart`.
    pub outcome: &'a [u8],
}

impl Parts<'_> {
    /// The bytes of one part.
    pub const fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::Shared => self.shared,
            Part::Provider => self.provider,
            Part::Recipient => self.recipient,
            Part::Outcome => self.outcome,
        }
    }
}

impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts(..)")
    }
}

/// One opening for each part, also for the absent ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openings {
    /// Opens the shared part.
    pub shared: Opening,
    /// Opens the provider part.
    pub provider: Opening,
    /// Opens the recipient part.
    pub recipient: Opening,
    /// Opens the outcome.
    pub outcome: Opening,
}

impl Openings {
    /// Four fresh openings.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self {
            shared: Opening::random(rng),
            provider: Opening::random(rng),
            recipient: Opening::random(rng),
            outcome: Opening::random(rng),
        }
    }

    /// The opening of one part.
    pub const fn part(&self, part: Part) -> &Opening {
        match part {
            Part::Shared => &self.shared,
            Part::Provider => &self.provider,
            Part::Recipient => &self.recipient,
            Part::Outcome => &self.outcome,
        }
    }
}
