//! How a run ends: exit codes, and what is told on standard error.
//!
//! Owns: the numbers, and telling what happened, which rule it broke and what would mend it. Must
//! not know: what was asked.

use crate::setup::Setup;
use crate::{incidents, mend, out, show};
use seinhuis_client::{Caught, ClientError, Incident};
use seinhuis_merkle::Crime;
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// As asked.
    Done,
    /// The law or the agreement says no.
    Refused,
    /// One's own mistake, or a rule of form.
    Invalid,
    /// No answer, or not now.
    Unreachable,
    /// Something does not prove itself.
    Untrusted,
    /// The log did what it must never do.
    Crime(Crime),
    /// A report has a gap: an entry that is due in it is not there.
    Gap,
    /// What is tried would have another decision made.
    Flips,
    /// EX_USAGE of sysexits.h.
    Usage,
}

impl Exit {
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 2,
            Self::Invalid => 3,
            Self::Unreachable => 4,
            Self::Untrusted => 5,
            Self::Crime(Crime::Fork) => 20,
            Self::Crime(Crime::Rollback) => 21,
            Self::Crime(Crime::Omission) => 22,
            Self::Crime(Crime::DroppedTail) => 23,
            Self::Crime(Crime::ReplayedCheckpoint) => 24,
            Self::Crime(Crime::SwappedKey) => 25,
            Self::Crime(Crime::Unproven) => 26,
            Self::Gap => 30,
            Self::Flips => 31,
            Self::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Why a verb did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the SDK says.
    Client(ClientError),
    /// One's own mistake, found here, and what would mend it.
    Invalid { message: String, mend: String },
    /// A command line that clap could not judge.
    Usage(String),
    /// What was asked for could not be written out.
    Output(io::Error),
    /// All was told already.
    Told(Exit),
}

impl Failure {
    /// A mistake whose message says what would mend it.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            mend: String::new(),
        }
    }

    /// A mistake, and what would mend it.
    pub(crate) fn mended(message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Invalid {
            message: message.into(),
            mend: mend.into(),
        }
    }

    /// A file that cannot be used.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::invalid(format!("cannot use `{}`: {error}", path.display()))
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Client(error) => exit_of(error),
            Self::Invalid { .. } => Exit::Invalid,
            Self::Usage(_) => Exit::Usage,
            // Who stopped reading has what it wanted.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) => Exit::Invalid,
            Self::Told(exit) => *exit,
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl From<Incident> for Failure {
    fn from(incident: Incident) -> Self {
        Self::Client(incident.into())
    }
}

fn exit_of(error: &ClientError) -> Exit {
    match error {
        ClientError::Refused(_) => Exit::Refused,
        ClientError::Unreachable { .. } => Exit::Unreachable,
        // "Later" is no mistake of the caller's, whatever the code.
        ClientError::Rejected {
            retry_after: Some(_),
            ..
        } => Exit::Unreachable,
        ClientError::Rejected { code, .. } if mend::passes(*code) => Exit::Unreachable,
        ClientError::Untrusted(Incident::Crime(caught)) => Exit::Crime(caught.exhibit.crime()),
        ClientError::Untrusted(_) => Exit::Untrusted,
        _ => Exit::Invalid,
    }
}

/// Tells why, on standard error, and gives the exit code. An incident is kept first.
pub(crate) fn report(failure: &Failure, setup: &Setup) -> ExitCode {
    let exit = failure.exit();
    if matches!(failure, Failure::Told(_)) {
        return exit.into();
    }
    let kept = match failure {
        Failure::Client(ClientError::Untrusted(incident)) => setup.keep_incident(incident),
        _ => None,
    };
    let text = if setup.out.is_json() {
        json!({ "error": document(failure, exit, kept.as_ref()) }).to_string()
    } else {
        words(failure, setup, kept.as_ref())
    };
    tell(&text);
    exit.into()
}

/// A wrong command line, or help that was asked for.
pub(crate) fn command_line(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // clap repeats what was typed: it may be a number.
        tell(error.render().to_string().trim_end());
        Exit::Usage.into()
    } else {
        let _ = error.print();
        Exit::Done.into()
    }
}

/// Writes to standard error; never a citizen number, whoever put it there.
pub(crate) fn tell(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(
            io::stderr().lock(),
            "{}",
            out::without_numbers(&out::plain(text))
        );
    }
}

fn words(failure: &Failure, setup: &Setup, kept: Option<&PathBuf>) -> String {
    match failure {
        Failure::Client(ClientError::Refused(info)) => {
            format!(
                "seinpaal: refused\n{}",
                show::reasons(&info.reasons, setup.out.lang())
            )
        }
        Failure::Client(
            error @ ClientError::Rejected {
                code, retry_after, ..
            },
        ) => {
            let mut text = format!("seinpaal: {error}\n  to mend it: {}", mend::of(*code));
            if let Some(wait) = retry_after {
                text.push_str(&format!("\n  try again after {} ms", wait.as_millis()));
            }
            format!("{text}\n  more: docs/errors/{}.md", code.as_str())
        }
        Failure::Client(error @ ClientError::Unreachable { .. }) => {
            format!("seinpaal: {error}\n  to mend it: {}", mend::UNREACHABLE)
        }
        Failure::Client(ClientError::Untrusted(Incident::Crime(caught))) => crime(caught),
        Failure::Client(ClientError::Untrusted(incident)) => {
            let mut text = format!(
                "seinpaal: incident `{}`: {incident}\n  to mend it: {}",
                incident.as_str(),
                mend::INCIDENT
            );
            if let Some(path) = kept {
                text.push_str(&format!("\n  kept in: {}", path.display()));
            }
            text
        }
        Failure::Client(error) => format!("seinpaal: not valid: {error}"),
        Failure::Invalid { message, mend } if mend.is_empty() => {
            format!("seinpaal: not valid: {message}")
        }
        Failure::Invalid { message, mend } => {
            format!("seinpaal: not valid: {message}\n  to mend it: {mend}")
        }
        Failure::Usage(message) => {
            format!("error: {message}\n\nFor more information, try '--help'.")
        }
        Failure::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => String::new(),
        Failure::Output(error) => format!("seinpaal: cannot write: {error}"),
        Failure::Told(_) => String::new(),
    }
}

