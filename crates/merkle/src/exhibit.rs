//! Evidence against a log: what it did wrong, in a form that others can check again.
//!
//! Owns: the closed set of crimes, what each is shown by, how far that goes, and that nothing is
//! evidence which does not verify. Must not know: files, clocks, who saw it, how it is told.
//!
//! Of an honest log nobody can make an exhibit whose weight is [`Weight::Proof`], as long as
//! SHA-256 and Ed25519 hold. The other weights rest on somebody's word, and say on whose.

mod text;
mod verify;

pub use text::MAX_EXHIBIT_BYTES;
pub use verify::{Finding, Held, Jury};

use crate::{Note, NoteVerifier};
use seinhuis_types::{Digest, Millis};

/// How long after its commit an entry may be outside every checkpoint, in milliseconds. An honest
/// hub publishes within a second, and does nothing more once this has passed.
pub const PROMISE_MS: u64 = 60_000;

/// What a log can do wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Crime {
    /// It signed two trees of which neither is the beginning of the other.
    Fork,
    /// It shows less than it showed before, and no longer shows what it had.
    Rollback,
    /// It signed a receipt for an index, and a tree or another receipt with another leaf there.
    Omission,
    /// It signed a receipt, and its tree still ends before that index after the promised term.
    DroppedTail,
    /// An older checkpoint, or another log's, was given as the newest.
    ReplayedCheckpoint,
    /// A checkpoint came under another key than the pinned one.
    SwappedKey,
    /// A signed checkpoint came, and the log does not show that it keeps what it promised before.
    Unproven,
}

impl Crime {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Fork,
        Self::Rollback,
        Self::Omission,
        Self::DroppedTail,
        Self::ReplayedCheckpoint,
        Self::SwappedKey,
        Self::Unproven,
    ];

    /// The word for it, in files, exit texts and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fork => "fork",
            Self::Rollback => "rollback",
            Self::Omission => "omission",
            Self::DroppedTail => "dropped-tail",
            Self::ReplayedCheckpoint => "replayed-checkpoint",
            Self::SwappedKey => "swapped-key",
            Self::Unproven => "unproven",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|crime| crime.as_str() == text)
    }
}

/// How far an exhibit goes: whose word has to be believed beside the mathematics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weight {
    /// Nobody's but that the keys are the log's: its own signatures contradict each other.
    Proof,
    /// That of the named witnesses, as to when this was the newest they had seen. One that nobody
    /// had asked meanwhile says so of an old checkpoint in good faith.
    Witnessed,
    /// That of the partner who saw it. The signatures are real, but an honest log has made such
    /// notes too; only the partner knows when they were given to it, and as what.
    Testimony,
}

impl Weight {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Witnessed => "witnessed",
            Self::Testimony => "testimony",
        }
    }
}

/// What shows that two checkpoints of different size contradict each other: the larger tree's own
/// hashes, which lead to its root, and to another root for its beginning than the smaller
/// checkpoint signs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apart {
    /// The root of the larger tree's beginning, at the size of the smaller one.
    pub root: Digest,
    /// The consistency proof (RFC 6962 §2.1.2) from that root to the larger tree's.
    pub hashes: Vec<Digest>,
}

/// Evidence of one crime. [`Jury::verify`] says whether it is any, and how far it goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Exhibit {
    /// [`Crime::Fork`]: two checkpoints that cannot both be true.
    Fork {
        /// The smaller one; of equal sizes either.
        earlier: Note,
        /// The other.
        later: Note,
        /// What shows the contradiction where sizes differ; nothing where they do not.
        apart: Option<Apart>,
    },
    /// [`Crime::Omission`]: a receipt, and another leaf proven to be in its place.
    Omission {
        /// The receipt.
        receipt: Note,
        /// The checkpoint.
        checkpoint: Note,
        /// The hash of the leaf that the tree has at the receipt's index.
        other: Digest,
        /// Its inclusion proof (RFC 6962 §2.1.1).
        hashes: Vec<Digest>,
    },
    /// [`Crime::Omission`]: two receipts of one index with two leaves; no tree has both.
    TwoPromises {
        /// Either of them.
        receipt: Note,
        /// The other.
        other: Note,
    },
    /// [`Crime::DroppedTail`]: a receipt, and a checkpoint that ends before it.
    DroppedTail {
        /// When the partner was given the checkpoint as the newest, by its own clock.
        seen: Millis,
        /// The receipt.
        receipt: Note,
        /// The checkpoint, with the cosignatures that came with it.
        checkpoint: Note,
    },
    /// [`Crime::Rollback`]: a larger checkpoint that was held when a smaller one was given.
    Rollback {
        /// When the smaller one was given, by the partner's own clock.
        seen: Millis,
        /// The larger one.
        held: Note,
        /// The smaller one.
        served: Note,
    },
    /// [`Crime::ReplayedCheckpoint`]: what was given as the newest and is not.
    ReplayedCheckpoint {
        /// When it was given, by the partner's own clock.
        seen: Millis,
        /// The newer one that was held; nothing where the one given is another log's.
        held: Option<Note>,
        /// The one given.
        served: Note,
    },
    /// [`Crime::SwappedKey`]: a checkpoint in this log's name that the pinned key did not sign.
    SwappedKey {
        /// When it was given, by the partner's own clock.
        seen: Millis,
        /// The checkpoint.
        served: Note,
    },
    /// [`Crime::Unproven`]: a checkpoint, and what the log does not show to be kept in it.
    Unproven {
        /// When it was given, by the partner's own clock.
        seen: Millis,
        /// The smaller checkpoint or the receipt.
        held: Note,
        /// The checkpoint.
        served: Note,
    },
}

impl Exhibit {
    /// What it says was done.
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

    /// A fork, from its two checkpoints in any order, with the log's own signatures only: what
    /// strangers wrote under them proves nothing and could be altered. Whether it is one,
    /// [`Jury::verify`] says.
    pub fn fork(log: &NoteVerifier, one: &Note, other: &Note, apart: Option<Apart>) -> Self {
        let [one, other] = [one, other].map(|note| note.alone(log));
        let size = |note: &Note| crate::Checkpoint::parse_text(note.text()).map(|seen| seen.size());
        let swapped = matches!((size(&one), size(&other)), (Ok(one), Ok(other)) if one > other);
        let (earlier, later) = if swapped { (other, one) } else { (one, other) };
        Self::Fork {
            earlier,
            later,
            apart,
        }
    }

    /// Two promises of one place. Whether they are, [`Jury::verify`] says.
    pub fn two_promises(receipts: &NoteVerifier, receipt: &Note, other: &Note) -> Self {
        Self::TwoPromises {
            receipt: receipt.alone(receipts),
            other: other.alone(receipts),
        }
    }

    /// An omission, with the signatures of log and receipt key only. Whether it is one,
    /// [`Jury::verify`] says.
    pub fn omission(
        jury: &Jury<'_>,
        receipt: &Note,
        checkpoint: &Note,
        other: Digest,
        hashes: Vec<Digest>,
    ) -> Self {
        Self::Omission {
            receipt: receipt.alone(jury.receipts),
            checkpoint: checkpoint.alone(jury.log),
            other,
            hashes,
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
