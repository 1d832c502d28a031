//! The sealed record: sealing keys, the record key sealed for one desk, and the fields under it
//! (docs/formats/sealed-record.md). Must not know who owns a key or whether it may be used.

use crate::{SealError, fields};
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand_core::CryptoRng;
use seinhuis_types::{Digest, FieldPath, KeyId, limits};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

/// X-Wing, HKDF-SHA256, ChaCha20-Poly1305 (RFC 9180, draft-ietf-hpke-pq).
pub const SUITE: u8 = 1;
/// An X-Wing public key, in bytes.
pub const PUBLIC_KEY_BYTES: usize = 1216;
/// An X-Wing private key (a seed), in bytes.
pub const PRIVATE_KEY_BYTES: usize = 32;
/// The encapsulated key, in bytes.
pub const ENC_BYTES: usize = 1120;
/// The encapsulated key and the sealed record key after it, in bytes.
pub const SEALED_KEY_BYTES: usize = ENC_BYTES + 32 + fields::TAG_BYTES;

type Aead = hpke::aead::ChaCha20Poly1305;
type PrivateKey = <XWing as Kem>::PrivateKey;
type PublicKey = <XWing as Kem>::PublicKey;

const RECORD_DOMAIN: &[u8] = b"seinhuis/v1/record\0";

/// The public half of a desk's sealing key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealPublicKey(PublicKey);

impl SealPublicKey {
    /// Reads 1216 bytes; anything else, or an ML-KEM key out of range, is [`SealError::Key`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        PublicKey::from_bytes(bytes)
            .map(Self)
            .map_err(|_| SealError::Key)
    }

    /// The 1216 bytes that a key statement carries.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }
}

impl fmt::Debug for SealPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealPublicKey(..)")
    }
}

/// A desk's sealing key. Its private half is wiped when dropped and never shown.
pub struct SealKeyPair {
    private: PrivateKey,
    public: SealPublicKey,
}

impl SealKeyPair {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, SealError> {
        let mut seed = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        rng.fill_bytes(seed.as_mut());
        Self::from_bytes(seed.as_ref())
    }

    /// Reads a private key of 32 bytes and makes the public half from it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let private = PrivateKey::from_bytes(bytes).map_err(|_| SealError::Key)?;
        let public = SealPublicKey(XWing::sk_to_pk(&private));
        Ok(Self { private, public })
    }

    /// The 32 private bytes, to be kept in a file only the desk's system reads.
    pub fn to_bytes(&self) -> Zeroizing<[u8; PRIVATE_KEY_BYTES]> {
        let mut bytes = Zeroizing::new([0; PRIVATE_KEY_BYTES]);
        self.private.write_exact(bytes.as_mut());
        bytes
    }

    /// The public half.
    pub fn public(&self) -> &SealPublicKey {
        &self.public
    }

    /// Opens the record key of `record`, sent on `route` with `header` (the bytes of the leaves as
    /// sent). [`SealError::RecordNotOpened`] when any of these, the key or its id is not what it was
    /// sealed for. Check the key id against one's own keys first, to tell a stale one apart.
    pub fn open(
        &self,
        record: &SealedRecord,
        route: &[u8],
        header: &[u8],
    ) -> Result<RecordKey, SealError> {
        let (enc, ciphertext) = record
            .sealed_key
            .split_at_checked(ENC_BYTES)
            .ok_or(SealError::SealedKeyLength)?;
        let enc =
            <XWing as Kem>::EncappedKey::from_bytes(enc).map_err(|_| SealError::SealedKeyLength)?;
        let info = info(&record.kid, route, header);
        let opened = hpke::single_shot_open::<Aead, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.private,
            &enc,
            &info,
            ciphertext,
            b"",
        );
        let opened = Zeroizing::new(opened.map_err(|_| SealError::RecordNotOpened)?);
        let key =
            <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| SealError::RecordNotOpened)?;
        Ok(RecordKey {
            key: Zeroizing::new(key),
            route: sha256(route),
        })
    }
}

impl fmt::Debug for SealKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKeyPair(..)")
    }
}

/// The key of one envelope's fields, bound to its route. Wiped when dropped.
pub struct RecordKey {
    key: Zeroizing<[u8; 32]>,
    route: Digest,
}

impl RecordKey {
    /// The value of the field at `path`, wiped when dropped. Strict: another size, a length that
    /// does not fit, or a padding byte that is not zero is an error, also under a good seal.
    pub fn open_field(
        &self,
        path: &FieldPath,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        fields::open(&self.key, &self.route, path, sealed)
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(..)")
    }
}

