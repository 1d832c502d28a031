//! Grants: a controller lets one auditor read its own entries, for a time.
//!
//! Owns: giving, taking back, and whether a grant is in force for a caller now. Nobody gives one
//! alone. Must not know: how entries are found and shown.

use crate::command::{Asserted, Caller, Idempotency};
use crate::directory::Capability;
use crate::filter::EntryFilter;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::publish::kept;
use crate::release::random_slip;
use crate::{Hub, HubError, idempotency};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::records::{GrantRecord, Reply, ReplyRecord};
use seinhuis_store::{
    ChangeSet, ReplyScope, Row, Slot, Snapshot, Store, StoreError, Versioned, Write,
};
use seinhuis_types::{AgreementHash, Digest, ErrorCode, Millis, Oin, Revision};

/// The longest a grant lasts, in milliseconds.
const LONGEST_MS: u64 = 30 * Millis::DAY;

/// Gives an auditor access.
#[derive(Debug)]
pub struct GrantAccess {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Who may read.
    pub auditor: Oin,
    /// Only this system of the auditor's.
    pub system: Option<Digest>,
    /// Which entries.
    pub filter: EntryFilter,
    /// When it begins; a moment that has passed means now.
    pub from: Millis,
    /// First moment after it.
    pub until: Millis,
}

/// Takes access back.
#[derive(Debug)]
pub struct RevokeGrant {
    /// Makes it happen once.
    pub idempotency: Idempotency,
    /// Which.
    pub grant: [u8; 16],
}

/// A grant that was in force for this caller when it was looked up. Comes from [`Hub::granted`]
/// alone.
pub(crate) struct InForce {
    id: [u8; 16],
    revision: Revision,
    controller: Oin,
    filter: EntryFilter,
    until: Millis,
}

impl InForce {
    pub(crate) fn controller(&self) -> Oin {
        self.controller
    }

    /// Whether it is about this agreement, or about none in particular.
    pub(crate) fn shows(&self, agreement: &AgreementHash) -> bool {
        let only = self.filter.agreement.as_ref();
        only.is_none_or(|only| only == agreement)
    }

    pub(crate) fn filter(&self) -> &EntryFilter {
        &self.filter
    }

    pub(crate) fn id(&self) -> &[u8; 16] {
        &self.id
    }

    /// Has `change` commit only while the grant is still as it was, and before its end.
    pub(crate) fn guard(&self, change: ChangeSet) -> ChangeSet {
        change
            .expect(Row::Grant(self.id), self.revision)
            .before(self.until, Row::Grant(self.id))
    }
}

