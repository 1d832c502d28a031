//! Corrections: who received a signal is told that it was wrong, withdrawn, about another, shielded or restricted,
//! also after the end of its agreement; what had not left never leaves.

mod lapsed;
mod race;
mod restricted;
mod twice;
mod unreached;

use super::flow::next;
use super::messages::{Signals, signals};
use super::run;
use seinhuis_client::{
    Acknowledgement, ClientError, Inbox, Item, Opened, OutcomeReport, Partner, Persons, Rectified,
    SentDelivery, Signal, To,
};
use seinhuis_domain::agreement::StepReason;
use seinhuis_domain::signal::{Rectification, RectificationKind, SourceShield};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason, story};
use seinhuis_types::{Clock, Desk, SignalId, SystemClock};

pub(super) const POLICE_DESK: &str = "huiselijk-geweld";

pub(super) fn desk(name: &str) -> Desk {
    name.parse().unwrap()
}

pub(super) fn told(kind: RectificationKind, reason: &str) -> Rectification {
    Rectification {
        kind,
        reason: reason.parse().unwrap(),
    }
}

/// The police's report of a household.
pub(super) fn report() -> Signal {
    let [adult, _, child] = story::household().unwrap();
    let signal = story::inc_home().subject(adult).subject(child);
    signal.finish().unwrap()
}

/// Sends it; the signal's id and what came of it.
pub(super) async fn send(chain: &Chain) -> (SignalId, OutcomeReport) {
    let to = chain.to("veilig-thuis", "pol-vt-report");
    send_to(chain, to).await
}

async fn send_to(chain: &Chain, to: To) -> (SignalId, OutcomeReport) {
    let police = chain.partner("politie");
    let (desk, signal) = (desk(POLICE_DESK), report());
    let mut sent = police.signal(&desk, &signal).to(to).send().await.unwrap();
    let sent = sent.remove(0).permitted().unwrap();
    (sent.signal, sent)
}

/// What a withdrawal says: who acts, and that is all.
pub(super) fn notice(sent: &SentDelivery) -> Result<Signal, ClientError> {
    let notice = sent.notice(SystemClock.now());
    Ok(notice
        .by("officer-17", "police-officer")
        .decided("chief-2", "report-task")
        .finish()?)
}

pub(super) async fn withdraw(
    partner: &Partner,
    signal: SignalId,
) -> Result<Rectified, ClientError> {
    let told = told(RectificationKind::Withdrawn, "unlawful");
    partner
        .rectify(&desk(POLICE_DESK), signal, &told, notice)
        .await
}

fn inbox(chain: &Chain) -> Inbox {
    let partner = chain.partner("veilig-thuis");
    partner.receive(&desk("intake"), Vec::new())
}

/// The next delivery of a stream, and the tombstones before it.
async fn delivery(inbox: &mut Inbox) -> (Box<Opened>, usize) {
    let mut tombstones = 0;
    loop {
        match inbox.next().await.unwrap() {
            Item::Delivery(opened) => return (opened, tombstones),
            Item::Tombstone(_) => tombstones += 1,
            other => panic!("{other:?}"),
        }
    }
}

fn code(error: &ClientError) -> &'static str {
    error.code().unwrap_or_else(|| panic!("{error}")).as_str()
}

fn persons() -> Persons {
    Persons::new("administrator-1", "privacy-officer-1").unwrap()
}

