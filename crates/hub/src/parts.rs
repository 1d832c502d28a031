//! The parts of an entry: committed to in the leaf, sealed at rest, opened for their owner.
//!
//! Owns: openings, commitments, data keys and their wrapping. Must not know: what a part says, which
//! act it belongs to, where it is stored.
//!
//! Each part is sealed under its own data key, which is wrapped by a wrapping key that lies outside
//! the data folder; *shared* and *outcome* are kept once per side, so that one controller's erasure
//! leaves the other's copy (docs/formats/stored-values.md).

use prost::Message;
use rand_core::CryptoRng;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use seinhuis_domain::entry::{Commitments, Leaf, LeafHead, Opening, Part as Kind, Parts, Slip};
use seinhuis_proto::v1::{OpenPart, Part};
use seinhuis_types::{AgreementHash, Digest, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

mod erase;

pub use erase::{EpochUse, epoch_use};
pub(crate) use erase::{Own, erase_own, own};

/// First byte of a stored value of sealed parts.
const FORMAT: u8 = 1;

/// The epoch keys that wrap data keys, by id; the highest id seals, any opens. What was wrapped by a key
/// that was destroyed is erased.
pub struct WrappingKeys {
    keys: BTreeMap<u32, LessSafeKey>,
    destroyed: BTreeSet<u32>,
}

impl std::fmt::Debug for WrappingKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.keys()).finish()
    }
}

/// The wrapping keys do not open this, or the stored bytes are not what was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored part does not open with the wrapping keys given")]
pub struct Unopened;

impl WrappingKeys {
    /// Takes pairs of id and 32 bytes; at least one.
    pub fn new(keys: &[(u32, [u8; 32])]) -> Result<Self, Unopened> {
        let keys = keys
            .iter()
            .map(|(id, bytes)| Ok((*id, aead(bytes)?)))
            .collect::<Result<BTreeMap<_, _>, Unopened>>()?;
        if keys.is_empty() {
            Err(Unopened)
        } else {
            Ok(Self {
                keys,
                destroyed: BTreeSet::new(),
            })
        }
    }

    /// Beside these, the ids of keys that were destroyed. Of parts under them it is known that they are
    /// erased; a part under a key that is neither here nor destroyed is an error.
    #[must_use]
    pub fn without(mut self, destroyed: impl IntoIterator<Item = u32>) -> Self {
        self.destroyed.extend(destroyed);
        self
    }

    /// The ids of keys that were destroyed.
    pub fn destroyed(&self) -> impl Iterator<Item = u32> {
        self.destroyed.iter().copied()
    }

    fn current(&self) -> Result<(u32, &LessSafeKey), Unopened> {
        self.keys
            .last_key_value()
            .map(|(id, key)| (*id, key))
            .ok_or(Unopened)
    }
}

fn aead(bytes: &[u8; 32]) -> Result<LessSafeKey, Unopened> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_| Unopened)
}

/// Whose copy of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The source of the signal.
    Provider,
    /// Its recipient.
    Recipient,
}

/// What an entry is to say, before it is committed to and sealed.
#[derive(Default)]
pub(crate) struct Draft {
    /// The source, where the entry has one.
    pub provider: Option<Oin>,
    /// The recipient, where it may read anything of this entry.
    pub recipient: Option<Oin>,
    /// Bytes of a `SharedPart`.
    pub shared: Option<Vec<u8>>,
    /// Bytes of a `ProviderPart`.
    pub provider_part: Option<Vec<u8>>,
    /// Bytes of a `RecipientPart`.
    pub recipient_part: Option<Vec<u8>>,
    /// Bytes of an `OutcomePart`.
    pub outcome: Vec<u8>,
    /// Whether anyone may read it: agreements, keys, rulesets. Kept open.
    pub public: bool,
    /// The agreement it was done under: it says how long each party keeps its parts.
    pub agreement: Option<AgreementHash>,
    /// Until when each side keeps its parts; filled in when it is prepared.
    pub keep: Keep,
}

/// Until when each side keeps its copies of the parts of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Keep {
    pub(crate) provider: Millis,
    pub(crate) recipient: Millis,
}

/// An entry ready to be committed, and the openings for the reply.
pub(crate) struct Prepared {
    /// What goes into the log.
    pub leaf: Leaf,
    /// The stored value.
    pub sealed: Vec<u8>,
    open: Vec<OpenPart>,
    provider: Option<Oin>,
    recipient: Option<Oin>,
    public: bool,
    keep: Keep,
}

#[derive(Clone, PartialEq, Message)]
struct Stored {
    #[prost(string, tag = "1")]
    provider: String,
    #[prost(string, tag = "2")]
    recipient: String,
    #[prost(message, repeated, tag = "3")]
    slots: Vec<Slot>,
    #[prost(message, repeated, tag = "4")]
    public: Vec<OpenPart>,
}

