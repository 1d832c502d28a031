//! Envelopes, signed and sealed as a source does it, once: what is simulated is what becomes of them. Must
//! not know: agreements' states, schedules.

use super::agreement::{BEGIN, Way, desk, oin};
use super::keys::Keys;
use crate::SimulationError;
use crate::fault::During;
use rand::Rng;
use seinhuis_domain::signal::{
    ConsentCited, Header, IdKind, Origin, Rectification, Regime, Restriction, Route, Source,
    SourceShield, SubjectHead, WpgArticle, encode_header, encode_route, encode_source,
};
use seinhuis_hub::command::{Envelope, SealedField, Signed, SlipBytes};
use seinhuis_identity::signing::Signer;
use seinhuis_pseudonym::{CitizenNumber, encrypt};
use seinhuis_seal::manifest::Builder;
use seinhuis_seal::record::RecordSealer;
use seinhuis_types::{AgreementHash, CodeValue, FieldPath, KeyId};

/// What an envelope is made of.
#[derive(Debug, Clone)]
pub(crate) struct Making {
    pub(crate) way: Way,
    pub(crate) agreement: AgreementHash,
    pub(crate) consent: Option<ConsentCited>,
    pub(crate) rectification: Option<Rectification>,
    /// Whether it is about somebody; a number has to be converted then.
    pub(crate) about: bool,
    pub(crate) restricted: bool,
    /// Whether it is sealed for the key that its recipient has after rotating.
    pub(crate) rotated: bool,
}

fn parsed<T>(text: &str) -> Result<T, SimulationError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().during(text)
}

fn nonce() -> [u8; 16] {
    rand::random()
}

/// A slip about nobody.
pub(crate) fn slip() -> SlipBytes {
    let mut tags = [0; 192];
    rand::rng().fill_bytes(&mut tags);
    SlipBytes {
        nonce: nonce(),
        tags,
        chain: Vec::new(),
    }
}

/// The person who acts at a source.
pub(crate) fn source() -> Result<Source, SimulationError> {
    Ok(Source {
        acting_person: b"worker-9".to_vec(),
        acting_role: None,
        decided_by: b"lead-2".to_vec(),
        reason: None,
        second_approval: None,
        processing_activity: String::new(),
        prior_call: None,
    })
}

/// The same, as it is sent.
pub(crate) fn signed_source() -> Result<Signed<Source>, SimulationError> {
    let value = source()?;
    let bytes = encode_source(&value);
    Ok(Signed { value, bytes })
}

fn header(making: &Making) -> Result<Header, SimulationError> {
    let way = &making.way;
    let police = way.from == super::POLICE;
    let told = making.rectification.as_ref();
    let whole = told.is_none_or(|told| told.kind.has_content());
    let fields = way.fields.iter().filter(|_| whole);
    let subject = SubjectHead {
        role: parsed(way.role)?,
        age_band: parsed("18-plus")?,
        kind: IdKind::Number,
        identity_sealed: false,
    };
    let shields = told.is_some_and(|told| told.kind == super::Kind::Shielded);
    Ok(Header {
        signal_type: parsed(way.signal_type)?,
        type_version: 1,
        purpose: parsed(way.purpose)?,
        necessity: parsed(if police { "report-task" } else { "safety-task" })?,
        regime: if police { Regime::Wpg } else { Regime::Avg },
        wpg_article: police.then_some(WpgArticle::Art8),
        second_approval: false,
        region: parsed("kennemerland")?,
        fields: fields.map(|path| parsed(path)).collect::<Result<_, _>>()?,
        subjects: making.about.then_some(subject).into_iter().collect(),
        urgency: CodeValue::parse(way.urgency).during("urgency")?,
        event_hour: BEGIN.hour(),
        valid_until: None,
        retention: CodeValue::parse(way.retention).during("retention")?,
        source_shield: if shields {
            SourceShield::Origin
        } else {
            SourceShield::None
        },
        address_shield: false,
        subject_informed: parsed("not-yet")?,
        origin: Origin::Own,
        onward_basis: None,
        restriction: if making.restricted {
            Restriction::Restricted
        } else {
            Restriction::None
        },
        restricted_theme: false,
        consent: making.consent,
        rectification: making.rectification.clone(),
        break_glass: None,
    })
}

fn route(
    making: &Making,
    signer: &Signer,
    [from, to]: [&Keys; 2],
    seal_kid: &KeyId,
) -> Result<Route, SimulationError> {
    let way = &making.way;
    Ok(Route {
        source: oin(way.from)?,
        source_desk: desk(way.from)?,
        recipient: oin(way.to)?,
        desk: desk(way.to)?,
        agreement: making.agreement.clone(),
        clause: way.clause().during("clause")?,
        epoch: 1,
        hour: BEGIN.hour(),
        nonce: nonce(),
        signing_x5t: signer.x5t(),
        seal_kid: seal_kid.clone(),
        recipient_pseudonym_kid: to.pseudonym_kid.clone(),
        source_pseudonym_kid: from.pseudonym_kid.clone(),
    })
}

/// The envelope, as the gateway hands it to the hub.
pub(crate) fn envelope(
    making: &Making,
    signer: &Signer,
    keys: &[Keys; 3],
) -> Result<Envelope, SimulationError> {
    let way = &making.way;
    let [from, to] = [way.from, way.to].map(|party| keys.get(party));
    let (Some(from), Some(to)) = (from, to) else {
        return Err(SimulationError::new("way", "no such party"));
    };
    let rng = &mut rand::rng();
    let (seal, seal_kid) = if making.rotated {
        (&to.next_seal, &to.next_seal_kid)
    } else {
        (&to.seal, &to.seal_kid)
    };
    let route = route(making, signer, [from, to], seal_kid)?;
    let header = header(making)?;
    let source = source()?;
    let (route_leaf, header_leaf) = (encode_route(&route), encode_header(&header));
    let source_leaf = encode_source(&source);
    let mut sealer = RecordSealer::new(
        seal.public(),
        &route.seal_kid,
        &route_leaf,
        &header_leaf,
        rng,
    )
    .during("record")?;
    for path in &header.fields {
        sealer.seal(path, b"1").during("field")?;
    }
    let record = sealer.finish();
    let mut subjects = Vec::new();
    for _ in &header.subjects {
        let number = CitizenNumber::parse("123456782").during("number")?;
        let sent = encrypt(&number.point(), &from.session.public(), rng).during("subject")?;
        subjects.push((IdKind::Number, sent));
    }
    let builder = Builder::new(&route_leaf, &header_leaf, &source_leaf, &record);
    let builder = subjects.iter().fold(builder, |builder, (kind, sent)| {
        builder.subject(kind.byte(), sent)
    });
    let manifest = builder.finish(rng).during("manifest")?;
    let signature = signer.sign_raw(&manifest.signing_message());
    let (signature, salts) = (signature.during("signature")?, manifest.salts());
    drop(manifest);
    let sealed = |(path, bytes): (&FieldPath, &[u8])| SealedField {
        path: path.clone(),
        bytes: bytes.to_vec(),
    };
    Ok(Envelope {
        seal_kid: record.kid().clone(),
        sealed_key: record.sealed_key().to_vec(),
        fields: record.fields().map(sealed).collect(),
        route: Signed {
            value: route,
            bytes: route_leaf,
        },
        header: Signed {
            value: header,
            bytes: header_leaf,
        },
        source: Signed {
            value: source,
            bytes: source_leaf,
        },
        subjects,
        suite: 1,
        salts,
        signature,
        chain: signer.chain().to_vec(),
        decision_slip: slip(),
        release_slip: slip(),
    })
}
