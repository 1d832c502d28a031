//! Questions: asked of one desk about one person, answered or refused by a person, and all leaving at one
//! moment whatever they say.

use super::cast::{Actor, PATIENCE};
use super::signals::{self, Frame};
use super::stage::{Pact, Stage, now, reasons, stays};
use super::story::{self, FATHER, MOTHER, Person, QUESTIONS, Values};
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{
    Acknowledgement, ClientError, Decider, Opened, OutcomeReport, ReceivedQuestion, Said, Signal,
    To, VerifiedProof, tick_at,
};
use seinhuis_domain::question::{ANSWER, QUESTION};
use seinhuis_domain::signal::Regime;
use seinhuis_types::{DeliveryId, Hour, Millis, RefusalReason};
use std::time::Duration;

const CLAUSE: &str = "vt-pol-ask";
/// The least time between asking and the tick; the tick is the whole minute after it.
const LEAD_MS: u64 = 40 * Millis::SECOND;

/// What is asked; what a person at Politie decides on it, if anyone does; what then leaves.
const PLOT: [(&str, &str, &str); 3] = [
    ("ban", "known-active", "none"),
    ("report", "refused", "investigation"),
    ("measure", "unknown", "none"),
];

/// Questions whose answers have not left yet.
pub(super) struct Waiting {
    tick: Millis,
    asked: Vec<(DeliveryId, Vec<u8>)>,
}

/// ASK: Veilig Thuis to Politie, about one person.
fn question(
    from: &Actor,
    at: Hour,
    (person, role): (&Person, &str),
    values: &Values,
) -> Step<Signal> {
    let of = Frame {
        kind: QUESTION,
        purpose: "P-SAFETY",
        need: "report-task",
        regime: Regime::Avg,
        article: None,
        informed: "not-yet",
    };
    let signal = signals::frame(&of, from, at, values);
    Ok(signal.subject(signals::by_number(person, role)?).finish()?)
}

/// Asks one; keeps the outcome, be it a no.
async fn put(vt: &mut Actor, question: &Signal, to: &To, tick: Millis) -> Step<OutcomeReport> {
    let asked = Box::pin(vt.partner.ask(&vt.desk, question, to, tick)).await?;
    vt.note(vec![asked.outcome])
}

/// The time of a tick in the Netherlands.
fn told_time(tick: Millis) -> Step<String> {
    let at = jiff::Timestamp::from_millisecond(i64::try_from(tick.0)?)?;
    Ok(at.in_tz("Europe/Amsterdam")?.strftime("%H:%M").to_string())
}

/// Veilig Thuis asks; Politie covers, answers one, refuses one, and leaves one be.
pub(super) async fn ask(stage: &mut Stage, pact: &Pact) -> Step<Waiting> {
    stage.tell.part("Questions");
    let tick = tick_at(now().plus(LEAD_MS));
    stage.tell.step(&format!(
        "Veilig Thuis asks Politie three coded questions about {}: is a ban in force, is a report running, \
         is a measure running? Whatever is answered leaves at {}, on the minute.",
        MOTHER.name,
        told_time(tick)?
    ));
    let Stage {
        politie,
        vt,
        table,
        calendar,
        ..
    } = &mut *stage;
    let to = pact.to(CLAUSE)?;
    let mut waiting = Waiting {
        tick,
        asked: Vec::new(),
    };
    let mut came = Vec::new();
    for ((what, _, _), reference) in PLOT.iter().zip(QUESTIONS) {
        let values = story::question(what, reference, &calendar.day(7)?);
        let signal = question(vt, calendar.hours_ago(0), (&MOTHER, "victim"), &values)?;
        let report = put(vt, &signal, &to, tick).await?.permitted()?;
        let opened = politie.arrival(vt, QUESTION, PATIENCE).await?;
        ensure(
            Some(opened.id) == report.delivery && opened.text("question") == Some(what),
            "another question came than was asked",
        )?;
        table.saw(vt.short, politie.short, &opened);
        let read = Box::pin(politie.partner.question(&opened)).await?;
        let read = read.ok_or_else(|| Broken("it came as no question".to_owned()))?;
        ensure(read.tick == tick, "it has another tick than was asked")?;
        let cover = Box::pin(politie.partner.cover(&read)).await?;
        lodged(politie, &cover)?;
        waiting.asked.push((opened.id, reference.into()));
        came.push(read);
    }
    stage.tell.ok(
        "each arrived, and Politie's system lodged a cover for it at once: an envelope that says `unknown`, \
         before anyone looked.",
    );
    machine(stage, came.first()).await?;
    decide(stage, &came).await?;
    about_the_father(stage, pact, tick).await?;
    Ok(waiting)
}

/// Keeps the proof of a lodging, of which the desk that asked must read nothing.
fn lodged(politie: &mut Actor, proof: &VerifiedProof) -> Step<()> {
    ensure(
        proof.shared().is_none(),
        "the desk that asked can read what was lodged",
    )?;
    let decision = proof.provider().map(|part| part.decision);
    politie.keep(proof, decision.unwrap_or_default());
    Ok(())
}

