//! Tells when a write does not end: some errors of a disk leave an engine waiting for ever, and what
//! waits for it too. Owns the watch. Must not know: what is written.
//!
//! It counts its own ticks and asks no clock: hub time may be set, and need not go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it looks within the time that a write may take.
const TICKS: u32 = 10;

/// The writes of one writer, counted: odd while one is under way.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    count: AtomicU64,
    stuck: AtomicBool,
}

impl Writes {
    pub(crate) fn begin(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn end(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a write was given up.
    pub(crate) fn stuck(&self) -> bool {
        self.stuck.load(Ordering::SeqCst)
    }
}

/// A thread that watches; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Watch {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Calls `stuck`, once, when a write takes longer than `most`, or up to a tenth more.
    pub(crate) fn start(
        writes: Arc<Writes>,
        most: Duration,
        stuck: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let (end, ended) = channel();
        let thread = std::thread::Builder::new()
            .name("store-watch".into())
            .spawn(move || {
                if waits(&writes, most / TICKS, &ended) {
                    writes.stuck.store(true, Ordering::SeqCst);
                    stuck();
                }
            })?;
        Ok(Self {
            end: Some(end),
            thread: Some(thread),
        })
    }
}

/// Whether a write did not end; returns without one when the watch is over.
fn waits(writes: &Writes, tick: Duration, ended: &Receiver<()>) -> bool {
    let (mut seen, mut ticks) = (0, 0);
    while ended.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
        let now = writes.count.load(Ordering::SeqCst);
        if now == seen && !now.is_multiple_of(2) {
            ticks += 1;
            if ticks >= TICKS {
                return true;
            }
        } else {
            (seen, ticks) = (now, 0);
        }
    }
    false
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // It only counts, and a panic in it would have nothing to tell.
            drop(thread.join());
        }
    }
}
