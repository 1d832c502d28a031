//! Which statement counts.

use super::*;
use crate::testing::{CARE, NOW, POLICE, oin, signer, trust};
use seinhuis_identity::signing::Signer;
use seinhuis_testkit::pki::Pki;

struct Owner {
    signer: Signer,
    trust: SigningTrust,
    pki: Pki,
    _dir: tempfile::TempDir,
}

fn owner() -> Owner {
    let dir = tempfile::tempdir().unwrap();
    let pki = Pki::create(&dir.path().join("pki"), NOW).unwrap();
    Owner {
        signer: signer(&pki, CARE),
        trust: trust(&pki),
        pki,
        _dir: dir,
    }
}

fn stated(signer: &Signer, key_use: KeyUse, kid: &str, from: Millis) -> v1::KeyStatement {
    stated_of(1, signer, key_use, kid, from)
}

fn stated_of(
    epoch: u16,
    signer: &Signer,
    key_use: KeyUse,
    kid: &str,
    from: Millis,
) -> v1::KeyStatement {
    let statement = KeyStatement {
        oin: signer.oin(),
        desk: "intake".parse().unwrap(),
        key_use,
        kid: kid.parse().unwrap(),
        suite: SUITE,
        key: vec![1; key_use.key_bytes()],
        epoch,
        not_before: from,
        not_after: NOW.plus(Millis::DAY),
    };
    let jws = statement.sign(signer).unwrap();
    v1::KeyStatement {
        jws,
        signing_chain: signer.chain().to_vec(),
    }
}

fn found(owner: &Owner, statements: &[v1::KeyStatement], at: Millis) -> Result<DeskKeys, Incident> {
    newest(
        statements,
        &owner.trust,
        oin(CARE),
        &"intake".parse().unwrap(),
        at,
    )
}

#[test]
fn the_newest_of_each_use_counts_and_of_two_equals_the_last() {
    let owner = owner();
    let of = |key_use, kid: &str, ago| stated(&owner.signer, key_use, kid, NOW.minus(ago));
    let minute = 60 * Millis::SECOND;
    let statements = [
        of(KeyUse::Seal, "new", minute),
        of(KeyUse::Seal, "old", 2 * minute),
        of(KeyUse::Pseudonym, "first", minute),
        of(KeyUse::Pseudonym, "last", minute),
    ];
    let keys = found(&owner, &statements, NOW).unwrap();
    assert_eq!(
        (keys.seal.kid.as_str(), keys.pseudonym.kid.as_str()),
        ("new", "last")
    );
    let too_late = found(&owner, &statements, NOW.plus(Millis::DAY)).unwrap_err();
    assert_eq!(too_late.as_str(), "key-statement");
}

#[test]
fn a_key_of_a_higher_epoch_counts_before_one_that_began_later() {
    let owner = owner();
    let of = |epoch, key_use, kid: &str, ago| {
        stated_of(epoch, &owner.signer, key_use, kid, NOW.minus(ago))
    };
    let statements = [
        of(2, KeyUse::Seal, "next", Millis::HOUR),
        of(1, KeyUse::Seal, "later", 0),
        of(1, KeyUse::Pseudonym, "own", 0),
    ];
    let keys = found(&owner, &statements, NOW).unwrap();
    assert_eq!(keys.seal.kid.as_str(), "next");
    // Keys of two epochs are not of one.
    assert!(!keys.one_epoch(&keys));
    let keys = found(&owner, &statements[1..], NOW).unwrap();
    assert!(keys.one_epoch(&keys));
}

#[test]
fn a_statement_by_anyone_else_does_not_count() {
    let owner = owner();
    let seal = stated(&owner.signer, KeyUse::Seal, "seal", NOW);
    let of = |signer: &Signer| stated(signer, KeyUse::Pseudonym, "pseudonym", NOW);
    let good = of(&owner.signer);
    assert!(found(&owner, &[seal.clone(), good.clone()], NOW).is_ok());
    assert!(
        found(&owner, std::slice::from_ref(&seal), NOW).is_err(),
        "one use is missing"
    );
    let other = of(&signer(&owner.pki, POLICE));
    assert!(
        found(&owner, &[seal.clone(), other], NOW).is_err(),
        "another organisation"
    );
    let stranger = self::owner();
    assert!(
        found(&owner, &[seal.clone(), of(&stranger.signer)], NOW).is_err(),
        "another root"
    );
    let mut altered = good;
    altered.jws.push('A');
    assert!(found(&owner, &[seal, altered], NOW).is_err(), "altered");
    let elsewhere = newest(
        &[
            stated(&owner.signer, KeyUse::Seal, "a", NOW),
            of(&owner.signer),
        ],
        &owner.trust,
        oin(CARE),
        &"frontdesk".parse().unwrap(),
        NOW,
    );
    assert!(elsewhere.is_err(), "another desk");
}

#[test]
fn a_sealing_key_by_a_name_that_was_given_to_another_is_not_found() {
    let owner = owner();
    let statements = [
        stated(&owner.signer, KeyUse::Seal, "again", NOW),
        stated(&owner.signer, KeyUse::Pseudonym, "pseudonym", NOW),
    ];
    let desk = "intake".parse().unwrap();
    let among = |kid: &str, key: &[u8]| {
        let (held, _) = held(&statements, &owner.trust, oin(CARE), &desk, NOW);
        let (kid, pseudonym) = (kid.parse().unwrap(), "pseudonym".parse().unwrap());
        let named = NamedKeys {
            seal: Some((&kid, sha256(key))),
            pseudonym: &pseudonym,
            epoch: 1,
        };
        named.among(held).is_some()
    };
    let key = vec![1; KeyUse::Seal.key_bytes()];
    let before = vec![2; KeyUse::Seal.key_bytes()];
    assert!(among("again", &key));
    assert!(!among("again", &before));
    assert!(!among("another", &key));
}

#[test]
fn names_of_keys_tell_use_and_epoch_and_never_collide() {
    let rng = &mut rand::rng();
    let one = new_kid(KeyUse::Pseudonym, u16::MAX, rng).unwrap();
    let two = new_kid(KeyUse::Pseudonym, u16::MAX, rng).unwrap();
    assert!(one.as_str().starts_with("pseudonym-e65535-"));
    assert_ne!(one, two);
}
