//! A task as a file has it (docs/formats/inform-task.md): written in one form, read in that and the one
//! before it.
//!
//! Owns: the keys, and that what was altered by hand is told. Must not know: where files lie.

use super::{Kept, Person};
use seinhuis_domain::inform::{Closed, EndReason, Ended, InformDuty, InformTask, Step, Told};
use seinhuis_types::{CodeValue, Millis};
use serde_json::{Value, json};

const FORMAT: &str = "seinpaal/inform/v2";
/// Before marks were kept, and before a task could end without telling.
const FIRST: &str = "seinpaal/inform/v1";

pub(super) fn document(kept: &Kept) -> Value {
    let task = &kept.task;
    let steps: Value = task
        .steps()
        .iter()
        .map(|step| {
            json!({
                "at_ms": step.at.0,
                "days": step.days,
                "reason": step.reason.as_str(),
                "person": step.person,
            })
        })
        .collect();
    let told = task
        .told()
        .map(|told| json!({ "at_ms": told.at.0, "way": told.way.as_str(), "person": told.person }));
    let ended = task.ended().map(|ended| {
        json!({ "at_ms": ended.at.0, "reason": ended.reason.as_str(), "by": kept.ended_by })
    });
    let person = kept.person.as_ref();
    let person = person.map(|person| json!({ "epoch": person.epoch, "mark": person.mark }));
    json!({
        "format": FORMAT,
        "delivery_id": kept.delivery,
        "ordinal": kept.ordinal,
        "by": kept.by,
        "person": person,
        "type": kept.signal_type.to_string(),
        "purpose": kept.purpose.to_string(),
        "role": kept.subject_role,
        "source": kept.source,
        "existence_shielded": kept.existence_shielded,
        "law": kept.law,
        "recorded_ms": task.recorded.0,
        "within_days": task.duty.within_days,
        "step_days": task.duty.step_days,
        "steps": steps,
        "told": told,
        "ended": ended,
    })
}

fn number(value: &Value, key: &str) -> Result<u64, String> {
    let found = value.get(key).and_then(Value::as_u64);
    found.ok_or_else(|| format!("`{key}` is not a number"))
}

/// A number of days, or of an epoch.
fn small(value: &Value, key: &str) -> Result<u16, String> {
    let found = number(value, key)?.try_into();
    found.map_err(|_| format!("`{key}` is too large"))
}

fn text(value: &Value, key: &str) -> Result<String, String> {
    let found = value.get(key).and_then(Value::as_str);
    let found = found.map(str::to_owned);
    found.ok_or_else(|| format!("`{key}` is not a text"))
}

fn code(value: &Value, key: &str) -> Result<CodeValue, String> {
    CodeValue::parse(&text(value, key)?).map_err(|error| error.to_string())
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>, String> {
    let found = value.get(key).and_then(Value::as_array);
    found.ok_or_else(|| format!("`{key}` is not a list"))
}

/// What stands under a key; nothing for `null`.
fn there<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.get(key).filter(|value| !value.is_null())
}

fn step(value: &Value) -> Result<Step, String> {
    Ok(Step {
        at: Millis(number(value, "at_ms")?),
        days: small(value, "days")?,
        reason: code(value, "reason")?,
        person: text(value, "person")?,
    })
}

/// How it was closed, and by which delivery where it ended without telling.
fn closed(value: &Value) -> Result<(Option<Closed>, Option<String>), String> {
    match (there(value, "told"), there(value, "ended")) {
        (Some(_), Some(_)) => Err("it was told and has ended".to_owned()),
        (Some(told), None) => {
            let told = Told {
                at: Millis(number(told, "at_ms")?),
                way: code(told, "way")?,
                person: text(told, "person")?,
            };
            Ok((Some(Closed::Told(told)), None))
        }
        (None, Some(ended)) => {
            let reason = EndReason::parse(&text(ended, "reason")?);
            let closed = Ended {
                at: Millis(number(ended, "at_ms")?),
                reason: reason.map_err(|error| error.to_string())?,
            };
            Ok((Some(Closed::Ended(closed)), Some(text(ended, "by")?)))
        }
        (None, None) => Ok((None, None)),
    }
}

fn task(value: &Value, closed: Option<Closed>) -> Result<InformTask, String> {
    let duty = InformDuty {
        within_days: small(value, "within_days")?,
        step_days: small(value, "step_days")?,
    };
    let steps: Result<Vec<Step>, _> = list(value, "steps")?.iter().map(step).collect();
    let recorded = Millis(number(value, "recorded_ms")?);
    InformTask::restore(duty, recorded, steps?, closed).map_err(|error| error.to_string())
}

fn person(value: &Value) -> Result<Option<Person>, String> {
    let person = there(value, "person").map(|value| {
        Ok::<_, String>(Person {
            epoch: small(value, "epoch")?,
            mark: text(value, "mark")?,
        })
    });
    person.transpose()
}

pub(super) fn parse(name: &str, bytes: &[u8]) -> Result<Kept, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON".to_owned())?;
    let format = value.get("format").and_then(Value::as_str);
    if format != Some(FORMAT) && format != Some(FIRST) {
        return Err(format!("its format is not `{FORMAT}`"));
    }
    if format == Some(FORMAT) && value.get("person").is_none() {
        return Err("`person` is missing".to_owned());
    }
    let (closed, ended_by) = closed(&value)?;
    let (delivery, ordinal) = (text(&value, "delivery_id")?, number(&value, "ordinal")?);
    if name != format!("{delivery}-{ordinal}") {
        return Err("it is another task's than its name says".to_owned());
    }
    let law = list(&value, "law")?.iter().filter_map(Value::as_str);
    let source = value.get("source").and_then(Value::as_str);
    Ok(Kept {
        name: name.to_owned(),
        delivery,
        ordinal,
        by: there(&value, "by")
            .map(|_| text(&value, "by"))
            .transpose()?,
        person: person(&value)?,
        signal_type: text(&value, "type")?
            .parse()
            .map_err(|_| "`type` is no signal type".to_owned())?,
        purpose: text(&value, "purpose")?
            .parse()
            .map_err(|_| "`purpose` is no purpose".to_owned())?,
        subject_role: text(&value, "role")?,
        source: source.map(str::to_owned),
        existence_shielded: value
            .get("existence_shielded")
            .and_then(Value::as_bool)
            .ok_or("`existence_shielded` is not yes or no")?,
        law: law.map(str::to_owned).collect(),
        ended_by,
        task: task(&value, closed)?,
    })
}
