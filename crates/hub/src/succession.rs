//! A version that takes another's place: the last acceptance of the one ends the other, in one commit.
//!
//! Owns: what is read of the agreement that is replaced, and what the commit adds for it. Must not
//! know: which may replace which (domain), and how a step is checked.

use crate::agreement::invalid;
use crate::public::Public;
use crate::{Hub, HubError};
use seinhuis_domain::agreement::Agreement;
use seinhuis_proto::v1;
use seinhuis_store::records::AgreementRecord;
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, Versioned, Write};
use seinhuis_types::{AgreementHash, Coded, Millis, Oin, Revision};

/// The agreement that another would replace, as it was read.
pub(crate) struct Predecessor {
    hash: AgreementHash,
    revision: Revision,
    record: AgreementRecord,
    agreement: Agreement,
}

impl Predecessor {
    /// Has `change` commit only while the agreement is as it was read: of two versions that would
    /// replace it one becomes valid.
    pub(crate) fn guard(&self, change: ChangeSet) -> ChangeSet {
        change.expect(Row::Agreement(self.hash.clone()), self.revision)
    }

    /// Which it is.
    pub(crate) fn hash(&self) -> &AgreementHash {
        &self.hash
    }
}

impl<S: Store> Hub<S> {
    /// The agreement that `next` says it replaces, if it may. `proposer`: who lays it before its
    /// parties, and learns of no agreement that is not its own.
    pub(crate) fn predecessor(
        &self,
        snapshot: &impl Snapshot,
        next: &Agreement,
        proposer: Option<&Oin>,
    ) -> Result<Option<Predecessor>, HubError> {
        let Some(hash) = &next.content().replaces else {
            return Ok(None);
        };
        let unknown = || invalid("replaces: no agreement you are a party to has this hash");
        let Versioned { revision, value } = snapshot.agreement(hash)?;
        let record = value.ok_or_else(unknown)?;
        let loaded = self.agreements.load(hash, &record, revision)?;
        let agreement = loaded.agreement.clone();
        if proposer.is_some_and(|oin| agreement.content().party(oin).is_none()) {
            return Err(unknown());
        }
        next.may_replace(&agreement)
            .map_err(|e| HubError::told(e.code(), format!("replaces: {e}")))?;
        Ok(Some(Predecessor {
            hash: hash.clone(),
            revision,
            record,
            agreement,
        }))
    }

    /// Adds to `change`, which makes `next` valid, that `old` ends, with an entry of its own.
    pub(crate) fn succeed(
        &self,
        change: ChangeSet,
        mut old: Predecessor,
        next: &Agreement,
        now: Millis,
    ) -> Result<ChangeSet, HubError> {
        let replaced = next
            .replace(&mut old.agreement, now)
            .map_err(|e| HubError::told(e.code(), format!("replaces: {e}")))?;
        old.record.replaced_by = replaced.by.to_string();
        old.record.replaced_from_ms = replaced.from.0;
        let note = format!(
            "agreement {}: replaced by {} from {} ms UTC",
            old.hash, replaced.by, replaced.from.0
        );
        let public = Public {
            name: "replace",
            act: v1::Act::Agreement,
            note,
        };
        let change = self.also(change, &public)?;
        Ok(change.write(Write::agreement(&old.hash, &old.record)))
    }
}
