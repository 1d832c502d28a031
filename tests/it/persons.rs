//! Persons: an officer's reading carries a person assertion that serves once, for that request, by
//! that organisation; and who read stands where only its own organisation sees it.

use super::{flow, run};
use prost::Message;
use seinhuis_client::ActingPerson;
use seinhuis_identity::person_assertion::{AssertedCall, PersonAssertion};
use seinhuis_identity::signing::Signer;
use seinhuis_proto::v1;
use seinhuis_proto::v1::audit_service_client::AuditServiceClient;
use seinhuis_testkit::pki::{Flaw, Purpose, SigningAlgorithm};
use seinhuis_testkit::sandbox::{CHAIN, Sandbox};
use seinhuis_tests::{Chain, Raw, reason, signer};
use seinhuis_types::{Clock, Digest, ErrorCode, LeafIndex, Millis, SystemClock};
use tonic::transport::Channel;

const GET_ENTRY: &str = "/seinhuis.v1.AuditService/GetEntry";

pub(super) fn officer(person: &str) -> ActingPerson {
    ActingPerson::parse(person, "fg", "lawfulness", "review-7").unwrap()
}

/// SHA-256 of a request without assertions.
pub(super) fn hash(request: &impl Message) -> Digest {
    let bytes = request.encode_to_vec();
    seinhuis_tests::sha256(&bytes)
}

/// An assertion of `acting` for one call.
pub(super) fn assertion(
    signer: &Signer,
    acting: &ActingPerson,
    method: &str,
    request: Digest,
    at: Millis,
) -> v1::PersonAssertion {
    let call = AssertedCall { method, request };
    let jws = PersonAssertion::sign(signer, acting, &call, at, rand::random()).unwrap();
    v1::PersonAssertion {
        jws,
        signing_chain: signer.chain().to_vec(),
    }
}

pub(super) async fn audit(chain: &Chain, name: &str) -> AuditServiceClient<Channel> {
    let channel = Raw::connect(&chain.sandbox, name, chain.sandbox.hub_port()).await;
    AuditServiceClient::new(channel.unwrap())
}

async fn get(
    client: &mut AuditServiceClient<Channel>,
    index: u64,
    person_assertion: Vec<v1::PersonAssertion>,
) -> Result<v1::GetEntryResponse, String> {
    let request = v1::GetEntryRequest {
        index,
        person_assertion,
    };
    let reply = client.get_entry(request).await;
    reply
        .map(tonic::Response::into_inner)
        .map_err(|status| format!("{}: {}", reason(&status), status.message()))
}

/// A signing certificate of the police that is on the revocation list when the chain starts.
async fn with_a_revoked_signer() -> (Chain, Signer) {
    let mut revoked = None;
    let revoke = |sandbox: &Sandbox| {
        let police = CHAIN[0].oin.parse().unwrap();
        let signing = Purpose::Signing(SigningAlgorithm::Es256);
        let now = SystemClock.now();
        let issued = sandbox
            .pki()
            .issue_flawed(Flaw::Revoked, &signing, police, now)
            .unwrap();
        let (key, certificates) = (issued.key_pem(), issued.chain_pem());
        revoked = Some(Signer::from_pem(key.as_bytes(), certificates.as_bytes()).unwrap());
        Ok(())
    };
    let chain = Chain::start_with(revoke).await.unwrap();
    (chain, revoked.unwrap())
}

fn of(index: u64) -> Digest {
    hash(&v1::GetEntryRequest {
        index,
        ..v1::GetEntryRequest::default()
    })
}

#[test]
fn an_assertion_is_refused_that_is_not_for_this_request_now_by_this_organisation() {
    run(async {
        let (chain, revoked) = with_a_revoked_signer().await;
        let index = flow::send_one(&chain).await;
        let mut client = audit(&chain, "politie").await;
        let own = signer(&chain.sandbox, "politie").unwrap();
        let foreign = signer(&chain.sandbox, "om").unwrap();
        assert_eq!(revoked.oin(), own.oin());
        let (now, this, other) = (SystemClock.now(), of(index), of(index + 1));
        let person = officer("officer-1");
        let curious = ActingPerson::parse("officer-1", "fg", "curiosity", "review-7").unwrap();
        let explain = "/seinhuis.v1.DecisionService/Explain";
        let minutes = 60 * Millis::SECOND;
        let (past, future) = (now.minus(5 * minutes), now.plus(2 * minutes));
        let made = |by: &Signer, of, at| vec![assertion(by, &person, GET_ENTRY, of, at)];
        let three = ["a-1", "a-2", "a-3"]
            .map(|name| assertion(&own, &officer(name), GET_ENTRY, this, now))
            .to_vec();
        let elsewhere = vec![assertion(&own, &person, explain, this, now)];
        let curiosity = vec![assertion(&own, &curious, GET_ENTRY, this, now)];
        for (sent, told) in [
            (vec![], "send a person assertion"),
            (elsewhere, "it is for another call"),
            (made(&own, other, now), "it is for another request"),
            (made(&own, this, past), "more than 5 minutes ago"),
            (made(&own, this, future), "ahead of now"),
            (made(&foreign, this, now), "signed by another organisation"),
            (made(&revoked, this, now), "revoked"),
            (curiosity, "wpg 32a(2)"),
            (three, "at most two"),
        ] {
            let refused = get(&mut client, index, sent).await.expect_err(told);
            assert!(
                refused.starts_with("PERSON_ASSERTION_INVALID") && refused.contains(told),
                "{told}: {refused}"
            );
        }
        let twice = ["officer-1", "OFFICER-1"]
            .map(|name| assertion(&own, &officer(name), GET_ENTRY, this, now));
        let refused = get(&mut client, index, twice.to_vec()).await.unwrap_err();
        assert!(refused.starts_with("SECOND_PERSON_NEEDED"), "{refused}");
        // Nothing of it was used up or left an entry.
        let read = get(&mut client, index, made(&own, this, now))
            .await
            .unwrap();
        assert_eq!(read.proof.unwrap().index, index + 1);
    });
}

