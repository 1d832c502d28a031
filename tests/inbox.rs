//! A partner's system that does one thing: it receives deliveries, opens and acknowledges them, and
//! keeps them open until its input ends. Tests look into its memory.
//!
//! `inbox CONFIG DESK COUNT`; tells `open` when it has them all.

use seinhuis_client::{Acknowledgement, Item, Partner, PartnerConfig};
use seinhuis_types::{Desk, SystemClock};
use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(Box::pin(receive()))
}

async fn receive() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().ok_or("inbox CONFIG DESK COUNT");
    let (config, desk, count) = (argument()?, argument()?, argument()?);
    let (desk, count): (Desk, usize) = (desk.parse()?, count.parse()?);
    let config = PartnerConfig::load(Path::new(&config))?;
    let partner = Partner::connect(&config, Arc::new(SystemClock)).await?;
    let mut inbox = partner.receive(&desk, Vec::new());
    let mut open = Vec::new();
    while open.len() < count {
        match inbox.next().await? {
            Item::Delivery(opened) => {
                partner.verify_identity(&opened).await?;
                // The last one stays as it is: a delivery under way.
                if open.len().saturating_add(1) < count {
                    inbox
                        .acknowledge(&opened, &Acknowledgement::Delivered)
                        .await?;
                    let person = Acknowledgement::opened("worker-9", "intake-desk")?;
                    inbox.acknowledge(&opened, &person).await?;
                }
                open.push(opened);
            }
            Item::Idle => {}
            other => return Err(format!("{other:?} is not a delivery").into()),
        }
    }
    let mut out = std::io::stdout();
    writeln!(out, "open")?;
    out.flush()?;
    // Values are wiped when they are dropped: not before the end.
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(open);
    Ok(())
}
