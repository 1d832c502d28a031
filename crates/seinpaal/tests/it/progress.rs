//! Long work tells how far it is on standard error, at the step that is documented; standard output has
//! the result alone, and a machine is told nothing else.

use super::config::offline;
use super::copy::long_log;
use super::{code, file, run, shown, told};
use seinhuis_domain::entry::SubjectValue;
use serde_json::Value;

const PERSON: &str = "123456782";
const SIZE: u64 = 66_000;

#[test]
fn a_walk_over_a_long_log_is_told_at_each_step_and_its_result_stays_clean() {
    let config = offline();
    let copy = long_log(&config, &SubjectValue::number(PERSON).unwrap(), SIZE);
    let folder = copy.folder.to_str().unwrap();
    let (_held, number) = file("number", PERSON);
    let verify = ["audit", "verify", "--folder", folder];
    let scan = [
        "audit",
        "scan",
        "--folder",
        folder,
        "--number-file",
        &number,
    ];
    // A receipt makes `verify` read the copy twice: once for its root, once for what was promised.
    for (verb, walks) in [(&verify[..], 2), (&scan[..], 1)] {
        for (lang, line) in [
            ("nl", "seinpaal: 65536 van 66000 regels van het log gelezen"),
            ("en", "seinpaal: 65536 of 66000 entries of the log read"),
        ] {
            let common = ["--config", config.path(), "--lang", lang];
            let people = run(&[&common[..], verb].concat());
            assert_eq!(code(&people), 0, "{}", told(&people));
            let lines = told(&people);
            let count = lines.lines().filter(|found| *found == line).count();
            assert_eq!(count, walks, "{lines}");
            // On a slow machine there are more lines, each of the same words.
            let words = line.rsplit(' ').next().unwrap();
            assert!(lines.lines().all(|line| line.ends_with(words)), "{lines}");
            assert!(!shown(&people).contains("65536"), "{}", shown(&people));
        }
        let machine = run(&[&["--config", config.path(), "--json"][..], verb].concat());
        assert_eq!((code(&machine), told(&machine).as_str()), (0, ""));
        let document: Value = serde_json::from_str(&shown(&machine)).unwrap();
        assert_eq!(document["checkpoint"]["size"], SIZE);
    }
}
