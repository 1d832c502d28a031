//! A counterexample as a Dutch sentence, for the jurist who has to judge it.
//!
//! Owns: which condition it is about, and the values that matter for it. Must not know: the solver.

use super::Texts;
use cedar_policy::{Authorizer, Policy, PolicyId, PolicySet};
use cedar_policy_symcc::Env;
use seinhuis_policy::attributes_asked;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Before the conditions that refuse what the permit allows.
const ALLOWS: &str = "staat toe wat deze voorwaarde weigert";

/// The law: the permit, and a forbid for each condition, by `@id`.
#[derive(Debug, Clone)]
pub(super) struct Law {
    pub(super) permit: Policy,
    pub(super) forbids: Vec<Policy>,
}

impl Law {
    pub(super) fn read(texts: &Texts) -> Result<Self, String> {
        let mut forbids = Vec::new();
        let mut permit = None;
        for (file, text) in &texts.policies {
            let policies = PolicySet::from_str(text).map_err(|e| format!("{file}: {e}"))?;
            for policy in policies.policies() {
                let id = policy.annotation("id").unwrap_or_default();
                let policy = policy.new_id(PolicyId::new(id));
                match policy.effect() {
                    cedar_policy::Effect::Permit => permit = Some(policy),
                    cedar_policy::Effect::Forbid => forbids.push(policy),
                }
            }
        }
        forbids.sort_by(|a, b| a.id().cmp(b.id()));
        let permit = permit.ok_or("the policy set has no permit")?;
        Ok(Self { permit, forbids })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Policy> {
        self.forbids.iter().chain([&self.permit])
    }

    /// The law broken in one place, for each place, with what a sentence about it must say: a forbid that
    /// never says no, by its id; a part of the permit that is gone, by what then stands against it.
    pub(super) fn broken(&self) -> Result<Vec<(String, Self)>, String> {
        let mut all = Vec::new();
        for (at, forbid) in self.forbids.iter().enumerate() {
            let mut json = forbid.to_json().map_err(|e| e.to_string())?;
            let never = json!({ "kind": "when", "body": { "Value": false } });
            conditions(&mut json)?.push(never);
            let mut broken = self.clone();
            if let Some(place) = broken.forbids.get_mut(at) {
                *place = policy(forbid, json)?;
            }
            all.push((forbid.id().to_string(), broken));
        }
        let parts = parts(&self.permit)?;
        for at in 0..parts.len() {
            let kept = parts.iter().enumerate().filter(|(n, _)| *n != at);
            let kept: Vec<Value> = kept.map(|(_, part)| when(part)).collect();
            let mut broken = self.clone();
            broken.permit = with(&self.permit, kept)?;
            all.push((ALLOWS.to_owned(), broken));
        }
        Ok(all)
    }
}

fn conditions(json: &mut Value) -> Result<&mut Vec<Value>, String> {
    json.get_mut("conditions")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| "a policy without conditions".to_owned())
}

fn when(body: &Value) -> Value {
    json!({ "kind": "when", "body": body })
}

fn policy(of: &Policy, json: Value) -> Result<Policy, String> {
    Policy::from_json(Some(of.id().clone()), json).map_err(|e| e.to_string())
}

fn with(of: &Policy, kept: Vec<Value>) -> Result<Policy, String> {
    let mut json = of.to_json().map_err(|e| e.to_string())?;
    *conditions(&mut json)? = kept;
    policy(of, json)
}

/// What the permit asks for, one by one.
fn parts(permit: &Policy) -> Result<Vec<Value>, String> {
    let mut json = permit.to_json().map_err(|e| e.to_string())?;
    let mut found = Vec::new();
    for condition in conditions(&mut json)? {
        if let Some(body) = condition.get("body") {
            split(body, &mut found);
        }
    }
    Ok(found)
}

fn split(body: &Value, found: &mut Vec<Value>) {
    match body.get("&&") {
        Some(and) => {
            for side in ["left", "right"] {
                if let Some(side) = and.get(side) {
                    split(side, found);
                }
            }
        }
        None => found.push(body.clone()),
    }
}

