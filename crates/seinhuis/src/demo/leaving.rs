//! The fourth part: one party leaves; the others go on.

use super::signals::{self, For};
use super::stage::{Pact, Stage, deliver, refused};
use super::story;
use super::tell::{Step, ensure};
use seinhuis_domain::agreement::State;
use seinhuis_domain::signal::WpgArticle;
use seinhuis_types::RefusalReason;

/// OM leaves; only its own clauses end.
pub(super) async fn leave(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.part("A party leaves");
    stage
        .tell
        .step("OM leaves the agreement: one of its people starts it, another approves it.");
    let persons = stage.om.persons()?;
    let taken = Box::pin(stage.om.partner.leave(&pact.hash, &persons)).await?;
    stage.om.keep(&taken.proof, Vec::new());
    ensure(
        taken.state == State::Valid,
        "it ended for the others as well",
    )?;
    let view = Box::pin(stage.vt.partner.agreement(&pact.hash)).await?;
    ensure(view.left == [stage.om.partner.oin()], "others left than OM")?;
    stage
        .tell
        .ok("the agreement stays in force between the other four.");

    stage.tell.step("OM's next signal is refused.");
    let Stage {
        om,
        reclassering,
        tell,
        table,
        calendar,
        ..
    } = &mut *stage;
    let values = story::conditions(&calendar.day(2)?, &calendar.day(60)?);
    let at = calendar.hours_ago(0);
    let signal = signals::order(om, "COND_SET", For::Supervision, at, false, &values)?;
    let way = pact.to("om-rec-conditions")?;
    let reasons = [RefusalReason::AgreementEnded];
    refused((om, reclassering), &signal, way, &reasons, (table, tell)).await?;

    stage
        .tell
        .step("Politie reports a second incident to Veilig Thuis; that goes on as before.");
    let Stage {
        politie,
        vt,
        table,
        calendar,
        ..
    } = &mut *stage;
    let values = story::incident();
    let at = calendar.hours_ago(0);
    let signal = signals::incident(
        politie,
        at,
        WpgArticle::Art8,
        story::POLICE_CASE_TWO,
        &values,
    )?;
    let way = pact.to("pol-vt-report")?;
    let opened = deliver((politie, vt), (&signal, &values), way, table).await?;
    vt.partner.verify_identity(&opened).await?;
    stage.tell.ok("permitted, delivered, opened.");
    Ok(())
}
