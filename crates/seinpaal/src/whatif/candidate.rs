//! What is tried, and the rules at hand: each read and judged as one that would come into force.

use super::WhatIf;
use crate::agreement::source::{Source, catalogue};
use crate::exit::Failure;
use crate::setup::Online;
use seinhuis_client::{AgreementView, PartnerConfig, Ruleset};
use seinhuis_domain::agreement::{Content, Fault, Options, Party, Placeholders, State, check};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_policy::{Case, Engine, Replay};
use seinhuis_types::AgreementHash;
use std::path::{Path, PathBuf};

/// The rules at hand and those that are tried, once they are read.
pub(super) struct Rules {
    catalogues: Vec<Catalogue>,
    policies: Vec<Engine>,
    /// What is tried in the place of every other.
    catalogue: Option<Catalogue>,
    policy: Option<Engine>,
}

/// An agreement of one's own that could not be agreed on the catalogue that is tried.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) agreement: AgreementHash,
    pub(super) faults: Vec<Fault>,
}

impl Rules {
    /// Reads the rules at hand and what is tried.
    pub(super) fn read(args: &WhatIf, config: &PartnerConfig) -> Result<Self, Failure> {
        let read = Self {
            catalogues: each(&config.catalogues, catalogue)?,
            policies: each(&config.policies, policy)?,
            catalogue: args.catalogue.as_deref().map(catalogue).transpose()?,
            policy: args.policy.as_deref().map(policy).transpose()?,
        };
        if read.policies.is_empty() && read.policy.is_none() {
            return Err(Failure::mended(
                "there is no policy set to make decisions by",
                "name the one in force in `policies` of the configuration, or one to try with `--policy`",
            ));
        }
        Ok(read)
    }

    /// Reads the agreement that is tried, as one that is proposed on what is tried and, for the rest, on
    /// the ruleset in force.
    pub(super) fn agreement(
        &self,
        file: &Path,
        args: &WhatIf,
        config: &PartnerConfig,
        in_force: &Ruleset,
    ) -> Result<Tried, Failure> {
        let source = Source::read(file)?;
        let catalogue_hash = self.catalogue.as_ref().map(Catalogue::hash);
        let policy_hash = self.policy.as_ref().map(Engine::hash);
        let policy_hash = Some(policy_hash.unwrap_or(in_force.policy));
        let placeholders = Placeholders {
            catalogue_hash: Some(catalogue_hash.unwrap_or(in_force.catalogue)),
            policy_hash,
        };
        let bytes = source
            .content(&placeholders)
            .map_err(|error| source.fault(&error))?;
        let content = Content::parse(&bytes).map_err(|error| source.fault(&error))?;
        let pinned = self
            .catalogue
            .iter()
            .chain(&self.catalogues)
            .find(|catalogue| catalogue.hash() == content.catalogue_hash)
            .ok_or_else(|| {
                Failure::mended(
                    format!("{} rests on a catalogue that is not here", source.name()),
                    "name it in `catalogues` of the configuration, or try it with `--catalogue`",
                )
            })?;
        let options = Options {
            allow_test_oins: config.test_oins,
            policy_hash,
        };
        let faults = check(&content, pinned, &options);
        if !faults.is_empty() {
            let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
            return Err(Failure::invalid(format!(
                "{} could not come into force:{}",
                source.name(),
                lines.concat()
            )));
        }
        if content.party(&config.oin).is_none() {
            return Err(Failure::invalid(format!(
                "`{}` is no party of {}; it would decide nothing of yours",
                config.oin,
                source.name()
            )));
        }
        let instead_of = args.instead_of.clone().or_else(|| content.replaces.clone());
        let instead_of = instead_of.ok_or_else(|| {
            Failure::mended(
                format!("{} does not say which agreement it replaces", source.name()),
                "name the one it would stand in for with `--instead-of`",
            )
        })?;
        Ok(Tried {
            instead_of,
            content,
        })
    }

