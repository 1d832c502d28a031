//! The third part: conditions, a release, supervision, a breach; and what may not go.

use super::signals::{self, For};
use super::stage::{Pact, Stage, deliver, refused};
use super::story;
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{Identity, Opened, OpenedSubject};
use seinhuis_domain::signal::{IdKind, WpgArticle};
use seinhuis_types::{ClauseId, LeafIndex, RefusalReason};

/// OM tells probation and Veilig Thuis; gives what probation received.
pub(super) async fn conditions(stage: &mut Stage, pact: &Pact) -> Step<Opened> {
    stage.tell.part("Conditions and release");
    stage.tell.step(
        "OM sets conditions for the suspect and plans his release: COND_SET and RELEASE_SOON, to \
         Reclassering by his criminal-chain number (SKN), to Veilig Thuis by his citizen number (BSN).",
    );
    let mut first = None;
    for (to, clause) in [
        (For::Supervision, "om-rec-conditions"),
        (For::Safety, "om-vt-safety"),
    ] {
        let Stage {
            om,
            reclassering,
            vt,
            table,
            calendar,
            ..
        } = &mut *stage;
        let set = story::conditions(&calendar.day(1)?, &calendar.day(90)?);
        let release = story::release(&calendar.day(1)?, calendar.in_hours(24).0);
        for (kind, values) in [("COND_SET", set), ("RELEASE_SOON", release)] {
            let signal = signals::order(om, kind, to, calendar.hours_ago(1), false, &values)?;
            let recipient = if to == For::Safety {
                &mut *vt
            } else {
                &mut *reclassering
            };
            let way = pact.to(clause)?;
            let opened = deliver((om, recipient), (&signal, &values), way, table).await?;
            let [subject] = opened.subjects.as_slice() else {
                return Err(Broken("it is not about one person".to_owned()));
            };
            let (kind, named) = (subject.head.kind, subject.identity.is_some());
            match to {
                For::Safety => {
                    ensure(
                        (kind, named) == (IdKind::Number, true),
                        "VT does not know who",
                    )?;
                    recipient.partner.verify_identity(&opened).await?;
                }
                For::Supervision => {
                    ensure(
                        (kind, named) == (IdKind::Skn, false),
                        "Reclassering got a number",
                    )?;
                    first.get_or_insert(opened);
                }
            }
        }
    }
    stage.tell.ok(
        "Reclassering got a pseudonym of its own and no number; Veilig Thuis, which must act, knows who \
         he is.",
    );
    first.ok_or_else(|| Broken("nothing came to Reclassering".to_owned()))
}

