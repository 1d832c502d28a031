//! Completions: a script for each shell that is supported, naming every verb.

use super::{code, run, shown, told};
use std::io::ErrorKind;
use std::process::Command;

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// The verbs that a help names.
fn verbs(of: &[&str]) -> Vec<String> {
    let help = shown(&run(&[of, &["--help"]].concat()));
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let names = verbs.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    let all: Vec<String> = names.map(str::to_owned).collect();
    all.into_iter().filter(|name| name != "help").collect()
}

fn script(shell: &str) -> String {
    let output = run(&["completions", shell]);
    assert_eq!(code(&output), 0, "{shell}: {}", told(&output));
    shown(&output)
}

#[test]
fn every_shell_has_a_script_that_names_every_verb() {
    let top = verbs(&[]);
    assert!(
        top.len() > 15 && top.contains(&"whatif".to_owned()),
        "{top:?}"
    );
    let below = verbs(&["signal"]);
    for verb in [
        "correct",
        "fix-identity",
        "withdraw",
        "shield",
        "corrections",
    ] {
        assert!(below.iter().any(|known| known == verb), "{below:?}");
    }
    for shell in SHELLS {
        let script = script(shell);
        assert!(script.contains("seinpaal"), "{shell}");
        for verb in top
            .iter()
            .chain(&below)
            .map(String::as_str)
            .chain(["decided-by"])
        {
            assert!(script.contains(verb), "{shell} does not name `{verb}`");
        }
    }
    // No two of them are the same script, and another shell is named as wrong, with those there are.
    let scripts: std::collections::BTreeSet<String> = SHELLS.map(script).into();
    assert_eq!(scripts.len(), SHELLS.len());
    let other = run(&["completions", "tcsh"]);
    assert_eq!(code(&other), 64);
    for shell in SHELLS {
        assert!(told(&other).contains(shell), "{}", told(&other));
    }
}

/// Where there is a bash, it takes the script without a word, and completes by it.
#[test]
fn bash_reads_its_script_and_completes_a_verb() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seinpaal.bash");
    std::fs::write(&path, script("bash")).unwrap();
    let bash = |arguments: &[&str]| match Command::new("bash").args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    };
    let path = path.to_str().unwrap();
    let Some(read) = bash(&["-n", path]) else {
        return;
    };
    assert!(
        read.status.success() && told(&read).is_empty(),
        "{}",
        told(&read)
    );
    let ask = "source \"$0\"; COMP_WORDS=(seinpaal signal fix); COMP_CWORD=2; \
               _seinpaal seinpaal fix signal; echo \"${COMPREPLY[@]}\"";
    let completed = bash(&["--norc", "-c", ask, path]).unwrap();
    assert_eq!(shown(&completed), "fix-identity\n", "{}", told(&completed));
}
