//! A mutating call happens once.
//!
//! Owns: the lock that makes a second call with the same key wait for the first, and the check of
//! its fingerprint. Must not know: what a method's reply looks like.

use crate::HubError;
use crate::command::Idempotency;
use seinhuis_store::records::Reply;
use seinhuis_store::{ReplyScope, Row, Snapshot, Versioned};
use seinhuis_types::{ErrorCode, Oin, Revision};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Calls under way, by scope.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    calls: Mutex<HashMap<ReplyScope, Arc<tokio::sync::Mutex<()>>>>,
}

/// While it lives, no other call with the same key runs.
pub(crate) struct Turn<'a> {
    calls: &'a InFlight,
    scope: ReplyScope,
    lock: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl InFlight {
    /// Waits for its turn.
    pub(crate) async fn turn(&self, scope: ReplyScope) -> Turn<'_> {
        let lock = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(calls.entry(scope.clone()).or_default())
        };
        Turn {
            calls: self,
            scope,
            lock: Some(lock.lock_owned().await),
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.lock = None;
        let mut calls = self
            .calls
            .calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Ours is the last one out when only the map still holds the lock.
        if calls
            .get(&self.scope)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            calls.remove(&self.scope);
        }
    }
}

/// The scope of a caller's key for one method.
pub(crate) fn scope(oin: Oin, method: &'static str, idempotency: &Idempotency) -> ReplyScope {
    ReplyScope {
        oin,
        method,
        key: idempotency.key.clone().into(),
    }
}

/// What is kept for the key: `Ok(None)` for a new one, the reply for a call made before.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when the key was used before with other bytes.
pub(crate) fn seen(
    snapshot: &impl Snapshot,
    scope: &ReplyScope,
    idempotency: &Idempotency,
) -> Result<Option<Reply>, HubError> {
    let Versioned { value, .. } = snapshot.reply(scope)?;
    match value {
        Some(reply) if reply.body.fingerprint == idempotency.fingerprint.0 => Ok(Some(reply)),
        Some(_) => Err(HubError::told(
            ErrorCode::IdempotencyKeyReused,
            "this idempotency key was used before with another request; use a new key",
        )),
        None => Ok(None),
    }
}

/// The expectation that nobody used the key meanwhile.
pub(crate) fn unused(scope: &ReplyScope) -> (Row, Revision) {
    (Row::Reply(scope.clone()), Revision(0))
}
