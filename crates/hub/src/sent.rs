//! Where one of the caller's own signals went, and what became of its rectifications.
//!
//! Owns: the list of who has not acknowledged. Must not know: what anything said.

use crate::break_glass::not_justified;
use crate::command::Caller;
use crate::directory::{Capability, System};
use crate::rectify::{kind_from, kind_of};
use crate::{Hub, HubError, due};
use seinhuis_domain::signal::{RectificationKind, encode_rectification};
use seinhuis_proto::v1;
use seinhuis_store::records::{Delivery, DeliveryRecord, DeliveryState, EndedAs, SignalRecord};
use seinhuis_store::{Snapshot, Store, Versioned};
use seinhuis_types::{DeliveryId, ErrorCode, Millis, SignalId};

impl<S: Store> Hub<S> {
    /// The deliveries of one of the caller's own signals.
    ///
    /// # Errors
    /// `SIGNAL_NOT_FOUND`, `CAPABILITY_MISSING`.
    pub fn signal(
        &self,
        caller: &Caller,
        signal: SignalId,
    ) -> Result<v1::GetSignalResponse, HubError> {
        let system = self.capable(caller, Capability::Signal)?;
        let snapshot = self.parts.store.snapshot()?;
        let record = own_signal(&snapshot, caller, system, signal)?.value;
        let originals = read(&snapshot, &record.delivery_ids)?;
        let rectifications = read(&snapshot, &record.rectification_ids)?;
        let now = self.now();
        let shown = originals.iter().map(|(id, delivery)| {
            let glass = snapshot.break_glass(*id)?.value;
            let not_justified = glass.is_some_and(|glass| not_justified(&glass));
            // What is found not justified is not to be said anew.
            let due = |kind: &RectificationKind| !(not_justified && kind.has_content());
            let untold = untold(&record, *id).filter(due);
            let of = rectifications
                .iter()
                .filter(|(_, other)| other.body.rectifies == id.0);
            Ok(v1::SentDelivery {
                break_glass_not_justified: not_justified,
                untold: untold
                    .map(|kind| encode_rectification(kind).into())
                    .collect(),
                rectifications: of
                    .map(|(id, delivery)| rectification(*id, delivery, now))
                    .collect(),
                ..shown(*id, delivery)
            })
        });
        Ok(v1::GetSignalResponse {
            deliveries: shown.collect::<Result<_, HubError>>()?,
        })
    }
}

/// What the desk of a delivery received nothing of.
fn untold(record: &SignalRecord, id: DeliveryId) -> impl Iterator<Item = RectificationKind> {
    let about = record.untold.iter();
    let about = about.filter(move |one| one.delivery_id == id.0);
    about.filter_map(|one| kind_from(one.rectification))
}

/// A signal that was sent from desks which this system serves. To another system of the organisation it
/// is as unknown as one of others.
pub(crate) fn own_signal(
    snapshot: &impl Snapshot,
    caller: &Caller,
    system: &System,
    id: SignalId,
) -> Result<Versioned<SignalRecord>, HubError> {
    let Versioned { revision, value } = snapshot.signal(caller.oin, id)?;
    let value = value
        .filter(|record| sent_from(system, record))
        .ok_or_else(signal_not_found)?;
    Ok(Versioned { revision, value })
}

/// Whether the system serves every desk the signal was sent from.
fn sent_from(system: &System, record: &SignalRecord) -> bool {
    let served = |desk: &String| system.desks.iter().any(|own| own.as_str() == desk);
    record.source_desks.iter().all(served)
}

fn signal_not_found() -> HubError {
    HubError::told(ErrorCode::SignalNotFound, "no signal of yours has this id")
}

fn read(
    snapshot: &impl Snapshot,
    ids: &[Vec<u8>],
) -> Result<Vec<(DeliveryId, Delivery)>, HubError> {
    let found = ids.iter().map(|id| {
        let damaged = |_| HubError::Internal("a signal names no delivery");
        let id = DeliveryId::from_slice(id).map_err(damaged)?;
        let delivery = snapshot.delivery(id)?.value;
        let missing = HubError::Internal("a delivery of a signal is not there");
        Ok((id, delivery.ok_or(missing)?))
    });
    found.collect()
}

fn shown(id: DeliveryId, delivery: &Delivery) -> v1::SentDelivery {
    let body = &delivery.body;
    v1::SentDelivery {
        delivery_id: id.0.to_vec(),
        recipient: Some(v1::DeskRef {
            oin: body.recipient_oin.clone(),
            desk: body.desk.clone(),
        }),
        agreement_hash: body.agreement_hash.clone(),
        clause_id: body.clause.clone(),
        purpose: body.purpose.clone(),
        r#type: body.signal_type.clone(),
        region: body.region.clone(),
        necessity: body.necessity.clone(),
        regime: body.regime,
        wpg_article: body.wpg_article,
        state: state(delivery).into(),
        received: delivery.first_release.get().is_some(),
        acknowledged_ms: delivery.acknowledged_at.get().unwrap_or_default().0,
        ..v1::SentDelivery::default()
    }
}

