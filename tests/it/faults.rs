//! Every write, sync and rename of one publish, one acknowledgement, one publication of the log up to its
//! witnessed checkpoint, and one hand-over of published entries, times every way in which it can go wrong:
//! what was promised is kept, and nothing is done twice.
//!
//! Each cell runs at the real hub with two real witnesses, by a fault in the real system call. A run of the tests takes each step
//! with one fault, in turn; with `SEINHUIS_FAULTS=whole` (`cargo xtask faults`) each with all.

pub(super) mod erasure;
mod injector;

use super::run;
use crate::call::{Call, ROUTES, acknowledge, publish};
use crate::crash::load::Load;
use crate::crash::log::Held;
use crate::crash::{NOT_YET_SHOWN, Receipt, data, fsck, the_files_hold};
use crate::flow::next;
use crate::witnessed::Site;
use injector::{Fault, Injector, Step};
use seinhuis_client::VerifiedProof;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, Raw};
use seinhuis_types::LeafIndex;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;
use tonic::transport::Channel;

/// Exit code after a write of unknown outcome.
const UNKNOWN: i32 = 74;
/// How long a hub may take to answer or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whose steps are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Publish,
    Acknowledge,
    /// The log's files, from the commit to the witnessed checkpoint that covers it.
    Publication,
    /// The store's file, until it has dropped the entries that the log's files have.
    Integration,
}

impl Act {
    const ALL: [Self; 4] = [
        Self::Publish,
        Self::Acknowledge,
        Self::Publication,
        Self::Integration,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Acknowledge => "acknowledge",
            Self::Publication => "publication",
            Self::Integration => "integration",
        }
    }
}

/// What the caller and the operator saw in one cell.
struct Seen {
    /// Every step that was counted; none is faulted when the n-th was not reached.
    steps: Vec<Step>,
    caller: String,
    hub: &'static str,
    /// Whether the entry was there before the call was repeated.
    kept: bool,
}

/// A chain whose hub is hit again and again. Both its witnesses must cosign: whoever starts it again asks
/// them first, and no cell ends before they have cosigned what came of it.
struct World {
    site: Site,
    injector: Injector,
    load: Load,
    receipts: Vec<Receipt>,
}

impl World {
    async fn start() -> Self {
        Self {
            site: Site::start(2).await,
            injector: Injector::build(),
            load: Load::default(),
            receipts: Vec::new(),
        }
    }

    const fn chain(&self) -> &Chain {
        &self.site.chain
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        let hub = self.site.chain.hub.as_mut().unwrap();
        hub.ended().unwrap()
    }

    /// One more entry, published and cosigned, with all that came before.
    async fn barrier(&mut self) -> VerifiedProof {
        let proof = self
            .load
            .barrier(&self.site.chain, &mut self.receipts)
            .await;
        self.site.witnessed(proof.index().0 + 1).await;
        proof
    }

    /// Until the steps of the act after its answer are done, or the hub has ended.
    async fn finish(&mut self, act: Act, answered: Option<LeafIndex>, second: &Call) {
        match (act, answered) {
            (Act::Publication, Some(index)) => {
                while self.ended().is_none() {
                    if self.site.shows_witnessed().await > index.0 {
                        return;
                    }
                }
            }
            // A second is published only when the store has dropped the first.
            (Act::Integration, Some(_)) => {
                if let Ok(proof) = self.attempt(second).await {
                    self.receipts.push(Receipt::of(&proof));
                }
            }
            (Act::Publish | Act::Acknowledge, _) | (_, None) => {}
        }
    }

    /// Makes the call; the error is what the hub said, if it said anything. A hub that is ending takes no
    /// connection, or breaks it.
    async fn attempt(&self, call: &Call) -> Result<Box<VerifiedProof>, Option<String>> {
        let port = self.chain().sandbox.hub_port();
        let keys = self.chain().partner("om").log_keys();
        let channel = Raw::connect(&self.chain().sandbox, call.by, port).await;
        call.attempt(channel.map_err(|_| None)?, keys).await
    }

