//! Everything in a store as a neutral text, and back. Owns the format (docs/formats/export.md).
//! Must not know: what rows mean, beyond their format bytes.
//!
//! A line a row, in the order of keys, closed by the number of rows and a SHA-256 over all lines before.
//! A text is judged whole before anything is written; the schema row is written last, so that rows of
//! an import that was cut off are never opened as a store.

use crate::engine::{Batch, Engine, MAX_VALUE};
use crate::open::{Kind, check, check_schema};
use crate::records::{
    AgreementRecord, BreakGlassRecord, CitationRecord, ConsentRecord, Delivery, DirectoryRecord,
    ErasureRecord, GrantRecord, HoldRecord, KeyListRecord, PayloadRecord, Question, Record, Reply,
    RulesetRecord, SignalRecord, SlipNonce, UsedAssertion, WarningRecord,
};
use crate::{EngineError, Place, StoreError, key, run};
use ring::digest::{Context, SHA256};
use seinhuis_types::hex;
use std::io::{self, BufRead, Read, Seek, Write};

/// The first line, with the format's version.
const HEADING: &str = "seinhuis/export/v1";
/// Rows read or written at once.
const PAGE: usize = 256;
/// The longest line: a key and the largest value in hexadecimal, and room.
const LINE: u64 = 2 * (MAX_VALUE as u64 + 1_024);

/// Why a store was not exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A line is not what it must be.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: u64,
        /// What was expected.
        what: &'static str,
    },
    /// There is data where an import would go.
    #[error("the store is not empty; an import goes into an empty folder")]
    NotEmpty,
    /// The data are damaged, or of another kind or version.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The text could not be read or written.
    #[error("the file: {0}")]
    File(#[from] io::Error),
}

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transferred {
    /// Rows.
    pub rows: u64,
    /// SHA-256 over the lines of the text.
    pub digest: [u8; 32],
}

/// Writes everything in the store of `engine`, which is checked as at a start.
///
/// # Errors
/// [`TransferError`].
pub fn export(engine: &impl Engine, out: &mut impl Write) -> Result<Transferred, TransferError> {
    check(engine, Kind::Store)?;
    let mut text = Text::new(out);
    text.line(HEADING)?;
    let mut rows = 0u64;
    let mut from = Vec::new();
    loop {
        let page = engine.scan(&from, &[u8::MAX], PAGE)?;
        let Some((last, _)) = page.last() else { break };
        from = key::next(last);
        for (key, value) in &page {
            text.line(&format!("{} {}", hex(key), hex(value)))?;
            rows = rows.saturating_add(1);
        }
    }
    let digest = text.digest();
    writeln!(text.out, "end {rows} {}", hex(&digest))?;
    text.out.flush()?;
    Ok(Transferred { rows, digest })
}

/// Reads a whole text without writing anything.
///
/// # Errors
/// [`TransferError::Line`] names the first line that is not what it must be.
pub fn verify(text: &mut impl BufRead) -> Result<Transferred, TransferError> {
    read(text, |_, _| Ok(()))
}

