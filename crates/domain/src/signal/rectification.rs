//! What is told to who received a signal: that it was wrong, is taken back, was about another person,
//! must be hidden, or may not be used for now.
//!
//! Owns: the five kinds, and what each says beside that. Must not know: who received anything; the
//! delivery it is about is sealed.

use super::{Header, Invalid, SourceShield};
use crate::catalogue::{Catalogue, TypeDef};
use seinhuis_types::CodeValue;

/// The code list of reasons.
pub const REASONS: &str = "rectification";

/// What is told of an earlier delivery, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rectification {
    /// What.
    pub kind: RectificationKind,
    /// Why: a code of the list `rectification`.
    pub reason: CodeValue,
}

/// Kinds of rectification (AVG 16 to 19; Wpg 28; Wjsg 24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RectificationKind {
    /// What it said was wrong or incomplete; this says what is right.
    Corrected,
    /// It is taken back.
    Withdrawn,
    /// It was about another person; this is about the right one.
    IdentityFixed,
    /// Its source or an address in it must stay hidden from now on.
    Shielded,
    /// Its subject had processing restricted, or objected: until the hour of the header, or until told otherwise,
    /// it is kept and not used (AVG 18, 19, 21). Told again, the last one counts.
    Restricted,
}

impl RectificationKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Corrected,
        Self::Withdrawn,
        Self::IdentityFixed,
        Self::Shielded,
        Self::Restricted,
    ];

    /// Its word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Withdrawn => "withdrawn",
            Self::IdentityFixed => "identity-fixed",
            Self::Shielded => "shielded",
            Self::Restricted => "restricted",
        }
    }

    /// Whether what was sent is wrong from now on, so that this comes in its place. A shield and a restriction
    /// leave it true.
    pub const fn replaces(self) -> bool {
        !matches!(self, Self::Shielded | Self::Restricted)
    }

    /// Whether who is told this needs not be told `earlier` any more: it is the same, or comes in its place.
    pub fn covers(self, earlier: Self) -> bool {
        self == earlier || (self.replaces() && earlier.replaces())
    }

    /// Whether what was sent is not sent again. What is only shielded may be.
    pub const fn stops(self) -> bool {
        !matches!(self, Self::Shielded)
    }

    /// Whether it says anew what the signal said.
    pub const fn has_content(self) -> bool {
        matches!(self, Self::Corrected | Self::IdentityFixed)
    }
}

/// Holds a rectification against its type and the catalogue.
///
/// # Errors
/// `MESSAGE_INVALID`: an unknown reason, a notice that says more than it is, a correction that says
/// less than its type must, a shield that hides nothing, a restriction that is over.
pub(super) fn check(
    rectification: &Rectification,
    header: &Header,
    definition: &TypeDef,
    catalogue: &Catalogue,
) -> Result<(), Invalid> {
    let reason = rectification.reason.as_str();
    let known = catalogue.code_list(REASONS);
    if !known.is_some_and(|list| list.contains(reason)) {
        return Err(Invalid::new(format!(
            "{REASONS} `{reason}` is not in the catalogue; see `seinhuis check`"
        )));
    }
    if header.consent.is_some() {
        return Err(Invalid::new(
            "consent_ref: a rectification goes by the consent of what it is about".to_owned(),
        ));
    }
    let kind = rectification.kind;
    if kind.has_content() {
        if let Some(missing) = definition.minimum.difference(&header.fields).next() {
            return Err(Invalid::new(format!(
                "field `{missing}`: a correction says at least what its type must; withdraw the \
                 signal to say less"
            )));
        }
        if header.subjects.is_empty() {
            return Err(Invalid::new(
                "subjects: a correction names whom it is about".to_owned(),
            ));
        }
    } else if !header.subjects.is_empty() || !header.fields.is_empty() {
        return Err(Invalid::new(format!(
            "a signal that is {} is told without subjects and fields",
            kind.as_str()
        )));
    }
    let hides = header.source_shield != SourceShield::None || header.address_shield;
    if kind == RectificationKind::Shielded && !hides {
        return Err(Invalid::new(
            "source_shield, address_shield: a shield says what it hides".to_owned(),
        ));
    }
    let over = header
        .valid_until
        .is_some_and(|until| until <= header.event_hour);
    if kind == RectificationKind::Restricted && over {
        return Err(Invalid::new(
            "valid_until_hour: a restriction ends after it begins (event_hour); to lift it, tell it again until \
             the next hour"
                .to_owned(),
        ));
    }
    Ok(())
}
