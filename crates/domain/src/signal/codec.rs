//! The three clear leaves as bytes: what is signed, hashed and kept.
//!
//! Owns: reading a leaf strictly, and writing one the first time (by its source's SDK, never
//! again by anyone). Must not know: the rest of the wire.

use super::{
    BreakGlass, Call, ConsentCited, Header, IdKind, Invalid, Origin, PriorCall, Rectification,
    RectificationKind, Regime, Restriction, Route, SecondApproval, Source, SourceShield,
    SubjectHead, WpgArticle,
};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, ConsentHandle, Digest, FieldPath, Hour, Millis, ParseError, Revision,
    has_number, limits,
};
use std::collections::BTreeSet;

/// Most bytes of an internal person pseudonym.
const PERSON: usize = 64;
/// Most bytes of the URI of a processing activity.
const URI: usize = 256;

fn at_most(len: usize, max: usize, what: &str) -> Result<(), Invalid> {
    if len <= max {
        Ok(())
    } else {
        Err(Invalid::new(format!(
            "{what}: at most {max} are allowed, {len} came"
        )))
    }
}

fn exactly<const N: usize>(bytes: &[u8], what: &str) -> Result<[u8; N], Invalid> {
    bytes.try_into().map_err(|_| {
        Invalid::new(format!(
            "{what}: {N} bytes are expected, {} came",
            bytes.len()
        ))
    })
}

fn optional<T: std::str::FromStr<Err = ParseError>>(text: &str) -> Result<Option<T>, ParseError> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

/// Reads a leaf that has one form only. Leaves are kept as sent, so what a reader would pass over (an
/// unknown field, a value written twice) could carry readable text past it.
fn canonical<M: Message + Default>(bytes: &[u8], what: &str) -> Result<M, Invalid> {
    let refuse = || Invalid::new(format!("{what}: it is not a leaf in its one form"));
    let leaf = M::decode(bytes).map_err(|_| refuse())?;
    if leaf.encode_to_vec() == bytes {
        Ok(leaf)
    } else {
        Err(refuse())
    }
}

/// Reads a route leaf.
///
/// # Errors
/// `MESSAGE_INVALID`, naming the field.
pub fn decode_route(bytes: &[u8]) -> Result<Route, Invalid> {
    let leaf: v1::RouteLeaf = canonical(bytes, "route_leaf")?;
    Ok(Route {
        source: leaf.source_oin.parse()?,
        source_desk: leaf.source_desk.parse()?,
        recipient: leaf.recipient_oin.parse()?,
        desk: leaf.recipient_desk.parse()?,
        agreement: AgreementHash::parse(&leaf.agreement_hash)?,
        clause: leaf.clause_id.parse()?,
        epoch: u16::try_from(leaf.epoch)
            .map_err(|_| Invalid::new("epoch: at most 65535 is expected".to_owned()))?,
        hour: Hour(leaf.hour),
        nonce: exactly(&leaf.nonce, "route nonce")?,
        signing_x5t: Digest(exactly(&leaf.signing_x5t_s256, "signing_x5t_s256")?),
        seal_kid: leaf.recipient_seal_kid.parse()?,
        recipient_pseudonym_kid: leaf.recipient_pseudonym_kid.parse()?,
        source_pseudonym_kid: leaf.source_pseudonym_kid.parse()?,
    })
}

