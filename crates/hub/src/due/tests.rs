//! The terms of deliveries and of what rectifies them, to the millisecond.

use super::*;
use crate::testing::{BEGIN, Bench, CARE, POLICE, desk, header, oin, run};
use seinhuis_domain::catalogue::ClassCode;
use seinhuis_policy::{Refusal, Verdict};
use seinhuis_store::Place;
use seinhuis_store::records::PayloadRecord;
use seinhuis_types::{CodeValue, Position};
use std::collections::BTreeSet;

/// What nothing due looks like.
const NOTHING: Passed = Passed {
    missed: 0,
    ended: 0,
    undelivered: 0,
    failed: 0,
};
const RECTIFIED: DeliveryId = DeliveryId([8; 16]);

/// A decision as far as terms go: they do not ask what it was.
fn decided(may_not_know: bool) -> Decided {
    Decided {
        verdict: Verdict::Refusal(Refusal {
            reasons: Vec::new(),
            error: None,
        }),
        stands_on: Vec::new(),
        granted: BTreeSet::new(),
        withheld: BTreeSet::new(),
        obligations: Vec::new(),
        onward: String::new(),
        visibility: String::new(),
        may_not_know,
        retention: ClassCode::parse("R0").ok(),
        break_glass: None,
        bytes: Vec::new(),
        input: Vec::new(),
    }
}

/// A delivery to Veilig Thuis that nobody has collected yet.
fn waiting() -> DeliveryRecord {
    DeliveryRecord {
        source_oin: oin(POLICE).to_string(),
        source_desk: desk(POLICE).to_string(),
        recipient_oin: oin(CARE).to_string(),
        desk: desk(CARE).to_string(),
        state: DeliveryState::Releasable.into(),
        agreement_hash: format!("$1$1${}", "A".repeat(86)),
        clause: "pol-vt-report".to_owned(),
        signal_type: "INC_HOME".to_owned(),
        signal_id: vec![6; 16],
        ..DeliveryRecord::default()
    }
}

#[test]
fn a_rectification_waits_thirty_days_whatever_its_payload_would() {
    run(async {
        let bench = Bench::start().await;
        let catalogue = &bench.hub.parts.rules.catalogue;
        let month = BEGIN.plus(30 * Millis::DAY).0;
        for (urgency, may_not_know) in [("U1", false), ("U4", false), ("U1", true)] {
            let mut header = header(None);
            header.urgency = CodeValue::parse(urgency).unwrap();
            let decided = decided(may_not_know);
            let (mut signal, mut told) = (waiting(), waiting());
            set_terms(&mut signal, &header, &decided, catalogue, BEGIN);
            let week = BEGIN.plus(7 * Millis::DAY).0;
            assert!((1..=week).contains(&signal.payload_until_ms));
            set_rectification_terms(&mut told, &header, &decided, catalogue, BEGIN);
            assert_eq!(told.payload_until_ms, month, "{urgency}");
            // A person opens it and may be late with that, unless the recipient may not know whom it is about.
            assert_eq!(told.asks_opened, !may_not_know);
            assert_eq!(told.ack_by_ms != 0, !may_not_know);
            assert!(told.ack_by_ms <= month);
            let edge = [month - 1, month, month + 1].map(|at| is_past(&told, Millis(at)));
            assert_eq!(edge, [false, true, true]);
        }
    });
}

#[test]
fn what_is_kept_of_a_break_glass_ends_with_its_time_box_and_no_later() {
    run(async {
        let bench = Bench::start().await;
        let catalogue = &bench.hub.parts.rules.catalogue;
        let mut plain = waiting();
        set_terms(&mut plain, &header(None), &decided(false), catalogue, BEGIN);
        let own = Millis(plain.payload_until_ms);
        for (until, expected) in [
            (BEGIN.plus(1), BEGIN.plus(1)),
            (own.minus(1), own.minus(1)),
            (own, own),
            (own.plus(1), own),
        ] {
            let (mut body, header) = (waiting(), header(Some(until)));
            set_terms(&mut body, &header, &decided(false), catalogue, BEGIN);
            assert_eq!(body.payload_until_ms, expected.0);
            // What has died cannot be opened any more.
            assert!(body.ack_by_ms <= expected.0);
        }
    });
}

