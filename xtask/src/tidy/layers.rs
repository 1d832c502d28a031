//! Which crate may depend on which: the layers of ARCHITECTURE.md, held over `cargo metadata`.
//!
//! Must not know: what the crates do.

use super::Tree;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Layer of each crate, and its step within the layer. A normal dependency goes to a strictly lower
/// place. Packages that are not here (`bench`, `simulation`, `tests`, `xtask`) stand above all others.
const LAYERS: &[(&str, (u8, u8))] = &[
    ("seinhuis-types", (0, 0)),
    ("seinhuis-proto", (0, 0)),
    ("seinhuis-merkle", (0, 1)),
    ("seinhuis-pseudonym", (0, 1)),
    ("seinhuis-seal", (0, 2)),
    ("seinhuis-testkit", (0, 2)),
    ("seinhuis-domain", (1, 0)),
    ("seinhuis-identity", (1, 0)),
    ("seinhuis-telemetry", (1, 0)),
    ("seinhuis-policy", (2, 0)),
    ("seinhuis-store", (2, 0)),
    ("seinhuis-client", (2, 0)),
    ("seinhuis-store-sled", (3, 0)),
    ("seinhuis-audit", (3, 0)),
    ("seinpaal", (3, 0)),
    ("seinhuis-hub", (4, 0)),
    ("seinhuis-gateway", (5, 0)),
    ("seinhuis", (6, 0)),
];
/// Packages above all layers: they may use any crate, and no crate may use them.
const OUTSIDE: &[&str] = &[
    "seinhuis-bench",
    "seinhuis-simulation",
    "seinhuis-tests",
    "xtask",
];
/// The partner's side, which never sees a server crate, however indirectly.
const PARTNER_SIDE: &[&str] = &["seinhuis-client", "seinpaal"];
const SERVER_SIDE: &[&str] = &[
    "seinhuis-hub",
    "seinhuis-gateway",
    "seinhuis-audit",
    "seinhuis-store",
    "seinhuis-store-sled",
];
/// Crates from outside that only these may name, in any kind of dependency.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("cedar-policy", &["seinhuis-policy", "xtask"]),
    ("cedar-policy-symcc", &["xtask"]),
    ("sled", &["seinhuis-store-sled"]),
    ("libpep", &["seinhuis-pseudonym"]),
    ("hpke", &["seinhuis-seal"]),
    ("clap", &["seinpaal", "seinhuis", "xtask"]),
];

/// What `cargo metadata` tells, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `None` for a normal one, `dev` or `build` otherwise.
    kind: Option<String>,
    /// Where it lies, for one of the workspace.
    path: Option<String>,
}

impl Dependency {
    fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

/// Asks cargo about the packages of the workspace.
pub(super) fn metadata() -> Result<Metadata, String> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(crate::tree::root())
        .output()
        .map_err(|e| format!("cargo metadata: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))
}

fn place(package: &str) -> Option<(u8, u8)> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == package)
        .map(|(_, place)| *place)
}

/// Edges that the layers do not allow.
pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    let mut found = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let own = place(name);
        if own.is_none() && !OUTSIDE.contains(&name) {
            found.push(format!(
                "layers: {name} has no layer; give it one in xtask and ARCHITECTURE.md"
            ));
        }
        for dependency in &package.dependencies {
            found.extend(misplaced(name, dependency));
            if dependency.path.is_none() || dependency.is_dev() {
                continue;
            }
            if let (Some(from), Some(to)) = (own, place(&dependency.name))
                && to >= from
            {
                found.push(format!(
                    "layers: {name} ({}) -> {} ({}): a crate depends on lower layers only",
                    shown(from),
                    dependency.name,
                    shown(to)
                ));
            }
            if own.is_some() && OUTSIDE.contains(&dependency.name.as_str()) {
                found.push(format!(
                    "layers: {name} -> {}: it stands above all",
                    dependency.name
                ));
            }
        }
    }
    found.extend(partner_side(metadata));
    found
}

fn shown((layer, step): (u8, u8)) -> String {
    if layer == 0 {
        format!("layer 0, step {step}")
    } else {
        format!("layer {layer}")
    }
}

fn misplaced(package: &str, dependency: &Dependency) -> Option<String> {
    let (name, only) = ONLY_IN.iter().find(|(name, _)| *name == dependency.name)?;
    (!only.contains(&package)).then(|| {
        format!(
            "layers: {package} -> {name}: only {} may name it",
            only.join(", ")
        )
    })
}

/// Ways from the partner's side to a server crate, through whatever lies between.
fn partner_side(metadata: &Metadata) -> Vec<String> {
    let normal: BTreeMap<&str, Vec<&str>> = metadata
        .packages
        .iter()
        .map(|package| {
            let own = package
                .dependencies
                .iter()
                .filter(|d| d.path.is_some() && !d.is_dev());
            (
                package.name.as_str(),
                own.map(|d| d.name.as_str()).collect(),
            )
        })
        .collect();
    let mut found = Vec::new();
    for start in PARTNER_SIDE {
        let mut seen = BTreeSet::new();
        let mut ways = vec![vec![*start]];
        while let Some(way) = ways.pop() {
            let last = way.last().copied().unwrap_or_default();
            if SERVER_SIDE.contains(&last) {
                found.push(format!(
                    "layers: {}: the partner's side never sees a server crate",
                    way.join(" -> ")
                ));
            } else if seen.insert(last) {
                let next = normal.get(last).into_iter().flatten();
                ways.extend(next.map(|to| [way.as_slice(), &[*to]].concat()));
            }
        }
    }
    found
}

/// Crates that do not take the lints of the workspace. `proto` is generated and has none.
pub(super) fn lints(tree: &Tree) -> Vec<String> {
    tree.ending("Cargo.toml")
        .filter(|(path, _)| *path != "Cargo.toml" && *path != "crates/proto/Cargo.toml")
        .filter(|(path, _)| !path.starts_with("fuzz/"))
        .filter(|(_, text)| {
            let manifest = text.parse::<toml::Table>().unwrap_or_default();
            let lints = manifest
                .get("lints")
                .and_then(|lints| lints.get("workspace"));
            lints.and_then(toml::Value::as_bool) != Some(true)
        })
        .map(|(path, _)| format!("{path}: say `workspace = true` under `[lints]`"))
        .collect()
}

#[cfg(test)]
mod tests;
