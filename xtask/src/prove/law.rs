//! The law as it stands for one action: the permit, and a forbid for each condition, by `@id`.
//!
//! Owns: which policies an action's scope takes in, the parts of a permit, and the law broken in each
//! place. Must not know: the solver, and what is told of a counterexample.

use super::Texts;
use cedar_policy::{ActionConstraint, Effect, EntityUid, Policy, PolicyId, PolicySet, Schema};
use seinhuis_policy::attributes_asked;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::str::FromStr;

/// Every policy of the set, whichever action it is for, in the order of the ids.
pub(super) fn read(texts: &Texts) -> Result<Vec<Policy>, String> {
    let mut all = Vec::new();
    for (file, text) in &texts.policies {
        all.extend(policies(file, text)?);
    }
    ordered(all)
}

/// The policies of one file, each under its `@id`.
pub(super) fn policies(file: &str, text: &str) -> Result<Vec<Policy>, String> {
    let set = PolicySet::from_str(text).map_err(|e| format!("{file}: {e}"))?;
    set.policies()
        .map(|policy| match policy.annotation("id") {
            Some(id) if !id.is_empty() => Ok(policy.new_id(PolicyId::new(id))),
            _ => Err(format!("{file}: a policy without @id")),
        })
        .collect()
}

/// Sorted by id, each of which must be the only one.
pub(super) fn ordered(mut all: Vec<Policy>) -> Result<Vec<Policy>, String> {
    all.sort_by(|a, b| a.id().cmp(b.id()));
    let ids: BTreeSet<&PolicyId> = all.iter().map(Policy::id).collect();
    if ids.len() == all.len() {
        Ok(all)
    } else {
        Err("two policies have the same @id".to_owned())
    }
}

/// The policies with their scopes spelled out: where one names an action that the schema puts others in, it
/// names those too.
pub(super) fn spelled_out(all: Vec<Policy>, schema: &Schema) -> Result<Vec<Policy>, String> {
    let actions = schema.action_entities().map_err(|e| e.to_string())?;
    let within = |group: &EntityUid| -> Vec<EntityUid> {
        let uids = actions.iter().map(cedar_policy::Entity::uid);
        uids.filter(|uid| actions.is_ancestor_of(group, uid) && uid != group)
            .collect()
    };
    let spelled = |found: Policy| {
        let ActionConstraint::In(named) = found.action_constraint() else {
            return Ok(found);
        };
        let more = named.iter().flat_map(within);
        let names = more.map(|uid| json!({ "type": "Action", "id": uid.id().unescaped() }));
        let names: Vec<Value> = names.collect();
        let mut json = found.to_json().map_err(|e| e.to_string())?;
        if let Some(scope) = json
            .pointer_mut("/action/entities")
            .and_then(Value::as_array_mut)
        {
            scope.extend(names);
        } else if !names.is_empty() {
            return Err(format!(
                "{}: the scope names one action in another way",
                found.id()
            ));
        }
        policy(&found, json)
    };
    all.into_iter().map(spelled).collect()
}

/// Whether the scope of a policy, spelled out, takes in the action.
pub(super) fn covers(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == *action,
        ActionConstraint::In(several) => several.contains(action),
    }
}

/// The law for one action.
#[derive(Debug, Clone)]
pub(super) struct Law {
    pub(super) permit: Policy,
    pub(super) forbids: Vec<Policy>,
}

/// The law broken in one place, with what a sentence about it must say.
#[derive(Debug)]
pub(super) struct Broken {
    /// What was broken.
    pub(super) what: String,
    pub(super) law: Law,
    pub(super) shown: Shown,
}

/// By what a sentence shows that the law is broken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// The permit refuses what no condition does, and this one is about it.
    Refuses(String),
    /// The permit allows what one of these refuses.
    Allows(BTreeSet<String>),
}

