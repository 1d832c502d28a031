//! What falls due: deadlines that both desks read of, payloads that die, and what stays.

use super::local::{Gate, Local, Settings};
use super::messages::{Signals, prepared, prepared_for, publish, signals};
use super::persons::officer;
use super::run;
use super::streams::receive;
use seinhuis_client::{Partner, PartnerConfig};
use seinhuis_hub::Passed;
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item;
use seinhuis_store::records::{Delivery, DeliveryState, EndedAs};
use seinhuis_store::{Snapshot, Store};
use seinhuis_tests::{Chain, reason};
use seinhuis_types::{Clock, DeliveryId, LeafIndex, ManualClock, Millis, SystemClock};
use std::sync::Arc;
use tokio_stream::StreamExt;

/// A hub with a clock of its own, and one signal published to `veilig-thuis`.
struct Stage {
    chain: Chain,
    local: Local,
    clock: ManualClock,
    id: DeliveryId,
    signal: Vec<u8>,
}

/// What nothing due looks like.
const NOTHING: Passed = Passed {
    missed: 0,
    ended: 0,
    undelivered: 0,
    failed: 0,
};

impl Stage {
    async fn start() -> Self {
        let chain = Chain::start().await.unwrap();
        let message = prepared(&chain).await;
        Self::with(chain, message).await
    }

    async fn with(mut chain: Chain, message: v1::PublishRequest) -> Self {
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let signal = message.signal_id.clone();
        let decision = publish(&mut signals(&chain, "politie").await, message).await;
        assert!(decision.unwrap().permitted);
        let found = local.gate.snapshot().unwrap().deliveries(None, 2).unwrap();
        let [(id, _)] = found.as_slice() else {
            panic!("one delivery")
        };
        Self {
            id: *id,
            chain,
            local,
            clock,
            signal,
        }
    }

    fn delivery(&self) -> Delivery {
        let seen = self.gate().snapshot().unwrap();
        seen.delivery(self.id).unwrap().value.unwrap()
    }

    fn gate(&self) -> &Gate {
        &self.local.gate
    }

    fn has_payload(&self) -> bool {
        let seen = self.gate().snapshot().unwrap();
        seen.payload(self.id).unwrap().value.is_some()
    }

    /// Moves the clock when all is published: a log that is behind stops the hub, which is another
    /// matter.
    async fn go_to(&self, at: u64) {
        let last = self.gate().next_index().0 - 1;
        let log = &self.local.log;
        log.wait_published(LeafIndex(last)).await.unwrap();
        // It tells so a moment before it stops counting.
        while log.lag_ms(Millis(at)) > 0 {
            tokio::task::yield_now().await;
        }
        self.clock.advance(at - self.clock.now().0);
    }

    async fn pass(&self) -> Passed {
        self.local.hub.pass_due(1_000).await.unwrap()
    }

    async fn acknowledge(&self, state: v1::AckState) -> Result<(), String> {
        acknowledge_as(
            &mut signals(&self.chain, "veilig-thuis").await,
            self.id,
            state,
        )
        .await
    }

    /// The first `count` items of a desk's stream from its beginning.
    async fn items(&self, who: &str, desk: &str, count: usize) -> Vec<Item> {
        let request = v1::ReceiveRequest {
            desk: desk.into(),
            ..receive(Vec::new(), 0)
        };
        let mut client = signals(&self.chain, who).await;
        let stream = client.receive(request).await.unwrap().into_inner();
        let items: Vec<_> = stream.take(count).collect().await;
        items
            .into_iter()
            .map(|item| item.unwrap().item.unwrap())
            .collect()
    }

