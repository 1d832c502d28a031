//! The states of an agreement, the steps between them, and what a clause is worth at a moment.
//!
//! The state is what the steps make of the content: [`Agreement::replay`] finds it again from what
//! is stored, by the same rules.

use super::hash::hash;
use super::{
    Content, ContentError, Replacement, ReplayError, StepError, StepKind, Term, VerifiedStep,
};
use seinhuis_types::{AgreementHash, Millis, Oin};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a signer's clock may run ahead, in milliseconds.
const SKEW_MS: u64 = 5 * 60 * Millis::SECOND;

/// How long a proposal stands open, in days; no longer than its term. What nobody answers does not
/// hang over its parties for years.
pub const PROPOSAL_DAYS: u64 = 90;

/// The state of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Laid before its parties; nothing may be sent under it.
    Proposed,
    /// Accepted by all.
    Valid,
    /// Rejected by one, or not accepted by all while it stood open; for good.
    Rejected,
    /// Stopped by one party, which alone can resume.
    Suspended,
    /// Fewer than two parties are left, or a later version replaced it; for good.
    Ended,
}

impl State {
    /// The word in entries and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Valid => "valid",
            Self::Rejected => "rejected",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
        }
    }
}

/// A step that was taken, and when the hub took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedStep {
    /// The step.
    pub step: VerifiedStep,
    /// Hub time.
    pub at: Millis,
}

/// What lies before the parties, and never changes: the bytes, read once, and the hash they sign.
#[derive(Debug, PartialEq, Eq)]
pub struct Proposal {
    hash: AgreementHash,
    bytes: Box<[u8]>,
    content: Content,
}

impl Proposal {
    /// Reads the content and makes its hash; that it keeps the rules is for [`super::check`] to say.
    ///
    /// # Errors
    /// [`ContentError`] when the content cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, ContentError> {
        Ok(Self {
            content: Content::parse(bytes)?,
            hash: hash(bytes)?,
            bytes: bytes.into(),
        })
    }

    /// The content, exactly as proposed.
    pub const fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// An agreement: content that never changes, and the steps its parties took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    proposal: Arc<Proposal>,
    state: State,
    steps: Vec<RecordedStep>,
    left: BTreeSet<Oin>,
    suspended_by: Option<Oin>,
    proposed_at: Option<Millis>,
    replaced: Option<Replacement>,
}

impl Agreement {
    /// A proposal of `bytes`, kept exactly as proposed.
    ///
    /// # Errors
    /// [`ContentError`] when the content cannot be read.
    pub fn propose(bytes: &[u8]) -> Result<Self, ContentError> {
        Ok(Self::proposed(Arc::new(Proposal::read(bytes)?)))
    }

    const fn proposed(proposal: Arc<Proposal>) -> Self {
        Self {
            proposal,
            state: State::Proposed,
            steps: Vec::new(),
            left: BTreeSet::new(),
            suspended_by: None,
            proposed_at: None,
            replaced: None,
        }
    }

    /// The same, proposed at hub time `at`: from then on it stands open for [`PROPOSAL_DAYS`].
    #[must_use]
    pub fn proposed_at(mut self, at: Millis) -> Self {
        self.proposed_at = Some(at);
        self
    }

    /// The same, as it was replaced before.
    #[must_use]
    pub fn replaced_before(mut self, replaced: Option<Replacement>) -> Self {
        self.replaced = replaced;
        self
    }

    pub(super) fn set_replaced(&mut self, replaced: Replacement) {
        self.replaced = Some(replaced);
    }

    /// The agreement that `steps`, in the order they were taken, made of a proposal.
    ///
    /// # Errors
    /// [`ReplayError`] when what is stored cannot have come about.
    pub fn replay(
        proposal: Arc<Proposal>,
        steps: impl IntoIterator<Item = RecordedStep>,
    ) -> Result<Self, ReplayError> {
        let mut agreement = Self::proposed(proposal);
        for RecordedStep { step, at } in steps {
            agreement.apply(step, at)?;
        }
        Ok(agreement)
    }

    /// Takes one step at hub time `now`. On an error the agreement is as it was.
    ///
    /// # Errors
    /// [`StepError`].
    pub fn apply(&mut self, step: VerifiedStep, now: Millis) -> Result<State, StepError> {
        self.admit(&step, now)?;
        let oin = step.oin;
        match step.claims.kind {
            StepKind::Accept => {
                let others = self
                    .content()
                    .parties
                    .iter()
                    .filter(|party| party.oin != oin);
                if others.map(|party| party.oin).all(|oin| self.accepted(&oin)) {
                    self.state = State::Valid;
                }
            }
            StepKind::Reject => self.state = State::Rejected,
            StepKind::Suspend => {
                self.state = State::Suspended;
                self.suspended_by = Some(oin);
            }
            StepKind::Resume => {
                self.state = State::Valid;
                self.suspended_by = None;
            }
            StepKind::Leave => {
                self.left.insert(oin);
                // Nobody else could resume it, and one party does not end the whole for all others.
                if self.suspended_by == Some(oin) {
                    self.state = State::Valid;
                    self.suspended_by = None;
                }
                if self.remaining() < 2 {
                    self.state = State::Ended;
                    self.suspended_by = None;
                }
            }
        }
        self.steps.push(RecordedStep { step, at: now });
        Ok(self.state)
    }

