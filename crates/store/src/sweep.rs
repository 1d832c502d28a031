//! Housekeeping: idempotency records and events past their term, old budgets, bytes of erased months.
//! Owns which rows lapse and when. Must not know: acts; nothing here is one.
//!
//! Finding happens on the caller's thread, in pages, from where the last sweep stopped; removing
//! happens in the writer, which looks again before it deletes.

use crate::StoreError;
use crate::question::{ASKED_DAYS, QUESTION_TERM_MS};
use crate::stage::Stage;
use crate::template::Stored;
use crate::view::View;
use crate::{due, key};
use seinhuis_types::Millis;
use std::sync::{Mutex, PoisonError};

/// How long replies and slip nonces are kept, in milliseconds: the idempotency term.
pub const REPLY_TERM_MS: u64 = 7 * Millis::DAY;

/// How long a used person assertion is kept, in milliseconds: well over the 5.5 minutes in which it
/// could be shown again, by a hub time that never goes back.
pub const ASSERTION_TERM_MS: u64 = Millis::HOUR;

/// Tables whose rows begin with the hub time of their commit: first, last and term.
const LAPSING: [(u8, u8, u64); 3] = [
    (key::REPLY, key::SLIP_NONCE, REPLY_TERM_MS),
    (
        key::PERSON_ASSERTION,
        key::PERSON_ASSERTION,
        ASSERTION_TERM_MS,
    ),
    // Begins with when its tick was dealt with; before that with a time that never comes.
    (key::QUESTION, key::QUESTION, QUESTION_TERM_MS),
];

/// Where the last sweep stopped.
#[derive(Debug, Default)]
pub(crate) struct Sweeper {
    at: Mutex<[Option<Vec<u8>>; LAPSING.len()]>,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Keys, each with the moment before which its row has lapsed.
    lapsed: Vec<(Vec<u8>, Millis)>,
    budgets: Vec<Vec<u8>>,
    runs: Vec<Vec<u8>>,
    events: Vec<Vec<u8>>,
    /// Months of which no bytes are left.
    months: Vec<u32>,
}

impl Found {
    pub(crate) fn is_empty(&self) -> bool {
        [&self.budgets, &self.runs, &self.events]
            .iter()
            .all(|keys| keys.is_empty())
            && self.lapsed.is_empty()
            && self.months.is_empty()
    }

    /// Removes what is still to be removed; how many rows.
    pub(crate) fn remove(self, stage: &mut Stage<'_>) -> Result<usize, StoreError> {
        let mut removed = 0;
        for (key, before) in self.lapsed {
            // Swept and used anew in the meantime: then it is young.
            if stage.get(&key)?.is_some_and(|value| lapsed(&value, before)) {
                stage.delete(key);
                removed += 1;
            }
        }
        for key in self.budgets.into_iter().chain(self.runs) {
            stage.delete(key);
            removed += 1;
        }
        for term in self.events {
            due::remove_event(stage, term)?;
            removed += 1;
        }
        for month in self.months {
            stage.delete(key::month(key::MONTH, month));
            stage.delete(key::month(key::ERASED, month));
            removed += 1;
        }
        Ok(removed)
    }
}

/// Whether a row's first slot is a moment before `before`.
fn lapsed(value: &[u8], before: Millis) -> bool {
    let at = Stored::read(value).and_then(|mut stored| stored.number());
    at.is_some_and(|at| at < before.0)
}

/// Tables of counters by day, and on how many days before today they are still needed. The last but two
/// for budgets: they can no longer be counted on.
const BY_DAY: [(u8, u32); 3] = [
    (key::BUDGET, 2),
    (key::ALONE, 2),
    (key::ASKED, ASKED_DAYS + 2),
];

fn first_day(now: Millis, back: u32) -> u32 {
    u32::try_from((now.0 / Millis::DAY).saturating_sub(back.into())).unwrap_or(u32::MAX)
}

impl Sweeper {
    /// Looks at about `max` rows.
    pub(crate) fn find(&self, view: &View, now: Millis, max: usize) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for (table, back) in BY_DAY {
            let old = [&[table][..], &first_day(now, back).to_be_bytes()].concat();
            let days = view.scan(&[table], &old, max)?;
            found.budgets.extend(days.into_iter().map(|(key, _)| key));
        }
        found.events = due::lapsed_events(view, now, max)?;
        self.find_lapsed(view, &mut found, now, max)?;
        find_erased(view, &mut found, max)?;
        Ok(found)
    }

    fn find_lapsed(
        &self,
        view: &View,
        found: &mut Found,
        now: Millis,
        max: usize,
    ) -> Result<(), StoreError> {
        let mut places = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, (first, last, term)) in places.iter_mut().zip(LAPSING) {
            let start = at.take().unwrap_or_else(|| vec![first]);
            let (_, end) = key::table(last);
            let page = view.scan(&start, &end, max)?;
            // A short page reached the end: the next sweep begins again.
            if page.len() >= max {
                *at = page.last().map(|(key, _)| key::next(key));
            }
            let before = now.minus(term);
            let old = page.into_iter().filter(|(_, value)| lapsed(value, before));
            found.lapsed.extend(old.map(|(key, _)| (key, before)));
        }
        Ok(())
    }
}

fn find_erased(view: &View, found: &mut Found, max: usize) -> Result<(), StoreError> {
    let (from, to) = key::table(key::ERASED);
    for (key, _) in view.scan(&from, &to, usize::MAX)? {
        let month = key::tail32(&key).ok_or(StoreError::Corrupt("a month"))?;
        let Some(value) = view.get(&key::month(key::MONTH, month))? else {
            continue;
        };
        let first = key::tail(&value).ok_or(StoreError::Corrupt("a month"))?;
        let (_, months_end) = key::table(key::MONTH);
        let after = key::next(&key::month(key::MONTH, month));
        // Only months that are over are erased, but the next one may not have begun.
        let next = view.scan(&after, &months_end, 1)?;
        let end = match next.first() {
            Some((_, first)) => key::tail(first).ok_or(StoreError::Corrupt("a month"))?,
            None => view.shared.next_index(),
        };
        let left = max.saturating_sub(found.runs.len());
        let from = key::run(key::PARTS, first);
        let runs = view.scan(&from, &key::run(key::PARTS, end), left.max(1))?;
        if runs.is_empty() {
            found.months.push(month);
        }
        found.runs.extend(runs.into_iter().map(|(key, _)| key));
        if found.runs.len() >= max {
            break;
        }
    }
    Ok(())
}
