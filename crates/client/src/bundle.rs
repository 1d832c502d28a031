//! Evidence bundles: entries, agreements and proofs in one file that proves itself without the hub.
//!
//! Owns: the form of the file (docs/formats/evidence-bundle.md), making it, and every check of it under
//! pinned roots and log keys. Must not know: where a file is kept, and what a reader concludes.

mod make;
mod summary;
#[cfg(test)]
mod tests;

use crate::agreement::view::claims;
use crate::proof::{open_parts, sha256};
use crate::{LogKeys, SeenCheckpoint};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message;
use seinhuis_domain::agreement::{StepKind, hash};
use seinhuis_domain::entry::{Leaf, Part};
use seinhuis_identity::jws::{self, Jws};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_merkle::{leaf_hash, verify_inclusion};
use seinhuis_proto::v1;
use seinhuis_types::{Digest, LeafIndex, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};

/// How every bundle begins.
const MAGIC: &[u8] = b"seinhuis/v1/bundle\n";
/// Largest bundle that is read, in bytes.
const MOST: usize = 256 * 1024 * 1024;

/// Why a bundle is not taken. Nothing in it may be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bundle does not hold: {0}")]
pub struct BundleError(pub(crate) String);

fn fails(what: impl Into<String>) -> BundleError {
    BundleError(what.into())
}

/// A bundle of which everything was checked.
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    /// Who made the file.
    pub maker: Oin,
    /// Whose entries.
    pub controller: Oin,
    /// When, by the maker's clock.
    pub made: Millis,
    /// The checkpoint under which each entry is proven.
    pub under: SeenCheckpoint,
    /// The content.
    pub content: v1::EvidenceBundle,
}

/// The bytes of a bundle, sealed by `signer`.
pub(crate) fn seal(signer: &Signer, content: &v1::EvidenceBundle) -> Result<Vec<u8>, BundleError> {
    let made = Millis(content.made_ms);
    sealed(MAGIC, signer, made, &content.encode_to_vec())
}

/// A body as a file of one kind, which `magic` begins.
pub(crate) fn sealed(
    magic: &[u8],
    signer: &Signer,
    made: Millis,
    body: &[u8],
) -> Result<Vec<u8>, BundleError> {
    let payload = payload(signer.oin(), made, body, signer.chain())?;
    let seal = v1::BundleSeal {
        jws: jws::sign(signer, None, &payload).map_err(|error| fails(error.to_string()))?,
        signing_chain: signer.chain().to_vec(),
    };
    let length = u32::try_from(body.len()).map_err(|_| fails("it is too large"))?;
    let parts = [magic, &length.to_be_bytes(), body, &seal.encode_to_vec()];
    Ok(parts.concat())
}

/// The body and seal of a file of the kind that `magic` begins, in their one form.
pub(crate) fn unsealed<'b, M: Message + Default>(
    magic: &[u8],
    bytes: &'b [u8],
) -> Result<(M, v1::BundleSeal, &'b [u8]), BundleError> {
    if bytes.len() > MOST {
        return Err(fails("it is larger than such a file can be"));
    }
    let rest = bytes.strip_prefix(magic);
    let rest = rest.ok_or_else(|| fails("it does not begin as a file of this kind, version 1"))?;
    let (length, rest) = rest
        .split_first_chunk::<4>()
        .ok_or_else(|| fails("it is cut short"))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let (body, sealed) = rest
        .split_at_checked(length)
        .ok_or_else(|| fails("it is cut short"))?;
    let content = strictly(body, "its body")?;
    Ok((content, strictly(sealed, "its seal")?, body))
}

/// RFC 8785: names sorted, no choice in texts or numbers.
fn payload(iss: Oin, made: Millis, body: &[u8], chain: &[Vec<u8>]) -> Result<Vec<u8>, BundleError> {
    let mut certificates = Vec::new();
    for certificate in chain {
        let length =
            u32::try_from(certificate.len()).map_err(|_| fails("its chain is too long"))?;
        certificates.extend(length.to_be_bytes());
        certificates.extend_from_slice(certificate);
    }
    let digest = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(sha256(bytes).0);
    let members: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
        ("body_sha256", digest(body).into()),
        ("chain_sha256", digest(&certificates).into()),
        ("iss", iss.as_str().into()),
        ("made_at", made.0.into()),
    ]);
    serde_json::to_vec(&members).map_err(|_| fails("it cannot be written as JSON"))
}

/// Checks a bundle, offline: the maker's signature over every byte of it under `trust` at the moment
/// it says it was made, the log's signature under the checkpoint, each entry's parts against its leaf
/// and its leaf against the checkpoint, each agreement against its hash and each step's signature,
/// that what is named is there, and that the summary says what the rest says.
///
/// # Errors
/// [`BundleError`], naming what does not hold.
pub fn open_bundle(
    bytes: &[u8],
    trust: &SigningTrust,
    keys: &LogKeys,
) -> Result<VerifiedBundle, BundleError> {
    let (content, seal, body): (v1::EvidenceBundle, _, _) = unsealed(MAGIC, bytes)?;
    let made = Millis(content.made_ms);
    let maker = check_seal(&content.maker_oin, made, &seal, body, trust)?;
    let controller = Oin::parse(&content.controller_oin).map_err(|_| fails("its controller"))?;
    let under = SeenCheckpoint::open(keys, &content.checkpoint)
        .map_err(|incident| fails(incident.to_string()))?;
    check_entries(&content, &under)?;
    check_agreements(&content, trust)?;
    let (nl, en) = summary::of(&content).map_err(fails)?;
    if content.summary_nl != nl || content.summary_en != en {
        return Err(fails("its summary says something else than its entries"));
    }
    Ok(VerifiedBundle {
        maker,
        controller,
        made,
        under,
        content,
    })
}

