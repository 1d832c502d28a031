//! Compact JWS, as narrow as signed agreements need it (RFC 7515, 7518).
//!
//! Owns: the form. Three parts, canonical unpadded base64url, a header of `alg`, `x5t#S256` and at
//! most `typ`, ES256 or ES384. A payload cannot be read before the signature is verified.
//! Must not know: what a payload means.

use crate::IdentityError;
use crate::signing::{Algorithm, Signer, SigningCertificate};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_types::{Digest, limits, strict_json};
use serde_json::Value;

const X5T: &str = "x5t#S256";

/// A compact JWS whose form is right; not yet whose signature.
#[derive(Debug, Clone)]
pub struct Jws<'a> {
    algorithm: Algorithm,
    x5t: Digest,
    typ: Option<String>,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Signs `payload`. The header is `{"alg":…,"x5t#S256":…}`, with `"typ"` between when given, without
/// spaces and in that order (which is RFC 8785's).
pub fn sign(signer: &Signer, typ: Option<&str>, payload: &[u8]) -> Result<String, IdentityError> {
    if typ.is_some_and(|typ| !is_typ(typ)) {
        return Err(IdentityError::Jws(
            "typ is 1 to 32 letters, digits, `+`, `-`, `.` and `/`",
        ));
    }
    let typ = typ
        .map(|typ| format!("\"typ\":\"{typ}\","))
        .unwrap_or_default();
    let header = format!(
        "{{\"alg\":\"{}\",{typ}\"{X5T}\":\"{}\"}}",
        signer.algorithm().as_str(),
        URL_SAFE_NO_PAD.encode(signer.x5t().0),
    );
    let mut compact = URL_SAFE_NO_PAD.encode(header);
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = signer.sign_raw(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    if compact.len() > limits::MESSAGE_BYTES {
        return Err(IdentityError::Jws("it is larger than a message can be"));
    }
    Ok(compact)
}

impl<'a> Jws<'a> {
    /// Reads the form of `compact`, at most [`limits::MESSAGE_BYTES`] long.
    pub fn parse(compact: &'a str) -> Result<Self, IdentityError> {
        if compact.len() > limits::MESSAGE_BYTES {
            return Err(IdentityError::Jws("it is larger than a message can be"));
        }
        let parts: Vec<_> = compact.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            return Err(IdentityError::Jws("it does not have three parts"));
        };
        let (algorithm, x5t, typ) = read_header(&decode(header)?)?;
        let signature = decode(signature)?;
        if signature.len() != algorithm.signature_bytes() {
            return Err(IdentityError::Jws(
                "the signature is not as long as its algorithm says",
            ));
        }
        let (signed, _) = compact.rsplit_once('.').unwrap_or_default();
        Ok(Self {
            algorithm,
            x5t,
            typ,
            signed,
            payload: decode(payload)?,
            signature,
        })
    }

    /// The certificate it says to be signed with: to find the chain by.
    pub fn x5t(&self) -> Digest {
        self.x5t
    }

    /// What it says to be, if it says so.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The payload, if `certificate` is the one named, of the algorithm named, and its key made the
    /// signature.
    pub fn verify(&self, certificate: &SigningCertificate) -> Result<&[u8], IdentityError> {
        if self.x5t != certificate.x5t() {
            return Err(IdentityError::Jws("it names another certificate"));
        }
        if self.algorithm != certificate.algorithm() {
            return Err(IdentityError::Jws(
                "it names another algorithm than its key's",
            ));
        }
        certificate.verify_raw(self.signed.as_bytes(), &self.signature)?;
        Ok(&self.payload)
    }
}

fn is_typ(typ: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+-./".contains(&b);
    (1..=32).contains(&typ.len()) && typ.bytes().all(fits)
}

/// Decodes base64url of RFC 7515: no padding, no other alphabet, no stray bits at the end.
pub(crate) fn decode(part: &str) -> Result<Vec<u8>, IdentityError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| IdentityError::Jws("a part is not canonical base64url"))
}

fn read_header(bytes: &[u8]) -> Result<(Algorithm, Digest, Option<String>), IdentityError> {
    let header = strict_json::parse(bytes).map_err(|error| IdentityError::Jws(error.rule))?;
    let Value::Object(mut members) = header else {
        return Err(IdentityError::Jws("the header is not an object"));
    };
    let mut text = |name| match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(IdentityError::Jws("a header value is not a string")),
    };
    let algorithm = text("alg")?.and_then(|alg| Algorithm::parse(&alg));
    let x5t = text(X5T)?;
    let typ = text("typ")?;
    if !members.is_empty() {
        return Err(IdentityError::Jws(
            "the header has a name that is not allowed",
        ));
    }
    let algorithm = algorithm.ok_or(IdentityError::Jws("alg is not ES256 or ES384"))?;
    let x5t = decode(&x5t.ok_or(IdentityError::Jws("the header has no x5t#S256"))?)?;
    let x5t =
        Digest::from_slice(&x5t).map_err(|_| IdentityError::Jws("x5t#S256 is not 32 bytes"))?;
    if typ.as_deref().is_some_and(|typ| !is_typ(typ)) {
        return Err(IdentityError::Jws("typ is not of its form"));
    }
    Ok((algorithm, x5t, typ))
}
