//! Routes of an organisation with many agreements, among those of others: page by page, and nothing of theirs.

use super::agreements::{agreements, propose, two_party};
use super::run;
use seinhuis_client::Persons;
use seinhuis_proto::v1;
use seinhuis_proto::v1::decision_service_client::DecisionServiceClient;
use seinhuis_tests::{Chain, Raw, content, reason, seinpaal};
use seinhuis_types::ErrorCode;
use serde_json::Value;
use std::process::Command;
use tonic::Status;
use tonic::transport::Channel;

type Decisions = DecisionServiceClient<Channel>;

/// More than one page's agreements.
const MANY: u64 = 66;

async fn decisions(chain: &Chain, name: &str) -> Decisions {
    let port = chain.sandbox.hub_port();
    DecisionServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

async fn page(client: &mut Decisions, token: &[u8]) -> Result<v1::ListRoutesResponse, Status> {
    let request = v1::ListRoutesRequest {
        page_token: token.to_vec(),
    };
    client
        .list_routes(request)
        .await
        .map(tonic::Response::into_inner)
}

#[test]
fn a_list_of_routes_goes_on_by_a_token_of_its_own_and_tells_nothing_of_others() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let whole = chain.partner("veilig-thuis").routes().await.unwrap();
        let outside = chain.partner("om").routes().await.unwrap();
        let content: Value = serde_json::from_slice(&two_party(&chain).await).unwrap();
        let mut police = agreements(&chain, "politie").await;
        for version in 1..=MANY {
            let mut content = content.clone();
            content["version"] = version.into();
            propose(&mut police, content.to_string().into_bytes())
                .await
                .unwrap();
        }

        // Who is a party of many goes on; what is only proposed opens nothing.
        let mut care = decisions(&chain, "veilig-thuis").await;
        let first = page(&mut care, &[]).await.unwrap();
        assert!(!first.next_page_token.is_empty());
        let second = page(&mut care, &first.next_page_token).await.unwrap();
        assert!(second.next_page_token.is_empty());
        assert_eq!([first.routes, second.routes].concat(), whole);
        assert_eq!(chain.partner("veilig-thuis").routes().await.unwrap(), whole);

        // Who is no party of them has one page, as before.
        let mut om = decisions(&chain, "om").await;
        let all = page(&mut om, &[]).await.unwrap();
        assert!(all.next_page_token.is_empty());
        assert_eq!(all.routes, outside);

        // A token is no agreement's hash, and serves who it was made for.
        let invalid = Some(ErrorCode::CursorInvalid.as_str());
        let foreign = page(&mut om, &first.next_page_token).await.unwrap_err();
        assert_eq!(Some(reason(&foreign).as_str()), invalid);
        let hash = chain.agreement.as_str().as_bytes();
        let made_up = page(&mut om, hash).await.unwrap_err();
        assert_eq!(Some(reason(&made_up).as_str()), invalid);
        assert!(
            !first
                .next_page_token
                .windows(16)
                .any(|part| part == &hash[4..20])
        );
    });
}

#[test]
fn routes_tell_of_questions_answers_consent_and_break_glass() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let care = chain.partner("veilig-thuis");
        let four = content(care, "four-party.toml", |text| text).await.unwrap();
        let (hash, _) = care.propose(&four).await.unwrap();
        for name in ["veilig-thuis", "politie", "rvdk", "reclassering"] {
            let persons = Persons::new("administrator-1", "privacy-officer-1").unwrap();
            chain.partner(name).accept(&hash, &persons).await.unwrap();
        }
        let mut found = Vec::new();
        for name in ["veilig-thuis", "politie", "reclassering"] {
            let routes = chain.partner(name).routes().await.unwrap();
            let of_four = routes
                .into_iter()
                .filter(|route| route.agreement_hash == hash.as_str());
            found.extend(of_four.map(|route| {
                let (mode, hours) = (route.mode, route.break_glass_hours);
                (route.clause_id, mode, route.consent_needed, hours)
            }));
        }
        found.sort();
        let expected = [
            ("pol-vt-answer", "ask", false, 0_u32),
            ("rec-pol-vital", "push", false, 4),
            ("vt-pol-ask", "ask", false, 0),
            ("vt-rvdk-plan", "push", true, 0),
        ];
        let expected = expected
            .map(|(id, mode, consent, hours)| (id.to_owned(), mode.to_owned(), consent, hours));
        assert_eq!(found, expected);

        let shown = |lang: &str| {
            let shown = Command::new(seinpaal().unwrap())
                .arg("--config")
                .arg(chain.sandbox.partner_config("veilig-thuis"))
                .args(["--lang", lang, "routes"])
                .env_remove("SEINPAAL_CONFIG")
                .output()
                .unwrap();
            assert!(shown.status.success());
            String::from_utf8(shown.stdout).unwrap()
        };
        let noted = |table: &str, clause: &str, note: &str| {
            let line = table.lines().find(|line| line.contains(clause)).unwrap();
            assert!(line.ends_with(note), "{line}");
        };
        let table = shown("nl");
        noted(&table, "vt-pol-ask", "  vraag");
        noted(&table, "vt-rvdk-plan", "  toestemming nodig");
        let table = shown("en");
        noted(&table, "vt-pol-ask", "  question");
        noted(&table, "vt-rvdk-plan", "  consent needed");
    });
}
