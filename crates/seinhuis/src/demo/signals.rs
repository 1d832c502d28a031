//! The signals of the story, composed as a partner's system would: circumstances, people, values,
//! and who acted.
//!
//! Owns: which law, purpose and need each signal names. Must not know: whether it will be let go.

use super::cast::Actor;
use super::story::{self, Person, Values};
use super::tell::Step;
use seinhuis_client::{Identifier, Identity, OpenedSubject, Signal, SignalBuilder, Subject};
use seinhuis_domain::signal::{Regime, WpgArticle};
use seinhuis_types::Hour;

/// Where all of it happens.
const REGION: &str = "kennemerland";

/// What every signal needs besides people and values.
pub(super) struct Frame {
    pub(super) kind: &'static str,
    pub(super) purpose: &'static str,
    pub(super) need: &'static str,
    pub(super) regime: Regime,
    pub(super) article: Option<WpgArticle>,
    pub(super) informed: &'static str,
}

/// A signal of that frame with these values, as one of `from`'s people makes it.
pub(super) fn frame(frame: &Frame, from: &Actor, at: Hour, values: &Values) -> SignalBuilder {
    let signal = Signal::build(frame.kind, frame.purpose)
        .happened(at, REGION)
        .because(frame.need, frame.informed)
        .under(frame.regime, frame.article)
        .by(from.staff.acts, from.staff.role)
        .decided(from.staff.decides, frame.need)
        .activity(from.staff.activity);
    values
        .iter()
        .fold(signal, |signal, (path, value)| signal.field(path, value))
}

/// By citizen number, which is sealed for the recipient as well.
fn known(person: &Person, role: &str) -> Step<Subject> {
    let number = Identifier::Number(person.number()?);
    Ok(Subject::new(number, role, person.age_band)?.with_identity(person.sealed()?))
}

/// By citizen number that only the transcryptors turn into the recipient's pseudonym.
pub(super) fn by_number(person: &Person, role: &str) -> Step<Subject> {
    Ok(Subject::new(
        Identifier::Number(person.number()?),
        role,
        person.age_band,
    )?)
}

/// By the sender's own pseudonym, as it came with an earlier delivery.
fn own(subject: &OpenedSubject, role: &str) -> Step<Subject> {
    let band = subject.head.age_band.as_str();
    Ok(Subject::new(
        Identifier::Own(subject.pseudonym),
        role,
        band,
    )?)
}

/// The father by his criminal-chain number.
fn father_by_skn() -> Step<Subject> {
    let skn = Identifier::Skn(story::father_skn()?);
    Ok(Subject::new(skn, "suspect", story::FATHER.age_band)?)
}

/// INC_HOME: Politie to Veilig Thuis, about the whole household.
pub(super) fn incident(
    from: &Actor,
    at: Hour,
    article: WpgArticle,
    case: [u8; 16],
    values: &Values,
) -> Step<Signal> {
    let of = Frame {
        kind: "INC_HOME",
        purpose: "P-REPORT",
        need: "report-task",
        regime: Regime::Wpg,
        article: Some(article),
        informed: "not-yet",
    };
    let signal = frame(&of, from, at, values)
        .case(case, &[])
        .subject(known(&story::FATHER, "suspect")?)
        .subject(known(&story::MOTHER, "victim")?)
        .subject(known(&story::CHILD, "child")?);
    Ok(signal.finish()?)
}

/// VT_TAKEN or VT_TRIAGE: Veilig Thuis to Politie, by Veilig Thuis's own pseudonyms.
pub(super) fn feedback(
    from: &Actor,
    kind: &'static str,
    at: Hour,
    people: &[OpenedSubject],
    answers: [u8; 16],
    values: &Values,
) -> Step<Signal> {
    let of = Frame {
        kind,
        purpose: "P-FEEDBACK",
        need: "reporter",
        regime: Regime::Avg,
        article: None,
        informed: "not-yet",
    };
    let mut signal = frame(&of, from, at, values).case(story::VT_CASE, &[answers]);
    // A role belongs to a person in a signal: who is a suspect to the police is not one here.
    for (subject, role) in people
        .iter()
        .zip(["alleged-perpetrator", "victim", "child"])
    {
        signal = signal.subject(own(subject, role)?);
    }
    Ok(signal.finish()?)
}

