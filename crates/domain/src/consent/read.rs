//! A record of consent from its authored form, TOML.
//!
//! Owns: names and forms of its keys (docs/formats/consent.md). Must not know: what makes a record
//! good; [`ConsentRecord::check`] does.

use super::{
    Act, Actor, ActorRole, AgeBand, ConsentFault, ConsentId, ConsentLaw, ConsentRecord,
    ConsentState, Evidence, EvidenceLevel, Language, Notice, SubjectView,
};
use seinhuis_types::{Digest, Millis, Oin, OwnReference, PersonRef, PurposeCode, SignalType};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::str::FromStr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    subject: String,
    view: String,
    law: String,
    controller: String,
    purposes: Vec<String>,
    types: Vec<String>,
    recipients: Vec<String>,
    special: bool,
    from: String,
    until: String,
    registrant: String,
    no_representative_is_a_suspect: bool,
    notice: WrittenNotice,
    act: Vec<WrittenAct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNotice {
    reference: String,
    version: u32,
    language: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAct {
    state: String,
    at: String,
    age: String,
    age_until: Option<String>,
    capable: bool,
    evidence: WrittenEvidence,
    by: Vec<WrittenActor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvidence {
    level: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenActor {
    role: String,
    #[serde(default)]
    suspect: bool,
    authority_sha256: Option<String>,
}

impl ConsentRecord {
    /// Reads the authored form. What it says is judged by [`ConsentRecord::check`].
    ///
    /// # Errors
    /// `CONSENT_FORM`, naming the key and its rule, never its value.
    pub fn parse(text: &str) -> Result<Self, ConsentFault> {
        let written: Written =
            toml::from_str(text).map_err(|error| ConsentFault::Form(flat(error.message())))?;
        Ok(Self {
            id: ConsentId(bytes(&written.id, "id")?),
            subject: OwnReference::parse(&written.subject)?,
            view: word(&written.view, "view", SubjectView::parse)?,
            law: word(&written.law, "law", ConsentLaw::parse)?,
            controller: Oin::parse(&written.controller)?,
            purposes: set::<PurposeCode>(&written.purposes)?,
            types: set::<SignalType>(&written.types)?,
            recipients: set::<Oin>(&written.recipients)?,
            special: written.special,
            notice: Notice {
                reference: OwnReference::parse(&written.notice.reference)?,
                version: written.notice.version,
                language: word(&written.notice.language, "language", Language::parse)?,
                sha256: Digest(bytes(&written.notice.sha256, "sha256")?),
            },
            from: moment(&written.from, "from")?,
            until: moment(&written.until, "until")?,
            acts: written.act.iter().map(act).collect::<Result<_, _>>()?,
            registrant: PersonRef::parse(&written.registrant)?,
            attested: written.no_representative_is_a_suspect,
        })
    }
}

fn act(written: &WrittenAct) -> Result<Act, ConsentFault> {
    let actor = |by: &WrittenActor| {
        let authority = by.authority_sha256.as_deref();
        let authority = authority.map(|hash| bytes(hash, "authority_sha256"));
        Ok(Actor {
            role: word(&by.role, "role", ActorRole::parse)?,
            authority: authority.transpose()?.map(Digest),
            suspect: by.suspect,
        })
    };
    if written.by.is_empty() {
        return Err(ConsentFault::Form("by: somebody acted".to_owned()));
    }
    Ok(Act {
        state: word(&written.state, "state", ConsentState::parse)?,
        at: moment(&written.at, "at")?,
        by: written
            .by
            .iter()
            .map(actor)
            .collect::<Result<_, ConsentFault>>()?,
        evidence: Evidence {
            level: word(&written.evidence.level, "level", EvidenceLevel::parse)?,
            sha256: Digest(bytes(&written.evidence.sha256, "sha256")?),
        },
        age: word(&written.age, "age", AgeBand::parse)?,
        age_until: written
            .age_until
            .as_deref()
            .map(|until| moment(until, "age_until"))
            .transpose()?,
        capable: written.capable,
    })
}

fn word<T>(
    text: &str,
    key: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ConsentFault> {
    parse(text).ok_or_else(|| {
        ConsentFault::Form(format!(
            "{key}: not one of the words in docs/formats/consent.md"
        ))
    })
}

fn set<T>(texts: &[String]) -> Result<BTreeSet<T>, ConsentFault>
where
    T: FromStr<Err = seinhuis_types::ParseError> + Ord,
{
    let parsed = texts.iter().map(|text| text.parse().map_err(Into::into));
    parsed.collect()
}

fn moment(text: &str, key: &str) -> Result<Millis, ConsentFault> {
    let stamp = text.parse::<jiff::Timestamp>().ok();
    stamp
        .and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok())
        .map(Millis)
        .ok_or_else(|| ConsentFault::Form(format!("{key}: a date-time with an offset")))
}

fn bytes<const N: usize>(text: &str, key: &str) -> Result<[u8; N], ConsentFault> {
    let wrong = || ConsentFault::Form(format!("{key}: {} lower-case hex digits", N * 2));
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
    let digits = digits.ok_or_else(wrong)?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return Err(wrong());
    };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high * 16 + low).collect();
    bytes.try_into().map_err(|_| wrong())
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
