//! What must never happen, as values: a partner reports them, keeps them, shows them to its officer.
//!
//! Owns: the closed set. No variant holds a value of a signal or an identifier of a person. Must not
//! know: what is done about it.

use crate::Caught;
use seinhuis_merkle::MerkleError;
use seinhuis_pseudonym::Error as PseudonymError;
use seinhuis_seal::SealError;
use seinhuis_types::{FieldPath, KeyId};

/// Two signed notes of one log that cannot both be true, or a log that cannot show what it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The checkpoint seen before, as it was signed; empty when there was none.
    pub earlier: String,
    /// The checkpoint seen now, as it was signed.
    pub later: String,
    /// What does not fit.
    pub finding: String,
}

/// Something that cannot come about while hub, sender and keys are as they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incident {
    /// A reply lacks what the contract promises, or has another form.
    #[error("a reply is not as the contract says: {0}")]
    Reply(&'static str),
    /// A receipt, leaf, part or proof does not prove what it came with.
    #[error("the proof does not hold: {0}")]
    Proof(&'static str),
    /// A decision is not about what was asked or sent.
    #[error("the decision is about something else: {0}")]
    Decision(&'static str),
    /// Leaves of a delivery are missing, doubled, misplaced or of another form.
    #[error("the manifest does not hold: {0}")]
    Manifest(SealError),
    /// A clear leaf does not decode, or the leaves are not those the header names.
    #[error("the leaves are not as the header says: {0}")]
    Leaves(&'static str),
    /// The sender did not sign this, or its certificate does not hold under the pinned roots.
    #[error("the sender's signature does not hold: {0}")]
    SignatureInvalid(String),
    /// A delivery for another organisation or desk.
    #[error("the delivery is for another organisation or desk")]
    OtherRecipient,
    /// A delivery says something its agreement does not allow.
    #[error("the delivery is outside its agreement: {0}")]
    OutsideAgreement(&'static str),
    /// An obligation this partner's catalogue does not have; nothing was opened.
    #[error("obligation `{0}` is not known here")]
    UnknownObligation(String),
    /// Sealed or converted for a key that is not one of this desk's.
    #[error("key `{0}` is not a key of this desk")]
    KeyUnknown(KeyId),
    /// The sealed record or a field of it does not open.
    #[error("a sealed value does not open: {0}")]
    NotOpened(SealError),
    /// A sealed value that the catalogue of the agreement does not have.
    #[error("the value of `{0}` is outside the catalogue")]
    ValueOutsideCatalogue(FieldPath),
    /// A sealed value about a theme of restricted desks, under a header that says that there is none.
    #[error(
        "the value of `{0}` is about a theme of restricted desks, and the header does not say so"
    )]
    ThemeNotStated(FieldPath),
    /// A converted pseudonym is no element, or stands under another key.
    #[error("a converted pseudonym does not open: {0}")]
    PseudonymInvalid(PseudonymError),
    /// The sealed number of a subject is of another person than its pseudonym.
    #[error("the sealed number of subject {0} is of another person than its pseudonym")]
    IdentityMismatch(usize),
    /// A key statement is not its owner's under the pinned roots.
    #[error("no key statement of `{owner}` holds: {detail}")]
    KeyStatement {
        /// Organisation and desk.
        owner: String,
        /// Why the last one looked at was not taken.
        detail: String,
    },
    /// An agreement's content does not have the hash it was asked by.
    #[error("the content of an agreement does not have its hash")]
    AgreementHash,
    /// The log contradicts itself.
    #[error("the log contradicts itself: {}", .0.finding)]
    Log(Box<Evidence>),
    /// The log did what it must never do, and there is evidence for others.
    #[error("crime of the log: {} ({})", .0.exhibit.crime().as_str(), .0.weight.as_str())]
    Crime(Box<Caught>),
}

impl Incident {
    /// The word for metrics and exit texts.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Proof(_) => "proof",
            Self::Decision(_) => "decision",
            Self::Manifest(_) => "manifest",
            Self::Leaves(_) => "leaves",
            Self::SignatureInvalid(_) => "signature-invalid",
            Self::OtherRecipient => "other-recipient",
            Self::OutsideAgreement(_) => "outside-agreement",
            Self::UnknownObligation(_) => "unknown-obligation",
            Self::KeyUnknown(_) => "key-unknown",
            Self::NotOpened(_) => "not-opened",
            Self::ValueOutsideCatalogue(_) => "value-outside-catalogue",
            Self::ThemeNotStated(_) => "theme-not-stated",
            Self::PseudonymInvalid(_) => "pseudonym-invalid",
            Self::IdentityMismatch(_) => "identity-mismatch",
            Self::KeyStatement { .. } => "key-statement",
            Self::AgreementHash => "agreement-hash",
            Self::Log(_) => "log",
            Self::Crime(caught) => caught.exhibit.crime().as_str(),
        }
    }

    /// A finding about the log, with the note it is about.
    pub(crate) fn log(earlier: &str, later: &str, finding: &MerkleError) -> Self {
        Self::Log(Box::new(Evidence {
            earlier: earlier.to_owned(),
            later: later.to_owned(),
            finding: finding.to_string(),
        }))
    }
}