/// The child does not belong in it.
pub(super) async fn no_child(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.step(
        "OM tries to attach the child to COND_SET for Veilig Thuis. The whole signal is refused: nobody \
         is added to it, and nobody is silently dropped from it.",
    );
    let Stage {
        om,
        vt,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::conditions(&calendar.day(1)?, &calendar.day(90)?);
    let at = calendar.hours_ago(0);
    let signal = signals::order(om, "COND_SET", For::Safety, at, true, &values)?;
    let reasons = [
        RefusalReason::SubjectRoleNotCovered,
        RefusalReason::TooManySubjects,
    ];
    let way = pact.to("om-vt-safety")?;
    refused((om, vt), &signal, way, &reasons, (table, tell)).await?;
    Ok(())
}

/// The person of a delivery about one.
fn one(opened: &Opened) -> Step<&OpenedSubject> {
    let first = opened.subjects.first();
    first.ok_or_else(|| Broken("it was about nobody".to_owned()))
}

/// Probation tells OM that it supervises; gives what OM received.
pub(super) async fn supervision(stage: &mut Stage, pact: &Pact, client: &Opened) -> Step<Opened> {
    stage.tell.part("Supervision and a breach");
    stage.tell.step(
        "Reclassering tells OM that supervision (toezicht) began: SUP_START, by its own pseudonym of the \
         client.",
    );
    let Stage {
        om,
        reclassering,
        table,
        calendar,
        ..
    } = &mut *stage;
    let values = story::supervision(&calendar.day(1)?);
    let at = calendar.hours_ago(0);
    let signal = signals::supervision(reclassering, "SUP_START", at, one(client)?, &values)?;
    let way = pact.to("rec-om-supervision")?;
    let start = deliver((reclassering, om), (&signal, &values), way, table).await?;
    ensure(
        start.case == [story::REC_CASE, story::OM_CASE],
        "the reference did not return",
    )?;
    stage
        .tell
        .ok("OM finds its own case by the reference that came back sealed.");
    Ok(start)
}

/// Probation tries the police directly; gives the entry of the refusal.
pub(super) async fn straight(stage: &mut Stage, pact: &Pact, client: &Opened) -> Step<LeafIndex> {
    stage.tell.step(
        "The client breaks the contact ban. Reclassering sends COND_BREACH straight to Politie, naming \
         the clause by which OM may. Refused: no clause runs that way, since a basis of Reclassering's own \
         is an open question of law.",
    );
    let Stage {
        politie,
        reclassering,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::breach();
    let at = calendar.hours_ago(0);
    let signal = signals::supervision(reclassering, "COND_BREACH", at, one(client)?, &values)?;
    let way = pact.to("om-pol-breach")?;
    let reasons = [RefusalReason::DirectionNotCovered];
    let (from, to) = (reclassering.partner.oin(), politie.partner.oin());
    let direct = pact
        .content
        .clauses
        .iter()
        .any(|clause| (clause.from, clause.to) == (from, to));
    ensure(!direct, "a clause runs from Reclassering to Politie")?;
    let ends = (reclassering, &*politie);
    refused(ends, &signal, way, &reasons, (table, tell)).await
}

/// The same breach, by the prosecutor's own decision; `start` is how OM knows the client.
pub(super) async fn through_om(
    stage: &mut Stage,
    pact: &Pact,
    client: &Opened,
    start: &Opened,
) -> Step<()> {
    stage.tell.step(
        "So it goes the lawful way: to OM, under whose authority Reclassering supervises; and OM decides \
         itself to pass it on to Politie, with his name, birth date and address sealed beside it.",
    );
    let Stage {
        politie,
        om,
        reclassering,
        table,
        calendar,
        ..
    } = stage;
    let values = story::breach();
    let at = calendar.hours_ago(0);
    let signal = signals::supervision(reclassering, "COND_BREACH", at, one(client)?, &values)?;
    let way = pact.to("rec-om-supervision")?;
    let breach = deliver((reclassering, &mut *om), (&signal, &values), way, table).await?;
    let same = one(&breach)?.pseudonym == one(start)?.pseudonym;
    ensure(same, "OM got two pseudonyms of one person")?;
    let signal = signals::breach(om, calendar.hours_ago(0), &values)?;
    let way = pact.to("om-pol-breach")?;
    let opened = deliver((om, politie), (&signal, &values), way, table).await?;
    let named = opened
        .subjects
        .iter()
        .all(|subject| match &subject.identity {
            Some(Identity::Person(person)) => {
                story::father_by_name().is_ok_and(|father| *person == father)
            }
            _ => false,
        });
    ensure(named, "Politie does not know who it is about")?;
    stage
        .tell
        .ok("OM knew it was the client of SUP_START; Politie knows whom to look for.");
    Ok(())
}

/// Data of a targeted enquiry, with nobody's second approval.
pub(super) async fn article_nine(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.step(
        "Politie offers Veilig Thuis data of a targeted enquiry (Wpg article 9) without the approval of \
         the designated functionary. Refused, and for a second reason: the clause rests on Wpg 18 and \
         names only articles 8 and 13(1).",
    );
    let Stage {
        politie,
        vt,
        tell,
        table,
        calendar,
        ..
    } = stage;
    let values = story::incident();
    let at = calendar.hours_ago(2);
    let signal = signals::incident(
        politie,
        at,
        WpgArticle::Art9,
        story::POLICE_CASE_TWO,
        &values,
    )?;
    let reasons = [
        RefusalReason::SecondApprovalMissing,
        RefusalReason::WpgArticleNotShared,
    ];
    let way = pact.to("pol-vt-report")?;
    let clause = pact.content.clause(&ClauseId::parse("pol-vt-report")?);
    let named = clause.is_some_and(|clause| {
        clause
            .wpg_articles
            .iter()
            .copied()
            .eq([WpgArticle::Art8, WpgArticle::Art13Lid1])
    });
    ensure(named, "the clause names other articles than told")?;
    refused((politie, vt), &signal, way, &reasons, (table, tell)).await?;
    Ok(())
}
