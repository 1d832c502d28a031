//! What happens next, drawn from a seed. Owns [`Steering`]: the draws, the moments at which a batch is
//! written, hub time, and what was written. Must not know: acts, and what a change means.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};
use seinhuis_store::{Committed, Steps, StoreError};
use seinhuis_testkit::rng::seeded;
use seinhuis_types::{Clock, LeafIndex, Millis};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One in so many readings, a batch is written just before it.
const AT_READING: u32 = 6;
/// One in so many batches has more than one change, if more wait.
const GROUPED: u32 = 3;
/// Most changes in one batch.
const BATCH: usize = 3;

/// A commit as the store answered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) name: &'static str,
    pub(crate) first: LeafIndex,
    pub(crate) entries: usize,
    pub(crate) at: Millis,
}

/// One seed's draws. Shared by store, engine and scheduler, which all run on one thread.
pub(crate) struct Steering {
    rng: Mutex<StdRng>,
    steps: Mutex<Option<Steps>>,
    waiting: AtomicUsize,
    writing: AtomicBool,
    /// Whether batches are written of themselves: while the partners are set up.
    quiet: AtomicBool,
    now: AtomicU64,
    landed: Mutex<Vec<Landed>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Steering {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: Mutex::new(seeded(seed)),
            steps: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            writing: AtomicBool::new(false),
            quiet: AtomicBool::new(true),
            now: AtomicU64::new(0),
            landed: Mutex::default(),
        }
    }

    /// Takes the writer in hand.
    pub(crate) fn steer(&self, steps: Steps) {
        *lock(&self.steps) = Some(steps);
    }

    /// Begins anew, by `seed`, at hub time `now`, on what the engine holds.
    pub(crate) fn begin(&self, seed: u64, now: Millis) -> Result<(), StoreError> {
        self.quiet.store(true, Ordering::SeqCst);
        if let Some(steps) = lock(&self.steps).as_mut() {
            steps.restart()?;
        }
        *lock(&self.rng) = seeded(seed);
        self.waiting.store(0, Ordering::SeqCst);
        self.set_now(now);
        lock(&self.landed).clear();
        self.quiet.store(false, Ordering::SeqCst);
        Ok(())
    }

    /// From now on nothing is drawn at readings: what is left is brought to its end.
    pub(crate) fn calm(&self) {
        self.quiet.store(true, Ordering::SeqCst);
    }

    pub(crate) fn set_now(&self, now: Millis) {
        self.now.store(now.0, Ordering::SeqCst);
    }

    pub(crate) fn draw(&self, below: usize) -> usize {
        lock(&self.rng).random_range(0..below.max(1))
    }

    pub(crate) fn one_in(&self, many: u32) -> bool {
        lock(&self.rng).random_ratio(1, many.max(1))
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        lock(&self.rng).fill_bytes(&mut id);
        id
    }

    /// One more change waits to be written.
    pub(crate) fn submitted(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn waits(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Whether an act should be held up between its decision and its commit.
    pub(crate) fn holds_up(&self) -> bool {
        !self.quiet.load(Ordering::SeqCst) && self.one_in(2)
    }

    /// Something is read, and a batch may be written just before.
    pub(crate) fn reading(&self) {
        let busy = self.writing.load(Ordering::SeqCst) || self.quiet.load(Ordering::SeqCst);
        if !busy && self.waits() && self.one_in(AT_READING) {
            // What the writer cannot do, the next commit is told.
            let _ = self.land();
        }
    }

    /// Writes a batch of what waits.
    pub(crate) fn land(&self) -> Result<usize, StoreError> {
        let most = if self.one_in(GROUPED) { BATCH } else { 1 };
        self.writing.store(true, Ordering::SeqCst);
        let made = match lock(&self.steps).as_mut() {
            Some(steps) => steps.step(most),
            None => Err(StoreError::Unavailable),
        };
        self.writing.store(false, Ordering::SeqCst);
        let made = made?;
        let left = match made {
            0 => 0,
            made => self.waiting.load(Ordering::SeqCst).saturating_sub(made),
        };
        self.waiting.store(left, Ordering::SeqCst);
        Ok(made)
    }

    pub(crate) fn note(&self, name: &'static str, committed: &Committed) {
        if let Some(first) = committed.indexes.first() {
            lock(&self.landed).push(Landed {
                name,
                first: *first,
                entries: committed.indexes.len(),
                at: committed.at,
            });
        }
    }

    /// What was written, in the order of the log.
    pub(crate) fn landed(&self) -> Vec<Landed> {
        let mut landed = lock(&self.landed).clone();
        landed.sort_by_key(|one| one.first);
        landed
    }
}

/// Hub time as the schedule has it.
#[derive(Clone)]
pub(crate) struct Steered(pub(crate) Arc<Steering>);

impl Clock for Steered {
    fn now(&self) -> Millis {
        Millis(self.0.now.load(Ordering::SeqCst))
    }
}
