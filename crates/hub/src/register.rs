//! The register of processing activities: what a controller does under its agreements, as they were and
//! are.
//!
//! Owns: whose register a caller may read, and from which agreements it is worked out. Must not know: what
//! is an activity or a version (domain). Reads only; no entry, as with agreements: nothing in it is about
//! a person.

mod message;

use crate::agreements::Loaded;
use crate::command::Caller;
use crate::directory::Capability;
use crate::{Hub, HubError};
use seinhuis_domain::register::{Activity, Past, RegisterId, activities, entities};
use seinhuis_proto::v1;
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::{ErrorCode, Oin};
use std::sync::Arc;

/// Agreements read at once.
const PAGE: usize = 64;

impl<S: Store> Hub<S> {
    /// The controller whose register the caller reads: its own organisation, or that of its grant.
    ///
    /// # Errors
    /// `GRANT_NOT_IN_FORCE`, `CAPABILITY_MISSING`.
    pub fn register_of(&self, caller: &Caller, grant: Option<[u8; 16]>) -> Result<Oin, HubError> {
        self.register(caller, grant, |controller, _| Ok(controller))
    }

    /// The activities of the register, in order of id, after `after`; at most `max`, with the id to go
    /// on after.
    ///
    /// # Errors
    /// As [`Hub::register_of`].
    pub fn activities(
        &self,
        caller: &Caller,
        grant: Option<[u8; 16]>,
        after: Option<RegisterId>,
        max: usize,
    ) -> Result<(Vec<v1::ProcessingActivity>, Option<RegisterId>), HubError> {
        self.register(caller, grant, |_, all| {
            let rest = all
                .iter()
                .filter(|one| after.is_none_or(|after| one.id > after));
            let page: Vec<_> = rest.clone().take(max).collect();
            let more = rest.count() > page.len();
            let next = page.last().filter(|_| more).map(|one| one.id);
            let told = page.into_iter().map(|one| self.activity_message(one));
            Ok((told.collect::<Result<_, _>>()?, next))
        })
    }

    /// One activity.
    ///
    /// # Errors
    /// `ACTIVITY_NOT_FOUND`, and as [`Hub::register_of`].
    pub fn activity(
        &self,
        caller: &Caller,
        grant: Option<[u8; 16]>,
        id: RegisterId,
    ) -> Result<v1::ProcessingActivity, HubError> {
        self.register(caller, grant, |_, all| {
            let one = all.iter().find(|one| one.id == id);
            self.activity_message(one.ok_or_else(not_found)?)
        })
    }

    /// One version of an activity; the latest for `None`.
    ///
    /// # Errors
    /// As [`Hub::activity`].
    pub fn activity_version(
        &self,
        caller: &Caller,
        grant: Option<[u8; 16]>,
        id: RegisterId,
        number: Option<u32>,
    ) -> Result<v1::ProcessingActivityVersion, HubError> {
        self.register(caller, grant, |_, all| {
            let one = all.iter().find(|one| one.id == id);
            let one = one.ok_or_else(not_found)?;
            let catalogue = &self.parts.rules.catalogue;
            let number = number.unwrap_or_else(|| one.latest());
            let record = one.record(number, catalogue, catalogue, self.now());
            Ok(message::version(record.ok_or_else(not_found)?))
        })
    }

    /// An organisation that the register names.
    ///
    /// # Errors
    /// As [`Hub::activity`].
    pub fn register_entity(
        &self,
        caller: &Caller,
        grant: Option<[u8; 16]>,
        id: RegisterId,
    ) -> Result<v1::RegisterEntity, HubError> {
        self.register(caller, grant, |_, all| {
            let mut named = entities(all);
            named.remove(&id).map(message::entity).ok_or_else(not_found)
        })
    }

    /// Works out the register and hands it to `read`. Of a grant about one agreement only that one's
    /// versions are in it, under the ids and numbers they have in the whole.
    fn register<T>(
        &self,
        caller: &Caller,
        grant: Option<[u8; 16]>,
        read: impl FnOnce(Oin, &[Activity<'_>]) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        self.system(caller)?;
        let grant = self.granted(caller, grant)?;
        if grant.is_some() {
            self.capable(caller, Capability::Audit)?;
        }
        let controller = grant
            .as_ref()
            .map_or(caller.oin, |grant| grant.controller());
        let loaded = self.agreements_of(&controller)?;
        let pasts: Vec<Past<'_>> = loaded.iter().map(|one| Past::of(&one.agreement)).collect();
        let mut found = activities(&controller, &pasts, self.now());
        if let Some(grant) = &grant {
            for activity in &mut found {
                activity
                    .versions
                    .retain(|version| grant.shows(version.past.hash));
            }
            found.retain(|activity| !activity.versions.is_empty());
        }
        read(controller, &found)
    }

    /// Every agreement that `oin` is a party to, whatever its state.
    fn agreements_of(&self, oin: &Oin) -> Result<Vec<Arc<Loaded>>, HubError> {
        let snapshot = self.parts.store.snapshot()?;
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = snapshot.agreements(after.as_ref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                return Ok(found);
            };
            after = Some(last.clone());
            for (hash, Versioned { revision, value }) in page {
                let loaded = self.agreements.load(&hash, &value, revision)?;
                if loaded.agreement.content().party(oin).is_some() {
                    found.push(loaded);
                }
            }
        }
    }

    fn activity_message(&self, one: &Activity<'_>) -> Result<v1::ProcessingActivity, HubError> {
        let (catalogue, now) = (&self.parts.rules.catalogue, self.now());
        let record = one.record(one.latest(), catalogue, catalogue, now);
        let record = record.ok_or(HubError::Internal("an activity has no version"))?;
        Ok(v1::ProcessingActivity {
            id: one.id.to_string(),
            active: one.active(now),
            latest_version: one.latest(),
            name_nl: record.name.nl.into(),
            name_en: record.name.en.into(),
        })
    }
}

fn not_found() -> HubError {
    HubError::told(
        ErrorCode::ActivityNotFound,
        "the register you may read has no activity, version or organisation of that id; list the \
         activities to see which it has",
    )
}
