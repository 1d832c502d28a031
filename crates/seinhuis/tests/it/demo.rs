//! The demo as a visitor runs it: to its end, broken off, and with a story that no longer holds.

use super::{binary, config, run, told};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

fn once(folder: &Path, rules: &Path) -> std::process::Output {
    let (folder, rules) = (folder.to_str().unwrap(), rules.to_str().unwrap());
    run(&["demo", "--once", "--folder", folder, "--rules", rules])
}

/// A demo that stays up, the lines it told until one that holds `until`, and the rest to come.
fn stays(folder: &Path, until: &str) -> (Child, Vec<String>, BufReader<ChildStdout>) {
    let mut demo = Command::new(binary())
        .args(["demo", "--folder", folder.to_str().unwrap(), "--rules"])
        .arg(config())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(demo.stdout.take().unwrap());
    let mut lines = Vec::new();
    while !lines
        .last()
        .is_some_and(|line: &String| line.contains(until))
    {
        let mut line = String::new();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "ended early: {lines:?}"
        );
        lines.push(line);
    }
    (demo, lines, out)
}

/// The numbers after the word `process` in what was told.
fn processes(lines: &[String]) -> Vec<String> {
    let text = lines
        .concat()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let after = text.split("process ").skip(1);
    let digits = after.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
    digits
        .filter(|digits: &String| !digits.is_empty())
        .collect()
}

fn interrupt(demo: &Child) {
    kill_process(Pid::from_child(demo), Signal::INT).unwrap();
}

/// What each part of the story shows, in its order: its heading, and what was checked or refused in it.
const SCENES: [(&str, &[&str]); 15] = [
    ("Who is on stage", &[]),
    (
        "The agreement (convenant)",
        &["all five signatures", "pull"],
    ),
    ("A report", &["opened by a person at Veilig Thuis"]),
    ("A further agreement", &["in force: 4 clauses"]),
    (
        "Questions",
        &[
            "lodged a cover for it at once",
            "no: PERSON_MUST_ANSWER",
            "lodged in the place of the cover",
            "no: SUBJECT_ROLE_NOT_COVERED",
        ],
    ),
    ("Protection", &["recognises the child"]),
    ("Conditions and release", &["TOO_MANY_SUBJECTS"]),
    ("Supervision and a breach", &["DIRECTION_NOT_COVERED"]),
    (
        "Consent",
        &[
            "no: CONSENT_NEEDED",
            "on which entry of consent it rests",
            "in force at that commit",
            "no: CONSENT_NEEDED",
            "does not stand now",
        ],
    ),
    (
        "Break-glass",
        &[
            "no: PRIOR_CALL_MISSING",
            "to be reviewed within a working day",
            "no: SECOND_PERSON_NEEDED",
            "no: REVIEWER_NOT_INDEPENDENT",
            "closed; both officers read",
        ],
    ),
    (
        "A party leaves",
        &[
            "no: AGREEMENT_ENDED",
            "on basis RECTIFY under the old agreement",
        ],
    ),
    ("The tick", &["yes, now; refused (investigation); unknown"]),
    ("The log", &["own about these people"]),
    (
        "Access",
        &[
            "about her, of PLAN_AGREED and VT_VTO; nothing is missing",
            "of its chain about her is missing",
            "with one bit turned: the report does not hold",
        ],
    ),
    (
        "Who sent what to whom, who saw what, who was refused why",
        &["PLAN_AGREED", "ACUTE_UNSAFE"],
    ),
];

/// That every scene is in the text under its heading, and shows what it must in that order.
fn scenes(text: &str) {
    let mut rest = text;
    for (place, (heading, shown)) in SCENES.iter().enumerate() {
        let (_, after) = rest
            .split_once(&format!("\n{heading}\n---"))
            .unwrap_or_else(|| panic!("no `{heading}` where it should be"));
        rest = after;
        let scene = match SCENES.get(place + 1) {
            Some((next, _)) => after.split(&format!("\n{next}\n---")).next().unwrap(),
            None => after,
        };
        let scene = scene.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut left = scene.as_str();
        for part in *shown {
            let (_, after) = left
                .split_once(part)
                .unwrap_or_else(|| panic!("`{heading}` does not show `{part}`: {scene}"));
            left = after;
        }
    }
}

#[test]
fn the_story_ends_as_told_and_in_lines_of_a_hundred_columns() {
    let folder = tempfile::tempdir().unwrap();
    let output = once(&folder.path().join("one"), &config());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Every step ended as told."));
    scenes(&text);
    // The hash of an agreement and the folder are as long as they are.
    let words = |line: &&str| line.trim().contains(' ') && !line.starts_with("Folder: ");
    for line in text.lines().filter(words) {
        assert!(line.chars().count() <= 100, "{line}");
    }
    let again = once(&folder.path().join("one"), &config());
    assert_eq!(
        again.status.code(),
        Some(78),
        "a folder that exists is not taken"
    );
}

/// A story by rules in which one word of an agreement is another.
fn told_otherwise(agreement: &str, from: &str, to: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    for part in ["catalogue", "policy", "agreements"] {
        fs::create_dir_all(rules.join(part)).unwrap();
        for entry in fs::read_dir(config().join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, rules.join(part).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    let agreement = rules.join("agreements").join(agreement);
    let text = fs::read_to_string(&agreement).unwrap();
    assert_eq!(text.matches(from).count(), 1);
    fs::write(&agreement, text.replace(from, to)).unwrap();
    let output = once(&folder.path().join("chain"), &rules);
    (output.status.code(), told(&output))
}

#[test]
fn a_step_that_ends_otherwise_is_named_and_the_exit_code_is_one() {
    let wide = "id_kinds = [\"number\", \"own\"]";
    let narrow = "id_kinds = [\"number\"]";
    let (code, told) = told_otherwise("five-party.toml", wide, narrow);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("VT_TAKEN"), "{told}");
    assert!(told.contains("IDENTIFIER_KIND_NOT_COVERED"), "{told}");
}

#[test]
fn a_scene_of_the_further_agreement_that_ends_otherwise_is_named() {
    // A box of two hours is longer than this agreement would allow.
    let (code, told) = told_otherwise("four-party.toml", "most_hours = 4", "most_hours = 1");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("Sent without a telephone call"), "{told}");
    assert!(told.contains("TIME_BOX_TOO_LONG"), "{told}");
}

#[test]
fn an_interrupt_ends_both_services_at_the_end_and_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    for (name, until) in [("end", "The services stay up"), ("middle", "  4. ")] {
        let (mut demo, lines, out) = stays(&folder.path().join(name), until);
        let services = processes(&lines);
        assert_eq!(services.len(), 2, "{lines:?}");
        for id in &services {
            assert!(Path::new("/proc").join(id).exists());
        }
        interrupt(&demo);
        drop(out);
        assert!(demo.wait().unwrap().success());
        for id in &services {
            assert!(
                !Path::new("/proc").join(id).exists(),
                "{id} was left behind"
            );
        }
    }
}
