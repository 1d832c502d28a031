//! The loop that asks the witnesses: what they last saw before anything is signed, then for a
//! cosignature of the newest checkpoint, one checkpoint at a time.
//!
//! Owns: who is asked when, and that nobody waits for it but the first signature. Must not know: the
//! form of question and answer.

use super::evidence::Alarm;
use super::keeper::Keeper;
use super::round::Round;
use super::shared::{Answer, Shared, blocking};
use super::standing::Standings;
use super::{Witness, Witnessing, backoff, with_address};
use crate::AuditError;
use crate::error::Verdict;
use crate::lag::Marks;
use crate::log::Log;
use crate::worker::Worker;
use rand_core::Rng;
use seinhuis_merkle::Policy;
use seinhuis_store::Store;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// The least time between the beginnings of two rounds. A witness syncs its disk for each, and what
/// is published within it is cosigned with what comes after.
const GAP: Duration = Duration::from_millis(500);
/// How often it is told that too few witnesses answer.
const TELL: Duration = Duration::from_secs(60);

/// Asks the witnesses of a log. There is one for each [`crate::Publisher`] of a log with a policy;
/// with a quorum nothing is signed unless it runs.
pub struct Gatherer<S, R> {
    shared: Arc<Shared<S>>,
    policy: Arc<Policy>,
    witnesses: Vec<Witness>,
    standings: Standings,
    keeper: Arc<Mutex<Keeper>>,
    evidence: PathBuf,
    marks: Marks,
    rng: R,
}

impl<S, R> std::fmt::Debug for Gatherer<S, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gatherer")
            .field("witnesses", &self.witnesses)
            .finish_non_exhaustive()
    }
}

/// What the loop is woken by.
enum Event {
    Answered {
        place: usize,
        size: u64,
        at: u64,
        answer: Result<Answer, AuditError>,
    },
    /// A witness was left alone long enough.
    Rested(usize),
    /// The next round may begin, or a note that was not kept may be tried again.
    Due,
}

