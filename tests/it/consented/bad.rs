//! Consent that is none: each mistake by its own code.

use super::{CLAUSE, chain, code, desk, ground, inbox, plan, reasons, record, source, taken_back};
use crate::call::begun;
use crate::local::{Local, Settings};
use crate::run;
use seinhuis_client::{Item, Signal, Subject, To};
use seinhuis_domain::signal::{ConsentCited, Regime, encode_source};
use seinhuis_proto::v1;
use seinhuis_proto::v1::consent_service_client::ConsentServiceClient;
use seinhuis_store::Store;
use seinhuis_tests::{Chain, Raw, reason, story};
use seinhuis_types::{Clock, ConsentHandle, LeafIndex, ManualClock, Millis, Revision, SystemClock};
use std::sync::Arc;
use tonic::transport::Channel;

pub(super) async fn consents(chain: &Chain, name: &str) -> ConsentServiceClient<Channel> {
    let port = chain.sandbox.hub_port();
    ConsentServiceClient::new(Raw::connect(&chain.sandbox, name, port).await.unwrap())
}

fn slip() -> Option<v1::Slip> {
    Some(v1::Slip {
        nonce: rand::random::<[u8; 16]>().to_vec(),
        tags: vec![3; 192],
        chain: Vec::new(),
    })
}

fn act() -> v1::ConsentAct {
    v1::ConsentAct {
        age_rule: "avg-consent".into(),
        age_band: "18-plus".into(),
        capable: true,
        by: vec!["subject".into()],
        evidence_level: "signed".into(),
        evidence: vec![9; 32],
        notice_version: 3,
    }
}

fn child(by: &str) -> v1::ConsentAct {
    v1::ConsentAct {
        age_band: "0-11".into(),
        by: vec![by.to_owned()],
        ..act()
    }
}

fn of_law(rule: &str) -> v1::ConsentAct {
    v1::ConsentAct {
        age_rule: rule.to_owned(),
        ..act()
    }
}

pub(super) fn registration(to: &To, now: Millis) -> v1::RegisterConsentRequest {
    v1::RegisterConsentRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        consent_id: rand::random::<[u8; 16]>().to_vec(),
        agreement_hash: to.agreement.to_string(),
        clause_id: to.clause.to_string(),
        acts: vec![act()],
        from_hour: now.hour().0,
        until_hour: now.hour().0 + 24,
        no_representative_is_a_suspect: false,
        source_leaf: encode_source(&source()),
        slip: slip(),
    }
}

fn withdrawal(consent: &[u8], acts: Vec<v1::ConsentAct>) -> v1::WithdrawConsentRequest {
    v1::WithdrawConsentRequest {
        idempotency_key: rand::random::<[u8; 16]>().to_vec(),
        consent_id: consent.to_vec(),
        acts,
        no_representative_is_a_suspect: false,
        source_leaf: encode_source(&source()),
        slip: slip(),
    }
}

type Change = fn(&mut v1::RegisterConsentRequest);

const CASES: [(&str, Change); 13] = [
    ("CONSENT_NOT_TAKEN", |m| {
        m.clause_id = "vt-rvdk-request".into();
    }),
    ("CONSENT_NOT_TAKEN", |m| m.clause_id = "none-such".into()),
    ("CONSENT_AGE", |m| m.acts = vec![child("subject")]),
    // A rule of another law than the clause's basis stands on, and none at all.
    ("CONSENT_AGE", |m| m.acts[0].age_rule = "wmo-consent".into()),
    ("CONSENT_AGE", |m| {
        m.acts[0].age_rule = "no-such-rule".into()
    }),
    ("CONSENT_NOT_ATTESTED", |m| m.acts = vec![child("parent")]),
    ("CONSENT_TERM", |m| m.until_hour = m.from_hour),
    ("CONSENT_TERM", |m| m.until_hour = m.from_hour + 31 * 24 + 1),
    ("CONSENT_TERM", |m| {
        (m.from_hour, m.until_hour) = (m.from_hour - 9, m.from_hour - 1);
    }),
    ("MESSAGE_INVALID", |m| {
        m.acts = vec![child("judge")];
        m.acts[0].evidence_level = "oral".into();
    }),
    ("MESSAGE_INVALID", |m| m.acts.clear()),
    ("MESSAGE_INVALID", |m| m.source_leaf.clear()),
    ("AGREEMENT_NOT_FOUND", |m| {
        m.agreement_hash = format!("$1$1${}", "A".repeat(86));
    }),
];

