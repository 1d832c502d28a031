//! What the maker erased, for the entries of a report that are erased.
//!
//! Owns: finding its own entries of it (`ACT_ERASE`), and which of them a report takes. Must not know: how
//! a reader judges them.

use super::judged::erased_by;
use crate::{ClientError, Entry, Partner, SeenCheckpoint, status};
use seinhuis_domain::entry::Part;
use seinhuis_proto::v1;
use seinhuis_types::{LeafIndex, Oin};

impl Partner {
    /// The steps of one's own erasings that cover `erased`, ascending, as far as the log below `under` has
    /// them: a search of the log, a page at a time, until all are covered. Nothing is asked for nothing.
    pub(super) async fn erasings_of(
        &self,
        erased: &[LeafIndex],
        under: &SeenCheckpoint,
    ) -> Result<Vec<Entry>, ClientError> {
        let mut missing = erased.to_vec();
        let mut found = Vec::new();
        let mut token = Vec::new();
        let Some(first) = erased.iter().min() else {
            return Ok(found);
        };
        loop {
            let from_index = if token.is_empty() { first.0 } else { 0 };
            let filter = v1::EntryFilter {
                act: v1::Act::Erase.into(),
                ..v1::EntryFilter::default()
            };
            let request = self.asserted(v1::ListEntriesRequest {
                from_index,
                page_token: token,
                filter: Some(filter),
                ..v1::ListEntriesRequest::default()
            })?;
            let mut client = self.log();
            let reply = status::once("hub", client.list_entries(request)).await?;
            self.recorded(reply.proof)?;
            for entry in self.opened(reply.entries).await? {
                let Some(what) = erased_by(entry.opened(), &self.oin()) else {
                    continue;
                };
                let before = missing.len();
                missing.retain(|index| !what.contains(index));
                if missing.len() < before && entry.index.0 < under.checkpoint.size().get() {
                    found.push(entry);
                }
            }
            token = reply.next_page_token;
            if token.is_empty() || missing.is_empty() {
                return Ok(found);
            }
        }
    }
}

/// The steps that a report with these entries takes: for each that is erased the first one that covers it.
pub(super) fn covering(
    entries: &[v1::ReportedEntry],
    erasings: &[Entry],
    maker: &Oin,
) -> Vec<v1::ReportedErasing> {
    let erased = entries.iter().filter(|entry| entry.erased);
    let erased: Vec<LeafIndex> = erased.map(|entry| LeafIndex(entry.index)).collect();
    let mut missing = erased;
    let mut taken = Vec::new();
    for step in erasings {
        let Some(what) = erased_by(step.opened(), maker) else {
            continue;
        };
        let before = missing.len();
        missing.retain(|index| !what.contains(index));
        if missing.len() < before {
            let parts = step.opened().iter().filter(|open| {
                [Part::Recipient, Part::Outcome]
                    .map(|part| i32::from(part.byte()))
                    .contains(&open.part)
            });
            taken.push(v1::ReportedErasing {
                index: step.index.0,
                leaf: step.leaf.to_bytes().to_vec(),
                inclusion: Vec::new(),
                parts: parts.cloned().collect(),
            });
        }
    }
    taken
}
