//! `audit inclusion`: a proof for a file, checkable by any verifier of tlog-proofs.

use crate::exit::Failure;
use crate::files;
use crate::out;
use crate::receipts::Kept;
use crate::setup::Setup;
use clap::Args;
use seinhuis_types::LeafIndex;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Inclusion {
    /// The entry; its receipt is among those kept.
    index: u64,
    /// Write the proof to this file instead of showing it.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

pub(crate) async fn run(args: Inclusion, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let path = crate::receipts::Receipts::of(&config.state).path(LeafIndex(args.index));
    if !path.exists() {
        return Err(Failure::mended(
            format!("there is no receipt of entry {}", args.index),
            "`seinpaal audit entry` proves an entry without a receipt",
        ));
    }
    let receipt = Kept::read(&path)?.verify(&Setup::log_keys(&config)?)?;
    let online = setup.dial().await?;
    let proof = online.partner.inclusion(&receipt).await?.to_string();
    if let Some(path) = &args.save {
        files::write(path, proof.as_bytes())?;
    }
    let saved = args.save.as_ref().map(|path| path.display().to_string());
    let document = json!({ "index": args.index, "tlog_proof": proof, "saved_in": saved });
    setup.out.show(&document, || match saved {
        Some(path) => out::facts(&[("entry", args.index.to_string()), ("proof", path)]),
        None => proof,
    })
}
