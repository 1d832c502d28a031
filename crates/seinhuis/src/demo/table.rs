//! The table at the end: who sent what to whom, who saw what, who was refused why.
//!
//! Owns: the rows and their layout. It holds names of fields and never a value.

use super::tell::{WIDTH, line, wrap};
use seinhuis_client::Opened;
use seinhuis_proto::v1;

/// Widths of the columns before the last one.
const COLUMNS: [usize; 3] = [13, 13, 13];

/// What came of one signal.
enum End {
    /// The recipient opened it.
    Saw(String),
    /// It did not go.
    Refused(String),
}

struct Row {
    from: &'static str,
    to: &'static str,
    what: String,
    end: End,
}

/// The rows so far.
#[derive(Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    /// A delivery that was opened.
    pub(super) fn saw(&mut self, from: &'static str, to: &'static str, opened: &Opened) {
        let people: Vec<String> = opened
            .subjects
            .iter()
            .map(|subject| match subject.identity {
                Some(_) => format!("{} (identity)", subject.head.role),
                None => format!("{} (own pseudonym)", subject.head.role),
            })
            .collect();
        let fields: Vec<&str> = opened.fields.keys().map(|path| path.as_str()).collect();
        let mut text = format!("saw {}", fields.join(", "));
        // What answers a question names nobody: who was asked about stands in the question.
        if !people.is_empty() {
            text = format!("{text}; of {}", people.join(", "));
        }
        let what = opened.header.signal_type.to_string();
        self.0.push(Row {
            from,
            to,
            what,
            end: End::Saw(text),
        });
    }

    /// A signal that was refused.
    pub(super) fn refused(
        &mut self,
        from: &'static str,
        to: &'static str,
        what: &str,
        reasons: &[v1::Reason],
    ) {
        let told: Vec<String> = reasons
            .iter()
            .map(|reason| format!("{} ({})", reason.code, reason.law))
            .collect();
        let end = End::Refused(format!("REFUSED: {}", told.join("; ")));
        self.0.push(Row {
            from,
            to,
            what: what.to_owned(),
            end,
        });
    }

    /// How many went, and how many were refused.
    pub(super) fn counts(&self) -> (usize, usize) {
        let saw = self
            .0
            .iter()
            .filter(|row| matches!(row.end, End::Saw(_)))
            .count();
        (saw, self.0.len().saturating_sub(saw))
    }

    /// Prints it.
    pub(super) fn print(&self) {
        let rule = "-".repeat(WIDTH);
        line(&cells(
            ["from", "to", "signal"],
            "what the recipient saw, or why it did not go",
        ));
        line(&rule);
        let last = WIDTH.saturating_sub(COLUMNS.iter().sum::<usize>());
        for row in &self.0 {
            let (End::Saw(text) | End::Refused(text)) = &row.end;
            for (place, part) in wrap(text, last).iter().enumerate() {
                let heads = if place == 0 {
                    [row.from, row.to, &row.what]
                } else {
                    [""; 3]
                };
                line(&cells(heads, part));
            }
        }
        line(&rule);
    }
}

fn cells(heads: [&str; 3], last: &str) -> String {
    let heads = heads
        .iter()
        .zip(COLUMNS)
        .map(|(text, width)| format!("{text:<width$}"));
    heads.chain([last.to_owned()]).collect()
}
