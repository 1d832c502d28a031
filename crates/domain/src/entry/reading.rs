//! What the log may serve (rule 12): a closed set, from the law.
//!
//! Owns: the reasons for which an officer may read or search the log, with their law and words. Must
//! not know: who reads, and how it is recorded.

use std::fmt;

/// Why the log is read. Wpg 32a(2) and Wjsg 26e(2) name these four and no other; for data under the
/// AVG the controller shows by the same log that it keeps the law (AVG 5(2), 32).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadingReason {
    /// Whether processing was lawful; also to answer a data subject.
    Lawfulness,
    /// The controller's own control.
    InternalControl,
    /// Integrity and security of the data.
    Integrity,
    /// Criminal proceedings.
    CriminalProceedings,
}

impl ReadingReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::Lawfulness,
        Self::InternalControl,
        Self::Integrity,
        Self::CriminalProceedings,
    ];

    /// The code in a person assertion.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lawfulness => "lawfulness",
            Self::InternalControl => "internal-control",
            Self::Integrity => "integrity",
            Self::CriminalProceedings => "criminal-proceedings",
        }
    }

    /// Reads the code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// In Dutch, for officers and citizens.
    pub const fn nl(self) -> &'static str {
        match self {
            Self::Lawfulness => "rechtmatigheid van de verwerking",
            Self::InternalControl => "interne controle",
            Self::Integrity => "integriteit en beveiliging van de gegevens",
            Self::CriminalProceedings => "strafrechtelijke procedures",
        }
    }

    /// In English.
    pub const fn en(self) -> &'static str {
        match self {
            Self::Lawfulness => "lawfulness of the processing",
            Self::InternalControl => "internal control",
            Self::Integrity => "integrity and security of the data",
            Self::CriminalProceedings => "criminal proceedings",
        }
    }
}

impl fmt::Display for ReadingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_reasons_and_no_other() {
        for reason in ReadingReason::ALL {
            assert_eq!(ReadingReason::parse(reason.as_str()), Some(reason));
        }
        for other in ["", "curiosity", "performance", "Lawfulness"] {
            assert_eq!(ReadingReason::parse(other), None, "{other}");
        }
    }
}
