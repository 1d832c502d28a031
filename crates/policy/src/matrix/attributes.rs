//! Every attribute the law can ask about, by the name the schema has for it, with where it comes from.
//!
//! Owns: the list that neither facts nor schema can outgrow unseen: a new field of the facts does not
//! build here, and a new attribute of the schema is a name that this list lacks. Must not know: which
//! values an attribute takes.

use crate::facts::{Bases, ClauseFacts, EnvelopeFacts, Facts, TypeFacts};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// From whom the hub has an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From a signed agreement: everybody it binds knows it.
    Agreement,
    /// From the catalogue: public.
    Catalogue,
    /// From the caller, in this very envelope. A refusal tells it nothing it did not say itself.
    Stated,
    /// From what the hub holds of the caller's own doing, which the caller can read or has counted itself.
    Held,
    /// From the hub's clock.
    Clock,
    /// About a person, and not from the caller: what a refusal may not tell. No attribute is one, and so no
    /// refusal has to be hidden; it is here for the first that would be, and a test plants it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the law asks nothing of the kind")
    )]
    Person,
}

impl Origin {
    /// Whether a refusal may hang on it: the caller knows it, or anybody may.
    pub(super) const fn may_be_told(self) -> bool {
        match self {
            Self::Agreement | Self::Catalogue | Self::Stated | Self::Held | Self::Clock => true,
            Self::Person => false,
        }
    }
}

/// One attribute with the value that these facts give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) origin: Origin,
    pub(crate) value: String,
}

/// The attributes of `facts`; those of the clause only when there is one.
pub(crate) fn attributes(facts: &Facts) -> Vec<Attribute> {
    // Without `..`: what is added to the facts must be given a name and an origin here.
    let Facts {
        // A scope is one of the law's, checked at loading. The matrix puts publish or release, and rectify;
        // ask and answer, which go within publish, are put to the solver alone.
        action: _,
        clause,
        signal_type,
        envelope,
        ground: _, // not asked about
    } = facts;
    let mut all = of_type(signal_type);
    all.extend(clause.as_deref().map(of_clause).unwrap_or_default());
    all.extend(of_envelope(envelope));
    all
}

fn of_clause(clause: &ClauseFacts) -> Vec<Attribute> {
    let ClauseFacts {
        state,
        ruleset_ok,
        attested,
        from,
        to,
        regions,
        mode,
        purposes,
        basis,
        special,
        desks,
        types,
        fields,
        subject_roles,
        max_subjects,
        id_kinds,
        regimes,
        wpg_articles,
        restricted_desks,
        informs,
        break_glass,
        consent,
    } = clause;
    let Bases {
        provide,
        receive,
        special: basis_special,
    } = basis;
    let said = |name, value| Attribute {
        name,
        origin: Origin::Agreement,
        value,
    };
    vec![
        said("Clause.state", state.as_str().to_owned()),
        said("Clause.ruleset_ok", ruleset_ok.to_string()),
        said("Clause.attested", attested.to_string()),
        said("Clause.from", from.to_string()),
        said("Clause.to", to.to_string()),
        said("Clause.regions", list(regions)),
        said("Clause.mode", mode.as_str().to_owned()),
        said("Clause.purposes", list(purposes)),
        said("Clause.basis.provide", list(provide)),
        said("Clause.basis.receive", list(receive)),
        said("Clause.basis.special", list(basis_special)),
        said("Clause.special", list(special)),
        said("Clause.desks", list(desks)),
        said("Clause.types", list(types)),
        said("Clause.fields", list(fields)),
        said("Clause.subject_roles", list(subject_roles)),
        said("Clause.max_subjects", max_subjects.to_string()),
        said("Clause.id_kinds", words(id_kinds, |kind| kind.as_str())),
        said("Clause.regimes", words(regimes, |regime| regime.as_str())),
        said(
            "Clause.wpg_articles",
            words(wpg_articles, |article| article.as_str()),
        ),
        said("Clause.restricted_desks", list(restricted_desks)),
        said("Clause.informs", informs.to_string()),
        said("Clause.break_glass", break_glass.to_string()),
        said("Clause.consent", consent.to_string()),
    ]
}

