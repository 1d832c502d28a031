//! Keys and certificates that change between a question and its tick: what leaves shows nothing of it, and what
//! would is not taken.

use super::bad::code;
use super::*;
use seinhuis_client::{KeyTerm, QuestionKeys};
use seinhuis_testkit::pki::{Purpose, SigningAlgorithm};

const INTAKE: &str = "intake";
const ASKED: &str = "huiselijk-geweld";

impl Stage {
    /// States newer keys of a desk, up to `end`.
    async fn states(&self, partner: &Partner, name: &str, end: Millis) {
        let epoch = partner.key_epoch().await.unwrap();
        let begun = Millis(self.clock.now().seconds() * Millis::SECOND);
        let term = KeyTerm {
            not_before: begun,
            not_after: end,
        };
        let stated = partner.create_desk_keys(&desk(name), epoch, term).await;
        stated.unwrap();
    }

    fn far(&self) -> Millis {
        Millis(self.clock.now().seconds() * Millis::SECOND).plus(90 * Millis::DAY)
    }

    /// The police, who sign under another certificate from now on.
    async fn certified_anew(&self) -> Partner {
        let sandbox = &self.chain.sandbox;
        let purpose = Purpose::Signing(SigningAlgorithm::Es256);
        let police = self.chain.oin("politie");
        let issued = sandbox.pki().issue(&purpose, police, SystemClock.now());
        let issued = issued.unwrap();
        let mut config = PartnerConfig::load(&sandbox.partner_config("politie")).unwrap();
        let old = config.signing.key.clone();
        config.signing.chain.set_extension("new");
        config.signing.key.set_extension("new-key");
        std::fs::write(&config.signing.chain, issued.chain_pem()).unwrap();
        // It stays its owner's only.
        std::fs::copy(&old, &config.signing.key).unwrap();
        std::fs::write(&config.signing.key, issued.key_pem()).unwrap();
        let clock = Arc::new(self.clock.clone());
        Partner::connect(&config, clock).await.unwrap()
    }
}

#[test]
fn keys_that_change_after_the_cover_do_not_tell_who_asked_that_somebody_decided() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        let mut covered = Vec::new();
        for reference in 1..=3 {
            stage.ask(reference, tick).await;
            let question = stage.asked().await;
            stage.police.cover(&question).await.unwrap();
            covered.push(question);
        }
        stage.go_to(stage.clock.now().plus(MINUTE)).await;
        stage.states(&stage.vt, INTAKE, stage.far()).await;
        stage.states(&stage.police, ASKED, stage.far()).await;
        let police = stage.police.acting_for(&[named()]).unwrap();
        // Of the third nobody decides.
        for (question, said) in covered.iter().zip([Said::Unknown, Said::KnownActive]) {
            police.answer(question, &said, &decider()).await.unwrap();
        }
        stage.go_to(tick).await;
        assert_eq!(stage.pass().await.left, 3);
        let sent = wire(&stage, 3).await;
        for other in &sent {
            assert_eq!(readable(other), readable(&sent[0]));
        }
        let mut inbox = stage.vt.receive(&desk(INTAKE), Vec::new());
        let mut said = Vec::new();
        for _ in 0..3 {
            said.push(delivery(&mut inbox).await.text("answer").map(str::to_owned));
        }
        said.sort_unstable();
        assert_eq!(
            said,
            ["known-active", "unknown", "unknown"].map(|code| Some(code.to_owned()))
        );
    });
}