fn decider(politie: &Actor) -> Step<Decider> {
    Ok(Decider {
        by: politie.staff.acts.into(),
        role: politie.staff.role.parse()?,
        decided_by: politie.staff.decides.into(),
    })
}

async fn machine(stage: &mut Stage, question: Option<&ReceivedQuestion>) -> Step<()> {
    stage.tell.step(
        "Politie's system answers the first by itself. Refused: from police data a named person answers.",
    );
    let Stage { politie, tell, .. } = stage;
    let question = question.ok_or_else(|| Broken("there is no question".to_owned()))?;
    let by = decider(politie)?;
    let alone = politie.partner.acting_for(&[])?;
    match Box::pin(alone.answer(question, &Said::KnownActive, &by)).await {
        Err(ClientError::Refused(info)) => {
            reasons(&info.reasons, &[RefusalReason::PersonMustAnswer], tell)
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err(Broken("a machine answered from police data".to_owned())),
    }
}

async fn decide(stage: &mut Stage, came: &[ReceivedQuestion]) -> Step<()> {
    stage.tell.step(
        "An officer answers it: yes, now. The second the officer refuses, since an investigation runs. On \
         the third nobody decides.",
    );
    let Stage { politie, tell, .. } = stage;
    let by = decider(politie)?;
    let person = politie.person(politie.staff.acts, politie.staff.role, "report-task")?;
    let named = politie.partner.acting_for(&[person])?;
    let decided = [Said::KnownActive, Said::Refused("investigation".parse()?)];
    for (question, said) in came.iter().zip(&decided) {
        let proof = Box::pin(named.answer(question, said, &by)).await?;
        let staff = proof.provider().map(|part| part.staff).unwrap_or_default();
        let acted = staff.iter().map(|one| one.person.as_str());
        ensure(
            acted.eq([politie.staff.acts]),
            "the entry does not name who answered",
        )?;
        lodged(politie, &proof)?;
    }
    tell.ok(
        "lodged in the place of the cover, with the officer's pseudonym in Politie's own part of the entry.",
    );
    Ok(())
}

async fn about_the_father(stage: &mut Stage, pact: &Pact, tick: Millis) -> Step<()> {
    stage.tell.step(
        "Veilig Thuis asks about the father too. Refused by the hub: they agreed on questions about victims, \
         and on no others.",
    );
    let Stage {
        politie,
        vt,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::question("ban", story::QUESTION_REFUSED, &calendar.day(7)?);
    let signal = question(vt, calendar.hours_ago(0), (&FATHER, "suspect"), &values)?;
    let report = put(vt, &signal, &pact.to(CLAUSE)?, tick).await?;
    let expected = [RefusalReason::SubjectRoleNotCovered];
    stays((&*vt, &*politie), &report, &expected, (table, tell))
}

/// At the tick all of them leave.
pub(super) async fn answers(stage: &mut Stage, waiting: &Waiting) -> Step<()> {
    stage.tell.part("The tick");
    stage.tell.step(&format!(
        "At {} the answers leave, all at once: the yes, the refusal, and the cover of the question on which \
         nobody decided.",
        told_time(waiting.tick)?
    ));
    let Stage {
        politie,
        vt,
        tell,
        table,
        ..
    } = stage;
    let rest = Duration::from_millis(waiting.tick.0.saturating_sub(now().0));
    let mut opened = Vec::new();
    for _ in &waiting.asked {
        let answer = vt
            .arrival(politie, ANSWER, rest.saturating_add(PATIENCE))
            .await?;
        acknowledge(vt, &answer).await?;
        table.saw(politie.short, vt.short, &answer);
        opened.push(answer);
    }
    for ((id, reference), (_, said, ground)) in waiting.asked.iter().zip(PLOT) {
        let of = |answer: &&Opened| answer.answers == Some(*id);
        let answer = opened.iter().find(of);
        let answer = answer.ok_or_else(|| Broken("a question has no answer".to_owned()))?;
        let text = |path| answer.text(path).map(str::as_bytes);
        let says = [text("answer"), text("refusal_ground"), text("question_ref")];
        let told = [said.as_bytes(), ground.as_bytes(), reference.as_slice()].map(Some);
        ensure(says == told, "a question has another answer than was given")?;
    }
    let one_form = |answer: &Opened| (answer.header.clone(), answer.subjects.len());
    let alike = opened.iter().all(|answer| {
        opened
            .first()
            .is_some_and(|first| one_form(first) == one_form(answer))
    });
    ensure(alike, "before it is opened one answer looks unlike another")?;
    let left = |answer: &Opened| answer.proof.committed() >= waiting.tick;
    ensure(opened.iter().all(left), "an answer left before its tick")?;
    tell.ok(
        "yes, now; refused (investigation); unknown. None of the three names anybody, and until it is opened \
         nothing tells which is which: all they show beside sealed values is the same.",
    );
    Ok(())
}

async fn acknowledge(vt: &mut Actor, answer: &Opened) -> Step<()> {
    let human = Acknowledgement::opened(vt.staff.acts, vt.staff.role)?;
    for acknowledgement in [Acknowledgement::Delivered, human] {
        let proof = Box::pin(vt.partner.acknowledge(answer, &acknowledgement)).await?;
        vt.keep(&proof, Vec::new());
    }
    Ok(())
}
