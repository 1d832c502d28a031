//! The policy set with one thing taken out, to see that a case notices. What no case notices is
//! either not law or not tested.

use crate::case::Case;
use crate::engine::Engine;
use crate::error::Fault;
use crate::explain::Condition;
use crate::law::{Law, Rule};
use crate::load;
use crate::reasons::{Reasons, kebab};
use cedar_policy::pst::{BinaryOp, Clause, Expr, StaticPolicy};
use cedar_policy::{Policy, PolicyId};
use std::sync::Arc;

/// What was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MutantKind {
    /// A whole forbid. The case named after its reason must go red.
    Forbid,
    /// One operand of `&&` or `||`, at any depth: of the permit, each conjunct. Some case must go red.
    Operand,
    /// One element of a list. Some case must go red.
    Element,
    /// An `@after`. Some case must go red.
    After,
}

/// A policy set that is wrong in one place.
#[derive(Debug)]
pub struct Mutant {
    /// What was taken out.
    pub kind: MutantKind,
    /// The id of the policy it was taken from.
    pub policy: String,
    /// The file that policy is in.
    pub file: String,
    /// The line on which that policy begins.
    pub line: usize,
    /// What was taken out, as Cedar text.
    pub removed: String,
    /// The case that must go red; `None` if any will do.
    pub case: Option<String>,
    engine: Engine,
}

impl Mutant {
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The names of the cases that go red.
    pub fn noticed_by<'a>(&self, cases: &'a [Case]) -> Vec<&'a str> {
        cases
            .iter()
            .filter(|case| self.engine.run_case(case).is_err())
            .map(|case| case.name.as_str())
            .collect()
    }

    /// Whether the case that must go red does, or any if none is named.
    pub fn is_caught_by(&self, cases: &[Case]) -> bool {
        cases
            .iter()
            .filter(|case| self.case.as_ref().is_none_or(|name| *name == case.name))
            .any(|case| self.engine.run_case(case).is_err())
    }
}

/// Every mutant of a policy set. Errors as [`Engine::load`] does: only a sound set is worth breaking.
pub fn mutants(schema: &str, policies: &[(&str, &str)]) -> Result<Vec<Mutant>, Vec<Fault>> {
    Engine::load(schema, policies)?;
    let schema = load::schema(schema).map_err(|fault| vec![fault])?;
    let law = load::law(policies)?;
    let mut found = Vec::new();
    for (kind, rule, changed, removed) in changes(&law).map_err(|fault| vec![fault])? {
        let whole = kind == MutantKind::Forbid;
        found.push(Mutant {
            kind,
            policy: rule.id.clone(),
            file: rule.file.clone(),
            line: rule.line,
            removed,
            case: rule.reason().filter(|_| whole).map(kebab),
            engine: Engine::assemble(schema.clone(), &changed).map_err(|fault| vec![fault])?,
        });
    }
    Ok(found)
}

type Change<'a> = (MutantKind, &'a Rule, Law, String);

fn changes(law: &Law) -> Result<Vec<Change<'_>>, Fault> {
    let mut found: Vec<Change<'_>> = Vec::new();
    for rule in law.rules() {
        if rule.condition.is_some() {
            found.push((
                MutantKind::Forbid,
                rule,
                with(law, rule, None),
                rule.rendered.clone(),
            ));
        }
        if let Some(condition) = rule.condition.as_ref().filter(|c| !c.after.is_empty()) {
            let condition = Condition {
                after: Reasons::default(),
                ..condition.clone()
            };
            let changed = Rule {
                condition: Some(condition),
                ..rule.clone()
            };
            let removed = format!("@after of {}", rule.id);
            found.push((
                MutantKind::After,
                rule,
                with(law, rule, Some(changed)),
                removed,
            ));
        }
        for (kind, policy, removed) in smaller(rule)? {
            let changed = Rule {
                policy,
                ..rule.clone()
            };
            found.push((kind, rule, with(law, rule, Some(changed)), removed));
        }
    }
    Ok(found)
}

