//! Until when a decision under an agreement stands.

use crate::testing::{BEGIN, Bench, run};
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::Millis;

/// The last second that an agreement names is one of its term, to its last millisecond.
#[test]
fn a_decision_stands_as_long_as_the_term_of_its_agreement() {
    run(async {
        let bench = Bench::start().await;
        let last = BEGIN.plus(9 * Millis::DAY);
        let hash = bench
            .agree(&[
                ("2031-08-31T23:59:59+02:00", "2027-01-24T08:00:00Z"),
                ("review = 2027-09-01", "review = 2027-01-20"),
            ])
            .await;
        let snapshot = bench.hub.parts.store.snapshot().unwrap();
        let Versioned { revision, value } = snapshot.agreement(&hash).unwrap();
        let loaded = bench.hub.agreements.load(&hash, &value.unwrap(), revision);
        let loaded = loaded.unwrap();
        let end = loaded.term_end();
        assert_eq!(end, last.plus(1_000));
        for (at, within) in [
            (last, true),
            (end.minus(1), true),
            (end, false),
            (end.plus(1), false),
        ] {
            assert_eq!(loaded.in_term(at), within);
            assert_eq!(at < end, within);
        }
    });
}
