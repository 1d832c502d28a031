//! A counterexample as a Dutch sentence, for the jurist who has to judge it.
//!
//! Owns: which condition it is about, and the values that matter for it. Must not know: the solver.

use super::law::{Law, Shown, asked, parts, with};
use cedar_policy::{Authorizer, Policy, PolicySet};
use cedar_policy_symcc::Env;
use std::collections::BTreeSet;

/// Before the conditions that refuse what the permit allows.
const ALLOWS: &str = "staat toe wat deze voorwaarde weigert";
/// Before the conditions about what the permit refuses and none of them does.
const REFUSES: &str = "weigert wat geen voorwaarde weigert";
/// Behind the conditions.
const EXAMPLE: &str = "Voorbeeld:";

/// Whether a sentence shows what it must.
pub(super) fn shows(sentence: &str, shown: &Shown) -> bool {
    let told = sentence.split(EXAMPLE).next().unwrap_or_default();
    match shown {
        Shown::Refuses(id) => told.contains(REFUSES) && names(told, id),
        Shown::Allows(ids) => told.contains(ALLOWS) && ids.iter().any(|id| names(told, id)),
    }
}

/// Whether a condition is named: by its whole id, not as the end or the beginning of another's.
fn names(told: &str, id: &str) -> bool {
    told.contains(&format!(": {id} (")) || told.contains(&format!("; {id} ("))
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
            "de vergunning ({}) {ALLOWS}: {}. {EXAMPLE} {}",
            law.permit.id(),
            names.join("; "),
            example(&asked, found)
        );
    }
    let unmet: Vec<BTreeSet<String>> = parts(&law.permit)
        .unwrap_or_default()
        .iter()
        .filter_map(|part| with(&law.permit, [part]).ok())
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
        "de vergunning ({}) {REFUSES}; {related}. {EXAMPLE} {}",
        law.permit.id(),
        example(&all, found)
    )
}

/// The law permits what an invariant does not.
pub(super) fn lets_through(invariant: &Policy, found: &Env) -> String {
    format!(
        "de wet staat toe wat niet mag: {} {EXAMPLE} {}",
        invariant.annotation("text_nl").unwrap_or_default(),
        example(&asked(invariant), found)
    )
}

/// A policy errs on this example.
pub(super) fn errs(policy: &Policy, found: &Env) -> String {
    format!(
        "voorwaarde {} kan niet worden beoordeeld. {EXAMPLE} {}",
        policy.id(),
        example(&asked(policy), found)
    )
}

fn named(policy: &Policy) -> String {
    let text = |name: &str| policy.annotation(name).unwrap_or_default();
    format!("{} ({}): {}", policy.id(), text("law"), text("text_nl"))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(id: &str) -> Shown {
        Shown::Refuses(id.to_owned())
    }

    fn allows(ids: &[&str]) -> Shown {
        Shown::Allows(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn a_sentence_names_a_condition_by_its_whole_id() {
        let refused = "de vergunning (send) weigert wat geen voorwaarde weigert; hierover gaat: \
                       rectify-not-valid (AVG 19): Tekst; no-desk (AVG 5): no-route (x). Voorbeeld: a = 1";
        assert!(shows(refused, &refuses("rectify-not-valid")));
        assert!(shows(refused, &refuses("no-desk")));
        for other in ["not-valid", "rectify-not", "send", "desk", "a"] {
            assert!(!shows(refused, &refuses(other)), "{other}");
        }
    }

    #[test]
    fn a_sentence_is_about_what_was_broken_and_the_right_way_round() {
        let allowed = "de vergunning (send) staat toe wat deze voorwaarde weigert: no-desk (AVG 5): \
                       Tekst. Voorbeeld: x = 1; no-mode (AVG): y";
        assert!(shows(allowed, &allows(&["no-desk", "no-basis"])));
        assert!(!shows(allowed, &allows(&["no-basis"])));
        assert!(!shows(allowed, &allows(&["no-mode"])));
        assert!(!shows(allowed, &allows(&[])));
        assert!(!shows(allowed, &refuses("no-desk")));
        let refused = allowed.replace(ALLOWS, REFUSES);
        assert!(!shows(&refused, &allows(&["no-desk"])));
    }
}