/// Reads a header leaf. Field names must be sorted and appear once: a header has one form.
///
/// # Errors
/// `MESSAGE_INVALID`, naming the field.
pub fn decode_header(bytes: &[u8]) -> Result<Header, Invalid> {
    let leaf: v1::HeaderLeaf = canonical(bytes, "header_leaf")?;
    at_most(leaf.fields.len(), limits::FIELDS, "fields")?;
    at_most(leaf.subjects.len(), limits::SUBJECTS, "subjects")?;
    let regime = decode_regime(leaf.regime())?;
    Ok(Header {
        signal_type: leaf.r#type.parse()?,
        type_version: leaf.type_version,
        purpose: leaf.purpose.parse()?,
        necessity: leaf.necessity.parse()?,
        regime,
        wpg_article: decode_article(leaf.wpg_article(), regime)?,
        second_approval: leaf.second_approval,
        region: leaf.region.parse()?,
        fields: field_names(&leaf.fields)?,
        subjects: leaf
            .subjects
            .iter()
            .map(subject)
            .collect::<Result<_, _>>()?,
        urgency: leaf.urgency.parse()?,
        event_hour: Hour(leaf.event_hour),
        valid_until: (leaf.valid_until_hour != 0).then_some(Hour(leaf.valid_until_hour)),
        retention: leaf.retention.parse()?,
        source_shield: match leaf.source_shield() {
            v1::SourceShield::None => SourceShield::None,
            v1::SourceShield::Origin => SourceShield::Origin,
            v1::SourceShield::Existence => SourceShield::Existence,
            v1::SourceShield::Unspecified => {
                return Err(Invalid::new("source_shield: one must be named".to_owned()));
            }
        },
        address_shield: leaf.address_shield,
        subject_informed: leaf.subject_informed.parse()?,
        origin: match leaf.origin() {
            v1::Origin::Own => Origin::Own,
            v1::Origin::Received => Origin::Received,
            v1::Origin::Unspecified => {
                return Err(Invalid::new("origin: one must be named".to_owned()));
            }
        },
        onward_basis: optional(&leaf.onward_basis)?,
        restriction: decode_restriction(leaf.restriction)?,
        restricted_theme: leaf.restricted_theme,
        consent: consent(&leaf)?,
        rectification: rectification(&leaf)?,
        break_glass: leaf.break_glass.as_ref().map(break_glass).transpose()?,
    })
}

/// Reads a restriction; a leaf that says nothing of it says that there is none.
///
/// # Errors
/// `MESSAGE_INVALID` for one that is not known: it may be one that forbids.
pub fn decode_restriction(restriction: i32) -> Result<Restriction, Invalid> {
    let restriction = v1::Restriction::try_from(restriction)
        .map_err(|_| Invalid::new("restriction: it is none of the known ones".to_owned()))?;
    Ok(match restriction {
        v1::Restriction::Unspecified => Restriction::None,
        v1::Restriction::Restricted => Restriction::Restricted,
        v1::Restriction::Consent => Restriction::Consent,
        v1::Restriction::LegalClaim => Restriction::LegalClaim,
        v1::Restriction::RightsOfOthers => Restriction::RightsOfOthers,
        v1::Restriction::PublicInterest => Restriction::PublicInterest,
    })
}

/// Writes a restriction.
pub fn encode_restriction(restriction: Restriction) -> v1::Restriction {
    match restriction {
        Restriction::None => v1::Restriction::Unspecified,
        Restriction::Restricted => v1::Restriction::Restricted,
        Restriction::Consent => v1::Restriction::Consent,
        Restriction::LegalClaim => v1::Restriction::LegalClaim,
        Restriction::RightsOfOthers => v1::Restriction::RightsOfOthers,
        Restriction::PublicInterest => v1::Restriction::PublicInterest,
    }
}

/// Reads a regime.
///
/// # Errors
/// `MESSAGE_INVALID` when none is named.
pub fn decode_regime(regime: v1::Regime) -> Result<Regime, Invalid> {
    match regime {
        v1::Regime::Wpg => Ok(Regime::Wpg),
        v1::Regime::Wjsg => Ok(Regime::Wjsg),
        v1::Regime::Avg => Ok(Regime::Avg),
        v1::Regime::Unspecified => Err(Invalid::new("regime: one must be named".to_owned())),
    }
}

fn break_glass(glass: &v1::BreakGlass) -> Result<BreakGlass, Invalid> {
    let function = optional(&glass.called_function)?;
    let call = match (function, glass.called_ms) {
        (None, 0) => None,
        (Some(function), at) if at != 0 => Some(Call {
            function,
            at: Millis(at),
        }),
        _ => {
            return Err(Invalid::new(
                "break_glass: the function that was called and the moment go together".to_owned(),
            ));
        }
    };
    Ok(BreakGlass {
        reason: optional(&glass.reason)?,
        call,
        until: Millis(glass.until_ms),
    })
}

