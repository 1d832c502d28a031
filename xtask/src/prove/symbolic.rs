//! The same proven without enumerating: Cedar's symbolic compiler, and a solver that looks for a
//! counterexample among all requests and clauses there could be.
//!
//! Owns: the claims. Must not know: how a counterexample is told.

use super::Texts;
use super::sentence::{Law, differs, errs, lets_through};
use crate::tree;
use cedar_policy::{Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet};
use std::path::Path;
use std::str::FromStr;

const SOLVER: &str = "tests/proofs/solver.py";
const INVARIANTS: &str = "tests/proofs/invariants.cedar";
/// What the law decides on; another action it never permits.
const DECIDED: [&str; 2] = [r#"Action::"publish""#, r#"Action::"release""#];

/// What was claimed: proven, or refuted by a sentence.
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) proven: Vec<String>,
    pub(super) refuted: Vec<String>,
}

impl Claims {
    fn add(&mut self, claim: String, refuted: Option<String>) {
        match refuted {
            None => self.proven.push(claim),
            Some(sentence) => self.refuted.push(format!("{claim}: {sentence}")),
        }
    }
}

type Compiler = CedarSymCompiler<LocalSolver>;

/// What came of the claims, and of a law broken in every place: how many faults, and which were not
/// refuted by a sentence that names the condition.
pub(super) struct Outcome {
    pub(super) claims: Claims,
    pub(super) planted: usize,
    pub(super) unseen: Vec<String>,
}

/// Puts every claim to the solver, which `python` runs.
pub(super) fn run(texts: &Texts, python: &Path) -> Result<Outcome, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("tokio: {e}"))?;
    runtime.block_on(all(texts, python))
}

async fn all(texts: &Texts, python: &Path) -> Result<Outcome, String> {
    let schema = Schema::from_cedarschema_str(&texts.schema)
        .map_err(|e| e.to_string())?
        .0;
    let law = Law::read(texts)?;
    let mut command = tokio::process::Command::new(python);
    command
        .arg(tree::root().join(SOLVER))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .kill_on_drop(true);
    let solver = LocalSolver::from_command(&mut command).map_err(|e| format!("{SOLVER}: {e}"))?;
    let mut compiler = CedarSymCompiler::new(solver).map_err(|e| e.to_string())?;
    let mut claims = Claims::default();
    for env in schema.request_envs() {
        let action = env.action().to_string();
        if DECIDED.contains(&action.as_str()) {
            holds(&mut compiler, &schema, &env, &law, &mut claims).await?;
        } else {
            let whole = set(law.all())?;
            let compiled = CompiledPolicySet::compile(&whole, &env, &schema).map_err(told)?;
            let found = compiler
                .check_always_denies_with_counterexample_opt(&compiled)
                .await
                .map_err(told)?;
            let refuted = found.map(|_| format!("{action} wordt ergens toegestaan"));
            claims.add(format!("{action} is never permitted"), refuted);
        }
    }
    let (mut planted, mut unseen) = (0, Vec::new());
    let env = schema
        .request_envs()
        .find(|env| env.action().to_string() == DECIDED[0])
        .ok_or("the schema has no action publish")?;
    for (name, broken) in law.broken()? {
        planted += 1;
        let sentence = equal(&mut compiler, &schema, &env, &broken).await?;
        if sentence.is_none_or(|sentence| !sentence.contains(&name)) {
            unseen.push(name);
        }
    }
    Ok(Outcome {
        claims,
        planted,
        unseen,
    })
}

async fn holds(
    compiler: &mut Compiler,
    schema: &Schema,
    env: &RequestEnv,
    law: &Law,
    claims: &mut Claims,
) -> Result<(), String> {
    let action = env.action();
    for policy in law.all() {
        let compiled = CompiledPolicy::compile(policy, env, schema).map_err(told)?;
        let found = compiler
            .check_never_errors_with_counterexample_opt(&compiled)
            .await
            .map_err(told)?;
        let refuted = found.map(|found| errs(policy, &found));
        claims.add(format!("{} never errs, {action}", policy.id()), refuted);
    }
    let refuted = equal(compiler, schema, env, law).await?;
    claims.add(
        format!("permit and forbids are equivalent, {action}"),
        refuted,
    );
    let whole = CompiledPolicySet::compile(&set(law.all())?, env, schema).map_err(told)?;
    for invariant in invariants()? {
        let alone = set([&invariant])?;
        let alone = CompiledPolicySet::compile(&alone, env, schema).map_err(told)?;
        let found = compiler
            .check_implies_with_counterexample_opt(&whole, &alone)
            .await
            .map_err(told)?;
        let refuted = found.map(|found| lets_through(&invariant, &found));
        claims.add(format!("{} follows, {action}", invariant.id()), refuted);
    }
    Ok(())
}

/// How permit and forbids differ, if they do.
async fn equal(
    compiler: &mut Compiler,
    schema: &Schema,
    env: &RequestEnv,
    law: &Law,
) -> Result<Option<String>, String> {
    let everything = Policy::parse(
        Some(PolicyId::new("everything")),
        "permit (principal, action, resource);",
    )
    .map_err(|e| e.to_string())?;
    let permit = set([&law.permit])?;
    let forbids = set(law.forbids.iter().chain([&everything]))?;
    let permit = CompiledPolicySet::compile(&permit, env, schema).map_err(told)?;
    let forbids = CompiledPolicySet::compile(&forbids, env, schema).map_err(told)?;
    let found = compiler
        .check_equivalent_with_counterexample_opt(&permit, &forbids)
        .await
        .map_err(told)?;
    Ok(found.map(|found| differs(law, &found)))
}

fn invariants() -> Result<Vec<Policy>, String> {
    let text = tree::read(INVARIANTS)?;
    let policies = PolicySet::from_str(&text).map_err(|e| format!("{INVARIANTS}: {e}"))?;
    let named = policies.policies().map(|policy| {
        let id = policy.annotation("id").unwrap_or_default();
        policy.new_id(PolicyId::new(id))
    });
    let mut all: Vec<Policy> = named.collect();
    all.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(all)
}

fn set<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Result<PolicySet, String> {
    PolicySet::from_policies(policies.into_iter().cloned()).map_err(|e| e.to_string())
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
