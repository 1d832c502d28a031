//! Four eyes at the command line: one person prepares a step, another approves and signs it; whatever
//! goes wrong in between, it is taken once or not at all.

use super::agreements::payload;
use super::cli::{document, told, verb};
use super::run;
use seinhuis_client::{ClientError, Partner, PartnerConfig, Persons, Signatory};
use seinhuis_domain::agreement::StepKind;
use seinhuis_identity::jws;
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_tests::{Chain, Raw, content, reason, signer};
use seinhuis_types::{AgreementHash, Clock, ManualClock, Millis, SystemClock};
use std::path::Path;
use std::sync::Arc;

async fn proposed(chain: &Chain) -> AgreementHash {
    let bytes = content(chain.partner("politie"), "two-party.toml", |text| text);
    let bytes = bytes.await.unwrap();
    chain.partner("politie").propose(&bytes).await.unwrap().0
}

fn prepare<'a>(step: &'a str, hash: &'a str, file: &'a str) -> [&'a str; 8] {
    [
        "agreement",
        "prepare",
        step,
        hash,
        "--initiator",
        "p-1",
        "--file",
        file,
    ]
}

fn sign<'a>(file: &'a str, approver: &'a str) -> [&'a str; 5] {
    ["agreement", "sign", file, "--approver", approver]
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

/// What a look at a signed file tells, whose answer did not arrive.
fn signed_and_not_sent(chain: &Chain, file: &str) {
    let look = document(chain, "politie", &["agreement", "sign", file]);
    assert_eq!(look["status"], "signed");
    for (lang, words, other) in [
        ("nl", "Dit is getekend", "Nog niets getekend"),
        ("en", "This is signed", "Nothing is signed yet"),
    ] {
        let look = verb(
            chain,
            "politie",
            &["--lang", lang, "agreement", "sign", file],
        );
        let look = told(&look, 0);
        assert!(look.contains(words) && !look.contains(other), "{look}");
    }
}

#[test]
fn one_prepares_and_another_signs_and_it_is_taken_once() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let hash = proposed(&chain).await;
        let file = path(folder.path(), "accept.step");
        let hash_text = hash.as_str();
        let prepared = document(&chain, "politie", &prepare("accept", hash_text, &file));
        assert_eq!(prepared["status"], "prepared");
        assert_eq!(prepared["content"]["clauses"][0]["max_subjects"], 6);
        assert_eq!(prepared["compared_with"], serde_json::Value::Null);
        // A file is never written over; nothing is signed by looking.
        let twice = verb(&chain, "politie", &prepare("accept", hash_text, &file));
        assert!(told(&twice, 3).contains("already"));
        let dutch = verb(
            &chain,
            "politie",
            &["--lang", "nl", "agreement", "sign", &file],
        );
        let dutch = told(&dutch, 0);
        for part in [
            "het convenant aanvaarden",
            "Nog niets getekend",
            "Wat hieronder mag worden gezonden:",
            "mag nieuw zenden aan",
            "hoogstens 6 personen",
            "verplichtingen give-feedback",
            "seinpaal agreement compare",
        ] {
            assert!(dutch.contains(part), "{part}: {dutch}");
        }
        let view = chain.partner("politie").agreement(&hash).await.unwrap();
        assert!(view.steps.is_empty());
        // Not by the one who prepared it, nor for another organisation.
        let same = verb(&chain, "politie", &sign(&file, "P-1"));
        assert!(told(&same, 3).contains("two different persons"));
        let other = verb(&chain, "om", &sign(&file, "o-2"));
        assert!(told(&other, 3).contains("another organisation"));
        let unsigned = std::fs::read(&file).unwrap();
        let taken = document(&chain, "politie", &sign(&file, "p-2"));
        assert_eq!(
            (&taken["state"], &taken["taken_before"]),
            (&"proposed".into(), &false.into())
        );
        // Again, as if the answer had been lost: the same bytes, the same entry, no second step.
        let mut lost: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        lost.as_object_mut().unwrap().remove("taken").unwrap();
        std::fs::write(&file, lost.to_string()).unwrap();
        signed_and_not_sent(&chain, &file);
        let again = document(&chain, "politie", &sign(&file, "p-2"));
        assert_eq!(
            (&again["index"], &again["taken_before"]),
            (&taken["index"], &false.into())
        );
        let done = document(&chain, "politie", &sign(&file, "p-2"));
        assert_eq!(
            (&done["index"], &done["taken_before"]),
            (&taken["index"], &true.into())
        );
        let view = chain.partner("politie").agreement(&hash).await.unwrap();
        assert_eq!(view.steps.len(), 1);
        assert!(view.steps[0].proven);
        // A copy from before it was signed comes too late.
        std::fs::write(&file, unsigned).unwrap();
        let late = verb(&chain, "politie", &sign(&file, "p-3"));
        assert!(told(&late, 3).contains("answered the proposal before"));
    });
}

