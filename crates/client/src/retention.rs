//! One's own parts of entries: held, and erased when they may be.
//!
//! Owns: the calls, and holding their replies against what was asked. Must not know: which entries
//! an organisation wants to keep, and why.

use crate::{ClientError, Incident, Partner, VerifiedProof, status};
use seinhuis_proto::v1;
use seinhuis_types::{HoldId, LeafIndex, Millis};
use std::ops::RangeInclusive;

/// A hold of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The first entry.
    pub from: LeafIndex,
    /// The last entry.
    pub to: LeafIndex,
    /// When it was placed.
    pub placed: Millis,
    /// Its entry: who placed it, and why, can be read there.
    pub index: LeafIndex,
}

/// What was erased.
#[derive(Debug, Clone)]
pub struct Erased {
    /// How many parts.
    pub parts: u64,
    /// Of the entry that says who asked for it.
    pub proof: VerifiedProof,
}

impl Partner {
    /// Keeps one's own parts of a range of entries from being erased. For a person
    /// ([`Partner::acting_for`]).
    ///
    /// # Errors
    /// As every call.
    pub async fn place_hold(
        &self,
        entries: RangeInclusive<LeafIndex>,
    ) -> Result<(HoldId, VerifiedProof), ClientError> {
        let mut client = self.retention();
        let request = self.asserted(v1::PlaceHoldRequest {
            idempotency_key: rand::random::<[u8; 16]>().to_vec(),
            from_index: entries.start().0,
            to_index: entries.end().0,
            ..v1::PlaceHoldRequest::default()
        })?;
        let reply = status::once("hub", client.place_hold(request)).await?;
        let id =
            HoldId::from_slice(&reply.hold_id).map_err(|_| Incident::Reply("a hold has no id"))?;
        let act = self.own_act(reply.proof, v1::Act::Hold)?;
        let placed = act.1.from_index == entries.start().0
            && act.1.to_index == entries.end().0
            && act.1.hold_id == id.0;
        if !placed {
            return Err(Incident::Proof("the entry is of another hold").into());
        }
        Ok((id, act.0))
    }

    /// Lifts one of one's own holds. For a person.
    ///
    /// # Errors
    /// As every call.
    pub async fn lift_hold(&self, hold: HoldId) -> Result<VerifiedProof, ClientError> {
        let mut client = self.retention();
        let request = self.asserted(v1::LiftHoldRequest {
            idempotency_key: rand::random::<[u8; 16]>().to_vec(),
            hold_id: hold.0.to_vec(),
            ..v1::LiftHoldRequest::default()
        })?;
        let reply = status::once("hub", client.lift_hold(request)).await?;
        let (proof, act) = self.own_act(reply.proof, v1::Act::LiftHold)?;
        if act.hold_id != hold.0 {
            return Err(Incident::Proof("the entry is of another hold").into());
        }
        Ok(proof)
    }

    /// One's own holds.
    ///
    /// # Errors
    /// As every call.
    pub async fn holds(&self) -> Result<Vec<Hold>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.retention();
            async move { client.list_holds(v1::ListHoldsRequest {}).await }
        });
        let read = |hold: v1::Hold| {
            Ok(Hold {
                id: HoldId::from_slice(&hold.hold_id)
                    .map_err(|_| Incident::Reply("a hold has no id"))?,
                from: LeafIndex(hold.from_index),
                to: LeafIndex(hold.to_index),
                placed: Millis(hold.placed_ms),
                index: LeafIndex(hold.index),
            })
        };
        reply.await?.holds.into_iter().map(read).collect()
    }

    /// Erases one's own parts of a range of at most 10,000 entries, for good. For two persons. Proofs
    /// stay as they are, and so does the other side's copy of what both may read.
    ///
    /// # Errors
    /// `PART_BEFORE_TERM`, `PART_HELD`, `SECOND_PERSON_NEEDED`; as every call. After no answer the
    /// erasure may be under way: read an entry of the range to see.
    pub async fn erase_parts(
        &self,
        entries: RangeInclusive<LeafIndex>,
    ) -> Result<Erased, ClientError> {
        let mut client = self.retention();
        let request = self.asserted(v1::ErasePartsRequest {
            idempotency_key: rand::random::<[u8; 16]>().to_vec(),
            from_index: entries.start().0,
            to_index: entries.end().0,
            ..v1::ErasePartsRequest::default()
        })?;
        let reply = status::once("hub", client.erase_parts(request)).await?;
        let (proof, act) = self.own_act(reply.proof, v1::Act::Erase)?;
        let same = act.from_index == entries.start().0
            && act.to_index == entries.end().0
            && act.erased == reply.erased;
        if !same {
            return Err(Incident::Proof("the entry is of another erasure").into());
        }
        Ok(Erased {
            parts: reply.erased,
            proof,
        })
    }

    /// The proof of an act on one's own parts, and what its own part says.
    fn own_act(
        &self,
        proof: Option<v1::Proof>,
        act: v1::Act,
    ) -> Result<(VerifiedProof, v1::RetentionAct), ClientError> {
        let proof = proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(act)?;
        let said = proof.recipient().and_then(|part| part.retention);
        let said = said.ok_or(Incident::Proof("the own part is missing"))?;
        Ok((proof, said))
    }
}
