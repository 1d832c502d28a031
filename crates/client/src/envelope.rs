//! One envelope, from a signal and the keys at both ends to the signed bytes.
//!
//! Owns: leaves, ciphertexts, seals, manifest, signature, slips; every check that needs no network.
//! Pure: time and randomness are arguments. Must not know: where keys come from, how it is sent.

use crate::ClientError;
use crate::signal::Signal;
use crate::slips::{About, Slips, class, hidden_at_source};
use rand_core::CryptoRng;
use seinhuis_domain::agreement::Clause;
use seinhuis_domain::catalogue::{Catalogue, TypeDef, check_case};
use seinhuis_domain::signal::{
    ConsentCited, Header, Origin, Rectification, RectificationKind, Route, SubjectHead,
    check_event_time, check_header, encode_header, encode_route, encode_source,
};
use seinhuis_identity::signing::Signer;
use seinhuis_proto::v1;
use seinhuis_pseudonym::encrypt;
use seinhuis_seal::manifest::{Builder, Manifest};
use seinhuis_seal::record::{RecordSealer, SUITE, SealPublicKey, SealedRecord};
use seinhuis_types::{DeliveryId, FieldPath, Millis, limits};
use zeroize::Zeroizing;

/// What an envelope is made with.
pub(crate) struct Making<'a> {
    pub(crate) now: Millis,
    pub(crate) signer: &'a Signer,
    pub(crate) slips: Slips<'a>,
    /// The clause it is sent under, if the agreement has it.
    pub(crate) clause: Option<&'a Clause>,
    /// The catalogue the agreement pins.
    pub(crate) catalogue: &'a Catalogue,
    /// The source desk's session public key.
    pub(crate) session: &'a [u8; 32],
    /// The recipient desk's sealing key.
    pub(crate) seal: &'a SealPublicKey,
    /// What is told of which earlier delivery to that desk, where this is no signal of its own.
    pub(crate) rectifies: Option<(&'a Rectification, DeliveryId)>,
    /// The consent it cites.
    pub(crate) consent: Option<ConsentCited>,
    /// Whom its slips are about, where it names nobody itself: what answers a question.
    pub(crate) about: Option<&'a About>,
}

/// The reserved path of references.
pub(crate) fn case_path() -> Result<FieldPath, ClientError> {
    Ok(FieldPath::parse("case")?)
}

/// Makes the envelope of `signal` for `route`.
pub(crate) fn make(
    signal: &Signal,
    route: &Route,
    making: &Making<'_>,
    rng: &mut impl CryptoRng,
) -> Result<v1::Envelope, ClientError> {
    let header = header(signal, making)?;
    let route_leaf = encode_route(route);
    let header_leaf = encode_header(&header);
    let source_leaf = encode_source(&signal.source);
    let mut sealer =
        RecordSealer::new(making.seal, &route.seal_kid, &route_leaf, &header_leaf, rng)?;
    for (path, value) in &signal.fields {
        sealer.seal(path, value)?;
    }
    if let Some(case) = references(signal, making)? {
        sealer.seal(&case_path()?, &case)?;
    }
    let mut subjects = Vec::with_capacity(signal.subjects.len());
    let mut about = Vec::with_capacity(signal.subjects.len());
    for (ordinal, subject) in signal.subjects.iter().enumerate() {
        if let Some(identity) = &subject.identity {
            sealer.seal(&FieldPath::identity(ordinal), &identity.to_bytes())?;
        }
        let ciphertext =
            encrypt(&subject.who.point(), making.session, rng).map_err(ClientError::invalid)?;
        subjects.push((subject.who.kind().byte(), ciphertext));
        let head = header
            .subjects
            .get(ordinal)
            .ok_or_else(|| ClientError::Invalid("a subject without circumstances".to_owned()))?;
        about.push(About {
            value: subject.value()?,
            class: class(
                making.clause,
                making.catalogue,
                head,
                hidden_at_source(header.source_shield),
            ),
        });
    }
    let record = sealer.finish();
    let manifest = manifest(
        (&route_leaf, &header_leaf, &source_leaf),
        &subjects,
        &record,
        rng,
    )?;
    let manifest_signature = making
        .signer
        .sign_raw(&manifest.signing_message())
        .map_err(ClientError::invalid)?;
    let salts = manifest.salts();
    drop(manifest);
    let shield = header.source_shield;
    let (decision_slip, release_slip) = match making.about {
        Some(about) => {
            let one = std::slice::from_ref(about);
            making.slips.pair(route.epoch, one, shield, rng)?
        }
        None => making.slips.pair(route.epoch, &about, shield, rng)?,
    };
    Ok(v1::Envelope {
        decision_slip: Some(decision_slip),
        release_slip: Some(release_slip),
        route_leaf,
        header_leaf,
        source_leaf,
        subjects: subjects
            .into_iter()
            .map(|(_, ciphertext)| v1::SubjectRef {
                ciphertext: ciphertext.to_vec(),
            })
            .collect(),
        record: Some(message(&record)),
        salts,
        manifest_signature,
        signing_chain: making.signer.chain().to_vec(),
    })
}

