//! Receive: the stream of one desk.
//!
//! Owns: where a stream is, how many deliveries it has under way, and when it waits. Must not know:
//! how a delivery is decided on.

use crate::command::Caller;
use crate::directory::Capability;
use crate::release::Release;
use crate::{Hub, HubError};
use seinhuis_proto::v1;
use seinhuis_store::records::{DeliveryState, EventKind, EventRecord};
use seinhuis_store::{Place, Snapshot, Store, StoreError, Versioned};
use seinhuis_types::{DeliveryId, Desk, Position, limits};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long a stream may be silent.
const IDLE: Duration = Duration::from_secs(30);
/// How long a stream waits when other readers of its desk came first with every attempt.
const AFTER_OTHERS: Duration = Duration::from_millis(10);
/// How many places are read at once.
const PAGE: usize = 64;

/// The open stream of one desk.
pub struct DeskStream<S: Store> {
    hub: Arc<Hub<S>>,
    caller: Caller,
    desk: Desk,
    position: Position,
    /// Before the first delivery that could not be decided; cursors go no further.
    stuck: Option<Position>,
    max: usize,
    under_way: Vec<DeliveryId>,
    ahead: VecDeque<(Position, Place)>,
    news: watch::Receiver<u64>,
}

impl<S: Store> std::fmt::Debug for DeskStream<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeskStream({}, {})", self.desk, self.position)
    }
}

impl<S: Store> Hub<S> {
    /// Opens the stream of a desk. `max` is 1 to 16; 0 means 16.
    ///
    /// # Errors
    /// `CAPABILITY_MISSING`, `DESK_UNKNOWN`, `CURSOR_INVALID`, `MESSAGE_INVALID`.
    pub fn receive(
        self: &Arc<Self>,
        caller: Caller,
        desk: Desk,
        cursor: &[u8],
        max: usize,
    ) -> Result<DeskStream<S>, HubError> {
        let system = self.capable(&caller, Capability::Signal)?;
        Self::serves(system, &desk)?;
        let max = match max {
            0 => limits::UNACKNOWLEDGED,
            1..=limits::UNACKNOWLEDGED => max,
            _ => {
                return Err(HubError::invalid(format!(
                    "max_unacknowledged: at most {} are allowed",
                    limits::UNACKNOWLEDGED
                )));
            }
        };
        let position = if cursor.is_empty() {
            Position(0)
        } else {
            let position = self
                .parts
                .cursors
                .read(&caller.oin, &desk, cursor, self.now())?;
            let last = self
                .parts
                .store
                .snapshot()?
                .last_position(caller.oin, &desk)?;
            if position > last {
                return Err(crate::cursor::CursorError::Foreign.into());
            }
            position
        };
        let news = self.desks.listen(caller.oin, &desk);
        Ok(DeskStream {
            hub: Arc::clone(self),
            caller,
            desk,
            position,
            stuck: None,
            max,
            under_way: Vec::new(),
            ahead: VecDeque::new(),
            news,
        })
    }
}

impl<S: Store> DeskStream<S> {
    /// The next item; waits for it, and says so every 30 seconds.
    ///
    /// # Errors
    /// What could not be decided. The stream is over then; open it again with the last cursor.
    pub async fn next(&mut self) -> Result<v1::ReceiveResponse, HubError> {
        loop {
            // Marked before looking, so that nothing that comes while looking is missed.
            self.news.mark_unchanged();
            self.forget_acknowledged()?;
            if self.under_way.len() < self.max
                && let Some(item) = self.advance().await?
            {
                return Ok(self.response(item));
            }
            let waited = tokio::time::timeout(IDLE, self.news.changed()).await;
            if waited.is_err() {
                return Ok(self.response(v1::receive_response::Item::Idle(v1::Idle {})));
            }
        }
    }

