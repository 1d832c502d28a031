//! What a change means in rows: checks, numbers, writes, entries. Owns the steps of one change.
//! Must not know: batches, threads, engines.

use crate::change::{ChangeSet, Committed, Count, Placed, Release, What, Write};
use crate::due;
use crate::engine::MAX_VALUE;
use crate::key::{self, Place};
use crate::run;
use crate::stage::Stage;
use crate::template::{Next, Stored, Template};
use crate::{Month, Row, StoreError};
use seinhuis_types::{LeafIndex, Position, Revision};

/// Formats of values that have no record.
const FORMAT: u8 = 1;
/// Sizes above this are refused before any arithmetic (docs/formats/limits.md).
const MAX_INDEX: u64 = 1 << 48;
/// Entries, releases and counts of one change, each.
const MAX_PER_CHANGE: usize = 1_024;

/// Stages a whole change; after an error the caller drops what was staged.
pub(crate) fn change(stage: &mut Stage<'_>, change: ChangeSet) -> Result<Committed, StoreError> {
    for (row, expected) in &change.expects {
        if stage.revision(row)? != expected.0 {
            return Err(StoreError::Conflict { row: row.clone() });
        }
    }
    if let Some((end, row)) = change.until
        && stage.at() >= end
    {
        return Err(StoreError::Conflict { row });
    }
    let sizes = [
        change.entries.len(),
        change.releases.len(),
        change.counts.len(),
    ];
    if sizes.iter().any(|&size| size > MAX_PER_CHANGE) {
        return Err(StoreError::Malformed(
            "more entries, releases or counts than 1,024",
        ));
    }
    let first = stage.next_index();
    if first >= MAX_INDEX {
        return Err(StoreError::Malformed("the log is past 2^48 entries"));
    }
    let revision = first.saturating_add(1);
    let indexes = (first..)
        .take(change.entries.len())
        .map(LeafIndex)
        .collect();
    let committed = Committed {
        indexes,
        positions: release(stage, change.releases, revision)?,
        counters: count(stage, change.counts, revision)?,
        at: stage.at(),
    };
    for (oin, desk, position) in change.withdrawn {
        withdraw(stage, &key::stream(oin, &desk), position)?;
    }
    for write in change.writes {
        apply(stage, write, revision, &committed)?;
    }
    for month in change.erased {
        erase(stage, month)?;
    }
    for entry in change.entries {
        // A run holds at least one entry whole, with a little beside it.
        if entry.parts.len() > MAX_VALUE / 2 {
            return Err(StoreError::Malformed("the parts of an entry are too large"));
        }
        stage.append(revision, entry);
    }
    Ok(committed)
}

fn release(
    stage: &mut Stage<'_>,
    releases: Vec<Release>,
    revision: u64,
) -> Result<Vec<Position>, StoreError> {
    let mut positions = Vec::with_capacity(releases.len());
    for Release { oin, desk, placed } in releases {
        let stream = key::stream(oin, &desk);
        let position = Position(stage.top(&stream)?.saturating_add(1));
        let place = key::place_in(&stream, position);
        match placed {
            Placed::Delivery(id) => stage.put(place, id.0.to_vec())?,
            Placed::Event(event) => due::put_event(stage, place, &event, revision)?,
        }
        stage.set_top(stream, position.0);
        positions.push(position);
    }
    Ok(positions)
}

pub(crate) fn withdraw(
    stage: &mut Stage<'_>,
    stream: &[u8],
    position: Position,
) -> Result<(), StoreError> {
    let top = stage.top(stream)?;
    // Without the place itself only this row still tells that the position was given.
    stage.put(key::stream_top(stream), top.to_be_bytes().to_vec())?;
    stage.delete(key::place_in(stream, position));
    stage.set_top(stream.to_vec(), top);
    Ok(())
}

fn count(stage: &mut Stage<'_>, counts: Vec<Count>, revision: u64) -> Result<Vec<u64>, StoreError> {
    let mut values = Vec::with_capacity(counts.len());
    for Count { row, by, cap } in counts {
        values.push(add(stage, &row, by, cap, revision)?);
    }
    Ok(values)
}

