//! `agreement show`: what was agreed, and who signed it.

use crate::cli::agreement_hash;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{AgreementView, StepView};
use seinhuis_domain::agreement::{AttestedBasis, Clause, Party};
use seinhuis_types::{AgreementHash, Oin};
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
        })
    };
    json!({
        "agreement_hash": view.hash.as_str(),
        "state": view.state.as_str(),
        "steps": view.steps.iter().map(step).collect::<Vec<_>>(),
        "left": view.left.iter().map(Oin::as_str).collect::<Vec<_>>(),
        "suspended_by": view.suspended_by.as_ref().map(Oin::as_str),
        // The bytes parsed before: a content that is no JSON has no hash.
        "content": serde_json::from_slice::<Value>(&view.bytes).unwrap_or_default(),
    })
}

fn words(view: &AgreementView, setup: &Setup) -> String {
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
        ("state", view.state.as_str().to_owned()),
        (
            "suspended by",
            view.suspended_by
                .map(|oin| oin.to_string())
                .unwrap_or_default(),
        ),
        ("left", joined(&view.left)),
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
        out::table(&["at", "party", "step", "proof"], &steps),
    ]
    .join("\n\n")
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
