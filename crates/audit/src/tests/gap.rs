//! A store that loses an entry: nothing is signed over the gap. And one that let go of an entry while it was
//! looked for: it is found where it went.

use super::*;
use seinhuis_store::{Committed, EmbeddedSnapshot, StoreError, TreeState};
use seinhuis_types::LeafIndex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The embedded store, but for the entry at index 6.
struct Gappy(Arc<Embedded>);

impl Store for Gappy {
    type Snapshot = EmbeddedSnapshot;

    fn snapshot(&self) -> Result<EmbeddedSnapshot, StoreError> {
        self.0.snapshot()
    }
    fn commit(
        &self,
        change: ChangeSet,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send {
        self.0.commit(change)
    }
    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError> {
        let mut leaves = self.0.sequenced(from, max)?;
        leaves.retain(|(index, _)| index.0 != 6);
        Ok(leaves)
    }
    fn tree(&self) -> Result<TreeState, StoreError> {
        self.0.tree()
    }
    fn integrated(
        &self,
        from: TreeState,
        to: TreeState,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.0.integrated(from, to)
    }
    fn next_index(&self) -> LeafIndex {
        self.0.next_index()
    }
    fn last_commit(&self) -> Millis {
        self.0.last_commit()
    }
    fn now(&self) -> Millis {
        self.0.now()
    }
    fn sweep(&self, max: usize) -> impl Future<Output = Result<usize, StoreError>> + Send {
        self.0.sweep(max)
    }
}

#[tokio::test]
async fn nothing_is_signed_over_a_gap() {
    let site = Site::new();
    let store = site.store();
    let gappy = Arc::new(Gappy(Arc::clone(&store)));
    let (_, mut publisher) = Log::open(site.config(), gappy).unwrap();
    commit(&store, 5).await;
    publisher.publish().await.unwrap();
    commit(&store, 9).await;
    let error = publisher.publish().await.unwrap_err();
    assert!(matches!(error, AuditError::Store(StoreError::Corrupt(_))));
    assert_eq!(error.verdict(), crate::error::Verdict::Stop);
    site.check(5);
}

/// The embedded store as it is seen by who looked at the tree before a publication and at the entries after it,
/// which were let go of in between.
struct Between {
    store: Arc<Embedded>,
    before: AtomicBool,
}

impl Store for Between {
    type Snapshot = EmbeddedSnapshot;

    fn snapshot(&self) -> Result<EmbeddedSnapshot, StoreError> {
        self.store.snapshot()
    }
    fn commit(
        &self,
        change: ChangeSet,
    ) -> impl Future<Output = Result<Committed, StoreError>> + Send {
        self.store.commit(change)
    }
    fn sequenced(
        &self,
        from: LeafIndex,
        max: usize,
    ) -> Result<Vec<(LeafIndex, LeafBytes)>, StoreError> {
        match from.0 < self.store.tree()?.size {
            true => Ok(Vec::new()),
            false => self.store.sequenced(from, max),
        }
    }
    fn tree(&self) -> Result<TreeState, StoreError> {
        let now = self.store.tree()?;
        Ok(TreeState {
            size: match self.before.swap(false, Ordering::SeqCst) {
                true => 0,
                false => now.size,
            },
            ..now
        })
    }
    fn integrated(
        &self,
        from: TreeState,
        to: TreeState,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        self.store.integrated(from, to)
    }
    fn next_index(&self) -> LeafIndex {
        self.store.next_index()
    }
    fn last_commit(&self) -> Millis {
        self.store.last_commit()
    }
    fn now(&self) -> Millis {
        self.store.now()
    }
    fn sweep(&self, max: usize) -> impl Future<Output = Result<usize, StoreError>> + Send {
        self.store.sweep(max)
    }
}

#[tokio::test]
async fn an_entry_that_is_published_while_it_is_looked_for_is_found() {
    let site = Site::new();
    let store = site.store();
    let between = Arc::new(Between {
        store: Arc::clone(&store),
        before: AtomicBool::new(false),
    });
    let (log, mut publisher) = Log::open(site.config(), Arc::clone(&between)).unwrap();
    commit(&store, 5).await;
    publisher.publish().await.unwrap();
    assert_eq!(store.tree().unwrap().size, 5);
    between.before.store(true, Ordering::SeqCst);
    assert_eq!(log.leaf(LeafIndex(3)).unwrap(), leaf(3));
    assert!(
        !between.before.load(Ordering::SeqCst),
        "it was looked at before"
    );
    // What nobody committed is not there, whenever one looks.
    between.before.store(true, Ordering::SeqCst);
    let missing = log.leaf(LeafIndex(5)).unwrap_err();
    assert!(matches!(missing, AuditError::NotFound(_)), "{missing}");
}
