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
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Judge a record of consent (docs/formats/consent.md): who acted, at which age, on what evidence,
    /// and whether it stands now; with a configuration, also whether this system took it back.
    Check(File),
    /// Write a record as JSON-LD, in the structure of ISO/IEC TS 27560 and the terms of W3C DPV.
    Export(WithParties),
    /// Write the receipt that the subject gets, in plain words and in the language of the notice.
    Receipt(Receipt),
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
pub(crate) struct WithParties {
    #[command(flatten)]
    record: File,
    /// Name, address and contact of who shares and of each who receives (docs/formats/consent.md).
    #[arg(long, value_name = "FILE")]
    parties: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    #[command(flatten)]
    record: WithParties,
    /// The catalogue with the words for its purposes and types; without it the configured ones.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
}

pub(crate) async fn run(verb: &Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Check(args) => {
            let record = record(args)?;
            told(&record, record.check().err().as_ref(), setup)
        }
        Verb::Export(args) => export(args, setup),
        Verb::Receipt(args) => receipt(args, setup),
        Verb::Withdraw(args) => hub::withdraw(args, setup).await,
        Verb::Status(args) => hub::status(&args.file, setup).await,
        Verb::Acknowledge(args) => hub::acknowledge(args, setup).await,
    }
}

fn record(args: &File) -> Result<ConsentRecord, Failure> {
    let text = secret::text(&args.file, "record of consent")?;
    ConsentRecord::parse(&text).map_err(|fault| form(&args.file, &fault))
}

/// A record and the list of its parties. What is no consent is exported and told to nobody as one.
fn good(args: &WithParties) -> Result<(ConsentRecord, Vec<ConsentParty>), Failure> {
    let record = record(&args.record)?;
    record
        .check()
        .map_err(|fault| form(&args.record.file, &fault))?;
    let path = &args.parties;
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let parties = ConsentParty::parse_all(&text).map_err(|fault| parties(args, &fault))?;
    Ok((record, parties))
}

fn export(args: &WithParties, setup: &Setup) -> Result<(), Failure> {
    let (record, listed) = good(args)?;
    let document = record
        .to_json_ld(&listed)
        .map_err(|fault| parties(args, &fault))?;
    let whole = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::invalid(format!("cannot write JSON: {error}")))?;
    setup.out.write(whole.as_bytes())
}

fn receipt(args: &Receipt, setup: &Setup) -> Result<(), Failure> {
    let (record, listed) = good(&args.record)?;
    let catalogues = catalogues(args.catalogue.as_deref(), setup)?;
    let words = |code: &str| name(&catalogues, code, record.notice.language);
    let receipt = record
        .receipt(&listed, words)
        .map_err(|fault| match fault {
            ConsentFault::Words(_) => Failure::mended(
                format!("{}: {fault}", fault.code()),
                "name one with `--catalogue`, or a configuration with `--config`",
            ),
            fault => parties(&args.record, &fault),
        })?;
    setup.out.write(receipt.as_bytes())
}

fn parties(args: &WithParties, fault: &ConsentFault) -> Failure {
    Failure::mended(
        format!("{}: {}: {fault}", args.parties.display(), fault.code()),
        "the list of parties is in docs/formats/consent.md",
    )
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

/// The named catalogue, or the configured ones, if there is a configuration.
fn catalogues(named: Option<&Path>, setup: &Setup) -> Result<Vec<Catalogue>, Failure> {
    if let Some(folder) = named {
        return Ok(vec![source::catalogue(folder)?]);
    }
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
