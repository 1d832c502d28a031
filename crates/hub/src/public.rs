//! Public entries: what everyone may know, because it is about organisations and rules.
//!
//! Owns: their form and commit. Must not know: agreements, keys, rulesets.

use crate::command::{Caller, Idempotency};
use crate::parts::{Draft, Prepared};
use crate::release::random_slip;
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::records::{Reply, ReplyRecord};
use seinhuis_store::{ChangeSet, ReplyScope, Slot, Store, Write};

/// What a public entry tells.
pub(crate) struct Public {
    /// Name of the change.
    pub(crate) name: &'static str,
    /// Which act.
    pub(crate) act: v1::Act,
    /// In words and hashes; about organisations only.
    pub(crate) note: String,
}

/// A public entry, with the change that will hold it.
pub(crate) struct PublicEntry {
    prepared: Prepared,
    pub(crate) change: ChangeSet,
}

impl<S: Store> Hub<S> {
    /// A public entry by the hub itself.
    pub(crate) fn announce(&self, public: &Public) -> Result<PublicEntry, HubError> {
        let prepared = self.public_words(public)?;
        let change = ChangeSet::new(public.name, prepared.entry());
        Ok(PublicEntry { prepared, change })
    }

    /// Adds a public entry to a change that has its first one.
    pub(crate) fn also(&self, change: ChangeSet, public: &Public) -> Result<ChangeSet, HubError> {
        Ok(change.entry(self.public_words(public)?.entry()))
    }

    fn public_words(&self, public: &Public) -> Result<Prepared, HubError> {
        let shared = v1::SharedPart {
            act: public.act.into(),
            visibility: "public".to_owned(),
            public_note: public.note.clone(),
            ..v1::SharedPart::default()
        };
        let outcome = v1::OutcomePart {
            act: public.act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            shared: Some(shared.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            public: true,
            ..Draft::default()
        };
        self.prepare(draft, &random_slip().slip()?, self.now())
    }

    /// A public entry for a partner's call, whose reply is kept.
    pub(crate) fn public_entry(
        &self,
        public: &Public,
        scope: &ReplyScope,
        idempotency: &Idempotency,
        facts: Vec<u8>,
    ) -> Result<PublicEntry, HubError> {
        let PublicEntry { prepared, change } = self.announce(public)?;
        let (row, absent) = idempotency::unused(scope);
        let reply = Reply {
            committed_at: Slot::at_commit(),
            first_index: Slot::of_entry(0),
            body: ReplyRecord {
                fingerprint: idempotency.fingerprint.0.to_vec(),
                facts,
                entries: 1,
            },
        };
        let change = change
            .expect(row, absent)
            .write(Write::reply(scope.clone(), &reply));
        Ok(PublicEntry { prepared, change })
    }

    /// Commits `change`, which holds the entry, and gives its proof.
    pub(crate) async fn commit_public(
        &self,
        caller: &Caller,
        entry: &PublicEntry,
        change: ChangeSet,
    ) -> Result<v1::Proof, HubError> {
        let committed = self.parts.store.commit(change).await?;
        self.parts.log.wake();
        let index = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(&entry.prepared, index, &[], committed.at, &caller.oin)
    }
}
