//! The first and the last millisecond of each warning, and what of it is told.

use super::*;
use crate::command::StatementBytes;
use crate::testing::{BEGIN, Bench, CARE, POLICE, caller, desk, idempotency, oin, run};
use seinhuis_identity::key_statement::{KeyStatement, KeyUse};
use seinhuis_identity::signing::Signer;
use seinhuis_types::KeyId;

/// The days and ends of the warnings of one kind, the oldest first.
fn given(bench: &Bench, party: usize, kind: WarningKind) -> Vec<(u32, u64)> {
    let all = bench.hub.warnings(&caller(party, 0)).unwrap();
    let of = all.iter().rev().filter(|warning| warning.kind() == kind);
    of.map(|warning| (warning.days, warning.ends_ms)).collect()
}

/// Goes to each moment before `end`, passes, and says which warnings were given by then.
async fn passes(bench: &Bench, end: Millis, kind: WarningKind, moments: &[(u64, &[u32])]) {
    for (before, expected) in moments {
        bench.go_to(end.minus(*before));
        bench.hub.pass_warnings().await.unwrap();
        let expected: Vec<_> = expected.iter().map(|days| (*days, end.0)).collect();
        assert_eq!(given(bench, POLICE, kind), expected, "{before} ms before");
    }
}

const DAYS: [u64; 3] = [90 * Millis::DAY, 30 * Millis::DAY, 7 * Millis::DAY];

#[test]
fn a_tls_certificate_is_over_after_its_last_millisecond_and_warned_of_before() {
    run(async {
        let end = BEGIN.plus(100 * Millis::DAY);
        let kind = WarningKind::TlsCertificateEnds;
        let connected = async || {
            let bench = Bench::start().await;
            let system = caller(POLICE, 0).system;
            bench.hub.saw_certificate(system, end.minus(1));
            // Of a system that is not registered nobody is told.
            bench.hub.saw_certificate(Digest([9; 32]), end.minus(1));
            bench
        };
        let [quarter, month, week] = DAYS;
        let moments: [(u64, &[u32]); 7] = [
            (quarter + 1, &[]),
            (quarter, &[90]),
            (month + 1, &[90]),
            (month, &[90, 30]),
            (week + 1, &[90, 30]),
            (week, &[90, 30, 7]),
            (1, &[90, 30, 7]),
        ];
        let bench = connected().await;
        passes(&bench, end, kind, &moments).await;
        assert_eq!(given(&bench, CARE, kind), []);
        // Looked at for the first time: its last millisecond is still told, the moment after it is not.
        passes(&connected().await, end, kind, &[(1, &[7])]).await;
        passes(&connected().await, end, kind, &[(0, &[])]).await;
    });
}

/// States a key of the police, signed by `signer`.
async fn state_key(bench: &Bench, signer: &Signer) {
    let statement = KeyStatement {
        oin: oin(POLICE),
        desk: desk(POLICE),
        key_use: KeyUse::Pseudonym,
        kid: KeyId::parse("pseudonym-e1").unwrap(),
        suite: 1,
        key: vec![7; 32],
        epoch: 1,
        not_before: BEGIN.minus(Millis::HOUR),
        not_after: BEGIN.plus(90 * Millis::DAY),
    };
    let statement = StatementBytes {
        jws: statement.sign(signer).unwrap(),
        chain: signer.chain().to_vec(),
    };
    let (police, key) = (caller(POLICE, 0), idempotency());
    let stated = bench.hub.publish_key(&police, &key, statement);
    stated.await.unwrap();
}

#[test]
fn a_signing_certificate_is_over_after_its_last_millisecond_and_warned_of_before() {
    run(async {
        let kind = WarningKind::SigningCertificateEnds;
        let stated = async || {
            let bench = Bench::start().await;
            // Of a year 25 days are left: as long as its revocation list holds.
            let issued = BEGIN.minus(340 * Millis::DAY);
            let signer = bench.signer_issued(POLICE, issued);
            state_key(&bench, &signer).await;
            let trust = &bench.hub.parts.trust;
            let certificate = trust.verify_chain(signer.chain(), BEGIN).unwrap();
            let end = certificate.not_after().plus(1);
            assert!(trust.verify_chain(signer.chain(), end.minus(1)).is_ok());
            assert!(trust.verify_chain(signer.chain(), end).is_err());
            (bench, end)
        };
        let week = DAYS[2];
        let (bench, end) = stated().await;
        let moments: [(u64, &[u32]); 4] = [
            (end.0 - BEGIN.0, &[30]),
            (week + 1, &[30]),
            (week, &[30, 7]),
            (0, &[30, 7]),
        ];
        passes(&bench, end, kind, &moments).await;
        assert_eq!(given(&bench, CARE, kind), []);
        let (bench, end) = stated().await;
        passes(&bench, end, kind, &[(1, &[7])]).await;
        let (bench, end) = stated().await;
        passes(&bench, end, kind, &[(0, &[])]).await;
    });
}

#[test]
fn a_review_is_warned_of_from_ninety_days_to_its_first_moment() {
    run(async {
        let kind = WarningKind::ReviewDue;
        // 2027-09-01, by UTC days as docs/formats/agreement.md has it.
        let review = Millis(1_819_756_800_000);
        let agreed = async || {
            let bench = Bench::start().await;
            bench.agree(&[]).await;
            bench
        };
        let [quarter, month, week] = DAYS;
        let moments: [(u64, &[u32]); 7] = [
            (quarter + 1, &[]),
            (quarter, &[90]),
            (month + 1, &[90]),
            (month, &[90, 30]),
            (week + 1, &[90, 30]),
            (week, &[90, 30, 7]),
            (0, &[90, 30, 7]),
        ];
        let bench = agreed().await;
        passes(&bench, review, kind, &moments).await;
        let all = [90, 30, 7].map(|days| (days, review.0));
        assert_eq!(given(&bench, CARE, kind), all, "each party is told");
        passes(&agreed().await, review, kind, &[(1, &[7])]).await;
        passes(&agreed().await, review, kind, &[(0, &[])]).await;
    });
}
