//! Golden bytes: every format ever written is still read. A failing test here means that data on
//! disk would no longer be understood: add a format, do not change the bytes.

use super::*;
use crate::template::Slot;
use seinhuis_types::{LeafIndex, Millis, Position};

fn stored(record: &impl Record) -> Vec<u8> {
    record.template().fill(7, |_| Some(0x0102)).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    seinhuis_types::hex(bytes)
}

/// The format byte and the revision.
const HEAD: &str = "010000000000000007";
const NONE: &str = "ffffffffffffffff";
const FILLED: &str = "0000000000000102";

#[test]
fn ruleset_and_directory_keep_their_bytes() {
    let ruleset = RulesetRecord {
        catalogue_hash: vec![0xca; 2],
        policy_hash: vec![0xb0],
        root: vec![0x10],
        previous_catalogue_hash: vec![0x11],
        previous_policy_hash: vec![0x12],
        previous_root: vec![0x13],
        since_ms: 300,
    };
    let value = stored(&ruleset);
    let body = "0a02caca1201b01a01102201112a011232011338ac02";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(RulesetRecord::read(&value).unwrap().value, ruleset);

    let directory = DirectoryRecord {
        config_hash: vec![9],
        since_ms: 1,
    };
    let value = stored(&directory);
    assert_eq!(hex(&value), format!("{HEAD}0a01091001"));
    assert_eq!(DirectoryRecord::read(&value).unwrap().value, directory);
}

#[test]
fn warnings_keep_their_bytes() {
    let warning = WarningRecord {
        kind: 1,
        agreement_hash: "h".into(),
        clause: "c".into(),
        basis: "b".into(),
        certificate: vec![2],
        system: "s".into(),
        ends_ms: 3,
        days: 90,
        told_ms: 4,
        delivery_id: Vec::new(),
    };
    let value = stored(&warning);
    let body = "08011201681a01632201622a01023201733803405a4804";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(WarningRecord::read(&value).unwrap().value, warning);
    let of_delivery = WarningRecord {
        delivery_id: vec![5],
        ..WarningRecord::default()
    };
    let value = stored(&of_delivery);
    assert_eq!(hex(&value), format!("{HEAD}e2030105"));
    assert_eq!(WarningRecord::read(&value).unwrap().value, of_delivery);
}

#[test]
fn break_glasses_keep_their_bytes() {
    let glass = BreakGlassRecord {
        source_oin: "a".into(),
        source_desk: "b".into(),
        recipient_oin: "c".into(),
        recipient_desk: "d".into(),
        source_officer: "e".into(),
        recipient_officer: "f".into(),
        agreement_hash: "g".into(),
        clause: "h".into(),
        purpose: "i".into(),
        signal_type: "j".into(),
        signal_id: vec![1],
        reason: "k".into(),
        called_function: "l".into(),
        called_ms: 2,
        until_ms: 3,
        sent_ms: 4,
        review_by_ms: 5,
        next_told_ms: 6,
        told: 7,
        acted: vec![vec![8], vec![9]],
        finding: 1,
        reviewed_ms: 10,
        view: 2,
        viewed_ms: 11,
        ..BreakGlassRecord::default()
    };
    let texts = "0a01611201621a01632201642a01653201663a01674201684a016952016a";
    let rest = "5a010162016b6a016c70027803800104880105900106980107a2010108a2010109a80101b0010ab80102c0010b";
    // Format 1 had no check of the key that marks are under, and told of no correction.
    let first = format!("{HEAD}{texts}{rest}");
    let digit = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let value: Vec<u8> = first.as_bytes().chunks(2).map(digit).collect();
    assert_eq!(BreakGlassRecord::read(&value).unwrap().value, glass);
    let glass = BreakGlassRecord {
        mark_key: vec![12],
        rectifies: vec![13],
        ..glass
    };
    let value = stored(&glass);
    let head = HEAD.replacen("01", "02", 1);
    assert_eq!(hex(&value), format!("{head}{texts}{rest}d205010cda05010d"));
    assert_eq!(BreakGlassRecord::read(&value).unwrap().value, glass);
}