/// The wire's form of what makes a signal a break-glass.
pub fn encode_break_glass(glass: &BreakGlass) -> v1::BreakGlass {
    v1::BreakGlass {
        reason: glass
            .reason
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        called_function: glass
            .call
            .as_ref()
            .map(|call| call.function.to_string())
            .unwrap_or_default(),
        called_ms: glass.call.as_ref().map_or(0, |call| call.at.0),
        until_ms: glass.until.0,
    }
}

fn consent(leaf: &v1::HeaderLeaf) -> Result<Option<ConsentCited>, Invalid> {
    match (leaf.consent_ref.as_str(), leaf.consent_revision) {
        ("", 0) => Ok(None),
        (_, 0) | ("", _) => Err(Invalid::new(
            "consent_ref: a consent and its revision go together".to_owned(),
        )),
        (text, revision) => Ok(Some(ConsentCited {
            handle: ConsentHandle::parse(text)?,
            revision: Revision(revision),
        })),
    }
}

fn rectification(leaf: &v1::HeaderLeaf) -> Result<Option<Rectification>, Invalid> {
    let reason = optional(&leaf.rectification_reason)?;
    match (decode_rectification(leaf.rectification()), reason) {
        (None, None) if leaf.rectification == 0 => Ok(None),
        (Some(kind), Some(reason)) => Ok(Some(Rectification { kind, reason })),
        _ => Err(Invalid::new(
            "rectification: a known kind and its reason go together".to_owned(),
        )),
    }
}

/// Reads the kind of a rectification; `None` when none is named.
pub fn decode_rectification(kind: v1::RectificationKind) -> Option<RectificationKind> {
    match kind {
        v1::RectificationKind::Unspecified => None,
        v1::RectificationKind::Corrected => Some(RectificationKind::Corrected),
        v1::RectificationKind::Withdrawn => Some(RectificationKind::Withdrawn),
        v1::RectificationKind::IdentityFixed => Some(RectificationKind::IdentityFixed),
        v1::RectificationKind::Shielded => Some(RectificationKind::Shielded),
        v1::RectificationKind::Restricted => Some(RectificationKind::Restricted),
    }
}

/// The wire's word for the kind of a rectification.
pub fn encode_rectification(kind: RectificationKind) -> v1::RectificationKind {
    match kind {
        RectificationKind::Corrected => v1::RectificationKind::Corrected,
        RectificationKind::Withdrawn => v1::RectificationKind::Withdrawn,
        RectificationKind::IdentityFixed => v1::RectificationKind::IdentityFixed,
        RectificationKind::Shielded => v1::RectificationKind::Shielded,
        RectificationKind::Restricted => v1::RectificationKind::Restricted,
    }
}

/// Reads an article of the Wpg, which police data have and no others.
///
/// # Errors
/// `MESSAGE_INVALID`.
pub fn decode_article(
    article: v1::WpgArticle,
    regime: Regime,
) -> Result<Option<WpgArticle>, Invalid> {
    let article = match article {
        v1::WpgArticle::Unspecified => None,
        v1::WpgArticle::WpgArticle8 => Some(WpgArticle::Art8),
        v1::WpgArticle::WpgArticle131 => Some(WpgArticle::Art13Lid1),
        v1::WpgArticle::WpgArticle9 => Some(WpgArticle::Art9),
        v1::WpgArticle::WpgArticle10 => Some(WpgArticle::Art10),
        v1::WpgArticle::WpgArticle101B => Some(WpgArticle::Art10Lid1B),
        v1::WpgArticle::WpgArticle12 => Some(WpgArticle::Art12),
    };
    match (regime, article) {
        (Regime::Wpg, None) => Err(Invalid::new(
            "wpg_article: police data name the article they fall under".to_owned(),
        )),
        (Regime::Wjsg | Regime::Avg, Some(_)) => Err(Invalid::new(
            "wpg_article: only police data have one".to_owned(),
        )),
        (_, article) => Ok(article),
    }
}

/// Names must come sorted and once each: the header has one form only.
fn field_names(names: &[String]) -> Result<BTreeSet<FieldPath>, Invalid> {
    let mut fields = BTreeSet::new();
    for name in names {
        let path: FieldPath = name.parse()?;
        if fields.last().is_some_and(|last| last >= &path) {
            return Err(Invalid::new(
                "fields: names are sorted and appear once".to_owned(),
            ));
        }
        fields.insert(path);
    }
    Ok(fields)
}

