//! Agreements: proposing, judging, signing steps, and reading them back.
//!
//! Owns: that nobody signs a hash it did not compute, and nobody reads a content whose hash differs.
//! Must not know: what a clause is worth now; that is the hub's to decide and to prove.

use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_domain::agreement::{
    Content, Options, PersonRef, State, StepClaims, StepKind, check, hash,
};
use seinhuis_identity::jws::{self, Jws};
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, Millis, Oin};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Agreements asked for at once: each may be 64 KiB.
const PAGE: u32 = 32;

/// The two persons a step takes, by the partner's own pseudonyms.
#[derive(Debug, Clone)]
pub struct Persons {
    /// Who starts it.
    pub initiator: PersonRef,
    /// Who approves it: another person.
    pub approver: PersonRef,
}

impl Persons {
    /// Two different persons.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn new(initiator: &str, approver: &str) -> Result<Self, ClientError> {
        let persons = Self {
            initiator: PersonRef::parse(initiator)?,
            approver: PersonRef::parse(approver)?,
        };
        if persons.initiator.same_person(&persons.approver) {
            return Err(ClientError::Invalid(
                "a step takes two different persons".to_owned(),
            ));
        }
        Ok(persons)
    }
}

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
    /// Whether the party's signature over exactly this step holds under the pinned roots at that
    /// moment. A certificate revoked since makes this false.
    pub proven: bool,
}

/// What came of a step.
#[derive(Debug, Clone)]
pub struct StepTaken {
    /// The state now.
    pub state: State,
    /// Of the public entry.
    pub proof: VerifiedProof,
}

