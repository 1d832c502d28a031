//! Seeded interleavings of what partners do at once, over the hub's own use cases and the store's own
//! writer, judged from outside by what partners were given.
//!
//! One thread, no runtime, no clock of the machine: every act is a future, and a scheduler that draws from
//! a seed says which goes on next, when a batch is written and of how many changes, also between two rows
//! that an act reads. So an interleaving is its seed and its number, and comes out the same again.
//!
//! Owns: the partners and what they may do (`stage`, `act`), the schedule (`step`, `store`,
//! `engine`), the judgement (`oracle`), planted faults, and the shortest acts that show a failure. Must
//! not know: how the hub decides; the oracle reads replies and the order of commits, and none of its code.

mod act;
mod engine;
mod fault;
mod judged;
mod oracle;
mod play;
mod run;
mod seen;
mod shrink;
mod stage;
mod step;
mod store;

pub use fault::{Fault, SimulationError};
pub use judged::{Counts, Failure};
pub use run::{Plan, planted, run};

#[cfg(test)]
mod tests;
