//! The end of a service: an interrupt or a termination, then calls under way have 10 seconds.

use crate::exit::{Exit, Failure};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long calls under way may take after the end was asked for.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);

/// Resolves when the process is asked to end. Listens from the call on, so that no end that is asked
/// for early cuts the start off.
pub(crate) fn asked() -> Result<impl Future<Output = ()>, Failure> {
    let unable = |e| Failure::new(Exit::Unavailable, format!("signals: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("asked to end");
    })
}

/// As [`asked`], or when the terminal is gone: the services take a hang-up for a reload, so what
/// started them for a person ends them.
pub(crate) async fn asked_or_left() -> Result<(), Failure> {
    let unable = |e| Failure::new(Exit::Unavailable, format!("signals: {e}"));
    let mut hangup = signal(SignalKind::hangup()).map_err(unable)?;
    let asked = asked()?;
    tokio::select! {
        () = asked => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}
