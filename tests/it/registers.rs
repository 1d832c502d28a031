//! The register of processing: asked of the hub and worked out at the partner, along the life of an
//! agreement, by its controller and by nobody else without a grant.

mod granted;

use super::cli::{document, told, verb};
use super::run;
use seinhuis_client::Persons;
use seinhuis_domain::agreement::{StepReason, hash};
use seinhuis_domain::register::{RegisterId, moment};
use seinhuis_proto::v1;
use seinhuis_proto::v1::register_service_client::RegisterServiceClient;
use seinhuis_tests::{Chain, Raw, content, reason};
use seinhuis_types::{AgreementHash, Millis};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tonic::transport::Channel;

type Register = RegisterServiceClient<Channel>;

const NAMES: [&str; 5] = ["politie", "om", "rvdk", "reclassering", "veilig-thuis"];

async fn register(chain: &Chain, name: &str) -> Register {
    let port = chain.sandbox.hub_port();
    RegisterServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

fn persons() -> Persons {
    Persons::new("administrator-1", "director-1").unwrap()
}

/// Every page of a register, so many at a time.
async fn all(register: &mut Register, size: u32, grant: &[u8]) -> Vec<v1::ProcessingActivity> {
    let mut found = Vec::new();
    let mut page_token = Vec::new();
    loop {
        let request = v1::ListActivitiesRequest {
            page_size: size,
            page_token,
            grant_id: grant.to_vec(),
        };
        let page = register
            .list_activities(request)
            .await
            .unwrap()
            .into_inner();
        assert!(size == 0 || page.activities.len() <= usize::try_from(size).unwrap());
        found.extend(page.activities);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

fn activity(id: &str) -> v1::GetActivityRequest {
    v1::GetActivityRequest {
        id: id.to_owned(),
        grant_id: Vec::new(),
    }
}

async fn version(
    register: &mut Register,
    id: &str,
    number: u32,
) -> Result<v1::ProcessingActivityVersion, String> {
    let request = v1::GetActivityVersionRequest {
        id: id.to_owned(),
        version: number,
        grant_id: Vec::new(),
    };
    let reply = register.get_activity_version(request).await;
    let reply = reply.map_err(|status| reason(&status))?.into_inner();
    Ok(reply.version.unwrap())
}

/// The version resource that follows from what the hub told, in Dutch.
fn resource(told: &v1::ProcessingActivityVersion) -> Value {
    let data = told.personal_data.as_ref().unwrap();
    let measure = |one: &v1::RegisteredMeasure| {
        let risks = match one.assessment.as_str() {
            "" => json!([]),
            uri => json!([{ "assessment": uri }]),
        };
        json!({ "measureType": one.measure_type, "measure": one.measure_nl, "risks": risks })
    };
    let mut document = json!({
        "name": told.name_nl,
        "version": told.version,
        "validFrom": moment(Millis(told.valid_from_ms)),
        "purpose": format!("{}: {}", told.purpose, told.purpose_nl),
        "legalBasis": told.legal_basis,
        "processingOptions": told.processing_options,
        "dataSubjects": told.data_subjects,
        "personalData": {
            "categories": data.categories_nl,
            "retentionPeriod": data.retention_period,
        },
        "measures": told.measures.iter().map(measure).collect::<Vec<_>>(),
    });
    if let Some(to) = &told.recipients {
        document["recipients"] = json!({ "legalRole": to.legal_role, "entityId": to.entity_id });
    }
    document
}

/// The id of a party's activity under a clause, as its command line tells it.
fn id_of(chain: &Chain, name: &str, clause: &str) -> String {
    let listed = document(chain, name, &["register", "list"]);
    let listed = listed["activities"].as_array().unwrap().clone();
    let clause = format!("({clause})");
    let mut found = listed
        .iter()
        .filter(|one| one["name"].as_str().unwrap().ends_with(&clause));
    let id = found.next().unwrap()["id"].as_str().unwrap().to_owned();
    assert!(found.next().is_none());
    id
}

#[test]
fn each_party_reads_its_own_register_and_the_hub_and_the_partner_work_out_the_same() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut ids = BTreeMap::new();
        for name in NAMES {
            let mut hub = register(&chain, name).await;
            let told = all(&mut hub, 2, &[]).await;
            assert_eq!(told, all(&mut hub, 0, &[]).await);
            let own = document(&chain, name, &["register", "list"]);
            let own = own["activities"].as_array().unwrap();
            assert!(!own.is_empty() && own.len() == told.len(), "{name}");
            for one in told {
                let listed = own.iter().find(|listed| listed["id"] == one.id).unwrap();
                assert_eq!(listed["active"], one.active);
                assert_eq!(listed["latestVersion"], one.latest_version);
                assert_eq!(listed["name"], one.name_nl);
                assert!(one.active && one.latest_version == 1);
                let single = hub.get_activity(activity(&one.id)).await.unwrap();
                assert_eq!(single.into_inner().activity.unwrap(), one);

                let version = version(&mut hub, &one.id, 1).await.unwrap();
                let show = ["register", "show", &one.id, "--version", "1"];
                assert_eq!(document(&chain, name, &show), resource(&version));
                let record = version.record.unwrap();
                let whole = document(&chain, name, &["register", "show", &one.id, "--record"]);
                assert_eq!(whole["agreement"]["hash"], record.agreement_hash);
                assert_eq!(record.agreement_hash, chain.agreement.as_str());
                assert_eq!(whole["standing"], record.standing);
                assert_eq!(whole["steps_proven"], true);
                assert_eq!(whole["controller"]["oin"], chain.oin(name).as_str());
                assert_eq!(record.controller.unwrap().oin, chain.oin(name).as_str());
                let read = |basis: &v1::RegisterBasis| -> Vec<bool> {
                    basis.law.iter().map(|law| law.source_checked).collect()
                };
                let bases = whole["bases"].as_array().unwrap();
                assert_eq!(bases.len(), record.bases.len());
                for (own, told) in bases.iter().zip(&record.bases) {
                    let law = own["law"].as_array().unwrap().iter();
                    let law: Vec<bool> = law.map(|law| law["source_checked"] == true).collect();
                    assert_eq!((own["code"].as_str(), law), (Some(&*told.code), read(told)));
                }
                assert!(record.duties.iter().all(|duty| !duty.source_checked));
                assert!(
                    ids.insert(one.id, name).is_none(),
                    "one activity in two registers"
                );
            }
        }
        // Nobody learns of another's: what is there looks like what is nowhere.
        for (id, owner) in &ids {
            let other = NAMES.iter().find(|name| *name != owner).unwrap();
            let mut hub = register(&chain, other).await;
            let refused = hub.get_activity(activity(id)).await.unwrap_err();
            assert_eq!(reason(&refused), "ACTIVITY_NOT_FOUND");
            let refused = version(&mut hub, id, 0).await.unwrap_err();
            assert_eq!(refused, "ACTIVITY_NOT_FOUND");
            told(&verb(&chain, other, &["register", "show", id]), 3);
        }
    });
}

