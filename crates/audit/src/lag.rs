//! How far publication is behind: read on every act, so a few atomics. Must not know files.

use seinhuis_types::Millis;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

const NONE: u64 = u64::MAX;

/// The published size, and when the oldest entry above it was committed.
#[derive(Debug)]
pub(crate) struct Lag {
    published: AtomicU64,
    since: AtomicU64,
}

impl Lag {
    pub(crate) fn new(published: u64) -> Self {
        Self {
            published: AtomicU64::new(published),
            since: AtomicU64::new(NONE),
        }
    }

    /// The number of entries under a checkpoint.
    pub(crate) fn published(&self) -> u64 {
        self.published.load(Ordering::SeqCst)
    }

    /// Takes note that there are `next` entries, the last of them committed at `last_commit`, and
    /// tells since when one of them waits to be published.
    pub(crate) fn note(&self, next: u64, last_commit: Millis) -> Option<Millis> {
        if next <= self.published() {
            return None;
        }
        // Only the first to see a waiting entry sets the time: it is the oldest that counts.
        let set =
            self.since
                .compare_exchange(NONE, last_commit.0, Ordering::SeqCst, Ordering::SeqCst);
        Some(Millis(set.err().unwrap_or(last_commit.0)))
    }

    /// `size` entries are now under a checkpoint; the oldest above it was committed at `since`.
    pub(crate) fn publish(&self, size: u64, since: Option<Millis>) {
        self.published.store(size, Ordering::SeqCst);
        self.since
            .store(since.map_or(NONE, |at| at.0), Ordering::SeqCst);
    }
}

/// Most marks that are kept.
const MARKS: usize = 1_024;

/// What the publisher saw of the store over time: so many entries, the last committed then. What
/// comes when there are many counts as old as the last of them.
#[derive(Debug, Default)]
pub(crate) struct Marks(VecDeque<(u64, Millis)>);

impl Marks {
    /// Takes note that there are `next` entries, the last committed at `last_commit`.
    pub(crate) fn note(&mut self, next: u64, last_commit: Millis) {
        let full = self.0.len() >= MARKS;
        match self.0.back_mut() {
            Some((seen, _)) if *seen >= next => {}
            Some((seen, _)) if full => *seen = next,
            _ => self.0.push_back((next, last_commit)),
        }
    }

    /// When the entry at index `size` was committed: the time of the first mark that is past it,
    /// which is late by at most one round of publishing. `None` if there is no such entry yet.
    pub(crate) fn since(&mut self, size: u64) -> Option<Millis> {
        while self.0.front().is_some_and(|(seen, _)| *seen <= size) {
            self.0.pop_front();
        }
        self.0.front().map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_waiting_entry_counts() {
        let lag = Lag::new(5);
        assert_eq!(lag.note(5, Millis(100)), None);
        assert_eq!(lag.note(6, Millis(200)), Some(Millis(200)));
        assert_eq!(lag.note(9, Millis(300)), Some(Millis(200)));
        lag.publish(8, Some(Millis(290)));
        assert_eq!(lag.note(9, Millis(300)), Some(Millis(290)));
        lag.publish(9, None);
        assert_eq!(lag.note(9, Millis(300)), None);
        assert_eq!(lag.note(10, Millis(400)), Some(Millis(400)));
    }

    #[test]
    fn marks_tell_when_the_next_entry_was_committed() {
        let mut marks = Marks::default();
        marks.note(10, Millis(1));
        marks.note(20, Millis(2));
        marks.note(20, Millis(3));
        marks.note(30, Millis(4));
        assert_eq!(marks.since(0), Some(Millis(1)));
        assert_eq!(marks.since(10), Some(Millis(2)));
        assert_eq!(marks.since(29), Some(Millis(4)));
        assert_eq!(marks.since(30), None);
    }
    #[test]
    fn many_marks_are_bounded_and_never_tell_too_late_a_time() {
        let mut marks = Marks::default();
        for at in 1..=5_000 {
            marks.note(at, Millis(at));
        }
        assert_eq!(marks.0.len(), MARKS);
        for size in [0, 500, 1_023, 1_024, 4_999] {
            let since = marks.since(size).unwrap();
            assert!(since <= Millis(size + 1), "{size}: {since:?}");
        }
        assert_eq!(marks.since(5_000), None);
    }
}
