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

#[test]
fn the_story_ends_as_told_and_in_lines_of_a_hundred_columns() {
    let folder = tempfile::tempdir().unwrap();
    let output = once(&folder.path().join("one"), &config());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Every step ended as told."));
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

#[test]
fn a_step_that_ends_otherwise_is_named_and_the_exit_code_is_one() {
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
    let agreement = rules.join("agreements/five-party.toml");
    let text = fs::read_to_string(&agreement).unwrap();
    let narrowed = text.replace(
        "id_kinds = [\"number\", \"own\"]",
        "id_kinds = [\"number\"]",
    );
    assert_ne!(text, narrowed);
    fs::write(&agreement, narrowed).unwrap();
    let output = once(&folder.path().join("chain"), &rules);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(told(&output).contains("VT_TAKEN"), "{}", told(&output));
    assert!(
        told(&output).contains("IDENTIFIER_KIND_NOT_COVERED"),
        "{}",
        told(&output)
    );
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
