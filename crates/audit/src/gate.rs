//! Whether anything may be signed. Must not know why not.

use std::sync::atomic::{AtomicU8, Ordering};

const WAITS: u8 = 0;
const OPEN: u8 = 1;
const SHUT: u8 = 2;

/// Open from the start for a log without witnesses; else opened once by what the witnesses say.
/// What is shut is never opened again: that takes a new start.
#[derive(Debug)]
pub(crate) struct Gate(AtomicU8);

impl Gate {
    pub(crate) fn new(waits: bool) -> Self {
        Self(AtomicU8::new(if waits { WAITS } else { OPEN }))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.load(Ordering::SeqCst) == OPEN
    }

    pub(crate) fn open(&self) {
        // Fails only for one that is open or shut already.
        let _ = self
            .0
            .compare_exchange(WAITS, OPEN, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub(crate) fn shut(&self) {
        self.0.store(SHUT, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shut_stays_shut() {
        let gate = Gate::new(true);
        assert!(!gate.is_open());
        gate.open();
        assert!(gate.is_open());
        gate.shut();
        gate.open();
        assert!(!gate.is_open());
    }
}
