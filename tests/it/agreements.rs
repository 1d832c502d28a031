//! Agreements that must not come into force, steps that nobody may take, and what an end does.

use super::flow::next;
use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_client::{ClientError, Item, Partner, PartnerConfig, Persons};
use seinhuis_domain::agreement::StepReason;
use seinhuis_identity::jws;
use seinhuis_identity::signing::Signer;
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::pki::{Purpose, SigningAlgorithm};
use seinhuis_tests::{Chain, Raw, content, reason, signer};
use seinhuis_types::{Clock, Desk, Millis, SystemClock};
use serde_json::{Value, json};
use std::sync::Arc;
use tonic::transport::Channel;

pub(super) type Agreements = AgreementServiceClient<Channel>;

pub(super) async fn agreements(chain: &Chain, name: &str) -> Agreements {
    let port = chain.sandbox.hub_port();
    AgreementServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

/// The five-party content as another version, so that it is not the one in force.
async fn five_party(chain: &Chain, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let change = |text: String| change(text.replace("version = 1\n", "version = 2\n"));
    content(chain.partner("politie"), "five-party.toml", change)
        .await
        .unwrap()
}

/// The content of police and Veilig Thuis alone.
pub(super) async fn two_party(chain: &Chain) -> Vec<u8> {
    content(chain.partner("politie"), "two-party.toml", |text| text)
        .await
        .unwrap()
}

pub(super) async fn propose(client: &mut Agreements, content: Vec<u8>) -> Result<String, String> {
    let request = v1::ProposeRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        content,
    };
    let reply = client.propose(request).await;
    reply
        .map(|reply| reply.into_inner().agreement_hash)
        .map_err(|status| format!("{}: {}", reason(&status), status.message()))
}

/// The content with one place of its text changed.
fn replaced(content: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(content).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

/// The content with one value of it changed.
fn edited(content: &[u8], pointer: &str, value: Value) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(content).unwrap();
    *document.pointer_mut(pointer).expect(pointer) = value;
    document.to_string().into_bytes()
}

#[test]
fn content_that_breaks_a_rule_is_refused_with_the_rule() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = agreements(&chain, "politie").await;
        let good = five_party(&chain, |text| text).await;
        let cases = [
            (replaced(&good, "{\"", "{\"version\":1,\""), "occurs twice"),
            (
                replaced(&good, "{\"", "{\"extra\":1,\""),
                "unknown field `extra`",
            ),
            (
                replaced(&good, "\"version\":2", "\"version\":9007199254740993"),
                "outside the range of RFC 7493",
            ),
            (b"agreement".to_vec(), "a value is expected"),
            (b"{}".to_vec(), "missing field"),
            (edited(&good, "/clauses", json!([])), "no-clauses"),
            (
                edited(&good, "/clauses/0/mode", json!("pull")),
                "mode `pull`, which is reserved",
            ),
            (
                edited(&good, "/clauses/0/basis/provide", json!([])),
                "clauses[0].basis.provide: no-basis-to-provide",
            ),
            (
                edited(&good, "/catalogue_hash", json!("0".repeat(64))),
                "catalogue_hash: catalogue-hash",
            ),
            (
                edited(&good, "/policy_hash", json!("0".repeat(64))),
                "policy_hash: policy-hash",
            ),
        ];
        for (bytes, told) in cases {
            let refused = propose(&mut client, bytes).await.expect_err(told);
            assert!(
                refused.starts_with("AGREEMENT_INVALID: "),
                "{told}: {refused}"
            );
            assert!(refused.contains(told), "{told}: {refused}");
        }
        let without_attestation = five_party(&chain, |text| {
            text.replace(
                "provide = [{ code = \"POL-VT\", from = \"politie-bpg\"",
                "provide = [{ code = \"POL-VT\"",
            )
        });
        let refused = propose(&mut client, without_attestation.await)
            .await
            .unwrap_err();
        assert!(
            refused.contains("clauses[0].basis.provide[0].from: attestation-missing"),
            "{refused}"
        );
        // The good one still goes, and only once.
        assert!(propose(&mut client, good.clone()).await.is_ok());
        let twice = propose(&mut client, good).await.unwrap_err();
        assert!(twice.starts_with("AGREEMENT_STATE_CONFLICT"), "{twice}");
    });
}

