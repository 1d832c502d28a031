//! One sealed field: its size, padding and seal (docs/formats/sealed-record.md). Must not know how
//! the record key came about, nor what the value means.

use crate::SealError;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk};
use seinhuis_types::{Digest, FieldPath};
use zeroize::Zeroizing;

/// Plaintext of a coded field or `case`, in bytes: length u16, value, zeros.
pub const CODED_BYTES: usize = 64;
/// Plaintext of `identity/<ordinal>`, in bytes.
pub const IDENTITY_BYTES: usize = 512;
/// The tag of ChaCha20-Poly1305, in bytes.
pub const TAG_BYTES: usize = 16;
const LENGTH_BYTES: usize = 2;
const KEY_DOMAIN: &[u8] = b"seinhuis/v1/field\0";

/// The size of the plaintext of `path`; [`SealError::Path`] when it is no path of a sealed field.
pub fn plaintext_len(path: &FieldPath) -> Result<usize, SealError> {
    if path.identity_ordinal().is_some() {
        Ok(IDENTITY_BYTES)
    } else if path.as_str().contains('/') {
        Err(SealError::Path(path.clone()))
    } else {
        Ok(CODED_BYTES)
    }
}

/// The size of `path` when sealed: 80 bytes, or 528 for an identity.
pub fn sealed_len(path: &FieldPath) -> Result<usize, SealError> {
    Ok(plaintext_len(path)? + TAG_BYTES)
}

/// HKDF-Expand (RFC 5869 §2.3) with the record key as the pseudorandom key: it is uniform, so there
/// is nothing to extract.
pub(crate) fn key(
    record_key: &[u8; 32],
    path: &FieldPath,
) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut key = Zeroizing::new([0; 32]);
    Prk::new_less_safe(HKDF_SHA256, record_key)
        .expand(&[KEY_DOMAIN, path.as_str().as_bytes()], HKDF_SHA256)
        .and_then(|okm| okm.fill(key.as_mut()))
        .map_err(|_| SealError::Engine)?;
    Ok(key)
}

fn cipher(record_key: &[u8; 32], path: &FieldPath) -> Result<LessSafeKey, SealError> {
    let key = key(record_key, path)?;
    let unbound =
        UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).map_err(|_| SealError::Engine)?;
    Ok(LessSafeKey::new(unbound))
}

/// A field key seals one plaintext, so its nonce can be fixed. `RecordSealer` sees to it that a path
/// is sealed once.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

fn pad(path: &FieldPath, value: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let size = plaintext_len(path)?;
    let too_long = || SealError::ValueLength(path.clone());
    if value.len() > size - LENGTH_BYTES {
        return Err(too_long());
    }
    let length = u16::try_from(value.len()).map_err(|_| too_long())?;
    // Room for the tag from the start: a buffer that grows leaves the value behind in old memory.
    let mut plaintext = Zeroizing::new(Vec::with_capacity(size + TAG_BYTES));
    plaintext.extend_from_slice(&length.to_be_bytes());
    plaintext.extend_from_slice(value);
    plaintext.resize(size, 0);
    Ok(plaintext)
}

fn unpad<'a>(path: &FieldPath, plaintext: &'a [u8]) -> Result<&'a [u8], SealError> {
    let bad = || SealError::FieldPadding(path.clone());
    let (length, rest) = plaintext
        .split_first_chunk::<LENGTH_BYTES>()
        .ok_or_else(bad)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (value, padding) = rest.split_at_checked(length).ok_or_else(bad)?;
    // Padding that says something would be a channel nobody decided on.
    if padding.iter().any(|byte| *byte != 0) {
        return Err(bad());
    }
    Ok(value)
}

pub(crate) fn seal(
    record_key: &[u8; 32],
    route: &Digest,
    path: &FieldPath,
    value: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut buffer = pad(path, value)?;
    cipher(record_key, path)?
        .seal_in_place_append_tag(nonce(), Aad::from(route.0), &mut *buffer)
        .map_err(|_| SealError::Engine)?;
    Ok(std::mem::take(&mut *buffer))
}

pub(crate) fn open(
    record_key: &[u8; 32],
    route: &Digest,
    path: &FieldPath,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if sealed.len() != sealed_len(path)? {
        return Err(SealError::FieldLength(path.clone()));
    }
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let plaintext = cipher(record_key, path)?
        .open_in_place(nonce(), Aad::from(route.0), &mut buffer)
        .map_err(|_| SealError::FieldNotOpened(path.clone()))?;
    Ok(Zeroizing::new(unpad(path, plaintext)?.to_vec()))
}
