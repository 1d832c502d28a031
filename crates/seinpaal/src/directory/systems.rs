//! `directory systems`.

use super::desks;
use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use seinhuis_client::SystemEntry;
use serde_json::json;

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let found = setup.connect().await?.partner.systems().await?;
    let one = |entry: &SystemEntry| {
        json!({
            "thumbprint": entry.thumbprint,
            "name": entry.name,
            "capabilities": entry.capabilities,
            "desks": desks(&entry.desks),
        })
    };
    let document = json!({ "systems": found.iter().map(one).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |entry: &SystemEntry| {
            let capabilities = entry.capabilities.join(",");
            let desks = desks(&entry.desks).join(",");
            vec![
                entry.name.clone(),
                capabilities,
                desks,
                entry.thumbprint.clone(),
            ]
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        out::table(&["name", "capabilities", "desks", "thumbprint"], &rows)
    })
}
