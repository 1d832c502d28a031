//! What did not happen in time, as a stream tells it.
//!
//! Owns: reading an event, its word in documents. Must not know: what the partner does about it.

use crate::Incident;
use seinhuis_proto::v1;
use seinhuis_types::{DeliveryId, Desk, LeafIndex, Millis, Oin, SignalId, SignalType};

/// What did not happen in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is about.
    pub of: EventOf,
    /// What happened.
    pub kind: EventKind,
    /// The signal's type; none at a recipient that it was never released to.
    pub signal_type: Option<SignalType>,
    /// The moment that passed.
    pub at: Millis,
    /// Its entry in the log.
    pub index: LeafIndex,
}

/// Whose event it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventOf {
    /// A delivery to this desk, or a question of its own.
    Received(DeliveryId),
    /// A signal of this desk's own, and the desk it was sent to.
    Sent {
        /// The signal.
        signal: SignalId,
        /// The recipient.
        recipient: Oin,
        /// Its desk.
        desk: Desk,
    },
}

/// Kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// The term of its urgency class passed without the acknowledgement that is asked.
    DeadlineMissed,
    /// Its payload died before its recipient told that it arrived.
    Undelivered,
    /// A break-glass was used; it is to be reviewed.
    BreakGlassUsed,
    /// The review of a break-glass is late.
    BreakGlassOverdue,
    /// One side said what it finds of a break-glass.
    BreakGlassReviewed,
    /// A break-glass was not justified: destroy what was received of it.
    BreakGlassDestroy,
    /// A break-glass was not justified: withdraw it.
    BreakGlassWithdraw,
    /// A break-glass was corrected, with content; that is to be reviewed.
    BreakGlassCorrected,
    /// A break-glass was asked for and not released; call the other side.
    BreakGlassNotReleased,
    /// The consent it rested on was taken back: see
    /// [`Partner::acknowledge_withdrawal`](crate::Partner::acknowledge_withdrawal).
    ConsentWithdrawn,
    /// The tick of a question came, and the system of the desk it was asked of had not collected it.
    QuestionNotCollected,
    /// A kind that this version does not know.
    Other,
}

impl EventKind {
    /// Its word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeadlineMissed => "deadline_missed",
            Self::Undelivered => "undelivered",
            Self::BreakGlassUsed => "break_glass_used",
            Self::BreakGlassOverdue => "break_glass_overdue",
            Self::BreakGlassReviewed => "break_glass_reviewed",
            Self::BreakGlassDestroy => "break_glass_destroy",
            Self::BreakGlassWithdraw => "break_glass_withdraw",
            Self::BreakGlassCorrected => "break_glass_corrected",
            Self::BreakGlassNotReleased => "break_glass_not_released",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::QuestionNotCollected => "question_not_collected",
            Self::Other => "other",
        }
    }
}

impl Event {
    pub(crate) fn read(event: &v1::Event) -> Result<Self, Incident> {
        let bad = |_| Incident::Reply("an event is not in its form");
        // Of a break-glass its source reads both.
        let of = if event.delivery_id.is_empty() || !event.signal_id.is_empty() {
            EventOf::Sent {
                signal: SignalId::from_slice(&event.signal_id).map_err(bad)?,
                recipient: Oin::parse(&event.recipient_oin).map_err(bad)?,
                desk: Desk::parse(&event.recipient_desk).map_err(bad)?,
            }
        } else {
            EventOf::Received(DeliveryId::from_slice(&event.delivery_id).map_err(bad)?)
        };
        let signal_type = match event.r#type.as_str() {
            "" => None,
            code => Some(SignalType::parse(code).map_err(bad)?),
        };
        Ok(Self {
            of,
            kind: match event.kind() {
                v1::EventKind::DeadlineMissed => EventKind::DeadlineMissed,
                v1::EventKind::Undelivered => EventKind::Undelivered,
                v1::EventKind::BreakGlassUsed => EventKind::BreakGlassUsed,
                v1::EventKind::BreakGlassOverdue => EventKind::BreakGlassOverdue,
                v1::EventKind::BreakGlassReviewed => EventKind::BreakGlassReviewed,
                v1::EventKind::BreakGlassDestroy => EventKind::BreakGlassDestroy,
                v1::EventKind::BreakGlassWithdraw => EventKind::BreakGlassWithdraw,
                v1::EventKind::BreakGlassCorrected => EventKind::BreakGlassCorrected,
                v1::EventKind::BreakGlassNotReleased => EventKind::BreakGlassNotReleased,
                v1::EventKind::ConsentWithdrawn => EventKind::ConsentWithdrawn,
                v1::EventKind::QuestionNotCollected => EventKind::QuestionNotCollected,
                v1::EventKind::Unspecified => EventKind::Other,
            },
            signal_type,
            at: Millis(event.at_ms),
            index: LeafIndex(event.index),
        })
    }
}
