//! End to end: real processes, real mTLS, real keys. One test binary.

#[cfg(test)]
mod access_forms;
#[cfg(test)]
mod agreements;
#[cfg(test)]
mod ahead;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod break_glass;
#[cfg(test)]
mod call;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod compared;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod consented;
#[cfg(test)]
mod conversion;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod drafts;
#[cfg(test)]
mod due;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod fsc;
#[cfg(test)]
mod full;
#[cfg(test)]
mod held;
#[cfg(test)]
mod identity_fix;
#[cfg(test)]
mod inform;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod local;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod mirrored;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod open_law;
#[cfg(test)]
mod persons;
#[cfg(test)]
mod places;
#[cfg(test)]
mod provenance;
#[cfg(test)]
mod public;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod rectify;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod services;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod starts;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod themes;
#[cfg(test)]
mod told_work;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod trace;
#[cfg(test)]
mod transfer;
#[cfg(test)]
mod unpublished;
#[cfg(test)]
mod view;
#[cfg(test)]
mod warnings;
#[cfg(test)]
mod whatif;
#[cfg(test)]
mod wiped;
#[cfg(test)]
mod witnessed;
#[cfg(test)]
mod wrapping;

/// Runs a test's future to its end.
#[cfg(test)]
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
