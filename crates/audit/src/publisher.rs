//! The loop that publishes: sequenced, published, integrated. Must not know what a round does to the
//! files.

use crate::AuditError;
use crate::error::Verdict;
use crate::journal::Signed;
use crate::lag::Marks;
use crate::log::Log;
use crate::seam::Step;
use crate::witness::{Gatherer, Witnessing};
use crate::worker::Worker;
use rand_core::Rng;
use seinhuis_store::{Store, StoreError, TreeState};
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tracing::trace_span;

/// Steps that can be timed (`seinhuis-telemetry`).
const STAGE: &str = "seinhuis::stage";

/// The least time between two rounds. Each round is several syncs, which hold up those of commits, and
/// a signature; under load more entries gather for each. A tenth of what a receipt promises, and all
/// that somebody waits longer for it.
const GAP: Duration = Duration::from_millis(100);
/// How long to let a full commit queue drain.
const BUSY: Duration = Duration::from_millis(10);

/// Publishes a log. There is one for each [`Log`]; nothing is published unless it runs.
pub struct Publisher<S> {
    log: Arc<Log<S>>,
    worker: Arc<Mutex<Worker>>,
    /// Signed and kept, but perhaps not yet dropped from the store: (from, to).
    pending: Option<(TreeState, TreeState)>,
    marks: Marks,
    interval: Duration,
}

impl<S> std::fmt::Debug for Publisher<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher")
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

impl<S: Store> Publisher<S> {
    pub(crate) fn new(
        log: Arc<Log<S>>,
        worker: Worker,
        pending: Option<(TreeState, TreeState)>,
        interval: Duration,
    ) -> Self {
        let worker = Arc::new(Mutex::new(worker));
        Self {
            log,
            worker,
            pending,
            marks: Marks::default(),
            interval,
        }
    }

    /// The gatherer for a log that has a policy; `None` for one without. With a quorum, what this
    /// publishes waits for it. `rng` spreads repeated questions in time.
    ///
    /// # Errors
    /// When the log's folder cannot be used.
    pub fn gatherer<R: Rng + Send + 'static>(
        &self,
        witnessing: Witnessing,
        rng: R,
    ) -> Result<Option<Gatherer<S, R>>, AuditError> {
        let Some(policy) = self.log.policy.clone() else {
            return Ok(None);
        };
        let (log, worker) = (Arc::clone(&self.log), Arc::clone(&self.worker));
        Gatherer::new(log, worker, policy, witnessing, rng).map(Some)
    }

    /// Publishes until `shutdown` resolves, then once more what is committed by then.
    ///
    /// When what was stored does not hold, it signs nothing any more: it says so in the log and in
    /// [`Log::stopped`], and only waits for `shutdown`. A full disk is tried again.
    ///
    /// # Errors
    /// After [`AuditError::Unknown`], [`AuditError::Panicked`], [`AuditError::Fenced`] or when the
    /// store has stopped, the process must end (exit 74) so that start-up reconciles.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), AuditError> {
        let mut shutdown = pin!(shutdown);
        let mut tick = tokio::time::interval(self.interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = false;
        loop {
            if !last {
                last = tokio::select! {
                    biased;
                    () = &mut shutdown => true,
                    () = self.log.wake.notified() => false,
                    _ = tick.tick() => false,
                };
            }
            if let Err(error) = self.publish().await {
                match error.verdict() {
                    Verdict::Again => tracing::warn!(%error, "not published, tried again"),
                    Verdict::Stop => {
                        self.stop(&error);
                        if !last {
                            shutdown.await;
                        }
                        return Ok(());
                    }
                    Verdict::End => {
                        tracing::error!(%error, "publishing ended");
                        return Err(error);
                    }
                }
            }
            if last {
                return Ok(());
            }
            last = tokio::select! {
                biased;
                () = &mut shutdown => true,
                () = tokio::time::sleep(GAP) => false,
            };
        }
    }

    /// Publishes all that is committed.
    pub(crate) async fn publish(&mut self) -> Result<(), AuditError> {
        while self.round().await? {}
        Ok(())
    }

    /// One round; whether there may be more to do at once.
    async fn round(&mut self) -> Result<bool, AuditError> {
        self.integrate().await?;
        self.mark();
        if !self.log.gate.is_open() {
            return Ok(false);
        }
        let log = Arc::clone(&self.log);
        let advance = move |worker: &mut Worker| {
            let _advancing = trace_span!(target: STAGE, "log advance").entered();
            worker.advance(&*log.store, &log.gate)
        };
        let Some(done) = self.blocking(advance).await? else {
            return Ok(false);
        };
        self.pending = Some((done.from, done.to));
        self.integrate().await?;
        self.show(done.signed);
        let (from, to) = (done.from.size, done.to.size);
        self.blocking(move |worker| {
            worker.folder.at(Step::Shown, Path::new("."))?;
            worker.prune(from, to)
        })
        .await?;
        Ok(done.more)
    }

    /// Has the store drop what is signed and kept. The swap fails if another process was first.
    async fn integrate(&mut self) -> Result<(), AuditError> {
        let Some((from, to)) = self.pending else {
            return Ok(());
        };
        loop {
            match self.log.store.integrated(from, to).await {
                Ok(()) => break,
                Err(StoreError::Busy) => tokio::time::sleep(BUSY).await,
                Err(StoreError::Fenced) => return Err(AuditError::Fenced),
                Err(error) => return Err(error.into()),
            }
        }
        self.pending = None;
        self.blocking(|worker| worker.folder.at(Step::Integrated, Path::new(".")))
            .await
    }

    /// Makes a checkpoint visible.
    fn show(&mut self, signed: Signed) {
        let size = signed.checkpoint.size().get();
        // The lag first: who waited for this checkpoint may act at once.
        self.mark();
        self.log.lag.publish(size, self.marks.since(size));
        self.log
            .status
            .send_modify(|status| status.newest = Some(Arc::new(signed)));
        tracing::debug!(size, "published");
    }

    fn mark(&mut self) {
        let store = &self.log.store;
        self.marks.note(store.next_index().0, store.last_commit());
    }

    fn stop(&self, error: &AuditError) {
        tracing::error!(%error, "nothing is signed any more");
        self.log.stop(error);
    }

    /// Does file work where it may block. It runs to its end even if nobody waits for it any more.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Worker) -> Result<T, AuditError> + Send + 'static,
    ) -> Result<T, AuditError> {
        let worker = Arc::clone(&self.worker);
        let done = tokio::task::spawn_blocking(move || {
            // After a panic inside nothing is done any more: the panic ends the publisher.
            work(&mut worker.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await.unwrap_or(Err(AuditError::Panicked))
    }
}
