//! `audit verify`: the whole promise of the log, held against what this partner keeps itself.
//!
//! Online: the log extends what was last verified here, and has every entry one has a receipt of.
//! Offline: a folder's tiles give the root that its checkpoint signs, and have those entries.

use super::{checkpoint, evidence};
use crate::exit::{self, Exit, Failure, tell};
use crate::receipts::{Kept, Receipts};
use crate::setup::Setup;
use crate::{files, mend, out};
use clap::Args;
use seinhuis_client::{
    Caught, ClientError, Incident, LogFolder, LogKeys, SeenCheckpoint, VerifiedProof, Work,
    keep_evidence, twice_promised, verify_log,
};
use seinhuis_merkle::{AuthenticatedTiles, Exhibit, MerkleError, Note, Tree, recompute};
use seinhuis_types::LeafIndex;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A copy of the log: a folder with `checkpoint` and `tile/`. Nothing is connected to.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Fetch every leaf and compute the root again.
    #[arg(long, conflicts_with = "folder")]
    whole: bool,
    /// Leave out the receipts kept.
    #[arg(long)]
    no_receipts: bool,
}

/// What came of it.
struct Verdict {
    seen: SeenCheckpoint,
    /// Size verified before, where there was one.
    before: Option<u64>,
    recomputed: bool,
    /// Receipts whose entry is in the log.
    included: usize,
    /// Receipts of entries that are not under this checkpoint yet.
    later: usize,
    /// Receipts the log does not bear out, and how.
    broken: Vec<String>,
    /// Those of which there is evidence for others.
    crimes: Vec<Caught>,
}

pub(crate) async fn run(args: Verify, setup: &Setup) -> Result<(), Failure> {
    let config = setup.config()?;
    let keys = Setup::log_keys(&config)?;
    let mut broken = Vec::new();
    let kept = if args.no_receipts {
        Vec::new()
    } else {
        receipts(&config.state, &keys, &mut broken)?
    };
    let mut crimes = Vec::new();
    // They come in the order of their indexes.
    for (one, other) in kept.iter().zip(kept.iter().skip(1)) {
        if let Some(caught) = twice_promised(&keys, &config.state, one, other) {
            broken.push(format!("entry {}: promised to two leaves", one.index()));
            crimes.push(caught);
        }
    }
    let mut verdict = match &args.folder {
        Some(folder) => offline(folder, setup, &config.state, &keys, &kept, broken)?,
        None => Box::pin(online(&args, setup, kept, broken)).await?,
    };
    verdict.crimes.extend(crimes);
    told(setup, &verdict)
}

/// Every receipt kept. One that does not verify any more is a finding, not the end.
fn receipts(
    state: &Path,
    keys: &LogKeys,
    broken: &mut Vec<String>,
) -> Result<Vec<VerifiedProof>, Failure> {
    let mut found = Vec::new();
    for path in Receipts::of(state).all()? {
        match Kept::read(&path)?.verify(keys) {
            Ok(proof) => found.push(proof),
            Err(Failure::Client(error)) => broken.push(format!("{}: {error}", path.display())),
            Err(failure) => return Err(failure),
        }
    }
    Ok(found)
}

fn offline(
    folder: &Path,
    setup: &Setup,
    state: &Path,
    keys: &LogKeys,
    kept: &[VerifiedProof],
    mut broken: Vec<String>,
) -> Result<Verdict, Failure> {
    let copy = LogFolder::new(folder);
    let seen = copy.checkpoint(keys)?;
    verify_log(&setup.watched(&copy, &seen), &seen)?;
    let size = seen.checkpoint.size();
    let mut wanted: BTreeMap<u64, Vec<&VerifiedProof>> = BTreeMap::new();
    for proof in kept {
        wanted.entry(proof.index().0).or_default().push(proof);
    }
    let later = wanted.split_off(&size.get()).values().map(Vec::len).sum();
    let mut included = 0_usize;
    let mut others = Vec::new();
    if !wanted.is_empty() {
        let reader = setup.watched(&copy, &seen);
        let walked = recompute(Tree::new(), &reader, size, |index, bytes| {
            for proof in wanted.get(&index.0).into_iter().flatten() {
                if proof.leaf().to_bytes() == bytes {
                    included = included.saturating_add(1);
                } else {
                    others.push(*proof);
                }
            }
        });
        // The folder may have changed since it was verified: the same root, or nothing is believed.
        if !walked.is_ok_and(|tree| tree.root() == *seen.checkpoint.root()) {
            return Err(Failure::invalid(format!(
                "`{}` changed meanwhile",
                folder.display()
            )));
        }
    }
    let mut crimes = Vec::new();
    for proof in others {
        broken.push(format!("entry {}: the log has another leaf", proof.index()));
        crimes.push(omitted(&copy, state, keys, &seen, proof)?);
    }
    Ok(Verdict {
        seen,
        before: None,
        recomputed: true,
        included,
        later,
        broken,
        crimes,
    })
}

