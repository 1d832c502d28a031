//! Two partners under one throw-away PKI, and what an honest hub makes of their envelopes.

use super::{CARE, NOW, POLICE, decision, oin, outcome, prove};
use crate::chains::Chains;
use crate::envelope::{Making, make};
use crate::slips::Slips;
use crate::{Identity, Signal, SignalBuilder, Subject, TagKeys};
use prost::Message;
use seinhuis_domain::agreement::{Content, Placeholders, from_toml, hash};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::entry::{Parts, Slip, TagKey};
use seinhuis_domain::signal::{Header, Regime, Route, WpgArticle, decode_header, decode_route};
use seinhuis_identity::signing::{Signer, SigningTrust};
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_proto::v1;
use seinhuis_pseudonym::{
    CitizenNumber, Conversion, Domain, KeyContext, SessionKey, Transcryptor, TranscryptorSecrets,
};
use seinhuis_seal::manifest::{Label, Manifest, Reader, key_leaf};
use seinhuis_seal::record::SealKeyPair;
use seinhuis_testkit::pki::{Pki, Purpose, SigningAlgorithm};
use seinhuis_types::{AgreementHash, Digest};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Police and Veilig Thuis, with an agreement under which `injury` does not leave.
pub(crate) struct World {
    pub(crate) pki: Pki,
    pub(crate) police: Signer,
    pub(crate) trust: SigningTrust,
    pub(crate) content: Content,
    pub(crate) hash: AgreementHash,
    pub(crate) tags: TagKeys,
    pub(crate) chains: Chains,
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
            chains: Chains::of(&dir.path().join("state")),
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
        self.envelope_by(&self.police, signal, catalogue)
    }

    /// The envelope whose route names the police and its certificate, whoever signs it.
    pub(crate) fn envelope_by(
        &self,
        signer: &Signer,
        signal: &Signal,
        catalogue: &Catalogue,
    ) -> v1::Envelope {
        let making = Making {
            now: NOW,
            signer,
            slips: Slips {
                tags: &self.tags,
                chains: &self.chains,
                origin: "hub.example/log/2026h2",
            },
            clause: self.content.clauses.first(),
            catalogue,
            session: &self.police_session.public(),
            seal: self.seal.public(),
            rectifies: None,
            consent: None,
            about: None,
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
        let mut manifest = whole(envelope);
        manifest.withhold_for_recipient(|path| !hide.contains(&path.as_str()));
        let hidden = manifest.withheld().map(|leaf| v1::LeafHash {
            index: u32::try_from(leaf.index).unwrap(),
            hash: leaf.hash.0.to_vec(),
            label: leaf.label.to_string(),
        });
        let mut record = envelope.record.clone().unwrap();
        record
            .fields
            .retain(|field| !hide.contains(&field.path.as_str()));
        let subjects = envelope
            .subjects
            .iter()
            .zip(self.convert(&envelope.subjects));
        let (decision, withheld, proof) = released(&route, &header, hide);
        v1::Delivery {
            rectifies: Vec::new(),
            answer_by_ms: 0,
            answers: Vec::new(),
            delivery_id: vec![3; 16],
            route_leaf: envelope.route_leaf.clone(),
            header_leaf: envelope.header_leaf.clone(),
            hidden: hidden.collect(),
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
            proof: Some(proof),
            decision,
        }
    }
}

/// Every leaf, as the hub gets it.
fn whole(envelope: &v1::Envelope) -> Manifest<'static> {
    let record = envelope.record.as_ref().unwrap();
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
    Manifest::assemble(Reader::Hub, clear, [], &envelope.salts).unwrap()
}

/// The decision of a release, what it withholds, and its proof.
fn released(
    route: &Route,
    header: &Header,
    hide: &[&str],
) -> (Vec<u8>, Vec<v1::Withheld>, v1::Proof) {
    let mut decision = decision(v1::Act::Release, route, true);
    for path in &header.fields {
        if hide.contains(&path.as_str()) {
            let path = path.to_string();
            decision.withheld.push(v1::Withheld {
                path,
                ..v1::Withheld::default()
            });
        } else {
            decision.granted.push(path.to_string());
        }
    }
    let withheld = decision.withheld.clone();
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
    let proof = prove(&Slip::random(&mut rand::rng()), &parts, &decision);
    (decision, withheld, proof)
}
