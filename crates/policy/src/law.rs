//! The policy set as data: for each of the two questions one permit and one forbid per reason, and the
//! three sets made of them.

use crate::explain::Condition;
use crate::words::Action;
use cedar_policy::pst::{ActionConstraint, StaticPolicy};
use cedar_policy::{Policy, PolicyId, PolicySet};
use seinhuis_types::RefusalReason;

/// What is asked. Each has conditions of its own, though most they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// May this signal go?
    Route,
    /// May those who received it be told of what was wrong?
    Rectify,
}

impl Question {
    /// The question that an action asks.
    pub(crate) const fn of(action: Action) -> Self {
        match action {
            Action::Publish | Action::Release | Action::Ask | Action::Answer => Self::Route,
            Action::Rectify => Self::Rectify,
        }
    }
}

/// Which questions a policy is about, as its scope says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) route: bool,
    pub(crate) rectify: bool,
}

impl Scope {
    /// Whether `question` is among them.
    pub(crate) const fn has(self, question: Question) -> bool {
        match question {
            Question::Route => self.route,
            Question::Rectify => self.rectify,
        }
    }
}

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
    pub(crate) scope: Scope,
    pub(crate) file: String,
    pub(crate) line: usize,
}

impl Rule {
    /// The policy without its scope. A question's set has the policies of that question alone, so
    /// asking the scope again at each decision tells nothing, and would take a third of its time.
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
    /// The same for rectifying.
    pub(crate) rectify: Rule,
    /// Second time: one condition each.
    pub(crate) forbids: Vec<Rule>,
}

/// The sets of one question, which must always agree, for every action that asks it alike.
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
        [&self.permit, &self.rectify]
            .into_iter()
            .chain(&self.forbids)
    }

    /// All policies as written. Errors only if two have one id.
    pub(crate) fn written(&self) -> Result<PolicySet, String> {
        set(self.rules().map(|rule| rule.policy.clone()))
    }

    /// The permit of a question.
    fn permit_of(&self, question: Question) -> &Rule {
        match question {
            Question::Route => &self.permit,
            Question::Rectify => &self.rectify,
        }
    }

    /// The forbids of a question.
    pub(crate) fn forbids_of(&self, question: Question) -> impl Iterator<Item = &Rule> {
        let asked = move |rule: &&Rule| rule.scope.has(question);
        self.forbids.iter().filter(asked)
    }

    /// The three sets that decide a question. Errors only if two rules have one id.
    pub(crate) fn sets(&self, question: Question) -> Result<Sets, String> {
        let allow_all = Policy::parse(None, "permit (principal, action, resource);")
            .map_err(|error| error.to_string())?;
        let permit = self.permit_of(question).unscoped()?;
        let forbids: Vec<_> = self
            .forbids_of(question)
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
