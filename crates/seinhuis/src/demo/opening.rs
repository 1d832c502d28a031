//! The first part: who is there, whose keys are whose, and the agreement.

use super::agreed::{self, authored};
use super::cast::Actor;
use super::direct;
use super::stage::{Pact, Stage, now};
use super::tell::{Broken, Step, ensure};
use seinhuis_client::{ClientError, Persons};
use seinhuis_domain::agreement::Mode;
use seinhuis_testkit::sandbox::{Sandbox, Service};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The clause that the forbidden proposal makes a pull of.
const REPORT_CLAUSE: &str = "pol-vt-report";

/// Says who runs what.
pub(super) async fn present(
    stage: &mut Stage,
    sandbox: &Sandbox,
    (hub, pseudonymiser): (&Service, &Service),
) -> Step<()> {
    stage.tell.part("Who is on stage");
    stage.tell.step(&format!(
        "The hub serves as process {}, the pseudonymiser (pseudonimiseerder) as process {}: two \
         organisations, two processes, two key folders. Neither alone can tell who a signal is about.",
        hub.id(),
        pseudonymiser.id()
    ));
    ensure(hub.id() != pseudonymiser.id(), "the two share a process")?;
    stage.tell.aside(&format!(
        "The five partners are played by this process ({}), each through the SDK with its own \
         certificates, keys and configuration.",
        std::process::id()
    ));
    stage.tell.step(
        "Five partners call the hub over mutual TLS, each with certificates of its own in which its \
         OIN stands.",
    );
    let listed: BTreeSet<_> = stage
        .vt
        .partner
        .partners()
        .await?
        .into_iter()
        .map(|entry| entry.oin)
        .collect();
    let mut thumbprints = BTreeSet::new();
    for actor in stage.all() {
        ensure(
            listed.contains(&actor.partner.oin()),
            "a partner is not in the directory",
        )?;
        let own = actor.partner.systems().await?;
        ensure(
            own.len() == 1,
            "a partner has another number of systems than one",
        )?;
        thumbprints.extend(own.into_iter().map(|system| system.thumbprint));
    }
    ensure(
        listed.len() == 5 && thumbprints.len() == 5,
        "there are not five certificates",
    )?;
    for spec in sandbox.partners() {
        stage.tell.ok(&format!(
            "{}  {}, desk (loket) {}",
            spec.oin, spec.label, spec.desk
        ));
    }
    Ok(())
}

/// Keys of all desks.
pub(super) async fn keys(stage: &mut Stage) -> Step<()> {
    stage.tell.step(
        "Each desk makes a sealing key that never leaves it, and a key for its pseudonyms out of one \
         share from each of the two processes. It signs a key statement for both (sleutelverklaring).",
    );
    for actor in stage.all() {
        actor.make_keys(now()).await?;
    }
    let Stage { politie, vt, .. } = stage;
    let stated = politie
        .partner
        .recipient_keys(vt.partner.oin(), &vt.desk)
        .await?;
    let own = vt
        .partner
        .recipient_keys(vt.partner.oin(), &vt.desk)
        .await?;
    ensure(
        stated.seal.key == own.seal.key,
        "Politie found another key than VT stated",
    )?;
    stage.tell.ok(
        "Politie finds the keys of Veilig Thuis and believes them for Veilig Thuis's own signature, \
         under the root that Politie itself pinned; the hub only passed them on.",
    );
    Ok(())
}

/// The agreement, from proposal to force.
pub(super) async fn agree(stage: &mut Stage, rules: &Path) -> Step<Pact> {
    stage.tell.part("The agreement (convenant)");
    stage.tell.step(
        "Politie proposes the agreement of the five. It is tied to one catalogue and one policy set by \
         their hashes; every clause names a legal basis (grondslag) to provide and one to receive.",
    );
    let (bytes, content) = authored(&stage.politie, rules, "five-party.toml").await?;
    let (hash, proof) = Box::pin(stage.politie.partner.propose(&bytes)).await?;
    stage.politie.keep(&proof, Vec::new());
    stage.tell.ok(&format!(
        "proposed: {} clauses, hash {hash}",
        content.clauses.len()
    ));
    let pact = Pact { hash, content };
    sign(stage, &pact).await?;
    no_pull(stage, &bytes).await?;
    Ok(pact)
}

