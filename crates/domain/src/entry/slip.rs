//! The slip: a nonce and twelve tags that a partner's SDK puts in a leaf, and the scan by which its
//! officer finds the leaf again.

use super::tag::{TAG_LEN, tag_under};
use super::{Chain, EntryError, Leaf, SubjectValue, TagKey};
use crate::signal::IdKind;
use rand_core::CryptoRng;
use ring::hmac;
use seinhuis_types::limits::SUBJECTS;
use std::fmt;

/// A nonce that is never used twice, and one tag for each subject ordinal. Places without a subject
/// hold random bytes, so that a leaf does not tell how many subjects there were.
#[derive(Clone, PartialEq, Eq)]
pub struct Slip {
    nonce: [u8; 16],
    tags: [[u8; TAG_LEN]; SUBJECTS],
}

impl Slip {
    /// Length of the twelve tags, in bytes.
    pub const TAGS_LEN: usize = SUBJECTS * TAG_LEN;

    /// A slip for `subjects`, by ordinal: each the citizen number if the partner has it, else the
    /// criminal-chain number, else its own pseudonym.
    ///
    /// # Errors
    /// [`EntryError::TooManySubjects`] above twelve.
    pub fn make(
        key: &TagKey,
        subjects: &[SubjectValue],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, EntryError> {
        Self::tagged(key, subjects, Self::random(rng))
    }

    /// A slip for `subjects`, whose nonce commits to `chain`.
    ///
    /// # Errors
    /// [`EntryError::TooManySubjects`] above twelve.
    pub fn chained(
        key: &TagKey,
        subjects: &[SubjectValue],
        chain: &Chain,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, EntryError> {
        let nonce = chain.nonce();
        Self::tagged(
            key,
            subjects,
            Self {
                nonce,
                ..Self::random(rng)
            },
        )
    }

    fn tagged(key: &TagKey, subjects: &[SubjectValue], mut slip: Self) -> Result<Self, EntryError> {
        if subjects.len() > SUBJECTS {
            return Err(EntryError::TooManySubjects {
                found: subjects.len(),
            });
        }
        for ((ordinal, place), value) in (0u8..).zip(&mut slip.tags).zip(subjects) {
            *place = tag_under(&key.subject(value), &slip.nonce, ordinal);
        }
        Ok(slip)
    }

    /// A slip without subjects: for entries about nobody, and for a release that is repeated.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut slip = Self {
            nonce: [0; 16],
            tags: [[0; TAG_LEN]; SUBJECTS],
        };
        rng.fill_bytes(&mut slip.nonce);
        for place in &mut slip.tags {
            rng.fill_bytes(place);
        }
        slip
    }

    /// Reads a slip from its nonce (16 bytes) and its tags (192 bytes).
    ///
    /// # Errors
    /// [`EntryError::SlipLength`].
    pub fn parse(nonce: &[u8], tags: &[u8]) -> Result<Self, EntryError> {
        let nonce = nonce.try_into().map_err(|_| EntryError::SlipLength)?;
        let (places, rest) = tags.as_chunks::<TAG_LEN>();
        if !rest.is_empty() {
            return Err(EntryError::SlipLength);
        }
        let tags = places.try_into().map_err(|_| EntryError::SlipLength)?;
        Ok(Self { nonce, tags })
    }

    /// The nonce.
    pub const fn nonce(&self) -> &[u8; 16] {
        &self.nonce
    }

    /// The tags, by ordinal.
    pub const fn tags(&self) -> &[[u8; TAG_LEN]; SUBJECTS] {
        &self.tags
    }

    /// The tags one after another, as on the wire and in the leaf.
    pub fn tag_bytes(&self) -> [u8; Self::TAGS_LEN] {
        let mut out = [0; Self::TAGS_LEN];
        for (to, from) in out.iter_mut().zip(self.tags.as_flattened()) {
            *to = *from;
        }
        out
    }
}

impl fmt::Debug for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slip({})", seinhuis_types::hex(&self.nonce))
    }
}

/// Where a leaf mentions the person that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The subject's ordinal in the signal.
    pub ordinal: u8,
    /// By which kind of value it was found.
    pub kind: IdKind,
}

/// Looks for one person in leaves, under one tag key. Try every value the partner knows the person
/// by: number, criminal-chain number and own pseudonym, since any of them may have made the tag.
pub struct Scanner {
    keys: Vec<(IdKind, hmac::Key)>,
}

impl Scanner {
    /// A scanner for the person known by `values`.
    pub fn new(key: &TagKey, values: &[SubjectValue]) -> Self {
        Self {
            keys: values
                .iter()
                .map(|value| (value.kind(), key.subject(value)))
                .collect(),
        }
    }

    /// Every place of `slip` that carries the person, by ordinal. Compared in plain time: the
    /// officer who scans holds the key.
    pub fn find(&self, slip: &Slip) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (ordinal, place) in (0u8..).zip(slip.tags()) {
            for (kind, key) in &self.keys {
                if tag_under(key, slip.nonce(), ordinal) == *place {
                    hits.push(Hit {
                        ordinal,
                        kind: *kind,
                    });
                }
            }
        }
        hits
    }

    /// Every place of the leaf's slip that carries the person.
    pub fn scan(&self, leaf: &Leaf) -> Vec<Hit> {
        self.find(leaf.slip())
    }
}

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanner({} values)", self.keys.len())
    }
}
