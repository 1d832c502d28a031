//! Whether an exhibit shows what it says. Must not know who brought it, nor the time.

use super::{Apart, Crime, Exhibit, PROMISE_MS, Weight};
use crate::{
    Checkpoint, MerkleError, Note, NoteVerifier, PolicyWitness, Receipt, verify_consistency,
    verify_inclusion,
};
use seinhuis_types::{Digest, Millis};

/// By whose keys an exhibit is judged. They come from where the judge has them: agreements, a
/// configuration, the log's published papers; never from the exhibit.
#[derive(Clone, Copy, Debug)]
pub struct Jury<'k> {
    /// The log's key, whose name is the log's.
    pub log: &'k NoteVerifier,
    /// The key of its receipts.
    pub receipts: &'k NoteVerifier,
    /// The witnesses whose times are taken for true; may be none.
    pub witnesses: &'k [PolicyWitness],
}

/// What a verified exhibit shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Two trees, neither the beginning of the other.
    Fork {
        /// The smaller one, or one of two of the same size.
        earlier: Checkpoint,
        /// The other.
        later: Checkpoint,
        /// The root that `later` has at the size of `earlier`, where sizes differ.
        root: Option<Digest>,
    },
    /// A receipt whose place another leaf has.
    Omission {
        /// What was promised.
        receipt: Receipt,
        /// The tree.
        checkpoint: Checkpoint,
        /// The hash of the leaf in its place.
        other: Digest,
    },
    /// Two receipts that no tree can keep.
    TwoPromises {
        /// One of them.
        receipt: Receipt,
        /// The other.
        other: Receipt,
    },
    /// A receipt, and a tree that still ends before it.
    DroppedTail {
        /// What was promised.
        receipt: Receipt,
        /// The tree.
        checkpoint: Checkpoint,
        /// When the partner says it was given this as the newest.
        seen: Millis,
        /// The witnesses that say this was the newest they had seen, past the term: name and
        /// seconds since 1970.
        witnesses: Vec<(String, u64)>,
    },
    /// Less than was shown before.
    Rollback {
        /// What was held.
        held: Checkpoint,
        /// What was given.
        served: Checkpoint,
        /// When the partner says so.
        seen: Millis,
    },
    /// Something old, or another log's.
    ReplayedCheckpoint {
        /// What was held, if it is of the same log.
        held: Option<Checkpoint>,
        /// What was given; not signed by a known key when it is another log's.
        served: Checkpoint,
        /// When the partner says so.
        seen: Millis,
    },
    /// Something in this log's name that its key did not sign.
    SwappedKey {
        /// What it says.
        served: Checkpoint,
        /// When the partner says it was given.
        seen: Millis,
    },
    /// A tree of which it is not shown that it keeps this checkpoint.
    Unproven {
        /// What was held.
        held: Held,
        /// What was given.
        served: Checkpoint,
        /// When the partner says so.
        seen: Millis,
    },
}

/// What a partner had of the log before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    /// A smaller tree.
    Checkpoint(Checkpoint),
    /// A promise of an entry.
    Receipt(Receipt),
}

impl Finding {
    /// What was done.
    pub const fn crime(&self) -> Crime {
        match self {
            Self::Fork { .. } => Crime::Fork,
            Self::Omission { .. } | Self::TwoPromises { .. } => Crime::Omission,
            Self::DroppedTail { .. } => Crime::DroppedTail,
            Self::Rollback { .. } => Crime::Rollback,
            Self::ReplayedCheckpoint { .. } => Crime::ReplayedCheckpoint,
            Self::SwappedKey { .. } => Crime::SwappedKey,
            Self::Unproven { .. } => Crime::Unproven,
        }
    }

    /// How far the evidence goes.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Fork { .. } | Self::Omission { .. } | Self::TwoPromises { .. } => Weight::Proof,
            Self::DroppedTail { witnesses, .. } if !witnesses.is_empty() => Weight::Witnessed,
            _ => Weight::Testimony,
        }
    }
}

