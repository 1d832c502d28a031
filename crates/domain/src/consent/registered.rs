//! Consent as it is registered at the hub: no person, and enough to judge whether it counts.
//!
//! Owns: whether the acts of a registration are those of who may act, and whether they are of everybody an
//! envelope is about. Must not know: whose they are, handles, how they are kept.

use super::{ActorRole, AgeBand, EvidenceLevel};
use crate::agreement::Clause;
use crate::catalogue::{Acts, Catalogue, Right};
use crate::signal::SubjectHead;
use seinhuis_types::{CodeValue, Digest};

/// That one person consented, or took it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredAct {
    /// Age rule of the catalogue.
    pub age_rule: CodeValue,
    /// The person's age then.
    pub age: AgeBand,
    /// Whether the person could weigh the matter.
    pub capable: bool,
    /// In what quality who acted did so; one or more.
    pub by: Vec<ActorRole>,
    /// How strong the evidence is.
    pub level: EvidenceLevel,
    /// A blinded hash of it: the same evidence is another value in each registration.
    pub evidence: Digest,
    /// The version of the notice.
    pub notice_version: u32,
}

/// Why an act does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegisteredFault {
    /// The catalogue has no such rule for this, or it is not the law that the clause's bases stand on.
    Rule,
    /// What is taken back was given under another law than that of the act's rule.
    Law,
    /// Who acted may not, at that age.
    Age,
    /// A representative acted, and it is not attested that none is a suspect in the matter.
    NotAttested,
    /// Spoken consent for a child.
    Spoken,
}

impl RegisteredAct {
    /// Whether the act counts for `right`, by the rule as the catalogue now has it.
    ///
    /// # Errors
    /// [`RegisteredFault::Rule`] and [`RegisteredFault::Age`].
    pub fn counts(&self, right: Right, catalogue: &Catalogue) -> Result<(), RegisteredFault> {
        let rule = catalogue
            .age_rule_coded(&self.age_rule)
            .ok_or(RegisteredFault::Rule)?;
        // Of one law giving and taking back may have rules of their own: the law is what was named.
        let rule = catalogue
            .age_rule(rule.regime.as_str(), right)
            .ok_or(RegisteredFault::Rule)?;
        let bands = rule.bands.iter().rev();
        let mut bands = bands.skip_while(|band| band.from > self.age.first());
        let band = bands.next().ok_or(RegisteredFault::Rule)?;
        let needed = match band.incapable {
            Some(other) if !self.capable => other,
            _ => band.acts,
        };
        let subject = self.by.iter().any(|role| !role.represents());
        let representative = self.by.iter().any(|role| role.represents());
        let met = match needed {
            Acts::Subject => subject,
            Acts::Representative => representative,
            Acts::Both => subject && representative,
            Acts::Either => subject || representative,
        };
        if met {
            Ok(())
        } else {
            Err(RegisteredFault::Age)
        }
    }

    /// Whether the clause's bases that rest on consent stand on the law of the act's rule.
    pub fn is_of(&self, clause: &Clause, catalogue: &Catalogue) -> bool {
        let Some(rule) = catalogue.age_rule_coded(&self.age_rule) else {
            return false;
        };
        let bases = clause.basis.provide.iter();
        let mut bases = bases.filter_map(|basis| catalogue.basis(&basis.code));
        bases.any(|basis| basis.consent && basis.law.iter().any(|law| law.law == rule.regime))
    }

    /// Whether one of the acts by which it was `given` is under the law of this act's rule: who takes
    /// consent back is who that law says (UAVG 5(3); Wmo 5.3.3(2); Jeugdwet 7.3.15), and not who another says.
    pub fn is_under_the_law_of(&self, given: &[Self], catalogue: &Catalogue) -> bool {
        let law = |act: &Self| Some(&catalogue.age_rule_coded(&act.age_rule)?.regime);
        let own = law(self);
        own.is_some() && given.iter().any(|act| law(act) == own)
    }
}