async fn sign(stage: &mut Stage, pact: &Pact) -> Step<()> {
    stage.tell.step(
        "All five sign. At each, one person starts the step and another approves it; one person in \
         both places is not taken.",
    );
    ensure(
        Persons::new("beheer-1", "beheer-1").is_err(),
        "one person signed alone",
    )?;
    agreed::sign(stage.all(), &pact.hash).await?;
    let view = Box::pin(stage.vt.partner.agreement(&pact.hash)).await?;
    ensure(view.steps.len() == 5, "there are not five signatures")?;
    ensure(
        view.steps.iter().all(|step| step.proven),
        "a signature does not hold",
    )?;
    stage
        .tell
        .ok("in force; Veilig Thuis verified all five signatures for itself.");
    for actor in stage.all() {
        actor.early = Some(actor.partner.checkpoint().await?);
    }
    Ok(())
}

/// A proposal by which Veilig Thuis would take from the police without anyone deciding.
async fn no_pull(stage: &mut Stage, bytes: &[u8]) -> Step<()> {
    stage.tell.step(
        "Someone drafts a next version in which Veilig Thuis may query the police automatically (mode \
         `pull`). It cannot be activated: it cannot even be proposed.",
    );
    let bytes = with_pull(bytes)?;
    let said = match Box::pin(stage.vt.partner.propose(&bytes)).await {
        Err(ClientError::Invalid(said)) => said,
        Err(error) => return Err(error.into()),
        Ok(_) => return Err(Broken("the SDK proposed a pull".to_owned())),
    };
    stage.tell.no(&format!("the SDK of Veilig Thuis: {said}."));
    let said = direct::propose(&stage.vt.config, bytes).await?;
    ensure(
        said.contains("pull"),
        &format!("the hub said something else: {said}"),
    )?;
    stage
        .tell
        .no(&format!("the hub, when called past the SDK: {said}."));
    stage.tell.aside(
        "A person decides what leaves (Wpg 7a, 23(2)): the police send by their own decision, case by \
         case.",
    );
    Ok(())
}

/// The same content as a next version, its report clause a pull.
fn with_pull(bytes: &[u8]) -> Step<Vec<u8>> {
    let absent = || Broken("the agreement has no report clause".to_owned());
    let mut content: Value = serde_json::from_slice(bytes)?;
    let clauses = content
        .get_mut("clauses")
        .and_then(Value::as_array_mut)
        .ok_or_else(absent)?;
    let id = |clause: &&mut Value| clause.get("id") == Some(&json!(REPORT_CLAUSE));
    let clause = clauses
        .iter_mut()
        .find(id)
        .and_then(Value::as_object_mut)
        .ok_or_else(absent)?;
    let before = clause.insert("mode".to_owned(), json!("pull"));
    ensure(
        before == Some(json!(Mode::Push.as_str())),
        "the report clause was no push",
    )?;
    let members = content.as_object_mut().ok_or_else(absent)?;
    members.insert("version".to_owned(), json!(2));
    Ok(serde_json::to_vec(&content)?)
}

/// All five enter.
pub(super) async fn enter(sandbox: &Sandbox) -> Step<[Actor; 5]> {
    let mut cast = Vec::with_capacity(5);
    for (spec, short) in
        sandbox
            .partners()
            .iter()
            .zip(["Politie", "OM", "RvdK", "Reclassering", "VT"])
    {
        cast.push(Actor::enter(sandbox, *spec, short).await?);
    }
    cast.try_into()
        .map_err(|_| Broken("there are not five partners".to_owned()))
}
