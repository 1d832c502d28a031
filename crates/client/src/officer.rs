//! An officer's access: searching one's own entries, opening several at once, grants to auditors.
//!
//! Owns: that what comes is what was asked and opens to its leaves, and that each search left an entry
//! that says so. What was left out a search cannot show: a scan by tags can ([`Partner::scan`]). Must
//! not know: what an officer makes of an entry.

use crate::audit::Entry;
use crate::proof::open_parts;
use crate::{ClientError, Incident, Partner, VerifiedProof, Work, status};
use seinhuis_domain::entry::Leaf;
use seinhuis_proto::v1;
use seinhuis_types::{Digest, LeafIndex, Millis, Oin};

/// Most entries that one call opens.
const OPENED: usize = 256;

/// A page of a search.
#[derive(Debug, Clone)]
pub struct EntryPage {
    /// What was found, in the order of the log.
    pub entries: Vec<Entry>,
    /// To go on with; empty at the end. A page can be empty and not be the last.
    pub next: Vec<u8>,
    /// Of the entry that records this page.
    pub recorded: VerifiedProof,
}

/// Whose entries are read, and where a search goes on.
#[derive(Debug, Clone, Default)]
pub struct SearchOptions {
    /// Rows on a page, at most 1,000; 0 for 100.
    pub page_size: u32,
    /// From the page before; empty at first.
    pub page_token: Vec<u8>,
    /// Under this grant, the controller's entries instead of one's own.
    pub grant: Option<[u8; 16]>,
    /// From this index up to, without, that one; the end is open when it is 0.
    pub within: (u64, u64),
}

/// Access for an auditor, to be given.
#[derive(Debug, Clone)]
pub struct GrantTerms {
    /// Who may read.
    pub auditor: Oin,
    /// Only this system of the auditor's.
    pub system: Option<Digest>,
    /// Which entries.
    pub filter: v1::EntryFilter,
    /// When it begins; a moment that has passed means now.
    pub from: Millis,
    /// First moment after it, at most 30 days later.
    pub until: Millis,
}

impl Partner {
    /// A page of one's own entries that meet `filter`, each opened to its leaf and, where it is
    /// published already, proven to be in the log. Made for the persons of [`Partner::acting_for`];
    /// above 50 rows in a search two are needed.
    ///
    /// # Errors
    /// [`ClientError::Untrusted`] when an entry does not open or is not in the log; as every call.
    pub async fn search(
        &self,
        filter: &v1::EntryFilter,
        options: &SearchOptions,
    ) -> Result<EntryPage, ClientError> {
        let request = self.asserted(v1::ListEntriesRequest {
            page_size: options.page_size,
            page_token: options.page_token.clone(),
            filter: Some(filter.clone()),
            grant_id: options.grant.map(Vec::from).unwrap_or_default(),
            from_index: options.within.0,
            until_index: options.within.1,
            ..v1::ListEntriesRequest::default()
        })?;
        let mut client = self.log();
        let reply = status::once("hub", client.list_entries(request)).await?;
        let recorded = self.recorded(reply.proof)?;
        let entries = self.opened(reply.entries).await?;
        if entries.iter().any(|entry| !entry.is_own()) {
            return Err(Incident::Reply("a search gave an entry without parts").into());
        }
        Ok(EntryPage {
            entries,
            next: reply.next_page_token,
            recorded,
        })
    }

    /// Several entries, such as those a scan found, in ascending order: one entry of the log for each
    /// 256 of them. One that is not one's own comes without parts.
    ///
    /// # Errors
    /// Those of [`Partner::search`].
    pub async fn open_entries(
        &self,
        indexes: &[LeafIndex],
        grant: Option<[u8; 16]>,
    ) -> Result<Vec<Entry>, ClientError> {
        let mut found = Vec::with_capacity(indexes.len());
        for some in indexes.chunks(OPENED) {
            let request = self.asserted(v1::OpenEntriesRequest {
                indexes: some.iter().map(|index| index.0).collect(),
                grant_id: grant.map(Vec::from).unwrap_or_default(),
                ..v1::OpenEntriesRequest::default()
            })?;
            let mut client = self.log();
            let reply = status::once("hub", client.open_entries(request)).await?;
            self.recorded(reply.proof)?;
            let asked = some.iter().map(|index| index.0);
            if !reply.entries.iter().map(|entry| entry.index).eq(asked) {
                return Err(Incident::Reply("other entries came than were asked for").into());
            }
            let told = |index: LeafIndex| {
                let one = reply.erased.iter().find(|one| one.index == index.0);
                one.map(|one| one.parts().collect::<Vec<_>>())
            };
            for entry in self.opened(reply.entries).await? {
                let erased = told(entry.index).unwrap_or_default();
                found.push(entry.erased_as_told(erased.into_iter()));
            }
            self.tell(Work::OwnEntries, found.len(), Some(indexes.len()));
        }
        Ok(found)
    }

