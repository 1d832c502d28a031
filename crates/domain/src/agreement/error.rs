//! What can be wrong with the content of an agreement, and with a step in it.

use super::state::PROPOSAL_DAYS;
use super::{State, StepKind, StepReason};
use seinhuis_types::{Coded, ErrorCode, Oin, ParseError};

/// Content that cannot be read. Content that can be read but breaks a rule has
/// [`super::Fault`]s.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Larger than a message may be.
    #[error("an agreement is at most {max} bytes, not `{found}`")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Most bytes allowed.
        max: usize,
    },
    /// Not I-JSON (RFC 7493).
    #[error(transparent)]
    Json(#[from] ParseError),
    /// Not TOML.
    #[error("toml: line {line}: {rule}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// The rule of TOML that it breaks.
        rule: String,
    },
    /// A key is missing, unknown, or holds a value of another form.
    #[error("content: {path}: {rule}")]
    Form {
        /// Where, such as `clauses[2].mode`; `.` for the content as a whole.
        path: String,
        /// What is wrong.
        rule: String,
    },
    /// `pull` is a reserved word: nobody takes data from another's systems.
    #[error("clause `{0}` has mode `pull`, which is reserved and not offered")]
    PullReserved(String),
    /// Consent is needed or it is not.
    #[error("clause `{0}` has a consent rule other than `none` and `needed`, which is not offered")]
    ConsentNotOffered(String),
    /// A placeholder in the authored form has no value.
    #[error("placeholder `{name}` has no value here")]
    Placeholder {
        /// The placeholder.
        name: String,
        /// Where it is used.
        path: String,
    },
    /// The content has no RFC 8785 form.
    #[error("content has no canonical form")]
    NotCanonical,
}

impl ContentError {
    /// What its author can do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "make several agreements of it",
            Self::Json(_) => "write it as JSON whose every name occurs once",
            Self::Toml { .. } => "write it as TOML",
            Self::Form { .. } => "write it as docs/formats/agreement.md says",
            Self::PullReserved(_) => "write `push`: who has the data sends them",
            Self::ConsentNotOffered(_) => {
                "write `needed` where the basis to provide rests on consent, and `none` elsewhere"
            }
            Self::Placeholder { .. } => {
                "write the value itself, or the table `[attestations.<name>]` that has it"
            }
            Self::NotCanonical => "leave out what JSON cannot hold",
        }
    }
}

impl Coded for ContentError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge { .. } => ErrorCode::MessageTooLarge,
            Self::Json(_)
            | Self::Toml { .. }
            | Self::Form { .. }
            | Self::PullReserved(_)
            | Self::ConsentNotOffered(_)
            | Self::Placeholder { .. }
            | Self::NotCanonical => ErrorCode::AgreementInvalid,
        }
    }
}

/// A step that cannot be taken. The agreement is then as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The signed payload is not a step.
    #[error("step: {0}")]
    Form(String),
    /// The payload names another content.
    #[error("the step was signed for another agreement")]
    OtherAgreement,
    /// The signer is not a party.
    #[error("`{0}` is not a party to the agreement")]
    NotAParty(Oin),
    /// The signer has left the agreement.
    #[error("`{0}` has left the agreement")]
    HasLeft(Oin),
    /// The signer answered the proposal before.
    #[error("`{0}` has answered the proposal before")]
    AnsweredBefore(Oin),
    /// The same person started and approved the step.
    #[error("initiator and approver are the same person")]
    SamePerson,
    /// One person acts as administrator and as privacy officer.
    #[error("one person acts as administrator and as privacy officer of the same party")]
    FunctionsCombined,
    /// The step has no reason, and the other parties must be told one.
    #[error("`{}` has no reason; give one of {}", .0.as_str(), codes(*.0))]
    ReasonMissing(StepKind),
    /// The reason is one for another step.
    #[error("`{reason}` is no reason to {}; give one of {}", kind.as_str(), codes(*kind))]
    OtherReason {
        /// The step.
        kind: StepKind,
        /// Its reason.
        reason: StepReason,
    },
    /// The signing certificate is no longer valid.
    #[error("the signing certificate has expired")]
    CertificateExpired,
    /// The step was signed more than five minutes later than now.
    #[error("the step was signed in the future")]
    SignedInFuture,
    /// The step is no newer than another step of the same party.
    #[error("the step was taken before, or is older than this party's last step")]
    Stale,
    /// The agreement's term is over.
    #[error("the agreement has passed its last day")]
    TermOver,
    /// Nobody can accept a proposal any more that stood open too long.
    #[error(
        "the proposal has lapsed: it stood open for {PROPOSAL_DAYS} days; propose the content again as          another version"
    )]
    Lapsed,
    /// The step does not follow from the state.
    #[error("`{}` cannot follow on state `{}`", kind.as_str(), state.as_str())]
    WrongState {
        /// The step.
        kind: StepKind,
        /// The state it was taken in.
        state: State,
    },
    /// Another party suspended the agreement.
    #[error("only `{0}` can resume what it suspended")]
    NotTheSuspender(Oin),
}

/// The codes of the reasons for `kind`, for a message.
fn codes(kind: StepKind) -> String {
    let codes: Vec<&str> = StepReason::of(kind).map(StepReason::as_str).collect();
    codes.join(", ")
}

impl Coded for StepError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Form(_)
            | Self::SignedInFuture
            | Self::ReasonMissing(_)
            | Self::OtherReason { .. } => ErrorCode::MessageInvalid,
            Self::SamePerson => ErrorCode::SecondPersonNeeded,
            Self::FunctionsCombined => ErrorCode::FunctionsCombined,
            Self::OtherAgreement => ErrorCode::AgreementHashMismatch,
            // To one who is no party, an agreement is unknown.
            Self::NotAParty(_) => ErrorCode::AgreementNotFound,
            Self::CertificateExpired => ErrorCode::CertificateRefused,
            Self::HasLeft(_)
            | Self::AnsweredBefore(_)
            | Self::Stale
            | Self::TermOver
            | Self::Lapsed
            | Self::WrongState { .. }
            | Self::NotTheSuspender(_) => ErrorCode::AgreementStateConflict,
        }
    }
}

/// Stored steps of which one cannot have been taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ReplayError(#[from] StepError);

impl Coded for ReplayError {
    /// Stored values are our own: damage in them is no caller's fault.
    fn code(&self) -> ErrorCode {
        ErrorCode::Internal
    }
}
