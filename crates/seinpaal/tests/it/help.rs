//! The surface others build on: verbs, flags and the code of a wrong command line.

use super::{code, run, shown, told};

/// Every verb, and what its help must name. Taking a row or a word away breaks a partner's script.
const SURFACE: &[(&[&str], &[&str])] = &[
    (
        &[],
        &[
            "keys",
            "agreement",
            "signal",
            "decision",
            "audit",
            "retention",
            "directory",
            "convert",
            "witness",
            "catalogue",
            "completions",
            "--config",
            "SEINPAAL_CONFIG",
            "--json",
            "--lang",
            "Exit codes",
            "64",
        ],
    ),
    (&["keys"], &["create", "list"]),
    (&["consent", "export"], &["<FILE|->", "--parties"]),
    (
        &["consent", "receipt"],
        &["<FILE|->", "--parties", "--catalogue"],
    ),
    (&["catalogue"], &["explain"]),
    (&["catalogue", "explain"], &["<CODE>", "--catalogue"]),
    (&["keys", "create"], &["<DESK>", "--days"]),
    (&["keys", "list"], &["<OIN>", "<DESK>"]),
    (
        &["agreement"],
        &[
            "check", "propose", "show", "list", "accept", "reject", "suspend", "resume", "leave",
            "warnings", "history", "prepare", "sign",
        ],
    ),
    (
        &["agreement", "check"],
        &["<FILE>", "--catalogue", "--test-oins"],
    ),
    (&["agreement", "propose"], &["<FILE>"]),
    (&["agreement", "show"], &["<HASH>", "--content"]),
    (&["agreement", "list"], &[]),
    (&["agreement", "warnings"], &[]),
    (&["agreement", "history"], &["<HASH>"]),
    (
        &["agreement", "prepare"],
        &[
            "<STEP>",
            "<HASH>",
            "--initiator",
            "--initiator-function",
            "--because",
            "--file",
        ],
    ),
    (
        &["agreement", "sign"],
        &["<FILE>", "--approver", "--approver-function"],
    ),
    (
        &["agreement", "accept"],
        &["<HASH>", "--initiator", "--approver"],
    ),
    (
        &["agreement", "reject"],
        &["<HASH>", "--initiator", "--approver"],
    ),
    (
        &["agreement", "suspend"],
        &["<HASH>", "--initiator", "--approver"],
    ),
    (
        &["agreement", "resume"],
        &["<HASH>", "--initiator", "--approver"],
    ),
    (
        &["agreement", "leave"],
        &["<HASH>", "--initiator", "--approver"],
    ),
    (&["signal"], &["send", "receive"]),
    (
        &["signal", "send"],
        &["FILE|-", "--agreement", "--published", "--check", "--again"],
    ),
    (
        &["signal", "receive"],
        &[
            "<DESK>",
            "--cursor",
            "--once",
            "--wait",
            "--acknowledge",
            "--open",
            "--person",
            "--role",
            "--identities",
            "--clients",
        ],
    ),
    (&["retention"], &["hold", "lift", "holds", "erase"]),
    (&["retention", "hold"], &["<FROM>", "<TO>"]),
    (&["retention", "lift"], &["<HOLD>"]),
    (&["retention", "holds"], &[]),
    (&["retention", "erase"], &["<FROM>", "<TO>"]),
    (&["decision"], &["explain"]),
    (&["decision", "explain"], &["<INDEX>"]),
    (
        &["audit"],
        &[
            "checkpoint",
            "verify",
            "mirror",
            "evidence",
            "receipt",
            "inclusion",
            "scan",
            "entry",
        ],
    ),
    (&["audit", "checkpoint"], &[]),
    (
        &["audit", "verify"],
        &["--folder", "--whole", "--no-receipts"],
    ),
    (&["audit", "mirror"], &["<FOLDER>", "--once", "--every"]),
    (
        &["audit", "evidence"],
        &["<FILE>", "--log", "--receipts", "--policy"],
    ),
    (&["audit", "receipt"], &["<FILE>"]),
    (&["audit", "inclusion"], &["<INDEX>", "--save"]),
    (
        &["audit", "scan"],
        &[
            "--number-file",
            "--skn-file",
            "--pseudonym-file",
            "--convert",
            "--folder",
            "--entries",
        ],
    ),
    (
        &["audit", "report"],
        &[
            "--number-file",
            "--skn-file",
            "--pseudonym-file",
            "--convert",
            "--for",
            "subject",
            "authority",
            "--out",
            "--chains",
        ],
    ),
    (&["audit", "verify-report"], &["<FILE>", "--folder"]),
    (&["audit", "entry"], &["<INDEX>"]),
    (&["directory"], &["partners", "systems", "ruleset"]),
    (&["directory", "partners"], &[]),
    (&["directory", "systems"], &[]),
    (&["directory", "ruleset"], &[]),
    (&["convert"], &["<DESK>", "--numbers-file"]),
    (
        &["witness"],
        &[
            "keygen",
            "--listen",
            "--tls-chain",
            "--tls-key",
            "--state",
            "--key",
            "--log",
        ],
    ),
    (&["witness", "keygen"], &["<FILE>", "--name"]),
    (&["completions"], &["<SHELL>"]),
];

