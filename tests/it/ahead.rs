//! Asking ahead: what a simulation says is what sending then meets, it leaves nothing behind, and routes are
//! one's own.

use super::local::{Local, Settings};
use super::{call, run};
use seinhuis_client::{Ahead, ClientError, Doing, To};
use seinhuis_domain::signal::{IdKind, Regime, Restriction, SourceShield};
use seinhuis_store::Store;
use seinhuis_tests::{Chain, seinpaal};
use seinhuis_types::{ErrorCode, RefusalReason};
use serde_json::Value;
use std::process::Command;

const CARE: &str = "veilig-thuis";

/// A request to the child protection board, as it may go.
fn request() -> Ahead {
    let names = ["urgent", "parents_informed", "severity"];
    Ahead {
        doing: Doing::Send,
        signal_type: "VT_VTO".parse().unwrap(),
        purpose: "P-PROTECT".parse().unwrap(),
        region: "kennemerland".parse().unwrap(),
        regime: Regime::Avg,
        wpg_article: None,
        second_approval: false,
        fields: names.iter().map(|name| name.parse().unwrap()).collect(),
        people: vec![("parent".parse().unwrap(), IdKind::Number)],
        source_shield: SourceShield::None,
        onward_basis: None,
        restriction: Restriction::None,
        restricted_theme: false,
    }
}

/// The reasons that a simulation of `care` gives; none when it would be permitted.
async fn told(chain: &Chain, to: &To, what: &Ahead) -> Vec<String> {
    let said = chain.partner(CARE).simulate(to, what).await.unwrap();
    let decision = said.decision.unwrap();
    assert_eq!(decision.permitted, decision.reasons.is_empty());
    assert!(!said.text_nl.is_empty() && said.text_nl.len() == said.text_en.len());
    decision
        .reasons
        .into_iter()
        .map(|reason| reason.code)
        .collect()
}

fn only(reason: RefusalReason) -> Vec<String> {
    vec![reason.as_str().to_owned()]
}

#[test]
fn each_refusal_that_was_left_is_told_ahead_and_nothing_is_written() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let to = chain.to("rvdk", "vt-rvdk-request");
        let before = local.gate.next_index();
        assert!(told(&chain, &to, &request()).await.is_empty());

        let mut what = request();
        what.region = "twente".parse().unwrap();
        assert_eq!(
            told(&chain, &to, &what).await,
            only(RefusalReason::RegionNotCovered)
        );
        let mut what = request();
        what.restriction = Restriction::Restricted;
        assert_eq!(
            told(&chain, &to, &what).await,
            only(RefusalReason::ProcessingRestricted)
        );
        what.restriction = Restriction::RightsOfOthers;
        assert!(told(&chain, &to, &what).await.is_empty());
        let mut what = request();
        what.onward_basis = Some("POL-VT".parse().unwrap());
        assert_eq!(
            told(&chain, &to, &what).await,
            only(RefusalReason::OnwardNotCovered)
        );
        what.onward_basis = Some("VT-RVDK".parse().unwrap());
        assert!(told(&chain, &to, &what).await.is_empty());

        // A clause of others is as unknown as one that is nowhere.
        let others = chain.to("om", "pol-om-report");
        let nowhere = To {
            clause: "nowhere".parse().unwrap(),
            ..others.clone()
        };
        let unknown = told(&chain, &nowhere, &request()).await;
        assert_eq!(unknown, only(RefusalReason::AgreementNotValid));
        assert!(!told(&chain, &others, &request()).await.is_empty());
        assert_eq!(local.gate.next_index(), before, "no entry");
    });
}

#[test]
fn what_is_restricted_is_refused_when_it_is_sent_as_it_was_ahead() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let to = chain.to("rvdk", "vt-rvdk-request");
        let signal = call::begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
            .field("urgent", "yes")
            .field("parents_informed", "yes")
            .field("severity", "S3")
            .restricted(Restriction::Restricted)
            .subject(
                seinhuis_client::Subject::number(seinhuis_tests::story::ADULT, "parent", "18-plus")
                    .unwrap(),
            )
            .finish()
            .unwrap();
        let desk = "intake".parse().unwrap();
        let sent = chain
            .partner(CARE)
            .signal(&desk, &signal)
            .to(to.clone())
            .send()
            .await
            .unwrap();
        let refused = sent.into_iter().next().unwrap().permitted();
        let Err(ClientError::Refused(refusal)) = refused else {
            panic!("{refused:?}")
        };
        let codes: Vec<&str> = refusal
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect();
        assert_eq!(codes, ["PROCESSING_RESTRICTED"]);
    });
}

#[test]
fn an_organisation_simulates_so_often_in_an_hour_and_others_go_on() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let to = chain.to("rvdk", "vt-rvdk-request");
        let care = chain.partner(CARE);
        let mut refused = None;
        // An hour of the clock may turn meanwhile: then it takes as many again.
        for _ in 0..=1_200 {
            if let Err(error) = care.simulate(&to, &request()).await {
                refused = Some(error);
                break;
            }
        }
        assert_eq!(refused.unwrap().code(), Some(ErrorCode::OverBudget));
        let police = chain.partner("politie");
        assert!(police.simulate(&to, &request()).await.is_ok());
        assert!(!care.routes().await.unwrap().is_empty());
    });
}

#[test]
fn routes_are_ones_own() {
    run(async {
        let chain = Chain::start().await.unwrap();
        for name in [CARE, "politie"] {
            let routes = chain.partner(name).routes().await.unwrap();
            let held = chain
                .partner(name)
                .agreement(&chain.agreement)
                .await
                .unwrap();
            let own = held
                .content
                .clauses
                .iter()
                .filter(|one| one.from == chain.partner(name).oin());
            let own: std::collections::BTreeSet<String> =
                own.map(|one| one.id.to_string()).collect();
            let found = routes.iter().map(|route| route.clause_id.clone()).collect();
            assert_eq!(own, found);
            assert!(
                routes
                    .iter()
                    .all(|route| !route.types.is_empty() && route.until_ms > 0)
            );
        }
        let shown = Command::new(seinpaal().unwrap())
            .arg("--config")
            .arg(chain.sandbox.partner_config(CARE))
            .args(["--json", "routes", "--to", chain.oin("rvdk").as_str()])
            .env_remove("SEINPAAL_CONFIG")
            .output()
            .unwrap();
        assert!(shown.status.success());
        let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
        let routes = shown["routes"].as_array().unwrap();
        assert!(!routes.is_empty());
        assert!(
            routes
                .iter()
                .all(|route| route["recipient_oin"] == chain.oin("rvdk").as_str())
        );
    });
}