/// VT_VTO: Veilig Thuis to the Board, about the child and her parents.
pub(super) fn request(from: &Actor, at: Hour, values: &Values) -> Step<Signal> {
    let of = Frame {
        kind: "VT_VTO",
        purpose: "P-PROTECT",
        need: "protection-task",
        regime: Regime::Avg,
        article: None,
        informed: "yes",
    };
    let signal = frame(&of, from, at, values)
        .case(story::VT_CASE, &[])
        .subject(known(&story::CHILD, "child")?)
        .subject(known(&story::MOTHER, "parent")?)
        .subject(known(&story::FATHER, "parent")?);
    Ok(signal.finish()?)
}

/// RVDK_START: the Board to Veilig Thuis, about the child.
pub(super) fn investigation(from: &Actor, at: Hour, values: &Values) -> Step<Signal> {
    let of = Frame {
        kind: "RVDK_START",
        purpose: "P-PROTECT",
        need: "protection-task",
        regime: Regime::Avg,
        article: None,
        informed: "yes",
    };
    let signal = frame(&of, from, at, values)
        .case(story::RVDK_CASE, &[story::VT_CASE])
        .subject(by_number(&story::CHILD, "child")?);
    Ok(signal.finish()?)
}

/// Which of the prosecution's two recipients a signal is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Probation: supervision, by criminal-chain number.
    Supervision,
    /// Veilig Thuis: safety, by citizen number, which it may know.
    Safety,
}

/// COND_SET or RELEASE_SOON: OM about the suspect; `with_child` attaches the child as well.
pub(super) fn order(
    from: &Actor,
    kind: &'static str,
    to: For,
    at: Hour,
    with_child: bool,
    values: &Values,
) -> Step<Signal> {
    let (purpose, need, subject) = match to {
        For::Supervision => ("P-SUPERVISE", "supervision-task", father_by_skn()?),
        For::Safety => ("P-SAFETY", "safety-task", known(&story::FATHER, "suspect")?),
    };
    let of = Frame {
        kind,
        purpose,
        need,
        regime: Regime::Wjsg,
        article: None,
        informed: "yes",
    };
    let mut signal = frame(&of, from, at, values)
        .case(story::OM_CASE, &[])
        .subject(subject);
    if with_child {
        signal = signal.subject(known(&story::CHILD, "child")?);
    }
    Ok(signal.finish()?)
}

/// SUP_START or COND_BREACH: Reclassering about its client, by its own pseudonym of him.
pub(super) fn supervision(
    from: &Actor,
    kind: &'static str,
    at: Hour,
    client: &OpenedSubject,
    values: &Values,
) -> Step<Signal> {
    let of = Frame {
        kind,
        purpose: "P-SUPERVISE",
        need: "supervision-task",
        regime: Regime::Avg,
        article: None,
        informed: "yes",
    };
    let signal = frame(&of, from, at, values)
        .case(story::REC_CASE, &[story::OM_CASE])
        .subject(own(client, "suspect")?);
    Ok(signal.finish()?)
}

/// COND_BREACH: OM to Politie, passed on by the prosecutor's own decision; the father is found by
/// name, since OM seals no citizen number here.
pub(super) fn breach(from: &Actor, at: Hour, values: &Values) -> Step<Signal> {
    let of = Frame {
        kind: "COND_BREACH",
        purpose: "P-SAFETY",
        need: "enforcement-task",
        regime: Regime::Wjsg,
        article: None,
        informed: "no-safety",
    };
    let father = father_by_skn()?.with_identity(Identity::Person(story::father_by_name()?));
    let signal = frame(&of, from, at, values)
        .passed_on("OM-POL")
        .case(story::OM_CASE, &[])
        .subject(father);
    Ok(signal.finish()?)
}
