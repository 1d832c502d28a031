//! What the targets start from: the published vectors, taken apart, and messages that are taken.

use prost::Message;
use seinhuis_merkle::encode_bundle;
use seinhuis_proto::v1;
use serde_json::Value;

/// Each set of vectors, with the targets whose boundary it is about.
const VECTORS: [(&str, &[&str]); 9] = [
    (include_str!("../vectors/evidence.json"), &["note"]),
    (
        include_str!("../vectors/add_checkpoint.json"),
        &["note", "checkpoint"],
    ),
    (
        include_str!("../vectors/cosignature.json"),
        &["note", "checkpoint"],
    ),
    (
        include_str!("../vectors/receipt.json"),
        &["note", "checkpoint"],
    ),
    (
        include_str!("../vectors/agreement_hash.json"),
        &["agreement"],
    ),
    (
        include_str!("../vectors/key_statement.json"),
        &["certificate", "agreement"],
    ),
    (include_str!("../vectors/conversion.json"), &["pseudonym"]),
    (include_str!("../vectors/sealed_record.json"), &["record"]),
    (include_str!("../vectors/manifest.json"), &["record"]),
];
/// Longer texts of the vectors start nothing that shorter ones do not.
const LONGEST: usize = 8 * 1024;

/// Inputs to start from, each with the name of its target.
pub fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (text, targets) in VECTORS {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        let mut found = Vec::new();
        strings(&value, &mut found);
        for bytes in found.into_iter().filter(|bytes| bytes.len() <= LONGEST) {
            seeds.extend(targets.iter().map(|target| (*target, bytes.clone())));
        }
    }
    for path in [
        "tile/0/000",
        "tile/0/x001/x234/067.p/7",
        "tile/entries/x001/000.p/255",
        "tile/63/999",
        "tile/00/000",
        "tile/0/../000",
        "tile/0/000.p/256",
    ] {
        seeds.push(("tile_path", path.as_bytes().to_vec()));
    }
    if let Ok(bundle) = encode_bundle(&[vec![1; 374], vec![], vec![2; 3]]) {
        seeds.push(("tile_path", bundle));
    }
    seeds.push(("cursor", vec![0; 8]));
    seeds.push(("cursor", vec![1; 41]));
    for (method, message) in (0..).zip(messages()) {
        seeds.push(("message", [vec![method], message].concat()));
    }
    if let Some(record) = record() {
        seeds.push(("record", record));
    }
    if let Some(secrets) = transcryptor() {
        seeds.push(("pseudonym", secrets));
    }
    seeds
}

/// Every string of a JSON value, as text, and where it is hexadecimal as the bytes it writes.
fn strings(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => {
            found.extend(unhex(text));
            found.push(text.clone().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|item| strings(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| {
            let digits = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(digits, 16).ok()
        })
        .collect()
}

/// The private key the vectors' record was sealed for.
pub(super) fn sealing_key() -> Option<Vec<u8>> {
    let vectors: Value =
        serde_json::from_str(include_str!("../vectors/sealed_record.json")).ok()?;
    unhex(vectors.get("private_key")?.as_str()?)
}

/// The vectors' record, in the form the target cuts apart.
fn record() -> Option<Vec<u8>> {
    let vectors: Value =
        serde_json::from_str(include_str!("../vectors/sealed_record.json")).ok()?;
    let bytes = |value: &Value, name: &str| unhex(value.get(name)?.as_str()?);
    let mut out = Vec::new();
    let mut part = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).unwrap_or_default();
        out.extend(length.to_be_bytes());
        out.extend(bytes);
    };
    part(&bytes(&vectors, "sealed_key")?);
    part(&bytes(&vectors, "route_leaf")?);
    part(&bytes(&vectors, "header_leaf")?);
    part(b"route");
    part(&bytes(&vectors, "route_leaf")?);
    part(b"header");
    part(&bytes(&vectors, "header_leaf")?);
    for field in vectors.get("fields")?.as_array()? {
        part(field.get("path")?.as_str()?.as_bytes());
        part(&bytes(field, "sealed")?);
    }
    Some(out)
}

/// The vectors' first file of transcryptor secrets.
fn transcryptor() -> Option<Vec<u8>> {
    let vectors: Value = serde_json::from_str(include_str!("../vectors/conversion.json")).ok()?;
    let lines = vectors
        .get("transcryptors")?
        .get(0)?
        .get("secrets")?
        .as_array()?;
    let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    Some(format!("{}\n", lines.join("\n")).into_bytes())
}