impl Partner {
    /// Lays a content (JSON) before its parties and gives its hash, computed here, and the proof of
    /// the public entry.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] with the faults of the content, and as every call.
    pub async fn propose(
        &self,
        content: &[u8],
    ) -> Result<(AgreementHash, VerifiedProof), ClientError> {
        let own = hash(content)?;
        self.judge(&Content::parse(content)?)?;
        let request = v1::ProposeRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            content: content.to_vec(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.agreements();
            let request = request.clone();
            async move { client.propose(request).await }
        });
        let reply = reply.await?;
        if reply.agreement_hash != own.as_str() {
            return Err(Incident::AgreementHash.into());
        }
        Ok((own, self.public_proof(reply.proof)?))
    }

    /// Signs the content with this hash for the partner, after fetching it, computing its hash and
    /// judging it against the partner's own catalogue.
    ///
    /// # Errors
    /// As [`Partner::propose`].
    pub async fn accept(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        let content = self.agreement_content(hash).await?;
        self.judge(&content)?;
        self.step(StepKind::Accept, hash, persons).await
    }

    /// Refuses a proposal, for good.
    ///
    /// # Errors
    /// As every call.
    pub async fn reject(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Reject, hash, persons).await
    }

    /// Stops everything under the agreement, at once; only this partner can resume.
    ///
    /// # Errors
    /// As every call.
    pub async fn suspend(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Suspend, hash, persons).await
    }

    /// Lifts the partner's own suspension.
    ///
    /// # Errors
    /// As every call.
    pub async fn resume(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Resume, hash, persons).await
    }

    /// Ends the clauses this partner is in.
    ///
    /// # Errors
    /// As every call.
    pub async fn leave(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Leave, hash, persons).await
    }

    /// One agreement of the partner's.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when the content does not have the hash; and as every call.
    pub async fn agreement(&self, hash: &AgreementHash) -> Result<AgreementView, ClientError> {
        let request = v1::GetRequest {
            agreement_hash: hash.to_string(),
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

    fn judge(&self, content: &Content) -> Result<(), ClientError> {
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let options = Options {
            allow_test_oins: self.inner.test_oins,
            policy_hash: None,
        };
        let faults = check(content, &catalogue, &options);
        if faults.is_empty() {
            return Ok(());
        }
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Err(ClientError::Invalid(faults.join("; ")))
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
        let proven = step.step.as_ref().is_some_and(|signed| {
            let claims = self.claims(signed, oin, at);
            claims.is_some_and(|claims| claims.kind == kind && claims.hash == *hash)
        });
        Ok(StepView {
            oin,
            kind,
            at,
            proven,
        })
    }

    fn claims(&self, signed: &v1::SignedStep, oin: Oin, at: Millis) -> Option<StepClaims> {
        let certificate = self
            .inner
            .trust
            .verify_chain(&signed.signing_chain, at)
            .ok()?;
        let jws = Jws::parse(&signed.jws).ok()?;
        let payload = jws.verify(&certificate).ok()?;
        StepClaims::parse(payload)
            .ok()
            .filter(|_| certificate.oin() == oin)
    }

    async fn step(
        &self,
        kind: StepKind,
        hash: &AgreementHash,
        persons: &Persons,
    ) -> Result<StepTaken, ClientError> {
        let signer = &self.inner.signer;
        let claims = claims(kind, hash, persons, self.inner.clock.now())?;
        let step = v1::SignedStep {
            jws: jws::sign(signer, None, &claims).map_err(ClientError::invalid)?,
            signing_chain: signer.chain().to_vec(),
        };
        let idempotency_key = rand::random::<[u8; 32]>().to_vec();
        macro_rules! call {
            ($method:ident, $request:ident) => {{
                let request = v1::$request {
                    idempotency_key,
                    agreement_hash: hash.to_string(),
                    step: Some(step),
                };
                let reply = status::repeated("hub", || {
                    let mut client = self.agreements();
                    let request = request.clone();
                    async move { client.$method(request).await }
                });
                let reply = reply.await?;
                (reply.state(), reply.proof)
            }};
        }
        let (reached, proof) = match kind {
            StepKind::Accept => call!(accept, AcceptRequest),
            StepKind::Reject => call!(reject, RejectRequest),
            StepKind::Suspend => call!(suspend, SuspendRequest),
            StepKind::Resume => call!(resume, ResumeRequest),
            StepKind::Leave => call!(leave, LeaveRequest),
        };
        Ok(StepTaken {
            state: state(reached)?,
            proof: self.public_proof(proof)?,
        })
    }

    fn public_proof(&self, proof: Option<v1::Proof>) -> Result<VerifiedProof, Incident> {
        let proof = proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(v1::Act::Agreement)?;
        Ok(proof)
    }
}

fn state(state: v1::AgreementState) -> Result<State, Incident> {
    match state {
        v1::AgreementState::Proposed => Ok(State::Proposed),
        v1::AgreementState::Valid => Ok(State::Valid),
        v1::AgreementState::Rejected => Ok(State::Rejected),
        v1::AgreementState::Suspended => Ok(State::Suspended),
        v1::AgreementState::Ended => Ok(State::Ended),
        v1::AgreementState::Unspecified => Err(Incident::Reply("an agreement has no state")),
    }
}

/// The payload of a step in its RFC 8785 form: names sorted, no choice in texts or numbers.
fn claims(
    kind: StepKind,
    hash: &AgreementHash,
    persons: &Persons,
    now: Millis,
) -> Result<Vec<u8>, ClientError> {
    let members: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
        ("agreement_content_hash", hash.as_str().into()),
        ("approver", persons.approver.as_str().into()),
        ("initiator", persons.initiator.as_str().into()),
        ("signed_at", now.seconds().into()),
        ("type", kind.as_str().into()),
    ]);
    serde_json::to_vec(&members).map_err(ClientError::invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_payload_reads_back_as_the_step_it_is() {
        let hash = AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap();
        let persons = Persons::new("p-17", "p-2").unwrap();
        for kind in StepKind::ALL {
            let bytes = claims(kind, &hash, &persons, Millis(1_790_000_000_999)).unwrap();
            let read = StepClaims::parse(&bytes).unwrap();
            assert_eq!(
                (read.kind, &read.hash, read.signed_at.0),
                (kind, &hash, 1_790_000_000)
            );
            assert_eq!(
                (read.initiator, read.approver),
                (persons.initiator.clone(), persons.approver.clone())
            );
        }
    }

    #[test]
    fn one_person_cannot_take_a_step_alone() {
        assert!(Persons::new("p-17", "P-17").is_err());
        assert!(Persons::new("p-17", "").is_err());
    }
}
