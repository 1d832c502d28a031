//! The leaf: 374 bytes, so that 0x00, the leaf and the padding are six blocks of SHA-256
//! (docs/formats/leaf.md). It says when, under which ruleset, and nothing of whom or what.

use super::commitment::{Openings, Part, Parts, commitment, opens};
use super::{EntryError, Opening, Slip};
use rand_core::CryptoRng;
use seinhuis_types::{Digest, Hour};

const FORMAT: u8 = 1;
const HOUR_MAX: u32 = 0x00ff_ffff;

/// The clear head of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeafHead {
    hour: Hour,
    key_epoch: u16,
    ruleset_root: Digest,
}

impl LeafHead {
    /// A head for an act in `hour`, with tags under the tag key of `key_epoch`.
    ///
    /// # Errors
    /// [`EntryError::HourTooLarge`] above 2^24 - 1 (the year 3883).
    pub const fn new(hour: Hour, key_epoch: u16, ruleset_root: Digest) -> Result<Self, EntryError> {
        if hour.0 > HOUR_MAX {
            return Err(EntryError::HourTooLarge { hour });
        }
        Ok(Self {
            hour,
            key_epoch,
            ruleset_root,
        })
    }

    /// Builds the leaf over `parts`, each under a fresh opening, and gives the openings with it.
    pub fn seal(
        self,
        slip: &Slip,
        parts: &Parts<'_>,
        rng: &mut impl CryptoRng,
    ) -> (Leaf, Openings) {
        let openings = Openings::random(rng);
        (self.seal_with(slip, parts, &openings), openings)
    }

    /// Builds the leaf over `parts` under openings that are already chosen. An opening must never
    /// serve twice.
    pub fn seal_with(self, slip: &Slip, parts: &Parts<'_>, openings: &Openings) -> Leaf {
        let commit = |part| commitment(openings.part(part), parts.part(part));
        Leaf {
            head: self,
            slip: slip.clone(),
            commitments: Commitments {
                shared: commit(Part::Shared),
                provider: commit(Part::Provider),
                recipient: commit(Part::Recipient),
                outcome: commit(Part::Outcome),
            },
        }
    }
}

/// The four commitments of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitments {
    /// To the shared part.
    pub shared: Digest,
    /// To the provider part.
    pub provider: Digest,
    /// To the recipient part.
    pub recipient: Digest,
    /// To the outcome.
    pub outcome: Digest,
}

impl Commitments {
    /// The commitment to one part.
    pub const fn part(&self, part: Part) -> &Digest {
        match part {
            Part::Shared => &self.shared,
            Part::Provider => &self.provider,
            Part::Recipient => &self.recipient,
            Part::Outcome => &self.outcome,
        }
    }
}

/// One leaf of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    head: LeafHead,
    slip: Slip,
    commitments: Commitments,
}

impl Leaf {
    /// Length of a leaf, in bytes.
    pub const LEN: usize = 374;

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`EntryError::LeafLength`] or [`EntryError::LeafFormat`]; all other bytes are a leaf.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let short = || EntryError::LeafLength { found: bytes.len() };
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_| short())?;
        let mut rest = bytes.as_slice();
        let [format] = take(&mut rest).ok_or_else(short)?;
        if format != FORMAT {
            return Err(EntryError::LeafFormat { found: format });
        }
        let [h0, h1, h2] = take(&mut rest).ok_or_else(short)?;
        let key_epoch = u16::from_be_bytes(take(&mut rest).ok_or_else(short)?);
        let mut digest = || take(&mut rest).map(Digest).ok_or_else(short);
        let ruleset_root = digest()?;
        let nonce: [u8; 16] = take(&mut rest).ok_or_else(short)?;
        let tags: [u8; Slip::TAGS_LEN] = take(&mut rest).ok_or_else(short)?;
        let mut digest = || take(&mut rest).map(Digest).ok_or_else(short);
        Ok(Self {
            head: LeafHead {
                hour: Hour(u32::from_be_bytes([0, h0, h1, h2])),
                key_epoch,
                ruleset_root,
            },
            slip: Slip::parse(&nonce, &tags)?,
            commitments: Commitments {
                shared: digest()?,
                provider: digest()?,
                recipient: digest()?,
                outcome: digest()?,
            },
        })
    }

    /// The 374 bytes.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let [_, hour @ ..] = self.head.hour.0.to_be_bytes();
        let mut out = [0; Self::LEN];
        let fields: [&[u8]; 10] = [
            &[FORMAT],
            &hour,
            &self.head.key_epoch.to_be_bytes(),
            &self.head.ruleset_root.0,
            self.slip.nonce(),
            &self.slip.tag_bytes(),
            &self.commitments.shared.0,
            &self.commitments.provider.0,
            &self.commitments.recipient.0,
            &self.commitments.outcome.0,
        ];
        // Zipping cannot run past the end; that nothing is left over is held by a test.
        for (to, from) in out.iter_mut().zip(fields.into_iter().flatten()) {
            *to = *from;
        }
        out
    }

    /// The hour of the act.
    pub const fn hour(&self) -> Hour {
        self.head.hour
    }

    /// The epoch of the tag key that made the slip.
    pub const fn key_epoch(&self) -> u16 {
        self.head.key_epoch
    }

    /// The ruleset the act was decided on.
    pub const fn ruleset_root(&self) -> &Digest {
        &self.head.ruleset_root
    }

    /// The slip.
    pub const fn slip(&self) -> &Slip {
        &self.slip
    }

    /// The commitments.
    pub const fn commitments(&self) -> &Commitments {
        &self.commitments
    }

    /// Whether `bytes` are the part this leaf commits to, under `opening`.
    pub fn opens(&self, part: Part, opening: &Opening, bytes: &[u8]) -> bool {
        opens(self.commitments.part(part), opening, bytes)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}
