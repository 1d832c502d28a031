//! The published log as the rest of the hub reads it. Must not know how it is written.

use crate::disk::Disk;
use crate::folder::Lock;
use crate::gate::Gate;
use crate::journal::Signed;
use crate::lag::Lag;
use crate::reconcile::reconcile;
use crate::seam::{Seam, Seamless};
use crate::{AuditError, Config, Publisher};
use seinhuis_merkle::{
    AuthenticatedTiles, FetchError, MerkleError, NoteVerifier, Policy, TilePath, TileReader,
    TlogProof, TreeSize,
};
use seinhuis_store::Store;
use seinhuis_types::{Digest, LeafIndex, Millis};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How long [`Log::wait_published`] waits. Publication takes milliseconds, and after five seconds
/// behind there is an alarm; a caller that got no proof by then asks again.
const WAIT: Duration = Duration::from_secs(10);

/// What the publisher tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Status {
    pub(crate) newest: Option<Arc<Signed>>,
    /// The newest that the quorum cosigned.
    pub(crate) witnessed: Option<Arc<Signed>>,
    /// Why nothing is signed any more.
    pub(crate) stopped: Option<Arc<str>>,
}

/// The published log. Reads tiles from the folder and believes none of them before it is proven
/// against the newest checkpoint, except in [`Log::tile`], whose callers prove for themselves.
#[derive(Debug)]
pub struct Log<S> {
    pub(crate) store: Arc<S>,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) wake: Notify,
    pub(crate) lag: Lag,
    /// How far the witnesses are behind.
    witness_lag: Lag,
    pub(crate) gate: Gate,
    pub(crate) policy: Option<Arc<Policy>>,
    /// The size of the witnessed checkpoint that was there at start-up, also if the policy has
    /// changed since.
    pub(crate) kept: TreeSize,
    root: Arc<Path>,
    verifier: NoteVerifier,
}

impl<S: Store> Log<S> {
    /// Opens the log of `store` in its folder, and gives the one [`Publisher`] that must then run.
    /// Blocking: it reads the right edge of the tree, however large the log is.
    ///
    /// # Errors
    /// Refuses whatever a crash does not explain: [`AuditError::StoreBehind`],
    /// [`AuditError::FolderBehind`], [`AuditError::Forked`], [`AuditError::ForeignCheckpoint`],
    /// [`AuditError::Journal`], [`AuditError::Damaged`]; each says what to do. A folder in use is
    /// [`AuditError::InUse`].
    pub fn open(config: Config, store: Arc<S>) -> Result<(Arc<Self>, Publisher<S>), AuditError> {
        let lock = Lock::take(&config.folder)?;
        Self::open_with(config, store, Arc::new(Seamless), Some(lock))
    }

    pub(crate) fn open_with(
        config: Config,
        store: Arc<S>,
        seam: Arc<dyn Seam>,
        lock: Option<Lock>,
    ) -> Result<(Arc<Self>, Publisher<S>), AuditError> {
        let interval = Duration::from_millis(config.publish_interval_ms);
        let policy = config.policy.clone();
        let found = reconcile(config, &*store, seam, lock)?;
        let size = found.worker.state().size;
        let newest = found.newest.map(Arc::new);
        let kept = found.witnessed.as_ref();
        let kept = kept.map_or(TreeSize::EMPTY, |signed| signed.checkpoint.size());
        let holds = |signed: &Signed| {
            let policy = policy.as_ref();
            policy.is_some_and(|policy| policy.check(&signed.note).is_ok())
        };
        let witnessed = found.witnessed.filter(holds).map(Arc::new);
        let log = Arc::new(Self {
            witness_lag: Lag::new(after(witnessed.as_ref())),
            gate: Gate::new(policy.as_ref().is_some_and(|policy| policy.has_quorum())),
            policy,
            kept,
            status: watch::Sender::new(Status {
                newest,
                witnessed,
                stopped: None,
            }),
            wake: Notify::new(),
            lag: Lag::new(size),
            root: Arc::clone(found.worker.folder.root()),
            verifier: found.worker.signer.verifier().clone(),
            store,
        });
        log.note();
        tracing::info!(size, "the log is open");
        let publisher = Publisher::new(Arc::clone(&log), found.worker, found.pending, interval);
        Ok((log, publisher))
    }

    /// The public half of the log's key, whose name is the origin.
    pub fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// The entry at `index`: from the store while it is there, else from its bundle, proven.
    ///
    /// # Errors
    /// [`AuditError::NotFound`] if there is no such entry.
    pub fn leaf(&self, index: LeafIndex) -> Result<Vec<u8>, AuditError> {
        let held = self.store.tree()?;
        if index.0 < held.size {
            return self.published_leaf(index, held.size, &held.root);
        }
        let error = match self.store.sequenced(index, 1) {
            Ok(leaves) => match leaves.first().filter(|(found, _)| *found == index) {
                Some((_, leaf)) => return Ok(leaf.to_vec()),
                None => AuditError::NotFound("such entry"),
            },
            Err(error) => error.into(),
        };
        // It may have been published while it was looked for: then the store has let go of it, before this
        // looked or between two of its reads.
        let held = self.store.tree()?;
        if index.0 < held.size {
            return self.published_leaf(index, held.size, &held.root);
        }
        Err(error)
    }

