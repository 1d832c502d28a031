//! kill -9 under load: what was promised is there, and nothing is there twice.
//!
//! Owns: the rounds and what must hold after each. The load, the moments and the whole log as read
//! back have files of their own.

pub(super) mod load;
pub(super) mod log;
mod moment;

use super::run;
use crate::call::{Answer, Call};
use load::{Channels, Load};
use log::Held;
use moment::{Moment, Trap};
use seinhuis_client::{LogFolder, Partner, VerifiedProof, verify_log};
use seinhuis_merkle::leaf_hash;
use seinhuis_proto::v1;
use seinhuis_proto::v1::audit_service_client::AuditServiceClient;
use seinhuis_testkit::rng::seeded;
use seinhuis_testkit::sandbox::CHAIN;
use seinhuis_tests::{Chain, binary};
use seinhuis_types::{Digest, LeafIndex};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tonic::transport::Channel;

/// Draws the load and every moment: a failure is run again with the same ones. What the hub does with
/// them (its own randomness, its clock, two cores) is not in the seed.
const SEED: u64 = 0x005e_1971;
const ROUNDS: u64 = 20;
/// Calls that must be under way when the hub is killed.
const IN_FLIGHT: usize = 64;
/// Rounds of which the kill must have come between a commit and its answers.
const HITS: usize = 5;
/// At the end of these rounds, and after the last, nothing is left to be mended.
const AT_REST: [u64; 3] = [4, 9, 14];
/// The one thing that `fsck` may find right after a kill: signed and kept, and not yet shown.
pub(super) const NOT_YET_SHOWN: &str =
    "`checkpoint` is not the newest of the kept checkpoints; start the hub";

/// A receipt that a caller has in hand.
pub(super) struct Receipt {
    index: LeafIndex,
    leaf: Digest,
}

impl Receipt {
    pub(super) fn of(proof: &VerifiedProof) -> Self {
        Self {
            index: proof.index(),
            leaf: leaf_hash(&proof.leaf().to_bytes()),
        }
    }
}

/// What one kill left.
struct Killed {
    unanswered: Vec<Call>,
    /// The newest checkpoint that anybody saw.
    seen: Option<String>,
}

/// What came of some rounds.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Rounds {
    /// How many there were.
    pub(super) rounds: usize,
    /// Of which so many kills came between a commit and its answers.
    pub(super) hits: usize,
    /// Calls under way when the hub was killed.
    pub(super) under_way: usize,
    /// Of which so many were durable and not answered.
    pub(super) durable: usize,
    /// Starts that had a checkpoint to show that was signed and kept.
    pub(super) to_be_shown: usize,
    /// The longest that a start after a kill took until the port was open.
    pub(super) start: Duration,
}

impl Rounds {
    /// In words.
    pub(super) fn told(self) -> String {
        let Self {
            rounds,
            hits,
            under_way,
            durable,
            to_be_shown,
            start,
        } = self;
        format!(
            "{rounds} kills, {hits} of them between a commit and its answers; {under_way} calls under \
             way, {durable} of them durable and not answered; {to_be_shown} starts with a checkpoint \
             to be shown; the longest start took {} ms",
            start.as_millis()
        )
    }
}

#[test]
fn twenty_kills_under_load_keep_every_promise_and_do_nothing_twice() {
    run(async {
        let mut chain = Chain::start().await.unwrap();
        let mut load = Load::default();
        let mut receipts = Vec::new();
        let mut all = Rounds::default();
        for round in 0..ROUNDS {
            kill(&mut chain, SEED, round, &mut load, &mut receipts, &mut all).await;
            if AT_REST.contains(&round) {
                at_rest(&mut chain, &mut load, &mut receipts).await;
                chain.hub = Some(chain.sandbox.start_hub().unwrap());
            }
        }
        chain.partner("rvdk").verify_whole_log().await.unwrap();
        at_rest(&mut chain, &mut load, &mut receipts).await;
        println!("{}; {} receipts", all.told(), receipts.len());
        assert!(all.hits >= HITS, "only {} kills hit a commit", all.hits);
    });
}

/// One round: load, kill, start, and all that must hold then. `seed` and `round` draw load and moment.
pub(super) async fn kill(
    chain: &mut Chain,
    seed: u64,
    round: u64,
    load: &mut Load,
    receipts: &mut Vec<Receipt>,
    all: &mut Rounds,
) {
    let mut rng = seeded(seed + round);
    let calls = load.next(chain, &mut rng, receipts).await;
    let moment = Moment::draw(round, &mut rng);
    let killed = kill_under(chain, calls, &moment, load, receipts).await;
    let under_way = killed.unanswered.len();
    assert!(
        under_way >= IN_FLIGHT,
        "round {round}: only {under_way} calls under way"
    );
    the_files_hold(chain);
    let found = fsck(chain);
    let mended_by_start = |finding: &String| finding.starts_with(NOT_YET_SHOWN);
    assert!(
        found.len() <= 1 && found.iter().all(mended_by_start),
        "{found:#?}"
    );
    all.start = all.start.max(start(chain));
    let durable = recovered(chain, killed, load, receipts).await;
    println!(
        "round {round:2}: {moment:?}: {under_way} under way, {durable} of them durable and not \
         answered, {} receipts, {} to be shown",
        receipts.len(),
        found.len()
    );
    all.rounds += 1;
    all.hits += usize::from(durable > 0);
    all.under_way += under_way;
    all.durable += durable;
    all.to_be_shown += found.len();
}

/// Starts the hub; how long it took until its port was open.
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn start(chain: &mut Chain) -> Duration {
    let begun = Instant::now();
    chain.hub = Some(chain.sandbox.start_hub().unwrap());
    begun.elapsed()
}

