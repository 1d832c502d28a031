//! What-if: a partner makes its own logged decisions again, by the rules in force and by others.

use super::cli::{document, told, verb};
use super::compared::configure_catalogues;
use super::persons::{assertion, audit, hash, officer};
use super::{flow, run};
use prost::Message;
use seinhuis_client::{Persons, SearchOptions};
use seinhuis_domain::agreement::StepReason;
use seinhuis_domain::decision::{Recorded, input_digest};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason, repository, signer, story};
use seinhuis_types::{Clock, Desk, LeafIndex, SystemClock};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Sends a report about the first `people` of the household; the index of its entry, and whether it went.
async fn send(chain: &Chain, people: usize) -> (u64, bool) {
    let desk: Desk = "huiselijk-geweld".parse().unwrap();
    let household = story::household().unwrap();
    let about = household.into_iter().take(people);
    let signal = about.fold(story::inc_home(), |signal, one| signal.subject(one));
    let signal = signal.finish().unwrap();
    let to = chain.to("veilig-thuis", "pol-vt-report");
    let sending = chain.partner("politie").signal(&desk, &signal).to(to);
    let outcomes = sending.until_published().send().await.unwrap();
    let outcome = outcomes.into_iter().next().unwrap();
    let index = outcome.proof.index().0;
    (index, outcome.permitted().is_ok())
}

/// `whatif` as two officers of the police.
fn whatif(chain: &Chain, name: &str, arguments: &[&str], code: i32) -> Value {
    let two = ["--json", "--with", "officer-2", "whatif"];
    let output = verb(chain, name, &[&two, arguments].concat());
    let words = told(&output, code);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {words}"))
}

/// What a run that cannot do what was asked tells.
fn refused(chain: &Chain, name: &str, arguments: &[&str], code: i32) -> String {
    let two = ["--with", "officer-2", "whatif"];
    told(&verb(chain, name, &[&two, arguments].concat()), code)
}

fn indexes(document: &Value) -> Vec<u64> {
    let flipped = document["flipped"].as_array().unwrap().iter();
    flipped
        .map(|flip| flip["index"].as_u64().unwrap())
        .collect()
}

pub(super) fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A folder of the configuration in another place, with texts changed wherever they stand.
pub(super) fn copied(to: &Path, folder: &str, changes: &[(&str, &str)]) -> String {
    let target: PathBuf = to.join(folder);
    fs::create_dir(&target).unwrap();
    let mut met = 0;
    for entry in fs::read_dir(repository().join("config").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let mut text = fs::read_to_string(&path).unwrap();
            for (from, with) in changes {
                met += text.matches(from).count();
                text = text.replace(from, with);
            }
            fs::write(target.join(path.file_name().unwrap()), text).unwrap();
        }
    }
    assert!(met > 0, "{folder}");
    target.to_str().unwrap().to_owned()
}

fn five_party() -> String {
    fs::read_to_string(repository().join("config/agreements/five-party.toml")).unwrap()
}

