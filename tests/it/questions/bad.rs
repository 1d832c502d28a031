//! What is not asked or answered so: each with its own code, and nothing done.

use super::super::due::acknowledge_as;
use super::super::messages::signals;
use super::*;
use seinhuis_domain::signal::ConsentCited;
use seinhuis_proto::v1::question_service_client::QuestionServiceClient;
use seinhuis_tests::reason;
use seinhuis_types::{ConsentHandle, Revision};

pub(super) fn code(error: &ClientError) -> &'static str {
    error.code().unwrap_or_else(|| panic!("{error}")).as_str()
}

#[test]
fn a_question_is_to_one_desk_about_one_person_under_a_clause_for_questions() {
    run(async {
        let stage = Stage::start(2).await;
        let (intake, tick) = (desk("intake"), stage.tick());
        let ask = |clause: &'static str, people: &'static [&'static str]| {
            let stage = &stage;
            let intake = &intake;
            async move {
                let to = stage.to(clause);
                stage.vt.ask(intake, &question(1, people), &to, tick).await
            }
        };
        let told = |asked: Result<AskedReport, ClientError>| -> Vec<String> {
            let outcome = asked.unwrap().outcome;
            assert!(!outcome.permitted);
            outcome.reasons.iter().map(|r| r.code.clone()).collect()
        };
        // About two people, and under a clause for sending.
        let two = ask("vt-pol-ask", &[story::ADULT, story::SUSPECT]).await;
        assert_eq!(told(two), ["TOO_MANY_SUBJECTS"]);
        let pushed = told(ask("vt-pol-feedback", &[story::ADULT]).await);
        assert_eq!(pushed[0], "MODE_NOT_COVERED");
        let nobody = ask("vt-pol-ask", &[]).await.unwrap_err();
        assert_eq!(code(&nobody), "MESSAGE_INVALID");
        // Ticks: a whole minute, not too near, not too far.
        let week = tick_at(stage.clock.now().plus(7 * Millis::DAY + MINUTE));
        let near = tick_at(stage.clock.now().plus(13 * MINUTE));
        for bad in [tick.plus(1), near, week] {
            let to = stage.to("vt-pol-ask");
            let one = question(1, &[story::ADULT]);
            let asked = stage.vt.ask(&intake, &one, &to, bad).await;
            assert_eq!(code(&asked.unwrap_err()), "QUESTION_TICK_INVALID");
        }
        // What was refused cost nothing: two may be asked today, and the third is one too many.
        for reference in [1, 2] {
            stage.ask(reference, tick).await;
        }
        let third = told(ask("vt-pol-ask", &[story::ADULT]).await);
        assert_eq!(third, ["QUESTION_BUDGET_SPENT"]);
        // A question is no signal, and a signal no question.
        let to = stage.to("vt-pol-ask");
        let (one, plain) = (question(1, &[story::ADULT]), story::inc_home());
        let sent = stage.vt.signal(&intake, &one).to(to.clone()).send().await;
        assert_eq!(code(&sent.unwrap_err()), "MESSAGE_INVALID");
        let [adult, ..] = story::household().unwrap();
        let plain = plain.subject(adult).finish().unwrap();
        let asked = stage.vt.ask(&intake, &plain, &to, tick).await;
        assert_eq!(code(&asked.unwrap_err()), "MESSAGE_INVALID");
    });
}

/// A question is asked on a task: consent has no place in it, and no handle is spent on one.
#[test]
fn a_question_rests_on_no_consent() {
    run(async {
        let stage = Stage::start(100).await;
        let port = stage.chain.sandbox.hub_port();
        let channel = Raw::connect(&stage.chain.sandbox, "veilig-thuis", port).await;
        let mut client = QuestionServiceClient::new(channel.unwrap());
        let (one, intake) = (question(1, &[story::ADULT]), desk("intake"));
        let cited = ConsentCited {
            handle: ConsentHandle([7; 16]),
            revision: Revision(1),
        };
        let sending = stage.vt.signal(&intake, &one).to(stage.to("vt-pol-ask"));
        let prepared = sending.citing(cited).prepare().await.unwrap();
        let request = v1::AskRequest {
            idempotency_key: rand::random::<[u8; 16]>().to_vec(),
            envelope: vec![prepared.message().envelopes[0].clone()],
            answer_by_ms: stage.tick().0,
            ..v1::AskRequest::default()
        };
        let refused = client.ask(request).await.unwrap_err();
        assert_eq!(reason(&refused), "MESSAGE_INVALID");
        assert!(refused.message().contains("consent"), "{refused:?}");
    });
}

#[test]
fn two_desks_are_two_questions() {
    run(async {
        let stage = Stage::start(100).await;
        let port = stage.chain.sandbox.hub_port();
        let channel = Raw::connect(&stage.chain.sandbox, "veilig-thuis", port).await;
        let mut client = QuestionServiceClient::new(channel.unwrap());
        let one = question(1, &[story::ADULT]);
        let intake = desk("intake");
        let sending = stage.vt.signal(&intake, &one).to(stage.to("vt-pol-ask"));
        let envelope = sending.prepare().await.unwrap().message().envelopes[0].clone();
        for envelopes in [vec![], vec![envelope.clone(), envelope]] {
            let request = v1::AskRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                envelope: envelopes,
                answer_by_ms: stage.tick().0,
                wait: 0,
            };
            let status = client.ask(request).await.unwrap_err();
            assert_eq!(reason(&status), "QUESTION_TO_ONE_DESK");
        }
    });
}