#[test]
fn only_a_party_proposes() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let good = two_party(&chain).await;
        let mut outsider = agreements(&chain, "rvdk").await;
        let refused = propose(&mut outsider, good.clone()).await.unwrap_err();
        assert_eq!(
            refused,
            "AGREEMENT_INVALID: the proposer is not a party of the agreement"
        );
        let mut party = agreements(&chain, "politie").await;
        propose(&mut party, good).await.unwrap();
    });
}

pub(super) fn payload(hash: &str, kind: &str, initiator: &str, approver: &str) -> Vec<u8> {
    let signed_at = SystemClock.now().seconds();
    format!(
        "{{\"agreement_content_hash\":\"{hash}\",\"approver\":\"{approver}\",\
         \"initiator\":\"{initiator}\",\"signed_at\":{signed_at},\"type\":\"{kind}\"}}"
    )
    .into_bytes()
}

async fn accept(
    client: &mut Agreements,
    hash: &str,
    jws: String,
    chain: Vec<Vec<u8>>,
) -> Result<(), String> {
    let request = v1::AcceptRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        agreement_hash: hash.to_owned(),
        step: Some(v1::SignedStep {
            jws,
            signing_chain: chain,
        }),
    };
    client
        .accept(request)
        .await
        .map(|_| ())
        .map_err(|status| format!("{}: {}", reason(&status), status.message()))
}

/// The JWS with another signature of the same length and form.
fn forged(jws: &str) -> String {
    let (signed, signature) = jws.rsplit_once('.').unwrap();
    let (first, rest) = signature.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    format!("{signed}.{other}{rest}")
}

#[test]
fn forged_foreign_and_mismatched_signatures_are_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = agreements(&chain, "politie").await;
        let bytes = five_party(&chain, |text| text).await;
        let hash = propose(&mut client, bytes).await.unwrap();
        let unknown = format!("$1$1${}", "A".repeat(86));
        let own = signer(&chain.sandbox, "politie").unwrap();
        let other = signer(&chain.sandbox, "om").unwrap();
        // An expired signing certificate signs nothing.
        let past = SystemClock.now().minus(400 * Millis::DAY);
        let purpose = Purpose::Signing(SigningAlgorithm::Es256);
        let expired = chain
            .sandbox
            .pki()
            .issue(&purpose, own.oin(), past)
            .unwrap();
        let old =
            Signer::from_pem(expired.key_pem().as_bytes(), expired.chain_pem().as_bytes()).unwrap();
        let step = |of: &str, kind: &str, approver: &str| payload(of, kind, "a-1", approver);
        let sign = |by: &Signer, payload: &[u8]| jws::sign(by, None, payload).unwrap();
        let good = step(&hash, "accept", "b-2");
        let signed = sign(&own, &good);
        let cases = [
            (
                &hash,
                sign(&other, &good),
                &other,
                "AGREEMENT_INVALID: the step is signed by another organisation than the caller",
            ),
            (
                &hash,
                forged(&signed),
                &own,
                "AGREEMENT_INVALID: the signature does not verify",
            ),
            (
                &hash,
                sign(&own, &step(chain.agreement.as_str(), "accept", "b-2")),
                &own,
                "AGREEMENT_HASH_MISMATCH: the step was signed for another agreement",
            ),
            (
                &hash,
                sign(&own, &step(&hash, "leave", "b-2")),
                &own,
                "AGREEMENT_INVALID: the signed step is another than the one that is asked",
            ),
            (
                &hash,
                sign(&own, &step(&hash, "accept", "A-1")),
                &own,
                "SECOND_PERSON_NEEDED: initiator and approver are the same person",
            ),
            (
                &unknown,
                sign(&own, &step(&unknown, "accept", "b-2")),
                &own,
                "AGREEMENT_NOT_FOUND: no agreement you are a party to has this hash",
            ),
            (
                &hash,
                sign(&old, &good),
                &old,
                "CERTIFICATE_REFUSED: the certificate has expired",
            ),
        ];
        for (hash, jws, by, told) in cases {
            let answer = accept(&mut client, hash, jws, by.chain().to_vec()).await;
            assert_eq!(answer, Err(told.to_owned()));
        }
        // After all that the right one is taken.
        assert_eq!(
            accept(&mut client, &hash, signed, own.chain().to_vec()).await,
            Ok(())
        );
    });
}

