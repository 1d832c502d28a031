//! The one thread that writes: takes what is waiting, makes one batch, syncs once, answers all.
//! Owns the queue and the order of durable steps. Must not know: what a change means.
//!
//! While a batch is being synced the next one gathers by itself, so the more is asked at once, the
//! more is made durable by each sync.

use crate::StoreError;
use crate::engine::{Engine, EngineError};
use crate::stage::{Stage, Tops};
use crate::view::Shared;
use crate::watch::{Watch, Writes};
use seinhuis_types::{Clock, Millis};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tracing::trace_span;

#[cfg(any(test, feature = "stepped"))]
mod steps;
#[cfg(any(test, feature = "stepped"))]
pub use steps::Steps;

/// Steps that can be timed (`seinhuis-telemetry`).
const STAGE: &str = "seinhuis::stage";

/// Bounds of the committer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Changes that may wait; one more is [`StoreError::Busy`].
    pub queue: usize,
    /// Changes in one batch.
    pub batch: usize,
    /// About how many bytes in one batch.
    pub batch_bytes: usize,
    /// The longest that writing and syncing one batch may take. After that its outcome is not known.
    pub write: Duration,
}

impl Default for Limits {
    /// 4,096 waiting; 256 changes or 2 MiB in one batch; 20 seconds for one.
    fn default() -> Self {
        Self {
            queue: 4_096,
            batch: 256,
            batch_bytes: 2 * 1024 * 1024,
            write: Duration::from_secs(20),
        }
    }
}

/// Called once when a write or sync had an unknown outcome, or did not end. The text
/// names the step and the engine's error. It comes from a thread of the store. The binary ends the process (exit 74); start-up then
/// reconciles. It must not drop the store it belongs to.
pub type Fatal = Box<dyn FnOnce(&str) + Send>;

/// Whether an operation makes the data grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grows {
    /// It does, so it is refused when the reserve is reached.
    Yes,
    /// It makes room, so it may use the reserve.
    No,
}

/// An operation that waits for its batch.
trait Job: Send {
    fn grows(&self) -> Grows;
    fn refuse(&mut self, error: StoreError);
    /// Stages it, once; whether it succeeded.
    fn stage(&mut self, stage: &mut Stage<'_>) -> bool;
    /// The batch is durable, or `error` holds for all of it.
    fn settle(self: Box<Self>, batch: Result<(), StoreError>);
}

struct Ticket<T, F> {
    grows: Grows,
    work: Option<F>,
    result: Result<T, StoreError>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Ticket<T, F>
where
    T: Send,
    F: FnOnce(&mut Stage<'_>) -> Result<T, StoreError> + Send,
{
    fn grows(&self) -> Grows {
        self.grows
    }
    fn refuse(&mut self, error: StoreError) {
        self.result = Err(error);
    }
    fn stage(&mut self, stage: &mut Stage<'_>) -> bool {
        if let Some(work) = self.work.take() {
            self.result = work(stage);
        }
        self.result.is_ok()
    }
    fn settle(self: Box<Self>, batch: Result<(), StoreError>) {
        let Self { result, answer, .. } = *self;
        // Whoever asked may have stopped waiting; the change stands all the same.
        drop(answer.send(batch.and(result)));
    }
}

/// A handle on the committer's thread; dropping it writes what waits and ends the thread.
pub(crate) struct Committer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    writes: Arc<Writes>,
    _watch: Option<Watch>,
}

/// What is told once, by whoever is first to know.
#[derive(Clone)]
struct Teller(Arc<Mutex<Option<Fatal>>>);

impl Teller {
    fn tell(&self, why: &str) {
        let fatal = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(fatal) = fatal {
            fatal(why);
        }
    }
}

impl std::fmt::Debug for Committer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Committer")
    }
}

impl Committer {
    pub(crate) fn start(
        engine: Arc<dyn Engine>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        limits: Limits,
        fatal: Fatal,
    ) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(limits.queue);
        let teller = Teller(Arc::new(Mutex::new(Some(fatal))));
        let writer = Writer::new(engine, Arc::clone(&shared), clock, limits);
        let writes = Arc::clone(&writer.writes);
        let watch = {
            let (shared, teller) = (Arc::clone(&shared), teller.clone());
            Watch::start(Arc::clone(&writes), limits.write, move || {
                shared.stop();
                teller.tell("a write or sync did not end");
            })
        };
        let thread = std::thread::Builder::new()
            .name("store-committer".into())
            .spawn(move || writer.run(&jobs, &teller))
            .map_err(|_| StoreError::Unavailable)?;
        Ok(Self {
            writes,
            _watch: Some(watch.map_err(|_| StoreError::Unavailable)?),
            queue: Some(queue),
            thread: Some(thread),
            shared,
        })
    }

    /// A queue without a thread: what waits in it is written when [`Steps`] are taken.
    #[cfg(any(test, feature = "stepped"))]
    pub(crate) fn stepped(
        engine: Arc<dyn Engine>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> (Self, Steps) {
        let (queue, jobs) = sync_channel(limits.queue);
        let writer = Writer::new(engine, Arc::clone(&shared), clock, limits);
        let committer = Self {
            writes: Arc::clone(&writer.writes),
            _watch: None,
            queue: Some(queue),
            thread: None,
            shared,
        };
        (committer, Steps { writer, jobs })
    }

    /// Queues `work`; resolves when the batch it was staged in is durable.
    pub(crate) fn submit<T, F>(
        &self,
        grows: Grows,
        work: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Stage<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let result = Err(StoreError::Unavailable);
        let ticket = Box::new(Ticket {
            grows,
            work: Some(work),
            result,
            answer,
        });
        let queued = match &self.queue {
            Some(queue) if !self.shared.stopped() => {
                queue.try_send(ticket).map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Busy,
                    TrySendError::Disconnected(_) => StoreError::Unavailable,
                })
            }
            _ => Err(StoreError::Unavailable),
        };
        async move {
            queued?;
            // The sender is dropped without an answer only when the thread died.
            answered.await.unwrap_or(Err(StoreError::Unavailable))
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && !self.writes.stuck()
        {
            // The thread catches its own panics.
            drop(thread.join());
        }
    }
}

