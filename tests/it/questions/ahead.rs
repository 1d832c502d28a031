//! Asking ahead of a question, its answer and a rectification: by the conditions that each has of its own.

use super::*;
use seinhuis_client::{Ahead, Doing, Persons};
use seinhuis_domain::signal::{IdKind, Restriction, SourceShield, WpgArticle};
use seinhuis_store::Store;
use seinhuis_types::ErrorCode;

/// What a header would say, and nobody.
fn ahead(doing: Doing, code: &str, fields: &[&str]) -> Ahead {
    let wpg = !matches!(code, "ASK" | "VT_VTO");
    Ahead {
        doing,
        signal_type: code.parse().unwrap(),
        purpose: "P-SAFETY".parse().unwrap(),
        region: "kennemerland".parse().unwrap(),
        regime: if wpg { Regime::Wpg } else { Regime::Avg },
        wpg_article: wpg.then_some(WpgArticle::Art8),
        second_approval: false,
        fields: fields.iter().map(|name| name.parse().unwrap()).collect(),
        people: Vec::new(),
        source_shield: SourceShield::None,
        onward_basis: None,
        restriction: Restriction::None,
        restricted_theme: false,
    }
}

fn asking() -> Ahead {
    let fields = ["question", "question_ref", "due"];
    Ahead {
        people: vec![("victim".parse().unwrap(), IdKind::Number)],
        ..ahead(Doing::Ask, "ASK", &fields)
    }
}

fn answering(machine: bool) -> Ahead {
    let fields = ["answer", "question_ref", "refusal_ground"];
    ahead(Doing::Answer { machine }, "ANSWER", &fields)
}

fn rectifying(received: bool) -> Ahead {
    Ahead {
        purpose: "P-PROTECT".parse().unwrap(),
        people: vec![("parent".parse().unwrap(), IdKind::Number)],
        ..ahead(
            Doing::Rectify { received },
            "VT_VTO",
            &["urgent", "parents_informed", "severity"],
        )
    }
}

/// The reasons; none when it would be permitted.
async fn told(by: &Partner, to: &To, what: &Ahead) -> Vec<String> {
    let decision = by.simulate(to, what).await.unwrap().decision.unwrap();
    assert_eq!(decision.permitted, decision.reasons.is_empty());
    let reasons = decision.reasons.into_iter();
    reasons.map(|reason| reason.code).collect()
}

#[test]
fn a_question_and_its_answer_are_told_ahead_by_the_conditions_of_their_own() {
    run(async {
        let stage = Stage::start(1).await;
        let ask = stage.to("vt-pol-ask");
        assert!(told(&stage.vt, &ask, &asking()).await.is_empty());
        let asked = stage.ask(1, stage.tick()).await;
        assert!(asked.outcome.permitted);
        let before = stage.local.gate.next_index();
        // The one question of the day was asked; tomorrow there is another.
        let spent = told(&stage.vt, &ask, &asking()).await;
        assert_eq!(spent, ["QUESTION_BUDGET_SPENT"]);

        let answer = To {
            agreement: stage.agreement.clone(),
            ..stage.chain.to("veilig-thuis", "pol-vt-answer")
        };
        assert!(
            told(&stage.police, &answer, &answering(false))
                .await
                .is_empty()
        );
        let machine = told(&stage.police, &answer, &answering(true)).await;
        assert_eq!(machine, ["PERSON_MUST_ANSWER"]);

        // What would not be decided is not told ahead either.
        let odd = [
            (
                &ask,
                Ahead {
                    doing: Doing::Send,
                    ..asking()
                },
            ),
            (
                &ask,
                Ahead {
                    doing: Doing::Answer { machine: false },
                    ..asking()
                },
            ),
            (
                &ask,
                Ahead {
                    doing: Doing::Rectify { received: true },
                    ..asking()
                },
            ),
            (
                &ask,
                Ahead {
                    doing: Doing::Ask,
                    ..rectifying(true)
                },
            ),
        ];
        for (to, what) in odd {
            let error = stage.vt.simulate(to, &what).await.unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::MessageInvalid), "{what:?}");
        }
        assert_eq!(stage.local.gate.next_index(), before, "no entry");

        let tomorrow = Millis((stage.clock.now().0 / Millis::DAY + 1) * Millis::DAY);
        stage.go_to(tomorrow.minus(1)).await;
        assert_eq!(
            told(&stage.vt, &ask, &asking()).await,
            ["QUESTION_BUDGET_SPENT"]
        );
        stage.go_to(tomorrow).await;
        assert!(told(&stage.vt, &ask, &asking()).await.is_empty());
    });
}

#[test]
fn a_rectification_is_told_ahead_also_after_the_agreement() {
    run(async {
        let stage = Stage::start(1).await;
        let to = To {
            agreement: stage.agreement.clone(),
            ..stage.chain.to("rvdk", "vt-rvdk-request")
        };
        let send = Ahead {
            doing: Doing::Send,
            ..rectifying(true)
        };
        assert!(told(&stage.vt, &to, &send).await.is_empty());
        assert!(told(&stage.vt, &to, &rectifying(true)).await.is_empty());
        assert_eq!(
            told(&stage.vt, &to, &rectifying(false)).await,
            ["NOT_RECEIVED"]
        );
        let persons = Persons::new("a-1", "b-2").unwrap();
        stage.vt.leave(&stage.agreement, &persons).await.unwrap();
        assert_eq!(told(&stage.vt, &to, &send).await, ["AGREEMENT_ENDED"]);
        assert!(told(&stage.vt, &to, &rectifying(true)).await.is_empty());
    });
}
