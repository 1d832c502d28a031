//! A subject has processing restricted, or objects, after a signal was sent: who has it is told and is not given
//! it again, who has it not never gets it.

use super::{POLICE_DESK, delivery, desk, inbox, report, send, told};
use crate::flow::next;
use crate::local::{Local, Settings};
use crate::run;
use seinhuis_client::{ClientError, Item, Partner, Rectified, SentDelivery, Signal};
use seinhuis_domain::signal::RectificationKind;
use seinhuis_proto::v1;
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, Hour, SignalId, SystemClock};

/// What a restriction says: who acts, and until when it stands.
fn restriction(until: Option<Hour>) -> impl Fn(&SentDelivery) -> Result<Signal, ClientError> {
    move |sent| {
        let notice = sent.notice(SystemClock.now());
        let notice = match until {
            Some(hour) => notice.valid_until(hour),
            None => notice,
        };
        let notice = notice.by("officer-17", "police-officer");
        Ok(notice.decided("chief-2", "report-task").finish()?)
    }
}

async fn restrict(
    police: &Partner,
    signal: SignalId,
    until: Option<Hour>,
) -> Result<Rectified, ClientError> {
    let kind = told(RectificationKind::Restricted, "objection");
    let from = desk(POLICE_DESK);
    police
        .rectify(&from, signal, &kind, restriction(until))
        .await
}

fn hours(more: u32) -> Hour {
    Hour(SystemClock.now().hour().0 + more)
}

#[test]
fn who_received_what_is_restricted_is_told_until_when_and_is_not_given_it_again() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let until = hours(48);
        let done = restrict(police, signal, Some(until)).await.unwrap();
        assert!(done.complete() && done.ended.is_empty());
        // It was not acknowledged, and would have come again.
        let mut stream = inbox(&chain);
        let (notice, tombstones) = delivery(&mut stream).await;
        assert_eq!(tombstones, 1);
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!(about.delivery, first.id);
        assert_eq!(about.told.kind, RectificationKind::Restricted);
        assert_eq!(about.told.reason.as_str(), "objection");
        assert_eq!(notice.header.valid_until, Some(until));
        assert!(notice.subjects.is_empty() && notice.fields.is_empty());
        // Told again it is lifted with the next hour; the earlier one stays on its way before it.
        let lifted = hours(1);
        let done = restrict(police, signal, Some(lifted)).await.unwrap();
        assert!(done.complete() && done.ended.is_empty());
        let mut stream = inbox(&chain);
        let (earlier, _) = delivery(&mut stream).await;
        let (last, _) = delivery(&mut stream).await;
        assert_eq!(earlier.id, notice.id);
        assert_eq!(last.header.valid_until, Some(lifted));
        // One that is over when it begins is none.
        let none = restrict(police, signal, Some(hours(0))).await;
        assert!(
            matches!(&none, Err(ClientError::Invalid(why)) if why.contains("valid_until_hour")),
            "{none:?}"
        );
    });
}

#[test]
fn what_is_restricted_before_it_left_never_leaves() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let (signal, sent) = send(&chain).await;
        let done = restrict(chain.partner("politie"), signal, None);
        let done = done.await.unwrap();
        assert_eq!((done.told.len(), done.ended.len()), (0, 1));
        assert!(!done.ended[0].received);
        match inbox(&chain).next().await.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
    });
}

/// A release that was decided before a restriction committed is decided again, and does not happen.
#[test]
fn a_restriction_wins_the_race_from_a_release_decided_before_it() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let (signal, sent) = send(&chain).await;
        let mut release = local.gate.hold("release");
        let mut stream = inbox(&chain);
        let restricted = async {
            release.reached().await;
            let done = restrict(chain.partner("politie"), signal, None);
            let done = done.await.unwrap();
            assert_eq!((done.told.len(), done.ended.len()), (0, 1));
            release.go();
        };
        let (item, ()) = tokio::join!(stream.next(), restricted);
        match item.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
    });
}

/// The same of a signal's correction, that has been read once and one that waits.
#[test]
fn a_correction_is_not_given_after_a_restriction() {
    for read in [false, true] {
        run(async {
            let chain = Chain::start().await.unwrap();
            let police = chain.partner("politie");
            let (signal, _) = send(&chain).await;
            let first = next(&chain, "veilig-thuis", "intake").await;
            let corrected = told(RectificationKind::Corrected, "inaccurate");
            let (from, say) = (desk(POLICE_DESK), |_: &SentDelivery| Ok(report()));
            let done = police.rectify(&from, signal, &corrected, say).await;
            assert!(done.unwrap().complete());
            if read {
                let (correction, _) = delivery(&mut inbox(&chain)).await;
                assert!(correction.rectifies.is_some() && !correction.fields.is_empty());
            }
            let done = restrict(police, signal, None).await.unwrap();
            // What was read is known there; what was not is named, so that it is corrected anew afterwards.
            assert_eq!(done.told.len(), 1);
            assert_eq!(done.ended.len(), usize::from(!read));
            let sent = police.sent(signal).await.unwrap();
            let states: Vec<_> = sent[0].rectifications.iter().map(|one| one.state).collect();
            let (ended, waits) = (v1::DeliveryState::Ended, v1::DeliveryState::Releasable);
            assert_eq!(states, [ended, waits]);
            let (notice, tombstones) = delivery(&mut inbox(&chain)).await;
            let about = notice.rectifies.as_ref().unwrap();
            assert_eq!(about.told.kind, RectificationKind::Restricted);
            assert_eq!((about.delivery, tombstones), (first.id, 2));
        });
    }
}
