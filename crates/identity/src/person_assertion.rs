//! Person assertions: an organisation says which of its people a call is made for, and why.
//!
//! Owns: the payload and its rules (docs/formats/person-assertion.md): who made it, for which call
//! and request, and when. Must not know: what a function or reason allows, and whether an assertion
//! was used before.

use crate::IdentityError;
use crate::jws::{self, Jws};
use crate::signing::{Signer, SigningTrust};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use seinhuis_types::{
    CodeValue, Digest, Millis, Oin, OwnReference, ParseError, PersonRef, strict_json,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How long an assertion is good from the second it was made, in milliseconds.
pub const VALID_MS: u64 = 5 * 60 * Millis::SECOND;
/// How far ahead of the reader's clock it may have been made, in milliseconds: for clocks that
/// differ a little.
pub const AHEAD_MS: u64 = 30 * Millis::SECOND;

/// Who acts and why: a person by the organisation's own pseudonym, and their own reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingPerson {
    /// The same person has the same pseudonym in every function.
    pub person: PersonRef,
    /// Such as `fg` or `administrator`.
    pub function: CodeValue,
    /// A code; which ones serve is the call's to say.
    pub reason: CodeValue,
    /// Such as the number of a review.
    pub reference: OwnReference,
}

impl ActingPerson {
    /// Reads the four texts.
    ///
    /// # Errors
    /// Names the text and its rule, never the text itself.
    pub fn parse(
        person: &str,
        function: &str,
        reason: &str,
        reference: &str,
    ) -> Result<Self, ParseError> {
        Ok(Self {
            person: PersonRef::parse(person)?,
            function: CodeValue::parse(function)?,
            reason: CodeValue::parse(reason)?,
            reference: OwnReference::parse(reference)?,
        })
    }
}

/// The one call that an assertion is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertedCall<'a> {
    /// Full name, such as `/seinhuis.v1.AuditService/GetEntry`.
    pub method: &'a str,
    /// SHA-256 of the request without its assertions.
    pub request: Digest,
}

/// An assertion that was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonAssertion {
    /// The organisation that made it.
    pub iss: Oin,
    /// Who acts.
    pub acting: ActingPerson,
    /// When it was made; whole seconds.
    pub iat: Millis,
    /// Unlike that of any other assertion of this organisation.
    pub jti: [u8; 16],
}

impl PersonAssertion {
    /// Makes an assertion of the signer's organisation for one call.
    pub fn sign(
        signer: &Signer,
        acting: &ActingPerson,
        call: &AssertedCall<'_>,
        now: Millis,
        jti: [u8; 16],
    ) -> Result<String, IdentityError> {
        let assertion = Self {
            iss: signer.oin(),
            acting: acting.clone(),
            iat: now,
            jti,
        };
        jws::sign(signer, None, &assertion.canonical(call)?)
    }

    /// Takes an assertion of `owner` for `call` at the moment `at`: the chain (DER, leaf first) is
    /// good under `trust` at that moment, it is `owner`'s and signed the bytes, they are the
    /// canonical form and name this call and request, and the term holds.
    pub fn verify(
        compact: &str,
        chain: &[Vec<u8>],
        trust: &SigningTrust,
        owner: Oin,
        call: &AssertedCall<'_>,
        at: Millis,
    ) -> Result<Self, IdentityError> {
        let certificate = trust.verify_chain(chain, at)?;
        if certificate.oin() != owner {
            return Err(refuse("it is signed by another organisation"));
        }
        let signed = Jws::parse(compact)?;
        let payload = signed.verify(&certificate)?;
        let (assertion, method, request) = read(payload)?;
        if assertion.iss != owner {
            return Err(refuse("it is issued in another organisation's name"));
        }
        if method != call.method {
            return Err(refuse("it is for another call"));
        }
        if request != call.request {
            return Err(refuse("it is for another request"));
        }
        if assertion.canonical(call)? != payload {
            return Err(refuse("it is not in canonical form"));
        }
        if assertion.iat > at.plus(AHEAD_MS) {
            return Err(refuse("it was made more than 30 seconds ahead of now"));
        }
        if at >= assertion.iat.plus(VALID_MS) {
            return Err(refuse("it was made more than 5 minutes ago"));
        }
        Ok(assertion)
    }

    /// RFC 8785: names are sorted, there are no spaces, and neither the texts (ASCII without
    /// escapes) nor the number (whole) leave a choice.
    fn canonical(&self, call: &AssertedCall<'_>) -> Result<Vec<u8>, IdentityError> {
        let acting = &self.acting;
        let members: BTreeMap<&str, Value> = BTreeMap::from([
            ("function", acting.function.as_str().into()),
            ("iat", self.iat.seconds().into()),
            ("iss", self.iss.as_str().into()),
            ("jti", URL_SAFE_NO_PAD.encode(self.jti).into()),
            ("method", call.method.into()),
            ("reason", acting.reason.as_str().into()),
            ("reference", acting.reference.as_str().into()),
            (
                "request_sha256",
                URL_SAFE_NO_PAD.encode(call.request.0).into(),
            ),
            ("sub", acting.person.as_str().into()),
        ]);
        serde_json::to_vec(&members).map_err(|_| refuse("it cannot be written as JSON"))
    }
}

const fn refuse(rule: &'static str) -> IdentityError {
    IdentityError::PersonAssertion(rule)
}

/// The assertion, and the call and request it names.
fn read(payload: &[u8]) -> Result<(PersonAssertion, String, Digest), IdentityError> {
    let value = strict_json::parse(payload).map_err(|error| refuse(error.rule))?;
    let Value::Object(mut members) = value else {
        return Err(refuse("it is not an object"));
    };
    let members = &mut members;
    let assertion = PersonAssertion {
        iss: text(members, "iss", |text| Oin::parse(text).ok())?,
        acting: ActingPerson {
            person: text(members, "sub", |text| PersonRef::parse(text).ok())?,
            function: text(members, "function", |text| CodeValue::parse(text).ok())?,
            reason: text(members, "reason", |text| CodeValue::parse(text).ok())?,
            reference: text(members, "reference", |text| OwnReference::parse(text).ok())?,
        },
        iat: moment(members.remove("iat").as_ref())?,
        jti: text(members, "jti", |text| {
            jws::decode(text).ok()?.try_into().ok()
        })?,
    };
    let method = text(members, "method", |text| Some(text.to_owned()))?;
    let request = text(members, "request_sha256", |text| {
        Digest::from_slice(&jws::decode(text).ok()?).ok()
    })?;
    if members.is_empty() {
        Ok((assertion, method, request))
    } else {
        Err(refuse("it has a name that is not allowed"))
    }
}

fn text<T>(
    members: &mut Map<String, Value>,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, IdentityError> {
    let value = members.remove(name);
    value
        .as_ref()
        .and_then(Value::as_str)
        .and_then(read)
        .ok_or(refuse("a text is missing or not of its form"))
}

fn moment(value: Option<&Value>) -> Result<Millis, IdentityError> {
    value
        .and_then(Value::as_u64)
        .and_then(|seconds| seconds.checked_mul(Millis::SECOND))
        .map(Millis)
        .ok_or(refuse("iat is missing or out of range"))
}