/// Whether a policy applies to the example.
fn applies(policy: &Policy, found: &Env) -> bool {
    let alone = PolicySet::from_policies([policy.clone()]);
    alone.is_ok_and(|alone| {
        let said = Authorizer::new().is_authorized(&found.request, &alone, &found.entities);
        said.diagnostics().reason().next().is_some()
    })
}

/// Permit and forbids differ about this example.
pub(super) fn differs(law: &Law, found: &Env) -> String {
    let firing: Vec<&Policy> = law.forbids.iter().filter(|f| applies(f, found)).collect();
    if !firing.is_empty() {
        let names: Vec<String> = firing.iter().map(|f| named(f)).collect();
        let asked: BTreeSet<String> = firing.iter().flat_map(|f| asked(f)).collect();
        return format!(
            "de vergunning ({}) {ALLOWS}: {}. Voorbeeld: {}",
            law.permit.id(),
            names.join("; "),
            example(&asked, found)
        );
    }
    let unmet: Vec<BTreeSet<String>> = parts(&law.permit)
        .unwrap_or_default()
        .iter()
        .filter_map(|part| with(&law.permit, vec![when(part)]).ok())
        .filter(|alone| !applies(alone, found))
        .map(|alone| asked(&alone))
        .collect();
    let related: Vec<String> = law
        .forbids
        .iter()
        .filter(|forbid| {
            let own = asked(forbid);
            unmet.iter().any(|unmet| !unmet.is_disjoint(&own))
        })
        .map(named)
        .collect();
    let all: BTreeSet<String> = unmet.into_iter().flatten().collect();
    let related = if related.is_empty() {
        "geen enkele voorwaarde gaat daarover".to_owned()
    } else {
        format!("hierover gaat: {}", related.join("; "))
    };
    format!(
        "de vergunning ({}) weigert wat geen voorwaarde weigert; {related}. Voorbeeld: {}",
        law.permit.id(),
        example(&all, found)
    )
}

/// The law permits what an invariant does not.
pub(super) fn lets_through(invariant: &Policy, found: &Env) -> String {
    format!(
        "de wet staat toe wat niet mag: {} Voorbeeld: {}",
        invariant.annotation("text_nl").unwrap_or_default(),
        example(&asked(invariant), found)
    )
}

/// A policy errs on this example.
pub(super) fn errs(policy: &Policy, found: &Env) -> String {
    format!(
        "voorwaarde {} kan niet worden beoordeeld. Voorbeeld: {}",
        policy.id(),
        example(&asked(policy), found)
    )
}

fn named(policy: &Policy) -> String {
    let text = |name: &str| policy.annotation(name).unwrap_or_default();
    format!("{} ({}): {}", policy.id(), text("law"), text("text_nl"))
}

fn asked(policy: &Policy) -> BTreeSet<String> {
    policy
        .to_json()
        .map(|json| attributes_asked(&json))
        .unwrap_or_default()
}

/// The values of the attributes that matter.
fn example(asked: &BTreeSet<String>, found: &Env) -> String {
    let told: Vec<String> = asked
        .iter()
        .filter_map(|name| value(name, found).map(|value| format!("{name} = {value}")))
        .collect();
    told.join(", ")
}

fn value(name: &str, found: &Env) -> Option<String> {
    if name == "principal" {
        return found.request.principal().map(ToString::to_string);
    }
    let (of, path) = name.split_once('.')?;
    let mut steps = path.split('.');
    let first = steps.next()?;
    let context = |name: &str| found.request.context().and_then(|c| c.get(name));
    let attribute = |uid: &cedar_policy::EntityUid, name: &str| {
        let entity = found.entities.get(uid)?;
        entity.attr(name)?.ok()
    };
    let value = match of {
        "context" => context(first)?,
        "Clause" => attribute(found.request.resource()?, first)?,
        "SignalType" => match context("signal_type")? {
            cedar_policy::EvalResult::EntityUid(uid) => attribute(&uid, first)?,
            _ => return None,
        },
        _ => return None,
    };
    let last = steps.try_fold(value, |value, step| match value {
        cedar_policy::EvalResult::Record(record) => record.get(step).cloned(),
        _ => None,
    });
    last.map(|value| value.to_string())
}
