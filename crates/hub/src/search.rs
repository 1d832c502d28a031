//! Searching one's own entries, and opening several at once: for a person, and itself an entry.
//!
//! Owns: the order of things: persons, criteria, what may be shown, the entry, and only then the rows.
//! Must not know: how entries are found.

use crate::command::{Asserted, Caller};
use crate::directory::Capability;
use crate::filter::EntryFilter;
use crate::grants::InForce;
use crate::parts::Draft;
use crate::persons::{ALONE, Persons, second_person_needed};
use crate::release::random_slip;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_store::{ChangeSet, Store};
use seinhuis_types::{LeafIndex, Oin, hex};

/// Most entries that are opened in one call.
pub const OPENED: usize = 256;

/// Asks for a page of one's own entries.
#[derive(Debug)]
pub struct ListEntries {
    /// Which.
    pub filter: EntryFilter,
    /// Nothing below this index.
    pub from: LeafIndex,
    /// Nothing at or above this index.
    pub until: Option<LeafIndex>,
    /// At most this many rows.
    pub size: usize,
    /// To go on; empty at first.
    pub token: Vec<u8>,
    /// Under this grant, the controller's instead of one's own.
    pub grant: Option<[u8; 16]>,
}

/// Asks for several entries.
#[derive(Debug)]
pub struct OpenEntries {
    /// Which: ascending, at most [`OPENED`].
    pub indexes: Vec<LeafIndex>,
    /// Under this grant, the controller's instead of one's own.
    pub grant: Option<[u8; 16]>,
}

/// Where a search stands.
struct Place {
    next: u64,
    end: u64,
    rows: u32,
    first_page_plus_one: u64,
}

impl Place {
    const FORMAT: u8 = 1;

    fn token(&self) -> Vec<u8> {
        let mut token = vec![Self::FORMAT];
        token.extend(self.next.to_be_bytes());
        token.extend(self.end.to_be_bytes());
        token.extend(self.rows.to_be_bytes());
        token.extend(self.first_page_plus_one.to_be_bytes());
        token
    }

    fn read(token: &[u8]) -> Option<Self> {
        let (&Self::FORMAT, rest) = token.split_first()? else {
            return None;
        };
        let (next, rest) = rest.split_first_chunk::<8>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let (rows, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            next: u64::from_be_bytes(*next),
            end: u64::from_be_bytes(*end),
            rows: u32::from_be_bytes(*rows),
            first_page_plus_one: u64::from_be_bytes(rest.try_into().ok()?),
        })
    }
}

