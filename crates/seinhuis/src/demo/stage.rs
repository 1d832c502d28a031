//! The stage: the five partners, the agreement between them, the narrator and the table.
//!
//! Owns: what every part of the story does again and again: send and be opened, or be refused, and
//! check that either went as told.

use super::cast::Actor;
use super::story::Values;
use super::table::Table;
use super::tell::{Broken, Step, Teller, ensure};
use seinhuis_client::{Opened, OutcomeReport, Signal, To};
use seinhuis_domain::agreement::Content;
use seinhuis_proto::v1;
use seinhuis_types::{
    AgreementHash, ClauseId, Clock, Hour, LeafIndex, Millis, RefusalReason, SystemClock,
};

/// Everybody and everything on stage.
pub(super) struct Stage {
    pub(super) politie: Actor,
    pub(super) om: Actor,
    pub(super) rvdk: Actor,
    pub(super) reclassering: Actor,
    pub(super) vt: Actor,
    pub(super) tell: Teller,
    pub(super) table: Table,
    pub(super) calendar: Calendar,
}

impl Stage {
    /// All five.
    pub(super) fn all(&mut self) -> [&mut Actor; 5] {
        [
            &mut self.politie,
            &mut self.om,
            &mut self.rvdk,
            &mut self.reclassering,
            &mut self.vt,
        ]
    }
}

/// The agreement that everyone signed.
pub(super) struct Pact {
    pub(super) hash: AgreementHash,
    pub(super) content: Content,
}

impl Pact {
    /// Where a clause lets its sender send.
    pub(super) fn to(&self, clause: &str) -> Step<To> {
        let id = ClauseId::parse(clause)?;
        let missing = || {
            Broken(format!(
                "the agreement has no clause `{clause}` with a desk"
            ))
        };
        let clause = self.content.clause(&id).ok_or_else(missing)?;
        let desk = clause.desks.first().ok_or_else(missing)?.clone();
        Ok(To {
            oin: clause.to,
            desk,
            agreement: self.hash.clone(),
            clause: id,
        })
    }
}

/// Sends a signal that must go, and opens it at the other end; every value must be the one sent.
pub(super) async fn deliver(
    (from, to): (&mut Actor, &mut Actor),
    (signal, values): (&Signal, &Values),
    way: To,
    table: &mut Table,
) -> Step<Opened> {
    let report = from.offer(signal, way).await?;
    arrive((from, to), report, values, table).await
}

/// Opens what was sent, which must go, at the other end; every value must be the one sent.
pub(super) async fn arrive(
    (from, to): (&Actor, &mut Actor),
    report: OutcomeReport,
    values: &Values,
    table: &mut Table,
) -> Step<Opened> {
    let report = report.permitted()?;
    ensure(report.withheld.is_empty(), "a field was withheld")?;
    let kind = report.decision.signal_type;
    let opened = to.open(from, &kind).await?;
    ensure(
        Some(opened.id) == report.delivery,
        "another delivery came than was sent",
    )?;
    ensure(
        opened.fields.len() == values.len(),
        "another number of fields came",
    )?;
    for (path, value) in values {
        let came = opened.text(path) == Some(value);
        ensure(
            came,
            &format!("`{path}` came with another value than was sent"),
        )?;
    }
    table.saw(from.short, to.short, &opened);
    Ok(opened)
}

/// Sends a signal that must be refused for exactly these reasons, in this order; tells them, and gives
/// the entry in which the refusal stands.
pub(super) async fn refused(
    (from, to): (&mut Actor, &Actor),
    signal: &Signal,
    way: To,
    expected: &[RefusalReason],
    (table, tell): (&mut Table, &Teller),
) -> Step<LeafIndex> {
    let report = from.offer(signal, way).await?;
    stays((from, to), &report, expected, (table, tell))?;
    Ok(report.proof.index())
}

/// That what was sent was refused for exactly these reasons, in this order; tells them.
pub(super) fn stays(
    (from, to): (&Actor, &Actor),
    report: &OutcomeReport,
    expected: &[RefusalReason],
    (table, tell): (&mut Table, &Teller),
) -> Step<()> {
    ensure(!report.permitted, "it was permitted")?;
    reasons(&report.reasons, expected, tell)?;
    let kind = &report.decision.signal_type;
    table.refused(from.short, to.short, kind, &report.reasons);
    Ok(())
}

/// That these are the reasons of a refusal, in this order; tells them.
pub(super) fn reasons(
    told_for: &[v1::Reason],
    expected: &[RefusalReason],
    tell: &Teller,
) -> Step<()> {
    let codes: Vec<&str> = told_for.iter().map(|reason| reason.code.as_str()).collect();
    let wanted: Vec<&str> = expected.iter().map(|reason| reason.as_str()).collect();
    ensure(
        codes == wanted,
        &format!("it was refused for {codes:?}, not for {wanted:?}"),
    )?;
    for reason in told_for {
        tell.no(&told(reason));
        tell.more(&format!("Remedy: {}", reason.remedy_en));
    }
    Ok(())
}

fn told(reason: &v1::Reason) -> String {
    format!(
        "{} [{}] {} ({})",
        reason.code, reason.law, reason.text_en, reason.text_nl
    )
}

/// Days of the story, counted from when it is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar(Millis);

impl Calendar {
    /// Today is the day of `now`.
    pub(super) fn of(now: Millis) -> Self {
        Self(now)
    }

    /// The hour `hours` before now.
    pub(super) fn hours_ago(self, hours: u32) -> Hour {
        self.0
            .minus(u64::from(hours).saturating_mul(Millis::HOUR))
            .hour()
    }

    /// The hour `hours` after now.
    pub(super) fn in_hours(self, hours: u32) -> Hour {
        self.0
            .plus(u64::from(hours).saturating_mul(Millis::HOUR))
            .hour()
    }

    /// The day `days` from now in the Netherlands, `YYYY-MM-DD`.
    pub(super) fn day(self, days: u32) -> Step<String> {
        let at = self.0.plus(u64::from(days).saturating_mul(Millis::DAY));
        let at = jiff::Timestamp::from_millisecond(i64::try_from(at.0)?)?;
        Ok(at.in_tz("Europe/Amsterdam")?.date().to_string())
    }
}

/// The clock of this machine.
pub(super) fn now() -> Millis {
    SystemClock.now()
}
