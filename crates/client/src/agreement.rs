//! Agreements: proposing, judging, signing steps, and reading them back.
//!
//! Owns: that nobody signs a hash it did not compute, and nobody reads a content whose hash differs.
//! Must not know: what a clause is worth now; that is the hub's to decide and to prove.

pub(crate) mod view;

pub use view::{AgreementView, StepView};

use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_domain::agreement::{Content, Options, PersonRef, State, StepKind, check, hash};
use seinhuis_identity::jws;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, Millis};
use std::collections::BTreeMap;

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
            state: view::state(reached)?,
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
    use seinhuis_domain::agreement::StepClaims;

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
