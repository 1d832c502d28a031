//! The same proven without enumerating: Cedar's symbolic compiler, and a solver that looks for a
//! counterexample among all requests and clauses there could be.
//!
//! Owns: the claims. Must not know: how a counterexample is told.

use super::Texts;
use super::invariants::invariants;
use super::law::{self, Law, covers, parts, with};
use super::sentence::{differs, errs, lets_through, shows};
use crate::tree;
use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicy, CompiledPolicySet};
use std::path::Path;

const SOLVER: &str = "tests/proofs/solver.py";

/// What came of the claims about one action, and of the law broken in every place: how many faults, and
/// which were not refuted by a sentence that shows what is broken.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) action: EntityUid,
    pub(super) proven: Vec<String>,
    pub(super) refuted: Vec<String>,
    pub(super) planted: usize,
    /// Parts of invariants, each of which a law that permits everything does not meet.
    pub(super) asserted: usize,
    pub(super) unseen: Vec<String>,
}

impl Outcome {
    const fn of(action: EntityUid) -> Self {
        Self {
            action,
            proven: Vec::new(),
            refuted: Vec::new(),
            planted: 0,
            asserted: 0,
            unseen: Vec::new(),
        }
    }

    fn claim(&mut self, claim: String, refuted: Option<String>) {
        match refuted {
            None => self.proven.push(claim),
            Some(sentence) => {
                let action = &self.action;
                self.refuted.push(format!("{action}, {claim}: {sentence}"));
            }
        }
    }

    fn unless_seen(&mut self, what: &str, seen: bool) {
        if !seen {
            self.unseen.push(format!("{}, {what}", self.action));
        }
    }
}

type Compiler = CedarSymCompiler<LocalSolver>;

/// Puts every claim to the solver, which `python` runs.
pub(super) fn run(texts: &Texts, python: &Path) -> Result<Vec<Outcome>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("tokio: {e}"))?;
    runtime.block_on(all(texts, python))
}

async fn all(texts: &Texts, python: &Path) -> Result<Vec<Outcome>, String> {
    let schema = Schema::from_cedarschema_str(&texts.schema)
        .map_err(|e| e.to_string())?
        .0;
    let policies = law::spelled_out(law::read(texts)?, &schema)?;
    let mut envs: Vec<RequestEnv> = schema.request_envs().collect();
    envs.sort_by_key(|env| env.action().to_string());
    let actions: Vec<EntityUid> = envs.iter().map(|env| env.action().clone()).collect();
    let invariants = law::spelled_out(invariants(&actions)?, &schema)?;
    let mut command = tokio::process::Command::new(python);
    command
        .arg(tree::root().join(SOLVER))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .kill_on_drop(true);
    let solver = LocalSolver::from_command(&mut command).map_err(|e| format!("{SOLVER}: {e}"))?;
    let mut compiler = CedarSymCompiler::new(solver).map_err(|e| e.to_string())?;
    let mut outcomes = Vec::new();
    for env in &envs {
        let law = Law::of(&policies, env.action())?;
        let mut outcome = Outcome::of(env.action().clone());
        let mut question = Question {
            compiler: &mut compiler,
            schema: &schema,
            env,
        };
        question
            .holds(&policies, &law, &invariants, &mut outcome)
            .await?;
        question.planted(&law, &mut outcome).await?;
        question.asserts(&invariants, &mut outcome).await?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// What is asked about one action.
struct Question<'q> {
    compiler: &'q mut Compiler,
    schema: &'q Schema,
    env: &'q RequestEnv,
}

impl Question<'_> {
    async fn holds(
        &mut self,
        policies: &[Policy],
        law: &Law,
        invariants: &[Policy],
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let action = self.env.action();
        for policy in law.all() {
            let compiled = self.one(policy)?;
            let found = self
                .compiler
                .check_never_errors_with_counterexample_opt(&compiled)
                .await
                .map_err(told)?;
            let refuted = found.map(|found| errs(policy, &found));
            outcome.claim(format!("`{}` never errs", policy.id()), refuted);
        }
        for policy in policies.iter().filter(|policy| !covers(policy, action)) {
            let compiled = self.one(policy)?;
            let never = self
                .compiler
                .check_never_matches_opt(&compiled)
                .await
                .map_err(told)?;
            let refuted = (!never).then(|| "is voor een andere handeling".to_owned());
            outcome.claim(format!("`{}` says nothing", policy.id()), refuted);
        }
        let refuted = self.equal(law).await?;
        outcome.claim("permit and forbids are equivalent".to_owned(), refuted);
        let whole = self.several(policies)?;
        for invariant in invariants.iter().filter(|i| covers(i, action)) {
            let refuted = self.follows(&whole, invariant).await?;
            outcome.claim(format!("`{}` follows", invariant.id()), refuted);
        }
        Ok(())
    }

    async fn planted(&mut self, law: &Law, outcome: &mut Outcome) -> Result<(), String> {
        for broken in law.broken()? {
            let sentence = self.equal(&broken.law).await?;
            let seen = sentence.is_some_and(|sentence| shows(&sentence, &broken.shown));
            outcome.planted += 1;
            outcome.unless_seen(&broken.what, seen);
        }
        Ok(())
    }

    /// Each part of each invariant must be refuted of a law that permits everything; else it asks
    /// nothing.
    async fn asserts(
        &mut self,
        invariants: &[Policy],
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let everything = self.several([&everything()?])?;
        let action = self.env.action();
        for invariant in invariants.iter().filter(|i| covers(i, action)) {
            for part in parts(invariant)? {
                let alone = with(invariant, [&part])?;
                let refuted = self.follows(&everything, &alone).await?;
                let what = format!("{} asks nothing with {part}", invariant.id());
                outcome.asserted += 1;
                outcome.unless_seen(&what, refuted.is_some());
            }
        }
        Ok(())
    }

    /// What a law lets through that an invariant does not, if anything.
    async fn follows(
        &mut self,
        law: &CompiledPolicySet,
        invariant: &Policy,
    ) -> Result<Option<String>, String> {
        let alone = self.several([invariant])?;
        let found = self
            .compiler
            .check_implies_with_counterexample_opt(law, &alone)
            .await
            .map_err(told)?;
        Ok(found.map(|found| lets_through(invariant, &found)))
    }

    /// How permit and forbids differ, if they do.
    async fn equal(&mut self, law: &Law) -> Result<Option<String>, String> {
        let permit = self.several([&law.permit])?;
        let forbids = self.several(law.forbids.iter().chain([&everything()?]))?;
        let found = self
            .compiler
            .check_equivalent_with_counterexample_opt(&permit, &forbids)
            .await
            .map_err(told)?;
        Ok(found.map(|found| differs(law, &found)))
    }

    fn one(&self, policy: &Policy) -> Result<CompiledPolicy, String> {
        CompiledPolicy::compile(policy, self.env, self.schema).map_err(told)
    }

    fn several<'p>(
        &self,
        policies: impl IntoIterator<Item = &'p Policy>,
    ) -> Result<CompiledPolicySet, String> {
        let set = PolicySet::from_policies(policies.into_iter().cloned()).map_err(told)?;
        CompiledPolicySet::compile(&set, self.env, self.schema).map_err(told)
    }
}

fn everything() -> Result<Policy, String> {
    let text = "permit (principal, action, resource);";
    Policy::parse(Some(PolicyId::new("everything")), text).map_err(told)
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
