//! The sample configuration files are read by the code that reads real ones.

use super::{config, run, told};

#[test]
fn sample_configurations_parse() {
    for (role, file) in [
        ("hub", "hub.toml"),
        ("hub", "hub.full.toml"),
        ("pseudonymiser", "pseudonymiser.toml"),
    ] {
        // Of the real folders none is touched.
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let text = std::fs::read_to_string(config().join(file)).unwrap();
        let text = text.replace("/var/lib/seinhuis", data.to_str().unwrap());
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        let output = run(&["serve", "--role", role, "--config", path.to_str().unwrap()]);
        let told = told(&output);
        // It parses; what it then misses is all that it names.
        assert_eq!(output.status.code(), Some(78), "{told}");
        assert!(!told.contains("configuration.md"), "{file}: {told}");
    }
}

#[test]
fn the_shipped_rules_have_no_fault() {
    let output = run(&["check", config().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}