/// One message a method, in the order of `internal::METHODS`, each one that is taken.
fn messages() -> Vec<Vec<u8>> {
    let slip = || {
        Some(v1::Slip {
            nonce: vec![1; 16],
            tags: vec![2; 192],
            chain: vec![3; 8],
        })
    };
    let stated = || {
        Some(v1::KeyStatement {
            jws: "a.b.c".into(),
            signing_chain: vec![vec![9; 32]; 2],
        })
    };
    let hash = format!("$1$1${}", "A".repeat(86));
    let step = Some(v1::SignedStep {
        jws: "a.b.c".into(),
        signing_chain: vec![vec![9; 32]],
    });
    let convert = || v1::ConvertRequest {
        route_leaf: route().encode_to_vec(),
        subject_leaves: vec![vec![1; 65]],
        salts: vec![2; 32],
        others: vec![v1::LeafHash {
            index: 1,
            hash: vec![1; 32],
            label: "header".into(),
        }],
        leaf_count: 4,
        signing_chain: vec![vec![9; 32]],
        source_key: stated(),
        recipient_key: stated(),
        ..v1::ConvertRequest::default()
    };
    vec![
        publish(slip()).encode_to_vec(),
        v1::AcknowledgeRequest {
            idempotency_key: vec![1; 16],
            delivery_id: vec![2; 16],
            state: v1::AckState::Opened.into(),
            slip: slip(),
            acting_person: vec![3; 16],
            acting_role: "vt-worker".into(),
            ..v1::AcknowledgeRequest::default()
        }
        .encode_to_vec(),
        convert().encode_to_vec(),
        v1::ConvertRequest {
            idempotency_key: vec![1; 16],
            slip: slip(),
            ..convert()
        }
        .encode_to_vec(),
        v1::AcceptRequest {
            idempotency_key: vec![1; 16],
            agreement_hash: hash,
            step,
        }
        .encode_to_vec(),
        v1::ProposeRequest {
            idempotency_key: vec![1; 16],
            content: b"{}".to_vec(),
        }
        .encode_to_vec(),
        v1::PublishKeyStatementRequest {
            idempotency_key: vec![1; 16],
            statement: stated(),
        }
        .encode_to_vec(),
    ]
}

fn route() -> v1::RouteLeaf {
    v1::RouteLeaf {
        source_oin: "00000099000000010000".into(),
        source_desk: "huiselijk-geweld".into(),
        recipient_oin: "00000099000000050000".into(),
        recipient_desk: "intake".into(),
        agreement_hash: format!("$1$1${}", "A".repeat(86)),
        clause_id: "pol-vt-report".into(),
        epoch: 1,
        hour: 496_000,
        nonce: vec![4; 16],
        signing_x5t_s256: vec![5; 32],
        recipient_seal_kid: "seal".into(),
        recipient_pseudonym_kid: "pseudonym".into(),
        source_pseudonym_kid: "source".into(),
    }
}

fn publish(slip: Option<v1::Slip>) -> v1::PublishRequest {
    let header = v1::HeaderLeaf {
        r#type: "INC_HOME".into(),
        type_version: 1,
        purpose: "P-REPORT".into(),
        necessity: "report-task".into(),
        regime: v1::Regime::Wpg.into(),
        wpg_article: v1::WpgArticle::WpgArticle8.into(),
        region: "kennemerland".into(),
        fields: vec!["nature".into()],
        urgency: "U3".into(),
        event_hour: 496_000,
        retention: "R0".into(),
        source_shield: v1::SourceShield::None.into(),
        subject_informed: "not-yet".into(),
        origin: v1::Origin::Own.into(),
        ..v1::HeaderLeaf::default()
    };
    v1::PublishRequest {
        idempotency_key: vec![1; 16],
        signal_id: vec![2; 16],
        envelopes: vec![v1::Envelope {
            route_leaf: route().encode_to_vec(),
            header_leaf: header.encode_to_vec(),
            source_leaf: v1::SourceLeaf::default().encode_to_vec(),
            salts: vec![7; 16 * 5],
            record: Some(v1::SealedRecord {
                suite: 1,
                kid: "seal".into(),
                sealed_key: vec![8; 1168],
                fields: vec![v1::SealedField {
                    path: "nature".into(),
                    bytes: vec![6; 80],
                }],
            }),
            signing_chain: vec![vec![9; 32]],
            decision_slip: slip.clone(),
            release_slip: slip,
            ..v1::Envelope::default()
        }],
        ..v1::PublishRequest::default()
    }
}
