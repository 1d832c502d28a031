//! The pseudonymiser: the other half of every conversion, run by another organisation.
//!
//! It trusts the source's signature and nothing the hub says: it checks under its own roots, keeps
//! its own replays and budgets, and judges no agreements. Must not know: the hub's store, headers,
//! values; it shares no process with the hub.

use crate::command::{Caller, Convert};
use crate::conversion::half;
use crate::envelope::{owned_by, request_digest, verify_signature};
use crate::timing::stage;
use crate::{HubError, Statements};
use seinhuis_domain::signal::Route;
use seinhuis_identity::key_statement::KeyUse;
use seinhuis_identity::signing::SigningTrust;
use seinhuis_pseudonym::{Converted, KeyContext, Transcryptor};
use seinhuis_seal::manifest::{Label, Manifest, Reader, Withheld};
use seinhuis_store::{Conversion, ConversionLedger};
use seinhuis_types::{Clock, Coded, Desk, ErrorCode, Millis, Oin, limits};
use std::borrow::Cow;
use std::sync::Arc;
use tracing::Instrument;

/// One transcryptor as a service of its own.
pub struct Pseudonymiser {
    /// Its half of the keys.
    pub transcryptor: Transcryptor,
    /// Its own roots.
    pub trust: SigningTrust,
    /// Key statements it has verified.
    pub statements: Statements,
    /// Its own replays and budgets.
    pub ledger: ConversionLedger,
    /// Conversions a source may ask under one clause on one day.
    pub budget: u64,
    /// The key epoch in force.
    pub epoch: u16,
    /// The OIN of the hub: only it may ask for the first half.
    pub hub: Oin,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Pseudonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonymiser(..)")
    }
}

impl Pseudonymiser {
    /// The first half of a conversion, for the hub.
    ///
    /// # Errors
    /// `CONVERSION_REFUSED`, `CONVERSION_REPLAYED`, `OVER_BUDGET`, `MANIFEST_INVALID`,
    /// `CERTIFICATE_REFUSED`, `KEY_STATEMENT_INVALID`, `STALE_KEY_EPOCH`.
    pub async fn convert(&self, caller: &Caller, request: &Convert) -> Result<Converted, HubError> {
        if caller.oin != self.hub {
            return Err(HubError::told(
                ErrorCode::CapabilityMissing,
                "only the hub asks the pseudonymiser for a first half",
            ));
        }
        let now = self.clock.now();
        let route = &request.route.value;
        in_window(route, now)?;
        if route.epoch != self.epoch {
            return Err(stale(
                "the route names another key epoch than the one in force",
            ));
        }
        let verifying = stage!("convert verify").entered();
        let message = signing_message(request)?;
        verify_signature(
            &self.trust,
            &request.chain,
            route,
            &message,
            &request.signature,
            now,
        )?;
        let input = self.key(request, true, now)?;
        self.key(request, false, now)?;
        drop(verifying);
        let count = u64::try_from(request.subjects.len()).unwrap_or(u64::MAX);
        let recording = self.ledger.check_and_record(Conversion {
            source: route.source,
            nonce: route.nonce,
            request: request_digest(request),
            clause: route.clause.clone(),
            count,
            cap: self.budget,
        });
        // The record is queued first; while it is made durable the work is done. What is not recorded is not
        // answered, whatever came of the work.
        let (recorded, converted) =
            tokio::join!(recording.instrument(stage!("convert record")), async {
                stage!("convert half")
                    .in_scope(|| half(&self.transcryptor, route, &input, &request.subjects))
            });
        recorded.map_err(|e| HubError::told(e.code(), e.to_string()))?;
        converted
    }

    /// This transcryptor's share of a session key, for the organisation it belongs to.
    ///
    /// # Errors
    /// `STALE_KEY_EPOCH`.
    pub fn key_share(
        &self,
        caller: &Caller,
        desk: &Desk,
        epoch: u32,
    ) -> Result<[u8; 32], HubError> {
        key_share(&self.transcryptor, self.epoch, caller.oin, desk, epoch)
    }

