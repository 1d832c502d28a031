//! `inform`: telling people that data about them were received, which is the recipient's own duty.
//!
//! Owns: what is typed for it, and what is shown. Connects to nothing: the hub writes to no citizen and
//! learns of no telling. Must not know: which steps a task takes, and how it lies on disk.

mod people;
mod store;
mod text;

pub(crate) use people::Changed;
pub(crate) use store::Tasks;

use crate::agreement::source;
use crate::cli::Lang;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::{Args, Subcommand};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::inform::{InformFault, Standing, Step, Told};
use seinhuis_types::{CodeValue, Millis};
use serde_json::{Value, json};
use store::Kept;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Who is to be told, and by when: the soonest first.
    List {
        /// Also who was told, and of whom there is nothing to tell any more.
        #[arg(long)]
        all: bool,
    },
    /// Put the term off, by one step and with its reason.
    Postpone(Postpone),
    /// Record that the person was told.
    Done(Done),
    /// What can be said to the person, in plain words; it names no source that is shielded.
    Text(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The task, or as much of it as is no other's.
    #[arg(value_name = "TASK")]
    task: String,
}

#[derive(Debug, Args)]
pub(crate) struct Postpone {
    #[command(flatten)]
    which: Which,
    /// By how many days.
    #[arg(long, value_name = "DAYS")]
    days: u16,
    /// Why, a code of the list `inform-postponed`.
    #[arg(long, value_name = "CODE")]
    because: String,
}

#[derive(Debug, Args)]
pub(crate) struct Done {
    #[command(flatten)]
    which: Which,
    /// How, a code of the list `inform-way`. There is no post: somebody else may read it first.
    #[arg(long, value_name = "CODE")]
    how: String,
    /// The source, which shields that anything was sent, agreed that the person is told.
    #[arg(long)]
    source_agreed: bool,
}

pub(crate) fn run(verb: &Verb, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let tasks = Tasks::of(&config.state);
    let now = Setup::now();
    match verb {
        Verb::List { all } => list(&tasks.all()?, *all, now, setup),
        Verb::Postpone(args) => {
            let reason = code(setup, "inform-postponed", "--because", &args.because)?;
            let mut kept = tasks.one(&args.which.task)?;
            let step = Step {
                at: now,
                days: args.days,
                reason,
                person: setup.who(&config)?,
            };
            kept.task.postpone(step).map_err(|fault| refused(&fault))?;
            tasks.keep(&kept)?;
            one(&kept, now, setup)
        }
        Verb::Done(args) => {
            let way = code(setup, "inform-way", "--how", &args.how)?;
            let mut kept = tasks.one(&args.which.task)?;
            if kept.task.ended().is_none() && kept.existence_shielded && !args.source_agreed {
                return Err(Failure::mended(
                    "shielded: the source asked that nobody learns that anything was sent",
                    "ask the source; once it agrees, say so with `--source-agreed`; until then, \
                     `inform postpone`",
                ));
            }
            let told = Told {
                at: now,
                way,
                person: setup.who(&config)?,
            };
            kept.task.tell(told).map_err(|fault| refused(&fault))?;
            tasks.keep(&kept)?;
            one(&kept, now, setup)
        }
        Verb::Text(which) => {
            let kept = tasks.one(&which.task)?;
            let catalogues = catalogues(setup)?;
            let (nl, en) = text::of(&kept, &catalogues)?;
            let document = json!({ "task": kept.name, "nl": nl, "en": en });
            let lang = setup.out.lang();
            setup.out.show(&document, || lang.of(&nl, &en).to_owned())
        }
    }
}

fn refused(fault: &InformFault) -> Failure {
    Failure::invalid(format!("{}: {fault}", fault.code()))
}

