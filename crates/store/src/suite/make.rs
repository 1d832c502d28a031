//! Values for the facts. Must not know: what is checked with them.

use crate::records::{
    AgreementRecord, Delivery, DeliveryRecord, PayloadRecord, Reply, ReplyRecord,
};
use crate::{ChangeSet, Entry, LEAF_BYTES, ReplyScope, Slot, Write};
use seinhuis_types::{AgreementHash, ClauseId, DeliveryId, Desk, Oin, ParseError};

/// The n-th of ten partners.
pub(super) fn oin(n: u8) -> Result<Oin, ParseError> {
    Oin::parse(&format!("000000990000000{}0000", u32::from(n) % 10))
}

pub(super) fn desk(name: &str) -> Result<Desk, ParseError> {
    Desk::parse(name)
}

pub(super) fn clause() -> Result<ClauseId, ParseError> {
    ClauseId::parse("pol-vt-report")
}

pub(super) fn hash(letter: char) -> Result<AgreementHash, ParseError> {
    AgreementHash::parse(&format!("$1$1${}", letter.to_string().repeat(86)))
}

pub(super) fn id(n: u32) -> DeliveryId {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    DeliveryId(id)
}

/// An entry that can be told from others.
pub(super) fn entry(n: u32) -> Entry {
    let mut leaf = [0xa5; LEAF_BYTES];
    for (to, from) in leaf.iter_mut().zip(n.to_be_bytes()) {
        *to = from;
    }
    Entry::new(leaf, [b"parts ", &n.to_be_bytes()[..]].concat())
}

pub(super) fn change(n: u32) -> ChangeSet {
    ChangeSet::new("suite", entry(n))
}

pub(super) fn delivery(source: Oin) -> Delivery {
    Delivery {
        published: Slot::of_entry(0),
        published_at: Slot::at_commit(),
        body: DeliveryRecord {
            source_oin: source.to_string(),
            ..DeliveryRecord::default()
        },
        ..Delivery::default()
    }
}

pub(super) fn payload(size: usize) -> PayloadRecord {
    PayloadRecord {
        record: vec![0x5a; size],
        ..PayloadRecord::default()
    }
}

pub(super) fn agreement(content: &str) -> AgreementRecord {
    AgreementRecord {
        content: content.into(),
        ..AgreementRecord::default()
    }
}

pub(super) fn scope(n: u8) -> Result<ReplyScope, ParseError> {
    Ok(ReplyScope {
        oin: oin(1)?,
        method: "Publish",
        key: [n; 16].into(),
    })
}

pub(super) fn reply(n: u8) -> Result<Write, ParseError> {
    let record = Reply {
        committed_at: Slot::at_commit(),
        first_index: Slot::of_entry(0),
        body: ReplyRecord {
            fingerprint: vec![n; 32],
            facts: vec![n],
            entries: 1,
        },
    };
    Ok(Write::reply(scope(n)?, &record))
}