    /// A session key of the route, by its owner's statement under this service's own roots.
    fn key(&self, request: &Convert, source: bool, now: Millis) -> Result<[u8; 32], HubError> {
        let route = &request.route.value;
        let (oin, desk, kid, bytes) = if source {
            (
                route.source,
                &route.source_desk,
                &route.source_pseudonym_kid,
                &request.source_key,
            )
        } else {
            (
                route.recipient,
                &route.desk,
                &route.recipient_pseudonym_kid,
                &request.recipient_key,
            )
        };
        let statement = self
            .statements
            .verify(bytes, &self.trust, oin, now)
            .map_err(|e| HubError::told(ErrorCode::KeyStatementInvalid, e.to_string()))?;
        owned_by(oin, desk, (statement.oin, &statement.desk))?;
        if statement.epoch != route.epoch || statement.kid != *kid {
            return Err(stale("a key statement is not the key the route names"));
        }
        match (
            statement.key_use,
            <[u8; 32]>::try_from(statement.key.as_slice()),
        ) {
            (KeyUse::Pseudonym, Ok(key)) => Ok(key),
            _ => Err(HubError::told(
                ErrorCode::KeyStatementInvalid,
                "a key statement of the route is not one for pseudonyms",
            )),
        }
    }
}

/// A transcryptor's share of one of `oin`'s own session keys.
pub(crate) fn key_share(
    transcryptor: &Transcryptor,
    in_force: u16,
    oin: Oin,
    desk: &Desk,
    epoch: u32,
) -> Result<[u8; 32], HubError> {
    if epoch != u32::from(in_force) {
        return Err(stale(&format!("key epoch {in_force} is in force")));
    }
    Ok(transcryptor.key_share(&KeyContext {
        oin,
        desk: desk.clone(),
        epoch,
    }))
}

fn stale(message: &str) -> HubError {
    HubError::told(ErrorCode::StaleKeyEpoch, message)
}

/// A route is good for a day, so that a replay has little time (formats: −24 h to +1 h).
fn in_window(route: &Route, now: Millis) -> Result<(), HubError> {
    let earliest = now.minus(limits::ROUTE_PAST_MS).hour();
    let latest = now.plus(limits::ROUTE_FUTURE_MS).hour();
    if (earliest..=latest).contains(&route.hour) {
        return Ok(());
    }
    Err(HubError::told(
        ErrorCode::ConversionRefused,
        "the hour of the route lies more than a day back or an hour ahead; make the signal again",
    ))
}

/// What the source signed, from route and subjects in clear and the hashes of all else.
pub(crate) fn signing_message(request: &Convert) -> Result<Vec<u8>, HubError> {
    let invalid =
        |e: &dyn std::fmt::Display| HubError::told(ErrorCode::ManifestInvalid, e.to_string());
    let mut clear = vec![(Label::Route, Cow::Borrowed(request.route.bytes.as_slice()))];
    for (ordinal, (kind, ciphertext)) in (0u8..).zip(&request.subjects) {
        let leaf = crate::envelope::subject_leaf(*kind, ciphertext);
        clear.push((Label::Subject(ordinal), Cow::Owned(leaf)));
    }
    let withheld = request
        .others
        .iter()
        .map(|leaf| {
            let label = leaf.label.parse::<Label>().map_err(|e| invalid(&e))?;
            Ok(Withheld {
                index: leaf.index,
                label,
                hash: leaf.hash,
            })
        })
        .collect::<Result<Vec<_>, HubError>>()?;
    let manifest = Manifest::assemble(Reader::Pseudonymiser, clear, withheld, &request.salts)
        .map_err(|e| invalid(&e))?;
    if manifest.labels().len() != request.leaf_count {
        return Err(invalid(&"leaf_count is not the number of leaves"));
    }
    Ok(manifest.signing_message().to_vec())
}

#[cfg(test)]
mod tests;
