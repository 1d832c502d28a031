//! A decision in process: a permit and a refusal of the policy set's own cases.

use crate::load::percentile;
use crate::told;
use seinhuis_policy::{Action, Case, Engine, Verdict};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const ROUNDS: usize = 20_000;

/// p50 of a decision with its explanation.
pub(crate) struct Decided {
    /// Of one that may go.
    pub(crate) permit: Duration,
    /// Of one that may not.
    pub(crate) refusal: Duration,
}

/// Measures both.
pub(crate) fn measure() -> Result<Decided, String> {
    crate::report::progress("decision");
    let folder = seinhuis_tests::repository().join("config/policy");
    let read = |path: &Path| std::fs::read_to_string(path).map_err(told("policy"));
    let mut policies = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(told("policy"))? {
        let path = entry.map_err(told("policy"))?.path();
        if path.extension().is_some_and(|ending| ending == "cedar") {
            policies.push((path.display().to_string(), read(&path)?));
        }
    }
    policies.sort();
    let texts: Vec<_> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let engine = Engine::load(&read(&folder.join("schema.cedarschema"))?, &texts)
        .map_err(|faults| format!("policy: {faults:?}"))?;
    let base = read(&folder.join("base.toml"))?;
    let (mut permit, mut refusal) = (None, None);
    for entry in std::fs::read_dir(folder.join("cases")).map_err(told("cases"))? {
        let path = entry.map_err(told("cases"))?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let case = Case::parse(&name, &base, &read(&path)?).map_err(told("case"))?;
        let slot = if case.expected.is_permit() {
            &mut permit
        } else {
            &mut refusal
        };
        if slot.is_none() {
            *slot = Some(p50(&engine, &case)?);
        }
    }
    match (permit, refusal) {
        (Some(permit), Some(refusal)) => Ok(Decided { permit, refusal }),
        _ => Err("cases: a permit and a refusal are needed".to_owned()),
    }
}

fn p50(engine: &Engine, case: &Case) -> Result<Duration, String> {
    let facts = case.facts(Action::Publish);
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let verdict = black_box(engine.decide(black_box(&facts)));
        times.push(begun.elapsed());
        if matches!(verdict, Verdict::Permit(_)) != case.expected.is_permit() {
            return Err(format!("case `{}` came out otherwise", case.name));
        }
    }
    times.sort_unstable();
    Ok(percentile(&times, 50))
}
