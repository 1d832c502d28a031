//! Who can review one, and what follows.

use super::*;
use seinhuis_domain::break_glass::{Finding, Side};
use seinhuis_store::records::DeliveryState;

async fn review(
    stage: &Stage,
    name: &str,
    persons: &[&str],
    id: DeliveryId,
    finding: Finding,
) -> Result<BreakGlassView, ClientError> {
    let partner = stage.partner(name, persons).await;
    let (view, _) = partner.review_break_glass(id, finding).await?;
    Ok(view)
}

#[test]
fn two_persons_of_its_source_who_did_not_act_in_it_close_it_once() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        let found = Finding::Justified;
        let two = ["fg-1", "fg-2"];
        let wrong: [(&str, &[&str], DeliveryId, ErrorCode); 7] = [
            ("reclassering", &[], id, ErrorCode::PersonAssertionInvalid),
            ("reclassering", &["fg-1"], id, ErrorCode::SecondPersonNeeded),
            (
                "reclassering",
                &["fg-1", "worker-1"],
                id,
                ErrorCode::ReviewerNotIndependent,
            ),
            (
                "reclassering",
                &["WORKER-1", "fg-1"],
                id,
                ErrorCode::ReviewerNotIndependent,
            ),
            (
                "reclassering",
                &["fg-1", "lead-2"],
                id,
                ErrorCode::ReviewerNotIndependent,
            ),
            ("veilig-thuis", &two, id, ErrorCode::BreakGlassNotFound),
            (
                "reclassering",
                &two,
                DeliveryId([9; 16]),
                ErrorCode::BreakGlassNotFound,
            ),
        ];
        for (name, persons, id, expected) in wrong {
            let told = review(&stage, name, persons, id, found).await;
            assert_eq!(code(told), expected, "{name} {persons:?}");
        }
        assert_eq!(stage.list("reclassering").await[0].finding, None);

        // The recipient's view closes nothing.
        let viewed = review(&stage, "politie", &["fg-1"], id, Finding::OtherClause).await;
        let viewed = viewed.unwrap();
        assert_eq!((viewed.side, viewed.finding), (Side::Recipient, None));
        let again = review(&stage, "politie", &["fg-3"], id, found).await;
        assert_eq!(code(again), ErrorCode::BreakGlassReviewed);

        let closed = review(&stage, "reclassering", &two, id, found)
            .await
            .unwrap();
        assert_eq!(closed.finding, Some(found));
        assert_eq!(closed.view, Some(Finding::OtherClause));
        let again = review(&stage, "reclassering", &["fg-3", "fg-4"], id, found).await;
        assert_eq!(code(again), ErrorCode::BreakGlassReviewed);
        let own = stage.partner("reclassering", &[]).await;
        assert!(
            own.break_glasses(true).await.unwrap().is_empty(),
            "none is open"
        );

        for name in ["reclassering", "politie"] {
            let kinds: Vec<_> = stage.events(name, "fg").iter().map(|e| e.kind).collect();
            let reviewed = EventKind::BreakGlassReviewed;
            assert_eq!(
                kinds,
                [EventKind::BreakGlassUsed, reviewed, reviewed],
                "{name}"
            );
        }
        // Who acted in it is not kept once it is closed.
        let row = stage
            .local
            .gate
            .snapshot()
            .unwrap()
            .break_glass(id)
            .unwrap();
        assert!(row.value.unwrap().acted.is_empty());
    });
}

#[test]
fn the_staff_of_a_review_stand_with_their_own_organisation_alone() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        let found = Finding::Justified;
        review(&stage, "politie", &["fg-8"], id, found)
            .await
            .unwrap();
        let two = ["fg-1", "fg-2"];
        review(&stage, "reclassering", &two, id, found)
            .await
            .unwrap();
        for (name, other) in [("reclassering", "fg-8"), ("politie", "fg-1")] {
            let mut seen = 0;
            let officer = stage.partner(name, &["fg-5"]).await;
            for event in stage.events(name, "fg") {
                let entry = officer.entry(event.index).await.unwrap();
                let staff: Vec<String> = entry
                    .provider()
                    .map(|part| part.staff)
                    .into_iter()
                    .chain(entry.recipient().map(|part| part.staff))
                    .flatten()
                    .map(|staff| staff.person)
                    .collect();
                assert!(
                    !staff.iter().any(|person| person == other),
                    "{name}: {staff:?}"
                );
                // The entry of its sending is not its recipient's to read before it has left.
                let act = entry.shared().map(|shared| shared.act());
                match (name, act) {
                    ("reclassering", Some(v1::Act::BreakGlassReview)) => assert_eq!(staff, two),
                    ("politie", Some(v1::Act::BreakGlassView)) => assert_eq!(staff, ["fg-8"]),
                    _ => continue,
                }
                seen += 1;
            }
            assert_eq!(seen, 1, "{name}");
        }
    });
}

#[test]
fn what_was_not_justified_leaves_no_more_and_is_to_be_destroyed_and_withdrawn() {
    run(async {
        let stage = Stage::start().await;
        let two = ["fg-1", "fg-2"];
        let wrong = Finding::NotJustified;
        // One that waits still, and one that was received.
        let waiting = stage.send().await;
        review(&stage, "reclassering", &two, waiting, wrong)
            .await
            .unwrap();
        let received = stage.send().await;
        assert_eq!(stage.receive().await.id, received);
        review(&stage, "reclassering", &two, received, wrong)
            .await
            .unwrap();
        let seen = stage.local.gate.snapshot().unwrap();
        for id in [received, waiting] {
            assert!(seen.payload(id).unwrap().value.is_none());
            let delivery = seen.delivery(id).unwrap().value.unwrap();
            assert_eq!(delivery.body.state(), DeliveryState::Ended);
        }
        // Only of what was received there is something to destroy and to withdraw.
        let told = |events: Vec<Told>, kind| events.iter().filter(|e| e.kind == kind).count();
        let desk_events = stage.events("politie", TO);
        assert_eq!(told(desk_events, EventKind::BreakGlassDestroy), 1);
        let own_events = stage.events("reclassering", FROM);
        assert_eq!(told(own_events, EventKind::BreakGlassWithdraw), 1);
    });
}
