//! Access reports over a live chain: what a person and an authority get, that an honest crash is no gap,
//! and that a count that was put back is.

use super::{call, run};
use seinhuis_client::{Acknowledgement, PartnerConfig, Signal, Subject, open_report};
use seinhuis_domain::signal::Regime;
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_tests::{Chain, seinpaal, story};
use seinhuis_types::Desk;
use serde_json::Value;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

pub(super) const CARE: &str = "veilig-thuis";

/// Runs a verb as a partner of the chain.
pub(super) fn verb(chain: &Chain, name: &str, arguments: &[&str]) -> Output {
    Command::new(seinpaal().unwrap())
        .arg("--config")
        .arg(chain.sandbox.partner_config(name))
        .arg("--json")
        .args(arguments)
        .env_remove("SEINPAAL_CONFIG")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The document of a run that ended with `code`.
pub(super) fn shown(output: &Output, code: i32) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(super) fn number_file(folder: &Path) -> String {
    use std::io::Write;
    let path = folder.join("number");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .unwrap();
    file.write_all(story::ADULT.as_bytes()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn about(role: &str) -> Subject {
    Subject::number(story::ADULT, role, "18-plus").unwrap()
}

/// A signal about a parent, of which the parent may be told.
fn request() -> Signal {
    call::begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
        .field("urgent", "yes")
        .field("parents_informed", "yes")
        .field("severity", "S3")
        .subject(about("parent"))
        .finish()
        .unwrap()
}

/// One that is for the authority only.
fn feedback() -> Signal {
    call::begun("VT_TAKEN", "P-FEEDBACK", Regime::Avg, "reporter")
        .field("registered", "2026-09-14")
        .subject(about("victim"))
        .finish()
        .unwrap()
}

async fn send(chain: &Chain, signal: &Signal, to: &str, clause: &str) -> u64 {
    let desk: Desk = "intake".parse().unwrap();
    let sending = chain
        .partner(CARE)
        .signal(&desk, signal)
        .to(chain.to(to, clause));
    let outcomes = sending.until_published().send().await.unwrap();
    let outcome = outcomes.into_iter().next().unwrap().permitted().unwrap();
    outcome.proof.index().0
}

pub(super) async fn ask(chain: &Chain) -> u64 {
    send(chain, &request(), "rvdk", "vt-rvdk-request").await
}

/// What a crash before the sending leaves: a number that was taken.
async fn crash(chain: &Chain) {
    let desk: Desk = "intake".parse().unwrap();
    let signal = request();
    let to = chain.to("rvdk", "vt-rvdk-request");
    let sending = chain.partner(CARE).signal(&desk, &signal).to(to);
    drop(sending.prepare().await.unwrap());
}

fn config(chain: &Chain, name: &str) -> PartnerConfig {
    PartnerConfig::load(&chain.sandbox.partner_config(name)).unwrap()
}

pub(super) fn report<'a>(number: &'a str, who: &'a str, out: &'a str) -> [&'a str; 8] {
    [
        "audit",
        "report",
        "--number-file",
        number,
        "--for",
        who,
        "--out",
        out,
    ]
}

/// What a person is told: the two signals that are for the person, with the number a crash left between
/// them, and not the hidden one.
fn one_class_whole(chain: &Chain, mine: &Value, shown: [u64; 2], hidden: u64) {
    assert_eq!(
        (&mine["whole"], &mine["for"]),
        (&true.into(), &"subject".into())
    );
    let entries = mine["entries"].as_array().unwrap();
    let indexes: Vec<u64> = entries
        .iter()
        .map(|entry| entry["index"].as_u64().unwrap())
        .collect();
    assert!(shown.iter().all(|index| indexes.contains(index)) && !indexes.contains(&hidden));
    assert!(
        entries.iter().any(|entry| entry["act"] == "release"),
        "{entries:?}"
    );
    let told = &entries[0];
    assert_eq!(told["agreement_hash"], chain.agreement.as_str());
    assert_eq!(told["purpose"], "P-PROTECT");
    assert_eq!(told["basis"][0], "VT-RVDK");
    assert_eq!(told["access_form"], "written");
    assert_eq!(told["recipient_oin"], chain.oin("rvdk").as_str());
    let chains = mine["chains"].as_array().unwrap();
    assert_eq!((chains.len(), &chains[0]["last"]), (1, &3.into()));
    assert_eq!(chains[0]["absent"][0]["what"], "never-answered");
}

#[test]
fn a_person_gets_one_class_whole_and_an_authority_all_and_both_check_it_offline() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let number = number_file(folder.path());
        let first = ask(&chain).await;
        crash(&chain).await;
        let second = ask(&chain).await;
        let opened = super::flow::next(
            &chain,
            "rvdk",
            chain.to("rvdk", "vt-rvdk-request").desk.as_str(),
        )
        .await;
        let rvdk = chain.partner("rvdk");
        rvdk.acknowledge(&opened, &Acknowledgement::Delivered)
            .await
            .unwrap();
        // Under a checkpoint when this returns, and so is all before it.
        let hidden = send(&chain, &feedback(), "politie", "vt-pol-feedback").await;

        let mine = shown(
            &verb(&chain, CARE, &report(&number, "subject", &path("mine"))),
            0,
        );
        one_class_whole(&chain, &mine, [first, second], hidden);
        let beside: Value =
            serde_json::from_slice(&std::fs::read(path("mine.json")).unwrap()).unwrap();
        assert_eq!(beside, mine);

        let all = shown(
            &verb(&chain, CARE, &report(&number, "authority", &path("all"))),
            0,
        );
        let found = all["entries"].as_array().unwrap().iter();
        let of_hidden: Vec<_> = found.filter(|entry| entry["index"] == hidden).collect();
        assert_eq!(of_hidden[0]["withheld"][0], "visibility");
        assert_eq!(all["chains"].as_array().unwrap().len(), 2);

        // Anyone with the pinned roots and keys checks either, without a hub.
        let copy = path("copy");
        let mirrored = verb(&chain, "rvdk", &["audit", "mirror", &copy, "--once"]);
        assert_eq!(mirrored.status.code(), Some(0));
        for file in ["mine", "all"] {
            let check = ["audit", "verify-report", &path(file), "--folder", &copy];
            assert_eq!(shown(&verb(&chain, "rvdk", &check), 0)["whole"], true);
        }
        let mut bytes = std::fs::read(path("mine")).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path("bad"), bytes).unwrap();
        let bad = verb(&chain, "rvdk", &["audit", "verify-report", &path("bad")]);
        assert_eq!(bad.status.code(), Some(5));

        // The recipient counts by itself: its acknowledgement, known by its own pseudonym.
        let desk = chain.to("rvdk", "vt-rvdk-request").desk.to_string();
        let (out, convert) = (path("theirs"), ["--convert", &desk]);
        let arguments = [&report(&number, "subject", &out)[..], &convert].concat();
        let theirs = shown(&verb(&chain, "rvdk", &arguments), 0);
        let entries = theirs["entries"].as_array().unwrap();
        assert_eq!(
            (entries.len(), &entries[0]["act"]),
            (1, &"acknowledge".into())
        );
        assert_eq!(entries[0]["source_oin"], chain.oin(CARE).as_str());
    });
}

