//! Exit codes and how a failure is told (sysexits.h).
//!
//! Owns: the numbers and the last line on standard error. Must not know: what failed.

use std::fmt;
use std::process::ExitCode;

/// Why the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// As asked.
    Done,
    /// A step of the demo ended otherwise than told.
    Story,
    /// EX_USAGE.
    Usage,
    /// EX_DATAERR: something stored is damaged.
    Data,
    /// EX_UNAVAILABLE: a port, a service, or data that are in use.
    Unavailable,
    /// EX_IOERR: a write had an unknown outcome.
    Write,
    /// EX_PROTOCOL: witnesses of the log saw more of it, or another one, than is stored.
    SetBack,
    /// EX_CONFIG: configuration, keys, catalogue, policy.
    Config,
}

impl Exit {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Story => 1,
            Self::Usage => 64,
            Self::Data => 65,
            Self::Unavailable => 69,
            Self::Write => 74,
            Self::SetBack => 76,
            Self::Config => 78,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// A failure for the operator: what happened, and what would mend it.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self {
            exit,
            message: message.to_string(),
        }
    }

    pub(crate) fn config(message: impl fmt::Display) -> Self {
        Self::new(Exit::Config, message)
    }

    #[expect(
        clippy::print_stderr,
        reason = "the operator reads why the process ended"
    )]
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("seinhuis: {}", self.message);
        self.exit.into()
    }
}
