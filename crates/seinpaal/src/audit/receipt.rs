//! `audit receipt`: what a receipt proves, offline.

use crate::exit::Failure;
use crate::parts;
use crate::receipts::Kept;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// A receipt file, as kept in `receipts` of the state folder.
    file: PathBuf,
}

pub(crate) fn run(args: &Receipt, setup: &Setup) -> Result<(), Failure> {
    let keys = Setup::log_keys(&setup.config()?)?;
    let proof = Kept::read(&args.file)?.verify(&keys)?;
    let told = parts::Told {
        shared: proof.shared(),
        provider: proof.provider(),
        recipient: proof.recipient(),
        outcome: proof.outcome(),
    };
    let document = json!({
        "valid": true,
        "entry": show::entry(&proof),
        "leaf": parts::leaf(proof.leaf()),
        "parts": told.document(),
    });
    setup.out.show(&document, || {
        let promised = "signed by the pinned receipt key";
        let published = if proof.message().tlog_proof.is_empty() {
            "not in this receipt; see `seinpaal audit inclusion`"
        } else {
            "proven under a checkpoint, by the tlog-proof in this receipt"
        };
        let head = out::facts(&[
            ("entry", show::entry_words(&proof)),
            ("receipt", promised.to_owned()),
            ("inclusion", published.to_owned()),
        ]);
        format!("{head}\n{}", told.words())
    })
}
