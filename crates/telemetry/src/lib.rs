//! Names of metrics and where they go, and the set-up of log lines.
//!
//! Owns: the metric names, the counters behind them, and the set-up of logging. Must not know:
//! persons, pseudonyms, values, anything of a payload; a label is a code of a closed set or an OIN.
//!
//! Steps of a call and of a commit are spans of the target `seinhuis::stage`, at level trace and without
//! fields: off unless the filter asks for them (`info,seinhuis::stage=trace`), and then each tells at its end
//! how long it worked and how long it waited.

mod counters;

pub use counters::{Counter, Counters, Gauge};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends log lines to standard error. `filter` is a `tracing` directive such as `info`.
///
/// # Errors
/// The sentence says which directive could not be read.
pub fn init(filter: &str, form: LogForm) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|e| format!("log filter `{filter}`: {e}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stderr);
    let done = match form {
        LogForm::Text => builder.with_ansi(false).try_init(),
        LogForm::Json => builder.json().try_init(),
    };
    done.map_err(|e| e.to_string())
}