impl Law {
    /// The permit and the forbids of `all` that are for `action`; not one permit, or two, is an error.
    pub(super) fn of(all: &[Policy], action: &EntityUid) -> Result<Self, String> {
        let (permits, forbids): (Vec<Policy>, Vec<Policy>) = all
            .iter()
            .filter(|policy| covers(policy, action))
            .cloned()
            .partition(|policy| policy.effect() == Effect::Permit);
        let mut permits = permits.into_iter();
        match (permits.next(), permits.next()) {
            (Some(permit), None) => Ok(Self { permit, forbids }),
            (None, _) => Err(format!("no permit is for {action}")),
            (Some(one), Some(other)) => Err(format!(
                "two permits are for {action}: {} and {}",
                one.id(),
                other.id()
            )),
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Policy> {
        self.forbids.iter().chain([&self.permit])
    }

    /// Each place broken in turn: a forbid that never says no, a part of the permit that is gone.
    pub(super) fn broken(&self) -> Result<Vec<Broken>, String> {
        let mut all = Vec::new();
        for (at, forbid) in self.forbids.iter().enumerate() {
            let mut json = forbid.to_json().map_err(|e| e.to_string())?;
            let never = json!({ "kind": "when", "body": { "Value": false } });
            conditions(&mut json)?.push(never);
            let mut law = self.clone();
            if let Some(place) = law.forbids.get_mut(at) {
                *place = policy(forbid, json)?;
            }
            let id = forbid.id().to_string();
            all.push(Broken {
                what: format!("{id} says nothing"),
                law,
                shown: Shown::Refuses(id),
            });
        }
        let parts = parts(&self.permit)?;
        for (at, gone) in parts.iter().enumerate() {
            let kept = parts.iter().enumerate().filter(|(n, _)| *n != at);
            let law = Self {
                permit: with(&self.permit, kept.map(|(_, part)| part))?,
                forbids: self.forbids.clone(),
            };
            let about = asked(&with(&self.permit, [gone])?);
            let related = self.forbids.iter();
            let related = related.filter(|forbid| !asked(forbid).is_disjoint(&about));
            all.push(Broken {
                what: format!("{} without {gone}", self.permit.id()),
                law,
                shown: Shown::Allows(related.map(|forbid| forbid.id().to_string()).collect()),
            });
        }
        Ok(all)
    }
}

fn conditions(json: &mut Value) -> Result<&mut Vec<Value>, String> {
    json.get_mut("conditions")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| "a policy without conditions".to_owned())
}

fn policy(of: &Policy, json: Value) -> Result<Policy, String> {
    Policy::from_json(Some(of.id().clone()), json).map_err(|e| e.to_string())
}

/// The policy with these parts as its conditions.
pub(super) fn with<'v>(
    of: &Policy,
    parts: impl IntoIterator<Item = &'v Value>,
) -> Result<Policy, String> {
    let mut json = of.to_json().map_err(|e| e.to_string())?;
    let parts = parts.into_iter();
    *conditions(&mut json)? = parts
        .map(|part| json!({ "kind": "when", "body": part }))
        .collect();
    policy(of, json)
}

/// What a policy asks for, one by one; an `unless` is one part, the other way round.
pub(super) fn parts(of: &Policy) -> Result<Vec<Value>, String> {
    let mut json = of.to_json().map_err(|e| e.to_string())?;
    let mut found = Vec::new();
    for condition in conditions(&mut json)? {
        let body = condition.get("body").ok_or("a condition without a body")?;
        if condition.get("kind").and_then(Value::as_str) == Some("unless") {
            found.push(json!({ "!": { "arg": body } }));
        } else {
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

/// The attributes that a policy asks about.
pub(super) fn asked(policy: &Policy) -> BTreeSet<String> {
    policy
        .to_json()
        .map(|json| attributes_asked(&json))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(name: &str) -> EntityUid {
        EntityUid::from_str(&format!("Action::\"{name}\"")).unwrap()
    }

    fn ids<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Vec<String> {
        let all = policies.into_iter();
        all.map(|policy| policy.id().to_string()).collect()
    }

    const LAW: &str = r#"
        @id("send") permit (principal, action in [Action::"publish", Action::"release"], resource)
        when { resource.a && resource.b } unless { resource.c && resource.d };
        @id("mend") permit (principal, action == Action::"rectify", resource) when { resource.b };
        @id("no-a") forbid (principal, action in [Action::"publish", Action::"release"], resource)
        unless { resource.a };
        @id("no-b") forbid (principal, action, resource) unless { resource.b };
    "#;

    #[test]
    fn an_action_has_the_permit_and_the_forbids_whose_scope_takes_it_in() {
        let all = ordered(policies("law", LAW).unwrap()).unwrap();
        for name in ["publish", "release"] {
            let law = Law::of(&all, &action(name)).unwrap();
            assert_eq!(ids([&law.permit]), ["send"]);
            assert_eq!(ids(&law.forbids), ["no-a", "no-b"]);
        }
        let law = Law::of(&all, &action("rectify")).unwrap();
        assert_eq!(ids(law.all()), ["no-b", "mend"]);
        let none = Law::of(&all, &action("burn")).unwrap_err();
        assert_eq!(none, r#"no permit is for Action::"burn""#);
    }

    #[test]
    fn two_permits_for_one_action_are_an_error() {
        for wider in [
            r#"action in [Action::"rectify", Action::"release"]"#,
            "action",
        ] {
            let text = LAW.replace(r#"action == Action::"rectify""#, wider);
            let all = ordered(policies("law", &text).unwrap()).unwrap();
            let two = Law::of(&all, &action("release")).unwrap_err();
            assert_eq!(
                two,
                r#"two permits are for Action::"release": mend and send"#
            );
        }
    }

    #[test]
    fn a_policy_has_an_id_of_its_own() {
        let nameless = "permit (principal, action, resource);";
        assert!(policies("law", nameless).is_err());
        let twice = policies("law", &LAW.replace("mend", "send")).unwrap();
        assert!(ordered(twice).is_err());
    }

    #[test]
    fn each_place_is_broken_and_knows_what_must_be_said_of_it() {
        let all = ordered(policies("law", LAW).unwrap()).unwrap();
        let law = Law::of(&all, &action("publish")).unwrap();
        let shown: Vec<Shown> = law.broken().unwrap().into_iter().map(|b| b.shown).collect();
        let allows = |ids: &[&str]| Shown::Allows(ids.iter().map(|id| (*id).to_owned()).collect());
        assert_eq!(
            shown,
            [
                Shown::Refuses("no-a".to_owned()),
                Shown::Refuses("no-b".to_owned()),
                allows(&["no-a"]),
                allows(&["no-b"]),
                allows(&[]), // the `unless`, which no forbid is about: nothing a sentence could name
            ]
        );
    }
}
