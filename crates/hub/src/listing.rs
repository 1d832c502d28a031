//! Going through an organisation's own entries.
//!
//! Owns: which entries are looked at and how much at a time. The hub keeps no index of them: it reads
//! the stored parts in a row, each of which says in clear whose it is, and opens those of the owner
//! alone (measured: docs/benchmarks.md). Must not know: who searches, and how that is recorded.

use crate::filter::EntryFilter;
use crate::{Hub, HubError, parts};
use prost::Message;
use seinhuis_domain::entry::Leaf;
use seinhuis_merkle::{TileKind, TilePath, TreeSize, decode_bundle};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store};
use seinhuis_types::{Hour, LeafIndex, Oin};

/// How many stored runs are read at a time: a megabyte, or some 800 entries.
const RUNS: usize = 64;
/// How many entries one page looks through before it ends, found or not.
const LOOKED: u64 = 20_000;
/// A page ends after about this many bytes, so that it fits what clients take (4 MiB).
const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Leaves in a bundle.
const BUNDLE: u64 = 256;

/// What was found, and where to go on.
pub(crate) struct Found {
    pub(crate) rows: Vec<v1::Proof>,
    /// The index to go on at; the end when there is nothing more.
    pub(crate) next: u64,
}

impl<S: Store> Hub<S> {
    /// Entries of `owner`'s in `from..end` that meet all `filters`, at most `most`.
    pub(crate) async fn go_through(
        &self,
        owner: &Oin,
        filters: &[&EntryFilter],
        (from, end): (u64, u64),
        most: usize,
    ) -> Result<Found, HubError> {
        let last = from.saturating_add(LOOKED).min(end);
        let mut found = Found {
            rows: Vec::new(),
            next: from,
        };
        let (mut at, mut bytes) = (Some(LeafIndex(from)), 0);
        let mut leaves = Leaves::default();
        while let Some(from) = at.filter(|at| at.0 < last) {
            let page = self.parts.store.snapshot()?.parts_from(from, RUNS)?;
            for (index, sealed) in &page.parts {
                if index.0 >= last {
                    break;
                }
                found.next = index.0.saturating_add(1);
                if !parts::is_of(owner, sealed)? {
                    continue;
                }
                let leaf = self.listed_leaf(&mut leaves, *index)?;
                let row = self.row(owner, filters, *index, &leaf, sealed)?;
                if let Some(row) = row {
                    bytes += row.encoded_len();
                    found.rows.push(row);
                }
                if found.rows.len() >= most || bytes >= PAGE_BYTES {
                    return Ok(found);
                }
            }
            at = page.next;
            // Other calls get their turn.
            tokio::task::yield_now().await;
        }
        found.next = last;
        Ok(found)
    }

    /// The entry as `owner` may read it, if it meets all filters.
    fn row(
        &self,
        owner: &Oin,
        filters: &[&EntryFilter],
        index: LeafIndex,
        bytes: &[u8],
        sealed: &[u8],
    ) -> Result<Option<v1::Proof>, HubError> {
        let leaf = Leaf::parse(bytes).map_err(|_| HubError::Internal("a stored leaf is broken"))?;
        let open = parts::open_for(owner, sealed, leaf.commitments(), &self.parts.wrapping)?;
        let open = self.come(&self.parts.store.snapshot()?, owner, open)?;
        if open.is_empty() {
            return Ok(None);
        }
        for filter in filters {
            if !filter.meets(owner, leaf.hour(), &open)? {
                return Ok(None);
            }
        }
        Ok(Some(v1::Proof {
            index: index.0,
            leaf: bytes.to_vec(),
            parts: open,
            ..v1::Proof::default()
        }))
    }

    /// One entry as `owner` may read it; without parts when it is not `owner`'s or does not meet the
    /// filters.
    pub(crate) fn one_row(
        &self,
        owner: &Oin,
        filters: &[&EntryFilter],
        index: LeafIndex,
    ) -> Result<v1::Proof, HubError> {
        let leaf = self.parts.log.leaf(index);
        let leaf = leaf.map_err(|e| HubError::from_log(&e))?;
        let sealed = self.parts.store.snapshot()?.parts(index)?.value;
        let row = match sealed {
            Some(sealed) => self.row(owner, filters, index, &leaf, &sealed)?,
            None => None,
        };
        Ok(row.unwrap_or(v1::Proof {
            index: index.0,
            leaf,
            ..v1::Proof::default()
        }))
    }

    /// The indexes in which entries of the period can be. Hours of leaves follow the indexes but for
    /// acts that were decided in one hour and committed in the next, so an hour more is taken on each
    /// side; the filter then judges each entry.
    pub(crate) fn period(&self, filters: &[&EntryFilter]) -> Result<(u64, u64), HubError> {
        let end = self.parts.store.next_index().0;
        let from = filters.iter().filter_map(|filter| filter.from).max();
        let until = filters.iter().filter_map(|filter| filter.until).min();
        let first = match from {
            Some(from) => self.first_of(Hour(from.0.saturating_sub(1)), end)?,
            None => 0,
        };
        let last = match until {
            Some(until) => self.first_of(Hour(until.0.saturating_add(1)), end)?,
            None => end,
        };
        Ok((first, last.max(first)))
    }

    /// The first index, below `end`, whose hour is `hour` or later.
    fn first_of(&self, hour: Hour, end: u64) -> Result<u64, HubError> {
        let (mut low, mut high) = (0, end);
        while low < high {
            let middle = low + (high - low) / 2;
            let leaf = self.parts.log.leaf(LeafIndex(middle));
            let leaf = Leaf::parse(&leaf.map_err(|e| HubError::from_log(&e))?)
                .map_err(|_| HubError::Internal("a stored leaf is broken"))?;
            if leaf.hour() < hour {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// A leaf, from a bundle that is read once for all that follow in it.
    fn listed_leaf(&self, leaves: &mut Leaves, index: LeafIndex) -> Result<Vec<u8>, HubError> {
        let (bundle, place) = (index.0 / BUNDLE, index.0 % BUNDLE);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if leaves.bundle != Some(bundle) || leaves.found.len() <= place {
            *leaves = Leaves {
                bundle: Some(bundle),
                found: self.bundle(bundle)?,
            };
        }
        match leaves.found.get(place) {
            Some(leaf) => Ok(leaf.clone()),
            // Not published yet.
            None => self
                .parts
                .log
                .leaf(index)
                .map_err(|e| HubError::from_log(&e)),
        }
    }

    /// The leaves of a bundle that are published.
    fn bundle(&self, bundle: u64) -> Result<Vec<Vec<u8>>, HubError> {
        let size = self.parts.log.published_size();
        if size <= bundle.saturating_mul(BUNDLE) {
            return Ok(Vec::new());
        }
        let broken = |_| HubError::Internal("a bundle could not be read");
        let path = TilePath::in_tree(
            TileKind::Entries,
            bundle,
            TreeSize::new(size).map_err(broken)?,
        )
        .ok_or(HubError::Internal("a bundle could not be read"))?;
        let bytes = self.parts.log.tile(&path);
        let bytes = bytes.map_err(|e| HubError::from_log(&e))?;
        let leaves = decode_bundle(&bytes).map_err(broken)?;
        Ok(leaves.into_iter().map(<[u8]>::to_vec).collect())
    }
}

/// The bundle read last.
#[derive(Default)]
struct Leaves {
    bundle: Option<u64>,
    found: Vec<Vec<u8>>,
}
