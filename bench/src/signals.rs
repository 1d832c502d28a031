//! What the load sends: signals made by the SDK beforehand, acknowledgements of what came of them.
//!
//! Owns: requests ready to send, and the sizes of what they commit. Must not know: when they are
//! sent.

use crate::load::Load;
use crate::postgres::Rows;
use crate::told;
use prost::Message;
use seinhuis_domain::entry::{Leaf, Slip};
use seinhuis_proto::v1;
use seinhuis_proto::v1::signal_service_client::SignalServiceClient;
use seinhuis_store::records::{DeliveryRecord, DeliveryState};
use seinhuis_testkit::sandbox::Sandbox;
use seinhuis_tests::{Chain, Raw, story};
use seinhuis_types::Desk;
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// The desk that sends, of the police.
const SOURCE: &str = "huiselijk-geweld";
/// The desk that receives, of Veilig Thuis.
const RECIPIENT: &str = "intake";
/// Most that may be unacknowledged on one stream (docs/formats, Limits).
const PER_STREAM: usize = 16;

/// The bytes of an entry's parts, as its commitments are over them.
#[derive(Clone, Default)]
pub(crate) struct PartBytes {
    pub(crate) shared: Vec<u8>,
    pub(crate) own: Vec<u8>,
    pub(crate) outcome: Vec<u8>,
}

impl PartBytes {
    fn of(proof: Option<v1::Proof>) -> Result<Self, String> {
        let mut parts = Self::default();
        for part in proof.ok_or("a reply has no proof")?.parts {
            match part.part() {
                v1::Part::Shared => parts.shared = part.bytes,
                v1::Part::Provider | v1::Part::Recipient => parts.own = part.bytes,
                v1::Part::Outcome => parts.outcome = part.bytes,
                v1::Part::Unspecified => return Err("a part without a kind".to_owned()),
            }
        }
        Ok(parts)
    }

    /// As sealed at rest: shared and outcome twice, each copy under its own wrapped key.
    pub(crate) fn copies(&self) -> [&[u8]; 5] {
        [
            &self.shared,
            &self.shared,
            &self.outcome,
            &self.outcome,
            &self.own,
        ]
    }
}

/// Raises what a source may ask in a day, at both transcryptors: a run is more than a day's work.
pub(crate) fn raise_budgets(sandbox: &Sandbox) -> std::io::Result<()> {
    let budget = format!("conversions_per_day = {}\n", crate::BUDGET);
    let hub = sandbox.hub_config();
    let text = std::fs::read_to_string(&hub)?;
    std::fs::write(&hub, format!("{text}\n[limits]\n{budget}"))?;
    let other = sandbox.root().join("pseudonymiser/pseudonymiser.toml");
    let text = std::fs::read_to_string(&other)?;
    std::fs::write(&other, format!("{budget}{text}"))
}

/// Signals about one person for one desk, signed and sealed, each with nonces of its own.
pub(crate) async fn prepare(
    chain: &Chain,
    count: usize,
) -> Result<Vec<v1::PublishRequest>, String> {
    const TASKS: usize = 8;
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let partner = chain.partner("politie").clone();
        let to = chain.to("veilig-thuis", "pol-vt-report");
        tasks.spawn(async move {
            let desk: Desk = SOURCE.parse().map_err(told("desk"))?;
            let mut requests = Vec::new();
            for _ in 0..(count + task) / TASKS {
                let [adult, ..] = story::household().map_err(told("household"))?;
                let signal = story::inc_home()
                    .subject(adult)
                    .finish()
                    .map_err(told("signal"))?;
                let sending = partner.signal(&desk, &signal).to(to.clone());
                let prepared = Box::pin(sending.prepare()).await.map_err(told("prepare"))?;
                requests.push(prepared.message().clone());
            }
            Ok::<_, String>(requests)
        });
    }
    let mut requests = Vec::with_capacity(count);
    while let Some(done) = tasks.join_next().await {
        requests.extend(done.map_err(told("task"))??);
    }
    Ok(requests)
}

/// Publishes one; it must be permitted and prove itself by a leaf.
pub(crate) async fn publish(channel: Channel, request: v1::PublishRequest) -> Result<(), String> {
    publish_one(channel, request).await.map(drop)
}

async fn publish_one(channel: Channel, request: v1::PublishRequest) -> Result<v1::Outcome, String> {
    let reply = SignalServiceClient::new(channel)
        .publish(request)
        .await
        .map_err(told("publish"))?;
    let outcome = reply
        .into_inner()
        .outcomes
        .pop()
        .ok_or("a publish without an outcome")?;
    let decision = v1::Decision::decode(outcome.decision.as_slice()).map_err(told("decision"))?;
    let proven = outcome
        .proof
        .as_ref()
        .is_some_and(|proof| proof.leaf.len() == Leaf::LEN);
    if decision.permitted && proven {
        Ok(outcome)
    } else {
        Err(format!(
            "a publish was not permitted: {:?}",
            decision.reasons
        ))
    }
}

