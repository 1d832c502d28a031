//! `check`: is what a service would be given to serve with without fault?
//!
//! Read with the same code as by `serve`. Not read: certificates, revocation lists, keys and data.

use crate::config::{self, HubConfig, PseudonymiserConfig};
use crate::exit::Failure;
use crate::{hub, load, log};
use seinhuis_domain::agreement::{self, Agreement, Options, Placeholders};
use seinhuis_hub::Rules;
use seinhuis_types::hex;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What is wrong so far, a line each.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    /// The value, or nothing and one more fault.
    fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result
            .map_err(|failure| self.0.push(failure.to_string()))
            .ok()
    }
}

/// Checks a folder of configuration and rules; tells every fault with file, line and fix.
pub(crate) fn run(folder: &Path) -> Result<(), Failure> {
    let mut faults = Faults::default();
    let hub = configuration::<HubConfig>(folder, "hub.toml", &mut faults);
    let other = configuration::<PseudonymiserConfig>(folder, "pseudonymiser.toml", &mut faults);
    let place = |configured: Option<&Path>, usual: &str| {
        folder.join(configured.unwrap_or(Path::new(usual)))
    };
    let hub = hub.as_ref();
    if let Some(hub) = hub {
        faults.keep(hub.limits.question_shortest_ms(hub.test_oins));
    }
    if let Some(file) = hub.and_then(|hub| hub.log.policy.as_ref()) {
        faults.keep(witnesses(&folder.join(file)));
    }
    let catalogue = place(hub.map(|hub| &*hub.rules.catalogue), "catalogue");
    // A pseudonymiser has neither rules nor partners.
    if other.is_none() || hub.is_some() || catalogue.exists() {
        let policy = place(hub.map(|hub| &*hub.rules.policy), "policy");
        let partners = place(hub.map(|hub| &*hub.partners), "partners.toml");
        if let Some(rules) = rules(&catalogue, &policy, &mut faults) {
            agreements(&folder.join("agreements"), &rules, &mut faults);
            if hub.is_some() || partners.exists() {
                faults.keep(directory(&partners, &rules));
            }
        }
    }
    if faults.0.is_empty() {
        Ok(())
    } else {
        Err(Failure::config(faults.0.join("\n")))
    }
}

/// The configuration of a role, if the folder has it.
#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
fn configuration<T: DeserializeOwned>(folder: &Path, file: &str, faults: &mut Faults) -> Option<T> {
    let path = folder.join(file);
    if !path.exists() {
        return None;
    }
    let (config, _) = faults.keep(config::read::<T>(&path))?;
    println!("read       {file}");
    Some(config)
}

/// The witnesses of the log. Whose log it is takes its key, which is not read here.
#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
fn witnesses(path: &Path) -> Result<(), Failure> {
    let (policy, _) = log::read_policy(path)?;
    println!("witnesses  {}", policy.witnesses().len());
    Ok(())
}

/// Catalogue and policy, if they can be used.
#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
fn rules(catalogue: &Path, policy: &Path, faults: &mut Faults) -> Option<Rules> {
    let catalogue = faults.keep(load::catalogue(catalogue));
    let engine = faults.keep(load::policy(policy));
    let cases = engine
        .as_ref()
        .and_then(|engine| faults.keep(load::cases(policy, engine)));
    let (catalogue, engine) = (catalogue?, engine?);
    println!(
        "catalogue  {} types, hash {}",
        catalogue.signal_types().count(),
        hex(&catalogue.hash().0)
    );
    let open = catalogue.bases().filter(|basis| basis.needs_attestation());
    println!(
        "           {} bases, {} open: a clause on one needs the attestation of both sides",
        catalogue.bases().count(),
        open.count()
    );
    println!(
        "           {} purposes, {} code lists, {} age rules, {} denied pairs",
        catalogue.purposes().count(),
        catalogue.code_lists().count(),
        catalogue.age_rules().count(),
        catalogue.denied_pairs().count()
    );
    println!("policy     hash {}", hex(&engine.hash().0));
    println!("           {} cases as they say", cases.unwrap_or(0));
    Some(Rules {
        catalogue,
        policy: engine,
    })
}

#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
fn directory(path: &Path, rules: &Rules) -> Result<(), Failure> {
    let directory = hub::directory(path, rules)?;
    println!("partners   {}", directory.partners().count());
    Ok(())
}

/// The agreements in a folder, if it is there.
#[expect(clippy::print_stdout, reason = "the administrator reads the findings")]
fn agreements(folder: &Path, rules: &Rules, faults: &mut Faults) {
    if !folder.exists() {
        return;
    }
    let (catalogue, policy) = (rules.catalogue.hash(), rules.policy.hash());
    let placeholders = Placeholders {
        catalogue_hash: Some(catalogue),
        policy_hash: Some(policy),
    };
    let options = Options {
        allow_test_oins: true,
        policy_hash: Some(policy),
    };
    let found = faults.keep(load::files(folder, "toml"));
    for (name, text) in found.unwrap_or_default() {
        let at = |line: usize| format!("agreements/{name}:{line}");
        let read = agreement::from_toml(&text, &placeholders)
            .and_then(|content| Agreement::propose(&content));
        match read {
            Err(error) => {
                let line = at(error.line(&text));
                faults.0.push(format!("{line}: {error}; {}", error.fix()));
            }
            Ok(proposed) => {
                let broken = agreement::check(proposed.content(), &rules.catalogue, &options);
                if broken.is_empty() {
                    println!("agreement  {name}: {}", proposed.hash());
                }
                let told = broken
                    .iter()
                    .map(|fault| format!("{}: {fault}", at(fault.line(&text))));
                faults.0.extend(told);
            }
        }
    }
}
