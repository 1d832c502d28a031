//! When what is done under a clause may be shown to the person, where that has to wait.
//!
//! Owns: the day, and the closed set of grounds in the law that let it wait. Must not know: entries,
//! reports.

use super::Date;
use super::read;
use serde::Deserialize;

/// A postponement: until `date` an entry is for the authority alone, as it would be for good under
/// `visibility = "authority"`; from then on the person may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisibleFrom {
    /// The first day, in the Netherlands, on which the person may see it.
    #[serde(deserialize_with = "read::one")]
    pub date: Date,
    /// Why it may wait so long.
    pub ground: WaitGround,
}

/// What lets an organisation wait with telling a person. The articles are engineering's reading, like all
/// in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitGround {
    /// Judicial inquiries or procedures would be obstructed: Wpg 27(1)(a).
    Proceedings,
    /// Prevention, detection, investigation or prosecution of offences, or the execution of punishments,
    /// would suffer: Wpg 27(1)(b), UAVG 41(1)(d).
    Investigation,
    /// Public safety: Wpg 27(1)(c), UAVG 41(1)(c).
    PublicSafety,
    /// The rights and freedoms of others, or the person's own protection: Wpg 27(1)(d), UAVG 41(1)(i).
    RightsOfOthers,
}

impl WaitGround {
    /// The code in an agreement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proceedings => "proceedings",
            Self::Investigation => "investigation",
            Self::PublicSafety => "public-safety",
            Self::RightsOfOthers => "rights-of-others",
        }
    }
}
