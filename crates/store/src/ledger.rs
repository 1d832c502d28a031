//! What the pseudonymiser must remember: requests it has answered, and how much it converted.
//! Owns [`ConversionLedger`]. Must not know: agreements, pseudonyms, keys, the audit log.
//!
//! The pseudonymiser keeps no log, so its state has a type of its own; [`crate::Store`] stays
//! impossible to write without an entry.

use crate::committer::{Committer, Fatal, Grows, Limits};
use crate::engine::Engine;
use crate::open::{Kind, open};
use crate::stage::Stage;
use crate::view::{Shared, View};
use crate::{Row, StoreError, apply, key};
use seinhuis_types::{ClauseId, Clock, Coded, Digest, ErrorCode, Millis, Oin};
use std::sync::{Arc, Mutex, PoisonError};

/// How long an answered request is remembered, in milliseconds: 48 hours. A request's own hour may
/// lie 24 hours back and 1 ahead, so a forgotten one is refused for its hour.
pub const CONVERSION_TERM_MS: u64 = 48 * Millis::HOUR;

/// A request for conversion, as far as the ledger goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// The source partner, whose signature carries the request.
    pub source: Oin,
    /// The nonce of the route leaf.
    pub nonce: [u8; 16],
    /// SHA-256 of the request's bytes.
    pub request: Digest,
    /// The clause of the route leaf.
    pub clause: ClauseId,
    /// How many identifiers it converts.
    pub count: u64,
    /// The most identifiers of this source under this clause in one day (UTC).
    pub cap: u64,
}

/// A request that may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Seen for the first time: recorded, and counted against the budget.
    Fresh,
    /// The same bytes again: may be answered again, without budget.
    Repeated,
}

/// Why a request may not be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The nonce was used before for other bytes.
    #[error("the nonce was used before for another request")]
    Replayed,
    /// The source's budget under this clause is spent for today.
    #[error("the budget of this source and clause is spent for today")]
    OverBudget,
    /// The ledger could not tell; nothing was recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Coded for LedgerError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Replayed => ErrorCode::ConversionReplayed,
            Self::OverBudget => ErrorCode::OverBudget,
            Self::Store(error) => error.code(),
        }
    }
}

/// Durable memory of answered conversions, committed in groups as the store is.
pub struct ConversionLedger {
    committer: Committer,
    view: View,
    clock: Arc<dyn Clock>,
    at: Mutex<Option<Vec<u8>>>,
}

impl std::fmt::Debug for ConversionLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConversionLedger")
    }
}

impl ConversionLedger {
    /// Opens the ledger in `engine`, or founds it when it is empty. See [`crate::Embedded::open`].
    pub fn open(
        engine: impl Engine,
        clock: impl Clock,
        limits: Limits,
        fatal: Fatal,
    ) -> Result<Self, StoreError> {
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let tip = open(&*engine, Kind::Ledger)?;
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
            at: Mutex::default(),
        })
    }

    /// Records a request, durably, before it is answered. Of two with the same source and nonce at
    /// once, one is first.
    pub async fn check_and_record(&self, request: Conversion) -> Result<Recorded, LedgerError> {
        match self
            .committer
            .submit(Grows::Yes, move |stage| record(stage, &request))
            .await
        {
            Ok(verdict) => verdict,
            Err(StoreError::OverCap { .. }) => Err(LedgerError::OverBudget),
            Err(error) => Err(error.into()),
        }
    }

    /// How many identifiers were converted for a source under a clause on the day of hub time.
    pub fn spent(&self, source: Oin, clause: &ClauseId) -> Result<u64, StoreError> {
        let now = self.clock.now().0.max(self.view.shared.last_commit());
        let row = Row::Budget(source, clause.clone(), day(Millis(now))?);
        let key::Place::Key(key) = key::place(&row) else {
            return Ok(0);
        };
        self.view
            .get(&key)?
            .map_or(Ok(0), |value| apply::read_counter(&value).map(|(_, n)| n))
    }

    /// Forgets requests of more than 48 hours and budgets of past days; looks at about `max` rows
    /// of each. Gives how many it removed.
    pub async fn sweep(&self, max: usize) -> Result<usize, StoreError> {
        let now = Millis(self.clock.now().0.max(self.view.shared.last_commit()));
        let before = now.minus(CONVERSION_TERM_MS);
        let today = day(now)?.saturating_sub(1);
        let old = [&[key::BUDGET][..], &today.to_be_bytes()].concat();
        let mut gone: Vec<_> = self
            .view
            .scan(&[key::BUDGET], &old, max)?
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        gone.extend(self.lapsed(before, max)?);
        if gone.is_empty() {
            return Ok(0);
        }
        let removed = gone.len();
        let work = move |stage: &mut Stage<'_>| {
            gone.into_iter().for_each(|key| stage.delete(key));
            Ok(removed)
        };
        self.committer.submit(Grows::No, work).await
    }

    fn lapsed(&self, before: Millis, max: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let (from, to) = key::table(key::CONVERSION);
        let page = self.view.scan(&at.take().unwrap_or(from), &to, max)?;
        if page.len() >= max {
            *at = page.last().map(|(key, _)| key::next(key));
        }
        let old = |value: &[u8]| read(value).is_some_and(|(at, _)| at < before);
        Ok(page
            .into_iter()
            .filter(|(_, value)| old(value))
            .map(|(key, _)| key)
            .collect())
    }
}

fn day(at: Millis) -> Result<u32, StoreError> {
    u32::try_from(at.0 / Millis::DAY).map_err(|_| StoreError::Malformed("the day is past 2^32"))
}

/// Stages one request. The outer error undoes it; a replay is a finding, with nothing staged.
fn record(
    stage: &mut Stage<'_>,
    request: &Conversion,
) -> Result<Result<Recorded, LedgerError>, StoreError> {
    let key = key::conversion(request.source, &request.nonce);
    if let Some(value) = stage.get(&key)? {
        let (_, known) = read(&value).ok_or(StoreError::Corrupt("a recorded request"))?;
        return Ok(if known == request.request {
            Ok(Recorded::Repeated)
        } else {
            Err(LedgerError::Replayed)
        });
    }
    let at = stage.at();
    let row = Row::Budget(request.source, request.clause.clone(), day(at)?);
    apply::add(stage, &row, request.count, request.cap, 0)?;
    stage.put(key, [&at.0.to_be_bytes()[..], &request.request.0].concat())?;
    Ok(Ok(Recorded::Fresh))
}

fn read(value: &[u8]) -> Option<(Millis, Digest)> {
    let (at, request) = value.split_first_chunk::<8>()?;
    Some((
        Millis(u64::from_be_bytes(*at)),
        Digest::from_slice(request).ok()?,
    ))
}

#[cfg(test)]
mod tests;
