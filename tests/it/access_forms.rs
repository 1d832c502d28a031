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
fn on_execution_data(text: &str) -> String {
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

/// A chain in which OM told Veilig Thuis of conditions, and Veilig Thuis asked the Board twice, shielding itself.
struct Begun {
    chain: Chain,
    folder: tempfile::TempDir,
    number: String,
    agreement: AgreementHash,
    /// Where the board receives.
    board: String,
    /// The entries of OM's decision and of the first request.
    oral: u64,
    shielded: u64,
}

impl Begun {
    async fn new() -> Self {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let number = number_file(folder.path());
        let change = |text: String| on_execution_data(&text);
        let agreement: AgreementHash = chain.agree(change).await.unwrap();
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
        Self {
            chain,
            folder,
            number,
            agreement,
            board,
            oral,
            shielded,
        }
    }

    fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// A report that `name` makes; with a conversion at `desk` first, where one is given.
    fn report(&self, name: &str, who: &str, desk: Option<&str>) -> Value {
        let out = self.path(&format!("{name}-{who}"));
        let mut arguments = report(&self.number, who, &out).to_vec();
        if let Some(desk) = desk {
            arguments.extend(["--convert", desk]);
        }
        shown(&verb(&self.chain, name, &arguments), 0)
    }

    /// Each is its maker's own, whole, and checked by another organisation without the hub.
    fn check(&self, name: &str, who: &str) {
        let file = self.path(&format!("{name}-{who}"));
        let checked = verb(&self.chain, "politie", &["audit", "verify-report", &file]);
        let checked = shown(&checked, 0);
        let maker = self.chain.oin(name);
        assert_eq!(
            (&checked["whole"], &checked["maker"]),
            (&true.into(), &maker.as_str().into())
        );
    }
}

fn acknowledged(report: &Value) -> &Value {
    let all = report["entries"].as_array().unwrap();
    all.iter().find(|one| one["act"] == "acknowledge").unwrap()
}

#[test]
fn execution_data_are_told_orally_only_by_who_sent_and_by_who_received_them() {
    run(async {
        let begun = Begun::new().await;
        // The sender's own part: that there is an entry, and nothing that could stand on paper.
        let mine = begun.report("om", "subject", None);
        let told = entry(&mine, begun.oral);
        assert_eq!(
            (&told["act"], &told["access_form"]),
            (&"publish".into(), &"oral-only".into())
        );
        bare(&told);
        let words = mine["text_nl"].as_str().unwrap();
        assert!(words.contains("alleen mondeling") && !words.contains("COND_SET"));
        let told = entry(&begun.report("om", "authority", None), begun.oral);
        assert_eq!(told["access_form"], "oral-only");
        assert_eq!(
            (&told["basis"][0], &told["signal_type"]),
            (&"JUS-ANY".into(), &"COND_SET".into())
        );
        assert_eq!(told["agreement_hash"], begun.agreement.as_str());
        // The recipient's: its acknowledgement of the same, in the same form.
        let mine = begun.report(CARE, "subject", Some("intake"));
        let told = acknowledged(&mine);
        assert_eq!(told["access_form"], "oral-only");
        bare(told);
        for (name, who) in [("om", "subject"), ("om", "authority"), (CARE, "subject")] {
            begun.check(name, who);
        }
    });
}

#[test]
fn a_shielded_source_is_in_no_report_to_the_person_and_a_conversion_right_before_is_no_gap() {
    run(async {
        let begun = Begun::new().await;
        // At the source the shielded one is the authority's: who asks there would learn the origin.
        let mine = begun.report(CARE, "subject", Some("intake"));
        let entries = mine["entries"].as_array().unwrap();
        assert!(!entries.iter().any(|one| one["index"] == begun.shielded));
        let all = begun.report(CARE, "authority", None);
        let withheld = entry(&all, begun.shielded)["withheld"].clone();
        let withheld = withheld.as_array().unwrap();
        assert!(withheld.contains(&"source-shield".into()), "{withheld:?}");

        // At its recipient the person sees what was received, and not from whom. Each report begins with a
        // conversion, which the authority's one counts.
        let care = begun.chain.oin(CARE);
        for (who, source) in [("subject", None), ("authority", Some(care.as_str()))] {
            let theirs = begun.report("rvdk", who, Some(&begun.board));
            let told = acknowledged(&theirs);
            assert_eq!(told["access_form"], "written");
            assert_eq!(told["source_oin"].as_str(), source);
            let withheld = told["withheld"].as_array().unwrap();
            assert_eq!(withheld.contains(&"source-shield".into()), source.is_some());
            let words = theirs["text_nl"].as_str().unwrap();
            assert_eq!(words.contains(care.as_str()), source.is_some());
        }
        for name in [CARE, "rvdk"] {
            begun.check(name, "subject");
            begun.check(name, "authority");
        }
    });
}
