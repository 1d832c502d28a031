//! What the use cases are asked, already parsed: no generated message and no raw text comes in.
//!
//! Owns: the commands and the caller. Must not know: gRPC, the store.

use seinhuis_domain::decision::Asked;
use seinhuis_domain::signal::{Header, IdKind, Route, Source};
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, DeliveryId, Desk, Digest, FieldPath, HoldId, KeyId,
    LeafIndex, Oin, SignalId,
};

/// Who calls: from the verified certificate, never from the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The organisation.
    pub oin: Oin,
    /// The system: SHA-256 of its certificate.
    pub system: Digest,
}

/// What a caller asks whether it may send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulate {
    /// To whom.
    pub recipient: Oin,
    /// To which desk of it.
    pub desk: Desk,
    /// Under which agreement.
    pub agreement: AgreementHash,
    /// Under which clause of it.
    pub clause: ClauseId,
    /// What: codes and numbers, without subject or value.
    pub header: Header,
    /// What would be done with it.
    pub asked: Asked,
    /// Of an answer: nobody would be named by assertion.
    pub machine_answer: bool,
    /// Of a rectification: the desk would not have received what it is about.
    pub not_received: bool,
}

/// A key of 16 to 64 bytes that makes a call happen once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key.
    pub key: Vec<u8>,
    /// SHA-256 over the request bytes: another one with the same key is refused.
    pub fingerprint: Digest,
}

/// The assertions that came with a call, and the call they must be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asserted {
    /// Full name, such as `/seinhuis.v1.AuditService/GetEntry`.
    pub method: &'static str,
    /// SHA-256 of the request without its assertions.
    pub request: Digest,
    /// As they came; none when the caller named nobody.
    pub assertions: Vec<StatementBytes>,
}

/// A request to hold one's own parts of a range of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceHold {
    /// Key and fingerprint.
    pub idempotency: Idempotency,
    /// The first entry.
    pub from: LeafIndex,
    /// The last entry.
    pub to: LeafIndex,
}

/// A request to lift a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiftHold {
    /// Key and fingerprint.
    pub idempotency: Idempotency,
    /// Which.
    pub hold: HoldId,
}

/// A request to erase one's own parts of a range of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EraseParts {
    /// Key and fingerprint.
    pub idempotency: Idempotency,
    /// The first entry.
    pub from: LeafIndex,
    /// The last entry.
    pub to: LeafIndex,
}

/// A slip: nonce, twelve tags, and the partner's sealed chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipBytes {
    /// 16 bytes.
    pub nonce: [u8; 16],
    /// Twelve tags of 16 bytes.
    pub tags: [u8; 192],
    /// Sealed by the partner, at most 128 bytes.
    pub chain: Vec<u8>,
}

/// A leaf: what it says, and the bytes that were signed.
#[derive(Debug, Clone)]
pub struct Signed<T> {
    /// Parsed.
    pub value: T,
    /// Exactly as sent.
    pub bytes: Vec<u8>,
}

/// One sealed field.
#[derive(Debug, Clone)]
pub struct SealedField {
    /// Coded field, `case`, or `identity/<ordinal>`.
    pub path: FieldPath,
    /// Its sealed bytes.
    pub bytes: Vec<u8>,
}

/// One envelope of a signal.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Where it goes.
    pub route: Signed<Route>,
    /// What it is.
    pub header: Signed<Header>,
    /// Who acted.
    pub source: Signed<Source>,
    /// Kind and ciphertext of each subject.
    pub subjects: Vec<(IdKind, [u8; 64])>,
    /// Sealing suite.
    pub suite: u8,
    /// The recipient key it is sealed to.
    pub seal_kid: KeyId,
    /// enc and ct of the record key.
    pub sealed_key: Vec<u8>,
    /// Sorted by path.
    pub fields: Vec<SealedField>,
    /// 16 bytes per leaf, in leaf order.
    pub salts: Vec<u8>,
    /// Raw signature over the manifest root.
    pub signature: Vec<u8>,
    /// Certificates, leaf first, DER.
    pub chain: Vec<Vec<u8>>,
    /// For the decision's entry.
    pub decision_slip: SlipBytes,
    /// For the first release's entry.
    pub release_slip: SlipBytes,
}

/// Sends one signal.
#[derive(Debug)]
pub struct Publish {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Unique per source.
    pub signal: SignalId,
    /// 1 to 32, each to another desk.
    pub envelopes: Vec<Envelope>,
}

/// How far a delivery came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckKind {
    /// The system has it.
    Delivered,
    /// A person opened it.
    Opened,
}

/// Tells how far a delivery came.
#[derive(Debug)]
pub struct Acknowledge {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Which.
    pub delivery: DeliveryId,
    /// How far.
    pub kind: AckKind,
    /// For the entry.
    pub slip: SlipBytes,
    /// The recipient's own pseudonym of who opened it.
    pub acting_person: Vec<u8>,
    /// That person's function.
    pub acting_role: Option<CodeValue>,
}

/// A request to convert, carried by its source's signature over the manifest.
#[derive(Debug, Clone)]
pub struct Convert {
    /// Where it goes.
    pub route: Signed<Route>,
    /// Kind and ciphertext of each subject.
    pub subjects: Vec<(IdKind, [u8; 64])>,
    /// Salts of `route` and of each `ct/n`, 16 bytes each.
    pub salts: Vec<u8>,
    /// Hashes of all other leaves: place, hash, label.
    pub others: Vec<HiddenLeaf>,
    /// How many leaves the manifest has.
    pub leaf_count: usize,
    /// Raw signature over the manifest root.
    pub signature: Vec<u8>,
    /// Certificates of the signer, leaf first, DER.
    pub chain: Vec<Vec<u8>>,
    /// Statement of the source's session key.
    pub source_key: StatementBytes,
    /// Statement of the recipient's session key.
    pub recipient_key: StatementBytes,
}

/// A leaf of which only the hash is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenLeaf {
    /// Place in leaf order.
    pub index: usize,
    /// RFC 6962 leaf hash.
    pub hash: Digest,
    /// Its label.
    pub label: String,
}

/// A key statement as its owner signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementBytes {
    /// Compact JWS.
    pub jws: String,
    /// Certificates of the signer, leaf first, DER.
    pub chain: Vec<Vec<u8>>,
}

/// A party's step on an agreement.
#[derive(Debug)]
pub struct AgreementStep {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Which agreement.
    pub agreement: AgreementHash,
    /// The step the RPC stands for.
    pub kind: seinhuis_domain::agreement::StepKind,
    /// The party's signature.
    pub statement: StatementBytes,
}

/// Where the caller's own clients are to be converted.
#[derive(Debug)]
pub struct ConvertOwn {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// For the entry.
    pub slip: SlipBytes,
    /// The request.
    pub convert: Convert,
    /// The desk, repeated for the capability check.
    pub desk: Desk,
}