/// Adds to a counter, up to its cap.
pub(crate) fn add(
    stage: &mut Stage<'_>,
    row: &Row,
    by: u64,
    cap: u64,
    revision: u64,
) -> Result<u64, StoreError> {
    let Place::Key(key) = key::place(row) else {
        return Err(StoreError::Malformed("parts are not a counter"));
    };
    let old = stage
        .get(&key)?
        .map_or(Ok(0), |value| read_counter(&value).map(|(_, n)| n))?;
    let new = old.saturating_add(by);
    if new > cap {
        return Err(StoreError::OverCap { row: row.clone() });
    }
    let value = Template::new(FORMAT, &[], &new.to_be_bytes());
    stage.put(key, filled(value, revision, |_| None)?)?;
    Ok(new)
}

/// A stored counter: (revision, value).
pub(crate) fn read_counter(value: &[u8]) -> Result<(Revision, u64), StoreError> {
    let damaged = || StoreError::Corrupt("a counter");
    let mut stored = Stored::read(value).ok_or_else(damaged)?;
    let count = stored.number().ok_or_else(damaged)?;
    Ok((Revision(stored.revision), count))
}

fn apply(
    stage: &mut Stage<'_>,
    Write { row, what }: Write,
    revision: u64,
    committed: &Committed,
) -> Result<(), StoreError> {
    match (key::place(&row), what) {
        (Place::Key(key), What::Put(template)) => {
            let value = filled(template, revision, |next| number(next, committed))?;
            stage.put(key, value)?;
            move_set(stage, &row, revision)
        }
        (Place::Key(key), What::Delivery(template, held)) => {
            let value = filled(template, revision, |next| number(next, committed))?;
            stage.put(key, value)?;
            held.follow(stage, &row)
        }
        (Place::Key(key), What::Delete) => {
            stage.delete(key);
            move_set(stage, &row, revision)
        }
        (Place::Parts(index), What::Parts(bytes)) => {
            let mut run = stage
                .parts_run(index)?
                .ok_or(StoreError::Malformed("there are no parts to replace"))?;
            if let Some(part) = run.parts.get_mut(run.at) {
                *part = run::Sealed { revision, bytes };
            }
            stage.put(run.key, run::parts_run(&run.parts))
        }
        _ => Err(StoreError::Malformed("a write does not fit its row")),
    }
}

/// Rows of a set that decisions scan move the revision of the set.
fn move_set(stage: &mut Stage<'_>, row: &Row, revision: u64) -> Result<(), StoreError> {
    let set = match row {
        Row::Agreement(_) => key::agreement_set(),
        Row::Hold(oin, _) => key::hold_set(*oin),
        _ => return Ok(()),
    };
    let value = filled(Template::new(FORMAT, &[], &[]), revision, |_| None)?;
    stage.put(set, value)
}

fn filled(
    template: Template,
    revision: u64,
    fill: impl Fn(Next) -> Option<u64>,
) -> Result<Vec<u8>, StoreError> {
    template
        .fill(revision, fill)
        .ok_or(StoreError::Malformed("a hole points nowhere"))
}

fn number(next: Next, committed: &Committed) -> Option<u64> {
    match next {
        Next::LeafIndex(n) => committed.indexes.get(usize::from(n)).map(|index| index.0),
        Next::Position(n) => committed
            .positions
            .get(usize::from(n))
            .map(|position| position.0),
        Next::Counter(n) => committed.counters.get(usize::from(n)).copied(),
        Next::CommitMs => Some(committed.at.0),
    }
}

fn erase(stage: &mut Stage<'_>, month: Month) -> Result<(), StoreError> {
    if month >= Month::of(stage.at()) {
        return Err(StoreError::Malformed(
            "only a month that is over can be erased",
        ));
    }
    if stage.get(&key::month(key::MONTH, month.0))?.is_some() {
        stage.put(key::month(key::ERASED, month.0), vec![FORMAT])?;
    }
    Ok(())
}
