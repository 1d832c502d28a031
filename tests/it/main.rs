//! End to end: real processes, real mTLS, real keys. One test binary.

mod agreements;
mod certificates;
mod conversion;
mod flow;
mod messages;
mod streams;

/// Runs a test's future to its end.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
