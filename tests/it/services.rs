//! Services beside the way of a signal: explanations, a proposal that is rejected, health and
//! reflection.

use super::run;
use seinhuis_client::{OutcomeReport, Persons, Signal, SignalBuilder};
use seinhuis_domain::agreement::State;
use seinhuis_domain::signal::{Regime, WpgArticle};
use seinhuis_tests::{Chain, Raw, content, story};
use seinhuis_types::{Clock, Desk, ErrorCode, LeafIndex, SystemClock};
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

/// Sends a signal about the adult of the household, whose number is sealed.
async fn send(
    chain: &Chain,
    signal: SignalBuilder,
    by: &str,
    to: &str,
    clause: &str,
) -> OutcomeReport {
    let [adult, ..] = story::household().unwrap();
    let signal = signal.subject(adult).finish().unwrap();
    let desk: Desk = match by {
        "politie" => "huiselijk-geweld",
        _ => "intake",
    }
    .parse()
    .unwrap();
    let sending = chain.partner(by).signal(&desk, &signal);
    let outcomes = sending.to(chain.to(to, clause)).send().await.unwrap();
    outcomes.into_iter().next().unwrap()
}

fn feedback() -> SignalBuilder {
    Signal::build("VT_TAKEN", "P-FEEDBACK")
        .happened(SystemClock.now().hour(), "kennemerland")
        .because("report-task", "not-yet")
        .under(Regime::Avg, None)
        .field("registered", "2026-11-22")
        .by("worker-9", "vt-worker")
        .decided("worker-9", "report-task")
}

/// The code with which a partner is refused an explanation.
async fn no_explanation(chain: &Chain, name: &str, index: LeafIndex) -> Option<ErrorCode> {
    let refused = chain.partner(name).explain(index).await;
    refused.expect_err(name).code()
}

#[test]
fn a_decision_is_explained_whole_to_its_source_and_in_part_to_its_recipient_alone() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let sent = send(
            &chain,
            feedback(),
            "veilig-thuis",
            "politie",
            "vt-pol-feedback",
        )
        .await;
        assert!(sent.permitted);
        let index = sent.proof.index();

        let told = chain.partner("veilig-thuis").explain(index).await.unwrap();
        assert_eq!(told.decision.as_ref(), Some(&sent.decision));
        let said = told.text_en.join(" ");
        assert!(
            said.contains("VT_TAKEN could be sent under clause vt-pol-feedback"),
            "{said}"
        );
        assert!(said.contains("Field identity/0 was withheld"), "{said}");
        assert_eq!(told.text_nl.len(), told.text_en.len());
        let bases: Vec<_> = told.law.iter().map(|law| law.basis.as_str()).collect();
        assert!(bases.contains(&"VT-REPORTER"), "{bases:?}");
        assert!(bases.contains(&"WMO-4-1-1-2-G"), "{bases:?}");
        assert!(
            told.law
                .iter()
                .all(|law| law.bwb_id.starts_with("BWBR") && !law.article.is_empty())
        );

        // To its recipient when it has come, not before.
        let code = no_explanation(&chain, "politie", index).await;
        assert_eq!(code, Some(ErrorCode::EntryNotFound));
        super::flow::next(&chain, "politie", "huiselijk-geweld").await;
        let told = chain.partner("politie").explain(index).await.unwrap();
        let decision = told.decision.unwrap();
        assert!(decision.permitted);
        assert_eq!(decision.clause_id, "vt-pol-feedback");
        assert_eq!(decision.granted, ["registered"]);
        assert_eq!(decision.basis_receive, sent.decision.basis_receive);
        // Not what the source held back, nor what its decision stood on.
        assert!(!sent.decision.withheld.is_empty() && decision.withheld.is_empty());
        assert!(!sent.decision.revisions.is_empty() && decision.revisions.is_empty());
        assert!(!told.text_en.join(" ").contains("withheld"));

        let beyond = LeafIndex(index.0 + 1_000);
        for (name, index) in [("om", index), ("veilig-thuis", beyond)] {
            let code = no_explanation(&chain, name, index).await;
            assert_eq!(code, Some(ErrorCode::EntryNotFound), "{name}");
        }
        // The release and both readings are entries of the log; the asking of a stranger is none.
        let next = send(
            &chain,
            feedback(),
            "veilig-thuis",
            "politie",
            "vt-pol-feedback",
        )
        .await;
        assert_eq!(next.proof.index().0, index.0 + 4);
    });
}

