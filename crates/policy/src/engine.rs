//! The engine: a loaded policy set, and the decision.

use crate::case::{self, Case, CaseFailure, Expected, Form};
use crate::error::{EngineError, Fault};
use crate::explain::Explainer;
use crate::facts::Facts;
use crate::hash::policy_hash;
use crate::law::{Law, Sets};
use crate::load;
use crate::permit::{Permit, Refusal, Verdict};
use crate::reasons::Reasons;
use crate::request::Vocabulary;
use crate::slice::{Slice, Slices};
use crate::words::Action;
use cedar_policy::{Authorizer, Decision, PolicyId, PolicySet, Request, Schema};
use seinhuis_types::{Digest, RefusalReason};
use std::collections::HashMap;
use std::sync::Arc;

/// A policy set that was read without a fault, ready to decide. Shared by reference between threads.
#[derive(Debug)]
pub struct Engine {
    schema: Schema,
    sets: Sets,
    reasons: HashMap<PolicyId, RefusalReason>,
    explainer: Explainer,
    words: Vocabulary,
    slices: Slices,
    authorizer: Authorizer,
    hash: Digest,
}

/// What Cedar said, before it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    pub(crate) unmet: Reasons,
}

/// What the three forms of the law said to the same facts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forms {
    pub(crate) permit: Answer,
    pub(crate) forbids: Answer,
    /// Put with some, if asked: it can only say what these two say.
    pub(crate) full: Option<Answer>,
}

/// The entities of a question, for the next one about the same clause and type.
pub(crate) type Asked = Arc<Slice>;

impl Engine {
    /// Reads `schema` and `policies` (file name and text each; names only serve faults). Errors name
    /// everything that is wrong: text that is no strict Cedar, a template, an annotation missing or
    /// unknown, a reason unknown, missing or told twice, a scope or a permit out of step, a schema
    /// that does not fit [`Facts`].
    pub fn load(schema: &str, policies: &[(&str, &str)]) -> Result<Self, Vec<Fault>> {
        let schema = load::schema(schema);
        let law = load::law(policies);
        let (schema, law) = match (schema, law) {
            (Ok(schema), Ok(law)) => (schema, law),
            (schema, law) => {
                let faults = law.err().unwrap_or_default();
                return Err(schema.err().into_iter().chain(faults).collect());
            }
        };
        let engine = Self::assemble(schema, &law).map_err(|fault| vec![fault])?;
        let written = law.written().map_err(|what| vec![assembly(what)])?;
        let mut faults = load::validate(&engine.schema, &law, &written);
        faults.extend(engine.probe());
        if faults.is_empty() {
            Ok(engine)
        } else {
            Err(faults)
        }
    }

    /// An engine of a law that was read before, and possibly changed since (a mutant).
    pub(crate) fn assemble(schema: Schema, law: &Law) -> Result<Self, Fault> {
        let reasons = law.forbids.iter().filter_map(|rule| {
            rule.reason()
                .map(|reason| (rule.policy.id().clone(), reason))
        });
        Ok(Self {
            sets: law.sets().map_err(assembly)?,
            reasons: reasons.collect(),
            explainer: Explainer::new(
                law.forbids
                    .iter()
                    .filter_map(|rule| rule.condition.clone())
                    .collect(),
            ),
            words: Vocabulary::new().map_err(assembly)?,
            slices: Slices::default(),
            authorizer: Authorizer::new(),
            hash: policy_hash(law.rules()),
            schema,
        })
    }

    /// The policy hash, over every policy's @id, @reason, @law, scope and condition; not over texts,
    /// remedies and @after.
    pub fn hash(&self) -> Digest {
        self.hash
    }

    /// Decides. Anything that goes wrong is a refusal with the one reason `POLICY_ERROR`.
    pub fn decide(&self, facts: &Facts) -> Verdict {
        self.decide_by(&self.sets.full, facts)
            .unwrap_or_else(|error| Verdict::Refusal(Refusal::of_error(error)))
    }

    fn decide_by(&self, set: &PolicySet, facts: &Facts) -> Result<Verdict, EngineError> {
        let answer = self.ask(set, facts)?;
        if answer.allowed {
            let clause = facts.clause.as_deref().ok_or(EngineError::NoClause)?;
            return Ok(Verdict::Permit(Box::new(Permit::new(facts, clause))));
        }
        if answer.unmet.is_empty() {
            return Err(EngineError::Unexplained);
        }
        let reasons = self.explainer.explain(answer.unmet);
        Ok(Verdict::Refusal(Refusal {
            reasons,
            error: None,
        }))
    }

    fn ask(&self, set: &PolicySet, facts: &Facts) -> Result<Answer, EngineError> {
        let slice = self.slices.of(facts, &self.schema, &self.words)?;
        let request = self.words.request(None, facts, &slice)?;
        self.answer(set, &request, &slice)
    }

    /// The entities of `facts`, made now.
    pub(crate) fn asked(&self, facts: &Facts) -> Result<Asked, EngineError> {
        Slice::new(facts, &self.schema, &self.words).map(Arc::new)
    }

