//! The in-memory engine, with two things beside it: it goes back to a fixed state, and it tells when an
//! act reads. Owns [`Rewind`]. Must not know: what keys and values mean, what is done at a reading.

use crate::step::Steering;
use seinhuis_store::{Batch, Engine, EngineError, Memory, Pair};
use std::sync::{Arc, Mutex, PoisonError};

/// [`Memory`] that remembers what each key held when it was fixed.
#[derive(Clone)]
pub(crate) struct Rewind {
    memory: Memory,
    before: Arc<Mutex<Option<Batch>>>,
    steering: Arc<Steering>,
}

impl Rewind {
    pub(crate) fn new(steering: Arc<Steering>) -> Self {
        Self {
            memory: Memory::new(),
            before: Arc::default(),
            steering,
        }
    }

    /// What it holds now is what it goes back to.
    pub(crate) fn fix(&self) {
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = Some(Batch::new());
    }

    /// Goes back to what it held.
    pub(crate) fn rewind(&self) -> Result<(), EngineError> {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        match before.as_mut() {
            Some(before) => self.memory.apply(&std::mem::take(before)),
            None => Ok(()),
        }
    }
}

impl Engine for Rewind {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.steering.reading();
        self.memory.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], max: usize) -> Result<Vec<Pair>, EngineError> {
        self.steering.reading();
        self.memory.scan(from, to, max)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, EngineError> {
        self.steering.reading();
        self.memory.last(from, to)
    }

    fn apply(&self, batch: &Batch) -> Result<(), EngineError> {
        let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before.as_mut() {
            for key in batch.keys() {
                if !before.contains_key(key) {
                    before.insert(key.clone(), self.memory.get(key)?);
                }
            }
        }
        self.memory.apply(batch)
    }

    fn sync(&self) -> Result<(), EngineError> {
        self.memory.sync()
    }

    fn has_room(&self) -> Result<bool, EngineError> {
        self.memory.has_room()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_back_to_what_was_fixed_and_to_nothing_else() {
        let engine = Rewind::new(Arc::new(Steering::new(1)));
        let put = |key: u8, value: Option<u8>| {
            let batch = Batch::from([(vec![key], value.map(|value| vec![value]))]);
            engine.apply(&batch).unwrap();
        };
        put(1, Some(1));
        put(2, Some(2));
        engine.fix();
        for _ in 0..2 {
            put(1, Some(9));
            put(1, Some(8));
            put(2, None);
            put(3, Some(3));
            engine.rewind().unwrap();
            let all = engine.scan(&[0], &[9], 9).unwrap();
            assert_eq!(all, [(vec![1], vec![1]), (vec![2], vec![2])]);
        }
    }
}