/// A code of a list of one of the configured catalogues.
fn code(setup: &Setup, list: &str, option: &str, text: &str) -> Result<CodeValue, Failure> {
    let mut known: Vec<String> = Vec::new();
    for catalogue in catalogues(setup)? {
        let Some(list) = catalogue.code_list(list) else {
            continue;
        };
        if list.contains(text) {
            return CodeValue::parse(text).map_err(|error| Failure::invalid(error.to_string()));
        }
        known.extend(list.codes.keys().map(ToString::to_string));
    }
    known.sort();
    known.dedup();
    Err(match known.as_slice() {
        [] => Failure::mended(
            format!("no configured catalogue has the list `{list}`"),
            "name the catalogue under `catalogues` of the configuration",
        ),
        known => Failure::mended(
            format!("{option}: `{text}` is no code of the list `{list}`"),
            format!("one of {}", known.join(", ")),
        ),
    })
}

fn catalogues(setup: &Setup) -> Result<Vec<Catalogue>, Failure> {
    let folders = setup.config()?.catalogues;
    folders
        .iter()
        .map(|folder| source::catalogue(folder))
        .collect()
}

fn list(tasks: &[Kept], all: bool, now: Millis, setup: &Setup) -> Result<(), Failure> {
    let mut shown: Vec<&Kept> = tasks
        .iter()
        .filter(|kept| all || !is_closed(kept.task.standing(now)))
        .collect();
    shown.sort_by_key(|kept| (kept.task.due(), kept.name.clone()));
    let document: Value = shown.iter().map(|kept| document(kept, now)).collect();
    let lang = setup.out.lang();
    setup.out.show(&document, || {
        let rows: Vec<Vec<String>> = shown
            .iter()
            .map(|kept| {
                vec![
                    kept.name.clone(),
                    kept.subject_role.clone(),
                    kept.signal_type.to_string(),
                    show::moment(kept.task.due()),
                    word(kept.task.standing(now), lang).to_owned(),
                    why(kept, lang).to_owned(),
                ]
            })
            .collect();
        out::table(&["task", "role", "type", "due", "stands", "why"], &rows)
    })
}

fn one(kept: &Kept, now: Millis, setup: &Setup) -> Result<(), Failure> {
    let lang = setup.out.lang();
    setup.out.show(&document(kept, now), || {
        out::facts(&[
            ("task", kept.name.clone()),
            ("due", show::moment(kept.task.due())),
            ("stands", word(kept.task.standing(now), lang).to_owned()),
            ("law", kept.law.join(", ")),
            ("why", why(kept, lang).to_owned()),
        ])
    })
}

const fn is_closed(standing: Standing) -> bool {
    matches!(standing, Standing::Told | Standing::Ended)
}

const fn word(standing: Standing, lang: Lang) -> &'static str {
    match (standing, lang) {
        (Standing::Open, Lang::Nl) => "tijd",
        (Standing::Now, Lang::Nl) => "nu",
        (Standing::Overdue, Lang::Nl) => "te laat",
        (Standing::Told, Lang::Nl) => "verteld",
        (Standing::Ended, Lang::Nl) => "vervallen",
        (other, Lang::En) => other.as_str(),
    }
}

/// Why there is nothing to tell any more; empty while there is.
fn why(kept: &Kept, lang: Lang) -> &'static str {
    kept.task
        .ended()
        .map_or("", |ended| lang.of(ended.reason.nl(), ended.reason.en()))
}

fn document(kept: &Kept, now: Millis) -> Value {
    let task = &kept.task;
    json!({
        "task": kept.name,
        "delivery_id": kept.delivery,
        "ordinal": kept.ordinal,
        "type": kept.signal_type.to_string(),
        "role": kept.subject_role,
        "recorded": show::moment(task.recorded),
        "due": show::moment(task.due()),
        "postpone_from": show::moment(task.step_from()),
        "step_days": task.duty.step_days,
        "steps": task.steps().len(),
        "stands": task.standing(now).as_str(),
        "late": task.late(),
        "by": kept.by,
        "ended": task.ended().map(|ended| json!({
            "at": show::moment(ended.at),
            "reason": ended.reason.as_str(),
            "by": kept.ended_by,
            "nl": ended.reason.nl(),
            "en": ended.reason.en(),
        })),
        "law": kept.law,
    })
}
