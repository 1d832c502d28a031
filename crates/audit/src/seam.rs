//! The places between the steps of publishing where a test may spoil the files or end the work as
//! a kill would. In the running hub nothing happens there. Must not know what the steps do.

use std::io;
use std::path::Path;

/// A step of publishing, in their order: just done, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A new file is about to be written. The one place where a full disk is a certain outcome.
    Write,
    /// The bytes of a new file are durable under its passing name.
    Written,
    /// The file has its name.
    Named,
    /// A folder is durable.
    FolderSynced,
    /// What was stored is about to be read again.
    Reread,
    /// What was read again holds; the checkpoint is about to be signed.
    Sign,
    /// The checkpoint is in the file of checkpoints, not yet durable.
    Appended,
    /// The checkpoint is durable.
    Kept,
    /// The file `checkpoint` is replaced.
    Replaced,
    /// The store has dropped the leaves.
    Integrated,
    /// The checkpoint is visible.
    Shown,
    /// A folder of partial tiles is removed.
    Pruned,
}

/// Called between steps.
pub(crate) trait Seam: Send + Sync + 'static {
    /// `step` concerns `path`. An error ends the work as if the process ended here.
    fn at(&self, step: Step, path: &Path) -> io::Result<()>;
}

/// The seam of the running hub.
#[derive(Debug)]
pub(crate) struct Seamless;

impl Seam for Seamless {
    fn at(&self, _: Step, _: &Path) -> io::Result<()> {
        Ok(())
    }
}
