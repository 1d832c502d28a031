//! The second part: a report, what Veilig Thuis does with it, and what the Board starts.

use super::signals;
use super::stage::{Pact, Stage, deliver};
use super::story::{self, HOUSEHOLD};
use super::tell::{Step, ensure};
use seinhuis_client::{Identity, Opened};
use seinhuis_domain::signal::WpgArticle;

/// What Veilig Thuis knows of the household after the report: its own pseudonyms.
pub(super) async fn report(stage: &mut Stage, pact: &Pact) -> Step<Opened> {
    stage.tell.part("A report");
    stage.tell.step(
        "Politie went to a home in Haarlem: two adults, one child. An officer decides to send INC_HOME \
         to the intake desk of Veilig Thuis Kennemerland: 13 coded values and three sealed numbers.",
    );
    let Stage {
        politie,
        vt,
        table,
        calendar,
        ..
    } = stage;
    let values = story::incident();
    let signal = signals::incident(
        politie,
        calendar.hours_ago(3),
        WpgArticle::Art8,
        story::POLICE_CASE,
        &values,
    )?;
    let way = pact.to("pol-vt-report")?;
    let opened = deliver((politie, vt), (&signal, &values), way, table).await?;
    ensure(
        values.len() == 13 && opened.subjects.len() == 3,
        "the report is of another size",
    )?;
    ensure(
        opened.case == [story::POLICE_CASE],
        "the case reference is another",
    )?;
    let handling = &opened.handling;
    stage
        .tell
        .ok("permitted, sealed, released, delivered, opened by a person at Veilig Thuis.");
    stage.tell.aside(&format!(
        "With it came: {} ({}).",
        handling.reminder_en, handling.secrecy_law
    ));
    ensure(
        handling.secrecy_law.starts_with("Wpg 7"),
        "the duty of secrecy did not come along",
    )?;
    stage.tell.step(
        "Veilig Thuis reads who it is about, and has each number converted for itself: the pseudonym \
         that came with the report is of the same person.",
    );
    stage.vt.partner.verify_identity(&opened).await?;
    for (subject, person) in opened.subjects.iter().zip(HOUSEHOLD) {
        let same = match &subject.identity {
            Some(Identity::Number(number)) => *number == person.number()?,
            _ => false,
        };
        ensure(same, "the sealed number is another")?;
        stage.tell.ok(&format!(
            "{} is the {} of this report.",
            person.name, subject.head.role
        ));
    }
    Ok(opened)
}

/// Veilig Thuis answers the police, and no more than that.
pub(super) async fn feedback(stage: &mut Stage, pact: &Pact, report: &Opened) -> Step<()> {
    stage.tell.step(
        "Veilig Thuis answers the reporter (terugkoppeling): VT_TAKEN, then VT_TRIAGE. It names the \
         three by its own pseudonyms; the two transcryptors turn those into Politie's, unseen.",
    );
    let Stage {
        politie,
        vt,
        table,
        calendar,
        ..
    } = stage;
    let today = calendar.day(0)?;
    for (kind, values) in [
        ("VT_TAKEN", story::taken(&today)),
        ("VT_TRIAGE", story::triage(&today)),
    ] {
        let (at, people) = (calendar.hours_ago(0), report.subjects.as_slice());
        let signal = signals::feedback(vt, kind, at, people, story::POLICE_CASE, &values)?;
        let way = pact.to("vt-pol-feedback")?;
        let opened = deliver((vt, politie), (&signal, &values), way, table).await?;
        ensure(
            opened.case == [story::VT_CASE, story::POLICE_CASE],
            "the reference did not return",
        )?;
        ensure(
            opened.subjects.iter().all(|s| s.identity.is_none()),
            "an identity came along",
        )?;
        let numbers = HOUSEHOLD
            .map(story::Person::number)
            .into_iter()
            .collect::<Result<Vec<_>, _>>();
        let own = politie
            .partner
            .convert_own(&politie.desk, &numbers?)
            .await?;
        ensure(
            opened.subjects.len() == own.len(),
            "another number of people came back",
        )?;
        for ((subject, own), there) in opened.subjects.iter().zip(own).zip(&report.subjects) {
            ensure(
                subject.pseudonym == own,
                "Politie does not recognise someone",
            )?;
            ensure(
                subject.pseudonym != there.pseudonym,
                "two partners have one pseudonym",
            )?;
        }
    }
    stage.tell.ok(
        "Politie recognises its own case and its own three people. For one person Politie and Veilig \
         Thuis hold different pseudonyms.",
    );
    Ok(())
}

/// The request to the Board, and its answer.
pub(super) async fn protection(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.part("Protection");
    stage.tell.step(
        "Veilig Thuis asks the Board (Raad voor de Kinderbescherming) to investigate: VT_VTO, the signal \
         beside the request itself (verzoek tot onderzoek), which goes by CORV.",
    );
    let Stage {
        rvdk,
        vt,
        table,
        calendar,
        ..
    } = stage;
    let values = story::request();
    let signal = signals::request(vt, calendar.hours_ago(0), &values)?;
    let way = pact.to("vt-rvdk-request")?;
    let request = deliver((vt, rvdk), (&signal, &values), way, table).await?;
    rvdk.partner.verify_identity(&request).await?;
    stage
        .tell
        .ok("the Board opened it and verified who the child and her parents are.");
    stage
        .tell
        .step("The Board answers that it has started: RVDK_START, about the child alone.");
    let Stage {
        rvdk,
        vt,
        table,
        calendar,
        ..
    } = stage;
    let values = story::investigation(&calendar.day(0)?);
    let signal = signals::investigation(rvdk, calendar.hours_ago(0), &values)?;
    let way = pact.to("rvdk-vt-start")?;
    let opened = deliver((rvdk, vt), (&signal, &values), way, table).await?;
    let own = vt
        .partner
        .convert_own(&vt.desk, &[story::CHILD.number()?])
        .await?;
    let same = opened
        .subjects
        .iter()
        .map(|subject| subject.pseudonym)
        .eq(own);
    ensure(same, "Veilig Thuis does not recognise the child")?;
    stage
        .tell
        .ok("Veilig Thuis recognises the child, although no number came with it.");
    Ok(())
}