struct Writer {
    engine: Arc<dyn Engine>,
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    tops: Tops,
    writes: Arc<Writes>,
}

/// A step after which it is not known what is on disk.
struct Unknown {
    step: &'static str,
    error: EngineError,
}

impl Writer {
    fn new(
        engine: Arc<dyn Engine>,
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        Self {
            engine,
            shared,
            clock,
            limits,
            tops: Tops::new(),
            writes: Arc::new(Writes::default()),
        }
    }

    fn run(mut self, jobs: &Receiver<Box<dyn Job>>, teller: &Teller) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.serve(jobs)));
        let why = match ended {
            Ok(Ok(())) => return,
            Ok(Err(Unknown { step, error })) => format!("{step}: {error}"),
            Err(_) => "the committer panicked".to_owned(),
        };
        self.shared.stop();
        teller.tell(&why);
        // Whatever still waits was not written.
        while let Ok(job) = jobs.try_recv() {
            job.settle(Err(StoreError::Unavailable));
        }
    }

    fn serve(&mut self, jobs: &Receiver<Box<dyn Job>>) -> Result<(), Unknown> {
        while let Ok(first) = jobs.recv() {
            self.turn(first, jobs)?;
        }
        Ok(())
    }

    /// One batch, and its answers; how many changes were in it.
    fn turn(
        &mut self,
        first: Box<dyn Job>,
        jobs: &Receiver<Box<dyn Job>>,
    ) -> Result<usize, Unknown> {
        let (batch, outcome) = self.batch(first, jobs);
        let (answer, unknown) = match outcome {
            Ok(answer) => (answer, None),
            Err(unknown) => {
                self.shared.stop();
                (Err(StoreError::Unavailable), Some(unknown))
            }
        };
        let count = batch.len();
        for job in batch {
            job.settle(answer.clone());
        }
        match unknown {
            Some(unknown) => Err(unknown),
            None => Ok(count),
        }
    }

    /// Makes one batch durable. The inner error means that nothing of it was written.
    #[expect(clippy::type_complexity, reason = "the jobs and what to tell them")]
    fn batch(
        &mut self,
        first: Box<dyn Job>,
        jobs: &Receiver<Box<dyn Job>>,
    ) -> (Vec<Box<dyn Job>>, Result<Result<(), StoreError>, Unknown>) {
        let at = Millis(self.clock.now().0.max(self.shared.last_commit()));
        let engine = Arc::clone(&self.engine);
        let mut stage = Stage::new(&*engine, &self.tops, at, self.shared.next_index());
        let full = match engine.has_room() {
            Ok(true) => None,
            Ok(false) => Some(StoreError::Full),
            Err(error) => Some(error.into()),
        };
        let mut batch = Vec::new();
        let mut next = Some(first);
        let staging = trace_span!(target: STAGE, "batch stage").entered();
        while let Some(mut job) = next.take() {
            match &full {
                Some(why) if job.grows() == Grows::Yes => job.refuse(why.clone()),
                _ if job.stage(&mut stage) => stage.join(),
                _ => stage.drop_change(),
            }
            batch.push(job);
            if batch.len() < self.limits.batch && stage.bytes() < self.limits.batch_bytes {
                next = jobs.try_recv().ok();
            }
        }
        let sealed = match stage.seal() {
            Ok(Some(sealed)) => sealed,
            Ok(None) => return (batch, Ok(Ok(()))),
            Err(error) => return (batch, Ok(Err(error))),
        };
        drop(staging);
        self.shared.hide(sealed.before);
        self.writes.begin();
        let applying = trace_span!(target: STAGE, "batch apply");
        let written = applying
            .in_scope(|| engine.apply(&sealed.rows))
            .map_err(|error| Unknown {
                step: "apply",
                error,
            })
            .and_then(|()| {
                engine.sync().map_err(|error| Unknown {
                    step: "sync",
                    error,
                })
            });
        self.writes.end();
        // It was told that this did not end; now nobody may be told that it did.
        let written = written.and_then(|()| {
            if self.writes.stuck() {
                let error = EngineError::Io("it did not end in time".into());
                return Err(Unknown {
                    step: "sync",
                    error,
                });
            }
            Ok(())
        });
        if let Err(unknown) = written {
            // What was applied stays hidden: nobody may act on what may be lost.
            return (batch, Err(unknown));
        }
        self.shared.show();
        self.shared.set_tip(sealed.next_index, at.0);
        self.tops.extend(sealed.tops);
        (batch, Ok(Ok(())))
    }
}
