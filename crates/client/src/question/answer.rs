//! Answering: the cover of a question, and what a person decided in its place.
//!
//! Owns: that both are made for the same keys, and that the entry of a lodging is nobody else's to read. Must not
//! know: who decides.

use super::{Decider, QuestionKeys, ReceivedQuestion, Said};
use crate::keys::{DeskKeys, NamedKeys};
use crate::opened::Opened;
use crate::outcome::decide;
use crate::send::{Answering, EnvelopeOf, To};
use crate::slips::{About, class, hidden_at_recipient};
use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_domain::entry::{Slip, SubjectValue};
use seinhuis_domain::signal::{SourceShield, decode_header, decode_route};
use seinhuis_proto::v1;
use seinhuis_types::{Desk, ErrorCode, Oin};
use std::sync::Arc;
use zeroize::Zeroizing;

impl Partner {
    /// The question in a delivery, with the keys that its cover will be made for; none when the delivery is
    /// something else. Keep it before its cover is lodged: what was covered is answered for the same keys.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when it is a question and not whole, or no key statement of the desk that asks
    /// holds; `STALE_KEY_EPOCH` when none of the own desk does;
    /// [`ClientError::Invalid`] when the keys of the two desks are of two epochs; and as every call.
    pub async fn question(&self, opened: &Opened) -> Result<Option<ReceivedQuestion>, ClientError> {
        if opened.answer_by.is_none() {
            return Ok(None);
        }
        let route = &opened.route;
        let asker = (route.source, &route.source_desk);
        let keys = self.question_keys(asker, &route.desk).await?;
        Ok(ReceivedQuestion::of(opened, keys)?)
    }

    /// Takes the newest keys in the place of those of a question whose cover the hub would not take
    /// (`STALE_KEY_EPOCH`). Keep it again, and lodge the cover.
    ///
    /// # Errors
    /// As [`Partner::question`].
    pub async fn renew(&self, question: &mut ReceivedQuestion) -> Result<(), ClientError> {
        let asker = (question.asker, &question.asker_desk);
        question.keys = self.question_keys(asker, &question.desk).await?;
        Ok(())
    }

    async fn question_keys(
        &self,
        (asker, asker_desk): (Oin, &Desk),
        desk: &Desk,
    ) -> Result<QuestionKeys, ClientError> {
        let own = self.fresh_keys(self.inner.oin, desk).await;
        let own = own.map_err(|error| own_lapsed(desk, error))?;
        let theirs = self.fresh_keys(asker, asker_desk).await?;
        own.expect_one_epoch(desk, &theirs, asker_desk)?;
        Ok(QuestionKeys {
            seal: theirs.seal.kid.clone(),
            seal_digest: theirs.seal.digest(),
            asker_pseudonym: theirs.pseudonym.kid.clone(),
            own_pseudonym: own.pseudonym.kid.clone(),
            epoch: own.pseudonym.epoch,
        })
    }

    /// Lodges the cover of a question, which acknowledges it: for each question as it arrives, whoever it is
    /// about, and before anyone looks.
    ///
    /// # Errors
    /// `STALE_KEY_EPOCH` when its keys are the newest no more: [`Partner::renew`]. `QUESTION_CLOSED`,
    /// `QUESTION_ANSWERED` when it was lodged before, and as every call; a refusal is
    /// [`ClientError::Refused`].
    pub async fn cover(&self, question: &ReceivedQuestion) -> Result<VerifiedProof, ClientError> {
        self.lodge(question, &Said::Unknown, None).await
    }

    /// Lodges what a person decided, in the place of the cover. From police data that person must be one this
    /// partner acts for ([`Partner::acting_for`]).
    ///
    /// # Errors
    /// `QUESTION_CLOSED`, `QUESTION_ANSWERED`, `QUESTION_NOT_FOUND`, and as every call; a refusal, such as
    /// `PERSON_MUST_ANSWER`, is [`ClientError::Refused`]. A refusal on the ground `none`, and an answer whose
    /// cover is for keys that are no more, is [`ClientError::Invalid`], and nothing is lodged.
    pub async fn answer(
        &self,
        question: &ReceivedQuestion,
        said: &Said,
        by: &Decider,
    ) -> Result<VerifiedProof, ClientError> {
        said.check()?;
        self.lodge(question, said, Some(by)).await
    }

    /// The keys of a question at both ends: of the desk that is asked, and of the one that asked. None when one is
    /// there no more.
    async fn keys_of(
        &self,
        question: &ReceivedQuestion,
    ) -> Result<Option<(DeskKeys, DeskKeys)>, ClientError> {
        let keys = &question.keys;
        let epoch = keys.epoch;
        let own = NamedKeys {
            seal: None,
            pseudonym: &keys.own_pseudonym,
            epoch,
        };
        let theirs = NamedKeys {
            seal: Some((&keys.seal, keys.seal_digest)),
            pseudonym: &keys.asker_pseudonym,
            epoch,
        };
        let (oin, desk) = (self.inner.oin, &question.desk);
        let own = self.named_keys(oin, desk, &own).await?;
        let (oin, desk) = (question.asker, &question.asker_desk);
        let theirs = self.named_keys(oin, desk, &theirs).await?;
        Ok(own.zip(theirs))
    }