#[test]
fn nobody_else_sees_or_steps_into_an_agreement() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let bytes = two_party(&chain).await;
        let (hash, _) = chain.partner("politie").propose(&bytes).await.unwrap();
        let persons = Persons::new("a-1", "b-2").unwrap();
        let refused = chain
            .partner("om")
            .accept(&hash, &persons)
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, ClientError::Rejected { code, .. }
            if code.as_str() == "AGREEMENT_NOT_FOUND"),
            "{refused}"
        );
        assert_eq!(
            chain.partner("om").list_agreements().await.unwrap().len(),
            1
        );
        assert_eq!(
            chain
                .partner("veilig-thuis")
                .list_agreements()
                .await
                .unwrap()
                .len(),
            2
        );
    });
}

/// A clock two seconds ahead.
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Millis {
        SystemClock.now().plus(2 * Millis::SECOND)
    }
}

async fn publish(chain: &Chain) -> v1::Decision {
    let port = chain.sandbox.hub_port();
    let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
    let reply = SignalServiceClient::new(channel)
        .publish(prepared(chain).await)
        .await
        .unwrap();
    v1::Decision::decode(reply.into_inner().outcomes[0].decision.as_slice()).unwrap()
}

#[test]
fn a_suspension_holds_what_waits_and_a_resumption_lets_it_go() {
    run(async {
        let chain = Chain::start().await.unwrap();
        assert!(publish(&chain).await.permitted);
        let vt = chain.partner("veilig-thuis");
        let persons = Persons::new("a-1", "b-2").unwrap();
        vt.suspend(&chain.agreement, &persons, StepReason::Incident)
            .await
            .unwrap();
        let refused = publish(&chain).await;
        assert_eq!(refused.reasons[0].code, "AGREEMENT_SUSPENDED");
        let desk: Desk = "intake".parse().unwrap();
        let mut inbox = vt.receive(&desk, Vec::new());
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(500), inbox.next());
        assert!(
            waiting.await.is_err(),
            "nothing leaves under a suspended agreement"
        );
        let other = chain
            .partner("politie")
            .resume(&chain.agreement, &persons, StepReason::Resolved)
            .await;
        assert!(other.is_err(), "only the suspender resumes");
        // Signing times have whole seconds and steps of one party go forward: the same partner, by a
        // clock that is two seconds ahead.
        let config = PartnerConfig::load(&chain.sandbox.partner_config("veilig-thuis")).unwrap();
        let ahead = Partner::connect(&config, Arc::new(Ahead)).await.unwrap();
        ahead
            .resume(&chain.agreement, &persons, StepReason::Resolved)
            .await
            .unwrap();
        let opened = next(&chain, "veilig-thuis", "intake").await;
        assert_eq!(opened.header.signal_type.as_str(), "INC_HOME");
    });
}

#[test]
fn what_had_not_left_before_an_end_never_leaves() {
    run(async {
        let chain = Chain::start().await.unwrap();
        assert!(publish(&chain).await.permitted);
        let persons = Persons::new("a-1", "b-2").unwrap();
        chain
            .partner("politie")
            .leave(&chain.agreement, &persons)
            .await
            .unwrap();
        let refused = publish(&chain).await;
        assert_eq!(refused.reasons[0].code, "AGREEMENT_ENDED");
        assert!(!refused.reasons[0].text_nl.is_empty() && !refused.reasons[0].remedy_nl.is_empty());
        let desk: Desk = "intake".parse().unwrap();
        let item = chain
            .partner("veilig-thuis")
            .receive(&desk, Vec::new())
            .next()
            .await
            .unwrap();
        assert!(matches!(item, Item::Tombstone(_)), "{item:?}");
    });
}

#[test]
fn a_suspender_that_leaves_lets_the_others_go_on() {
    run(async {
        let chain = Chain::start().await.unwrap();
        assert!(publish(&chain).await.permitted);
        let persons = Persons::new("a-1", "b-2").unwrap();
        let om = chain.partner("om");
        om.suspend(&chain.agreement, &persons, StepReason::Review)
            .await
            .unwrap();
        assert_eq!(publish(&chain).await.reasons[0].code, "AGREEMENT_SUSPENDED");
        let config = PartnerConfig::load(&chain.sandbox.partner_config("om")).unwrap();
        let ahead = Partner::connect(&config, Arc::new(Ahead)).await.unwrap();
        ahead.leave(&chain.agreement, &persons).await.unwrap();
        assert!(publish(&chain).await.permitted);
    });
}
