//! Where rows are kept: one ordered key space, a table byte first.
//! Owns the form of every key (docs in each constant). Must not know: values.
//!
//! One tree instead of one per table: a batch is then one write for any engine, and few open trees
//! keep memory small. Numbers are big-endian, so byte order is number order.

use crate::{ReplyScope, Row};
use ring::digest;
use seinhuis_types::{DeliveryId, Desk, LeafIndex, Millis, Oin, Position};

/// What the store is, and which format: version u32 || kind u8.
pub(crate) const SCHEMA: &[u8] = &[0x00, 0];
/// Hub time of the last commit u64 || number of entries u64.
pub(crate) const TIP: &[u8] = &[0x00, 1];
/// The integrated log: size u64 || root 32.
pub(crate) const TREE: &[u8] = &[0x00, 2];

pub(crate) const RULESET: u8 = 0x10;
pub(crate) const DIRECTORY: u8 = 0x11;
/// hash text
pub(crate) const AGREEMENT: u8 = 0x12;
pub(crate) const AGREEMENT_SET: u8 = 0x13;
/// oin || desk
pub(crate) const KEYS: u8 = 0x14;
/// oin || signal id
pub(crate) const SIGNAL: u8 = 0x15;
/// delivery id
pub(crate) const DELIVERY: u8 = 0x16;
/// delivery id
pub(crate) const PAYLOAD: u8 = 0x17;
/// SHA-256 of the scope: the key chosen by a partner is not kept
pub(crate) const REPLY: u8 = 0x18;
/// oin || nonce
pub(crate) const SLIP_NONCE: u8 = 0x19;
/// day u32 || oin || clause: old days are one range
pub(crate) const BUDGET: u8 = 0x1a;
/// oin || length u8 || desk || position u64 -> delivery id
pub(crate) const STREAM: u8 = 0x20;
/// oin || length u8 || desk -> last position given, only once a place was withdrawn
pub(crate) const STREAM_TOP: u8 = 0x21;
/// first index u64 -> a run of leaves
pub(crate) const LEAVES: u8 = 0x30;
/// first index u64 -> a run of sealed parts
pub(crate) const PARTS: u8 = 0x31;
/// month u32 -> its first index u64
pub(crate) const MONTH: u8 = 0x32;
/// month u32 -> nothing: its parts are erased, bytes may still be there
pub(crate) const ERASED: u8 = 0x33;
/// The pseudonymiser's ledger: oin || nonce -> at ms u64 || SHA-256 of the request
pub(crate) const CONVERSION: u8 = 0x40;

/// moment u64 || delivery id -> nothing: something falls due for the delivery
pub(crate) const DUE: u8 = 0x60;
/// moment u64 || a place in a stream, without its table byte -> nothing: the event there lapses
pub(crate) const EVENT_TERM: u8 = 0x61;
/// oin || hold id
pub(crate) const HOLD: u8 = 0x62;
/// oin
pub(crate) const HOLD_SET: u8 = 0x63;
/// oin
pub(crate) const ERASURE: u8 = 0x64;
/// number u32 of a wrapping key -> nothing: its destruction has its entry
pub(crate) const DESTROYED: u8 = 0x65;
/// oin || id of a warning
pub(crate) const WARNING: u8 = 0x66;
/// delivery id: a break-glass under review
pub(crate) const BREAK_GLASS: u8 = 0x7b;
/// moment u64 || delivery id -> nothing: the review of a break-glass must be told late
pub(crate) const REVIEW_DUE: u8 = 0x7c;
/// delivery id -> nothing: the delivery is held
pub(crate) const HELD: u8 = 0x6e;
/// oin || jti of a person assertion that was used
pub(crate) const PERSON_ASSERTION: u8 = 0x50;
/// day u32 || mark of a person -> rows opened by that person alone: old days are one range
pub(crate) const ALONE: u8 = 0x51;

/// grant id
pub(crate) const GRANT: u8 = 0x52;
/// oin || handle of a consent
pub(crate) const CONSENT: u8 = 0x73;
/// oin || handle of a consent that was cited
pub(crate) const CITATION: u8 = 0x74;

/// delivery id of a question
pub(crate) const QUESTION: u8 = 0x77;
/// moment u64 || delivery id -> nothing: the tick of a question
pub(crate) const TICK: u8 = 0x78;
/// day u32 || oin || clause -> questions asked: old days are one range
pub(crate) const ASKED: u8 = 0x79;

