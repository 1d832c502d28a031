//! What must hold of everything that goes: `tests/proofs/invariants.cedar`.
//!
//! Owns: that there is something to prove of each action. Must not know: the law, and the solver.

use super::law::{covers, ordered, parts, policies};
use crate::tree;
use cedar_policy::{Effect, EntityUid, Policy};

const INVARIANTS: &str = "tests/proofs/invariants.cedar";

/// The invariants, in the order of their ids; each of `actions` has at least one.
pub(super) fn invariants(actions: &[EntityUid]) -> Result<Vec<Policy>, String> {
    read(&tree::read(INVARIANTS)?, actions)
}

fn read(text: &str, actions: &[EntityUid]) -> Result<Vec<Policy>, String> {
    let all = ordered(policies(INVARIANTS, text)?).map_err(|e| format!("{INVARIANTS}: {e}"))?;
    if all.is_empty() {
        return Err(format!("{INVARIANTS}: there is no invariant"));
    }
    for invariant in &all {
        let fault = if invariant.effect() != Effect::Permit {
            "is not a permit"
        } else if invariant.annotation("text_nl").is_none_or(str::is_empty) {
            "has no @text_nl"
        } else if parts(invariant)?.is_empty() {
            "has no condition"
        } else if !actions.iter().any(|action| covers(invariant, action)) {
            "is for no action of the schema"
        } else {
            continue;
        };
        return Err(format!("{INVARIANTS}: {} {fault}", invariant.id()));
    }
    let bare = actions
        .iter()
        .find(|action| !all.iter().any(|invariant| covers(invariant, action)));
    match bare {
        None if actions.is_empty() => Err("the schema has no action".to_owned()),
        None => Ok(all),
        Some(action) => Err(format!("{INVARIANTS}: none is for {action}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    const ONE: &str = r#"@id("one") @text_nl("Tekst.")
        permit (principal, action == Action::"send", resource) when { resource.a };"#;

    #[test]
    fn each_action_has_an_invariant_that_asks_something() {
        let action = |name: &str| EntityUid::from_str(&format!("Action::\"{name}\"")).unwrap();
        let send = [action("send")];
        assert_eq!(read(ONE, &send).unwrap().len(), 1);
        for (text, fault) in [
            (String::new(), "there is no invariant"),
            ("// none\n".to_owned(), "there is no invariant"),
            (ONE.replace("permit", "forbid"), "one is not a permit"),
            (ONE.replace("Tekst.", ""), "one has no @text_nl"),
            (
                ONE.replace("when { resource.a }", ""),
                "one has no condition",
            ),
            (
                ONE.replace("send", "mend"),
                "one is for no action of the schema",
            ),
        ] {
            let said = read(&text, &send).unwrap_err();
            assert_eq!(said, format!("{INVARIANTS}: {fault}"));
        }
        let two = [action("send"), action("mend")];
        let said = read(ONE, &two).unwrap_err();
        assert_eq!(said, format!("{INVARIANTS}: none is for Action::\"mend\""));
        assert!(read(ONE, &[]).is_err());
    }
}
