//! What is too much of anything, told by the limit it breaks.
//!
//! Each case starts from a message that is taken, so that nothing but the limit can refuse it.

use super::{Malformed, acknowledge, convert, idempotency, publish, statement};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_types::{Digest, ErrorCode, limits};

const PRINT: Digest = Digest([0; 32]);

/// What a limit says of itself.
fn told(what: &str, most: usize, came: usize) -> String {
    format!("{what}: at most {most} are allowed, {came} came")
}

/// What a case does, and the words that refuse it.
type Cases<M> = Vec<(String, fn(&mut M))>;

/// That each change of what `good` gives and `read` takes is refused with these words.
fn refused<M, T>(good: impl Fn() -> M, read: impl Fn(M) -> Result<T, Malformed>, cases: Cases<M>) {
    read(good()).unwrap_or_else(|error| panic!("the good one: {error}"));
    for (words, change) in cases {
        let mut message = good();
        change(&mut message);
        match read(message) {
            Ok(_) => panic!("taken, not: {words}"),
            Err(error) => {
                assert_eq!(error.code, ErrorCode::MessageInvalid, "{words}");
                assert!(error.message.contains(&words), "{error}, not: {words}");
            }
        }
    }
}

fn slip() -> v1::Slip {
    v1::Slip {
        nonce: vec![1; 16],
        tags: vec![2; 192],
        chain: vec![3; 1_024],
    }
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

fn header(fields: &[v1::SealedField]) -> v1::HeaderLeaf {
    v1::HeaderLeaf {
        r#type: "INC_HOME".into(),
        type_version: 1,
        purpose: "P-REPORT".into(),
        necessity: "report-task".into(),
        regime: v1::Regime::Wpg.into(),
        wpg_article: v1::WpgArticle::WpgArticle8.into(),
        region: "kennemerland".into(),
        fields: fields.iter().map(|field| field.path.clone()).collect(),
        urgency: "U3".into(),
        event_hour: 496_000,
        retention: "R0".into(),
        source_shield: v1::SourceShield::None.into(),
        subject_informed: "not-yet".into(),
        origin: v1::Origin::Own.into(),
        ..v1::HeaderLeaf::default()
    }
}

/// With as many sealed fields as there may be.
fn envelope() -> v1::Envelope {
    let fields: Vec<_> = (0..limits::FIELDS)
        .map(|n| v1::SealedField {
            path: format!("field_{n:02}"),
            bytes: vec![6; 80],
        })
        .collect();
    v1::Envelope {
        route_leaf: route().encode_to_vec(),
        header_leaf: header(&fields).encode_to_vec(),
        source_leaf: v1::SourceLeaf::default().encode_to_vec(),
        salts: vec![7; 16 * (4 + fields.len())],
        record: Some(v1::SealedRecord {
            suite: 1,
            kid: "seal".into(),
            sealed_key: vec![8; 1168],
            fields,
        }),
        signing_chain: vec![vec![9; 1024]; 6],
        decision_slip: Some(slip()),
        release_slip: Some(slip()),
        ..v1::Envelope::default()
    }
}

fn signal() -> v1::PublishRequest {
    v1::PublishRequest {
        idempotency_key: vec![1; 64],
        signal_id: vec![2; 16],
        envelopes: vec![envelope()],
        wait: 0,
        person_assertion: Vec::new(),
    }
}

#[test]
fn a_signal_with_too_much_of_anything_is_told_which_limit_it_breaks() {
    refused(
        signal,
        |message| publish(message, PRINT),
        vec![
            (told("envelopes", 32, 33), |m| {
                m.envelopes = vec![v1::Envelope::default(); 33];
            }),
            (told("subjects", 12, 13), |m| {
                m.envelopes[0].subjects = vec![v1::SubjectRef::default(); 13];
            }),
            (told("signing_chain", 6, 7), |m| {
                m.envelopes[0].signing_chain = vec![vec![9]; 7];
            }),
            (told("signing_chain bytes", 6144, 6145), |m| {
                m.envelopes[0].signing_chain[5].push(9);
            }),
            (told("route_leaf bytes", 4096, 4097), |m| {
                m.envelopes[0].route_leaf.resize(4097, 0);
            }),
            (told("header_leaf bytes", 4096, 4097), |m| {
                m.envelopes[0].header_leaf.resize(4097, 0);
            }),
            (told("source_leaf bytes", 4096, 4097), |m| {
                m.envelopes[0].source_leaf.resize(4097, 0);
            }),
            (told("sealed fields", 32, 33), |m| {
                let record = m.envelopes[0].record.as_mut().unwrap();
                record.fields.push(v1::SealedField::default());
            }),
            (told("slip chain bytes", 1_024, 1_025), |m| {
                m.envelopes[0].release_slip.as_mut().unwrap().chain.push(3);
            }),
        ],
    );
}

fn acknowledgement() -> v1::AcknowledgeRequest {
    v1::AcknowledgeRequest {
        idempotency_key: vec![1; 16],
        delivery_id: vec![2; 16],
        state: v1::AckState::Opened.into(),
        slip: Some(slip()),
        acting_person: vec![3; 64],
        acting_role: "vt-worker".into(),
        wait: 0,
    }
}

#[test]
fn an_acknowledgement_with_too_long_a_person_or_slip_is_told_so() {
    refused(
        acknowledgement,
        |message| acknowledge(message, PRINT),
        vec![
            (told("acting_person bytes", 64, 65), |m| {
                m.acting_person.push(3);
            }),
            (told("slip chain bytes", 1_024, 1_025), |m| {
                m.slip.as_mut().unwrap().chain.push(3);
            }),
        ],
    );
}

fn stated() -> v1::KeyStatement {
    v1::KeyStatement {
        jws: "j".repeat(4096),
        signing_chain: vec![vec![9; 1024]; 6],
    }
}

/// With as many subjects and other leaves as there may be.
fn conversion() -> v1::ConvertRequest {
    let leaf = v1::LeafHash {
        index: 1,
        hash: vec![1; 32],
        label: "l".repeat(64),
    };
    v1::ConvertRequest {
        route_leaf: route().encode_to_vec(),
        subject_leaves: vec![vec![1; 65]; limits::SUBJECTS],
        salts: vec![2; 16 * (1 + limits::SUBJECTS)],
        others: vec![leaf; 48],
        leaf_count: 48,
        signing_chain: vec![vec![9; 1024]; 6],
        source_key: Some(stated()),
        recipient_key: Some(stated()),
        ..v1::ConvertRequest::default()
    }
}

#[test]
fn a_conversion_with_too_much_of_anything_is_told_which_limit_it_breaks() {
    refused(
        conversion,
        convert,
        vec![
            (told("subject_leaves", 12, 13), |m| {
                m.subject_leaves.push(vec![1; 65]);
                m.salts.extend([2; 16]);
            }),
            (told("others", 48, 49), |m| {
                m.others.push(m.others[0].clone());
            }),
            ("leaf_count: too many leaves".into(), |m| m.leaf_count = 49),
            (told("label bytes", 64, 65), |m| m.others[7].label.push('l')),
            (told("signing_chain", 6, 7), |m| {
                m.signing_chain = vec![vec![9]; 7];
            }),
            (told("jws bytes", 4096, 4097), |m| {
                m.recipient_key.as_mut().unwrap().jws.push('j');
            }),
            (told("signing_chain", 6, 7), |m| {
                m.source_key.as_mut().unwrap().signing_chain = vec![vec![9]; 7];
            }),
        ],
    );
}

#[test]
fn a_statement_and_an_idempotency_key_have_their_length() {
    let read = |stated: v1::KeyStatement| statement(stated.jws, stated.signing_chain);
    refused(
        stated,
        read,
        vec![
            (told("jws bytes", 4096, 4097), |m| m.jws.push('j')),
            (told("signing_chain bytes", 6144, 6145), |m| {
                m.signing_chain[0].push(9);
            }),
        ],
    );
    for (length, taken) in [(15, false), (16, true), (64, true), (65, false)] {
        let read = idempotency(vec![1; length], PRINT);
        assert_eq!(read.is_ok(), taken, "{length}");
    }
}
