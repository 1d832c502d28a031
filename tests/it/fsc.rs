//! The cases of the FSC test suite (Logius, managers) that have a meaning for agreements, by their own
//! ids: `Manager-AcceptContract-3` is [`accept_contract_3`]. docs/partners/fsc-cases.md has the table,
//! with those that do not apply and why. A contract is an agreement, a revocation is leaving, and a
//! token is the permit of one signal.

mod logged;

use super::agreements::payload;
use super::messages::{prepared, prepared_for, publish, signals};
use super::run;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_client::{Persons, To};
use seinhuis_domain::agreement::StepKind;
use seinhuis_identity::jws;
use seinhuis_identity::signing::Signer;
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_testkit::pki::{Purpose, SigningAlgorithm};
use seinhuis_tests::{Chain, Raw, content, reason, signer};
use seinhuis_types::{AgreementHash, Clock, SystemClock};
use serde_json::Value;
use std::collections::BTreeSet;
use tonic::{Code, Status};

/// One agreement that a step is tried on, and who tries it.
struct Ground {
    chain: Chain,
    hash: AgreementHash,
    kind: StepKind,
    own: Signer,
}

/// The answer to a step: the state, or gRPC code, error code and message.
type Answer = Result<v1::AgreementState, (Code, String, String)>;

impl Ground {
    async fn new(kind: StepKind) -> Self {
        let chain = Chain::start().await.unwrap();
        let hash = match kind {
            StepKind::Leave => chain.agreement.clone(),
            _ => proposed(&chain, 2).await,
        };
        let own = signer(&chain.sandbox, "politie").unwrap();
        Self {
            chain,
            hash,
            kind,
            own,
        }
    }

    fn claims(&self, hash: &AgreementHash, kind: StepKind) -> Vec<u8> {
        payload(hash.as_str(), kind.as_str(), "a-1", "b-2")
    }

    fn signed(&self, hash: &AgreementHash, kind: StepKind) -> String {
        jws::sign(&self.own, None, &self.claims(hash, kind)).unwrap()
    }

    /// Sends a step as `name`, about `hash`.
    async fn send(&self, name: &str, hash: &AgreementHash, jws: String, by: &Signer) -> Answer {
        let port = self.chain.sandbox.hub_port();
        let channel = Raw::connect(&self.chain.sandbox, name, port).await.unwrap();
        let mut client = AgreementServiceClient::new(channel);
        let idempotency_key = rand::random::<[u8; 16]>().to_vec();
        let agreement_hash = hash.to_string();
        let step = Some(v1::SignedStep {
            jws,
            signing_chain: by.chain().to_vec(),
        });
        macro_rules! call {
            ($method:ident, $request:ident) => {
                client
                    .$method(v1::$request {
                        idempotency_key,
                        agreement_hash,
                        step,
                    })
                    .await
                    .map(|reply| reply.into_inner().state())
            };
        }
        let answer = match self.kind {
            StepKind::Accept => call!(accept, AcceptRequest),
            StepKind::Reject => call!(reject, RejectRequest),
            _ => call!(leave, LeaveRequest),
        };
        answer.map_err(|status: Status| {
            let told = status.message().to_owned();
            (status.code(), reason(&status), told)
        })
    }

    async fn own(&self, jws: String) -> Answer {
        self.send("politie", &self.hash, jws, &self.own).await
    }

    /// -1: a good signature is placed, and stands in the agreement.
    async fn placed(&self, state: v1::AgreementState) {
        let taken = self.own(self.signed(&self.hash, self.kind)).await;
        assert_eq!(taken, Ok(state));
        let view = self
            .chain
            .partner("om")
            .agreement(&self.hash)
            .await
            .unwrap();
        let own = self.own.oin();
        let last = view.steps.iter().rfind(|step| step.oin == own).unwrap();
        assert!(last.proven && last.kind == self.kind);
    }

    /// -2: of one that is no party.
    async fn of_no_party(&self, outsider: &str, foreign: &AgreementHash) {
        let other = signer(&self.chain.sandbox, outsider).unwrap();
        let jws = jws::sign(&other, None, &self.claims(foreign, self.kind)).unwrap();
        let refused = self.send(outsider, foreign, jws, &other).await.unwrap_err();
        assert_eq!(refused.1, "AGREEMENT_NOT_FOUND", "{refused:?}");
    }

