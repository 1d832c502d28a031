//! When one's own parts may be erased, by whom, and what nobody erases alone.

mod model;
mod walk;

use super::*;
use crate::parts::Keep;
use crate::testing::{BEGIN, Bench, POLICE, caller, idempotency, oin, refused, run};
use model::Judged;
use seinhuis_types::Digest;
use walk::Walk;

/// So many walks of so many steps, all at one hub: who erases finds what others left.
const WALKS: usize = 150;
const STEPS: usize = 48;
const SEED: u64 = 20_261_123;

/// Rule 13 of docs/rules.md.
#[test]
fn no_single_person_brings_a_part_to_erased() {
    run(async {
        let bench = Bench::start().await;
        let mut walk = Walk::new(&bench, SEED);
        for _ in 0..WALKS {
            walk.begin().await;
            for _ in 0..STEPS {
                walk.step().await;
            }
        }
        let Judged {
            erased,
            finished_later,
            refused,
        } = walk.judged();
        // What is never reached is not shown.
        assert!(
            *erased > 1_000 && *finished_later > 100,
            "{erased} {finished_later}"
        );
        for code in [
            ErrorCode::SecondPersonNeeded,
            ErrorCode::PersonAssertionInvalid,
            ErrorCode::PersonAssertionUsed,
            ErrorCode::PartHeld,
            ErrorCode::PartBeforeTerm,
            ErrorCode::EntryNotFound,
            ErrorCode::Aborted,
        ] {
            let met = refused.get(&code).copied().unwrap_or_default();
            assert!(met > 10, "{code:?}: {met}");
        }
    });
}

/// An entry of the police's own that is kept until then.
async fn own(bench: &Bench, until: Millis) -> LeafIndex {
    let draft = Draft {
        recipient: Some(oin(POLICE)),
        recipient_part: Some(vec![1]),
        ..Draft::default()
    };
    let keep = Keep {
        recipient: until,
        ..Keep::default()
    };
    bench.entry(draft, keep).await
}

async fn erase(bench: &Bench, from: LeafIndex, to: LeafIndex) -> Result<u64, HubError> {
    let command = EraseParts {
        idempotency: idempotency(),
        from,
        to,
    };
    let asserted = bench.asserted(POLICE, &["fg-1", "fg-2"], Digest([1; 32]));
    let erased = bench
        .hub
        .erase_parts(&caller(POLICE, 0), command, &asserted)
        .await?;
    Ok(erased.erased)
}

#[test]
fn a_part_is_erased_from_the_moment_its_term_ends_and_not_a_millisecond_before() {
    run(async {
        let bench = Bench::start().await;
        let until = BEGIN.plus(Millis::DAY);
        let first = own(&bench, until).await;
        let second = own(&bench, until.plus(1)).await;
        let never = own(&bench, Millis(0)).await;
        let before = ErrorCode::PartBeforeTerm;
        bench.go_to(until.minus(1));
        let entries = bench.hub.parts.store.next_index();
        assert_eq!(refused(erase(&bench, first, first).await), before);
        assert_eq!(bench.hub.parts.store.next_index(), entries);
        bench.clock.advance(1);
        // One that is too early keeps the others.
        assert_eq!(refused(erase(&bench, first, second).await), before);
        assert_eq!(erase(&bench, first, first).await.unwrap(), 2);
        bench.clock.advance(1);
        assert_eq!(erase(&bench, first, second).await.unwrap(), 2);
        // Of which no term is known has none that ends.
        bench.go_to(until.plus(20 * Millis::DAY));
        assert_eq!(refused(erase(&bench, never, never).await), before);
    });
}

/// Alone a step erases what is past its term, of its own, and nothing else: terms are looked at twice.
#[test]
fn a_copy_goes_from_the_moment_its_own_term_ends() {
    run(async {
        let bench = Bench::start().await;
        let until = BEGIN.plus(Millis::DAY);
        let index = own(&bench, until).await;
        let stored = bench.hub.parts.store.snapshot().unwrap();
        let stored = stored.parts(index).unwrap().value.unwrap();
        for (at, gone) in [(until.minus(1), 0), (until, 2), (until.plus(1), 2)] {
            let (rest, erased) = parts::erase_own(&stored, &oin(POLICE), at).unwrap();
            assert_eq!(erased, gone);
            let left = parts::own(&rest, &oin(POLICE), &bench.hub.parts.wrapping).unwrap();
            let left = left.iter().filter(|own| !own.erased).count();
            assert_eq!(left as u64, 2 - gone);
            let other = Oin::parse("00000099000000050000").unwrap();
            assert_eq!(parts::erase_own(&stored, &other, at).unwrap().1, 0);
        }
    });
}
