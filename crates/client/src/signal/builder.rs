//! Composing a signal step by step, from the texts a partner's system has.
//!
//! Owns: parsing each as it comes and telling the first that is not of its form. Must not know:
//! which codes the catalogue has.

use super::{Signal, Subject};
use seinhuis_domain::signal::{
    PriorCall, Regime, Restriction, SecondApproval, Source, SourceShield, WpgArticle,
};
use seinhuis_types::{
    BasisCode, CodeValue, FieldPath, Hour, ParseError, PurposeCode, RegionCode, SignalType,
};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// A signal in the making.
#[must_use]
pub struct SignalBuilder {
    signal_type: Option<SignalType>,
    purpose: Option<PurposeCode>,
    necessity: Option<CodeValue>,
    informed: Option<CodeValue>,
    regime: Option<Regime>,
    wpg_article: Option<WpgArticle>,
    region: Option<RegionCode>,
    urgency: Option<CodeValue>,
    event: Option<Hour>,
    valid_until: Option<Hour>,
    source_shield: SourceShield,
    address_shield: bool,
    onward_basis: Option<BasisCode>,
    restriction: Restriction,
    restricted_theme: bool,
    subjects: Vec<Subject>,
    fields: BTreeMap<FieldPath, Zeroizing<Vec<u8>>>,
    case: Option<Zeroizing<Vec<u8>>>,
    source: Source,
    error: Option<ParseError>,
}

impl fmt::Debug for SignalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignalBuilder(..)")
    }
}

impl SignalBuilder {
    /// A signal of a type, for a purpose, with nothing else said yet.
    pub(super) fn begin(signal_type: &str, purpose: &str) -> Self {
        let mut builder = Self {
            signal_type: None,
            purpose: None,
            necessity: None,
            informed: None,
            regime: None,
            wpg_article: None,
            region: None,
            urgency: None,
            event: None,
            valid_until: None,
            source_shield: SourceShield::None,
            address_shield: false,
            onward_basis: None,
            restriction: Restriction::None,
            restricted_theme: false,
            subjects: Vec::new(),
            fields: BTreeMap::new(),
            case: None,
            source: Source {
                acting_person: Vec::new(),
                acting_role: None,
                decided_by: Vec::new(),
                reason: None,
                second_approval: None,
                processing_activity: String::new(),
                prior_call: None,
            },
            error: None,
        };
        builder.signal_type = builder.parse(signal_type);
        builder.purpose = builder.parse(purpose);
        builder
    }

    fn parse<T: FromStr<Err = ParseError>>(&mut self, text: &str) -> Option<T> {
        text.parse().map_err(|error| self.wrong(error)).ok()
    }

    fn wrong(&mut self, error: ParseError) {
        self.error.get_or_insert(error);
    }

    /// When and where it happened; needed.
    pub fn happened(mut self, event: Hour, region: &str) -> Self {
        self.event = Some(event);
        self.region = self.parse(region);
        self
    }

    /// Why the recipient needs it (code of the list `necessity`), and whether the subject was told
    /// (code of the list `informed`); needed.
    pub fn because(mut self, necessity: &str, informed: &str) -> Self {
        self.necessity = self.parse(necessity);
        self.informed = self.parse(informed);
        self
    }

    /// The law the data come from; needed. An article with the Wpg, and only with it.
    pub fn under(mut self, regime: Regime, article: Option<WpgArticle>) -> Self {
        self.regime = Some(regime);
        self.wpg_article = article;
        self
    }

    /// Another urgency than the type's own.
    pub fn urgency(mut self, class: &str) -> Self {
        self.urgency = self.parse(class);
        self
    }

    /// Until when it means something.
    pub fn valid_until(mut self, hour: Hour) -> Self {
        self.valid_until = Some(hour);
        self
    }

    /// What of the source must stay hidden from the subject, and whether an address is shielded.
    pub fn shielded(mut self, source: SourceShield, address: bool) -> Self {
        self.source_shield = source;
        self.address_shield = address;
        self
    }

    /// The data were received from another, and are passed on on this basis.
    pub fn passed_on(mut self, basis: &str) -> Self {
        self.onward_basis = self.parse(basis);
        self
    }

