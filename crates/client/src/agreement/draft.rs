//! A step that one person prepares and another approves, with a file in between.
//!
//! Owns: what stands in that file, that it is signed for the agreement it was prepared for, by two
//! persons, not too late and once: what was signed is kept before it is sent, with the key it is sent
//! under, so that a second start sends the same bytes and takes the step no second time. Must not know:
//! where the file is, and who may use it.

use super::signing::{self, Persons, Signatory};
use super::{AgreementView, StepTaken};
use crate::{ClientError, Partner};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_domain::agreement::{State, StepKind, StepReason};
use seinhuis_identity::jws;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, Millis, Oin};
use serde::{Deserialize, Serialize};

/// The first member of a draft.
const FORMAT: &str = "seinhuis/v1/step-draft";
/// How long after it was prepared a step may be approved, in days: what it was prepared on may have
/// changed since.
pub const DRAFT_DAYS: u64 = 14;

/// A prepared step, as it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDraft {
    format: String,
    party: String,
    agreement_hash: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    initiator: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initiator_function: Option<String>,
    prepared_at: u64,
    idempotency_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed: Option<Signed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken: Option<Taken>,
}

/// What the second person signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    jws: String,
    chain: Vec<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    state: String,
    index: u64,
}

impl StepDraft {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when it is no draft.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClientError> {
        let draft: Self = serde_json::from_slice(bytes)
            .map_err(|_| invalid("this is no prepared step, or it was changed by hand"))?;
        if draft.format != FORMAT {
            return Err(invalid("this is a prepared step of another version"));
        }
        draft.kind()?;
        draft.hash()?;
        draft.reason()?;
        draft.initiator()?;
        Ok(draft)
    }

    /// As a file.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], which nothing that was parsed or prepared gives.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ClientError> {
        serde_json::to_vec_pretty(self).map_err(ClientError::invalid)
    }

    /// Which agreement.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn hash(&self) -> Result<AgreementHash, ClientError> {
        Ok(AgreementHash::parse(&self.agreement_hash)?)
    }

    /// Which step.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn kind(&self) -> Result<StepKind, ClientError> {
        let mut kinds = StepKind::ALL.into_iter();
        let found = kinds.find(|kind| kind.as_str() == self.r#type);
        found.ok_or_else(|| invalid("the prepared step is of a kind that is not known here"))
    }

    /// Why.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn reason(&self) -> Result<Option<StepReason>, ClientError> {
        let read = |code: &String| {
            StepReason::parse(code)
                .ok_or_else(|| invalid("the reason of the step is not known here"))
        };
        self.reason.as_ref().map(read).transpose()
    }

    /// Who prepared it.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn initiator(&self) -> Result<Signatory, ClientError> {
        Signatory::new(&self.initiator, self.initiator_function.as_deref())
    }

    /// When it was prepared.
    pub fn prepared_at(&self) -> Millis {
        Millis(self.prepared_at.saturating_mul(Millis::SECOND))
    }

    /// Whether it was approved and signed before.
    pub fn is_signed(&self) -> bool {
        self.signed.is_some()
    }

    /// The state that the step led to and the index of its entry, when it was taken before.
    pub fn taken(&self) -> Option<(&str, u64)> {
        let taken = self.taken.as_ref();
        taken.map(|taken| (taken.state.as_str(), taken.index))
    }

    fn key(&self) -> Result<Vec<u8>, ClientError> {
        URL_SAFE_NO_PAD
            .decode(&self.idempotency_key)
            .map_err(|_| invalid("the prepared step was changed by hand"))
    }
}

impl Partner {
    /// Prepares a step for a second person to approve: fetches the agreement, proves its content by
    /// its hash, judges what is to be accepted, and looks whether the step can follow.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] says what does not fit; and as [`Partner::agreement`].
    pub async fn prepare_step(
        &self,
        kind: StepKind,
        hash: &AgreementHash,
        initiator: Signatory,
        reason: Option<StepReason>,
    ) -> Result<(StepDraft, AgreementView), ClientError> {
        signing::reason_fits(kind, reason)?;
        let view = self.agreement(hash).await?;
        follows(&view, kind, self.oin())?;
        if kind == StepKind::Accept {
            self.judge(&view.content)?;
        }
        let draft = StepDraft {
            format: FORMAT.to_owned(),
            party: self.oin().to_string(),
            agreement_hash: hash.to_string(),
            r#type: kind.as_str().to_owned(),
            reason: reason.map(|reason| reason.as_str().to_owned()),
            initiator: initiator.person.as_str().to_owned(),
            initiator_function: initiator.function.map(|code| code.to_string()),
            prepared_at: self.inner.clock.now().seconds(),
            idempotency_key: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
            signed: None,
            taken: None,
        };
        Ok((draft, view))
    }