#[test]
fn a_step_that_cannot_follow_or_was_changed_is_not_prepared_or_signed() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let hash = chain.agreement.as_str();
        let file = path(folder.path(), "a.step");
        for (step, says) in [
            ("accept", "`accept` cannot follow: the agreement is valid"),
            ("resume", "no reason"),
            ("suspend", "no reason"),
        ] {
            let refused = verb(&chain, "om", &prepare(step, hash, &file));
            assert!(told(&refused, 3).contains(says), "{step}");
        }
        let resume = [
            &prepare("resume", hash, &file)[..],
            &["--because", "resolved"],
        ]
        .concat();
        let refused = verb(&chain, "om", &resume);
        assert!(told(&refused, 3).contains("cannot follow: the agreement is valid"));
        let typo = [
            &prepare("suspend", hash, &file)[..],
            &["--because", "incidnt"],
        ]
        .concat();
        assert!(told(&verb(&chain, "om", &typo), 64).contains("incident, unlawful-use"));
        let nothing = verb(&chain, "om", &sign(&file, "o-2"));
        assert!(told(&nothing, 3).contains("prepare the step first"));
        let good = [
            &prepare("suspend", hash, &file)[..],
            &["--because", "order"],
        ]
        .concat();
        document(&chain, "om", &good);
        let text = std::fs::read_to_string(&file).unwrap();
        for (from, to) in [
            ("\"order\"", "\"resolved\""),
            ("\"suspend\"", "\"leave\""),
            ("\"suspend\"", "\"stop\""),
            ("\"initiator\"", "\"starter\""),
        ] {
            assert!(text.contains(from), "{from}");
            std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
            told(&verb(&chain, "om", &sign(&file, "o-2")), 3);
        }
        std::fs::write(&file, &text).unwrap();
        let taken = document(&chain, "om", &sign(&file, "o-2"));
        assert_eq!(taken["state"], "suspended");
        let shown = verb(
            &chain,
            "politie",
            &["--lang", "nl", "agreement", "show", hash],
        );
        assert!(told(&shown, 0).contains("toezichthouder of rechter"));
        let history = document(&chain, "politie", &["agreement", "history", hash]);
        assert_eq!(history["versions"][0]["state"], "suspended");
        let warned = document(&chain, "politie", &["agreement", "warnings"]);
        assert_eq!(warned["warnings"], serde_json::json!([]));
    });
}

#[test]
fn the_hub_takes_no_suspension_without_a_reason() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let own = signer(&chain.sandbox, "politie").unwrap();
        let claims = payload(chain.agreement.as_str(), "suspend", "a-1", "b-2");
        let port = chain.sandbox.hub_port();
        let channel = Raw::connect(&chain.sandbox, "politie", port).await.unwrap();
        let refused = AgreementServiceClient::new(channel)
            .suspend(v1::SuspendRequest {
                idempotency_key: rand::random::<[u8; 16]>().to_vec(),
                agreement_hash: chain.agreement.to_string(),
                step: Some(v1::SignedStep {
                    jws: jws::sign(&own, None, &claims).unwrap(),
                    signing_chain: own.chain().to_vec(),
                }),
            })
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "MESSAGE_INVALID");
        assert!(refused.message().contains("has no reason"), "{refused}");
    });
}

#[test]
fn a_prepared_step_is_approved_within_fourteen_days_and_not_a_millisecond_later() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let hash = proposed(&chain).await;
        let clock = ManualClock::at(SystemClock.now());
        let config = PartnerConfig::load(&chain.sandbox.partner_config("politie")).unwrap();
        let police = Partner::connect(&config, Arc::new(clock.clone()));
        let police = police.await.unwrap();
        let person = |name| Signatory::new(name, None).unwrap();
        let prepared = police.prepare_step(StepKind::Accept, &hash, person("p-1"), None);
        let (draft, _) = prepared.await.unwrap();
        // Fourteen days from the whole second that stands in the file.
        let end = draft.prepared_at().plus(14 * Millis::DAY);
        clock.advance(end.minus(1).0 - clock.now().0);
        let mut last = draft.clone();
        police
            .approve_draft(&mut last, person("p-2"))
            .await
            .unwrap();
        assert!(last.is_signed());
        for _ in 0..2 {
            clock.advance(1);
            let mut late = draft.clone();
            match police.approve_draft(&mut late, person("p-2")).await {
                Err(ClientError::Invalid(told)) => {
                    assert!(told.contains("more than 14 days ago"), "{told}");
                }
                other => panic!("{other:?}"),
            }
            assert!(!late.is_signed());
            // What was signed in time stays signed.
            let mut signed = last.clone();
            let again = police.approve_draft(&mut signed, person("p-2"));
            again.await.unwrap();
            assert_eq!(signed, last);
        }
    });
}

