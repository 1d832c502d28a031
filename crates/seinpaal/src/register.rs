//! `register`: the processing activities of one's own organisation, worked out here from its agreements.
//!
//! Owns: what is asked, and in which of three forms it is shown: words, the draft register API's resources,
//! or everything. Must not know: what is an activity, what makes a version (domain).

mod document;
mod words;

use crate::cli::Lang;
use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use clap::{Args, Subcommand};
use seinhuis_client::RegisterView;
use seinhuis_domain::catalogue::tell;
use seinhuis_domain::register::{
    Activity, Record, RegisterId, activity_json, entities, entity_json, version_json,
};
use seinhuis_types::Millis;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Every activity, also those that are over.
    List,
    /// One activity: in words everything that AVG 30(1) and Wpg 31d ask.
    Show(Show),
    /// An organisation that an activity names.
    Entity(Which),
}

#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Its identifier, a UUID.
    #[arg(value_name = "UUID")]
    id: RegisterId,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// Which version; the latest without it. With `--json` the version itself is written, and without
    /// it the activity: the two resources of the draft register API.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    /// With `--json`: everything that is shown in words, which the draft has no place for.
    #[arg(long)]
    record: bool,
}

pub(crate) async fn run(verb: &Verb, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let register = online.partner.register().await?;
    let now = Setup::now();
    match verb {
        Verb::List => list(&register, now, setup),
        Verb::Entity(which) => {
            let entity = register
                .read(now, |all| entities(all).remove(&which.id))
                .ok_or_else(|| unknown("organisation"))?;
            let document = entity_json(&entity);
            setup
                .out
                .show(&document, || words::entity(&entity, lang(setup)))
        }
        Verb::Show(args) => {
            let record = register.record(args.which.id, args.version, now);
            let record = record.ok_or_else(|| unknown("activity or version"))?;
            let officer = online.config.register.officer_contact.as_ref();
            let shown = Shown {
                record: &record,
                officer: officer.map(|contact| contact.as_str()),
                unproven: register
                    .unproven()
                    .iter()
                    .any(|hash| hash.as_str() == record.agreement.hash),
            };
            let document = match (args.record, args.version) {
                (true, _) => document::record(&shown),
                (false, Some(_)) => version_json(&record, tells(setup)),
                (false, None) => register
                    .read(now, |all| {
                        let one = all.iter().find(|one| one.id == args.which.id);
                        one.map(|one| activity_json(one, now))
                    })
                    .ok_or_else(|| unknown("activity"))?,
            };
            setup
                .out
                .show(&document, || words::record(&shown, lang(setup)))
        }
    }
}

/// A record, with what no agreement says of it.
struct Shown<'a> {
    record: &'a Record,
    /// Where the controller's officer is reached, as configured.
    officer: Option<&'a str>,
    /// That a step was taken is, for one at least, the hub's word.
    unproven: bool,
}

fn list(register: &RegisterView, now: Millis, setup: &Setup) -> Result<(), Failure> {
    let rows: Vec<(Value, Vec<String>)> = register.read(now, |all| {
        let mut all: Vec<&Activity<'_>> = all.iter().collect();
        // What goes on first, then by name: an identifier tells a reader nothing.
        let row = |one: &&Activity<'_>| {
            let record = register.record_of(one, one.latest(), now)?;
            let name = tells(setup).of(&record.name).to_owned();
            Some((!one.active(now), name, record, activity_json(one, now)))
        };
        all.sort_by_key(|one| row(one).map(|(over, name, ..)| (over, name)));
        all.iter()
            .filter_map(row)
            .map(|(_, name, record, resource)| {
                let mut document = resource;
                let standing = record.standing.as_str();
                if let Some(fields) = document.as_object_mut() {
                    fields.insert("name".to_owned(), name.clone().into());
                    fields.insert("standing".to_owned(), standing.into());
                }
                let row = vec![
                    record.id.to_string(),
                    record.version.to_string(),
                    words::standing(record.standing, lang(setup)).to_owned(),
                    name,
                ];
                (document, row)
            })
            .collect()
    });
    let documents: Vec<&Value> = rows.iter().map(|(document, _)| document).collect();
    setup.out.show(&json!({ "activities": documents }), || {
        let head = match lang(setup) {
            Lang::Nl => ["id", "versie", "stand", "verwerking"],
            Lang::En => ["id", "version", "standing", "processing"],
        };
        let rows: Vec<Vec<String>> = rows.iter().map(|(_, row)| row.clone()).collect();
        out::table(&head, &rows)
    })
}

fn unknown(what: &str) -> Failure {
    Failure::mended(
        format!("your register has no {what} of that identifier and number"),
        "see with `seinpaal register list` what is in it",
    )
}

fn lang(setup: &Setup) -> Lang {
    setup.out.lang()
}

fn tells(setup: &Setup) -> tell::Lang {
    match lang(setup) {
        Lang::Nl => tell::Lang::Nl,
        Lang::En => tell::Lang::En,
    }
}
