//! Signal files and files of numbers, as far as they need no hub. The form itself is tested beside
//! the code that reads it.

use super::{code, file, repository, run, run_with, shown, told};

fn example() -> String {
    std::fs::read_to_string(repository().join("config/examples/inc-home.toml")).unwrap()
}

#[test]
fn the_example_is_readable_from_a_file_and_from_standard_input() {
    let (_dir, path) = file("s.toml", &example());
    let output = run(&["signal", "send", "--check", &path]);
    assert_eq!(code(&output), 0, "{}", told(&output));
    let output = run_with(&["signal", "send", "--check", "-"], &example());
    assert_eq!(code(&output), 0, "{}", told(&output));
    assert!(
        shown(&output).contains("nothing was sent"),
        "{}",
        shown(&output)
    );
}

#[test]
fn a_fault_names_file_and_line_and_no_number() {
    let text = example();
    let line = text
        .lines()
        .position(|line| line.contains("123456782"))
        .unwrap()
        + 1;
    for wrong in ["\"123456789\"", "123456782", "\"123456782 \""] {
        let (_dir, path) = file("s.toml", &text.replacen("\"123456782\"", wrong, 1));
        for format in [&[][..], &["--json"]] {
            let output = run(&[&["signal", "send", &path], format].concat());
            assert_eq!(code(&output), 3, "{wrong}");
            let told = told(&output);
            assert!(
                told.contains("s.toml") && told.contains(&format!("line {line}:")),
                "{told}"
            );
            assert!(told.contains("subjects[0].number"), "{told}");
            assert!(!told.contains("12345678"), "{told}");
        }
    }
}

#[test]
fn what_is_no_prepared_signal_is_not_sent_again() {
    let (_dir, path) = file("x.publish", "not a signal");
    let output = run(&["signal", "send", "--again", &path]);
    assert_eq!(code(&output), 3, "{}", told(&output));
}

#[test]
fn numbers_to_convert_are_told_by_line_and_never_shown() {
    let config = super::config::offline();
    let base = [
        "--config",
        config.path(),
        "convert",
        "intake",
        "--numbers-file",
    ];
    let output = run_with(
        &[&base[..], &["-"]].concat(),
        "123456782\n111222333\n123456789\n",
    );
    assert_eq!(code(&output), 3);
    let told_of_one = told(&output);
    assert!(
        told_of_one.contains("line 3") && told_of_one.contains("11-test"),
        "{told_of_one}"
    );
    assert!(!told_of_one.contains("12345678"), "{told_of_one}");
    let output = run_with(&[&base[..], &["-"]].concat(), "# none\n");
    assert_eq!(code(&output), 3);
    assert!(told(&output).contains("no numbers"), "{}", told(&output));
}
