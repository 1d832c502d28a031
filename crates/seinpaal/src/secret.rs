//! Numbers of people, from a file, standard input or a prompt; never from the command line, where
//! every process on the machine can read them.
//!
//! Owns: reading and wiping. An error names file and line and never what stands there. Must not
//! know: what the numbers are for.

use crate::exit::Failure;
use crate::signal_file;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcsetattr,
};
use seinhuis_types::ParseError;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Largest file of numbers that is read, in bytes.
const MOST: usize = 4 * 1024 * 1024;
/// Ctrl-C, as a terminal gives it when it does not act on it.
const CANCEL: u8 = 0x03;

/// Where a secret is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `-`: standard input; a terminal is asked.
    Input,
    /// A file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" {
            Self::Input
        } else {
            Self::File(text.into())
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str("standard input"),
            Self::File(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// Reads the whole of a text, which is wiped when dropped. A terminal is asked for one line.
pub(crate) fn text(source: &Source, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    let bytes = match source {
        Source::Input if isatty(rustix::stdio::stdin()) => asked(prompt),
        Source::Input => whole(io::stdin().lock()),
        Source::File(path) => File::open(path).and_then(whole),
    };
    let mut bytes =
        bytes.map_err(|error| Failure::invalid(format!("cannot read {source}: {error}")))?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(Failure::invalid(format!("{source} is not UTF-8 text")))
        }
    }
}

/// One value a line; empty lines and lines that begin with `#` are passed over. The first line that
/// does not parse is told by its number.
pub(crate) fn lines<T>(
    text: &str,
    source: &Source,
    parse: impl Fn(&str) -> Result<T, ParseError>,
) -> Result<Vec<T>, Failure> {
    let numbered = text.lines().map(str::trim).zip(1..);
    let values = numbered.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    values
        .map(|(line, number)| {
            parse(line)
                .map_err(|error| Failure::invalid(format!("{source}, line {number}: {error}")))
        })
        .collect()
}

/// Exactly one value.
pub(crate) fn one<T>(
    source: &Source,
    prompt: &str,
    parse: impl Fn(&str) -> Result<T, ParseError>,
) -> Result<T, Failure> {
    let text = text(source, prompt)?;
    let mut found = lines(&text, source, parse)?;
    match (found.pop(), found.is_empty()) {
        (Some(value), true) => Ok(value),
        _ => Err(Failure::mended(
            format!(
                "{source} has {} values",
                if found.is_empty() { "no" } else { "several" }
            ),
            "give one value on a line of its own",
        )),
    }
}

/// The 32 bytes of a pseudonym, from 64 hex digits.
pub(crate) fn pseudonym(text: &str) -> Result<[u8; 32], ParseError> {
    signal_file::bytes::<32>(text)
        .ok_or_else(|| ParseError::new("pseudonym", "64 hex digits, as `convert` gives them"))
}

fn whole(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room at once: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST.saturating_add(1)));
    let limit = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    from.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > MOST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 4 MiB",
        ));
    }
    Ok(bytes)
}

/// A terminal that does not show what is typed, until dropped.
struct Silent(Termios);

impl Silent {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(rustix::stdio::stdin())?;
        let mut now = before.clone();
        // Ctrl-C ends the line instead of the process, which would leave the terminal silent.
        now.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        now.special_codes[SpecialCodeIndex::VEOL] = CANCEL;
        tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &now)?;
        Ok(Self(before))
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &self.0);
    }
}

fn asked(prompt: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut to = io::stderr().lock();
    write!(to, "{prompt}: ").and_then(|()| to.flush())?;
    let silent = Silent::new()?;
    let mut typed = Zeroizing::new(vec![0; 256]);
    let length = rustix::io::read(rustix::stdio::stdin(), typed.as_mut_slice())?;
    drop(silent);
    writeln!(to)?;
    typed.truncate(length);
    if typed.contains(&CANCEL) {
        return Err(io::Error::new(io::ErrorKind::Interrupted, "cancelled"));
    }
    Ok(typed)
}

/// A partner's own pseudonym of a member of staff: 1 to 64 bytes, and no nine digits in a row, which
/// could be a citizen number.
pub(crate) fn member(option: &str, person: &str) -> Result<(), Failure> {
    let digits = person
        .as_bytes()
        .windows(9)
        .any(|nine| nine.iter().all(u8::is_ascii_digit));
    if digits || person.is_empty() || person.len() > 64 {
        return Err(Failure::invalid(format!(
            "{option}: your own pseudonym of a member of staff, 1 to 64 bytes, without nine digits in a row"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_pseudonym::CitizenNumber;

    fn file(text: &str) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("numbers");
        std::fs::write(&path, text).unwrap();
        (dir, Source::File(path))
    }

    fn told<T>(result: Result<T, Failure>) -> String {
        match result {
            Err(Failure::Invalid { message, .. }) => message,
            _ => panic!("not refused"),
        }
    }

    #[test]
    fn numbers_are_read_a_line_and_a_wrong_one_is_told_by_its_line_alone() {
        let (_dir, source) = file("# clients\n123456782\n\n 111222333 \n");
        let read = text(&source, "").unwrap();
        assert_eq!(
            lines(&read, &source, CitizenNumber::parse).unwrap().len(),
            2
        );
        let (_dir, source) = file("123456782\n123456789\n");
        let read = text(&source, "").unwrap();
        let message = told(lines(&read, &source, CitizenNumber::parse));
        assert!(
            message.contains("line 2") && message.contains("11-test"),
            "{message}"
        );
        assert!(!message.contains("12345678"), "{message}");
    }

    #[test]
    fn one_value_is_one_and_no_more() {
        for bad in ["", "123456782\n111222333\n"] {
            let (_dir, source) = file(bad);
            assert!(told(one(&source, "", CitizenNumber::parse)).contains("values"));
        }
        let (_dir, source) = file("123456782");
        assert!(one(&source, "", CitizenNumber::parse).is_ok());
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!("-".parse::<Source>().unwrap(), Source::Input);
        assert_eq!("x".parse::<Source>().unwrap(), Source::File("x".into()));
    }
}
