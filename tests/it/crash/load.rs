//! The load: publishes of all five partners, and both acknowledgements of what they received.
//!
//! Owns: which calls a round makes. Must not know: when the hub is killed.

use super::Receipt;
use crate::call::{Answer, Call, ROUTES, What, acknowledge, publish};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use seinhuis_client::VerifiedProof;
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_testkit::sandbox::{CHAIN, PartnerSpec};
use seinhuis_tests::{Chain, Raw};
use std::collections::HashMap;
use tonic::transport::Channel;

/// Publishes in one round: alone enough to be 64 under way when the quicker acknowledgements are done.
const PUBLISHES: usize = 128;
/// Deliveries that each desk receives before a round; each is acknowledged twice.
const RECEIVES: usize = 5;

/// A connection of each partner.
pub(in super::super) struct Channels(HashMap<&'static str, Channel>);

impl Channels {
    pub(in super::super) async fn open(chain: &Chain) -> Self {
        let port = chain.sandbox.hub_port();
        let mut channels = HashMap::new();
        for spec in CHAIN {
            let channel = Raw::connect(&chain.sandbox, spec.name, port).await.unwrap();
            channels.insert(spec.name, channel);
        }
        Self(channels)
    }

    pub(in super::super) fn of(&self, name: &str) -> Channel {
        self.0[name].clone()
    }
}

/// What goes on from round to round.
pub(in super::super) struct Load {
    /// Publishes in a round.
    pub(in super::super) publishes: usize,
    /// Most deliveries that each desk receives before a round.
    pub(in super::super) receives: usize,
    /// Sent to each partner and not yet received.
    due: HashMap<&'static str, usize>,
    cursors: HashMap<&'static str, Vec<u8>>,
    /// Deliveries that are acknowledged as delivered and not yet as opened.
    delivered: Vec<(&'static str, Vec<u8>)>,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            publishes: PUBLISHES,
            receives: RECEIVES,
            due: HashMap::new(),
            cursors: HashMap::new(),
            delivered: Vec::new(),
        }
    }
}

impl Load {
    /// The calls of the next round, in an order of the seed's.
    pub(in super::super) async fn next(
        &mut self,
        chain: &Chain,
        rng: &mut StdRng,
        receipts: &mut Vec<Receipt>,
    ) -> Vec<Call> {
        let mut calls: Vec<Call> = std::mem::take(&mut self.delivered)
            .into_iter()
            .map(|(by, id)| acknowledge(by, id, v1::AckState::Opened))
            .collect();
        let channels = Channels::open(chain).await;
        for spec in CHAIN {
            let channel = channels.of(spec.name);
            for id in self.receive(chain, &spec, channel, receipts).await {
                calls.push(acknowledge(spec.name, id, v1::AckState::Delivered));
            }
        }
        for _ in 0..self.publishes {
            let route = ROUTES[rng.random_range(0..ROUTES.len())];
            calls.push(publish(chain, route, false).await);
        }
        calls.shuffle(rng);
        calls
    }

    /// Takes up what an answered call leads to.
    pub(in super::super) fn done(&mut self, call: &Call, proof: &VerifiedProof) {
        match &call.what {
            What::Publish { to, .. } => *self.due.entry(*to).or_default() += 1,
            What::Acknowledge(message) if message.state() == v1::AckState::Delivered => {
                assert_eq!(proof.shared().unwrap().delivery_id, message.delivery_id);
                self.delivered.push((call.by, message.delivery_id.clone()));
            }
            What::Acknowledge(_) => {}
        }
    }

    /// One publish that waits for its checkpoint, which then covers all that came before.
    pub(in super::super) async fn barrier(
        &mut self,
        chain: &Chain,
        receipts: &mut Vec<Receipt>,
    ) -> VerifiedProof {
        let call = publish(chain, ROUTES[0], true).await;
        let channel = Raw::connect(&chain.sandbox, call.by, chain.sandbox.hub_port()).await;
        let keys = chain.partner("politie").log_keys();
        let Answer::Proven(proof) = call.make(channel.unwrap(), keys).await else {
            panic!("the hub that was started again does not answer");
        };
        assert!(!proof.message().tlog_proof.is_empty());
        self.done(&call, &proof);
        receipts.push(Receipt::of(&proof));
        *proof
    }

    /// The next deliveries of a desk, after the cursor it kept; each release brings a receipt too.
    async fn receive(
        &mut self,
        chain: &Chain,
        spec: &PartnerSpec,
        channel: Channel,
        receipts: &mut Vec<Receipt>,
    ) -> Vec<Vec<u8>> {
        let due = self.due.entry(spec.name).or_default();
        let count = self.receives.min(*due);
        *due -= count;
        if count == 0 {
            return Vec::new();
        }
        let cursor = self.cursors.entry(spec.name).or_default();
        let request = v1::ReceiveRequest {
            desk: spec.desk.to_owned(),
            cursor: cursor.clone(),
            max_unacknowledged: u32::try_from(count).unwrap(),
        };
        let mut client = SignalServiceClient::new(channel);
        let mut stream = client.receive(request).await.unwrap().into_inner();
        let mut ids = Vec::new();
        while ids.len() < count {
            let response = stream.message().await.unwrap().unwrap();
            let Some(Item::Delivery(delivery)) = response.item else {
                panic!("{:?} is not a delivery", response.item);
            };
            *cursor = response.cursor;
            let keys = chain.partner(spec.name).log_keys();
            let proof = keys
                .verify(delivery.proof.unwrap(), &delivery.decision)
                .unwrap();
            receipts.push(Receipt::of(&proof));
            ids.push(delivery.delivery_id);
        }
        ids
    }
}