/// Where a row is.
#[derive(Debug)]
pub(crate) enum Place {
    /// A value of its own.
    Key(Vec<u8>),
    /// Inside a run of parts.
    Parts(u64),
}

fn join(table: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(table);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

pub(crate) fn place(row: &Row) -> Place {
    Place::Key(match row {
        Row::Ruleset => vec![RULESET],
        Row::Directory => vec![DIRECTORY],
        Row::Agreement(hash) => join(AGREEMENT, &[hash.as_str().as_bytes()]),
        Row::AgreementSet => agreement_set(),
        Row::Keys(oin, desk) => join(KEYS, &[oin.as_str().as_bytes(), desk.as_str().as_bytes()]),
        Row::Signal(oin, id) => join(SIGNAL, &[oin.as_str().as_bytes(), &id.0]),
        Row::Delivery(id) => delivery(*id),
        Row::Payload(id) => join(PAYLOAD, &[&id.0]),
        Row::Reply(scope) => reply(scope),
        Row::SlipNonce(oin, nonce) => join(SLIP_NONCE, &[oin.as_str().as_bytes(), nonce]),
        Row::Budget(oin, clause, day) => join(
            BUDGET,
            &[
                &day.to_be_bytes(),
                oin.as_str().as_bytes(),
                clause.as_str().as_bytes(),
            ],
        ),
        Row::Due(at, id) => due(*at, *id),
        Row::PersonAssertion(oin, jti) => join(PERSON_ASSERTION, &[oin.as_str().as_bytes(), jti]),
        Row::Alone(mark, day) => join(ALONE, &[&day.to_be_bytes(), mark]),
        Row::Grant(id) => join(GRANT, &[id]),
        Row::Consent(oin, id) => join(CONSENT, &[oin.as_str().as_bytes(), &id.0]),
        Row::Citation(oin, id) => join(CITATION, &[oin.as_str().as_bytes(), &id.0]),
        Row::Hold(oin, id) => join(HOLD, &[oin.as_str().as_bytes(), &id.0]),
        Row::HoldSet(oin) => hold_set(*oin),
        Row::Erasure(oin) => join(ERASURE, &[oin.as_str().as_bytes()]),
        Row::Warning(oin, id) => join(WARNING, &[oin.as_str().as_bytes(), id]),
        Row::BreakGlass(id) => break_glass(*id),
        Row::ReviewDue(at, id) => review_due(*at, *id),
        Row::Destroyed(epoch) => month(DESTROYED, *epoch),
        Row::Question(id) => join(QUESTION, &[&id.0]),
        Row::Tick(at, id) => tick(*at, *id),
        Row::Asked(oin, clause, day) => join(
            ASKED,
            &[
                &day.to_be_bytes(),
                oin.as_str().as_bytes(),
                clause.as_str().as_bytes(),
            ],
        ),
        Row::Parts(index) => return Place::Parts(index.0),
    })
}

pub(crate) fn agreement_set() -> Vec<u8> {
    vec![AGREEMENT_SET]
}

pub(crate) fn hold_set(oin: Oin) -> Vec<u8> {
    join(HOLD_SET, &[oin.as_str().as_bytes()])
}

/// The holds of one organisation: the start of all their keys.
pub(crate) fn holds(oin: Oin) -> Vec<u8> {
    join(HOLD, &[oin.as_str().as_bytes()])
}

/// The warnings of one organisation: the start of all their keys.
pub(crate) fn warnings(oin: Oin) -> Vec<u8> {
    join(WARNING, &[oin.as_str().as_bytes()])
}

pub(crate) fn delivery(id: DeliveryId) -> Vec<u8> {
    join(DELIVERY, &[&id.0])
}

pub(crate) fn held(id: DeliveryId) -> Vec<u8> {
    join(HELD, &[&id.0])
}

pub(crate) fn due(at: Millis, id: DeliveryId) -> Vec<u8> {
    join(DUE, &[&at.0.to_be_bytes(), &id.0])
}

pub(crate) fn break_glass(id: DeliveryId) -> Vec<u8> {
    join(BREAK_GLASS, &[&id.0])
}

pub(crate) fn review_due(at: Millis, id: DeliveryId) -> Vec<u8> {
    join(REVIEW_DUE, &[&at.0.to_be_bytes(), &id.0])
}

pub(crate) fn tick(at: Millis, id: DeliveryId) -> Vec<u8> {
    join(TICK, &[&at.0.to_be_bytes(), &id.0])
}

pub(crate) fn event_term(at: Millis, place: &[u8]) -> Vec<u8> {
    let place = place.split_first().map_or(place, |(_, rest)| rest);
    join(EVENT_TERM, &[&at.0.to_be_bytes(), place])
}

/// The place in a stream that a key of [`EVENT_TERM`] is about.
pub(crate) fn event_place(term: &[u8]) -> Option<Vec<u8>> {
    term.get(9..).map(|place| join(STREAM, &[place]))
}

fn reply(scope: &ReplyScope) -> Vec<u8> {
    let mut hash = digest::Context::new(&digest::SHA256);
    // The OIN has a fixed length and a method name has no zero byte, so this is injective.
    hash.update(scope.oin.as_str().as_bytes());
    hash.update(scope.method.as_bytes());
    hash.update(&[0]);
    hash.update(&scope.key);
    join(REPLY, &[hash.finish().as_ref()])
}

pub(crate) fn conversion(oin: Oin, nonce: &[u8; 16]) -> Vec<u8> {
    join(CONVERSION, &[oin.as_str().as_bytes(), nonce])
}

/// The stream of one desk: the start of all its keys.
pub(crate) fn stream(oin: Oin, desk: &Desk) -> Vec<u8> {
    stream_in(STREAM, oin, desk)
}

pub(crate) fn stream_top(stream: &[u8]) -> Vec<u8> {
    let mut key = stream.to_vec();
    if let Some(table) = key.first_mut() {
        *table = STREAM_TOP;
    }
    key
}

fn stream_in(table: u8, oin: Oin, desk: &Desk) -> Vec<u8> {
    let desk = desk.as_str().as_bytes();
    // The length keeps desk `a` apart from desk `ab`; a desk has at most 32 bytes.
    let length = u8::try_from(desk.len()).unwrap_or(u8::MAX);
    join(table, &[oin.as_str().as_bytes(), &[length], desk])
}

pub(crate) fn place_in(stream: &[u8], position: Position) -> Vec<u8> {
    let mut key = stream.to_vec();
    key.extend_from_slice(&position.0.to_be_bytes());
    key
}

pub(crate) fn run(table: u8, first: u64) -> Vec<u8> {
    join(table, &[&first.to_be_bytes()])
}

pub(crate) fn month(table: u8, month: u32) -> Vec<u8> {
    join(table, &[&month.to_be_bytes()])
}

/// The number at the end of a key: 8 bytes.
pub(crate) fn tail(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>()
        .map(|bytes| u64::from_be_bytes(*bytes))
}

/// The number at the end of a key: 4 bytes.
pub(crate) fn tail32(key: &[u8]) -> Option<u32> {
    key.last_chunk::<4>()
        .map(|bytes| u32::from_be_bytes(*bytes))
}

/// The least key that is greater than every key that starts with `prefix`. No prefix in use ends
/// in 0xff.
pub(crate) fn end(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}

/// The least key greater than `key`.
pub(crate) fn next(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}

/// Every key of a table.
pub(crate) fn table(table: u8) -> (Vec<u8>, Vec<u8>) {
    (vec![table], vec![table.saturating_add(1)])
}

/// The keys of runs that may hold `index`: the last one of these does, if any.
pub(crate) fn runs_up_to(table: u8, index: LeafIndex) -> (Vec<u8>, Vec<u8>) {
    (vec![table], next(&run(table, index.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oin() -> Oin {
        Oin::parse("00000099000000010000").unwrap()
    }

    #[test]
    fn streams_of_desks_that_start_alike_stay_apart() {
        let short = stream(oin(), &Desk::parse("a").unwrap());
        let long = stream(oin(), &Desk::parse("ab").unwrap());
        assert!(!place_in(&long, Position(1)).starts_with(&short));
        let far = place_in(&short, Position(u64::MAX - 1));
        assert!(far > place_in(&short, Position(255)));
        assert!(far < end(&short) && end(&short) <= long);
    }

    #[test]
    fn a_replys_key_does_not_hold_the_partners_key() {
        let scope = ReplyScope {
            oin: oin(),
            method: "Publish",
            key: [7; 16].into(),
        };
        let key = reply(&scope);
        assert_eq!(key.len(), 33);
        assert!(!key.windows(16).any(|part| part == [7; 16]));
        let other = ReplyScope {
            method: "Acknowledge",
            ..scope
        };
        assert_ne!(reply(&other), key);
    }
}
