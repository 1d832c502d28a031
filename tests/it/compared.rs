//! Who gains what, before anybody signs: asked of the hub, and worked out at the partner.

use super::agreements::{agreements, propose, two_party};
use super::cli::{document, told, verb};
use super::run;
use super::whatif::{copied, written};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason, repository};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

fn request(before: &str, after: &str) -> v1::CompareRequest {
    v1::CompareRequest {
        before_hash: before.to_owned(),
        after_hash: after.to_owned(),
    }
}

fn sentences(reply: &v1::CompareResponse) -> BTreeSet<String> {
    let all = reply.parties.iter().flat_map(|party| &party.differences);
    all.map(|one| one.text_nl.clone()).collect()
}

#[test]
fn the_hub_and_the_partner_say_the_same_of_a_proposal_and_nobody_else_is_told() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut police = agreements(&chain, "politie").await;
        let hash = propose(&mut police, two_party(&chain).await).await.unwrap();

        let first = police
            .compare(request("", &hash))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(first.parties.len(), 2);
        assert!(!first.before_on_other_rules && !first.after_on_other_rules);
        for party in &first.parties {
            assert!(party.differences.len() >= 2, "{party:?}");
            for one in &party.differences {
                assert_eq!(one.kind(), v1::DifferenceKind::Gained);
                assert!(one.text_nl.starts_with(&party.name), "{}", one.text_nl);
                assert!(
                    one.text_en.contains("Conditions: basis "),
                    "{}",
                    one.text_en
                );
            }
        }
        let same = police
            .compare(request(&hash, &hash))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(sentences(&same), BTreeSet::new());
        assert_eq!(same.differing_members, [""; 0]);
        assert_eq!(first.differing_members, [""; 0]);

        let own = document(&chain, "politie", &["agreement", "compare", "none", &hash]);
        let parties = own["parties"].as_array().unwrap();
        let text = |one: &Value| one["text_nl"].as_str().unwrap().to_owned();
        let found = parties
            .iter()
            .flat_map(|party| party["differences"].as_array().unwrap());
        assert_eq!(found.map(text).collect::<BTreeSet<_>>(), sentences(&first));

        // Beside what is in force: three parties lose what the proposal leaves out.
        let beside = police
            .compare(request(chain.agreement.as_str(), &hash))
            .await
            .unwrap();
        let beside = beside.into_inner();
        assert_eq!(beside.parties.len(), 5);
        let om = format!("parties.{}", chain.oin("om"));
        assert!(beside.differing_members.contains(&om), "{beside:?}");
        let lost = |party: &v1::PartyDifference| {
            let mut all = party.differences.iter();
            all.any(|one| one.kind() == v1::DifferenceKind::Lost)
        };
        assert!(beside.parties.iter().filter(|party| lost(party)).count() >= 3);
        let people = verb(
            &chain,
            "politie",
            &["agreement", "compare", chain.agreement.as_str(), &hash],
        );
        let people = told(&people, 0);
        assert!(
            people.contains("krijgt niet meer van") || people.contains("no longer gets from"),
            "{people}"
        );

        // The prosecution is no party to it, and learns that there is none.
        let mut om = agreements(&chain, "om").await;
        for asked in [request("", &hash), request(&hash, chain.agreement.as_str())] {
            let refused = om.compare(asked).await.unwrap_err();
            assert_eq!(reason(&refused), "AGREEMENT_NOT_FOUND");
        }
        let none = police.compare(request(&hash, "")).await.unwrap_err();
        assert_eq!(reason(&none), "MESSAGE_INVALID");
        told(
            &verb(&chain, "politie", &["agreement", "compare", &hash, "none"]),
            3,
        );
    });
}

/// Has a partner's own copies of catalogues stand in these folders, in this order.
pub(super) fn configure_catalogues(chain: &Chain, name: &str, folders: &[&str]) {
    let path = chain.sandbox.partner_config(name);
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| {
        if line.starts_with("catalogues = ") {
            format!("catalogues = {folders:?}")
        } else {
            line.to_owned()
        }
    });
    let changed = lines.collect::<Vec<_>>().join("\n");
    fs::write(&path, changed).unwrap();
}

#[test]
fn a_draft_is_compared_as_one_that_rests_on_what_it_is_judged_by() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = fs::read_to_string(repository().join("config/agreements/five-party.toml"));
        // Who processes under which contract: nothing of what may be sent.
        let text = text.unwrap().replacen("VWO-2026-1", "VWO-2027-1", 1);
        let draft = written(folder.path(), "draft.toml", &text);
        let old = chain.agreement.as_str();
        let from = ("\"review-by-human\"", "\"review-by-person\"");
        let older = copied(folder.path(), "catalogue", &[from]);
        let in_force = repository().join("config/catalogue");
        let in_force = in_force.to_str().unwrap();
        let compare = ["agreement", "compare", old, &draft];
        let rests = |arguments: &[&str]| {
            let found = document(&chain, "politie", arguments);
            assert_eq!(found["differing_members"][0], "processors", "{found}");
            let all = found["on_another_catalogue"].as_array().unwrap().clone();
            all.iter()
                .map(|one| one.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(rests(&compare), [""; 0]);
        let found = document(&chain, "politie", &compare);
        assert_eq!(
            found["differing_members"],
            serde_json::json!(["processors"])
        );
        for (lang, sends, differs) in [
            (
                "nl",
                "er verandert niets in wat mag worden gezonden",
                "in de tekst van het convenant verschilt: processors",
            ),
            (
                "en",
                "nothing changes in what may be sent",
                "differs in the text of the agreement: processors",
            ),
        ] {
            let shown = verb(
                &chain,
                "politie",
                &[&["--lang", lang][..], &compare].concat(),
            );
            let shown = told(&shown, 0);
            assert!(shown.contains(sends) && shown.contains(differs), "{shown}");
            assert!(!shown.contains("catalog"), "{shown}");
        }
        // Of several catalogues a draft is judged by the last; what is agreed on, by its own.
        configure_catalogues(&chain, "politie", &[&older, in_force]);
        assert_eq!(rests(&compare), [""; 0]);
        configure_catalogues(&chain, "politie", &[in_force, &older]);
        assert_eq!(rests(&compare), ["earlier"]);
        assert_eq!(rests(&["agreement", "compare", &draft, old]), [""; 0]);
        // One that names a catalogue that is in none of the folders is not judged by another of them.
        configure_catalogues(&chain, "politie", &[&older, &older]);
        let absent = verb(&chain, "politie", &["agreement", "compare", &draft, old]);
        assert!(told(&absent, 3).contains("no catalogue to judge by"));
    });
}
