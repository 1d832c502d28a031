//! What the hub does before it serves: it puts the ruleset and directory it was configured with in
//! force, each with its entry, finishes erasures that were begun, and gives held deliveries a place
//! again.

use crate::public::Public;
use crate::{Hub, HubError};
use seinhuis_proto::v1;
use seinhuis_store::records::{DirectoryRecord, RulesetRecord};
use seinhuis_store::{Row, Snapshot, Store, Versioned, Write};
use seinhuis_types::hex;

impl<S: Store> Hub<S> {
    /// Prepares to serve. May be run again: what is in force already makes no entry.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(&self) -> Result<(), HubError> {
        self.set_ruleset().await?;
        self.set_directory().await?;
        self.tell_destroyed().await?;
        match self.finish_erasures().await {
            Ok(0) => {}
            Ok(finished) => tracing::info!(finished, "erasures that were begun are done"),
            // It does not stand in the way of signals; the next pass tries again.
            Err(error) => tracing::error!(%error, "an erasure that was begun is not done"),
        }
        let freed = self.free_held(None).await;
        if freed > 0 {
            tracing::info!(freed, "held deliveries have a place again");
        }
        // Nor do warnings: a pass gives them when the log can be signed.
        if let Err(error) = self.pass_warnings().await {
            tracing::warn!(%error, "warnings that are due wait for the next pass");
        }
        Ok(())
    }

    async fn set_ruleset(&self) -> Result<(), HubError> {
        let rules = &self.parts.rules;
        let (catalogue, policy, root) = (rules.catalogue.hash(), rules.policy.hash(), rules.root());
        let Versioned { revision, value } = self.parts.store.snapshot()?.ruleset()?;
        let before = value.unwrap_or_default();
        if before.root == root.0 {
            return Ok(());
        }
        let record = RulesetRecord {
            catalogue_hash: catalogue.0.to_vec(),
            policy_hash: policy.0.to_vec(),
            root: root.0.to_vec(),
            previous_catalogue_hash: before.catalogue_hash,
            previous_policy_hash: before.policy_hash,
            previous_root: before.root,
            since_ms: self.now().0,
        };
        let note = format!(
            "ruleset {}: catalogue {}, policy {}",
            hex(&root.0),
            hex(&catalogue.0),
            hex(&policy.0)
        );
        let entry = self.announce(&Public {
            name: "set_ruleset",
            act: v1::Act::Ruleset,
            note,
        })?;
        let change = entry
            .change
            .expect(Row::Ruleset, revision)
            .write(Write::ruleset(&record));
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(())
    }

    /// Each wrapping key that was destroyed has one public entry.
    async fn tell_destroyed(&self) -> Result<(), HubError> {
        let told = self.parts.store.snapshot()?.destroyed()?;
        for epoch in self.parts.wrapping.destroyed() {
            if told.contains(&epoch) {
                continue;
            }
            let entry = self.announce(&Public {
                name: "key_destroyed",
                act: v1::Act::Ruleset,
                note: format!("wrapping key {epoch} was destroyed; parts under it are erased"),
            })?;
            let change = entry
                .change
                .expect(Row::Destroyed(epoch), seinhuis_types::Revision(0))
                .write(Write::destroyed(epoch));
            self.parts.store.commit(change).await?;
            self.parts.log.wake();
        }
        Ok(())
    }

    async fn set_directory(&self) -> Result<(), HubError> {
        let hash = self.parts.directory.hash();
        let Versioned { revision, value } = self.parts.store.snapshot()?.directory()?;
        if value.is_some_and(|record| record.config_hash == hash.0) {
            return Ok(());
        }
        let record = DirectoryRecord {
            config_hash: hash.0.to_vec(),
            since_ms: self.now().0,
        };
        let note = format!("directory {}", hex(&hash.0));
        let entry = self.announce(&Public {
            name: "set_directory",
            act: v1::Act::Ruleset,
            note,
        })?;
        let change = entry
            .change
            .expect(Row::Directory, revision)
            .write(Write::directory(&record));
        self.parts.store.commit(change).await?;
        self.parts.log.wake();
        Ok(())
    }
}
