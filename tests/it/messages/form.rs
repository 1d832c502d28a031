//! Each rule of form, broken by itself: its code, and nothing done.

use super::{header, prepared, publish, route, signals};
use crate::run;
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason, resign, signer};
use seinhuis_types::{Clock, SystemClock};

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn each_broken_rule_of_form_has_its_code_and_nothing_is_done() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let good = prepared(&chain).await;
        let hours = SystemClock.now().hour().0;
        type Change = Box<dyn Fn(&mut v1::PublishRequest)>;
        let cases: Vec<(&str, &str, Change)> = vec![
            (
                "an unknown type",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.r#type = "INC_HAUS".into())),
            ),
            (
                "another version",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.type_version = 9)),
            ),
            (
                "an unknown purpose",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.purpose = "P-NOSE".into())),
            ),
            (
                "an unknown necessity",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.necessity = "curiosity".into())),
            ),
            (
                "an unknown region",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.region = "atlantis".into())),
            ),
            (
                "an unknown subject role",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].role = "neighbour".into())),
            ),
            (
                "an unknown age band",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].age_band = "39".into())),
            ),
            (
                "a role like a number",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.subjects[0].role = "123456782".into())),
            ),
            (
                "no regime",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.regime = 0)),
            ),
            (
                "police data without article",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.wpg_article = 0)),
            ),
            (
                "a consent of another form",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    header(m, |h| (h.consent_ref, h.consent_revision) = ("x".into(), 1));
                }),
            ),
            (
                "a consent without revision",
                "MESSAGE_INVALID",
                Box::new(|m| header(m, |h| h.consent_ref = "ab".repeat(16))),
            ),
            (
                "an event in six years' past",
                "EVENT_TIME_OUT_OF_RANGE",
                Box::new(move |m| header(m, |h| h.event_hour = hours - 24 * 366 * 6)),
            ),
            (
                "an event tomorrow",
                "EVENT_TIME_OUT_OF_RANGE",
                Box::new(move |m| header(m, |h| h.event_hour = hours + 24)),
            ),
            (
                "a foreign recipient",
                "PARTNER_UNKNOWN",
                Box::new(|m| route(m, |r| r.recipient_oin = "00000099000000770000".into())),
            ),
            (
                "a foreign desk",
                "DESK_UNKNOWN",
                Box::new(|m| route(m, |r| r.recipient_desk = "kitchen".into())),
            ),
            (
                "another's name as source",
                "MANIFEST_INVALID",
                Box::new(|m| route(m, |r| r.source_oin = "00000099000000020000".into())),
            ),
            (
                "another epoch",
                "STALE_KEY_EPOCH",
                Box::new(|m| route(m, |r| r.epoch = 2)),
            ),
            (
                "an epoch past sixteen bits",
                "MESSAGE_INVALID",
                Box::new(|m| route(m, |r| r.epoch = 70_000)),
            ),
            (
                "another session key",
                "STALE_KEY_EPOCH",
                Box::new(|m| route(m, |r| r.recipient_pseudonym_kid = "old-key".into())),
            ),
            (
                "a short signal id",
                "MESSAGE_INVALID",
                Box::new(|m| m.signal_id.truncate(15)),
            ),
            (
                "a short idempotency key",
                "MESSAGE_INVALID",
                Box::new(|m| m.idempotency_key = vec![1; 15]),
            ),
            (
                "no envelope",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes.clear()),
            ),
            (
                "two to one desk",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes.push(m.envelopes[0].clone())),
            ),
            (
                "thirty-three envelopes",
                "MESSAGE_INVALID: envelopes: at most 32 are allowed, 33 came",
                Box::new(|m| m.envelopes = vec![v1::Envelope::default(); 33]),
            ),
            (
                "thirteen subjects",
                "MESSAGE_INVALID: envelope 0: subjects: at most 12 are allowed, 13 came",
                Box::new(|m| {
                    m.envelopes[0].subjects = vec![
                        v1::SubjectRef {
                            ciphertext: vec![1; 64]
                        };
                        13
                    ]
                }),
            ),
            (
                "a missing salt",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].salts.truncate(16)),
            ),
            (
                "a short slip",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    m.envelopes[0]
                        .decision_slip
                        .as_mut()
                        .unwrap()
                        .tags
                        .truncate(100)
                }),
            ),
            (
                "no slip",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].release_slip = None),
            ),
            (
                "one slip for two entries",
                "SLIP_REUSED",
                Box::new(|m| m.envelopes[0].release_slip = m.envelopes[0].decision_slip.clone()),
            ),
            (
                "a field of another size",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    m.envelopes[0].record.as_mut().unwrap().fields[1]
                        .bytes
                        .push(0)
                }),
            ),
            (
                "another sealing suite",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].record.as_mut().unwrap().suite = 2),
            ),
            (
                "readable text in an unknown field",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].header_leaf.extend(b"\xba\x3e\x08J Jansen")),
            ),
            (
                "a number as activity",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    let leaf = &mut m.envelopes[0].source_leaf;
                    let mut source = v1::SourceLeaf::decode(leaf.as_slice()).unwrap();
                    source.processing_activity_id = "urn:123456782".into();
                    *leaf = source.encode_to_vec();
                }),
            ),
            (
                "a number as acting person",
                "MESSAGE_INVALID",
                Box::new(|m| {
                    let leaf = &mut m.envelopes[0].source_leaf;
                    let mut source = v1::SourceLeaf::decode(leaf.as_slice()).unwrap();
                    source.acting_person = b"agent 123456782".to_vec();
                    *leaf = source.encode_to_vec();
                }),
            ),
            (
                "leaves that are no messages",
                "MESSAGE_INVALID",
                Box::new(|m| m.envelopes[0].header_leaf = vec![255; 40]),
            ),
        ];
        for (what, told, change) in cases {
            let mut message = good.clone();
            change(&mut message);
            if let Some(envelope) = message.envelopes.first_mut() {
                // Signed again where that is possible, so that the form itself is what is judged.
                let _ = resign(envelope, &key);
            }
            let status = client.publish(message).await.expect_err(what);
            let refused = format!("{}: {}", reason(&status), status.message());
            assert!(refused.starts_with(told), "{what}: {refused}");
        }
        // None of it stuck: the good one, with the same key, id and slips, still goes.
        assert!(publish(&mut client, good).await.unwrap().permitted);
    });
}

#[test]
fn a_field_outside_the_type_is_invalid() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let key = signer(&chain.sandbox, "politie").unwrap();
        let mut client = signals(&chain, "politie").await;
        let mut outside = prepared(&chain).await;
        header(&mut outside, |h| {
            h.fields.push("registered".into());
            h.fields.sort();
        });
        let record = outside.envelopes[0].record.as_mut().unwrap();
        record.fields.push(v1::SealedField {
            path: "registered".into(),
            bytes: vec![7; 80],
        });
        record.fields.sort_by(|a, b| a.path.cmp(&b.path));
        outside.envelopes[0].salts.extend([9; 16]);
        resign(&mut outside.envelopes[0], &key).unwrap();
        let status = client.publish(outside).await.unwrap_err();
        assert_eq!(reason(&status), "MESSAGE_INVALID");
        assert!(
            status.message().contains("registered"),
            "{}",
            status.message()
        );
    });
}
