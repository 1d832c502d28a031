//! The access report per partner and subject, on a running chain: what may only be told orally, and whose
//! source is shielded, follows from law and signal, at the sender and at the recipient.

use super::reports::{number_file, report, shown, verb};
use super::{call, run};
use seinhuis_client::{Acknowledgement, Item, Signal, Subject, To};
use seinhuis_domain::signal::{Regime, SourceShield};
use seinhuis_tests::{Chain, story};
use seinhuis_types::{AgreementHash, Desk};
use serde_json::Value;

const CARE: &str = "veilig-thuis";

/// The five-party agreement with the safety clause on execution data (Wjsg 51b(2): no written access),
/// which the person may see.
fn on_execution_data(text: String) -> String {
    let (before, clause) = text.split_once("id = \"om-vt-safety\"").unwrap();
    let clause = clause
        .replacen("code = \"OM-VT\"", "code = \"JUS-ANY\"", 1)
        .replacen("visibility = \"authority\"", "visibility = \"subject\"", 1);
    format!("{before}id = \"om-vt-safety\"{clause}")
}

fn about(role: &str) -> Subject {
    Subject::number(story::ADULT, role, "18-plus").unwrap()
}

fn conditions() -> Signal {
    call::begun("COND_SET", "P-SAFETY", Regime::Wjsg, "supervision-task")
        .field("conditions", "contact-ban")
        .field("start", "2026-09-14")
        .subject(about("convicted"))
        .finish()
        .unwrap()
}

fn request() -> Signal {
    call::begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
        .field("urgent", "yes")
        .field("parents_informed", "yes")
        .field("severity", "S3")
        .subject(about("parent"))
        .shielded(SourceShield::Origin, false)
        .finish()
        .unwrap()
}

async fn send(chain: &Chain, by: (&str, &str), signal: &Signal, to: To) -> u64 {
    let desk: Desk = by.1.parse().unwrap();
    let sending = chain.partner(by.0).signal(&desk, signal).to(to);
    let outcomes = sending.until_published().send().await.unwrap();
    let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
    outcome.proof.index().0
}

/// Takes what waits first at a desk, and says so.
async fn acknowledge(chain: &Chain, name: &str, desk: &str) {
    let partner = chain.partner(name);
    let mut inbox = partner.receive(&desk.parse().unwrap(), Vec::new());
    let Item::Delivery(opened) = inbox.next().await.unwrap() else {
        panic!("no delivery at {desk}");
    };
    let delivered = partner.acknowledge(&opened, &Acknowledgement::Delivered);
    delivered.await.unwrap();
}

fn entry(document: &Value, index: u64) -> Value {
    let all = document["entries"].as_array().unwrap();
    let found = all.iter().find(|entry| entry["index"] == index);
    found
        .unwrap_or_else(|| panic!("no entry {index}: {all:?}"))
        .clone()
}

/// What is told of an entry of which no more may be told than that it is there.
fn bare(entry: &Value) {
    for key in [
        "source_oin",
        "recipient_oin",
        "agreement_hash",
        "clause",
        "purpose",
        "signal_type",
    ] {
        assert!(entry[key].is_null(), "{key}: {entry}");
    }
    let empty = Value::Array(Vec::new());
    assert_eq!((&entry["basis"], &entry["withheld"]), (&empty, &empty));
}

