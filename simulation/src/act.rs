//! What a partner may do at any moment, each as the partner's software does it: with the keys that its
//! recipients state, again when others came first, and telling all who received. Must not know: whether
//! it is lawful now, nor who goes on next.

use crate::SimulationError;
use crate::seen::{Seen, given, published, rectified, tombstone};
use crate::stage::{
    BOARD, CARE, KINDS, Kind, POLICE, Party, SIGNALS, SimHub, Stage, TIMES, name, slip,
};
use crate::step::Steering;
use crate::store::HeldUp;
use seinhuis_domain::agreement::StepKind;
use seinhuis_hub::HubError;
use seinhuis_hub::command::{AckKind, Acknowledge, Asserted, Idempotency};
use seinhuis_proto::v1;
use seinhuis_proto::v1::receive_response::Item;
use seinhuis_types::{Clock, Coded, DeliveryId, Digest, ErrorCode, Millis};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

/// How often an act is tried again when others came first, or a key was another.
const AGAIN: usize = 8;

/// One act of one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// A signal is sent.
    Publish(usize),
    /// A desk reads its stream, and acknowledges half of what comes.
    Receive(usize),
    /// A step on the agreement.
    Step(usize, StepKind, u64),
    /// A consent is taken back.
    Withdraw(usize),
    /// Those who received a signal are told.
    Rectify(usize, Kind, usize),
    /// A desk states a new sealing key.
    Rotate(usize),
    /// Time passes.
    Wait(u64),
    /// The hub deals with what is due.
    Due,
}

/// Spans that matter: beside the life of a permit, of a payload after it was opened, of any payload, of
/// consent and of the agreement.
const SPANS: [u64; 6] = [
    Millis::SECOND,
    31 * Millis::SECOND,
    25 * Millis::HOUR,
    6 * Millis::DAY,
    8 * Millis::DAY,
    10 * Millis::DAY,
];

impl Act {
    /// Two acts of which one may end what the other does.
    pub(crate) const PAIRS: [[Self; 2]; 15] = [
        [Self::Step(CARE, StepKind::Leave, 5), Self::Receive(CARE)],
        [Self::Step(POLICE, StepKind::Leave, 5), Self::Publish(2)],
        [
            Self::Step(BOARD, StepKind::Suspend, 1),
            Self::Receive(POLICE),
        ],
        [Self::Step(CARE, StepKind::Suspend, 1), Self::Publish(3)],
        [Self::Withdraw(0), Self::Receive(BOARD)],
        [Self::Withdraw(1), Self::Publish(3)],
        [Self::Rotate(CARE), Self::Publish(2)],
        [Self::Rectify(0, Kind::Withdrawn, 0), Self::Receive(CARE)],
        [Self::Rectify(1, Kind::Shielded, 0), Self::Receive(BOARD)],
        [Self::Rectify(0, Kind::Restricted, 0), Self::Receive(CARE)],
        [
            Self::Rectify(1, Kind::Restricted, 0),
            Self::Rectify(1, Kind::Corrected, 1),
        ],
        [
            Self::Rectify(0, Kind::Corrected, 0),
            Self::Rectify(0, Kind::Withdrawn, 1),
        ],
        [
            Self::Step(BOARD, StepKind::Suspend, 1),
            Self::Step(CARE, StepKind::Leave, 5),
        ],
        [Self::Wait(8 * Millis::DAY), Self::Receive(CARE)],
        [Self::Receive(POLICE), Self::Receive(POLICE)],
    ];

    /// Draws one.
    pub(crate) fn draw(steering: &Steering) -> Self {
        let party = || [POLICE, CARE, BOARD].get(steering.draw(3)).copied();
        let party = || party().unwrap_or_default();
        let nth = || steering.draw(2) as u64 * 2;
        match steering.draw(100) {
            0..28 => Self::Receive(party()),
            28..44 => Self::Publish(2 + steering.draw(SIGNALS.len() - 2)),
            44..53 => Self::Step(party(), StepKind::Suspend, 1 + nth()),
            53..59 => Self::Step(party(), StepKind::Resume, 2 + nth()),
            59..67 => Self::Step(party(), StepKind::Leave, 5),
            67..75 => Self::Withdraw(steering.draw(2)),
            75..89 => {
                let kind = KINDS.get(steering.draw(KINDS.len())).copied();
                let kind = kind.unwrap_or(Kind::Withdrawn);
                Self::Rectify(steering.draw(4), kind, steering.draw(TIMES))
            }
            89..94 => Self::Rotate(party()),
            94..98 => {
                // The long ones end so much that they are drawn seldom.
                let most = if steering.one_in(3) { SPANS.len() } else { 2 };
                Self::Wait(SPANS.get(steering.draw(most)).copied().unwrap_or_default())
            }
            _ => Self::Due,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publish(signal) => write!(f, "publish signal {signal}"),
            Self::Receive(party) => write!(f, "receive at {}", name(*party)),
            Self::Step(party, kind, nth) => {
                write!(f, "{} by {}, its step {nth}", kind.as_str(), name(*party))
            }
            Self::Withdraw(consent) => write!(f, "withdraw consent {consent}"),
            Self::Rectify(signal, kind, nth) => {
                write!(f, "tell that signal {signal} is {}, {nth}", kind.as_str())
            }
            Self::Rotate(party) => write!(f, "rotate the key of {}", name(*party)),
            Self::Wait(ms) => write!(f, "wait {} s", ms / Millis::SECOND),
            Self::Due => write!(f, "deal with what is due"),
        }
    }
}

