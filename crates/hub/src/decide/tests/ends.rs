//! Until when a permit stands.

use crate::command::StatementBytes;
use crate::decide::permit_end;
use crate::testing::{BEGIN, Bench, POLICE, caller, desk, header, idempotency, oin, run};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_store::Store;
use seinhuis_types::{KeyId, Millis};

#[test]
fn a_permit_stands_for_thirty_seconds() {
    let end = BEGIN.plus(30_000);
    assert_eq!(permit_end(&header(None), BEGIN), end);
}

#[test]
fn a_permit_for_a_break_glass_ends_with_its_time_box() {
    let end = BEGIN.plus(30_000);
    for (until, expected) in [
        (BEGIN.plus(1), BEGIN.plus(1)),
        (end.minus(1), end.minus(1)),
        (end, end),
        (end.plus(1), end),
        (BEGIN.plus(4 * Millis::HOUR), end),
    ] {
        assert_eq!(permit_end(&header(Some(until)), BEGIN), expected);
    }
}

#[test]
fn a_permit_ends_with_the_certificate_that_a_key_was_stated_under() {
    run(async {
        // Of a year 25 days are left, or more than the key's own 90.
        for (age, outlived) in [(340, true), (0, false)] {
            let bench = Bench::start().await;
            let signer = bench.signer_issued(POLICE, BEGIN.minus(age * Millis::DAY));
            let own = BEGIN.plus(90 * Millis::DAY);
            let statement = KeyStatement {
                oin: oin(POLICE),
                desk: desk(POLICE),
                key_use: KeyUse::Pseudonym,
                kid: KeyId::parse("pseudonym-e1").unwrap(),
                suite: 1,
                key: vec![7; 32],
                epoch: 1,
                not_before: BEGIN,
                not_after: own,
            };
            let statement = StatementBytes {
                jws: statement.sign(&signer).unwrap(),
                chain: signer.chain().to_vec(),
            };
            let (police, key) = (caller(POLICE, 0), idempotency());
            let stated = bench.hub.publish_key(&police, &key, statement);
            stated.await.unwrap();
            let trust = &bench.hub.parts.trust;
            let certificate = trust.verify_chain(signer.chain(), BEGIN).unwrap();
            // Its last millisecond is the last in which anything is done on it.
            let over = certificate.not_after().plus(1);
            assert_eq!(over < own, outlived);
            let seen = bench.hub.parts.store.snapshot().unwrap();
            let (_, end) = bench
                .hub
                .keys_row(&seen, oin(POLICE), &desk(POLICE), BEGIN)
                .unwrap();
            assert_eq!(end, Some(over.min(own)));
        }
    });
}
