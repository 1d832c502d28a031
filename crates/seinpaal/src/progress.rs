//! How far long work is, as a line on standard error now and then.
//!
//! Owns: how often, and the words, Dutch and English. Never standard output, which others read; nothing at
//! all with `--json`. Must not know: what the work is for.

use crate::cli::Lang;
use seinhuis_client::{Progress, Work};
use seinhuis_types::{Clock, Millis};
use std::sync::{Arc, Mutex, PoisonError};

/// After how many entries of the log a line is told: 256 bundles.
const ENTRIES: u64 = 65_536;
/// After how many of what is asked of the hub, one by one or in pages.
const OTHERS: u64 = 1_000;
/// After how much silence a line is told, however few that were.
const SILENCE: Millis = Millis(5_000);

/// Tells lines, at each so many and after each so long.
pub(crate) struct Teller<S> {
    lang: Lang,
    clock: Arc<dyn Clock>,
    say: S,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    work: Option<Work>,
    /// How far it was when a line was told last.
    done: u64,
    at: Millis,
}

impl<S: Fn(&str) + Send + Sync> Teller<S> {
    /// One that begins now, and says its lines with `say`.
    pub(crate) fn new(lang: Lang, clock: Arc<dyn Clock>, say: S) -> Self {
        let state = State {
            work: None,
            done: 0,
            at: clock.now(),
        };
        Self {
            lang,
            clock,
            say,
            state: Mutex::new(state),
        }
    }
}

impl<S: Fn(&str) + Send + Sync> Progress for Teller<S> {
    fn at(&self, work: Work, done: u64, of: Option<u64>) {
        let now = self.clock.now();
        // Between any two operations it is whole, so a panic elsewhere does no harm.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.work != Some(work) || done < state.done {
            state.work = Some(work);
            state.done = 0;
        }
        let stepped = done / step(work) > state.done / step(work);
        if stepped || now.0.saturating_sub(state.at.0) >= SILENCE.0 {
            state.done = done;
            state.at = now;
            (self.say)(&line(self.lang, work, done, of));
        }
    }
}

const fn step(work: Work) -> u64 {
    match work {
        Work::LogEntries => ENTRIES,
        Work::OwnEntries | Work::Proofs | Work::Receipts | Work::Decisions => OTHERS,
    }
}

fn line(lang: Lang, work: Work, done: u64, of: Option<u64>) -> String {
    let what = match work {
        Work::LogEntries => lang.of("regels van het log gelezen", "entries of the log read"),
        Work::OwnEntries => lang.of("eigen regels geopend", "own entries opened"),
        Work::Proofs => lang.of("bewijzen nagegaan", "proofs checked"),
        Work::Receipts => lang.of("ontvangstbewijzen nagegaan", "receipts checked"),
        Work::Decisions => lang.of("beslissingen gelezen", "decisions read"),
    };
    match of {
        Some(of) => {
            let between = lang.of("van", "of");
            format!("seinpaal: {done} {between} {of} {what}")
        }
        None => format!("seinpaal: {done} {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_types::ManualClock;

    type Said = Arc<Mutex<Vec<String>>>;

    fn teller(lang: Lang) -> (impl Progress, ManualClock, Said) {
        let clock = ManualClock::at(Millis(1_000));
        let said = Said::default();
        let to = Arc::clone(&said);
        let say = move |line: &str| to.lock().unwrap().push(line.to_owned());
        (Teller::new(lang, Arc::new(clock.clone()), say), clock, said)
    }

    fn taken(said: &Said) -> Vec<String> {
        std::mem::take(&mut *said.lock().unwrap())
    }

    #[test]
    fn a_line_is_told_at_each_step_and_not_between() {
        let (teller, _, said) = teller(Lang::En);
        for bundle in 1..=520_u64 {
            teller.at(Work::LogEntries, bundle * 256, Some(133_120));
        }
        let lines = taken(&said);
        assert_eq!(
            lines,
            [
                "seinpaal: 65536 of 133120 entries of the log read",
                "seinpaal: 131072 of 133120 entries of the log read"
            ]
        );
        for (work, what) in [
            (Work::OwnEntries, "own entries opened"),
            (Work::Proofs, "proofs checked"),
            (Work::Receipts, "receipts checked"),
            (Work::Decisions, "decisions read"),
        ] {
            for done in 1..=2_999 {
                teller.at(work, done, None);
            }
            let due = [1_000, 2_000].map(|done| format!("seinpaal: {done} {what}"));
            assert_eq!(taken(&said), due);
        }
        // A second walk over the same log is told from its beginning.
        teller.at(Work::LogEntries, 65_535, Some(65_536));
        assert_eq!(taken(&said), Vec::<String>::new());
        teller.at(Work::LogEntries, 65_536, Some(65_536));
        teller.at(Work::LogEntries, 256, Some(65_536));
        teller.at(Work::LogEntries, 65_536, Some(65_536));
        assert_eq!(taken(&said).len(), 2);
    }

    #[test]
    fn after_five_seconds_of_silence_a_line_is_told_however_little_was_done() {
        let (teller, clock, said) = teller(Lang::Nl);
        teller.at(Work::Proofs, 1, Some(9));
        clock.advance(4_999);
        teller.at(Work::Proofs, 2, Some(9));
        assert_eq!(taken(&said), Vec::<String>::new());
        clock.advance(1);
        teller.at(Work::Proofs, 3, Some(9));
        teller.at(Work::Proofs, 4, Some(9));
        assert_eq!(taken(&said), ["seinpaal: 3 van 9 bewijzen nagegaan"]);
        // Other work does not begin the silence anew.
        clock.advance(4_999);
        teller.at(Work::Receipts, 1, None);
        clock.advance(1);
        teller.at(Work::Receipts, 2, None);
        assert_eq!(taken(&said), ["seinpaal: 2 ontvangstbewijzen nagegaan"]);
    }
}
