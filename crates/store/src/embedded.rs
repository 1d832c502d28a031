//! The store on an embedded engine: one machine, one process, one writer. Owns [`Embedded`].
//! Must not know: which engine it stands on.

use crate::committer::{Committer, Fatal, Grows, Limits};
use crate::engine::Engine;
use crate::open::{Kind, open, read_tree, tree_value};
use crate::snapshot::EmbeddedSnapshot;
use crate::stage::Stage;
use crate::sweep::Sweeper;
use crate::view::{Shared, View};
use crate::{ChangeSet, Committed, LeafBytes, Store, StoreError, TreeState, apply, key, run};
use seinhuis_types::{Clock, LeafIndex, Millis};
use std::sync::Arc;

/// [`Store`] for any [`Engine`]. Dropping it writes what waits and stops.
pub struct Embedded {
    // Before `view`: the thread ends before the engine can go.
    committer: Committer,
    view: View,
    clock: Arc<dyn Clock>,
    sweeper: Sweeper,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded")
            .field("next_index", &self.next_index())
            .finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens the data in `engine`, or founds them when it is empty; checks the format version and
    /// that the log's leaves are contiguous. `fatal` is called once if a write's outcome is ever
    /// unknown; after it everything is [`StoreError::Unavailable`].
    pub fn open(
        engine: impl Engine,
        clock: impl Clock,
        limits: Limits,
        fatal: Fatal,
    ) -> Result<Self, StoreError> {
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let tip = open(&*engine, Kind::Store)?;
        let shared = Arc::new(Shared::default());
        shared.set_tip(tip.next_index, tip.last_commit);
        let committer = Committer::start(
            Arc::clone(&engine),
            Arc::clone(&shared),
            Arc::clone(&clock),
            limits,
            fatal,
        )?;
        let view = View::new(engine, shared);
        Ok(Self {
            committer,
            view,
            clock,
            sweeper: Sweeper::default(),
        })
    }

    /// As [`Embedded::open`], without threads: nothing is written before [`Steps`](crate::Steps) are taken.
    ///
    /// # Errors
    /// Those of [`Embedded::open`].
    #[cfg(any(test, feature = "stepped"))]
    pub fn stepped(
        engine: impl Engine,
        clock: impl Clock,
        limits: Limits,
    ) -> Result<(Self, crate::Steps), StoreError> {
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let tip = open(&*engine, Kind::Store)?;
        let shared = Arc::new(Shared::default());
        shared.set_tip(tip.next_index, tip.last_commit);
        let (committer, steps) = Committer::stepped(
            Arc::clone(&engine),
            Arc::clone(&shared),
            Arc::clone(&clock),
            limits,
        );
        let store = Self {
            committer,
            view: View::new(engine, shared),
            clock,
            sweeper: Sweeper::default(),
        };
        Ok((store, steps))
    }

    fn live(&self) -> Result<(), StoreError> {
        if self.view.shared.stopped() {
            Err(StoreError::Unavailable)
        } else {
            Ok(())
        }
    }
}

impl Store for Embedded {
    type Snapshot = EmbeddedSnapshot;

    fn snapshot(&self) -> Result<EmbeddedSnapshot, StoreError> {
        self.live()?;
        Ok(EmbeddedSnapshot::new(self.view.clone()))
    }

    fn commit(
        &self,
        change: ChangeSet,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send {
        self.committer
            .submit(Grows::Yes, move |stage| apply::change(stage, change))
    }

    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError> {
        self.live()?;
        if from.0 < self.tree()?.size {
            return Err(StoreError::Malformed("these leaves are integrated already"));
        }
        let (start, at_from) = key::runs_up_to(key::LEAVES, from);
        let start = self
            .view
            .last(&start, &at_from)?
            .map_or(start, |(key, _)| key);
        let (_, end) = key::table(key::LEAVES);
        let mut found: Vec<(LeafIndex, LeafBytes)> = Vec::new();
        let mut at = start;
        while found.len() < max {
            let page = self.view.scan(&at, &end, 16)?;
            let Some((last, _)) = page.last() else { break };
            at = key::next(last);
            for (key, value) in &page {
                let first = key::tail(key).ok_or(StoreError::Corrupt("a key of a run"))?;
                let leaves = (first..).map(LeafIndex).zip(run::read_leaves(value)?);
                for (index, leaf) in leaves.skip_while(|(index, _)| *index < from) {
                    let expected = from.0.saturating_add(found.len() as u64);
                    if index.0 != expected {
                        return Err(StoreError::Corrupt("sequenced leaves are not contiguous"));
                    }
                    if found.len() < max {
                        found.push((index, *leaf));
                    }
                    if found.len() >= max {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(found)
    }

    fn tree(&self) -> Result<TreeState, StoreError> {
        self.live()?;
        let value = self
            .view
            .get(key::TREE)?
            .ok_or(StoreError::Corrupt("there is no tree"))?;
        read_tree(&value)
    }

    fn integrated(
        &self,
        from: TreeState,
        to: TreeState,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.committer
            .submit(Grows::No, move |stage| integrate(stage, from, to))
    }

    fn next_index(&self) -> LeafIndex {
        LeafIndex(self.view.shared.next_index())
    }

    fn last_commit(&self) -> Millis {
        Millis(self.view.shared.last_commit())
    }

    fn now(&self) -> Millis {
        self.clock.now().max(self.last_commit())
    }

    async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        let found = self.sweeper.find(&self.view, self.now(), max)?;
        if found.is_empty() {
            return Ok(0);
        }
        self.committer
            .submit(Grows::No, move |stage| found.remove(stage))
            .await
    }
}

/// Moves the integrated state and drops the leaves below it.
fn integrate(stage: &mut Stage<'_>, from: TreeState, to: TreeState) -> Result<(), StoreError> {
    let value = stage
        .get(key::TREE)?
        .ok_or(StoreError::Corrupt("there is no tree"))?;
    let now = read_tree(&value)?;
    if now == to {
        return Ok(());
    }
    if now != from || to.size < from.size || (to.size == from.size && to.root != from.root) {
        return Err(StoreError::Fenced);
    }
    // Only what was durable before this batch can have been put in tiles.
    if to.size > stage.base() {
        return Err(StoreError::Malformed("these leaves are not sequenced yet"));
    }
    let (start, end) = (key::table(key::LEAVES).0, key::run(key::LEAVES, to.size));
    for key in stage.held_keys(&start, &end, usize::MAX)? {
        let Some(value) = stage.get(&key)? else {
            continue;
        };
        let first = key::tail(&key).ok_or(StoreError::Corrupt("a key of a run"))?;
        let leaves = run::read_leaves(&value)?;
        let dropped = usize::try_from(to.size.saturating_sub(first)).unwrap_or(usize::MAX);
        if let Some(rest @ [_, ..]) = leaves.get(dropped..) {
            stage.put(key::run(key::LEAVES, to.size), run::leaf_run(rest.iter()))?;
        }
        stage.delete(key);
    }
    stage.put(key::TREE.to_vec(), tree_value(to))
}
