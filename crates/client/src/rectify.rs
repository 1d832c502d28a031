//! Telling all who received one's own signal that it is corrected, withdrawn, about another person,
//! shielded or restricted.
//!
//! Owns: one envelope for each desk that received it, sealed and signed as any signal, and the check of
//! what the hub did with them. Must not know: why.

use crate::outcome::verify;
use crate::send::EnvelopeOf;
use crate::{
    ClientError, DeskKeys, Incident, OutcomeReport, Partner, SentDelivery, Signal, To,
    VerifiedProof, status,
};
use seinhuis_domain::signal::{Rectification, encode_rectification, encode_source};
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, Desk, ErrorCode, Oin, SignalId};

/// How often the list of who received a signal is asked for again, when it changed meanwhile.
const ATTEMPTS: usize = 3;

/// What came of a rectification.
#[derive(Debug)]
pub struct Rectified {
    /// For each desk that received the signal, what was decided.
    pub told: Vec<OutcomeReport>,
    /// Desks for which the signal, or an earlier correction of it, waited: that never leaves.
    pub ended: Vec<NotTold>,
    /// Desks that received it and have no key in force, or one that is stated under a certificate which is good
    /// no more: tell them by other means.
    pub unreached: Vec<NotTold>,
}

/// A desk to which nothing was sent.
#[derive(Debug)]
pub struct NotTold {
    /// The organisation.
    pub oin: Oin,
    /// Its desk.
    pub desk: Desk,
    /// Whether the desk has received the signal. Of one in [`Rectified::ended`]: what ended is then an earlier
    /// correction.
    pub received: bool,
    /// The proof, to be kept.
    pub proof: VerifiedProof,
}

impl Partner {
    /// Tells all who received `signal`, from one of the partner's own desks. `say` makes what each is
    /// told: for a correction or identity fix the signal anew, for a withdrawal, shield or
    /// restriction [`SentDelivery::notice`]. It is called for every desk the signal went to.
    ///
    /// What says a break-glass anew is made for the person of [`Partner::acting_for`], who is the one that
    /// acts in it; one that is found not justified is left out.
    ///
    /// # Errors
    /// `SIGNAL_NOT_FOUND`, `NOTHING_TO_RECTIFY`, `BREAK_GLASS_NOT_JUSTIFIED`,
    /// `PERSON_ASSERTION_INVALID`; [`ClientError::Invalid`] for what `say` refuses or
    /// makes of another type, purpose or clause; [`ClientError::Untrusted`] when an outcome does not
    /// prove itself; and as every call.
    pub async fn rectify(
        &self,
        desk: &Desk,
        signal: SignalId,
        told: &Rectification,
        say: impl Fn(&SentDelivery) -> Result<Signal, ClientError>,
    ) -> Result<Rectified, ClientError> {
        let mut attempt = 1;
        loop {
            let sent = self.sent(signal).await?;
            let said: Vec<Signal> = sent.iter().map(&say).collect::<Result<_, _>>()?;
            let request = Box::pin(self.rectification(desk, signal, told, &sent, &said)).await?;
            let reply = status::repeated("hub", || {
                let mut client = self.signals();
                let request = request.clone();
                async move { client.rectify(request).await }
            });
            match reply.await {
                Err(error) if attempt < ATTEMPTS && changed(&error) => {
                    self.forget_keys();
                    attempt += 1;
                }
                reply => return Ok(self.check_rectified(&sent, &request, reply?)?),
            }
        }
    }

