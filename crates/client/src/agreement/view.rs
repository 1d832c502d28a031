//! Reading agreements back: nothing counts whose hash was not computed here, and each step says
//! whether its signature holds. Must not know: what a step is taken for.

use crate::{ClientError, Incident, Partner, status};
use seinhuis_domain::agreement::{Content, State, StepClaims, StepKind, StepReason, hash};
use seinhuis_identity::jws::Jws;
use seinhuis_identity::signing::SigningTrust;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, Millis, Oin};
use std::sync::Arc;

/// Agreements asked for at once: each may be 64 KiB.
const PAGE: u32 = 32;

/// An agreement, its content proven by its hash.
#[derive(Debug, Clone)]
pub struct AgreementView {
    /// The hash, computed here.
    pub hash: AgreementHash,
    /// The content.
    pub content: Arc<Content>,
    /// The content, exactly as proposed.
    pub bytes: Vec<u8>,
    /// The state, as the hub tells it.
    pub state: State,
    /// The steps taken.
    pub steps: Vec<StepView>,
    /// Parties that left.
    pub left: Vec<Oin>,
    /// The party that suspended it.
    pub suspended_by: Option<Oin>,
    /// The version that replaced it, and the first moment at which that one decides; as the hub tells
    /// it.
    pub replaced: Option<(AgreementHash, Millis)>,
    /// Who proposed it, and when; as the hub tells it.
    pub proposed: Option<(Oin, Millis)>,
    /// Of a proposal: the first moment at which nobody can accept it any more.
    pub answer_by: Option<Millis>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The party.
    pub oin: Oin,
    /// What it did.
    pub kind: StepKind,
    /// When the hub took it.
    pub at: Millis,
    /// Why, as the party signed it; `None` when it gave no reason, or nothing is proven.
    pub reason: Option<StepReason>,
    /// Whether the party's signature over exactly this step holds under the pinned roots at that
    /// moment. A certificate revoked since makes this false.
    pub proven: bool,
}

impl Partner {
    /// One agreement of the partner's.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when the content does not have the hash; and as every call.
    pub async fn agreement(&self, hash: &AgreementHash) -> Result<AgreementView, ClientError> {
        let request = v1::GetRequest {
            agreement_hash: hash.to_string(),
            ..v1::GetRequest::default()
        };
        let reply = status::repeated("hub", || {
            let mut client = self.agreements();
            let request = request.clone();
            async move { client.get(request).await }
        });
        let agreement = reply
            .await?
            .agreement
            .ok_or(Incident::Reply("a reply has no agreement"))?;
        let view = self.view(agreement)?;
        if view.hash != *hash {
            return Err(Incident::AgreementHash.into());
        }
        Ok(view)
    }

    /// Every agreement the partner is a party to.
    ///
    /// # Errors
    /// As [`Partner::agreement`].
    pub async fn list_agreements(&self) -> Result<Vec<AgreementView>, ClientError> {
        let mut found = Vec::new();
        let mut page_token = Vec::new();
        loop {
            let request = v1::ListRequest {
                page_size: PAGE,
                page_token,
            };
            let reply = status::repeated("hub", || {
                let mut client = self.agreements();
                let request = request.clone();
                async move { client.list(request).await }
            });
            let reply = reply.await?;
            for agreement in reply.agreements {
                found.push(self.view(agreement)?);
            }
            if reply.next_page_token.is_empty() {
                return Ok(found);
            }
            page_token = reply.next_page_token;
        }
    }

    /// The content with this hash; kept, since it never changes.
    pub(crate) async fn agreement_content(
        &self,
        hash: &AgreementHash,
    ) -> Result<Arc<Content>, ClientError> {
        if let Some(known) = self.inner.agreements.lock().get(hash) {
            return Ok(Arc::clone(known));
        }
        let content = Box::pin(self.agreement(hash)).await?.content;
        self.inner
            .agreements
            .lock()
            .insert(hash.clone(), Arc::clone(&content));
        Ok(content)
    }