/// The evidence that a copy has another leaf than a receipt promises.
fn omitted(
    copy: &LogFolder,
    state: &Path,
    keys: &LogKeys,
    seen: &SeenCheckpoint,
    proof: &VerifiedProof,
) -> Result<Caught, Failure> {
    let jury = keys.jury(&[]);
    let made = || {
        let (size, root) = (seen.checkpoint.size(), seen.checkpoint.root());
        let mut tiles = AuthenticatedTiles::open(copy, size, root)?;
        let there = tiles.leaf(proof.index())?;
        let hashes = tiles.inclusion_proof(proof.index())?;
        let receipt = Note::parse(proof.message().receipt.as_bytes())?;
        let checkpoint = Note::parse(seen.note.as_bytes())?;
        let exhibit = Exhibit::omission(&jury, &receipt, &checkpoint, there, hashes);
        let weight = jury.verify(&exhibit)?.weight();
        Ok::<_, MerkleError>((exhibit, weight))
    };
    let (exhibit, weight) = made().map_err(|error| Failure::invalid(error.to_string()))?;
    Ok(Caught {
        file: Some(keep_evidence(state, &exhibit)?),
        exhibit,
        weight,
    })
}

async fn online(
    args: &Verify,
    setup: &Setup,
    kept: Vec<VerifiedProof>,
    mut broken: Vec<String>,
) -> Result<Verdict, Failure> {
    let online = setup.dial().await?;
    let partner = &online.partner;
    let place = online.config.state.join("verified-checkpoint");
    let earlier = files::read(&place)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (seen, before) = match &earlier {
        Some(note) => {
            let size = SeenCheckpoint::open(partner.log_keys(), note)?
                .checkpoint
                .size()
                .get();
            (Box::pin(partner.consistency(note)).await?, Some(size))
        }
        None => (partner.checkpoint().await?, None),
    };
    let seen = if args.whole {
        Box::pin(partner.verify_whole_log()).await?
    } else {
        seen
    };
    let (mut included, mut later) = (0_usize, 0_usize);
    let mut crimes = Vec::new();
    let mut bad = |index: LeafIndex, incident: Incident| {
        broken.push(format!("entry {index}: {incident}"));
        if let Incident::Crime(caught) = incident {
            crimes.push(*caught);
        }
    };
    let progress = setup.progress();
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    for (done, proof) in (0_u64..).zip(&kept) {
        progress.at(Work::Receipts, done, Some(count(kept.len())));
        if proof.index().0 >= seen.checkpoint.size().get() {
            match partner.holds_to(proof, &seen) {
                Ok(()) => later = later.saturating_add(1),
                Err(ClientError::Untrusted(incident)) => bad(proof.index(), incident),
                Err(error) => return Err(error.into()),
            }
            continue;
        }
        match Box::pin(partner.inclusion(proof)).await {
            Ok(_) => included = included.saturating_add(1),
            Err(ClientError::Untrusted(incident)) => bad(proof.index(), incident),
            Err(error) => return Err(error.into()),
        }
    }
    if broken.is_empty() {
        files::write(&place, seen.note.as_bytes())?;
    }
    Ok(Verdict {
        seen,
        before,
        recomputed: args.whole,
        included,
        later,
        broken,
        crimes,
    })
}

fn told(setup: &Setup, verdict: &Verdict) -> Result<(), Failure> {
    let size = verdict.seen.checkpoint.size().get();
    let grown = verdict.before.map(|before| size.saturating_sub(before));
    let document = json!({
        "valid": verdict.broken.is_empty(),
        "checkpoint": checkpoint::document(&verdict.seen),
        "verified_before_size": verdict.before,
        "grown_by": grown,
        "recomputed": verdict.recomputed,
        "receipts_included": verdict.included,
        "receipts_not_published": verdict.later,
        "broken": verdict.broken,
        "crimes": verdict.crimes.iter().map(evidence::document).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        let yes = |yes: bool, words: &str| if yes { words.to_owned() } else { String::new() };
        let growth = match (verdict.before, grown) {
            (Some(before), Some(grown)) => format!("{grown} entries since {before}, consistent"),
            _ => "nothing was verified here before".to_owned(),
        };
        let facts = out::facts(&[
            (
                "growth",
                yes(!verdict.recomputed || verdict.before.is_some(), &growth),
            ),
            (
                "root",
                yes(
                    verdict.recomputed,
                    "computed again from every leaf: the same",
                ),
            ),
            ("receipts in it", verdict.included.to_string()),
            ("receipts later", verdict.later.to_string()),
            ("receipts broken", verdict.broken.len().to_string()),
        ]);
        format!("{}\n\n{facts}", checkpoint::words(&verdict.seen))
    })?;
    if verdict.broken.is_empty() {
        return Ok(());
    }
    tell(&format!(
        "seinpaal: incident: the log does not bear out what was promised\n  {}\n  to mend it: {}",
        verdict.broken.join("\n  "),
        mend::INCIDENT
    ));
    for caught in &verdict.crimes {
        tell(&exit::crime(caught));
    }
    let gravest = verdict.crimes.iter().min_by_key(|caught| caught.weight);
    Err(Failure::Told(gravest.map_or(Exit::Untrusted, |caught| {
        Exit::Crime(caught.exhibit.crime())
    })))
}