#[test]
fn an_assertion_serves_once() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = flow::send_one(&chain).await;
        let mut client = audit(&chain, "politie").await;
        let own = signer(&chain.sandbox, "politie").unwrap();
        let (now, person) = (SystemClock.now(), officer("officer-1"));
        let once = assertion(&own, &person, GET_ENTRY, of(index), now);
        let read = get(&mut client, index, vec![once.clone()]).await.unwrap();
        assert!(!read.parts.is_empty() && read.proof.is_some());
        let refused = get(&mut client, index, vec![once]).await.unwrap_err();
        assert!(refused.starts_with("PERSON_ASSERTION_USED"), "{refused}");
        // Of many at once with one assertion one is done.
        let many = assertion(&own, &person, GET_ENTRY, of(index), now);
        let all = (0..8).map(|_| {
            let (mut client, sent) = (client.clone(), many.clone());
            tokio::spawn(async move { get(&mut client, index, vec![sent]).await.is_ok() })
        });
        let mut done = 0;
        for one in all.collect::<Vec<_>>() {
            done += usize::from(one.await.unwrap());
        }
        assert_eq!(done, 1);
    });
}

#[test]
fn who_read_stands_in_the_readers_own_part_alone() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = LeafIndex(flow::send_one(&chain).await);
        flow::next(&chain, "veilig-thuis", "intake").await;
        let two = [officer("officer-7"), officer("officer-8")];
        let police = chain.partner("politie").acting_for(&two).unwrap();
        let reading = police.explain(index).await.unwrap().proof.unwrap();
        let told = |part: &v1::OpenPart| {
            ["officer-7", "officer-8", "review-7"].map(|text| {
                part.bytes
                    .windows(text.len())
                    .any(|bytes| bytes == text.as_bytes())
            })
        };
        for part in &reading.parts {
            let own = part.part() == v1::Part::Recipient;
            assert_eq!(told(part), [own; 3], "{:?}", part.part());
        }
        let entry = police.entry(LeafIndex(reading.index)).await.unwrap();
        let staff = entry.recipient().unwrap().staff;
        let named: Vec<_> = staff.iter().map(|staff| staff.person.as_str()).collect();
        assert_eq!(named, ["officer-7", "officer-8"]);
        assert_eq!(staff[0].reason, "lawfulness");
        // Neither another partner nor the one the entry is about reads anything of it.
        for other in ["veilig-thuis", "om"] {
            let other = chain.partner(other);
            let entry = other.entry(LeafIndex(reading.index)).await.unwrap();
            assert!(!entry.is_own());
        }
        assert!(
            chain
                .partner("politie")
                .acting_for(&[officer("a"), officer("A")])
                .is_err()
        );
    });
}

#[test]
fn one_person_reads_fifty_entries_a_day_and_no_more_alone() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let index = LeafIndex(flow::send_one(&chain).await);
        let police = chain.partner("politie");
        let alone = police.acting_for(&[officer("officer-3")]).unwrap();
        for n in 1..=50 {
            alone
                .entry(index)
                .await
                .unwrap_or_else(|e| panic!("{n}: {e}"));
        }
        for name in ["officer-3", "OFFICER-3"] {
            let refused = police
                .acting_for(&[officer(name)])
                .unwrap()
                .entry(index)
                .await;
            let code = refused.unwrap_err().code();
            assert_eq!(code, Some(ErrorCode::SecondPersonNeeded), "{name}");
        }
        let two = [officer("officer-3"), officer("officer-4")];
        police.acting_for(&two).unwrap().entry(index).await.unwrap();
        let other = police.acting_for(&[officer("officer-4")]).unwrap();
        other.entry(index).await.unwrap();
    });
}
