//! One transcryptor's secrets and their file.
//!
//! Made by the transcryptor itself; nobody deals them and no two sets ever lie in one process.
//! Loss or change of a byte would give every person another pseudonym without any error, so the
//! file carries a digest of itself. Must not know: domains, contexts, paths, permissions of files.

use crate::{ELEMENT_BYTES, Error, element};
use libpep::elgamal::arithmetic::scalars::{ScalarNonZero, ScalarTraits};
use libpep::factors::{PseudonymizationSecret, RekeyingSecret};
use libpep::keys::SecretKey;
use libpep::keys::distribution::{
    BlindedGlobalSecretKey, BlindingFactor, make_blinded_pseudonym_global_secret_key,
};
use libpep::keys::types::PseudonymGlobalSecretKey;
use rand_core::CryptoRng;
use ring::digest::{SHA256, digest};
use std::fmt;
use zeroize::Zeroizing;

const HEADER: &str = "seinhuis/v1/transcryptor-secrets\n";
const GLOBAL: &str = "global-part";
const BLINDING: &str = "blinding";
const PSEUDONYMISATION: &str = "pseudonymisation";
const REKEYING: &str = "rekeying";
const DIGEST: &str = "sha256";

type Secret = Zeroizing<[u8; ELEMENT_BYTES]>;

/// The four secrets of one transcryptor, wiped from memory when dropped.
///
/// As a file: the line `seinhuis/v1/transcryptor-secrets`, then one line each of `global-part`,
/// `blinding` (scalars), `pseudonymisation`, `rekeying` (32 random bytes) and `sha256` (of all
/// bytes before that line), each followed by one space and 64 lower-case hexadecimal digits. Every
/// line ends in a line feed; nothing else is allowed.
pub struct TranscryptorSecrets {
    pub(crate) global_part: Zeroizing<ScalarNonZero>,
    pub(crate) blinding: Zeroizing<BlindingFactor>,
    pub(crate) pseudonymisation: PseudonymizationSecret,
    pub(crate) rekeying: RekeyingSecret,
    /// `global_part / blinding`: public, kept here because making it can fail.
    pub(crate) blinded_part: [u8; ELEMENT_BYTES],
}

impl TranscryptorSecrets {
    /// New secrets.
    ///
    /// # Errors
    /// [`Error::Secrets`] if the random source gave a blinding of 1, which a sound one never does.
    pub fn generate(rng: &mut impl CryptoRng) -> Result<Self, Error> {
        let global_part = Zeroizing::new(ScalarNonZero::random(rng));
        let blinding = Zeroizing::new(BlindingFactor::random(rng));
        let (mut pseudonymisation, mut rekeying) = (Secret::default(), Secret::default());
        rng.fill_bytes(pseudonymisation.as_mut_slice());
        rng.fill_bytes(rekeying.as_mut_slice());
        Self::assemble(global_part, blinding, &pseudonymisation, &rekeying)
    }

    fn assemble(
        global_part: Zeroizing<ScalarNonZero>,
        blinding: Zeroizing<BlindingFactor>,
        pseudonymisation: &Secret,
        rekeying: &Secret,
    ) -> Result<Self, Error> {
        let global = Zeroizing::new(PseudonymGlobalSecretKey::from_scalar(*global_part));
        // libpep gives none for a blinding of 1, which would publish the global part itself.
        let blinded = make_blinded_pseudonym_global_secret_key(&global, &[*blinding])
            .ok_or(Error::Secrets("the blinding is 1"))?;
        Ok(Self {
            global_part,
            blinding,
            pseudonymisation: PseudonymizationSecret::from(pseudonymisation.as_slice()),
            rekeying: RekeyingSecret::from(rekeying.as_slice()),
            blinded_part: blinded.to_bytes(),
        })
    }

    /// The bytes of the file, wiped from memory when dropped.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        // Large enough never to move: a moved buffer would leave a copy behind.
        let mut out = Zeroizing::new(Vec::with_capacity(512));
        out.extend_from_slice(HEADER.as_bytes());
        write_line(
            &mut out,
            GLOBAL,
            Secret::new(self.global_part.to_bytes()).as_slice(),
        );
        write_line(
            &mut out,
            BLINDING,
            Secret::new(self.blinding.to_bytes()).as_slice(),
        );
        write_line(&mut out, PSEUDONYMISATION, self.pseudonymisation.as_bytes());
        write_line(&mut out, REKEYING, self.rekeying.as_bytes());
        let digest = digest(&SHA256, &out);
        write_line(&mut out, DIGEST, digest.as_ref());
        out
    }

    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// [`Error::Secrets`] if the form is another, a byte was altered, or the blinding is 1;
    /// [`Error::Scalar`] if a scalar is not canonical or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let mut rest = bytes.strip_prefix(HEADER.as_bytes()).ok_or(Error::Secrets(
            "the first line names another format or version",
        ))?;
        let global_part = read_line(&mut rest, GLOBAL)?;
        let blinding = read_line(&mut rest, BLINDING)?;
        let pseudonymisation = read_line(&mut rest, PSEUDONYMISATION)?;
        let rekeying = read_line(&mut rest, REKEYING)?;
        let covered = bytes.strip_suffix(rest).unwrap_or(bytes);
        if read_line(&mut rest, DIGEST)?.as_slice() != digest(&SHA256, covered).as_ref() {
            return Err(Error::Secrets(
                "the digest does not match: a byte was altered",
            ));
        }
        if !rest.is_empty() {
            return Err(Error::Secrets("something follows the last line"));
        }
        let global_part = Zeroizing::new(element::read_scalar(&global_part, "the global part")?);
        let blinding = Zeroizing::new(element::read_scalar(&blinding, "the blinding")?);
        let blinding = Zeroizing::new(BlindingFactor::from_scalar(*blinding));
        Self::assemble(global_part, blinding, &pseudonymisation, &rekeying)
    }
}

