//! What a chain lets pass and what it does not: an honest crash, an erased entry, and each way to hide one.

use super::*;
use crate::signal::SourceShield;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A partner that counts as its SDK does.
#[derive(Default)]
struct Counting {
    number: u32,
    open: Open,
    nonce: [u8; 16],
    all: Vec<FoundLink>,
}

impl Counting {
    fn nonce(number: u32, release: bool) -> [u8; 16] {
        let mut nonce = [u8::from(release); 16];
        nonce[..4].copy_from_slice(&number.to_be_bytes());
        nonce
    }

    fn take(&mut self, answered: bool) -> u32 {
        let number = self.number + 1;
        let nonce = Self::nonce(number, false);
        let link = Link {
            number,
            step: Step::Decision,
            shield: SourceShield::None,
            open: self.open,
            previous: self.nonce,
        };
        let index = LeafIndex(u64::from(number) * 10);
        self.all.push(FoundLink { index, nonce, link });
        (self.number, self.nonce) = (number, nonce);
        self.open = self.open.taken();
        if answered {
            self.open = self.open.proven(0);
        }
        number
    }

    fn release(&mut self, number: u32) {
        let one = self
            .all
            .iter()
            .find(|one| one.link.number == number)
            .unwrap();
        let link = Link {
            step: Step::Release,
            previous: one.nonce,
            ..one.link
        };
        let nonce = Self::nonce(number, true);
        let index = LeafIndex(one.index.0 + 5);
        self.all.push(FoundLink { index, nonce, link });
    }

    fn of(answers: &[bool]) -> Self {
        let mut counting = Self::default();
        for answered in answers {
            counting.take(*answered);
        }
        counting
    }

    fn standing(&self) -> Standing {
        Standing {
            number: self.number,
            open: self.open,
            nonce: self.nonce,
        }
    }

    fn without(&self, numbers: &[u32]) -> Vec<FoundLink> {
        let kept = self
            .all
            .iter()
            .filter(|one| !numbers.contains(&one.link.number));
        kept.copied().collect()
    }
}

fn none() -> BTreeMap<[u8; 16], Unread> {
    BTreeMap::new()
}

fn unread(number: u32, erased: bool) -> ([u8; 16], Unread) {
    let index = LeafIndex(u64::from(number) * 10);
    (Counting::nonce(number, false), Unread { index, erased })
}

fn absent(verdict: &Verdict) -> Vec<(u32, u32, Absence)> {
    verdict
        .absent
        .iter()
        .map(|run| (run.first, run.last, run.what))
        .collect()
}

#[test]
fn a_whole_chain_is_whole_released_or_not() {
    let mut counting = Counting::of(&[true; 40]);
    counting.release(7);
    counting.release(40);
    let verdict = judge(&counting.all, &none(), Some(counting.standing())).unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
    assert_eq!(
        (verdict.last, verdict.shown, verdict.absent.len()),
        (40, 40, 0)
    );
    assert_eq!(judge(&[], &none(), None), Some(Verdict::default()));
}

#[test]
fn a_number_that_was_proven_and_is_not_shown_is_a_gap() {
    let counting = Counting::of(&[true; 6]);
    for gone in [&[1][..], &[3], &[3, 4], &[1, 2, 3, 4, 5]] {
        let verdict = judge(&counting.without(gone), &none(), None).unwrap();
        let (first, last) = (gone[0], *gone.last().unwrap());
        assert!(!verdict.is_whole());
        assert_eq!(absent(&verdict), [(first, last, Absence::Missing)]);
        assert_eq!(verdict.count(Absence::Missing), last - first + 1);
    }
}

#[test]
fn a_crash_before_any_answer_is_void_and_names_the_slip_that_no_leaf_may_have() {
    let counting = Counting::of(&[true, false, false, true, true]);
    let shown = counting.without(&[2, 3]);
    let verdict = judge(&shown, &none(), None).unwrap();
    assert!(verdict.is_whole());
    assert_eq!(absent(&verdict), [(2, 3, Absence::Void)]);
    assert_eq!(verdict.void_nonces, [Counting::nonce(3, false)]);
    // The same slip in the log, without a link to read: the hub dropped it, and it is no crash.
    let dropped = BTreeMap::from([unread(3, false)]);
    let verdict = judge(&shown, &dropped, None).unwrap();
    assert_eq!(
        absent(&verdict),
        [(2, 2, Absence::Void), (3, 3, Absence::Missing)]
    );
}