#[test]
fn a_registration_that_is_none_is_refused_by_its_code() {
    run(async {
        let (chain, to) = chain().await;
        let mut client = consents(&chain, "veilig-thuis").await;
        for (expected, change) in CASES {
            let mut message = registration(&to, SystemClock.now());
            change(&mut message);
            let status = client.register_consent(message).await.unwrap_err();
            assert_eq!(reason(&status), expected, "{}", status.message());
        }
        // With the attestation a parent gives it for a child, and a handle is used once.
        let mut message = registration(&to, SystemClock.now());
        message.acts = vec![child("parent")];
        message.no_representative_is_a_suspect = true;
        let id = message.consent_id.clone();
        let first = client.register_consent(message.clone()).await.unwrap();
        // The same call again is the same registration.
        let again = client.register_consent(message).await.unwrap();
        assert_eq!(first.into_inner().revision, again.into_inner().revision);
        let mut other = registration(&to, SystemClock.now());
        other.consent_id.clone_from(&id);
        let status = client.register_consent(other).await.unwrap_err();
        assert_eq!(reason(&status), "MESSAGE_INVALID");

        // Another organisation's is as unknown as none.
        let mut police = consents(&chain, "politie").await;
        for found in [id.clone(), vec![5; 16]] {
            let asked = v1::GetConsentRequest {
                consent_id: found.clone(),
            };
            let status = police.get_consent(asked).await.unwrap_err();
            assert_eq!(reason(&status), "CONSENT_NOT_FOUND");
            let back = withdrawal(&found, Vec::new());
            let status = police.withdraw_consent(back).await.unwrap_err();
            assert_eq!(reason(&status), "CONSENT_NOT_FOUND");
        }
        // Who may not give it takes nothing back either; and it is taken back once.
        for (acts, expected) in [
            (vec![child("parent")], "CONSENT_NOT_ATTESTED"),
            (vec![child("subject")], "CONSENT_AGE"),
            // Under the law it was given under, and every act so.
            (vec![of_law("wmo-consent")], "CONSENT_AGE"),
            (vec![act(), of_law("jeugdwet-consent")], "CONSENT_AGE"),
        ] {
            let back = withdrawal(&id, acts);
            let status = client.withdraw_consent(back).await.unwrap_err();
            assert_eq!(reason(&status), expected);
        }
        // Nothing of these took it back: one of the law it was given under does.
        let back = withdrawal(&id, vec![of_law("avg-withdraw")]);
        client.withdraw_consent(back).await.unwrap();
        let back = withdrawal(&id, Vec::new());
        let status = client.withdraw_consent(back).await.unwrap_err();
        assert_eq!(reason(&status), "CONSENT_WITHDRAWN");
    });
}

/// What a statutory clause carries.
fn statutory() -> Signal {
    begun("VT_VTO", "P-PROTECT", Regime::Avg, "protection-task")
        .field("urgent", "yes")
        .field("parents_informed", "yes")
        .field("severity", "S3")
        .subject(Subject::number(story::ADULT, "parent", "18-plus").unwrap())
        .finish()
        .unwrap()
}

