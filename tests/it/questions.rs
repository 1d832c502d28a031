//! Questions: to one desk, about one person, with a tick at which whatever answers leaves, looking like
//! whatever else could have answered.

mod ahead;
mod bad;
mod keys;
mod midnight;
mod typed;
mod unusual;

use super::local::{Local, Settings};
use super::run;
use prost::Message;
use seinhuis_client::{
    AskedReport, ClientError, EventKind, Inbox, Item, Opened, Partner, PartnerConfig,
    ReceivedQuestion, Said, To, tick_at,
};
use seinhuis_domain::signal::Regime;
use seinhuis_hub::Ticked;
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item as Wire;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_store::{Snapshot, Store};
use seinhuis_tests::asking::{CLAUSES, decider, named, question};
use seinhuis_tests::{Chain, Raw, asking, story};
use seinhuis_types::{AgreementHash, Clock, Desk, LeafIndex, ManualClock, Millis, SystemClock};
use std::sync::Arc;
use tokio_stream::StreamExt;

const MINUTE: u64 = 60 * Millis::SECOND;

fn desk(name: &str) -> Desk {
    name.parse().unwrap()
}

/// A hub with a clock of its own, and two partners that go by it.
struct Stage {
    chain: Chain,
    local: Local,
    clock: ManualClock,
    agreement: AgreementHash,
    vt: Partner,
    police: Partner,
}

impl Stage {
    async fn start(questions: u64) -> Self {
        Self::start_with(questions, CLAUSES.to_owned()).await
    }

    async fn start_with(questions: u64, clauses: String) -> Self {
        let mut chain = Chain::start().await.unwrap();
        let with = |text: String| asking::with_clauses(&text, &clauses);
        let agreement = chain.agree(with).await.unwrap();
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            questions,
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let vt = partner(&chain, "veilig-thuis", &clock).await;
        let police = partner(&chain, "politie", &clock).await;
        Self {
            chain,
            local,
            clock,
            agreement,
            vt,
            police,
        }
    }

    /// Moves the clock when all is published: a log that is behind stops the hub, which is another matter.
    async fn go_to(&self, at: Millis) {
        let last = self.local.gate.next_index().0 - 1;
        let log = &self.local.log;
        log.wait_published(LeafIndex(last)).await.unwrap();
        while log.lag_ms(at) > 0 {
            tokio::task::yield_now().await;
        }
        self.clock.advance(at.0 - self.clock.now().0);
    }

    fn to(&self, clause: &str) -> To {
        To {
            agreement: self.agreement.clone(),
            ..self.chain.to("politie", clause)
        }
    }

    /// A tick twenty minutes or so ahead.
    fn tick(&self) -> Millis {
        tick_at(self.clock.now().plus(20 * MINUTE))
    }

    async fn ask(&self, reference: u8, tick: Millis) -> AskedReport {
        let question = question(reference, &[story::ADULT]);
        let to = self.to("vt-pol-ask");
        let asked = self.vt.ask(&desk("intake"), &question, &to, tick).await;
        let asked = asked.unwrap();
        assert!(asked.outcome.permitted, "{:?}", asked.outcome.reasons);
        asked
    }

    /// The next question at the police.
    async fn asked(&self) -> ReceivedQuestion {
        let mut inbox = self.police.receive(&desk("huiselijk-geweld"), Vec::new());
        let opened = delivery(&mut inbox).await;
        self.police.question(&opened).await.unwrap().unwrap()
    }

    async fn pass(&self) -> Ticked {
        self.local.hub.pass_ticks(1_000).await.unwrap()
    }

    fn deliveries_to_vt(&self) -> usize {
        let seen = self.local.gate.snapshot().unwrap();
        let all = seen.deliveries(None, 1_000).unwrap();
        let to_vt = all
            .iter()
            .filter(|(_, row)| row.value.body.desk == "intake");
        to_vt.count()
    }
}

async fn partner(chain: &Chain, name: &str, clock: &ManualClock) -> Partner {
    let config = PartnerConfig::load(&chain.sandbox.partner_config(name)).unwrap();
    Partner::connect(&config, Arc::new(clock.clone()))
        .await
        .unwrap()
}