fn subject(head: &v1::SubjectHead) -> Result<SubjectHead, Invalid> {
    Ok(SubjectHead {
        role: head.role.parse()?,
        age_band: head.age_band.parse()?,
        kind: decode_kind(head.kind())?,
        identity_sealed: head.identity_sealed,
    })
}

/// Reads the kind of an identifier.
///
/// # Errors
/// `MESSAGE_INVALID` when none is named.
pub fn decode_kind(kind: v1::IdKind) -> Result<IdKind, Invalid> {
    match kind {
        v1::IdKind::Number => Ok(IdKind::Number),
        v1::IdKind::Skn => Ok(IdKind::Skn),
        v1::IdKind::OwnPseudonym => Ok(IdKind::Own),
        v1::IdKind::Unspecified => Err(Invalid::new("kind: one must be named".to_owned())),
    }
}

/// A member of staff goes by a pseudonym of its organisation; nothing like a citizen number does
/// for one.
fn person(bytes: &[u8], name: &str) -> Result<(), Invalid> {
    at_most(bytes.len(), PERSON, &format!("{name} bytes"))?;
    if has_number(bytes) {
        return Err(Invalid::new(format!(
            "{name}: a pseudonym without nine digits in a row is expected"
        )));
    }
    Ok(())
}

/// Reads a source leaf.
///
/// # Errors
/// `MESSAGE_INVALID`, naming the field.
pub fn decode_source(bytes: &[u8]) -> Result<Source, Invalid> {
    let leaf: v1::SourceLeaf = canonical(bytes, "source_leaf")?;
    person(&leaf.acting_person, "acting_person")?;
    person(&leaf.decided_by, "decided_by")?;
    at_most(
        leaf.processing_activity_id.len(),
        URI,
        "processing_activity_id bytes",
    )?;
    let uri = &leaf.processing_activity_id;
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || has_number(uri.as_bytes()) {
        return Err(Invalid::new(
            "processing_activity_id: a URI without spaces and without nine digits in a row"
                .to_owned(),
        ));
    }
    let second_approval =
        optional(&leaf.second_approval_function)?.map(|function| SecondApproval {
            function,
            day: leaf.second_approval_day,
        });
    let prior_call = leaf
        .prior_call
        .as_ref()
        .map(|call| {
            Ok::<_, Invalid>(PriorCall {
                desk: call.desk.parse()?,
                hour: Hour(call.hour),
                reached: call.reached,
            })
        })
        .transpose()?;
    Ok(Source {
        acting_person: leaf.acting_person,
        acting_role: optional(&leaf.acting_role)?,
        decided_by: leaf.decided_by,
        reason: optional(&leaf.reason)?,
        second_approval,
        processing_activity: leaf.processing_activity_id,
        prior_call,
    })
}

/// Writes a route leaf, at the source.
pub fn encode_route(route: &Route) -> Vec<u8> {
    v1::RouteLeaf {
        source_oin: route.source.to_string(),
        source_desk: route.source_desk.to_string(),
        recipient_oin: route.recipient.to_string(),
        recipient_desk: route.desk.to_string(),
        agreement_hash: route.agreement.to_string(),
        clause_id: route.clause.to_string(),
        epoch: route.epoch.into(),
        hour: route.hour.0,
        nonce: route.nonce.to_vec(),
        signing_x5t_s256: route.signing_x5t.0.to_vec(),
        recipient_seal_kid: route.seal_kid.to_string(),
        recipient_pseudonym_kid: route.recipient_pseudonym_kid.to_string(),
        source_pseudonym_kid: route.source_pseudonym_kid.to_string(),
    }
    .encode_to_vec()
}

/// The wire's word for a regime.
pub fn encode_regime(regime: Regime) -> v1::Regime {
    match regime {
        Regime::Wpg => v1::Regime::Wpg,
        Regime::Wjsg => v1::Regime::Wjsg,
        Regime::Avg => v1::Regime::Avg,
    }
}