/// The law with `rule` changed, or gone.
fn with(law: &Law, rule: &Rule, changed: Option<Rule>) -> Law {
    let mut law = law.clone();
    match (
        changed,
        law.forbids.iter().position(|forbid| forbid.id == rule.id),
    ) {
        (Some(changed), None) => law.permit = changed,
        (Some(changed), Some(at)) => {
            law.forbids.remove(at);
            law.forbids.push(changed);
        }
        (None, Some(at)) => {
            law.forbids.remove(at);
        }
        // There is no mutant without a permit: every case that permits would notice.
        (None, None) => {}
    }
    law
}

/// The policy of `rule` with one operand or element less, for each.
fn smaller(rule: &Rule) -> Result<Vec<(MutantKind, Policy, String)>, Fault> {
    let fault = |error: &dyn std::fmt::Display| {
        Fault::new(
            &rule.file,
            rule.line,
            error.to_string(),
            "write it more plainly",
        )
    };
    let body = rule.policy.to_pst().map_err(|e| fault(&e))?.body().clone();
    let mut found = Vec::new();
    for (at, clause) in body.clauses().iter().enumerate() {
        let expr = match clause {
            Clause::When(expr) | Clause::Unless(expr) => expr,
        };
        for Less {
            kind,
            expr,
            removed,
        } in less(expr)
        {
            let changed = match clause {
                Clause::When(_) => Clause::When(expr),
                Clause::Unless(_) => Clause::Unless(expr),
            };
            let clauses = body.clauses().iter().enumerate();
            let clauses = clauses.map(|(i, c)| if i == at { changed.clone() } else { c.clone() });
            let body = body
                .clone()
                .try_with_clauses(clauses)
                .map_err(|e| fault(&e))?;
            let body = StaticPolicy::try_from(body).map_err(|e| fault(&e))?;
            let policy = Policy::from_pst(body.into()).map_err(|e| fault(&e))?;
            found.push((kind, policy.new_id(PolicyId::new(&rule.id)), removed));
        }
    }
    Ok(found)
}

struct Less {
    kind: MutantKind,
    expr: Arc<Expr>,
    removed: String,
}

/// `expr` with one operand of `&&` or `||`, or one element of a list, taken out, in every way.
fn less(expr: &Arc<Expr>) -> Vec<Less> {
    let mut found = Vec::new();
    match expr.as_ref() {
        Expr::BinaryOp { op, left, right } => {
            if matches!(op, BinaryOp::And | BinaryOp::Or) {
                let mut drop = |kept: &Arc<Expr>, removed: &Arc<Expr>| {
                    let (expr, removed) = (Arc::clone(kept), removed.to_string());
                    found.push(Less {
                        kind: MutantKind::Operand,
                        expr,
                        removed,
                    });
                };
                drop(left, right);
                // The left of a chain a && b && c is a && b: its parts are dropped one by one below.
                if !matches!(left.as_ref(), Expr::BinaryOp { op: same, .. } if same == op) {
                    drop(right, left);
                }
            }
            let rebuilt = |left, right| {
                Arc::new(Expr::BinaryOp {
                    op: *op,
                    left,
                    right,
                })
            };
            found.extend(within(left, |left| rebuilt(left, Arc::clone(right))));
            found.extend(within(right, |right| rebuilt(Arc::clone(left), right)));
        }
        Expr::UnaryOp { op, expr } => {
            found.extend(within(expr, |expr| {
                Arc::new(Expr::UnaryOp { op: *op, expr })
            }));
        }
        Expr::Set(items) => {
            for (at, item) in items.iter().enumerate() {
                let mut kept = items.clone();
                kept.remove(at);
                let (expr, removed) = (Arc::new(Expr::Set(kept)), item.to_string());
                found.push(Less {
                    kind: MutantKind::Element,
                    expr,
                    removed,
                });
            }
        }
        _ => {}
    }
    found
}

fn within(part: &Arc<Expr>, rebuild: impl Fn(Arc<Expr>) -> Arc<Expr>) -> Vec<Less> {
    less(part)
        .into_iter()
        .map(|less| Less {
            expr: rebuild(less.expr),
            ..less
        })
        .collect()
}
