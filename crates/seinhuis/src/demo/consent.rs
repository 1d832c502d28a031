//! Consent, given and taken back.

use super::cast::Actor;
use super::signals::{self, Frame};
use super::stage::{Pact, Stage, arrive, now, refused, stays};
use super::story::{self, MOTHER, Values};
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{ClientError, ConsentGround, EventKind, EventOf, Signal};
use seinhuis_domain::consent::ConsentRecord;
use seinhuis_domain::signal::{Regime, Source};
use seinhuis_proto::v1;
use seinhuis_types::{Hour, Millis, RefusalReason, hex};

const CLAUSE: &str = "vt-rvdk-plan";

/// PLAN_AGREED: Veilig Thuis to the Board, about the mother.
fn agreed_plan(from: &Actor, at: Hour, values: &Values) -> Step<Signal> {
    let of = Frame {
        kind: "PLAN_AGREED",
        purpose: "P-PLAN",
        need: "safety-task",
        regime: Regime::Avg,
        article: None,
        informed: "yes",
    };
    let signal = signals::frame(&of, from, at, values);
    Ok(signal
        .subject(signals::by_number(&MOTHER, "victim")?)
        .finish()?)
}

/// Veilig Thuis's record of what the mother did, each act with its moment and how it can be shown.
fn record(
    from: &Actor,
    to: &Actor,
    id: &str,
    acts: &[(&str, &str, Millis)],
) -> Step<ConsentRecord> {
    let moment =
        |at: Millis| -> Step<_> { Ok(jiff::Timestamp::from_millisecond(i64::try_from(at.0)?)?) };
    let given = acts.first().map_or_else(now, |(_, _, at)| *at);
    let (begin, end) = (moment(given)?, moment(given.plus(90 * Millis::DAY))?);
    let (own, other) = (from.partner.oin(), to.partner.oin());
    let (dossier, who) = (story::CONSENT_DOSSIER, from.staff.acts);
    let mut text = format!(
        r#"
id = "{id}"
subject = "{dossier}"
view = "agrees"
law = "AVG"
controller = "{own}"
purposes = ["P-PLAN"]
types = ["PLAN_AGREED"]
recipients = ["{other}"]
special = false
from = "{begin}"
until = "{end}"
registrant = "{who}"
no_representative_is_a_suspect = true

[notice]
reference = "uitleg/veiligheidsplan"
version = 2
language = "nl"
sha256 = "{}"
"#,
        hex(&[0x11; 32])
    );
    for (state, level, at) in acts {
        let (at, evidence) = (moment(*at)?, hex(&[0x22; 32]));
        let band = MOTHER.age_band;
        text.push_str(&format!(
            r#"
[[act]]
state = "{state}"
at = "{at}"
age = "{band}"
capable = true
evidence = {{ level = "{level}", sha256 = "{evidence}" }}
by = [{{ role = "subject" }}]
"#
        ));
    }
    Ok(ConsentRecord::parse(&text)?)
}

/// Not without consent, with it, and no more once it is taken back.
pub(super) async fn consent(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.part("Consent");
    without(stage, pact).await?;
    let id = hex(&rand::random::<[u8; 16]>());
    let given = now().minus(Millis::HOUR);
    let with = record(&stage.vt, &stage.rvdk, &id, &[("given", "signed", given)])?;
    let delivery = given_and_sent(stage, pact, &with).await?;
    taken_back(stage, pact, (&with, &id, given), delivery).await
}

/// The plan as it is sent each time.
fn plan(stage: &Stage) -> Step<(Signal, Values)> {
    let owner = stage.vt.partner.oin().to_string();
    let values = story::plan(&owner, &stage.calendar.day(60)?);
    let signal = agreed_plan(&stage.vt, stage.calendar.hours_ago(0), &values)?;
    Ok((signal, values))
}

async fn without(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.step(&format!(
        "{} made a safety plan with Veilig Thuis. No task of Veilig Thuis carries it to the Board. Sent \
         without her consent it is refused.",
        MOTHER.name
    ));
    let (signal, _) = plan(stage)?;
    let Stage {
        rvdk,
        vt,
        tell,
        table,
        ..
    } = stage;
    let reasons = [RefusalReason::ConsentNeeded];
    refused(
        (vt, rvdk),
        &signal,
        pact.to(CLAUSE)?,
        &reasons,
        (table, tell),
    )
    .await?;
    Ok(())
}

