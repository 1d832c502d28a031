//! Random walks over the hub's own way of erasing, each step judged by the model first.
//!
//! Owns: what is drawn, asked of the hub, and compared. Must not know: what may be done.

mod entries;

use super::model::{Call, Judged, Model, Said, Why};
use crate::command::{Asserted, EraseParts, Idempotency, LiftHold, PlaceHold, StatementBytes};
use crate::testing::{Bench, CARE, METHOD, POLICE, caller, idempotency};
use crate::{HubError, MOST_ENTRIES};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use seinhuis_proto::v1::Part;
use seinhuis_store::Store;
use seinhuis_testkit::rng::seeded;
use seinhuis_types::{Clock, Coded, Digest, ErrorCode, HoldId, LeafIndex, Millis};

const MINUTE: u64 = 60_000;
/// Two of them are the same person, however it is written.
const PERSONS: [&str; 3] = ["fg-1", "FG-1", "fg-2"];

/// What was found of an entry: its stored bytes, and which copies open.
type Found = (Vec<u8>, Vec<(usize, Part)>);

/// An erasure that was asked for, as it is asked for again.
struct Asked {
    by: usize,
    range: (usize, usize),
    key: Idempotency,
    erased: u64,
}

pub(super) struct Walk<'a> {
    bench: &'a Bench,
    rng: StdRng,
    model: Model,
    made: Vec<StatementBytes>,
    holds: Vec<HoldId>,
    asked: Vec<Asked>,
    cut: bool,
    /// The first and the last entry that the walk began with.
    first: usize,
    last: usize,
    found: Vec<Option<Found>>,
}

fn place(index: usize) -> LeafIndex {
    LeafIndex(index.try_into().unwrap())
}

/// How many the log has.
fn entries(bench: &Bench) -> usize {
    bench.hub.parts.store.next_index().0.try_into().unwrap()
}

impl<'a> Walk<'a> {
    pub(super) fn new(bench: &'a Bench, seed: u64) -> Self {
        let mut model = Model::default();
        // What the start of the hub left is public, and nobody's own.
        model.entries.resize_with(entries(bench), Vec::new);
        Self {
            bench,
            rng: seeded(seed),
            model,
            made: Vec::new(),
            holds: Vec::new(),
            asked: Vec::new(),
            cut: false,
            first: 0,
            last: 0,
            found: Vec::new(),
        }
    }

    pub(super) fn judged(&self) -> &Judged {
        &self.model.judged
    }

    fn now(&self) -> Millis {
        self.bench.clock.now()
    }

    /// One of two, this often in a hundred.
    fn in_hundred(&mut self, often: u32) -> bool {
        self.rng.random_ratio(often, 100)
    }

    fn party(&mut self) -> usize {
        *[POLICE, CARE].choose(&mut self.rng).unwrap()
    }

    pub(super) async fn step(&mut self) {
        match self.rng.random_range(0..100) {
            0..45 => self.erase().await,
            45..55 => self.hold().await,
            55..68 => self.lift().await,
            68..88 => self.wait(),
            88..93 => self.cut(),
            93..97 => self.finish().await,
            _ => self.again().await,
        }
        self.compare();
    }

    /// Time passes: a little, or to just before, at or just after the end of a term or of an assertion.
    fn wait(&mut self) {
        let now = self.now();
        let mut ends: Vec<Millis> = self.model.entries[self.first..]
            .iter()
            .flatten()
            .map(|copy| copy.until)
            .chain(
                self.model
                    .said
                    .iter()
                    .rev()
                    .take(9)
                    .map(|said| said.made.plus(5 * MINUTE)),
            )
            .filter(|end| *end > now && *end < now.plus(Millis::DAY))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        let little = now.plus(self.rng.random_range(1..8 * MINUTE));
        let to = match ends.choose(&mut self.rng) {
            Some(end) if self.in_hundred(60) => end.0 + self.rng.random_range(0..3) - 1,
            _ => little.0,
        };
        self.bench.go_to(Millis(to.max(now.0)));
    }

    /// Seldom it begins, and it soon ends.
    fn cut(&mut self) {
        self.cut = !self.cut && self.in_hundred(30);
        self.bench.cut_steps(self.cut);
    }

    /// An organisation's word for one of its persons, as it comes with a call.
    fn say(&mut self, by: usize, person: &'static str, request: Digest) -> usize {
        self.made.push(self.bench.assertion(by, person, request));
        self.model.said.push(Said {
            by,
            person,
            request,
            made: self.now(),
            spent: false,
        });
        self.made.len() - 1
    }

    /// For which request, and in whose names: mostly two persons of the caller's own, and in every way
    /// that is not.
    fn persons(&mut self, by: usize) -> (Digest, Vec<usize>) {
        let mut bytes = [0; 32];
        self.rng.fill_bytes(&mut bytes);
        // One that was made before, for its own request; who used it or how old it is, is drawn too.
        let old = (!self.made.is_empty() && self.in_hundred(15)).then(|| {
            let recent = self.made.len().saturating_sub(8);
            self.rng.random_range(recent..self.made.len())
        });
        let request = old.map_or(Digest(bytes), |old| self.model.said[old].request);
        let mut said: Vec<usize> = old.into_iter().collect();
        let wanted = [2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 3, 0];
        let wanted = *wanted.choose(&mut self.rng).unwrap();
        while said.len() < wanted {
            let person = match said.first() {
                Some(first) if self.in_hundred(80) => {
                    let first = self.model.said[*first].person.to_lowercase();
                    if first == "fg-2" { "fg-1" } else { "fg-2" }
                }
                _ => PERSONS.choose(&mut self.rng).unwrap(),
            };
            let whose = if self.in_hundred(4) { 1 - by } else { by };
            let about = if self.in_hundred(4) {
                Digest([0; 32])
            } else {
                request
            };
            let one = self.say(whose, person, about);
            said.push(one);
        }
        (request, said)
    }