/// The first fields of [`Stored`]; the others are passed over.
#[derive(Clone, PartialEq, Message)]
struct Owners {
    #[prost(string, tag = "1")]
    provider: String,
    #[prost(string, tag = "2")]
    recipient: String,
}

#[derive(Clone, PartialEq, Message)]
struct Slot {
    #[prost(uint32, tag = "1")]
    part: u32,
    /// 1 provider, 2 recipient.
    #[prost(uint32, tag = "2")]
    side: u32,
    #[prost(uint32, tag = "3")]
    wrapping_key: u32,
    /// Nonce 12, data key 32, tag 16.
    #[prost(bytes = "vec", tag = "4")]
    wrapped: Vec<u8>,
    /// Opening 32 and part bytes, sealed with a zero nonce: the data key is used once.
    #[prost(bytes = "vec", tag = "5")]
    sealed: Vec<u8>,
    /// When its controller may erase it, UTC milliseconds.
    #[prost(uint64, tag = "6")]
    keep_until_ms: u64,
}

impl Draft {
    /// Draws openings, commits to each part (an absent one to the empty string) and seals.
    pub(crate) fn prepare(
        self,
        head: LeafHead,
        slip: &Slip,
        keys: &WrappingKeys,
        rng: &mut impl CryptoRng,
    ) -> Result<Prepared, Unopened> {
        let parts = Parts {
            shared: self.shared.as_deref().unwrap_or_default(),
            provider: self.provider_part.as_deref().unwrap_or_default(),
            recipient: self.recipient_part.as_deref().unwrap_or_default(),
            outcome: &self.outcome,
        };
        let (leaf, openings) = head.seal(slip, &parts, rng);
        let open = |part: Part, bytes: Option<Vec<u8>>, opening: &Opening| {
            let opening = opening.as_bytes().to_vec();
            bytes.map(|bytes| OpenPart {
                part: part.into(),
                bytes,
                opening,
            })
        };
        let open = [
            open(Part::Shared, self.shared, &openings.shared),
            open(Part::Provider, self.provider_part, &openings.provider),
            open(Part::Recipient, self.recipient_part, &openings.recipient),
            open(Part::Outcome, Some(self.outcome), &openings.outcome),
        ];
        let mut prepared = Prepared {
            leaf,
            sealed: Vec::new(),
            open: open.into_iter().flatten().collect(),
            provider: self.provider,
            recipient: self.recipient,
            public: self.public,
            keep: self.keep,
        };
        prepared.sealed = prepared.store(keys, rng)?;
        Ok(prepared)
    }
}

impl Prepared {
    /// The parts that `oin` may read, with their openings.
    pub(crate) fn open_for(&self, oin: &Oin) -> Vec<OpenPart> {
        let provider = self.provider.as_ref() == Some(oin);
        let recipient = self.recipient.as_ref() == Some(oin);
        self.open
            .iter()
            .filter(|part| match part.part() {
                Part::Provider => provider,
                Part::Recipient => recipient,
                Part::Shared | Part::Outcome => self.public || provider || recipient,
                Part::Unspecified => false,
            })
            .cloned()
            .collect()
    }

    fn store(&self, keys: &WrappingKeys, rng: &mut impl CryptoRng) -> Result<Vec<u8>, Unopened> {
        let mut stored = Stored {
            provider: self.provider.map(|oin| oin.to_string()).unwrap_or_default(),
            recipient: self
                .recipient
                .map(|oin| oin.to_string())
                .unwrap_or_default(),
            ..Stored::default()
        };
        if self.public {
            stored.public = self.open.clone();
        } else {
            for part in &self.open {
                for (side, present) in [
                    (
                        Side::Provider,
                        self.provider.is_some() && part.part() != Part::Recipient,
                    ),
                    (
                        Side::Recipient,
                        self.recipient.is_some() && part.part() != Part::Provider,
                    ),
                ] {
                    if present {
                        let keep = match side {
                            Side::Provider => self.keep.provider,
                            Side::Recipient => self.keep.recipient,
                        };
                        let commitments = self.leaf.commitments();
                        stored.slots.push(Slot {
                            keep_until_ms: keep.0,
                            ..seal(part, side, commitments, keys, rng)?
                        });
                    }
                }
            }
        }
        let mut out = vec![FORMAT];
        stored.encode(&mut out).map_err(|_| Unopened)?;
        Ok(out)
    }
}