    /// Which of one's own agreements that stand could not be agreed as they are on the catalogue that is
    /// tried. Much of a catalogue is judged only when an agreement is proposed, and flips no decision.
    pub(super) async fn refused(&self, online: &Online) -> Result<Vec<Refused>, Failure> {
        let Some(tried) = &self.catalogue else {
            return Ok(Vec::new());
        };
        let options = Options {
            allow_test_oins: online.config.test_oins,
            policy_hash: None,
        };
        let stands = |view: &AgreementView| matches!(view.state, State::Valid | State::Suspended);
        let own = online.partner.list_agreements().await?;
        let judged = own.into_iter().filter(stands).map(|view| {
            let mut content = (*view.content).clone();
            // It would be proposed anew, on this one.
            content.catalogue_hash = tried.hash();
            Refused {
                agreement: view.hash,
                faults: check(&content, tried, &options),
            }
        });
        Ok(judged.filter(|one| !one.faults.is_empty()).collect())
    }

    /// Lays what is tried, and what is at hand beside it.
    pub(super) fn lay(self, replay: &mut Replay) {
        if let Some(tried) = self.catalogue {
            replay.try_catalogue(tried);
        }
        if let Some(tried) = self.policy {
            replay.try_policy(tried);
        }
        for known in self.catalogues {
            replay.know_catalogue(known);
        }
        for known in self.policies {
            replay.know_policy(known);
        }
    }
}

/// An agreement that is tried, and which it stands in for.
pub(super) struct Tried {
    instead_of: AgreementHash,
    content: Content,
}

impl Tried {
    /// Lays it in the place of the other, if that is one's own and nobody who is still in it would lose
    /// its place.
    pub(super) async fn lay(self, online: &Online, replay: &mut Replay) -> Result<(), Failure> {
        let Self {
            instead_of,
            content,
        } = self;
        let old = online.partner.agreement(&instead_of).await?;
        let stays = |party: &&Party| !old.left.contains(&party.oin);
        let mut parties = old.content.parties.iter().filter(stays);
        if let Some(lost) = parties.find(|p| content.party(&p.oin).is_none()) {
            return Err(Failure::invalid(format!(
                "`{}` is a party of the agreement that this one would stand in for, and not of this one; \
                 it keeps its place, or leaves the old one first",
                lost.oin
            )));
        }
        replay.know_agreement(instead_of.clone(), (*old.content).clone());
        replay.try_agreement(instead_of, content);
        Ok(())
    }
}

fn each<T>(
    folders: &[PathBuf],
    read: impl Fn(&Path) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    folders.iter().map(|folder| read(folder)).collect()
}

/// The policy set in `folder`, with its cases, if it has any.
fn policy(folder: &Path) -> Result<Engine, Failure> {
    let schema = text(&folder.join("schema.cedarschema"))?;
    let written = files(folder, "cedar")?;
    let texts: Vec<(&str, &str)> = written
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let engine = Engine::load(&schema, &texts).map_err(|faults| faulty(folder, &faults))?;
    let cases = folder.join("cases");
    if !cases.exists() {
        return Ok(engine);
    }
    let base = text(&folder.join("base.toml"))?;
    let mut faults = Vec::new();
    for (name, said) in &files(&cases, "toml")? {
        match Case::parse(name.trim_end_matches(".toml"), &base, said) {
            Err(fault) => faults.push(fault.to_string()),
            Ok(case) => faults.extend(engine.run_case(&case).err().map(|f| f.to_string())),
        }
    }
    if faults.is_empty() {
        Ok(engine)
    } else {
        Err(faulty(folder, &faults))
    }
}

fn faulty<F: std::fmt::Display>(folder: &Path, faults: &[F]) -> Failure {
    let lines: Vec<String> = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    Failure::invalid(format!(
        "policy set `{}`:{}",
        folder.display(),
        lines.concat()
    ))
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))
}

/// The files of a folder with one ending, by name, with their text.
fn files(folder: &Path, ending: &str) -> Result<Vec<(String, String)>, Failure> {
    let failed = |error| Failure::file(folder, &error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|found| found == ending) {
            let name = path.file_name().unwrap_or_default();
            found.push((name.to_string_lossy().into_owned(), text(&path)?));
        }
    }
    found.sort();
    Ok(found)
}
