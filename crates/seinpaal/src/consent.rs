//! `consent`: records of consent that the partner keeps: judged, exported, told to the subject, and taken
//! back at the hub.
//!
//! Owns: what is typed for it, and what is shown. Judging, export and receipt connect to nothing: a record
//! names no pseudonym and leaves the partner only as its officer has it exported. Must not know: what
//! makes a record good.

pub(crate) mod hub;

use crate::agreement::source;
use crate::exit::{Exit, Failure};
use crate::out;
use crate::secret::{self, Source};
use crate::setup::Setup;
use clap::{Args, Subcommand};
use seinhuis_client::ConsentHere;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::consent::{ConsentFault, ConsentParty, ConsentRecord, Language};
use seinhuis_types::{PurposeCode, SignalType};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Judge a record of consent (docs/formats/consent.md): who acted, at which age, on what evidence,
    /// and whether it stands now; with a configuration, also whether this system took it back.
    Check(File),
    /// Write a record as JSON-LD, in the structure of ISO/IEC TS 27560 and the terms of W3C DPV.
    Export(Export),
    /// Write the receipt that the subject gets, in the language of the notice.
    Receipt(File),
    /// Take back at the hub what this system registered on a record: nothing leaves on it from then on, what
    /// waited is destroyed, and who received something on it is told. Run it on each system that sends.
    Withdraw(hub::Withdraw),
    /// What was sent on a record, whether it stands, and who has not acknowledged that it was taken back.
    Status(File),
    /// Tell, as who received something on consent, that its withdrawal was seen.
    Acknowledge(hub::Acknowledge),
}

#[derive(Debug, Args)]
pub(crate) struct File {
    /// The record; `-` is standard input.
    #[arg(value_name = "FILE|-")]
    file: Source,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    record: File,
    /// Name, address and contact of who shares and of each who receives (docs/formats/consent.md).
    #[arg(long, value_name = "FILE")]
    parties: PathBuf,
}

pub(crate) async fn run(verb: &Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Check(args) | Verb::Receipt(args) => alone(verb, args, setup),
        Verb::Export(args) => alone(verb, &args.record, setup),
        Verb::Withdraw(args) => hub::withdraw(args, setup).await,
        Verb::Status(args) => hub::status(&args.file, setup).await,
        Verb::Acknowledge(args) => hub::acknowledge(args, setup).await,
    }
}

/// What is done with a record and nothing else.
fn alone(verb: &Verb, args: &File, setup: &Setup) -> Result<(), Failure> {
    let text = secret::text(&args.file, "record of consent")?;
    let record = ConsentRecord::parse(&text).map_err(|fault| form(&args.file, &fault))?;
    let judged = record.check();
    match (verb, judged) {
        (Verb::Check(_), judged) => told(&record, judged.err().as_ref(), setup),
        // What is no consent is exported and told to nobody as one.
        (_, Err(fault)) => Err(form(&args.file, &fault)),
        (Verb::Export(export), Ok(())) => {
            let path = &export.parties;
            let told = |fault: &ConsentFault| {
                Failure::mended(
                    format!("{}: {}: {fault}", path.display(), fault.code()),
                    "the list of parties is in docs/formats/consent.md",
                )
            };
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::invalid(format!("cannot read `{}`: {error}", path.display()))
            })?;
            let parties = ConsentParty::parse_all(&text).map_err(|fault| told(&fault))?;
            let document = record.to_json_ld(&parties).map_err(|fault| told(&fault))?;
            let whole = serde_json::to_string_pretty(&document)
                .map_err(|error| Failure::invalid(format!("cannot write JSON: {error}")))?;
            setup.out.write(whole.as_bytes())
        }
        (_, Ok(())) => {
            let catalogues = catalogues(setup)?;
            let receipt = record.receipt(|code| name(&catalogues, code, record.notice.language));
            setup.out.write(receipt.as_bytes())
        }
    }
}

fn form(file: &Source, fault: &ConsentFault) -> Failure {
    Failure::mended(
        format!("{file}: {}: {fault}", fault.code()),
        "the form and the rules are in docs/formats/consent.md",
    )
}

/// Exit code 2 for a record that is in its form and is no consent.
fn told(
    record: &ConsentRecord,
    fault: Option<&ConsentFault>,
    setup: &Setup,
) -> Result<(), Failure> {
    let here = here(record, setup)?;
    // A copy of the record may say otherwise, and nothing is sent on it all the same.
    let withdrawn = here.is_some_and(|here| here.withdrawn);
    let stands = record.stands(Setup::now()) && !withdrawn;
    let state = record.acts.last().map(|act| act.state.as_str());
    let document = json!({
        "consent_id": record.id.to_string(),
        "good": fault.is_none(),
        "fault": fault.map(ConsentFault::code),
        "text": fault.map(ToString::to_string),
        "state": state,
        "stands": stands,
        "withdrawn_here": here.map(|here| here.withdrawn),
        "law": record.law.articles(),
        "view": record.view.as_str(),
    });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        out::facts(&[
            ("consent", record.id.to_string()),
            ("law", record.law.articles().to_owned()),
            ("state", state.unwrap_or_default().to_owned()),
            (
                "stands",
                match (stands, withdrawn) {
                    (true, _) => lang.of("ja", "yes"),
                    (false, true) => lang.of(
                        "nee: op dit systeem ingetrokken",
                        "no: taken back on this system",
                    ),
                    (false, false) => lang.of("nee", "no"),
                }
                .to_owned(),
            ),
            (
                "fault",
                fault
                    .map(|fault| format!("{}: {fault}", fault.code()))
                    .unwrap_or_default(),
            ),
        ])
    })?;
    match fault {
        None => Ok(()),
        Some(_) => Err(Failure::Told(Exit::Refused)),
    }
}

/// What this system's state folder says of a record, if there is a configuration.
fn here(record: &ConsentRecord, setup: &Setup) -> Result<Option<ConsentHere>, Failure> {
    let config = setup.config_if_any()?;
    let here = config.map(|config| ConsentHere::of(&config.state, &record.id));
    Ok(here.transpose()?)
}

/// The configured catalogues, if there is a configuration.
fn catalogues(setup: &Setup) -> Result<Vec<Catalogue>, Failure> {
    let folders = setup
        .config_if_any()?
        .map(|config| config.catalogues)
        .unwrap_or_default();
    let loaded = folders.iter().map(|folder| source::catalogue(folder));
    loaded.collect()
}

/// The words of the catalogue for a purpose or a type.
fn name(catalogues: &[Catalogue], code: &str, language: Language) -> Option<String> {
    catalogues.iter().find_map(|catalogue| {
        let purpose = PurposeCode::parse(code)
            .ok()
            .and_then(|code| catalogue.purpose(&code))
            .map(|purpose| &purpose.label);
        let label = purpose.or_else(|| {
            let code = SignalType::parse(code).ok()?;
            catalogue.signal_type(&code).map(|found| &found.label)
        })?;
        Some(match language {
            Language::Nl => label.nl.to_string(),
            Language::En => label.en.to_string(),
        })
    })
}
