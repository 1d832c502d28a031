//! Searches and grants of an officer.

use super::request::idempotency;
use super::{Malformed, at_most, exactly, optional};
use seinhuis_hub::{EntryFilter, GrantAccess, ListEntries, OPENED, OpenEntries, RevokeGrant};
use seinhuis_proto::v1;
use seinhuis_types::{Coded, Desk, Digest, LeafIndex, Millis, Oin};

/// Page sizes: 100 by default, 1,000 at most.
const PAGE: usize = 100;
const PAGE_MOST: usize = 1_000;
/// Most bytes of a page token.
pub(super) const TOKEN: usize = 256;

fn filter(filter: Option<&v1::EntryFilter>) -> Result<EntryFilter, Malformed> {
    let filter = filter.map_or_else(|| Ok(EntryFilter::default()), EntryFilter::read);
    filter.map_err(|error| Malformed {
        code: error.code(),
        message: error.to_string(),
    })
}

pub(crate) fn grant(id: &[u8]) -> Result<Option<[u8; 16]>, Malformed> {
    match id {
        [] => Ok(None),
        id => exactly(id, "grant_id").map(Some),
    }
}

pub(crate) fn list_entries(request: v1::ListEntriesRequest) -> Result<ListEntries, Malformed> {
    at_most(request.page_token.len(), TOKEN, "page_token bytes")?;
    let size = match usize::try_from(request.page_size).unwrap_or(usize::MAX) {
        0 => PAGE,
        asked => asked.min(PAGE_MOST),
    };
    let mut criteria = filter(request.filter.as_ref())?;
    if let Some(desk) = optional::<Desk>(&request.desk)? {
        if criteria.desk.as_ref().is_some_and(|other| *other != desk) {
            return Err(Malformed::new("desk: it is another one than the filter's"));
        }
        criteria.desk = Some(desk);
    }
    Ok(ListEntries {
        filter: criteria,
        from: LeafIndex(request.from_index),
        until: (request.until_index > 0).then_some(LeafIndex(request.until_index)),
        size,
        token: request.page_token,
        grant: grant(&request.grant_id)?,
    })
}

pub(crate) fn open_entries(request: &v1::OpenEntriesRequest) -> Result<OpenEntries, Malformed> {
    at_most(request.indexes.len(), OPENED, "indexes")?;
    if request.indexes.is_empty() || !request.indexes.is_sorted_by(|a, b| a < b) {
        return Err(Malformed::new(
            "indexes: one at least, in ascending order, each once",
        ));
    }
    Ok(OpenEntries {
        indexes: request.indexes.iter().copied().map(LeafIndex).collect(),
        grant: grant(&request.grant_id)?,
    })
}

pub(crate) fn grant_access(
    request: v1::GrantAccessRequest,
    fingerprint: Digest,
) -> Result<GrantAccess, Malformed> {
    let system = match request.auditor_system.as_slice() {
        [] => None,
        bytes => Some(Digest(exactly(bytes, "auditor_system")?)),
    };
    Ok(GrantAccess {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        auditor: Oin::parse(&request.auditor_oin)?,
        system,
        filter: filter(request.filter.as_ref())?,
        from: Millis(request.from_ms),
        until: Millis(request.until_ms),
    })
}

pub(crate) fn revoke_grant(
    request: v1::RevokeGrantRequest,
    fingerprint: Digest,
) -> Result<RevokeGrant, Malformed> {
    Ok(RevokeGrant {
        idempotency: idempotency(request.idempotency_key, fingerprint)?,
        grant: exactly(&request.grant_id, "grant_id")?,
    })
}