    /// -3: what is no JWS.
    async fn of_no_jws(&self) {
        for jws in ["", "a.b", "not a jws", "e30.e30.e30"] {
            let (code, told, message) = self.own(jws.to_owned()).await.unwrap_err();
            assert_eq!(code, Code::InvalidArgument, "{jws}: {message}");
            assert_eq!(told, "AGREEMENT_INVALID", "{jws}: {message}");
        }
    }

    /// -4: a signature over another content.
    async fn over_another_content(&self, other: &AgreementHash) {
        let refused = self.own(self.signed(other, self.kind)).await.unwrap_err();
        assert_eq!(refused.1, "AGREEMENT_HASH_MISMATCH", "{refused:?}");
    }

    /// -5: a signature for another step.
    async fn for_another_step(&self) {
        for kind in StepKind::ALL.into_iter().filter(|kind| *kind != self.kind) {
            let refused = self.own(self.signed(&self.hash, kind)).await.unwrap_err();
            assert!(
                matches!(refused.1.as_str(), "AGREEMENT_INVALID" | "MESSAGE_INVALID"),
                "{refused:?}"
            );
        }
    }

    /// -6: the call names another agreement than the signature does.
    async fn under_another_name(&self, other: &AgreementHash) {
        let jws = self.signed(&self.hash, self.kind);
        let refused = self
            .send("politie", other, jws, &self.own)
            .await
            .unwrap_err();
        assert_eq!(refused.1, "AGREEMENT_HASH_MISMATCH", "{refused:?}");
    }

    /// -7, -8: an algorithm that is not taken. FSC takes RSA too; these agreements take ES256 and
    /// ES384 alone.
    async fn by_another_algorithm(&self, algorithm: &str) {
        let good = self.signed(&self.hash, self.kind);
        let [header, rest] = good.splitn(2, '.').collect::<Vec<_>>()[..] else {
            panic!("{good}")
        };
        let header = URL_SAFE_NO_PAD.decode(header).unwrap();
        let header = String::from_utf8(header).unwrap();
        assert!(header.contains("ES256"), "{header}");
        let header = header.replace("ES256", algorithm);
        let forged = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
        let refused = self.own(forged).await.unwrap_err();
        assert_eq!(refused.1, "AGREEMENT_INVALID", "{refused:?}");
    }
}

/// A version of the five-party agreement that nobody answered yet.
async fn proposed(chain: &Chain, number: u32) -> AgreementHash {
    let version = format!("version = {number}\n");
    let change = |text: String| text.replace("version = 1\n", &version);
    let bytes = content(chain.partner("politie"), "five-party.toml", change);
    let bytes = bytes.await.unwrap();
    chain.partner("politie").propose(&bytes).await.unwrap().0
}

/// An agreement of police and Veilig Thuis alone, as a proposal.
async fn of_two(chain: &Chain) -> AgreementHash {
    let bytes = content(chain.partner("politie"), "two-party.toml", |text| text);
    let bytes = bytes.await.unwrap();
    chain.partner("politie").propose(&bytes).await.unwrap().0
}

/// Manager-SubmitContract-1 and -7.
#[test]
fn submit_contract_1_and_7() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let bytes = content(chain.partner("politie"), "two-party.toml", |text| text);
        let bytes = bytes.await.unwrap();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "rvdk", port).await.unwrap();
        let refused = AgreementServiceClient::new(channel)
            .propose(v1::ProposeRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                content: bytes.clone(),
            })
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "AGREEMENT_INVALID");
        let (hash, _) = chain.partner("politie").propose(&bytes).await.unwrap();
        assert!(chain.partner("veilig-thuis").agreement(&hash).await.is_ok());
    });
}

