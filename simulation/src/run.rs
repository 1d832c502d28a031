//! Many interleavings, on some threads. Must not know: what one is.

use crate::fault::During;
use crate::judged::{Counts, Failure};
use crate::oracle::judge;
use crate::play::{Played, play};
use crate::shrink::shortest;
use crate::stage::Stage;
use crate::{Fault, SimulationError};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What is run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The number of the first interleaving.
    pub from: u64,
    /// How many interleavings.
    pub count: u64,
    /// What they are drawn from.
    pub seed: u64,
    /// On how many threads.
    pub threads: NonZeroUsize,
}

/// What came of one thread.
type Outcome = Result<Result<Counts, Failure>, SimulationError>;

/// Runs a plan; `done` counts its interleavings meanwhile. The inner error is the first that failed.
///
/// # Errors
/// [`SimulationError`] when partners, hub or store could not be set up.
pub fn run(plan: &Plan, done: &AtomicU64) -> Result<Result<Counts, Failure>, SimulationError> {
    let stop = AtomicBool::new(false);
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let (stop, threads) = (&stop, plan.threads.get());
        let spawned: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || part(plan, thread, stop, done)))
            .collect();
        let panicked = |_| Err(SimulationError::new("thread", "it panicked"));
        let joined = spawned.into_iter().map(|one| one.join());
        joined.map(|one| one.unwrap_or_else(panicked)).collect()
    });
    let mut all = Counts::default();
    let mut failures = Vec::new();
    for outcome in outcomes {
        match outcome? {
            Ok(counts) => all = all.and(counts),
            Err(failure) => failures.push(failure),
        }
    }
    let first = failures.into_iter().min_by_key(|failure| failure.number);
    Ok(first.map_or(Ok(all), Err))
}

/// Of each of `faults`, planted alone, the first of `most` interleavings that shows it; `None` when none
/// does.
///
/// # Errors
/// [`SimulationError`].
pub fn planted(
    faults: &[Fault],
    seed: u64,
    most: u64,
) -> Result<Vec<(Fault, Option<Failure>)>, SimulationError> {
    let timers = timers()?;
    let _within = timers.enter();
    let mut stage = Stage::new()?;
    let mut found = Vec::with_capacity(faults.len());
    for fault in faults {
        stage.store.plant(Some(*fault));
        let mut failure = None;
        for number in 0..most {
            failure = one(&mut stage, seed, number)?.err();
            if failure.is_some() {
                break;
            }
        }
        found.push((*fault, failure));
    }
    Ok(found)
}

/// Streams set timers; nobody drives them, so that no time passes but the schedule's.
pub(crate) fn timers() -> Result<tokio::runtime::Runtime, SimulationError> {
    let timers = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    timers.during("timers")
}

/// One interleaving of a run.
fn one(
    stage: &mut Stage,
    seed: u64,
    number: u64,
) -> Result<Result<Played, Failure>, SimulationError> {
    let played = play(stage, seed_of(seed, number), None)?;
    let faults = judge(&stage.before, &played);
    if faults.is_empty() {
        return Ok(Ok(played));
    }
    Ok(Err(shortest(stage, (seed, number), played, faults)?))
}

fn part(plan: &Plan, thread: usize, stop: &AtomicBool, done: &AtomicU64) -> Outcome {
    let timers = timers()?;
    let _within = timers.enter();
    let mut stage = Stage::new()?;
    let mut counts = Counts::default();
    let numbers = plan.from..plan.from.saturating_add(plan.count);
    for number in numbers.skip(thread).step_by(plan.threads.get()) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        match one(&mut stage, plan.seed, number)? {
            Ok(played) => counts.add(&played),
            Err(failure) => {
                stop.store(true, Ordering::Relaxed);
                return Ok(Err(failure));
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(Ok(counts))
}

/// The seed of one interleaving of a run: SplitMix64, so that neighbours have nothing in common.
pub(crate) fn seed_of(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
