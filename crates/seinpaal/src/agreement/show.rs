//! `agreement show`: what was agreed, and who signed it.

use crate::cli::{Lang, agreement_hash};
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{AgreementView, StepView};
use seinhuis_domain::agreement::{AttestedBasis, Clause, Party, State, StepKind, StepReason, Term};
use seinhuis_types::{AgreementHash, Millis, Oin};
use serde_json::{Value, json};
use std::fmt::Display;

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The agreement's hash, between single quotes.
    #[arg(value_parser = agreement_hash)]
    hash: AgreementHash,
    /// Write the content (JSON) exactly as proposed, and nothing else.
    #[arg(long)]
    content: bool,
}

pub(crate) async fn run(args: Show, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let view = online.partner.agreement(&args.hash).await?;
    if args.content {
        return setup.out.write(&view.bytes);
    }
    setup.out.show(&document(&view), || words(&view, setup))
}

fn document(view: &AgreementView) -> Value {
    let step = |step: &StepView| {
        json!({
            "oin": step.oin.as_str(),
            "type": step.kind.as_str(),
            "at": show::moment(step.at),
            "proven": step.proven,
            "reason": step.reason.map(StepReason::as_str),
            "reason_nl": step.reason.map(StepReason::nl),
            "reason_en": step.reason.map(StepReason::en),
        })
    };
    let replaced = view.replaced.as_ref();
    json!({
        "agreement_hash": view.hash.as_str(),
        "state": view.state.as_str(),
        "term_over_since": over_since(view, Setup::now()).map(show::moment),
        "steps": view.steps.iter().map(step).collect::<Vec<_>>(),
        "left": view.left.iter().map(Oin::as_str).collect::<Vec<_>>(),
        "suspended_by": view.suspended_by.as_ref().map(Oin::as_str),
        "proposed_by": view.proposed.map(|(by, _)| by.to_string()),
        "proposed": view.proposed.map(|(_, at)| show::moment(at)),
        "answer_by": view.answer_by.map(show::moment),
        "replaces": view.content.replaces.as_ref().map(AgreementHash::as_str),
        "replaced_by": replaced.map(|(by, _)| by.as_str()),
        "replaced_from": replaced.map(|(_, from)| show::moment(*from)),
        // The bytes parsed before: a content that is no JSON has no hash.
        "content": serde_json::from_slice::<Value>(&view.bytes).unwrap_or_default(),
    })
}

/// The first moment after its term, of one that no step or later version ended: nothing goes under it
/// any more, whatever the state says that its parties made.
pub(super) fn over_since(view: &AgreementView, now: Millis) -> Option<Millis> {
    let stands = matches!(view.state, State::Valid | State::Suspended);
    let validity = &view.content.validity;
    (stands && validity.term(now) == Term::Over).then(|| validity.end())
}

/// Its state for people, and since when its term is over.
pub(super) fn state(view: &AgreementView, now: Millis, lang: Lang) -> String {
    let state = view.state.as_str();
    let Some(since) = over_since(view, now) else {
        return state.to_owned();
    };
    let words = lang.of("looptijd voorbij sinds", "term over since");
    format!("{state}; {words} {}", show::moment(since))
}

/// An agreement for people.
pub(super) fn words(view: &AgreementView, setup: &Setup) -> String {
    let content = &view.content;
    let title = setup
        .out
        .lang()
        .of(content.title.nl.as_str(), content.title.en.as_str());
    let term = content.validity;
    let head = out::facts(&[
        ("agreement", title.to_owned()),
        ("hash", view.hash.to_string()),
        ("version", content.version.to_string()),
        ("state", state(view, Setup::now(), setup.out.lang())),
        (
            "suspended by",
            view.suspended_by
                .map(|oin| oin.to_string())
                .unwrap_or_default(),
        ),
        ("because", suspended_because(view, setup)),
        ("left", joined(&view.left)),
        (
            "open until",
            view.answer_by.map(show::moment).unwrap_or_default(),
        ),
        (
            "replaces",
            content
                .replaces
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        ),
        (
            "replaced by",
            view.replaced
                .as_ref()
                .map(|(by, from)| format!("{by} from {}", show::moment(*from)))
                .unwrap_or_default(),
        ),
        ("from", show::moment(term.not_before.millis())),
        ("until", show::moment(term.not_after.millis())),
        ("review", content.review.to_string()),
    ]);
    let party = |party: &Party| {
        let (role, name) = (party.role.as_str().to_owned(), party.name.to_string());
        vec![party.oin.to_string(), role, joined(&party.desks), name]
    };
    let parties: Vec<_> = content.parties.iter().map(party).collect();
    let clauses: Vec<_> = content.clauses.iter().map(clause).collect();
    let step = |step: &StepView| {
        let proven = if step.proven {
            "signature holds"
        } else {
            "NOT PROVEN HERE"
        };
        let kind = step.kind.as_str().to_owned();
        vec![
            show::moment(step.at),
            step.oin.to_string(),
            kind,
            proven.to_owned(),
            step.reason
                .map(|reason| said(reason, setup).to_owned())
                .unwrap_or_default(),
        ]
    };
    let steps: Vec<_> = view.steps.iter().map(step).collect();
    [
        head,
        out::table(&["party", "role", "desks", "name"], &parties),
        out::table(
            &["clause", "from", "to", "types", "purposes", "basis"],
            &clauses,
        ),
        out::table(&["at", "party", "step", "proof", "reason"], &steps),
    ]
    .join("\n\n")
}

/// A reason in the language that was asked for.
pub(super) fn said(reason: StepReason, setup: &Setup) -> &'static str {
    setup.out.lang().of(reason.nl(), reason.en())
}

/// Why it is suspended now, as the suspender signed it.
fn suspended_because(view: &AgreementView, setup: &Setup) -> String {
    let Some(by) = &view.suspended_by else {
        return String::new();
    };
    let mut steps = view.steps.iter().rev();
    let last = steps.find(|step| step.oin == *by && step.kind == StepKind::Suspend);
    last.and_then(|step| step.reason)
        .map(|reason| said(reason, setup).to_owned())
        .unwrap_or_default()
}

fn clause(clause: &Clause) -> Vec<String> {
    let basis = &clause.basis;
    let codes = |bases: &[AttestedBasis]| joined(bases.iter().map(|basis| &basis.code));
    let [provide, receive, special] =
        [&basis.provide, &basis.receive, &basis.special].map(|bases| codes(bases));
    let special = if special.is_empty() {
        special
    } else {
        format!(" + {special}")
    };
    vec![
        clause.id.to_string(),
        clause.from.to_string(),
        clause.to.to_string(),
        joined(clause.types.iter().map(|granted| &granted.code)),
        joined(&clause.purposes),
        format!("{provide} -> {receive}{special}"),
    ]
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items
        .into_iter()
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(",")
}
