//! A desk that no key can be sealed for: it is named to the source, and keeps nobody else from being told.

use super::{delivery, desk, told};
use crate::call;
use crate::cli::{document, documents, verb};
use crate::flow::next;
use crate::messages::{header, signals};
use crate::reload::{self, IN_FORCE, hang_up};
use crate::run;
use seinhuis_client::{
    Acknowledgement, ClientError, Partner, PartnerConfig, SentDelivery, Signal, Subject, To,
};
use seinhuis_domain::signal::{RectificationKind, Regime};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse, SUITE};
use seinhuis_identity::signing::Signer;
use seinhuis_proto::v1;
use seinhuis_proto::v1::directory_service_client::DirectoryServiceClient;
use seinhuis_testkit::pki::{Purpose, SigningAlgorithm};
use seinhuis_tests::{Chain, Raw, resign, signer, story};
use seinhuis_types::{AgreementHash, Clock, Millis, SignalId, SystemClock};
use std::sync::Arc;

const FROM: &str = "executie";
/// Who received the signal, where, and under which clause.
const POLICE: (&str, &str, &str) = ("politie", "huiselijk-geweld", "om-pol-breach");
const CARE: (&str, &str, &str) = ("veilig-thuis", "intake", "om-vt-safety");
const WHO: [&str; 6] = ["--by", "p-1", "--role", "team-lead", "--decided-by", "p-2"];

/// The police too hear of conditions.
fn conditions_to_both(text: &str) -> String {
    let (before, clause) = text.split_once("id = \"om-pol-breach\"").unwrap();
    let breach = "code = \"COND_BREACH\"\nfields = [\"conditions_breached\", \"advice\", \"fact_status\", \"severity\"]";
    let set = "code = \"COND_SET\"\nfields = [\"conditions\", \"start\", \"end\", \"severity\"]";
    assert_eq!(clause.matches(breach).count(), 1);
    let clause = clause.replacen(breach, set, 1);
    // Conditions are kept as long as they last.
    let (short, long) = ("retention = \"R0\"", "retention = \"R2\"");
    assert_eq!(clause.matches(short).count(), 1);
    let clause = clause.replacen(short, long, 1);
    format!("{before}id = \"om-pol-breach\"{clause}")
}

fn conditions() -> Signal {
    let signal = call::begun("COND_SET", "P-SAFETY", Regime::Wjsg, "supervision-task")
        .field("conditions", "contact-ban")
        .field("start", "2026-09-14")
        .subject(Subject::number(story::ADULT, "suspect", "18-plus").unwrap());
    signal.finish().unwrap()
}

/// A signal of the prosecutor that both received and told so.
struct Stage {
    chain: Chain,
    agreement: AgreementHash,
    signal: SignalId,
}

impl Stage {
    async fn start() -> Self {
        let chain = Chain::start().await.unwrap();
        let agreement = chain.agree(|text| conditions_to_both(&text)).await.unwrap();
        let mut stage = Self {
            chain,
            agreement,
            signal: SignalId([0; 16]),
        };
        let (from, said) = (desk(FROM), conditions());
        let sending = stage.om().signal(&from, &said);
        let sending = sending.to(stage.to(POLICE)).to(stage.to(CARE));
        let sent = sending.send().await.unwrap();
        assert!(sent.iter().all(|one| one.permitted), "{sent:?}");
        stage.signal = sent[0].signal;
        for (name, at, _) in [POLICE, CARE] {
            let first = next(&stage.chain, name, at).await;
            stage
                .chain
                .partner(name)
                .acknowledge(&first, &Acknowledgement::Delivered)
                .await
                .unwrap();
        }
        stage
    }

    fn om(&self) -> &Partner {
        self.chain.partner("om")
    }

    fn to(&self, (name, _, clause): (&str, &str, &str)) -> To {
        To {
            agreement: self.agreement.clone(),
            ..self.chain.to(name, clause)
        }
    }

    /// Puts a signing certificate on its issuer's list, and has the hub take that in.
    async fn revoke(&self, leaf: &[u8]) {
        let leaf = rustls_pki_types::CertificateDer::from(leaf);
        let now = SystemClock.now();
        self.chain.sandbox.pki().revoke(&leaf, now).unwrap();
        hang_up(self.chain.hub.as_ref());
        reload::told(&self.chain, "hub", &[IN_FORCE, "intermediate.crl"]).await;
    }

