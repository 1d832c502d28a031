//! `directory partners`.

use super::desks;
use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use seinhuis_client::PartnerEntry;
use serde_json::json;

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let found = setup.connect().await?.partner.partners().await?;
    let one = |entry: &PartnerEntry| {
        json!({
            "oin": entry.oin.as_str(),
            "name": entry.name,
            "role": entry.role,
            "region": entry.region,
            "desks": desks(&entry.desks),
        })
    };
    let document = json!({ "partners": found.iter().map(one).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let row = |entry: &PartnerEntry| {
            let (role, region) = (entry.role.clone(), entry.region.clone());
            let desks = desks(&entry.desks).join(",");
            vec![
                entry.oin.to_string(),
                role,
                region,
                desks,
                entry.name.clone(),
            ]
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        out::table(&["oin", "role", "region", "desks", "name"], &rows)
    })
}
