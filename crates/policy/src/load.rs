//! Reads a policy set and says everything that is wrong with it, with file and line. A set with a
//! fault is never used.

use crate::error::Fault;
use crate::explain::{Condition, Explained};
use crate::law::{Law, Rule};
use crate::reasons::{Reasons, kebab, of_the_law};
use crate::statement::{Statement, statements};
use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, PrincipalConstraint, ResourceConstraint,
    Schema, SchemaFragment, ValidationMode, Validator,
};
use seinhuis_types::RefusalReason;
use std::collections::BTreeMap;

/// The name under which faults of the schema are told.
pub(crate) const SCHEMA_FILE: &str = "schema.cedarschema";
/// The scope of every policy; an action outside it is refused for want of a permit.
const SCOPE: [&str; 2] = [r#"Action::"publish""#, r#"Action::"release""#];
const OF_PERMIT: &[&str] = &["id", "law", "text_nl", "text_en"];
const OF_FORBID: &[&str] = &[
    "id",
    "reason",
    "law",
    "text_nl",
    "text_en",
    "remedy_nl",
    "remedy_en",
];
const HASHED: &[&str] = &["id", "law", "reason"];

/// Reads the schema.
pub(crate) fn schema(text: &str) -> Result<Schema, Fault> {
    Schema::from_cedarschema_str(text)
        .map(|(schema, _)| schema)
        .map_err(|error| {
            let broken =
                |found: &Statement<'_>| SchemaFragment::from_cedarschema_str(found.text).is_err();
            let line = statements(text)
                .iter()
                .find(|s| broken(s))
                .map_or(1, |found| found.line);
            Fault::new(
                SCHEMA_FILE,
                line,
                flat(&error),
                "write it as a Cedar schema",
            )
        })
}

/// The schema as JSON.
pub(crate) fn schema_json(text: &str) -> Result<serde_json::Value, String> {
    let (fragment, _) = SchemaFragment::from_cedarschema_str(text).map_err(|e| flat(&e))?;
    fragment.to_json_value().map_err(|e| flat(&e))
}

/// Reads the policies and checks each, and all together but for the schema.
pub(crate) fn law(files: &[(&str, &str)]) -> Result<Law, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut permits = Vec::new();
    let mut forbids = Vec::new();
    for (file, text) in files {
        for statement in statements(text) {
            match rule(file, statement) {
                Ok(rule) if rule.condition.is_none() => permits.push(rule),
                Ok(rule) => forbids.push(rule),
                Err(more) => faults.extend(more),
            }
        }
    }
    // Without this, one mistyped policy would be told a second time as a missing one.
    if faults.is_empty() {
        faults.extend(together(&permits, &forbids));
    }
    match permits.pop() {
        Some(permit) if faults.is_empty() => Ok(Law { permit, forbids }),
        _ => Err(faults),
    }
}

/// Strict validation of every policy; a warning is a fault too.
pub(crate) fn validate(schema: &Schema, law: &Law, written: &PolicySet) -> Vec<Fault> {
    let result = Validator::new(schema.clone()).validate(written, ValidationMode::Strict);
    let place = |id: &PolicyId| {
        let rule = law.rules().find(|rule| rule.policy.id() == id);
        rule.map_or((SCHEMA_FILE, 1), |rule| (rule.file.as_str(), rule.line))
    };
    let fault = |id: &PolicyId, what: String| {
        let (file, line) = place(id);
        Fault::new(file, line, what, "make the condition fit the schema")
    };
    let errors = result
        .validation_errors()
        .map(|error| fault(error.policy_id(), flat(error)));
    let warnings = result
        .validation_warnings()
        .map(|warn| fault(warn.policy_id(), flat(warn)));
    errors.chain(warnings).collect()
}

fn flat(error: &impl std::fmt::Display) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn rule(file: &str, statement: Statement<'_>) -> Result<Rule, Vec<Fault>> {
    let line = statement.line;
    let fault = |what: String, fix: &str| Fault::new(file, line, what, fix);
    let policy = Policy::parse(None, statement.text).map_err(|error| {
        vec![fault(
            flat(&error),
            "write it as one Cedar policy, no template",
        )]
    })?;
    let mut faults = Vec::new();
    let is_permit = policy.effect() == Effect::Permit;
    let needed = if is_permit { OF_PERMIT } else { OF_FORBID };
    for name in needed {
        if policy
            .annotation(name)
            .is_none_or(|text| text.trim().is_empty())
        {
            faults.push(fault(format!("`@{name}` is missing or empty"), "write it"));
        }
    }
    for (name, _) in policy.annotations() {
        if !needed.contains(&name) && (is_permit || name != "after") {
            faults.push(fault(
                format!("`@{name}` means nothing here"),
                "take it out",
            ));
        }
    }
    if !in_scope(&policy) {
        let fix =
            r#"write (principal, action in [Action::"publish", Action::"release"], resource)"#;
        faults.push(fault("the scope is not that of the law".into(), fix));
    }
    if !policy.has_non_scope_constraint() {
        faults.push(fault(
            "there is no condition".into(),
            "write a `when` or `unless`",
        ));
    }
    let text = |name: &str| policy.annotation(name).unwrap_or_default();
    let condition = if is_permit {
        None
    } else {
        condition(&policy, &fault)
            .map_err(|more| faults.extend(more))
            .ok()
    };
    let id = text("id").to_owned();
    let rendered = render(&policy).map_err(|what| vec![fault(what, "write it more plainly")])?;
    if faults.is_empty() {
        let policy = policy.new_id(PolicyId::new(&id));
        Ok(Rule {
            id,
            policy,
            rendered,
            condition,
            file: file.to_owned(),
            line,
        })
    } else {
        Err(faults)
    }
}