impl<S: Store> Hub<S> {
    /// A page of the caller's own entries, or of a controller's under its grant.
    ///
    /// # Errors
    /// `CURSOR_INVALID` for a token of another search, `GRANT_NOT_IN_FORCE`, those of
    /// [`Hub::persons`].
    pub async fn list_entries(
        &self,
        caller: &Caller,
        asked: ListEntries,
        asserted: &Asserted,
    ) -> Result<v1::ListEntriesResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let persons = self.reading(caller, asserted)?;
        let grant = self.granted(caller, asked.grant)?;
        let owner = grant.as_ref().map_or(caller.oin, InForce::controller);
        let filters: Vec<_> = [&asked.filter]
            .into_iter()
            .chain(grant.as_ref().map(InForce::filter))
            .collect();
        let list = list_name(&owner, &asked);
        let mut place = match self.page_token(&caller.oin, &list, &asked.token)? {
            token if token.is_empty() => {
                let (next, end) = self.period(&filters)?;
                let end = asked.until.map_or(end, |until| end.min(until.0));
                Place {
                    next: next.max(asked.from.0).min(end),
                    end,
                    rows: 0,
                    first_page_plus_one: 0,
                }
            }
            token => Place::read(&token).ok_or(HubError::Internal("a token has another form"))?,
        };
        let most = may_show(&persons, place.rows, asked.size)?;
        let found = self
            .go_through(&owner, &filters, (place.next, place.end), most)
            .await?;
        let shown = u32::try_from(found.rows.len()).unwrap_or(u32::MAX);
        let record = v1::SearchRecord {
            filter: Some(asked.filter.message()),
            from_index: place.next,
            until_index: found.next,
            rows: shown,
            rows_before: place.rows,
            first_page_plus_one: place.first_page_plus_one,
            ..v1::SearchRecord::default()
        };
        let proof = self
            .record_search(caller, &persons, grant.as_ref(), record)
            .await?;
        if place.first_page_plus_one == 0 {
            place.first_page_plus_one = proof.index.saturating_add(1);
        }
        place.next = found.next;
        place.rows = place.rows.saturating_add(shown);
        let next_page_token = if place.next < place.end {
            self.make_page_token(&caller.oin, &list, &place.token())
        } else {
            Vec::new()
        };
        Ok(v1::ListEntriesResponse {
            entries: found.rows,
            next_page_token,
            proof: Some(proof),
        })
    }

    /// Several entries at once, with the parts that are the caller's, or the controller's under its
    /// grant.
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND`, `GRANT_NOT_IN_FORCE`, `SECOND_PERSON_NEEDED`, those of [`Hub::persons`].
    pub async fn open_entries(
        &self,
        caller: &Caller,
        asked: OpenEntries,
        asserted: &Asserted,
    ) -> Result<v1::OpenEntriesResponse, HubError> {
        self.capable(caller, Capability::Audit)?;
        let persons = self.reading(caller, asserted)?;
        let grant = self.granted(caller, asked.grant)?;
        let owner = grant.as_ref().map_or(caller.oin, InForce::controller);
        let filters: Vec<_> = grant.iter().map(InForce::filter).collect();
        let mut entries = Vec::with_capacity(asked.indexes.len());
        let mut erased = Vec::new();
        for index in &asked.indexes {
            entries.push(self.one_row(&owner, &filters, *index)?);
            let parts = match grant {
                None => self.erased(caller, *index)?,
                Some(_) => Vec::new(),
            };
            if !parts.is_empty() {
                erased.push(v1::ErasedParts {
                    index: index.0,
                    parts: parts.into_iter().map(Into::into).collect(),
                });
            }
            tokio::task::yield_now().await;
        }
        let rows = entries.iter().filter(|row| !row.parts.is_empty()).count();
        // More than one person may see alone, the commit refuses.
        let record = v1::SearchRecord {
            rows: u32::try_from(rows).unwrap_or(u32::MAX),
            opened: asked.indexes.iter().map(|index| index.0).collect(),
            ..v1::SearchRecord::default()
        };
        let proof = self
            .record_search(caller, &persons, grant.as_ref(), record)
            .await?;
        Ok(v1::OpenEntriesResponse {
            entries,
            proof: Some(proof),
            erased,
        })
    }

    /// The persons of a call that reads the log.
    pub(crate) fn reading(
        &self,
        caller: &Caller,
        asserted: &Asserted,
    ) -> Result<Persons, HubError> {
        let persons = self.persons(caller, asserted)?;
        persons.may_read_the_log()?;
        Ok(persons)
    }

    /// The entry of a search: in the own part of who searched, and of the controller under its grant,
    /// each without the other's people.
    async fn record_search(
        &self,
        caller: &Caller,
        persons: &Persons,
        grant: Option<&InForce>,
        mut record: v1::SearchRecord,
    ) -> Result<v1::Proof, HubError> {
        self.log_in_time()?;
        record.reader_oin = caller.oin.to_string();
        record.controller_oin = grant.map_or(caller.oin, InForce::controller).to_string();
        record.grant_id = grant.map(|grant| grant.id().to_vec()).unwrap_or_default();
        let rows = u64::from(record.rows);
        let provider_part = grant.map(|_| {
            v1::ProviderPart {
                system: caller.system.0.to_vec(),
                search: Some(record.clone()),
                ..v1::ProviderPart::default()
            }
            .encode_to_vec()
        });
        let part = v1::RecipientPart {
            system: caller.system.0.to_vec(),
            staff: persons.staff(),
            search: Some(record),
            ..v1::RecipientPart::default()
        };
        let outcome = v1::OutcomePart {
            act: v1::Act::Search.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            provider: grant.map(InForce::controller),
            recipient: Some(caller.oin),
            provider_part,
            recipient_part: Some(part.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            ..Draft::default()
        };
        let prepared = self.prepare(draft, &random_slip().slip()?, self.now())?;
        let change = ChangeSet::new("search", prepared.entry());
        let change = match grant {
            Some(grant) => grant.guard(change),
            None => change,
        };
        let committed = self
            .commit_for(persons, self.counted(persons, rows, change))
            .await?;
        let first = *committed
            .indexes
            .first()
            .ok_or(HubError::Internal("a commit without an index"))?;
        self.proof(&prepared, first, &[], committed.at, &caller.oin)
    }
}

/// How many rows more these persons may see after `shown` ones.
fn may_show(persons: &Persons, shown: u32, asked: usize) -> Result<usize, HubError> {
    if persons.two().is_ok() {
        return Ok(asked);
    }
    let left = ALONE.saturating_sub(u64::from(shown));
    match usize::try_from(left).unwrap_or(usize::MAX).min(asked) {
        0 => Err(second_person_needed()),
        most => Ok(most),
    }
}

/// What a page token is bound to: whose entries, by which criteria, under which grant.
fn list_name(owner: &Oin, asked: &ListEntries) -> String {
    let grant = asked.grant.map(|id| hex(&id)).unwrap_or_default();
    format!("entries/{owner}/{}/{grant}", hex(&asked.filter.digest().0))
}
