//! The one way in and out of the group: bytes to elements and back, the identity refused both ways.
//!
//! `libpep` refuses the identity when it reads an element, but happily builds and writes one; an
//! identity in a ciphertext or a key would show the message or make every key equal.
//! Must not know: what an element stands for.

use crate::{CIPHERTEXT_BYTES, ELEMENT_BYTES, Error};
use libpep::elgamal::ElGamal;
use libpep::elgamal::arithmetic::group_elements::GroupElement;
use libpep::elgamal::arithmetic::scalars::ScalarNonZero;

/// Reads a canonical, non-identity element; `what` names it in the error.
pub(crate) fn read(bytes: &[u8; ELEMENT_BYTES], what: &'static str) -> Result<GroupElement, Error> {
    GroupElement::from_bytes(bytes).ok_or(Error::Element(what))
}

/// Gives an element back, if it is not the identity.
pub(crate) fn checked(element: GroupElement, what: &'static str) -> Result<GroupElement, Error> {
    if element == GroupElement::identity() {
        return Err(Error::Element(what));
    }
    Ok(element)
}

/// Reads a canonical, non-zero scalar; `what` names it in the error.
pub(crate) fn read_scalar(
    bytes: &[u8; ELEMENT_BYTES],
    what: &'static str,
) -> Result<ScalarNonZero, Error> {
    ScalarNonZero::from_bytes(bytes).ok_or(Error::Scalar(what))
}

/// Reads a ciphertext of two non-identity elements.
pub(crate) fn read_ciphertext(bytes: &[u8; CIPHERTEXT_BYTES]) -> Result<ElGamal, Error> {
    ElGamal::from_slice(bytes).ok_or(Error::Element("a point of the ciphertext"))
}

/// Writes a ciphertext, if neither of its elements is the identity.
pub(crate) fn write_ciphertext(ciphertext: &ElGamal) -> Result<[u8; CIPHERTEXT_BYTES], Error> {
    let mut out = [0; CIPHERTEXT_BYTES];
    let (randomness, message) = out.split_at_mut(ELEMENT_BYTES);
    let what = "a point of the built ciphertext";
    randomness.copy_from_slice(&checked(ciphertext.gb, what)?.to_bytes());
    message.copy_from_slice(&checked(ciphertext.gc, what)?.to_bytes());
    Ok(out)
}
