//! What is tried, and the rules at hand: each read and judged as one that would come into force.

use super::WhatIf;
use crate::agreement::source::{Source, catalogue};
use crate::exit::Failure;
use crate::setup::Online;
use seinhuis_client::PartnerConfig;
use seinhuis_domain::agreement::{Content, Options, Placeholders, check};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_policy::{Case, Engine, Replay};
use seinhuis_types::{AgreementHash, Digest};
use std::path::Path;

/// The agreement that is tried, once its file and the rules are read.
pub(super) struct Tried {
    agreement: Option<(AgreementHash, Content)>,
}

impl Tried {
    /// Reads the rules at hand and what is tried.
    pub(super) fn read(
        args: &WhatIf,
        config: &PartnerConfig,
        replay: &mut Replay,
    ) -> Result<Self, Failure> {
        let mut newest = (None, None);
        let mut catalogues = Vec::new();
        for folder in config.catalogues.iter().chain(&args.catalogue) {
            let read = catalogue(folder)?;
            newest.0 = Some(read.hash());
            catalogues.push(read);
        }
        let mut policies = Vec::new();
        for folder in config.policies.iter().chain(&args.policy) {
            let read = policy(folder)?;
            newest.1 = Some(read.hash());
            policies.push(read);
        }
        if policies.is_empty() {
            return Err(Failure::mended(
                "there is no policy set to make decisions by",
                "name the one in force in `policies` of the configuration, or one to try with `--policy`",
            ));
        }
        let agreement = args
            .agreement
            .as_deref()
            .map(|file| agreement(file, args, config, newest, &catalogues))
            .transpose()?;
        // What is tried came last; what is at hand is all that is configured.
        if args.catalogue.is_some()
            && let Some(last) = catalogues.pop()
        {
            replay.try_catalogue(last);
        }
        if args.policy.is_some()
            && let Some(last) = policies.pop()
        {
            replay.try_policy(last);
        }
        for known in catalogues {
            replay.know_catalogue(known);
        }
        for known in policies {
            replay.know_policy(known);
        }
        Ok(Self { agreement })
    }

    /// Lays the agreement that is tried in the place of the other, if that is one's own and nobody would
    /// lose its place in it.
    pub(super) async fn lay(self, online: &Online, replay: &mut Replay) -> Result<(), Failure> {
        let Some((instead_of, content)) = self.agreement else {
            return Ok(());
        };
        let old = online.partner.agreement(&instead_of).await?.content;
        if let Some(lost) = old.parties.iter().find(|p| content.party(&p.oin).is_none()) {
            return Err(Failure::invalid(format!(
                "`{}` is a party of the agreement that this one would stand in for, and not of this one; \
                 an agreement of other parties is another agreement",
                lost.oin
            )));
        }
        replay.know_agreement(instead_of.clone(), (*old).clone());
        replay.try_agreement(instead_of, content);
        Ok(())
    }
}

fn agreement(
    file: &Path,
    args: &WhatIf,
    config: &PartnerConfig,
    newest: (Option<Digest>, Option<Digest>),
    catalogues: &[Catalogue],
) -> Result<(AgreementHash, Content), Failure> {
    let source = Source::read(file)?;
    let placeholders = Placeholders {
        catalogue_hash: newest.0,
        policy_hash: newest.1,
    };
    let bytes = source
        .content(&placeholders)
        .map_err(|error| source.fault(&error))?;
    let content = Content::parse(&bytes).map_err(|error| source.fault(&error))?;
    let pinned = catalogues
        .iter()
        .rev()
        .find(|catalogue| catalogue.hash() == content.catalogue_hash)
        .ok_or_else(|| {
            Failure::mended(
                format!("{} rests on a catalogue that is not here", source.name()),
                "name it in `catalogues` of the configuration, or try it with `--catalogue`",
            )
        })?;
    let options = Options {
        allow_test_oins: config.test_oins,
        policy_hash: newest.1,
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
    Ok((instead_of, content))
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
