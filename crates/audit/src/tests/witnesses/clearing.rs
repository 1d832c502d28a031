//! Nothing is signed before a quorum said what it last saw, and never after it saw what is not here.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

#[tokio::test]
async fn nothing_is_signed_before_a_quorum_answered() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    let store = site.store();
    commit(&store, 5).await;
    let mut open = site.witnessed(&store, &net, 2);
    open.publisher.publish().await.unwrap();
    net.mood(1, Mood::Dead);
    net.mood(2, Mood::Status(500));
    assert!(!open.gatherer.look().await.unwrap());
    open.publisher.publish().await.unwrap();
    assert!(site.kept().is_empty());
    assert!(!site.file("tile").exists(), "something was written");
    assert!(matches!(
        open.log.checkpoint(),
        Err(AuditError::NoCheckpoint)
    ));
    assert!(open.log.stopped().is_none());

    net.mood(2, Mood::Honest);
    assert!(open.gatherer.look().await.unwrap());
    open.publisher.publish().await.unwrap();
    site.check(5);
}

#[tokio::test]
async fn a_running_gatherer_keeps_asking_until_a_quorum_is_back() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    net.mood(1, Mood::Dead);
    let store = site.store();
    let open = site.witnessed(&store, &net, 1);
    let gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    let publishing = tokio::spawn(open.publisher.run(std::future::pending()));
    commit(&store, 3).await;
    net.mood(1, Mood::Honest);
    comes(&open.log, 3).await;
    assert_eq!(net.saw(1), Some(3));
    assert!(!gathering.is_finished() && !publishing.is_finished());
}

#[tokio::test]
async fn a_log_without_a_quorum_waits_for_nobody() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    net.mood(1, Mood::Dead);
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 0);
    commit(&store, 5).await;
    open.publisher.publish().await.unwrap();
    site.check(5);
    assert!(open.log.public_checkpoint().is_ok());
}

/// That `site`, which a witness saw further or otherwise, signs nothing and says why.
async fn refused(site: &Site, net: &Arc<Net>, quorum: usize) -> AuditError {
    let before = site.kept();
    let store = site.store();
    let mut open = site.witnessed(&store, net, quorum);
    commit(&store, store.next_index().0 + 3).await;
    let error = open.gatherer.look().await.unwrap_err();
    assert_eq!(open.log.stopped().as_deref(), Some(&*error.to_string()));
    open.publisher.publish().await.unwrap();
    assert_eq!(site.kept(), before, "something was signed");
    // Whatever the witnesses say later: it takes a new start.
    for number in 1..=3 {
        net.mood(number, Mood::Status(404));
    }
    assert!(open.gatherer.look().await.is_ok());
    open.publisher.publish().await.unwrap();
    assert_eq!(site.kept(), before, "something was signed");
    for number in 1..=3 {
        net.mood(number, Mood::Honest);
    }
    error
}