#[test]
fn a_refusal_is_explained_to_its_source_alone_with_law_and_remedy() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let signal = story::inc_home().under(Regime::Wpg, Some(WpgArticle::Art9));
        let sent = send(&chain, signal, "politie", "veilig-thuis", "pol-vt-report").await;
        assert!(!sent.permitted);
        let index = sent.proof.index();
        let told = chain.partner("politie").explain(index).await.unwrap();
        assert_eq!(told.decision.as_ref(), Some(&sent.decision));
        for reason in &sent.reasons {
            let said = |texts: &[String], text: &str, remedy: &str| {
                texts.iter().any(|one| {
                    one.contains(text) && one.contains(&reason.law) && one.contains(remedy)
                })
            };
            assert!(!reason.law.is_empty() && !reason.remedy_nl.is_empty());
            assert!(said(&told.text_nl, &reason.text_nl, &reason.remedy_nl));
            assert!(said(&told.text_en, &reason.text_en, &reason.remedy_en));
        }
        assert!(!sent.reasons.is_empty());
        for name in ["veilig-thuis", "om"] {
            let code = no_explanation(&chain, name, index).await;
            assert_eq!(code, Some(ErrorCode::EntryNotFound), "{name}");
        }
    });
}

#[test]
fn one_rejection_ends_a_proposal_for_good() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let [police, om, vt] = ["politie", "om", "veilig-thuis"].map(|name| chain.partner(name));
        let bytes = content(police, "two-party.toml", |text| text)
            .await
            .unwrap();
        let (hash, _) = police.propose(&bytes).await.unwrap();
        let persons = Persons::new("a-1", "b-2").unwrap();
        let stranger = om.reject(&hash, &persons).await.unwrap_err();
        assert_eq!(stranger.code(), Some(ErrorCode::AgreementNotFound));
        let taken = vt.reject(&hash, &persons).await.unwrap();
        assert_eq!(taken.state, State::Rejected);
        let late = police.accept(&hash, &persons).await.unwrap_err();
        assert_eq!(late.code(), Some(ErrorCode::AgreementStateConflict));
        let seen = police.agreement(&hash).await.unwrap();
        assert_eq!(seen.state, State::Rejected);
        assert!(seen.steps.len() == 1 && seen.steps[0].proven);
        // What is in force stays so.
        let valid = police.agreement(&chain.agreement).await.unwrap();
        assert_eq!(valid.state, State::Valid);
    });
}

/// What reflection answers to one question.
async fn reflect(channel: Channel, question: MessageRequest) -> MessageResponse {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let mut client = ServerReflectionClient::new(channel);
    let reply = client.server_reflection_info(tokio_stream::once(request));
    let mut answers = reply.await.unwrap().into_inner();
    let answer: ServerReflectionResponse = answers.message().await.unwrap().unwrap();
    answer.message_response.unwrap()
}

#[test]
fn both_listeners_tell_their_health_and_their_contract() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let ports = [
            (
                chain.sandbox.hub_port(),
                "seinhuis.v1.SignalService",
                "Publish",
            ),
            (
                chain.sandbox.pseudonymiser_port(),
                "seinhuis.v1.PseudonymService",
                "GetKeyShare",
            ),
        ];
        for (port, service, method) in ports {
            let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
            let mut health = HealthClient::new(channel.clone());
            let asked = |service: &str| HealthCheckRequest {
                service: service.to_owned(),
            };
            for name in ["", service] {
                let reply = health.check(asked(name)).await.unwrap().into_inner();
                assert_eq!(reply.status(), ServingStatus::Serving, "{name}");
            }
            let unknown = health
                .check(asked("seinhuis.v1.NoService"))
                .await
                .unwrap_err();
            assert_eq!(unknown.code(), Code::NotFound);

            let listed =
                reflect(channel.clone(), MessageRequest::ListServices(String::new())).await;
            let MessageResponse::ListServicesResponse(listed) = listed else {
                panic!("{listed:?}");
            };
            let names: Vec<_> = listed.service.iter().map(|one| one.name.as_str()).collect();
            for name in [service, "grpc.health.v1.Health"] {
                assert!(names.contains(&name), "{names:?}");
            }
            let question = MessageRequest::FileContainingSymbol(format!("{service}.{method}"));
            let MessageResponse::FileDescriptorResponse(files) = reflect(channel, question).await
            else {
                panic!("no file of {service}");
            };
            let has = |bytes: &[u8]| {
                bytes
                    .windows(method.len())
                    .any(|part| part == method.as_bytes())
            };
            assert!(files.file_descriptor_proto.iter().any(|file| has(file)));
        }
    });
}
