//! Tasks of informing on disk: one file a person of a delivery (docs/formats/inform-task.md).
//!
//! Owns: the files `inform/<delivery>-<ordinal>.json` of the partner's state. They name no person and
//! no pseudonym: the partner's own file on the case knows whom the delivery is about. Must not know:
//! which steps a task takes.

use crate::exit::Failure;
use crate::files;
use seinhuis_client::{Opened, ToInform};
use seinhuis_domain::inform::{InformDuty, InformTask, Step, Told};
use seinhuis_domain::signal::SourceShield;
use seinhuis_types::{CodeValue, DeliveryId, Millis, PurposeCode, SignalType};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const FORMAT: &str = "seinpaal/inform/v1";

/// The folder of tasks.
#[derive(Debug)]
pub(crate) struct Tasks(PathBuf);

/// A task, and what is told with it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Delivery and ordinal; the file's name without its ending.
    pub(super) name: String,
    pub(super) delivery: String,
    pub(super) ordinal: u64,
    pub(super) signal_type: SignalType,
    pub(super) purpose: PurposeCode,
    pub(super) subject_role: String,
    /// The source's role, unless it is shielded.
    pub(super) source: Option<String>,
    /// The source asked that nobody learns that anything was sent.
    pub(super) existence_shielded: bool,
    pub(super) law: Vec<String>,
    pub(super) task: InformTask,
}

impl Tasks {
    pub(crate) fn of(state: &Path) -> Self {
        Self(state.join("inform"))
    }

    /// Begins the tasks of a delivery that was recorded now; one that is there stays as it is, so that
    /// a delivery that comes again begins no new term. Gives how many began.
    pub(crate) fn begin(&self, opened: &Opened, now: Millis) -> Result<usize, Failure> {
        let Some(inform) = &opened.inform else {
            return Ok(0);
        };
        let mut begun = 0_usize;
        for (ordinal, subject) in (0_u64..).zip(&opened.subjects) {
            let role = subject.head.role.to_string();
            let kept = fresh(opened, inform, ordinal, role, now);
            if files::read(&self.path(&kept.name))?.is_none() {
                self.keep(&kept)?;
                begun = begun.saturating_add(1);
            }
        }
        Ok(begun)
    }

    /// A shield that was set later holds for what is still to be told, too.
    pub(crate) fn shield(
        &self,
        delivery: &DeliveryId,
        shield: SourceShield,
    ) -> Result<(), Failure> {
        let of = format!("{delivery}-");
        for name in self.names()?.iter().filter(|name| name.starts_with(&of)) {
            let mut kept = self.read(name)?;
            kept.shielded(shield);
            self.keep(&kept)?;
        }
        Ok(())
    }

    /// Every task; a file that is none is an error, and names itself.
    pub(super) fn all(&self) -> Result<Vec<Kept>, Failure> {
        self.names()?.iter().map(|name| self.read(name)).collect()
    }

    /// The task of this name, or the only one that begins with it.
    pub(super) fn one(&self, asked: &str) -> Result<Kept, Failure> {
        let names = self.names()?;
        if names.iter().any(|name| name == asked) {
            return self.read(asked);
        }
        let mut found = names.iter().filter(|name| name.starts_with(asked));
        match (found.next(), found.next()) {
            (Some(name), None) => self.read(name),
            (None, _) => Err(Failure::mended(
                format!("there is no task `{asked}`"),
                "`inform list --all` shows them",
            )),
            (Some(_), Some(_)) => Err(Failure::mended(
                format!("several tasks begin with `{asked}`"),
                "give more of it",
            )),
        }
    }

    /// Writes a task in the place of what was there.
    pub(super) fn keep(&self, kept: &Kept) -> Result<(), Failure> {
        let text = document(kept).to_string() + "\n";
        files::write(&self.path(&kept.name), text.as_bytes())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.json"))
    }

    fn names(&self) -> Result<Vec<String>, Failure> {
        let failed = |error| Failure::file(&self.0, &error);
        let entries = match std::fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".json"));
            names.extend(name.map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Kept, Failure> {
        let path = self.path(name);
        let bytes = std::fs::read(&path).map_err(|error| Failure::file(&path, &error))?;
        parse(name, &bytes).map_err(|what| {
            Failure::mended(
                format!("`{}` is no task of informing: {what}", path.display()),
                "put back what was there; the term of a task is not changed by hand",
            )
        })
    }
}

