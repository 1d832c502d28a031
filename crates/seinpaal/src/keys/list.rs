//! `keys list`: what one would seal to.

use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_types::{Desk, Oin, hex};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The organisation.
    oin: Oin,
    /// Its desk.
    desk: Desk,
}

pub(crate) async fn run(args: List, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let keys = online.partner.recipient_keys(args.oin, &args.desk).await?;
    let keys = [("seal", &keys.seal), ("pseudonym", &keys.pseudonym)];
    let document: Vec<_> = keys
        .iter()
        .map(|(key_use, key)| {
            json!({
                "use": key_use,
                "kid": key.kid.as_str(),
                "epoch": key.epoch,
                "not_before": show::moment(key.term.not_before),
                "not_after": show::moment(key.term.not_after),
                "key": hex(&key.key),
            })
        })
        .collect();
    let document =
        json!({ "oin": args.oin.as_str(), "desk": args.desk.as_str(), "keys": document });
    setup.out.show(&document, || {
        let row = |(key_use, key): &(&str, &seinhuis_client::StatedKey)| {
            vec![
                (*key_use).to_owned(),
                key.kid.to_string(),
                key.epoch.to_string(),
                show::moment(key.term.not_before),
                show::moment(key.term.not_after),
            ]
        };
        let rows: Vec<_> = keys.iter().map(row).collect();
        out::table(&["use", "key", "epoch", "from", "until"], &rows)
    })
}
