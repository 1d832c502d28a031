//! A store that loses an entry: nothing is signed over the gap.

use super::*;
use seinhuis_store::{Committed, EmbeddedSnapshot, StoreError, TreeState};
use seinhuis_types::LeafIndex;

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
