//! Age rules: from what age a person acts alone, with whom before that, per law and right.
//!
//! Owns: the rules as data, and who may act on a day. Must not know: whose birth date it is, any
//! clock, where a birth date comes from. Nothing here is stored or sent: a caller that knows a birth
//! date asks, and keeps the answer at most.

use super::{Label, LawKey, LawRef};
use jiff::civil::Date;
use seinhuis_types::CodeValue;
use std::collections::BTreeSet;

/// What a person wants to do, or somebody for that person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Consent to the sharing of data.
    Consent,
    /// Take such consent back.
    Withdraw,
    /// Consent to help itself, which is another question.
    HelpConsent,
    /// See what is held, and to whom it went.
    Access,
    /// Have it put right.
    Rectification,
    /// Have it erased.
    Erasure,
    /// Have its use restricted.
    Restriction,
    /// Object to its use.
    Objection,
}

impl Right {
    /// Every right, in the order of the catalogue's documentation.
    pub const ALL: [Self; 8] = [
        Self::Consent,
        Self::Withdraw,
        Self::HelpConsent,
        Self::Access,
        Self::Rectification,
        Self::Erasure,
        Self::Restriction,
        Self::Objection,
    ];

    /// The word in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Withdraw => "withdraw",
            Self::HelpConsent => "help-consent",
            Self::Access => "access",
            Self::Rectification => "rectification",
            Self::Erasure => "erasure",
            Self::Restriction => "restriction",
            Self::Objection => "objection",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == text)
    }
}

/// Whose act counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acts {
    /// The person alone.
    Subject,
    /// Whoever has parental authority or guardianship, in the person's place.
    Representative,
    /// Both together: one without the other is not enough.
    Both,
    /// Either of them: one is enough.
    Either,
}

impl Acts {
    /// The word in the catalogue.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Representative => "representative",
            Self::Both => "both",
            Self::Either => "either",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [
            Self::Subject,
            Self::Representative,
            Self::Both,
            Self::Either,
        ]
        .into_iter()
        .find(|acts| acts.as_str() == text)
    }

    /// Whether the person's own act is asked for, or enough.
    pub const fn of_subject(self) -> bool {
        !matches!(self, Self::Representative)
    }

    /// Whether a representative's act is asked for, or enough.
    pub const fn of_representative(self) -> bool {
        !matches!(self, Self::Subject)
    }
}

/// One band of ages, up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeBand {
    /// The age it begins at, in full years: 0, 12, 16 or 18.
    pub from: u8,
    /// Whose act counts.
    pub acts: Acts,
    /// Whose act counts where the person cannot weigh the matter, or is under guardianship in it;
    /// without it the same as `acts`.
    pub incapable: Option<Acts>,
    /// When it is otherwise, for a person to judge. Not part of the hash.
    pub unless: Option<Label>,
}

/// The bands of one law, for one or more rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeRule {
    /// Its code.
    pub code: CodeValue,
    /// What it says.
    pub label: Label,
    /// The regime: the law under whose rules the data, or the help, fall.
    pub regime: LawKey,
    /// For which rights.
    pub rights: BTreeSet<Right>,
    /// Where the ages stand.
    pub law: Vec<LawRef>,
    /// From age 0 upwards; the last is of those of age, who act alone.
    pub bands: Vec<AgeBand>,
}

/// Who may act on a day, and until when that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MayAct<'c> {
    /// Whose act counts.
    pub acts: Acts,
    /// The first day on which it is another's; none for the last band. What was decided before
    /// that day is judged again on it.
    pub until: Option<Date>,
    /// When it is otherwise, for a person to judge.
    pub unless: Option<&'c Label>,
}

impl AgeRule {
    /// Who may act on `on` for a person born on `birth`, who can weigh the matter or not. A child
    /// that is not born yet is as one of age 0. None only where the calendar ends (year 9999).
    pub fn who_may_act(&self, birth: Date, on: Date, capable: bool) -> Option<MayAct<'_>> {
        let age = age_on(birth, on);
        let band = self.bands.iter().rev().find(|band| band.from <= age)?;
        let next = self.bands.iter().find(|band| band.from > age);
        let until = match next {
            Some(next) => Some(birthday(birth, next.from)?),
            None => None,
        };
        let acts = match band.incapable {
            Some(other) if !capable => other,
            _ => band.acts,
        };
        Some(MayAct {
            acts,
            until,
            unless: band.unless.as_ref(),
        })
    }
}

/// The age in full years on a day; 0 before birth. Born on 29 February, a person is a year older on
/// 1 March of a year without that day: the later of the two readings, so that nobody is treated as
/// older than the law says.
pub fn age_on(birth: Date, on: Date) -> u8 {
    let had = (on.month(), on.day()) >= (birth.month(), birth.day());
    let years = i32::from(on.year()) - i32::from(birth.year()) - i32::from(!had);
    u8::try_from(years.clamp(0, 255)).unwrap_or_default()
}

/// The first day of an age, by the same reading of 29 February. None past the year 9999.
pub fn birthday(birth: Date, age: u8) -> Option<Date> {
    let year = birth.year().checked_add(i16::from(age))?;
    Date::new(year, birth.month(), birth.day())
        .or_else(|_| Date::new(year, 3, 1))
        .ok()
}
