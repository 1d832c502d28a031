//! That nothing is taken or given after an end, and that what was taken and met no end is given. Must not
//! know: how an end is brought about.

use super::corrections::stops;
use super::{Judging, Sent};
use crate::seen::Seen;
use crate::stage::{CONSENT_UNTIL, SIGNALS, name};
use seinhuis_types::{DeliveryId, Millis};

/// The longest that a payload lives.
const LONGEST: u64 = 7 * Millis::DAY;
/// How long one lives after the last acknowledgement.
const AFTER: u64 = Millis::DAY;

impl Judging<'_> {
    /// The first withdrawal of a consent.
    pub(crate) fn withdrawn(&self, consent: Option<usize>) -> Option<u64> {
        let consent = consent?;
        let all = self.seen.iter().filter_map(|seen| match seen {
            Seen::Withdrawn {
                consent: of, index, ..
            } if *of == consent => Some(*index),
            _ => None,
        });
        all.min()
    }

    /// The first acknowledgement of a delivery.
    pub(crate) fn acknowledged(&self, id: DeliveryId) -> Option<u64> {
        let all = self.seen.iter().filter_map(|seen| match seen {
            Seen::Acknowledged { delivery, index } if *delivery == id => Some(*index),
            _ => None,
        });
        all.min()
    }

    pub(super) fn ends(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for sent in &self.sent {
            let what = format!("signal {} for {}", sent.signal, name(sent.way.to));
            let why = self.stopped(sent, sent.index);
            faults.extend(why.map(|why| format!("{what} was taken (entry {}): {why}", sent.index)));
            for given in &sent.given {
                let index = given.index;
                if given.to != sent.way.to {
                    faults.push(format!("{what} was given to {}", name(given.to)));
                }
                if index <= sent.index {
                    faults.push(format!("{what} was given before it was taken"));
                }
                let why = self
                    .stopped(sent, index)
                    .or_else(|| self.spent(sent, index));
                faults.extend(why.map(|why| format!("{what} was given (entry {index}): {why}")));
            }
            if sent.given.is_empty() && !self.met_an_end(sent) {
                faults.push(format!("{what} was taken, met no end, and never came"));
            }
        }
        faults.extend(self.stale_keys());
        faults.extend(self.untold());
        faults
    }

    /// That who received something on a consent is told when it is taken back, and nobody else is.
    fn untold(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for seen in &self.seen {
            let Seen::Withdrawn {
                consent,
                index,
                told,
            } = seen
            else {
                continue;
            };
            let on_it = self.sent.iter().filter(|s| s.consent == Some(*consent));
            let mut given = on_it.flat_map(|sent| &sent.given);
            let received = given.any(|given| given.index < *index);
            if received != *told {
                let not = if received { "not " } else { "" };
                faults.push(format!(
                    "consent {consent} was taken back (entry {index}), and who received on it is {not}told"
                ));
            }
        }
        faults
    }

    /// Why a signal might not go at this place of the log; `None` when it might.
    fn stopped(&self, sent: &Sent<'_>, index: u64) -> Option<String> {
        let at = self.at(index)?;
        if let Some(why) = self.standing(index).stops(sent.way, at) {
            return Some(why);
        }
        if self.withdrawn(sent.consent).is_some_and(|end| end < index) {
            return Some("its consent had been taken back".to_owned());
        }
        if sent.consent.is_some() && at >= CONSENT_UNTIL {
            return Some("its consent stood no more".to_owned());
        }
        let restricted = SIGNALS.get(sent.signal).is_some_and(|plan| plan.restricted);
        restricted.then(|| "its subject had processing restricted".to_owned())
    }

    /// Why a delivery might not be given any more, beside what stops its signal.
    fn spent(&self, sent: &Sent<'_>, index: u64) -> Option<String> {
        if self.acknowledged(sent.id).is_some_and(|end| end < index) {
            return Some("it had been acknowledged".to_owned());
        }
        let rectified = self.told.iter().filter(|told| told.signal == sent.signal);
        for told in rectified.filter(|told| told.first < index) {
            let unsent = told.ended.contains(&sent.id);
            if stops(told.kind) || unsent {
                return Some(format!("it had been {}", told.kind.as_str()));
            }
        }
        let (taken, at) = (self.at(sent.index)?, self.at(index)?);
        (at >= taken.plus(LONGEST)).then(|| "its payload was past its end".to_owned())
    }

    /// Whether anything may have kept it from coming, at any time until now.
    fn met_an_end(&self, sent: &Sent<'_>) -> bool {
        let taken = self.at(sent.index).unwrap_or_default();
        self.standing(u64::MAX).stops(sent.way, self.now).is_some()
            || self.withdrawn(sent.consent).is_some()
            || (sent.consent.is_some() && self.now >= CONSENT_UNTIL)
            || self.told.iter().any(|told| told.signal == sent.signal)
            || self.now >= taken.plus(LONGEST)
            || (self.acknowledged(sent.id).is_some() && self.now >= taken.plus(AFTER))
    }

    /// That a signal was sealed for the key its recipient stated when it was taken.
    fn stale_keys(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for seen in &self.seen {
            let Seen::Published {
                signal,
                rotated,
                outcomes,
            } = seen
            else {
                continue;
            };
            for promise in outcomes.iter().filter(|promise| promise.delivery.is_some()) {
                let stated = self.seen.iter().any(|seen| {
                    matches!(seen, Seen::Rotated { party, index }
                        if *party == promise.to && *index < promise.index)
                });
                if rotated
                    .get(promise.to)
                    .is_some_and(|for_next| *for_next != stated)
                {
                    let to = name(promise.to);
                    faults.push(format!(
                        "signal {signal} was taken for {to}, sealed for a key not in force"
                    ));
                }
            }
        }
        faults
    }
}
