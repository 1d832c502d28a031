//! The judgement: what partners were promised and given, against the order of the log. It has the rules in
//! its own words, from docs/rules.md, and nothing of the hub's code.
//!
//! Owns: that nothing is given after an end, that a correction reaches all who received, that no promise is
//! lost or made twice. Must not know: how the hub decides, rows, revisions.

mod corrections;
mod ends;
mod steps;

use crate::play::Played;
use crate::seen::{Given, Promise, Seen};
use crate::stage::{BEGIN, Kind, SIGNALS, Way, name};
use crate::step::Landed;
use seinhuis_types::{DeliveryId, Millis};
use std::collections::BTreeMap;

/// A signal that was taken for one desk.
pub(crate) struct Sent<'a> {
    pub(crate) signal: usize,
    pub(crate) way: &'static Way,
    pub(crate) consent: Option<usize>,
    pub(crate) id: DeliveryId,
    pub(crate) index: u64,
    pub(crate) given: Vec<&'a Given>,
}

/// A rectification that was taken.
pub(crate) struct Told<'a> {
    pub(crate) signal: usize,
    pub(crate) kind: Kind,
    pub(crate) first: u64,
    pub(crate) told: &'a [Promise],
    pub(crate) ended: &'a [DeliveryId],
}

/// All that was seen in one interleaving, laid out to be judged.
pub(crate) struct Judging<'a> {
    pub(crate) seen: Vec<&'a Seen>,
    pub(crate) landed: &'a [Landed],
    pub(crate) now: Millis,
    pub(crate) sent: Vec<Sent<'a>>,
    pub(crate) told: Vec<Told<'a>>,
}

/// What is wrong with what was seen; empty when all holds.
pub(crate) fn judge(before: &[Seen], played: &Played) -> Vec<String> {
    let judging = Judging::of(before, played);
    let mut faults = judging.promises();
    faults.extend(judging.steps());
    faults.extend(judging.ends());
    faults.extend(judging.corrections());
    faults
}

impl<'a> Judging<'a> {
    fn of(before: &'a [Seen], played: &'a Played) -> Self {
        let seen: Vec<&Seen> = before.iter().chain(&played.seen).collect();
        let given: Vec<&Given> = seen
            .iter()
            .filter_map(|seen| match seen {
                Seen::Given(given) => Some(given),
                _ => None,
            })
            .collect();
        let mut sent: Vec<Sent<'_>> = Vec::new();
        let mut told = Vec::new();
        for one in &seen {
            match one {
                Seen::Published {
                    signal, outcomes, ..
                } => {
                    let plan = SIGNALS.get(*signal);
                    let ways = plan.map(|plan| plan.ways).unwrap_or_default();
                    for (way, promise) in ways.iter().zip(outcomes) {
                        let Some(id) = promise.delivery else { continue };
                        if sent.iter().any(|sent| sent.id == id) {
                            // The same reply to the same call.
                            continue;
                        }
                        let of = given.iter().filter(|given| given.delivery == id);
                        sent.push(Sent {
                            signal: *signal,
                            way,
                            consent: plan
                                .and_then(|plan| plan.consent)
                                .filter(|_| way.clause == crate::stage::PLAN.clause),
                            id,
                            index: promise.index,
                            given: of.copied().collect(),
                        });
                    }
                }
                Seen::Rectified {
                    signal,
                    kind,
                    first,
                    told: promises,
                    ended,
                } if told.iter().all(|known: &Told<'_>| known.first != *first) => {
                    told.push(Told {
                        signal: *signal,
                        kind: *kind,
                        first: *first,
                        told: promises,
                        ended,
                    });
                }
                _ => {}
            }
        }
        Self {
            seen,
            landed: &played.landed,
            now: played.now,
            sent,
            told,
        }
    }

    /// When an entry was written; what was there before counts as of the beginning.
    pub(crate) fn at(&self, index: u64) -> Option<Millis> {
        let first = self.landed.first().map_or(u64::MAX, |first| first.first.0);
        if index < first {
            return Some(BEGIN);
        }
        let of = self.landed.iter().find(|landed| {
            let entries = u64::try_from(landed.entries).unwrap_or(u64::MAX);
            (landed.first.0..landed.first.0.saturating_add(entries)).contains(&index)
        });
        of.map(|landed| landed.at)
    }

    /// That no entry was promised for two acts, that each that was promised is in the log, and that a
    /// signal is not taken twice.
    fn promises(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut of: BTreeMap<u64, String> = BTreeMap::new();
        let mut claim = |index: u64, what: String| {
            if self.at(index).is_none() {
                faults.push(format!("{what}: its entry {index} is not in the log"));
            }
            if let Some(other) = of.insert(index, what.clone())
                && other != what
            {
                faults.push(format!(
                    "entry {index} was promised for {other} and for {what}"
                ));
            }
        };
        for seen in &self.seen {
            match seen {
                Seen::Published {
                    signal, outcomes, ..
                } => {
                    for promise in outcomes {
                        let to = name(promise.to);
                        claim(promise.index, format!("signal {signal} to {to}"));
                    }
                }
                Seen::Given(given) => {
                    let what = format!("a release of {} to {}", given.delivery, name(given.to));
                    claim(given.index, what);
                }
                Seen::Acknowledged { delivery, index } => {
                    claim(*index, format!("an acknowledgement of {delivery}"));
                }
                Seen::Step { party, kind, index } => {
                    claim(*index, format!("{} by {}", kind.as_str(), name(*party)));
                }
                Seen::Withdrawn { consent, index, .. } => {
                    claim(*index, format!("the withdrawal of consent {consent}"));
                }
                Seen::Rectified {
                    signal, told, kind, ..
                } => {
                    for promise in told {
                        let kind = kind.as_str();
                        let to = name(promise.to);
                        let what = format!("that signal {signal} is {kind}, to {to}");
                        claim(promise.index, what);
                    }
                }
                Seen::Rotated { party, index } => {
                    claim(*index, format!("a key of {}", name(*party)));
                }
                Seen::Tombstone { .. } | Seen::Refused { .. } => {}
            }
        }
        for (place, sent) in self.sent.iter().enumerate() {
            let earlier = self.sent.iter().take(place);
            let mut same = earlier.filter(|o| o.signal == sent.signal && o.way == sent.way);
            if same.next().is_some() {
                faults.push(format!("signal {} was taken twice", sent.signal));
            }
        }
        for seen in &self.seen {
            if let Seen::Refused { code, what } = seen
                && *code == "INTERNAL"
            {
                faults.push(format!("the hub failed inside: {what}"));
            }
        }
        faults
    }
}
