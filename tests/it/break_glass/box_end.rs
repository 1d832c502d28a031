//! The end of a time box between decision and commit.

use super::*;

#[test]
fn a_break_glass_decided_in_the_last_millisecond_of_its_box_is_not_sent_after_it() {
    run(async {
        let stage = Stage::start().await;
        let now = stage.clock.now();
        let glass = BreakGlass {
            until: now.plus(1),
            ..stage.glass()
        };
        let signal = signal(now).with_break_glass(glass);
        let mut commit = stage.local.gate.hold("publish");
        let late = async {
            commit.reached().await;
            stage.clock.advance(1);
            commit.go();
        };
        let sent = stage.try_send(&["worker-1"], stage.to(), signal);
        let (sent, ()) = tokio::join!(sent, late);
        // It was decided again, as of then.
        let sent = sent.unwrap();
        assert!(!sent.permitted);
        let reasons = sent.decision.reasons.iter();
        let reasons: Vec<_> = reasons.map(|reason| reason.code.as_str()).collect();
        assert_eq!(reasons, ["TIME_BOX_OVER"]);
        let seen = stage.local.gate.snapshot().unwrap();
        assert!(seen.deliveries(None, 9).unwrap().is_empty());
        assert!(stage.list("reclassering").await.is_empty());
        for name in ["reclassering", "politie"] {
            assert!(stage.events(name, "fg").is_empty(), "{name}");
        }
    });
}