/// What Veilig Thuis hears that answers a question to the police.
async fn not_asked_of_veilig_thuis(stage: &Stage, asked: &ReceivedQuestion) -> String {
    let port = stage.chain.sandbox.hub_port();
    let channel = Raw::connect(&stage.chain.sandbox, "veilig-thuis", port).await;
    let (one, intake) = (question(1, &[story::ADULT]), desk("intake"));
    let sending = stage.vt.signal(&intake, &one).to(stage.to("vt-pol-ask"));
    let request = v1::AnswerRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        delivery_id: asked.id.0.to_vec(),
        envelope: sending
            .prepare()
            .await
            .unwrap()
            .message()
            .envelopes
            .first()
            .cloned(),
        ..v1::AnswerRequest::default()
    };
    let mut client = QuestionServiceClient::new(channel.unwrap());
    reason(&client.answer(request).await.unwrap_err())
}

#[test]
fn an_answer_is_to_ones_own_question_once_and_before_its_tick() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        for reference in 1..=4 {
            stage.ask(reference, tick).await;
        }
        let police = stage.police.acting_for(&[named()]).unwrap();
        let answered = stage.asked().await;
        // The cover first, and once; a question is not acknowledged otherwise.
        let early = police.answer(&answered, &Said::Unknown, &decider()).await;
        assert_eq!(code(&early.unwrap_err()), "MESSAGE_INVALID");
        let mut client = signals(&stage.chain, "politie").await;
        let told = acknowledge_as(&mut client, answered.id, v1::AckState::Delivered).await;
        assert_eq!(told.unwrap_err(), "MESSAGE_INVALID");
        stage.police.cover(&answered).await.unwrap();
        let again = stage.police.cover(&answered).await.unwrap_err();
        assert_eq!(code(&again), "QUESTION_ANSWERED");
        police
            .answer(&answered, &Said::KnownActive, &decider())
            .await
            .unwrap();
        let second = police.answer(&answered, &Said::Unknown, &decider()).await;
        assert_eq!(code(&second.unwrap_err()), "QUESTION_ANSWERED");
        // Nobody answers another's question, nor one that never was.
        let unknown = ReceivedQuestion {
            id: seinhuis_types::DeliveryId([7; 16]),
            ..answered.clone()
        };
        let none = police.answer(&unknown, &Said::Unknown, &decider()).await;
        assert_eq!(code(&none.unwrap_err()), "QUESTION_NOT_FOUND");
        let mine = not_asked_of_veilig_thuis(&stage, &answered).await;
        assert_eq!(mine, "QUESTION_NOT_FOUND");

        // A millisecond before the tick, at it, and after it.
        let on_time = stage.asked().await;
        stage.police.cover(&on_time).await.unwrap();
        let late = stage.asked().await;
        stage.police.cover(&late).await.unwrap();
        let later = stage.asked().await;
        stage.police.cover(&later).await.unwrap();
        stage.go_to(tick.minus(1)).await;
        police
            .answer(&on_time, &Said::KnownActive, &decider())
            .await
            .unwrap();
        stage.go_to(tick).await;
        let at = police.answer(&late, &Said::KnownActive, &decider()).await;
        assert_eq!(code(&at.unwrap_err()), "QUESTION_CLOSED");
        stage.pass().await;
        stage.go_to(tick.plus(1)).await;
        let after = police.answer(&later, &Said::KnownActive, &decider()).await;
        assert_eq!(code(&after.unwrap_err()), "QUESTION_CLOSED");
    });
}

#[test]
fn an_answer_that_is_decided_before_the_tick_and_commits_at_it_is_closed() {
    run(async {
        let stage = Stage::start(100).await;
        let tick = stage.tick();
        stage.ask(1, tick).await;
        let question = stage.asked().await;
        stage.police.cover(&question).await.unwrap();
        stage.go_to(tick.minus(1)).await;
        let mut held = stage.local.gate.hold("answer");
        let police = stage.police.acting_for(&[named()]).unwrap();
        let answering = tokio::spawn(async move {
            let said = Said::KnownActive;
            police
                .answer(&question, &said, &decider())
                .await
                .map(|_| ())
        });
        held.reached().await;
        stage.clock.advance(1);
        held.go();
        let answered = answering.await.unwrap();
        assert_eq!(code(&answered.unwrap_err()), "QUESTION_CLOSED");
        // What leaves is the cover.
        stage.pass().await;
        let mut inbox = stage.vt.receive(&desk("intake"), Vec::new());
        assert_eq!(delivery(&mut inbox).await.text("answer"), Some("unknown"));
    });
}
