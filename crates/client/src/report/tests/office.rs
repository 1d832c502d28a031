//! An office with a log, and reports on it: what the tests of reports share.

use super::super::make::{Asked, compose};
use super::super::*;
use super::{LOG, STAFF};
use crate::bundle::sealed;
use crate::chains::Chains;
use crate::slips::{About, Slips};
use crate::testing::{CARE, Log, NOW, POLICE, log_keys, oin, outcome, signer, trust};
use crate::{ChainCounts, Entry, TagKeys};
use prost::Message;
use seinhuis_domain::catalogue::AccessForm;
use seinhuis_domain::entry::{
    Class, Leaf, LeafHead, Opening, Part, Parts, Slip, SubjectValue, TagKey,
};
use seinhuis_domain::signal::SourceShield;
use seinhuis_identity::signing::Signer;
use seinhuis_merkle::inclusion_proof;
use seinhuis_testkit::pki::Pki;
use seinhuis_types::{Clock, ManualClock};

/// A recipient with a log: each act is an acknowledgement, in the log as a hub would put it there.
pub(super) struct Office {
    pub(super) dir: tempfile::TempDir,
    pub(super) pki: Pki,
    pub(super) signer: Signer,
    pub(super) tags: TagKeys,
    pub(super) chains: Chains,
    pub(super) me: SubjectValue,
    pub(super) entries: Vec<Entry>,
    pub(super) leaves: Vec<Vec<u8>>,
    pub(super) forms: BTreeMap<LeafIndex, AccessForm>,
    pub(super) erasings: Vec<Entry>,
    pub(super) clock: ManualClock,
    pub(super) classes: BTreeSet<Class>,
}

/// What a step says that erased the office's parts of these entries.
pub(super) fn retention(from: usize, to: usize) -> v1::RetentionAct {
    v1::RetentionAct {
        from_index: u64::try_from(from).unwrap(),
        to_index: u64::try_from(to).unwrap(),
        erased: 2,
        request_index_plus_one: 1,
        controller_oin: CARE.to_owned(),
        ..v1::RetentionAct::default()
    }
}

