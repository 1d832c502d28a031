//! What the tests share: a log with its keys, and two partners with a hub's hand between them.

use crate::envelope::{Making, make};
use crate::{
    Identity, LogConfig, LogKeys, SeenCheckpoint, Signal, SignalBuilder, Subject, TagKeys,
};
use prost::Message;
use seinhuis_domain::agreement::{Content, Placeholders, from_toml, hash};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::entry::{Leaf, LeafHead, Parts, Slip, TagKey};
use seinhuis_domain::signal::{Regime, Route, WpgArticle, decode_header, decode_route};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_merkle::{
    Checkpoint, KeyName, NoteSigner, Receipt, TileKind, TilePath, Tree, TreeSize,
    consistency_proof, encode_bundle, leaf_hash,
};
use seinhuis_proto::v1;
use seinhuis_pseudonym::{
    CitizenNumber, Conversion, Domain, KeyContext, SessionKey, Transcryptor, TranscryptorSecrets,
};
use seinhuis_seal::manifest::{Label, Manifest, Reader, key_leaf};
use seinhuis_seal::record::SealKeyPair;
use seinhuis_testkit::pki::{Pki, Purpose, SigningAlgorithm};
use seinhuis_types::{AgreementHash, Digest, LeafIndex, Millis, Oin};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) const NOW: Millis = Millis(1_790_000_000_000);
pub(crate) const POLICE: &str = "00000099000000010000";
pub(crate) const CARE: &str = "00000099000000050000";
const ORIGIN: &str = "hub.example/log/2026h2";
const RULESET: Digest = Digest([5; 32]);

pub(crate) fn oin(text: &str) -> Oin {
    text.parse().unwrap()
}

fn log_signer() -> NoteSigner {
    NoteSigner::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]).unwrap()
}

fn receipt_signer() -> NoteSigner {
    let name = Receipt::key_name(&KeyName::parse(ORIGIN).unwrap()).unwrap();
    NoteSigner::from_seed(name, &[2; 32]).unwrap()
}

pub(crate) fn log_keys() -> LogKeys {
    LogKeys::new(&LogConfig {
        origin: ORIGIN.to_owned(),
        vkey: log_signer().verifier().to_string(),
        receipt_vkey: receipt_signer().verifier().to_string(),
    })
    .unwrap()
}

/// A log of leaves, as a hub publishes it.
pub(crate) struct Log(Vec<Vec<u8>>);

impl Log {
    pub(crate) fn with(entries: usize) -> Self {
        Self::of(0..entries)
    }

    pub(crate) fn of(entries: impl Iterator<Item = usize>) -> Self {
        Self(entries.map(|entry| entry.to_be_bytes().to_vec()).collect())
    }

    pub(crate) fn of_leaves(leaves: Vec<Vec<u8>>) -> Self {
        Self(leaves)
    }

    pub(crate) fn grow(&mut self, entries: usize) {
        let more = Self::of(self.0.len()..entries);
        self.0.extend(more.0);
    }

    fn hashes(&self) -> Vec<Digest> {
        self.0.iter().map(|leaf| leaf_hash(leaf)).collect()
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        for leaf in self.hashes() {
            tree.append(leaf).unwrap();
        }
        tree
    }

    pub(crate) fn seen(&self) -> SeenCheckpoint {
        let tree = self.tree();
        let origin = KeyName::parse(ORIGIN).unwrap();
        let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
        let note = checkpoint.sign(&log_signer()).unwrap().to_string();
        SeenCheckpoint { checkpoint, note }
    }

    pub(crate) fn consistency(&self, from: u64) -> Vec<Digest> {
        consistency_proof(&self.hashes(), TreeSize::new(from).unwrap()).unwrap()
    }

