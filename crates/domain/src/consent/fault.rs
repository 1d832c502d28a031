//! Why a record of consent does not stand. Texts name rule and remedy, and nobody.

use super::{ConsentLaw, Needed};
use seinhuis_types::{Oin, ParseError};

/// What is wrong with a record of consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsentFault {
    /// It is not in its form.
    #[error("{0}")]
    Form(String),
    /// A value is not of its form.
    #[error(transparent)]
    Value(#[from] ParseError),
    /// Who shares or receives is not known by name, address and contact.
    #[error(
        "party: name, address and contact of who shares and of each who receives are needed; say them \
         of {0} in the list of parties"
    )]
    Party(Oin),
    /// A purpose or type has no words for the subject.
    #[error(
        "words: the subject reads words and no codes; name a catalogue in which `{0}` has a label"
    )]
    Words(String),
    /// Who acted may not, at this age.
    #[error(
        "age: under {} the act of {} counts at this age; have them act, or record no consent",
        .law.articles(),
        .needed.as_str()
    )]
    Age {
        /// The law.
        law: ConsentLaw,
        /// Whose act counts.
        needed: Needed,
    },
    /// An act does not say the age of its own moment and until when it holds, or an age goes back.
    #[error(
        "age_until: of a minor each act says the age then and until when it holds, after the act; of \
         who is of age none does, and no later act has an age that is younger or not reached yet"
    )]
    AgeUntil,
    /// A representative is a suspect in the matter.
    #[error(
        "conflict: a representative who is a suspect in the matter decides nothing for the child; \
         another representative, a special curator or the judge does (BW 1:250)"
    )]
    Conflict,
    /// The registrant did not attest that no acting representative is a suspect.
    #[error(
        "attestation: the registrant attests that no acting representative is a suspect in the matter"
    )]
    NotAttested,
    /// What representatives' authority rests on is not named.
    #[error("authority: name what the representative's authority rests on, and its evidence")]
    Authority,
    /// The evidence is too weak for what is asked.
    #[error(
        "evidence: spoken consent is not enough for a child or for data on health (AVG 7(1), 9(2)(a)); \
         have it written or signed"
    )]
    Evidence,
    /// The times do not follow on one another.
    #[error("acts: they follow in time, begin with `given`, and nothing follows `withdrawn`")]
    Order,
    /// It ends before it begins, or lasts too long.
    #[error("valid: consent ends after it begins, within two years; then it is asked anew")]
    Term,
    /// It names nothing to share, or nobody to share with.
    #[error("scope: name the purposes, the signal types and the recipients (AVG 4(11): specific)")]
    Scope,
}

impl ConsentFault {
    /// Its code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(_) | Self::Value(_) => "CONSENT_FORM",
            Self::Age { .. } => "CONSENT_AGE",
            Self::AgeUntil => "CONSENT_AGE_UNTIL",
            Self::Conflict => "CONSENT_CONFLICT",
            Self::NotAttested => "CONSENT_NOT_ATTESTED",
            Self::Authority => "CONSENT_AUTHORITY",
            Self::Party(_) => "CONSENT_PARTY",
            Self::Evidence => "CONSENT_EVIDENCE",
            Self::Order => "CONSENT_ORDER",
            Self::Term => "CONSENT_TERM",
            Self::Scope => "CONSENT_SCOPE",
            Self::Words(_) => "CONSENT_WORDS",
        }
    }
}
