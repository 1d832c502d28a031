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
}
