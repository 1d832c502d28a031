//! Fewer acts that show the same: one act is left out at a time, for as long as some order of the others
//! still fails. Must not know: what is judged.

use crate::SimulationError;
use crate::act::Act;
use crate::judged::Failure;
use crate::oracle::judge;
use crate::play::{Played, play};
use crate::run::seed_of;
use crate::stage::Stage;

/// How many orders of fewer acts are tried.
const ORDERS: u64 = 30;

struct Failing {
    seed: u64,
    played: Played,
    faults: Vec<String>,
}

/// Some order of `acts` that fails.
fn failing(stage: &mut Stage, seed: u64, acts: &[Act]) -> Result<Option<Failing>, SimulationError> {
    for order in 0..ORDERS {
        let seed = if order == 0 {
            seed
        } else {
            seed_of(seed, order)
        };
        let played = play(stage, seed, Some(acts))?;
        let faults = judge(&stage.before, &played);
        if !faults.is_empty() {
            return Ok(Some(Failing {
                seed,
                played,
                faults,
            }));
        }
    }
    Ok(None)
}

/// The failure of `played`, with as few acts as were found.
pub(crate) fn shortest(
    stage: &mut Stage,
    (seed, number): (u64, u64),
    played: Played,
    faults: Vec<String>,
) -> Result<Failure, SimulationError> {
    let mut best = Failing {
        seed: seed_of(seed, number),
        played,
        faults,
    };
    let mut place = 0;
    while place < best.played.acts.len() {
        let mut fewer = best.played.acts.clone();
        fewer.remove(place);
        match failing(stage, best.seed, &fewer)? {
            Some(found) => best = found,
            None => place += 1,
        }
    }
    let order = best.played.landed.iter();
    Ok(Failure {
        seed,
        number,
        faults: best.faults,
        shortest: best.seed,
        acts: best.played.acts.iter().map(ToString::to_string).collect(),
        order: order
            .map(|landed| format!("{} {}", landed.first.0, landed.name))
            .collect(),
    })
}
