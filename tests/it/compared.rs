//! Who gains what, before anybody signs: asked of the hub, and worked out at the partner.

use super::agreements::{agreements, propose, two_party};
use super::cli::{document, told, verb};
use super::run;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason};
use serde_json::Value;
use std::collections::BTreeSet;

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
