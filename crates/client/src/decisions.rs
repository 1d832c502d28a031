//! The newest decisions about what one sent oneself, with what they were made of, from the newest back.
//!
//! Owns: going back through one's own entries without seeing more of them than was asked for, as far as
//! that can be known beforehand. Must not know: what is done with a decision.

use crate::{ClientError, Incident, Partner, SearchOptions, Work};
use seinhuis_proto::v1;
use seinhuis_types::LeafIndex;

/// Most entries of the log that one step goes back over: as many as a page of a search looks through.
const STEP: u64 = 20_000;
/// Rows on a page.
const PAGE: u32 = 1_000;

/// A decision as the log keeps it in the source's own part, opened to its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDecision {
    /// The entry it stands in.
    pub index: LeafIndex,
    /// `Decision`.
    pub decision: Vec<u8>,
    /// `DecisionInput`; empty in what was decided before inputs were kept.
    pub input: Vec<u8>,
}

/// A walk back through one's own decisions.
#[derive(Debug)]
pub struct DecisionsBack {
    partner: Partner,
    below: u64,
    left: u64,
    asked: u64,
    /// How many came so far, also of those that turned out to be more than was asked for.
    read: u64,
    step: u64,
    /// The entries that record the searches made so far.
    recorded: Vec<LeafIndex>,
}

impl Partner {
    /// Goes back through the newest `last` decisions about what one sent oneself, of those that are under
    /// the log's checkpoint now. Made for the persons of [`Partner::acting_for`], each page of it an entry;
    /// above 50 two persons are needed.
    ///
    /// # Errors
    /// Those of [`Partner::checkpoint`].
    pub async fn decisions_back(&self, last: u32) -> Result<DecisionsBack, ClientError> {
        let seen = self.checkpoint().await?;
        Ok(DecisionsBack {
            partner: self.clone(),
            below: seen.checkpoint.size().get(),
            left: last.into(),
            asked: last.into(),
            read: 0,
            step: u64::from(last).min(STEP),
            recorded: Vec::new(),
        })
    }
}

impl DecisionsBack {
    /// The next ones, older than those before, in the order of the log; nothing at the end.
    ///
    /// # Errors
    /// Those of [`Partner::search`]; [`ClientError::Untrusted`] when what came is not under the checkpoint.
    pub async fn next(&mut self) -> Result<Option<Vec<KeptDecision>>, ClientError> {
        while self.left > 0 && self.below > 0 {
            let from = self.below.saturating_sub(self.step);
            let mut found = self.between(from, self.below).await?;
            self.step = next_step(self.below.saturating_sub(from), found.len(), self.left);
            self.below = from;
            if found.is_empty() {
                continue;
            }
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let newest = found.split_off(found.len().saturating_sub(left));
            self.left = self
                .left
                .saturating_sub(u64::try_from(newest.len()).unwrap_or(u64::MAX));
            return Ok(Some(newest));
        }
        Ok(None)
    }

    /// The entries that record what was searched.
    pub fn recorded(&self) -> &[LeafIndex] {
        &self.recorded
    }

    async fn between(&mut self, from: u64, until: u64) -> Result<Vec<KeptDecision>, ClientError> {
        let filter = v1::EntryFilter {
            own_decisions: true,
            ..v1::EntryFilter::default()
        };
        let mut options = SearchOptions {
            page_size: PAGE.min(u32::try_from(self.left).unwrap_or(u32::MAX)),
            within: (from, until),
            ..SearchOptions::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self.partner.search(&filter, &options).await?;
            self.recorded.push(page.recorded.index());
            let came = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
            self.read = self.read.saturating_add(came);
            let (read, of) = (self.read.min(self.asked), Some(self.asked));
            self.partner.progress.at(Work::Decisions, read, of);
            for entry in page.entries {
                let index = entry.index;
                if !(from..until).contains(&index.0) {
                    return Err(Incident::Reply("an entry came that was not asked for").into());
                }
                if !entry.proven {
                    return Err(Incident::Proof("an entry is not under the checkpoint").into());
                }
                let part = entry.provider().unwrap_or_default();
                if part.decision.is_empty() {
                    return Err(Incident::Reply("an entry came that has no decision").into());
                }
                found.push(KeptDecision {
                    index,
                    decision: part.decision,
                    input: part.decision_input,
                });
            }
            options.page_token = page.next;
            if options.page_token.is_empty() {
                return Ok(found);
            }
        }
    }
}

/// How far to go back next, so that about as many are found as are left: nothing is shown for nothing.
fn next_step(went: u64, found: usize, left: u64) -> u64 {
    let found = u64::try_from(found).unwrap_or(u64::MAX);
    let left = left.saturating_sub(found);
    let wanted = match found {
        0 => went.saturating_mul(4),
        found => left.saturating_mul(went) / found,
    };
    wanted.clamp(left.min(STEP), STEP).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_as_long_as_what_is_left_is_spread() {
        // One in ten was one's own: ten times what is left.
        assert_eq!(next_step(1_000, 100, 300), 2_000);
        // All were: no further than what is left.
        assert_eq!(next_step(100, 100, 300), 200);
        // None was: further, and never past what a page looks through.
        assert_eq!(next_step(100, 0, 50), 400);
        assert_eq!(next_step(10_000, 0, 50), STEP);
        assert_eq!(next_step(10_000, 1, 1_000_000), STEP);
        // Nothing is left: it still goes somewhere.
        assert_eq!(next_step(10, 10, 10), 1);
    }
}
