//! `agreement history`: the versions before and after one, as far as one is a party to them.

use super::show::{over_since, state};
use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{AgreementView, ClientError};
use seinhuis_types::{AgreementHash, ErrorCode};
use serde_json::{Value, json};

/// Most versions that are followed each way.
const MOST: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The hash of any of the versions, between single quotes.
    #[arg(value_parser = agreement_hash)]
    hash: AgreementHash,
}

pub(crate) async fn run(args: History, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let start = online.partner.agreement(&args.hash).await?;
    let mut versions = vec![start];
    while let Some(before) = versions.first().and_then(|v| v.content.replaces.clone()) {
        if versions.len() >= MOST {
            break;
        }
        match online.partner.agreement(&before).await {
            Ok(view) => versions.insert(0, view),
            Err(error) if is_others(&error) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let back = versions.len();
    while let Some((next, _)) = versions.last().and_then(|v| v.replaced.clone()) {
        if versions.len() >= back.saturating_add(MOST) {
            break;
        }
        match online.partner.agreement(&next).await {
            Ok(view) => versions.push(view),
            Err(error) if is_others(&error) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let document = json!({ "versions": versions.iter().map(one).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |view: &AgreementView| {
            vec![
                view.content.version.to_string(),
                state(view, Setup::now(), setup.out.lang()),
                show::moment(view.content.validity.not_before.millis()),
                until(view),
                view.hash.to_string(),
                view.replaced
                    .as_ref()
                    .map(|(by, _)| by.to_string())
                    .unwrap_or_default(),
            ]
        };
        out::table(
            &["version", "state", "from", "until", "hash", "replaced by"],
            &versions.iter().map(row).collect::<Vec<_>>(),
        )
    })
}

/// A version that one is no party to ends what can be seen.
pub(super) fn is_others(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::AgreementNotFound)
}

/// When it is over: by its term, or when the next version took its place.
fn until(view: &AgreementView) -> String {
    let replaced = view.replaced.as_ref().map(|(_, from)| *from);
    show::moment(replaced.unwrap_or_else(|| view.content.validity.not_after.millis()))
}

fn one(view: &AgreementView) -> Value {
    json!({
        "version": view.content.version,
        "state": view.state.as_str(),
        "from": show::moment(view.content.validity.not_before.millis()),
        "until": until(view),
        "term_over_since": over_since(view, Setup::now()).map(show::moment),
        "agreement_hash": view.hash.as_str(),
        "replaces": view.content.replaces.as_ref().map(AgreementHash::as_str),
        "replaced_by": view.replaced.as_ref().map(|(by, _)| by.as_str()),
    })
}
