//! The sample configuration files are read by the code that reads real ones.

use super::{config, run, told};

#[test]
fn sample_configurations_parse() {
    for (role, file) in [
        ("hub", "hub.toml"),
        ("hub", "hub.full.toml"),
        ("pseudonymiser", "pseudonymiser.toml"),
    ] {
        let path = config().join(file);
        let output = run(&["serve", "--role", role, "--config", path.to_str().unwrap()]);
        let told = told(&output);
        // It parses; what it then misses are the operator's own certificates and keys.
        assert_eq!(output.status.code(), Some(78), "{told}");
        assert!(!told.contains("TOML parse error"), "{file}: {told}");
        assert!(!told.contains("unknown field"), "{file}: {told}");
    }
}

#[test]
fn the_shipped_rules_have_no_fault() {
    let output = run(&["check", config().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}