#[test]
fn consents_keep_their_bytes() {
    let consent = ConsentRecord {
        agreement_hash: "h".into(),
        clause: "c".into(),
        acts: vec![ConsentActRecord {
            age_rule: "r".into(),
            age_band: "b".into(),
            capable: true,
            by: vec!["s".into()],
            evidence_level: "e".into(),
            evidence: vec![1],
            notice_version: 2,
        }],
        from_hour: 3,
        until_hour: 4,
        attested: true,
        withdrawn_ms: 5,
    };
    let value = stored(&consent);
    let body = "0a01681201631a130a017212016218012201732a01653201013802\
                2003280430013805";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(ConsentRecord::read(&value).unwrap().value, consent);
    let citation = CitationRecord {
        delivery_id: vec![6],
        acknowledged_ms: 7,
    };
    let value = stored(&citation);
    assert_eq!(hex(&value), format!("{HEAD}0a01061007"));
    assert_eq!(CitationRecord::read(&value).unwrap().value, citation);
}

#[test]
fn agreements_and_keys_keep_their_bytes() {
    let agreement = AgreementRecord {
        content: b"{}".to_vec(),
        state: AgreementState::Suspended.into(),
        steps: vec![AgreementStep {
            oin: "o".into(),
            kind: StepKind::Leave.into(),
            jws: "j".into(),
            chain: vec![vec![1], vec![2]],
            at_ms: 3,
            not_after_ms: 4,
        }],
        left: vec!["l".into()],
        suspended_by: "s".into(),
        proposed_by: "p".into(),
        proposed_ms: 5,
        replaced_by: String::new(),
        replaced_from_ms: 0,
    };
    let value = stored(&agreement);
    let body = "0a027b7d10041a120a016f10051a016a22010122010228033004\
                22016c2a01733201703805";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(AgreementRecord::read(&value).unwrap().value, agreement);
    let replaced = AgreementRecord {
        replaced_by: "h".into(),
        replaced_from_ms: 6,
        ..agreement
    };
    let value = stored(&replaced);
    assert_eq!(hex(&value), format!("{HEAD}{body}4201684806"));
    assert_eq!(AgreementRecord::read(&value).unwrap().value, replaced);

    let keys = KeyListRecord {
        statements: vec![KeyStatement {
            jws: "j".into(),
            chain: vec![vec![1]],
            kid: "k".into(),
            r#use: KeyUse::Pseudonym.into(),
            epoch: 1,
            not_before_ms: 2,
            not_after_ms: 3,
            key: vec![4],
        }],
    };
    let value = stored(&keys);
    assert_eq!(
        hex(&value),
        format!("{HEAD}0a140a016a1201011a016b2002280130023803420104")
    );
    assert_eq!(KeyListRecord::read(&value).unwrap().value, keys);
}

#[test]
fn deliveries_keep_their_bytes() {
    let delivery = Delivery {
        position: Slot::of_release(0),
        published: Slot::is(LeafIndex(1)),
        published_at: Slot::is(Millis(2)),
        first_release: Slot::EMPTY,
        released_at: Slot::at_commit(),
        acknowledged_at: Slot::EMPTY,
        body: DeliveryRecord {
            source_oin: "s".into(),
            recipient_oin: "r".into(),
            desk: "d".into(),
            state: DeliveryState::Opened.into(),
            agreement_hash: "a".into(),
            clause: "c".into(),
            purpose: "p".into(),
            signal_type: "t".into(),
            release_count: 2,
            granted: vec!["g".into()],
            withheld: vec!["w".into()],
            ack_by_ms: 3,
            signal_id: vec![4],
            payload_until_ms: 5,
            retention: "e".into(),
            urgency: "u".into(),
            ..DeliveryRecord::default()
        },
    };
    let value = stored(&delivery);
    let slots = format!("{FILLED}{:016x}{:016x}{NONE}{FILLED}{NONE}", 1, 2);
    let body = "0a01731201721a016420052a01613201633a0170420174480252016\
                75a017760036a010470057a016582010175";
    assert_eq!(hex(&value), format!("{HEAD}{slots}{body}"));
    let read = Delivery::read(&value).unwrap();
    assert_eq!(read.revision, Revision(7));
    assert_eq!(read.value.position.get(), Some(Position(0x0102)));
    assert_eq!(read.value.released_at.get(), Some(Millis(0x0102)));
    assert_eq!(read.value.first_release.get(), None);
    assert_eq!(read.value.body, delivery.body);
}

