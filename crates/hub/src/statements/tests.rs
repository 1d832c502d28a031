//! What is remembered of verified statements, and when it no longer counts.

use super::*;
use seinhuis_identity::key_statement::{KeyUse, SUITE};
use seinhuis_identity::signing::Signer;
use seinhuis_identity::{TestOins, TrustAnchors};
use seinhuis_testkit::pki::{Pki, Purpose, SigningAlgorithm};

const NOW: Millis = Millis(1_790_000_000_000);
const END: Millis = Millis(1_790_000_060_000);

struct World {
    trust: SigningTrust,
    signer: Signer,
    owner: Oin,
    _folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::create(&folder.path().join("pki"), NOW).unwrap();
    let owner = Oin::parse("00000099000000010000").unwrap();
    let purpose = Purpose::Signing(SigningAlgorithm::Es256);
    let issued = pki.issue(&purpose, owner, NOW).unwrap();
    let pem = (issued.key_pem(), issued.chain_pem());
    let signer = Signer::from_pem(pem.0.as_bytes(), pem.1.as_bytes()).unwrap();
    let anchors = TrustAnchors::load(&[pki.root()], &pki.crls(), TestOins::Allowed).unwrap();
    World {
        trust: SigningTrust::new(Arc::new(anchors)),
        signer,
        owner,
        _folder: folder,
    }
}

impl World {
    fn statement(&self) -> StatementBytes {
        let statement = KeyStatement {
            oin: self.owner,
            desk: "intake".parse().unwrap(),
            key_use: KeyUse::Pseudonym,
            kid: "p-1".parse().unwrap(),
            suite: SUITE,
            key: vec![7; 32],
            epoch: 1,
            not_before: NOW,
            not_after: END,
        };
        StatementBytes {
            jws: statement.sign(&self.signer).unwrap(),
            chain: self.signer.chain().to_vec(),
        }
    }
}

#[test]
fn the_same_bytes_are_verified_once() {
    let (world, statements) = (world(), Statements::default());
    let bytes = world.statement();
    let verify = || statements.verify(&bytes, &world.trust, world.owner, NOW);
    let (first, second) = (verify().unwrap(), verify().unwrap());
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn what_is_remembered_ends_with_its_term() {
    let (world, statements) = (world(), Statements::default());
    let bytes = world.statement();
    let at = |at| statements.verify(&bytes, &world.trust, world.owner, at);
    assert!(at(NOW).is_ok());
    assert!(at(END.minus(1)).is_ok());
    assert!(at(END).is_err());
    assert!(at(NOW.minus(1)).is_err());
}

#[test]
fn what_is_remembered_serves_its_owner_and_its_bytes_alone() {
    let (world, statements) = (world(), Statements::default());
    let mut bytes = world.statement();
    let ask = |bytes: &StatementBytes, owner| {
        let found = statements.verify(bytes, &world.trust, owner, NOW);
        found.is_ok()
    };
    assert!(ask(&bytes, world.owner));
    let other = Oin::parse("00000099000000020000").unwrap();
    assert!(!ask(&bytes, other));
    // Another signature over the same payload must be verified, and does not hold.
    let (signed, signature) = bytes.jws.rsplit_once('.').unwrap();
    bytes.jws = format!("{signed}.{}", "A".repeat(signature.len()));
    assert!(!ask(&bytes, world.owner));
}

#[test]
fn a_chain_that_is_not_good_any_more_ends_what_is_remembered() {
    let (world, statements) = (world(), Statements::default());
    let bytes = world.statement();
    assert!(
        statements
            .verify(&bytes, &world.trust, world.owner, NOW)
            .is_ok()
    );
    let strangers = Pki::create(&world._folder.path().join("other"), NOW).unwrap();
    let anchors =
        TrustAnchors::load(&[strangers.root()], &strangers.crls(), TestOins::Allowed).unwrap();
    let trust = SigningTrust::new(Arc::new(anchors));
    assert!(statements.verify(&bytes, &trust, world.owner, NOW).is_err());
}

#[test]
fn no_more_is_remembered_than_its_bound() {
    let world = world();
    let statements = Statements::default();
    let statement = statements
        .verify(&world.statement(), &world.trust, world.owner, NOW)
        .unwrap();
    for n in 0..MOST + 10 {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&(n as u64).to_be_bytes());
        statements.remember(Digest(id), Arc::clone(&statement));
    }
    let known = statements.0.lock().unwrap();
    assert_eq!((known.statements.len(), known.order.len()), (MOST, MOST));
}
