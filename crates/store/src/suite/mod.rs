//! The conformance suite: what every engine under the store must hold. Owns [`store_suite!`], the
//! facts it checks, and [`Bench`]. Must not know: any particular engine.
//!
//! Facts are functions that give an error instead of panicking, so that they can live outside test
//! code; the macro makes a test of each.
//!
//! [`store_suite!`]: crate::store_suite

mod audit;
mod gate;
mod make;
mod persons;
mod questions;
mod rows;
mod start;
mod streams;
mod writer;

pub use audit::{
    erased_months_are_gone, integration_is_fenced, leaves_are_sequenced_in_order,
    parts_are_replaced_one_entry_at_a_time, parts_outlive_their_leaf,
};
pub use gate::{Gate, Gated, Keeper, PATIENCE};
pub use persons::{
    an_assertion_is_used_once_and_kept_for_its_term, grants_come_back, parts_are_read_in_a_row,
    warnings_come_back, what_one_opens_alone_stops_at_its_cap,
};
pub use questions::{questions_of_a_day_stop_at_their_cap, questions_tick_and_lapse};
pub use rows::{
    a_conflict_fails_alone, agreements_move_their_set, every_hole_is_filled, every_row_comes_back,
    holds_move_their_set, replies_lapse_after_their_term, revisions_name_the_entry,
    the_largest_values_come_back, values_that_are_too_large_are_refused,
    what_stood_until_an_end_does_not_stand_after_it,
};
pub use start::{
    a_gap_in_the_log_is_told, a_ledger_is_not_a_store, a_newer_schema_is_told,
    hub_time_never_goes_back, reopening_keeps_everything, tips_that_differ_are_told,
};
pub use streams::{
    break_glasses_come_back_and_are_due_in_order, counters_stop_at_their_cap,
    events_have_their_place_and_lapse, held_deliveries_are_listed, positions_are_dense_per_desk,
    what_is_due_comes_in_order, withdrawn_positions_are_not_reused,
};
pub use writer::{
    a_failed_sync_is_fatal, a_full_disk_refuses_growth_only, a_full_queue_is_busy,
    a_sync_that_does_not_end_is_fatal, indexes_are_contiguous_under_load, one_sync_serves_a_batch,
    what_is_not_durable_is_not_seen,
};

use crate::{Embedded, Engine, EngineError, Limits, StoreError};
use seinhuis_types::{ManualClock, Millis};
use std::error::Error;

/// What a fact gives: nothing, or what went wrong. A false assertion panics.
pub type Outcome = Result<(), Box<dyn Error>>;

/// When every test starts: 2026-09-21T14:13:20Z.
pub const START: Millis = Millis(1_790_000_000_000);

/// Gives engines to test.
pub trait Bench: Send + Sync {
    /// The engine under test.
    type Engine: Engine;

    /// Opens the bench's data: empty the first time, and as they were left after that. The engine
    /// opened before has been dropped.
    fn engine(&self) -> Result<Self::Engine, EngineError>;
}

impl Bench for crate::Memory {
    type Engine = Self;

    fn engine(&self) -> Result<Self, EngineError> {
        Ok(self.clone())
    }
}

/// A store on the bench's engine, whose clock stands at [`START`].
fn open(bench: &impl Bench) -> Result<Embedded, Box<dyn Error>> {
    Ok(open_at(bench, &ManualClock::at(START))?)
}

fn open_at(bench: &impl Bench, clock: &ManualClock) -> Result<Embedded, StoreError> {
    Embedded::open(
        bench.engine()?,
        clock.clone(),
        Limits::default(),
        Box::new(|_| ()),
    )
}

/// A store whose syncs a test can hold back.
fn open_gated(bench: &impl Bench, limits: Limits) -> Result<(Embedded, Keeper), Box<dyn Error>> {
    let gate = Gate::default();
    let engine = Gated::new(bench.engine()?, gate.clone());
    let fatal = gate.clone();
    let told = Box::new(move |why: &str| fatal.tell(why));
    Ok((
        Embedded::open(engine, ManualClock::at(START), limits, told)?,
        Keeper(gate),
    ))
}

/// Makes a test of every fact; `$bench` is an expression that gives a fresh [`Bench`](suite::Bench).
///
/// The calling crate needs `tokio` with `macros` and `rt` among its dev-dependencies.
///
/// [`suite::Bench`]: crate::suite::Bench
#[macro_export]
macro_rules! store_suite {
    ($bench:expr) => {
        $crate::store_suite! { @ $bench;
            every_hole_is_filled
            every_row_comes_back
            revisions_name_the_entry
            agreements_move_their_set
            holds_move_their_set
            a_conflict_fails_alone
            what_stood_until_an_end_does_not_stand_after_it
            values_that_are_too_large_are_refused
            the_largest_values_come_back
            replies_lapse_after_their_term
            an_assertion_is_used_once_and_kept_for_its_term
            what_one_opens_alone_stops_at_its_cap
            parts_are_read_in_a_row
            grants_come_back
            warnings_come_back
            questions_tick_and_lapse
            questions_of_a_day_stop_at_their_cap
            positions_are_dense_per_desk
            withdrawn_positions_are_not_reused
            events_have_their_place_and_lapse
            what_is_due_comes_in_order
            break_glasses_come_back_and_are_due_in_order
            held_deliveries_are_listed
            counters_stop_at_their_cap
            leaves_are_sequenced_in_order
            integration_is_fenced
            parts_outlive_their_leaf
            parts_are_replaced_one_entry_at_a_time
            erased_months_are_gone
            indexes_are_contiguous_under_load
            one_sync_serves_a_batch
            what_is_not_durable_is_not_seen
            a_failed_sync_is_fatal
            a_sync_that_does_not_end_is_fatal
            a_full_queue_is_busy
            a_full_disk_refuses_growth_only
            reopening_keeps_everything
            hub_time_never_goes_back
            a_newer_schema_is_told
            a_ledger_is_not_a_store
            a_gap_in_the_log_is_told
            tips_that_differ_are_told
        }
    };
    (@ $bench:expr; $($fact:ident)*) => {$(
        #[tokio::test]
        async fn $fact() -> $crate::suite::Outcome {
            $crate::suite::$fact(&$bench).await
        }
    )*};
}

#[cfg(test)]
mod tests {
    crate::store_suite!(crate::Memory::new());
}