/// The condition of a forbid: its reason, its texts, and what it is asked after.
fn condition(
    policy: &Policy,
    fault: &impl Fn(String, &str) -> Fault,
) -> Result<Condition, Vec<Fault>> {
    let text = |name: &str| policy.annotation(name).unwrap_or_default();
    let told = text("reason");
    let reason = RefusalReason::parse(told)
        .filter(|&reason| of_the_law(reason))
        .ok_or_else(|| {
            let what = format!("`@reason` is `{told}`, which is not a reason of the law");
            vec![fault(what, "use one of RefusalReason but the last two")]
        })?;
    let mut faults = Vec::new();
    if text("id") != kebab(reason) {
        let fix = format!("write @id(\"{}\")", kebab(reason));
        faults.push(fault("`@id` is not its reason's".into(), &fix));
    }
    let after = after(text("after"), reason).unwrap_or_else(|word| {
        let fix = "name reasons of the law that are told earlier";
        faults.push(fault(format!("`@after` names `{word}`"), fix));
        Reasons::default()
    });
    let explained = Explained {
        reason,
        law: text("law").into(),
        text_nl: text("text_nl").into(),
        text_en: text("text_en").into(),
        remedy_nl: text("remedy_nl").into(),
        remedy_en: text("remedy_en").into(),
    };
    if faults.is_empty() {
        Ok(Condition { explained, after })
    } else {
        Err(faults)
    }
}

fn in_scope(policy: &Policy) -> bool {
    let actions = match policy.action_constraint() {
        ActionConstraint::In(actions) => actions.iter().map(ToString::to_string).collect(),
        ActionConstraint::Any | ActionConstraint::Eq(_) => Vec::new(),
    };
    actions == SCOPE
        && policy.principal_constraint() == PrincipalConstraint::Any
        && policy.resource_constraint() == ResourceConstraint::Any
}

/// The reasons in an `@after`, or the first word that is none told before `reason`.
fn after(text: &str, reason: RefusalReason) -> Result<Reasons, String> {
    let mut found = Reasons::default();
    for word in text.split_whitespace() {
        let earlier = RefusalReason::parse(word).filter(|&earlier| earlier < reason);
        found.insert(earlier.ok_or(word)?);
    }
    Ok(found)
}

/// The policy as Cedar writes it, with only those annotations the hash covers.
pub(crate) fn render(policy: &Policy) -> Result<String, String> {
    let body = policy
        .to_pst()
        .map_err(|error| flat(&error))?
        .body()
        .clone();
    let kept: BTreeMap<_, _> = body
        .annotations
        .iter()
        .filter(|(name, _)| HASHED.contains(&name.as_str()))
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect();
    Ok(body.with_annotations(kept).to_string())
}

/// Whether the two writings are in step, as far as their names go; the cases do the rest.
fn together(permits: &[Rule], forbids: &[Rule]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let whole = |what: String, fix: &str| Fault::new("*.cedar", 1, what, fix);
    if permits.is_empty() {
        faults.push(whole(
            "there is no permit".into(),
            "write the law as one conjunction",
        ));
    }
    for extra in permits.iter().skip(1) {
        let what = "there is a second permit".to_owned();
        faults.push(Fault::new(
            &extra.file,
            extra.line,
            what,
            "write the law as one conjunction",
        ));
    }
    for &reason in RefusalReason::ALL
        .iter()
        .filter(|&&reason| of_the_law(reason))
    {
        let mut of_it = forbids.iter().filter(|rule| rule.reason() == Some(reason));
        if of_it.next().is_none() {
            faults.push(whole(
                format!("no forbid has reason `{}`", reason.as_str()),
                "write the forbid, and its condition in the permit",
            ));
        }
        for extra in of_it {
            let what = format!("a second forbid has reason `{}`", reason.as_str());
            faults.push(Fault::new(
                &extra.file,
                extra.line,
                what,
                "join the two conditions",
            ));
        }
    }
    for permit in permits {
        if forbids.iter().any(|rule| rule.id == permit.id) {
            let what = format!("a forbid has the id `{}` too", permit.id);
            faults.push(Fault::new(
                &permit.file,
                permit.line,
                what,
                "give the permit its own",
            ));
        }
    }
    faults
}
