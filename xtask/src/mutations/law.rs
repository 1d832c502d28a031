//! The policy set with one thing taken out: its cases must notice.

use crate::{say, tree};
use seinhuis_policy::{Case, mutants};

const POLICY: &str = "config/policy";

/// Runs the cases against every mutant of the policy set; gives how many went unnoticed.
pub(super) fn run() -> Result<usize, String> {
    let schema = tree::read(&format!("{POLICY}/schema.cedarschema"))?;
    let base = tree::read(&format!("{POLICY}/base.toml"))?;
    let policies: Vec<(String, String)> = tree::folder(POLICY, "cedar")?
        .into_iter()
        .map(|(name, text)| (format!("{name}.cedar"), text))
        .collect();
    let policies: Vec<(&str, &str)> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let cases = tree::folder(&format!("{POLICY}/cases"), "toml")?
        .iter()
        .map(|(name, text)| Case::parse(name, &base, text).map_err(|fault| fault.to_string()))
        .collect::<Result<Vec<Case>, String>>()?;
    let mutants = mutants(&schema, &policies).map_err(|faults| {
        faults
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let mut unnoticed = 0;
    for mutant in &mutants {
        if mutant.is_caught_by(&cases) {
            continue;
        }
        unnoticed += 1;
        let case = mutant.case.as_deref().unwrap_or("any case");
        say::line(format!(
            "{POLICY}/{}:{}: {}: {:?} `{}` gone, and {case} does not go red",
            mutant.file, mutant.line, mutant.policy, mutant.kind, mutant.removed
        ));
    }
    let (all, noticed) = (mutants.len(), mutants.len() - unnoticed);
    say::line(format!(
        "policy: {noticed} of {all} noticed by {} cases",
        cases.len()
    ));
    Ok(unnoticed)
}
