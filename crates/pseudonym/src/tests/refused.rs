//! Identity elements, other bytes that are no element, and wrong numbers of shares.

use super::*;
use libpep::elgamal::arithmetic::group_elements::{G, GroupElement};
use libpep::elgamal::arithmetic::scalars::{ScalarCanBeZero, ScalarNonZero, ScalarTraits};
use rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// Gives the 64 bytes that `libpep` reduces to exactly these scalars, in this order.
pub(super) struct Drawn<'a>(pub(super) std::slice::Iter<'a, [u8; 32]>);

impl TryRng for Drawn<'_> {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only whole scalars are drawn")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only whole scalars are drawn")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        assert_eq!(out.len(), 64);
        out.fill(0);
        out[..32].copy_from_slice(self.0.next().expect("one scalar for each draw"));
        Ok(())
    }
}
impl TryCryptoRng for Drawn<'_> {}

fn negated(scalar: ScalarNonZero) -> [u8; 32] {
    (ScalarCanBeZero::zero() - ScalarCanBeZero::from(scalar)).to_bytes()
}

fn joined(randomness: GroupElement, message: GroupElement) -> [u8; 64] {
    let mut out = [0; 64];
    out[..32].copy_from_slice(&randomness.to_bytes());
    out[32..].copy_from_slice(&message.to_bytes());
    out
}

fn element<T: std::fmt::Debug>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Element(_)))
}

fn conversion() -> Conversion {
    Conversion::new(Domain::Number, key(POLICE), key(CARE).domain(), key(CARE)).unwrap()
}

#[test]
fn identity_points_and_non_elements_are_refused_on_input() {
    let mut chain = Chain::new(20);
    let session = chain.session(POLICE);
    let public = session.public();
    let good = encrypt(&person(), &public, &mut chain.rng).unwrap();
    let [a, _] = &chain.transcryptors;
    for bad in [[0; 32], [0xff; 32]] {
        assert!(element(&encrypt(&person(), &bad, &mut chain.rng)));
        assert!(element(&a.convert(
            &conversion(),
            &bad,
            &[good],
            &mut chain.rng
        )));
        assert!(element(&a.convert(
            &conversion(),
            &bad,
            &[],
            &mut chain.rng
        )));
        assert!(element(&a.global_public(&bad)));
        assert!(Pseudonym::from_bytes(&bad).is_err());
        for half in [0..32, 32..64] {
            let mut ciphertext = good;
            ciphertext[half].copy_from_slice(&bad);
            assert!(element(&decrypt(&session, &ciphertext)));
            let sent = [good, ciphertext];
            assert!(element(&a.convert(
                &conversion(),
                &public,
                &sent,
                &mut chain.rng
            )));
        }
    }
}

#[test]
fn a_conversion_that_builds_the_identity_is_refused() {
    let mut chain = Chain::new(21);
    let public = chain.session(POLICE).public();
    let key = GroupElement::from_bytes(&public).unwrap();
    let draw = ScalarNonZero::random(&mut chain.rng);
    let other = GroupElement::random(&mut chain.rng);
    let [a, _] = &chain.transcryptors;
    for sent in [joined(draw * G, other), joined(other, draw * key)] {
        let drawn = [negated(draw)];
        assert!(element(&a.convert(
            &conversion(),
            &public,
            &[sent],
            &mut Drawn(drawn.iter())
        )));
        let drawn = [draw.to_bytes()];
        assert!(
            a.convert(&conversion(), &public, &[sent], &mut Drawn(drawn.iter()))
                .is_ok()
        );
    }
}

#[test]
fn an_encryption_that_builds_the_identity_is_refused() {
    let mut chain = Chain::new(22);
    let public = chain.session(POLICE).public();
    let draw = ScalarNonZero::random(&mut chain.rng);
    let masked = (draw * GroupElement::from_bytes(&public).unwrap()).to_bytes();
    let point = Point::from(&Pseudonym::from_bytes(&masked).unwrap());
    assert!(element(&encrypt(
        &point,
        &public,
        &mut Drawn([negated(draw)].iter())
    )));
    assert!(encrypt(&point, &public, &mut Drawn([draw.to_bytes()].iter())).is_ok());
}

#[test]
fn a_ciphertext_that_opens_to_the_identity_is_refused() {
    let mut chain = Chain::new(23);
    let session = chain.session(POLICE);
    let draw = ScalarNonZero::random(&mut chain.rng);
    let sent = joined(
        draw * G,
        draw * GroupElement::from_bytes(&session.public()).unwrap(),
    );
    assert_eq!(
        decrypt(&session, &sent),
        Err(Error::Element("the decrypted pseudonym"))
    );
}

#[test]
fn a_session_key_takes_a_part_and_a_share_of_every_transcryptor() {
    let chain = Chain::new(24);
    let [a, b] = &chain.transcryptors;
    let parts = [a.blinded_part(), b.blinded_part()];
    let shares = [a.key_share(&key(CARE)), b.key_share(&key(CARE))];
    assert!(SessionKey::combine(&parts, &shares).is_ok());
    for (parts, shares) in [
        (&parts[..0], &shares[..0]),
        (&parts[..1], &shares[..1]),
        (&parts[..1], &shares[..]),
        (&parts[..], &shares[..1]),
    ] {
        assert_eq!(
            SessionKey::combine(parts, shares).unwrap_err(),
            Error::ShareCount
        );
    }
    for bad in [[0; 32], [0xff; 32]] {
        assert!(SessionKey::combine(&[parts[0], bad], &shares).is_err());
        assert!(SessionKey::combine(&[bad, parts[1]], &shares).is_err());
        assert!(SessionKey::combine(&parts, &[shares[0], bad]).is_err());
    }
}

#[test]
fn debug_shows_no_key_and_no_pseudonym() {
    let mut chain = Chain::new(25);
    let converted = chain.send(Domain::Number, &person(), POLICE, CARE);
    let pseudonym = chain.open(CARE, &converted);
    assert_eq!(
        format!(
            "{pseudonym:?} {:?} {:?}",
            chain.session(CARE),
            chain.transcryptors[0]
        ),
        "Pseudonym(hidden) SessionKey(hidden) Transcryptor(hidden)"
    );
}
