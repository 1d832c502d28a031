//! Compare: who gains what under one agreement beside another.
//!
//! The domain says what an agreement lets happen; that the policy engine says the same of every cell is
//! tested here, where both are known. Must not know: how sentences are made.

use crate::agreements::Loaded;
use crate::command::Caller;
use crate::directory::Capability;
use crate::{Hub, HubError};
use seinhuis_domain::agreement::RulesetHashes;
use seinhuis_domain::agreement::compare::{
    Axis, Change, ForParty, How, Sentence, compare, differing_members, lets,
};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store};
use seinhuis_types::AgreementHash;
use std::sync::Arc;

impl<S: Store> Hub<S> {
    /// What each party newly gets, loses, or keeps on other terms under `after` beside `before`, judged by
    /// the catalogue in force. Both must be agreements of the caller's.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`, `AGREEMENT_NOT_FOUND`, `MESSAGE_INVALID` when they differ in more places than
    /// anybody could read.
    pub fn compare(
        &self,
        caller: &Caller,
        before: Option<&AgreementHash>,
        after: &AgreementHash,
    ) -> Result<v1::CompareResponse, HubError> {
        self.capable(caller, Capability::Agreement)?;
        let snapshot = self.parts.store.snapshot()?;
        let before = before
            .map(|hash| self.compared(&snapshot, caller, hash))
            .transpose()?;
        let after = self.compared(&snapshot, caller, after)?;
        let (window, _) = self.window(&snapshot)?;
        let other_rules = |loaded: &Loaded| {
            let content = loaded.agreement.content();
            window.current
                != RulesetHashes {
                    catalogue: content.catalogue_hash,
                    policy: content.policy_hash,
                }
        };
        let catalogue = &self.parts.rules.catalogue;
        let old = before.as_ref().map(|loaded| loaded.agreement.content());
        let new = after.agreement.content();
        let parts = old.map(|content| lets(content, catalogue));
        let difference = compare(&parts.unwrap_or_default(), &lets(new, catalogue))
            .map_err(|error| HubError::invalid(error.to_string()))?;
        let parties = difference.by_party(old, new, catalogue);
        Ok(v1::CompareResponse {
            parties: parties.into_iter().map(party).collect(),
            before_on_other_rules: before.as_deref().is_some_and(other_rules),
            after_on_other_rules: other_rules(&after),
            differing_members: old
                .map(|old| differing_members(old, new))
                .unwrap_or_default(),
        })
    }

    fn compared(
        &self,
        snapshot: &impl Snapshot,
        caller: &Caller,
        hash: &AgreementHash,
    ) -> Result<Arc<Loaded>, HubError> {
        let (revision, record) = self.own_agreement(snapshot, caller, hash)?;
        self.agreements.load(hash, &record, revision)
    }
}

fn party(party: ForParty) -> v1::PartyDifference {
    v1::PartyDifference {
        oin: party.oin.to_string(),
        name: party.name,
        differences: party.sentences.into_iter().map(difference).collect(),
    }
}

fn difference(sentence: Sentence) -> v1::Difference {
    let part = &sentence.part;
    let values = |axis| part.extent.values(axis).map(str::to_owned).collect();
    let kind = match sentence.change {
        Change::Gains => v1::DifferenceKind::Gained,
        Change::Loses => v1::DifferenceKind::Lost,
        Change::Changes => v1::DifferenceKind::Changed,
    };
    let counterpart = if sentence.receives {
        part.way.from
    } else {
        part.way.to
    };
    v1::Difference {
        kind: kind.into(),
        receives: sentence.receives,
        counterpart_oin: counterpart.to_string(),
        clause_id: part.clause.to_string(),
        mode: part.way.how.mode().as_str().to_owned(),
        types: values(Axis::Type),
        fields: values(Axis::Field),
        subject_roles: values(Axis::Role),
        people: part
            .extent
            .values(Axis::People)
            .filter_map(|many| many.parse().ok())
            .collect(),
        identifier_kinds: values(Axis::Identifier),
        purposes: values(Axis::Purpose),
        desks: values(Axis::Desk),
        regions: values(Axis::Region),
        origins: values(Axis::Origin),
        themes: values(Axis::Theme),
        answers: part.way.how == How::Answer,
        text_nl: sentence.nl,
        text_en: sentence.en,
    }
}

#[cfg(test)]
pub(crate) mod tests;
