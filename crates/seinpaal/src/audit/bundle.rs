//! `audit bundle` and `audit verify-bundle`: evidence in one file, and its check without any
//! connection.

use super::list::{Criteria, grant_id};
use crate::exit::{Exit, Failure, tell};
use crate::setup::Setup;
use crate::{files, out, parts, show};
use clap::Args;
use seinhuis_client::{PartnerConfig, VerifiedBundle, open_bundle};
use seinhuis_domain::entry::Leaf;
use seinhuis_identity::signing::SigningTrust;
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Args)]
pub(crate) struct Bundle {
    #[command(flatten)]
    criteria: Criteria,
    /// Under this grant, the controller's entries instead of one's own.
    #[arg(long, value_name = "ID", value_parser = grant_id)]
    grant: Option<[u8; 16]>,
    /// The file to make; it must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyBundle {
    /// The bundle.
    file: PathBuf,
    /// Show every entry, too.
    #[arg(long)]
    entries: bool,
}

pub(crate) async fn make(args: Bundle, setup: &Setup) -> Result<(), Failure> {
    if args.out.exists() {
        return Err(Failure::mended(
            format!("`{}` exists", args.out.display()),
            "name a file that does not",
        ));
    }
    let online = setup.connect().await?;
    let filter = args.criteria.filter();
    let bytes = Box::pin(online.partner.make_bundle(&filter, args.grant)).await?;
    files::write(&args.out, &bytes)?;
    let document = json!({ "file": args.out.display().to_string(), "bytes": bytes.len() });
    setup.out.show(&document, || {
        out::facts(&[
            ("bundle", args.out.display().to_string()),
            ("bytes", bytes.len().to_string()),
        ])
    })
}

pub(crate) fn verify(args: &VerifyBundle, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let trust = signing_trust(&config)?;
    let keys = Setup::log_keys(&config)?;
    let bytes = std::fs::read(&args.file).map_err(|error| Failure::file(&args.file, &error))?;
    match open_bundle(&bytes, &trust, &keys) {
        Ok(bundle) => setup
            .out
            .show(&document(args, &bundle), || words(args, setup, &bundle)),
        Err(error) => {
            tell(&format!(
                "seinpaal: untrusted: {error}\n  to mend it: {}",
                crate::mend::INCIDENT
            ));
            Err(Failure::Told(Exit::Untrusted))
        }
    }
}

/// The pinned roots under which signatures of others are judged.
pub(super) fn signing_trust(config: &PartnerConfig) -> Result<SigningTrust, Failure> {
    let test_oins = if config.test_oins {
        TestOins::Allowed
    } else {
        TestOins::Refused
    };
    let anchors = TrustAnchors::load(&config.signing_roots, &config.signing_crls, test_oins)
        .map_err(|error| Failure::invalid(error.to_string()))?;
    Ok(SigningTrust::new(Arc::new(anchors)))
}

fn document(args: &VerifyBundle, bundle: &VerifiedBundle) -> Value {
    let content = &bundle.content;
    let agreements: Vec<_> = content
        .agreements
        .iter()
        .map(|one| &one.agreement_hash)
        .collect();
    let entries = content.entries.iter().filter(|_| args.entries);
    json!({
        "valid": true,
        "maker": bundle.maker.to_string(),
        "controller": bundle.controller.to_string(),
        "made_at": show::moment(bundle.made),
        "tree_size": bundle.under.checkpoint.size().get(),
        "count": content.entries.len(),
        "agreements": agreements,
        "summary_nl": content.summary_nl,
        "summary_en": content.summary_en,
        "entries": entries.map(|entry| told(entry).document()).collect::<Vec<_>>(),
    })
}

fn words(args: &VerifyBundle, setup: &Setup, bundle: &VerifiedBundle) -> String {
    let content = &bundle.content;
    let head = out::facts(&[
        ("maker", bundle.maker.to_string()),
        ("controller", bundle.controller.to_string()),
        ("made", show::moment(bundle.made)),
        ("log", bundle.under.checkpoint.origin().to_string()),
        (
            "tree size",
            bundle.under.checkpoint.size().get().to_string(),
        ),
        (
            "checked",
            "signatures, agreements, parts, proofs, summary: all hold".to_owned(),
        ),
    ]);
    let summary = setup
        .out
        .lang()
        .of(&content.summary_nl, &content.summary_en);
    let mut shown = format!("{head}\n\n{summary}");
    for entry in content.entries.iter().filter(|_| args.entries) {
        let hour = Leaf::parse(&entry.leaf).map(|leaf| show::hour(leaf.hour()));
        let head = out::facts(&[
            ("entry", entry.index.to_string()),
            ("hour", hour.unwrap_or_default()),
        ]);
        shown.push_str(&format!("\n{head}\n{}\n", told(entry).words()));
    }
    shown
}

fn told(entry: &v1::BundleEntry) -> parts::Told {
    parts::Told {
        shared: part(entry, v1::Part::Shared),
        provider: part(entry, v1::Part::Provider),
        recipient: part(entry, v1::Part::Recipient),
        outcome: part(entry, v1::Part::Outcome),
    }
}

fn part<M: prost::Message + Default>(entry: &v1::BundleEntry, kind: v1::Part) -> Option<M> {
    let found = entry.parts.iter().find(|part| part.part() == kind)?;
    M::decode(found.bytes.as_slice()).ok()
}
