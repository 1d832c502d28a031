//! `keys create`: a sealing key and a session key for pseudonyms, stated and published.

use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::KeyTerm;
use seinhuis_types::Desk;
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// One of the partner's own desks.
    desk: Desk,
    /// For how many days the keys are valid.
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=1826))]
    days: u16,
}

pub(crate) async fn run(args: Create, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let epoch = online.partner.key_epoch().await?;
    let term = KeyTerm::days(Setup::now(), args.days);
    let proofs = online
        .partner
        .create_desk_keys(&args.desk, epoch, term)
        .await?;
    let receipts = online.receipts();
    for proof in &proofs {
        receipts.keep(online.partner.log_keys(), proof, None)?;
    }
    let document = json!({
        "desk": args.desk.as_str(),
        "epoch": epoch,
        "not_before": show::moment(term.not_before),
        "not_after": show::moment(term.not_after),
        "entries": proofs.iter().map(show::entry).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        let entries: Vec<String> = proofs.iter().map(show::entry_words).collect();
        out::facts(&[
            ("desk", args.desk.to_string()),
            ("epoch", epoch.to_string()),
            ("valid until", show::moment(term.not_after)),
            ("entries", entries.join(", ")),
        ])
    })
}
