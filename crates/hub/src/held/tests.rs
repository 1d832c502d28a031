//! When what is held is freed or ended, and when nothing is.

use super::*;
use crate::testing::{BEGIN, Bench, CARE, POLICE, desk, header, oin, run};
use seinhuis_domain::signal::{Route, encode_header, encode_route};
use seinhuis_store::Place;
use seinhuis_store::records::{
    BreakGlassRecord, Delivery, DeliveryRecord, EventKind, PayloadRecord,
};
use seinhuis_types::{ClauseId, Clock, Digest, KeyId, Position};

const HELD: DeliveryId = DeliveryId([8; 16]);
const MINUTE: u64 = 60 * Millis::SECOND;

fn route() -> Route {
    let kid = |text| KeyId::parse(text).unwrap();
    Route {
        source: oin(POLICE),
        source_desk: desk(POLICE),
        recipient: oin(CARE),
        desk: desk(CARE),
        agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        clause: ClauseId::parse("pol-vt-report").unwrap(),
        epoch: 1,
        hour: BEGIN.hour(),
        nonce: [0; 16],
        signing_x5t: Digest([0; 32]),
        seal_kid: kid("seal-e1"),
        recipient_pseudonym_kid: kid("pseudonym-e1"),
        source_pseudonym_kid: kid("pseudonym-e2"),
    }
}

/// Holds a delivery whose agreement is not there any more, as far as its rows go: a break-glass, if there is an
/// end of its time box.
async fn hold(bench: &Bench, until: Option<Millis>) {
    let route = route();
    let body = DeliveryRecord {
        source_oin: route.source.to_string(),
        source_desk: route.source_desk.to_string(),
        recipient_oin: route.recipient.to_string(),
        desk: route.desk.to_string(),
        state: DeliveryState::Held.into(),
        agreement_hash: route.agreement.to_string(),
        clause: route.clause.to_string(),
        signal_type: "INC_HOME".to_owned(),
        signal_id: vec![6; 16],
        ..DeliveryRecord::default()
    };
    let payload = PayloadRecord {
        route_leaf: encode_route(&route),
        header_leaf: encode_header(&header(until)),
        ..PayloadRecord::default()
    };
    let draft = Draft {
        provider: Some(oin(POLICE)),
        ..Draft::default()
    };
    let slip = random_slip().slip().unwrap();
    let now = bench.hub.now();
    let prepared = bench.hub.prepare(draft, &slip, now).unwrap();
    let delivery = Delivery {
        published: Slot::of_entry(0),
        published_at: Slot::at_commit(),
        body,
        ..Delivery::default()
    };
    let mut change = ChangeSet::new("hold", prepared.entry())
        .write(Write::payload(HELD, &payload))
        .write(Write::delivery(HELD, &delivery));
    if until.is_some() {
        let review = BreakGlassRecord {
            source_oin: route.source.to_string(),
            source_desk: route.source_desk.to_string(),
            recipient_oin: route.recipient.to_string(),
            recipient_desk: route.desk.to_string(),
            sent_ms: now.0,
            ..BreakGlassRecord::default()
        };
        change = change.write(Write::break_glass(HELD, &review));
    }
    bench.hub.parts.store.commit(change).await.unwrap();
}

fn state(bench: &Bench) -> DeliveryState {
    let seen = bench.hub.parts.store.snapshot().unwrap();
    seen.delivery(HELD).unwrap().value.unwrap().body.state()
}

#[test]
fn nothing_held_is_freed_or_ended_while_the_log_is_not_published() {
    run(async {
        for (lag, after) in [
            (MINUTE - 1, DeliveryState::Ended),
            (MINUTE, DeliveryState::Held),
        ] {
            let bench = Bench::start().await;
            bench.stop_publishing();
            bench.clock.advance(777);
            hold(&bench, None).await;
            bench.go_to(bench.clock.now().plus(lag));
            let entries = bench.hub.parts.store.next_index();
            assert_eq!(bench.hub.free_held(None).await, 0);
            assert_eq!(state(&bench), after, "{lag}");
            let done = bench.hub.parts.store.next_index() != entries;
            assert_eq!(done, after == DeliveryState::Ended, "{lag}");
        }
    });
}

#[test]
fn the_source_of_a_break_glass_is_told_that_it_ended_while_it_was_held() {
    run(async {
        for (until, expected) in [
            (None, vec![]),
            (
                Some(BEGIN.plus(Millis::HOUR)),
                vec![EventKind::BreakGlassNotReleased],
            ),
        ] {
            let bench = Bench::start().await;
            hold(&bench, until).await;
            bench.hub.free_held(None).await;
            assert_eq!(state(&bench), DeliveryState::Ended);
            let seen = bench.hub.parts.store.snapshot().unwrap();
            let stream = seen.stream(oin(POLICE), &desk(POLICE), Position(0), 99);
            let event = |(_, place)| match place {
                Place::Event(event) => Some(event.value.kind()),
                Place::Delivery(_) => None,
            };
            let told: Vec<_> = stream.unwrap().into_iter().filter_map(event).collect();
            assert_eq!(told, expected);
        }
    });
}