#[test]
fn who_received_a_signal_reads_that_it_is_withdrawn_and_acknowledges_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (police, vt) = (chain.partner("politie"), chain.partner("veilig-thuis"));
        let (signal, sent) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        vt.acknowledge(&first, &Acknowledgement::Delivered)
            .await
            .unwrap();

        let done = withdraw(police, signal).await.unwrap();
        assert!(done.complete() && done.ended.is_empty() && done.unreached.is_empty());
        assert_eq!(done.told.len(), 1);
        let decision = &done.told[0].decision;
        assert_eq!(decision.act(), v1::Act::Rectify);
        assert!(decision.basis_provide.contains(&"RECTIFY".to_owned()));

        let (notice, tombstones) = delivery(&mut inbox(&chain)).await;
        assert_eq!(tombstones, 0);
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!(about.delivery, first.id);
        assert_eq!(sent.delivery, Some(first.id));
        assert_eq!(about.told, told(RectificationKind::Withdrawn, "unlawful"));
        assert_ne!(notice.id, first.id);
        assert!(notice.subjects.is_empty() && notice.fields.is_empty());
        // Who received keeps being bound by the secrecy it was provided under.
        assert!(
            notice.handling.secrecy_law.contains("Wpg"),
            "{:?}",
            notice.handling
        );
        assert!(notice.handling.acknowledge_by_ms > 0);

        // The source reads who has not acknowledged, and then that it did.
        let list = police.sent(signal).await.unwrap();
        assert_eq!(list.len(), 1);
        assert!(list[0].received && list[0].state == v1::DeliveryState::Ended);
        let waiting = &list[0].rectifications[0];
        assert_eq!(waiting.kind, Some(RectificationKind::Withdrawn));
        assert!(waiting.acknowledge_by.is_some() && waiting.acknowledged.is_none());
        let opened = Acknowledgement::opened("worker-9", "vt-worker").unwrap();
        for what in [&Acknowledgement::Delivered, &opened] {
            vt.acknowledge(&notice, what).await.unwrap();
        }
        let list = police.sent(signal).await.unwrap();
        let done = &list[0].rectifications[0];
        assert_eq!(done.state, v1::DeliveryState::Opened);
        assert!(done.acknowledged.is_some() && done.acknowledge_by.is_none());
    });
}

#[test]
fn what_had_not_left_of_a_withdrawn_signal_never_leaves() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, sent) = send(&chain).await;
        let done = withdraw(police, signal).await.unwrap();
        assert!(done.told.is_empty() && done.unreached.is_empty());
        assert_eq!(done.ended.len(), 1);
        assert!(!done.ended[0].received);
        assert_eq!(done.ended[0].oin, chain.oin("veilig-thuis"));
        match inbox(&chain).next().await.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
        // And there is nothing left to take back.
        let again = withdraw(police, signal).await.unwrap_err();
        assert_eq!(code(&again), "NOTHING_TO_RECTIFY");
    });
}

/// What was sent and not acknowledged would be sent again: the notice comes in its place.
#[test]
fn a_withdrawn_signal_is_not_sent_again_to_who_did_not_acknowledge_it() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        withdraw(chain.partner("politie"), signal).await.unwrap();
        let (notice, tombstones) = delivery(&mut inbox(&chain)).await;
        assert_eq!(tombstones, 1);
        assert_eq!(notice.rectifies.as_ref().unwrap().delivery, first.id);
    });
}

#[test]
fn a_withdrawal_outlives_a_suspension_and_an_end() {
    type End = for<'a> fn(&'a Chain) -> std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;
    let suspended: End = |chain| {
        Box::pin(async move {
            let vt = chain.partner("veilig-thuis");
            vt.suspend(&chain.agreement, &persons(), StepReason::Technical)
                .await
                .unwrap();
        })
    };
    // Who leaves goes on owing it, to who received.
    let left: End = |chain| {
        Box::pin(async move {
            let police = chain.partner("politie");
            police.leave(&chain.agreement, &persons()).await.unwrap();
        })
    };
    let recipient_left: End = |chain| {
        Box::pin(async move {
            let vt = chain.partner("veilig-thuis");
            vt.leave(&chain.agreement, &persons()).await.unwrap();
        })
    };
    for end in [suspended, left, recipient_left] {
        run(async {
            let chain = Chain::start().await.unwrap();
            let police = chain.partner("politie");
            let (signal, _) = send(&chain).await;
            let first = next(&chain, "veilig-thuis", "intake").await;
            chain
                .partner("veilig-thuis")
                .acknowledge(&first, &Acknowledgement::Delivered)
                .await
                .unwrap();
            end(&chain).await;
            // Nothing goes under the agreement any more, but what the law still demands.
            let (desk, report) = (desk(POLICE_DESK), report());
            let to = chain.to("veilig-thuis", "pol-vt-report");
            let refused = police.signal(&desk, &report).to(to).send().await.unwrap();
            assert!(!refused[0].permitted);
            assert!(withdraw(police, signal).await.unwrap().complete());
            let (notice, _) = delivery(&mut inbox(&chain)).await;
            assert_eq!(notice.rectifies.as_ref().unwrap().delivery, first.id);
        });
    }
}

