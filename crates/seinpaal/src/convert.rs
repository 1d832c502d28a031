//! `convert`: citizen numbers of one's own clients to a desk's own pseudonyms.

use crate::exit::Failure;
use crate::secret::{self, Source};
use crate::setup::Setup;
use clap::Args;
use seinhuis_pseudonym::CitizenNumber;
use seinhuis_types::{Desk, hex};
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// One of the partner's own desks.
    desk: Desk,
    /// Citizen numbers, one a line; `-` is standard input. Never on the command line.
    #[arg(long, value_name = "FILE|-")]
    numbers_file: Source,
}

pub(crate) async fn run(args: Convert, setup: &Setup) -> Result<(), Failure> {
    let source = &args.numbers_file;
    let numbers = {
        let text = secret::text(source, "citizen number")?;
        secret::lines(&text, source, CitizenNumber::parse)?
    };
    if numbers.is_empty() {
        return Err(Failure::invalid(format!("{source} has no numbers")));
    }
    let online = setup.connect().await?;
    let found = online.partner.convert_own(&args.desk, &numbers).await?;
    let found: Vec<String> = found
        .into_iter()
        .map(|pseudonym| hex(&pseudonym.to_bytes()))
        .collect();
    let document = json!({ "desk": args.desk.as_str(), "pseudonyms": found });
    setup.out.show(&document, || found.join("\n"))
}
