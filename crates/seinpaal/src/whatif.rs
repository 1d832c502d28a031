//! `whatif`: one's own logged decisions, made again by an agreement, a catalogue or a policy set that is
//! not in force; which would be others, and why. With nothing to try: that the hub decided as its rules
//! say.
//!
//! All is worked out here, by the same crate that decides at the hub: the hub learns that an officer
//! searched decisions, and nothing of what is tried. Must not know: how a decision is made.

mod candidate;
mod tell;

use crate::cli::agreement_hash;
use crate::exit::{Exit, Failure};
use crate::setup::{Online, Setup};
use candidate::{Refused, Rules};
use clap::Args;
use seinhuis_client::{ClientError, Incident, KeptDecision};
use seinhuis_domain::decision::{NotAsRecorded, Recorded};
use seinhuis_policy::{Change, Flip, Lacking, Replay, Replayed};
use seinhuis_types::{AgreementHash, LeafIndex};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Most decisions of one run: it bounds what is asked of the hub at once.
const MOST: u32 = 200_000;

#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// How many of one's newest decisions, 1 to 200,000; above 50 two persons agree.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    last: u32,
    /// Try this agreement: the authored form (`.toml`) or its content (`.json`).
    #[arg(long, value_name = "FILE")]
    agreement: Option<PathBuf>,
    /// In the place of this one; without it of the one that the file says it replaces.
    #[arg(long, value_name = "HASH", value_parser = agreement_hash, requires = "agreement")]
    instead_of: Option<AgreementHash>,
    /// Try this catalogue in the place of every other.
    #[arg(long, value_name = "FOLDER")]
    catalogue: Option<PathBuf>,
    /// Try this policy set in the place of every other.
    #[arg(long, value_name = "FOLDER")]
    policy: Option<PathBuf>,
}

/// What came of all decisions.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Made again, and the same.
    same: u64,
    /// Of those that were made again: how many the rules they were made by gave the same, too.
    proven: u64,
    lacking: BTreeMap<Lacking, u64>,
    flips: Vec<(LeafIndex, Flip)>,
    incidents: Vec<(LeafIndex, NotAsRecorded)>,
    /// Agreements that could not be agreed on the catalogue that is tried.
    refused: Vec<Refused>,
    /// The entries of the log that record this search.
    recorded: Vec<LeafIndex>,
}

impl Found {
    fn note(&mut self, index: LeafIndex, replayed: Replayed) {
        match replayed {
            Replayed::Same { proven } => {
                self.same += 1;
                self.proven += u64::from(proven);
            }
            Replayed::Flip(flip) => {
                self.proven += u64::from(flip.proven);
                self.flips.push((index, *flip));
            }
            Replayed::NotReplayable(lacking) => *self.lacking.entry(lacking).or_default() += 1,
            Replayed::Incident(incident) => self.incidents.push((index, incident)),
        }
    }

    fn of(&self, change: Change) -> usize {
        let flips = self.flips.iter();
        flips.filter(|(_, flip)| flip.change == change).count()
    }

    /// Every decision is one of these, and is counted once.
    fn looked_at(&self) -> u64 {
        let many = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let lacking: u64 = self.lacking.values().sum();
        self.same
            .saturating_add(lacking)
            .saturating_add(many(self.flips.len()))
            .saturating_add(many(self.incidents.len()))
    }
}

pub(crate) async fn run(args: WhatIf, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    // What is tried is judged before any decision is asked for.
    let mut replay = Replay::default();
    let rules = Rules::read(&args, &config)?;
    let online = setup.connect().await?;
    if let Some(file) = &args.agreement {
        let in_force = online.partner.ruleset().await?;
        let tried = rules.agreement(file, &args, &config, &in_force)?;
        tried.lay(&online, &mut replay).await?;
    }
    let mut found = Found {
        refused: rules.refused(&online).await?,
        ..Found::default()
    };
    rules.lay(&mut replay);
    let mut back = online.partner.decisions_back(args.last).await?;
    while let Some(decisions) = Box::pin(back.next()).await? {
        for kept in &decisions {
            let replayed = one(kept, &online, &mut replay).await?;
            found.note(kept.index, replayed);
        }
    }
    found.recorded = back.recorded().to_vec();
    found.flips.sort_by_key(|(index, _)| *index);
    found.incidents.sort_by_key(|(index, _)| *index);
    let document = tell::document(&args, &found, replay.tries());
    setup
        .out
        .show(&document, || tell::words(&found, setup.out.lang()))?;
    if let Some((_, incident)) = found.incidents.first() {
        return Err(incident_of(*incident).into());
    }
    if found.flips.is_empty() && found.refused.is_empty() {
        Ok(())
    } else {
        Err(Failure::Told(Exit::Flips))
    }
}

async fn one(
    kept: &KeptDecision,
    online: &Online,
    replay: &mut Replay,
) -> Result<Replayed, Failure> {
    let recorded = match Recorded::parse(&kept.decision) {
        Ok(recorded) => recorded,
        Err(incident) => return Ok(Replayed::Incident(incident)),
    };
    if let Ok(Some(input)) = recorded.input(&kept.input)
        && input.standing.known
        && !replay.knows_agreement(&input.agreement)
    {
        match online.partner.agreement(&input.agreement).await {
            Ok(view) => replay.know_agreement(input.agreement, (*view.content).clone()),
            // Counted as one that cannot be replayed; the others still can.
            Err(ClientError::Rejected { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(replay.again(&recorded, &kept.input))
}

/// As an incident to keep and to report.
fn incident_of(found: NotAsRecorded) -> Incident {
    Incident::Decision(match found {
        NotAsRecorded::Decision => "it does not decode",
        NotAsRecorded::Alone => "its input is not there, or is there without its digest",
        NotAsRecorded::Digest => "its input is not the one whose digest it has",
        NotAsRecorded::Input => "its input does not read",
        NotAsRecorded::Other => "its input is of another act, route or ruleset",
        NotAsRecorded::OtherAnswer => "the rules it was made by say something else to its input",
    })
}
