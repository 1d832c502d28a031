//! `question`: ask, and answer what was asked.
//!
//! Owns: what is typed for it, and what is shown. Questions and answers come in the stream of a desk, as
//! deliveries do (`signal receive`), which keeps the questions. Must not know: how an answer is made to look
//! like every other.

mod answer;
mod ask;
pub(crate) mod cover;
mod store;

use crate::exit::Failure;
use crate::out;
use crate::setup::Setup;
use crate::show;
use clap::{Args, Subcommand};
use seinhuis_client::ReceivedQuestion;
use seinhuis_types::{DeliveryId, ParseError};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Ask the question that a file describes: a signal of type `ASK` about one person, to one desk.
    Ask(ask::Ask),
    /// The questions that `signal receive --acknowledge` kept, the earliest tick first.
    List,
    /// One of them.
    Read(Which),
    /// Lodge what a person decided on one of them. It leaves at the tick of the question.
    Answer(answer::Answer),
}

/// A question that was kept.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The question, 32 hex digits.
    #[arg(value_parser = question_id)]
    question: DeliveryId,
}

/// Reads the id of a question, 32 hex digits.
pub(crate) fn question_id(text: &str) -> Result<DeliveryId, ParseError> {
    let signal = crate::signal::signal_id(text);
    signal
        .map(|id| DeliveryId(id.0))
        .map_err(|_| ParseError::new("question", "32 hex digits"))
}

pub(crate) async fn run(verb: Verb, setup: &Setup) -> Result<(), Failure> {
    match verb {
        Verb::Ask(args) => Box::pin(ask::run(args, setup)).await,
        Verb::List => list(setup),
        Verb::Read(which) => read(&which, setup),
        Verb::Answer(args) => Box::pin(answer::run(args, setup)).await,
    }
}

fn list(setup: &Setup) -> Result<(), Failure> {
    let state = &setup.config()?.state;
    store::sweep(state, Setup::now())?;
    let mut all = store::all(state)?;
    all.sort_by_key(|question| (question.tick, question.id));
    let documents: Vec<Value> = all.iter().map(document).collect();
    setup.out.show(&json!({ "questions": documents }), || {
        if all.is_empty() {
            return setup
                .out
                .lang()
                .of("er zijn geen vragen", "there are no questions")
                .to_owned();
        }
        let shown: Vec<String> = all.iter().map(|question| words(question, setup)).collect();
        shown.join("\n\n")
    })
}

fn read(which: &Which, setup: &Setup) -> Result<(), Failure> {
    let question = store::one(&setup.config()?.state, which.question)?;
    setup
        .out
        .show(&document(&question), || words(&question, setup))
}

fn is_open(question: &ReceivedQuestion) -> bool {
    Setup::now() < question.tick
}

fn document(question: &ReceivedQuestion) -> Value {
    json!({
        "question_id": question.id.to_string(),
        "asker_oin": question.asker.as_str(),
        "asker_desk": question.asker_desk.as_str(),
        "desk": question.desk.as_str(),
        "purpose": question.purpose.as_str(),
        "question": question.question.as_str(),
        "due": question.due,
        "role": question.subject.role.as_str(),
        "pseudonym": seinhuis_types::hex(&question.pseudonym),
        "tick": show::moment(question.tick),
        "open": is_open(question),
    })
}

fn words(question: &ReceivedQuestion, setup: &Setup) -> String {
    let lang = setup.out.lang();
    let state = match is_open(question) {
        true => lang.of("te beantwoorden", "may be answered"),
        false => lang.of("tijdstip voorbij", "its tick has come"),
    };
    out::facts(&[
        ("question", question.id.to_string()),
        ("asked", question.question.to_string()),
        ("by", format!("{}/{}", question.asker, question.asker_desk)),
        ("desk", question.desk.to_string()),
        ("purpose", question.purpose.to_string()),
        (
            "about",
            format!(
                "{} {}",
                question.subject.role,
                seinhuis_types::hex(&question.pseudonym)
            ),
        ),
        ("due", question.due.clone().unwrap_or_default()),
        ("tick", show::moment(question.tick)),
        ("state", state.to_owned()),
    ])
}
