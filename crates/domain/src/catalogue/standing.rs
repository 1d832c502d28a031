//! What the catalogue says about two roles: on which bases, for which purposes, and what is denied.
//!
//! Owns: lookups over the whole catalogue. Must not know: agreements; one can only take away.

use super::{
    AgeRule, BasisDef, BasisKind, Catalogue, DeniedDef, ElsewhereDef, FieldDef, LiftedBy, Right,
    RoleDef, ThemeDef, TypeDef,
};
use seinhuis_types::{CodeValue, PurposeCode, SignalType};

/// The list of which themes name codes.
const FORM: &str = "form";

/// How a purpose stands between two roles, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// There is a basis to provide and one to receive, both read and firm.
    Firm,
    /// There are bases; an open question or an unread article asks each side's own judgement.
    Attested,
    /// No basis on one of the sides: denied, as everything that no law carries.
    NoBasis,
    /// Denied in as many words.
    Denied,
}

impl Standing {
    /// The word in reports for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::Attested => "attested",
            Self::NoBasis => "no-basis",
            Self::Denied => "denied",
        }
    }

    /// Whether an agreement could carry it at all.
    pub const fn possible(self) -> bool {
        matches!(self, Self::Firm | Self::Attested)
    }
}

/// One purpose between two roles.
#[derive(Debug, Clone)]
pub struct Pair<'c> {
    /// Bases to provide.
    pub provide: Vec<&'c BasisDef>,
    /// Bases to receive.
    pub receive: Vec<&'c BasisDef>,
    /// The denial in as many words, if there is one.
    pub denied: Option<&'c DeniedDef>,
    /// What comes of it.
    pub standing: Standing,
}

impl Catalogue {
    /// How `purpose` stands from one role to another. Deny by default: without a basis on both
    /// sides nothing goes, whatever an agreement says.
    pub fn pair(&self, from: &str, to: &str, purpose: &PurposeCode) -> Pair<'_> {
        let of = |kind: BasisKind| -> Vec<&BasisDef> {
            self.bases
                .values()
                .filter(|b| b.kind == kind && b.covers_direction(from, to) && b.serves(purpose))
                .collect()
        };
        let (provide, receive) = (of(BasisKind::Provide), of(BasisKind::Receive));
        let denied = self
            .denied
            .values()
            .find(|denied| denied.denies(from, to, purpose));
        let lifted = denied.is_none_or(|denied| denied.lifted_by == LiftedBy::Attestation);
        let firm = |list: &[&BasisDef]| list.iter().any(|basis| !basis.needs_attestation());
        let standing = if !lifted {
            Standing::Denied
        } else if provide.is_empty() || receive.is_empty() {
            denied.map_or(Standing::NoBasis, |_| Standing::Denied)
        } else if firm(&provide) && firm(&receive) {
            Standing::Firm
        } else {
            Standing::Attested
        };
        Pair {
            provide,
            receive,
            denied,
            standing,
        }
    }

    /// The types that may go from one role to another, by code.
    pub fn types_between<'c>(
        &'c self,
        from: &'c str,
        to: &'c str,
    ) -> impl Iterator<Item = &'c TypeDef> {
        self.types
            .values()
            .filter(move |def| def.direction(from, to).is_some())
    }

    /// The roles that take part: they send and receive.
    pub fn partner_roles(&self) -> impl Iterator<Item = &RoleDef> {
        self.roles.values().filter(|role| !role.external)
    }

    /// Whether some type can be sent for `purpose`.
    pub fn carries(&self, purpose: &PurposeCode) -> bool {
        self.types.values().any(|def| def.has_purpose(purpose))
    }

    /// The rule on ages of `regime` for `right`; none where the law has none that was found, and
    /// then a person decides.
    pub fn age_rule(&self, regime: &str, right: Right) -> Option<&AgeRule> {
        self.ages
            .values()
            .find(|rule| rule.regime.as_str() == regime && rule.rights.contains(&right))
    }

    /// Every rule on ages, by code.
    pub fn age_rules(&self) -> impl Iterator<Item = &AgeRule> {
        self.ages.values()
    }

    /// Every pair that is denied in as many words, by code.
    pub fn denied_pairs(&self) -> impl Iterator<Item = &DeniedDef> {
        self.denied.values()
    }

    /// What does not travel as a signal, by code.
    pub fn elsewhere(&self) -> impl Iterator<Item = &ElsewhereDef> {
        self.elsewhere.values()
    }

    /// The message with this code that does not travel as a signal.
    pub fn found_elsewhere(&self, code: &SignalType) -> Option<&ElsewhereDef> {
        self.elsewhere.get(code)
    }

    /// Every theme, by code.
    pub fn themes(&self) -> impl Iterator<Item = &ThemeDef> {
        self.themes.values()
    }

    /// Whether a value tells that a signal is about a theme of restricted desks: it is a code of the list
    /// `form` that belongs to one.
    pub fn tells_restricted_theme(&self, field: &FieldDef, value: &[u8]) -> bool {
        let form = field.list().is_some_and(|list| list.as_str() == FORM);
        let mut codes = value.split(|byte| *byte == b',');
        form && codes.any(|code| {
            let of = |theme: &ThemeDef| {
                theme
                    .forms
                    .iter()
                    .any(|form| form.as_str().as_bytes() == code)
            };
            self.themes().any(|theme| theme.restricted && of(theme))
        })
    }

    /// The theme with this code.
    pub fn theme(&self, code: &CodeValue) -> Option<&ThemeDef> {
        self.themes.get(code)
    }

    /// The denial with this code, such as `probation-police`.
    pub fn denied(&self, code: &CodeValue) -> Option<&DeniedDef> {
        self.denied.get(code)
    }

    /// The rule on ages with this code, such as `wmo-consent`.
    pub fn age_rule_coded(&self, code: &CodeValue) -> Option<&AgeRule> {
        self.ages.get(code)
    }
}
