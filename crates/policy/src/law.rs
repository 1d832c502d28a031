//! The policy set as data: one permit, one forbid per reason, and the three sets made of them.

use crate::explain::Condition;
use cedar_policy::{Policy, PolicySet};
use seinhuis_types::RefusalReason;

/// One policy, read and checked.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `@id`, also its id in Cedar.
    pub(crate) id: String,
    pub(crate) policy: Policy,
    /// With @id, @law and @reason only, as Cedar writes it; what the policy hash is over.
    pub(crate) rendered: String,
    /// Of a forbid; `None` for the permit.
    pub(crate) condition: Option<Condition>,
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl Rule {
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

/// The sets that must always agree.
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

    /// The three sets. Errors only if two rules have one id.
    pub(crate) fn sets(&self) -> Result<Sets, String> {
        let allow_all = Policy::parse(None, "permit (principal, action, resource);")
            .map_err(|error| error.to_string())?;
        let set = |policies: Vec<Policy>| {
            PolicySet::from_policies(policies).map_err(|error| error.to_string())
        };
        let permit = || self.permit.policy.clone();
        let forbids = || self.forbids.iter().map(|rule| rule.policy.clone());
        Ok(Sets {
            full: set(std::iter::once(permit()).chain(forbids()).collect())?,
            permit_alone: set(vec![permit()])?,
            forbids_alone: set(std::iter::once(allow_all).chain(forbids()).collect())?,
        })
    }
}