/// The references of an envelope. A rectification begins with the delivery it is about, so that its
/// recipient has it from the source and not from the hub.
fn references(
    signal: &Signal,
    making: &Making<'_>,
) -> Result<Option<Zeroizing<Vec<u8>>>, ClientError> {
    let own = signal.case.as_deref().map_or(&[][..], Vec::as_slice);
    let all = match making.rectifies {
        Some((_, delivery)) => Zeroizing::new([delivery.0.as_slice(), own].concat()),
        None => Zeroizing::new(own.to_vec()),
    };
    if all.is_empty() {
        return Ok(None);
    }
    check_case(&all)?;
    Ok(Some(all))
}

/// The manifest over clear leaves, subjects and record.
pub(crate) fn manifest<'a>(
    (route, header, source): (&'a [u8], &'a [u8], &'a [u8]),
    subjects: &[(u8, [u8; 64])],
    record: &'a SealedRecord,
    rng: &mut impl CryptoRng,
) -> Result<Manifest<'a>, ClientError> {
    let builder = subjects.iter().fold(
        Builder::new(route, header, source, record),
        |builder, (kind, ciphertext)| builder.subject(*kind, ciphertext),
    );
    Ok(builder.finish(rng)?)
}

fn message(record: &SealedRecord) -> v1::SealedRecord {
    v1::SealedRecord {
        suite: SUITE.into(),
        kid: record.kid().to_string(),
        sealed_key: record.sealed_key().to_vec(),
        fields: record
            .fields()
            .map(|(path, sealed)| v1::SealedField {
                path: path.to_string(),
                bytes: sealed.to_vec(),
            })
            .collect(),
    }
}

/// The header, with every code and value held against the catalogue: a value outside it would be an
/// incident at the recipient.
fn header(signal: &Signal, making: &Making<'_>) -> Result<Header, ClientError> {
    let catalogue = making.catalogue;
    let definition = catalogue.signal_type(&signal.signal_type).ok_or_else(|| {
        let code = &signal.signal_type;
        ClientError::Invalid(format!(
            "signal type `{code}` is not in the agreement's catalogue"
        ))
    })?;
    let identities = signal
        .subjects
        .iter()
        .filter(|subject| subject.identity.is_some())
        .count();
    let case = signal.case.is_some() || making.rectifies.is_some();
    let sealed = signal.fields.len() + identities + usize::from(case);
    if sealed > limits::FIELDS || signal.subjects.len() > limits::SUBJECTS {
        return Err(ClientError::Invalid(format!(
            "a signal has at most {} subjects and {} sealed fields",
            limits::SUBJECTS,
            limits::FIELDS
        )));
    }
    let header = Header {
        signal_type: signal.signal_type.clone(),
        type_version: definition.version,
        purpose: signal.purpose.clone(),
        necessity: signal.necessity.clone(),
        regime: signal.regime,
        wpg_article: signal.wpg_article,
        second_approval: signal.source.second_approval.is_some(),
        region: signal.region.clone(),
        fields: signal.fields.keys().cloned().collect(),
        subjects: signal
            .subjects
            .iter()
            .map(|subject| SubjectHead {
                role: subject.role.clone(),
                age_band: subject.age_band.clone(),
                kind: subject.who.kind(),
                identity_sealed: subject.identity.is_some(),
            })
            .collect(),
        urgency: match (&signal.urgency, making.rectifies) {
            (Some(urgency), _) => urgency.clone(),
            (None, Some((told, _))) => urgency_of(told.kind).parse()?,
            (None, None) => definition.urgency.as_str().parse()?,
        },
        event_hour: signal.event,
        valid_until: signal.valid_until,
        retention: definition.retention.as_str().parse()?,
        source_shield: signal.source_shield,
        address_shield: signal.address_shield,
        subject_informed: signal.informed.clone(),
        origin: if signal.onward_basis.is_some() {
            Origin::Received
        } else {
            Origin::Own
        },
        onward_basis: signal.onward_basis.clone(),
        restriction: signal.restriction,
        restricted_theme: signal.restricted_theme || tells_theme(signal, definition, catalogue),
        consent: making.consent,
        rectification: making.rectifies.map(|(told, _)| told.clone()),
        break_glass: signal.break_glass.clone(),
    };
    check_header(&header, &signal.source, catalogue)?;
    check_event_time(&header, making.now)?;
    check_values(signal, definition)?;
    Ok(header)
}

/// Within what term a rectification is opened, where its source does not say: four hours, and a shield
/// at once.
const fn urgency_of(kind: RectificationKind) -> &'static str {
    match kind {
        RectificationKind::Shielded => "U1",
        _ => "U2",
    }
}

/// Whether a value tells of a theme of restricted desks. Left to people it would be forgotten once.
fn tells_theme(signal: &Signal, definition: &TypeDef, catalogue: &Catalogue) -> bool {
    let mut values = signal.fields.iter();
    values.any(|(path, value)| {
        let field = definition.fields.get(path);
        field.is_some_and(|field| catalogue.tells_restricted_theme(field, value))
    })
}

fn check_values(signal: &Signal, definition: &TypeDef) -> Result<(), ClientError> {
    for (path, value) in &signal.fields {
        let field = definition.fields.get(path).ok_or_else(|| {
            let code = &definition.code;
            ClientError::Invalid(format!("field `{path}` is not a field of `{code}`"))
        })?;
        field
            .check_value(value)
            .map_err(|error| ClientError::Invalid(format!("field `{path}`: {}", error.rule)))?;
    }
    Ok(())
}