    async fn event(&self, who: &str, desk: &str, place: usize) -> v1::Event {
        match self.items(who, desk, place + 1).await.pop() {
            Some(Item::Event(event)) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The act that the entry of an event tells to `who`; its officer's clock is the hub's.
    async fn act(&self, who: &str, index: u64) -> Option<v1::Act> {
        let config = PartnerConfig::load(&self.chain.sandbox.partner_config(who)).unwrap();
        let clock = Arc::new(self.clock.clone());
        let partner = Partner::connect(&config, clock).await.unwrap();
        let officer = partner.acting_for(&[officer("fg-1")]).unwrap();
        let entry = officer.entry(LeafIndex(index)).await.unwrap();
        entry.shared().map(|shared| shared.act())
    }
}

/// Acknowledges by the bare wire.
pub(super) async fn acknowledge_as(
    client: &mut Signals,
    id: DeliveryId,
    state: v1::AckState,
) -> Result<(), String> {
    let request = v1::AcknowledgeRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        delivery_id: id.0.to_vec(),
        state: state.into(),
        slip: Some(v1::Slip {
            nonce: rand::random::<[u8; 16]>().to_vec(),
            tags: vec![3; 192],
            chain: Vec::new(),
        }),
        acting_person: b"worker-9".to_vec(),
        acting_role: "vt-worker".into(),
        wait: 0,
    };
    client
        .acknowledge(request)
        .await
        .map(|_| ())
        .map_err(|status| reason(&status))
}

#[test]
fn a_payload_dies_a_day_after_a_person_opened_it() {
    run(async {
        let stage = Stage::start().await;
        let items = stage.items("veilig-thuis", "intake", 1).await;
        let Some(Item::Delivery(delivery)) = items.first() else {
            panic!("{items:?}")
        };
        let by = delivery.handling.as_ref().unwrap().acknowledge_by_ms;
        assert!(by > stage.clock.now().0, "{by}");
        stage.acknowledge(v1::AckState::Delivered).await.unwrap();
        let cap = stage.delivery().body.payload_until_ms;
        let published = stage.delivery().published_at.get().unwrap();
        assert_eq!(cap, published.0 + 7 * Millis::DAY);
        stage.clock.advance(1_000);
        stage.acknowledge(v1::AckState::Opened).await.unwrap();
        let end = stage.clock.now().0 + Millis::DAY;
        assert_eq!(stage.delivery().body.payload_until_ms, end);

        stage.go_to(end - 1).await;
        assert_eq!(stage.pass().await, NOTHING);
        assert!(stage.has_payload());
        stage.clock.advance(1);
        let entries = stage.gate().next_index();
        assert_eq!(
            stage.pass().await,
            Passed {
                ended: 1,
                ..NOTHING
            }
        );
        assert!(!stage.has_payload());
        // Again does nothing, and one entry told of it.
        assert_eq!(stage.pass().await, NOTHING);
        assert_eq!(stage.gate().next_index().0, entries.0 + 1);

        let stub = stage.delivery().body;
        assert_eq!(stub.state(), DeliveryState::Ended);
        assert_eq!(stub.ended(), EndedAs::Acknowledged);
        assert_eq!(stub.signal_type, "INC_HOME");
        assert!(!stub.source_oin.is_empty() && !stub.recipient_oin.is_empty());
        assert!(!stub.agreement_hash.is_empty() && !stub.clause.is_empty());
        assert!(stub.granted.is_empty() && stub.withheld.is_empty() && stub.urgency.is_empty());
        // The act is both sides' to read.
        for who in ["politie", "veilig-thuis"] {
            assert_eq!(stage.act(who, entries.0).await, Some(v1::Act::End), "{who}");
        }
    });
}

#[test]
fn a_missed_deadline_is_told_to_both_desks_and_once() {
    run(async {
        let stage = Stage::start().await;
        stage.items("veilig-thuis", "intake", 1).await;
        stage.acknowledge(v1::AckState::Delivered).await.unwrap();
        let by = stage.delivery().body.ack_by_ms;
        stage.go_to(by - 1).await;
        assert_eq!(stage.pass().await, NOTHING);
        stage.clock.advance(1);
        assert_eq!(
            stage.pass().await,
            Passed {
                missed: 1,
                ..NOTHING
            }
        );
        assert_eq!(stage.pass().await, NOTHING);
        assert!(stage.has_payload(), "it can still be opened");

        let source = stage.event("politie", "huiselijk-geweld", 0).await;
        assert_eq!(source.kind(), v1::EventKind::DeadlineMissed);
        assert_eq!((&source.signal_id, source.at_ms), (&stage.signal, by));
        assert!(source.delivery_id.is_empty());
        assert_eq!(source.recipient_desk, "intake");
        let recipient = stage.event("veilig-thuis", "intake", 0).await;
        assert_eq!(recipient.delivery_id, stage.id.0);
        assert_eq!(
            (recipient.at_ms, recipient.r#type.as_str()),
            (by, "INC_HOME")
        );
        assert!(recipient.signal_id.is_empty() && recipient.recipient_oin.is_empty());
        assert_eq!(recipient.index, source.index);
        let act = stage.act("politie", source.index).await;
        assert_eq!(act, Some(v1::Act::Deadline));
        // Late is better than never.
        stage.acknowledge(v1::AckState::Opened).await.unwrap();
    });
}

#[test]
fn who_opens_in_time_misses_no_deadline() {
    run(async {
        let stage = Stage::start().await;
        stage.items("veilig-thuis", "intake", 1).await;
        stage.acknowledge(v1::AckState::Delivered).await.unwrap();
        let by = stage.delivery().body.ack_by_ms;
        stage.go_to(by - 1).await;
        stage.acknowledge(v1::AckState::Opened).await.unwrap();
        stage.clock.advance(1);
        assert_eq!(stage.pass().await, NOTHING);
    });
}

#[test]
fn what_never_arrived_ends_at_its_cap_and_its_source_reads_so() {
    run(async {
        let stage = Stage::start().await;
        let cap = stage.delivery().body.payload_until_ms;
        let by = stage.delivery().body.ack_by_ms;
        // Nobody looked for a week: the deadline is told, then the end.
        stage.go_to(cap).await;
        let passed = Passed {
            missed: 1,
            undelivered: 1,
            ..NOTHING
        };
        assert_eq!(stage.pass().await, passed);
        assert!(!stage.has_payload());
        let items = stage.items("politie", "huiselijk-geweld", 2).await;
        let [Item::Event(missed), Item::Event(ended)] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert_eq!(
            (missed.kind(), missed.at_ms),
            (v1::EventKind::DeadlineMissed, by)
        );
        assert_eq!(
            (ended.kind(), ended.at_ms),
            (v1::EventKind::Undelivered, cap)
        );
        assert_eq!(ended.signal_id, stage.signal);
        // Its recipient reads that it will not come, and of what type it was it never learns.
        let items = stage.items("veilig-thuis", "intake", 2).await;
        let [Item::Tombstone(tombstone), Item::Event(event)] = items.as_slice() else {
            panic!("{items:?}")
        };
        assert_eq!(tombstone.delivery_id, stage.id.0);
        assert_eq!(event.r#type, "");
        assert_eq!(stage.act("veilig-thuis", event.index).await, None);
        let late = stage.acknowledge(v1::AckState::Delivered).await;
        assert_eq!(late.unwrap_err(), "MESSAGE_INVALID");
    });
}

#[test]
fn past_its_end_nothing_leaves_though_no_pass_came() {
    run(async {
        let stage = Stage::start().await;
        stage.go_to(stage.delivery().body.payload_until_ms).await;
        let items = stage.items("veilig-thuis", "intake", 1).await;
        assert!(
            matches!(items.as_slice(), [Item::Tombstone(_)]),
            "{items:?}"
        );
        assert!(!stage.has_payload());
        assert_eq!(stage.delivery().body.state(), DeliveryState::Ended);
    });
}

/// A release that was decided on before the end, and would be done after it.
#[test]
fn a_release_that_is_late_is_not_done() {
    run(async {
        let stage = Stage::start().await;
        stage
            .go_to(stage.delivery().body.payload_until_ms - 1)
            .await;
        let mut release = stage.gate().hold("release");
        let items = stage.items("veilig-thuis", "intake", 1);
        let late = async {
            release.reached().await;
            stage.clock.advance(1);
            release.go();
        };
        let (items, ()) = tokio::join!(items, late);
        assert!(
            matches!(items.as_slice(), [Item::Tombstone(_)]),
            "{items:?}"
        );
    });
}

/// Of an acknowledgement and an end at the same moment the later commit is decided again.
#[test]
fn an_acknowledgement_wins_the_race_from_an_end_decided_before_it() {
    run(async {
        let stage = Stage::start().await;
        stage.items("veilig-thuis", "intake", 1).await;
        stage.go_to(stage.delivery().body.payload_until_ms).await;
        let mut end = stage.gate().hold("end_payload");
        let race = async {
            end.reached().await;
            stage.acknowledge(v1::AckState::Delivered).await.unwrap();
            end.go();
        };
        let (passed, ()) = tokio::join!(stage.pass(), race);
        // It arrived, so it is not told as undelivered; its payload is past its end all the same.
        let expected = Passed {
            missed: 1,
            ended: 1,
            ..NOTHING
        };
        assert_eq!(passed, expected);
        assert!(stage.delivery().acknowledged_at.get().is_some());
        assert!(!stage.has_payload());
    });
}

#[test]
fn under_may_not_know_there_is_no_deadline_and_arrival_is_the_last_word() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let told = "recipient_may_not_know = false";
        let hash = chain.agree(|text| text.replace(told, "recipient_may_not_know = true"));
        let mut to = chain.to("veilig-thuis", "pol-vt-report");
        to.agreement = hash.await.unwrap();
        let message = prepared_for(&chain, to).await;
        let stage = Stage::with(chain, message).await;
        let items = stage.items("veilig-thuis", "intake", 1).await;
        let Some(Item::Delivery(delivery)) = items.first() else {
            panic!("{items:?}")
        };
        assert_eq!(delivery.handling.as_ref().unwrap().acknowledge_by_ms, 0);
        stage.clock.advance(1_000);
        stage.acknowledge(v1::AckState::Delivered).await.unwrap();
        let end = stage.clock.now().0 + Millis::DAY;
        stage.go_to(end).await;
        assert_eq!(
            stage.pass().await,
            Passed {
                ended: 1,
                ..NOTHING
            }
        );
        let seen = stage.gate().snapshot().unwrap();
        let (vt, police) = (stage.delivery().body.recipient().unwrap(), stage.delivery());
        let none = seinhuis_types::Position(0);
        let from = police.body.source().unwrap();
        let desk = "huiselijk-geweld".parse().unwrap();
        assert!(seen.stream(vt.0, &vt.1, none, 9).unwrap().is_empty());
        assert!(seen.stream(from, &desk, none, 9).unwrap().is_empty());
    });
}

/// A due row stands for each live delivery, and for no ended one.
#[test]
fn an_ended_delivery_is_never_due_again() {
    run(async {
        let stage = Stage::start().await;
        let due = |stage: &Stage| {
            let seen = stage.gate().snapshot().unwrap();
            seen.due(Millis(u64::MAX - 1), None, 9).unwrap()
        };
        let at = stage.delivery().body.due_ms;
        assert_eq!(due(&stage), [(Millis(at), stage.id)]);
        stage.go_to(stage.delivery().body.payload_until_ms).await;
        stage.pass().await;
        assert_eq!(due(&stage), []);
    });
}