    fn view(&self, agreement: v1::Agreement) -> Result<AgreementView, ClientError> {
        let reply = |_| Incident::Reply("an agreement has another form");
        let computed = hash(&agreement.content).map_err(|_| Incident::AgreementHash)?;
        if computed.as_str() != agreement.agreement_hash {
            return Err(Incident::AgreementHash.into());
        }
        let content = Arc::new(Content::parse(&agreement.content)?);
        let oin = |text: &String| Oin::parse(text).map_err(reply);
        let suspended_by = Some(&agreement.suspended_by).filter(|text| !text.is_empty());
        Ok(AgreementView {
            state: state(agreement.state())?,
            steps: agreement
                .steps
                .iter()
                .map(|step| self.step_view(&computed, step))
                .collect::<Result<_, _>>()?,
            left: agreement.left.iter().map(oin).collect::<Result<_, _>>()?,
            suspended_by: suspended_by.map(oin).transpose()?,
            replaced: replaced(&agreement)?,
            proposed: match agreement.proposed_by.as_str() {
                "" => None,
                by => Some((
                    Oin::parse(by).map_err(reply)?,
                    Millis(agreement.proposed_ms),
                )),
            },
            answer_by: Some(agreement.answer_by_ms)
                .filter(|ms| *ms != 0)
                .map(Millis),
            content,
            bytes: agreement.content,
            hash: computed,
        })
    }

    fn step_view(&self, hash: &AgreementHash, step: &v1::PartyStep) -> Result<StepView, Incident> {
        let form = Incident::Reply("a step has another form");
        let kind = StepKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == step.r#type);
        let (Ok(oin), Some(kind)) = (Oin::parse(&step.oin), kind) else {
            return Err(form);
        };
        let at = Millis(step.at_ms);
        let signed = step.step.as_ref();
        let claims = signed.and_then(|signed| claims(&self.inner.trust, signed, oin, at));
        let claims = claims.filter(|claims| claims.kind == kind && claims.hash == *hash);
        Ok(StepView {
            oin,
            kind,
            at,
            proven: claims.is_some(),
            reason: claims.and_then(|claims| claims.reason),
        })
    }

    /// As the hub gave it, its content proven by its hash: to be passed on whole.
    pub(crate) async fn agreement_message(
        &self,
        hash: &AgreementHash,
        grant: Option<[u8; 16]>,
    ) -> Result<v1::Agreement, ClientError> {
        let request = v1::GetRequest {
            agreement_hash: hash.to_string(),
            grant_id: grant.map(Vec::from).unwrap_or_default(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.agreements();
            let request = request.clone();
            async move { client.get(request).await }
        });
        let agreement = reply.await?.agreement;
        agreement.ok_or(Incident::Reply("a reply has no agreement").into())
    }
}

fn replaced(agreement: &v1::Agreement) -> Result<Option<(AgreementHash, Millis)>, Incident> {
    match agreement.replaced_by.as_str() {
        "" => Ok(None),
        by => match AgreementHash::parse(by) {
            Ok(by) => Ok(Some((by, Millis(agreement.replaced_from_ms)))),
            Err(_) => Err(Incident::Reply("an agreement has another form")),
        },
    }
}

/// What a party signed, if its signature holds under `trust` at the moment the hub took it.
pub(crate) fn claims(
    trust: &SigningTrust,
    signed: &v1::SignedStep,
    oin: Oin,
    at: Millis,
) -> Option<StepClaims> {
    let certificate = trust.verify_chain(&signed.signing_chain, at).ok()?;
    let jws = Jws::parse(&signed.jws).ok()?;
    let payload = jws.verify(&certificate).ok()?;
    StepClaims::parse(payload)
        .ok()
        .filter(|_| certificate.oin() == oin)
}

pub(super) fn state(state: v1::AgreementState) -> Result<State, Incident> {
    match state {
        v1::AgreementState::Proposed => Ok(State::Proposed),
        v1::AgreementState::Valid => Ok(State::Valid),
        v1::AgreementState::Rejected => Ok(State::Rejected),
        v1::AgreementState::Suspended => Ok(State::Suspended),
        v1::AgreementState::Ended => Ok(State::Ended),
        v1::AgreementState::Unspecified => Err(Incident::Reply("an agreement has no state")),
    }
}
