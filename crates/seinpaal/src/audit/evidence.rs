//! `audit evidence`: whether a file shows what the log is said to have done, and what that means.
//!
//! Owns: by whose keys it is judged, and what is shown of it. Needs no hub, and with keys on the
//! command line no configuration either: a court has neither. Must not know: how a crime is found.

mod words;

use crate::cli::Lang;
use crate::exit::{Exit, Failure, tell};
use crate::out;
use crate::setup::Setup;
use clap::Args;
use seinhuis_client::{Caught, LogConfig, LogKeys, read_evidence};
use seinhuis_merkle::{Finding, MAX_POLICY_BYTES, Policy, PolicyWitness, Weight};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Evidence {
    /// An evidence file, as kept in `evidence` of the state folder.
    file: PathBuf,
    /// The log's key; without it that of the configuration.
    #[arg(long, value_name = "VKEY", requires = "receipts")]
    log: Option<String>,
    /// The key of the log's receipts, named `<log>/receipt`.
    #[arg(long, value_name = "VKEY", requires = "log")]
    receipts: Option<String>,
    /// A policy (c2sp.org/tlog-policy) with the witnesses whose times are believed.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

pub(crate) fn run(args: &Evidence, setup: &Setup) -> Result<(), Failure> {
    let keys = keys(args, setup)?;
    let witnesses = args.policy.as_deref().map(witnesses).transpose()?;
    let exhibit = read_evidence(&args.file)?;
    let jury = keys.jury(witnesses.as_deref().unwrap_or_default());
    let finding = match jury.verify(&exhibit) {
        Ok(finding) => finding,
        Err(error) => {
            tell(&format!(
                "seinpaal: `{}` shows nothing: {error}\n  to mend it: take the file and the keys \
                 again from where they come from; if it stays so, it is no evidence",
                args.file.display()
            ));
            return Err(Failure::Told(Exit::Untrusted));
        }
    };
    let (crime, weight) = (finding.crime().as_str(), finding.weight().as_str());
    let document = json!({
        "valid": true,
        "crime": crime,
        "weight": weight,
        "origin": keys.origin().to_string(),
        "text_nl": words::told(&finding, Lang::Nl),
        "text_en": words::told(&finding, Lang::En),
    });
    setup.out.show(&document, || {
        let head = out::facts(&[
            ("crime", crime.to_owned()),
            ("weight", weight.to_owned()),
            ("log", keys.origin().to_string()),
            ("log key", keys.key().to_string()),
        ]);
        let [nl, en] = [Lang::Nl, Lang::En].map(|lang| words::told(&finding, lang));
        format!("{head}\n\n{nl}\n\n{en}")
    })
}

fn keys(args: &Evidence, setup: &Setup) -> Result<LogKeys, Failure> {
    let (Some(log), Some(receipts)) = (&args.log, &args.receipts) else {
        return Setup::log_keys(&setup.config()?);
    };
    // The log's name is that of its key.
    let origin = log.split('+').next().unwrap_or_default();
    Ok(LogKeys::new(&LogConfig {
        origin: origin.to_owned(),
        vkey: log.clone(),
        receipt_vkey: receipts.clone(),
    })?)
}

fn witnesses(path: &Path) -> Result<Vec<PolicyWitness>, Failure> {
    let size = std::fs::metadata(path).map(|file| file.len());
    let size = size.map_err(|error| Failure::file(path, &error))?;
    let wrong = |what: String| Failure::invalid(format!("`{}`: {what}", path.display()));
    if size > u64::try_from(MAX_POLICY_BYTES).unwrap_or(u64::MAX) {
        return Err(wrong("a policy has at most 64 KiB".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let policy = Policy::parse(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(policy.witnesses().to_vec())
}

/// A crime that was found, for machines.
pub(super) fn document(caught: &Caught) -> Value {
    json!({
        "crime": caught.exhibit.crime().as_str(),
        "weight": caught.weight.as_str(),
        "evidence": caught.file.as_ref().map(|file| file.display().to_string()),
    })
}

/// The weight of a finding, said so that nobody takes it for more.
fn weight(finding: &Finding, lang: Lang) -> &'static str {
    match finding.weight() {
        Weight::Proof => lang.of(
            "Gewicht: bewijs. De eigen handtekeningen van het logboek spreken elkaar tegen. Wie de \
             openbare sleutels van het logboek heeft, kan dit narekenen en hoeft niemand te geloven.",
            "Weight: proof. The log's own signatures contradict each other. Whoever has the log's \
             public keys can check this and needs to believe nobody.",
        ),
        Weight::Witnessed => lang.of(
            "Gewicht: bevestigd door getuigen. Dat de termijn voorbij was, volgt uit de tijden die de \
             genoemde getuigen tekenden. Een getuige die intussen niet gevraagd is, tekent te goeder \
             trouw iets ouds; meer dan een getuige maakt dat onwaarschijnlijk.",
            "Weight: witnessed. That the term had passed follows from the times that the named \
             witnesses signed. A witness that nobody had asked meanwhile signs something old in good \
             faith; more than one makes that unlikely.",
        ),
        Weight::Testimony => lang.of(
            "Gewicht: verklaring. De handtekeningen in dit bestand zijn echt voor zover hierboven \
             staat, maar wanneer en als wat dit gegeven werd, weet alleen de partij die het zag. Vraag \
             haar om een ondertekende verklaring.",
            "Weight: testimony. The signatures in this file are real as far as is said above, but when \
             this was given, and as what, only the party that saw it knows. Ask it for a signed \
             statement.",
        ),
    }
}
