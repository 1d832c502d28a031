//! `question ask`: one question, to the one desk its file names.

use crate::cli::agreement_hash;
use crate::exit::{Exit, Failure};
use crate::secret::{self, Source};
use crate::setup::Setup;
use crate::{out, show, signal_file};
use clap::Args;
use seinhuis_client::tick_at;
use seinhuis_domain::question::{LONGEST_MS, QUESTION, SHORTEST_MS, TICK_MS};
use seinhuis_types::AgreementHash;
use serde_json::json;

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The file, in the form of `signal send` (docs/partners/questions.md); `-` is standard input.
    #[arg(value_name = "FILE|-")]
    file: Source,
    /// Take this agreement, in the place of the file's.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash)]
    agreement: Option<AgreementHash>,
    /// After how many minutes its answer leaves, 15 to 10080; rounded up to a whole minute of the clock.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(SHORTEST_MS / TICK_MS..=LONGEST_MS / TICK_MS))]
    within: u64,
}

pub(crate) async fn run(args: Ask, setup: &Setup) -> Result<(), Failure> {
    let text = secret::text(&args.file, "question")?;
    let now = Setup::now();
    let file = signal_file::read(&text, now, args.agreement.as_ref()).map_err(|error| {
        let form = "the form is in docs/partners/questions.md";
        Failure::mended(format!("{}, {error}", args.file), form)
    })?;
    let [to] = file.to.as_slice() else {
        return Err(Failure::mended(
            format!(
                "{}: a question goes to one desk; {} are named",
                args.file,
                file.to.len()
            ),
            format!(
                "name one `to`, and ask each other desk a question of its own (type `{QUESTION}`)"
            ),
        ));
    };
    let online = setup.connect().await?;
    // The hub looks at its own clock, later: half a minute for the way there. And rounded down at the
    // far end: a week and a part of a minute is too far.
    let now = Setup::now();
    let last = now.plus(LONGEST_MS);
    let within = args.within.saturating_mul(TICK_MS);
    let tick = tick_at(now.plus(within).plus(TICK_MS / 2));
    let tick = if tick > last {
        tick.minus(TICK_MS)
    } else {
        tick
    };
    let asked = Box::pin(online.partner.ask(&file.desk, &file.signal, to, tick)).await?;
    let question = asked.question.map(|id| id.to_string());
    let document = json!({
        "question_id": question,
        "tick": show::moment(tick),
        "outcome": crate::signal::outcome(&asked.outcome),
    });
    setup.out.show(&document, || {
        let head = out::facts(&[
            (
                "question",
                question.clone().unwrap_or_else(|| "-".to_owned()),
            ),
            ("tick", show::moment(tick)),
        ]);
        format!(
            "{head}\n\n{}",
            crate::signal::outcome_words(&asked.outcome, setup)
        )
    })?;
    let keys = online.partner.log_keys();
    let (proof, decision) = (&asked.outcome.proof, &asked.outcome.decision);
    online.receipts().keep(keys, proof, Some(decision))?;
    match asked.outcome.permitted {
        true => Ok(()),
        false => Err(Failure::Told(Exit::Refused)),
    }
}
