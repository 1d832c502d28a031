//! Runs: consecutive entries of one batch in one value, so that an engine holds few keys.
//! Owns the stored form of runs. Must not know: what a leaf or a part says.
//!
//! Leaves: format 1 || 374 bytes each. Parts: format 1 || for each (revision u64 || length u32 ||
//! bytes). The key holds the index of the first.

use crate::change::{LEAF_BYTES, LeafBytes};
use crate::{Entry, StoreError};

const FORMAT: u8 = 1;
/// A run of parts is closed when it has reached this many bytes: small enough to be rewritten when
/// one part of one entry is erased, and to be read for one entry.
const RUN_BYTES: usize = 16 * 1024;
/// A run of leaves is closed at this number.
const RUN_LEAVES: usize = 128;
/// What a run holds beside each entry's own bytes.
const PART_HEAD: usize = 12;

/// Sealed parts of one entry, with the revision of their row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) revision: u64,
    pub(crate) bytes: Vec<u8>,
}

/// The leaves of a batch as (first index, value).
pub(crate) fn leaves(first: u64, entries: &[(u64, Entry)]) -> Vec<(u64, Vec<u8>)> {
    let mut at = first;
    entries
        .chunks(RUN_LEAVES)
        .map(|chunk| {
            let start = at;
            at = at.saturating_add(chunk.len() as u64);
            (start, leaf_run(chunk.iter().map(|(_, entry)| &*entry.leaf)))
        })
        .collect()
}

/// One run of leaves.
pub(crate) fn leaf_run<'a>(leaves: impl Iterator<Item = &'a LeafBytes>) -> Vec<u8> {
    let mut value = vec![FORMAT];
    leaves.for_each(|leaf| value.extend_from_slice(leaf));
    value
}

/// Reads a run of leaves.
pub(crate) fn read_leaves(value: &[u8]) -> Result<&[LeafBytes], StoreError> {
    let damaged = StoreError::Corrupt("a run of leaves");
    let Some((&FORMAT, rest)) = value.split_first() else {
        return Err(damaged);
    };
    let (leaves, []) = rest.as_chunks::<LEAF_BYTES>() else {
        return Err(damaged);
    };
    if leaves.is_empty() {
        Err(damaged)
    } else {
        Ok(leaves)
    }
}

/// The parts of a batch as (first index, value).
pub(crate) fn parts(first: u64, entries: Vec<(u64, Entry)>) -> Vec<(u64, Vec<u8>)> {
    let mut runs: Vec<(u64, Vec<u8>)> = Vec::new();
    for (index, (revision, entry)) in (first..).zip(entries) {
        let fits = runs
            .last()
            .is_some_and(|(_, run)| run.len() + PART_HEAD + entry.parts.len() <= RUN_BYTES);
        if !fits {
            runs.push((index, vec![FORMAT]));
        }
        if let Some((_, run)) = runs.last_mut() {
            push(run, revision, &entry.parts);
        }
    }
    runs
}

fn push(run: &mut Vec<u8>, revision: u64, bytes: &[u8]) {
    run.extend_from_slice(&revision.to_be_bytes());
    // Parts are at most MAX_VALUE bytes.
    run.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    run.extend_from_slice(bytes);
}

/// One run of parts.
pub(crate) fn parts_run(parts: &[Sealed]) -> Vec<u8> {
    let mut value = vec![FORMAT];
    parts
        .iter()
        .for_each(|part| push(&mut value, part.revision, &part.bytes));
    value
}

/// Reads a run of parts.
pub(crate) fn read_parts(value: &[u8]) -> Result<Vec<Sealed>, StoreError> {
    let damaged = || StoreError::Corrupt("a run of parts");
    let Some((&FORMAT, mut rest)) = value.split_first() else {
        return Err(damaged());
    };
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (revision, after) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| damaged())?;
        let (bytes, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        parts.push(Sealed {
            revision: u64::from_be_bytes(*revision),
            bytes: bytes.to_vec(),
        });
        rest = after;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_come_back_from_their_runs(sizes in prop::collection::vec(0usize..9_000, 1..40)) {
            let entries: Vec<_> = sizes
                .iter()
                .zip(1u64..)
                .map(|(&size, n)| (n, Entry::new([1; LEAF_BYTES], vec![7; size])))
                .collect();
            let mut index = 100;
            for (first, value) in parts(100, entries.clone()) {
                prop_assert_eq!(first, index);
                let run = read_parts(&value).unwrap();
                prop_assert_eq!(&parts_run(&run), &value);
                prop_assert!(run.len() == 1 || value.len() <= RUN_BYTES);
                for part in run {
                    let (revision, entry) = &entries[usize::try_from(index - 100).unwrap()];
                    prop_assert_eq!((&part.revision, &part.bytes), (revision, &entry.parts));
                    index += 1;
                }
            }
            prop_assert_eq!(index, 100 + entries.len() as u64);
        }

        #[test]
        fn damaged_runs_are_told(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read_parts(&bytes);
            prop_assert_eq!(
                read_leaves(&bytes).is_ok(),
                bytes.len() > 1 && bytes[0] == 1 && (bytes.len() - 1) % LEAF_BYTES == 0
            );
        }
    }

    #[test]
    fn a_cut_run_of_parts_is_damaged() {
        let value = parts_run(&[Sealed {
            revision: 3,
            bytes: vec![9; 20],
        }]);
        for cut in 2..value.len() {
            assert!(read_parts(&value[..cut]).is_err(), "{cut}");
        }
    }
}