    /// Signs a prepared step in the name of its two persons, after all that [`Partner::prepare_step`]
    /// looks at was looked at again. Nothing is sent yet: keep the draft, then
    /// [`Partner::send_draft`]. What was signed before stays as it is.
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: the same person, another organisation's draft, an old one, or a step
    /// that can no longer follow; and as [`Partner::agreement`].
    pub async fn approve_draft(
        &self,
        draft: &mut StepDraft,
        approver: Signatory,
    ) -> Result<(), ClientError> {
        self.own_draft(draft)?;
        let persons = Persons::of(draft.initiator()?, approver)?;
        if draft.is_signed() {
            return Ok(());
        }
        let (now, kind) = (self.inner.clock.now(), draft.kind()?);
        if now >= draft.prepared_at().plus(DRAFT_DAYS * Millis::DAY) {
            return Err(invalid(
                "the step was prepared more than 14 days ago; have it prepared anew",
            ));
        }
        let hash = draft.hash()?;
        let view = self.agreement(&hash).await?;
        follows(&view, kind, self.oin())?;
        if kind == StepKind::Accept {
            self.judge(&view.content)?;
        }
        let claims = signing::claims(kind, &hash, &persons, draft.reason()?, now)?;
        let signer = &self.inner.signer;
        draft.signed = Some(Signed {
            jws: jws::sign(signer, None, &claims).map_err(ClientError::invalid)?,
            chain: signer
                .chain()
                .iter()
                .map(|der| URL_SAFE_NO_PAD.encode(der))
                .collect(),
        });
        Ok(())
    }

    /// Sends what was signed; sent again, the hub answers as it did the first time.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a draft that nobody approved; and as every call.
    pub async fn send_draft(&self, draft: &mut StepDraft) -> Result<StepTaken, ClientError> {
        self.own_draft(draft)?;
        let signed = draft.signed.as_ref().ok_or_else(|| {
            invalid("nobody approved the step yet: a second person does, with `--approver`")
        })?;
        let chain = signed.chain.iter().map(|der| URL_SAFE_NO_PAD.decode(der));
        let step = v1::SignedStep {
            jws: signed.jws.clone(),
            signing_chain: chain
                .collect::<Result<_, _>>()
                .map_err(|_| invalid("the prepared step was changed by hand"))?,
        };
        let taken = self
            .send_step(draft.kind()?, &draft.hash()?, step, draft.key()?)
            .await?;
        draft.taken = Some(Taken {
            state: taken.state.as_str().to_owned(),
            index: taken.proof.index().0,
        });
        Ok(taken)
    }

    fn own_draft(&self, draft: &StepDraft) -> Result<(), ClientError> {
        if draft.party == self.oin().as_str() {
            return Ok(());
        }
        Err(invalid("the step was prepared for another organisation"))
    }
}

/// That the step can follow on what the agreement is now; the hub judges again.
fn follows(view: &AgreementView, kind: StepKind, own: Oin) -> Result<(), ClientError> {
    let answers = |kind| matches!(kind, StepKind::Accept | StepKind::Reject);
    let answered = view.steps.iter().any(|s| s.oin == own && answers(s.kind));
    let told = match (kind, view.state) {
        _ if view.left.contains(&own) => "this organisation has left the agreement".to_owned(),
        (StepKind::Accept | StepKind::Reject, State::Proposed) if answered => {
            "this organisation has answered the proposal before".to_owned()
        }
        (StepKind::Resume, State::Suspended) if view.suspended_by != Some(own) => {
            "only the party that suspended the agreement resumes it".to_owned()
        }
        (StepKind::Accept | StepKind::Reject, State::Proposed)
        | (StepKind::Suspend, State::Valid)
        | (StepKind::Resume, State::Suspended)
        | (StepKind::Leave, State::Valid | State::Suspended) => return Ok(()),
        (kind, state) => format!(
            "`{}` cannot follow: the agreement is {}",
            kind.as_str(),
            state.as_str()
        ),
    };
    Err(ClientError::Invalid(told))
}

fn invalid(what: &str) -> ClientError {
    ClientError::Invalid(what.to_owned())
}