/// A line that is broken for a day: a partner that was never answered is not told it has a gap.
#[test]
fn any_number_of_calls_that_were_never_answered_is_told_from_an_omission() {
    for row in [31u32, 32, 33, 34, 100, 1_000] {
        let mut answers = vec![true, true];
        answers.resize(answers.len() + row as usize, false);
        answers.extend([true; 40]);
        let counting = Counting::of(&answers);
        let lost: Vec<u32> = (3..3 + row).collect();
        for standing in [None, Some(counting.standing())] {
            let verdict = judge(&counting.without(&lost), &none(), standing).unwrap();
            assert!(verdict.is_whole(), "{row}: {verdict:?}");
            assert_eq!(absent(&verdict), [(3, 2 + row, Absence::Void)]);
        }
        // The entry before them, and any of them that was in the log after all, is none of them.
        for gone in [2, 1] {
            let more: Vec<u32> = lost.iter().copied().chain([gone]).collect();
            let verdict = judge(&counting.without(&more), &none(), None).unwrap();
            assert_eq!(verdict.count(Absence::Missing), 1, "{row} {gone}");
            assert!(!verdict.is_whole());
        }
    }
}

/// A proof that came late is told by the links after it, however long the row was.
#[test]
fn whichever_of_a_long_row_was_answered_late_cannot_be_left_out() {
    for late in [2u32, 20, 60, 101] {
        let mut counting = Counting::of(&[true]);
        for _ in 0..100 {
            counting.take(false);
        }
        counting.open = counting.open.proven(counting.number - late);
        counting.take(true);
        let lost: Vec<u32> = (2..=101).collect();
        let verdict = judge(&counting.without(&lost), &none(), None).unwrap();
        assert!(!verdict.is_whole(), "{late}");
        let missing = verdict
            .absent
            .iter()
            .filter(|run| run.what == Absence::Missing);
        let missing: Vec<_> = missing.flat_map(|run| run.first..=run.last).collect();
        assert!(missing.contains(&late), "{late}: {missing:?}");
    }
}

#[test]
fn what_a_later_link_proved_is_not_open_because_an_earlier_one_said_so() {
    for late in [2u32, 20, 60] {
        let mut counting = Counting::of(&[true]);
        for _ in 0..100 {
            counting.take(false);
        }
        // This link counts all of the row as open; then the answer to one comes, and the next link saw its proof.
        counting.take(false);
        counting.open = counting.open.proven(counting.number - late);
        counting.take(true);
        let lost: Vec<u32> = (2..=101).collect();
        let verdict = judge(&counting.without(&lost), &none(), None).unwrap();
        let missing = verdict
            .absent
            .iter()
            .filter(|run| run.what == Absence::Missing);
        let missing: Vec<_> = missing.flat_map(|run| run.first..=run.last).collect();
        assert_eq!(missing, [late]);
    }
}

#[test]
fn a_dropped_entry_is_not_passed_off_as_a_crash_once_any_later_link_saw_its_proof() {
    let mut counting = Counting::of(&[true, false, true]);
    // The answer to number 2 came late: number 4 was made with the proof at hand.
    counting.open = counting.open.proven(1);
    counting.take(true);
    let verdict = judge(&counting.without(&[2]), &none(), None).unwrap();
    assert_eq!(absent(&verdict), [(2, 2, Absence::Missing)]);
}

#[test]
fn an_erased_entry_is_no_gap_and_hides_none_that_was_not_erased() {
    let counting = Counting::of(&[true; 6]);
    let erased = BTreeMap::from([unread(3, true)]);
    let verdict = judge(&counting.without(&[3]), &erased, None).unwrap();
    assert_eq!(absent(&verdict), [(3, 3, Absence::Erased)]);
    // Two in a row: the first of them has nobody left to name it.
    let verdict = judge(&counting.without(&[2, 3]), &erased, None).unwrap();
    assert!(verdict.is_whole());
    assert_eq!(
        absent(&verdict),
        [(2, 2, Absence::Unplaced), (3, 3, Absence::Erased)]
    );
    let verdict = judge(&counting.without(&[3, 5]), &erased, None).unwrap();
    assert_eq!(
        absent(&verdict),
        [(3, 3, Absence::Erased), (5, 5, Absence::Missing)]
    );
}

#[test]
fn the_tail_is_closed_by_the_partners_own_count_and_by_nothing_else() {
    let counting = Counting::of(&[true, true, true, true, false]);
    let shown = counting.without(&[4, 5]);
    let without_count = judge(&shown, &none(), None).unwrap();
    assert!(without_count.is_whole());
    assert_eq!(without_count.last, 3);
    let verdict = judge(&shown, &none(), Some(counting.standing())).unwrap();
    assert_eq!(
        absent(&verdict),
        [(4, 4, Absence::Missing), (5, 5, Absence::Void)]
    );
    let erased = BTreeMap::from([unread(5, true)]);
    let verdict = judge(&shown, &erased, Some(counting.standing())).unwrap();
    assert!(verdict.is_whole(), "{verdict:?}");
}

