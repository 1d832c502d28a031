//! `audit mirror`: a whole copy of the log in a folder, which the hub can no longer change or take
//! away.
//!
//! Owns: rounds, what is shown of them, and how one ends. Must not know: which bytes go where, nor
//! which crime it is when the log does not fit.

mod folder;
mod pull;

use super::checkpoint;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{exit, out};
use clap::Args;
use folder::Folder;
use pull::{Pulled, Trouble, pull};
use seinhuis_client::{
    ClientError, Evidence, Incident, LogFolder, SeenCheckpoint, Watched, verify_log,
};
use serde_json::json;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Args)]
pub(crate) struct Mirror {
    /// The copy: `checkpoint` and `tile/` (c2sp.org/tlog-tiles). Made if it is not there.
    folder: PathBuf,
    /// Bring the copy up to date and end; so it does without `--every`, too.
    #[arg(long, conflicts_with = "every")]
    once: bool,
    /// Stay, and bring the copy up to date again after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    every: Option<NonZeroU32>,
}

/// What a round came to.
struct Round {
    seen: SeenCheckpoint,
    before: u64,
    pulled: Pulled,
}

pub(crate) async fn run(args: Mirror, setup: &Setup) -> Result<(), Failure> {
    let folder = Arc::new(Folder::open(&args.folder)?);
    let work = async {
        verify_copy(&folder, setup).await?;
        let Some(every) = args.every else {
            return told(setup, &Box::pin(round(&folder, setup)).await?);
        };
        loop {
            match Box::pin(round(&folder, setup)).await {
                Ok(done) => told(setup, &done)?,
                // The line may be back by the next round; whatever else is wrong stays wrong.
                Err(failure) if failure.exit() == exit::Exit::Unreachable => {
                    exit::report(&failure, setup);
                }
                Err(failure) => return Err(failure),
            }
            tokio::time::sleep(Duration::from_secs(every.get().into())).await;
        }
    };
    tokio::select! {
        done = work => done,
        ended = interrupted() => ended,
    }
}

/// That every byte of the copy is still what its checkpoint signs: before anything is built on it.
async fn verify_copy(folder: &Arc<Folder>, setup: &Setup) -> Result<(), Failure> {
    let keys = Setup::log_keys(&setup.config()?)?;
    let (folder, progress) = (Arc::clone(folder), setup.progress());
    blocking(move || {
        let Some(held) = held(&folder, &keys)? else {
            return Ok(());
        };
        let size = held.checkpoint.size().get();
        let checked = verify_log(&Watched::new(folder.copy(), size, progress), &held);
        checked.map_err(|error| match error {
            ClientError::Untrusted(Incident::Log(evidence)) => Failure::mended(
                format!(
                    "the copy in `{}` is damaged: {}",
                    folder.root().display(),
                    evidence.finding
                ),
                "see to the disk; then remove that file and `checkpoint`, and run this again: what is \
                 still whole is not fetched again",
            ),
            error => error.into(),
        })
    })
    .await
}

/// The checkpoint that the folder is at.
fn held(
    folder: &Folder,
    keys: &seinhuis_client::LogKeys,
) -> Result<Option<SeenCheckpoint>, Failure> {
    let path = folder.root().join("checkpoint");
    // What cannot be looked at is no beginning.
    let there = path.try_exists().map_err(|error| {
        Failure::mended(
            format!("`{}`: {error}", path.display()),
            "may this user read the folder, and is the disk sound?",
        )
    })?;
    if !there {
        return Ok(None);
    }
    folder.copy().checkpoint(keys).map(Some).map_err(|error| {
        let text = format!("`{}`: {error}", folder.root().join("checkpoint").display());
        Failure::mended(
            text,
            "this is a copy of another log, or somebody wrote in it: take another folder, and keep \
             this one as it is",
        )
    })
}

async fn round(folder: &Arc<Folder>, setup: &Setup) -> Result<Round, Failure> {
    // Connected anew each time: certificates and revocation lists may have changed.
    let online = setup.dial().await?;
    let partner = &online.partner;
    let before = held(folder, partner.log_keys())?;
    let seen = match &before {
        Some(_) => Box::pin(partner.checkpoint_beside(&folder.copy())).await?,
        None => Box::pin(partner.checkpoint()).await?,
    };
    let size = before
        .as_ref()
        .map_or(0, |held| held.checkpoint.size().get());
    let (tiles, here, to) = (partner.log_tiles(), Arc::clone(folder), seen.clone());
    let progress = setup.progress();
    let pulled = blocking(move || {
        pull(&tiles, &here, before.as_ref(), &to, &progress)
            .map_err(|trouble| named(trouble, &here, &to))
    });
    Ok(Round {
        pulled: pulled.await?,
        seen,
        before: size,
    })
}

/// Whose fault it is.
fn named(trouble: Trouble, folder: &Folder, to: &SeenCheckpoint) -> Failure {
    match trouble {
        Trouble::Unreachable(detail) => ClientError::Unreachable {
            peer: "hub",
            detail,
        }
        .into(),
        Trouble::Hub(error) => Incident::Log(Box::new(Evidence {
            earlier: String::new(),
            later: to.note.clone(),
            finding: format!("what the hub gives is not what it signed: {error}"),
        }))
        .into(),
        Trouble::Copy(error) => Failure::mended(
            format!(
                "the copy in `{}` is damaged: {error}",
                folder.root().display()
            ),
            "see to the disk, then run this again",
        ),
        Trouble::Disk(error) => Failure::file(folder.root(), &error),
    }
}

fn told(setup: &Setup, round: &Round) -> Result<(), Failure> {
    let size = round.seen.checkpoint.size().get();
    let (fetched, kept) = (round.pulled.fetched, round.pulled.kept);
    let document = json!({
        "checkpoint": checkpoint::document(&round.seen),
        "before_size": round.before,
        "grown_by": size.saturating_sub(round.before),
        "bundles_fetched": fetched,
        "bundles_kept": kept,
    });
    setup.out.show(&document, || {
        let facts = out::facts(&[
            (
                "copied",
                format!("{} entries", size.saturating_sub(round.before)),
            ),
            (
                "root",
                "computed again from every new leaf as it is on the disk: the same".to_owned(),
            ),
        ]);
        format!("{}\n{facts}", checkpoint::words(&round.seen))
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::invalid("the walk over the log was cut short"))?
}

async fn interrupted() -> Result<(), Failure> {
    let unable = |error| Failure::invalid(format!("cannot wait for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

impl Folder {
    /// The copy, to be read.
    fn copy(&self) -> LogFolder {
        LogFolder::new(self.root())
    }
}
