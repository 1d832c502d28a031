//! Reading an entry: the leaf for anyone, the parts for those whose they are; giving parts is itself
//! an entry.

use crate::command::{Asserted, Caller};
use crate::directory::Capability;
use crate::parts::Draft;
use crate::persons::Persons;
use crate::release::random_slip;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::{ChangeSet, Snapshot, Store};
use seinhuis_types::{DeliveryId, LeafIndex, Oin};

impl<S: Store> Hub<S> {
    /// The leaf at `index`; with capability `audit` also those of its parts the caller may read, for
    /// the person named.
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND`, and those of [`Hub::persons`].
    pub async fn entry(
        &self,
        caller: &Caller,
        index: LeafIndex,
        asserted: &Asserted,
    ) -> Result<v1::GetEntryResponse, HubError> {
        let system = self.system(caller)?;
        let officer = system.capabilities.contains(&Capability::Audit);
        let (leaf, parts) = self.read(caller, index)?;
        let erased = if officer {
            self.erased(caller, index)?
        } else {
            Vec::new()
        };
        let erased = erased.into_iter().map(Into::into).collect();
        let public = is_public(&parts);
        if parts.is_empty() || public || !officer {
            let parts = if public { parts } else { Vec::new() };
            return Ok(v1::GetEntryResponse {
                leaf,
                parts,
                proof: None,
                erased,
            });
        }
        let persons = self.persons(caller, asserted)?;
        let proof = self.record_reading(caller, index, &persons).await?;
        Ok(v1::GetEntryResponse {
            leaf,
            parts,
            proof: Some(proof),
            erased,
        })
    }

    /// A leaf and its parts for the caller. Whoever shows a part that is not public records the
    /// reading first. That something was sent becomes its recipient's to read with the first release:
    /// what is held, or ended before it left, never came.
    pub(crate) fn read(
        &self,
        caller: &Caller,
        index: LeafIndex,
    ) -> Result<(Vec<u8>, Vec<v1::OpenPart>), HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (leaf, parts) = self.stored_entry(&snapshot, index, &caller.oin)?;
        Ok((leaf, self.come(&snapshot, &caller.oin, parts)?))
    }

    /// The parts of an entry that `oin` may read by now.
    pub(crate) fn come(
        &self,
        snapshot: &impl Snapshot,
        oin: &Oin,
        mut parts: Vec<v1::OpenPart>,
    ) -> Result<Vec<v1::OpenPart>, HubError> {
        let shared = parts.iter().find(|part| part.part() == v1::Part::Shared);
        if let Some(part) = shared {
            let shared = v1::SharedPart::decode(part.bytes.as_slice())
                .map_err(|_| HubError::Internal("a stored part does not decode"))?;
            let sent_to_caller = told_on_release(shared.act()) && shared.source_oin != oin.as_str();
            if sent_to_caller && !left(snapshot, &shared.delivery_id)? {
                parts.clear();
            }
        }
        Ok(parts)
    }

    /// The entry that says who read which entry. It is the reader's own: in its recipient part.
    pub(crate) async fn record_reading(
        &self,
        caller: &Caller,
        index: LeafIndex,
        persons: &Persons,
    ) -> Result<v1::Proof, HubError> {
        persons.may_read_the_log()?;
        self.log_in_time()?;
        let part = v1::RecipientPart {
            system: caller.system.0.to_vec(),
            read_index: index.0,
            staff: persons.staff(),
            ..v1::RecipientPart::default()
        };
        let outcome = v1::OutcomePart {
            act: v1::Act::Read.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            recipient: Some(caller.oin),
            recipient_part: Some(part.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        let change = ChangeSet::new("read", prepared.entry());
        let committed = self
            .commit_for(persons, self.counted(persons, 1, change))
            .await?;
        let at = committed.at;
        let first = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(&prepared, first, &[], at, &caller.oin)
    }
}

/// Whether an act is told to its recipient only once what it is about was released.
const fn told_on_release(act: v1::Act) -> bool {
    matches!(
        act,
        v1::Act::Publish | v1::Act::Rectify | v1::Act::Ask | v1::Act::Tick
    )
}

/// Whether a delivery was released at least once.
fn left(snapshot: &impl Snapshot, id: &[u8]) -> Result<bool, HubError> {
    let id = DeliveryId::from_slice(id)
        .map_err(|_| HubError::Internal("a stored part names no delivery"))?;
    let delivery = snapshot.delivery(id)?.value;
    Ok(delivery.is_some_and(|delivery| delivery.first_release.get().is_some()))
}

fn is_public(parts: &[v1::OpenPart]) -> bool {
    parts.iter().any(|part| {
        part.part() == v1::Part::Shared
            && v1::SharedPart::decode(part.bytes.as_slice())
                .is_ok_and(|shared| shared.visibility == "public")
    })
}
