//! The file `checkpoint.witnessed`: is it one of the kept checkpoints, and who cosigned it? Must not
//! know tiles.

use super::{Expected, Finding, INVESTIGATE, unreadable};
use crate::disk::read_file;
use crate::journal::Signed;
use crate::witness::NAME;
use seinhuis_merkle::{Note, NoteVerifier, Policy};
use std::path::Path;

const AWAY: &str = "keep a copy, put this file back from a backup, or move it away: the hub gathers \
                    cosignatures of the newest checkpoint again";

/// Who cosigned the newest witnessed checkpoint, by a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessedBy {
    /// The witnesses' names in the policy, in order.
    pub names: Vec<String>,
    /// Whether they make its quorum. A checkpoint that was witnessed under an earlier policy need
    /// not.
    pub quorum: bool,
}

/// The size of the witnessed checkpoint, if there is one; it must be among the kept ones.
pub(super) fn check(
    folder: &Path,
    log: &NoteVerifier,
    kept: &[Expected],
    findings: &mut Vec<Finding>,
) -> Option<u64> {
    let bytes = match read_file(&folder.join(NAME)) {
        Ok(bytes) => bytes?,
        Err(error) => {
            findings.push(unreadable(&error));
            return None;
        }
    };
    let signed = match Signed::open(&bytes, log) {
        Ok(signed) => signed,
        Err(error) => {
            findings.push(Finding::new(format!("`{NAME}`: {error}"), AWAY));
            return None;
        }
    };
    let (size, root) = (signed.checkpoint.size().get(), signed.checkpoint.root());
    let own = |kept: &Expected| kept.size == size && kept.root == *root;
    if !kept.iter().any(own) {
        let what = format!("`{NAME}` over {size} entries is none of the kept checkpoints");
        findings.push(Finding::new(what, INVESTIGATE));
    }
    Some(size)
}

/// Verifies the cosignatures of the newest witnessed checkpoint in `folder` by a policy; `None` if
/// there is no such checkpoint.
///
/// # Errors
/// One that cannot be read, or a cosignature of a witness of the policy that does not verify.
pub fn fsck_witnessed(folder: &Path, policy: &Policy) -> Result<Option<WitnessedBy>, Finding> {
    let Some(bytes) = read_file(&folder.join(NAME)).map_err(|error| unreadable(&error))? else {
        return Ok(None);
    };
    let bad = |error| Finding::new(format!("`{NAME}`: {error}"), AWAY);
    let note = Note::parse(&bytes).map_err(bad)?;
    let names = policy.cosigned(&note).map_err(bad)?;
    let quorum = policy.met(&names);
    let names = names.into_iter().map(str::to_owned).collect();
    Ok(Some(WitnessedBy { names, quorum }))
}