    /// Whether the step may be taken; changes nothing.
    fn admit(&self, step: &VerifiedStep, now: Millis) -> Result<(), StepError> {
        let VerifiedStep {
            oin,
            certificate_not_after,
            claims,
        } = step;
        if self.content().party(oin).is_none() {
            return Err(StepError::NotAParty(*oin));
        }
        if claims.hash != *self.hash() {
            return Err(StepError::OtherAgreement);
        }
        if claims.initiator.same_person(&claims.approver) {
            return Err(StepError::SamePerson);
        }
        if now > *certificate_not_after {
            return Err(StepError::CertificateExpired);
        }
        if claims.signed_at.millis() > now.plus(SKEW_MS) {
            return Err(StepError::SignedInFuture);
        }
        let own = self.steps.iter().map(|recorded| &recorded.step);
        let mut own = own.filter(|earlier| earlier.oin == *oin);
        if claims.mixes_functions(claims) || own.any(|own| claims.mixes_functions(&own.claims)) {
            return Err(StepError::FunctionsCombined);
        }
        if self.left.contains(oin) {
            return Err(StepError::HasLeft(*oin));
        }
        let (kind, state) = (claims.kind, self.state_at(now));
        let wrong = StepError::WrongState { kind, state };
        if kind == StepKind::Accept && self.lapsed(now) {
            return Err(match self.content().validity.term(now) {
                Term::Over => StepError::TermOver,
                _ => StepError::Lapsed,
            });
        }
        match (kind, state) {
            (StepKind::Accept, State::Proposed) => {
                if self.content().validity.term(now) == Term::Over {
                    return Err(StepError::TermOver);
                }
                self.unanswered(oin)?;
            }
            (StepKind::Reject, State::Proposed) => self.unanswered(oin)?,
            (StepKind::Suspend, State::Valid)
            | (StepKind::Leave, State::Valid | State::Suspended) => {}
            (StepKind::Resume, State::Suspended) => {
                let suspender = self.suspended_by.ok_or(wrong)?;
                if suspender != *oin {
                    return Err(StepError::NotTheSuspender(suspender));
                }
            }
            _ => return Err(wrong),
        }
        self.fresh(step)
    }

    /// A signed step is used once, and steps of one party keep the order in which it signed them:
    /// an old suspension or resumption cannot be played again.
    fn fresh(&self, step: &VerifiedStep) -> Result<(), StepError> {
        let claims = &step.claims;
        let stale = self
            .steps
            .iter()
            .map(|recorded| &recorded.step)
            .any(|earlier| {
                let same = earlier.claims.kind == claims.kind
                    && earlier.claims.signed_at == claims.signed_at;
                earlier.oin == step.oin && (same || earlier.claims.signed_at > claims.signed_at)
            });
        if stale { Err(StepError::Stale) } else { Ok(()) }
    }

    fn unanswered(&self, oin: &Oin) -> Result<(), StepError> {
        if self.steps.iter().any(|recorded| recorded.step.oin == *oin) {
            return Err(StepError::AnsweredBefore(*oin));
        }
        Ok(())
    }

    fn accepted(&self, oin: &Oin) -> bool {
        self.steps.iter().any(|recorded| {
            recorded.step.oin == *oin && recorded.step.claims.kind == StepKind::Accept
        })
    }

    fn remaining(&self) -> usize {
        self.content()
            .parties
            .iter()
            .filter(|party| !self.left.contains(&party.oin))
            .count()
    }

    /// The hash the parties sign.
    pub fn hash(&self) -> &AgreementHash {
        &self.proposal.hash
    }

    /// The content, exactly as proposed.
    pub fn bytes(&self) -> &[u8] {
        &self.proposal.bytes
    }

    /// The content, read.
    pub fn content(&self) -> &Content {
        &self.proposal.content
    }

    /// The state that the steps made. What time and a later version made of it: [`Self::state_at`].
    pub const fn state(&self) -> State {
        self.state
    }

    /// The state at `now`: a proposal that nobody can accept any more counts as rejected, an agreement
    /// that a later version replaced as ended.
    pub fn state_at(&self, now: Millis) -> State {
        if self.lapsed(now) {
            State::Rejected
        } else if self.is_replaced(now) && self.state != State::Rejected {
            State::Ended
        } else {
            self.state
        }
    }

    /// Whether it is a proposal that stood open too long.
    fn lapsed(&self, now: Millis) -> bool {
        let by = self.answer_by();
        self.state == State::Proposed && by.is_some_and(|by| now >= by)
    }

    /// The first moment at which the proposal can be accepted no more; `None` when it is not known
    /// when it was proposed.
    pub fn answer_by(&self) -> Option<Millis> {
        let open = self.proposed_at?.plus(PROPOSAL_DAYS * Millis::DAY);
        Some(open.min(self.content().validity.end()))
    }

    /// What replaced it, or will.
    pub const fn replaced(&self) -> Option<&Replacement> {
        self.replaced.as_ref()
    }

    /// Whether a later version has taken its place at `now`.
    pub fn is_replaced(&self, now: Millis) -> bool {
        self.replaced
            .as_ref()
            .is_some_and(|replaced| now >= replaced.from)
    }

    /// The steps, in the order they were taken.
    pub fn steps(&self) -> &[RecordedStep] {
        &self.steps
    }

    /// The parties that left.
    pub const fn left(&self) -> &BTreeSet<Oin> {
        &self.left
    }

    /// The party that suspended it.
    pub const fn suspended_by(&self) -> Option<&Oin> {
        self.suspended_by.as_ref()
    }
}
