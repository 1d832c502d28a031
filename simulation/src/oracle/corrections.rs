//! That a correction is told to all who received, to nobody else, and comes, whatever became of the
//! agreement. Must not know: how it is sealed.

use super::{Judging, Sent, Told};
use crate::seen::{Given, Promise, Seen};
use crate::stage::{Kind, name};
use seinhuis_types::Millis;

/// The longest that a rectification waits.
const LONGEST: u64 = 30 * Millis::DAY;

/// Whether it comes in the place of what was told before.
const fn replaces(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Corrected | Kind::Withdrawn | Kind::IdentityFixed
    )
}

/// Whether what a desk has is not given to it again: its text is wrong, or may not be used.
pub(super) const fn stops(kind: Kind) -> bool {
    replaces(kind) || matches!(kind, Kind::Restricted)
}

impl Judging<'_> {
    pub(super) fn corrections(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for told in &self.told {
            for sent in self.sent.iter().filter(|sent| sent.signal == told.signal) {
                faults.extend(self.reached(told, sent));
            }
            for promise in told.told {
                faults.extend(self.comes(told, promise));
            }
        }
        faults
    }

    /// Who received is told, and who did not is spared and gets nothing any more.
    fn reached(&self, told: &Told<'_>, sent: &Sent<'_>) -> Option<String> {
        let (signal, kind, to) = (told.signal, told.kind.as_str(), sent.way.to);
        if sent.index > told.first {
            return None;
        }
        let received = sent.given.iter().any(|given| given.index < told.first);
        let promise = told.told.iter().find(|promise| promise.to == to);
        let is_told = promise.is_some_and(|promise| promise.delivery.is_some());
        let to = name(to);
        if received && told.ended.contains(&sent.id) {
            return Some(format!(
                "signal {signal} was {kind} as if {to} had not received it"
            ));
        }
        if received && !is_told && self.may_be_told(told, sent) {
            return Some(format!(
                "signal {signal} was {kind}, and {to}, who received it, is not told"
            ));
        }
        if is_told && !received {
            return Some(format!(
                "signal {signal} was {kind}, and {to}, who never received it, is told"
            ));
        }
        None
    }

    /// Content goes no more on a consent that was taken back, and never about another on the consent of who did
    /// consent; everything else is told, always.
    fn may_be_told(&self, told: &Told<'_>, sent: &Sent<'_>) -> bool {
        let withdrawn = self.withdrawn(sent.consent);
        let of_another = told.kind == Kind::IdentityFixed && sent.consent.is_some();
        let over = told.kind.has_content() && withdrawn.is_some_and(|end| end < told.first);
        !of_another && !over
    }

    /// What was promised to be told comes, unless something lawful came in its place.
    fn comes(&self, told: &Told<'_>, promise: &Promise) -> Vec<String> {
        let Some(id) = promise.delivery else {
            return Vec::new();
        };
        let what = format!(
            "that signal {} is {}, for {}",
            told.signal,
            told.kind.as_str(),
            name(promise.to)
        );
        let given: Vec<&Given> = self
            .seen
            .iter()
            .filter_map(|seen| match seen {
                Seen::Given(given) if given.delivery == id => Some(given),
                _ => None,
            })
            .collect();
        let of = self
            .sent
            .iter()
            .find(|sent| sent.signal == told.signal && sent.way.to == promise.to);
        let mut faults = Vec::new();
        let ended = self.replaced(told, promise, of);
        let taken = self.at(promise.index).unwrap_or_default();
        let spent = self.acknowledged(id);
        for given in &given {
            let (to, index) = (given.to, given.index);
            if to != promise.to || given.rectifies != of.map(|sent| sent.id) {
                faults.push(format!("{what}: it came to another, or of another signal"));
            }
            if ended.is_some_and(|end| end < index) {
                faults.push(format!(
                    "{what}: it was given (entry {index}) after its end"
                ));
            }
            if spent.is_some_and(|end| end < index) {
                faults.push(format!(
                    "{what}: it was given after it had been acknowledged"
                ));
            }
        }
        let over = self.now >= taken.plus(LONGEST) || spent.is_some();
        if given.is_empty() && ended.is_none() && !over {
            faults.push(format!("{what}: it was taken, and never came"));
        }
        faults
    }

    /// The first thing that came lawfully in the place of a rectification.
    fn replaced(&self, told: &Told<'_>, promise: &Promise, of: Option<&Sent<'_>>) -> Option<u64> {
        let later = self
            .told
            .iter()
            .filter(|later| later.signal == told.signal && later.first > told.first);
        let follows = later.filter(|later| {
            let mut again = later.told.iter().filter(|again| again.to == promise.to);
            let is_told = again.next().is_some_and(|again| again.delivery.is_some());
            if replaces(later.kind) {
                replaces(told.kind) && is_told
            } else {
                // Both end content that had not been read. What was read stays as it is when it is shielded.
                told.kind.has_content()
                    && (stops(later.kind) || !self.was_given(promise, later.first))
            }
        });
        let followed = follows.map(|later| later.first).min();
        let withdrawn = self.withdrawn(of.and_then(|sent| sent.consent));
        let withdrawn = withdrawn.filter(|end| told.kind.has_content() && *end > told.first);
        [followed, withdrawn].into_iter().flatten().min()
    }

    fn was_given(&self, promise: &Promise, before: u64) -> bool {
        self.seen.iter().any(|seen| {
            matches!(seen, Seen::Given(given)
                if Some(given.delivery) == promise.delivery && given.index < before)
        })
    }
}