    async fn rectification(
        &self,
        desk: &Desk,
        signal: SignalId,
        told: &Rectification,
        sent: &[SentDelivery],
        said: &[Signal],
    ) -> Result<v1::RectifyRequest, ClientError> {
        let Some(first) = said.first() else {
            return Err(ClientError::Invalid(
                "every desk was refused this signal; there is nothing to rectify".to_owned(),
            ));
        };
        let own = self.recipient_keys(self.inner.oin, desk).await?;
        let mut envelopes = Vec::with_capacity(sent.len());
        let (anew, mut for_person) = (told.kind.has_content(), false);
        let received = sent.iter().zip(said).filter(|(sent, _)| sent.received);
        // Nothing is said anew of what should not have been sent at all.
        for (delivery, say) in received.filter(|(sent, _)| !(anew && sent.not_justified)) {
            // One desk that cannot be sealed for keeps nobody else from being told. Which ones may be left out
            // is the hub's to judge.
            if !self.reachable(desk, &own, &delivery.to).await? {
                continue;
            }
            let about = EnvelopeOf::Rectification(told, delivery.id);
            let made = self.envelope(desk, &own, &delivery.to, say, about, None);
            envelopes.push(Box::pin(made).await?);
            for_person |= anew && self.of_break_glass(&delivery.to).await?;
        }
        let request = v1::RectifyRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            signal_id: signal.0.to_vec(),
            kind: encode_rectification(told.kind).into(),
            reason: told.reason.to_string(),
            source_leaf: encode_source(&first.source),
            envelopes,
            wait: v1::Wait::Committed.into(),
            ..v1::RectifyRequest::default()
        };
        // Content of a break-glass goes for a person, as that did; anything else for none.
        match for_person {
            true => self.asserted(request),
            false => Ok(request),
        }
    }

    /// Whether a desk has a key in force to seal for: one whose statement holds, of the epoch of one's own keys.
    async fn reachable(&self, desk: &Desk, own: &DeskKeys, to: &To) -> Result<bool, ClientError> {
        match self.recipient_keys(to.oin, &to.desk).await {
            Ok(keys) if own.one_epoch(&keys) => Ok(true),
            Ok(_) => {
                let (epoch, has) = (self.key_epoch().await?, own.pseudonym.epoch);
                if has == epoch {
                    return Ok(false);
                }
                // It is one's own desk that is behind: then nobody could be told.
                Err(ClientError::Invalid(format!(
                    "desk `{desk}` has keys of epoch {has}, and epoch {epoch} is in force; make keys of it"
                )))
            }
            Err(ClientError::Untrusted(Incident::KeyStatement { .. })) => Ok(false),
            Err(error) if gone(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether what went to this desk went under a clause for break-glass.
    async fn of_break_glass(&self, to: &To) -> Result<bool, ClientError> {
        let content = self.agreement_content(&to.agreement).await?;
        let clause = content.clause(&to.clause);
        Ok(clause.is_some_and(|clause| clause.break_glass.is_some()))
    }

    fn check_rectified(
        &self,
        sent: &[SentDelivery],
        request: &v1::RectifyRequest,
        reply: v1::RectifyResponse,
    ) -> Result<Rectified, Incident> {
        if reply.outcomes.len() != request.envelopes.len() {
            return Err(Incident::Reply(
                "there is not one outcome for each envelope",
            ));
        }
        let keys = &self.inner.log;
        let pairs = request.envelopes.iter().zip(reply.outcomes);
        let told = pairs.map(|(envelope, outcome)| {
            let report = verify(
                keys,
                v1::Act::Rectify,
                &request.signal_id,
                envelope,
                outcome,
            )?;
            about(&report, sent)?;
            self.proven(envelope.decision_slip.as_ref());
            Ok(report)
        });
        let not_told = |ended: v1::Ended| {
            let desk = ended.desk.ok_or(Incident::Reply("a desk is not named"))?;
            let proof = ended.proof.ok_or(Incident::Reply("a desk has no proof"))?;
            let proof = keys.verify(proof, &[])?;
            let part = proof.provider();
            if part.is_none_or(|part| part.signal_id != request.signal_id) {
                return Err(Incident::Proof("the entry is of another signal"));
            }
            let to = (&desk.oin, &desk.desk);
            let about = proof.shared();
            let about = about
                .filter(|about| (&about.recipient_oin, &about.recipient_desk) == to)
                .ok_or(Incident::Proof("the entry is about another desk"))?;
            let received = sent.iter().all(|sent| about.delivery_id != sent.id.0);
            let bad = |_| Incident::Reply("a desk is not in its form");
            Ok(NotTold {
                oin: desk.oin.parse().map_err(bad)?,
                desk: desk.desk.parse().map_err(bad)?,
                received,
                proof,
            })
        };
        Ok(Rectified {
            told: told.collect::<Result<_, Incident>>()?,
            ended: reply
                .ended
                .into_iter()
                .map(not_told)
                .collect::<Result<_, _>>()?,
            unreached: (reply.unreached.into_iter())
                .map(not_told)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// That the entry of a permitted rectification names the delivery that went to the same desk.
fn about(report: &OutcomeReport, sent: &[SentDelivery]) -> Result<(), Incident> {
    let Some(shared) = report.proof.shared().filter(|_| report.permitted) else {
        return Ok(());
    };
    let to = (&report.route.recipient, &report.route.desk);
    let found = sent
        .iter()
        .find(|delivery| (&delivery.to.oin, &delivery.to.desk) == to);
    let named = DeliveryId::from_slice(&shared.rectifies).ok();
    if found.map(|delivery| delivery.id) == named && named.is_some() {
        Ok(())
    } else {
        Err(Incident::Proof("the entry rectifies another delivery"))
    }
}

/// Whether the desk, or its organisation, is no longer there.
fn gone(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::PartnerUnknown | ErrorCode::DeskUnknown)
    )
}

/// Whether who received it, or a key, changed since it was asked.
fn changed(error: &ClientError) -> bool {
    matches!(
        error.code(),
        Some(ErrorCode::StaleKeyEpoch | ErrorCode::RectificationIncomplete | ErrorCode::Aborted)
    )
}

impl Rectified {
    /// Whether every desk that received the signal is told.
    pub fn complete(&self) -> bool {
        self.unreached.is_empty() && self.told.iter().all(|report| report.permitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_meanwhile_is_tried_anew() {
        let rejected = |code| ClientError::Rejected {
            code,
            message: String::new(),
            retry_after: None,
        };
        assert!(changed(&rejected(ErrorCode::RectificationIncomplete)));
        assert!(!changed(&rejected(ErrorCode::NothingToRectify)));
    }
}
