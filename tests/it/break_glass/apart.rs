//! Who reviews sits apart from who sends: at another desk, in no other envelope of the same call, and
//! known by a mark of the key that the hub has.

use super::super::messages::signals;
use super::super::persons::{assertion, hash};
use super::*;
use seinhuis_domain::break_glass::Finding;
use seinhuis_tests::signer;
use std::fs;

#[test]
fn it_is_not_sent_from_the_desk_where_its_officer_sits() {
    run(async {
        let own = |text: &str| {
            vital(text).replace("officer_from = \"fg\"", "officer_from = \"toezicht\"")
        };
        let stage = Stage::start_as(own).await;
        let signal = signal(stage.clock.now()).with_break_glass(stage.glass());
        let told = stage.try_send(&["worker-1"], stage.to(), signal).await;
        assert_eq!(code(told), ErrorCode::BreakGlassInvalid);
        assert!(stage.list("reclassering").await.is_empty());
    });
}

#[test]
fn who_decided_in_one_envelope_of_a_call_reviews_no_other_of_it() {
    run(async {
        let stage = Stage::start().await;
        let now = stage.clock.now();
        let partner = stage.partner("reclassering", &["worker-1"]).await;
        let from = desk(FROM);
        // The second is under a clause that is for no break-glass: refused, and decided on all the same.
        let other = To {
            oin: stage.chain.oin("om"),
            desk: desk("executie"),
            agreement: stage.agreement.clone(),
            clause: ClauseId::parse("rec-om-supervision").unwrap(),
        };
        let mut messages = Vec::new();
        for (to, decided) in [(stage.to(), "lead-2"), (other, "lead-9")] {
            let signal = signal_by(now, "worker-1", decided).with_break_glass(stage.glass());
            let sending = partner.signal(&from, &signal).to(to);
            messages.push(sending.prepare().await.unwrap().message().clone());
        }
        let [mut message, second] = messages.try_into().unwrap();
        message.envelopes.extend(second.envelopes);
        message.person_assertion.clear();
        let signer = signer(&stage.chain.sandbox, "reclassering").unwrap();
        let method = "/seinhuis.v1.SignalService/Publish";
        let asserted = assertion(&signer, &person("worker-1"), method, hash(&message), now);
        message.person_assertion.push(asserted);
        let mut client = signals(&stage.chain, "reclassering").await;
        client.publish(message).await.unwrap();
        let [glass] = stage.list("reclassering").await.try_into().unwrap();
        for acted in ["worker-1", "lead-2", "lead-9"] {
            let officers = stage.partner("reclassering", &["fg-1", acted]).await;
            let told = officers.review_break_glass(glass.delivery, Finding::Justified);
            assert_eq!(
                code(told.await),
                ErrorCode::ReviewerNotIndependent,
                "{acted}"
            );
        }
        let officers = stage.partner("reclassering", &["fg-1", "fg-2"]).await;
        let closed = officers.review_break_glass(glass.delivery, Finding::Justified);
        closed.await.unwrap();
    });
}

/// Who acted is known to the hub by a mark under its cursor key alone. With another key nobody can be told
/// apart from them, so nobody closes it.
#[test]
fn a_review_waits_for_the_key_that_its_marks_are_made_with() {
    run(async {
        let mut chain = Chain::start_with(officers_at).await.unwrap();
        let agreement = chain.agree(|text| vital(&text)).await.unwrap();
        let to = To {
            oin: chain.oin("politie"),
            desk: desk(TO),
            agreement,
            clause: ClauseId::parse("rec-pol-vital").unwrap(),
        };
        let now = SystemClock.now();
        let signal = signal(now).with_break_glass(glass_at(now));
        let acting = |persons: &[&str], chain: &Chain| {
            let persons: Vec<_> = persons.iter().map(|name| person(name)).collect();
            chain.partner("reclassering").acting_for(&persons).unwrap()
        };
        let worker = acting(&["worker-1"], &chain);
        let from = desk(FROM);
        let mut sent = worker.signal(&from, &signal).to(to).send().await.unwrap();
        let sent = sent.remove(0).permitted().unwrap();
        let id = sent.delivery.unwrap();

        let file = chain.sandbox.root().join("hub/keys/cursor.key");
        let first = fs::read_to_string(&file).unwrap();
        let key = first.split_whitespace().last().unwrap();
        let flipped: String = key.chars().rev().collect();
        assert_ne!(key, flipped);
        chain.hub = None;
        fs::write(&file, first.replace(key, &flipped)).unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        // Neither who acted nor anybody else, for they look alike.
        for persons in [["worker-1", "fg-1"], ["fg-1", "fg-2"]] {
            let officers = acting(&persons, &chain);
            let told = officers.review_break_glass(id, Finding::Justified).await;
            assert_eq!(code(told), ErrorCode::ReviewKeyReplaced, "{persons:?}");
        }
        // The recipient's officer says what it makes of it all the same.
        let other = chain
            .partner("politie")
            .acting_for(&[person("fg-8")])
            .unwrap();
        other
            .review_break_glass(id, Finding::Justified)
            .await
            .unwrap();

        chain.hub = None;
        fs::write(&file, &first).unwrap();
        chain.hub = Some(chain.sandbox.start_hub().unwrap());
        let acted = acting(&["worker-1", "fg-1"], &chain);
        let told = acted.review_break_glass(id, Finding::Justified).await;
        assert_eq!(code(told), ErrorCode::ReviewerNotIndependent);
        let officers = acting(&["fg-1", "fg-2"], &chain);
        let (closed, _) = officers
            .review_break_glass(id, Finding::Justified)
            .await
            .unwrap();
        assert_eq!(closed.finding, Some(Finding::Justified));
    });
}
