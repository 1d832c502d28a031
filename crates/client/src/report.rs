//! Access reports: what one organisation has in the log about one person, in a file that shows by itself
//! that nothing due to its reader was left out.
//!
//! Owns: every check of such a file (docs/formats/access-report.md), under pinned roots and log keys and
//! without a hub. Must not know: where a file is kept, what its reader concludes.

mod erasings;
mod judged;
mod make;
#[cfg(test)]
mod tests;
mod words;

use crate::bundle::{BundleError, check_seal, unsealed};
use crate::{ClientError, Incident, LogKeys, SeenCheckpoint};
use judged::judged;
pub use make::report_for;
use seinhuis_domain::entry::{Leaf, Part, Verdict};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_merkle::{MerkleError, TileReader, Tree, leaf_hash, recompute, verify_inclusion};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, LeafIndex, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};

/// How every report begins.
const MAGIC: &[u8] = b"seinhuis/v1/access-report\n";

/// Why a report is not taken. Nothing in it may be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the report does not hold: {0}")]
pub struct ReportError(String);

fn fails(what: impl Into<String>) -> ReportError {
    ReportError(what.into())
}

impl From<BundleError> for ReportError {
    fn from(error: BundleError) -> Self {
        Self(error.0)
    }
}

/// One chain of a report, and what it says of itself.
#[derive(Debug, Clone)]
pub struct ChainReport {
    /// Whose count it is, in which class.
    pub chain: v1::ReportedChain,
    /// Whether it has a gap.
    pub verdict: Verdict,
}

/// A report of which everything was checked, also that it has a gap where it has one.
#[derive(Debug, Clone)]
pub struct AccessReport {
    /// Whose entries.
    pub maker: Oin,
    /// When, by the maker's clock.
    pub made: Millis,
    /// The checkpoint under which each entry is proven.
    pub under: SeenCheckpoint,
    /// The content.
    pub content: v1::AccessReport,
    /// Each chain, in the order of the content.
    pub chains: Vec<ChainReport>,
    /// Entries that are the maker's own and have no link that fits their leaf.
    pub unlinked: Vec<LeafIndex>,
    /// Entries with the maker's tag that are not its own: a slip was copied.
    pub copied: Vec<LeafIndex>,
    /// More numbers are said to be erased than there are erased entries.
    pub overdrawn: bool,
    /// Entries that are said to be erased, each with the entry in which the maker erased it; where there
    /// is none, it is a gap.
    pub said_erased: BTreeMap<LeafIndex, Option<LeafIndex>>,
}

impl AccessReport {
    /// Whether nothing is missing, in any class the report is about.
    pub fn is_whole(&self) -> bool {
        let whole = self.chains.iter().all(|chain| chain.verdict.is_whole());
        whole && !self.overdrawn && self.said_erased.values().all(Option::is_some)
    }

    /// What it would show had its maker left `index` out and signed the rest: judged as a report is, but for
    /// the signature and the words, which stay those of the whole. A report that was whole is not, without
    /// an entry that any of its chains counts.
    ///
    /// # Errors
    /// [`ReportError`] when it has no such entry, or when the rest contradicts itself.
    pub fn without(&self, index: LeafIndex) -> Result<Self, ReportError> {
        let mut content = self.content.clone();
        content.entries.retain(|entry| entry.index != index.0);
        if content.entries.len() == self.content.entries.len() {
            return Err(fails(format!("it has no entry {index}")));
        }
        judged(content, self.maker, self.under.clone())
    }

    /// Nonces that no leaf may have: those of slips that were never answered.
    pub fn void_nonces(&self) -> BTreeSet<[u8; 16]> {
        let chains = self.chains.iter();
        chains
            .flat_map(|chain| chain.verdict.void_nonces.iter().copied())
            .collect()
    }
}

/// Checks a report, offline: the maker's signature over every byte under `trust` at the moment it says
/// it was made, the checkpoint, each entry's place in the log, each chain against its leaf, each link
/// under the keys in it, each opened part, that facts and words say what the rest says, and that one for
/// the person tells nothing of another class. A gap is no error: see [`AccessReport::is_whole`].
///
/// # Errors
/// [`ReportError`], naming what does not hold.
pub fn open_report(
    bytes: &[u8],
    trust: &SigningTrust,
    keys: &LogKeys,
) -> Result<AccessReport, ReportError> {
    let (content, seal, body): (v1::AccessReport, _, _) = unsealed(MAGIC, bytes)?;
    let made = Millis(content.made_ms);
    let maker = check_seal(&content.maker_oin, made, &seal, body, trust)?;
    checked(content, maker, keys)
}

