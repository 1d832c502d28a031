//! The partner's side: its session key, encryption, decryption, and what decryption gives.
//!
//! A wrong key decrypts to another point without any error, so callers check (domain, epoch, key
//! id) before they decrypt. Must not know: the secrets of a transcryptor, the wire, the catalogue.

use crate::{CIPHERTEXT_BYTES, ELEMENT_BYTES, Error, Point, element};
use libpep::client::distributed::make_pseudonym_session_key;
use libpep::elgamal;
use libpep::elgamal::arithmetic::Ristretto255;
use libpep::elgamal::arithmetic::group_elements::GroupElement;
use libpep::keys::distribution::{
    BlindedGlobalSecretKey, BlindedPseudonymGlobalSecretKey, PseudonymSessionKeyShare,
    SessionKeyShare,
};
use libpep::keys::types::{PseudonymSessionPublicKey, PseudonymSessionSecretKey};
use libpep::keys::{PublicKey, SecretKey};
use rand_core::CryptoRng;
use seinhuis_types::ParseError;
use std::fmt;
use zeroize::Zeroizing;

/// The secret with which one desk opens its pseudonyms in one epoch, wiped from memory when
/// dropped. Only its holder can make it, from the shares of all transcryptors.
pub struct SessionKey {
    secret: Zeroizing<PseudonymSessionSecretKey>,
    public: [u8; ELEMENT_BYTES],
}

impl SessionKey {
    /// The product of every transcryptor's published part and of every transcryptor's share for
    /// this desk and epoch, in any order.
    ///
    /// # Errors
    /// [`Error::ShareCount`] unless there are as many parts as shares and at least two of each: a
    /// key from one transcryptor alone would be known to it. [`Error::Scalar`] if one is no scalar.
    pub fn combine(
        blinded_parts: &[[u8; ELEMENT_BYTES]],
        shares: &[[u8; ELEMENT_BYTES]],
    ) -> Result<Self, Error> {
        let [first, others @ ..] = blinded_parts else {
            return Err(Error::ShareCount);
        };
        if others.is_empty() || blinded_parts.len() != shares.len() {
            return Err(Error::ShareCount);
        }
        let what = "a blinded part";
        let blinded = others
            .iter()
            .try_fold(element::read_scalar(first, what)?, |product, part| {
                Ok::<_, Error>(product * element::read_scalar(part, what)?)
            })?;
        let shares = shares
            .iter()
            .map(|share| {
                element::read_scalar(share, "a key share")
                    .map(PseudonymSessionKeyShare::from_scalar)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let shares = Zeroizing::new(shares);
        let blinded = BlindedPseudonymGlobalSecretKey::<Ristretto255>::from_scalar(blinded);
        let (public, secret) = make_pseudonym_session_key(blinded, &shares);
        Ok(Self {
            secret: Zeroizing::new(secret),
            public: element::checked(*public.value(), "the session key")?.to_bytes(),
        })
    }

    /// The public key of this session, as a key statement carries it: a 32-byte element.
    pub fn public(&self) -> [u8; ELEMENT_BYTES] {
        self.public
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(hidden)")
    }
}

/// Reads a session public key.
pub(crate) fn read_public(bytes: &[u8; ELEMENT_BYTES]) -> Result<PseudonymSessionPublicKey, Error> {
    element::read(bytes, "the public key").map(PseudonymSessionPublicKey::from_point)
}

/// Encrypts a point under a session public key.
///
/// # Errors
/// [`Error::Element`] if the key is no element or is the identity, or if a built point is.
pub fn encrypt(
    point: &Point,
    public: &[u8; ELEMENT_BYTES],
    rng: &mut impl CryptoRng,
) -> Result<[u8; CIPHERTEXT_BYTES], Error> {
    let message = element::checked(*point.element(), "the point")?;
    let key = read_public(public)?;
    element::write_ciphertext(&elgamal::encrypt::<Ristretto255, _>(
        &message,
        key.value(),
        rng,
    ))
}

/// Decrypts a ciphertext that stands under this session key.
///
/// # Errors
/// [`Error::Element`] if a point of the ciphertext, or the pseudonym itself, is no element or is
/// the identity. A ciphertext under another key is *not* noticed.
pub fn decrypt(key: &SessionKey, ciphertext: &[u8; CIPHERTEXT_BYTES]) -> Result<Pseudonym, Error> {
    let ciphertext = element::read_ciphertext(ciphertext)?;
    let opened = elgamal::decrypt(&ciphertext, key.secret.value());
    Ok(Pseudonym(element::checked(
        opened,
        "the decrypted pseudonym",
    )?))
}

/// What one partner knows a person by, in one epoch. Personal data: never printed.
///
/// Two signals about one person give one partner the same pseudonym, and two partners different
/// ones. To send about this person, encrypt [`Point::from`] it and convert from one's own domain.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym(GroupElement);

impl Pseudonym {
    /// Reads the 32-byte encoding (RFC 9496).
    ///
    /// # Errors
    /// A [`ParseError`] for bytes that encode no element, or the identity.
    pub fn from_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Result<Self, ParseError> {
        let rule = "32 bytes of a ristretto255 element other than the identity";
        GroupElement::from_bytes(bytes)
            .map(Self)
            .ok_or(ParseError::new("pseudonym", rule))
    }

    /// The 32-byte encoding, for one's own store or a tag.
    pub fn to_bytes(self) -> [u8; ELEMENT_BYTES] {
        self.0.to_bytes()
    }

    pub(crate) fn element(&self) -> &GroupElement {
        &self.0
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonym(hidden)")
    }
}
