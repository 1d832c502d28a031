//! Agreements that must not come into force, steps that nobody may take, and what an end does.

use super::flow::next;
use super::messages::prepared;
use super::run;
use prost::Message;
use seinhuis_client::{ClientError, Item, Partner, PartnerConfig, Persons};
use seinhuis_domain::agreement::{Placeholders, from_toml};
use seinhuis_identity::jws;
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::pki::{Purpose, SigningAlgorithm};
use seinhuis_tests::{Chain, Raw, reason, repository, signer};
use seinhuis_types::{AgreementHash, Clock, Desk, Millis, SystemClock};
use std::sync::Arc;
use tonic::transport::Channel;

type Agreements = AgreementServiceClient<Channel>;

async fn agreements(chain: &Chain, name: &str) -> Agreements {
    let port = chain.sandbox.hub_port();
    AgreementServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

/// The five-party content with a change of its TOML.
async fn content(chain: &Chain, change: impl Fn(String) -> String) -> Result<Vec<u8>, String> {
    let rules = chain.partner("politie").ruleset().await.unwrap();
    let text =
        std::fs::read_to_string(repository().join("config/agreements/five-party.toml")).unwrap();
    let placeholders = Placeholders {
        catalogue_hash: Some(rules.catalogue),
        policy_hash: Some(rules.policy),
    };
    from_toml(&change(text), &placeholders).map_err(|e| e.to_string())
}

async fn propose(client: &mut Agreements, content: Vec<u8>) -> Result<String, String> {
    let request = v1::ProposeRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        content,
    };
    let reply = client.propose(request).await;
    reply
        .map(|reply| reply.into_inner().agreement_hash)
        .map_err(|status| format!("{}: {}", reason(&status), status.message()))
}

fn json(content: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(content).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn content_that_breaks_a_rule_is_refused_with_the_rule() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = agreements(&chain, "politie").await;
        let good = content(&chain, |text| {
            text.replace("version = 1\n", "version = 2\n")
        })
        .await
        .unwrap();
        let cases = [
            (
                "a duplicate key",
                json(&good, "{\"", "{\"version\":1,\""),
                "twice",
            ),
            (
                "a number outside I-JSON",
                json(&good, "\"version\":2", "\"version\":9007199254740993"),
                "",
            ),
            ("not JSON", b"agreement".to_vec(), ""),
            (
                "pull",
                json(&good, "\"mode\":\"push\"", "\"mode\":\"pull\""),
                "pull",
            ),
            (
                "no basis to provide",
                json(&good, "\"provide\":[{", "\"provide\":[],\"receive\":[{"),
                "",
            ),
            (
                "an unknown key",
                json(&good, "{\"", "{\"extra\":1,\""),
                "extra",
            ),
            (
                "another catalogue",
                json(&good, "\"catalogue_hash\":\"", "\"catalogue_hash\":\"00"),
                "",
            ),
            ("no clauses at all", b"{}".to_vec(), ""),
        ];
        for (what, bytes, told) in cases {
            let refused = propose(&mut client, bytes).await.expect_err(what);
            assert!(
                refused.starts_with("AGREEMENT_INVALID"),
                "{what}: {refused}"
            );
            assert!(refused.contains(told), "{what}: {refused}");
        }
        let without_attestation = content(&chain, |text| {
            text.replace(
                "provide = [{ code = \"POL-VT\", from = \"politie-bpg\"",
                "provide = [{ code = \"POL-VT\"",
            )
        });
        let refused = propose(&mut client, without_attestation.await.unwrap())
            .await
            .unwrap_err();
        assert!(refused.contains("attest"), "{refused}");
        let mut outsider = agreements(&chain, "rvdk").await;
        let without_rvdk = json(&good, "00000099000000030000", "00000099000000060000");
        assert!(propose(&mut outsider, without_rvdk).await.is_err());
        // The good one still goes, and only once.
        assert!(propose(&mut client, good.clone()).await.is_ok());
        let twice = propose(&mut client, good).await.unwrap_err();
        assert!(twice.starts_with("AGREEMENT_STATE_CONFLICT"), "{twice}");
    });
}

fn payload(hash: &str, kind: &str, initiator: &str, approver: &str) -> Vec<u8> {
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
        .map_err(|status| reason(&status))
}

