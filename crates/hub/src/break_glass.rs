//! Break-glass: what is sent in immediate danger to life, and the review that its commit opens.
//!
//! Owns: for whom one is sent, the row of its review, who is told of it, and the entries of all acts on
//! it. Must not know: whether the law lets it through (policy), who may close a review (domain), and who
//! anybody is: persons are kept as keyed marks, until the review is closed.

mod late;
mod list;
mod review;

pub use review::ReviewBreakGlass;

use crate::command::{Asserted, Caller, Envelope, Publish};
use crate::decide::Decided;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::release::random_slip;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::break_glass::{Finding, Mark, Review, Side};
use seinhuis_domain::signal::encode_break_glass;
use seinhuis_proto::v1;
use seinhuis_store::records::{BreakGlassRecord, EventKind, EventRecord};
use seinhuis_store::{ChangeSet, Row, Store, Write};
use seinhuis_types::{
    AgreementHash, DeliveryId, Desk, ErrorCode, Millis, Oin, PersonRef, Revision, SignalId,
};
use std::collections::BTreeSet;

/// The two officers' desks: of the source and of the recipient.
type Officers = [(Oin, Desk); 2];

impl<S: Store> Hub<S> {
    /// The person that a signal with a break-glass in it is sent for; nobody for any other.
    ///
    /// # Errors
    /// Those of [`Hub::persons`]; `BREAK_GLASS_INVALID` when another person acts in an envelope than the
    /// one who is asserted; `MESSAGE_INVALID` for an assertion with nothing that takes one.
    pub(crate) fn acting(
        &self,
        caller: &Caller,
        command: &Publish,
        asserted: &Asserted,
    ) -> Result<Option<Persons>, HubError> {
        let is_glass = |envelope: &&Envelope| envelope.header.value.break_glass.is_some();
        let mut glasses = command.envelopes.iter().filter(is_glass).peekable();
        if glasses.peek().is_none() {
            if asserted.assertions.is_empty() {
                return Ok(None);
            }
            return Err(HubError::invalid(
                "person_assertion: only a break-glass is sent for a person; leave it out",
            ));
        }
        let persons = self.persons(caller, asserted)?;
        for envelope in glasses {
            let decided_by = &envelope.source.value.decided_by;
            let named =
                std::str::from_utf8(decided_by).is_ok_and(|it| PersonRef::parse(it).is_ok());
            if !named && !decided_by.is_empty() {
                // Who decided reviews nothing of it: a name no assertion can have could not be held
                // against the reviewers'.
                return Err(HubError::told(
                    ErrorCode::BreakGlassInvalid,
                    "decided_by: of a break-glass it is written as in a person assertion, 1 to 64 of \
                     A-Z, a-z, 0-9, ., _ and -, without nine digits in a row",
                ));
            }
            if !persons.first_is(&envelope.source.value.acting_person) {
                return Err(HubError::told(
                    ErrorCode::BreakGlassInvalid,
                    "acting_person: a break-glass is sent for the person who acts in it, and the \
                     person assertion is of another",
                ));
            }
        }
        Ok(Some(persons))
    }

    /// Opens the review of a permitted break-glass in the change that sends it, and tells both officers.
    pub(crate) fn open_review(
        &self,
        change: ChangeSet,
        persons: &Persons,
        signal: SignalId,
        (envelope, decided): (&Envelope, &Decided),
        (id, at): (DeliveryId, Millis),
    ) -> Result<(ChangeSet, Officers), HubError> {
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let (Some(glass), Some(terms)) = (&header.break_glass, &decided.break_glass) else {
            return Err(HubError::Internal("a break-glass without its terms"));
        };
        let cursors = &self.parts.cursors;
        let source = &envelope.source.value;
        // Whoever was asserted had a part in it, also a second person.
        let mut acted: BTreeSet<Mark> = persons.reviewers(cursors).into_iter().collect();
        for person in [&source.acting_person, &source.decided_by] {
            acted.insert(cursors.reviewer(&route.source, person));
        }
        let acted = acted.into_iter().collect();
        let review = Review::open(route.source, route.recipient, acted, at);
        let said = encode_break_glass(glass);
        let mut record = BreakGlassRecord {
            source_oin: route.source.to_string(),
            source_desk: route.source_desk.to_string(),
            recipient_oin: route.recipient.to_string(),
            recipient_desk: route.desk.to_string(),
            source_officer: terms.officer_from.to_string(),
            recipient_officer: terms.officer_to.to_string(),
            agreement_hash: route.agreement.to_string(),
            clause: route.clause.to_string(),
            purpose: header.purpose.to_string(),
            signal_type: header.signal_type.to_string(),
            signal_id: signal.0.to_vec(),
            reason: said.reason,
            called_function: said.called_function,
            called_ms: said.called_ms,
            until_ms: said.until_ms,
            sent_ms: at.0,
            ..BreakGlassRecord::default()
        };
        put(&mut record, &review);
        let officers = officers(&record)?;
        let change = change
            .expect(Row::BreakGlass(id), Revision(0))
            .write(Write::break_glass(id, &record))
            .write(Write::review_due(review.by, id));
        let change = tell(change, id, &record, EventKind::BreakGlassUsed, review.by)?;
        Ok((change, officers))
    }