    async fn channel(&self, name: &str) -> Channel {
        let port = self.chain().sandbox.hub_port();
        Raw::connect(&self.chain().sandbox, name, port)
            .await
            .unwrap()
    }

    /// A call that makes the act happen, and the folder in which its steps are.
    async fn prepare(&mut self, act: Act) -> (Call, PathBuf) {
        let data = data(self.chain());
        match act {
            Act::Publish => (
                publish(self.chain(), ROUTES[0], false).await,
                data.join("store"),
            ),
            Act::Publication => (
                publish(self.chain(), ROUTES[0], true).await,
                data.join("log"),
            ),
            Act::Integration => (
                publish(self.chain(), ROUTES[0], true).await,
                data.join("store"),
            ),
            Act::Acknowledge => {
                let opened = next(self.chain(), "veilig-thuis", "intake").await;
                let id = opened.id.0.to_vec();
                let call = acknowledge("veilig-thuis", id, v1::AckState::Delivered);
                (call, data.join("store"))
            }
        }
    }

    /// One cell: the fault, what came of it, and that all promises are kept.
    async fn cell(&mut self, act: Act, nth: usize, fault: Fault) -> Seen {
        // All that was before is published: the steps that follow are of this act.
        let before = self.barrier().await;
        let (call, folder) = self.prepare(act).await;
        self.barrier().await;
        // Made while the hub is well: it is asked for keys.
        let second = publish(self.chain(), ROUTES[1], true).await;
        let keys = self.chain().partner("om").log_keys().clone();
        let channel = self.channel(call.by).await;
        let hub = self.chain().hub.as_ref().unwrap().id();
        let watch = self.injector.watch(hub, &folder, nth, fault);
        let answer = tokio::time::timeout(PATIENCE, call.attempt(channel, &keys)).await;
        let answer = answer.expect("an answer, or the end of the line");
        let index = answer.as_ref().ok().map(|proof| proof.index());
        self.finish(act, index, &second).await;
        let steps = watch.end();
        let faulted = steps.iter().any(|step| step.faulted);
        if let Ok(proof) = &answer {
            self.receipts.push(Receipt::of(proof));
        }
        let caller = match &answer {
            Ok(_) => "answered".to_owned(),
            Err(Some(code)) => code.clone(),
            Err(None) => "line broke".to_owned(),
        };
        let hub = match self.outcome(&second, faulted).await {
            None => "goes on",
            Some(status) => {
                let ended = self.restart(status);
                assert!(faulted, "the hub ended by itself: {ended}");
                assert_eq!(ended == "killed", fault.kills(), "{ended}");
                ended
            }
        };
        let kept = self.promises(&call, &before, answer.ok().as_deref()).await;
        Seen {
            steps,
            caller,
            hub,
            kept,
        }
    }

    /// How the hub ended, or nothing once it acts again. Each try is the same call, so it needs no waiting.
    async fn outcome(&mut self, second: &Call, faulted: bool) -> Option<ExitStatus> {
        let again = async {
            loop {
                if let Some(status) = self.ended() {
                    return Some(status);
                }
                if let Ok(proof) = self.attempt(second).await {
                    self.load.done(second, &proof);
                    self.receipts.push(Receipt::of(&proof));
                    return None;
                }
            }
        };
        let outcome = tokio::time::timeout(PATIENCE, again).await;
        outcome.unwrap_or_else(|_| panic!("the hub neither acts nor ends (fault: {faulted})"))
    }