async fn given_and_sent(
    stage: &mut Stage,
    pact: &Pact,
    record: &ConsentRecord,
) -> Step<seinhuis_types::DeliveryId> {
    stage.tell.step(
        "She consents, in writing. Veilig Thuis registers that at the hub under a fresh handle for this one \
         envelope: the hub cannot tell who consents, nor which other envelopes rest on the same consent.",
    );
    let (signal, values) = plan(stage)?;
    let Stage {
        rvdk,
        vt,
        tell,
        table,
        ..
    } = stage;
    let ground = ConsentGround::of(vec![record.clone()])?;
    let sending = vt.partner.signal(&vt.desk, &signal);
    let sending = sending.to(pact.to(CLAUSE)?).on_consent(&ground);
    let reports = Box::pin(sending.send()).await?;
    let report = vt.note(reports)?;
    let opened = arrive((&*vt, rvdk), report, &values, table).await?;
    let status = vt.partner.consent_status(record).await?;
    let cited = opened.header.consent.map(|cited| cited.handle);
    let stands = |one: &seinhuis_client::ConsentStatus| {
        one.standing == Some(v1::ConsentStanding::Stands)
            && Some(one.handle) == cited
            && one.delivery == Some(opened.id)
    };
    ensure(
        status.len() == 1 && status.iter().all(stands),
        "the Board's delivery rests on another consent",
    )?;
    tell.ok("permitted and opened; the Board can show on which entry of consent it rests.");
    Ok(opened.id)
}

async fn taken_back(
    stage: &mut Stage,
    pact: &Pact,
    (with, id, given): (&ConsentRecord, &str, Millis),
    delivery: seinhuis_types::DeliveryId,
) -> Step<()> {
    stage.tell.step(
        "She takes it back (intrekking), by word of mouth: that is enough. Veilig Thuis has one more plan \
         ready on the same consent and has not sent it yet.",
    );
    let (signal, _) = plan(stage)?;
    let Stage {
        rvdk,
        vt,
        tell,
        table,
        ..
    } = stage;
    let ground = ConsentGround::of(vec![with.clone()])?;
    let to = pact.to(CLAUSE)?;
    let ready = Box::pin(vt.partner.register_consent(&vt.desk, &to, &signal, &ground)).await?;
    let ready = ready.ok_or_else(|| Broken("the clause took no consent".to_owned()))?;
    let acts = [("given", "signed", given), ("withdrawn", "oral", now())];
    let back = record(vt, rvdk, id, &acts)?;
    let source = Source {
        acting_person: vt.staff.acts.into(),
        acting_role: Some(vt.staff.role.parse()?),
        decided_by: vt.staff.acts.into(),
        reason: Some("safety-task".parse()?),
        second_approval: None,
        processing_activity: vt.staff.activity.to_owned(),
        prior_call: None,
    };
    let done = Box::pin(vt.partner.withdraw_consent(&back, &source)).await?;
    for one in &done {
        vt.keep(&one.proof, Vec::new());
    }
    let told: Vec<_> = done.iter().filter_map(|one| one.told.clone()).collect();
    ensure(
        done.len() == 2 && told == [(rvdk.partner.oin(), rvdk.desk.clone())],
        "another number of handles was taken back, or others were told",
    )?;
    let event = rvdk.event(EventKind::ConsentWithdrawn).await?;
    ensure(
        event.of == EventOf::Received(delivery),
        "the Board is told of another delivery",
    )?;
    let (who, role) = (rvdk.staff.acts.as_bytes(), rvdk.staff.role.parse()?);
    let seen = rvdk.partner.acknowledge_withdrawal(delivery, who, &role);
    let seen = Box::pin(seen).await?;
    rvdk.keep(&seen, Vec::new());
    let status = vt.partner.consent_status(&back).await?;
    let ended = |one: &seinhuis_client::ConsentStatus| {
        one.standing == Some(v1::ConsentStanding::Withdrawn) && !one.is_waited_for()
    };
    ensure(
        status.len() == 2 && status.iter().all(ended),
        "a handle stands still, or somebody has not acknowledged",
    )?;
    tell.ok(
        "in force at that commit. The Board, which had received it, read so and acknowledged it.",
    );

    tell.step("The plan that lay ready is sent all the same, past the check of the SDK.");
    let sending = vt.partner.signal(&vt.desk, &signal).to(to.clone());
    let reports = Box::pin(sending.citing(ready).send()).await?;
    let report = vt.note(reports)?;
    let reasons = [RefusalReason::ConsentNeeded];
    stays((&*vt, &*rvdk), &report, &reasons, (table, tell))?;
    let ground = ConsentGround::of(vec![back])?;
    let sending = vt.partner.signal(&vt.desk, &signal);
    match Box::pin(sending.to(to).on_consent(&ground).send()).await {
        Err(ClientError::Invalid(said)) if said.contains("does not stand") => {
            tell.no(&format!("and the SDK, when asked: {said}."));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(Broken(
            "the SDK sent on consent that was taken back".to_owned(),
        )),
    }
}