    /// The entry of an act on a break-glass; both sides read which it was, each who acted for it. Its type
    /// stands in the entries of the signal.
    fn act(
        &self,
        act: v1::Act,
        id: DeliveryId,
        record: &BreakGlassRecord,
        spoke: Option<(&Caller, &Persons, Side, Finding)>,
    ) -> Result<Prepared, HubError> {
        let finding = spoke.map_or(v1::Finding::Unspecified, |(.., finding)| wire(finding));
        let shared = v1::SharedPart {
            act: act.into(),
            source_oin: record.source_oin.clone(),
            recipient_oin: record.recipient_oin.clone(),
            recipient_desk: record.recipient_desk.clone(),
            agreement_hash: record.agreement_hash.clone(),
            clause_id: record.clause.clone(),
            purpose: record.purpose.clone(),
            delivery_id: id.0.to_vec(),
            break_glass: Some(said(record)),
            review_by_ms: record.review_by_ms,
            finding: finding.into(),
            ..v1::SharedPart::default()
        };
        let mut provider = v1::ProviderPart {
            signal_id: record.signal_id.clone(),
            ..v1::ProviderPart::default()
        };
        let mut recipient = None;
        if let Some((caller, persons, side, _)) = spoke {
            let (system, staff) = (caller.system.0.to_vec(), persons.staff());
            match side {
                Side::Source => {
                    provider.system = system;
                    provider.staff = staff;
                }
                Side::Recipient => {
                    recipient = Some(v1::RecipientPart {
                        system,
                        staff,
                        ..v1::RecipientPart::default()
                    });
                }
            }
        }
        let outcome = v1::OutcomePart {
            act: act.into(),
            permitted: true,
            decision_digest: Vec::new(),
        };
        let draft = Draft {
            provider: Some(record.source_oin.parse()?),
            recipient: Some(record.recipient_oin.parse()?),
            shared: Some(shared.encode_to_vec()),
            provider_part: Some(provider.encode_to_vec()),
            recipient_part: recipient.map(|part| part.encode_to_vec()),
            outcome: outcome.encode_to_vec(),
            agreement: AgreementHash::parse(&record.agreement_hash).ok(),
            ..Draft::default()
        };
        self.prepare(draft, &random_slip().slip()?, self.now())
    }
}

/// The review as a row has it.
fn review_of(record: &BreakGlassRecord) -> Result<Review, HubError> {
    let damaged = HubError::Internal("a stored break-glass is damaged");
    let marks = record.acted.iter().map(|mark| mark.as_slice().try_into());
    let marks: Result<Vec<Mark>, _> = marks.collect();
    let Ok(acted) = marks else {
        return Err(damaged);
    };
    Ok(Review {
        source: record.source_oin.parse()?,
        recipient: record.recipient_oin.parse()?,
        acted,
        by: Millis(record.review_by_ms),
        next_told: (record.next_told_ms != 0).then_some(Millis(record.next_told_ms)),
        told: record.told,
        finding: read(record.finding),
        view: read(record.view),
    })
}

/// Puts a review into its row.
fn put(record: &mut BreakGlassRecord, review: &Review) {
    let number = |finding: Option<Finding>| finding.map_or(0, |finding| wire(finding).into());
    record.review_by_ms = review.by.0;
    record.next_told_ms = review.next_told.unwrap_or_default().0;
    record.told = review.told;
    record.acted = review.acted.iter().map(|mark| mark.to_vec()).collect();
    record.finding = number(review.finding);
    record.view = number(review.view);
}

/// The wire's word for a finding.
fn wire(finding: Finding) -> v1::Finding {
    match finding {
        Finding::Justified => v1::Finding::Justified,
        Finding::NotJustified => v1::Finding::NotJustified,
        Finding::OtherClause => v1::Finding::OtherClause,
    }
}

fn read(number: i32) -> Option<Finding> {
    let found = v1::Finding::try_from(number).ok()?;
    Finding::ALL
        .into_iter()
        .find(|finding| wire(*finding) == found)
}

/// What a break-glass said of itself.
fn said(record: &BreakGlassRecord) -> v1::BreakGlass {
    v1::BreakGlass {
        reason: record.reason.clone(),
        called_function: record.called_function.clone(),
        called_ms: record.called_ms,
        until_ms: record.until_ms,
    }
}

fn desk(text: &str) -> Result<Desk, HubError> {
    Desk::parse(text).map_err(|_| HubError::Internal("a stored break-glass names no desk"))
}

fn officers(record: &BreakGlassRecord) -> Result<Officers, HubError> {
    Ok([
        (record.source_oin.parse()?, desk(&record.source_officer)?),
        (
            record.recipient_oin.parse()?,
            desk(&record.recipient_officer)?,
        ),
    ])
}

/// Puts an event in the streams of both officers' desks. The signal's own id is for its source alone.
fn tell(
    change: ChangeSet,
    id: DeliveryId,
    record: &BreakGlassRecord,
    kind: EventKind,
    at: Millis,
) -> Result<ChangeSet, HubError> {
    let [(source, at_source), (recipient, at_recipient)] = officers(record)?;
    let (to_source, to_recipient) = events(id, record, kind, at);
    Ok(change
        .event(source, &at_source, to_source)
        .event(recipient, &at_recipient, to_recipient))
}

/// An event as the source reads it, and as the recipient does, to which it may never have been released:
/// its type comes with the delivery.
fn events(
    id: DeliveryId,
    record: &BreakGlassRecord,
    kind: EventKind,
    at: Millis,
) -> (EventRecord, EventRecord) {
    let to_recipient = EventRecord {
        kind: kind.into(),
        delivery_id: id.0.to_vec(),
        at_ms: at.0,
        ..EventRecord::default()
    };
    let to_source = EventRecord {
        signal_type: record.signal_type.clone(),
        signal_id: record.signal_id.clone(),
        recipient_oin: record.recipient_oin.clone(),
        recipient_desk: record.recipient_desk.clone(),
        ..to_recipient.clone()
    };
    (to_source, to_recipient)
}