impl<S: Store, R: Rng + Send + 'static> Gatherer<S, R> {
    pub(crate) fn new(
        log: Arc<Log<S>>,
        worker: Arc<Mutex<Worker>>,
        policy: Arc<Policy>,
        witnessing: Witnessing,
        rng: R,
    ) -> Result<Self, AuditError> {
        let seam = {
            let worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
            worker.folder.seam()
        };
        let keeper = Keeper::open(log.root(), seam, log.kept)?;
        let witnesses = with_address(&policy);
        Ok(Self {
            standings: Standings::new(&witnesses, witnessing.counted),
            shared: Arc::new(Shared {
                log,
                worker,
                transport: witnessing.transport,
            }),
            policy,
            witnesses,
            keeper: Arc::new(Mutex::new(keeper)),
            evidence: witnessing.evidence,
            marks: Marks::default(),
            rng,
        })
    }

    /// Asks every witness once what it last saw. When a quorum answered and none saw what is not
    /// here, signing may begin; that is told by `true`. Takes a few seconds at most.
    ///
    /// # Errors
    /// [`AuditError::SetBack`], [`AuditError::OtherHistory`]: nothing is signed any more, and the
    /// process must end.
    pub async fn look(&mut self) -> Result<bool, AuditError> {
        if !self.policy.has_quorum() {
            return Ok(true);
        }
        let mut asks = JoinSet::new();
        for (place, witness) in self.witnesses.iter().cloned().enumerate() {
            let shared = Arc::clone(&self.shared);
            asks.spawn(async move { (place, shared.look(&witness).await) });
        }
        let mut answered = BTreeSet::new();
        while let Some(asked) = asks.join_next().await {
            let (place, answer) = asked.map_err(|_| AuditError::Panicked)?;
            match answer {
                Ok(Answer::Seen(size)) => {
                    self.standings.reached(place, size);
                    answered.insert(place);
                }
                Ok(Answer::Alarm(alarm)) => return Err(self.stop(&alarm)),
                Ok(Answer::Trouble(trouble)) => {
                    self.standings.failed(place, &trouble);
                }
                Ok(Answer::Cosigned(_) | Answer::Ahead) => {}
                Err(error) => {
                    self.standings.unable(place, &error);
                }
            }
        }
        let names: BTreeSet<&str> = answered
            .iter()
            .filter_map(|place| self.witnesses.get(*place))
            .map(|witness| witness.name.as_str())
            .collect();
        let enough = self.policy.met(&names);
        if enough {
            tracing::info!(
                answered = names.len(),
                "the witnesses saw nothing that is not here"
            );
            self.shared.log.gate.open();
            self.shared.log.wake();
        }
        Ok(enough)
    }

    /// Asks until `shutdown` resolves.
    ///
    /// # Errors
    /// As [`Gatherer::look`]; and after [`AuditError::Unknown`] or [`AuditError::Panicked`] the
    /// process must end (exit 74) so that start-up reconciles.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) -> Result<(), AuditError> {
        let mut shutdown = pin!(shutdown);
        tokio::select! {
            biased;
            () = &mut shutdown => Ok(()),
            ended = self.work() => ended,
        }
    }

    async fn work(&mut self) -> Result<(), AuditError> {
        let mut tries = 0;
        let mut silent = TELL;
        while self.policy.has_quorum() && !self.shared.log.gate.is_open() {
            if self.look().await? {
                break;
            }
            if silent >= TELL {
                silent = Duration::ZERO;
                tracing::warn!(
                    "too few witnesses answer what they last saw of this log, so nothing is signed; acts \
                     are refused 60 seconds after the oldest entry that waits"
                );
            }
            tries = u32::min(tries + 1, 5);
            let wait = backoff::wait(tries, &mut self.rng);
            tokio::time::sleep(wait).await;
            silent += wait;
        }
        self.gather().await
    }

    /// Gathers cosignatures; ends only with an error.
    async fn gather(&mut self) -> Result<(), AuditError> {
        self.standings.begin_anew();
        let mut news = self.shared.log.status.subscribe();
        let mut tasks = JoinSet::new();
        let mut round: Option<Round> = None;
        let mut paused = false;
        loop {
            let newest = news.borrow_and_update().newest.clone();
            if let Some(newest) = newest {
                let size = newest.checkpoint.size().get();
                self.marks
                    .note(size.saturating_add(1), self.shared.log.store.now());
                let over = match &round {
                    None => true,
                    Some(round) => round.size() < size && (round.kept || round.asked == 0),
                };
                if over && !paused {
                    round = Some(Round::new(newest));
                    paused = true;
                    tasks.spawn(after(GAP, Event::Due));
                }
            }
            if let Some(round) = &mut round {
                self.ask(round, &mut tasks);
            }
            let event = tokio::select! {
                changed = news.changed() => {
                    // The log outlives its gatherer, which holds it.
                    changed.map_err(|_| AuditError::Panicked)?;
                    continue;
                }
                Some(event) = tasks.join_next() => event.map_err(|_| AuditError::Panicked)?,
            };
            match event {
                Event::Rested(place) => self.standings.free(place),
                Event::Due => paused = false,
                Event::Answered {
                    place,
                    size,
                    at,
                    answer,
                } => {
                    self.standings.reached(place, at);
                    let mut own = round.as_mut().filter(|round| round.size() == size);
                    if let Some(round) = &mut own {
                        round.asked = round.asked.saturating_sub(1);
                    }
                    if let Some(wait) = self.take(place, answer, own)? {
                        tasks.spawn(after(wait, Event::Rested(place)));
                    }
                }
            }
            if let Some(round) = &mut round
                && !self.keep(round).await?
                && !paused
            {
                paused = true;
                tasks.spawn(after(GAP, Event::Due));
            }
        }
    }

    /// Asks those who are free and have not cosigned this round's checkpoint.
    fn ask(&mut self, round: &mut Round, tasks: &mut JoinSet<Event>) {
        for (place, witness) in self.witnesses.iter().enumerate() {
            if !round.wants(place) {
                continue;
            }
            let Some(mut at) = self.standings.take(place) else {
                continue;
            };
            round.asked = round.asked.saturating_add(1);
            let (shared, witness) = (Arc::clone(&self.shared), witness.clone());
            let signed = Arc::clone(&round.signed);
            tasks.spawn(async move {
                let answer = shared.cosign(&witness, &signed, &mut at).await;
                let size = signed.checkpoint.size().get();
                Event::Answered {
                    place,
                    size,
                    at,
                    answer,
                }
            });
        }
    }

    /// Takes an answer in; how long the witness is to be left alone, if it is.
    fn take(
        &mut self,
        place: usize,
        answer: Result<Answer, AuditError>,
        round: Option<&mut Round>,
    ) -> Result<Option<Duration>, AuditError> {
        let failures = match answer {
            Ok(Answer::Alarm(alarm)) => return Err(self.stop(&alarm)),
            Ok(Answer::Trouble(trouble)) => self.standings.failed(place, &trouble),
            Err(error) => self.standings.unable(place, &error),
            Ok(Answer::Cosigned(line)) => {
                self.standings.count("cosigned");
                self.standings.well(place);
                if let Some(round) = round {
                    round.take(place, line);
                }
                return Ok(None);
            }
            Ok(Answer::Ahead | Answer::Seen(_)) => {
                self.standings.well(place);
                if let Some(round) = round {
                    round.pass(place);
                }
                return Ok(None);
            }
        };
        Ok(Some(backoff::wait(failures, &mut self.rng)))
    }

    /// Keeps and shows what is witnessed now; false if it could not be kept and is to be tried again.
    async fn keep(&mut self, round: &mut Round) -> Result<bool, AuditError> {
        let Some(signed) = round.fresh(&self.witnesses, &self.policy)? else {
            return Ok(true);
        };
        let (keeper, kept) = (Arc::clone(&self.keeper), signed.clone());
        let done = blocking(move || {
            let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
            keeper.keep(&kept)
        });
        if let Err(error) = done.await {
            if error.verdict() == Verdict::Again {
                tracing::warn!(%error, "what is witnessed is not kept, and tried again");
                return Ok(false);
            }
            return Err(error);
        }
        round.keep();
        let size = signed.checkpoint.size().get();
        self.shared
            .log
            .show_witnessed(signed, self.marks.since(size.saturating_add(1)));
        tracing::debug!(size, "witnessed");
        Ok(true)
    }

    /// Ends signing for good.
    fn stop(&self, alarm: &Alarm) -> AuditError {
        self.shared.log.gate.shut();
        self.standings.count("alarm");
        let error = alarm.raise(&self.evidence);
        tracing::error!(%error, "nothing is signed any more");
        self.shared.log.stop(&error);
        error
    }
}

async fn after(wait: Duration, event: Event) -> Event {
    tokio::time::sleep(wait).await;
    event
}