#[test]
fn a_correction_says_anew_what_was_wrong_to_the_same_people() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let fixed = told(RectificationKind::Corrected, "inaccurate");
        let say = |_: &SentDelivery| Ok(report());
        let done = police
            .rectify(&desk(POLICE_DESK), signal, &fixed, say)
            .await
            .unwrap();
        assert!(done.complete());
        let (correction, _) = delivery(&mut inbox(&chain)).await;
        let about = correction.rectifies.as_ref().unwrap();
        assert_eq!((about.delivery, about.told.kind), (first.id, fixed.kind));
        assert_eq!(correction.subjects.len(), first.subjects.len());
        for (new, old) in correction.subjects.iter().zip(&first.subjects) {
            assert_eq!(new.pseudonym.to_bytes(), old.pseudonym.to_bytes());
        }
        assert_eq!(correction.text("severity"), first.text("severity"));

        // About another person after all: the correction that waits does not leave any more.
        let other = told(RectificationKind::IdentityFixed, "wrong-person");
        let fix = |_: &SentDelivery| {
            let [_, other, child] = story::household().unwrap();
            Ok(story::inc_home().subject(other).subject(child).finish()?)
        };
        police
            .rectify(&desk(POLICE_DESK), signal, &other, fix)
            .await
            .unwrap();
        let list = police.sent(signal).await.unwrap();
        let states: Vec<_> = list[0]
            .rectifications
            .iter()
            .map(|told| told.state)
            .collect();
        let (ended, waits) = (v1::DeliveryState::Ended, v1::DeliveryState::Releasable);
        assert_eq!(states, [ended, waits]);
    });
}

/// A notice that hides something from the subject.
fn hide(
    source: SourceShield,
    address: bool,
) -> impl Fn(&SentDelivery) -> Result<Signal, ClientError> {
    move |sent| {
        let notice = sent.notice(SystemClock.now()).shielded(source, address);
        let notice = notice.by("officer-17", "police-officer");
        Ok(notice.decided("chief-2", "report-task").finish()?)
    }
}

#[test]
fn a_shield_set_later_reaches_who_received() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let shield = told(RectificationKind::Shielded, "safety");
        // A shield that hides nothing is none.
        let nothing = hide(SourceShield::None, false);
        let refused = police
            .rectify(&desk(POLICE_DESK), signal, &shield, nothing)
            .await;
        assert!(
            matches!(refused, Err(ClientError::Invalid(_))),
            "{refused:?}"
        );
        let done = police
            .rectify(
                &desk(POLICE_DESK),
                signal,
                &shield,
                hide(SourceShield::Origin, true),
            )
            .await
            .unwrap();
        assert!(done.complete());
        // What it said stays true, so it comes again until it is acknowledged; then the shield.
        let mut stream = inbox(&chain);
        let (again, _) = delivery(&mut stream).await;
        assert_eq!(again.id, first.id);
        let (notice, _) = delivery(&mut stream).await;
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!((about.delivery, about.told.kind), (first.id, shield.kind));
        assert_eq!(notice.header.source_shield, SourceShield::Origin);
        assert!(notice.header.address_shield);
    });
}