    /// The subject had processing restricted; with the ground on which it is sent all the same, if any.
    pub fn restricted(mut self, restriction: Restriction) -> Self {
        self.restriction = restriction;
        self
    }

    /// It is about a theme of restricted desks, which no code in it tells, such as exploitation. What a code tells
    /// (`form`) is said without this.
    pub fn restricted_theme(mut self) -> Self {
        self.restricted_theme = true;
        self
    }

    /// The next subject.
    pub fn subject(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// A value in its canonical form: text, or 16 bytes for an opaque field. A path given twice is
    /// an error.
    pub fn field(mut self, path: &str, value: impl AsRef<[u8]>) -> Self {
        let Some(path) = self.parse::<FieldPath>(path) else {
            return self;
        };
        if path.as_str() == "case" || path.as_str().contains('/') {
            self.wrong(ParseError::new(
                "field",
                "`case` and identities have setters of their own",
            ));
        } else if self
            .fields
            .insert(path, Zeroizing::new(value.as_ref().to_vec()))
            .is_some()
        {
            self.wrong(ParseError::new("field", "each field once"));
        }
        self
    }

    /// The partner's own opaque reference, and up to two of other signals or files it belongs to.
    pub fn case(mut self, own: [u8; 16], others: &[[u8; 16]]) -> Self {
        let mut bytes = Zeroizing::new(own.to_vec());
        bytes.extend_from_slice(others.as_flattened());
        self.case = Some(bytes);
        self
    }

    /// Who acts, by the partner's own pseudonym (at most 64 bytes), and in which role (code of the
    /// list `acting-role`). Only the source and, in trust, the hub read it.
    pub fn by(mut self, person: impl AsRef<[u8]>, role: &str) -> Self {
        self.source.acting_person = person.as_ref().to_vec();
        self.source.acting_role = self.parse(role);
        self
    }

    /// Who decided that this leaves, by the partner's own pseudonym, and why (code of the list
    /// `necessity`).
    pub fn decided(mut self, person: impl AsRef<[u8]>, reason: &str) -> Self {
        self.source.decided_by = person.as_ref().to_vec();
        self.source.reason = self.parse(reason);
        self
    }

    /// The designated functionary approved (Bpg 4:5): function code and days since the epoch.
    pub fn approved(mut self, function: &str, day: u32) -> Self {
        self.source.second_approval = self
            .parse(function)
            .map(|function| SecondApproval { function, day });
        self
    }

    /// URI of the activity in the partner's register of processing, at most 256 bytes.
    pub fn activity(mut self, uri: &str) -> Self {
        self.source.processing_activity = uri.to_owned();
        self
    }

    /// There was a call to a desk before.
    pub fn called(mut self, call: PriorCall) -> Self {
        self.source.prior_call = Some(call);
        self
    }

    /// The signal.
    ///
    /// # Errors
    /// The first value that was not of its form, or the first that is missing.
    pub fn finish(self) -> Result<Signal, ParseError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let missing = |setter| ParseError::new("signal", setter);
        Ok(Signal {
            signal_type: self.signal_type.ok_or(missing("a type"))?,
            purpose: self.purpose.ok_or(missing("a purpose"))?,
            necessity: self.necessity.ok_or(missing("say why: `because`"))?,
            informed: self
                .informed
                .ok_or(missing("say whether the subject was told: `because`"))?,
            regime: self
                .regime
                .ok_or(missing("name the law the data come from: `under`"))?,
            wpg_article: self.wpg_article,
            region: self
                .region
                .ok_or(missing("say where it happened: `happened`"))?,
            urgency: self.urgency,
            event: self
                .event
                .ok_or(missing("say when it happened: `happened`"))?,
            valid_until: self.valid_until,
            source_shield: self.source_shield,
            address_shield: self.address_shield,
            onward_basis: self.onward_basis,
            restriction: self.restriction,
            restricted_theme: self.restricted_theme,
            subjects: self.subjects,
            fields: self.fields,
            case: self.case,
            source: self.source,
            break_glass: None,
        })
    }
}