    /// States two keys of a desk by this certificate, that begin after those it has.
    async fn states(&self, name: &str, at: &str, epoch: u16, signer: &Signer) {
        let port = self.chain.sandbox.hub_port();
        let channel = Raw::connect(&self.chain.sandbox, name, port).await.unwrap();
        let mut client = DirectoryServiceClient::new(channel);
        let now = SystemClock.now();
        for key_use in [KeyUse::Seal, KeyUse::Pseudonym] {
            let statement = KeyStatement {
                oin: signer.oin(),
                desk: desk(at),
                key_use,
                kid: format!("{}-other", key_use.as_str()).parse().unwrap(),
                suite: SUITE,
                key: vec![7; key_use.key_bytes()],
                epoch,
                not_before: now,
                not_after: now.plus(Millis::DAY),
            };
            let statement = v1::KeyStatement {
                jws: statement.sign(signer).unwrap(),
                signing_chain: signer.chain().to_vec(),
            };
            let request = v1::PublishKeyStatementRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                statement: Some(statement),
            };
            client.publish_key_statement(request).await.unwrap();
        }
    }
}

fn withdraw(signal: &str) -> Vec<&str> {
    let what = ["signal", "withdraw", FROM, signal, "--why", "unlawful"];
    [&what[..], &WHO].concat()
}

/// The words for people in a language, of a verb that ended with this code.
fn words(chain: &Chain, arguments: &[&str], lang: &str, code: i32) -> String {
    let arguments = [arguments, &["--lang", lang]].concat();
    crate::cli::told(&verb(chain, "om", &arguments), code)
}

fn notice(sent: &SentDelivery) -> Result<Signal, ClientError> {
    let notice = sent.notice(SystemClock.now()).by("p-1", "team-lead");
    Ok(notice.decided("p-2", "supervision-task").finish()?)
}

#[test]
fn a_revoked_certificate_of_one_keeps_nobody_else_from_being_told() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let own = signer(&chain.sandbox, "veilig-thuis").unwrap();
        stage.revoke(&own.chain()[0]).await;

        let signal = stage.signal.to_string();
        let withdraw = withdraw(&signal);
        let done = documents(chain, "om", &withdraw, 2).remove(0);
        let outcomes = done["outcomes"].as_array().unwrap();
        assert_eq!(outcomes.len(), 1, "{done}");
        assert_eq!(outcomes[0]["permitted"], true);
        let unreached = done["unreached"].as_array().unwrap();
        assert_eq!(unreached.len(), 1, "{done}");
        let care = chain.oin("veilig-thuis");
        assert_eq!(unreached[0]["recipient_oin"], care.as_str());
        assert_eq!(unreached[0]["recipient_desk"], "intake");
        assert_eq!(unreached[0]["received"], true);

        // Who can be told is told, and acknowledges.
        let police = chain.partner("politie");
        let (notice, _) = delivery(&mut police.receive(&desk(POLICE.1), Vec::new())).await;
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!(about.told, told(RectificationKind::Withdrawn, "unlawful"));
        let arrived = Acknowledgement::Delivered;
        police.acknowledge(&notice, &arrived).await.unwrap();
        let corrections = ["signal", "corrections", signal.as_str()];
        let listed = document(chain, "om", &corrections);
        assert_eq!(listed["not_acknowledged"], 2, "{listed}");
        let told_police = &listed["deliveries"][0]["rectifications"][0];
        assert_eq!(told_police["standing"], "arrived");
        assert_eq!(told_police["acknowledged"], false);
        let opened = Acknowledgement::opened("officer-3", "police-officer").unwrap();
        police.acknowledge(&notice, &opened).await.unwrap();

        // Who cannot is not counted as told: neither by its silence nor by the others.
        let listed = document(chain, "om", &corrections);
        assert_eq!(listed["not_acknowledged"], 1, "{listed}");
        let [first, second] = [&listed["deliveries"][0], &listed["deliveries"][1]];
        assert_eq!(first["rectifications"][0]["standing"], "acknowledged");
        assert_eq!(first["untold"], serde_json::json!([]));
        assert_eq!(second["untold"], serde_json::json!(["withdrawn"]));
        assert_eq!(second["rectifications"], serde_json::json!([]));

        for (lang, verb_says, list_says, count) in [
            (
                "nl",
                "heeft geen geldige sleutel",
                "niet verteld",
                "nog niet bevestigd: 2",
            ),
            (
                "en",
                "has no key in force",
                "not told",
                "not acknowledged yet: 2",
            ),
        ] {
            // Told again, the police have it to acknowledge again.
            let shown = words(chain, &withdraw, lang, 2);
            assert!(shown.contains(verb_says), "{shown}");
            let shown = words(chain, &corrections, lang, 0);
            assert!(shown.contains(list_says), "{shown}");
            assert!(shown.contains(count), "{shown}");
        }
    });
}