/// A message in the one form it has: decoded and encoded again it is the same bytes.
fn strictly<M: Message + Default>(bytes: &[u8], what: &str) -> Result<M, BundleError> {
    let message = M::decode(bytes).map_err(|_| fails(format!("{what} does not decode")))?;
    if message.encode_to_vec() == bytes {
        Ok(message)
    } else {
        Err(fails(format!("{what} is not in its one form")))
    }
}

/// That the organisation it names signed every byte of it, judged at the moment it was made.
pub(crate) fn check_seal(
    named: &str,
    made: Millis,
    seal: &v1::BundleSeal,
    body: &[u8],
    trust: &SigningTrust,
) -> Result<Oin, BundleError> {
    let certificate = trust
        .verify_chain(&seal.signing_chain, made)
        .map_err(|refusal| fails(format!("its maker's certificate is refused: {refusal}")))?;
    let signed = Jws::parse(&seal.jws).map_err(|error| fails(error.to_string()))?;
    let found = signed
        .verify(&certificate)
        .map_err(|error| fails(error.to_string()))?;
    let maker = certificate.oin();
    if maker.as_str() != named {
        return Err(fails("it is signed by another organisation than made it"));
    }
    if found != payload(maker, made, body, &seal.signing_chain)? {
        return Err(fails("it was altered after it was signed"));
    }
    Ok(maker)
}

fn check_entries(content: &v1::EvidenceBundle, under: &SeenCheckpoint) -> Result<(), BundleError> {
    let mut last = None;
    for entry in &content.entries {
        let at = |what: &str| fails(format!("entry {}: {what}", entry.index));
        if last.is_some_and(|last| last >= entry.index) {
            return Err(at("it stands out of order or twice"));
        }
        last = Some(entry.index);
        let leaf = Leaf::parse(&entry.leaf).map_err(|_| at("its leaf is not a leaf"))?;
        let parts = open_parts(&leaf, &entry.parts).map_err(|error| at(&error.to_string()))?;
        let outcome = parts.get(&Part::Outcome);
        let outcome = outcome.ok_or_else(|| at("its outcome is missing"))?;
        check_decision(outcome, parts.get(&Part::Provider)).map_err(&at)?;
        let hashes: Option<Vec<Digest>> = (entry.inclusion.iter())
            .map(|hash| Digest::from_slice(hash).ok())
            .collect();
        let hashes = hashes.ok_or_else(|| at("a hash of its proof is not 32 bytes"))?;
        verify_inclusion(
            &leaf_hash(&entry.leaf),
            LeafIndex(entry.index),
            under.checkpoint.size(),
            &hashes,
            under.checkpoint.root(),
        )
        .map_err(|_| at("it is not in the log under the checkpoint"))?;
    }
    Ok(())
}

/// The source's decision is the one whose digest the outcome has.
fn check_decision(outcome: &[u8], provider: Option<&Vec<u8>>) -> Result<(), &'static str> {
    let outcome = v1::OutcomePart::decode(outcome).map_err(|_| "its outcome does not decode")?;
    let Some(provider) = provider else {
        return Ok(());
    };
    let provider =
        v1::ProviderPart::decode(provider.as_slice()).map_err(|_| "a part does not decode")?;
    let decided = !provider.decision.is_empty();
    if decided && outcome.decision_digest != sha256(&provider.decision).0 {
        return Err("its outcome is of another decision");
    }
    Ok(())
}

fn check_agreements(content: &v1::EvidenceBundle, trust: &SigningTrust) -> Result<(), BundleError> {
    let mut there = BTreeSet::new();
    let mut last: Option<&str> = None;
    for agreement in &content.agreements {
        let name = agreement.agreement_hash.as_str();
        let at = |what: &str| fails(format!("agreement {name}: {what}"));
        if last.is_some_and(|last| last >= name) {
            return Err(at("it stands out of order or twice"));
        }
        last = Some(name);
        let computed = hash(&agreement.content).map_err(|error| at(&error.to_string()))?;
        if computed.as_str() != name {
            return Err(at("its content has another hash"));
        }
        for step in &agreement.steps {
            let kind = StepKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == step.r#type);
            let oin = Oin::parse(&step.oin).ok();
            let proven = step
                .step
                .as_ref()
                .zip(oin)
                .and_then(|(signed, oin)| claims(trust, signed, oin, Millis(step.at_ms)));
            let proven =
                proven.is_some_and(|claims| Some(claims.kind) == kind && claims.hash == computed);
            if !proven {
                return Err(at(&format!(
                    "the signature of `{}` does not hold",
                    step.oin
                )));
            }
        }
        there.insert(name);
    }
    let named = summary::named_agreements(content).map_err(fails)?;
    for name in &named {
        if !there.contains(name.as_str()) {
            return Err(fails(format!("agreement {name} is named and not in it")));
        }
    }
    if there.len() > named.len() {
        return Err(fails("it holds an agreement that no entry names"));
    }
    Ok(())
}