/// With nothing under way the hub is killed once more: then all is there, and `fsck` finds nothing.
pub(super) async fn at_rest(chain: &mut Chain, load: &mut Load, receipts: &mut Vec<Receipt>) {
    // When it is answered, all is published and nothing waits.
    let barrier = load.barrier(chain, receipts).await;
    Held::read(chain, chain.partner("om"), &barrier)
        .await
        .has(receipts);
    chain.hub.take().unwrap().kill().unwrap();
    the_files_hold(chain);
    assert_eq!(fsck(chain), Vec::<String>::new());
}

/// Makes all calls at once and kills the hub at the moment.
async fn kill_under(
    chain: &mut Chain,
    calls: Vec<Call>,
    moment: &Moment,
    load: &mut Load,
    receipts: &mut Vec<Receipt>,
) -> Killed {
    let channels = Channels::open(chain).await;
    let keys = chain.partner("politie").log_keys().clone();
    let (trap, bell) = Trap::set(moment, &data(chain).join("store/db"));
    let bell = Arc::new(bell);
    let mut under_way = JoinSet::new();
    for call in calls {
        let (channel, keys, bell) = (channels.of(call.by), keys.clone(), Arc::clone(&bell));
        under_way.spawn(async move {
            let answer = call.make(channel, &keys).await;
            if matches!(answer, Answer::Proven(_)) {
                bell.ring();
            }
            (call, answer)
        });
    }
    let watching = tokio::spawn(watch(channels.of("om")));
    let mut hub = chain.hub.take().unwrap();
    let killing = tokio::task::spawn_blocking(move || {
        trap.wait();
        hub.kill().unwrap();
    });
    let mut unanswered = Vec::new();
    while let Some(done) = under_way.join_next().await {
        match done.unwrap() {
            (call, Answer::Proven(proof)) => {
                receipts.push(Receipt::of(&proof));
                load.done(&call, &proof);
            }
            (call, Answer::Lost) => unanswered.push(call),
        }
    }
    killing.await.unwrap();
    Killed {
        unanswered,
        seen: watching.await.unwrap(),
    }
}

/// Asks for the checkpoint until the line breaks; the last one.
async fn watch(channel: Channel) -> Option<String> {
    let mut client = AuditServiceClient::new(channel);
    let mut last = None;
    while let Ok(reply) = client.get_checkpoint(v1::GetCheckpointRequest {}).await {
        last = Some(reply.into_inner().checkpoint);
    }
    last
}

/// What must hold once the hub runs again. Gives how many calls were durable and not answered.
async fn recovered(
    chain: &Chain,
    killed: Killed,
    load: &mut Load,
    receipts: &mut Vec<Receipt>,
) -> usize {
    // The barrier's entry comes after all that was there, and its checkpoint covers it.
    let barrier = load.barrier(chain, receipts).await;
    let officer = chain.partner("veilig-thuis");
    if let Some(note) = &killed.seen {
        officer.consistency(note).await.unwrap();
    }
    for spec in CHAIN {
        // Held against the last one this partner saw, in an earlier round.
        chain.partner(spec.name).checkpoint().await.unwrap();
    }
    let held = Held::read(chain, officer, &barrier).await;
    held.has(receipts);
    sampled(officer, receipts, &barrier).await;
    let there: Vec<Option<LeafIndex>> = killed
        .unanswered
        .iter()
        .map(|call| held.at(call.nonce()))
        .collect();
    let channels = Channels::open(chain).await;
    let mut again = JoinSet::new();
    for (call, there) in killed.unanswered.into_iter().zip(there.clone()) {
        let (channel, keys) = (channels.of(call.by), officer.log_keys().clone());
        again.spawn(async move {
            let answer = call.make(channel, &keys).await;
            (call, there, answer)
        });
    }
    while let Some(done) = again.join_next().await {
        let (call, there, answer) = done.unwrap();
        let Answer::Proven(proof) = answer else {
            panic!("a repeated call was not answered")
        };
        match there {
            Some(index) => assert_eq!(proof.index(), index, "a repeated call has one entry"),
            None => assert!(
                proof.index() > barrier.index(),
                "this entry was not there before"
            ),
        }
        receipts.push(Receipt::of(&proof));
        load.done(&call, &proof);
    }
    there.iter().flatten().count()
}

/// One receipt over the network: the hub itself proves it.
async fn sampled(officer: &Partner, receipts: &[Receipt], barrier: &VerifiedProof) {
    let proof = officer.inclusion(barrier).await.unwrap();
    assert_eq!(proof.index(), barrier.index());
    assert!(
        receipts
            .iter()
            .any(|receipt| receipt.index == proof.index())
    );
}

pub(super) fn data(chain: &Chain) -> PathBuf {
    chain.sandbox.root().join("hub/data")
}

/// The files as the kill left them: below the checkpoint on disk every leaf and tile is there.
pub(super) fn the_files_hold(chain: &Chain) {
    let folder = LogFolder::new(&data(chain).join("log"));
    let seen = folder
        .checkpoint(chain.partner("politie").log_keys())
        .unwrap();
    verify_log(&folder, &seen).unwrap();
}

/// What the operator's own check finds.
pub(super) fn fsck(chain: &Chain) -> Vec<String> {
    let mut command = Command::new(binary().unwrap());
    let output = command
        .args(["fsck", "--config"])
        .arg(chain.sandbox.hub_config())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => Vec::new(),
        Some(65) => told.lines().map(str::to_owned).collect(),
        _ => panic!("fsck: {told}{}", String::from_utf8_lossy(&output.stderr)),
    }
}