    /// Writes checkpoint, tiles and bundles; gives the paths of tiles and bundles.
    pub(crate) fn write(&self, folder: &Path) -> Vec<PathBuf> {
        let mut tree = self.tree();
        let size = tree.size();
        let mut files: Vec<(TilePath, Vec<u8>)> = tree
            .take_tiles()
            .into_iter()
            .map(|tile| (tile.path, tile.bytes))
            .collect();
        for (index, entries) in (0u64..).zip(self.0.chunks(256)) {
            let path = TilePath::in_tree(TileKind::Entries, index, size).unwrap();
            files.push((path, encode_bundle(entries).unwrap()));
        }
        std::fs::write(folder.join("checkpoint"), self.seen().note).unwrap();
        let write = |(path, bytes): (TilePath, Vec<u8>)| {
            let path = folder.join(path.to_string());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, bytes).unwrap();
            path
        };
        files.into_iter().map(write).collect()
    }
}

/// A proof as the hub gives it, of the parts that are given.
pub(crate) fn prove(slip: &Slip, parts: &Parts<'_>, decision: &[u8]) -> v1::Proof {
    let head = LeafHead::new(NOW.hour(), 1, RULESET).unwrap();
    let (leaf, openings) = head.seal(slip, parts, &mut rand::rng());
    let leaf: [u8; Leaf::LEN] = leaf.to_bytes();
    let receipt = Receipt {
        origin: KeyName::parse(ORIGIN).unwrap(),
        index: LeafIndex(7),
        leaf_hash: leaf_hash(&leaf),
        decision_digest: crate::proof::sha256(decision),
        commit_ms: NOW,
    };
    let open = seinhuis_domain::entry::Part::ALL
        .into_iter()
        .filter_map(|part| {
            let bytes = parts.part(part).to_vec();
            let opening = openings.part(part).as_bytes().to_vec();
            (!bytes.is_empty()).then(|| v1::OpenPart {
                part: part.byte().into(),
                bytes,
                opening,
            })
        });
    v1::Proof {
        leaf: leaf.to_vec(),
        index: 7,
        receipt: receipt.sign(&receipt_signer()).unwrap().to_string(),
        parts: open.collect(),
        tlog_proof: String::new(),
    }
}

pub(crate) fn outcome(act: v1::Act, permitted: bool, decision: &[u8]) -> Vec<u8> {
    let digest = if decision.is_empty() {
        Vec::new()
    } else {
        crate::proof::sha256(decision).0.to_vec()
    };
    v1::OutcomePart {
        act: act.into(),
        permitted,
        decision_digest: digest,
    }
    .encode_to_vec()
}

pub(crate) fn decision(act: v1::Act, route: &Route, permitted: bool) -> v1::Decision {
    v1::Decision {
        act: act.into(),
        permitted,
        source_oin: route.source.to_string(),
        recipient_oin: route.recipient.to_string(),
        recipient_desk: route.desk.to_string(),
        signal_type: "INC_HOME".into(),
        agreement_hash: route.agreement.to_string(),
        clause_id: route.clause.to_string(),
        purpose: "P-REPORT".into(),
        ruleset_root: RULESET.0.to_vec(),
        ..v1::Decision::default()
    }
}

/// Police and Veilig Thuis, with an agreement under which `injury` does not leave.
pub(crate) struct World {
    pub(crate) pki: Pki,
    pub(crate) police: Signer,
    pub(crate) trust: SigningTrust,
    pub(crate) content: Content,
    pub(crate) hash: AgreementHash,
    pub(crate) tags: TagKeys,
    pub(crate) seal: SealKeyPair,
    pub(crate) session: SessionKey,
    police_session: SessionKey,
    transcryptors: [Transcryptor; 2],
    _dir: tempfile::TempDir,
}

pub(crate) fn context(oin: &str) -> KeyContext {
    let desk = if oin == CARE {
        "intake"
    } else {
        "huiselijk-geweld"
    };
    KeyContext {
        oin: oin.parse().unwrap(),
        desk: desk.parse().unwrap(),
        epoch: 1,
    }
}

pub(crate) fn config(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(path)
}

/// The shipped catalogue, after `edit`.
pub(crate) fn catalogue(edit: impl Fn(String) -> String) -> Catalogue {
    let files = std::fs::read_dir(config("catalogue"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    });
    let files: Vec<(String, String)> = files
        .map(|path| {
            (
                path.display().to_string(),
                edit(std::fs::read_to_string(&path).unwrap()),
            )
        })
        .collect();
    Catalogue::load(&files).unwrap()
}

