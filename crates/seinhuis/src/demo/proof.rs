//! The last part: what the log proves, to whom.

use super::cast::Actor;
use super::stage::Stage;
use super::story::HOUSEHOLD;
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{Opened, verify_receipt};
use seinhuis_domain::entry::SubjectValue;
use seinhuis_proto::v1;
use seinhuis_types::LeafIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How often, and how long apart, a checkpoint is asked for: 5 s in all, when the hub would alarm.
const ASKS: u32 = 50;
const APART: Duration = Duration::from_millis(100);

/// The privacy officer of Veilig Thuis looks for the household.
pub(super) async fn scan(stage: &mut Stage, report: &Opened) -> Step<()> {
    stage.tell.part("The log");
    let last = stage
        .all()
        .iter()
        .flat_map(|actor| actor.tagged.iter().copied())
        .max();
    published(&stage.vt, last.unwrap_or_default()).await?;
    stage.tell.step(
        "The privacy officer (functionaris gegevensbescherming) of Veilig Thuis recomputes the whole log \
         and scans it for the three with Veilig Thuis's own tag key. The hub is not told who is looked for.",
    );
    let vt_hits = hits(&stage.vt, &everything_vt_knows(report)?).await?;
    let entries = vt_hits.under.checkpoint.size().get();
    let mine: BTreeSet<LeafIndex> = vt_hits.hits.iter().map(|hit| hit.index).collect();
    let sent_or_opened: BTreeSet<LeafIndex> = stage.vt.tagged.iter().copied().collect();
    ensure(
        sent_or_opened.is_subset(&mine),
        "an entry of Veilig Thuis was not found",
    )?;
    let own_oin = stage.vt.partner.oin().to_string();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for index in &mine {
        let entry = stage.vt.partner.entry(*index).await?;
        ensure(
            entry.proven && entry.is_own(),
            "an entry found is not Veilig Thuis's own",
        )?;
        let party = entry
            .shared()
            .is_none_or(|shared| shared.source_oin == own_oin || shared.recipient_oin == own_oin);
        ensure(party, "an entry found is between others")?;
        let act = entry.outcome().map(|outcome| outcome.act());
        let kind = match act {
            Some(v1::Act::Publish) => "sent",
            Some(v1::Act::Ask) => "asked",
            Some(v1::Act::Release) => "released",
            Some(v1::Act::Acknowledge) => "acknowledged",
            Some(v1::Act::Consent) => "of consent",
            Some(v1::Act::Convert) => "converted for itself",
            other => return Err(Broken(format!("an entry found is of act {other:?}"))),
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let kinds: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    stage.tell.ok(&format!(
        "of {entries} entries {} are Veilig Thuis's own about these people: {}. Each is proven to be in \
         the log.",
        mine.len(),
        kinds.join(", ")
    ));
    let read = entries.saturating_add(u64::try_from(mine.len())?);
    published(&stage.vt, LeafIndex(read.saturating_sub(1))).await?;
    let theirs = hits(&stage.politie, &numbers()?).await?;
    let theirs: BTreeSet<LeafIndex> = theirs.hits.iter().map(|hit| hit.index).collect();
    ensure(
        !theirs.is_empty() && theirs.is_disjoint(&mine),
        "two partners found one entry",
    )?;
    stage.tell.ok(&format!(
        "Politie, looking for the same three numbers with its own tag key, finds {} other entries and none \
         of these. That Veilig Thuis read its {} entries is in the log as well.",
        theirs.len(),
        mine.len()
    ));
    Ok(())
}

async fn hits(actor: &Actor, values: &[SubjectValue]) -> Step<seinhuis_client::Scan> {
    Ok(Box::pin(actor.partner.scan(values)).await?)
}

fn numbers() -> Step<Vec<SubjectValue>> {
    let values = HOUSEHOLD.map(|person| SubjectValue::number(person.digits()));
    Ok(values.into_iter().collect::<Result<_, _>>()?)
}

/// Numbers, and the pseudonyms that came: either may have made a tag.
fn everything_vt_knows(report: &Opened) -> Step<Vec<SubjectValue>> {
    let mut values = numbers()?;
    let pseudonyms = report
        .subjects
        .iter()
        .map(|subject| subject.pseudonym.to_bytes());
    values.extend(pseudonyms.map(|bytes| SubjectValue::own_pseudonym(&bytes)));
    Ok(values)
}

/// Waits until a checkpoint covers `index`. The hub promises one within a second and tells nobody
/// when it is there, so it is asked.
pub(super) async fn published(actor: &Actor, index: LeafIndex) -> Step<()> {
    for _ in 0..ASKS {
        if actor.partner.checkpoint().await?.checkpoint.size().get() > index.0 {
            return Ok(());
        }
        tokio::time::sleep(APART).await;
    }
    Err(Broken(format!(
        "no checkpoint covers entry {index} after 5 seconds"
    )))
}

/// Every partner verifies every receipt it kept.
pub(super) async fn receipts(stage: &mut Stage) -> Step<()> {
    stage.tell.step(
        "Every partner verifies every receipt (ontvangstbewijs) it kept, that each entry is in the log \
         under the last checkpoint, and that the log still extends the one it saw when all had signed.",
    );
    let all = stage.all();
    let last = all
        .iter()
        .flat_map(|actor| actor.kept.iter())
        .map(|kept| kept.proof.index)
        .max();
    published(&stage.vt, LeafIndex(last.unwrap_or_default())).await?;
    for actor in stage.all() {
        for kept in &actor.kept {
            let keys = actor.partner.log_keys();
            let proof = verify_receipt(keys, kept.proof.clone(), &kept.decision)?;
            Box::pin(actor.partner.inclusion(&proof)).await?;
        }
    }
    let Stage {
        politie,
        om,
        rvdk,
        reclassering,
        vt,
        tell,
        ..
    } = stage;
    for actor in [politie, om, rvdk, reclassering, vt] {
        let early = actor
            .early
            .as_ref()
            .ok_or_else(|| Broken("no early checkpoint".to_owned()))?;
        let now = Box::pin(actor.partner.consistency(&early.note)).await?;
        let (from, to) = (early.checkpoint.size().get(), now.checkpoint.size().get());
        ensure(to > from, "the log did not grow")?;
        tell.ok(&format!(
            "{}: {} receipts hold; the log grew from {from} to {to} entries and nothing in it changed.",
            actor.spec.label,
            actor.kept.len()
        ));
    }
    Ok(())
}