/// That an entry carries what its decision was made of, under the digest that the log is over, and nobody
/// in it.
async fn carries_what_it_was_made_of(chain: &Chain, index: u64, people: usize) {
    let police = chain.partner("politie");
    let police = police.acting_for(&[officer("officer-1")]).unwrap();
    let part = police.entry(LeafIndex(index)).await.unwrap();
    let part = part.provider().unwrap();
    let kept = part.decision_input.as_slice();
    let decision = v1::Decision::decode(part.decision.as_slice()).unwrap();
    assert_eq!(decision.input_digest, input_digest(kept).0);
    assert!(kept.len() < 1_000, "{}", kept.len());
    let recorded = Recorded::parse(&part.decision).unwrap();
    let input = recorded.input(kept).unwrap().unwrap();
    assert_eq!(input.subjects.len(), people);
    let text = String::from_utf8_lossy(kept).into_owned();
    for secret in [story::ADULT, "officer-17", "assistant-3", "CASE-REFERENCE"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

/// A policy set with fewer people, and a catalogue that asks for a field more, make the flips of each.
fn other_rules(chain: &Chain, folder: &Path, one: u64, three: u64) {
    let (permit, forbid) = (
        "context.subjects <= resource.max_subjects",
        "context.subjects > resource.max_subjects",
    );
    let narrower = [
        (permit, &*format!("context.subjects <= 2 && {permit}")),
        (forbid, &*format!("context.subjects > 2 || {forbid}")),
    ];
    let policy = copied(folder, "policy", &narrower);
    let tried = ["--policy", &policy, "--last", "50"];
    let flips = whatif(chain, "politie", &tried, 31);
    assert!(indexes(&flips).contains(&three) && !indexes(&flips).contains(&one));
    let from = r#""severity", "subject_view"]
minimum = ["form", "nature", "children_present", "severity"]"#;
    let with = from.replace(r#"["form""#, r#"["injury", "form""#);
    let catalogue = copied(folder, "catalogue", &[(from, &with)]);
    let tried = ["--catalogue", &catalogue, "--last", "50"];
    let flips = whatif(chain, "politie", &tried, 31);
    assert!(indexes(&flips).contains(&one) && indexes(&flips).contains(&three));
    let first = &flips["flipped"][0]["reasons_new"][0];
    assert_eq!(first["code"], "BELOW_MINIMUM");
    agreements_by_the_catalogue(chain, folder);
}

/// What a catalogue judges only when an agreement is proposed flips nothing, and is told all the same.
fn agreements_by_the_catalogue(chain: &Chain, folder: &Path) {
    let as_it_is = repository().join("config/catalogue");
    let tried = ["--catalogue", as_it_is.to_str().unwrap(), "--last", "50"];
    let nothing = whatif(chain, "politie", &tried, 0);
    assert_eq!(nothing["agreements_refused"], serde_json::json!([]));
    let folder = folder.join("obligations");
    fs::create_dir(&folder).unwrap();
    let other = ("\"review-by-human\"", "\"review-by-person\"");
    let catalogue = copied(&folder, "catalogue", &[other]);
    let tried = ["--catalogue", &catalogue, "--last", "50"];
    let found = whatif(chain, "politie", &tried, 31);
    assert_eq!(indexes(&found), Vec::<u64>::new());
    let [refused] = &found["agreements_refused"].as_array().unwrap()[..] else {
        panic!("{found}");
    };
    assert_eq!(refused["agreement_hash"], chain.agreement.as_str());
    assert_eq!(refused["faults"][0]["rule"], "unknown-code");
    let people = self::refused(chain, "politie", &tried, 31);
    assert!(people.contains("kan zo niet worden gesloten"), "{people}");
}

/// The ruleset in force is asked of the hub: in which order the folders stand says nothing of it.
fn whatever_the_order_of_the_folders(chain: &Chain, folder: &Path, tried: &[&str]) {
    let folder = folder.join("order");
    fs::create_dir(&folder).unwrap();
    let other = ("\"review-by-human\"", "\"review-by-person\"");
    let other = copied(&folder, "catalogue", &[other]);
    let in_force = repository().join("config/catalogue");
    configure_catalogues(chain, "politie", &[in_force.to_str().unwrap(), &other]);
    whatif(chain, "politie", tried, 31);
}

/// Who left an agreement need not be in what takes its place; who stays must be.
fn who_left_is_no_party_any_more(chain: &Chain) {
    let four = repository().join("config/agreements/four-party.toml");
    let (four, old) = (four.to_str().unwrap(), chain.agreement.as_str());
    let tried = ["--agreement", four, "--instead-of", old, "--last", "50"];
    let said = refused(chain, "politie", &tried, 3);
    assert!(said.contains("leaves the old one first"), "{said}");
    let persons = ["--initiator", "a-1", "--approver", "b-2"];
    let leave = ["agreement", "leave", old];
    document(chain, "om", &[&leave[..], &persons].concat());
    let two = ["--json", "--with", "officer-2", "whatif"];
    let output = verb(chain, "politie", &[&two[..], &tried].concat());
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(found["looked_at"].as_u64().unwrap() > 0, "{found}");
}

#[test]
fn what_was_decided_is_made_again_as_it_was_and_flips_only_where_the_rules_differ() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (one, yes) = send(&chain, 1).await;
        let (three, also) = send(&chain, 3).await;
        assert!(yes && also);
        // A release is a decision of its source's, too.
        flow::next(&chain, "veilig-thuis", "intake").await;
        let persons = Persons::new("a-1", "b-2").unwrap();
        let vt = chain.partner("veilig-thuis");
        vt.suspend(&chain.agreement, &persons, StepReason::Incident)
            .await
            .unwrap();
        let (stopped, no) = send(&chain, 3).await;
        assert!(!no);

        for (index, people) in [(one, 1), (three, 3), (stopped, 3)] {
            carries_what_it_was_made_of(&chain, index, people).await;
        }

        // On unchanged sets nothing flips, and every one is held against its own rules.
        let same = whatif(&chain, "politie", &["--last", "50"], 0);
        let all = same["looked_at"].as_u64().unwrap();
        assert!(all >= 4, "{same}");
        assert_eq!(same["same"], all);
        assert_eq!(same["held_against_own_rules"], all);
        assert_eq!(indexes(&same), Vec::<u64>::new());
        // The newest ones only.
        let newest = whatif(&chain, "politie", &["--last", "1"], 0);
        assert_eq!(newest["looked_at"], 1);
        // It is a search, and stands in the log as one.
        let police = chain.partner("politie");
        let police = police.acting_for(&[officer("officer-1")]).unwrap();
        let recorded = same["recorded"][0].as_u64().unwrap();
        let search = police.entry(LeafIndex(recorded)).await.unwrap();
        let search = search.recipient().unwrap().search.unwrap();
        assert!(search.filter.unwrap().own_decisions);

        // Fewer people: what went about three would not have; what was suspended stays so.
        let text = five_party().replacen("max_subjects = 6", "max_subjects = 2", 1);
        let fewer = written(folder.path(), "fewer.toml", &text);
        let old = chain.agreement.as_str();
        let tried = ["--agreement", &fewer, "--instead-of", old, "--last", "50"];
        let flips = whatif(&chain, "politie", &tried, 31);
        assert_eq!(flips["looked_at"], all);
        for flip in flips["flipped"].as_array().unwrap() {
            let stays = flip["index"] == stopped;
            assert_eq!(flip["was"]["permitted"], !stays, "{flip}");
            let new = &flip["reasons_new"][0];
            assert_eq!(new["code"], "TOO_MANY_SUBJECTS", "{flip}");
            for key in ["law", "text_nl", "text_en", "remedy_nl", "remedy_en"] {
                assert!(!new[key].as_str().unwrap().is_empty(), "{key}");
            }
        }
        let found = indexes(&flips);
        assert!(found.contains(&three) && !found.contains(&one), "{flips}");
        let people = refused(&chain, "politie", &tried, 31);
        assert!(people.contains("zou worden geweigerd"), "{people}");

        whatever_the_order_of_the_folders(&chain, folder.path(), &tried);
        other_rules(&chain, folder.path(), one, three);
        // Who sent nothing has nothing to make again.
        let none = whatif(&chain, "om", &["--last", "50"], 0);
        assert_eq!(none["looked_at"], 0);
    });
}