#[test]
fn due_deliveries_and_events_keep_their_bytes() {
    let delivery = Delivery {
        body: DeliveryRecord {
            source_desk: "d".into(),
            asks_opened: true,
            due_ms: 300,
            deadline_told: true,
            ..DeliveryRecord::default()
        },
        ..Delivery::default()
    };
    let value = stored(&delivery);
    let body = "8a0101649001019801ac02a00101";
    assert_eq!(hex(&value), format!("{HEAD}{}{body}", NONE.repeat(6)));
    assert_eq!(Delivery::read(&value).unwrap().value.body, delivery.body);
    let ended = Delivery {
        body: DeliveryRecord {
            state: DeliveryState::Ended.into(),
            ended: EndedAs::Lapsed.into(),
            ..DeliveryRecord::default()
        },
        ..Delivery::default()
    };
    let value = stored(&ended);
    let body = "2006e00102";
    assert_eq!(hex(&value), format!("{HEAD}{}{body}", NONE.repeat(6)));
    assert_eq!(Delivery::read(&value).unwrap().value.body, ended.body);

    let event = EventRecord {
        kind: EventKind::Undelivered.into(),
        delivery_id: vec![1],
        signal_id: vec![2],
        signal_type: "t".into(),
        at_ms: 3,
        recipient_oin: "r".into(),
        recipient_desk: "d".into(),
    };
    let value = stored(&event);
    let body = "08021201011a010222017428033201723a0164";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(EventRecord::read(&value).unwrap().value, event);
}

#[test]
fn holds_and_erasures_keep_their_bytes() {
    let hold = HoldRecord {
        from_index: 1,
        to_index: 2,
        placed_ms: 300,
    };
    let value = stored(&hold);
    assert_eq!(hex(&value), format!("{HEAD}0801100218ac02"));
    assert_eq!(HoldRecord::read(&value).unwrap().value, hold);
    let erasure = ErasureRecord {
        from_index: 1,
        to_index: 2,
        next_index: 3,
        request_plus_one: 4,
        erased: 5,
    };
    let value = stored(&erasure);
    assert_eq!(hex(&value), format!("{HEAD}08011002180320042805"));
    assert_eq!(ErasureRecord::read(&value).unwrap().value, erasure);
}

#[test]
fn payloads_keep_their_bytes() {
    let payload = PayloadRecord {
        route_leaf: vec![1],
        header_leaf: vec![2],
        source_leaf_hash: vec![3],
        subjects: vec![Subject {
            kind: 1,
            original: vec![4],
            converted: vec![5],
        }],
        record: vec![6],
        salts: vec![7],
        manifest_signature: vec![8],
        signing_chain: vec![vec![9]],
        release_slip: Some(StoredSlip {
            nonce: vec![1],
            tags: vec![2],
            chain: vec![3],
        }),
        hidden: vec![HiddenLeaf {
            index: 1,
            hash: vec![2],
            label: "f".into(),
        }],
        leaf_count: 12,
    };
    let value = stored(&payload);
    let body = "0a01011201021a0103220808011201041a01052a01063201073a0108420109\
                4a090a01011201021a0103520808011201021a0166580c";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(PayloadRecord::read(&value).unwrap().value, payload);
}

