//! One partner of the story: its SDK, its desk, what it keeps.
//!
//! Owns: sending and opening through the SDK, and every receipt that came back. Must not know: the
//! story.

use super::story::{Staff, staff};
use super::tell::{Broken, Step, ensure};
use prost::Message;
use seinhuis_client::{
    Acknowledgement, ActingPerson, Event, EventKind, Inbox, Item, KeyTerm, Opened, OutcomeReport,
    Partner, PartnerConfig, Persons, SeenCheckpoint, Signal, To, VerifiedProof,
};
use seinhuis_domain::question::ANSWER;
use seinhuis_proto::v1;
use seinhuis_testkit::sandbox::{PartnerSpec, Sandbox};
use seinhuis_types::{DeliveryId, Desk, LeafIndex, Millis, SignalId, SystemClock};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// How long a delivery may be on its way.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the keys of the demo are valid, in days.
const KEY_DAYS: u16 = 90;

/// A receipt, kept with the bytes of the decision it is for.
pub(super) struct Kept {
    pub(super) proof: v1::Proof,
    pub(super) decision: Vec<u8>,
}

/// A partner on stage.
pub(super) struct Actor {
    /// In the table.
    pub(super) short: &'static str,
    /// In the sandbox.
    pub(super) spec: PartnerSpec,
    /// Its configuration file, read.
    pub(super) config: PartnerConfig,
    /// Its SDK.
    pub(super) partner: Partner,
    /// Its desk.
    pub(super) desk: Desk,
    /// Who works there.
    pub(super) staff: Staff,
    /// Every receipt.
    pub(super) kept: Vec<Kept>,
    /// Entries that carry this partner's own tags of the people in them.
    pub(super) tagged: Vec<LeafIndex>,
    /// The checkpoint it saw early in the story.
    pub(super) early: Option<SeenCheckpoint>,
    /// What it sent that went: the recipient's handle and its own id of each.
    sent: Vec<(DeliveryId, SignalId)>,
    /// Answers that came before they were asked for: they leave at their tick, whatever else goes on.
    answers: VecDeque<Opened>,
    inbox: Inbox,
}

impl Actor {
    /// Connects with the partner's own configuration, certificates and keys.
    pub(super) async fn enter(
        sandbox: &Sandbox,
        spec: PartnerSpec,
        short: &'static str,
    ) -> Step<Self> {
        let config = PartnerConfig::load(&sandbox.partner_config(spec.name))?;
        let partner = Partner::connect(&config, Arc::new(SystemClock)).await?;
        let desk: Desk = spec.desk.parse()?;
        let inbox = partner.receive(&desk, Vec::new());
        Ok(Self {
            short,
            spec,
            config,
            partner,
            desk,
            staff: staff(spec.name),
            kept: Vec::new(),
            tagged: Vec::new(),
            early: None,
            sent: Vec::new(),
            answers: VecDeque::new(),
            inbox,
        })
    }

    /// Makes and states the keys of its desk.
    pub(super) async fn make_keys(&mut self, now: Millis) -> Step<u16> {
        let epoch = self.partner.key_epoch().await?;
        let term = KeyTerm::days(now, KEY_DAYS);
        for proof in Box::pin(self.partner.create_desk_keys(&self.desk, epoch, term)).await? {
            self.keep(&proof, Vec::new());
        }
        Ok(epoch)
    }

    /// The two persons a step of the agreement takes.
    pub(super) fn persons(&self) -> Step<Persons> {
        Ok(Persons::new(self.staff.administrator, self.staff.approver)?)
    }

    /// Keeps a receipt.
    pub(super) fn keep(&mut self, proof: &VerifiedProof, decision: Vec<u8>) {
        self.kept.push(Kept {
            proof: proof.message().clone(),
            decision,
        });
    }

    /// One of its people, as the partner vouches for them in a call; `person` is the partner's own
    /// pseudonym.
    pub(super) fn person(&self, person: &str, function: &str, reason: &str) -> Step<ActingPerson> {
        let reference = format!("{}/zaak-1", self.spec.name);
        Ok(ActingPerson::parse(person, function, reason, &reference)?)
    }

