//! Finding one person in the log, by the partner's own tags.
//!
//! Owns: trying every way the partner may have known the person, under the tag key of each leaf's
//! epoch. Must not know: where leaves come from, what an entry says.

use crate::TagKeys;
use seinhuis_domain::entry::{EntryError, Hit, Leaf, Scanner, SubjectValue};
use seinhuis_types::LeafIndex;
use std::collections::BTreeMap;

/// A place in the log that carries the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanHit {
    /// The entry.
    pub index: LeafIndex,
    /// The ordinal in it, and by which kind of value it was found.
    pub hit: Hit,
}

/// Looks for one person. Give every value the partner knows the person by: number, criminal-chain
/// number and own pseudonym of each epoch, since any of them may have made a tag.
pub struct SubjectScan(BTreeMap<u16, Scanner>);

impl std::fmt::Debug for SubjectScan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SubjectScan({} epochs)", self.0.len())
    }
}

impl SubjectScan {
    /// A scan under every tag key.
    pub fn new(tags: &TagKeys, values: &[SubjectValue]) -> Self {
        Self(
            tags.iter()
                .map(|(epoch, key)| (epoch, Scanner::new(key, values)))
                .collect(),
        )
    }

    /// Every place of a leaf that carries the person. A leaf of an epoch without a tag key carries
    /// nobody of this partner's.
    ///
    /// # Errors
    /// Bytes that are no leaf.
    pub fn leaf(&self, index: LeafIndex, bytes: &[u8]) -> Result<Vec<ScanHit>, EntryError> {
        let leaf = Leaf::parse(bytes)?;
        let Some(scanner) = self.0.get(&leaf.key_epoch()) else {
            return Ok(Vec::new());
        };
        Ok(scanner
            .scan(&leaf)
            .into_iter()
            .map(|hit| ScanHit { index, hit })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_domain::entry::{LeafHead, Parts, TagKey};
    use seinhuis_domain::signal::IdKind;
    use seinhuis_types::{Digest, Hour};

    fn leaf(tags: &TagKeys, epoch: u16, values: &[SubjectValue]) -> [u8; Leaf::LEN] {
        let rng = &mut rand::rng();
        let slip = tags.slip(epoch, values, rng).unwrap();
        let head = LeafHead::new(Hour(490_000), epoch, Digest([1; 32])).unwrap();
        head.seal(&slip, &Parts::default(), rng).0.to_bytes()
    }

    #[test]
    fn a_person_is_found_by_each_value_in_each_epoch_and_nobody_else_is() {
        let key = |byte| TagKey::from_slice(&[byte; 32]).unwrap();
        let tags = TagKeys::new([(1, key(1)), (2, key(2))]);
        let number = SubjectValue::number("123456782").unwrap();
        let skn = SubjectValue::skn("42").unwrap();
        let other = SubjectValue::number("111222333").unwrap();
        let scan = SubjectScan::new(&tags, &[number.clone(), skn.clone()]);
        let found = |bytes: &[u8]| {
            let hits = scan.leaf(LeafIndex(5), bytes).unwrap();
            hits.iter()
                .map(|hit| (hit.hit.ordinal, hit.hit.kind))
                .collect::<Vec<_>>()
        };
        let pair = [other.clone(), number.clone()];
        assert_eq!(found(&leaf(&tags, 1, &pair)), [(1, IdKind::Number)]);
        assert_eq!(found(&leaf(&tags, 2, &[skn])), [(0, IdKind::Skn)]);
        assert_eq!(found(&leaf(&tags, 1, &[other])), []);
        let strangers = TagKeys::new([(1, key(9)), (3, key(1))]);
        assert_eq!(
            found(&leaf(&strangers, 1, std::slice::from_ref(&number))),
            []
        );
        assert_eq!(
            found(&leaf(&strangers, 3, &[number])),
            [],
            "no key of epoch 3"
        );
        assert!(scan.leaf(LeafIndex(0), b"short").is_err());
    }
}