/// Seals the fields of one envelope. The record key lives and dies here, so nobody can seal a path
/// twice under it, which would be one nonce for two plaintexts.
pub struct RecordSealer {
    key: RecordKey,
    record: SealedRecord,
}

impl RecordSealer {
    /// Draws a record key and seals it for the owner of `recipient`, whose key id is `kid`, on
    /// `route` with `header` (the bytes of the leaves as they will be sent).
    pub fn new(
        recipient: &SealPublicKey,
        kid: &KeyId,
        route: &[u8],
        header: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut());
        let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<Aead, HkdfSha256, XWing>(
            &OpModeS::Base,
            &recipient.0,
            &info(kid, route, header),
            key.as_ref(),
            b"",
            rng,
        )
        .map_err(|_| SealError::Engine)?;
        let mut sealed_key = enc.to_bytes().to_vec();
        sealed_key.extend_from_slice(&ciphertext);
        let record = SealedRecord {
            kid: kid.clone(),
            sealed_key,
            fields: BTreeMap::new(),
        };
        Ok(Self {
            key: RecordKey {
                key,
                route: sha256(route),
            },
            record,
        })
    }

    /// Seals `value` at `path`: at most 62 bytes, 510 for an identity. A path that was sealed before
    /// is [`SealError::FieldTwice`]; nothing changes on an error.
    pub fn seal(&mut self, path: &FieldPath, value: &[u8]) -> Result<(), SealError> {
        if self.record.fields.contains_key(path) {
            return Err(SealError::FieldTwice(path.clone()));
        }
        let sealed = fields::seal(&self.key.key, &self.key.route, path, value)?;
        self.record.fields.insert(path.clone(), sealed);
        Ok(())
    }

    /// The record to send; the record key is wiped.
    pub fn finish(self) -> SealedRecord {
        self.record
    }
}

impl fmt::Debug for RecordSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordSealer(..)")
    }
}

/// A record as it travels: the sealed key and the sealed fields, sorted by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord {
    kid: KeyId,
    sealed_key: Vec<u8>,
    fields: BTreeMap<FieldPath, Vec<u8>>,
}

impl SealedRecord {
    /// Takes a record from the wire: suite 1, 1168 bytes of sealed key, at most 32 fields sorted by
    /// path, none twice, each of its path's size.
    pub fn parse(
        suite: u32,
        kid: KeyId,
        sealed_key: &[u8],
        fields: impl IntoIterator<Item = (FieldPath, Vec<u8>)>,
    ) -> Result<Self, SealError> {
        if suite != u32::from(SUITE) {
            return Err(SealError::Suite(suite));
        }
        if sealed_key.len() != SEALED_KEY_BYTES {
            return Err(SealError::SealedKeyLength);
        }
        let mut taken = BTreeMap::new();
        for (path, sealed) in fields {
            if sealed.len() != fields::sealed_len(&path)? {
                return Err(SealError::FieldLength(path));
            }
            match taken.last_key_value() {
                Some((last, _)) if *last == path => return Err(SealError::FieldTwice(path)),
                Some((last, _)) if *last > path => return Err(SealError::FieldOrder(path)),
                _ => {}
            }
            if taken.len() == limits::FIELDS {
                return Err(SealError::TooMany(path.to_string()));
            }
            taken.insert(path, sealed);
        }
        Ok(Self {
            kid,
            sealed_key: sealed_key.to_vec(),
            fields: taken,
        })
    }

    /// The id of the key it was sealed for.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// enc 1120 ‖ ct 48.
    pub fn sealed_key(&self) -> &[u8] {
        &self.sealed_key
    }

    /// Paths and sealed bytes, sorted by path.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&FieldPath, &[u8])> {
        self.fields
            .iter()
            .map(|(path, sealed)| (path, sealed.as_slice()))
    }

    /// The sealed bytes of one field.
    pub fn field(&self, path: &FieldPath) -> Option<&[u8]> {
        self.fields.get(path).map(Vec::as_slice)
    }
}

/// A key id has 48 characters at most, so its length always fits.
pub(crate) fn kid_len(kid: &KeyId) -> u8 {
    u8::try_from(kid.as_str().len()).unwrap_or(u8::MAX)
}

fn info(kid: &KeyId, route: &[u8], header: &[u8]) -> Vec<u8> {
    [
        RECORD_DOMAIN,
        &[SUITE],
        &sha256(route).0,
        &sha256(header).0,
        &[kid_len(kid)],
        kid.as_str().as_bytes(),
    ]
    .concat()
}

fn sha256(bytes: &[u8]) -> Digest {
    let mut digest = Digest([0; 32]);
    digest
        .0
        .copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}