#[test]
fn replies_and_nonces_keep_their_bytes() {
    let reply = Reply {
        committed_at: Slot::at_commit(),
        first_index: Slot::of_entry(0),
        body: ReplyRecord {
            fingerprint: vec![1],
            facts: vec![2],
            entries: 3,
        },
    };
    let value = stored(&reply);
    assert_eq!(
        hex(&value),
        format!("{HEAD}{FILLED}{FILLED}0a01011201021803")
    );
    assert_eq!(Reply::read(&value).unwrap().value.body, reply.body);
    assert_eq!(
        hex(&stored(&SlipNonce::default())),
        format!("{HEAD}{FILLED}")
    );
    assert_eq!(
        hex(&stored(&UsedAssertion::default())),
        format!("{HEAD}{FILLED}")
    );
    let grant = GrantRecord {
        controller_oin: "c".into(),
        auditor_oin: "a".into(),
        auditor_system: vec![1],
        filter: vec![2],
        from_ms: 3,
        until_ms: 4,
        revoked_ms: 5,
    };
    let value = stored(&grant);
    let body = "0a01631201611a0101220102280330043805";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(GrantRecord::read(&value).unwrap().value, grant);
    let signal = SignalRecord {
        rectification_ids: Vec::new(),
        source_desks: vec!["d".into()],
        delivery_ids: vec![vec![1], vec![2]],
        untold: Vec::new(),
    };
    let value = stored(&signal);
    assert_eq!(hex(&value), format!("{HEAD}0a01010a01021a0164"));
    assert_eq!(SignalRecord::read(&value).unwrap().value, signal);
    let untold = UntoldRecord {
        delivery_id: vec![2],
        rectification: 2,
    };
    let signal = SignalRecord {
        untold: vec![untold],
        ..signal
    };
    let value = stored(&signal);
    let body = "0a01010a01021a016422050a01021002";
    assert_eq!(hex(&value), format!("{HEAD}{body}"));
    assert_eq!(SignalRecord::read(&value).unwrap().value, signal);
}

#[test]
fn a_newer_format_is_told_and_damage_is_too() {
    let mut value = stored(&SignalRecord::default());
    value[0] = 2;
    let newer = StoreError::SchemaTooNew {
        found: 2,
        supported: 1,
    };
    assert_eq!(SignalRecord::read(&value).unwrap_err(), newer);
    value[0] = 0;
    assert!(matches!(
        SignalRecord::read(&value),
        Err(StoreError::Corrupt(_))
    ));
    assert!(matches!(
        Delivery::read(&[1; 30]),
        Err(StoreError::Corrupt(_))
    ));
    assert!(matches!(Reply::read(&[]), Err(StoreError::Corrupt(_))));
}

#[test]
fn questions_keep_their_bytes() {
    let question = Question {
        closed_at: Slot::EMPTY,
        body: QuestionRecord {
            asker_oin: "a".into(),
            asker_desk: "d".into(),
            asked_oin: "b".into(),
            asked_desk: "e".into(),
            agreement_hash: "h".into(),
            clause: "c".into(),
            purpose: "P".into(),
            region: "r".into(),
            necessity: "n".into(),
            informed: "i".into(),
            hour: 5,
            answer_by_ms: 300,
            answered: true,
            lodged: Some(LodgedRecord::default()),
        },
    };
    let body =
        "0a01611201641a01622201652a01683201633a01504201724a016e520169580560ac02680172040a001200";
    let value = stored(&question);
    assert_eq!(hex(&value), format!("{HEAD}{NONE}{body}"));
    assert_eq!(Question::read(&value).unwrap().value, question);
    let closed = Question {
        closed_at: Slot::at_commit(),
        body: QuestionRecord::default(),
    };
    assert_eq!(hex(&stored(&closed)), format!("{HEAD}{FILLED}"));
}
