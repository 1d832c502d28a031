//! What is no break-glass: each fault with its own code or reason, at its edges, and nothing done.

use super::super::messages::signals;
use super::*;
use seinhuis_tests::reason;

/// The reasons of a refused one.
async fn refused(stage: &Stage, to: To, glass: Option<BreakGlass>) -> Vec<String> {
    let signal = signal(stage.clock.now());
    let signal = match glass {
        Some(glass) => signal.with_break_glass(glass),
        None => signal,
    };
    let report = stage.try_send(&["worker-1"], to, signal).await.unwrap();
    assert!(!report.permitted);
    let reasons = report.decision.reasons.iter();
    reasons.map(|reason| reason.code.clone()).collect()
}

#[test]
fn what_the_law_refuses_has_its_own_reason_and_opens_no_review() {
    run(async {
        let stage = Stage::start().await;
        let now = stage.clock.now();
        let glass = stage.glass();
        let call = |at: Millis| BreakGlass {
            call: Some(Call {
                function: "duty-officer".parse().unwrap(),
                at,
            }),
            ..glass.clone()
        };
        let hour = Millis::HOUR;
        let cases = [
            (
                BreakGlass {
                    call: None,
                    ..glass.clone()
                },
                "PRIOR_CALL_MISSING",
            ),
            (call(now.minus(hour + 1)), "PRIOR_CALL_NOT_RECENT"),
            (call(now.plus(5 * 60_000 + 1)), "PRIOR_CALL_NOT_RECENT"),
            (
                BreakGlass {
                    until: now.plus(4 * hour + 1),
                    ..glass.clone()
                },
                "TIME_BOX_TOO_LONG",
            ),
            (
                BreakGlass {
                    until: now,
                    ..glass.clone()
                },
                "TIME_BOX_OVER",
            ),
        ];
        for (glass, expected) in cases {
            assert_eq!(refused(&stage, stage.to(), Some(glass)).await, [expected]);
        }
        // The clause is for nothing else, and no other clause is for this.
        assert_eq!(
            refused(&stage, stage.to(), None).await,
            ["BREAK_GLASS_NOT_AGREED"]
        );
        let ordinary = To {
            oin: stage.chain.oin("om"),
            desk: desk("executie"),
            agreement: stage.agreement.clone(),
            clause: ClauseId::parse("rec-om-supervision").unwrap(),
        };
        let reasons = refused(&stage, ordinary, Some(glass)).await;
        assert!(
            reasons.contains(&"BREAK_GLASS_NOT_AGREED".to_owned()),
            "{reasons:?}"
        );
        assert!(stage.list("reclassering").await.is_empty());
        assert!(stage.events("reclassering", "fg").is_empty());
        assert!(stage.events("politie", "fg").is_empty());
    });
}

#[test]
fn the_last_moment_of_call_and_box_still_counts() {
    run(async {
        let stage = Stage::start().await;
        let now = stage.clock.now();
        for (called, until) in [
            (now.minus(Millis::HOUR), now.plus(4 * Millis::HOUR)),
            (now.plus(5 * 60_000), now.plus(1)),
        ] {
            let glass = BreakGlass {
                call: Some(Call {
                    function: "desk-lead".parse().unwrap(),
                    at: called,
                }),
                until,
                ..stage.glass()
            };
            let signal = signal(now).with_break_glass(glass);
            let sent = stage.try_send(&["worker-1"], stage.to(), signal).await;
            assert!(sent.unwrap().permitted);
        }
    });
}

#[test]
fn what_breaks_its_form_is_an_error_with_its_own_code_and_leaves_nothing() {
    run(async {
        let stage = Stage::start().await;
        let now = stage.clock.now();
        // The SDK refuses these itself: sent past it, the hub does.
        let good = || signal(now).with_break_glass(stage.glass());
        let partner = stage.partner("reclassering", &["worker-1"]).await;
        let from = desk(FROM);
        let unsaid = BreakGlass {
            reason: None,
            ..stage.glass()
        };
        let unsaid = signal(now).with_break_glass(unsaid);
        let unsaid = partner
            .signal(&from, &unsaid)
            .to(stage.to())
            .prepare()
            .await;
        assert!(unsaid.is_err_and(|error| error.to_string().contains("no reason")));

        let nobody = stage.try_send(&[], stage.to(), good()).await;
        assert_eq!(code(nobody), ErrorCode::PersonAssertionInvalid);
        let another = stage.try_send(&["worker-9"], stage.to(), good()).await;
        assert_eq!(code(another), ErrorCode::BreakGlassInvalid);
        // One who decided under a name that no assertion can have could not be told from a reviewer.
        let unnamed = signal_by(now, "worker-1", "lead 2").with_break_glass(stage.glass());
        let unnamed = stage.try_send(&["worker-1"], stage.to(), unnamed).await;
        assert_eq!(code(unnamed), ErrorCode::BreakGlassInvalid);

        // An assertion serves once, and only for a break-glass.
        let prepared = good();
        let sending = partner.signal(&from, &prepared).to(stage.to());
        let message = sending.prepare().await.unwrap().message().clone();
        let mut client = signals(&stage.chain, "reclassering").await;
        let mut other = message.clone();
        other.idempotency_key = vec![7; 16];
        let told = client.publish(other).await.unwrap_err();
        assert_eq!(
            reason(&told),
            "PERSON_ASSERTION_INVALID",
            "over other bytes"
        );
        client.publish(message.clone()).await.unwrap();
        let again = client.publish(message.clone()).await.unwrap().into_inner();
        assert_eq!(again.outcomes.len(), 1, "the same bytes happen once");
        let ordinary = signal(now);
        let sending = partner.signal(&from, &ordinary).to(stage.to());
        let mut ordinary = sending.prepare().await.unwrap().message().clone();
        assert!(ordinary.person_assertion.is_empty());
        ordinary.person_assertion = message.person_assertion;
        let told = client.publish(ordinary).await.unwrap_err();
        assert_eq!(reason(&told), "MESSAGE_INVALID");
        assert_eq!(stage.list("reclassering").await.len(), 1);
    });
}

#[test]
fn nothing_of_it_leaves_after_its_time_box() {
    run(async {
        let stage = Stage::start().await;
        let until = stage.glass().until;
        let first = stage.send().await;
        // Not only is it not permitted then: what is kept of it ends.
        let seen = stage.local.gate.snapshot().unwrap();
        let kept = seen.delivery(first).unwrap().value.unwrap();
        assert_eq!(kept.body.payload_until_ms, until.0);
        stage.go_to(until.minus(1)).await;
        assert_eq!(stage.receive().await.id, first, "its last millisecond");
        stage.go_to(until).await;
        let mut inbox = stage.inbox("politie", TO).await;
        loop {
            match inbox.next().await.unwrap() {
                Item::Delivery(_) => panic!("it left after its time box"),
                Item::Tombstone(_) => break,
                _ => {}
            }
        }
        let seen = stage.local.gate.snapshot().unwrap();
        assert!(
            seen.payload(first).unwrap().value.is_none(),
            "its payload is gone"
        );
    });
}