#[tokio::test]
async fn a_restored_backup_is_refused_before_anything_is_signed() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 2, &[5]).await;
    let backup = site.backup();
    site.publish_witnessed(&net, 2, &[9]).await;
    // One saw it, the others do not even answer.
    let (saw, others): (Vec<u8>, Vec<u8>) = (1..=3).partition(|number| net.saw(*number) == Some(9));
    for number in saw.iter().skip(1).chain(&others) {
        net.mood(*number, Mood::Dead);
    }
    let error = refused(&backup, &net, 2).await;
    assert!(
        matches!(
            &error,
            AuditError::SetBack {
                seen: 9,
                published: 5,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        error.to_string().contains("put back a newer copy"),
        "{error}"
    );
    assert_eq!(opened(&evidence(&backup, "witness.note")).size().get(), 9);
    assert_eq!(opened(&evidence(&backup, "own.note")).size().get(), 5);
    // What was set back is what it was: it can still be compared.
    backup.check(5);
    // The newer copy goes on.
    site.publish_witnessed(&net, 2, &[12]).await;
}

#[tokio::test]
async fn a_backup_of_before_the_first_checkpoint_is_refused() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    let backup = site.backup();
    site.publish_witnessed(&net, 2, &[5]).await;
    let error = refused(&backup, &net, 2).await;
    assert!(
        matches!(
            error,
            AuditError::SetBack {
                seen: 5,
                published: 0,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_witness_shows_may_be_old_and_opens_nothing() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 3, &[5]).await;
    let backup = site.backup();
    site.publish_witnessed(&net, 3, &[9]).await;
    for number in 1..=3 {
        net.mood(number, Mood::Cached);
    }
    // What they show fits the copy; what they saw since then, they will not cosign under.
    let store = backup.store();
    let opened = backup.witnessed(&store, &net, 3).gatherer.look().await;
    assert!(!opened.unwrap());
    drop(store);
    backup.check(5);
    // The log as it should be goes on.
    let store = site.store();
    assert!(
        site.witnessed(&store, &net, 3)
            .gatherer
            .look()
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_witness_that_shows_nothing_tells_by_its_refusal_how_far_it_was() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 3, &[5]).await;
    let backup = site.backup();
    site.publish_witnessed(&net, 3, &[9]).await;
    for number in 1..=3 {
        net.mood(number, Mood::ShowsNothing);
    }
    // The log as it should be goes on.
    let store = site.store();
    assert!(
        site.witnessed(&store, &net, 3)
            .gatherer
            .look()
            .await
            .unwrap()
    );
    drop(store);

    let error = refused(&backup, &net, 3).await;
    assert!(
        matches!(
            error,
            AuditError::SetBack {
                seen: 9,
                published: 5,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(evidence(&backup, "witness.size"), b"9\n");
}

#[tokio::test]
async fn what_a_witness_did_not_sign_is_no_answer_and_still_shows_a_rollback() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    site.publish_witnessed(&net, 1, &[5]).await;
    let backup = site.backup();
    site.publish_witnessed(&net, 1, &[9]).await;
    net.mood(1, Mood::ShowsBare);
    let store = site.store();
    let mut open = site.witnessed(&store, &net, 1);
    assert!(!open.gatherer.look().await.unwrap());
    assert_eq!(*open.counted.lock().unwrap(), ["answer malformed"]);
    drop(open);
    let store = backup.store();
    let mut open = backup.witnessed(&store, &net, 1);
    let error = open.gatherer.look().await.unwrap_err();
    assert!(
        matches!(error, AuditError::SetBack { seen: 9, .. }),
        "{error}"
    );
}

/// A log of the same key with other entries from `from` on.
async fn other_history(from: u64, size: u64) -> Site {
    let site = Site::new();
    let store = site.store();
    commit(&store, from).await;
    for index in from..size {
        let entry = Entry::new(leaf(index + 1_000), Vec::new());
        store.commit(ChangeSet::new("test", entry)).await.unwrap();
    }
    let (_, mut publisher) = site.open_unlocked(&store);
    publisher.publish().await.unwrap();
    site
}

#[tokio::test]
async fn another_history_is_refused_at_the_same_size_and_above() {
    for size in [9, 12, 300] {
        let site = Site::new();
        let net = Net::new(3, &site.clock);
        site.publish_witnessed(&net, 2, &[9]).await;
        let other = other_history(7, size).await;
        let error = refused(&other, &net, 2).await;
        assert!(
            matches!(error, AuditError::OtherHistory { size: 9, .. }),
            "{size}: {error}"
        );
        let shown = opened(&evidence(&other, "witness.note"));
        assert_eq!(*shown.root(), root(9));
        assert_eq!(opened(&evidence(&other, "own.note")).size().get(), size);
    }
}

#[tokio::test]
async fn who_is_set_back_while_it_runs_signs_no_more() {
    let site = Site::new();
    let net = Net::new(3, &site.clock);
    site.publish_witnessed(&net, 3, &[5]).await;
    let copy = site.backup();
    let store = copy.store();
    let mut open = copy.witnessed(&store, &net, 3);
    assert!(open.gatherer.look().await.unwrap());
    // Meanwhile the other goes on.
    site.publish_witnessed(&net, 3, &[9]).await;
    let gathering = tokio::spawn(open.gatherer.run(std::future::pending()));
    let ended = tokio::time::timeout(COMES, gathering).await;
    let error = ended.expect("it goes on").unwrap().unwrap_err();
    assert!(
        matches!(
            error,
            AuditError::SetBack {
                seen: 9,
                published: 5,
                ..
            }
        ),
        "{error}"
    );
    commit(&store, 8).await;
    open.publisher.publish().await.unwrap();
    copy.check(5);
    assert_eq!(open.log.stopped().as_deref(), Some(&*error.to_string()));
}

#[tokio::test]
async fn what_is_shut_while_a_round_is_under_way_is_not_signed() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    let store = site.store();
    let (reached, log) = (
        AtomicBool::new(false),
        Arc::new(std::sync::OnceLock::<Arc<Log<Embedded>>>::new()),
    );
    let gate = Arc::clone(&log);
    let shuts = move |step, _: &Path| {
        if step == Step::Reread && !reached.swap(true, Ordering::SeqCst) {
            gate.get().unwrap().gate.shut();
        }
        Ok(())
    };
    let mut open = site.open_under(&store, &net, 1, shuts).unwrap();
    assert!(log.set(Arc::clone(&open.log)).is_ok());
    assert!(open.gatherer.look().await.unwrap());
    commit(&store, 5).await;
    open.publisher.publish().await.unwrap();
    assert!(site.kept().is_empty());
}
