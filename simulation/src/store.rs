//! The real store, with a commit held up now and then between decision and queue, and a fault planted
//! where one is asked for. Owns [`Stepped`]. Must not know: what a change is about, when a batch is written.

use crate::Fault;
use crate::engine::Rewind;
use crate::step::{Steered, Steering};
use seinhuis_store::{
    ChangeSet, Committed, Embedded, EmbeddedSnapshot, LeafBytes, Limits, Store, StoreError,
    TreeState,
};
use seinhuis_types::{LeafIndex, Millis};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// The store of a simulated hub.
pub(crate) struct Stepped {
    store: Embedded,
    steering: Arc<Steering>,
    fault: Mutex<Option<Fault>>,
}

impl Stepped {
    pub(crate) fn open(engine: Rewind, steering: &Arc<Steering>) -> Result<Self, StoreError> {
        let clock = Steered(Arc::clone(steering));
        let (store, steps) = Embedded::stepped(engine, clock, Limits::default())?;
        steering.steer(steps);
        Ok(Self {
            store,
            steering: Arc::clone(steering),
            fault: Mutex::new(None),
        })
    }

    /// From now on changes are judged as with `fault`.
    pub(crate) fn plant(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn planted(&self, change: ChangeSet) -> ChangeSet {
        let fault = *self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        match fault {
            Some(fault) => fault.plant(change),
            None => change,
        }
    }
}

/// Lets others go on once.
pub(crate) struct HeldUp(pub(crate) bool);

impl Future for HeldUp {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.0 {
            return Poll::Ready(());
        }
        self.0 = false;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Store for Stepped {
    type Snapshot = EmbeddedSnapshot;

    fn snapshot(&self) -> Result<EmbeddedSnapshot, StoreError> {
        self.store.snapshot()
    }

    async fn commit(&self, change: ChangeSet) -> Result<Committed, StoreError> {
        HeldUp(self.steering.holds_up()).await;
        let name = change.name();
        let waiting = self.store.commit(self.planted(change));
        self.steering.submitted();
        let committed = waiting.await?;
        self.steering.note(name, &committed);
        Ok(committed)
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
        let waiting = self.store.integrated(from, to);
        self.steering.submitted();
        waiting.await
    }

    /// None: publication is not simulated, so the log is never behind.
    fn next_index(&self) -> LeafIndex {
        LeafIndex(0)
    }

    fn last_commit(&self) -> Millis {
        self.store.last_commit()
    }

    fn now(&self) -> Millis {
        self.store.now()
    }

    async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        let waiting = self.store.sweep(max);
        self.steering.submitted();
        waiting.await
    }
}
