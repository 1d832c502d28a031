//! An engine whose syncs can be held back, counted and made to fail. Must not know: the facts.

use crate::{Batch, Engine, EngineError, Pair};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a sync is waited for before a fact is given up: a store that does not sync at all
/// should fail the test, not stop it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Holds back the syncs of a [`Gated`] engine. Its clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    closed: bool,
    failing: bool,
    full: bool,
    waiting: bool,
    syncs: usize,
    told: Option<String>,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.1.notify_all();
    }

    fn wait(&self, until: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.0
            .1
            .wait_while(self.state(), |state| !until(state))
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on no sync returns.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Lets syncs return again.
    pub fn open(&self) {
        self.change(|state| state.closed = false);
    }

    /// From now on every sync fails.
    pub fn fail(&self) {
        self.change(|state| state.failing = true);
    }

    /// Says from now on whether the disk's reserve is reached.
    pub fn set_full(&self, full: bool) {
        self.change(|state| state.full = full);
    }

    /// Returns when a sync is being held back, or tells that none came in [`PATIENCE`].
    pub fn held(&self) -> Result<(), &'static str> {
        let waited = self
            .0
            .1
            .wait_timeout_while(self.state(), PATIENCE, |state| !state.waiting);
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if result.timed_out() {
            Err("the store did not sync")
        } else {
            Ok(())
        }
    }

    /// Returns when the fatal callback was told something, or tells that it was not in [`PATIENCE`].
    pub fn told_in_time(&self) -> Result<(), &'static str> {
        let waited = self
            .0
            .1
            .wait_timeout_while(self.state(), PATIENCE, |state| state.told.is_none());
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if result.timed_out() {
            Err("nothing was told")
        } else {
            Ok(())
        }
    }

    /// How many syncs have returned.
    pub fn syncs(&self) -> usize {
        self.state().syncs
    }

    /// Keeps what the fatal callback was told.
    pub(super) fn tell(&self, why: &str) {
        self.change(|state| state.told = Some(why.to_owned()));
    }

    /// What the fatal callback was told, if it was.
    pub fn told(&self) -> Option<String> {
        self.state().told.clone()
    }
}

/// The test's end of a gate. Opens it when dropped, so that a fact that fails while a sync is held
/// back does not wait for ever for the store to close.
#[derive(Debug)]
pub struct Keeper(pub(super) Gate);

impl std::ops::Deref for Keeper {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        &self.0
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.open();
    }
}

/// An engine behind a [`Gate`].
#[derive(Debug)]
pub struct Gated<E> {
    engine: E,
    gate: Gate,
}

impl<E: Engine> Gated<E> {
    /// Puts `engine` behind `gate`.
    pub fn new(engine: E, gate: Gate) -> Self {
        Self { engine, gate }
    }
}

impl<E: Engine> Engine for Gated<E> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.engine.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        self.engine.scan(from, to, max)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        self.engine.last(from, to)
    }

    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        self.engine.apply(batch)
    }

    fn sync(&self) -> Result<(), EngineError> {
        self.gate.change(|state| state.waiting = true);
        let failing = self.gate.wait(|state| !state.closed).failing;
        self.gate.change(|state| state.waiting = false);
        if failing {
            return Err(EngineError::Io("the gate fails it".into()));
        }
        self.engine.sync()?;
        self.gate.change(|state| state.syncs += 1);
        Ok(())
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        Ok(!self.gate.state().full && self.engine.has_room()?)
    }
}
