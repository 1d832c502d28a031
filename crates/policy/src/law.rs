//! The policy set as data: one permit, one forbid per reason, and the three sets made of them.

use crate::explain::Condition;
use cedar_policy::pst::{ActionConstraint, StaticPolicy};
use cedar_policy::{Policy, PolicyId, PolicySet};
use seinhuis_types::RefusalReason;

/// One policy, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `@id`, also its id in Cedar.
    pub(crate) id: String,
    /// As written.
    pub(crate) policy: Policy,
    /// With @id, @law and @reason only, as Cedar writes it; what the policy hash is over.
    pub(crate) rendered: String,
    /// Of a forbid; `None` for the permit.
    pub(crate) condition: Option<Condition>,
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl Rule {
    /// The policy without its scope. Every scope was checked at reading to be exactly the actions
    /// that [`crate::Action`] has, so asking it again at each decision tells nothing, and would take
    /// a third of its time.
    fn unscoped(&self) -> Result<Policy, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let mut body = self.policy.to_pst().map_err(|e| told(&e))?.body().clone();
        body.action = ActionConstraint::Any;
        let body = StaticPolicy::try_from(body).map_err(|e| told(&e))?;
        let policy = Policy::from_pst(body.into()).map_err(|e| told(&e))?;
        Ok(policy.new_id(PolicyId::new(&self.id)))
    }

    pub(crate) fn reason(&self) -> Option<RefusalReason> {
        self.condition
            .as_ref()
            .map(|condition| condition.explained.reason)
    }
}

/// The law, written twice.
#[derive(Debug, Clone)]
pub(crate) struct Law {
    /// First time: all conditions in one.
    pub(crate) permit: Rule,
    /// Second time: one condition each.
    pub(crate) forbids: Vec<Rule>,
}

/// The sets that must always agree, for every action of [`crate::Action`] alike.
#[derive(Debug)]
pub(crate) struct Sets {
    /// Both writings; the one that decides.
    pub(crate) full: PolicySet,
    /// The first writing: what it does not allow is refused.
    pub(crate) permit_alone: PolicySet,
    /// The second: what it does not forbid is allowed.
    pub(crate) forbids_alone: PolicySet,
}

impl Law {
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        std::iter::once(&self.permit).chain(&self.forbids)
    }

    /// All policies as written. Errors only if two have one id.
    pub(crate) fn written(&self) -> Result<PolicySet, String> {
        set(self.rules().map(|rule| rule.policy.clone()))
    }

    /// The three sets that decide. Errors only if two rules have one id.
    pub(crate) fn sets(&self) -> Result<Sets, String> {
        let allow_all = Policy::parse(None, "permit (principal, action, resource);")
            .map_err(|error| error.to_string())?;
        let permit = self.permit.unscoped()?;
        let forbids: Vec<_> = self
            .forbids
            .iter()
            .map(Rule::unscoped)
            .collect::<Result<_, _>>()?;
        let with = |permit: &Policy| set(std::iter::once(permit.clone()).chain(forbids.clone()));
        Ok(Sets {
            full: with(&permit)?,
            forbids_alone: with(&allow_all)?,
            permit_alone: set(std::iter::once(permit))?,
        })
    }
}

fn set(policies: impl Iterator<Item = Policy>) -> Result<PolicySet, String> {
    PolicySet::from_policies(policies).map_err(|error| error.to_string())
}
