//! Which parts of a tree a proof consists of: the recursions of RFC 6962 §2.1.1 and §2.1.2, as
//! ranges of leaves. Must not know where hashes come from.

use crate::frontier::fold;
use crate::{MerkleError, TreeSize};
use seinhuis_types::Digest;

/// The leaves `start..end`, as they arise from splitting a tree: `start` is a multiple
/// of the largest power of two that is at most `end - start`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    start: u64,
    end: u64,
}

/// Gives the hash of a complete subtree.
pub(crate) trait NodeSource {
    /// The hash over the leaves `index * 2^height .. (index + 1) * 2^height`.
    fn node(&mut self, height: u32, index: u64) -> Result<Digest, MerkleError>;
}

impl Span {
    /// Every leaf of a tree. For the tree without leaves alone the span is empty.
    pub(crate) fn whole(size: TreeSize) -> Self {
        Self {
            start: 0,
            end: size.get(),
        }
    }

    /// The two children of a tree of more than one leaf: the left takes the largest power of two
    /// below the length.
    fn split(self) -> Option<(Self, Self)> {
        let length = self.end.saturating_sub(self.start);
        if length < 2 {
            return None;
        }
        let middle = self.start.saturating_add(length.next_power_of_two() / 2);
        Some((
            Self {
                start: self.start,
                end: middle,
            },
            Self {
                start: middle,
                end: self.end,
            },
        ))
    }

    /// The hash over these leaves, from the hashes of complete subtrees.
    pub(crate) fn hash(self, source: &mut impl NodeSource) -> Result<Digest, MerkleError> {
        let mut at = self.start;
        let mut parts = Vec::new();
        while let Some(height) = self.end.saturating_sub(at).checked_ilog2() {
            parts.push(source.node(height, at.checked_shr(height).unwrap_or(0))?);
            at = at.saturating_add(2u64.saturating_pow(height));
        }
        Ok(fold(&parts))
    }
}

/// The parts of the inclusion proof of leaf `index`, the leaf's sibling first. At most 48.
/// `index` must be below `size`.
pub(crate) fn inclusion_spans(index: u64, size: TreeSize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut here = Span::whole(size);
    while let Some((left, right)) = here.split() {
        if index < right.start {
            spans.push(right);
            here = left;
        } else {
            spans.push(left);
            here = right;
        }
    }
    spans.reverse();
    spans
}

/// The parts of the consistency proof from `old` to `new` leaves, deepest first. At most 49; none if
/// `old` is 0 or equal to `new`. `old` must be at most `new`.
pub(crate) fn consistency_spans(old: TreeSize, new: TreeSize) -> Vec<Span> {
    let old = old.get();
    let mut spans = Vec::new();
    if old == 0 {
        return spans;
    }
    let mut here = Span::whole(new);
    while here.end != old {
        let Some((left, right)) = here.split() else {
            break;
        };
        if old <= right.start {
            spans.push(right);
            here = left;
        } else {
            spans.push(left);
            here = right;
        }
    }
    // The verifier holds the old root, so a subtree that is the whole old tree is left out.
    if here.start != 0 {
        spans.push(here);
    }
    spans.reverse();
    spans
}
