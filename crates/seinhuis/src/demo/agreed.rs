//! Agreements of the story: as they are written, and how each comes into force.
//!
//! Owns: reading one from the folder of rules, and that everyone signs before it holds. Must not know:
//! what it is about.

use super::cast::Actor;
use super::stage::now;
use super::tell::{Broken, Step, ensure};
use crate::load;
use seinhuis_domain::agreement::{Clause, Content, Placeholders, State, Term, from_toml};
use seinhuis_types::AgreementHash;
use std::path::Path;

/// An agreement of the folder, as `proposer` can propose it: on the rules that the hub serves, its term
/// running, a basis on both sides of every clause.
pub(super) async fn authored(
    proposer: &Actor,
    rules: &Path,
    file: &str,
) -> Step<(Vec<u8>, Content)> {
    let own = |error: crate::exit::Failure| Broken(error.to_string());
    let catalogue = load::catalogue(&rules.join("catalogue"))
        .map_err(own)?
        .hash();
    let policy = load::policy(&rules.join("policy")).map_err(own)?.hash();
    let served = proposer.partner.ruleset().await?;
    ensure(
        (served.catalogue, served.policy) == (catalogue, policy),
        "the hub has other rules",
    )?;
    let placeholders = Placeholders {
        catalogue_hash: Some(catalogue),
        policy_hash: Some(policy),
    };
    let path = rules.join("agreements").join(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Broken(format!("{}: {error}", path.display())))?;
    let bytes = from_toml(&text, &placeholders)?;
    let content = Content::parse(&bytes)?;
    ensure(
        content.validity.term(now()) == Term::Running,
        &format!("the clock of this machine is outside the term of the agreement in {file}"),
    )?;
    let bases =
        |clause: &Clause| !clause.basis.provide.is_empty() && !clause.basis.receive.is_empty();
    ensure(content.clauses.iter().all(bases), "a clause has no basis")?;
    Ok((bytes, content))
}

/// Each of them accepts; it is in force with the last and not before.
pub(super) async fn sign<'a>(
    actors: impl IntoIterator<Item = &'a mut Actor>,
    hash: &AgreementHash,
) -> Step<()> {
    let mut reached = State::Proposed;
    for actor in actors {
        ensure(
            reached == State::Proposed,
            "it came into force before everyone had signed",
        )?;
        let persons = actor.persons()?;
        let taken = Box::pin(actor.partner.accept(hash, &persons)).await?;
        actor.keep(&taken.proof, Vec::new());
        reached = taken.state;
    }
    ensure(reached == State::Valid, "it is not in force")
}