/// The wire's word for an article of the Wpg.
pub fn encode_article(article: Option<WpgArticle>) -> v1::WpgArticle {
    match article {
        None => v1::WpgArticle::Unspecified,
        Some(WpgArticle::Art8) => v1::WpgArticle::WpgArticle8,
        Some(WpgArticle::Art13Lid1) => v1::WpgArticle::WpgArticle131,
        Some(WpgArticle::Art9) => v1::WpgArticle::WpgArticle9,
        Some(WpgArticle::Art10) => v1::WpgArticle::WpgArticle10,
        Some(WpgArticle::Art10Lid1B) => v1::WpgArticle::WpgArticle101B,
        Some(WpgArticle::Art12) => v1::WpgArticle::WpgArticle12,
    }
}

/// Writes a header leaf, at the source.
pub fn encode_header(header: &Header) -> Vec<u8> {
    let subjects = header.subjects.iter().map(|subject| v1::SubjectHead {
        role: subject.role.to_string(),
        age_band: subject.age_band.to_string(),
        kind: encode_kind(subject.kind).into(),
        identity_sealed: subject.identity_sealed,
    });
    v1::HeaderLeaf {
        r#type: header.signal_type.to_string(),
        type_version: header.type_version,
        purpose: header.purpose.to_string(),
        necessity: header.necessity.to_string(),
        regime: encode_regime(header.regime).into(),
        wpg_article: encode_article(header.wpg_article).into(),
        second_approval: header.second_approval,
        region: header.region.to_string(),
        fields: header.fields.iter().map(ToString::to_string).collect(),
        subjects: subjects.collect(),
        urgency: header.urgency.to_string(),
        event_hour: header.event_hour.0,
        valid_until_hour: header.valid_until.unwrap_or_default().0,
        retention: header.retention.to_string(),
        source_shield: match header.source_shield {
            SourceShield::None => v1::SourceShield::None,
            SourceShield::Origin => v1::SourceShield::Origin,
            SourceShield::Existence => v1::SourceShield::Existence,
        }
        .into(),
        address_shield: header.address_shield,
        subject_informed: header.subject_informed.to_string(),
        origin: match header.origin {
            Origin::Own => v1::Origin::Own,
            Origin::Received => v1::Origin::Received,
        }
        .into(),
        onward_basis: header
            .onward_basis
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        restriction: encode_restriction(header.restriction).into(),
        restricted_theme: header.restricted_theme,
        consent_ref: header
            .consent
            .map(|cited| cited.handle.to_string())
            .unwrap_or_default(),
        consent_revision: header.consent.map_or(0, |cited| cited.revision.0),
        rectification: header.rectification.as_ref().map_or(0, |rectification| {
            encode_rectification(rectification.kind).into()
        }),
        rectification_reason: header
            .rectification
            .as_ref()
            .map(|rectification| rectification.reason.to_string())
            .unwrap_or_default(),
        break_glass: header.break_glass.as_ref().map(encode_break_glass),
    }
    .encode_to_vec()
}

/// Writes a source leaf, at the source.
pub fn encode_source(source: &Source) -> Vec<u8> {
    let (function, day) = match &source.second_approval {
        Some(approval) => (approval.function.to_string(), approval.day),
        None => (String::new(), 0),
    };
    v1::SourceLeaf {
        acting_person: source.acting_person.clone(),
        acting_role: source
            .acting_role
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        decided_by: source.decided_by.clone(),
        reason: source
            .reason
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        second_approval_function: function,
        second_approval_day: day,
        processing_activity_id: source.processing_activity.clone(),
        prior_call: source.prior_call.as_ref().map(|call| v1::PriorCall {
            desk: call.desk.to_string(),
            hour: call.hour.0,
            reached: call.reached,
        }),
    }
    .encode_to_vec()
}

/// The wire's word for the kind of an identifier.
pub fn encode_kind(kind: IdKind) -> v1::IdKind {
    match kind {
        IdKind::Number => v1::IdKind::Number,
        IdKind::Skn => v1::IdKind::Skn,
        IdKind::Own => v1::IdKind::OwnPseudonym,
    }
}