/// A policy set whose cases say otherwise, one that lacks a rule, and a catalogue with a fault.
fn faulty_rules(chain: &Chain, folder: &Path) {
    let (from, with) = (
        "context.subjects <= resource.max_subjects",
        "context.subjects <= 2",
    );
    let policy = copied(folder, "policy", &[(from, with)]);
    let cases = Path::new(&policy).join("cases");
    fs::create_dir(&cases).unwrap();
    let case = "config/policy/cases/permit-most-subjects.toml";
    fs::copy(
        repository().join(case),
        cases.join("permit-most-subjects.toml"),
    )
    .unwrap();
    let said = refused(chain, "politie", &["--policy", &policy, "--last", "50"], 3);
    assert!(said.contains("permit-most-subjects"), "{said}");
    fs::remove_file(Path::new(&policy).join("origin.cedar")).unwrap();
    let said = refused(chain, "politie", &["--policy", &policy, "--last", "50"], 3);
    assert!(said.contains("ACTING_PERSON_MISSING"), "{said}");
    let catalogue = copied(folder, "catalogue", &[("max_subjects = ", "most = ")]);
    let said = refused(
        chain,
        "politie",
        &["--catalogue", &catalogue, "--last", "50"],
        3,
    );
    assert!(said.contains("catalogue"), "{said}");
}