/// Manager-SubmitContract-10: a hash of another profile than `$1$1$`, wherever a proposal or what is signed
/// about it has one.
#[test]
fn submit_contract_10() {
    run(async {
        let ground = Ground::new(StepKind::Accept).await;
        let chain = &ground.chain;
        let bytes = content(chain.partner("politie"), "two-party.toml", |text| text);
        let bytes = bytes.await.unwrap();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let mut client = AgreementServiceClient::new(channel);
        for profile in ["$2$1$", "$1$2$", ""] {
            let other = ground.hash.as_str().replacen("$1$1$", profile, 1);
            let mut replacing: Value = serde_json::from_slice(&bytes).unwrap();
            replacing["replaces"] = other.clone().into();
            let proposal = v1::ProposeRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                content: replacing.to_string().into_bytes(),
            };
            let refused = client.propose(proposal).await.unwrap_err();
            assert_eq!(reason(&refused), "AGREEMENT_INVALID", "{refused:?}");
            let claims = payload(&other, "accept", "a-1", "b-2");
            let jws = jws::sign(&ground.own, None, &claims).unwrap();
            let refused = ground.own(jws).await.unwrap_err();
            assert_eq!(refused.1, "AGREEMENT_INVALID", "{refused:?}");
            let accepted = v1::AcceptRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                agreement_hash: other,
                step: Some(v1::SignedStep {
                    jws: ground.signed(&ground.hash, StepKind::Accept),
                    signing_chain: ground.own.chain().to_vec(),
                }),
            };
            let refused = client.accept(accepted).await.unwrap_err();
            assert_eq!(reason(&refused), "MESSAGE_INVALID", "{refused:?}");
        }
        // Under the right one the same content is taken, and so is the step.
        chain.partner("politie").propose(&bytes).await.unwrap();
        ground.placed(v1::AgreementState::Proposed).await;
    });
}

/// Manager-AcceptContract-1 to -9.
#[test]
fn accept_contract_1_to_9() {
    run(async {
        let mut ground = Ground::new(StepKind::Accept).await;
        let (two, other) = (
            of_two(&ground.chain).await,
            proposed(&ground.chain, 3).await,
        );
        accept_contract_2(&ground, &two).await;
        accept_contract_3(&ground).await;
        accept_contract_4(&ground, &other).await;
        accept_contract_5(&ground).await;
        accept_contract_6(&ground, &other).await;
        accept_contract_7(&ground).await;
        accept_contract_8(&ground).await;
        accept_contract_1(&ground).await;
        ground.hash = other;
        accept_contract_9(ground).await;
    });
}

async fn accept_contract_1(ground: &Ground) {
    ground.placed(v1::AgreementState::Proposed).await;
}
async fn accept_contract_2(ground: &Ground, two: &AgreementHash) {
    ground.of_no_party("om", two).await;
}
async fn accept_contract_3(ground: &Ground) {
    ground.of_no_jws().await;
}
async fn accept_contract_4(ground: &Ground, other: &AgreementHash) {
    ground.over_another_content(other).await;
}
async fn accept_contract_5(ground: &Ground) {
    ground.for_another_step().await;
}
async fn accept_contract_6(ground: &Ground, other: &AgreementHash) {
    ground.under_another_name(other).await;
}
async fn accept_contract_7(ground: &Ground) {
    for algorithm in ["none", "HS256", "EdDSA", "ES512"] {
        ground.by_another_algorithm(algorithm).await;
    }
}
async fn accept_contract_8(ground: &Ground) {
    for algorithm in ["RS256", "RS384", "RS512"] {
        ground.by_another_algorithm(algorithm).await;
    }
}
/// By both curves: -1 is signed by ES256.
async fn accept_contract_9(mut ground: Ground) {
    let purpose = Purpose::Signing(SigningAlgorithm::Es384);
    let issued = ground.chain.sandbox.pki();
    let issued = issued.issue(&purpose, ground.own.oin(), SystemClock.now());
    let issued = issued.unwrap();
    let (key, chain) = (issued.key_pem(), issued.chain_pem());
    ground.own = Signer::from_pem(key.as_bytes(), chain.as_bytes()).unwrap();
    ground.placed(v1::AgreementState::Proposed).await;
}