/// Sends a rectification, as far as its rows go.
async fn send(bench: &Bench) -> DeliveryRecord {
    let mut body = DeliveryRecord {
        rectifies: vec![9; 16],
        rectification: 1,
        ..waiting()
    };
    let catalogue = &bench.hub.parts.rules.catalogue;
    set_rectification_terms(&mut body, &header(None), &decided(false), catalogue, BEGIN);
    let draft = Draft {
        provider: Some(oin(POLICE)),
        ..Draft::default()
    };
    let slip = random_slip().slip().unwrap();
    let prepared = bench.hub.prepare(draft, &slip, BEGIN).unwrap();
    let change = ChangeSet::new("rectify", prepared.entry());
    let change = follow(change, RECTIFIED, &mut body)
        .release(oin(CARE), &desk(CARE), RECTIFIED)
        .write(Write::payload(RECTIFIED, &PayloadRecord::default()));
    let delivery = Delivery {
        position: Slot::of_release(0),
        published: Slot::of_entry(0),
        published_at: Slot::at_commit(),
        body,
        ..Delivery::default()
    };
    let change = change.write(Write::delivery(RECTIFIED, &delivery));
    bench.hub.parts.store.commit(change).await.unwrap();
    delivery.body
}

/// What the source's desk was told: of what, and as of when.
fn told(bench: &Bench) -> Vec<(EventKind, u64)> {
    let seen = bench.hub.parts.store.snapshot().unwrap();
    let stream = seen.stream(oin(POLICE), &desk(POLICE), Position(0), 99);
    let event = |(_, place)| match place {
        Place::Event(event) => Some((event.value.kind(), event.value.at_ms)),
        Place::Delivery(_) => None,
    };
    stream.unwrap().into_iter().filter_map(event).collect()
}

#[test]
fn a_rectification_that_nobody_collects_is_told_as_undelivered_at_thirty_days() {
    run(async {
        let bench = Bench::start().await;
        let body = send(&bench).await;
        let end = BEGIN.plus(30 * Millis::DAY);
        let pass = async || bench.hub.pass_due(99).await.unwrap();
        let there = || {
            let seen = bench.hub.parts.store.snapshot().unwrap();
            seen.payload(RECTIFIED).unwrap().value.is_some()
        };
        bench.go_to(Millis(body.ack_by_ms - 1));
        assert_eq!(pass().await, NOTHING);
        bench.clock.advance(1);
        let missed = Passed {
            missed: 1,
            ..NOTHING
        };
        assert_eq!(pass().await, missed);
        let late = (EventKind::DeadlineMissed, body.ack_by_ms);
        assert_eq!(told(&bench), [late]);

        bench.go_to(end.minus(1));
        assert_eq!(pass().await, NOTHING);
        assert!(there(), "its last millisecond");
        bench.clock.advance(1);
        let undelivered = Passed {
            undelivered: 1,
            ..NOTHING
        };
        assert_eq!(pass().await, undelivered);
        assert!(!there());
        assert_eq!(told(&bench), [late, (EventKind::Undelivered, end.0)]);
        assert_eq!(pass().await, NOTHING);
        let seen = bench.hub.parts.store.snapshot().unwrap();
        let stub = seen.delivery(RECTIFIED).unwrap().value.unwrap();
        assert_eq!(stub.body.state(), DeliveryState::Ended);
        assert_eq!(stub.body.ended(), EndedAs::Lapsed);
    });
}

#[test]
fn what_fails_at_the_head_does_not_hold_up_what_is_due_after_it() {
    run(async {
        let bench = Bench::start().await;
        // Due before the one that is sent, and their recipients cannot be read.
        for number in 0..3 {
            let id = DeliveryId([number; 16]);
            let mut body = DeliveryRecord {
                recipient_oin: "nobody".to_owned(),
                payload_until_ms: BEGIN.plus(1).0,
                ..waiting()
            };
            let slip = random_slip().slip().unwrap();
            let draft = Draft {
                provider: Some(oin(POLICE)),
                ..Draft::default()
            };
            let prepared = bench.hub.prepare(draft, &slip, BEGIN).unwrap();
            let change = follow(ChangeSet::new("seed", prepared.entry()), id, &mut body);
            let delivery = Delivery {
                published: Slot::of_entry(0),
                published_at: Slot::at_commit(),
                body,
                ..Delivery::default()
            };
            let change = change.write(Write::delivery(id, &delivery));
            bench.hub.parts.store.commit(change).await.unwrap();
        }
        let body = send(&bench).await;
        bench.go_to(Millis(body.ack_by_ms));
        let passed = Passed {
            missed: 1,
            failed: 3,
            ..NOTHING
        };
        assert_eq!(bench.hub.pass_due(1).await.unwrap(), passed);
    });
}
