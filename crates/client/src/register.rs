//! The partner's register of processing, worked out by the partner itself: from agreements whose content
//! is proven by its hash, each told by the catalogue it was signed on.
//!
//! Owns: where agreements and catalogues come from. Must not know: what is an activity (domain), how it is
//! shown. What became of an agreement, and when, is as the hub tells it; [`RegisterView::unproven`] names
//! the agreements with a step whose signature does not hold here.

use crate::{AgreementView, ClientError, Partner};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::register::{Activity, Past, Record, RegisterId, Taken, activities};
use seinhuis_types::{AgreementHash, Digest, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a register is worked out from.
#[derive(Debug)]
pub struct RegisterView {
    controller: Oin,
    agreements: Vec<AgreementView>,
    catalogues: BTreeMap<Digest, Arc<Catalogue>>,
    in_force: Arc<Catalogue>,
}

impl Partner {
    /// Fetches what the partner's register is worked out from: every agreement it is or was a party to,
    /// and which catalogue is in force.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] when no catalogue is configured; and as every call.
    pub async fn register(&self) -> Result<RegisterView, ClientError> {
        let agreements = self.list_agreements().await?;
        let known = &self.inner.catalogues;
        let in_force = self.ruleset().await?.catalogue;
        // Another edition than the one in force still tells what its codes mean.
        let in_force = known.pinned(&in_force).ok().or_else(|| known.last());
        let in_force = in_force.ok_or_else(|| {
            ClientError::Invalid("`catalogues` names no folder to tell the register from".into())
        })?;
        let hashes = agreements.iter().map(|view| view.content.catalogue_hash);
        let catalogues = hashes.filter_map(|hash| Some((hash, known.pinned(&hash).ok()?)));
        Ok(RegisterView {
            controller: self.oin(),
            catalogues: catalogues.collect(),
            agreements,
            in_force,
        })
    }
}

impl RegisterView {
    /// Works out the register at `now` and hands it to `read`.
    pub fn read<T>(&self, now: Millis, read: impl FnOnce(&[Activity<'_>]) -> T) -> T {
        let pasts: Vec<Past<'_>> = self.agreements.iter().map(past).collect();
        read(&activities(&self.controller, &pasts, now))
    }

    /// One version of an activity at `now`, the latest for `None`; nothing when it has no such version.
    pub fn record(&self, id: RegisterId, number: Option<u32>, now: Millis) -> Option<Record> {
        self.read(now, |all| {
            let one = all.iter().find(|one| one.id == id)?;
            self.record_of(one, number.unwrap_or_else(|| one.latest()), now)
        })
    }

    /// Version `number` of an activity of this register.
    pub fn record_of(&self, one: &Activity<'_>, number: u32, now: Millis) -> Option<Record> {
        let signed_on = one.version(number)?.past.content.catalogue_hash;
        let told_by = self.catalogues.get(&signed_on).unwrap_or(&self.in_force);
        one.record(number, told_by, &self.in_force, now)
    }

    /// The agreements with a step whose signature does not hold under the pinned roots, also because its
    /// certificate was revoked since: that the step was taken is the hub's word.
    pub fn unproven(&self) -> BTreeSet<&AgreementHash> {
        let doubted = self
            .agreements
            .iter()
            .filter(|view| view.steps.iter().any(|step| !step.proven));
        doubted.map(|view| &view.hash).collect()
    }
}

fn past(view: &AgreementView) -> Past<'_> {
    let steps = view.steps.iter().map(|step| Taken {
        oin: step.oin,
        kind: step.kind,
        at: step.at,
    });
    Past {
        hash: &view.hash,
        content: &view.content,
        steps: steps.collect(),
        replaced_from: view.replaced.as_ref().map(|(_, from)| *from),
    }
}
