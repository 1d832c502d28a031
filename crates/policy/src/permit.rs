//! The outcome of a decision. A [`Permit`] has private fields and one maker, in this crate: who holds
//! one holds a decision.

use crate::error::EngineError;
use crate::explain::Explained;
use crate::facts::{Bases, ClauseFacts, Facts};
use crate::words::Action;
use seinhuis_types::{
    AgreementHash, BasisCode, ClauseId, Desk, Digest, FieldPath, Millis, Oin, PurposeCode,
    SignalType,
};
use std::collections::BTreeSet;

/// Yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every condition of the law is met.
    Permit(Box<Permit>),
    /// At least one is not.
    Refusal(Refusal),
}

/// The basis of telling those who received (AVG 19; Wpg 28(5); Wjsg 24(1)). It is the law's own: no
/// catalogue has it, so no clause can name it.
const RECTIFY: &str = "RECTIFY";

/// Leave to do one thing with one envelope, with the reason why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    action: Action,
    from: Oin,
    to: Oin,
    desk: Desk,
    signal_type: SignalType,
    agreement: AgreementHash,
    clause: ClauseId,
    purpose: PurposeCode,
    basis: Bases,
    granted: BTreeSet<FieldPath>,
    ruleset_root: Digest,
    revisions: Vec<(String, u64)>,
    valid_until: Millis,
}

impl Permit {
    /// The one maker; called by the engine after Cedar allowed exactly these facts.
    pub(crate) fn new(facts: &Facts, clause: &ClauseFacts) -> Self {
        let Facts {
            action,
            signal_type,
            envelope,
            ground,
            ..
        } = facts;
        let mut basis = clause.basis.clone();
        if *action == Action::Rectify {
            // Beside the bases on which it once went: who received keeps being bound by their secrecy.
            if let Ok(rectify) = BasisCode::parse(RECTIFY) {
                basis.provide.insert(rectify.clone());
                basis.receive.insert(rectify);
            }
        }
        if envelope.special.is_empty() {
            basis.special.clear();
        }
        Self {
            action: *action,
            from: envelope.from,
            to: envelope.to,
            desk: envelope.desk.clone(),
            signal_type: signal_type.code.clone(),
            agreement: ground.agreement.clone(),
            clause: ground.clause.clone(),
            purpose: envelope.purpose.clone(),
            basis,
            granted: envelope.granted.clone(),
            ruleset_root: ground.ruleset_root,
            revisions: ground.revisions.clone(),
            valid_until: ground.valid_until,
        }
    }

    /// What it is for.
    pub fn action(&self) -> Action {
        self.action
    }
    /// Who sends.
    pub fn from(&self) -> &Oin {
        &self.from
    }
    /// Who receives.
    pub fn to(&self) -> &Oin {
        &self.to
    }
    /// The recipient's desk.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }
    /// The signal type.
    pub fn signal_type(&self) -> &SignalType {
        &self.signal_type
    }
    /// The agreement it rests on.
    pub fn agreement(&self) -> &AgreementHash {
        &self.agreement
    }
    /// The clause of that agreement.
    pub fn clause(&self) -> &ClauseId {
        &self.clause
    }
    /// For which purpose.
    pub fn purpose(&self) -> &PurposeCode {
        &self.purpose
    }
    /// On which bases the sender provides; never empty.
    pub fn basis_provide(&self) -> &BTreeSet<BasisCode> {
        &self.basis.provide
    }
    /// On which bases the recipient receives; never empty.
    pub fn basis_receive(&self) -> &BTreeSet<BasisCode> {
        &self.basis.receive
    }
    /// On which bases special or criminal data go; empty if there are none in the envelope.
    pub fn basis_special(&self) -> &BTreeSet<BasisCode> {
        &self.basis.special
    }
    /// The coded fields that may leave; no other may.
    pub fn granted(&self) -> &BTreeSet<FieldPath> {
        &self.granted
    }
    /// The catalogue and policy set of the decision.
    pub fn ruleset_root(&self) -> &Digest {
        &self.ruleset_root
    }
    /// The rows it was decided on, with their revisions; a commit must find the same.
    pub fn revisions(&self) -> &[(String, u64)] {
        &self.revisions
    }
    /// Until when it stands, UTC; after that it must be decided again.
    pub fn valid_until(&self) -> Millis {
        self.valid_until
    }
}

/// No, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The conditions not met, in the fixed order of [`seinhuis_types::RefusalReason`], without those
    /// that only follow from another; never empty.
    pub reasons: Vec<Explained>,
    /// What went wrong inside, when the reason is `POLICY_ERROR`; for the operator's log only.
    pub error: Option<EngineError>,
}

impl Refusal {
    pub(crate) fn of_error(error: EngineError) -> Self {
        Self {
            reasons: vec![Explained::policy_error()],
            error: Some(error),
        }
    }
}