/// The parts that one publish commits.
pub(crate) async fn parts_of_one(chain: &Chain, load: &Load) -> Result<PartBytes, String> {
    let request = prepare(chain, 1)
        .await?
        .pop()
        .ok_or("nothing was prepared")?;
    PartBytes::of(publish_one(load.channel()?, request).await?.proof)
}

/// Takes `count` deliveries from the desk's stream: sixteen, then the stream again from the cursor.
pub(crate) async fn receive_all(chain: &Chain, count: usize) -> Result<Vec<[u8; 16]>, String> {
    let channel = Raw::connect(&chain.sandbox, "veilig-thuis", chain.sandbox.hub_port()).await?;
    let mut client = SignalServiceClient::new(channel);
    let mut ids = Vec::with_capacity(count);
    let mut cursor = Vec::new();
    while ids.len() < count {
        let request = v1::ReceiveRequest {
            desk: RECIPIENT.to_owned(),
            cursor: cursor.clone(),
            max_unacknowledged: 0,
        };
        let mut stream = client
            .receive(request)
            .await
            .map_err(told("receive"))?
            .into_inner();
        for _ in 0..PER_STREAM.min(count - ids.len()) {
            let response = stream.message().await.map_err(told("receive"))?;
            let response = response.ok_or("the stream ended")?;
            if let Some(v1::receive_response::Item::Delivery(delivery)) = response.item {
                let id = <[u8; 16]>::try_from(delivery.delivery_id.as_slice());
                ids.push(id.map_err(told("delivery id"))?);
            }
            cursor = response.cursor;
        }
    }
    Ok(ids)
}

/// An acknowledgement, with a slip of random tags: to the hub one is like another.
pub(crate) fn acknowledgement(id: &[u8; 16], state: v1::AckState) -> v1::AcknowledgeRequest {
    let slip = Slip::random(&mut rand::rng());
    let opened = state == v1::AckState::Opened;
    v1::AcknowledgeRequest {
        idempotency_key: rand::random::<[u8; 32]>().to_vec(),
        delivery_id: id.to_vec(),
        state: state.into(),
        slip: Some(v1::Slip {
            nonce: slip.nonce().to_vec(),
            tags: slip.tag_bytes().to_vec(),
            chain: Vec::new(),
        }),
        acting_person: if opened {
            b"worker-9".to_vec()
        } else {
            Vec::new()
        },
        acting_role: if opened {
            "vt-worker".to_owned()
        } else {
            String::new()
        },
        wait: v1::Wait::Committed.into(),
    }
}

/// Acknowledges; the reply must prove itself by a leaf.
pub(crate) async fn acknowledge(
    channel: Channel,
    request: v1::AcknowledgeRequest,
) -> Result<(), String> {
    acknowledge_one(channel, request).await.map(drop)
}

async fn acknowledge_one(
    channel: Channel,
    request: v1::AcknowledgeRequest,
) -> Result<v1::Proof, String> {
    let mut client = SignalServiceClient::new(channel);
    let reply = client
        .acknowledge(request)
        .await
        .map_err(told("acknowledge"))?;
    let proof = reply.into_inner().proof;
    proof
        .filter(|proof| proof.leaf.len() == Leaf::LEN)
        .ok_or_else(|| "an acknowledgement without a leaf".to_owned())
}

/// The sizes of the entry and of the delivery that an acknowledgement of `id` commits.
pub(crate) async fn rows(
    load: &Load,
    id: &[u8; 16],
    published: &PartBytes,
) -> Result<Rows, String> {
    /// Wrapped data key 60, opening 32, tag 16, and the message around them.
    const SEALED: usize = 60 + 32 + 16 + 14;
    /// The two organisations of the parts.
    const OWNERS: usize = 45;
    /// Format, revision, and the six numbers beside a delivery's body.
    const BESIDE: usize = 9 + 6 * 9;
    let request = acknowledgement(id, v1::AckState::Opened);
    let parts = PartBytes::of(Some(acknowledge_one(load.channel()?, request).await?))?;
    let sealed: usize = parts.copies().iter().map(|part| part.len() + SEALED).sum();
    let shared = v1::SharedPart::decode(published.shared.as_slice()).map_err(told("part"))?;
    let delivery = DeliveryRecord {
        source_oin: shared.source_oin,
        recipient_oin: shared.recipient_oin,
        desk: shared.recipient_desk,
        state: DeliveryState::Opened.into(),
        agreement_hash: shared.agreement_hash,
        clause: shared.clause_id,
        purpose: shared.purpose,
        signal_type: shared.signal_type,
        granted: shared.granted,
        withheld: shared.withheld,
        signal_id: vec![7; 16],
        ..DeliveryRecord::default()
    };
    Ok(Rows {
        entry: Leaf::LEN + OWNERS + sealed,
        delivery: delivery.encoded_len() + BESIDE,
    })
}