impl fmt::Debug for TranscryptorSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TranscryptorSecrets(hidden)")
    }
}

fn write_line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    let digit = |nibble: u8| {
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        }
    };
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    out.extend(
        value
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]),
    );
    out.push(b'\n');
}

fn read_line(rest: &mut &[u8], name: &str) -> Result<Secret, Error> {
    let read = |from: &[u8]| {
        let (hex, after) = from
            .strip_prefix(name.as_bytes())?
            .strip_prefix(b" ")?
            .split_at_checked(2 * ELEMENT_BYTES)?;
        let after = after.strip_prefix(b"\n")?;
        let mut value = Secret::default();
        for (byte, pair) in value.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |high, digit| Some(high << 4 | nibble(*digit)?))?;
        }
        Some((value, from.len() - after.len()))
    };
    let (value, taken) = read(rest).ok_or(Error::Secrets("a line is not of its form"))?;
    *rest = rest.get(taken..).unwrap_or_default();
    Ok(value)
}

/// Lower case only: one set of secrets has one file.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn secrets() -> TranscryptorSecrets {
        TranscryptorSecrets::generate(&mut rand::rngs::StdRng::seed_from_u64(7)).unwrap()
    }

    fn file(lines: [&[u8]; 4]) -> Vec<u8> {
        let mut out = HEADER.as_bytes().to_vec();
        for (name, value) in [GLOBAL, BLINDING, PSEUDONYMISATION, REKEYING]
            .iter()
            .zip(lines)
        {
            write_line(&mut out, name, value);
        }
        let sum = digest(&SHA256, &out);
        write_line(&mut out, DIGEST, sum.as_ref());
        out
    }

    #[test]
    fn secrets_survive_their_file() {
        let bytes = secrets().to_bytes();
        let read = TranscryptorSecrets::from_bytes(&bytes).unwrap();
        assert_eq!(*read.to_bytes(), *bytes);
        assert_eq!(read.blinded_part, secrets().blinded_part);
        assert!(bytes.capacity() >= bytes.len() && bytes.len() <= 512);
    }

    #[test]
    fn every_altered_or_missing_byte_is_noticed() {
        let bytes = secrets().to_bytes();
        for at in 0..bytes.len() {
            assert!(
                TranscryptorSecrets::from_bytes(&bytes[..at]).is_err(),
                "cut at {at}"
            );
            // Digit to digit where the form allows it, so that only the digest can notice.
            let mut altered = bytes.to_vec();
            altered[at] = if altered[at] == b'1' { b'2' } else { b'1' };
            assert!(
                TranscryptorSecrets::from_bytes(&altered).is_err(),
                "altered at {at}"
            );
        }
        let longer = [bytes.as_slice(), b"\n"].concat();
        assert!(TranscryptorSecrets::from_bytes(&longer).is_err());
    }

    #[test]
    fn weak_and_improper_scalars_are_refused() {
        let (mut one, fine, order) = ([0; 32], [3; 32], [0xff; 32]);
        one[0] = 1;
        assert!(TranscryptorSecrets::from_bytes(&file([&one, &one[..], &fine, &fine])).is_err());
        let mut two = one;
        two[0] = 2;
        assert!(TranscryptorSecrets::from_bytes(&file([&one, &two, &fine, &fine])).is_ok());
        for bad in [[0; 32], order] {
            let global = TranscryptorSecrets::from_bytes(&file([&bad, &two, &fine, &fine]));
            assert_eq!(global.unwrap_err(), Error::Scalar("the global part"));
            let blinding = TranscryptorSecrets::from_bytes(&file([&two, &bad, &fine, &fine]));
            assert_eq!(blinding.unwrap_err(), Error::Scalar("the blinding"));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", secrets()), "TranscryptorSecrets(hidden)");
    }
}