/// The next delivery of a stream.
async fn delivery(inbox: &mut Inbox) -> Box<Opened> {
    loop {
        match inbox.next().await.unwrap() {
            Item::Delivery(opened) => return opened,
            Item::Idle => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The deliveries that wait at Veilig Thuis, as they come over the wire.
async fn wire(stage: &Stage, count: usize) -> Vec<v1::Delivery> {
    let port = stage.chain.sandbox.hub_port();
    let channel = Raw::connect(&stage.chain.sandbox, "veilig-thuis", port).await;
    let mut client = SignalServiceClient::new(channel.unwrap());
    let request = super::streams::receive(Vec::new(), 0);
    let stream = client.receive(request).await.unwrap().into_inner();
    let items: Vec<_> = stream.take(count).collect().await;
    let items = items.into_iter().map(|item| item.unwrap().item.unwrap());
    items
        .map(|item| match item {
            Wire::Delivery(delivery) => delivery,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// What of a delivery can be read without the key of its desk: ids, nonces, salts, ciphertexts and
/// signatures are random and become their length; the proof is of the log, and its entry's number goes.
fn readable(delivery: &v1::Delivery) -> v1::Delivery {
    let noise = |bytes: &mut Vec<u8>| bytes.fill(0);
    let mut seen = delivery.clone();
    let mut route = v1::RouteLeaf::decode(seen.route_leaf.as_slice()).unwrap();
    noise(&mut route.nonce);
    seen.route_leaf = route.encode_to_vec();
    for bytes in [
        &mut seen.delivery_id,
        &mut seen.salts,
        &mut seen.manifest_signature,
        &mut seen.answers,
    ] {
        noise(bytes);
    }
    for leaf in &mut seen.hidden {
        noise(&mut leaf.hash);
    }
    let record = seen.record.as_mut().unwrap();
    noise(&mut record.sealed_key);
    for field in &mut record.fields {
        noise(&mut field.bytes);
    }
    seen.proof = None;
    seen
}

/// Whom a desk knows is not for the hub to see, nor for who asks: a question about a stranger is covered
/// like any other.
#[test]
fn a_question_about_nobody_the_desk_knows_is_covered_all_the_same() {
    run(async {
        let told = "recipient_may_not_know = false";
        let may_not_know = CLAUSES.replacen(told, "recipient_may_not_know = true", 1);
        let stage = Stage::start_with(100, may_not_know).await;
        let tick = stage.tick();
        stage.ask(1, tick).await;
        let inbox = stage.police.receive(&desk("huiselijk-geweld"), Vec::new());
        let opened = delivery(&mut inbox.knowing(|_| false)).await;
        assert!(opened.inform.is_none(), "being asked begins no term");
        let question = stage.police.question(&opened).await.unwrap().unwrap();
        stage.police.cover(&question).await.unwrap();
        stage.go_to(tick).await;
        assert_eq!(stage.pass().await.left, 1);
        assert_eq!(stage.deliveries_to_vt(), 1);
    });
}

#[test]
fn unknown_shielded_and_silence_leave_at_the_same_tick_with_the_same_bytes() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        for reference in 1..=4 {
            stage.ask(reference, tick).await;
        }
        let police = stage.police.acting_for(&[named()]).unwrap();
        for reference in 1..=4u8 {
            let question = stage.asked().await;
            assert_eq!((question.reference, question.tick), ([reference; 16], tick));
            assert_eq!(question.question.as_str(), "ban");
            assert_eq!(question.due.as_deref(), Some("2026-12-01"));
            stage.police.cover(&question).await.unwrap();
            // Minutes later, and some never: a person decides.
            let later = stage.clock.now().plus(MINUTE);
            stage.go_to(later).await;
            let said = match reference {
                1 => Said::Unknown,
                2 => Said::Shielded,
                3 => continue,
                _ => Said::KnownActive,
            };
            police.answer(&question, &said, &decider()).await.unwrap();
        }

        // Not a millisecond before the tick does anything leave, nor is there anything that could.
        stage.go_to(tick.minus(1)).await;
        assert_eq!(stage.pass().await, Ticked::default());
        assert_eq!(stage.deliveries_to_vt(), 0);
        stage.go_to(tick).await;
        let all = Ticked {
            left: 4,
            ..Ticked::default()
        };
        assert_eq!(stage.pass().await, all);
        assert_eq!(stage.pass().await, Ticked::default());
        let seen = stage.local.gate.snapshot().unwrap();
        for (_, row) in seen.deliveries(None, 1_000).unwrap() {
            if row.value.body.desk == "intake" {
                assert_eq!(row.value.published_at.get(), Some(tick));
            }
        }

        let sent = wire(&stage, 4).await;
        let first = readable(&sent[0]);
        for other in &sent {
            assert_eq!(readable(other), first);
            assert_eq!(readable(other).encode_to_vec(), first.encode_to_vec());
            // The decision too: not a word of it tells one from another.
            assert_eq!(other.decision, sent[0].decision);
        }

        // Only with the desk's key is it told what was said.
        let mut inbox = stage.vt.receive(&desk("intake"), Vec::new());
        for _ in 0..4 {
            let opened = delivery(&mut inbox).await;
            let (_, reference) = opened
                .fields
                .iter()
                .find(|(path, _)| path.as_str() == "question_ref")
                .unwrap();
            let said = match reference.first() {
                Some(4) => "known-active",
                _ => "unknown",
            };
            assert_eq!(opened.text("answer"), Some(said));
            assert_eq!(opened.text("refusal_ground"), Some("none"));
            assert!(opened.subjects.is_empty() && opened.answers.is_some());
        }
    });
}

#[test]
fn a_machine_does_not_answer_from_police_data_and_a_named_person_does() {
    run(async {
        let stage = Stage::start(100).await;
        let asked = stage.ask(1, stage.tick()).await;
        let question = stage.asked().await;
        assert_eq!(asked.question, Some(question.id));
        stage.police.cover(&question).await.unwrap();
        // Named as who decided, and nobody's assertion: that could be a machine.
        let machine = stage.police.acting_for(&[]).unwrap();
        let refused = machine
            .answer(&question, &Said::KnownActive, &decider())
            .await;
        assert_eq!(reasons(&refused.unwrap_err()), ["PERSON_MUST_ANSWER"]);
        // Nothing of it stays: what is lodged is the cover, and a person may answer still.
        let police = stage.police.acting_for(&[named()]).unwrap();
        let proof = police
            .answer(&question, &Said::KnownClosed, &decider())
            .await;
        let proof = proof.unwrap();
        let staff = &proof.provider().unwrap().staff;
        assert_eq!(staff[0].person, "officer-17");
        assert!(proof.shared().is_none(), "the asker reads nothing of it");
    });
}

#[test]
fn a_question_that_was_not_collected_is_told_at_its_tick_and_not_as_an_answer() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        let asked = stage.ask(1, tick).await;
        stage.go_to(tick).await;
        let one = Ticked {
            not_collected: 1,
            ..Ticked::default()
        };
        assert_eq!(stage.pass().await, one);
        let mut inbox = stage.vt.receive(&desk("intake"), Vec::new());
        let Item::Event(event) = inbox.next().await.unwrap() else {
            panic!("an event is expected")
        };
        assert_eq!(event.kind, EventKind::QuestionNotCollected);
        assert_eq!(event.at, tick);
        let of = seinhuis_client::EventOf::Received(asked.question.unwrap());
        assert_eq!(event.of, of);
        // It is over at both ends: nothing is released to the desk that comes late.
        let passed = stage.local.hub.pass_due(10).await.unwrap();
        assert_eq!(passed.total(), 1);
        let mut late = stage.police.receive(&desk("huiselijk-geweld"), Vec::new());
        assert!(matches!(late.next().await.unwrap(), Item::Tombstone(_)));
    });
}

fn reasons(error: &ClientError) -> Vec<String> {
    match error {
        ClientError::Refused(info) => info.reasons.iter().map(|r| r.code.clone()).collect(),
        other => panic!("{other:?}"),
    }
}
