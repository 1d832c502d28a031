//! Steps of a call that can be timed: spans without fields, off unless the operator's filter asks for them
//! (`seinhuis-telemetry`). Must not know: what a step does, or for whom.

/// A step by its name.
macro_rules! stage {
    ($name:literal) => {
        tracing::trace_span!(target: "seinhuis::stage", $name)
    };
}

pub(crate) use stage;
