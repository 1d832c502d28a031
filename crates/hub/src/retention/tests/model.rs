//! Who erases what, by the rule alone: two different persons of the controller, past its term, under no
//! hold.
//!
//! Owns: [`Model`], which judges a call before the hub does. Must not know: the hub, its rows, the order
//! in which it looks.

use seinhuis_proto::v1::Part;
use seinhuis_types::{Digest, ErrorCode, Millis};
use std::collections::{BTreeMap, BTreeSet};

/// How long an entry of one's own act is kept without an agreement, in days (Wpg 25(1)(c): four years at
/// least).
const OWN_ACT_DAYS: u64 = 1_826;
/// How long an assertion is good, from the second it was made.
const GOOD_MS: u64 = 5 * 60_000;
/// Entries of one step.
const STEP: usize = 32;

/// An organisation's copy of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Copy {
    pub(super) of: usize,
    pub(super) part: Part,
    /// When it may go; 0 when nobody said.
    pub(super) until: Millis,
    /// Whether its owner knows of it: what never left its source did not come to its recipient.
    pub(super) come: bool,
    pub(super) gone: bool,
}

/// What an organisation says of one of its persons.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    pub(super) by: usize,
    pub(super) person: &'static str,
    pub(super) request: Digest,
    pub(super) made: Millis,
    pub(super) spent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hold {
    of: usize,
    range: (usize, usize),
    stands: bool,
}

/// What the walks came to.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Copies that went.
    pub(super) erased: u64,
    /// Of these, how many went by an erasure that had been cut off.
    pub(super) finished_later: u64,
    /// Refusals, by their code.
    pub(super) refused: BTreeMap<ErrorCode, usize>,
}

/// A call: by whom, for which request, for which persons.
pub(super) struct Call<'a> {
    pub(super) by: usize,
    pub(super) request: Digest,
    pub(super) said: &'a [usize],
    pub(super) now: Millis,
}

#[derive(Default)]
pub(super) struct Model {
    /// Copies of each entry of the log.
    pub(super) entries: Vec<Vec<Copy>>,
    pub(super) said: Vec<Said>,
    holds: Vec<Hold>,
    /// The range that an organisation's erasure has still to do.
    begun: [Option<(usize, usize)>; 2],
    pub(super) judged: Judged,
}

/// Why something may not be done; empty when it may.
pub(super) type Why = BTreeSet<ErrorCode>;

impl Model {
    /// What of the persons stands in the way of one, or of `needed` of them.
    fn persons(&self, call: &Call<'_>, needed: usize) -> Why {
        let mut why = Why::new();
        let said: Vec<&Said> = call.said.iter().map(|at| &self.said[*at]).collect();
        for one in &said {
            let whole = one.made.0 / 1_000 * 1_000;
            let good = one.by == call.by && one.request == call.request;
            if !good || call.now.0 >= whole + GOOD_MS {
                why.insert(ErrorCode::PersonAssertionInvalid);
            }
            if one.spent {
                why.insert(ErrorCode::PersonAssertionUsed);
            }
        }
        match said.as_slice() {
            [first, second] if first.person.to_lowercase() == second.person.to_lowercase() => {
                why.insert(ErrorCode::SecondPersonNeeded);
            }
            [_] if needed == 2 => {
                why.insert(ErrorCode::SecondPersonNeeded);
            }
            [_] | [_, _] => {}
            _ => {
                why.insert(ErrorCode::PersonAssertionInvalid);
            }
        }
        why
    }

    fn range(&self, (from, to): (usize, usize)) -> Option<ErrorCode> {
        if from > to {
            return Some(ErrorCode::MessageInvalid);
        }
        (to >= self.entries.len()).then_some(ErrorCode::EntryNotFound)
    }

    /// The copies of an organisation that are still there and that it knows of.
    fn own(&mut self, of: usize, (from, to): (usize, usize)) -> impl Iterator<Item = &mut Copy> {
        let entries = &mut self.entries[from..=to];
        let copies = entries.iter_mut().flatten();
        copies.filter(move |copy| copy.of == of && copy.come && !copy.gone)
    }

    pub(super) fn may_erase(&mut self, call: &Call<'_>, range: (usize, usize)) -> Why {
        let mut why = self.persons(call, 2);
        if self.begun[call.by].is_some() {
            why.insert(ErrorCode::Aborted);
        }
        if let Some(wrong) = self.range(range) {
            why.insert(wrong);
            return why;
        }
        let touches = |hold: &&Hold| hold.range.0 <= range.1 && range.0 <= hold.range.1;
        let mut holds = self
            .holds
            .iter()
            .filter(|hold| hold.of == call.by && hold.stands);
        if holds.any(|hold| touches(&hold)) {
            why.insert(ErrorCode::PartHeld);
        }
        let (mut early, mut any) = (false, false);
        for copy in self.own(call.by, range) {
            any = true;
            early |= copy.until == Millis(0) || call.now < copy.until;
        }
        if early {
            why.insert(ErrorCode::PartBeforeTerm);
        }
        if !any {
            why.insert(ErrorCode::EntryNotFound);
        }
        why
    }

    pub(super) fn may_hold(&self, call: &Call<'_>, range: (usize, usize)) -> Why {
        let mut why = self.persons(call, 1);
        if self.begun[call.by].is_some() {
            why.insert(ErrorCode::Aborted);
        }
        why.extend(self.range(range));
        why
    }

    pub(super) fn may_lift(&self, call: &Call<'_>, hold: usize) -> Why {
        let mut why = self.persons(call, 1);
        let found = self.holds.get(hold);
        if found.is_none_or(|hold| hold.of != call.by || !hold.stands) {
            why.insert(ErrorCode::EntryNotFound);
        }
        why
    }

    /// An act was done: its persons are used up, and it is an entry of its organisation's own.
    pub(super) fn done(&mut self, call: &Call<'_>) {
        for at in call.said {
            self.said[*at].spent = true;
        }
        self.entry(call.by, call.now);
    }

    fn entry(&mut self, of: usize, now: Millis) {
        let own = |part| Copy {
            of,
            part,
            until: now.plus(OWN_ACT_DAYS * Millis::DAY),
            come: true,
            gone: false,
        };
        self.entries
            .push(vec![own(Part::Recipient), own(Part::Outcome)]);
    }

    pub(super) fn hold(&mut self, of: usize, range: (usize, usize)) {
        self.holds.push(Hold {
            of,
            range,
            stands: true,
        });
    }

    pub(super) fn lift(&mut self, hold: usize) {
        self.holds[hold].stands = false;
    }

    pub(super) fn begin(&mut self, of: usize, range: (usize, usize)) {
        self.begun[of] = Some(range);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.iter().any(Option::is_some)
    }

    /// What was begun is done, each step with its entry.
    pub(super) fn finish(&mut self, of: usize, now: Millis, later: bool) {
        let Some(range) = self.begun[of].take() else {
            return;
        };
        let mut went = 0;
        for copy in self.own(of, range) {
            copy.gone = true;
            went += 1;
        }
        self.judged.erased += went;
        if later {
            self.judged.finished_later += went;
        }
        for _ in 0..(range.1 - range.0 + 1).div_ceil(STEP) {
            self.entry(of, now);
        }
    }

    pub(super) fn refused(&mut self, code: ErrorCode) {
        *self.judged.refused.entry(code).or_default() += 1;
    }
}
