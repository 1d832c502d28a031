//! The writer without its thread: a simulation says when a batch is made, and of how many changes. Owns
//! [`Steps`]. Must not know: what is simulated. Queue, batch, checks and answers are those of the thread.

use super::{Job, Writer};
use crate::StoreError;
use crate::open::{Kind, open};
use crate::stage::Tops;
use std::sync::mpsc::Receiver;

/// Makes the batches of one [`Embedded`](crate::Embedded), when it is told to. Without it nothing that is
/// committed ever resolves.
pub struct Steps {
    pub(super) writer: Writer,
    pub(super) jobs: Receiver<Box<dyn Job>>,
}

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Steps")
    }
}

impl Steps {
    /// Makes one batch of at most `most` of the changes that wait, in the order in which they came, and
    /// answers them. Gives how many were in it; 0 when none waits.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the outcome of the write is not known; the store has stopped then.
    pub fn step(&mut self, most: usize) -> Result<usize, StoreError> {
        let Ok(first) = self.jobs.try_recv() else {
            return Ok(0);
        };
        self.writer.limits.batch = most.max(1);
        let made = self.writer.turn(first, &self.jobs);
        made.map_err(|_| StoreError::Unavailable)
    }

    /// As if the process had ended and begun again on what the engine holds: what waits is answered that it
    /// was not written, and what is kept in memory is read anew.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the data do not hang together.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        while let Ok(job) = self.jobs.try_recv() {
            job.settle(Err(StoreError::Unavailable));
        }
        let tip = open(&*self.writer.engine, Kind::Store)?;
        self.writer.shared.set_tip(tip.next_index, tip.last_commit);
        self.writer.tops = Tops::new();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
