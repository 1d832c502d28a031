//! Break-glass: what is sent in immediate danger to life, and the review that its commit opens.
//!
//! Owns: for whom one is sent, the row of its review, who is told of it, and the entries of all acts on
//! it. Must not know: whether the law lets it through (policy), who may close a review (domain), and who
//! anybody is: persons are kept as keyed marks, until the review is closed.

mod correction;
mod late;
mod list;
mod review;

pub(crate) use correction::{Glasses, not_justified, nothing_anew};
pub use review::ReviewBreakGlass;

use crate::command::{Asserted, Caller, Envelope, Publish};
use crate::decide::Decided;
use crate::parts::{Draft, Prepared};
use crate::persons::Persons;
use crate::release::random_slip;
use crate::{Cursors, Hub, HubError};
use prost::Message;
use seinhuis_domain::break_glass::{Finding, Mark, Review, Side};
use seinhuis_domain::signal::{Header, Route, Source, encode_break_glass};
use seinhuis_proto::v1;
use seinhuis_store::records::{BreakGlassRecord, EventKind, EventRecord};
use seinhuis_store::{ChangeSet, Row, Snapshot, Store, Write};
use seinhuis_types::{
    AgreementHash, DeliveryId, Desk, ErrorCode, Millis, Oin, PersonRef, Revision, SignalId,
};
use std::collections::BTreeSet;

/// The two officers' desks: of the source and of the recipient.
pub(crate) type Officers = [(Oin, Desk); 2];

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
            sent_for(&persons, &envelope.source.value)?;
        }
        Ok(Some(persons))
    }

    /// Marks of all who have a part in what is sent for `persons` as a break-glass, or corrects one: in
    /// whichever of its envelopes, for one call is one act. Whoever was asserted has a part in it, also a
    /// second person.
    pub(crate) fn acted<'e>(
        &self,
        source: Oin,
        persons: &Persons,
        leaves: impl Iterator<Item = &'e Source>,
    ) -> BTreeSet<Mark> {
        let cursors = &self.parts.cursors;
        let named = leaves.flat_map(|leaf| [&leaf.acting_person, &leaf.decided_by]);
        let named = named.map(|person| cursors.reviewer(&source, person));
        persons
            .reviewers(cursors)
            .into_iter()
            .chain(named)
            .collect()
    }

    /// Opens the review of a permitted break-glass in the change that sends it, and tells both officers.
    pub(crate) fn open_review(
        &self,
        change: ChangeSet,
        acted: &BTreeSet<Mark>,
        signal: SignalId,
        (envelope, decided): (&Envelope, &Decided),
        (id, at): (DeliveryId, Millis),
    ) -> Result<(ChangeSet, Officers), HubError> {
        let (route, header) = (&envelope.route.value, &envelope.header.value);
        let (Some(glass), Some(terms)) = (&header.break_glass, &decided.break_glass) else {
            return Err(HubError::Internal("a break-glass without its terms"));
        };
        let said = encode_break_glass(glass);
        let record = BreakGlassRecord {
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
        self.under_review(change, id, record, acted, EventKind::BreakGlassUsed)
    }

    /// Opens the review of what was sent as `record` says, by persons with these marks.
    fn under_review(
        &self,
        change: ChangeSet,
        id: DeliveryId,
        mut record: BreakGlassRecord,
        acted: &BTreeSet<Mark>,
        kind: EventKind,
    ) -> Result<(ChangeSet, Officers), HubError> {
        let (source, recipient) = (record.source_oin.parse()?, record.recipient_oin.parse()?);
        let acted = acted.iter().copied().collect();
        let review = Review::open(source, recipient, acted, Millis(record.sent_ms));
        record.mark_key = self.parts.cursors.check().to_vec();
        put(&mut record, &review);
        let officers = officers(&record)?;
        let change = change
            .expect(Row::BreakGlass(id), Revision(0))
            .write(Write::break_glass(id, &record))
            .write(Write::review_due(review.by, id));
        let change = tell(change, id, &record, kind, review.by)?;
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
            rectifies: record.rectifies.clone(),
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

/// That what is sent or corrected is sent for the person who acts in it.
fn sent_for(persons: &Persons, source: &Source) -> Result<(), HubError> {
    let decided_by = &source.decided_by;
    let named = std::str::from_utf8(decided_by).is_ok_and(|it| PersonRef::parse(it).is_ok());
    if !named && !decided_by.is_empty() {
        // Who decided reviews nothing of it: a name no assertion can have could not be held against the
        // reviewers'.
        return Err(HubError::told(
            ErrorCode::BreakGlassInvalid,
            "decided_by: of a break-glass it is written as in a person assertion, 1 to 64 of A-Z, a-z, \
             0-9, ., _ and -, without nine digits in a row",
        ));
    }
    if !persons.first_is(&source.acting_person) {
        return Err(HubError::told(
            ErrorCode::BreakGlassInvalid,
            "acting_person: a break-glass is sent and corrected for the person who acts in it, and the \
             person assertion is of another",
        ));
    }
    Ok(())
}

/// That the source's officer, as the clause names the desk, sits at another desk than the one that sends.
fn officer_elsewhere(route: &Route, officer: &str) -> Result<(), HubError> {
    if route.source_desk.as_str() != officer {
        return Ok(());
    }
    Err(HubError::told(
        ErrorCode::BreakGlassInvalid,
        format!(
            "source_desk: the officer who reviews it sits at desk `{officer}`, which sends none itself; \
             send it from another desk"
        ),
    ))
}

/// That what is sent under a clause's terms as a break-glass has its officer at another desk.
///
/// # Errors
/// `BREAK_GLASS_INVALID`.
pub(crate) fn check_desk(
    route: &Route,
    header: &Header,
    decided: &Decided,
) -> Result<(), HubError> {
    match (&header.break_glass, &decided.break_glass) {
        (Some(_), Some(terms)) => officer_elsewhere(route, terms.officer_from.as_str()),
        _ => Ok(()),
    }
}

/// The review as a row has it; whether its marks compare with those that `cursors` make.
fn review_of(record: &BreakGlassRecord, cursors: &Cursors) -> Result<Review, HubError> {
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
        comparable: record.mark_key == cursors.check(),
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
    if review.closed() {
        record.mark_key.clear();
    }
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

/// The review of a delivery that is a break-glass by its header; of any other there is none. Whether its call
/// was recent is judged as it was decided to send it, which the review says, and not as that was committed.
pub(crate) fn review_row(
    snapshot: &impl Snapshot,
    id: DeliveryId,
    header: &Header,
) -> Result<Option<BreakGlassRecord>, HubError> {
    if header.break_glass.is_none() {
        return Ok(None);
    }
    let missing = HubError::Internal("a break-glass without its review");
    snapshot.break_glass(id)?.value.ok_or(missing).map(Some)
}

/// What the desk that sent it reads when it is not released, and that desk.
pub(crate) fn not_released(
    id: DeliveryId,
    record: &BreakGlassRecord,
    at: Millis,
) -> Result<(EventRecord, Desk), HubError> {
    let (own, _) = events(id, record, EventKind::BreakGlassNotReleased, at);
    Ok((own, desk(&record.source_desk)?))
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
