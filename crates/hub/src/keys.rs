//! Key statements: published by their owner, served as the bytes the owner signed.
//!
//! The hub vouches for none of them; it checks them so that a mistake is told at once and not by
//! every sender.

use crate::command::{Caller, Idempotency, StatementBytes};
use crate::directory::Capability;
use crate::public::Public;
use crate::publish::kept;
use crate::{Hub, HubError, idempotency};
use seinhuis_identity::key_statement::{self, KeyUse};
use seinhuis_proto::v1;
use seinhuis_store::records::{KeyListRecord, KeyStatement, KeyUse as StoredUse};
use seinhuis_store::{Row, Snapshot, Store, Versioned, Write};
use seinhuis_types::{Desk, ErrorCode, Millis, Oin};

/// Most statements kept of one desk; lapsed ones go first.
const KEPT: usize = 16;

impl<S: Store> Hub<S> {
    /// Publishes a statement of the caller's own.
    ///
    /// # Errors
    /// `KEY_STATEMENT_INVALID`, `DESK_UNKNOWN`, `CERTIFICATE_REFUSED`.
    pub async fn publish_key(
        &self,
        caller: &Caller,
        idempotency: &Idempotency,
        statement: StatementBytes,
    ) -> Result<v1::Proof, HubError> {
        let system = self.capable(caller, Capability::Keys)?;
        let scope = idempotency::scope(caller.oin, "PublishKeyStatement", idempotency);
        let _turn = self.in_flight.turn(scope.clone()).await;
        let snapshot = self.parts.store.snapshot()?;
        if let Some(reply) = idempotency::seen(&snapshot, &scope, idempotency)? {
            let (index, at) = kept(&reply)?;
            return self.proof_again(&snapshot, index, &[], at, &caller.oin);
        }
        self.log_in_time()?;
        let now = self.now();
        let stated = key_statement::KeyStatement::verify(
            &statement.jws,
            &statement.chain,
            &self.parts.trust,
            caller.oin,
            now,
        )
        .map_err(|e| HubError::told(ErrorCode::KeyStatementInvalid, e.to_string()))?;
        Self::serves(system, &stated.desk)?;
        let Versioned { revision, value } = snapshot.keys(caller.oin, &stated.desk)?;
        let mut list = value.unwrap_or_default();
        if list
            .statements
            .iter()
            .any(|known| known.kid == stated.kid.as_str())
        {
            return Err(HubError::told(
                ErrorCode::KeyStatementInvalid,
                format!(
                    "key `{}` was stated before; give a new key a new id",
                    stated.kid
                ),
            ));
        }
        add(&mut list, &stated, statement, now);
        let public = Public {
            name: "publish_key",
            act: v1::Act::Key,
            note: format!("key {} of {}/{}", stated.kid, stated.oin, stated.desk),
        };
        let entry = self.public_entry(&public, &scope, idempotency, Vec::new())?;
        let change = entry
            .change
            .clone()
            .expect(Row::Keys(caller.oin, stated.desk.clone()), revision)
            .write(Write::keys(caller.oin, &stated.desk, &list));
        self.commit_public(caller, &entry, change).await
    }

    /// The statements of a desk, for any registered system.
    ///
    /// # Errors
    /// `PARTNER_UNKNOWN`, `DESK_UNKNOWN`.
    pub fn keys(
        &self,
        caller: &Caller,
        oin: Oin,
        desk: &Desk,
    ) -> Result<Vec<v1::KeyStatement>, HubError> {
        self.system(caller)?;
        self.known_desk(&oin, desk)?;
        let list = self
            .parts
            .store
            .snapshot()?
            .keys(oin, desk)?
            .value
            .unwrap_or_default();
        let now = self.now().0;
        let holds = |key: &KeyStatement| key.not_before_ms <= now && now < key.not_after_ms;
        Ok(list
            .statements
            .into_iter()
            .filter(holds)
            .map(|key| v1::KeyStatement {
                jws: key.jws,
                signing_chain: key.chain,
            })
            .collect())
    }
}

fn add(
    list: &mut KeyListRecord,
    stated: &key_statement::KeyStatement,
    bytes: StatementBytes,
    now: Millis,
) {
    list.statements.retain(|key| now.0 < key.not_after_ms);
    while list.statements.len() >= KEPT {
        list.statements.remove(0);
    }
    list.statements.push(KeyStatement {
        jws: bytes.jws,
        chain: bytes.chain,
        kid: stated.kid.to_string(),
        r#use: match stated.key_use {
            KeyUse::Seal => StoredUse::Seal,
            KeyUse::Pseudonym => StoredUse::Pseudonym,
        }
        .into(),
        epoch: stated.epoch.into(),
        not_before_ms: stated.not_before.0,
        not_after_ms: stated.not_after.0,
        key: stated.key.clone(),
    });
}

#[cfg(test)]
mod tests;
