//! A long time of all kinds of trouble: kills under load, and mixed load with restarts, suspensions,
//! repeated calls and a pseudonymiser that is away.
//!
//! A short one runs with the other tests; `cargo xtask soak` runs the long one, which prints the rows of
//! docs/operations/soak.md. Owns: what happens in which order, and what must hold. Must not know: how
//! a kill is timed (`crash`).

#![expect(
    clippy::disallowed_methods,
    reason = "it measures, and is told how long to go on"
)]

mod events;
mod sample;

use super::run;
use crate::call::{Answer, Call};
use crate::crash::load::{Channels, Load};
use crate::crash::{Receipt, Rounds, at_rest, kill};
use events::Event;
use sample::Sample;
use seinhuis_testkit::rng::seeded;
use seinhuis_tests::Chain;
use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Draws load, moments and events.
const SEED: u64 = 0x5e_1972;
/// Calls under way at once, over all partners.
const IN_FLIGHT: usize = 64;
/// Publishes in a part of the mixed load: of two in six routes one desk takes sixteen at most.
const TAKEN: usize = 48;
/// After so many kills nothing is left to be mended.
const REST: u64 = 10;
/// Conversions a day: more than an hour can ask for.
const BUDGET: &str = "conversions_per_day = 100000000";

/// How long it goes on.
struct Plan {
    kills: usize,
    mixed: Duration,
    /// How often a row is told.
    every: Duration,
}

impl Plan {
    /// `SEINHUIS_SOAK=KILLS,MINUTES`, or the short one.
    fn asked() -> Self {
        let Ok(asked) = env::var("SEINHUIS_SOAK") else {
            return Self {
                kills: 2,
                mixed: Duration::ZERO,
                every: Duration::MAX,
            };
        };
        let (kills, minutes) = asked.split_once(',').expect("SEINHUIS_SOAK=KILLS,MINUTES");
        Self {
            kills: kills.parse().unwrap(),
            mixed: Duration::from_secs(60 * minutes.parse::<u64>().unwrap()),
            every: Duration::from_secs(300),
        }
    }
}

#[test]
fn a_soak_keeps_every_promise_through_kills_restarts_and_suspensions() {
    run(async {
        let plan = Plan::asked();
        let mut soak = Soak::start().await;
        soak.kills(plan.kills).await;
        soak.mixed(plan.mixed, plan.every).await;
        soak.end().await;
    });
}

/// A chain, what it was asked, and what it promised.
struct Soak {
    chain: Chain,
    load: Load,
    receipts: Vec<Receipt>,
    kills: Rounds,
    sample: Sample,
    /// Answered calls that are made again, with the index of their entry.
    answered: Vec<(Call, u64)>,
    round: u64,
    suspended: usize,
}

impl Soak {
    async fn start() -> Self {
        let chain = Chain::start_with(|sandbox| {
            let pseudonymiser = sandbox.root().join("pseudonymiser/pseudonymiser.toml");
            let text = std::fs::read_to_string(&pseudonymiser)?;
            std::fs::write(&pseudonymiser, format!("{BUDGET}\n{text}"))?;
            let hub = sandbox.hub_config();
            let text = std::fs::read_to_string(&hub)?;
            std::fs::write(&hub, format!("{text}\n[limits]\n{BUDGET}\n"))
        });
        Self {
            chain: chain.await.unwrap(),
            load: Load::default(),
            receipts: Vec::new(),
            kills: Rounds::default(),
            sample: Sample::default(),
            answered: Vec::new(),
            round: 0,
            suspended: 0,
        }
    }

    /// Kills under load; every [`REST`] of them, and at the end, all is at rest once.
    async fn kills(&mut self, kills: usize) {
        while self.kills.rounds < kills {
            assert!(
                self.kills.late <= kills,
                "hardly a kill found calls under way"
            );
            self.kill().await;
            if self.round.is_multiple_of(REST) || self.kills.rounds == kills {
                self.rest().await;
            }
        }
        println!("kills: {}", self.kills.told());
    }

    async fn kill(&mut self) {
        let (chain, load, receipts) = (&mut self.chain, &mut self.load, &mut self.receipts);
        kill(chain, SEED, self.round, load, receipts, &mut self.kills).await;
        self.round += 1;
    }

    async fn rest(&mut self) {
        at_rest(&mut self.chain, &mut self.load, &mut self.receipts).await;
        self.chain.hub = Some(self.chain.sandbox.start_hub().unwrap());
    }

    /// Load without pause for `time`, and an event after each part of it: every event at least once.
    async fn mixed(&mut self, time: Duration, every: Duration) {
        // What is sent is also taken: a backlog that only grows is another test.
        self.load.publishes = TAKEN;
        self.load.receives = 16;
        let begun = Instant::now();
        let mut told = begun;
        let mut events = Event::ALL.into_iter().cycle();
        for part in 0.. {
            if begun.elapsed() >= time && part >= Event::ALL.len() {
                return;
            }
            self.part().await;
            if let Some(event) = events.next() {
                event.happens(self).await;
            }
            if told.elapsed() >= every {
                let hub = self.chain.hub.as_ref().unwrap().id();
                let row = self.sample.row(&self.chain, hub, begun.elapsed());
                println!("{row}");
                told = Instant::now();
            }
        }
    }

    /// One part of the load, all answered.
    async fn part(&mut self) {
        let mut rng = seeded(SEED ^ self.round);
        self.round += 1;
        let calls = self
            .load
            .next(&self.chain, &mut rng, &mut self.receipts)
            .await;
        let channels = Channels::open(&self.chain).await;
        let keys = self.chain.partner("politie").log_keys().clone();
        let places = Arc::new(Semaphore::new(IN_FLIGHT));
        let mut under_way = JoinSet::new();
        for call in calls {
            let place = Arc::clone(&places).acquire_owned().await.unwrap();
            let (channel, keys) = (channels.of(call.by), keys.clone());
            under_way.spawn(async move {
                let begun = Instant::now();
                let answer = call.make(channel, &keys).await;
                drop(place);
                (call, answer, begun.elapsed())
            });
        }
        while let Some(done) = under_way.join_next().await {
            let (call, answer, took) = done.unwrap();
            let Answer::Proven(proof) = answer else {
                panic!("the line broke, and nothing was killed");
            };
            self.sample.took(&call, took);
            self.receipts.push(Receipt::of(&proof));
            self.load.done(&call, &proof);
            if self.answered.len() < IN_FLIGHT {
                self.answered.push((call, proof.index().0));
            }
        }
    }

    /// The whole log from a partner's side, every receipt, and the operator's own check.
    async fn end(mut self) {
        self.chain.partner("om").verify_whole_log().await.unwrap();
        at_rest(&mut self.chain, &mut self.load, &mut self.receipts).await;
        println!("all: {}", self.kills.told());
        println!("receipts: {}", self.receipts.len());
    }
}
