//! Verifies a whole log again from what is stored. Reads only. Must not know what an entry says.

mod held;
mod kept;
mod walk;
mod witnessed;

pub use witnessed::{WitnessedBy, fsck_witnessed};

use crate::AuditError;
use crate::disk::read_file;
use crate::worker::NEWEST;
use seinhuis_merkle::NoteVerifier;
use seinhuis_store::Store;
use seinhuis_types::Digest;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// What was verified, when nothing was found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// The number of entries under the newest checkpoint.
    pub size: u64,
    /// The root over them, recomputed from the entries.
    pub root: Digest,
    /// How many kept checkpoints are of this one log.
    pub checkpoints: u64,
    /// How many entry bundles, partial ones included.
    pub bundles: u64,
    /// How many tiles of hashes, partial ones included.
    pub tiles: u64,
    /// How many entries the store has that are not integrated yet, if it was looked at.
    pub sequenced: Option<u64>,
    /// The number of entries under the newest witnessed checkpoint, if there is one.
    pub witnessed: Option<u64>,
}

/// Something that is wrong: what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    what: String,
    remedy: &'static str,
}

impl Finding {
    fn new(what: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            what: what.into(),
            remedy,
        }
    }

    /// What is wrong, as a clause without a full stop.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it, as a clause without a full stop.
    pub fn remedy(&self) -> &str {
        self.remedy
    }
}

/// One sentence.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

const PUT_BACK: &str = "put this file back from a backup or from a partner's mirror";
const INVESTIGATE: &str = "stop the hub, keep a copy of store and folder as evidence, and find out \
                           which was altered: partners hold receipts and earlier checkpoints";

/// A root that the log must have had at a size.
struct Expected {
    size: u64,
    root: Digest,
    by: By,
}

/// Who says so.
#[derive(Clone, Copy)]
enum By {
    Checkpoint,
    Store,
}

/// Verifies the log `origin` in `folder`: every kept checkpoint is signed by `log` and each is
/// consistent with the next; the witnessed one is among them; every bundle and tile follows from the entries; and, if a `store` is
/// given, that it continues where the log ends. Damage in one place does not hide damage in
/// another, as far as it can be told apart.
///
/// Run it on a stopped hub, or without `store` on a copy. Holds 40 bytes for each kept checkpoint
/// in memory.
///
/// # Errors
/// Everything found, never nothing.
pub fn fsck<S: Store>(
    folder: &Path,
    origin: &str,
    log: &NoteVerifier,
    store: Option<&S>,
) -> Result<Report, Vec<Finding>> {
    let mut findings = Vec::new();
    if log.name().as_str() != origin {
        let what = format!("the key is of `{}`, not of `{origin}`", log.name());
        return Err(vec![Finding::new(what, "give the key of this log")]);
    }
    let kept = kept::read(folder, log, &mut findings);
    let root: Arc<Path> = folder.into();
    match (read_file(&folder.join(NEWEST)), &kept.newest) {
        (Ok(found), newest) if found.as_deref() == newest.as_deref().map(str::as_bytes) => {}
        _ => findings.push(Finding::new(
            format!("`{NEWEST}` is not the newest of the kept checkpoints"),
            "start the hub, which writes it again",
        )),
    }

    let checkpoints = u64::try_from(kept.expected.len()).unwrap_or(u64::MAX);
    let mut expected = kept.expected;
    let witnessed = witnessed::check(folder, log, &expected, &mut findings);
    let last = expected.last().map(|last| (last.size, last.root));
    let (size, signed) = last.unwrap_or((0, seinhuis_merkle::EMPTY_ROOT));
    let integrated = store.and_then(|store| held::tree(store, size, &mut findings));
    if let Some(tree) = integrated {
        let at = expected.partition_point(|expected| expected.size < tree.size);
        expected.insert(
            at,
            Expected {
                size: tree.size,
                root: tree.root,
                by: By::Store,
            },
        );
    }
    let walked = walk::walk(&root, size, &signed, &expected, &mut findings);
    let mut sequenced = None;
    if let (Some(store), Some(tree)) = (store, integrated) {
        sequenced = held::leaves(store, tree, &root, size, &signed, &mut findings);
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let walk::Walked { bundles, tiles } = walked;
    Ok(Report {
        size,
        root: signed,
        checkpoints,
        bundles,
        tiles,
        sequenced,
        witnessed,
    })
}

fn unreadable(error: &AuditError) -> Finding {
    Finding::new(error.to_string(), PUT_BACK)
}