    /// What each form of the law says to `facts`, whose entities are given.
    pub(crate) fn forms(
        &self,
        facts: &Facts,
        slice: &Slice,
        whole: bool,
    ) -> Result<Forms, EngineError> {
        let request = self.words.request(None, facts, slice)?;
        Ok(Forms {
            permit: self.answer(&self.sets.permit_alone, &request, slice)?,
            forbids: self.answer(&self.sets.forbids_alone, &request, slice)?,
            full: whole
                .then(|| self.answer(&self.sets.full, &request, slice))
                .transpose()?,
        })
    }

    /// The reasons that are told when these conditions are not met.
    pub(crate) fn told(&self, unmet: Reasons) -> Vec<RefusalReason> {
        self.explainer.told(unmet).collect()
    }

    /// What the forms said, for people.
    pub(crate) fn said(&self, forms: &Forms) -> String {
        let said = |answer: Answer| {
            let reasons: Vec<&str> = self
                .explainer
                .told(answer.unmet)
                .map(RefusalReason::as_str)
                .collect();
            match answer.allowed {
                true => "yes".to_owned(),
                false if reasons.is_empty() => "no".to_owned(),
                false => format!("no, {}", reasons.join(" ")),
            }
        };
        let two = format!(
            "the permit alone {}, the forbids alone {}",
            said(forms.permit),
            said(forms.forbids)
        );
        match forms.full {
            Some(full) => format!("{two}, the whole set {}", said(full)),
            None => two,
        }
    }

    fn answer(
        &self,
        set: &PolicySet,
        request: &Request,
        slice: &Slice,
    ) -> Result<Answer, EngineError> {
        let response = self.authorizer.is_authorized(request, set, &slice.entities);
        // Cedar goes on without a policy that erred, as if it were not there; the law does not.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(EngineError::Evaluation(error.to_string()));
        }
        let allowed = response.decision() == Decision::Allow;
        let mut unmet = Reasons::default();
        if !allowed {
            for id in response.diagnostics().reason() {
                if let Some(&reason) = self.reasons.get(id) {
                    unmet.insert(reason);
                }
            }
        }
        Ok(Answer { allowed, unmet })
    }

    /// Runs one case in the three forms of the law, for both actions: both writings together, the
    /// permit alone, and the forbids alone over allow-all. All must give the expected verdict, and
    /// those that have reasons exactly the expected ones. So every conjunct of the permit matters,
    /// although a forbid would refuse too, and every forbid, although the permit would.
    pub fn run_case(&self, case: &Case) -> Result<(), CaseFailure> {
        for &action in Action::ALL {
            let facts = case.facts(action);
            for &form in Form::ALL {
                let actual = self.judge(form, &facts);
                let met = match (form, &case.expected) {
                    (Form::PermitAlone, expected) => actual.is_permit() == expected.is_permit(),
                    (_, expected) => actual == *expected,
                };
                if !met {
                    return Err(CaseFailure {
                        case: case.name.clone(),
                        form,
                        action,
                        expected: case.expected.clone(),
                        actual,
                    });
                }
            }
        }
        Ok(())
    }

    /// The verdict of one form. The permit alone knows no reasons; its refusals have none.
    pub(crate) fn judge(&self, form: Form, facts: &Facts) -> Expected {
        let set = match form {
            Form::Full => &self.sets.full,
            Form::ForbidsAlone => &self.sets.forbids_alone,
            Form::PermitAlone => {
                return match self.ask(&self.sets.permit_alone, facts) {
                    Ok(answer) if answer.allowed => Expected::Permit,
                    Ok(_) => Expected::Refuse(Vec::new()),
                    Err(_) => Expected::Refuse(vec![RefusalReason::PolicyError]),
                };
            }
        };
        match self.decide_by(set, facts) {
            Ok(Verdict::Permit(_)) => Expected::Permit,
            Ok(Verdict::Refusal(refusal)) => {
                Expected::Refuse(refusal.reasons.iter().map(|told| told.reason).collect())
            }
            Err(_) => Expected::Refuse(vec![RefusalReason::PolicyError]),
        }
    }

    /// Whether the schema takes what this version makes of facts, with a clause and without.
    fn probe(&self) -> Option<Fault> {
        let fault = |what: String| {
            Fault::new(
                load::SCHEMA_FILE,
                1,
                what,
                "keep the schema in step with the facts",
            )
        };
        let known = match case::probe() {
            Ok(facts) => facts,
            Err(what) => return Some(fault(what)),
        };
        let unknown = Facts {
            clause: None,
            ..known.clone()
        };
        [known, unknown].iter().find_map(|facts| {
            let slice = match self.slices.of(facts, &self.schema, &self.words) {
                Ok(slice) => slice,
                Err(error) => return Some(fault(error.to_string())),
            };
            let request = self.words.request(Some(&self.schema), facts, &slice);
            request.err().map(|error| fault(error.to_string()))
        })
    }

    #[cfg(test)]
    pub(crate) fn slices(&self) -> usize {
        self.slices.len()
    }

    #[cfg(test)]
    pub(crate) fn with_schema(mut self, schema: Schema) -> Self {
        self.schema = schema;
        self
    }

    #[cfg(test)]
    pub(crate) fn with_policies(mut self, set: PolicySet) -> Self {
        self.sets.full = set;
        self
    }
}

fn assembly(what: String) -> Fault {
    Fault::new(
        "*.cedar",
        1,
        what,
        "give each policy its own id, and write it more plainly",
    )
}
