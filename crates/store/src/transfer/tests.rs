//! A golden text, and what is not taken for one. Must not know: engines on disk.

use super::*;
use crate::records::{
    DeliveryRecord, DeliveryState, DirectoryRecord, ErasureRecord, EventRecord, GrantRecord,
    KeyListRecord, Reply,
};
use crate::{
    ChangeSet, Embedded, Entry, LEAF_BYTES, Limits, Memory, ReplyScope, Row, Slot, Snapshot, Store,
    Write as Put,
};
use seinhuis_types::{DeliveryId, HoldId, ManualClock, Millis, Oin, Position, Revision, SignalId};
use std::io::Cursor;

/// A text of format version 1, as that version wrote it. Never changed: another format is another
/// file beside it.
const GOLDEN: &str = include_str!("../../tests/golden/export-v1.txt");
/// The same rows, of a store that has an index of held deliveries (version 2 of its schema).
const GOLDEN_2: &str = include_str!("../../tests/golden/export-v1-schema2.txt");

fn oin() -> Oin {
    Oin::parse("00000099000000010000").unwrap()
}

fn open(engine: &Memory) -> Embedded {
    let clock = ManualClock::at(Millis(1_790_000_000_000));
    let fatal = Box::new(|why: &str| panic!("{why}"));
    Embedded::open(engine.clone(), clock, Limits::default(), fatal).unwrap()
}

fn entry(n: u8) -> Entry {
    Entry::new([n; LEAF_BYTES], vec![n; 5])
}

/// A store with a row of most kinds.
async fn filled() -> Memory {
    let engine = Memory::default();
    let store = open(&engine);
    let desk = "intake".parse().unwrap();
    let delivery = Delivery {
        position: Slot::of_release(0),
        published: Slot::of_entry(0),
        body: DeliveryRecord {
            source_oin: oin().to_string(),
            state: DeliveryState::Releasable.into(),
            ..DeliveryRecord::default()
        },
        ..Delivery::default()
    };
    let id = DeliveryId([7; 16]);
    let ruleset = RulesetRecord {
        root: vec![1; 32],
        ..RulesetRecord::default()
    };
    let event = EventRecord {
        delivery_id: vec![7; 16],
        at_ms: 9,
        ..EventRecord::default()
    };
    let signal = SignalRecord {
        rectification_ids: Vec::new(),
        source_desks: Vec::new(),
        untold: Vec::new(),
        delivery_ids: vec![vec![7; 16]],
    };
    let change = ChangeSet::new("golden", entry(1))
        .entry(entry(2))
        .release(oin(), &desk, id)
        .event(oin(), &desk, event)
        .write(Put::delivery(id, &delivery))
        .write(Put::payload(id, &PayloadRecord::default()))
        .write(Put::due(Millis(5), id))
        .write(Put::signal(oin(), SignalId([8; 16]), &signal))
        .write(Put::slip_nonce(oin(), [9; 16]))
        .write(Put::ruleset(&ruleset))
        .write(Put::hold(oin(), HoldId([3; 16]), &HoldRecord::default()))
        .write(Put::destroyed(1));
    store.commit(change).await.unwrap();
    drop(store);
    engine
}

