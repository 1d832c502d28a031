//! The store of a [`Bench`](super::Bench). Must not know: what is stored.

use seinhuis_store::{
    ChangeSet, Committed, Embedded, EmbeddedSnapshot, LeafBytes, Store, StoreError, TreeState,
};
use seinhuis_types::{LeafIndex, Millis};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The store in memory, as the hub sees it or as the log does; a step of an erasure can be cut off.
pub(crate) struct Quiet {
    pub(super) store: Arc<Embedded>,
    pub(super) of_log: bool,
    /// Whether the log sees what it has to publish.
    pub(super) behind: Arc<AtomicBool>,
    pub(super) cut: Arc<AtomicBool>,
}

impl Store for Quiet {
    type Snapshot = EmbeddedSnapshot;

    fn snapshot(&self) -> Result<EmbeddedSnapshot, StoreError> {
        self.store.snapshot()
    }

    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError> {
        if change.name() == "erase_step" && self.cut.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable);
        }
        self.store.commit(change).await
    }

    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError> {
        self.store.sequenced(from, max)
    }

    fn tree(&self) -> Result<TreeState, StoreError> {
        self.store.tree()
    }

    async fn integrated(&self, from: TreeState, to: TreeState) -> Result<(), StoreError> {
        self.store.integrated(from, to).await
    }

    fn next_index(&self) -> LeafIndex {
        if self.of_log && !self.behind.load(Ordering::SeqCst) {
            return LeafIndex(0);
        }
        self.store.next_index()
    }

    fn last_commit(&self) -> Millis {
        self.store.last_commit()
    }

    fn now(&self) -> Millis {
        self.store.now()
    }

    async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        self.store.sweep(max).await
    }
}
