//! Questions: asking one desk about one person, and answering what was asked of one's own.
//!
//! Owns: that whatever is answered leaves the same bytes behind but for what is sealed: the envelope of an
//! answer is made of the question and of the clause, and only three sealed values are the answer's own.
//! Must not know: who decides, and how a partner keeps its questions.

mod answer;

use crate::opened::Opened;
use crate::outcome::verify;
use crate::send::{EnvelopeOf, To};
use crate::signal::Signal;
use crate::{ClientError, Incident, OutcomeReport, Partner, status};
use seinhuis_domain::agreement::{Clause, Content, Mode};
use seinhuis_domain::question::{ANSWER, QUESTION, TICK_MS};
use seinhuis_domain::signal::{
    Regime, Restriction, Source, SourceShield, SubjectHead, decode_route,
};
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, CodeValue, DeliveryId, Desk, Digest, FieldPath, Hour, KeyId, Millis, Oin,
    PurposeCode, RegionCode, SignalType,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The code of an answer that tells nothing: what a cover says, and what is said in the place of what must
/// stay hidden.
const UNKNOWN: &str = "unknown";
/// The ground of an answer that is no refusal.
const NO_GROUND: &str = "none";

/// What came of asking.
#[derive(Debug)]
pub struct AskedReport {
    /// The decision and its proof.
    pub outcome: OutcomeReport,
    /// How the question is named at both ends; its answer names it.
    pub question: Option<DeliveryId>,
    /// When its answer leaves.
    pub tick: Millis,
}

/// A question to a desk of one's own, as it has to be kept until it is answered. It tells whom it is about,
/// by the desk's own pseudonym: keep it as a delivery.
#[derive(Debug, Clone)]
pub struct ReceivedQuestion {
    /// Its id.
    pub id: DeliveryId,
    /// Who asks.
    pub asker: Oin,
    /// From which desk; the answer goes there.
    pub asker_desk: Desk,
    /// The desk that is asked.
    pub desk: Desk,
    /// The agreement; the answer goes under it too.
    pub agreement: AgreementHash,
    /// Purpose.
    pub purpose: PurposeCode,
    /// Region.
    pub region: RegionCode,
    /// Why it is needed.
    pub necessity: CodeValue,
    /// Whether the subject was told.
    pub informed: CodeValue,
    /// The hour of the question; every hour of its answer.
    pub hour: Hour,
    /// Until when it may be answered.
    pub tick: Millis,
    /// The asker's sealed reference, which the answer repeats.
    pub reference: [u8; 16],
    /// What is asked, a code of the list `question`.
    pub question: CodeValue,
    /// The last day on which an answer still serves who asks, by its own word: `YYYY-MM-DD`. It moves no
    /// tick. None in a question that was kept before the day was.
    pub due: Option<String>,
    /// Whom it is about.
    pub subject: SubjectHead,
    /// The desk's own pseudonym of that person.
    pub pseudonym: [u8; 32],
    /// What its cover is made for, and whatever takes the place of the cover.
    pub keys: QuestionKeys,
}

/// The keys that all that is lodged for a question is made for, by name. Were an answer made for newer ones than its
/// cover, the desk that asked would see by the names of its own keys that somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionKeys {
    /// To seal to, of the desk that asked.
    pub seal: KeyId,
    /// SHA-256 of that key, since who asked can give its name to another key.
    pub seal_digest: Digest,
    /// For pseudonyms, of the desk that asked.
    pub asker_pseudonym: KeyId,
    /// For pseudonyms, of the desk that is asked.
    pub own_pseudonym: KeyId,
    /// The epoch of all three.
    pub epoch: u16,
}

/// What a person decided on a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Known, and running now.
    KnownActive,
    /// Known, and closed.
    KnownClosed,
    /// A signal is on its way, or was sent.
    SeeSignal,
    /// Not answered, for a reason of the list `refusal-ground` other than `none`.
    Refused(CodeValue),
    /// Not known.
    Unknown,
    /// Known, and it must stay hidden that it is: leaves as `Unknown` does, and nobody can tell.
    Shielded,
}