/// Fills an empty `engine` with a text that is verified first.
///
/// # Errors
/// [`TransferError`]. Until it is done, what was written is no store.
pub fn import(
    engine: &impl Engine,
    text: &mut (impl BufRead + Seek),
) -> Result<Transferred, TransferError> {
    if !engine.scan(&[], &[u8::MAX], 1)?.is_empty() {
        return Err(TransferError::NotEmpty);
    }
    let expected = verify(text)?;
    text.rewind()?;
    let mut batch = Batch::new();
    let mut schema = None;
    let written = read(text, |key, value| {
        if key == key::SCHEMA {
            schema = Some(value);
            return Ok(());
        }
        batch.insert(key, Some(value));
        if batch.len() >= PAGE {
            engine.apply(&std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    engine.apply(&batch)?;
    engine.sync()?;
    // Read twice: what was judged is what was written.
    let Some(schema) = schema.filter(|_| written == expected) else {
        return Err(TransferError::Line {
            line: 1,
            what: "the file changed while it was read",
        });
    };
    let last = Batch::from([(key::SCHEMA.to_vec(), Some(schema))]);
    engine.apply(&last)?;
    engine.sync()?;
    check(engine, Kind::Store)?;
    Ok(written)
}

/// Lines out, with their digest.
struct Text<'a, W> {
    out: &'a mut W,
    digest: Context,
}

impl<'a, W: Write> Text<'a, W> {
    fn new(out: &'a mut W) -> Self {
        Self {
            out,
            digest: Context::new(&SHA256),
        }
    }

    fn line(&mut self, line: &str) -> Result<(), TransferError> {
        for part in [line.as_bytes(), b"\n"] {
            self.digest.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }

    fn digest(&self) -> [u8; 32] {
        digest(&self.digest)
    }
}

fn digest(context: &Context) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(context.clone().finish().as_ref());
    out
}

fn read(
    text: &mut impl BufRead,
    mut row: impl FnMut(Vec<u8>, Vec<u8>) -> Result<(), TransferError>,
) -> Result<Transferred, TransferError> {
    let mut seen = Context::new(&SHA256);
    let mut before: Option<Vec<u8>> = None;
    let (mut rows, mut number) = (0u64, 0u64);
    let mut line = Vec::new();
    loop {
        number = number.saturating_add(1);
        let wrong = |what| TransferError::Line { line: number, what };
        line.clear();
        text.by_ref().take(LINE).read_until(b'\n', &mut line)?;
        let Some(told) = line.strip_suffix(b"\n") else {
            return Err(wrong("the file ends in the middle: no last line `end …`"));
        };
        let told = std::str::from_utf8(told).map_err(|_| wrong("it is no text"))?;
        if number == 1 {
            if told != HEADING {
                return Err(wrong(
                    "`seinhuis/export/v1` is expected: another file, or a newer version",
                ));
            }
        } else if let Some(told) = told.strip_prefix("end ") {
            let digest = digest(&seen);
            if told != format!("{rows} {}", hex(&digest)) {
                return Err(wrong(
                    "the number of rows or the digest is another: the file was changed",
                ));
            }
            if !text.fill_buf()?.is_empty() {
                return Err(wrong("there is text after the end"));
            }
            if before.is_none_or(|last| last.as_slice() < key::TREE) {
                return Err(wrong("the rows of a store are missing"));
            }
            return Ok(Transferred { rows, digest });
        } else {
            let pair = told.split_once(' ');
            let pair = pair.and_then(|(key, value)| Some((unhex(key)?, unhex(value)?)));
            let (key, value) =
                pair.ok_or_else(|| wrong("a row is a key and a value in hexadecimal"))?;
            if before.as_ref().is_some_and(|before| *before >= key) {
                return Err(wrong("its key is not above the one before"));
            }
            readable(&key, &value).map_err(wrong)?;
            rows = rows.saturating_add(1);
            before = Some(key.clone());
            row(key, value)?;
        }
        seen.update(&line);
    }
}

/// Whether this version reads a row: a table it knows, a value of a format it knows.
fn readable(key: &[u8], value: &[u8]) -> Result<(), &'static str> {
    fn record<R: Record>(value: &[u8]) -> bool {
        R::read(value).is_ok()
    }
    if value.len() > MAX_VALUE {
        return Err("its value is larger than an engine may hold");
    }
    let marked = value.first() == Some(&1);
    let reads = match key.first().copied() {
        Some(0x00) if key == key::SCHEMA => check_schema(value, Kind::Store).is_ok(),
        Some(0x00) => key == key::TIP || key == key::TREE,
        Some(key::RULESET) => record::<RulesetRecord>(value),
        Some(key::DIRECTORY) => record::<DirectoryRecord>(value),
        Some(key::AGREEMENT) => record::<AgreementRecord>(value),
        Some(key::KEYS) => record::<KeyListRecord>(value),
        Some(key::SIGNAL) => record::<SignalRecord>(value),
        Some(key::DELIVERY) => record::<Delivery>(value),
        Some(key::PAYLOAD) => record::<PayloadRecord>(value),
        Some(key::REPLY) => record::<Reply>(value),
        Some(key::SLIP_NONCE) => record::<SlipNonce>(value),
        Some(key::STREAM) => Place::read(value).is_ok(),
        Some(key::STREAM_TOP | key::MONTH) => value.len() == 8,
        Some(key::LEAVES) => run::read_leaves(value).is_ok(),
        Some(key::PARTS) => run::read_parts(value).is_ok(),
        Some(key::PERSON_ASSERTION) => record::<UsedAssertion>(value),
        Some(key::HOLD) => record::<HoldRecord>(value),
        Some(key::ERASURE) => record::<ErasureRecord>(value),
        Some(key::GRANT) => record::<GrantRecord>(value),
        Some(key::CONSENT) => record::<ConsentRecord>(value),
        Some(key::CITATION) => record::<CitationRecord>(value),
        Some(key::WARNING) => record::<WarningRecord>(value),
        Some(key::BREAK_GLASS) => record::<BreakGlassRecord>(value),
        Some(key::QUESTION) => record::<Question>(value),
        Some(
            key::AGREEMENT_SET
            | key::BUDGET
            | key::ERASED
            | key::ALONE
            | key::DUE
            | key::REVIEW_DUE
            | key::EVENT_TERM
            | key::HELD
            | key::HOLD_SET
            | key::DESTROYED
            | key::TICK
            | key::ASKED,
        ) => marked,
        _ => return Err("it is of a table that this version does not know"),
    };
    if reads {
        Ok(())
    } else {
        Err("its value is damaged, or of a format that this version does not know")
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

#[cfg(test)]
mod tests;
