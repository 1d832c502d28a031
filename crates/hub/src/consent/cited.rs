//! What there is of a cited consent when the law is asked.
//!
//! Owns: that a handle is cited once and as it was registered, and the word the law gets for it. Must not
//! know: what the law says to it.

use super::{not_found, read_act};
use crate::command::{Caller, Envelope};
use crate::{Hub, HubError};
use seinhuis_domain::catalogue::Right;
use seinhuis_domain::consent::{covers, judge};
use seinhuis_domain::decision::CitedConsent;
use seinhuis_domain::signal::{Header, Route};
use seinhuis_store::records::{CitationRecord, ConsentRecord};
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, Versioned, Write};
use seinhuis_types::{ConsentHandle, DeliveryId, ErrorCode, Hour, Millis, Oin, Revision};

/// What there is of a consent, for a decision.
pub(crate) struct Found {
    pub(crate) consent: CitedConsent,
    /// Up to when.
    pub(crate) until: Option<Millis>,
    /// The row it was read from, as it was: a withdrawal changes it.
    pub(crate) row: Option<(Row, Revision)>,
}

impl Found {
    fn none(consent: CitedConsent) -> Self {
        Self {
            consent,
            until: None,
            row: None,
        }
    }
}

/// Marks the consent that an envelope cites as cited by the delivery it became.
pub(crate) fn cite(
    change: ChangeSet,
    source: Oin,
    envelope: &Envelope,
    delivery: DeliveryId,
) -> ChangeSet {
    let Some(cited) = envelope.header.value.consent else {
        return change;
    };
    let citation = CitationRecord {
        delivery_id: delivery.0.to_vec(),
        acknowledged_ms: 0,
    };
    change.write(Write::citation(source, cited.handle, &citation))
}

impl<S: Store> Hub<S> {
    /// That what an envelope cites is the caller's own, as it was registered, and cited by no other: a
    /// handle that two envelopes shared would tell that they are about the same person. Whether it stands
    /// is the law's to say.
    pub(crate) fn cited_once(
        &self,
        caller: &Caller,
        envelope: &Envelope,
        snapshot: &impl Snapshot,
        stands_on: &mut Vec<(Row, Revision)>,
    ) -> Result<(), HubError> {
        let Some(cited) = envelope.header.value.consent else {
            return Ok(());
        };
        let found = snapshot.consent(caller.oin, cited.handle)?;
        let record = found.value.ok_or_else(not_found)?;
        if record.withdrawn_ms == 0 && found.revision != cited.revision {
            return Err(HubError::told(
                ErrorCode::ConsentRevision,
                format!(
                    "the consent has revision {}, not {}: cite the one its registration gave",
                    found.revision, cited.revision
                ),
            ));
        }
        let row = Row::Citation(caller.oin, cited.handle);
        let before = snapshot.citation(caller.oin, cited.handle)?.revision != Revision(0);
        if before || stands_on.iter().any(|(other, _)| *other == row) {
            return Err(HubError::told(
                ErrorCode::ConsentCited,
                "this consent was cited before: register it anew for each envelope",
            ));
        }
        stands_on.push((row, Revision(0)));
        Ok(())
    }

    /// What there is of the consent that an envelope cites, up to when, and the row that says so.
    pub(crate) fn consent_cited(
        &self,
        snapshot: &impl Snapshot,
        route: &Route,
        header: &Header,
        now: Millis,
    ) -> Result<Found, HubError> {
        let Some(cited) = header.consent else {
            return Ok(Found::none(CitedConsent::None));
        };
        let Versioned { revision, value } = snapshot.consent(route.source, cited.handle)?;
        let row = (Row::Consent(route.source, cited.handle), revision);
        let fails = Found {
            consent: CitedConsent::Fails,
            until: None,
            row: Some(row),
        };
        let Some(record) = value else {
            return Ok(fails);
        };
        let here = record.agreement_hash == route.agreement.as_str()
            && record.clause == route.clause.as_str()
            && revision == cited.revision;
        if !here || record.withdrawn_ms != 0 || !self.carries(&record, header)? {
            return Ok(fails);
        }
        let until = Hour(record.until_hour).start();
        let consent = if now >= until {
            CitedConsent::Expired
        } else if now < Hour(record.from_hour).start() {
            CitedConsent::Fails
        } else {
            CitedConsent::Stands
        };
        Ok(Found {
            consent,
            until: Some(until),
            ..fails
        })
    }

    /// What there is of the consent of what a rectification is about. A notice says nothing of the content
    /// and needs none. A correction does, as long as it was not taken back; its hours are those of sending
    /// and have nothing to do with it. Of another person there is none: that is sent anew, on their own.
    pub(crate) fn consent_rectifying(
        &self,
        snapshot: &impl Snapshot,
        source: Oin,
        original: Option<ConsentHandle>,
        header: &Header,
    ) -> Result<Found, HubError> {
        use seinhuis_domain::signal::RectificationKind::{Corrected, IdentityFixed};
        let Some(handle) = original else {
            return Ok(Found::none(CitedConsent::None));
        };
        let Versioned { revision, value } = snapshot.consent(source, handle)?;
        let stands = match header.rectification.as_ref().map(|told| told.kind) {
            Some(Corrected) => match value {
                Some(record) if record.withdrawn_ms == 0 => self.carries(&record, header)?,
                _ => false,
            },
            Some(IdentityFixed) => false,
            _ => true,
        };
        Ok(Found {
            consent: if stands {
                CitedConsent::Stands
            } else {
                CitedConsent::Fails
            },
            until: None,
            row: Some((Row::Consent(source, handle), revision)),
        })
    }

    /// Whether everybody the header is about consented, by who may act as the catalogue now says.
    fn carries(&self, record: &ConsentRecord, header: &Header) -> Result<bool, HubError> {
        let acts = record.acts.iter().map(read_act);
        let acts = acts.collect::<Result<Vec<_>, _>>()?;
        let lawful = judge(
            &acts,
            Right::Consent,
            record.attested,
            &self.parts.rules.catalogue,
        );
        let ages = acts.iter().map(|act| act.age);
        Ok(lawful.is_ok() && covers(ages, &header.subjects))
    }
}