impl Said {
    /// That a refusal has its reason. `none` is in the list for what is no refusal, and the hub cannot see
    /// that it stands beside one.
    fn check(&self) -> Result<(), ClientError> {
        match self {
            Self::Refused(ground) if ground.as_str() == NO_GROUND => {
                Err(ClientError::Invalid(format!(
                    "a refusal says why: `{NO_GROUND}` is the ground of what is not refused; take another code \
                 of the list `refusal-ground`"
                )))
            }
            _ => Ok(()),
        }
    }

    fn codes(&self) -> (&str, &str) {
        match self {
            Self::KnownActive => ("known-active", NO_GROUND),
            Self::KnownClosed => ("known-closed", NO_GROUND),
            Self::SeeSignal => ("see-signal", NO_GROUND),
            Self::Refused(ground) => ("refused", ground.as_str()),
            Self::Unknown | Self::Shielded => (UNKNOWN, NO_GROUND),
        }
    }
}

/// Who decided on an answer, by the partner's own pseudonyms.
#[derive(Debug, Clone)]
pub struct Decider {
    /// Who acts.
    pub by: Vec<u8>,
    /// In which function, a code of the list `acting-role`.
    pub role: CodeValue,
    /// Who decided.
    pub decided_by: Vec<u8>,
}

/// The first whole minute at or after `moment`: when a question may have its tick.
pub fn tick_at(moment: Millis) -> Millis {
    Millis(moment.0.div_ceil(TICK_MS).saturating_mul(TICK_MS))
}

impl ReceivedQuestion {
    fn of(opened: &Opened, keys: QuestionKeys) -> Result<Option<Self>, Incident> {
        let Some(tick) = opened.answer_by else {
            return Ok(None);
        };
        let broken = Incident::Leaves("a question is not whole");
        let (route, header) = (&opened.route, &opened.header);
        let value = |name: &str| {
            let found = opened.fields.iter().find(|(path, _)| path.as_str() == name);
            found.map(|(_, value)| value.as_slice())
        };
        let reference = value("question_ref").and_then(|bytes| bytes.try_into().ok());
        let question = opened.text("question").and_then(|code| code.parse().ok());
        let [subject] = opened.subjects.as_slice() else {
            return Err(broken);
        };
        let due = opened.text("due").map(str::to_owned);
        let (Some(reference), Some(question), Some(due), QUESTION) =
            (reference, question, due, header.signal_type.as_str())
        else {
            return Err(broken);
        };
        Ok(Some(Self {
            id: opened.id,
            asker: route.source,
            asker_desk: route.source_desk.clone(),
            desk: route.desk.clone(),
            agreement: route.agreement.clone(),
            purpose: header.purpose.clone(),
            region: header.region.clone(),
            necessity: header.necessity.clone(),
            informed: header.subject_informed.clone(),
            hour: route.hour,
            tick,
            reference,
            question,
            due: Some(due),
            subject: subject.head.clone(),
            pseudonym: subject.pseudonym.to_bytes(),
            keys,
        }))
    }