/// Judges acts that are registered for `right`.
///
/// # Errors
/// The first [`RegisteredFault`].
pub fn judge(
    acts: &[RegisteredAct],
    right: Right,
    attested: bool,
    catalogue: &Catalogue,
) -> Result<(), RegisteredFault> {
    for act in acts {
        act.counts(right, catalogue)?;
        if !attested && act.by.iter().any(|role| role.may_conflict()) {
            return Err(RegisteredFault::NotAttested);
        }
        // Taking back is as easy as giving, and needs no better proof (AVG 7(3)).
        let weak = act.level == EvidenceLevel::Oral && act.age != AgeBand::Adult;
        if weak && right == Right::Consent {
            return Err(RegisteredFault::Spoken);
        }
    }
    Ok(())
}

/// Whether there is an act for everybody an envelope is about, of their ages. Somebody of unknown age has
/// none: nobody can say who may act.
pub fn covers(ages: impl IntoIterator<Item = AgeBand>, subjects: &[SubjectHead]) -> bool {
    let mut ages: Vec<AgeBand> = ages.into_iter().collect();
    subjects.iter().all(|subject| {
        let band = AgeBand::parse(subject.age_band.as_str());
        let place = ages.iter().position(|age| Some(*age) == band);
        place.map(|place| ages.swap_remove(place)).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::shipped::shipped;
    use crate::signal::IdKind;

    fn head(age_band: &str) -> SubjectHead {
        SubjectHead {
            role: "victim".parse().unwrap(),
            age_band: age_band.parse().unwrap(),
            kind: IdKind::Own,
            identity_sealed: false,
        }
    }

    #[test]
    fn everybody_an_envelope_is_about_has_an_act_of_that_age() {
        let both = [AgeBand::Adult, AgeBand::From12];
        assert!(covers(both, &[head("12-15"), head("18-plus")]));
        assert!(covers(both, &[head("12-15")]));
        assert!(!covers(both, &[head("12-15"), head("12-15")]));
        assert!(!covers(both, &[head("0-11")]));
        assert!(!covers(both, &[head("unknown")]));
        assert!(!covers([], &[head("18-plus")]));
    }

    fn act(rule: &str, by: ActorRole) -> RegisteredAct {
        RegisteredAct {
            age_rule: rule.parse().unwrap(),
            age: AgeBand::From12,
            capable: true,
            by: vec![by],
            level: EvidenceLevel::Oral,
            evidence: Digest([9; 32]),
            notice_version: 1,
        }
    }

    /// Under the AVG a parent may take back what a child of 13 gave; under the Wmo and the Jeugdwet only the
    /// child may. So the law is that under which it was given.
    #[test]
    fn no_parent_takes_back_under_another_law_what_only_the_child_may() {
        let catalogue = shipped();
        let by = |rule, role| {
            let given = [act("wmo-consent", ActorRole::Subject)];
            let back = act(rule, role);
            let counts = judge(
                std::slice::from_ref(&back),
                Right::Withdraw,
                true,
                &catalogue,
            );
            (counts, back.is_under_the_law_of(&given, &catalogue))
        };
        assert_eq!(by("avg-consent", ActorRole::Parent), (Ok(()), false));
        assert_eq!(by("jeugdwet-consent", ActorRole::Subject), (Ok(()), false));
        assert_eq!(by("wmo-consent", ActorRole::Subject), (Ok(()), true));
        let (age, of_law) = by("wmo-consent", ActorRole::Parent);
        assert_eq!((age, of_law), (Err(RegisteredFault::Age), true));
        // A rule that the catalogue has no more is of no law, also beside another such.
        let gone = act("wmo-formerly", ActorRole::Subject);
        assert!(!gone.is_under_the_law_of(std::slice::from_ref(&gone), &catalogue));
        // Giving and taking back may have rules of their own in one law.
        let given = [act("avg-consent", ActorRole::Parent)];
        let back = act("avg-withdraw", ActorRole::Subject);
        assert!(back.is_under_the_law_of(&given, &catalogue));
    }
}