    /// Looks at what is on disk, and starts the hub again.
    fn restart(&mut self, status: ExitStatus) -> &'static str {
        let ended = match (status.code(), status.signal()) {
            (Some(UNKNOWN), _) => "exit 74",
            (_, Some(9)) => "killed",
            _ => panic!(
                "{status}: {}",
                self.chain().hub.as_ref().unwrap().last_lines()
            ),
        };
        self.site.chain.hub = None;
        the_files_hold(self.chain());
        let found = fsck(self.chain());
        let mended_by_start = |finding: &String| finding.starts_with(NOT_YET_SHOWN);
        assert!(
            found.len() <= 1 && found.iter().all(mended_by_start),
            "{found:#?}"
        );
        self.site.chain.hub = Some(self.chain().sandbox.start_hub().unwrap());
        ended
    }

    /// What was answered is in the log, each act once; and the call, made again, is answered with that
    /// one entry.
    async fn promises(
        &mut self,
        call: &Call,
        before: &VerifiedProof,
        answered: Option<&VerifiedProof>,
    ) -> bool {
        let barrier = self.barrier().await;
        let officer = self.chain().partner("veilig-thuis");
        let held = Held::read(self.chain(), officer, &barrier).await;
        held.has(&self.receipts);
        let there = held.at(call.nonce());
        let keys = officer.log_keys();
        let again = call.attempt(self.channel(call.by).await, keys).await;
        let again = again.expect("a call that is made again is answered");
        match (answered, there) {
            (Some(answered), _) => assert_eq!(again.index(), answered.index()),
            (None, Some(index)) => assert_eq!(again.index(), index, "it has one entry"),
            (None, None) => assert!(again.index() > barrier.index()),
        }
        assert!(again.index() > before.index());
        self.receipts.push(Receipt::of(&again));
        self.load.done(call, &again);
        // The checkpoint that covers it grew out of every one that this partner saw.
        let officer = self.chain().partner("veilig-thuis");
        officer.checkpoint().await.unwrap();
        there.is_some()
    }
}

/// A row of the table in docs/operations/faults.md.
fn row(act: Act, fault: Fault, step: &Step, seen: &Seen) -> String {
    let kept = if seen.kept { "there" } else { "not done" };
    format!(
        "| {} | `{} {}` | {} | {} | {} | {kept} |",
        act.as_str(),
        step.call,
        // The folder itself has no name under itself. Numbers of tiles and segments differ from run to run.
        if step.file.is_empty() {
            "/"
        } else {
            &step.file
        }
        .replace(|c: char| c.is_ascii_digit(), "")
        .replace(".p/", ".p"),
        fault.as_str(),
        seen.caller,
        seen.hub,
    )
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "an hour's worth of cells is asked for by hand"
)]
fn whatever_step_fails_promises_are_kept_and_nothing_is_done_twice() {
    let whole = std::env::var("SEINHUIS_FAULTS").is_ok_and(|faults| faults == "whole");
    run(async {
        let mut world = World::start().await;
        let mut turn = 0;
        let (mut done, mut ends) = (0, std::collections::BTreeSet::new());
        let mut commit = 0;
        for act in Act::ALL {
            let calm = world.cell(act, 0, Fault::None).await;
            assert_eq!((calm.caller.as_str(), calm.hub), ("answered", "goes on"));
            let syncs = calm.steps.iter().filter(|step| step.call.contains("sync"));
            assert!(syncs.count() > 0, "{act:?}: {:?}", calm.steps);
            if act == Act::Publish {
                commit = calm.steps.len();
            }
            // The hand-over lies between the commit before it and the one that waited for it.
            let around = if act == Act::Integration { commit } else { 0 };
            assert!(calm.steps.len() > 2 * around, "{act:?}: {:?}", calm.steps);
            for nth in 1 + around..=calm.steps.len() - around {
                let faults = if whole {
                    Fault::ALL.to_vec()
                } else {
                    turn += 1;
                    vec![Fault::ALL[turn % Fault::ALL.len()]]
                };
                for fault in faults {
                    let seen = world.cell(act, nth, fault).await;
                    let Some(step) = seen.steps.iter().find(|step| step.faulted) else {
                        // Fewer steps this time, such as when a folder was there already.
                        println!("{}: step {nth} was not reached", act.as_str());
                        continue;
                    };
                    println!("{}", row(act, fault, step, &seen));
                    done += 1;
                    ends.insert(seen.hub);
                }
            }
        }
        println!("{done} cells");
        assert!(done >= 12 && ends.contains("exit 74") && ends.contains("killed"));
    });
}
