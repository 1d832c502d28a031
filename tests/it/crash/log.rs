//! The whole log, read back from its files and proven against a checkpoint.
//!
//! Must not know: calls and kills.

use super::{Receipt, data};
use seinhuis_client::{LogFolder, Partner, VerifiedProof};
use seinhuis_domain::entry::Leaf;
use seinhuis_merkle::{Tree, leaf_hash, recompute};
use seinhuis_tests::Chain;
use seinhuis_types::{Digest, LeafIndex};
use std::collections::HashMap;

/// Every entry under a checkpoint.
pub(in super::super) struct Held {
    leaves: Vec<Digest>,
    slips: HashMap<[u8; 16], LeafIndex>,
}

impl Held {
    /// Reads the log under the checkpoint that covers `newest`, from its first entry on. Each slip
    /// stands in it once: nothing was done twice.
    pub(in super::super) async fn read(
        chain: &Chain,
        partner: &Partner,
        newest: &VerifiedProof,
    ) -> Self {
        let seen = partner.checkpoint().await.unwrap().checkpoint;
        assert!(
            seen.size().get() > newest.index().0,
            "the newest entry is not covered"
        );
        let mut held = Self {
            leaves: Vec::new(),
            slips: HashMap::new(),
        };
        let folder = LogFolder::new(&data(chain).join("log"));
        let tree = recompute(Tree::new(), &folder, seen.size(), |index, bytes| {
            held.leaves.push(leaf_hash(bytes));
            let slip = *Leaf::parse(bytes).unwrap().slip().nonce();
            let before = held.slips.insert(slip, index);
            assert_eq!(
                before, None,
                "entry {index} is of an act that is in the log already"
            );
        });
        assert_eq!(
            tree.unwrap().root(),
            *seen.root(),
            "a checkpoint over something else"
        );
        held
    }

    /// That every receipt is kept: its leaf at its index.
    pub(in super::super) fn has(&self, receipts: &[Receipt]) {
        for Receipt { index, leaf } in receipts {
            let there = self.leaves.get(usize::try_from(index.0).unwrap());
            assert_eq!(there, Some(leaf), "the receipt of entry {index}");
        }
    }

    /// Where the entry with this slip is.
    pub(in super::super) fn at(&self, nonce: [u8; 16]) -> Option<LeafIndex> {
        self.slips.get(&nonce).copied()
    }
}