#[test]
fn every_verb_and_flag_is_in_its_help() {
    for (verb, words) in SURFACE {
        let output = run(&[verb, &["--help"][..]].concat());
        assert_eq!(code(&output), 0, "{verb:?}: {}", told(&output));
        let help = shown(&output);
        for word in words.iter().chain(&["--json", "--lang", "--config"]) {
            assert!(
                help.contains(word),
                "{verb:?} does not name {word}:\n{help}"
            );
        }
    }
}

#[test]
fn a_wrong_command_line_is_64_and_repeats_no_citizen_number() {
    let wrong: &[&[&str]] = &[
        &[],
        &["sign"],
        &["keys"],
        &["keys", "create"],
        &["keys", "create", "Intake!"],
        &["keys", "create", "intake", "--days", "0"],
        &["keys", "list", "123456782", "intake"],
        &["agreement", "show", "123456782"],
        &["agreement", "accept", "x"],
        &["signal", "send"],
        &["signal", "receive", "intake", "--open"],
        &["signal", "receive", "intake", "--person", "p-1"],
        &["audit", "scan"],
        &["audit", "scan", "--number", "123456782"],
        &["audit", "scan", "--number-file", "-", "--skn-file", "-"],
        &["audit", "scan", "123456782"],
        &["audit", "report", "--number-file", "f", "--out", "o"],
        &["audit", "report", "--for", "subject", "--out", "o"],
        &[
            "audit",
            "report",
            "--number-file",
            "f",
            "--for",
            "everyone",
            "--out",
            "o",
        ],
        &["audit", "entry", "x"],
        &["audit", "mirror"],
        &["audit", "mirror", "m", "--once", "--every", "3"],
        &["audit", "mirror", "m", "--every", "0"],
        &["audit", "evidence"],
        &["audit", "evidence", "f", "--log", "x"],
        &["convert", "intake", "123456782"],
        &["witness"],
        &["witness", "--state", "s"],
        &["witness", "--state", "s", "--key", "k", "--tls-chain", "c"],
        &["witness", "keygen", "key"],
        &["witness", "keygen", "key", "--name", "a b"],
        &["directory", "partners", "--lang", "fr"],
    ];
    for arguments in wrong {
        let config = super::config::offline();
        let output = run(&[arguments, &["--config", config.path()][..]].concat());
        assert_eq!(code(&output), 64, "{arguments:?}: {}", told(&output));
        let text = told(&output) + &shown(&output);
        assert!(!text.contains("123456782"), "{arguments:?}: {text}");
    }
}