#[test]
fn a_consent_is_cited_once_as_it_was_registered_by_its_own_registrant() {
    run(async {
        let (chain, to) = chain().await;
        let vt = chain.partner("veilig-thuis");
        let (signal, desk, ground) = (plan(), desk(), ground(&record()));
        let cited = vt.register_consent(&desk, &to, &signal, &ground).await;
        let cited = cited.unwrap().unwrap();
        let cite = async |cited: ConsentCited, to: &To, signal: &Signal| {
            let sending = vt.signal(&desk, signal).to(to.clone()).citing(cited);
            sending.send().await.map(|mut sent| sent.remove(0))
        };
        let unknown = ConsentCited {
            handle: ConsentHandle([5; 16]),
            ..cited
        };
        let status = cite(unknown, &to, &signal).await.unwrap_err();
        assert_eq!(code(&status), "CONSENT_NOT_FOUND");
        let other = ConsentCited {
            revision: Revision(cited.revision.0 + 1),
            ..cited
        };
        let status = cite(other, &to, &signal).await.unwrap_err();
        assert_eq!(code(&status), "CONSENT_REVISION");

        // Under another clause on consent it does not stand, and a statutory one takes none.
        let second = CLAUSE.replace("vt-rvdk-plan", "vt-rvdk-other");
        let change = |text: String| text.replace("version = 2\n", "version = 3\n") + &second;
        let elsewhere = To {
            agreement: chain.agree(change).await.unwrap(),
            clause: "vt-rvdk-other".parse().unwrap(),
            ..to.clone()
        };
        let sent = cite(cited, &elsewhere, &signal).await.unwrap();
        assert_eq!(reasons(&sent), ["CONSENT_NEEDED"]);
        let to_statutory = chain.to("rvdk", "vt-rvdk-request");
        let sent = cite(cited, &to_statutory, &statutory()).await.unwrap();
        assert_eq!(reasons(&sent), ["CONSENT_NOT_TAKEN"]);

        // Refused it was not cited: now it is, and then no more.
        assert!(cite(cited, &to, &signal).await.unwrap().permitted);
        let status = cite(cited, &to, &signal).await.unwrap_err();
        assert_eq!(code(&status), "CONSENT_CITED");
    });
}

#[test]
fn a_consent_that_was_taken_back_carries_no_signal() {
    run(async {
        let (chain, to) = chain().await;
        let vt = chain.partner("veilig-thuis");
        let record = record();
        let (signal, desk, ground) = (plan(), desk(), ground(&record));
        let cited = vt.register_consent(&desk, &to, &signal, &ground).await;
        let cited = cited.unwrap().unwrap();
        let done = vt.withdraw_consent(&taken_back(&record), &source()).await;
        assert_eq!(done.unwrap().len(), 1);
        let sending = vt.signal(&desk, &signal).to(to).citing(cited);
        let sent = sending.send().await.unwrap();
        // Decided, with an entry, and by the one word for all that fails.
        assert_eq!(reasons(&sent[0]), ["CONSENT_NEEDED"]);
    });
}

#[test]
fn a_consent_that_has_ended_carries_no_signal_and_no_release() {
    run(async {
        let (mut chain, to) = chain().await;
        let clock = ManualClock::at(SystemClock.now());
        let settings = Settings {
            clock: Arc::new(clock.clone()),
            ..Settings::default()
        };
        let mut local = Local::replace(&mut chain, settings).await;
        clock.advance(local.gate.now().0 - clock.now().0);
        drop(local.publish());
        let mut client = consents(&chain, "veilig-thuis").await;
        let vt = chain.partner("veilig-thuis");
        let (signal, desk) = (plan(), desk());
        let mut cited = Vec::new();
        for _ in 0..2 {
            let mut message = registration(&to, clock.now());
            message.until_hour = message.from_hour + 2;
            let handle = ConsentHandle::from_slice(&message.consent_id).unwrap();
            let reply = client.register_consent(message).await.unwrap().into_inner();
            cited.push(ConsentCited {
                handle,
                revision: Revision(reply.revision),
            });
        }
        let send = async |cited| {
            let sending = vt.signal(&desk, &signal).to(to.clone()).citing(cited);
            sending.send().await.unwrap().remove(0)
        };
        let waits = send(cited[0]).await.permitted().unwrap();
        let last = LeafIndex(local.gate.next_index().0 - 1);
        local.log.wait_published(last).await.unwrap();
        let at = clock.now().plus(2 * Millis::HOUR);
        while local.log.lag_ms(at) > 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(2 * Millis::HOUR);
        assert_eq!(reasons(&send(cited[1]).await), ["CONSENT_EXPIRED"]);
        match inbox(&chain).next().await.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), waits.delivery),
            other => panic!("{other:?}"),
        }
    });
}
