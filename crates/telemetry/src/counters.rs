//! Counters of what the hub does, by closed label. They serve operation, never people.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is counted. The name is the metric's name; the label is from a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// Calls by outcome code: `OK` or an `ErrorCode`.
    Call,
    /// Handshakes refused, by cause.
    HandshakeRefused,
    /// Open connections closed because their certificate was good no more, by cause.
    ConnectionClosed,
    /// New certificates, roots and revocation lists, by what became of them: `taken`, `refused`.
    Reload,
    /// Questions to the log's witnesses, by how they ended: `cosigned`, `alarm`, or a cause.
    Witness,
    /// Warnings given to partners, by kind.
    Warning,
    /// Days on which an organisation asked more than twice its usual number of questions:
    /// `unusual_day`.
    Question,
}

impl Counter {
    /// Name and label name of the metric.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Call => ("seinhuis_call_total", "code"),
            Self::HandshakeRefused => ("seinhuis_handshake_refused_total", "cause"),
            Self::ConnectionClosed => ("seinhuis_connection_closed_total", "cause"),
            Self::Reload => ("seinhuis_reload_total", "outcome"),
            Self::Witness => ("seinhuis_witness_total", "outcome"),
            Self::Warning => ("seinhuis_warning_total", "kind"),
            Self::Question => ("seinhuis_question_total", "what"),
        }
    }
}

/// What is measured now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gauge {
    /// Age of the oldest entry that is not published yet, in milliseconds.
    LogLagMs,
    /// Age of the oldest checkpoint that the quorum has not cosigned yet, in milliseconds.
    WitnessLagMs,
}

impl Gauge {
    /// Name of the metric.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LogLagMs => "seinhuis_log_lag_milliseconds",
            Self::WitnessLagMs => "seinhuis_witness_lag_milliseconds",
        }
    }
}

/// All counters of one process. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    counts: Mutex<BTreeMap<(Counter, &'static str), u64>>,
    lag: AtomicU64,
    witness_lag: AtomicU64,
}

impl Counters {
    /// Counts one.
    pub fn count(&self, counter: Counter, label: &'static str) {
        let mut counts = self
            .inner
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((counter, label)).or_default();
        *count = count.saturating_add(1);
    }

    /// How often it was counted.
    pub fn get(&self, counter: Counter, label: &'static str) -> u64 {
        let counts = self
            .inner
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        counts.get(&(counter, label)).copied().unwrap_or_default()
    }

    /// Sets what is measured.
    pub fn set(&self, gauge: Gauge, value: u64) {
        self.cell(gauge).store(value, Ordering::Relaxed);
    }

    /// The value last set.
    pub fn measured(&self, gauge: Gauge) -> u64 {
        self.cell(gauge).load(Ordering::Relaxed)
    }

    fn cell(&self, gauge: Gauge) -> &AtomicU64 {
        match gauge {
            Gauge::LogLagMs => &self.inner.lag,
            Gauge::WitnessLagMs => &self.inner.witness_lag,
        }
    }

    /// All of it in the Prometheus text form (version 0.0.4).
    pub fn render(&self) -> String {
        let mut out = String::new();
        let counts = self
            .inner
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for ((counter, value), count) in counts.iter() {
            let (name, label) = counter.name();
            let _ = writeln!(out, "{name}{{{label}=\"{value}\"}} {count}");
        }
        drop(counts);
        for gauge in [Gauge::LogLagMs, Gauge::WitnessLagMs] {
            let _ = writeln!(out, "{} {}", gauge.name(), self.measured(gauge));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_count_together_and_render() {
        let counters = Counters::default();
        counters.clone().count(Counter::Call, "OK");
        counters.count(Counter::Call, "OK");
        counters.set(Gauge::LogLagMs, 3);
        assert_eq!(counters.get(Counter::Call, "OK"), 2);
        let text = counters.render();
        assert!(
            text.contains("seinhuis_call_total{code=\"OK\"} 2"),
            "{text}"
        );
        assert!(text.contains("seinhuis_log_lag_milliseconds 3"), "{text}");
    }
}
