//! Tests of the crate over the shipped policy set under `config/policy`.

mod cases;
mod deciding;
mod equality;
mod loading;
mod matrix;

use crate::law::Law;
use crate::load::law;
use crate::{Action, Bounds, Broken, Case, Engine, Facts, Fault, prove};
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(super) struct Shipped {
    pub(super) schema: String,
    pub(super) policies: Vec<(String, String)>,
    pub(super) base: String,
    pub(super) cases: Vec<Case>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/policy")
}

/// Name without ending and text of the files in `folder` that end so, by name.
fn files(folder: PathBuf, ending: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

pub(super) fn shipped() -> Shipped {
    let read = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
    let base = read("base.toml");
    let cases = files(folder().join("cases"), "toml")
        .iter()
        .map(|(name, text)| Case::parse(name, &base, text).unwrap_or_else(|e| panic!("{e}")))
        .collect();
    let policies = files(folder(), "cedar")
        .into_iter()
        .map(|(name, text)| (format!("{name}.cedar"), text))
        .collect();
    Shipped {
        schema: read("schema.cedarschema"),
        policies,
        base,
        cases,
    }
}

impl Shipped {
    pub(super) fn files(&self) -> Vec<(&str, &str)> {
        self.policies
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect()
    }

    pub(super) fn engine(&self) -> Engine {
        Engine::load(&self.schema, &self.files()).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    fn replaced(&self, from: &str, to: &str) -> Vec<(String, String)> {
        let mut policies = self.policies.clone();
        let (_, text) = policies
            .iter_mut()
            .find(|(_, text)| text.contains(from))
            .unwrap();
        *text = text.replacen(from, to, 1);
        policies
    }

    /// What the matrix shows of the set with `from` replaced in whichever policy file holds it.
    pub(super) fn broken(&self, from: &str, to: &str) -> Vec<Broken> {
        let policies = self.replaced(from, to);
        let policies: Vec<_> = policies
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        let bounds = Bounds {
            pairs: false,
            rounds: 0,
            seed: 1,
            threads: NonZeroUsize::MIN,
        };
        prove(&self.schema, &policies, &bounds).unwrap_err()
    }

    pub(super) fn law(&self) -> Law {
        law(&self.files()).unwrap()
    }

    /// The set with `from` replaced in whichever policy file holds it.
    pub(super) fn edited(&self, from: &str, to: &str) -> Result<Engine, Vec<Fault>> {
        let policies = self.replaced(from, to);
        let policies: Vec<_> = policies
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect();
        Engine::load(&self.schema, &policies)
    }

    pub(super) fn facts(&self) -> Facts {
        let lawful = "title = \"\"\nexpect = \"permit\"\n";
        Case::parse("lawful", &self.base, lawful)
            .unwrap()
            .facts(Action::Publish)
    }
}
