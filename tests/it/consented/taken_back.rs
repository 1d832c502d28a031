//! Consent that was taken back, whatever a copy of its record says: nothing is registered on it any more; and
//! what was wrong with giving it does not stop taking it back.

use super::each_person::of_child;
use super::{chain, child, desk, ground, plan_about, record, send, source, taken_back, withdraw};
use crate::run;
use seinhuis_client::To;
use seinhuis_domain::consent::{
    Actor, ActorRole, AgeBand, ConsentRecord, ConsentState, EvidenceLevel,
};
use seinhuis_proto::v1;
use seinhuis_tests::Chain;
use seinhuis_types::{Clock, SystemClock};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

/// That nothing goes on the record, and no handle is registered on it.
async fn carries_nothing(chain: &Chain, to: &To, record: &ConsentRecord) {
    let vt = chain.partner("veilig-thuis");
    let before = vt.consent_status(record).await.unwrap().len();
    assert!(record.stands(SystemClock.now()), "by the record it stands");
    let told = send(chain, to, record).await.unwrap_err().to_string();
    assert!(told.contains("was taken back on this system"), "{told}");
    assert!(told.contains("is a new record"), "{told}");
    let after = vt.consent_status(record).await.unwrap();
    assert_eq!(after.len(), before, "no handle more");
}

#[test]
fn what_its_registrant_ended_is_not_sent_on_although_the_record_says_given() {
    run(async {
        let (chain, to) = chain().await;
        let vt = chain.partner("veilig-thuis");
        let mistaken = record();
        assert!(send(&chain, &to, &mistaken).await.unwrap().permitted);
        // No act takes it back: it was registered by mistake.
        let done = vt.withdraw_consent(&mistaken, &source()).await.unwrap();
        assert_eq!(done.len(), 1);
        carries_nothing(&chain, &to, &mistaken).await;
        // The same of what was never sent on here: another system may have been the one that did.
        let unused = record();
        let done = vt.withdraw_consent(&unused, &source()).await.unwrap();
        assert!(done.is_empty());
        carries_nothing(&chain, &to, &unused).await;
        // What is given again is another record, of the same person.
        let anew = record();
        assert_eq!(anew.subject, mistaken.subject);
        assert!(send(&chain, &to, &anew).await.unwrap().permitted);
    });
}

#[test]
fn an_older_copy_of_a_record_that_was_taken_back_sends_nothing() {
    run(async {
        let (chain, to) = chain().await;
        let older = record();
        assert!(send(&chain, &to, &older).await.unwrap().permitted);
        // By an act, which the copy does not have.
        assert_eq!(withdraw(&chain, &older).await.len(), 1);
        carries_nothing(&chain, &to, &older).await;
        let told = send(&chain, &to, &taken_back(&older)).await.unwrap_err();
        assert!(told.to_string().contains("does not stand"), "{told}");
    });
}

/// The file of a record's handles, and the one that is locked for it.
fn ledger(chain: &Chain, record: &ConsentRecord) -> (PathBuf, PathBuf) {
    let config = chain.sandbox.partner_config("veilig-thuis");
    let folder = config.with_file_name("state").join("consents");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(record.id.to_string());
    let lock = file.with_extension("lock");
    (file, lock)
}

/// Whether a lock of this process is waited for by the process itself.
fn somebody_waits() -> bool {
    let own = std::process::id().to_string();
    let locks = fs::read_to_string("/proc/locks").unwrap();
    let mut waiting = locks.lines().filter(|line| line.contains("->"));
    waiting.any(|line| line.split_ascii_whitespace().any(|word| word == own))
}

#[test]
fn a_sending_that_waits_for_a_withdrawal_registers_nothing() {
    run(async {
        let (chain, to) = chain().await;
        let record = record();
        let (file, lock) = ledger(&chain, &record);
        let new = || {
            let mut options = OpenOptions::new();
            options.create(true).append(true).clone()
        };
        // Another process of this system, that takes the record back: it has the file in hand.
        let held = new().open(&lock).unwrap();
        held.lock().unwrap();
        let mut sending = Box::pin(send(&chain, &to, &record));
        while !somebody_waits() {
            tokio::select! {
                biased;
                done = &mut sending => panic!("it did not wait: {done:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
        let mut withdrawing = new().open(&file).unwrap();
        withdrawing.write_all(b"withdrawn\n").unwrap();
        drop(held);
        let told = sending.await.unwrap_err().to_string();
        assert!(told.contains("was taken back on this system"), "{told}");
        assert_eq!(fs::read(&file).unwrap(), b"withdrawn\n", "no handle");
    });
}

#[test]
fn a_suspect_who_gave_it_does_not_keep_in_force_what_the_child_takes_back() {
    run(async {
        let (chain, to) = chain().await;
        let (vt, desk) = (chain.partner("veilig-thuis"), desk());
        let given = of_child(AgeBand::From12);
        let (plan, ground) = (plan_about([child("12-15")]), ground(&given));
        let sending = vt.signal(&desk, &plan).to(to).on_consent(&ground);
        assert!(sending.send().await.unwrap()[0].permitted);

        // The parent turns out to be a suspect: nobody attests any more that none is.
        let mut found = given.clone();
        found.acts[0].by[0].suspect = true;
        found.attested = false;
        let back_by = |actor: Actor| {
            let mut back = found.clone();
            let mut act = back.acts[0].clone();
            (act.state, act.at) = (ConsentState::Withdrawn, SystemClock.now());
            (act.by, act.evidence.level) = (vec![actor], EvidenceLevel::Oral);
            back.acts.push(act);
            back
        };
        let suspect = back_by(found.acts[0].by[0].clone());
        let told = vt.withdraw_consent(&suspect, &source()).await.unwrap_err();
        assert!(told.to_string().contains("CONSENT_CONFLICT"), "{told}");
        let list = vt.consent_status(&given).await.unwrap();
        assert_eq!(list[0].standing, Some(v1::ConsentStanding::Stands));

        let own = back_by(Actor {
            role: ActorRole::Subject,
            authority: None,
            suspect: false,
        });
        let fault = own.check().unwrap_err();
        assert_eq!(fault.code(), "CONSENT_CONFLICT", "it is no good record");
        let done = vt.withdraw_consent(&own, &source()).await.unwrap();
        assert_eq!(done.len(), 1);
        let part = done[0].proof.provider().unwrap().consent.unwrap();
        assert_eq!(part.acts[0].by, ["subject"]);
        let list = vt.consent_status(&given).await.unwrap();
        assert_eq!(list[0].standing, Some(v1::ConsentStanding::Withdrawn));
    });
}