/// The partners at work, and what they were told so far.
pub(crate) struct Playing<'s> {
    pub(crate) stage: &'s Stage,
    pub(crate) hub: Arc<SimHub>,
    pub(crate) seen: RefCell<Vec<Seen>>,
    /// What could not be simulated.
    pub(crate) broken: RefCell<Option<SimulationError>>,
}

impl Playing<'_> {
    /// Does one act to its end.
    pub(crate) async fn act(&self, act: Act) {
        let done = match act {
            Act::Publish(signal) => self.publish(signal).await,
            Act::Receive(party) => self.receive(party, true).await,
            Act::Step(party, kind, nth) => self.step(party, kind, nth).await,
            Act::Withdraw(consent) => self.withdraw(consent).await,
            Act::Rectify(signal, kind, nth) => self.rectify(signal, kind, nth).await,
            Act::Rotate(party) => self.rotate(party).await,
            Act::Wait(ms) => {
                HeldUp(true).await;
                let now = crate::step::Steered(Arc::clone(&self.stage.steering)).now();
                self.stage.steering.set_now(now.plus(ms));
                Ok(())
            }
            Act::Due => match self.hub.pass_due(64).await {
                Ok(_) => Ok(()),
                Err(error) => self.refused("due", &error),
            },
        };
        if let Err(error) = done {
            self.broken.borrow_mut().get_or_insert(error);
        }
    }

    fn note(&self, seen: Seen) {
        self.seen.borrow_mut().push(seen);
    }

    fn refused(&self, what: &str, error: &HubError) -> Result<(), SimulationError> {
        self.note(Seen::Refused {
            code: error.code().as_str(),
            what: format!("{what}: {error}"),
        });
        Ok(())
    }

    fn party(&self, party: usize) -> Result<&Party, SimulationError> {
        let found = self.stage.parties.get(party);
        found.ok_or_else(|| SimulationError::new("party", party))
    }

    /// Which desks state a new key, as `party` reads it.
    fn rotated(&self, party: &Party) -> [bool; 3] {
        let stated = |of: &Party| {
            let keys = self.hub.keys(&party.caller, of.oin, &of.desk);
            keys.is_ok_and(|keys| keys.len() > 2)
        };
        let [a, b, c] = &self.stage.parties;
        [stated(a), stated(b), stated(c)]
    }

    async fn publish(&self, signal: usize) -> Result<(), SimulationError> {
        let from = SIGNALS.get(signal).map_or(POLICE, |plan| plan.from);
        let party = self.party(from)?;
        for _ in 0..AGAIN {
            let rotated = self.rotated(party);
            HeldUp(true).await;
            let command = self.stage.commands.publish(signal, &rotated)?;
            match self.hub.publish(&party.caller, command, &nobody()).await {
                Ok(reply) => {
                    self.note(published(signal, &rotated, &reply)?);
                    return Ok(());
                }
                Err(error) if again(&error) => {}
                Err(error) => return self.refused("publish", &error),
            }
        }
        Ok(())
    }

    /// Reads a desk's stream from its beginning for as long as anything comes.
    pub(crate) async fn receive(
        &self,
        at: usize,
        acknowledge: bool,
    ) -> Result<(), SimulationError> {
        let party = self.party(at)?;
        let (caller, desk) = (party.caller.clone(), party.desk.clone());
        let mut stream = match self.hub.receive(caller, desk, &[], 0) {
            Ok(stream) => stream,
            Err(error) => return self.refused("receive", &error),
        };
        loop {
            match stream.next().await {
                Ok(v1::ReceiveResponse { item, .. }) => match item {
                    Some(Item::Delivery(delivery)) => {
                        let seen = given(at, &delivery)?;
                        let Seen::Given(found) = seen else {
                            return Err(SimulationError::new("delivery", "it is none"));
                        };
                        self.note(seen);
                        if acknowledge && self.stage.steering.one_in(2) {
                            self.acknowledge(party, found.delivery).await?;
                        }
                    }
                    Some(Item::Tombstone(gone)) => self.note(tombstone(at, &gone)?),
                    _ => {}
                },
                Err(error) => return self.refused("receive", &error),
            }
        }
    }

    async fn acknowledge(
        &self,
        party: &Party,
        delivery: DeliveryId,
    ) -> Result<(), SimulationError> {
        let opened = self.stage.steering.one_in(2);
        for kind in [AckKind::Delivered, AckKind::Opened] {
            if kind == AckKind::Opened && !opened {
                break;
            }
            let command = Acknowledge {
                idempotency: Idempotency {
                    key: self.stage.steering.id().to_vec(),
                    fingerprint: Digest([7; 32]),
                },
                delivery,
                kind,
                slip: slip(),
                acting_person: b"officer-1".to_vec(),
                acting_role: Some("police-officer".parse().map_err(role)?),
            };
            match self.hub.acknowledge(&party.caller, command).await {
                Ok(reply) => {
                    let index = reply.proof.map_or(0, |proof| proof.index);
                    self.note(Seen::Acknowledged { delivery, index });
                }
                Err(error) => return self.refused("acknowledge", &error),
            }
        }
        Ok(())
    }

    async fn step(&self, party: usize, kind: StepKind, nth: u64) -> Result<(), SimulationError> {
        let caller = &self.party(party)?.caller;
        for _ in 0..AGAIN {
            let command = self.stage.commands.step(party, kind, nth)?;
            match self.hub.agreement_step(caller, command).await {
                Ok(reply) => {
                    let index = reply.proof.index;
                    self.note(Seen::Step { party, kind, index });
                    return Ok(());
                }
                Err(error) if again(&error) => {}
                Err(error) => return self.refused("step", &error),
            }
        }
        Ok(())
    }

    async fn withdraw(&self, consent: usize) -> Result<(), SimulationError> {
        let caller = &self.party(CARE)?.caller;
        for _ in 0..AGAIN {
            let command = self.stage.commands.withdraw(consent)?;
            match self.hub.withdraw_consent(caller, command).await {
                Ok(reply) => {
                    let index = reply.proof.map_or(0, |proof| proof.index);
                    let told = reply.told.is_some();
                    let seen = Seen::Withdrawn {
                        consent,
                        index,
                        told,
                    };
                    self.note(seen);
                    return Ok(());
                }
                Err(error) if again(&error) => {}
                Err(error) => return self.refused("withdraw", &error),
            }
        }
        Ok(())
    }

    /// The desks that a signal was taken for, as its source was told.
    fn taken(&self, signal: usize) -> Vec<usize> {
        let seen = self.seen.borrow();
        let all = self.stage.before.iter().chain(seen.iter());
        let mut outcomes = all.filter_map(|seen| match seen {
            Seen::Published {
                signal: of,
                outcomes,
                ..
            } if *of == signal => Some(outcomes),
            _ => None,
        });
        let first = outcomes.next().into_iter().flatten();
        let taken = first.filter(|promise| promise.delivery.is_some());
        taken.map(|promise| promise.to).collect()
    }

    async fn rectify(&self, signal: usize, kind: Kind, nth: usize) -> Result<(), SimulationError> {
        let from = SIGNALS.get(signal).map_or(POLICE, |plan| plan.from);
        let party = self.party(from)?;
        HeldUp(true).await;
        let to = self.taken(signal);
        if to.is_empty() {
            return Ok(());
        }
        for _ in 0..AGAIN {
            let rotated = self.rotated(party);
            let what = (signal, kind, nth);
            let command = self.stage.commands.rectify(what, &rotated, &to)?;
            match self.hub.rectify(&party.caller, command, &nobody()).await {
                Ok(reply) => {
                    self.note(rectified(signal, kind, &to, &reply)?);
                    return Ok(());
                }
                Err(error) if again(&error) => {}
                Err(error) => return self.refused("rectify", &error),
            }
        }
        Ok(())
    }

    async fn rotate(&self, party: usize) -> Result<(), SimulationError> {
        let caller = &self.party(party)?.caller;
        let (statement, idempotency) = self.stage.commands.rotate(party)?;
        let stated = self.hub.publish_key(caller, &idempotency, statement);
        match stated.await {
            Ok(proof) => {
                let index = proof.index;
                self.note(Seen::Rotated { party, index });
                Ok(())
            }
            Err(error) => self.refused("rotate", &error),
        }
    }
}

fn role(error: seinhuis_types::ParseError) -> SimulationError {
    SimulationError::new("acting role", error)
}

/// Whether a partner's software tries again by itself.
fn again(error: &HubError) -> bool {
    matches!(error.code(), ErrorCode::Aborted | ErrorCode::StaleKeyEpoch)
}

/// A call that names no person: none of the acts needs one.
fn nobody() -> Asserted {
    Asserted {
        method: "",
        request: Digest([0; 32]),
        assertions: Vec::new(),
    }
}