/// A next version of what is in force, with another contract of a processor.
async fn next_version(chain: &Chain, replaces: &str, version: u32) -> String {
    let head = format!("version = {version}\nreplaces = \"{replaces}\"\n");
    let bytes = content(chain.partner("politie"), "five-party.toml", |text| {
        text.replacen("version = 1\n", &head, 1)
            .replacen("VWO-2026-1", "VWO-2027-1", 1)
    });
    let bytes = bytes.await.unwrap();
    let proposed = chain.partner("politie").propose(&bytes).await.unwrap();
    proposed.0.to_string()
}

#[test]
fn who_accepts_reads_what_changes_beside_the_version_it_replaces() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let old = chain.agreement.as_str();
        let next = next_version(&chain, old, 2).await;
        let file = path(folder.path(), "next.step");
        let prepared = document(&chain, "om", &prepare("accept", &next, &file));
        assert_eq!(prepared["compared_with"], old);
        let members = &prepared["difference"]["differing_members"];
        let named = ["version", "processors", "replaces"];
        assert_eq!(members, &serde_json::json!(named));
        let look = ["--lang", "en", "agreement", "sign", &file];
        let look = told(&verb(&chain, "om", &look), 0);
        assert!(
            look.contains(&format!("What this changes beside {old}:")),
            "{look}"
        );
        assert!(
            look.contains("nothing changes in what may be sent"),
            "{look}"
        );
        // What it replaces may be an agreement of others.
        let two = proposed(&chain).await;
        let persons = Persons::new("a-1", "b-2").unwrap();
        for name in ["politie", "veilig-thuis"] {
            let partner = chain.partner(name);
            partner.accept(&two, &persons).await.unwrap();
        }
        let wider = next_version(&chain, two.as_str(), 3).await;
        let file = path(folder.path(), "wider.step");
        let words = [&["--lang", "en"][..], &prepare("accept", &wider, &file)].concat();
        let words = told(&verb(&chain, "om", &words), 0);
        assert!(words.contains("is not this organisation's"), "{words}");
        assert!(words.contains("newly gets from"), "{words}");
    });
}

#[test]
fn an_agreement_whose_term_is_over_is_shown_as_over() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let last = SystemClock.now().seconds() + 30;
        let short = chain.agree(|text| {
            text.replace(
                "not_after = 2031-08-31T23:59:59+02:00",
                &format!("not_after = {last}"),
            )
            .replace("review = 2027-09-01", "review = 2026-09-02")
        });
        let short = short.await.unwrap();
        let of = |hash: &AgreementHash| {
            let listed = document(&chain, "politie", &["agreement", "list"]);
            let all = listed["agreements"].as_array().unwrap().clone();
            let mut all = all.into_iter();
            all.find(|one| one["agreement_hash"] == hash.as_str())
                .unwrap()
        };
        assert_eq!(of(&short)["term_over_since"], serde_json::Value::Null);
        let left = Millis((last + 1) * Millis::SECOND).0 - SystemClock.now().0;
        tokio::time::sleep(std::time::Duration::from_millis(left)).await;
        let over = of(&short)["term_over_since"].clone();
        assert!(over.is_string(), "{over}");
        assert_eq!(of(&short)["state"], "valid");
        assert_eq!(
            of(&chain.agreement)["term_over_since"],
            serde_json::Value::Null
        );
        let show = ["agreement", "show", short.as_str()];
        let shown = document(&chain, "politie", &show);
        assert_eq!(shown["term_over_since"], over);
        let over = over.as_str().unwrap();
        for (lang, words) in [("nl", "looptijd voorbij sinds"), ("en", "term over since")] {
            for verbs in [&show[..], &["agreement", "list"]] {
                let said = verb(&chain, "politie", &[&["--lang", lang][..], verbs].concat());
                let said = told(&said, 0);
                assert!(said.contains(&format!("valid; {words} {over}")), "{said}");
            }
        }
    });
}
