//! Agreements: proposing, judging, signing steps, and reading them back.
//!
//! Owns: that nobody signs a hash it did not compute, and nobody reads a content whose hash differs.
//! Must not know: what a clause is worth now; that is the hub's to decide and to prove.

mod draft;
pub(crate) mod signing;
pub(crate) mod view;

pub use draft::{DRAFT_DAYS, StepDraft};
pub use signing::{Persons, Signatory};
pub use view::{AgreementView, StepView};

use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_domain::agreement::{Content, Options, State, StepKind, StepReason, check, hash};
use seinhuis_identity::jws;
use seinhuis_proto::v1;
use seinhuis_types::AgreementHash;

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
        self.take(StepKind::Accept, hash, persons, None).await
    }

    /// Takes any step, with a reason where one is given. What is accepted is fetched and judged first,
    /// as by [`Partner::accept`].
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when the reason is missing where one is needed, or is one for another
    /// step; and as every call.
    pub async fn take(
        &self,
        kind: StepKind,
        hash: &AgreementHash,
        persons: &Persons,
        reason: Option<StepReason>,
    ) -> Result<StepTaken, ClientError> {
        if kind == StepKind::Accept {
            let content = self.agreement_content(hash).await?;
            self.judge(&content)?;
        }
        self.step(kind, hash, persons, reason).await
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
        self.step(StepKind::Reject, hash, persons, None).await
    }

    /// Stops everything under the agreement, at once; only this partner can resume.
    ///
    /// # Errors
    /// As every call.
    pub async fn suspend(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
        reason: StepReason,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Suspend, hash, persons, Some(reason))
            .await
    }

    /// Lifts the partner's own suspension.
    ///
    /// # Errors
    /// As every call.
    pub async fn resume(
        &self,
        hash: &AgreementHash,
        persons: &Persons,
        reason: StepReason,
    ) -> Result<StepTaken, ClientError> {
        self.step(StepKind::Resume, hash, persons, Some(reason))
            .await
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
        self.step(StepKind::Leave, hash, persons, None).await
    }

    /// The warnings this partner was given of what comes to an end, the newest first. What the hub tells;
    /// each has its entry in the log.
    ///
    /// # Errors
    /// As every call.
    pub async fn warnings(&self) -> Result<Vec<v1::Warning>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.agreements();
            async move { client.list_warnings(v1::ListWarningsRequest {}).await }
        });
        Ok(reply.await?.warnings)
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
        reason: Option<StepReason>,
    ) -> Result<StepTaken, ClientError> {
        let signer = &self.inner.signer;
        let claims = signing::claims(kind, hash, persons, reason, self.inner.clock.now())?;
        let step = v1::SignedStep {
            jws: jws::sign(signer, None, &claims).map_err(ClientError::invalid)?,
            signing_chain: signer.chain().to_vec(),
        };
        self.send_step(kind, hash, step, rand::random::<[u8; 32]>().to_vec())
            .await
    }

    /// Sends a signed step under a key of its own: sent again, it is taken once.
    pub(crate) async fn send_step(
        &self,
        kind: StepKind,
        hash: &AgreementHash,
        step: v1::SignedStep,
        idempotency_key: Vec<u8>,
    ) -> Result<StepTaken, ClientError> {
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
