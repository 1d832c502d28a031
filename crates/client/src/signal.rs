//! A signal as a partner composes it: its circumstances, its subjects, its values, who acted.
//!
//! Owns: parsing what the partner's system hands over. Must not know: recipients, keys, the wire;
//! whether a code exists is judged against the catalogue of each agreement, when it is sent.

mod builder;

pub use builder::SignalBuilder;

use crate::Identity;
use seinhuis_domain::entry::{EntryError, SubjectValue};
use seinhuis_domain::signal::{
    BreakGlass, IdKind, Regime, Restriction, Source, SourceShield, WpgArticle,
};
use seinhuis_pseudonym::{ChainNumber, CitizenNumber, Point, Pseudonym};
use seinhuis_types::{
    BasisCode, CodeValue, FieldPath, Hour, ParseError, PurposeCode, RegionCode, SignalType,
    SubjectRole,
};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// By what a subject is encrypted.
pub enum Identifier {
    /// Citizen number.
    Number(CitizenNumber),
    /// Criminal-chain number.
    Skn(ChainNumber),
    /// The sender's own pseudonym, as it got it with an earlier delivery.
    Own(Pseudonym),
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, ..)", self.kind().as_str())
    }
}

impl Identifier {
    pub(crate) const fn kind(&self) -> IdKind {
        match self {
            Self::Number(_) => IdKind::Number,
            Self::Skn(_) => IdKind::Skn,
            Self::Own(_) => IdKind::Own,
        }
    }

    pub(crate) fn point(&self) -> Point {
        match self {
            Self::Number(number) => number.point(),
            Self::Skn(number) => number.point(),
            Self::Own(pseudonym) => pseudonym.into(),
        }
    }

    fn value(&self) -> Result<SubjectValue, EntryError> {
        match self {
            Self::Number(number) => number_value(number),
            Self::Skn(number) => {
                SubjectValue::skn(std::str::from_utf8(number.digits()).unwrap_or_default())
            }
            Self::Own(pseudonym) => Ok(SubjectValue::own_pseudonym(&Zeroizing::new(
                pseudonym.to_bytes(),
            ))),
        }
    }
}

/// The value a tag is made of, for a citizen number.
pub(crate) fn number_value(number: &CitizenNumber) -> Result<SubjectValue, EntryError> {
    SubjectValue::number(std::str::from_utf8(number.digits()).unwrap_or_default())
}

/// One person in a signal.
#[derive(Debug)]
pub struct Subject {
    /// By what it is encrypted.
    pub who: Identifier,
    /// Its role in this signal.
    pub role: SubjectRole,
    /// Its age band, a code of the list `age-band`.
    pub age_band: CodeValue,
    /// Sealed for the recipient, where the clause lets it know.
    pub identity: Option<Identity>,
}

impl Subject {
    /// A subject without a sealed identity.
    ///
    /// # Errors
    /// When role or age band are not of their form.
    pub fn new(who: Identifier, role: &str, age_band: &str) -> Result<Self, ParseError> {
        Ok(Self {
            who,
            role: role.parse()?,
            age_band: age_band.parse()?,
            identity: None,
        })
    }

    /// A subject by its citizen number.
    ///
    /// # Errors
    /// When the number does not pass the 11-test, or role or age band are not of their form.
    pub fn number(digits: &str, role: &str, age_band: &str) -> Result<Self, ParseError> {
        Self::new(
            Identifier::Number(CitizenNumber::parse(digits)?),
            role,
            age_band,
        )
    }

    /// The same with an identity sealed beside it.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// What its tag is made of: the number if there is one, else what it is encrypted by.
    pub(crate) fn value(&self) -> Result<SubjectValue, EntryError> {
        match &self.identity {
            Some(Identity::Number(number)) => number_value(number),
            _ => self.who.value(),
        }
    }
}

/// A signal, ready for any number of recipients. Made by [`Signal::build`].
pub struct Signal {
    pub(crate) signal_type: SignalType,
    pub(crate) purpose: PurposeCode,
    pub(crate) necessity: CodeValue,
    pub(crate) informed: CodeValue,
    pub(crate) regime: Regime,
    pub(crate) wpg_article: Option<WpgArticle>,
    pub(crate) region: RegionCode,
    pub(crate) urgency: Option<CodeValue>,
    pub(crate) event: Hour,
    pub(crate) valid_until: Option<Hour>,
    pub(crate) source_shield: SourceShield,
    pub(crate) address_shield: bool,
    pub(crate) onward_basis: Option<BasisCode>,
    pub(crate) restriction: Restriction,
    pub(crate) restricted_theme: bool,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) fields: BTreeMap<FieldPath, Zeroizing<Vec<u8>>>,
    pub(crate) case: Option<Zeroizing<Vec<u8>>>,
    pub(crate) source: Source,
    pub(crate) break_glass: Option<BreakGlass>,
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signal")
            .field("signal_type", &self.signal_type)
            .field("fields", &self.fields.keys())
            .finish_non_exhaustive()
    }
}

impl Signal {
    /// Begins a signal of a type, for a purpose. Texts are parsed as they come; the first that is
    /// not of its form is told by [`SignalBuilder::finish`].
    pub fn build(signal_type: &str, purpose: &str) -> SignalBuilder {
        SignalBuilder::begin(signal_type, purpose)
    }

    /// The same signal as a break-glass: only in immediate danger to life, under a clause made for it, by
    /// a partner that acts for the person who acts in it ([`crate::Partner::acting_for`]).
    #[must_use]
    pub fn with_break_glass(self, glass: BreakGlass) -> Self {
        Self {
            break_glass: Some(glass),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> SignalBuilder {
        Signal::build("INC_HOME", "P-REPORT")
            .happened(Hour(490_000), "kennemerland")
            .because("safety", "no")
            .under(Regime::Wpg, Some(WpgArticle::Art8))
    }

    #[test]
    fn the_first_value_of_another_form_is_told() {
        assert!(whole().finish().is_ok());
        assert_eq!(
            whole()
                .urgency("so urgent!")
                .field("Nature", "x")
                .finish()
                .unwrap_err()
                .what,
            "code"
        );
        assert!(whole().field("case", "x").finish().is_err());
        assert!(whole().field("identity/0", "x").finish().is_err());
        assert!(
            whole()
                .field("nature", "x")
                .field("nature", "y")
                .finish()
                .is_err()
        );
        let missing = Signal::build("INC_HOME", "P-REPORT").finish().unwrap_err();
        assert!(missing.to_string().contains("because"), "{missing}");
    }

    #[test]
    fn a_tag_is_made_of_the_number_where_there_is_one() {
        let skn = || Identifier::Skn(ChainNumber::parse("42").unwrap());
        let plain = Subject::new(skn(), "child", "12-16").unwrap();
        assert_eq!(plain.value().unwrap().kind(), IdKind::Skn);
        let number = Identity::Number(CitizenNumber::parse("123456782").unwrap());
        let known = Subject::new(skn(), "child", "12-16")
            .unwrap()
            .with_identity(number);
        assert_eq!(known.value().unwrap().kind(), IdKind::Number);
    }

    #[test]
    fn nothing_personal_is_printed() {
        let signal = whole()
            .subject(Subject::number("123456782", "victim", "adult").unwrap())
            .field("form", "partner")
            .by("p-17", "officer")
            .finish()
            .unwrap();
        let shown = format!("{signal:?} {:?}", signal.subjects);
        for secret in ["123456782", "partner", "p-17"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
