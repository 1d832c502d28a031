//! The file of the witnessed checkpoint: after a kill, on a full disk, damaged.

use super::*;
use crate::fsck;
use crate::fsck_witnessed;
use std::sync::atomic::{AtomicUsize, Ordering};

const FILE: &str = "checkpoint.witnessed";

/// Whether a step concerns that file.
fn concerns(step: Step, path: &Path) -> bool {
    let named = path.ends_with(FILE) || path.ends_with("new.witnessed");
    named || step == Step::FolderSynced && path.ends_with("log")
}

fn size_of(site: &Site) -> u64 {
    opened(&fs::read(site.file(FILE)).unwrap()).size().get()
}

/// Witnesses 9 entries after 5, with this at work, until the gatherer ends or they are shown.
async fn witness_nine(site: &Site, net: &Arc<Net>, seam: impl Seam) -> Result<(), AuditError> {
    let store = site.store();
    let mut open = site.open_under(&store, net, 1, seam)?;
    open.gatherer.look().await?;
    commit(&store, 9).await;
    open.publisher.publish().await?;
    let log = Arc::clone(&open.log);
    tokio::select! {
        ended = open.gatherer.run(std::future::pending()) => ended,
        () = comes(&log, 9) => Ok(()),
    }
}

#[tokio::test]
async fn a_kill_at_any_step_leaves_the_old_or_the_new_one() {
    let mut all = Vec::new();
    for steps in 0.. {
        let site = Site::new();
        let net = Net::new(1, &site.clock);
        site.publish_witnessed(&net, 1, &[5]).await;
        let (count, seen) = (AtomicUsize::new(0), Arc::new(Mutex::new(Vec::new())));
        let done = Arc::clone(&seen);
        let dies = move |step, path: &Path| {
            if concerns(step, path) {
                done.lock().unwrap().push(step);
                if count.fetch_add(1, Ordering::SeqCst) >= steps {
                    return Err(io::Error::other("killed"));
                }
            }
            Ok(())
        };
        let ended = witness_nine(&site, &net, dies).await;
        if let Err(error) = &ended {
            assert_eq!(error.verdict(), crate::error::Verdict::End, "{error}");
        }
        let before = size_of(&site);
        let seen = seen.lock().unwrap().clone();
        let replaced = seen.contains(&Step::Replaced);
        assert_eq!(before, if replaced { 9 } else { 5 }, "{seen:?}");

        // The next start shows what is there and goes on.
        let store = site.store();
        let open = site.witnessed(&store, &net, 1);
        assert_eq!(open.log.kept.get(), before);
        assert!(open.log.witnessed().is_some());
        drop(open);
        site.publish_witnessed(&net, 1, &[12]).await;
        assert_eq!(size_of(&site), 12);
        assert!(!site.file("new.witnessed").exists());
        let report = fsck(&site.folder(), ORIGIN, &verifier(), Some(&*site.store())).unwrap();
        assert_eq!(report.witnessed, Some(12));
        all = seen;
        if ended.is_ok() {
            break;
        }
    }
    for step in [Step::Write, Step::Written, Step::Replaced] {
        assert!(all.contains(&step), "{step:?} is not covered");
    }
    let replaced = all.iter().position(|step| *step == Step::Replaced).unwrap();
    assert_eq!(all[replaced..], [Step::Replaced, Step::FolderSynced]);
}

#[tokio::test]
async fn a_full_disk_is_tried_again_and_another_error_ends() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    let left = AtomicUsize::new(2);
    let full = move |step, path: &Path| {
        let here = step == Step::Write && path.ends_with("new.witnessed");
        let fails = here
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        if fails {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    };
    witness_nine(&site, &net, full).await.unwrap();
    assert_eq!(size_of(&site), 9);

    let site = Site::new();
    let net = Net::new(1, &site.clock);
    let broken = |step, path: &Path| match step {
        Step::Write if path.ends_with("new.witnessed") => Err(io::Error::other("EIO")),
        _ => Ok(()),
    };
    let error = witness_nine(&site, &net, broken).await.unwrap_err();
    assert!(matches!(error, AuditError::Unknown { .. }), "{error}");
    assert_eq!(error.verdict(), crate::error::Verdict::End);
    assert!(!site.file(FILE).exists());
}

#[tokio::test]
async fn it_never_goes_back() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    site.publish_witnessed(&net, 1, &[5]).await;
    let old =
        crate::journal::Signed::open(&fs::read(site.file(FILE)).unwrap(), &verifier()).unwrap();
    site.publish_witnessed(&net, 1, &[9]).await;
    let kept = seinhuis_merkle::TreeSize::new(9).unwrap();
    let mut keeper =
        crate::witness::Keeper::open(&site.folder(), Arc::new(Seamless), kept).unwrap();
    keeper.keep(&old).unwrap();
    assert_eq!(size_of(&site), 9);
}

#[tokio::test]
async fn what_no_crash_leaves_refuses_the_start_and_is_found() {
    let site = Site::new();
    let net = Net::new(1, &site.clock);
    site.publish_witnessed(&net, 1, &[5]).await;
    let early = site.backup();
    site.publish_witnessed(&net, 1, &[9]).await;
    let good = fs::read_to_string(site.file(FILE)).unwrap();
    let open = |site: &Site| {
        site.open_under(&site.store(), &net, 1, Seamless)
            .map(drop)
            .unwrap_err()
    };
    let findings = |site: &Site| {
        let found = fsck::<Embedded>(&site.folder(), ORIGIN, &verifier(), None).unwrap_err();
        assert!(
            found.iter().any(|finding| finding.what().contains(FILE)),
            "{found:?}"
        );
    };

    fs::write(early.file(FILE), &good).unwrap();
    assert!(matches!(
        open(&early),
        AuditError::WitnessedAhead {
            witnessed: 9,
            published: 5
        }
    ));
    findings(&early);

    for bad in ["", "torn", &good.replace("\n9\n", "\n8\n"), good.trim_end()] {
        fs::write(site.file(FILE), bad).unwrap();
        assert!(
            matches!(open(&site), AuditError::ForeignCheckpoint { .. }),
            "{bad}"
        );
        findings(&site);
    }
    let other = Checkpoint::new(
        KeyName::parse(ORIGIN).unwrap(),
        seinhuis_merkle::TreeSize::new(7).unwrap(),
        Digest([3; 32]),
    );
    let other = other.unwrap().sign(&signer()).unwrap().to_string();
    fs::write(site.file(FILE), other).unwrap();
    assert!(matches!(open(&site), AuditError::Forked { size: 7 }));
    findings(&site);

    // A false cosignature is not shown, and found by who knows the witness's key.
    let line = good.lines().last().unwrap();
    let (head, blob) = line.rsplit_once(' ').unwrap();
    let swapped: String = blob
        .chars()
        .enumerate()
        .map(|(at, c)| {
            if at == 40 {
                if c == 'A' { 'B' } else { 'A' }
            } else {
                c
            }
        })
        .collect();
    fs::write(
        site.file(FILE),
        good.replace(line, &format!("{head} {swapped}")),
    )
    .unwrap();
    let store = site.store();
    assert_eq!(site.witnessed(&store, &net, 1).log.witnessed(), None);
    assert!(fsck_witnessed(&site.folder(), &net.policy(1)).is_err());

    fs::write(site.file(FILE), &good).unwrap();
    let by = fsck_witnessed(&site.folder(), &net.policy(1))
        .unwrap()
        .unwrap();
    assert_eq!((by.names, by.quorum), (vec!["w1".to_owned()], true));
    assert!(site.witnessed(&store, &net, 1).log.witnessed().is_some());
}