#[test]
fn the_same_call_again_names_the_same_desk_that_is_not_reached() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let own = signer(&chain.sandbox, "veilig-thuis").unwrap();
        stage.revoke(&own.chain()[0]).await;
        // What corrects, past the SDK: the envelope of the police alone.
        let (from, said) = (desk(FROM), conditions());
        let sending = stage.om().signal(&from, &said).to(stage.to(POLICE));
        let mut message = sending.prepare().await.unwrap().message().clone();
        header(&mut message, |header| {
            header.rectification = v1::RectificationKind::Corrected.into();
            header.rectification_reason = "inaccurate".into();
        });
        let key = signer(&chain.sandbox, "om").unwrap();
        resign(&mut message.envelopes[0], &key).unwrap();
        let request = v1::RectifyRequest {
            idempotency_key: vec![7; 16],
            signal_id: stage.signal.0.to_vec(),
            kind: v1::RectificationKind::Corrected.into(),
            reason: "inaccurate".into(),
            source_leaf: message.envelopes[0].source_leaf.clone(),
            envelopes: message.envelopes,
            ..v1::RectifyRequest::default()
        };
        let mut raw = signals(chain, "om").await;
        let first = raw.rectify(request.clone()).await.unwrap().into_inner();
        assert_eq!((first.outcomes.len(), first.ended.len()), (1, 0));
        let [unreached] = first.unreached.as_slice() else {
            panic!("{first:?}")
        };
        let named = unreached.desk.as_ref().unwrap();
        assert_eq!(named.oin, chain.oin("veilig-thuis").as_str());
        assert_eq!(named.desk, "intake");
        let again = raw.rectify(request).await.unwrap().into_inner();
        assert_eq!(first, again, "the same reply, receipts and all");
        // It was done once.
        let sent = stage.om().sent(stage.signal).await.unwrap();
        let told = sent.iter().map(|one| one.rectifications.len());
        assert_eq!(told.collect::<Vec<_>>(), [1, 0]);
        assert_eq!(sent[1].untold, [RectificationKind::Corrected]);
    });
}

/// A partner of the chain that knows what is revoked by now.
async fn connected_again(chain: &Chain, name: &str) -> Partner {
    let config = PartnerConfig::load(&chain.sandbox.partner_config(name)).unwrap();
    let clock = Arc::new(SystemClock);
    Partner::connect(&config, clock).await.unwrap()
}

/// Sender and hub choose alike: of a desk that stated a key anew under a certificate which is revoked by now, the
/// key before it.
#[test]
fn a_key_under_a_revoked_certificate_gives_way_to_the_one_before_it() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let purpose = Purpose::Signing(SigningAlgorithm::Es256);
        let care = chain.oin("veilig-thuis");
        let issued = chain.sandbox.pki().issue(&purpose, care, SystemClock.now());
        let issued = issued.unwrap();
        let pem = (issued.key_pem(), issued.chain_pem());
        let other = Signer::from_pem(pem.0.as_bytes(), pem.1.as_bytes()).unwrap();
        stage.states(CARE.0, CARE.1, 1, &other).await;
        stage.revoke(&other.chain()[0]).await;
        let om = connected_again(chain, "om").await;
        let kind = told(RectificationKind::Withdrawn, "unlawful");
        let done = om.rectify(&desk(FROM), stage.signal, &kind, notice).await;
        let done = done.unwrap();
        assert!(done.complete(), "{done:?}");
        assert_eq!(done.told.len(), 2);
        let vt = chain.partner("veilig-thuis");
        let (notice, _) = delivery(&mut vt.receive(&desk(CARE.1), Vec::new())).await;
        assert!(notice.rectifies.is_some());
    });
}

#[test]
fn keys_of_another_epoch_of_one_keep_nobody_else_from_being_told() {
    run(async {
        let stage = Stage::start().await;
        let chain = &stage.chain;
        let care = signer(&chain.sandbox, "veilig-thuis").unwrap();
        stage.states(CARE.0, CARE.1, 2, &care).await;
        let kind = told(RectificationKind::Withdrawn, "unlawful");
        let from = desk(FROM);
        let tell = || stage.om().rectify(&from, stage.signal, &kind, notice);
        let done = tell().await.unwrap();
        assert!(!done.complete());
        let told: Vec<_> = done.told.iter().map(|one| one.route.recipient).collect();
        assert_eq!(told, [chain.oin("politie")]);
        let unreached: Vec<_> = done.unreached.iter().map(|one| one.oin).collect();
        assert_eq!(unreached, [chain.oin("veilig-thuis")]);
        assert!(done.unreached[0].received);

        // One's own desk on another epoch than the hub's reaches nobody, and is told so.
        let own = signer(&chain.sandbox, "om").unwrap();
        stage.states("om", FROM, 2, &own).await;
        stage.om().forget_keys();
        let refused = tell().await.unwrap_err();
        let ClientError::Invalid(why) = &refused else {
            panic!("{refused:?}")
        };
        assert!(
            why.contains(FROM) && why.contains("epoch 1 is in force"),
            "{why}"
        );
    });
}
