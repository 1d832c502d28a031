//! A withdrawal of consent and a release, or a publication, at the same moment: after the withdrawal's
//! entry nothing is released.

use super::{chain, desk, ground, inbox, plan, reasons, record, send, withdraw};
use crate::local::{Local, Settings};
use crate::run;
use seinhuis_client::Item;
use seinhuis_store::{Snapshot, Store};

#[test]
fn a_withdrawal_of_consent_wins_the_race_from_a_release_decided_before_it() {
    run(async {
        let (mut chain, to) = chain().await;
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let record = record();
        let sent = send(&chain, &to, &record)
            .await
            .unwrap()
            .permitted()
            .unwrap();
        let mut release = local.gate.hold("release");
        let mut stream = inbox(&chain);
        let withdrawn = async {
            release.reached().await;
            let done = withdraw(&chain, &record).await;
            assert_eq!((done.len(), done[0].told.clone()), (1, None));
            release.go();
        };
        let (item, ()) = tokio::join!(stream.next(), withdrawn);
        match item.unwrap() {
            Item::Tombstone(id) => assert_eq!(Some(id), sent.delivery),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_withdrawal_of_consent_wins_the_race_from_a_publication_decided_before_it() {
    run(async {
        let (mut chain, to) = chain().await;
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        let record = record();
        let vt = chain.partner("veilig-thuis");
        let (signal, desk, ground) = (plan(), desk(), ground(&record));
        let mut publish = local.gate.hold("publish");
        let sending = vt.signal(&desk, &signal).to(to).on_consent(&ground);
        let withdrawn = async {
            publish.reached().await;
            assert_eq!(withdraw(&chain, &record).await.len(), 1);
            publish.go();
        };
        let (sent, ()) = tokio::join!(sending.send(), withdrawn);
        let sent = sent.unwrap();
        assert!(!sent[0].permitted);
        assert_eq!(reasons(&sent[0]), ["CONSENT_NEEDED"]);
        let held = local.gate.snapshot().unwrap().deliveries(None, 2).unwrap();
        assert!(held.is_empty(), "nothing waits");
    });
}

/// Released and taken back at once, over and over: whichever entry is first, no release comes after the
/// withdrawal, and who was released something is told.
#[test]
fn nothing_is_released_after_the_entry_of_a_withdrawal() {
    run(async {
        let (mut chain, to) = chain().await;
        let mut local = Local::replace(&mut chain, Settings::default()).await;
        drop(local.publish());
        for _ in 0..8 {
            let record = record();
            let sent = send(&chain, &to, &record)
                .await
                .unwrap()
                .permitted()
                .unwrap();
            let id = sent.delivery.unwrap();
            let mut stream = inbox(&chain);
            let until_this = async {
                loop {
                    match stream.next().await.unwrap() {
                        Item::Delivery(opened) if opened.id == id => return true,
                        Item::Tombstone(found) if found == id => return false,
                        _ => {}
                    }
                }
            };
            let (arrived, done) = tokio::join!(until_this, withdraw(&chain, &record));
            let withdrawn = done[0].proof.index();
            let snapshot = local.gate.snapshot().unwrap();
            let delivery = snapshot.delivery(id).unwrap().value.unwrap();
            let released = delivery.first_release.get();
            assert!(arrived || done[0].told.is_some() == released.is_some());
            assert!(
                released.is_none_or(|index| index < withdrawn),
                "{released:?}"
            );
            assert_eq!(done[0].told.is_some(), released.is_some());
            assert!(snapshot.payload(id).unwrap().value.is_none());
        }
    });
}