impl<S: Store> Hub<S> {
    /// Gives an auditor access to the caller's own entries.
    ///
    /// # Errors
    /// `SECOND_PERSON_NEEDED`, `MESSAGE_INVALID`, `PARTNER_UNKNOWN`, those of [`Hub::persons`].
    pub async fn grant_access(
        &self,
        caller: &Caller,
        command: GrantAccess,
        asserted: &Asserted,
    ) -> Result<v1::GrantAccessResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "GrantAccess", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some((grant, proof)) = self.grant_again(caller, &scope, &command.idempotency)? {
            return Ok(v1::GrantAccessResponse {
                grant: Some(grant),
                proof: Some(proof),
            });
        }
        let persons = self.reading(caller, asserted)?;
        persons.two()?;
        self.check_grant(caller, &command)?;
        let id = rand::random::<[u8; 16]>();
        let record = GrantRecord {
            controller_oin: caller.oin.to_string(),
            auditor_oin: command.auditor.to_string(),
            auditor_system: command.system.map(|s| s.0.to_vec()).unwrap_or_default(),
            filter: command.filter.message().encode_to_vec(),
            from_ms: command.from.max(self.now()).0,
            until_ms: command.until.0,
            revoked_ms: 0,
        };
        let row = (id, Revision(0), record);
        let (grant, proof) = self
            .commit_grant(caller, &persons, &scope, &command.idempotency, row)
            .await?;
        Ok(v1::GrantAccessResponse {
            grant: Some(grant),
            proof: Some(proof),
        })
    }

    /// Takes access back: from its commit on nothing is read under it.
    ///
    /// # Errors
    /// `GRANT_NOT_IN_FORCE` when the caller gave no such grant, or took it back before.
    pub async fn revoke_grant(
        &self,
        caller: &Caller,
        command: RevokeGrant,
        asserted: &Asserted,
    ) -> Result<v1::RevokeGrantResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let scope = idempotency::scope(caller.oin, "RevokeGrant", &command.idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        if let Some((grant, proof)) = self.grant_again(caller, &scope, &command.idempotency)? {
            return Ok(v1::RevokeGrantResponse {
                grant: Some(grant),
                proof: Some(proof),
            });
        }
        let persons = self.reading(caller, asserted)?;
        let Versioned { revision, value } = self.parts.store.snapshot()?.grant(command.grant)?;
        let record = value
            .filter(|grant| grant.controller_oin == caller.oin.as_str() && grant.revoked_ms == 0)
            .ok_or_else(not_in_force)?;
        let record = GrantRecord {
            revoked_ms: self.now().0,
            ..record
        };
        let row = (command.grant, revision, record);
        let (grant, proof) = self
            .commit_grant(caller, &persons, &scope, &command.idempotency, row)
            .await?;
        Ok(v1::RevokeGrantResponse {
            grant: Some(grant),
            proof: Some(proof),
        })
    }

    /// The grants that the caller gave or got.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`.
    pub fn grants(&self, caller: &Caller) -> Result<Vec<v1::Grant>, HubError> {
        self.capable(caller, Capability::Audit)?;
        let snapshot = self.parts.store.snapshot()?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = snapshot.grants(after, 256)?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after = Some(*last);
            for (id, grant) in page {
                let parties = [&grant.controller_oin, &grant.auditor_oin];
                if parties.iter().any(|oin| *oin == caller.oin.as_str()) {
                    found.push(message(&id, &grant)?);
                }
            }
        }
    }

    /// The grant a caller names, if it is in force for that caller now.
    ///
    /// # Errors
    /// `GRANT_NOT_IN_FORCE`, whatever the cause.
    pub(crate) fn granted(
        &self,
        caller: &Caller,
        id: Option<[u8; 16]>,
    ) -> Result<Option<InForce>, HubError> {
        let Some(id) = id else { return Ok(None) };
        let Versioned { revision, value } = self.parts.store.snapshot()?.grant(id)?;
        let now = self.now().0;
        let grant = value
            .filter(|grant| grant.auditor_oin == caller.oin.as_str())
            .filter(|grant| {
                grant.auditor_system.is_empty() || grant.auditor_system == caller.system.0
            })
            .filter(|grant| grant.revoked_ms == 0)
            .filter(|grant| (grant.from_ms..grant.until_ms).contains(&now))
            .ok_or_else(not_in_force)?;
        Ok(Some(InForce {
            id,
            revision,
            controller: grant.controller_oin.parse()?,
            filter: EntryFilter::read(&filter_of(&grant)?)?,
            until: Millis(grant.until_ms),
        }))
    }

    fn check_grant(&self, caller: &Caller, command: &GrantAccess) -> Result<(), HubError> {
        let directory = &self.parts.directory;
        let begins = command.from.max(self.now());
        let broken = if command.auditor == caller.oin {
            "auditor_oin: an organisation reads its own entries without a grant"
        } else if command.until <= begins {
            "until_ms: it lies before the grant begins"
        } else if command.until > begins.plus(LONGEST_MS) {
            "until_ms: a grant lasts at most 30 days"
        } else if let Some(system) = &command.system
            && directory
                .system(system)
                .is_none_or(|system| system.oin != command.auditor)
        {
            "auditor_system: it is not registered as a system of the auditor"
        } else if directory.partner(&command.auditor).is_none() {
            return Err(HubError::told(
                ErrorCode::PartnerUnknown,
                format!(
                    "auditor `{}` is not registered at this hub; ask the operator to register it",
                    command.auditor
                ),
            ));
        } else {
            return Ok(());
        };
        Err(HubError::invalid(broken))
    }

    /// Commits a grant as it now is, with the entry of both sides and the reply.
    async fn commit_grant(
        &self,
        caller: &Caller,
        persons: &Persons,
        scope: &ReplyScope,
        idempotency: &Idempotency,
        (id, revision, record): ([u8; 16], Revision, GrantRecord),
    ) -> Result<(v1::Grant, v1::Proof), HubError> {
        self.log_in_time()?;
        let grant = message(&id, &record)?;
        let prepared = self.grant_entry(caller, persons, &grant)?;
        let (row, absent) = idempotency::unused(scope);
        let reply = Reply {
            committed_at: Slot::at_commit(),
            first_index: Slot::of_entry(0),
            body: ReplyRecord {
                fingerprint: idempotency.fingerprint.0.to_vec(),
                facts: grant.encode_to_vec(),
                entries: 1,
            },
        };
        let change = ChangeSet::new("grant", prepared.entry())
            .expect(row, absent)
            .expect(Row::Grant(id), revision)
            .write(Write::grant(id, &record))
            .write(Write::reply(scope.clone(), &reply));
        let committed = self.commit_for(persons, change).await?;
        let first = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        let proof = self.proof(&prepared, first, &[], committed.at, &caller.oin)?;
        Ok((grant, proof))
    }

    /// Both sides see that there is a grant; who gave it stands in the controller's part.
    fn grant_entry(
        &self,
        caller: &Caller,
        persons: &Persons,
        grant: &v1::Grant,
    ) -> Result<Prepared, HubError> {
        let shared = v1::SharedPart {
            act: v1::Act::Grant.into(),
            source_oin: grant.controller_oin.clone(),
            recipient_oin: grant.auditor_oin.clone(),
            ..v1::SharedPart::default()
        };
        let provider = v1::ProviderPart {
            system: caller.system.0.to_vec(),
            staff: persons.staff(),
            grant: Some(grant.clone()),
            ..v1::ProviderPart::default()
        };
        let outcome = v1::OutcomePart {
            act: v1::Act::Grant.into(),
            permitted: grant.revoked_ms == 0,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            provider: Some(caller.oin),
            recipient: Some(grant.auditor_oin.parse()?),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        self.prepare(draft, &random_slip().slip()?, self.now())
    }

    fn grant_again(
        &self,
        caller: &Caller,
        scope: &ReplyScope,
        idempotency: &Idempotency,
    ) -> Result<Option<(v1::Grant, v1::Proof)>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let Some(reply) = idempotency::seen(&snapshot, scope, idempotency)? else {
            return Ok(None);
        };
        let (index, at) = kept(&reply)?;
        let grant = v1::Grant::decode(reply.body.facts.as_slice())
            .map_err(|_| HubError::Internal("a stored reply is damaged"))?;
        let proof = self.proof_again(&snapshot, index, &[], at, &caller.oin)?;
        Ok(Some((grant, proof)))
    }
}

fn filter_of(grant: &GrantRecord) -> Result<v1::EntryFilter, HubError> {
    v1::EntryFilter::decode(grant.filter.as_slice())
        .map_err(|_| HubError::Internal("a stored grant is damaged"))
}

fn message(id: &[u8; 16], grant: &GrantRecord) -> Result<v1::Grant, HubError> {
    Ok(v1::Grant {
        grant_id: id.to_vec(),
        controller_oin: grant.controller_oin.clone(),
        auditor_oin: grant.auditor_oin.clone(),
        auditor_system: grant.auditor_system.clone(),
        filter: Some(filter_of(grant)?),
        from_ms: grant.from_ms,
        until_ms: grant.until_ms,
        revoked_ms: grant.revoked_ms,
    })
}

fn not_in_force() -> HubError {
    HubError::told(
        ErrorCode::GrantNotInForce,
        "no grant with this id is in force for you now: it ended, was taken back, or is another's; \
         ask the controller",
    )
}

/// A commit that lost to the end of its grant.
pub(crate) fn ended(error: StoreError) -> HubError {
    match error {
        StoreError::Conflict { row: Row::Grant(_) } => not_in_force(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