#[test]
fn forged_foreign_and_mismatched_signatures_are_refused() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = agreements(&chain, "politie").await;
        let bytes = content(&chain, |t| t.replace("version = 1\n", "version = 2\n"))
            .await
            .unwrap();
        let hash = propose(&mut client, bytes).await.unwrap();
        let own = signer(&chain.sandbox, "politie").unwrap();
        let other = signer(&chain.sandbox, "om").unwrap();
        let good = payload(&hash, "accept", "a-1", "b-2");
        let signed = jws::sign(&own, None, &good).unwrap();

        let foreign = jws::sign(&other, None, &good).unwrap();
        let code = accept(&mut client, &hash, foreign, other.chain().to_vec()).await;
        assert_eq!(
            code,
            Err("AGREEMENT_INVALID".to_owned()),
            "signed by another organisation"
        );
        let forged = signed.replacen(signed.get(20..24).unwrap(), "AAAA", 1);
        let code = accept(&mut client, &hash, forged, own.chain().to_vec()).await;
        assert_eq!(
            code,
            Err("AGREEMENT_INVALID".to_owned()),
            "an altered signature"
        );
        let of_another = payload(chain.agreement.as_str(), "accept", "a-1", "b-2");
        let of_another = jws::sign(&own, None, &of_another).unwrap();
        let code = accept(&mut client, &hash, of_another, own.chain().to_vec()).await;
        assert_eq!(code, Err("AGREEMENT_HASH_MISMATCH".to_owned()));
        let other_step = jws::sign(&own, None, &payload(&hash, "leave", "a-1", "b-2")).unwrap();
        let code = accept(&mut client, &hash, other_step, own.chain().to_vec()).await;
        assert_eq!(code, Err("AGREEMENT_INVALID".to_owned()), "another step");
        let alone = jws::sign(&own, None, &payload(&hash, "accept", "a-1", "a-1")).unwrap();
        assert!(
            accept(&mut client, &hash, alone, own.chain().to_vec())
                .await
                .is_err()
        );
        let mut stranger = agreements(&chain, "politie").await;
        let unknown = AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap();
        let code = accept(
            &mut stranger,
            unknown.as_str(),
            signed.clone(),
            own.chain().to_vec(),
        );
        assert!(code.await.is_err());
        // An expired signing certificate signs nothing.
        let past = SystemClock.now().minus(400 * Millis::DAY);
        let purpose = Purpose::Signing(SigningAlgorithm::Es256);
        let expired = chain
            .sandbox
            .pki()
            .issue(&purpose, own.oin(), past)
            .unwrap();
        let old = seinhuis_identity::signing::Signer::from_pem(
            expired.key_pem().as_bytes(),
            expired.chain_pem().as_bytes(),
        )
        .unwrap();
        let late = jws::sign(&old, None, &good).unwrap();
        let code = accept(&mut client, &hash, late, old.chain().to_vec()).await;
        assert_eq!(code, Err("CERTIFICATE_REFUSED".to_owned()));
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
        let two = std::fs::read_to_string(repository().join("config/agreements/two-party.toml"));
        let rules = chain.partner("politie").ruleset().await.unwrap();
        let placeholders = Placeholders {
            catalogue_hash: Some(rules.catalogue),
            policy_hash: Some(rules.policy),
        };
        let bytes = from_toml(&two.unwrap(), &placeholders).unwrap();
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
        vt.suspend(&chain.agreement, &persons).await.unwrap();
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
            .resume(&chain.agreement, &persons)
            .await;
        assert!(other.is_err(), "only the suspender resumes");
        // Signing times have whole seconds and steps of one party go forward: the same partner, by a
        // clock that is two seconds ahead.
        let config = PartnerConfig::load(&chain.sandbox.partner_config("veilig-thuis")).unwrap();
        let ahead = Partner::connect(&config, Arc::new(Ahead)).await.unwrap();
        ahead.resume(&chain.agreement, &persons).await.unwrap();
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
        om.suspend(&chain.agreement, &persons).await.unwrap();
        assert_eq!(publish(&chain).await.reasons[0].code, "AGREEMENT_SUSPENDED");
        let config = PartnerConfig::load(&chain.sandbox.partner_config("om")).unwrap();
        let ahead = Partner::connect(&config, Arc::new(Ahead)).await.unwrap();
        ahead.leave(&chain.agreement, &persons).await.unwrap();
        assert!(publish(&chain).await.permitted);
    });
}
