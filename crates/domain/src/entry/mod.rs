//! An entry of the audit log: its leaf, the commitments in it, and the slip that finds it again.
//!
//! Owns: the 374 bytes of a leaf, how a part is committed to and opened, how a partner's SDK marks
//! a leaf with its own tag key and how its officer finds that mark, and the ruleset root. Must not
//! know: the tree the leaf goes into, how parts are encoded or kept, any index of persons.

mod chain;
mod class;
mod commitment;
mod error;
mod leaf;
mod links;
mod open;
mod reading;
mod ruleset;
mod slip;
mod tag;
#[cfg(test)]
mod tests;

pub use chain::{Chain, ChainKey, Holder, Link, Step};
pub use class::Class;
pub use commitment::{Opening, Openings, Part, Parts, commitment};
pub use error::EntryError;
pub use leaf::{Commitments, Leaf, LeafHead};
pub use links::{
    Absence, Contradiction, FoundLink, MOST as MOST_LINKS, Run, Standing, Unread, Verdict, judge,
};
pub use open::{Open, TOLD};
pub use reading::ReadingReason;
pub use ruleset::ruleset_root;
pub use slip::{Hit, Scanner, Slip};
pub use tag::{SubjectValue, TagKey, tag};
