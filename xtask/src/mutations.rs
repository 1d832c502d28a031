//! `mutations`: a test that guards a line must fail when the line is gone. Here the lines go, one
//! by one.
//!
//! Owns: which mutations are asked for, and the report. Must not know: how one is done.

mod law;
mod rows;
mod scratch;

use crate::{say, tree};
use rows::Row;
use scratch::{Outcome, Scratch};

/// Where the lines are listed.
const TABLE: &str = "tests/mutations.md";
/// What `--package` calls the policy set.
const POLICY_SET: &str = "policy";

/// Does the mutations asked for; the error counts those that nothing noticed.
pub(crate) fn run(only: Option<usize>, package: Option<&str>, from: usize) -> Result<(), String> {
    let mut unnoticed = 0;
    if only.is_none() && from <= 1 && package.is_none_or(|package| package == POLICY_SET) {
        unnoticed += law::run()?;
    }
    if package != Some(POLICY_SET) {
        unnoticed += lines(only, package, from)?;
    }
    match unnoticed {
        0 => Ok(()),
        many => Err(format!("mutations: {many} not noticed as they should be")),
    }
}

fn lines(only: Option<usize>, package: Option<&str>, from: usize) -> Result<usize, String> {
    let rows = rows::read(&tree::read(TABLE)?)?;
    let asked: Vec<&Row> = rows
        .iter()
        .filter(|row| only.is_none_or(|number| row.number == number) && row.number >= from)
        .filter(|row| package.is_none_or(|name| row.is_of(name)))
        .collect();
    if asked.is_empty() {
        return Err(format!(
            "{TABLE}: it has {} rows, none of them asked for",
            rows.len()
        ));
    }
    let scratch = Scratch::make()?;
    let green = scratch.green(&asked)?;
    let mut unnoticed = 0;
    for row in &asked {
        let outcome = scratch.try_row(row, &green)?;
        if outcome != Outcome::Noticed {
            unnoticed += 1;
        }
        say::line(format!(
            "{:>3}  {outcome:<10} {}  {}",
            row.number, row.file, row.test
        ));
        if let Some(remedy) = outcome.remedy() {
            say::line(format!("     `{}`: {remedy}", row.line));
        }
    }
    say::line(format!(
        "lines: {} of {} noticed",
        asked.len() - unnoticed,
        asked.len()
    ));
    Ok(unnoticed)
}