/// The content of a report whose signature was checked.
fn checked(
    content: v1::AccessReport,
    maker: Oin,
    keys: &LogKeys,
) -> Result<AccessReport, ReportError> {
    let under = SeenCheckpoint::open(keys, &content.checkpoint)
        .map_err(|incident| fails(incident.to_string()))?;
    for entry in &content.entries {
        in_log(entry.index, &entry.leaf, &entry.inclusion, &under)
            .map_err(|what| fails(format!("entry {}: {what}", entry.index)))?;
    }
    for one in &content.erasings {
        in_log(one.index, &one.leaf, &one.inclusion, &under)
            .map_err(|what| fails(format!("erasing {}: {what}", one.index)))?;
    }
    let report = judged(content, maker, under)?;
    let (nl, en) = words::of(&report);
    if report.content.text_nl != nl || report.content.text_en != en {
        return Err(fails("its words say something else than its entries"));
    }
    Ok(report)
}

fn in_log(
    index: u64,
    leaf: &[u8],
    inclusion: &[Vec<u8>],
    under: &SeenCheckpoint,
) -> Result<(), &'static str> {
    let hashes: Option<Vec<Digest>> = (inclusion.iter())
        .map(|hash| Digest::from_slice(hash).ok())
        .collect();
    verify_inclusion(
        &leaf_hash(leaf),
        LeafIndex(index),
        under.checkpoint.size(),
        &hashes.ok_or("a hash of its proof is not 32 bytes")?,
        under.checkpoint.root(),
    )
    .map_err(|_| "it is not in the log under the checkpoint")
}

/// Holds a report against a whole copy of the log, `seen`: which entries below the report's own checkpoint
/// have the nonce of a slip that it calls never answered. Such a report leaves out an entry. What came
/// into the log after the report says nothing of it.
///
/// # Errors
/// [`ClientError::Invalid`] when the copy ends before the report's checkpoint: it cannot show what the
/// report left out. [`ClientError::Untrusted`] when the copy is not what `seen` signed, or is not the log
/// that the report is on.
pub fn never_answered_in_log(
    report: &AccessReport,
    reader: &impl TileReader,
    seen: &SeenCheckpoint,
) -> Result<BTreeMap<LeafIndex, [u8; 16]>, ClientError> {
    let (of, nonces) = (&report.under.checkpoint, report.void_nonces());
    let (size, copied) = (of.size().get(), seen.checkpoint.size().get());
    if copied < size {
        return Err(ClientError::Invalid(format!(
            "the copy of the log has {copied} entries and the report is on {size}: follow the log up to \
             there, and check again"
        )));
    }
    let mut found = BTreeMap::new();
    let mut below = Ok(Tree::new());
    let whole = recompute(
        Tree::new(),
        reader,
        seen.checkpoint.size(),
        |index, bytes| {
            if index.0 >= size {
                return;
            }
            if let Ok(tree) = &mut below {
                if let Err(error) = tree.append(leaf_hash(bytes)) {
                    below = Err(error);
                } else if index.0 % 256 == 255 {
                    tree.take_full();
                }
            }
            let nonce = Leaf::parse(bytes).map(|leaf| *leaf.slip().nonce());
            if let Some(nonce) = nonce.ok().filter(|nonce| nonces.contains(nonce)) {
                found.insert(index, nonce);
            }
        },
    );
    let checkpoints = [
        (whole, seen.checkpoint.root(), &seen.note),
        (below, of.root(), &report.under.note),
    ];
    for (tree, root, note) in checkpoints {
        let tree = tree.map_err(|error| Incident::log("", note, &error))?;
        if tree.root() != *root {
            let error = MerkleError::RootMismatch(tree.size().get());
            return Err(Incident::log("", note, &error).into());
        }
    }
    Ok(found)
}

/// The part of an entry, decoded.
fn part<M: prost::Message + Default>(entry: &v1::ReportedEntry, kind: Part) -> Option<M> {
    decoded(&entry.parts, kind)
}

fn decoded<M: prost::Message + Default>(parts: &[v1::OpenPart], kind: Part) -> Option<M> {
    let number = i32::from(kind.byte());
    let found = parts.iter().find(|part| part.part == number)?;
    M::decode(found.bytes.as_slice()).ok()
}