    /// How long the oldest entry has been committed that is not under a checkpoint yet, in
    /// milliseconds at hub time `now`; 0 if there is none. Three atomic reads. Right to within a
    /// round of publishing. Entries found at start-up count from the last commit before it.
    pub fn lag_ms(&self, now: Millis) -> u64 {
        self.note().map_or(0, |since| now.0.saturating_sub(since.0))
    }

    /// Waits until the entry at `index` is under a checkpoint, at most ten seconds, and gives the
    /// proof as text (C2SP tlog-proof).
    ///
    /// # Errors
    /// [`AuditError::NotFound`] if there is no such entry, [`AuditError::NotPublished`] after ten
    /// seconds, [`AuditError::Stopped`] if nothing is signed any more.
    pub async fn wait_published(&self, index: LeafIndex) -> Result<String, AuditError> {
        if index >= self.store.next_index() {
            return Err(AuditError::NotFound("such entry"));
        }
        let mut watch = self.status.subscribe();
        let due = watch.wait_for(|status| status.size() > index.0 || status.stopped.is_some());
        let status = match tokio::time::timeout(WAIT, due).await {
            Ok(Ok(status)) => status.clone(),
            Ok(Err(_)) | Err(_) => return Err(AuditError::NotPublished(index)),
        };
        let newest = match (status.newest, status.stopped) {
            (Some(newest), _) if newest.checkpoint.size().get() > index.0 => newest,
            (_, Some(reason)) => return Err(AuditError::Stopped(reason)),
            _ => return Err(AuditError::NotPublished(index)),
        };
        let root = Arc::clone(&self.root);
        let proof = tokio::task::spawn_blocking(move || proof(&root, &newest, index)).await;
        proof
            .map_err(|_| AuditError::Panicked)?
            .map_err(AuditError::Merkle)
    }

    /// The newest checkpoint, as a signed note.
    ///
    /// # Errors
    /// [`AuditError::NoCheckpoint`] before the first.
    pub fn checkpoint(&self) -> Result<String, AuditError> {
        self.newest().map(|newest| newest.note.to_string())
    }

    /// The newest checkpoint that the quorum of the configured policy cosigned, with the
    /// cosignatures; `None` while there is none, or no policy.
    pub fn witnessed(&self) -> Option<String> {
        let status = self.status.borrow();
        status
            .witnessed
            .as_ref()
            .map(|signed| signed.note.to_string())
    }

    /// Waits until the newest checkpoint is witnessed. At once for a log that waits for no quorum, or
    /// signs nothing.
    pub async fn wait_witnessed(&self) {
        let waits = self
            .policy
            .as_ref()
            .is_some_and(|policy| policy.has_quorum());
        if !waits || !self.gate.is_open() {
            return;
        }
        let mut news = self.status.subscribe();
        let done = |status: &Status| {
            status.stopped.is_some()
                || after(status.witnessed.as_ref()) >= after(status.newest.as_ref())
        };
        // The sender is this log's own.
        let _ = news.wait_for(done).await;
    }

    /// The checkpoint for anyone: the newest witnessed one where there is a quorum to wait for, else
    /// the newest.
    ///
    /// # Errors
    /// [`AuditError::NoCheckpoint`] while there is none.
    pub fn public_checkpoint(&self) -> Result<String, AuditError> {
        match &self.policy {
            Some(policy) if policy.has_quorum() => self.witnessed().ok_or(AuditError::NoCheckpoint),
            _ => self.checkpoint(),
        }
    }

    /// How long the oldest checkpoint waits for its quorum, in milliseconds at hub time `now`; 0 if
    /// none does, or no policy is configured.
    pub fn witness_lag_ms(&self, now: Millis) -> u64 {
        if self.policy.is_none() {
            return 0;
        }
        let newest = after(self.status.borrow().newest.as_ref());
        let since = self.witness_lag.note(newest, now);
        since.map_or(0, |since| now.0.saturating_sub(since.0))
    }

    /// Shows what the quorum cosigned; the oldest checkpoint above it was signed at `since`.
    pub(crate) fn show_witnessed(&self, signed: Signed, since: Option<Millis>) {
        let witnessed = Some(Arc::new(signed));
        self.witness_lag.publish(after(witnessed.as_ref()), since);
        self.status
            .send_modify(|status| status.witnessed = witnessed);
    }

    /// The number of entries under the newest checkpoint that anybody can have seen.
    pub(crate) fn newest_size(&self) -> u64 {
        self.status.borrow().size()
    }

    /// The log's folder.
    pub(crate) fn root(&self) -> &Arc<Path> {
        &self.root
    }

    /// Tells why nothing is signed any more.
    pub(crate) fn stop(&self, error: &AuditError) {
        let reason: Arc<str> = error.to_string().into();
        self.status
            .send_modify(|status| status.stopped = Some(reason));
    }

