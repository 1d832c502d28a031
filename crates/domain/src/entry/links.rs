//! Whether a chain has a gap: what was found of one person, class and holder, held against itself.
//!
//! Owns: the judgement, and what may be said of a number that is not there (docs/formats/chain.md). It is
//! the same for who makes a report and for who checks one. Must not know: where entries come from.

use super::{Link, Open, Step, TOLD};
use seinhuis_types::LeafIndex;
use std::collections::{BTreeMap, BTreeSet};

/// Most numbers of one chain that are judged: more has no person in any partner's log.
pub const MOST: u32 = 1_000_000;

/// A link that was found in the log, in an entry whose leaf is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundLink {
    /// The entry.
    pub index: LeafIndex,
    /// The nonce of its slip.
    pub nonce: [u8; 16],
    /// The link.
    pub link: Link,
}

/// An entry about the person of which no link can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The entry.
    pub index: LeafIndex,
    /// Whether the part with the link was erased after its term.
    pub erased: bool,
}

/// Where the partner's own count stands, by its own files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The last number taken; 0 for none.
    pub number: u32,
    /// Of which numbers there is no proof: at distance *i* that of `number - i`.
    pub open: Open,
    /// The nonce of the slip that took it.
    pub nonce: [u8; 16],
}

impl Standing {
    /// Whether there was no proof of `number`; nothing when it is too far back, or beyond.
    pub fn open_at(&self, number: u32) -> Option<bool> {
        let back = self.number.checked_sub(number)?;
        self.open.at(back).filter(|_| number > 0)
    }
}

/// What is said of numbers that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Taken, and never answered: the partner said so at the time, in later links.
    Void,
    /// In the log; the part with its link was erased after its term.
    Erased,
    /// Before an erased one in the same run: which erased entry it is cannot be shown any more.
    Unplaced,
    /// A gap: it was in the log, or nothing says that it was not.
    Missing,
}

/// Numbers in a row of which the same is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first of them.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// What is said.
    pub what: Absence,
}

/// Links that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// Two entries have one number: one installation was copied, or its files were put back.
    Twice {
        /// The number.
        number: u32,
        /// The later of the entries.
        index: LeafIndex,
    },
    /// The entry that follows names another slip than the one that is shown with this number.
    Replaced {
        /// The number.
        number: u32,
        /// The entry shown with it.
        index: LeafIndex,
    },
}

/// What a chain says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The last number, shown or known to be taken.
    pub last: u32,
    /// Numbers that are shown.
    pub shown: u32,
    /// Those that are not, in ascending order.
    pub absent: Vec<Run>,
    /// What cannot be, in ascending order of numbers.
    pub contradictions: Vec<Contradiction>,
    /// Nonces of slips that were never answered, where a later link names them: no leaf has one.
    pub void_nonces: Vec<[u8; 16]>,
}

impl Verdict {
    /// Whether nothing is missing and nothing contradicts itself.
    pub fn is_whole(&self) -> bool {
        self.contradictions.is_empty() && self.absent.iter().all(|run| run.what != Absence::Missing)
    }

    /// How many numbers have this said of them.
    pub fn count(&self, what: Absence) -> u32 {
        let runs = self.absent.iter().filter(|run| run.what == what);
        runs.map(|run| run.last.saturating_sub(run.first).saturating_add(1))
            .fold(0, u32::saturating_add)
    }

    /// Says this of a number, from the end on.
    fn tell(&mut self, number: u32, what: Absence) {
        match self.absent.last_mut() {
            Some(run) if run.what == what && run.first == number.saturating_add(1) => {
                run.first = number;
            }
            _ => self.absent.push(Run {
                first: number,
                last: number,
                what,
            }),
        }
    }
}

#[derive(Default)]
struct Place {
    main: Option<FoundLink>,
    release: Option<FoundLink>,
}

/// What links that are further on than [`TOLD`] tell of numbers, by how many were open in a row.
#[derive(Default)]
struct Far {
    /// The lowest number of any row.
    lowest: Option<u32>,
    /// Numbers that ended a row: there was a proof of them.
    proven: BTreeSet<u32>,
}