/// A shield on what had not left: it never leaves, and its recipient learns nothing of why.
#[test]
fn what_is_shielded_before_it_left_never_leaves() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, sent) = send(&chain).await;
        let shield = told(RectificationKind::Shielded, "safety");
        let say = hide(SourceShield::Existence, false);
        let desk = desk(POLICE_DESK);
        let done = police.rectify(&desk, signal, &shield, say).await.unwrap();
        assert_eq!((done.told.len(), done.ended.len()), (0, 1));
        // The entry itself says what was ended, and where.
        let entry = done.ended[0].proof.shared().unwrap();
        assert_eq!(entry.delivery_id, sent.delivery.unwrap().0);
        assert_eq!(
            (entry.recipient_desk.as_str(), entry.rectifies.len()),
            ("intake", 0)
        );
        match inbox(&chain).next().await.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn only_its_source_rectifies_a_signal_and_says_so_to_all_who_received() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (police, vt) = (chain.partner("politie"), chain.partner("veilig-thuis"));
        let (signal, _) = send(&chain).await;
        next(&chain, "veilig-thuis", "intake").await;
        let foreign = vt.sent(signal).await.unwrap_err();
        assert_eq!(code(&foreign), "SIGNAL_NOT_FOUND");
        let foreign = withdraw(vt, signal).await.unwrap_err();
        assert_eq!(code(&foreign), "SIGNAL_NOT_FOUND");

        let mut raw: Signals = signals(&chain, "politie").await;
        let mut refused = async |change: fn(&mut v1::RectifyRequest)| {
            let mut request = v1::RectifyRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                signal_id: signal.0.to_vec(),
                kind: v1::RectificationKind::Withdrawn.into(),
                reason: "unlawful".into(),
                source_leaf: source_leaf(),
                ..v1::RectifyRequest::default()
            };
            change(&mut request);
            reason(&raw.rectify(request).await.unwrap_err())
        };
        assert_eq!(refused(|_| ()).await, "RECTIFICATION_INCOMPLETE");
        assert_eq!(
            refused(|r| r.signal_id = vec![7; 16]).await,
            "SIGNAL_NOT_FOUND"
        );
        assert_eq!(refused(|r| r.kind = 0).await, "MESSAGE_INVALID");
        assert_eq!(refused(|r| r.kind = 77).await, "MESSAGE_INVALID");
        assert_eq!(
            refused(|r| r.reason = "because".into()).await,
            "MESSAGE_INVALID"
        );
        assert_eq!(refused(|r| r.source_leaf.clear()).await, "MESSAGE_INVALID");
        // Nothing of this was done.
        let list = police.sent(signal).await.unwrap();
        assert!(list[0].rectifications.is_empty());
        assert!(list[0].state == v1::DeliveryState::Released);
    });
}

/// The same bytes do nothing twice, and get the same reply; other bytes under their key get none.
#[test]
fn a_rectification_happens_once() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (signal, _) = send(&chain).await;
        let mut raw: Signals = signals(&chain, "politie").await;
        let request = v1::RectifyRequest {
            idempotency_key: vec![7; 16],
            signal_id: signal.0.to_vec(),
            kind: v1::RectificationKind::Withdrawn.into(),
            reason: "unlawful".into(),
            source_leaf: source_leaf(),
            ..v1::RectifyRequest::default()
        };
        let first = raw.rectify(request.clone()).await.unwrap().into_inner();
        assert_eq!((first.outcomes.len(), first.ended.len()), (0, 1));
        let again = raw.rectify(request.clone()).await.unwrap().into_inner();
        assert_eq!(first, again, "the same reply, receipt and all");
        let other = v1::RectifyRequest {
            reason: "ordered".into(),
            ..request
        };
        let refused = raw.rectify(other).await.unwrap_err();
        assert_eq!(reason(&refused), "IDEMPOTENCY_KEY_REUSED");
    });
}

fn source_leaf() -> Vec<u8> {
    prost::Message::encode_to_vec(&v1::SourceLeaf {
        acting_person: b"officer-17".to_vec(),
        acting_role: "police-officer".into(),
        decided_by: b"chief-2".to_vec(),
        reason: "report-task".into(),
        ..v1::SourceLeaf::default()
    })
}

/// A rectification is sent by its own call, and a signal by its own.
#[test]
fn a_published_signal_rectifies_nothing() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut message = super::messages::prepared(&chain).await;
        super::messages::header(&mut message, |header| {
            header.rectification = v1::RectificationKind::Corrected.into();
            header.rectification_reason = "inaccurate".into();
        });
        let key = seinhuis_tests::signer(&chain.sandbox, "politie").unwrap();
        seinhuis_tests::resign(&mut message.envelopes[0], &key).unwrap();
        let mut client = signals(&chain, "politie").await;
        let refused = super::messages::publish(&mut client, message).await;
        assert_eq!(refused.unwrap_err(), "MESSAGE_INVALID");
    });
}