/// A crime of the log, and where the evidence is.
pub(crate) fn crime(caught: &Caught) -> String {
    let kept = caught.file.as_ref().map_or_else(
        || "could not be kept; see that the state folder can be written to".to_owned(),
        |file| file.display().to_string(),
    );
    format!(
        "seinpaal: crime of the log: {} ({})\n  evidence: {kept}\n  what it means: seinpaal audit \
         evidence FILE\n  to mend it: {}",
        caught.exhibit.crime().as_str(),
        caught.weight.as_str(),
        mend::CRIME
    )
}

fn document(failure: &Failure, exit: Exit, kept: Option<&PathBuf>) -> Value {
    let mut found = Map::new();
    let mut add = |key: &str, value: Value| found.insert(key.to_owned(), value);
    add("exit_code", exit.number().into());
    let (kind, message) = match failure {
        Failure::Client(error) => (kind(error), error.to_string()),
        Failure::Invalid { message, mend } => {
            if !mend.is_empty() {
                add("mend", mend.as_str().into());
            }
            ("invalid", message.clone())
        }
        Failure::Usage(message) => ("usage", message.clone()),
        Failure::Output(error) => ("output", error.to_string()),
        Failure::Told(_) => ("told", "see above".to_owned()),
    };
    add("kind", kind.into());
    add("message", message.into());
    match failure {
        Failure::Client(ClientError::Refused(info)) => {
            add("reasons", info.reasons.iter().map(show::reason).collect());
        }
        Failure::Client(ClientError::Rejected {
            code, retry_after, ..
        }) => {
            add("code", code.as_str().into());
            add("mend", mend::of(*code).into());
            let wait = retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok());
            add("retry_after_ms", wait.into());
        }
        Failure::Client(ClientError::Unreachable { peer, .. }) => {
            add("peer", (*peer).into());
            add("mend", mend::UNREACHABLE.into());
        }
        Failure::Client(ClientError::Untrusted(incident)) => {
            add("incident", incidents::document(incident));
            let crime = matches!(incident, Incident::Crime(_));
            let mend = if crime { mend::CRIME } else { mend::INCIDENT };
            add("mend", mend.into());
            add(
                "kept_in",
                kept.map(|path| path.display().to_string()).into(),
            );
        }
        _ => {}
    }
    Value::Object(found)
}

fn kind(error: &ClientError) -> &'static str {
    match error {
        ClientError::Refused(_) => "refused",
        ClientError::Unreachable { .. } => "unreachable",
        ClientError::Rejected { .. } => "rejected",
        ClientError::Untrusted(_) => "untrusted",
        _ => "invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_client::RefusalInfo;
    use seinhuis_types::ErrorCode;
    use std::time::Duration;

    fn rejected(code: ErrorCode, retry_after: Option<Duration>) -> Exit {
        let message = String::new();
        Failure::from(ClientError::Rejected {
            code,
            message,
            retry_after,
        })
        .exit()
    }

    #[test]
    fn each_way_to_fail_has_its_own_number() {
        let refused = ClientError::Refused(RefusalInfo {
            reasons: Vec::new(),
        });
        assert_eq!(Failure::from(refused).exit().number(), 2);
        assert_eq!(
            Failure::from(ClientError::Invalid(String::new()))
                .exit()
                .number(),
            3
        );
        let gone = ClientError::Unreachable {
            peer: "hub",
            detail: String::new(),
        };
        assert_eq!(Failure::from(gone).exit().number(), 4);
        assert_eq!(Failure::from(Incident::OtherRecipient).exit().number(), 5);
        assert_eq!(Failure::Usage(String::new()).exit().number(), 64);
        let crimes = Crime::ALL.map(|crime| Exit::Crime(crime).number());
        assert_eq!(crimes, [20, 21, 22, 23, 24, 25, 26]);
    }

    #[test]
    fn what_passes_by_itself_is_not_the_callers_mistake() {
        assert_eq!(rejected(ErrorCode::StorageFull, None), Exit::Unreachable);
        assert_eq!(rejected(ErrorCode::DeskUnknown, None), Exit::Invalid);
        let soon = Some(Duration::from_secs(1));
        assert_eq!(rejected(ErrorCode::EntryNotFound, soon), Exit::Unreachable);
        assert_eq!(rejected(ErrorCode::EntryNotFound, None), Exit::Invalid);
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        let left = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::Output(left).exit(), Exit::Done);
    }
}
