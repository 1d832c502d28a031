//! `demo`: a lawful story on this machine, told in plain words and checked at every step.
//!
//! Owns: setting the stage, the order of the story, and its end: a step that ends otherwise than told
//! ends the demo with exit code 1, by name. The partners speak through the SDK and see no server crate.
//! Must not know: any rule; hub and SDK judge, the demo compares.

mod access;
mod afterwards;
mod agreed;
mod blind;
mod break_glass;
mod cast;
mod conditions;
mod consent;
mod correcting;
mod direct;
mod further;
mod leaving;
mod opening;
mod proof;
mod questions;
mod ready;
mod report;
mod signals;
mod stage;
mod story;
mod table;
mod tell;

use crate::exit::{Exit, Failure};
use crate::shutdown;
use afterwards::{Left, invite};
use seinhuis_testkit::sandbox::{CHAIN, Sandbox, Service};
use stage::{Calendar, Stage, now};
use std::fs::{DirBuilder, create_dir_all};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use table::Table;
use tell::{Step, Teller, line};

/// What may be asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// End when the story ends: exit code 0 when every step ended as told, 1 otherwise.
    #[arg(long)]
    once: bool,
    /// Where to; must not exist yet. Default: a new folder for temporary files.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Folder with `catalogue/`, `policy/`, and `agreements/` with five-party.toml and four-party.toml.
    #[arg(long, default_value = "config")]
    rules: PathBuf,
}

/// Tells the story, then stays until asked to end. Both services end with it, whatever happens.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let unavailable = |e: &dyn std::fmt::Display| Failure::new(Exit::Unavailable, e);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| unavailable(&e))?;
    runtime.block_on(async {
        // The signals are listened for before any process is started, so that none is left behind.
        tokio::select! {
            biased;
            asked = shutdown::asked_or_left() => {
                line("");
                line("Asked to end; both services end with this process.");
                // A story that was cut short did not end as told.
                asked.and_then(|()| match options.once {
                    true => Err(Failure::new(Exit::Story, "the demo was cut short")),
                    false => Ok(()),
                })
            }
            ended = Box::pin(play(options)) => ended,
        }
    })
}

async fn play(options: &Options) -> Result<(), Failure> {
    let root = folder(options.folder.as_deref())?;
    line(
        "SEINHUIS: lawful, minimal signals between partners of the care-and-safety chain, with proof.",
    );
    line("Every person, number, case and organisation in this story is made up.");
    line(&format!(
        "Folder: {} (throw-away keys; remove it when you are done)",
        root.display()
    ));
    let unavailable = |e: &dyn std::fmt::Display| Failure::new(Exit::Unavailable, e);
    let binary = std::env::current_exe().map_err(|e| unavailable(&e))?;
    let sandbox = Sandbox::prepare(&root, &binary, &options.rules, &CHAIN, now())
        .map_err(|e| unavailable(&e))?;
    ready::furnish(&sandbox).map_err(|e| unavailable(&e))?;
    let pseudonymiser = sandbox.start_pseudonymiser().map_err(|e| unavailable(&e))?;
    let hub = sandbox.start_hub().map_err(|e| unavailable(&e))?;
    let mut stage = set(&sandbox)
        .await
        .map_err(|broken| unavailable(&broken.0))?;
    let told = Box::pin(story(
        &mut stage,
        &sandbox,
        &options.rules,
        (&hub, &pseudonymiser),
    ))
    .await;
    let left = told.map_err(|broken| {
        let (at, said, root) = (stage.tell.at(), broken.0, root.display());
        let logs = format!("each service's log is `service.log` in its folder under {root}");
        Failure::new(
            Exit::Story,
            format!("{at} did not end as told: {said}\n{logs}"),
        )
    })?;
    end(&stage);
    if options.once {
        return Ok(());
    }
    // The streams of the story end here, so that another reader of a desk is its only one.
    drop(stage);
    invite(&sandbox, &options.rules, &left).map_err(|e| unavailable(&e))?;
    std::future::pending().await
}

/// A new folder that only this user can look into.
fn folder(asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let root = match asked {
        Some(folder) => folder.to_owned(),
        None => std::env::temp_dir().join(format!("seinhuis-demo-{:08x}", rand::random::<u32>())),
    };
    let failed = |e: std::io::Error| {
        let new = "the demo is made in a new folder";
        Failure::config(format!("{}: {e}; {new}", root.display()))
    };
    let parent = root
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or(Ok(()), create_dir_all).map_err(failed)?;
    DirBuilder::new()
        .mode(0o700)
        .create(&root)
        .map_err(failed)?;
    root.canonicalize().map_err(failed)
}

async fn set(sandbox: &Sandbox) -> Step<Stage> {
    let [politie, om, rvdk, reclassering, vt] = opening::enter(sandbox).await?;
    Ok(Stage {
        politie,
        om,
        rvdk,
        reclassering,
        vt,
        tell: Teller::default(),
        table: Table::default(),
        calendar: Calendar::of(now()),
    })
}

async fn story(
    stage: &mut Stage,
    sandbox: &Sandbox,
    rules: &Path,
    services: (&Service, &Service),
) -> Step<Left> {
    opening::present(stage, sandbox, services).await?;
    opening::keys(stage).await?;
    let pact = Box::pin(opening::agree(stage, rules)).await?;
    let report = Box::pin(report::report(stage, &pact)).await?;
    Box::pin(report::feedback(stage, &pact, &report)).await?;
    let further = Box::pin(further::agree(stage, rules)).await?;
    // Their answers come at a moment of the clock: the story goes on until then.
    let waiting = Box::pin(questions::ask(stage, &further)).await?;
    Box::pin(report::protection(stage, &pact)).await?;
    let client = Box::pin(conditions::conditions(stage, &pact)).await?;
    Box::pin(conditions::no_child(stage, &pact)).await?;
    let start = Box::pin(conditions::supervision(stage, &pact, &client)).await?;
    let refusal = Box::pin(conditions::straight(stage, &pact, &client)).await?;
    Box::pin(conditions::through_om(stage, &pact, &client, &start)).await?;
    Box::pin(conditions::article_nine(stage, &pact)).await?;
    Box::pin(consent::consent(stage, &further)).await?;
    Box::pin(break_glass::break_glass(stage, &further)).await?;
    Box::pin(leaving::leave(stage, &pact)).await?;
    Box::pin(correcting::correct(stage, &pact, &client)).await?;
    Box::pin(questions::answers(stage, &waiting)).await?;
    Box::pin(proof::scan(stage, &report)).await?;
    Box::pin(access::access(stage)).await?;
    Box::pin(proof::receipts(stage)).await?;
    blind::look(stage, sandbox.root())?;
    Ok(Left {
        agreement: pact.hash,
        refusal,
    })
}

fn end(stage: &Stage) {
    stage
        .tell
        .part("Who sent what to whom, who saw what, who was refused why");
    stage.table.print();
    let (saw, refused) = stage.table.counts();
    line(&format!(
        "{saw} signals were opened, {refused} were refused. Every step ended as told."
    ));
    line(
        "The hub could read who sent what type to whom, when, why and on which basis: roles, names of",
    );
    line(
        "fields, and the partners' own pseudonyms of their staff. The pseudonymiser could read parties,",
    );
    line(
        "desks, clause and hour. Neither could read a value, a number, a name or a case reference. Of",
    );
    line(
        "consent the hub knows that some was given and taken back, not whose; of questions not what was",
    );
    line("answered.");
}
