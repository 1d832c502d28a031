//! A refusal, said with its law and its remedy, in Dutch and English. Knows which reasons only follow
//! from others; does not know Cedar.

use crate::reasons::Reasons;
use seinhuis_types::RefusalReason;
use std::sync::Arc;

/// One condition that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Which.
    pub reason: RefusalReason,
    /// The articles it rests on, for example `Bpg 4:5(2)`.
    pub law: Arc<str>,
    /// What is the matter, in Dutch.
    pub text_nl: Arc<str>,
    /// What is the matter, in English.
    pub text_en: Arc<str>,
    /// What to do about it, in Dutch.
    pub remedy_nl: Arc<str>,
    /// What to do about it, in English.
    pub remedy_en: Arc<str>,
}

impl Explained {
    /// The engine could not decide. No policy of the set says this, so its text is here.
    pub(crate) fn policy_error() -> Self {
        Self {
            reason: RefusalReason::PolicyError,
            law: "AVG 5(2), 25(2)".into(),
            text_nl: "De beslissing kon niet worden genomen; een fout is een weigering.".into(),
            text_en: "The decision could not be made; an error is a refusal.".into(),
            remedy_nl: "Meld het aan de beheerder van het seinhuis; er is niets uitgegaan.".into(),
            remedy_en: "Report it to the operator of the hub; nothing has left.".into(),
        }
    }
}

/// A condition, and those after which it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) explained: Explained,
    /// As declared by `@after`: when one of these is not met, this one only follows from it.
    pub(crate) after: Reasons,
}

/// All conditions, in the order of their reasons.
#[derive(Debug, Default)]
pub(crate) struct Explainer {
    conditions: Vec<Condition>,
}

impl Explainer {
    /// Takes conditions in any order. `@after` reaches through: what is asked after B is also asked
    /// after all that B is asked after.
    pub(crate) fn new(mut conditions: Vec<Condition>) -> Self {
        conditions.sort_by_key(|condition| condition.explained.reason);
        // `@after` names earlier reasons only, so one pass in order closes it.
        let mut closed: Vec<Condition> = Vec::with_capacity(conditions.len());
        for mut condition in conditions {
            let through = closed
                .iter()
                .filter(|earlier| condition.after.meets(Reasons::of(earlier.explained.reason)))
                .fold(Reasons::default(), |all, earlier| all.or(earlier.after));
            condition.after = condition.after.or(through);
            closed.push(condition);
        }
        Self { conditions: closed }
    }

    /// The conditions among `unmet` that do not only follow from another of them.
    pub(crate) fn explain(&self, unmet: Reasons) -> Vec<Explained> {
        self.of(unmet).cloned().collect()
    }

    /// Their reasons.
    pub(crate) fn told(&self, unmet: Reasons) -> impl Iterator<Item = RefusalReason> {
        self.of(unmet).map(|explained| explained.reason)
    }

    fn of(&self, unmet: Reasons) -> impl Iterator<Item = &Explained> {
        self.conditions
            .iter()
            .filter(move |condition| unmet.meets(Reasons::of(condition.explained.reason)))
            .filter(move |condition| !condition.after.meets(unmet))
            .map(|condition| &condition.explained)
    }
}
