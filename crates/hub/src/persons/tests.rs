//! What one person opens alone on a day.

use super::*;
use crate::parts::Draft;
use crate::testing::{BEGIN, Bench, POLICE, caller, oin, refused, run};
use seinhuis_types::Digest;

/// Opens so many entries for these persons, as far as they are counted.
async fn open(bench: &Bench, persons: &[&str], rows: u64) -> Result<(), HubError> {
    let hub = &bench.hub;
    let asserted = bench.asserted(POLICE, persons, Digest([1; 32]));
    let persons = hub.persons(&caller(POLICE, 0), &asserted)?;
    let draft = Draft {
        recipient: Some(oin(POLICE)),
        ..Draft::default()
    };
    let slip = crate::release::random_slip().slip()?;
    let prepared = hub.prepare(draft, &slip, hub.now())?;
    let change = hub.counted(&persons, rows, ChangeSet::new("read", prepared.entry()));
    hub.commit_for(&persons, change).await.map(drop)
}

#[test]
fn what_a_person_opens_alone_counts_for_the_day_by_utc_to_the_millisecond() {
    run(async {
        let bench = Bench::start().await;
        let midnight = Millis((BEGIN.0 / Millis::DAY + 1) * Millis::DAY);
        let second = ErrorCode::SecondPersonNeeded;
        // In the last millisecond of a day; then in the first and the last of the next; then of the one after.
        let moments = [
            (midnight.minus(1), true),
            (midnight, true),
            (midnight.plus(Millis::DAY - 1), false),
            (midnight.plus(Millis::DAY), true),
        ];
        for (at, anew) in moments {
            bench.go_to(at);
            if anew {
                assert_eq!(refused(open(&bench, &["fg-1"], ALONE + 1).await), second);
                open(&bench, &["fg-1"], ALONE).await.unwrap();
                open(&bench, &["fg-2"], 1).await.unwrap();
            }
            // One more, also in another case of the same name; not where there are two.
            assert_eq!(refused(open(&bench, &["fg-1"], 1).await), second);
            assert_eq!(refused(open(&bench, &["FG-1"], 1).await), second);
            open(&bench, &["fg-1", "fg-2"], 1).await.unwrap();
        }
    });
}
