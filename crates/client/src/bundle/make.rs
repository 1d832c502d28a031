//! Making a bundle: a search, a proof of each entry, and each agreement that is named.
//!
//! Owns: gathering. Must not know: how a bundle is checked; it opens what it made before giving it.

use super::{open_bundle, seal, summary};
use crate::{ClientError, Entry, Incident, Partner, SearchOptions, SeenCheckpoint, Work};
use seinhuis_merkle::leaf_hash;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, ErrorCode, Oin};
use std::time::Duration;

/// Rows on a page.
const PAGE: u32 = 256;

impl Partner {
    /// A bundle of one's own entries that meet `filter`, or under a grant of its controller's: for the
    /// persons of [`Partner::acting_for`], above 50 entries for two. Entries that are not published
    /// yet make it wait.
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND` among [`ClientError::Rejected`] for an entry that is not published yet; those
    /// of [`Partner::search`].
    pub async fn make_bundle(
        &self,
        filter: &v1::EntryFilter,
        grant: Option<[u8; 16]>,
    ) -> Result<Vec<u8>, ClientError> {
        let controller = self.controller_of(grant).await?;
        let mut options = SearchOptions {
            page_size: PAGE,
            grant,
            ..SearchOptions::default()
        };
        let mut found = Vec::new();
        loop {
            let page = self.search(filter, &options).await?;
            found.extend(page.entries);
            self.tell(Work::OwnEntries, found.len(), None);
            options.page_token = page.next;
            if options.page_token.is_empty() {
                break;
            }
        }
        let under = self.checkpoint().await?;
        let mut entries = Vec::with_capacity(found.len());
        for entry in &found {
            entries.push(self.bundled(entry, &under).await?);
            self.tell(Work::Proofs, entries.len(), Some(found.len()));
        }
        let rules = self.ruleset().await?;
        let mut content = v1::EvidenceBundle {
            maker_oin: self.oin().to_string(),
            controller_oin: controller.to_string(),
            made_ms: self.inner.clock.now().0,
            checkpoint: under.note,
            filter: Some(filter.clone()),
            entries,
            catalogue_hash: rules.catalogue.0.to_vec(),
            policy_hash: rules.policy.0.to_vec(),
            ..v1::EvidenceBundle::default()
        };
        for name in summary::named_agreements(&content).map_err(ClientError::invalid)? {
            let hash = AgreementHash::parse(&name)?;
            content
                .agreements
                .push(self.agreement_message(&hash, grant).await?);
        }
        let (nl, en) = summary::of(&content).map_err(ClientError::invalid)?;
        (content.summary_nl, content.summary_en) = (nl, en);
        let bytes = seal(&self.inner.signer, &content).map_err(ClientError::invalid)?;
        open_bundle(&bytes, &self.inner.trust, &self.inner.log).map_err(ClientError::invalid)?;
        Ok(bytes)
    }

    async fn controller_of(&self, grant: Option<[u8; 16]>) -> Result<Oin, ClientError> {
        let Some(id) = grant else {
            return Ok(self.oin());
        };
        let grants = self.grants().await?;
        let found = grants.iter().find(|grant| grant.grant_id == id);
        let found = found.ok_or(Incident::Reply("the hub does not list the grant"))?;
        Ok(found.controller_oin.parse()?)
    }

    async fn bundled(
        &self,
        entry: &Entry,
        under: &SeenCheckpoint,
    ) -> Result<v1::BundleEntry, ClientError> {
        if entry.index.0 >= under.checkpoint.size().get() {
            return Err(ClientError::Rejected {
                code: ErrorCode::EntryNotFound,
                message: format!("entry {} is not under a checkpoint yet", entry.index),
                retry_after: Some(Duration::from_secs(1)),
            });
        }
        let leaf = entry.leaf.to_bytes();
        let hash = leaf_hash(&leaf);
        let hashes = self.included(entry.index, &hash, under, None).await?;
        Ok(v1::BundleEntry {
            index: entry.index.0,
            leaf: leaf.to_vec(),
            parts: entry.opened().to_vec(),
            inclusion: hashes.iter().map(|hash| hash.0.to_vec()).collect(),
        })
    }
}