fn text_of(engine: &Memory) -> String {
    let mut out = Vec::new();
    export(engine, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn refused(text: &str) -> (u64, &'static str) {
    match verify(&mut Cursor::new(text)) {
        Err(TransferError::Line { line, what }) => (line, what),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_golden_text_is_written_and_read() {
    assert_eq!(text_of(&filled().await), GOLDEN_2);
    let engine = Memory::default();
    let moved = import(&engine, &mut Cursor::new(GOLDEN)).unwrap();
    assert_eq!(moved.rows + 2, GOLDEN.lines().count() as u64);
    assert_eq!(text_of(&engine), GOLDEN);
    let store = open(&engine);
    // Opened, it is of the version that opened it.
    assert_eq!(text_of(&engine), GOLDEN_2);
    assert_eq!(store.next_index().0, 2);
    let seen = store.snapshot().unwrap();
    let delivery = seen.delivery(DeliveryId([7; 16])).unwrap();
    assert_eq!(delivery.revision, Revision(1));
    assert_eq!(delivery.value.unwrap().position.get(), Some(Position(1)));
    assert_eq!(seen.destroyed().unwrap(), [1]);
    let change = ChangeSet::new("after", entry(3)).expect(Row::Ruleset, Revision(1));
    assert_eq!(store.commit(change).await.unwrap().indexes[0].0, 2);
}

/// Each kind of row that there is has a reader: what is exported comes in again.
#[tokio::test]
async fn no_kind_of_row_is_exported_that_is_not_imported() {
    let engine = filled().await;
    let store = open(&engine);
    let grant = GrantRecord {
        controller_oin: oin().to_string(),
        ..GrantRecord::default()
    };
    let scope = ReplyScope {
        oin: oin(),
        method: "Publish",
        key: vec![1; 16].into(),
    };
    let clause = "pol-vt-report".parse().unwrap();
    let desk = "intake".parse().unwrap();
    let held = Delivery {
        body: DeliveryRecord {
            state: DeliveryState::Held.into(),
            ..DeliveryRecord::default()
        },
        ..Delivery::default()
    };
    let change = ChangeSet::new("others", entry(4))
        .write(Put::delivery(DeliveryId([6; 16]), &held))
        .count(oin(), &clause, 1, 1, 9)
        .write(Put::grant([4; 16], &grant))
        .write(Put::reply(scope, &Reply::default()))
        .write(Put::keys(oin(), &desk, &KeyListRecord::default()))
        .write(Put::directory(&DirectoryRecord::default()))
        .write(Put::erasure(oin(), &ErasureRecord::default()));
    store.commit(change).await.unwrap();
    drop(store);
    let text = text_of(&engine);
    let other = Memory::default();
    import(&other, &mut Cursor::new(&text)).unwrap();
    assert_eq!(text_of(&other), text);
}

#[tokio::test]
async fn an_import_goes_into_an_empty_store_alone() {
    let engine = filled().await;
    let again = import(&engine, &mut Cursor::new(GOLDEN));
    assert!(matches!(again, Err(TransferError::NotEmpty)), "{again:?}");
}

#[test]
fn a_text_that_was_cut_or_changed_is_refused_by_its_line_and_nothing_is_written() {
    let lines: Vec<&str> = GOLDEN.lines().collect();
    let engine = Memory::default();
    let refuses = |text: &str| {
        let told = refused(text);
        let tried = import(&engine, &mut Cursor::new(text.to_owned()));
        assert!(
            matches!(tried, Err(TransferError::Line { .. })),
            "{tried:?}"
        );
        assert!(engine.scan(&[], &[u8::MAX], 1).unwrap().is_empty());
        told
    };
    // Cut anywhere.
    for cut in (0..GOLDEN.len()).step_by(37) {
        let begin = GOLDEN.get(..cut).unwrap();
        let line = begin.lines().count() as u64;
        let (told, what) = refuses(begin);
        assert!(told >= line && told <= line + 1, "{cut}: {told} {what}");
    }
    // A line left out, twice, or in another place.
    for at in 1..lines.len() - 1 {
        let mut without = lines.clone();
        without.remove(at);
        refuses(&(without.join("\n") + "\n"));
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let (told, what) = refuses(&(twice.join("\n") + "\n"));
        assert_eq!(
            (told, what),
            (at as u64 + 2, "its key is not above the one before")
        );
    }
    // One digit of any row changed.
    for at in 1..lines.len() - 1 {
        let mut changed: Vec<String> = lines.iter().map(ToString::to_string).collect();
        let last = if lines[at].ends_with('0') { "1" } else { "0" };
        let keep = changed[at].len() - 1;
        changed[at].truncate(keep);
        changed[at].push_str(last);
        refuses(&(changed.join("\n") + "\n"));
    }
    assert_eq!(refuses(&GOLDEN.replace("/v1", "/v2")).0, 1);
    let unknown = GOLDEN.replacen("\n10 ", "\n0f ", 1);
    assert_eq!(
        refuses(&unknown).1,
        "it is of a table that this version does not know"
    );
    assert_eq!(
        refuses(&format!("{GOLDEN}\n")).1,
        "there is text after the end"
    );
}

/// What a killed import leaves is no store.
#[test]
fn an_import_that_was_cut_off_is_not_opened() {
    let engine = Memory::default();
    let mut rows = Batch::new();
    read(&mut Cursor::new(GOLDEN), |key, value| {
        if key != key::SCHEMA {
            rows.insert(key, Some(value));
        }
        Ok(())
    })
    .unwrap();
    engine.apply(&rows).unwrap();
    let opened = Embedded::open(
        engine,
        ManualClock::at(Millis(0)),
        Limits::default(),
        Box::new(|_| ()),
    );
    assert!(matches!(opened, Err(StoreError::Corrupt(_))));
}
