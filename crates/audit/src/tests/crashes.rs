//! What a kill at any moment leaves, and that start-up goes on from it.

use super::*;
use crate::fsck;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs one publication from 250 to 260 entries, killed after `steps` steps; whether it was, and
/// the steps that were done.
async fn killed_after(site: &Site, steps: usize) -> (bool, Vec<Step>) {
    site.publish(&[100, 250]).await;
    let store = site.store();
    let done = Arc::new(Mutex::new(Vec::new()));
    let count = AtomicUsize::new(0);
    let seen = Arc::clone(&done);
    let seam = move |step, _: &Path| {
        // Once dead, always dead.
        if count.fetch_add(1, Ordering::SeqCst) >= steps {
            return Err(io::Error::other("killed"));
        }
        seen.lock().unwrap().push(step);
        Ok(())
    };
    let killed = match site.open_with(&store, seam) {
        Err(_) => true,
        Ok((_, mut publisher)) => {
            commit(&store, 260).await;
            publisher.publish().await.is_err()
        }
    };
    let done = done.lock().unwrap().clone();
    (killed, done)
}

#[tokio::test]
async fn a_kill_after_any_step_is_made_good_by_the_next_start() {
    let mut last = Vec::new();
    for steps in 0.. {
        let site = Site::new();
        let (killed, done) = killed_after(&site, steps).await;

        let store = site.store();
        let (log, mut publisher) = site.open(&store).unwrap();
        let kept = site.kept();
        let shown = log.published_size();
        assert_eq!(kept.last().unwrap().size().get(), shown);
        site.check(shown);
        assert_eq!(
            shown == 260,
            done.contains(&Step::Appended) || kept.len() == 3,
            "{done:?}"
        );

        commit(&store, 600).await;
        publisher.publish().await.unwrap();
        site.check(600);
        assert_eq!(store.tree().unwrap().size, 600);
        assert!(!site.file("tile/0/000.p").exists());
        drop((log, publisher));
        fsck(&site.folder(), ORIGIN, &verifier(), Some(&*store)).unwrap();
        last = done;
        if !killed {
            break;
        }
    }
    for step in [
        Step::Write,
        Step::Written,
        Step::Named,
        Step::FolderSynced,
        Step::Reread,
        Step::Sign,
        Step::Appended,
        Step::Kept,
        Step::Replaced,
        Step::Integrated,
        Step::Shown,
        Step::Pruned,
    ] {
        assert!(last.contains(&step), "{step:?} is not covered");
    }
}

#[tokio::test]
async fn a_checkpoint_that_is_torn_was_never_seen_and_is_made_again() {
    for cut in 1..200 {
        let site = Site::new();
        site.publish(&[5]).await;
        let whole = std::fs::read(site.file("checkpoints/000000")).unwrap();
        let store = site.store();
        {
            let killed = |step, _: &Path| match step {
                Step::Appended => Err(io::Error::other("killed")),
                _ => Ok(()),
            };
            let (_, mut publisher) = site.open_with(&store, killed).unwrap();
            commit(&store, 9).await;
            publisher.publish().await.unwrap_err();
        }
        let path = site.file("checkpoints/000000");
        let mut bytes = std::fs::read(&path).unwrap();
        if whole.len() + cut >= bytes.len() {
            return;
        }
        bytes.truncate(whole.len() + cut);
        std::fs::write(&path, bytes).unwrap();

        let (log, mut publisher) = site.open(&store).unwrap();
        assert_eq!(log.published_size(), 5);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        publisher.publish().await.unwrap();
        site.check(9);
    }
    panic!("a checkpoint is shorter than that");
}

#[tokio::test]
async fn a_file_left_half_written_does_no_harm() {
    let site = Site::new();
    site.publish(&[5]).await;
    std::fs::write(site.file("new"), b"half").unwrap();
    site.publish(&[9]).await;
    site.check(9);
    assert!(!site.file("new").exists());
}
