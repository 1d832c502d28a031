//! A partner has the numbers of its own clients converted to its own pseudonyms, by the same
//! service and under a budget, so that it can recognise a client in a signal.

use crate::command::{Caller, Convert, ConvertOwn};
use crate::directory::Capability;
use crate::envelope::{owned_by, verify_signature};
use crate::parts::Draft;
use crate::publish::{kept, slip_reused};
use crate::{Hub, HubError, idempotency, pseudonymise};
use prost::Message;
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_proto::v1;
use seinhuis_store::records::{Reply, ReplyRecord};
use seinhuis_store::{ChangeSet, ReplyScope, Row, Slot, Snapshot, Store, Write};
use seinhuis_types::{ErrorCode, Millis, Revision};

impl<S: Store> Hub<S> {
    /// Converts subjects to the caller's own domain. The same call, made again, gives the same reply
    /// and costs nothing.
    ///
    /// # Errors
    /// `CONVERSION_REFUSED`, `OVER_BUDGET`, `PSEUDONYMISER_UNAVAILABLE`, `KEY_STATEMENT_INVALID`.
    pub async fn convert_own(
        &self,
        caller: &Caller,
        command: ConvertOwn,
    ) -> Result<v1::ConvertResponse, HubError> {
        let system = self.capable(caller, Capability::Signal)?;
        self.log_in_time()?;
        let request = &command.convert;
        let route = &request.route.value;
        if route.source != caller.oin || route.recipient != caller.oin {
            return Err(HubError::told(
                ErrorCode::ConversionRefused,
                "a partner converts at the hub for itself only",
            ));
        }
        Self::serves(system, &command.desk)?;
        let scope = idempotency::scope(caller.oin, "Convert", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, &command.idempotency)? {
            let (index, at) = kept(&reply)?;
            let mut response = v1::ConvertResponse::decode(reply.body.facts.as_slice())
                .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
            response.proof = Some(self.proof_again(&snapshot, index, &[], at, &caller.oin)?);
            return Ok(response);
        }
        let now = self.now();
        let recipient = self.own_key(request, now)?;
        if snapshot
            .slip_nonce(caller.oin, command.slip.nonce)?
            .revision
            != Revision(0)
        {
            return Err(slip_reused());
        }
        let message = pseudonymise::signing_message(request)?;
        verify_signature(
            &self.parts.trust,
            &request.chain,
            route,
            &message,
            &request.signature,
            now,
        )?;
        let ciphertexts = self.convert_both(request, &recipient).await?;
        let mut response = v1::ConvertResponse {
            ciphertexts: ciphertexts
                .iter()
                .map(|ciphertext| ciphertext.to_vec())
                .collect(),
            output_key: recipient.to_vec(),
            proofs: Vec::new(),
            proof: None,
        };
        let proof = self.commit_conversion(caller, &command, &scope, &response, now);
        response.proof = Some(proof.await?);
        Ok(response)
    }

    /// Counts the conversions and records them, before anything is answered.
    async fn commit_conversion(
        &self,
        caller: &Caller,
        command: &ConvertOwn,
        scope: &ReplyScope,
        response: &v1::ConvertResponse,
        now: Millis,
    ) -> Result<v1::Proof, HubError> {
        let route = &command.convert.route.value;
        let part = v1::RecipientPart {
            chain: command.slip.chain.clone(),
            system: caller.system.0.to_vec(),
            ..v1::RecipientPart::default()
        };
        let outcome = v1::OutcomePart {
            act: v1::Act::Convert.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            recipient: Some(caller.oin),
            recipient_part: Some(part.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &command.slip.slip()?, now)?;
        let day = u32::try_from(now.0 / Millis::DAY).unwrap_or(u32::MAX);
        let count = u64::try_from(command.convert.subjects.len()).unwrap_or(u64::MAX);
        let (row, absent) = idempotency::unused(scope);
        let reply = Reply {
            committed_at: Slot::at_commit(),
            first_index: Slot::of_entry(0),
            body: ReplyRecord {
                fingerprint: command.idempotency.fingerprint.0.to_vec(),
                facts: response.encode_to_vec(),
                entries: 1,
            },
        };
        let change = ChangeSet::new("convert_own", prepared.entry())
            .expect(row, absent)
            .write(Write::reply(scope.clone(), &reply))
            .expect(Row::SlipNonce(caller.oin, command.slip.nonce), Revision(0))
            .write(Write::slip_nonce(caller.oin, command.slip.nonce))
            .count(
                caller.oin,
                &route.clause,
                day,
                count,
                self.parts.conversion_budget,
            );
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(&prepared, index, &[], committed.at, &caller.oin)
    }

    /// The caller's own session key, by its own statement.
    fn own_key(&self, request: &Convert, now: Millis) -> Result<[u8; 32], HubError> {
        let route = &request.route.value;
        let statement = KeyStatement::verify(
            &request.recipient_key.jws,
            &request.recipient_key.chain,
            &self.parts.trust,
            route.recipient,
            now,
        )
        .map_err(|e| HubError::told(ErrorCode::KeyStatementInvalid, e.to_string()))?;
        owned_by(
            route.recipient,
            &route.desk,
            (statement.oin, &statement.desk),
        )?;
        if statement.epoch != route.epoch || statement.kid != route.recipient_pseudonym_kid {
            return Err(HubError::told(
                ErrorCode::StaleKeyEpoch,
                "the key statement is not the key the route names",
            ));
        }
        match (
            statement.key_use,
            <[u8; 32]>::try_from(statement.key.as_slice()),
        ) {
            (KeyUse::Pseudonym, Ok(key)) => Ok(key),
            _ => Err(HubError::told(
                ErrorCode::KeyStatementInvalid,
                "the recipient key statement is not one for pseudonyms",
            )),
        }
    }
}
