//! The embedded engine: sled 0.34 under the store.
//!
//! Owns: how bytes reach the disk, the settings of sled, and the check for free space.
//! Must not know: what keys and values mean. See this crate's README for the life of a signal.
//!
//! What was read in sled 0.34.7 and is relied on here:
//! - `apply_batch` pegs the log before its first write and seals the peg with the last log number
//!   of the batch; recovery stops at a peg whose last number is not on disk (`RecoveryGuard`,
//!   `LogIter`). So a batch is there whole or not at all, and no later batch without it. A
//!   transaction over several trees uses the same peg; one tree is still used, for memory.
//! - `flush` ends in `sync_file_range`, which leaves the file's metadata and the disk's own cache
//!   behind, so `sync` goes on with `fdatasync` on the same file.
//! - A page larger than a quarter of a segment is written to a file of its own, under `blobs/`,
//!   that is *never* synced. A leaf page holds up to 17 values before it is split, so the segment
//!   size is chosen such that 17 of the largest values still fit in a quarter.
//! - Closing returns before sled's own threads have let go of the locked file, so opening it again
//!   at once would fail now and then. A lock of our own keeps others out, and then sled's is waited
//!   for.
//! - The thread that flushes by the clock is off; pages are also moved, and segments freed, when
//!   pages are written.

mod engine;

pub use engine::{SledEngine, SledOptions};