#[test]
fn the_persons_report_does_not_change_with_what_is_not_for_the_person() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let number = number_file(folder.path());
        ask(&chain).await;
        let mut told = Vec::new();
        for name in ["before", "after"] {
            shown(
                &verb(&chain, CARE, &report(&number, "subject", &path(name))),
                0,
            );
            let settings = config(&chain, CARE);
            let anchors = TrustAnchors::load(
                &settings.signing_roots,
                &settings.signing_crls,
                TestOins::Allowed,
            );
            let trust = SigningTrust::new(Arc::new(anchors.unwrap()));
            let keys = chain.partner(CARE).log_keys();
            let bytes = std::fs::read(path(name)).unwrap();
            let mut content = open_report(&bytes, &trust, keys).unwrap().content;
            // What grows with everyone's acts: the log itself.
            content.made_ms = 0;
            content.checkpoint.clear();
            content.text_nl = content.text_nl.lines().skip(1).collect();
            content.text_en = content.text_en.lines().skip(1).collect();
            for entry in &mut content.entries {
                entry.inclusion.clear();
            }
            told.push(content);
            for _ in 0..2 {
                send(&chain, &feedback(), "politie", "vt-pol-feedback").await;
            }
        }
        assert_eq!(told[0], told[1]);
    });
}

#[test]
fn a_system_that_lost_its_count_counts_anew_and_one_that_was_put_back_contradicts_itself() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let number = number_file(folder.path());
        let count = config(&chain, CARE).state.join("chain");
        ask(&chain).await;
        let before = std::fs::read(&count).unwrap();
        ask(&chain).await;
        std::fs::remove_file(&count).unwrap();
        ask(&chain).await;
        let anew = shown(
            &verb(&chain, CARE, &report(&number, "subject", &path("anew"))),
            0,
        );
        assert_eq!(anew["chains"].as_array().unwrap().len(), 2);
        assert!(
            anew["text_en"]
                .as_str()
                .unwrap()
                .contains("Without that system's own count")
        );

        std::fs::write(&count, before).unwrap();
        ask(&chain).await;
        let output = verb(&chain, CARE, &report(&number, "authority", &path("back")));
        assert_eq!(shown(&output, 30)["whole"], false);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("number 2 stands twice"), "{error}");
        let check = verb(&chain, "rvdk", &["audit", "verify-report", &path("back")]);
        assert_eq!(check.status.code(), Some(30));
    });
}