    async fn lodge(
        &self,
        question: &ReceivedQuestion,
        said: &Said,
        by: Option<&Decider>,
    ) -> Result<VerifiedProof, ClientError> {
        let content = self.agreement_content(&question.agreement).await?;
        let clause = question.clause(self.inner.oin, &content)?;
        let signal = question.signal(clause, said, by)?;
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let about = About {
            value: SubjectValue::own_pseudonym(&Zeroizing::new(question.pseudonym)),
            class: class(
                Some(clause),
                &catalogue,
                &question.subject,
                hidden_at_recipient(SourceShield::None),
            ),
        };
        let to = To {
            oin: question.asker,
            desk: question.asker_desk.clone(),
            agreement: question.agreement.clone(),
            clause: clause.id.clone(),
        };
        let keys = Box::pin(self.keys_of(question)).await?;
        let (own, theirs) = keys.ok_or_else(|| no_more(question, by.is_none()))?;
        let answering = Answering {
            hour: question.hour,
            about: &about,
            keys: Arc::new(theirs),
        };
        let of = EnvelopeOf::Answer(&answering);
        let envelope =
            Box::pin(self.envelope(&question.desk, &own, &to, &signal, of, None)).await?;
        let request = v1::AnswerRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            delivery_id: question.id.0.to_vec(),
            envelope: Some(envelope.clone()),
            cover: by.is_none(),
            wait: v1::Wait::Committed.into(),
            person_assertion: Vec::new(),
        };
        // Nobody acts in a cover, whoever the partner acts for otherwise.
        let request = match by {
            Some(_) => self.asserted(request)?,
            None => request,
        };
        let reply = status::repeated("hub", || {
            let mut client = self.questions();
            let request = request.clone();
            async move { client.answer(request).await }
        });
        let outcome = reply.await?.outcome;
        let outcome = outcome.ok_or(Incident::Reply("there is no outcome"))?;
        let (decision, proof) = self.check_lodged(&envelope, outcome)?;
        self.proven(envelope.decision_slip.as_ref());
        if decision.permitted {
            return Ok(proof);
        }
        Err(ClientError::Refused(crate::RefusalInfo {
            reasons: decision.reasons,
        }))
    }

    /// That the entry is of this lodging, and nobody else's to read.
    fn check_lodged(
        &self,
        envelope: &v1::Envelope,
        outcome: v1::Outcome,
    ) -> Result<(v1::Decision, VerifiedProof), Incident> {
        let own = |_| Incident::Reply("the request itself does not decode");
        let route = decode_route(&envelope.route_leaf).map_err(own)?;
        let header = decode_header(&envelope.header_leaf).map_err(own)?;
        let sent = envelope.decision_slip.as_ref();
        let sent = sent.ok_or(Incident::Reply("the request itself has no slip"))?;
        let slip = Slip::parse(&sent.nonce, &sent.tags)
            .map_err(|_| Incident::Reply("the request itself has no slip"))?;
        let proof = outcome
            .proof
            .ok_or(Incident::Reply("an outcome has no proof"))?;
        let proof = self.inner.log.verify(proof, &outcome.decision)?;
        proof.carries(v1::Act::Answer, &slip, route.epoch)?;
        let decision = decide(v1::Act::Answer, &outcome.decision, &route, &header, &proof)?;
        let part = proof
            .provider()
            .ok_or(Incident::Proof("the provider part is missing"))?;
        if part.decision != outcome.decision || part.source_leaf != envelope.source_leaf {
            return Err(Incident::Proof("the provider part is of another answer"));
        }
        if proof.shared().is_some() {
            return Err(Incident::Proof(
                "the entry of a lodging is shared with the desk that asked",
            ));
        }
        Ok((decision, proof))
    }
}

/// That no key of one's own desk holds says nothing against who asked, and new ones mend it.
fn own_lapsed(desk: &Desk, error: ClientError) -> ClientError {
    match error {
        ClientError::Untrusted(Incident::KeyStatement { detail, .. }) => ClientError::Rejected {
            code: ErrorCode::StaleKeyEpoch,
            message: format!(
                "no key statement of your own desk `{desk}` holds ({detail}): state new keys, and the question can \
                 be covered"
            ),
            retry_after: None,
        },
        other => other,
    }
}

/// A key of the question is there no more. Before its cover is lodged newer ones can be taken; after that nothing
/// can take the place of the cover without showing that somebody decided.
fn no_more(question: &ReceivedQuestion, cover: bool) -> ClientError {
    let what = format!(
        "a key that question `{}` was kept with is in force no more, at your desk or at the one that asked",
        question.id
    );
    match cover {
        true => ClientError::Rejected {
            code: ErrorCode::StaleKeyEpoch,
            message: what,
            retry_after: None,
        },
        false => ClientError::Invalid(format!(
            "{what}: its cover leaves; tell the desk that asked another way"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_ones_own_keys_lapsed_is_no_incident_of_who_asked() {
        let desk = "intake".parse().unwrap();
        let none = Incident::KeyStatement {
            owner: String::new(),
            detail: "there is none of each use".to_owned(),
        };
        let told = own_lapsed(&desk, none.into());
        assert_eq!(told.code(), Some(ErrorCode::StaleKeyEpoch));
        assert!(told.to_string().contains("state new keys"), "{told}");
        let other = own_lapsed(&desk, Incident::AgreementHash.into());
        assert!(matches!(
            other,
            ClientError::Untrusted(Incident::AgreementHash)
        ));
    }
}
