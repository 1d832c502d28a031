//! One partner of the story: its SDK, its desk, what it keeps.
//!
//! Owns: sending and opening through the SDK, and every receipt that came back. Must not know: the
//! story.

use super::story::{Staff, staff};
use super::tell::{Broken, Step, ensure};
use prost::Message;
use seinhuis_client::{
    Acknowledgement, Inbox, Item, KeyTerm, Opened, OutcomeReport, Partner, PartnerConfig, Persons,
    SeenCheckpoint, Signal, To, VerifiedProof,
};
use seinhuis_proto::v1;
use seinhuis_testkit::sandbox::{PartnerSpec, Sandbox};
use seinhuis_types::{Desk, LeafIndex, Millis, SystemClock};
use std::sync::Arc;
use std::time::Duration;

/// How long a delivery may be on its way.
const PATIENCE: Duration = Duration::from_secs(10);
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

    /// Sends to one desk and keeps the receipt, be it of a yes or of a no.
    pub(super) async fn offer(&mut self, signal: &Signal, to: To) -> Step<OutcomeReport> {
        let sending = self.partner.signal(&self.desk, signal).to(to);
        let mut reports = Box::pin(sending.send()).await?;
        let report = reports
            .pop()
            .ok_or_else(|| Broken("no outcome came back".to_owned()))?;
        self.tagged.push(report.proof.index());
        self.keep(&report.proof, report.decision.encode_to_vec());
        Ok(report)
    }

    /// Opens the next delivery, which must be of this type from this partner, and acknowledges it
    /// twice: the system has it, a person opened it.
    pub(super) async fn open(&mut self, from: &Self, signal_type: &str) -> Step<Opened> {
        let opened = loop {
            let next = tokio::time::timeout(PATIENCE, Box::pin(self.inbox.next())).await;
            match next.map_err(|_| Broken("no delivery came within 10 seconds".to_owned()))?? {
                Item::Delivery(opened) => break *opened,
                Item::Idle => {}
                other => return Err(Broken(format!("instead of a delivery came {other:?}"))),
            }
        };
        let came = (opened.header.signal_type.as_str(), opened.route.source);
        ensure(
            came == (signal_type, from.partner.oin()),
            "another signal came than was sent",
        )?;
        self.keep(&opened.proof, opened.decision.encode_to_vec());
        let human = Acknowledgement::opened(self.staff.acts, self.staff.role)?;
        for acknowledgement in [Acknowledgement::Delivered, human] {
            let proof = Box::pin(self.inbox.acknowledge(&opened, &acknowledgement)).await?;
            self.tagged.push(proof.index());
            self.keep(&proof, Vec::new());
        }
        Ok(opened)
    }
}
