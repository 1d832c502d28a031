//! Asking ahead: what a simulation says is what sending then meets, it leaves nothing behind, and routes are
//! one's own.

use super::local::{Local, Settings};
use super::{call, run};
use seinhuis_client::{Ahead, ClientError, Doing, Signal, Subject, To};
use seinhuis_domain::signal::{IdKind, Regime, Restriction, SourceShield, WpgArticle};
use seinhuis_proto::v1;
use seinhuis_proto::v1::decision_service_client::DecisionServiceClient;
use seinhuis_store::Store;
use seinhuis_tests::{Chain, Raw, reason, seinpaal, story};
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
    told_to(chain, CARE, to, what).await
}

/// The same of another organisation's.
async fn told_to(chain: &Chain, by: &str, to: &To, what: &Ahead) -> Vec<String> {
    let said = chain.partner(by).simulate(to, what).await.unwrap();
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
            .subject(Subject::number(story::ADULT, "parent", "18-plus").unwrap())
            .finish()
            .unwrap();
        let codes = refused(&chain, CARE, "intake", &to, &signal).await;
        assert_eq!(codes, ["PROCESSING_RESTRICTED"]);
    });
}

/// The reasons for which a signal that is sent is refused.
async fn refused(chain: &Chain, by: &str, desk: &str, to: &To, signal: &Signal) -> Vec<String> {
    let desk = desk.parse().unwrap();
    let sending = chain.partner(by).signal(&desk, signal).to(to.clone());
    let sent = sending.send().await.unwrap();
    let refused = sent.into_iter().next().unwrap().permitted();
    let Err(ClientError::Refused(refusal)) = refused else {
        panic!("{refused:?}")
    };
    let reasons = refusal.reasons.into_iter();
    reasons.map(|reason| reason.code).collect()
}

#[test]
fn a_signal_whose_existence_is_hidden_does_not_go_to_who_tells_the_subject() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let to = chain.to("veilig-thuis", "pol-vt-report");
        let names = ["form", "nature", "children_present", "severity"];
        let mut what = Ahead {
            signal_type: "INC_HOME".parse().unwrap(),
            purpose: "P-REPORT".parse().unwrap(),
            regime: Regime::Wpg,
            wpg_article: Some(WpgArticle::Art8),
            fields: names.iter().map(|name| name.parse().unwrap()).collect(),
            people: vec![("victim".parse().unwrap(), IdKind::Number)],
            ..request()
        };
        // To hide where it comes from is another matter.
        what.source_shield = SourceShield::Origin;
        assert!(told_to(&chain, "politie", &to, &what).await.is_empty());
        what.source_shield = SourceShield::Existence;
        let ahead = told_to(&chain, "politie", &to, &what).await;
        assert_eq!(ahead, only(RefusalReason::SourceShieldNotKept));

        let signal = story::inc_home()
            .shielded(SourceShield::Existence, false)
            .subject(Subject::number(story::ADULT, "victim", "18-plus").unwrap())
            .finish()
            .unwrap();
        let sent = refused(&chain, "politie", "huiselijk-geweld", &to, &signal).await;
        assert_eq!(sent, ahead);
    });
}

#[test]
fn what_the_catalogue_does_not_have_is_told_ahead_as_when_it_is_sent() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let to = chain.to("rvdk", "vt-rvdk-request");
        // Of a police report, and no field of this type.
        let mut what = request();
        what.fields.push("weapon".parse().unwrap());
        let error = chain.partner(CARE).simulate(&to, &what).await.unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::MessageInvalid));
        assert!(error.to_string().contains("weapon"), "{error}");

        let request = |necessity: &str| v1::SimulateRequest {
            recipient_oin: to.oin.to_string(),
            recipient_desk: to.desk.to_string(),
            agreement_hash: to.agreement.to_string(),
            clause_id: to.clause.to_string(),
            header: Some(v1::HeaderLeaf {
                r#type: "VT_VTO".to_owned(),
                type_version: 1,
                purpose: "P-PROTECT".to_owned(),
                necessity: necessity.to_owned(),
                regime: v1::Regime::Avg.into(),
                region: "kennemerland".to_owned(),
                fields: ["parents_informed", "severity", "urgent"]
                    .map(ToOwned::to_owned)
                    .into(),
                subjects: vec![v1::SubjectHead {
                    role: "parent".to_owned(),
                    age_band: "unknown".to_owned(),
                    kind: v1::IdKind::Number.into(),
                    identity_sealed: false,
                }],
                urgency: "U4".to_owned(),
                retention: "R0".to_owned(),
                source_shield: v1::SourceShield::None.into(),
                subject_informed: "unknown".to_owned(),
                origin: v1::Origin::Own.into(),
                restriction: v1::Restriction::Unspecified.into(),
                ..v1::HeaderLeaf::default()
            }),
            ..v1::SimulateRequest::default()
        };
        let port = chain.sandbox.hub_port();
        let raw = Raw::connect(&chain.sandbox, CARE, port).await.unwrap();
        let mut care = DecisionServiceClient::new(raw);
        let known = care.simulate(request("protection-task")).await.unwrap();
        assert!(known.into_inner().decision.unwrap().permitted);
        let unknown = care.simulate(request("curiosity")).await.unwrap_err();
        assert_eq!(reason(&unknown), ErrorCode::MessageInvalid.as_str());
        assert!(unknown.message().contains("curiosity"), "{unknown}");
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
