//! A further agreement, between four of the five: what the first one left out.

use super::agreed::{authored, sign};
use super::stage::{Pact, Stage};
use super::tell::{Step, ensure};
use seinhuis_domain::agreement::{Content, Mode};
use std::path::Path;

/// From proposal to force.
pub(super) async fn agree(stage: &mut Stage, rules: &Path) -> Step<Pact> {
    stage.tell.part("A further agreement");
    stage.tell.step(
        "Politie, the Board, Reclassering and Veilig Thuis agree on more, without OM: a safety plan that \
         goes only with consent (toestemming), questions to Politie, and break-glass (noodprocedure) in \
         immediate danger to life. Veilig Thuis proposes it and the four sign.",
    );
    let (bytes, content) = authored(&stage.vt, rules, "four-party.toml").await?;
    as_told(&content)?;
    let (hash, proof) = Box::pin(stage.vt.partner.propose(&bytes)).await?;
    stage.vt.keep(&proof, Vec::new());
    let Stage {
        politie,
        rvdk,
        reclassering,
        vt,
        tell,
        ..
    } = stage;
    sign([&mut *politie, rvdk, reclassering, &mut *vt], &hash).await?;
    let view = Box::pin(politie.partner.agreement(&hash)).await?;
    ensure(
        view.steps.len() == 4 && view.steps.iter().all(|step| step.proven),
        "there are not four signatures that hold",
    )?;
    tell.ok(&format!(
        "in force: {} clauses, hash {hash}",
        content.clauses.len()
    ));
    Ok(Pact { hash, content })
}

/// Of each kind that is told there is a clause.
fn as_told(content: &Content) -> Step<()> {
    use seinhuis_domain::agreement::ConsentRule;
    let clauses = &content.clauses;
    let asks = clauses.iter().any(|clause| clause.mode == Mode::Ask);
    let consent = clauses
        .iter()
        .any(|clause| clause.consent == ConsentRule::Needed);
    let glass = clauses.iter().any(|clause| clause.break_glass.is_some());
    ensure(
        asks && consent && glass && content.parties.len() == 4,
        "the agreement is another than told",
    )
}