    /// Whether checkpoints may be signed: always without witnesses, else once a quorum of them said what
    /// they saw last, and never again after an alarm. While they may not, no receipt should be given.
    pub fn may_sign(&self) -> bool {
        self.gate.is_open()
    }

    /// The number of entries under the newest checkpoint.
    pub fn published_size(&self) -> u64 {
        self.lag.published()
    }

    /// Why nothing is signed any more, if that is so. The newest checkpoint is then still served,
    /// and the lag grows.
    pub fn stopped(&self) -> Option<Arc<str>> {
        self.status.borrow().stopped.clone()
    }

    /// The bytes of a tile or bundle of the published tree, also as narrow as it was at an earlier
    /// size.
    ///
    /// # Errors
    /// [`AuditError::NotFound`] if the published tree does not reach that far.
    pub fn tile(&self, path: &TilePath) -> Result<Vec<u8>, AuditError> {
        let size = self.newest()?.checkpoint.size();
        let path = *path;
        if !path.is_within(size) {
            return Err(AuditError::NotFound("such tile"));
        }
        match Disk::new(&self.root, size).fetch(path) {
            Ok(bytes) => Ok(bytes),
            Err(FetchError::NotFound) => Err(MerkleError::Missing(path).into()),
            Err(FetchError::Failed(source)) => Err(MerkleError::Fetch { path, source }.into()),
        }
    }

    /// The inclusion proof (RFC 6962 §2.1.1) of the entry at `index` in the published tree of `size`
    /// entries, or in the newest one, with the size it is for.
    ///
    /// # Errors
    /// [`AuditError::NotFound`] for an entry or size that is not published.
    pub fn inclusion(
        &self,
        index: LeafIndex,
        size: Option<TreeSize>,
    ) -> Result<(TreeSize, Vec<Digest>), AuditError> {
        let mut tiles = self.tiles(size)?;
        if index.0 >= tiles.size().get() {
            return Err(AuditError::NotFound("such entry"));
        }
        Ok((tiles.size(), tiles.inclusion_proof(index)?))
    }

    /// The consistency proof (RFC 6962 §2.1.2) between the trees of `old` and of `new` entries, or
    /// the newest one, with the newer size.
    ///
    /// # Errors
    /// [`AuditError::NotFound`] for a size that is not published; `old` above `new` is a malformed
    /// question.
    pub fn consistency(
        &self,
        old: TreeSize,
        new: Option<TreeSize>,
    ) -> Result<(TreeSize, Vec<Digest>), AuditError> {
        let mut tiles = self.tiles(new)?;
        Ok((tiles.size(), tiles.consistency_proof(old)?))
    }

    /// Has the publisher begin now instead of at its next tick. Called after a commit.
    pub fn wake(&self) {
        self.note();
        self.wake.notify_one();
    }

    /// Since when the oldest unpublished entry waits.
    fn note(&self) -> Option<Millis> {
        self.lag
            .note(self.store.next_index().0, self.store.last_commit())
    }

    fn newest(&self) -> Result<Arc<Signed>, AuditError> {
        self.status
            .borrow()
            .newest
            .clone()
            .ok_or(AuditError::NoCheckpoint)
    }

    /// The proven tiles of the tree of `size` entries.
    fn tiles(&self, size: Option<TreeSize>) -> Result<AuthenticatedTiles<Disk>, AuditError> {
        let newest = self.newest()?;
        let (newest, root) = (newest.checkpoint.size(), *newest.checkpoint.root());
        let disk = Disk::new(&self.root, newest);
        let mut tiles = AuthenticatedTiles::open(disk.clone(), newest, &root)?;
        match size {
            Some(size) if size > newest => Err(AuditError::NotFound("such size")),
            Some(size) if size < newest => {
                let root = tiles.root_at(size)?;
                Ok(AuthenticatedTiles::open(disk, size, &root)?)
            }
            _ => Ok(tiles),
        }
    }

    fn published_leaf(
        &self,
        index: LeafIndex,
        size: u64,
        root: &Digest,
    ) -> Result<Vec<u8>, AuditError> {
        Ok(Disk::new(&self.root, TreeSize::new(size)?).entry(index, root)?)
    }
}

/// One more than the size of a checkpoint, 0 for none: so that one over no entries counts too.
fn after(signed: Option<&Arc<Signed>>) -> u64 {
    signed.map_or(0, |signed| signed.checkpoint.size().get().saturating_add(1))
}

impl Status {
    fn size(&self) -> u64 {
        self.newest
            .as_ref()
            .map_or(0, |newest| newest.checkpoint.size().get())
    }
}

fn proof(root: &Arc<Path>, newest: &Signed, index: LeafIndex) -> Result<String, MerkleError> {
    let (size, signed) = (newest.checkpoint.size(), newest.checkpoint.root());
    let mut tiles = AuthenticatedTiles::open(Disk::new(root, size), size, signed)?;
    let hashes = tiles.inclusion_proof(index)?;
    TlogProof::new(index, hashes, newest.note.clone()).map(|proof| proof.to_string())
}
