//! A bundle proves itself, and no byte of it can be another.

use super::*;
use crate::testing::{Log, NOW, POLICE, log_keys, oin, outcome, signer, trust};
use seinhuis_domain::entry::{LeafHead, Parts, Slip};
use seinhuis_merkle::inclusion_proof;
use seinhuis_testkit::pki::Pki;

struct Maker {
    _dir: tempfile::TempDir,
    pki: Pki,
    signer: Signer,
}

impl Maker {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::create(&dir.path().join("pki"), NOW).unwrap();
        let signer = signer(&pki, POLICE);
        Self {
            _dir: dir,
            pki,
            signer,
        }
    }

    fn opened(&self, bytes: &[u8]) -> Result<VerifiedBundle, BundleError> {
        open_bundle(bytes, &trust(&self.pki), &log_keys())
    }

    fn refused(&self, content: &v1::EvidenceBundle) -> String {
        let bytes = seal(&self.signer, content).unwrap();
        self.opened(&bytes).unwrap_err().to_string()
    }
}

/// Three entries of readings, the second and third of which are in the bundle.
fn content() -> v1::EvidenceBundle {
    let mut sealed = Vec::new();
    for n in 0..3u64 {
        let reading = v1::RecipientPart {
            read_index: n,
            ..v1::RecipientPart::default()
        };
        let (recipient, outcome) = (reading.encode_to_vec(), outcome(v1::Act::Read, true, &[]));
        let parts = Parts {
            recipient: &recipient,
            outcome: &outcome,
            ..Parts::default()
        };
        let head = LeafHead::new(NOW.hour(), 1, Digest([5; 32])).unwrap();
        let rng = &mut rand::rng();
        let (leaf, openings) = head.seal(&Slip::random(rng), &parts, rng);
        let open = [
            (Part::Recipient, recipient.clone()),
            (Part::Outcome, outcome.clone()),
        ];
        let open = open.map(|(part, bytes)| v1::OpenPart {
            part: part.byte().into(),
            bytes,
            opening: openings.part(part).as_bytes().to_vec(),
        });
        sealed.push((leaf.to_bytes().to_vec(), open.to_vec()));
    }
    let leaves: Vec<Vec<u8>> = sealed.iter().map(|(leaf, _)| leaf.clone()).collect();
    let hashes: Vec<Digest> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let entries = (0u64..).zip(sealed).skip(1).map(|(index, (leaf, parts))| {
        let proof = inclusion_proof(&hashes, LeafIndex(index)).unwrap();
        v1::BundleEntry {
            index,
            leaf,
            parts,
            inclusion: proof.iter().map(|hash| hash.0.to_vec()).collect(),
        }
    });
    told(v1::EvidenceBundle {
        maker_oin: POLICE.into(),
        controller_oin: POLICE.into(),
        made_ms: NOW.0,
        checkpoint: Log::of_leaves(leaves).seen().note,
        filter: Some(v1::EntryFilter::default()),
        entries: entries.collect(),
        catalogue_hash: vec![1; 32],
        policy_hash: vec![2; 32],
        ..v1::EvidenceBundle::default()
    })
}

/// With the summary that follows from it.
fn told(mut content: v1::EvidenceBundle) -> v1::EvidenceBundle {
    (content.summary_nl, content.summary_en) = summary::of(&content).unwrap();
    content
}

#[test]
fn a_bundle_opens_and_says_what_is_in_it() {
    let maker = Maker::new();
    let bytes = seal(&maker.signer, &content()).unwrap();
    let opened = maker.opened(&bytes).unwrap();
    assert_eq!(
        (opened.maker, opened.controller),
        (oin(POLICE), oin(POLICE))
    );
    assert_eq!(opened.content.entries.len(), 2);
    let nl = &opened.content.summary_nl;
    assert!(nl.contains("inzage in een logregel: 2 toegestaan"), "{nl}");
}

#[test]
fn no_byte_of_a_bundle_can_be_another() {
    let maker = Maker::new();
    let bytes = seal(&maker.signer, &content()).unwrap();
    let (trust, keys) = (trust(&maker.pki), log_keys());
    for place in 0..bytes.len() {
        let mut doctored = bytes.clone();
        doctored[place] ^= 1 << (place % 8);
        assert!(open_bundle(&doctored, &trust, &keys).is_err(), "{place}");
    }
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(open_bundle(&bytes[..cut], &trust, &keys).is_err(), "{cut}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(open_bundle(&longer, &trust, &keys).is_err());
}

#[test]
fn what_its_maker_doctors_before_signing_is_refused_too() {
    let maker = Maker::new();
    type Change = fn(&mut v1::EvidenceBundle);
    let cases: [(Change, &str); 8] = [
        (|b| b.entries.swap(0, 1), "out of order"),
        (
            |b| b.entries[0].leaf[20] ^= 1,
            "not what the leaf commits to|is not in the log",
        ),
        (
            |b| b.entries[0].parts[0].bytes[0] ^= 1,
            "not what the leaf commits to",
        ),
        (|b| b.entries[0].index = 0, "is not in the log"),
        (|b| drop(b.entries[0].inclusion.pop()), "is not in the log"),
        (|b| b.entries[0].parts.truncate(1), "its outcome is missing"),
        (|b| b.summary_nl.push('.'), "its summary"),
        (
            |b| b.maker_oin = "00000099000000050000".into(),
            "another organisation",
        ),
    ];
    for (change, expected) in cases {
        let mut doctored = content();
        change(&mut doctored);
        let refused = maker.refused(&doctored);
        assert!(
            expected.split('|').any(|words| refused.contains(words)),
            "{expected}: {refused}"
        );
    }
    // Another log's signature, and an agreement that is not there.
    let mut other = content();
    other.checkpoint = other.checkpoint.replace("hub.example", "hub.exampel");
    assert!(maker.refused(&other).contains("checkpoint"));
    let mut extra = content();
    extra.agreements.push(v1::Agreement::default());
    assert!(maker.refused(&told(extra)).contains("agreement"));
}