    /// Gives an auditor access to one's own entries, for two persons.
    ///
    /// # Errors
    /// As every call.
    pub async fn grant_access(
        &self,
        terms: &GrantTerms,
    ) -> Result<(v1::Grant, VerifiedProof), ClientError> {
        let request = self.asserted(v1::GrantAccessRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            auditor_oin: terms.auditor.to_string(),
            auditor_system: terms.system.map(|s| s.0.to_vec()).unwrap_or_default(),
            filter: Some(terms.filter.clone()),
            from_ms: terms.from.0,
            until_ms: terms.until.0,
            ..v1::GrantAccessRequest::default()
        })?;
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            let request = request.clone();
            async move { client.grant_access(request).await }
        });
        let reply = reply.await?;
        self.grant_of(reply.grant, reply.proof)
    }

    /// Takes access back, at once.
    ///
    /// # Errors
    /// As every call.
    pub async fn revoke_grant(
        &self,
        grant: [u8; 16],
    ) -> Result<(v1::Grant, VerifiedProof), ClientError> {
        let request = self.asserted(v1::RevokeGrantRequest {
            idempotency_key: rand::random::<[u8; 32]>().to_vec(),
            grant_id: grant.to_vec(),
            ..v1::RevokeGrantRequest::default()
        })?;
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            let request = request.clone();
            async move { client.revoke_grant(request).await }
        });
        let reply = reply.await?;
        self.grant_of(reply.grant, reply.proof)
    }

    /// The grants one gave or got, past ones too.
    ///
    /// # Errors
    /// As every call.
    pub async fn grants(&self) -> Result<Vec<v1::Grant>, ClientError> {
        let reply = status::repeated("hub", || {
            let mut client = self.log();
            async move { client.list_grants(v1::ListGrantsRequest {}).await }
        });
        Ok(reply.await?.grants)
    }

    fn grant_of(
        &self,
        grant: Option<v1::Grant>,
        proof: Option<v1::Proof>,
    ) -> Result<(v1::Grant, VerifiedProof), ClientError> {
        let grant = grant.ok_or(Incident::Reply("a reply has no grant"))?;
        let proof = proof.ok_or(Incident::Reply("a reply has no proof"))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(v1::Act::Grant)?;
        Ok((grant, proof))
    }

    pub(crate) fn recorded(&self, proof: Option<v1::Proof>) -> Result<VerifiedProof, ClientError> {
        let proof = proof.ok_or(Incident::Reply(
            "entries were given without one of the search",
        ))?;
        let proof = self.inner.log.verify(proof, &[])?;
        proof.is_of(v1::Act::Search)?;
        Ok(proof)
    }

    /// Entries as they came, each opened to its leaf and its place in the log.
    pub(crate) async fn opened(&self, found: Vec<v1::Proof>) -> Result<Vec<Entry>, ClientError> {
        let seen = self.checkpoint().await?;
        let mut entries = Vec::with_capacity(found.len());
        for one in found {
            let leaf =
                Leaf::parse(&one.leaf).map_err(|_| Incident::Proof("the leaf is not a leaf"))?;
            let parts = open_parts(&leaf, &one.parts)?;
            let index = LeafIndex(one.index);
            let proven = self.in_log(index, &one.leaf, &seen).await?;
            entries.push(Entry::new(index, leaf, proven, parts, one.parts));
        }
        Ok(entries)
    }
}