    /// The clause under which the answer goes back: of the same agreement, for questions.
    fn clause<'c>(&self, own: Oin, content: &'c Content) -> Result<&'c Clause, ClientError> {
        let answer = SignalType::parse(ANSWER)?;
        let fits = |clause: &&Clause| {
            clause.from == own
                && clause.to == self.asker
                && clause.mode == Mode::Ask
                && clause.granted(&answer).is_some()
                && clause.desks.contains(&self.asker_desk)
                && clause.purposes.contains(&self.purpose)
                && clause.regions.contains(&self.region)
        };
        content.clauses.iter().find(fits).ok_or_else(|| {
            ClientError::Invalid(format!(
                "the agreement has no clause under which `{ANSWER}` may go to desk `{}` for this purpose; \
                 the question lapses",
                self.asker_desk
            ))
        })
    }

    /// The answer as a signal: all but three sealed values is the question's and the clause's.
    fn signal(
        &self,
        clause: &Clause,
        said: &Said,
        by: Option<&Decider>,
    ) -> Result<Signal, ClientError> {
        let none = "the clause of the answer names no law the data come from";
        let regime = clause.regimes.first().copied();
        let regime = regime.ok_or_else(|| ClientError::Invalid(none.to_owned()))?;
        let (answer, ground) = said.codes();
        let field = |path: &str, value: &[u8]| -> Result<_, ClientError> {
            Ok((FieldPath::parse(path)?, Zeroizing::new(value.to_vec())))
        };
        let fields = [
            field("answer", answer.as_bytes())?,
            field("question_ref", &self.reference)?,
            field("refusal_ground", ground.as_bytes())?,
        ];
        let source = Source {
            acting_person: by.map(|by| by.by.clone()).unwrap_or_default(),
            acting_role: by.map(|by| by.role.clone()),
            decided_by: by.map(|by| by.decided_by.clone()).unwrap_or_default(),
            reason: by.map(|_| self.necessity.clone()),
            second_approval: None,
            processing_activity: String::new(),
            prior_call: None,
        };
        Ok(Signal {
            signal_type: SignalType::parse(ANSWER)?,
            purpose: self.purpose.clone(),
            necessity: self.necessity.clone(),
            informed: self.informed.clone(),
            regime,
            wpg_article: match regime {
                Regime::Wpg => clause.wpg_articles.first().copied(),
                _ => None,
            },
            region: self.region.clone(),
            urgency: None,
            event: self.hour,
            valid_until: None,
            source_shield: SourceShield::None,
            address_shield: false,
            onward_basis: None,
            restriction: Restriction::None,
            restricted_theme: false,
            subjects: Vec::new(),
            fields: fields.into_iter().collect::<BTreeMap<_, _>>(),
            case: None,
            break_glass: None,
            source,
        })
    }
}

impl Partner {
    /// Asks one desk one question, from one of the partner's own desks. `question` is a signal of type `ASK`
    /// about one person; its answer leaves at `tick`, a whole minute ([`tick_at`]).
    ///
    /// # Errors
    /// `QUESTION_TICK_INVALID`, and as every call. A refusal is no error: see [`OutcomeReport::permitted`].
    pub async fn ask(
        &self,
        desk: &Desk,
        question: &Signal,
        to: &To,
        tick: Millis,
    ) -> Result<AskedReport, ClientError> {
        let own = self.recipient_keys(self.inner.oin, desk).await?;
        let made = self.envelope(desk, &own, to, question, EnvelopeOf::Signal, None);
        let envelope = Box::pin(made).await?;
        let request = v1::AskRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            envelope: vec![envelope.clone()],
            answer_by_ms: tick.0,
            wait: v1::Wait::Committed.into(),
        };
        let reply = status::repeated("hub", || {
            let mut client = self.questions();
            let request = request.clone();
            async move { client.ask(request).await }
        });
        let reply = reply.await?;
        let outcome = reply
            .outcome
            .ok_or(Incident::Reply("there is no outcome"))?;
        let route = decode_route(&envelope.route_leaf)
            .map_err(|_| Incident::Reply("the request itself does not decode"))?;
        let outcome = verify(
            &self.inner.log,
            v1::Act::Ask,
            &route.nonce,
            &envelope,
            outcome,
        )?;
        let named = DeliveryId::from_slice(&reply.question_id).ok();
        if named != outcome.delivery {
            return Err(Incident::Reply("the reply names another question than its entry").into());
        }
        self.proven(envelope.decision_slip.as_ref());
        Ok(AskedReport {
            question: named,
            outcome,
            tick,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_the_next_whole_minute() {
        for (at, tick) in [(0, 0), (1, 60_000), (60_000, 60_000), (60_001, 120_000)] {
            assert_eq!(tick_at(Millis(at)), Millis(tick));
        }
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = |ground: &str| Said::Refused(ground.parse().unwrap());
        assert!(refused("safety").check().is_ok() && Said::Unknown.check().is_ok());
        let told = refused("none").check().unwrap_err().to_string();
        assert!(told.contains("`refusal-ground`"), "{told}");
    }

    #[test]
    fn what_is_shielded_is_said_as_what_is_not_known() {
        assert_eq!(Said::Shielded.codes(), Said::Unknown.codes());
        let refused = Said::Refused("safety".parse().unwrap());
        assert_eq!(refused.codes(), ("refused", "safety"));
        assert_ne!(Said::KnownActive.codes(), Said::Unknown.codes());
    }
}
