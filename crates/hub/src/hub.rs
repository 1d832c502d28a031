//! What every use case stands on.
//!
//! Owns: the hub's parts, the caller's rights, and the form of an entry. Must not know: gRPC, files.

use crate::HubError;
use crate::agreements::Agreements;
use crate::command::{Caller, SlipBytes};
use crate::conversion::FirstHalf;
use crate::cursor::Cursors;
use crate::desks::Desks;
use crate::directory::{Capability, Directory, System};
use crate::idempotency::InFlight;
use crate::parts::{Draft, Prepared, WrappingKeys};
use crate::simulate::Simulated;
use crate::warnings::SeenCertificates;
use seinhuis_audit::Log;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::entry::{LeafHead, Slip, ruleset_root};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_merkle::{KeyName, NoteSigner};
use seinhuis_policy::{Engine, TypeFacts, type_facts};
use seinhuis_pseudonym::Transcryptor;
use seinhuis_store::Store;
use seinhuis_types::{DeliveryId, Desk, Digest, ErrorCode, Millis, Oin, SignalType};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Catalogue and policy set in force, with the hashes that agreements pin.
pub struct Rules {
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The policy set.
    pub policy: Engine,
}

impl std::fmt::Debug for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rules({:?})", self.root())
    }
}

impl Rules {
    /// The root that leaves carry.
    pub fn root(&self) -> Digest {
        ruleset_root(&self.catalogue.hash(), &self.policy.hash())
    }
}

/// What the hub is made of. Built by the composition root; nothing in it changes but the store.
pub struct Parts<S: Store> {
    /// Durable state.
    pub store: Arc<S>,
    /// The published log.
    pub log: Arc<Log<S>>,
    /// Catalogue and policy.
    pub rules: Rules,
    /// Who takes part.
    pub directory: Directory,
    /// Roots under which partners sign.
    pub trust: SigningTrust,
    /// The log's origin.
    pub origin: KeyName,
    /// Signs receipts, by `<origin>/receipt`.
    pub receipts: NoteSigner,
    /// Wrap data keys of parts.
    pub wrapping: WrappingKeys,
    /// Authenticate cursors.
    pub cursors: Cursors,
    /// The hub's half of conversions.
    pub transcryptor: Transcryptor,
    /// The other half, at another organisation.
    pub pseudonymiser: Arc<dyn FirstHalf>,
    /// The key epoch in force.
    pub epoch: u16,
    /// Conversions a source may ask under one clause on one day.
    pub conversion_budget: u64,
    /// Questions one organisation may ask under one clause on one day.
    pub question_budget: u64,
    /// The shortest time to answer a question, in milliseconds.
    pub question_shortest_ms: u64,
    /// Whether OINs with the test prefix may take part.
    pub test_oins: bool,
}

impl<S: Store> std::fmt::Debug for Parts<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Parts({})", self.origin)
    }
}

/// The hub: each use case is a method in a file of its own.
pub struct Hub<S: Store> {
    pub(crate) parts: Parts<S>,
    pub(crate) in_flight: InFlight,
    pub(crate) desks: Desks,
    pub(crate) agreements: Agreements,
    pub(crate) seen: SeenCertificates,
    pub(crate) simulated: Simulated,
    pub(crate) types: BTreeMap<SignalType, Arc<TypeFacts>>,
    ids: Ids,
}

/// Where the ids of deliveries are drawn.
type Ids = Box<dyn Fn() -> DeliveryId + Send + Sync>;

impl<S: Store> std::fmt::Debug for Hub<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hub(..)")
    }
}

impl<S: Store> Hub<S> {
    /// A hub made of `parts`.
    pub fn new(parts: Parts<S>) -> Self {
        let types = parts
            .rules
            .catalogue
            .signal_types()
            .map(|definition| (definition.code.clone(), Arc::new(type_facts(definition))))
            .collect();
        Self {
            parts,
            in_flight: InFlight::default(),
            desks: Desks::default(),
            agreements: Agreements::default(),
            seen: SeenCertificates::default(),
            simulated: Simulated::default(),
            types,
            ids: Box::new(|| DeliveryId(rand::random())),
        }
    }

    /// The same hub, with the ids of deliveries drawn by `ids`: for a simulation that is to come out the
    /// same again. Anywhere else they are the operating system's to draw, and nobody's to guess.
    #[must_use]
    pub fn drawing(mut self, ids: impl Fn() -> DeliveryId + Send + Sync + 'static) -> Self {
        self.ids = Box::new(ids);
        self
    }

    /// The same hub as a new process would have it: what it kept in memory of calls, streams, agreements
    /// and deliveries is gone, and what is stored is as it was.
    #[must_use]
    pub fn restarted(self) -> Self {
        let Self {
            parts,
            agreements,
            types,
            ids,
            ..
        } = self;
        Self {
            parts,
            in_flight: InFlight::default(),
            desks: Desks::default(),
            agreements: agreements.restarted(),
            seen: SeenCertificates::default(),
            simulated: Simulated::default(),
            types,
            ids,
        }
    }

    /// The id of a delivery that is made.
    pub(crate) fn draw_delivery(&self) -> DeliveryId {
        (self.ids)()
    }

    /// The published log, for reading.
    pub fn log(&self) -> &Log<S> {
        &self.parts.log
    }

