//! A hub whose log is not published.

use crate::parts::Keep;
use crate::testing::{Bench, refused, run};
use crate::{hub::LAG_REFUSES_MS, parts::Draft};
use seinhuis_types::{Clock, ErrorCode};

#[test]
fn nothing_is_decided_from_a_minute_after_the_first_entry_that_is_not_published() {
    run(async {
        let bench = Bench::start().await;
        bench.stop_publishing();
        bench.clock.advance(777);
        bench.entry(Draft::default(), Keep::default()).await;
        let since = bench.clock.now();
        bench.hub.log_in_time().unwrap();
        // A later entry does not make it younger.
        bench.clock.advance(5_000);
        bench.entry(Draft::default(), Keep::default()).await;
        assert_eq!(LAG_REFUSES_MS, 60_000);
        bench.go_to(since.plus(LAG_REFUSES_MS - 1));
        bench.hub.log_in_time().unwrap();
        for _ in 0..2 {
            bench.clock.advance(1);
            let told = refused(bench.hub.log_in_time());
            assert_eq!(told, ErrorCode::Unavailable);
        }
    });
}