#[test]
fn an_answer_for_other_keys_or_under_another_certificate_than_its_cover_is_not_taken() {
    run(async {
        let stage = Stage::start(100).await;
        stage.ask(1, stage.tick()).await;
        let question = stage.asked().await;
        stage.police.cover(&question).await.unwrap();
        stage.states(&stage.vt, INTAKE, stage.far()).await;
        stage.states(&stage.police, ASKED, stage.far()).await;
        let mut newer = question.clone();
        stage.police.renew(&mut newer).await.unwrap();
        let (old, new) = (&question.keys, &newer.keys);
        let others = [
            QuestionKeys {
                seal: new.seal.clone(),
                seal_digest: new.seal_digest,
                ..old.clone()
            },
            QuestionKeys {
                asker_pseudonym: new.asker_pseudonym.clone(),
                ..old.clone()
            },
            QuestionKeys {
                own_pseudonym: new.own_pseudonym.clone(),
                ..old.clone()
            },
        ];
        let police = stage.police.acting_for(&[named()]).unwrap();
        for keys in others {
            let other = ReceivedQuestion {
                keys,
                ..question.clone()
            };
            let refused = police.answer(&other, &Said::Unknown, &decider()).await;
            let refused = refused.unwrap_err();
            assert_eq!(code(&refused), "MESSAGE_INVALID");
            assert!(refused.to_string().contains("keys of its cover"));
        }
        // Nor for another key that was given the name of the cover's: it is not even made.
        let renamed = ReceivedQuestion {
            keys: QuestionKeys {
                seal_digest: new.seal_digest,
                ..old.clone()
            },
            ..question.clone()
        };
        let refused = police.answer(&renamed, &Said::Unknown, &decider()).await;
        assert!(matches!(refused, Err(ClientError::Invalid(_))));
        let signed = stage.certified_anew().await;
        let signed = signed.acting_for(&[named()]).unwrap();
        let refused = signed.answer(&question, &Said::Unknown, &decider()).await;
        let refused = refused.unwrap_err();
        assert_eq!(code(&refused), "MESSAGE_INVALID");
        assert!(refused.to_string().contains("certificate of its cover"));
        // Nothing of it stays: the first answer like the cover is taken.
        let taken = police.answer(&question, &Said::Unknown, &decider()).await;
        taken.unwrap();
    });
}

#[test]
fn a_cover_is_for_the_newest_keys_and_is_made_anew_when_they_are_so_no_more() {
    run(async {
        let stage = Stage::start(100).await;
        stage.ask(1, stage.tick()).await;
        let mut question = stage.asked().await;
        stage.states(&stage.vt, INTAKE, stage.far()).await;
        let stale = stage.police.cover(&question).await.unwrap_err();
        assert_eq!(code(&stale), "STALE_KEY_EPOCH");
        stage.police.renew(&mut question).await.unwrap();
        stage.police.cover(&question).await.unwrap();
        // As of one that the hub does not show any more.
        stage.ask(2, stage.tick()).await;
        let mut second = stage.asked().await;
        second.keys.seal = "seal-e1-aaaaaaaaaaaa".parse().unwrap();
        let stale = stage.police.cover(&second).await.unwrap_err();
        assert_eq!(code(&stale), "STALE_KEY_EPOCH");
    });
}

/// The key of a cover lapses before the tick, though the desk that asked had others when it asked.
#[test]
fn once_a_key_of_its_cover_lapses_nothing_takes_its_place_and_the_cover_leaves() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        stage.ask(1, tick).await;
        let end = Millis(stage.clock.now().seconds() * Millis::SECOND).plus(5 * MINUTE);
        stage.states(&stage.vt, INTAKE, end).await;
        let question = stage.asked().await;
        stage.police.cover(&question).await.unwrap();
        stage.states(&stage.vt, INTAKE, stage.far()).await;
        stage.go_to(end.minus(1)).await;
        let mut held = stage.local.gate.hold("answer");
        let police = stage.police.acting_for(&[named()]).unwrap();
        let (said, by) = (Said::KnownActive, decider());
        let late = async {
            held.reached().await;
            stage.clock.advance(1);
            held.go();
        };
        let (answered, ()) = tokio::join!(police.answer(&question, &said, &by), late);
        let closed = answered.unwrap_err();
        assert_eq!(code(&closed), "QUESTION_CLOSED");
        assert!(closed.to_string().contains("another way"), "{closed}");
        let again = police.answer(&question, &said, &by).await.unwrap_err();
        assert!(matches!(again, ClientError::Invalid(_)), "{again:?}");
        assert!(again.to_string().contains("another way"), "{again}");
        stage.go_to(tick).await;
        stage.pass().await;
        let mut inbox = stage.vt.receive(&desk(INTAKE), Vec::new());
        assert_eq!(delivery(&mut inbox).await.text("answer"), Some("unknown"));
    });
}

#[test]
fn a_question_is_not_asked_for_a_tick_after_the_end_of_ones_own_keys() {
    run(async {
        let stage = Stage::start(100).await;
        let (tick, to) = (stage.tick(), stage.to("vt-pol-ask"));
        let ask = || async {
            let one = question(1, &[story::ADULT]);
            stage.vt.ask(&desk(INTAKE), &one, &to, tick).await
        };
        let early = tick.minus(Millis::SECOND);
        stage.states(&stage.vt, INTAKE, early).await;
        let refused = ask().await.unwrap_err();
        assert_eq!(code(&refused), "QUESTION_TICK_INVALID");
        assert!(refused.to_string().contains("make new keys"), "{refused}");
        stage.states(&stage.vt, INTAKE, tick).await;
        assert!(ask().await.unwrap().outcome.permitted);
    });
}
