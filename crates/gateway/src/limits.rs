//! How much one partner may ask at once, so that nobody is lost for others.
//!
//! Owns: calls in flight and open streams per OIN. Must not know: what is asked.

use crate::status::status;
use seinhuis_types::{ErrorCode, Oin};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tonic::Status;

/// Limits of one partner, over all its systems and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerLimits {
    /// Calls under way.
    pub in_flight: usize,
    /// Open streams.
    pub streams: usize,
}

impl Default for PartnerLimits {
    fn default() -> Self {
        Self {
            in_flight: 512,
            streams: 32,
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Call,
    Stream,
}

/// Places taken, by partner.
#[derive(Debug, Default)]
pub(crate) struct Places {
    limits: PartnerLimits,
    taken: Mutex<HashMap<(Oin, Kind), usize>>,
}

/// A place taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    key: (Oin, Kind),
}

impl Places {
    pub(crate) fn new(limits: PartnerLimits) -> Self {
        Self {
            limits,
            taken: Mutex::default(),
        }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// `OVERLOADED` with `RetryInfo`.
    pub(crate) fn take(self: &Arc<Self>, oin: Oin, kind: Kind) -> Result<Place, Status> {
        let most = match kind {
            Kind::Call => self.limits.in_flight,
            Kind::Stream => self.limits.streams,
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry((oin, kind)).or_default();
        if *count >= most {
            let what = match kind {
                Kind::Call => "calls under way",
                Kind::Stream => "open streams",
            };
            let message = format!("your organisation has {most} {what}, the most allowed");
            return Err(status(ErrorCode::Overloaded, message));
        }
        *count = count.saturating_add(1);
        Ok(Place {
            places: Arc::clone(self),
            key: (oin, kind),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

/// Open connections, by organisation. Organisations that take no part share one small number: each
/// is told so, and none keeps a partner out.
#[derive(Debug)]
pub(crate) struct Connections {
    each: usize,
    all: usize,
    strangers: usize,
    open: Mutex<HashMap<Option<Oin>, usize>>,
}

/// A connection's place; given back when dropped.
#[derive(Debug)]
pub(crate) struct ConnectionPlace {
    connections: Arc<Connections>,
    partner: Option<Oin>,
}

impl Connections {
    pub(crate) fn new(each: usize, all: usize, strangers: usize) -> Self {
        Self {
            each,
            all,
            strangers,
            open: Mutex::default(),
        }
    }

    /// A place for a partner, or for one that is none, if there is one.
    pub(crate) fn take(self: &Arc<Self>, partner: Option<Oin>) -> Option<ConnectionPlace> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = (open.iter())
            .filter(|(partner, _)| partner.is_some())
            .map(|(_, count)| count)
            .sum();
        let count = open.get(&partner).copied().unwrap_or_default();
        let most = if partner.is_some() {
            self.each
        } else {
            self.strangers
        };
        if count >= most || (partner.is_some() && all >= self.all) {
            return None;
        }
        open.insert(partner, count.saturating_add(1));
        Some(ConnectionPlace {
            connections: Arc::clone(self),
            partner,
        })
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        let connections = &self.connections;
        let mut open = connections
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.partner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.partner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_bounded_for_each_and_for_all() {
        let connections = Arc::new(Connections::new(2, 3, 1));
        let [one, other] = ["00000099000000010000", "00000099000000020000"]
            .map(|oin| Some(Oin::parse(oin).unwrap()));
        let stranger = connections.take(None).unwrap();
        assert!(connections.take(None).is_none());
        let held = [
            connections.take(one).unwrap(),
            connections.take(one).unwrap(),
        ];
        assert!(connections.take(one).is_none());
        let third = connections.take(other).unwrap();
        assert!(connections.take(other).is_none());
        drop((held, third));
        assert!(connections.take(one).is_some());
        drop(stranger);
        assert!(connections.take(None).is_some());
    }

    #[test]
    fn one_partner_at_its_limit_leaves_room_for_others() {
        let places = Arc::new(Places::new(PartnerLimits {
            in_flight: 2,
            streams: 1,
        }));
        let [one, other] =
            ["00000099000000010000", "00000099000000020000"].map(|oin| Oin::parse(oin).unwrap());
        let held = [
            places.take(one, Kind::Call).unwrap(),
            places.take(one, Kind::Call).unwrap(),
        ];
        let refused = places.take(one, Kind::Call).unwrap_err();
        assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
        assert!(places.take(other, Kind::Call).is_ok());
        assert!(places.take(one, Kind::Stream).is_ok());
        drop(held);
        assert!(places.take(one, Kind::Call).is_ok());
    }
}