impl Office {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::create(&dir.path().join("pki"), NOW).unwrap();
        Self {
            signer: signer(&pki, CARE),
            pki,
            tags: TagKeys::new([(1, TagKey::from_slice(&[9; 32]).unwrap())]),
            chains: Chains::of(&dir.path().join("state")),
            dir,
            me: SubjectValue::number("123456782").unwrap(),
            entries: Vec::new(),
            leaves: Vec::new(),
            forms: BTreeMap::new(),
            erasings: Vec::new(),
            clock: ManualClock::at(NOW),
            classes: BTreeSet::new(),
        }
    }

    /// A slip of this office, by which of its systems.
    pub(super) fn slip(
        &self,
        system: &Chains,
        class: impl Into<Class>,
        shield: SourceShield,
    ) -> v1::Slip {
        let class = class.into();
        let slips = Slips {
            tags: &self.tags,
            chains: system,
            origin: LOG,
        };
        let value = self.me.clone();
        let about = [About { value, class }];
        slips.single(1, &about, shield, &mut rand::rng()).unwrap()
    }

    /// An act that came into the log and was answered; gives its place.
    pub(super) fn act(&mut self, class: impl Into<Class>) -> usize {
        let slip = self.slip(&self.chains, class, SourceShield::None);
        self.logged(&slip, true)
    }

    pub(super) fn logged(&mut self, slip: &v1::Slip, answered: bool) -> usize {
        if answered {
            self.chains.proven(&slip.nonce, &mut rand::rng()).unwrap();
        }
        let shared = v1::SharedPart {
            act: v1::Act::Acknowledge.into(),
            source_oin: POLICE.to_owned(),
            recipient_oin: CARE.to_owned(),
            recipient_desk: "intake".to_owned(),
            clause_id: "pol-vt-report".to_owned(),
            ..v1::SharedPart::default()
        };
        let own = v1::RecipientPart {
            acting_person: STAFF.to_vec(),
            chain: slip.chain.clone(),
            ..v1::RecipientPart::default()
        };
        let (shared, own) = (shared.encode_to_vec(), own.encode_to_vec());
        let outcome = outcome(v1::Act::Acknowledge, true, &[]);
        let parts = Parts {
            shared: &shared,
            recipient: &own,
            outcome: &outcome,
            ..Parts::default()
        };
        let head = LeafHead::new(NOW.hour(), 1, Digest([5; 32])).unwrap();
        let read = Slip::parse(&slip.nonce, &slip.tags).unwrap();
        let (leaf, openings) = head.seal(&read, &parts, &mut rand::rng());
        let kinds = [Part::Shared, Part::Recipient, Part::Outcome];
        let open = kinds.map(|part| {
            let opening: &Opening = openings.part(part);
            v1::OpenPart {
                part: part.byte().into(),
                bytes: parts.part(part).to_vec(),
                opening: opening.as_bytes().to_vec(),
            }
        });
        self.entry(leaf, open.to_vec())
    }

    pub(super) fn entry(&mut self, leaf: Leaf, opened: Vec<v1::OpenPart>) -> usize {
        let place = self.leaves.len();
        let index = LeafIndex(u64::try_from(place).unwrap());
        let parts = crate::proof::open_parts(&leaf, &opened).unwrap();
        self.leaves.push(leaf.to_bytes().to_vec());
        self.entries
            .push(Entry::new(index, leaf, true, parts, opened));
        place
    }

    /// The own part of an entry is gone, and an entry of the office's own says so.
    pub(super) fn erase(&mut self, place: usize) {
        self.say_erased(place);
        self.erasing(&retention(place, place));
    }

    /// A step of an erasing, as a hub writes it.
    pub(super) fn erasing(&mut self, what: &v1::RetentionAct) {
        let own = v1::RecipientPart {
            retention: Some(what.clone()),
            ..v1::RecipientPart::default()
        };
        self.step(&own, v1::Act::Erase);
    }

    pub(super) fn step(&mut self, own: &v1::RecipientPart, act: v1::Act) {
        let own = own.encode_to_vec();
        let outcome = outcome(act, true, &[]);
        let parts = Parts {
            recipient: &own,
            outcome: &outcome,
            ..Parts::default()
        };
        let head = LeafHead::new(NOW.hour(), 1, Digest([5; 32])).unwrap();
        let (leaf, openings) = head.seal(&Slip::random(&mut rand::rng()), &parts, &mut rand::rng());
        let open = [Part::Recipient, Part::Outcome].map(|part| v1::OpenPart {
            part: part.byte().into(),
            bytes: parts.part(part).to_vec(),
            opening: openings.part(part).as_bytes().to_vec(),
        });
        self.entry(leaf, open.to_vec());
        self.erasings.extend(self.entries.pop());
    }

    /// The own part of an entry is gone, as the hub says.
    pub(super) fn say_erased(&mut self, place: usize) {
        let entry = &self.entries[place];
        let (index, leaf) = (entry.index, entry.leaf.clone());
        let shown = Entry::new(index, leaf, true, BTreeMap::new(), Vec::new());
        let erased = [v1::Part::Recipient, v1::Part::Shared];
        self.entries[place] = shown.erased_as_told(erased.into_iter());
    }

    pub(super) fn counts(&self) -> Vec<ChainCounts> {
        let found = ChainCounts::load(&self.dir.path().join("state")).unwrap();
        found.into_iter().collect()
    }

    /// A content on some of the entries, with all but its signature.
    pub(super) fn content(
        &self,
        audience: v1::Audience,
        entries: &[Entry],
        counts: &[ChainCounts],
    ) -> v1::AccessReport {
        let asked = Asked {
            audience,
            values: std::slice::from_ref(&self.me),
            tags: &self.tags,
            origin: LOG,
            counts,
            now: self.clock.now(),
            classes: &self.classes,
            maker: oin(CARE),
            erasings: &self.erasings,
        };
        let mut content = compose(&asked, entries, &self.forms);
        let log = Log::of_leaves(self.leaves.clone());
        content.maker_oin = CARE.to_owned();
        content.made_ms = self.clock.now().0;
        content.checkpoint = log.seen().note;
        self.prove(&mut content);
        self.word(content)
    }

    pub(super) fn prove(&self, content: &mut v1::AccessReport) {
        let hashes: Vec<Digest> = self.leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        for entry in &mut content.entries {
            let proof = inclusion_proof(&hashes, LeafIndex(entry.index)).unwrap();
            entry.inclusion = proof.iter().map(|hash| hash.0.to_vec()).collect();
        }
        for one in &mut content.erasings {
            let proof = inclusion_proof(&hashes, LeafIndex(one.index)).unwrap();
            one.inclusion = proof.iter().map(|hash| hash.0.to_vec()).collect();
        }
    }

    /// The words that follow from a content.
    pub(super) fn word(&self, content: v1::AccessReport) -> v1::AccessReport {
        let under = Log::of_leaves(self.leaves.clone()).seen();
        let Ok(report) = judged(content.clone(), oin(CARE), under) else {
            return content;
        };
        let (text_nl, text_en) = words::of(&report);
        v1::AccessReport {
            text_nl,
            text_en,
            ..report.content
        }
    }

    pub(super) fn open(&self, content: &v1::AccessReport) -> Result<AccessReport, ReportError> {
        let made = Millis(content.made_ms);
        let bytes = sealed(MAGIC, &self.signer, made, &content.encode_to_vec()).unwrap();
        open_report(&bytes, &trust(&self.pki), &log_keys())
    }

    pub(super) fn report(&self, audience: v1::Audience, entries: &[Entry]) -> AccessReport {
        self.open(&self.content(audience, entries, &self.counts()))
            .unwrap()
    }

    pub(super) fn without(&self, places: &[usize]) -> Vec<Entry> {
        let all = self.entries.iter().enumerate();
        let kept = all.filter(|(place, _)| !places.contains(place));
        kept.map(|(_, entry)| entry.clone()).collect()
    }
}