impl Jury<'_> {
    /// What the exhibit shows, if it shows what it says.
    ///
    /// # Errors
    /// That of the signature, text or proof that does not hold; [`MerkleError::NoCrime`] when all
    /// hold and nothing is wrong with them.
    pub fn verify(&self, exhibit: &Exhibit) -> Result<Finding, MerkleError> {
        match exhibit {
            Exhibit::Fork {
                earlier,
                later,
                apart,
            } => self.fork(earlier, later, apart.as_ref()),
            Exhibit::Omission {
                receipt,
                checkpoint,
                other,
                hashes,
            } => self.omission(receipt, checkpoint, other, hashes),
            Exhibit::TwoPromises { receipt, other } => {
                alone(receipt)?;
                alone(other)?;
                let (receipt, other) = (self.receipt(receipt)?, self.receipt(other)?);
                if receipt.index != other.index || receipt.leaf_hash == other.leaf_hash {
                    return no_crime("the receipts do not promise one place to two leaves");
                }
                Ok(Finding::TwoPromises { receipt, other })
            }
            Exhibit::DroppedTail {
                seen,
                receipt,
                checkpoint,
            } => self.dropped_tail(*seen, receipt, checkpoint),
            Exhibit::Rollback { seen, held, served } => {
                let (held, served) = self.shrunk(held, served)?;
                let seen = *seen;
                Ok(Finding::Rollback { held, served, seen })
            }
            Exhibit::ReplayedCheckpoint { seen, held, served } => {
                let seen = *seen;
                let (held, served) = match held {
                    Some(held) => {
                        let (held, served) = self.shrunk(held, served)?;
                        (Some(held), served)
                    }
                    None => (None, self.of_another(served)?),
                };
                Ok(Finding::ReplayedCheckpoint { held, served, seen })
            }
            Exhibit::SwappedKey { seen, served } => self.swapped(*seen, served),
            Exhibit::Unproven { seen, held, served } => self.unproven(*seen, held, served),
        }
    }

    fn fork(
        &self,
        earlier: &Note,
        later: &Note,
        apart: Option<&Apart>,
    ) -> Result<Finding, MerkleError> {
        let (one, other) = (self.sole(earlier)?, self.sole(later)?);
        match apart {
            None if one.size() != other.size() => {
                return no_crime("sizes differ, and no hashes show that the trees do");
            }
            None if one.root() == other.root() => return no_crime("both have the same root"),
            None => {}
            Some(apart) => {
                if one.size() >= other.size() {
                    return no_crime("the first checkpoint is not the smaller one");
                }
                if apart.root == *one.root() {
                    return no_crime("the larger tree begins with the smaller one");
                }
                verify_consistency(
                    one.size(),
                    &apart.root,
                    other.size(),
                    other.root(),
                    &apart.hashes,
                )?;
            }
        }
        Ok(Finding::Fork {
            earlier: one,
            later: other,
            root: apart.map(|apart| apart.root),
        })
    }

    fn omission(
        &self,
        receipt: &Note,
        checkpoint: &Note,
        other: &Digest,
        hashes: &[Digest],
    ) -> Result<Finding, MerkleError> {
        alone(receipt)?;
        let receipt = self.receipt(receipt)?;
        let checkpoint = self.sole(checkpoint)?;
        if *other == receipt.leaf_hash {
            return no_crime("the leaf in the tree is the one that was promised");
        }
        let (size, root) = (checkpoint.size(), checkpoint.root());
        verify_inclusion(other, receipt.index, size, hashes, root)?;
        let other = *other;
        Ok(Finding::Omission {
            receipt,
            checkpoint,
            other,
        })
    }

    fn dropped_tail(
        &self,
        seen: Millis,
        receipt: &Note,
        checkpoint: &Note,
    ) -> Result<Finding, MerkleError> {
        alone(receipt)?;
        let receipt = self.receipt(receipt)?;
        let note = checkpoint;
        let checkpoint = Checkpoint::open(note, self.log)?;
        if receipt.index.0 < checkpoint.size().get() {
            return no_crime("the checkpoint reaches beyond the receipt");
        }
        let term = receipt.commit_ms.plus(PROMISE_MS);
        let mut witnesses = Vec::new();
        for witness in self.witnesses {
            match witness.key.verify(note) {
                Ok(seconds) if seconds > term.seconds() => {
                    witnesses.push((witness.key.name().to_string(), seconds));
                }
                Ok(_) | Err(MerkleError::Unsigned) => {}
                Err(error) => return Err(error),
            }
        }
        if witnesses.is_empty() && seen <= term {
            return no_crime("the promised term had not passed");
        }
        Ok(Finding::DroppedTail {
            receipt,
            checkpoint,
            seen,
            witnesses,
        })
    }

    fn shrunk(&self, held: &Note, served: &Note) -> Result<(Checkpoint, Checkpoint), MerkleError> {
        let (held, served) = (self.sole(held)?, self.sole(served)?);
        if served.size() >= held.size() {
            return no_crime("what was given is not smaller than what was held");
        }
        Ok((held, served))
    }

    fn of_another(&self, served: &Note) -> Result<Checkpoint, MerkleError> {
        let served = Checkpoint::parse_text(served.text())?;
        if served.origin() == self.log.name() {
            return no_crime("what was given is of this log");
        }
        Ok(served)
    }

    fn swapped(&self, seen: Millis, note: &Note) -> Result<Finding, MerkleError> {
        let served = Checkpoint::parse_text(note.text())?;
        if served.origin() != self.log.name() {
            return no_crime("what was given is not in this log's name");
        }
        if note.verify(&[self.log]).is_ok() {
            return no_crime("the pinned key signed what was given");
        }
        Ok(Finding::SwappedKey { served, seen })
    }

    fn unproven(&self, seen: Millis, held: &Note, served: &Note) -> Result<Finding, MerkleError> {
        let served = self.sole(served)?;
        alone(held)?;
        let (held, due) = match self.receipt(held) {
            Ok(receipt) => (Held::Receipt(receipt.clone()), receipt.index.0),
            Err(_) => {
                let held = self.sole(held)?;
                let size = held.size().get();
                (Held::Checkpoint(held), size)
            }
        };
        if due >= served.size().get() {
            return no_crime("what was given does not reach beyond what was held");
        }
        Ok(Finding::Unproven { held, served, seen })
    }

    fn receipt(&self, note: &Note) -> Result<Receipt, MerkleError> {
        let receipt = Receipt::open(note, self.receipts)?;
        if receipt.origin != *self.log.name() {
            return Err(MerkleError::WrongKey {
                key: self.log.name().to_string(),
                origin: receipt.origin.to_string(),
            });
        }
        Ok(receipt)
    }

    /// The checkpoint in a note that bears the log's signature and nothing else, so that no byte of
    /// an exhibit is without meaning.
    fn sole(&self, note: &Note) -> Result<Checkpoint, MerkleError> {
        alone(note)?;
        Checkpoint::open(note, self.log)
    }
}

fn alone(note: &Note) -> Result<(), MerkleError> {
    if note.signatures().len() == 1 {
        return Ok(());
    }
    no_crime("a note bears signatures beside the one that counts")
}

fn no_crime<T>(why: &'static str) -> Result<T, MerkleError> {
    Err(MerkleError::NoCrime(why))
}