    /// Sends to one desk and keeps the receipt, be it of a yes or of a no.
    pub(super) async fn offer(&mut self, signal: &Signal, to: To) -> Step<OutcomeReport> {
        let sending = self.partner.signal(&self.desk, signal).to(to);
        let reports = Box::pin(sending.send()).await?;
        self.note(reports)
    }

    /// Keeps what came of something sent to one desk.
    pub(super) fn note(&mut self, reports: Vec<OutcomeReport>) -> Step<OutcomeReport> {
        let [report] = <[OutcomeReport; 1]>::try_from(reports)
            .map_err(|all| Broken(format!("{} outcomes came back, not one", all.len())))?;
        self.tagged.push(report.proof.index());
        self.keep(&report.proof, report.decision.encode_to_vec());
        self.sent
            .extend(report.delivery.map(|id| (id, report.signal)));
        Ok(report)
    }

    /// Its own id of what the recipient knows as `delivery`.
    pub(super) fn signal_of(&self, delivery: DeliveryId) -> Step<SignalId> {
        let found = self.sent.iter().find(|(sent, _)| *sent == delivery);
        let (_, signal) = found.ok_or_else(|| Broken("it was never sent".to_owned()))?;
        Ok(*signal)
    }

    /// Opens the next delivery, which must be of this type from this partner, and acknowledges it
    /// twice: the system has it, a person opened it.
    pub(super) async fn open(&mut self, from: &Self, signal_type: &str) -> Step<Opened> {
        let opened = self.arrival(from, signal_type, PATIENCE).await?;
        let human = Acknowledgement::opened(self.staff.acts, self.staff.role)?;
        for acknowledgement in [Acknowledgement::Delivered, human] {
            let proof = Box::pin(self.inbox.acknowledge(&opened, &acknowledgement)).await?;
            // What names nobody has nobody's tag.
            if !opened.subjects.is_empty() {
                self.tagged.push(proof.index());
            }
            self.keep(&proof, Vec::new());
        }
        Ok(opened)
    }

    /// The next delivery, which must be of this type from this partner; nothing is acknowledged yet.
    pub(super) async fn arrival(
        &mut self,
        from: &Self,
        signal_type: &str,
        within: Duration,
    ) -> Step<Opened> {
        let asked = signal_type == ANSWER;
        let waited = if asked {
            self.answers.pop_front()
        } else {
            None
        };
        let opened = match waited {
            Some(opened) => opened,
            None => self.delivery(asked, within).await?,
        };
        let came = (opened.header.signal_type.as_str(), opened.route.source);
        ensure(
            came == (signal_type, from.partner.oin()),
            "another signal came than was sent",
        )?;
        self.keep(&opened.proof, opened.decision.encode_to_vec());
        Ok(opened)
    }

    async fn delivery(&mut self, asked: bool, within: Duration) -> Step<Opened> {
        loop {
            match self.next(within).await? {
                Item::Delivery(opened) if opened.answers.is_some() && !asked => {
                    self.answers.push_back(*opened);
                }
                Item::Delivery(opened) => return Ok(*opened),
                other => return Err(Broken(format!("instead of a delivery came {other:?}"))),
            }
        }
    }

    /// The next event at its desk, which must be of this kind.
    pub(super) async fn event(&mut self, kind: EventKind) -> Step<Event> {
        match self.next(PATIENCE).await? {
            Item::Event(event) if event.kind == kind => Ok(event),
            other => Err(Broken(format!("instead of an event came {other:?}"))),
        }
    }

    /// What comes next to its desk.
    async fn next(&mut self, within: Duration) -> Step<Item> {
        item(&mut self.inbox, within).await
    }
}

/// What comes next in a stream, but for signs of life.
pub(super) async fn item(inbox: &mut Inbox, within: Duration) -> Step<Item> {
    let next = async {
        loop {
            match Box::pin(inbox.next()).await? {
                Item::Idle => {}
                item => return Ok::<_, Broken>(item),
            }
        }
    };
    let late = |_| Broken(format!("nothing came within {} seconds", within.as_secs()));
    tokio::time::timeout(within, next).await.map_err(late)?
}
