//! A correction of a break-glass: content once more, so it goes for a person who is asserted, both officers
//! are told, and it is reviewed, as the break-glass itself was.
//!
//! Owns: which of a signal's deliveries were a break-glass, whether one may be corrected still, and the
//! review of what corrects it. Must not know: who must be told of a rectification, and what it says.

use super::{Officers, officer_elsewhere, put, review_of, sent_for};
use crate::command::Envelope;
use crate::persons::Persons;
use crate::rectify::Sent;
use crate::{Hub, HubError};
use seinhuis_domain::break_glass::{Finding, Mark};
use seinhuis_store::records::{BreakGlassRecord, EventKind};
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, Versioned, Write};
use seinhuis_types::{DeliveryId, ErrorCode, Millis, Revision};
use std::collections::{BTreeMap, BTreeSet};

/// Those of a signal's deliveries that were a break-glass, as they were read.
#[derive(Default)]
pub(crate) struct Glasses {
    rows: BTreeMap<DeliveryId, Versioned<BreakGlassRecord>>,
}

impl Glasses {
    /// Those among `originals`.
    pub(crate) fn among(snapshot: &impl Snapshot, originals: &[Sent]) -> Result<Self, HubError> {
        let mut rows = BTreeMap::new();
        for sent in originals {
            let Versioned { revision, value } = snapshot.break_glass(sent.id)?;
            if let Some(value) = value {
                rows.insert(sent.id, Versioned { revision, value });
            }
        }
        Ok(Self { rows })
    }

    /// The rows, as they must still be at the commit: a finding that comes between is judged anew.
    pub(crate) fn stands_on(&self) -> impl Iterator<Item = (Row, Revision)> {
        let rows = self.rows.iter();
        rows.map(|(id, row)| (Row::BreakGlass(*id), row.revision))
    }

    /// Whether this delivery was one.
    pub(crate) fn has(&self, id: DeliveryId) -> bool {
        self.rows.contains_key(&id)
    }

    /// Whether this delivery was one, and is found not justified: nothing of it is said anew.
    pub(crate) fn not_justified(&self, id: DeliveryId) -> bool {
        self.rows
            .get(&id)
            .is_some_and(|row| not_justified(&row.value))
    }

    /// That `envelope` may correct this delivery, if that was a break-glass, for `persons`.
    ///
    /// # Errors
    /// `BREAK_GLASS_NOT_JUSTIFIED`, `BREAK_GLASS_INVALID`, `PERSON_ASSERTION_INVALID`.
    pub(crate) fn may_correct(
        &self,
        id: DeliveryId,
        envelope: &Envelope,
        persons: Option<&Persons>,
    ) -> Result<(), HubError> {
        let Some(Versioned { value, .. }) = self.rows.get(&id) else {
            return Ok(());
        };
        if not_justified(value) {
            return Err(nothing_anew());
        }
        let persons = persons.ok_or_else(|| {
            HubError::told(
                ErrorCode::PersonAssertionInvalid,
                "what corrects a break-glass is sent for a person, as the break-glass was: send a person \
                 assertion of who acts",
            )
        })?;
        sent_for(persons, &envelope.source.value)?;
        officer_elsewhere(&envelope.route.value, &value.source_officer)
    }
}

/// Whether a break-glass is found not justified by its source.
pub(crate) fn not_justified(record: &BreakGlassRecord) -> bool {
    super::read(record.finding) == Some(Finding::NotJustified)
}

/// The refusal of new content for what should not have been sent.
pub(crate) fn nothing_anew() -> HubError {
    HubError::told(
        ErrorCode::BreakGlassNotJustified,
        "this break-glass is found not justified, so nothing of it is said anew: withdraw the signal, and \
         send what is right as a signal of its own",
    )
}

impl<S: Store> Hub<S> {
    /// Opens the review of what corrects `original`, if that was a break-glass, in the change that sends
    /// it, and tells both officers. `acted` are marks of who act in the correction.
    pub(crate) fn open_correction(
        &self,
        change: ChangeSet,
        (glasses, original): (&Glasses, DeliveryId),
        acted: &BTreeSet<Mark>,
        envelope: &Envelope,
        (id, at): (DeliveryId, Millis),
    ) -> Result<(ChangeSet, Option<Officers>), HubError> {
        let Some(Versioned { value: of, .. }) = glasses.rows.get(&original) else {
            return Ok((change, None));
        };
        let mut review = review_of(of, &self.parts.cursors)?;
        // Who acted in one reviews neither while the original's review is open: closing it drops its marks, so a
        // correction sent after that is told apart from its own alone. Marks of another key say nothing
        // beside those of this one.
        let mut acted = acted.clone();
        if review.comparable {
            acted.extend(review.acted.iter().copied());
        }
        let record = BreakGlassRecord {
            source_desk: envelope.route.value.source_desk.to_string(),
            sent_ms: at.0,
            reviewed_ms: 0,
            viewed_ms: 0,
            rectifies: original.0.to_vec(),
            ..of.clone()
        };
        let kind = EventKind::BreakGlassCorrected;
        let (mut change, officers) = self.under_review(change, id, record, &acted, kind)?;
        if review.comparable && !review.closed() {
            review.acted = acted.into_iter().collect();
            let mut of = of.clone();
            put(&mut of, &review);
            change = change.write(Write::break_glass(original, &of));
        }
        Ok((change, Some(officers)))
    }
}
