//! What is still owed after leaving: the correction of what was sent before.

use super::signals::{self, For};
use super::stage::{Pact, Stage};
use super::story;
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{ClientError, Opened};
use seinhuis_domain::signal::{Rectification, RectificationKind};

/// The basis on which it goes, whatever became of the agreement.
const BASIS: &str = "RECTIFY";

/// OM corrects the conditions that Reclassering received while OM was a party.
pub(super) async fn correct(stage: &mut Stage, pact: &Pact, received: &Opened) -> Step<()> {
    stage.tell.step(
        "OM finds that the ban on alcohol was never imposed. It has left, and owes Reclassering the truth \
         all the same: it corrects (rectificatie) the COND_SET that was sent before.",
    );
    let Stage {
        om,
        reclassering,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::corrected(&calendar.day(1)?, &calendar.day(90)?);
    let signal = om.signal_of(received.id)?;
    let told = Rectification {
        kind: RectificationKind::Corrected,
        reason: "inaccurate".parse()?,
    };
    let at = calendar.hours_ago(1);
    let anew = || signals::order(om, "COND_SET", For::Supervision, at, false, &values);
    let said = |_: &_| anew().map_err(|Broken(what)| ClientError::Invalid(what));
    let done = Box::pin(om.partner.rectify(&om.desk, signal, &told, said)).await?;
    ensure(
        done.complete() && done.ended.is_empty(),
        "not everyone who received it is told",
    )?;
    let report = om.note(done.told)?;
    ensure(
        report.decision.basis_provide.iter().any(|one| one == BASIS),
        "it rests on another basis than RECTIFY",
    )?;
    ensure(
        report.decision.agreement_hash == pact.hash.as_str(),
        "it went under another agreement",
    )?;
    let opened = reclassering.open(om, "COND_SET").await?;
    let about = opened.rectifies.as_ref();
    ensure(
        about.is_some_and(|about| about.delivery == received.id && about.told == told),
        "it is not told as the correction of what came before",
    )?;
    let (was, is) = (received.text("conditions"), opened.text("conditions"));
    ensure(
        was == Some("alcohol-ban,contact-ban") && is == Some("contact-ban"),
        "the correction says something else than told",
    )?;
    let people = |opened: &Opened| -> Vec<_> {
        let pseudonyms = opened.subjects.iter().map(|one| one.pseudonym);
        pseudonyms.collect()
    };
    ensure(
        people(&opened) == people(received),
        "the correction is about another person",
    )?;
    table.saw(om.short, reclassering.short, &opened);
    let sent = om.partner.sent(signal).await?;
    let acknowledged = sent
        .iter()
        .flat_map(|to| &to.rectifications)
        .map(|told| told.acknowledged.is_some());
    ensure(
        acknowledged.eq([true]),
        "OM does not read that it was acknowledged",
    )?;
    tell.ok(
        "it went on basis RECTIFY under the old agreement. Reclassering sees of which delivery it is the \
         correction, and that of two conditions one is left; OM sees that nobody still has to acknowledge.",
    );
    Ok(())
}