#[test]
fn a_register_refuses_what_is_no_identifier_and_what_it_does_not_have() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut hub = register(&chain, "politie").await;
        let id = id_of(&chain, "politie", "pol-vt-report");
        for wrong in ["", "x", &id.to_uppercase(), &id.replace('-', "")] {
            let refused = hub.get_activity(activity(wrong)).await.unwrap_err();
            assert_eq!(reason(&refused), "MESSAGE_INVALID", "{wrong}");
        }
        let code = version(&mut hub, &id, 2).await.unwrap_err();
        assert_eq!(code, "ACTIVITY_NOT_FOUND");
        told(
            &verb(
                &chain,
                "politie",
                &["register", "show", &id, "--version", "2"],
            ),
            3,
        );
        assert_eq!(
            version(&mut hub, &id, 0).await,
            version(&mut hub, &id, 1).await
        );
        let token = v1::ListActivitiesRequest {
            page_token: vec![1; 16],
            ..v1::ListActivitiesRequest::default()
        };
        let refused = hub.list_activities(token).await.unwrap_err();
        assert_eq!(reason(&refused), "CURSOR_INVALID");

        // Who is named in it, and who is not.
        let care = RegisterId::of_entity(&chain.oin("veilig-thuis")).to_string();
        let entity = |id: &str| v1::GetEntityRequest {
            id: id.to_owned(),
            grant_id: Vec::new(),
        };
        let named = hub.get_entity(entity(&care)).await.unwrap().into_inner();
        let named = named.entity.unwrap();
        assert_eq!(named.oin, chain.oin("veilig-thuis").as_str());
        let own = document(&chain, "politie", &["register", "entity", &care]);
        assert_eq!(
            (&own["name"], &own["id"]),
            (&named.name.into(), &care.clone().into())
        );
        let nobody = RegisterId::of_entity(&"00000099000000990000".parse().unwrap());
        let refused = hub
            .get_entity(entity(&nobody.to_string()))
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "ACTIVITY_NOT_FOUND");

        // In words, everything the law asks, and what is not known is not made up.
        let words = told(&verb(&chain, "politie", &["register", "show", &id]), 0);
        for part in [
            "a. ",
            "b. ",
            "c. ",
            "d. ",
            "e. ",
            "f. ",
            "g. ",
            "niet bekend",
            "source_checked=false",
        ] {
            assert!(words.contains(part), "{part}: {words}");
        }
        let english = ["--lang", "en", "register", "show", &id];
        let words = told(&verb(&chain, "politie", &english), 0);
        assert!(
            words.contains("Controller") && words.contains("not known"),
            "{words}"
        );
    });
}

