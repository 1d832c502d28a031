//! What one transcryptor does: give its parts of keys, and convert blindly.
//!
//! Must not know: who asks (the caller of [`Conversion::new`] does), budgets, replays, the other
//! transcryptor's secrets, and what a ciphertext holds.

use crate::{CIPHERTEXT_BYTES, Conversion, ELEMENT_BYTES, Error, KeyContext, TranscryptorSecrets};
use crate::{element, session};
use libpep::data::simple::{ElGamalEncrypted, EncryptedPseudonym};
use libpep::elgamal::arithmetic::group_elements::G;
use libpep::factors::{PseudonymizationInfo, RekeyPublicKey, make_pseudonym_rekey_factor};
use libpep::keys::PublicKey;
use libpep::keys::distribution::{SessionKeyShare, make_pseudonym_session_key_share};
use libpep::transcryptor::pseudonymize;
use rand_core::CryptoRng;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// One of the two transcryptors, with its own secrets.
pub struct Transcryptor {
    secrets: TranscryptorSecrets,
}

/// What one transcryptor made of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The ciphertexts, 64 bytes each, in the order they came in.
    pub ciphertexts: Vec<[u8; CIPHERTEXT_BYTES]>,
    /// The public key they now stand under: the next transcryptor's input key, and after the last
    /// one the recipient's session public key.
    pub output_key: [u8; ELEMENT_BYTES],
}

impl Converted {
    /// To be called after the last transcryptor, with the key of the recipient's own statement.
    ///
    /// # Errors
    /// [`Error::OutputKey`] if the ciphertexts stand under another key.
    pub fn require_key(&self, stated: &[u8; ELEMENT_BYTES]) -> Result<(), Error> {
        if self.output_key == *stated {
            Ok(())
        } else {
            Err(Error::OutputKey)
        }
    }
}

/// The factors of one conversion, wiped when it ends, however it ends.
struct Factors(PseudonymizationInfo);

impl Drop for Factors {
    fn drop(&mut self) {
        self.0.s.zeroize();
        self.0.k.zeroize();
    }
}

impl Transcryptor {
    /// A transcryptor with these secrets.
    pub fn new(secrets: TranscryptorSecrets) -> Self {
        Self { secrets }
    }

    /// This transcryptor's blinded part of the global secret, `y / b`: a 32-byte scalar, public.
    pub fn blinded_part(&self) -> [u8; ELEMENT_BYTES] {
        self.secrets.blinded_part
    }

    /// This transcryptor's share of a session key, `b · k(context)`: a 32-byte scalar. To be given
    /// only on this transcryptor's own listener, to a certificate with the OIN of `context`.
    pub fn key_share(&self, context: &KeyContext) -> [u8; ELEMENT_BYTES] {
        let secrets = &self.secrets;
        let factor = Zeroizing::new(make_pseudonym_rekey_factor(
            &secrets.rekeying,
            &context.libpep(),
        ));
        Zeroizing::new(make_pseudonym_session_key_share(&factor, &secrets.blinding)).to_bytes()
    }

    /// The first step to the global public key, `y · G`: a 32-byte element, public.
    ///
    /// # Errors
    /// [`Error::Element`], which a non-zero `y` never gives.
    pub fn global_part(&self) -> Result<[u8; ELEMENT_BYTES], Error> {
        Ok(element::checked(*self.secrets.global_part * G, "the global part")?.to_bytes())
    }

    /// The second step: the other transcryptor's [`global_part`](Self::global_part) times `y`. Both
    /// get the same global public key, and neither can know its secret.
    ///
    /// # Errors
    /// [`Error::Element`] if `other` is no element or is the identity.
    pub fn global_public(&self, other: &[u8; ELEMENT_BYTES]) -> Result<[u8; ELEMENT_BYTES], Error> {
        let product = *self.secrets.global_part * element::read(other, "the other global part")?;
        Ok(element::checked(product, "the global public key")?.to_bytes())
    }

    /// Rerandomises under `input_public_key`, then applies this transcryptor's factors of domain
    /// and key. It takes all transcryptors, in any order, each with the output of the one before.
    ///
    /// `input_public_key` is the key the ciphertexts stand under: for the first transcryptor the
    /// one of the source's own key statement, never one that came loose with the request; for the
    /// next one the output key before it. A wrong one is not noticed: the result then opens to
    /// nothing that means anything.
    ///
    /// # Errors
    /// [`Error::Element`] if any point, in or out, is no element of the group or is its identity.
    /// No partial result is given.
    pub fn convert(
        &self,
        conversion: &Conversion,
        input_public_key: &[u8; ELEMENT_BYTES],
        ciphertexts: &[[u8; CIPHERTEXT_BYTES]],
        rng: &mut impl CryptoRng,
    ) -> Result<Converted, Error> {
        let before = session::read_public(input_public_key)?;
        let factors = self.factors(conversion);
        let after = factors.0.rekey_public_key(&before);
        let output_key = element::checked(*after.value(), "the output key")?.to_bytes();
        let ciphertexts = ciphertexts
            .iter()
            .map(|bytes| {
                let encrypted = EncryptedPseudonym::from_value(element::read_ciphertext(bytes)?);
                let converted = pseudonymize(&encrypted, &factors.0, &before, rng);
                element::write_ciphertext(&converted.value)
            })
            .collect::<Result<_, _>>()?;
        Ok(Converted {
            ciphertexts,
            output_key,
        })
    }

    fn factors(&self, conversion: &Conversion) -> Factors {
        Factors(PseudonymizationInfo::new(
            &conversion.source_domain().libpep(),
            &conversion.target_domain().libpep(),
            &conversion.source_key().libpep(),
            &conversion.target_key().libpep(),
            &self.secrets.pseudonymisation,
            &self.secrets.rekeying,
        ))
    }
}

impl fmt::Debug for Transcryptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transcryptor(hidden)")
    }
}