impl Kept {
    /// Hides the source, or that anything was sent; what was hidden stays so.
    fn shielded(&mut self, shield: SourceShield) {
        if shield != SourceShield::None {
            self.source = None;
        }
        self.existence_shielded |= shield == SourceShield::Existence;
    }
}

fn fresh(
    opened: &Opened,
    inform: &ToInform,
    ordinal: u64,
    subject_role: String,
    now: Millis,
) -> Kept {
    let delivery = opened.id.to_string();
    Kept {
        name: format!("{delivery}-{ordinal}"),
        delivery,
        ordinal,
        signal_type: opened.header.signal_type.clone(),
        purpose: opened.header.purpose.clone(),
        subject_role,
        source: inform.source_role.as_ref().map(ToString::to_string),
        existence_shielded: opened.header.source_shield == SourceShield::Existence,
        law: inform.law.clone(),
        task: InformTask::begin(inform.duty, now),
    }
}

fn document(kept: &Kept) -> Value {
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
    json!({
        "format": FORMAT,
        "delivery_id": kept.delivery,
        "ordinal": kept.ordinal,
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
    })
}

fn parse(name: &str, bytes: &[u8]) -> Result<Kept, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| "it is not JSON".to_owned())?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(format!("its format is not `{FORMAT}`"));
    }
    let number = |value: &Value, key: &str| {
        let found = value.get(key).and_then(Value::as_u64);
        found.ok_or_else(|| format!("`{key}` is not a number"))
    };
    let text = |value: &Value, key: &str| {
        let found = value.get(key).and_then(Value::as_str);
        found
            .map(str::to_owned)
            .ok_or_else(|| format!("`{key}` is not a text"))
    };
    let days = |value: &Value, key: &str| {
        number(value, key)
            .and_then(|days| u16::try_from(days).map_err(|_| format!("`{key}` is too large")))
    };
    let code = |value: &Value, key: &str| {
        text(value, key).and_then(|text| CodeValue::parse(&text).map_err(|e| e.to_string()))
    };
    let list = |key: &str| {
        let found = value.get(key).and_then(Value::as_array);
        found.ok_or_else(|| format!("`{key}` is not a list"))
    };
    let step = |value: &Value| -> Result<Step, String> {
        Ok(Step {
            at: Millis(number(value, "at_ms")?),
            days: days(value, "days")?,
            reason: code(value, "reason")?,
            person: text(value, "person")?,
        })
    };
    let told = |value: &Value| -> Result<Told, String> {
        Ok(Told {
            at: Millis(number(value, "at_ms")?),
            way: code(value, "way")?,
            person: text(value, "person")?,
        })
    };
    let duty = InformDuty {
        within_days: days(&value, "within_days")?,
        step_days: days(&value, "step_days")?,
    };
    let steps: Vec<Step> = list("steps")?.iter().map(step).collect::<Result<_, _>>()?;
    let told = match value.get("told") {
        None | Some(Value::Null) => None,
        Some(value) => Some(told(value)?),
    };
    let recorded = Millis(number(&value, "recorded_ms")?);
    let task = InformTask::restore(duty, recorded, steps, told).map_err(|e| e.to_string())?;
    let (delivery, ordinal) = (text(&value, "delivery_id")?, number(&value, "ordinal")?);
    if name != format!("{delivery}-{ordinal}") {
        return Err("it is another task's than its name says".to_owned());
    }
    let law = list("law")?.iter().filter_map(Value::as_str);
    Ok(Kept {
        name: name.to_owned(),
        delivery,
        ordinal,
        signal_type: text(&value, "type")?
            .parse()
            .map_err(|_| "`type` is no signal type".to_owned())?,
        purpose: text(&value, "purpose")?
            .parse()
            .map_err(|_| "`purpose` is no purpose".to_owned())?,
        subject_role: text(&value, "role")?,
        source: value
            .get("source")
            .and_then(Value::as_str)
            .map(str::to_owned),
        existence_shielded: value
            .get("existence_shielded")
            .and_then(Value::as_bool)
            .ok_or("`existence_shielded` is not yes or no")?,
        law: law.map(str::to_owned).collect(),
        task,
    })
}

#[cfg(test)]
mod tests;