    /// The next delivery, tombstone or event at hand.
    async fn advance(&mut self) -> Result<Option<v1::receive_response::Item>, HubError> {
        loop {
            if self.ahead.is_empty() {
                let snapshot = self.hub.parts.store.snapshot()?;
                let (oin, from) = (self.caller.oin, self.position);
                self.ahead = snapshot.stream(oin, &self.desk, from, PAGE)?.into();
                tokio::task::yield_now().await;
            }
            let Some((position, place)) = self.ahead.pop_front() else {
                return Ok(None);
            };
            let before = std::mem::replace(&mut self.position, position);
            let id = match place {
                Place::Delivery(id) => id,
                Place::Event(event) => {
                    return Ok(Some(v1::receive_response::Item::Event(told(event))));
                }
            };
            let released = match self.hub.release(&self.caller, id).await {
                // One delivery that cannot be decided does not hold up those behind it, and is not
                // lost: a stream that is opened again begins there.
                Err(HubError::Internal(what)) => {
                    tracing::error!(
                        what,
                        "a delivery is passed over until its stream opens again"
                    );
                    self.stuck.get_or_insert(before);
                    Release::Nothing
                }
                // Other readers of the desk were first, each time: it is tried again, and the
                // stream does not end for being one of many.
                Err(HubError::Store(StoreError::Conflict { .. })) => {
                    self.position = before;
                    self.ahead.push_front((position, Place::Delivery(id)));
                    tokio::time::sleep(AFTER_OTHERS).await;
                    continue;
                }
                released => released?,
            };
            match released {
                Release::Sent(delivery) => {
                    self.under_way.push(id);
                    return Ok(Some(v1::receive_response::Item::Delivery(*delivery)));
                }
                Release::Ended => {
                    let delivery_id = id.0.to_vec();
                    return Ok(Some(v1::receive_response::Item::Tombstone(v1::Tombstone {
                        delivery_id,
                    })));
                }
                Release::Held | Release::Nothing => {}
            }
        }
    }

    fn forget_acknowledged(&mut self) -> Result<(), HubError> {
        let snapshot = self.hub.parts.store.snapshot()?;
        let mut open = Vec::with_capacity(self.under_way.len());
        for id in self.under_way.drain(..) {
            let state = snapshot
                .delivery(id)?
                .value
                .map(|delivery| delivery.body.state());
            if state == Some(DeliveryState::Released) {
                open.push(id);
            }
        }
        self.under_way = open;
        Ok(())
    }

    fn response(&self, item: v1::receive_response::Item) -> v1::ReceiveResponse {
        let now = self.hub.now();
        let position = self.stuck.unwrap_or(self.position);
        let cursors = &self.hub.parts.cursors;
        v1::ReceiveResponse {
            cursor: cursors.issue(&self.caller.oin, &self.desk, position, now),
            item: Some(item),
        }
    }
}

/// An event as a desk reads it.
fn told(event: Versioned<EventRecord>) -> v1::Event {
    let Versioned { revision, value } = event;
    let kind = match value.kind() {
        EventKind::DeadlineMissed => v1::EventKind::DeadlineMissed,
        EventKind::Undelivered => v1::EventKind::Undelivered,
        EventKind::BreakGlassUsed => v1::EventKind::BreakGlassUsed,
        EventKind::BreakGlassOverdue => v1::EventKind::BreakGlassOverdue,
        EventKind::BreakGlassReviewed => v1::EventKind::BreakGlassReviewed,
        EventKind::BreakGlassDestroy => v1::EventKind::BreakGlassDestroy,
        EventKind::BreakGlassWithdraw => v1::EventKind::BreakGlassWithdraw,
        EventKind::BreakGlassCorrected => v1::EventKind::BreakGlassCorrected,
        EventKind::BreakGlassNotReleased => v1::EventKind::BreakGlassNotReleased,
        EventKind::ConsentWithdrawn => v1::EventKind::ConsentWithdrawn,
        EventKind::QuestionNotCollected => v1::EventKind::QuestionNotCollected,
        EventKind::Unspecified => v1::EventKind::Unspecified,
    };
    v1::Event {
        kind: kind.into(),
        delivery_id: value.delivery_id,
        signal_id: value.signal_id,
        r#type: value.signal_type,
        at_ms: value.at_ms,
        // The row's revision is its entry's index plus one.
        index: revision.0.saturating_sub(1),
        recipient_oin: value.recipient_oin,
        recipient_desk: value.recipient_desk,
    }
}