fn of_type(of: &TypeFacts) -> Vec<Attribute> {
    let TypeFacts {
        code,
        fields,
        minimum,
        subject_roles,
        max_subjects,
        restricted,
    } = of;
    let said = |name, value| Attribute {
        name,
        origin: Origin::Catalogue,
        value,
    };
    vec![
        Attribute {
            origin: Origin::Stated,
            ..said("context.signal_type", code.to_string())
        },
        said("SignalType.fields", list(fields)),
        said("SignalType.minimum", list(minimum)),
        said("SignalType.subject_roles", list(subject_roles)),
        said("SignalType.max_subjects", max_subjects.to_string()),
        said("SignalType.restricted", restricted.to_string()),
    ]
}

fn of_envelope(envelope: &EnvelopeFacts) -> Vec<Attribute> {
    let EnvelopeFacts {
        from,
        to,
        desk,
        region,
        mode,
        purpose,
        granted,
        roles,
        subjects,
        id_kinds,
        special,
        regime,
        wpg_article,
        onward_basis,
        source_shield,
        restriction,
        restricted_theme,
        second_approval,
        acting_person,
        decided_by,
        now_valid,
        received,
        break_glass,
        called,
        call_recent,
        box_short,
        box_open,
        consent,
        machine_answer,
        within_budget,
    } = envelope;
    let said = |name, value| Attribute {
        name,
        origin: Origin::Stated,
        value,
    };
    let held = |name, value| Attribute {
        origin: Origin::Held,
        ..said(name, value)
    };
    let article = wpg_article.map_or("none", |article| article.as_str());
    vec![
        said("principal", from.to_string()),
        said("context.to", to.to_string()),
        said("context.desk", desk.to_string()),
        said("context.region", region.to_string()),
        said("context.mode", mode.as_str().to_owned()),
        said("context.purpose", purpose.to_string()),
        said("context.granted", list(granted)),
        said("context.roles", list(roles)),
        said("context.subjects", subjects.to_string()),
        said("context.id_kinds", words(id_kinds, |kind| kind.as_str())),
        said("context.special", list(special)),
        said("context.regime", regime.as_str().to_owned()),
        said("context.wpg_article", article.to_owned()),
        said("context.onward_basis", list(onward_basis)),
        said("context.source_shield", source_shield.as_str().to_owned()),
        said("context.restriction", restriction.as_str().to_owned()),
        said("context.restricted_theme", restricted_theme.to_string()),
        said("context.second_approval", second_approval.to_string()),
        said("context.acting_person", acting_person.to_string()),
        said("context.decided_by", decided_by.to_string()),
        Attribute {
            origin: Origin::Clock,
            ..said("context.now_valid", now_valid.to_string())
        },
        // Of a delivery of the caller's own, which it reads where it likes (GetSignal).
        held("context.received", received.to_string()),
        said("context.break_glass", break_glass.to_string()),
        said("context.called", called.to_string()),
        said("context.call_recent", call_recent.to_string()),
        said("context.box_short", box_short.to_string()),
        Attribute {
            origin: Origin::Clock,
            ..said("context.box_open", box_open.to_string())
        },
        // Of what the caller itself registered, which it reads where it likes (GetConsent). The
        // recipient is told of no reason.
        held("context.consent", consent.as_str().to_owned()),
        // Whether the caller sent an assertion with its own answer.
        said("context.machine_answer", machine_answer.to_string()),
        // How many the caller itself has asked today.
        held("context.within_budget", within_budget.to_string()),
    ]
}

fn list<T: ToString>(set: &BTreeSet<T>) -> String {
    let texts: Vec<String> = set.iter().map(ToString::to_string).collect();
    format!("{{{}}}", texts.join(", "))
}

