//! Attestations that a change of the law made void.
//!
//! Owns: which judgements of a clause were given on another version of the law than the catalogue now
//! has. Must not know: which catalogue an agreement was signed on, and what a refusal says.

use super::{AttestedBasis, Clause};
use crate::catalogue::{BasisDef, Catalogue};
use seinhuis_types::BasisCode;

/// A judgement that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidAttestation {
    /// The basis that was judged.
    pub basis: BasisCode,
    /// Since when the law it stands on is in force, `YYYY-MM-DD`; `None` when the catalogue no longer
    /// has the basis.
    pub in_force_since: Option<String>,
}

impl Clause {
    /// The bases of the clause whose attestation, of either side, is about another version of the law
    /// than `catalogue` has, or that it no longer has; each once. Whether an attestation must be
    /// there at all is for [`super::check`] to say.
    pub fn void_attestations(&self, catalogue: &Catalogue) -> Vec<VoidAttestation> {
        let bases = &self.basis;
        let all = [&bases.provide, &bases.receive, &bases.special];
        let mut found: Vec<VoidAttestation> = Vec::new();
        for attested in all.into_iter().flatten() {
            let basis = catalogue.basis(&attested.code);
            let void = VoidAttestation {
                basis: attested.code.clone(),
                in_force_since: basis.map(|basis| basis.in_force_since().to_owned()),
            };
            if !holds(attested, basis) && !found.contains(&void) {
                found.push(void);
            }
        }
        found
    }
}

fn holds(attested: &AttestedBasis, basis: Option<&BasisDef>) -> bool {
    let Some(basis) = basis else { return false };
    let mut given = attested.from.iter().chain(&attested.to);
    given.all(|given| given.law_version.to_string() == basis.in_force_since())
}