    /// Who takes part.
    pub fn directory(&self) -> &Directory {
        &self.parts.directory
    }

    /// Catalogue and policy in force.
    pub fn rules(&self) -> &Rules {
        &self.parts.rules
    }

    /// A token to go on with a list of this caller's.
    pub fn make_page_token(&self, oin: &Oin, list: &str, place: &[u8]) -> Vec<u8> {
        self.parts.cursors.issue_page(oin, list, place)
    }

    /// The place in a page token; empty for an empty one.
    ///
    /// # Errors
    /// `CURSOR_INVALID`.
    pub fn page_token(&self, oin: &Oin, list: &str, token: &[u8]) -> Result<Vec<u8>, HubError> {
        if token.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.parts.cursors.read_page(oin, list, token)?)
    }

    /// Hub time.
    pub fn now(&self) -> Millis {
        self.parts.store.now()
    }

    /// The caller's system, if it is registered for its organisation.
    ///
    /// # Errors
    /// `PARTNER_UNKNOWN`, `SYSTEM_UNKNOWN`.
    pub fn system(&self, caller: &Caller) -> Result<&System, HubError> {
        let directory = &self.parts.directory;
        if caller.oin.is_test() && !self.parts.test_oins {
            return Err(HubError::told(
                ErrorCode::CertificateRefused,
                "test OINs (prefix 00000099) take no part in production",
            ));
        }
        if directory.partner(&caller.oin).is_none() {
            return Err(HubError::told(
                ErrorCode::PartnerUnknown,
                format!(
                    "organisation `{}` is not a partner; ask the operator to register it",
                    caller.oin
                ),
            ));
        }
        directory
            .system(&caller.system)
            .filter(|system| system.oin == caller.oin)
            .ok_or_else(|| {
                HubError::told(
                    ErrorCode::SystemUnknown,
                    "this certificate is not registered as a system of its organisation; \
                 ask your administrator to register its thumbprint",
                )
            })
    }

    /// The caller's system, if it has `capability`.
    ///
    /// # Errors
    /// Those of [`Hub::system`], and `CAPABILITY_MISSING`.
    pub fn capable(&self, caller: &Caller, capability: Capability) -> Result<&System, HubError> {
        let system = self.system(caller)?;
        if system.capabilities.contains(&capability) {
            return Ok(system);
        }
        Err(HubError::told(
            ErrorCode::CapabilityMissing,
            format!(
                "this system lacks capability `{}`; ask the operator to grant it",
                capability.as_str()
            ),
        ))
    }

    /// That the caller's system serves `desk`.
    ///
    /// # Errors
    /// `DESK_UNKNOWN`.
    pub fn serves(system: &System, desk: &Desk) -> Result<(), HubError> {
        if system.desks.contains(desk) {
            return Ok(());
        }
        Err(HubError::told(
            ErrorCode::DeskUnknown,
            format!("desk `{desk}` is not a desk this system serves"),
        ))
    }

    /// Makes the entry of an act at `now`.
    pub(crate) fn prepare(
        &self,
        mut draft: Draft,
        slip: &Slip,
        now: Millis,
    ) -> Result<Prepared, HubError> {
        draft.keep = self.keep(&draft, now)?;
        let head = LeafHead::new(now.hour(), self.parts.epoch, self.parts.rules.root())
            .map_err(|_| HubError::Internal("hub time is past the last hour of a leaf"))?;
        Ok(draft.prepare(head, slip, &self.parts.wrapping, &mut rand::rng())?)
    }

    /// Refuses to act while the log cannot be published: no proof, no act.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(crate) fn log_in_time(&self) -> Result<(), HubError> {
        if !self.parts.log.may_sign() {
            // A hub that was set back would give indexes away again, under its own receipt.
            return Err(HubError::told(
                ErrorCode::Unavailable,
                "the witnesses have not said yet what they saw last of the log; nothing is decided until \
                 they have",
            ));
        }
        if self.parts.log.lag_ms(self.now()) < LAG_REFUSES_MS {
            return Ok(());
        }
        Err(HubError::told(
            ErrorCode::Unavailable,
            "the log could not be published for 60 seconds; nothing is decided until it is",
        ))
    }

    /// The other partner, by OIN.
    pub(crate) fn known_desk(&self, oin: &Oin, desk: &Desk) -> Result<(), HubError> {
        let partner = self.parts.directory.partner(oin).ok_or_else(|| {
            HubError::told(
                ErrorCode::PartnerUnknown,
                format!("recipient `{oin}` is not a partner of this hub"),
            )
        })?;
        if partner.desks.contains(desk) {
            return Ok(());
        }
        Err(HubError::told(
            ErrorCode::DeskUnknown,
            format!("recipient `{oin}` has no desk `{desk}`"),
        ))
    }
}

/// How old the oldest unpublished entry may be before acts are refused.
const LAG_REFUSES_MS: u64 = 60 * Millis::SECOND;

impl SlipBytes {
    /// As it goes into a leaf.
    pub(crate) fn slip(&self) -> Result<Slip, HubError> {
        Slip::parse(&self.nonce, &self.tags).map_err(|e| HubError::invalid(e.to_string()))
    }
}

#[cfg(test)]
mod tests;