    fn asserted(&self, request: Digest, said: &[usize]) -> Asserted {
        Asserted {
            method: METHOD,
            request,
            assertions: said.iter().map(|at| self.made[*at].clone()).collect(),
        }
    }

    /// Of what the walk began with mostly; seldom of what was done since, beyond the log, or the wrong way
    /// round.
    fn range(&mut self) -> (usize, usize) {
        let end = self.model.entries.len();
        let last = match self.rng.random_range(0..100) {
            0..4 => end,
            4..14 => end - 1,
            _ => self.last,
        };
        let from = self.rng.random_range(self.first..=last);
        if self.in_hundred(2) {
            return (from, from.saturating_sub(1));
        }
        let length = if self.in_hundred(20) { 40 } else { 3 };
        (from, last.min(from + self.rng.random_range(0..length)))
    }

    fn meant(&mut self, why: &Why, told: Result<(), HubError>) {
        match told {
            Ok(()) => assert!(why.is_empty(), "it was done, against {why:?}"),
            Err(error) => {
                assert!(why.contains(&error.code()), "{error:?}, not {why:?}");
                self.model.refused(error.code());
            }
        }
    }

    async fn erase(&mut self) {
        let (by, range) = (self.party(), self.range());
        assert!(place(range.1.saturating_sub(range.0)).0 < MOST_ENTRIES);
        let (request, said) = self.persons(by);
        let now = self.now();
        let call = Call {
            by,
            request,
            said: &said,
            now,
        };
        let why = self.model.may_erase(&call, range);
        let key = idempotency();
        let command = EraseParts {
            idempotency: key.clone(),
            from: place(range.0),
            to: place(range.1),
        };
        let system = self.rng.random_range(0..2);
        let asserted = self.asserted(request, &said);
        let hub = &self.bench.hub;
        let told = hub
            .erase_parts(&caller(by, system), command, &asserted)
            .await;
        if !why.is_empty() {
            self.meant(&why, told.map(drop));
            return;
        }
        self.model.done(&call);
        self.model.begin(by, range);
        let before = self.model.judged.erased;
        if self.cut {
            // It was decided, and what it began is not done.
            assert_eq!(told.unwrap_err().code(), ErrorCode::Unavailable);
        } else {
            self.model.finish(by, now, false);
            let erased = self.model.judged.erased - before;
            assert_eq!(told.unwrap().erased, erased);
            self.asked.push(Asked {
                by,
                range,
                key,
                erased,
            });
        }
    }

    /// The same call again, in nobody's name: it is told as it was, and nothing is done once more.
    async fn again(&mut self) {
        let Some(asked) = self.asked.last() else {
            return;
        };
        if self.model.has_begun() {
            return;
        }
        let command = EraseParts {
            idempotency: asked.key.clone(),
            from: place(asked.range.0),
            to: place(asked.range.1),
        };
        let asserted = self.asserted(Digest([1; 32]), &[]);
        let hub = &self.bench.hub;
        let told = hub
            .erase_parts(&caller(asked.by, 0), command, &asserted)
            .await;
        assert_eq!(told.unwrap().erased, asked.erased);
    }

    async fn hold(&mut self) {
        let (by, range) = (self.party(), self.range());
        let (request, said) = self.persons(by);
        let now = self.now();
        let call = Call {
            by,
            request,
            said: &said,
            now,
        };
        let why = self.model.may_hold(&call, range);
        let command = PlaceHold {
            idempotency: idempotency(),
            from: place(range.0),
            to: place(range.1),
        };
        let asserted = self.asserted(request, &said);
        let hub = &self.bench.hub;
        let told = hub.place_hold(&caller(by, 0), command, &asserted).await;
        if let Ok(placed) = &told {
            let id = HoldId(placed.hold_id.as_slice().try_into().unwrap());
            self.holds.push(id);
            self.model.done(&call);
            self.model.hold(by, range);
        }
        self.meant(&why, told.map(drop));
    }

    async fn lift(&mut self) {
        if self.holds.is_empty() {
            return;
        }
        let recent = self.holds.len().saturating_sub(4);
        let hold = self.rng.random_range(recent..self.holds.len());
        let by = self.party();
        let (request, said) = self.persons(by);
        let now = self.now();
        let call = Call {
            by,
            request,
            said: &said,
            now,
        };
        let why = self.model.may_lift(&call, hold);
        let command = LiftHold {
            idempotency: idempotency(),
            hold: self.holds[hold],
        };
        let asserted = self.asserted(request, &said);
        let hub = &self.bench.hub;
        let told = hub.lift_hold(&caller(by, 1), command, &asserted).await;
        if told.is_ok() {
            self.model.done(&call);
            self.model.lift(hold);
        }
        self.meant(&why, told.map(drop));
    }

    /// As the hub does when it starts and from time to time, for nobody.
    async fn finish(&mut self) {
        let begun = self.model.has_begun();
        let told = self.bench.hub.finish_erasures().await;
        if self.cut && begun {
            assert_eq!(told.unwrap_err().code(), ErrorCode::Unavailable);
            return;
        }
        told.unwrap();
        let now = self.now();
        for party in [POLICE, CARE] {
            self.model.finish(party, now, true);
        }
    }
}
