//! Unusually many questions on a day: who asks is warned, once, and reads it where it reads its warnings.

use super::*;
use seinhuis_proto::v1::WarningKind;
use seinhuis_store::{ChangeSet, Entry, LEAF_BYTES};
use seinhuis_tests::seinpaal;
use serde_json::Value;
use std::process::Command;

async fn warned(partner: &Partner) -> Vec<v1::Warning> {
    let found = partner.warnings().await.unwrap();
    let kind = WarningKind::QuestionsUnusual;
    found.into_iter().filter(|one| one.kind() == kind).collect()
}

fn shown(stage: &Stage, arguments: &[&str]) -> String {
    let output = Command::new(seinpaal().unwrap())
        .arg("--config")
        .arg(stage.chain.sandbox.partner_config("veilig-thuis"))
        .args(arguments)
        .args(["agreement", "warnings"])
        .env_remove("SEINPAAL_CONFIG")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    String::from_utf8(output.stdout).unwrap()
}

/// One question on each of the five days before, as the store counts them. They cannot be asked: the pseudonymiser goes
/// by the clock of the machine and converts nothing of days ago.
async fn plant(stage: &Stage) {
    let today = u32::try_from(stage.clock.now().0 / Millis::DAY).unwrap();
    let clause = "vt-pol-ask".parse().unwrap();
    let entry = Entry::new([1; LEAF_BYTES], Vec::new());
    let change = (1..=5).fold(ChangeSet::new("planted", entry), |change, back| {
        change.count_asked(stage.vt.oin(), &clause, today - back, 100)
    });
    stage.local.gate.commit(change).await.unwrap();
}

#[test]
fn more_than_twice_the_usual_number_of_questions_is_a_warning_to_who_asks() {
    run(async {
        let stage = Stage::start(100).await;
        plant(&stage).await;
        // The median of five days with one question each is one: two are as many as may be.
        for reference in 5..7 {
            stage.ask(reference, stage.tick()).await;
            assert!(warned(&stage.vt).await.is_empty(), "{reference}");
        }
        let day = Millis(stage.clock.now().0 / Millis::DAY * Millis::DAY);
        for reference in 7..9 {
            stage.ask(reference, stage.tick()).await;
            let [warning] = warned(&stage.vt).await.try_into().unwrap();
            assert_eq!(warning.clause_id, "vt-pol-ask");
            assert_eq!(warning.ends_ms, day.0);
            assert!(warning.index > 0 && warning.agreement_hash.is_empty());
        }
        assert!(warned(&stage.police).await.is_empty(), "it is not theirs");
        let again = stage.local.hub.pass_warnings().await.unwrap();
        assert!(!again.contains(&WarningKind::QuestionsUnusual));

        let document: Value = serde_json::from_str(&shown(&stage, &["--json"])).unwrap();
        let rows = document["warnings"].as_array().unwrap();
        let kind = "WARNING_KIND_QUESTIONS_UNUSUAL";
        let row = rows.iter().find(|row| row["kind"] == kind).unwrap();
        assert_eq!(row["clause"], "vt-pol-ask");
        let text = shown(&stage, &["--lang", "nl"]);
        assert!(text.contains("tweemaal zo veel vragen") && text.contains("vt-pol-ask"));
        let text = shown(&stage, &["--lang", "en"]);
        assert!(text.contains("twice as many questions"), "{text}");
    });
}