fn rectification(id: DeliveryId, delivery: &Delivery, now: Millis) -> v1::SentRectification {
    let body = &delivery.body;
    let kind = kind_of(delivery).map_or(0, |kind| encode_rectification(kind).into());
    let open = !due::acknowledged(body) && body.state() != DeliveryState::Ended;
    v1::SentRectification {
        delivery_id: id.0.to_vec(),
        kind,
        reason: body.rectification_reason.clone(),
        state: state(delivery).into(),
        sent_ms: delivery.published_at.get().unwrap_or_default().0,
        received: delivery.first_release.get().is_some(),
        acknowledged_ms: delivery.acknowledged_at.get().unwrap_or_default().0,
        acknowledge_by_ms: if open { body.ack_by_ms } else { 0 },
        missed: open && body.ack_by_ms != 0 && now.0 >= body.ack_by_ms,
        standing: standing(body).into(),
    }
}

fn standing(body: &DeliveryRecord) -> v1::RectificationStanding {
    use v1::RectificationStanding as Standing;
    match body.state() {
        DeliveryState::Ended => match body.ended() {
            EndedAs::Acknowledged => Standing::Acknowledged,
            EndedAs::Lapsed => Standing::Lapsed,
            EndedAs::Stopped => Standing::Replaced,
            EndedAs::Unspecified => Standing::Unspecified,
        },
        _ if due::acknowledged(body) => Standing::Acknowledged,
        DeliveryState::Delivered => Standing::Arrived,
        _ => Standing::Waits,
    }
}

fn state(delivery: &Delivery) -> v1::DeliveryState {
    match delivery.body.state() {
        DeliveryState::Unspecified => v1::DeliveryState::Unspecified,
        DeliveryState::Held => v1::DeliveryState::Held,
        DeliveryState::Releasable => v1::DeliveryState::Releasable,
        DeliveryState::Released => v1::DeliveryState::Released,
        DeliveryState::Delivered => v1::DeliveryState::Delivered,
        DeliveryState::Opened => v1::DeliveryState::Opened,
        DeliveryState::Ended => v1::DeliveryState::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seinhuis_types::Oin;

    #[test]
    fn a_signal_is_its_desks_and_no_other_systems() {
        let system = |desks: &[&str]| System {
            oin: Oin::parse("00000001123456789000").unwrap(),
            name: "s".into(),
            capabilities: [Capability::Signal].into(),
            desks: desks.iter().map(|desk| desk.parse().unwrap()).collect(),
        };
        let sent = |desks: &[&str]| {
            let desks = desks.iter().map(|desk| (*desk).to_owned());
            SignalRecord::of(Vec::new(), desks.collect())
        };
        assert!(sent_from(&system(&["front", "back"]), &sent(&["back"])));
        assert!(!sent_from(&system(&["front"]), &sent(&["back"])));
        assert!(!sent_from(&system(&["front"]), &sent(&["back", "front"])));
        assert!(
            sent_from(&system(&["front"]), &sent(&[])),
            "kept before desks were"
        );
    }

    #[test]
    fn what_a_rectification_waits_for_is_missed_from_the_moment_it_is_late() {
        let by = Millis(1_800_000_000_000);
        let mut delivery = Delivery::default();
        delivery.body.asks_opened = true;
        delivery.body.ack_by_ms = by.0;
        delivery.body.state = DeliveryState::Delivered.into();
        let told = |delivery: &Delivery, now| {
            let told = rectification(DeliveryId([1; 16]), delivery, now);
            (told.missed, told.acknowledge_by_ms)
        };
        assert_eq!(told(&delivery, by.minus(1)), (false, by.0));
        assert_eq!(told(&delivery, by), (true, by.0));
        assert_eq!(told(&delivery, by.plus(1)), (true, by.0));
        // Opened late is opened.
        delivery.body.state = DeliveryState::Opened.into();
        assert_eq!(told(&delivery, by.plus(1)), (false, 0));
    }

    #[test]
    fn only_what_arrived_as_asked_is_acknowledged_and_what_lapsed_is_not_what_was_replaced() {
        use v1::RectificationStanding as Standing;
        let found = |asks_opened, state: DeliveryState, ended: EndedAs| {
            standing(&DeliveryRecord {
                asks_opened,
                state: state.into(),
                ended: ended.into(),
                ..DeliveryRecord::default()
            })
        };
        let open = |asks_opened, state| found(asks_opened, state, EndedAs::Unspecified);
        for asks_opened in [false, true] {
            for state in [
                DeliveryState::Held,
                DeliveryState::Releasable,
                DeliveryState::Released,
            ] {
                assert_eq!(open(asks_opened, state), Standing::Waits);
            }
        }
        assert_eq!(open(true, DeliveryState::Delivered), Standing::Arrived);
        assert_eq!(
            open(false, DeliveryState::Delivered),
            Standing::Acknowledged
        );
        assert_eq!(open(true, DeliveryState::Opened), Standing::Acknowledged);
        // The stub of an ended one does not say any more what was asked.
        for (ended, told) in [
            (EndedAs::Unspecified, Standing::Unspecified),
            (EndedAs::Acknowledged, Standing::Acknowledged),
            (EndedAs::Lapsed, Standing::Lapsed),
            (EndedAs::Stopped, Standing::Replaced),
        ] {
            assert_eq!(found(false, DeliveryState::Ended, ended), told);
        }
    }
}