pub(crate) fn signer(pki: &Pki, owner: &str) -> Signer {
    let signing = Purpose::Signing(SigningAlgorithm::Es256);
    let issued = pki.issue(&signing, oin(owner), NOW).unwrap();
    Signer::from_pem(issued.key_pem().as_bytes(), issued.chain_pem().as_bytes()).unwrap()
}

pub(crate) fn trust(pki: &Pki) -> SigningTrust {
    let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed).unwrap();
    SigningTrust::new(Arc::new(anchors))
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::create(&dir.path().join("pki"), NOW).unwrap();
        let rng = &mut rand::rng();
        let transcryptors =
            [(); 2].map(|()| Transcryptor::new(TranscryptorSecrets::generate(rng).unwrap()));
        let session = |oin| {
            let [a, b] = &transcryptors;
            let context = context(oin);
            let shares = [a.key_share(&context), b.key_share(&context)];
            SessionKey::combine(&[a.blinded_part(), b.blinded_part()], &shares).unwrap()
        };
        let text = std::fs::read_to_string(config("agreements/two-party.toml")).unwrap();
        let places = Placeholders {
            catalogue_hash: Some(catalogue(|text| text).hash()),
            policy_hash: Some(Digest([6; 32])),
        };
        let bytes = from_toml(&text.replacen("  \"injury\",\n", "", 1), &places).unwrap();
        Self {
            police: signer(&pki, POLICE),
            trust: trust(&pki),
            content: Content::parse(&bytes).unwrap(),
            hash: hash(&bytes).unwrap(),
            tags: TagKeys::new([(1, TagKey::from_slice(&[9; 32]).unwrap())]),
            seal: SealKeyPair::generate(rng).unwrap(),
            session: session(CARE),
            police_session: session(POLICE),
            transcryptors,
            pki,
            _dir: dir,
        }
    }

    pub(crate) fn route(&self) -> Route {
        Route {
            source: oin(POLICE),
            source_desk: context(POLICE).desk,
            recipient: oin(CARE),
            desk: context(CARE).desk,
            agreement: self.hash.clone(),
            clause: self.content.clauses[0].id.clone(),
            epoch: 1,
            hour: NOW.hour(),
            nonce: [4; 16],
            signing_x5t: self.police.x5t(),
            seal_kid: "seal-e1".parse().unwrap(),
            recipient_pseudonym_kid: "pseudonym-e1".parse().unwrap(),
            source_pseudonym_kid: "pseudonym-e1".parse().unwrap(),
        }
    }

    pub(crate) fn signal() -> SignalBuilder {
        let number = || CitizenNumber::parse("123456782").unwrap();
        let victim = Subject::number("123456782", "victim", "0-11").unwrap();
        Signal::build("INC_HOME", "P-REPORT")
            .happened(NOW.hour(), "kennemerland")
            .because("report-task", "no-safety")
            .under(Regime::Wpg, Some(WpgArticle::Art8))
            .subject(victim.with_identity(Identity::Number(number())))
            .subject(Subject::number("111222333", "suspect", "12-15").unwrap())
            .field("form", "partner")
            .field("severity", "S1")
            .case([8; 16], &[])
            .by("p-17", "police-officer")
            .decided("p-2", "report-task")
    }

    pub(crate) fn envelope(&self, signal: &Signal, catalogue: &Catalogue) -> v1::Envelope {
        let making = Making {
            now: NOW,
            signer: &self.police,
            tags: &self.tags,
            catalogue,
            session: &self.police_session.public(),
            seal: self.seal.public(),
        };
        make(signal, &self.route(), &making, &mut rand::rng()).unwrap()
    }

    fn convert(&self, subjects: &[v1::SubjectRef]) -> Vec<[u8; 64]> {
        let (from, to) = (context(POLICE), context(CARE));
        let conversion = Conversion::new(Domain::Number, from, to.domain(), to).unwrap();
        let mut key = self.police_session.public();
        let mut ciphertexts: Vec<[u8; 64]> = subjects
            .iter()
            .map(|subject| subject.ciphertext.as_slice().try_into().unwrap())
            .collect();
        for transcryptor in &self.transcryptors {
            let done = transcryptor
                .convert(&conversion, &key, &ciphertexts, &mut rand::rng())
                .unwrap();
            (key, ciphertexts) = (done.output_key, done.ciphertexts);
        }
        ciphertexts
    }

    /// What a hub makes of an envelope that is permitted, with the fields of `hide` withheld.
    pub(crate) fn deliver(&self, envelope: &v1::Envelope, hide: &[&str]) -> v1::Delivery {
        let route = decode_route(&envelope.route_leaf).unwrap();
        let header = decode_header(&envelope.header_leaf).unwrap();
        let mut record = envelope.record.clone().unwrap();
        let mut clear = vec![
            (Label::Route, envelope.route_leaf.clone()),
            (Label::Header, envelope.header_leaf.clone()),
            (Label::Source, envelope.source_leaf.clone()),
        ];
        for (ordinal, subject) in (0u8..).zip(&envelope.subjects) {
            clear.push((
                Label::Subject(ordinal),
                [&[1], subject.ciphertext.as_slice()].concat(),
            ));
        }
        clear.push((
            Label::Key,
            key_leaf(&record.kid.parse().unwrap(), &record.sealed_key),
        ));
        for field in &record.fields {
            clear.push((
                Label::Field(field.path.parse().unwrap()),
                field.bytes.clone(),
            ));
        }
        let clear = clear
            .into_iter()
            .map(|(label, bytes)| (label, Cow::Owned(bytes)));
        let mut manifest = Manifest::assemble(Reader::Hub, clear, [], &envelope.salts).unwrap();
        manifest.withhold_for_recipient(|path| !hide.contains(&path.as_str()));
        record
            .fields
            .retain(|field| !hide.contains(&field.path.as_str()));
        let withheld = hide
            .iter()
            .filter(|path| header.fields.iter().any(|f| f.as_str() == **path));
        let withheld: Vec<v1::Withheld> = withheld
            .map(|path| v1::Withheld {
                path: (*path).to_owned(),
                ..v1::Withheld::default()
            })
            .collect();
        let mut decision = decision(v1::Act::Release, &route, true);
        decision.withheld.clone_from(&withheld);
        let granted = header
            .fields
            .iter()
            .filter(|path| !hide.contains(&path.as_str()));
        decision.granted = granted.map(ToString::to_string).collect();
        let decision = decision.encode_to_vec();
        let shared = v1::SharedPart {
            delivery_id: vec![3; 16],
            ..v1::SharedPart::default()
        };
        let parts = Parts {
            shared: &shared.encode_to_vec(),
            outcome: &outcome(v1::Act::Release, true, &decision),
            ..Parts::default()
        };
        let subjects = envelope
            .subjects
            .iter()
            .zip(self.convert(&envelope.subjects));
        v1::Delivery {
            delivery_id: vec![3; 16],
            route_leaf: envelope.route_leaf.clone(),
            header_leaf: envelope.header_leaf.clone(),
            hidden: manifest
                .withheld()
                .map(|leaf| v1::LeafHash {
                    index: u32::try_from(leaf.index).unwrap(),
                    hash: leaf.hash.0.to_vec(),
                    label: leaf.label.to_string(),
                })
                .collect(),
            subjects: subjects
                .map(|(subject, converted)| v1::ConvertedSubject {
                    kind: v1::IdKind::Number.into(),
                    original: subject.ciphertext.clone(),
                    converted: converted.to_vec(),
                    proofs: Vec::new(),
                })
                .collect(),
            record: Some(record),
            salts: manifest.salts(),
            manifest_signature: envelope.manifest_signature.clone(),
            signing_chain: envelope.signing_chain.clone(),
            handling: Some(v1::Handling::default()),
            withheld,
            proof: Some(prove(&Slip::random(&mut rand::rng()), &parts, &decision)),
            decision,
        }
    }
}