/// Nobody searches for a reason that the log does not serve, without a person, or as another's.
async fn who_may_not(chain: &Chain) {
    let curious = ["--reason", "curiosity", "whatif", "--last", "50"];
    let curious = told(&verb(chain, "politie", &curious), 3);
    assert!(curious.contains("PERSON_ASSERTION_INVALID"), "{curious}");
    let mut request = v1::ListEntriesRequest {
        filter: Some(v1::EntryFilter {
            own_decisions: true,
            ..v1::EntryFilter::default()
        }),
        ..v1::ListEntriesRequest::default()
    };
    let mut raw = audit(chain, "politie").await;
    let nobody = raw.list_entries(request.clone()).await.unwrap_err();
    assert_eq!(reason(&nobody), "PERSON_ASSERTION_INVALID");
    // Another organisation's person, over the same request.
    let method = "/seinhuis.v1.AuditService/ListEntries";
    let foreign = signer(&chain.sandbox, "om").unwrap();
    let now = SystemClock.now();
    let one = assertion(&foreign, &officer("officer-1"), method, hash(&request), now);
    request.person_assertion = vec![one];
    let foreign = raw.list_entries(request).await.unwrap_err();
    assert_eq!(reason(&foreign), "PERSON_ASSERTION_INVALID");
}

/// What the criterion gives is one's own, and the end of a search holds.
async fn only_what_was_asked(chain: &Chain, index: u64) {
    let police = chain.partner("politie");
    let police = police.acting_for(&[officer("officer-1")]).unwrap();
    let own = v1::EntryFilter {
        own_decisions: true,
        ..v1::EntryFilter::default()
    };
    for (within, found) in [
        ((0, 0), vec![index]),
        ((0, index), vec![]),
        ((index, index + 1), vec![index]),
        ((index + 1, 0), vec![]),
    ] {
        let options = SearchOptions {
            within,
            ..SearchOptions::default()
        };
        let page = police.search(&own, &options).await.unwrap();
        let got: Vec<_> = page.entries.iter().map(|entry| entry.index.0).collect();
        assert_eq!(got, found, "{within:?}");
    }
}

#[test]
fn what_could_not_come_into_force_is_not_tried_and_nobody_searches_without_a_person_and_a_reason() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (index, _) = send(&chain, 1).await;
        let old = chain.agreement.as_str();
        for (bad, code) in [("0", 64), ("200001", 64), ("many", 64)] {
            refused(&chain, "politie", &["--last", bad], code);
        }
        let broken = written(folder.path(), "broken.toml", "title = ");
        let other = written(folder.path(), "other.json", "{}");
        // A clause that nobody could propose: a purpose that the catalogue does not have.
        let invalid = five_party().replacen("\"P-REPORT\"", "\"P-NOTHING\"", 1);
        let invalid = written(folder.path(), "invalid.toml", &invalid);
        let two = repository().join("config/agreements/two-party.toml");
        let two = two.to_str().unwrap();
        let whole = written(folder.path(), "whole.toml", &five_party());
        let absent = format!("$1$1${}", "A".repeat(86));
        let last = ["--last", "50"];
        for (tried, what) in [
            (
                vec!["--agreement", &broken, "--instead-of", old],
                "broken.toml",
            ),
            (
                vec!["--agreement", &other, "--instead-of", old],
                "other.json",
            ),
            (
                vec!["--agreement", &invalid, "--instead-of", old],
                "could not come into force",
            ),
            (
                vec!["--agreement", two, "--instead-of", old],
                "is a party of the agreement",
            ),
            (
                vec!["--agreement", &whole],
                "does not say which agreement it replaces",
            ),
            (
                vec!["--agreement", &whole, "--instead-of", &absent],
                "AGREEMENT_NOT_FOUND",
            ),
        ] {
            let said = refused(&chain, "politie", &[&last[..], &tried].concat(), 3);
            assert!(said.contains(what), "{what}: {said}");
        }
        let stranger = ["--agreement", two, "--instead-of", old, "--last", "50"];
        let said = refused(&chain, "om", &stranger, 3);
        assert!(said.contains("is no party of"), "{said}");
        faulty_rules(&chain, folder.path());
        who_may_not(&chain).await;
        only_what_was_asked(&chain, index).await;
        who_left_is_no_party_any_more(&chain);
    });
}