fn words<T: Copy>(set: &BTreeSet<T>, word: impl Fn(T) -> &'static str) -> String {
    let texts: Vec<&str> = set.iter().map(|item| word(*item)).collect();
    format!("{{{}}}", texts.join(", "))
}

/// Every attribute that a schema declares, as this crate names them, and `principal`.
pub(crate) fn declared(schema: &Value) -> BTreeSet<String> {
    let none = serde_json::Map::new();
    let root = schema.get("").and_then(Value::as_object).unwrap_or(&none);
    let part = |name: &str| root.get(name).and_then(Value::as_object).unwrap_or(&none);
    let common = part("commonTypes");
    let mut found = BTreeSet::from(["principal".to_owned()]);
    for (name, entity) in part("entityTypes") {
        if let Some(shape) = entity.get("shape") {
            record(name, shape, common, &mut found);
        }
    }
    for action in part("actions").values() {
        if let Some(context) = action.pointer("/appliesTo/context") {
            record("context", context, common, &mut found);
        }
    }
    found
}

fn record(
    prefix: &str,
    shape: &Value,
    common: &serde_json::Map<String, Value>,
    found: &mut BTreeSet<String>,
) {
    let named = ["type", "name"].iter().find_map(|key| {
        let name = shape.get(key).and_then(Value::as_str)?;
        common.get(name)
    });
    let shape = named.unwrap_or(shape);
    match shape.get("attributes").and_then(Value::as_object) {
        Some(attributes) => {
            for (name, of) in attributes {
                record(&format!("{prefix}.{name}"), of, common, found);
            }
        }
        None => {
            found.insert(prefix.to_owned());
        }
    }
}

/// Every attribute that a policy asks about, from its JSON form.
pub(crate) fn asked(policy: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(policy, &mut found);
    // What a path leads through is not itself asked about: of `a.b` only `a.b`.
    let through: Vec<String> = found
        .iter()
        .filter(|path| {
            found
                .iter()
                .any(|longer| longer.starts_with(&format!("{path}.")))
        })
        .filter(|path| path.starts_with("Clause.basis"))
        .cloned()
        .collect();
    for path in through {
        found.remove(&path);
    }
    found
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    if let Some(path) = path(value) {
        found.insert(path);
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| walk(item, found)),
        _ => {}
    }
}

/// `resource.basis.provide` as `Clause.basis.provide`, `context.signal_type.fields` as
/// `SignalType.fields`; nothing for what is no path.
fn path(value: &Value) -> Option<String> {
    if let Some(variable) = value.get("Var").and_then(Value::as_str) {
        return (variable == "principal").then(|| variable.to_owned());
    }
    let step = value.get(".").or_else(|| value.get("has"))?;
    let attribute = step.get("attr").and_then(Value::as_str)?;
    let left = step.get("left")?;
    let before = match left.get("Var").and_then(Value::as_str) {
        Some("resource") => "Clause".to_owned(),
        Some(variable) => variable.to_owned(),
        None => path(left)?,
    };
    let before = match before.as_str() {
        "context.signal_type" => "SignalType",
        other => other,
    };
    Some(format!("{before}.{attribute}"))
}

/// The attributes in a readable order, as `name value`, for those that differ from `lawful`.
pub(crate) fn differing(facts: &Facts, lawful: &Facts) -> Vec<String> {
    let usual: BTreeMap<&str, String> = attributes(lawful)
        .into_iter()
        .map(|attribute| (attribute.name, attribute.value))
        .collect();
    let mut told: Vec<String> = attributes(facts)
        .into_iter()
        .filter(|attribute| usual.get(attribute.name) != Some(&attribute.value))
        .map(|attribute| format!("{} = {}", attribute.name, attribute.value))
        .collect();
    if facts.clause.is_none() {
        told.push("no agreement has the clause".to_owned());
    }
    told
}
