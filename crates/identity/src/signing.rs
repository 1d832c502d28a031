//! Signing keys and certificates: ECDSA on P-256 or P-384, fixed-length signatures.
//!
//! Owns: who signed which bytes. Signing certificates are not TLS certificates: neither passes for
//! the other. Must not know: what the bytes mean.

mod trust;

pub use trust::{CACHED_CHAINS, SigningTrust};

use crate::certificate::{Curve, Leaf};
use crate::trust::read_file;
use crate::{CertificateRefusal, IdentityError, secret_file};
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use seinhuis_types::{Digest, Millis, Oin};
use std::path::Path;

/// The algorithm of a signature (RFC 7518 section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256; 64 bytes, r then s.
    Es256,
    /// ECDSA on P-384 with SHA-384; 96 bytes, r then s.
    Es384,
}

impl Algorithm {
    /// The name in a JWS header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }

    /// Reads the name in a JWS header.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Es256, Self::Es384]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
    }

    /// The length of a signature, in bytes.
    pub const fn signature_bytes(self) -> usize {
        match self {
            Self::Es256 => 64,
            Self::Es384 => 96,
        }
    }
}

/// A private key that signs.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    algorithm: Algorithm,
    random: SystemRandom,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a P-256 or P-384 key from PKCS#8 PEM (`BEGIN PRIVATE KEY`).
    pub fn from_pem(pem: &[u8]) -> Result<Self, IdentityError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem)
            .map_err(|_| IdentityError::PrivateKey("it is not PKCS#8 in PEM"))?;
        let random = SystemRandom::new();
        let kinds = [
            (Algorithm::Es256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            (Algorithm::Es384, &ECDSA_P384_SHA384_FIXED_SIGNING),
        ];
        for (algorithm, kind) in kinds {
            if let Ok(pair) = EcdsaKeyPair::from_pkcs8(kind, der.secret_pkcs8_der(), &random) {
                return Ok(Self {
                    pair,
                    algorithm,
                    random,
                });
            }
        }
        Err(IdentityError::PrivateKey(
            "it is not a key on P-256 or P-384",
        ))
    }

    /// The algorithm it signs by.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs `message`: r then s, each as long as the curve. Fails only without randomness.
    pub fn sign_raw(&self, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        let signed = self.pair.sign(&self.random, message);
        let signature = signed.map_err(|_| IdentityError::PrivateKey("it could not sign"))?;
        Ok(signature.as_ref().to_vec())
    }
}

/// A signing key with the chain that goes with it.
#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
    chain: Vec<Vec<u8>>,
    oin: Oin,
    x5t: Digest,
}

impl Signer {
    /// Joins a key (PKCS#8 PEM) and a chain (PEM, leaf first); the leaf must hold that key.
    /// Whether others trust the chain is not judged here.
    pub fn from_pem(key: &[u8], chain: &[u8]) -> Result<Self, IdentityError> {
        let key = SigningKey::from_pem(key)?;
        let chain: Vec<Vec<u8>> = CertificateDer::pem_slice_iter(chain)
            .map(|certificate| certificate.map(|der| der.to_vec()))
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateRefusal::Malformed)?;
        let leaf = Leaf::parse(chain.first().ok_or(CertificateRefusal::Absent)?)?;
        if leaf.public_key != key.pair.public_key().as_ref() {
            return Err(IdentityError::PrivateKey(
                "it is not the key of the certificate",
            ));
        }
        let identity = leaf.identity;
        Ok(Self {
            key,
            chain,
            oin: identity.oin,
            x5t: identity.thumbprint,
        })
    }

    /// Reads the files of [`Signer::from_pem`]; that of the key as [`secret_file`] demands.
    pub fn load(key: &Path, chain: &Path) -> Result<Self, IdentityError> {
        Self::from_pem(&secret_file::read(key)?, &read_file(chain)?)
    }

    /// The organisation that signs.
    pub fn oin(&self) -> Oin {
        self.oin
    }

    /// The SHA-256 of the signing certificate.
    pub fn x5t(&self) -> Digest {
        self.x5t
    }

    /// The algorithm of the key.
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm
    }

    /// The chain, DER, leaf first.
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }

    /// Signs `message`; see [`SigningKey::sign_raw`].
    pub fn sign_raw(&self, message: &[u8]) -> Result<Vec<u8>, IdentityError> {
        self.key.sign_raw(message)
    }
}

/// A certificate that was found good for signing at some moment. Comes from
/// [`SigningTrust::verify_chain`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertificate {
    oin: Oin,
    x5t: Digest,
    algorithm: Algorithm,
    public_key: Vec<u8>,
    not_after: Millis,
}

impl SigningCertificate {
    fn of(leaf: Leaf, not_after: Millis) -> Result<Self, CertificateRefusal> {
        let algorithm = match leaf.curve {
            Some(Curve::P256) => Algorithm::Es256,
            Some(Curve::P384) => Algorithm::Es384,
            None => return Err(CertificateRefusal::WeakKey),
        };
        let identity = leaf.identity;
        Ok(Self {
            oin: identity.oin,
            x5t: identity.thumbprint,
            algorithm,
            public_key: leaf.public_key,
            not_after,
        })
    }

    /// The last millisecond of its term.
    pub fn not_after(&self) -> Millis {
        self.not_after
    }

    /// The organisation that signs with it.
    pub fn oin(&self) -> Oin {
        self.oin
    }

    /// The SHA-256 of the certificate (`x5t#S256`).
    pub fn x5t(&self) -> Digest {
        self.x5t
    }

    /// The algorithm of its key.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Checks a signature (r then s) over `message`.
    pub fn verify_raw(&self, message: &[u8], signature: &[u8]) -> Result<(), IdentityError> {
        let algorithm: &dyn signature::VerificationAlgorithm = match self.algorithm {
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        };
        UnparsedPublicKey::new(algorithm, &self.public_key)
            .verify(message, signature)
            .map_err(|_| IdentityError::Signature)
    }
}