/// Opens what `oin` may read of a stored value. `commitments` are those of the leaf: the sealed
/// bytes are bound to them.
pub(crate) fn open_for(
    oin: &Oin,
    value: &[u8],
    commitments: &Commitments,
    keys: &WrappingKeys,
) -> Result<Vec<OpenPart>, Unopened> {
    let (&format, body) = value.split_first().ok_or(Unopened)?;
    if format != FORMAT {
        return Err(Unopened);
    }
    let stored = Stored::decode(body).map_err(|_| Unopened)?;
    let mut parts = stored.public;
    for slot in &stored.slots {
        let owner = match slot.side {
            1 => &stored.provider,
            2 => &stored.recipient,
            _ => return Err(Unopened),
        };
        let already = parts
            .iter()
            .any(|p| u32::try_from(p.part).ok() == Some(slot.part));
        // Erased by its owner, or with its epoch.
        if slot.is_erased() || keys.destroyed.contains(&slot.wrapping_key) {
            continue;
        }
        if owner == oin.as_str() && !already {
            parts.push(unseal(slot, commitments, keys)?);
        }
    }
    Ok(parts)
}

/// Whether a stored value has parts of `oin`'s own, by what it says in clear.
pub(crate) fn is_of(oin: &Oin, value: &[u8]) -> Result<bool, Unopened> {
    let (&format, body) = value.split_first().ok_or(Unopened)?;
    if format != FORMAT {
        return Err(Unopened);
    }
    let owners = Owners::decode(body).map_err(|_| Unopened)?;
    Ok([&owners.provider, &owners.recipient].contains(&&oin.to_string()))
}

fn side_byte(side: Side) -> u8 {
    match side {
        Side::Provider => 1,
        Side::Recipient => 2,
    }
}

/// What a sealed part is bound to: which part, whose copy, and the leaf's commitment to it.
fn binding(part: u32, side: u32, commitments: &Commitments) -> Result<Vec<u8>, Unopened> {
    let kind = u8::try_from(part)
        .ok()
        .and_then(Kind::from_byte)
        .ok_or(Unopened)?;
    let Digest(commit) = commitments.part(kind);
    let label = b"seinhuis/v1/part\0".as_slice();
    Ok([label, &part.to_be_bytes(), &side.to_be_bytes(), commit].concat())
}

fn seal(
    part: &OpenPart,
    side: Side,
    commitments: &Commitments,
    keys: &WrappingKeys,
    rng: &mut impl CryptoRng,
) -> Result<Slot, Unopened> {
    let (id, wrapping) = keys.current()?;
    let number = u32::try_from(part.part).map_err(|_| Unopened)?;
    let side = u32::from(side_byte(side));
    let aad = binding(number, side, commitments)?;
    let mut data_key = Zeroizing::new([0; 32]);
    rng.fill_bytes(data_key.as_mut());
    let mut nonce = [0; NONCE_LEN];
    rng.fill_bytes(&mut nonce);

    let mut wrapped_key = data_key.to_vec();
    wrapping
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(&aad),
            &mut wrapped_key,
        )
        .map_err(|_| Unopened)?;
    let mut sealed = [part.opening.as_slice(), &part.bytes].concat();
    aead(&data_key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key([0; NONCE_LEN]),
            Aad::from(&aad),
            &mut sealed,
        )
        .map_err(|_| Unopened)?;
    let wrapped = [nonce.as_slice(), &wrapped_key].concat();
    Ok(Slot {
        part: number,
        side,
        wrapping_key: id,
        wrapped,
        sealed,
        keep_until_ms: 0,
    })
}

fn unseal(
    slot: &Slot,
    commitments: &Commitments,
    keys: &WrappingKeys,
) -> Result<OpenPart, Unopened> {
    let aad = binding(slot.part, slot.side, commitments)?;
    let wrapping = keys.keys.get(&slot.wrapping_key).ok_or(Unopened)?;
    let (nonce, wrapped) = slot
        .wrapped
        .split_first_chunk::<NONCE_LEN>()
        .ok_or(Unopened)?;
    let mut wrapped = Zeroizing::new(wrapped.to_vec());
    let opened: &[u8] = wrapping
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(&aad),
            &mut wrapped,
        )
        .map_err(|_| Unopened)?;
    let data_key = Zeroizing::new(<[u8; 32]>::try_from(opened).map_err(|_| Unopened)?);
    let mut sealed = slot.sealed.clone();
    let plain = aead(&data_key)?
        .open_in_place(
            Nonce::assume_unique_for_key([0; NONCE_LEN]),
            Aad::from(&aad),
            &mut sealed,
        )
        .map_err(|_| Unopened)?;
    let (opening, bytes) = plain.split_first_chunk::<32>().ok_or(Unopened)?;
    Ok(OpenPart {
        part: i32::try_from(slot.part).map_err(|_| Unopened)?,
        bytes: bytes.to_vec(),
        opening: opening.to_vec(),
    })
}

#[cfg(test)]
mod tests;