/// The five-party agreement as version `number` that replaces `old`, accepted by all.
async fn succeed(
    chain: &Chain,
    old: &AgreementHash,
    number: u32,
    change: impl FnOnce(String) -> String,
) -> AgreementHash {
    let version = format!("version = {number}\nreplaces = \"{old}\"\n");
    let change = |text: String| change(text.replace("version = 1\n", &version));
    let police = chain.partner("politie");
    let bytes = content(police, "five-party.toml", change).await.unwrap();
    let (new, _) = police.propose(&bytes).await.unwrap();
    assert_eq!(new, hash(&bytes).unwrap());
    for name in NAMES {
        chain.partner(name).accept(&new, &persons()).await.unwrap();
    }
    new
}

/// Whether the activity is active, its latest version and how it stands, told alike by hub and partner.
async fn stands(chain: &Chain, name: &str, id: &str) -> (bool, u32, String) {
    let mut hub = register(chain, name).await;
    let one = hub.get_activity(activity(id)).await.unwrap().into_inner();
    let one = one.activity.unwrap();
    let latest = version(&mut hub, id, 0).await.unwrap();
    let own = document(chain, name, &["register", "show", id]);
    let expected = json!({ "id": id, "active": one.active, "latestVersion": one.latest_version });
    assert_eq!(own, expected);
    assert_eq!(latest.version, one.latest_version);
    (
        one.active,
        one.latest_version,
        latest.record.unwrap().standing,
    )
}

#[test]
fn history_stays_readable_when_an_agreement_is_suspended_replaced_and_left() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let first = chain.agreement.clone();
        let id = id_of(&chain, "politie", "pol-vt-report");
        let is = |active, latest, standing: &str| (active, latest, standing.to_owned());
        assert_eq!(
            stands(&chain, "politie", &id).await,
            is(true, 1, "in-force")
        );

        let om = chain.partner("om");
        om.suspend(&first, &persons(), StepReason::Review)
            .await
            .unwrap();
        assert_eq!(
            stands(&chain, "politie", &id).await,
            is(false, 1, "suspended")
        );
        om.resume(&first, &persons(), StepReason::Resolved)
            .await
            .unwrap();
        assert_eq!(
            stands(&chain, "politie", &id).await,
            is(true, 1, "in-force")
        );

        let second = succeed(&chain, &first, 2, |text| {
            text.replace("max_subjects = 6", "max_subjects = 5")
        })
        .await;
        assert_eq!(
            stands(&chain, "politie", &id).await,
            is(true, 2, "in-force")
        );
        let mut hub = register(&chain, "politie").await;
        let old = version(&mut hub, &id, 1).await.unwrap();
        let new = version(&mut hub, &id, 2).await.unwrap();
        let [told_old, told_new] = [&old, &new].map(|one| one.record.clone().unwrap());
        assert_eq!(
            (&*told_old.agreement_hash, &*told_old.standing),
            (first.as_str(), "replaced")
        );
        assert_eq!(
            (&*told_new.agreement_hash, &*told_new.standing),
            (second.as_str(), "in-force")
        );
        assert_eq!(
            told_old.valid_until_ms, new.valid_from_ms,
            "one version at any moment"
        );
        assert_eq!(told_old.in_force.len(), 2, "a pause lies between");
        let show = ["register", "show", &id, "--version", "1"];
        assert_eq!(document(&chain, "politie", &show), resource(&old));

        // Who leaves ends its own clauses; the others go on.
        let other = id_of(&chain, "veilig-thuis", "vt-rvdk-request");
        chain
            .partner("politie")
            .leave(&second, &persons())
            .await
            .unwrap();
        for name in ["politie", "veilig-thuis"] {
            let id = id_of(&chain, name, "pol-vt-report");
            assert_eq!(stands(&chain, name, &id).await, is(false, 2, "left"));
            let first = version(&mut register(&chain, name).await, &id, 1)
                .await
                .unwrap();
            assert_eq!(first.valid_from_ms, old.valid_from_ms);
        }
        assert_eq!(
            stands(&chain, "veilig-thuis", &other).await,
            is(true, 2, "in-force")
        );
    });
}
