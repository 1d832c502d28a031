//! Break-glass: sent after a call in immediate danger to life, told to both officers, reviewed by two
//! persons who had no part in it.

use super::cast::{Actor, PATIENCE, item};
use super::ready::OFFICER_DESK;
use super::signals::{self, Frame};
use super::stage::{Pact, Stage, arrive, now, stays};
use super::story::{self, MOTHER, Values};
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{ClientError, EventKind, Inbox, Item, OutcomeReport, Partner, Signal, To};
use seinhuis_domain::break_glass::{Finding, Side};
use seinhuis_domain::signal::{BreakGlass, Call, Regime};
use seinhuis_types::{DeliveryId, Desk, ErrorCode, Hour, Millis, RefusalReason};

const CLAUSE: &str = "rec-pol-vital";
/// Who reviews, by each organisation's own pseudonyms.
const OFFICERS: [&str; 2] = ["fg-1", "fg-2"];

/// ACUTE_UNSAFE: Reclassering to Politie, about the mother.
fn acute(from: &Actor, at: Hour, values: &Values, called: Option<Millis>) -> Step<Signal> {
    let of = Frame {
        kind: "ACUTE_UNSAFE",
        purpose: "P-VITAL",
        need: "safety-task",
        regime: Regime::Avg,
        article: None,
        informed: "not-yet",
    };
    let signal = signals::frame(&of, from, at, values);
    let signal = signal.subject(signals::by_number(&MOTHER, "victim")?);
    let call = |at| -> Step<Call> {
        Ok(Call {
            function: "control-room".parse()?,
            at,
        })
    };
    Ok(signal.finish()?.with_break_glass(BreakGlass {
        reason: Some("no-time".parse()?),
        call: called.map(call).transpose()?,
        until: now().plus(2 * Millis::HOUR),
    }))
}

/// Sends one for who acts in it.
async fn send(from: &mut Actor, signal: &Signal, to: To) -> Step<OutcomeReport> {
    let person = from.person(from.staff.acts, from.staff.role, "safety-task")?;
    let acting = from.partner.acting_for(&[person])?;
    let reports = Box::pin(acting.signal(&from.desk, signal).to(to).send()).await?;
    from.note(reports)
}

/// As these of its people.
fn officers(of: &Actor, persons: &[&str]) -> Step<Partner> {
    let persons: Step<Vec<_>> = persons
        .iter()
        .map(|person| of.person(person, "fg", "lawfulness"))
        .collect();
    Ok(of.partner.acting_for(&persons?)?)
}

/// The next at an officer's desk, which must be of this kind.
async fn told(inbox: &mut Inbox, kind: EventKind) -> Step<()> {
    match item(inbox, PATIENCE).await? {
        Item::Event(event) if event.kind == kind => Ok(()),
        other => Err(Broken(format!("instead of an event came {other:?}"))),
    }
}

/// Sent, received, and reviewed.
pub(super) async fn break_glass(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.part("Break-glass");
    no_call(stage, pact).await?;
    let desk: Desk = OFFICER_DESK.parse()?;
    let inbox = |of: &Actor| of.partner.receive(&desk, Vec::new());
    let mut inboxes = [inbox(&stage.reclassering), inbox(&stage.politie)];
    let delivery = used(stage, pact, &mut inboxes).await?;
    reviewed(stage, delivery, &mut inboxes).await
}

async fn no_call(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.step(
        "A probation officer learns that the client is on his way to her, armed. Between Reclassering and \
         Politie there is no other way than break-glass. Sent without a telephone call it is refused.",
    );
    let Stage {
        politie,
        reclassering,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let signal = acute(reclassering, calendar.hours_ago(0), &story::acute(), None)?;
    let report = send(reclassering, &signal, pact.to(CLAUSE)?).await?;
    let expected = [RefusalReason::PriorCallMissing];
    stays(
        (&*reclassering, &*politie),
        &report,
        &expected,
        (table, tell),
    )
}

async fn used(stage: &mut Stage, pact: &Pact, inboxes: &mut [Inbox; 2]) -> Step<DeliveryId> {
    stage.tell.step(
        "The officer calls the control room (meldkamer) and then sends ACUTE_UNSAFE, good for two hours.",
    );
    let Stage {
        politie,
        reclassering,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::acute();
    let called = now().minus(5 * 60 * Millis::SECOND);
    let signal = acute(reclassering, calendar.hours_ago(0), &values, Some(called))?;
    let report = send(reclassering, &signal, pact.to(CLAUSE)?).await?;
    let opened = arrive((&*reclassering, politie), report, &values, table).await?;
    let glass = opened.header.break_glass.as_ref();
    let call = glass.and_then(|glass| glass.call.as_ref());
    ensure(
        call.is_some_and(|call| call.at == called),
        "the call did not come along",
    )?;
    for inbox in inboxes {
        told(inbox, EventKind::BreakGlassUsed).await?;
    }
    tell.ok(
        "delivered and opened; the privacy officers of both read in the same commit that it is to be \
         reviewed within a working day.",
    );
    Ok(opened.id)
}

async fn reviewed(stage: &mut Stage, delivery: DeliveryId, inboxes: &mut [Inbox; 2]) -> Step<()> {
    stage.tell.step(
        "One officer of Reclassering reviews it alone, and then with the one who sent it. Neither is taken: \
         nobody reviews themselves.",
    );
    let Stage {
        politie,
        reclassering,
        tell,
        ..
    } = stage;
    let found = Finding::Justified;
    for (persons, code) in [
        (&OFFICERS[..1], ErrorCode::SecondPersonNeeded),
        (
            &["fg-1", reclassering.staff.acts][..],
            ErrorCode::ReviewerNotIndependent,
        ),
    ] {
        let some = officers(reclassering, persons)?;
        match Box::pin(some.review_break_glass(delivery, found)).await {
            Err(ClientError::Rejected {
                code: told,
                message,
                ..
            }) if told == code => tell.no(&format!("{}: {message}.", code.as_str())),
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(Broken("the review was taken".to_owned())),
        }
    }
    tell.step(
        "An officer of Politie says what Politie makes of it, which closes nothing; then two officers of \
         Reclassering close it: it was justified.",
    );
    let theirs = officers(politie, &OFFICERS[..1])?;
    let (view, proof) = Box::pin(theirs.review_break_glass(delivery, found)).await?;
    politie.keep(&proof, Vec::new());
    ensure(
        (view.side, view.view, view.finding) == (Side::Recipient, Some(found), None),
        "the recipient's view closed it",
    )?;
    let both = officers(reclassering, &OFFICERS)?;
    let (closed, proof) = Box::pin(both.review_break_glass(delivery, found)).await?;
    reclassering.keep(&proof, Vec::new());
    ensure(
        (closed.finding, closed.view) == (Some(found), Some(found)),
        "it was not closed as told",
    )?;
    let open = reclassering.partner.break_glasses(true).await?;
    ensure(open.is_empty(), "a break-glass is open still")?;
    for inbox in inboxes {
        told(inbox, EventKind::BreakGlassReviewed).await?;
        told(inbox, EventKind::BreakGlassReviewed).await?;
    }
    tell.ok("closed; both officers read what each side found, and who found it stays in their own part.");
    Ok(())
}
