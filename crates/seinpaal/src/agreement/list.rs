//! `agreement list`: those one is a party to.

use super::show::{over_since, state};
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use seinhuis_client::AgreementView;
use serde_json::json;

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let found = online.partner.list_agreements().await?;
    let now = Setup::now();
    let one = |view: &AgreementView| {
        json!({
            "agreement_hash": view.hash.as_str(),
            "state": view.state.as_str(),
            "term_over_since": over_since(view, now).map(show::moment),
            "version": view.content.version,
            "title_nl": view.content.title.nl.as_str(),
            "title_en": view.content.title.en.as_str(),
            "parties": view.content.parties.iter().map(|party| party.oin.as_str()).collect::<Vec<_>>(),
        })
    };
    let document = json!({ "agreements": found.iter().map(one).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |view: &AgreementView| {
            let title = &view.content.title;
            vec![
                view.hash.to_string(),
                state(view, now, setup.out.lang()),
                view.content.version.to_string(),
                setup
                    .out
                    .lang()
                    .of(title.nl.as_str(), title.en.as_str())
                    .to_owned(),
            ]
        };
        out::table(
            &["hash", "state", "version", "title"],
            &found.iter().map(row).collect::<Vec<_>>(),
        )
    })
}
