//! A review that does not come is told to both officers, at its due time and each working day.

use super::*;
use seinhuis_domain::break_glass::Finding;
use seinhuis_proto::v1::WarningKind;

async fn late(stage: &Stage, name: &str) -> (usize, Vec<u32>) {
    let events = stage.events(name, "fg");
    let told = events
        .iter()
        .filter(|e| e.kind == EventKind::BreakGlassOverdue);
    let partner = stage.partner(name, &[]).await;
    let warnings = partner.warnings().await.unwrap().into_iter();
    let mut counts: Vec<u32> = warnings
        .filter(|warning| warning.kind() == WarningKind::BreakGlassOverdue)
        .map(|warning| warning.days)
        .collect();
    counts.sort_unstable();
    (told.count(), counts)
}

#[test]
fn a_late_review_is_told_to_both_at_its_due_time_and_each_working_day_until_it_comes() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        let by = stage.list("reclassering").await[0].review_by;
        let pass = async || stage.local.hub.pass_reviews(1_000).await.unwrap();
        stage.go_to(by.minus(1)).await;
        assert_eq!(pass().await, 0, "one millisecond before");
        stage.go_to(by).await;
        assert_eq!(pass().await, 1);
        assert_eq!(pass().await, 0, "told once");
        for name in ["reclassering", "politie"] {
            assert_eq!(late(&stage, name).await, (1, vec![1]), "{name}");
        }
        assert_eq!(late(&stage, "veilig-thuis").await.1, Vec::<u32>::new());
        // The end of the next working day is at most five days on, with a weekend and a holiday in it.
        let mut days = 0;
        loop {
            days += 1;
            assert!(days <= 5);
            stage
                .go_to(by.plus(days * Millis::DAY + Millis::HOUR))
                .await;
            if pass().await == 1 {
                break;
            }
        }
        for name in ["reclassering", "politie"] {
            assert_eq!(late(&stage, name).await, (2, vec![1, 2]), "{name}");
        }
        // A review that comes late closes it all the same, and nothing is told after that.
        let officers = stage.partner("reclassering", &["fg-1", "fg-2"]).await;
        let (view, _) = officers
            .review_break_glass(id, Finding::Justified)
            .await
            .unwrap();
        assert_eq!(view.message.overdue_told, 2);
        stage.go_to(stage.clock.now().plus(9 * Millis::DAY)).await;
        assert_eq!(pass().await, 0);
    });
}

#[test]
fn a_review_that_comes_as_it_is_told_late_wins_and_nothing_is_told() {
    run(async {
        let stage = Stage::start().await;
        let id = stage.send().await;
        let by = stage.list("reclassering").await[0].review_by;
        stage.go_to(by).await;
        // The pass has read it open; the review comes first; the pass then sees it closed.
        let mut held = stage.local.gate.hold("tell_late_review");
        let hub = Arc::clone(&stage.local.hub);
        let pass = tokio::spawn(async move { hub.pass_reviews(1_000).await.unwrap() });
        held.reached().await;
        let officers = stage.partner("reclassering", &["fg-1", "fg-2"]).await;
        let reviewed = officers.review_break_glass(id, Finding::Justified).await;
        assert_eq!(reviewed.unwrap().0.message.overdue_told, 0);
        held.go();
        assert_eq!(pass.await.unwrap(), 0);
        assert_eq!(late(&stage, "politie").await, (0, vec![]));
    });
}