#[test]
fn execution_data_are_told_orally_only_and_a_shielded_source_to_nobody_but_the_authority() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let number = number_file(folder.path());
        let agreement: AgreementHash = chain.agree(on_execution_data).await.unwrap();
        let to = To {
            agreement: agreement.clone(),
            ..chain.to(CARE, "om-vt-safety")
        };
        let oral = send(&chain, ("om", "executie"), &conditions(), to).await;
        acknowledge(&chain, CARE, "intake").await;
        let to = chain.to("rvdk", "vt-rvdk-request");
        let board = to.desk.to_string();
        let shielded = send(&chain, (CARE, "intake"), &request(), to).await;
        acknowledge(&chain, "rvdk", &board).await;
        // Under a checkpoint when this returns, and so is all before it.
        let to = chain.to("rvdk", "vt-rvdk-request");
        send(&chain, (CARE, "intake"), &request(), to).await;

        // The sender's own part: that there is an entry, and nothing that could stand on paper.
        let mine = shown(
            &verb(&chain, "om", &report(&number, "subject", &path("om-mine"))),
            0,
        );
        let told = entry(&mine, oral);
        assert_eq!(
            (&told["act"], &told["access_form"]),
            (&"publish".into(), &"oral-only".into())
        );
        bare(&told);
        assert!(
            mine["text_nl"]
                .as_str()
                .unwrap()
                .contains("alleen mondeling")
        );
        assert!(!mine["text_nl"].as_str().unwrap().contains("COND_SET"));
        let all = shown(
            &verb(&chain, "om", &report(&number, "authority", &path("om-all"))),
            0,
        );
        let told = entry(&all, oral);
        assert_eq!(told["access_form"], "oral-only");
        assert_eq!(
            (&told["basis"][0], &told["signal_type"]),
            (&"JUS-ANY".into(), &"COND_SET".into())
        );
        assert_eq!(told["agreement_hash"], agreement.as_str());

        // The recipient's: its acknowledgement of the same, in the same form, beside its own shielded one.
        let out = path("care-mine");
        let arguments = [
            &report(&number, "subject", &out)[..],
            &["--convert", "intake"],
        ]
        .concat();
        let mine = shown(&verb(&chain, CARE, &arguments), 0);
        let entries = mine["entries"].as_array().unwrap();
        let acknowledged = entries
            .iter()
            .find(|entry| entry["act"] == "acknowledge")
            .unwrap();
        assert_eq!(acknowledged["access_form"], "oral-only");
        bare(acknowledged);
        // At the source the shielded one is the authority's: who asks there would learn the origin.
        assert!(!entries.iter().any(|entry| entry["index"] == shielded));
        let out = path("care-all");
        let all = shown(&verb(&chain, CARE, &report(&number, "authority", &out)), 0);
        let withheld = entry(&all, shielded)["withheld"].clone();
        let withheld = withheld.as_array().unwrap();
        assert!(withheld.contains(&"source-shield".into()), "{withheld:?}");

        // At its recipient the person sees what was received, and not from whom.
        for (audience, source) in [("subject", None), ("authority", Some(chain.oin(CARE)))] {
            let out = path(&format!("rvdk-{audience}"));
            let arguments = [&report(&number, audience, &out)[..], &["--convert", &board]].concat();
            let theirs = shown(&verb(&chain, "rvdk", &arguments), 0);
            let all = theirs["entries"].as_array().unwrap();
            let told = all
                .iter()
                .find(|entry| entry["act"] == "acknowledge")
                .unwrap();
            assert_eq!(told["access_form"], "written");
            assert_eq!(
                told["source_oin"].as_str(),
                source.as_ref().map(|oin| oin.as_str())
            );
            let withheld = told["withheld"].as_array().unwrap();
            assert_eq!(withheld.contains(&"source-shield".into()), source.is_some());
            let words = theirs["text_nl"].as_str().unwrap();
            assert_eq!(words.contains(chain.oin(CARE).as_str()), source.is_some());
        }

        // Each is its maker's own, whole, and checked by another organisation without the hub.
        for (file, maker) in [
            ("om-mine", "om"),
            ("om-all", "om"),
            ("care-mine", CARE),
            ("care-all", CARE),
            ("rvdk-subject", "rvdk"),
            ("rvdk-authority", "rvdk"),
        ] {
            let checked = verb(&chain, "politie", &["audit", "verify-report", &path(file)]);
            let checked = shown(&checked, 0);
            let maker = chain.oin(maker);
            assert_eq!(
                (&checked["whole"], &checked["maker"]),
                (&true.into(), &maker.as_str().into())
            );
        }
    });
}
