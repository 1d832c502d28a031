//! The narrator: plain sentences on standard output, at most 100 columns wide.
//!
//! Owns: numbering and wrapping, and which step is being told. Must not know: what happens in it.

use std::io::{Write, stdout};

/// The widest line.
pub(super) const WIDTH: usize = 100;

/// A step that did not end as told.
#[derive(Debug)]
pub(super) struct Broken(pub(super) String);

/// What a step gives.
pub(super) type Step<T> = Result<T, Broken>;

impl<E: std::error::Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Ends the step unless `holds`.
pub(super) fn ensure(holds: bool, otherwise: &str) -> Step<()> {
    if holds {
        Ok(())
    } else {
        Err(Broken(otherwise.to_owned()))
    }
}

/// Tells the story.
#[derive(Debug, Default)]
pub(super) struct Teller {
    step: u32,
    told: String,
}

impl Teller {
    /// A new part of the story.
    pub(super) fn part(&self, title: &str) {
        line("");
        line(title);
        line(&"-".repeat(title.chars().count()));
    }

    /// What happens next. What is told here must be what the code after it checks.
    pub(super) fn step(&mut self, text: &str) {
        self.step = self.step.saturating_add(1);
        text.clone_into(&mut self.told);
        wrapped(&format!("{:>3}. ", self.step), text);
    }

    /// What was checked.
    pub(super) fn ok(&self, text: &str) {
        wrapped("     ok: ", text);
    }

    /// What was refused, and why.
    pub(super) fn no(&self, text: &str) {
        wrapped("     no: ", text);
    }

    /// More of what was said last.
    pub(super) fn more(&self, text: &str) {
        wrapped("         ", text);
    }

    /// Said beside the story.
    pub(super) fn aside(&self, text: &str) {
        wrapped("     ", text);
    }

    /// The step that is being told, for who must say that it broke.
    pub(super) fn at(&self) -> String {
        format!("step {} ({})", self.step, self.told)
    }
}

/// One line as it is. A reader that went away does not end the story.
pub(super) fn line(text: &str) {
    let _ = writeln!(stdout().lock(), "{text}");
}

fn wrapped(lead: &str, text: &str) {
    let indent = lead.chars().count();
    for (place, part) in wrap(text, WIDTH.saturating_sub(indent)).iter().enumerate() {
        let lead = if place == 0 {
            lead.to_owned()
        } else {
            " ".repeat(indent)
        };
        line(&format!("{lead}{part}"));
    }
}

/// Breaks at spaces into lines of at most `width` characters, where words allow.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_lose_no_word() {
        let text = "a story of several words that is told in narrow lines";
        let lines = wrap(text, 12);
        assert!(lines.iter().all(|line| line.len() <= 12), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert!(wrap("", 10).is_empty());
    }
}
