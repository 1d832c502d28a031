//! Who waits for news at a desk.
//!
//! Owns: one signal per desk that wakes its streams. Must not know: what the news is.

use seinhuis_types::{Desk, Oin};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// One signal per desk.
type News = HashMap<(Oin, Desk), Arc<watch::Sender<u64>>>;

/// Wakes the streams of a desk. A waiter that looks again always sees what was there before it was
/// woken; being woken for nothing is harmless.
#[derive(Debug, Default)]
pub(crate) struct Desks {
    news: Mutex<News>,
}

impl Desks {
    fn sender(&self, oin: Oin, desk: &Desk) -> Arc<watch::Sender<u64>> {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(news.entry((oin, desk.clone())).or_default())
    }

    /// Something happened at this desk.
    pub(crate) fn tell(&self, oin: Oin, desk: &Desk) {
        self.sender(oin, desk)
            .send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Hears of everything that happens from now on.
    pub(crate) fn listen(&self, oin: Oin, desk: &Desk) -> watch::Receiver<u64> {
        let mut receiver = self.sender(oin, desk).subscribe();
        receiver.mark_unchanged();
        receiver
    }
}
