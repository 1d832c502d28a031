//! Running through the sheets on several threads, and counting.

use super::blocks::BLOCKS;
use super::sheet::Sheet;
use super::{Broken, Matrix, TOLD, set};
use crate::engine::Asked;
use crate::facts::Facts;
use crate::words::Action;
use seinhuis_types::RefusalReason;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Of so many combinations one is put to the whole set too.
const WHOLE: usize = 8;
/// Combinations that a thread takes at a time.
const CHUNK: usize = 16_384;

/// What one thread counted.
#[derive(Default)]
pub(super) struct Count {
    pub(super) combinations: u64,
    pub(super) permits: u64,
    pub(super) told: BTreeMap<RefusalReason, u64>,
    pub(super) broken: Vec<Broken>,
}

impl Matrix<'_> {
    pub(super) fn run(&self, sheets: &[Sheet], threads: NonZeroUsize) -> Count {
        let work: Vec<(&Sheet, usize)> = sheets
            .iter()
            .flat_map(|sheet| (0..sheet.size()).step_by(CHUNK).map(move |from| (sheet, from)))
            .collect();
        let next = AtomicUsize::new(0);
        let total = Mutex::new(Count::default());
        std::thread::scope(|scope| {
            for _ in 0..threads.get() {
                scope.spawn(|| {
                    let mut count = Count::default();
                    while let Some((sheet, from)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.walk(sheet, *from, &mut count);
                        if count.broken.len() >= TOLD {
                            break;
                        }
                    }
                    if let Ok(mut total) = total.lock() {
                        total.add(count);
                    }
                });
            }
        });
        total.into_inner().unwrap_or_else(|poisoned| {
            let mut count = poisoned.into_inner();
            count
                .broken
                .push(Broken::Unexplained("a thread ended early".to_owned()));
            count
        })
    }

    /// Puts a chunk of a sheet. Between one combination and the next only those blocks are set again
    /// whose number changed.
    fn walk(&self, sheet: &Sheet, from: usize, count: &mut Count) {
        let mut draft = self.lawful.clone();
        let mut last: Option<(Facts, Asked)> = None;
        let mut before: Vec<Option<usize>> = vec![None; sheet.len()];
        for index in from..sheet.size().min(from + CHUNK) {
            for ((block, number), before) in sheet.at(index).zip(&mut before) {
                if *before != Some(number) {
                    *before = Some(number);
                    let set = BLOCKS
                        .get(block)
                        .ok_or_else(|| Broken::Unexplained("no such block".to_owned()))
                        .and_then(|block| set(*block, &mut draft, number));
                    if let Err(broken) = set {
                        count.broken.push(broken);
                        return;
                    }
                }
            }
            let action = if index % 2 == 0 {
                Action::Publish
            } else {
                Action::Release
            };
            let same = last.as_ref().filter(|(facts, _)| draft.same_rows(facts));
            let facts = draft.facts(action, same.map(|(facts, _)| facts));
            let asked = same.map(|(_, asked)| Asked::clone(asked));
            match self.put(&facts, asked, index % WHOLE == 0) {
                Ok((stand, asked)) => {
                    count.note(self.engine.told(stand));
                    last = Some((facts, asked));
                }
                Err(broken) => {
                    count.broken.push(broken);
                    if count.broken.len() >= TOLD {
                        return;
                    }
                }
            }
        }
    }
}

impl Count {
    fn note(&mut self, told: Vec<RefusalReason>) {
        self.combinations += 1;
        if told.is_empty() {
            self.permits += 1;
        }
        for reason in told {
            *self.told.entry(reason).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.combinations += other.combinations;
        self.permits += other.permits;
        for (reason, many) in other.told {
            *self.told.entry(reason).or_default() += many;
        }
        self.broken.extend(other.broken);
    }
}