impl Far {
    fn shown(&mut self, link: &Link) {
        let run = link.open.run();
        if run >= TOLD {
            let first = link.number.saturating_sub(run);
            self.lowest = Some(self.lowest.map_or(first, |lowest| lowest.min(first)));
            self.proven.insert(first.saturating_sub(1));
        }
    }

    fn open_at(&self, number: u32) -> Option<bool> {
        if self.proven.contains(&number) {
            return Some(false);
        }
        self.lowest.filter(|lowest| number >= *lowest).map(|_| true)
    }
}

/// Judges one chain. `found`: its links. `unread`: every other entry about the person, by the nonce of
/// its slip. `standing`: where the partner's own count stands, when its files are at hand. None when a
/// number is beyond [`MOST`].
pub fn judge(
    found: &[FoundLink],
    unread: &BTreeMap<[u8; 16], Unread>,
    standing: Option<Standing>,
) -> Option<Verdict> {
    let standing = standing.unwrap_or_default();
    let mut verdict = Verdict::default();
    let mut places: BTreeMap<u32, Place> = BTreeMap::new();
    for one in found {
        let number = one.link.number;
        let place = places.entry(number).or_default();
        let slot = match one.link.step {
            Step::Release => &mut place.release,
            Step::Decision | Step::Single => &mut place.main,
        };
        if slot.is_some() {
            let index = one.index;
            let twice = Contradiction::Twice { number, index };
            verdict.contradictions.push(twice);
        } else {
            *slot = Some(*one);
        }
    }
    let top = places.last_key_value().map_or(0, |(number, _)| *number);
    verdict.last = top.max(standing.number);
    if verdict.last > MOST {
        return None;
    }
    let main = |number: u32| places.get(&number).and_then(|place| place.main);
    // From the end, since only what comes later tells of what was before.
    let mut after = None;
    let mut far = Far::default();
    for number in (1..=verdict.last).rev() {
        let next = main(number.saturating_add(1));
        let named = match next {
            Some(next) => Some(next.link.previous),
            None => (number == standing.number).then_some(standing.nonce),
        };
        let release = places.get(&number).and_then(|place| place.release);
        // A release names its own decision, also when that was erased before it.
        let by_release = release.map(|release| release.link.previous);
        if let Some(shown) = main(number) {
            let names = [named, by_release];
            if names.into_iter().flatten().any(|name| name != shown.nonce) {
                let index = shown.index;
                let replaced = Contradiction::Replaced { number, index };
                verdict.contradictions.push(replaced);
            }
            verdict.shown = verdict.shown.saturating_add(1);
            far.shown(&shown.link);
            after = None;
            continue;
        }
        let later = (number.saturating_add(1)..=number.saturating_add(TOLD)).map(main);
        let told = later.flatten().filter_map(|one| one.link.open_at(number));
        let told: Vec<bool> = told
            .chain(far.open_at(number))
            .chain(standing.open_at(number))
            .collect();
        let apart = matches!((named, by_release), (Some(one), Some(other)) if one != other);
        let named = named.or(by_release);
        let there = named.and_then(|nonce| unread.get(&nonce));
        let behind_erased = matches!(after, Some(Absence::Erased | Absence::Unplaced));
        let never_answered = !told.is_empty() && told.iter().all(|open| *open);
        let what = match there {
            _ if apart => Absence::Missing,
            Some(Unread { erased: true, .. }) => Absence::Erased,
            Some(_) => Absence::Missing,
            None if release.is_some() => Absence::Missing,
            None if never_answered => Absence::Void,
            None if behind_erased => Absence::Unplaced,
            None => Absence::Missing,
        };
        if what == Absence::Void {
            verdict.void_nonces.extend(named);
        }
        after = Some(what);
        verdict.tell(number, what);
    }
    verdict.absent.reverse();
    verdict.void_nonces.reverse();
    verdict.contradictions.sort_by_key(|one| match one {
        Contradiction::Twice { number, .. } | Contradiction::Replaced { number, .. } => *number,
    });
    Some(verdict)
}

#[cfg(test)]
mod tests;
