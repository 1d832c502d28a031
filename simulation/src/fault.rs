//! What can be planted, and why a simulation cannot be made. Must not know: how anything is judged.

use seinhuis_store::{ChangeSet, Row};

/// A check of the store that is broken on purpose: the oracle must show each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// No revision is compared at all.
    Unguarded,
    /// That of an agreement is not.
    Agreement,
    /// That of a consent is not.
    Consent,
    /// Those of a delivery and of what it carries are not.
    Delivery,
    /// Those of keys are not.
    Keys,
    /// The moment before which a change must be written is not held.
    Untimed,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 6] = [
        Self::Unguarded,
        Self::Agreement,
        Self::Consent,
        Self::Delivery,
        Self::Keys,
        Self::Untimed,
    ];

    /// What it is, in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unguarded => "no revision is compared at commit",
            Self::Agreement => "the revision of an agreement is not compared",
            Self::Consent => "the revision of a consent is not compared",
            Self::Delivery => "the revisions of a delivery and its payload are not compared",
            Self::Keys => "the revision of a desk's keys is not compared",
            Self::Untimed => "the moment up to which a decision stands is not held",
        }
    }

    /// The change as a store with this fault would judge it.
    pub(crate) fn plant(self, change: ChangeSet) -> ChangeSet {
        match self {
            Self::Untimed => change.untimed(),
            fault => change.unguarded(|row| !fault.passes_over(row)),
        }
    }

    fn passes_over(self, row: &Row) -> bool {
        match self {
            Self::Unguarded => true,
            Self::Agreement => matches!(row, Row::Agreement(_)),
            Self::Consent => matches!(row, Row::Consent(..)),
            Self::Delivery => matches!(row, Row::Delivery(_) | Row::Payload(_)),
            Self::Keys => matches!(row, Row::Keys(..)),
            Self::Untimed => false,
        }
    }
}

/// Why the partners and their hub could not be set up, or an act could not be made.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct SimulationError(String);

impl SimulationError {
    /// `what` failed with `error`.
    pub fn new(what: &str, error: impl std::fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

/// Names what failed.
pub(crate) trait During<T> {
    fn during(self, what: &str) -> Result<T, SimulationError>;
}

impl<T, E: std::fmt::Display> During<T> for Result<T, E> {
    fn during(self, what: &str) -> Result<T, SimulationError> {
        self.map_err(|error| SimulationError::new(what, error))
    }
}