/// Manager-RejectContract-1 to -7.
#[test]
fn reject_contract_1_to_7() {
    run(async {
        let ground = Ground::new(StepKind::Reject).await;
        let (two, other) = (
            of_two(&ground.chain).await,
            proposed(&ground.chain, 3).await,
        );
        ground.of_no_party("om", &two).await; // -2
        ground.of_no_jws().await; // -3
        ground.over_another_content(&other).await; // -4
        ground.for_another_step().await; // -5
        ground.under_another_name(&other).await; // -6
        ground.by_another_algorithm("HS256").await; // -7
        ground.placed(v1::AgreementState::Rejected).await; // -1
    });
}

/// Manager-RevokeContract-1 to -7; one party's revocation ends its own clauses.
#[test]
fn revoke_contract_1_to_7() {
    run(async {
        let ground = Ground::new(StepKind::Leave).await;
        let (two, other) = (
            of_two(&ground.chain).await,
            proposed(&ground.chain, 3).await,
        );
        ground.of_no_party("om", &two).await; // -2
        ground.of_no_jws().await; // -3
        ground.over_another_content(&other).await; // -4
        ground.for_another_step().await; // -5
        ground.under_another_name(&other).await; // -6
        ground.by_another_algorithm("HS256").await; // -7
        ground.placed(v1::AgreementState::Valid).await; // -1
    });
}

/// Manager-Contracts-1 and -2.
#[test]
fn contracts_1_and_2() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let two = of_two(&chain).await;
        for (name, sees) in [("politie", true), ("veilig-thuis", true), ("om", false)] {
            let listed = chain.partner(name).list_agreements().await.unwrap();
            assert!(listed.iter().any(|view| view.hash == chain.agreement));
            assert_eq!(listed.iter().any(|view| view.hash == two), sees, "{name}");
        }
    });
}

/// Manager-GetToken-1, -2, -3 and -4.
#[test]
fn get_token_1_to_4() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut client = signals(&chain, "politie").await;
        let first = |decision: v1::Decision| decision.reasons.first().map(|r| r.code.clone());
        let valid = prepared(&chain).await;
        let decision = publish(&mut client, valid).await.unwrap(); // -1
        assert!(decision.permitted && decision.valid_until_ms > 0);
        let open = To {
            agreement: proposed(&chain, 2).await,
            ..chain.to("veilig-thuis", "pol-vt-report")
        };
        let message = prepared_for(&chain, open).await;
        let decision = publish(&mut client, message).await.unwrap(); // -2
        assert_eq!(first(decision).as_deref(), Some("AGREEMENT_NOT_VALID"));
        let message = prepared(&chain).await;
        let persons = Persons::new("a-1", "b-2").unwrap();
        let politie = chain.partner("politie");
        politie.leave(&chain.agreement, &persons).await.unwrap();
        let decision = publish(&mut client, message).await.unwrap(); // -3
        assert_eq!(first(decision).as_deref(), Some("AGREEMENT_ENDED"));
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let refused = AgreementServiceClient::new(channel)
            .get(v1::GetRequest {
                agreement_hash: "$1$2$not-a-hash".to_owned(),
                ..v1::GetRequest::default()
            })
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "MESSAGE_INVALID"); // -4
    });
}

/// Manager-Peers-1 and Manager-PeerInfo-1: who calls learns who takes part, each once, under which OIN,
/// name and role.
#[test]
fn peers_1_and_peer_info_1() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "om", port).await.unwrap();
        let mut client = DirectoryServiceClient::new(channel);
        let answer = client.list_partners(v1::ListPartnersRequest {}).await;
        let peers = answer.unwrap().into_inner().partners;
        let once: BTreeSet<&str> = peers.iter().map(|peer| peer.oin.as_str()).collect();
        assert_eq!(once.len(), peers.len());
        for (oin, role) in [
            ("00000099000000010000", "politie"),
            ("00000099000000030000", "rvdk"),
            ("00000099000000050000", "veilig-thuis"),
        ] {
            let peer = peers.iter().find(|peer| peer.oin == oin).unwrap();
            assert_eq!(peer.role, role);
            assert!(!peer.name.is_empty() && !peer.desks.is_empty(), "{peer:?}");
        }
    });
}