#[test]
fn two_entries_with_one_number_and_another_slip_in_its_place_are_told() {
    let counting = Counting::of(&[true; 3]);
    let mut twice = counting.all.clone();
    let mut copy = twice[1];
    copy.index = LeafIndex(99);
    twice.push(copy);
    let verdict = judge(&twice, &none(), None).unwrap();
    let index = LeafIndex(99);
    assert_eq!(
        verdict.contradictions,
        [Contradiction::Twice { number: 2, index }]
    );
    let mut replaced = counting.all.clone();
    replaced[1].nonce = [0xee; 16];
    let verdict = judge(&replaced, &none(), None).unwrap();
    let index = replaced[1].index;
    assert_eq!(
        verdict.contradictions,
        [Contradiction::Replaced { number: 2, index }]
    );
    assert!(!verdict.is_whole());
}

#[test]
fn a_release_without_its_decision_is_a_gap() {
    let mut counting = Counting::of(&[true, false, true]);
    counting.release(2);
    let shown = counting.all.iter();
    let shown: Vec<_> = shown
        .filter(|one| one.link.number != 2 || one.link.step == Step::Release)
        .copied()
        .collect();
    let verdict = judge(&shown, &none(), None).unwrap();
    assert_eq!(absent(&verdict), [(2, 2, Absence::Missing)]);
}

#[test]
fn a_number_beyond_all_reason_is_not_counted_up_to() {
    let mut counting = Counting::of(&[true]);
    counting.all[0].link.number = MOST + 1;
    assert_eq!(judge(&counting.all, &none(), None), None);
}

proptest! {
    /// Whatever is answered late or never, showing all that is in the log is whole; leaving out
    /// any one that a later link saw proven is not.
    #[test]
    fn honest_is_whole_and_one_left_out_is_not(
        rows in proptest::collection::vec((any::<bool>(), 1usize..60), 1..8),
        gone in any::<prop::sample::Index>(),
    ) {
        let answers: Vec<bool> = (rows.iter())
            .flat_map(|(answered, times)| vec![*answered; *times])
            .collect();
        let counting = Counting::of(&answers);
        let logged: Vec<_> = counting
            .all
            .iter()
            .filter(|one| answers[one.link.number as usize - 1])
            .copied()
            .collect();
        let whole = judge(&logged, &none(), Some(counting.standing())).unwrap();
        prop_assert!(whole.is_whole(), "{:?}", whole);
        prop_assume!(!logged.is_empty());
        let gone = gone.get(&logged).link.number;
        let rest: Vec<_> = logged.into_iter().filter(|one| one.link.number != gone).collect();
        let verdict = judge(&rest, &none(), Some(counting.standing())).unwrap();
        prop_assert!(!verdict.is_whole());
    }
}

#[test]
fn a_decision_that_was_erased_before_its_release_is_named_by_it() {
    let mut counting = Counting::of(&[true; 3]);
    counting.release(2);
    counting.release(3);
    let releases = |numbers: &[u32]| -> Vec<FoundLink> {
        let all = counting.all.iter();
        let kept =
            all.filter(|one| one.link.step == Step::Release || !numbers.contains(&one.link.number));
        kept.copied().collect()
    };
    let erased = BTreeMap::from([unread(2, true), unread(3, true)]);
    // The last one: no later link is there to name it, with or without the partner's own count.
    for standing in [None, Some(counting.standing())] {
        let verdict = judge(&releases(&[3]), &erased, standing).unwrap();
        assert_eq!(absent(&verdict), [(3, 3, Absence::Erased)]);
        let verdict = judge(&releases(&[2, 3]), &erased, standing).unwrap();
        assert_eq!(absent(&verdict), [(2, 3, Absence::Erased)]);
    }
    // Not erased, or another than the next link names: a gap.
    let verdict = judge(&releases(&[2, 3]), &none(), None).unwrap();
    assert_eq!(absent(&verdict), [(2, 3, Absence::Missing)]);
    let mut other = releases(&[2]);
    let release = other.iter_mut().find(|one| one.link.number == 2).unwrap();
    release.link.previous = Counting::nonce(3, false);
    let verdict = judge(&other, &erased, None).unwrap();
    assert_eq!(absent(&verdict), [(2, 2, Absence::Missing)]);
}
