//! The moments of a grant: from when, until when, and no longer than thirty days.

use super::*;
use crate::testing::{BEGIN, Bench, CARE, POLICE, caller, idempotency, oin, refused, run};

const TERM: u64 = 30 * Millis::DAY;

/// The police let Veilig Thuis read, for that time.
async fn grant(bench: &Bench, from: Millis, until: Millis) -> Result<[u8; 16], HubError> {
    let command = GrantAccess {
        idempotency: idempotency(),
        auditor: oin(CARE),
        system: None,
        filter: EntryFilter::read(&v1::EntryFilter::default()).unwrap(),
        from,
        until,
    };
    let asserted = bench.asserted(POLICE, &["fg-1", "fg-2"], Digest([1; 32]));
    let given = bench
        .hub
        .grant_access(&caller(POLICE, 0), command, &asserted)
        .await?;
    Ok(given.grant.unwrap().grant_id.try_into().unwrap())
}

#[test]
fn a_grant_lasts_thirty_days_from_its_beginning_and_not_a_millisecond_more() {
    run(async {
        let bench = Bench::start().await;
        let later = BEGIN.plus(9 * Millis::DAY);
        // A beginning that has passed is now.
        let begun = BEGIN.minus(Millis::DAY);
        let entries = bench.hub.parts.store.next_index().0;
        let invalid = ErrorCode::MessageInvalid;
        for (from, until) in [
            (BEGIN, BEGIN.plus(TERM + 1)),
            (begun, BEGIN.plus(TERM + 1)),
            (later, later.plus(TERM + 1)),
            (BEGIN, BEGIN),
            (begun, BEGIN),
            (later, later),
            (later, later.minus(1)),
        ] {
            assert_eq!(refused(grant(&bench, from, until).await), invalid);
        }
        assert_eq!(bench.hub.parts.store.next_index().0, entries);
        for (from, until) in [
            (BEGIN, BEGIN.plus(TERM)),
            (begun, BEGIN.plus(TERM)),
            (later, later.plus(TERM)),
            (later, later.plus(1)),
        ] {
            grant(&bench, from, until).await.unwrap();
        }
        assert_eq!(bench.hub.parts.store.next_index().0, entries + 4);
    });
}

#[test]
fn a_grant_is_in_force_from_its_first_millisecond_to_its_last() {
    run(async {
        let bench = Bench::start().await;
        let (from, until) = (BEGIN.plus(Millis::DAY), BEGIN.plus(3 * Millis::DAY));
        let id = grant(&bench, from, until).await.unwrap();
        let not = ErrorCode::GrantNotInForce;
        for (at, stands) in [
            (BEGIN, false),
            (from.minus(1), false),
            (from, true),
            (from.plus(1), true),
            (until.minus(1), true),
            (until, false),
            (until.plus(1), false),
        ] {
            bench.go_to(at);
            let found = bench.hub.granted(&caller(CARE, 1), Some(id));
            if stands {
                assert_eq!(found.unwrap().unwrap().controller(), oin(POLICE));
            } else {
                assert_eq!(refused(found), not, "{}", at.0 as i64 - from.0 as i64);
            }
            // Nobody else reads by it at any moment, not even who gave it.
            assert_eq!(
                refused(bench.hub.granted(&caller(POLICE, 0), Some(id))),
                not
            );
        }
    });
}

/// What was found in force in a grant's last millisecond, and would be committed after it.
#[test]
fn what_was_decided_within_a_grant_is_not_done_after_it() {
    run(async {
        let bench = Bench::start().await;
        let until = BEGIN.plus(Millis::DAY);
        let id = grant(&bench, BEGIN, until).await.unwrap();
        bench.go_to(until.minus(1));
        let entry = |name| {
            let draft = Draft {
                recipient: Some(oin(CARE)),
                ..Draft::default()
            };
            let slip = random_slip().slip().unwrap();
            let prepared = bench.hub.prepare(draft, &slip, bench.hub.now()).unwrap();
            ChangeSet::new(name, prepared.entry())
        };
        let found = bench.hub.granted(&caller(CARE, 0), Some(id)).unwrap();
        let found = found.unwrap();
        let store = &bench.hub.parts.store;
        let done = store.commit(found.guard(entry("in its last millisecond")));
        done.await.unwrap();
        bench.clock.advance(1);
        let entries = store.next_index();
        let late = store.commit(found.guard(entry("too late"))).await;
        let told = refused(late.map_err(ended));
        assert_eq!(told, ErrorCode::GrantNotInForce);
        assert_eq!(store.next_index(), entries);
    });
}
