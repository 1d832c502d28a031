//! The hours that a registration may name, to the millisecond.

use super::*;
use crate::testing::{BEGIN, Bench, CARE, caller, idempotency, refused, run};
use seinhuis_types::Millis;

/// What a registration for these hours is refused by: the term, or what is looked at after it.
async fn told(bench: &Bench, agreement: &AgreementHash, from: u32, until: u32) -> ErrorCode {
    let source = Source {
        acting_person: b"worker-9".to_vec(),
        acting_role: None,
        decided_by: b"lead-2".to_vec(),
        reason: None,
        second_approval: None,
        processing_activity: String::new(),
        prior_call: None,
    };
    let command = RegisterConsent {
        idempotency: idempotency(),
        consent: ConsentHandle([3; 16]),
        agreement: agreement.clone(),
        clause: ClauseId::parse("vt-pol-feedback").unwrap(),
        acts: Vec::new(),
        from: Hour(from),
        until: Hour(until),
        attested: false,
        source: Signed {
            value: source,
            bytes: Vec::new(),
        },
        slip: crate::release::random_slip(),
    };
    refused(bench.hub.register_consent(&caller(CARE, 0), command).await)
}

#[test]
fn a_registration_ends_after_now_and_within_thirty_one_days_to_the_hour() {
    run(async {
        let bench = Bench::start().await;
        let agreement = bench.agree(&[]).await;
        let hour = BEGIN.hour().0;
        let (term, next) = (ErrorCode::ConsentTerm, ErrorCode::ConsentNotTaken);
        let longest = 31 * 24;
        let cases = [
            (hour, hour + longest, next),
            (hour, hour + longest + 1, term),
            // As long, and further off than that.
            (hour + 1, hour + longest, next),
            (hour + 1, hour + longest + 1, term),
            // As far off, and longer than that.
            (hour - 1, hour + longest - 1, next),
            (hour - 1, hour + longest, term),
            (hour, hour + 1, next),
            (hour + 1, hour + 1, term),
            (hour + 2, hour + 1, term),
        ];
        for (from, until, expected) in cases {
            let told = told(&bench, &agreement, from, until).await;
            assert_eq!(told, expected, "{} {}", from + 9 - hour, until - hour);
        }
        // In the last millisecond before its last hour ends there is something left of it.
        let end = BEGIN.plus(Millis::HOUR);
        for (at, expected) in [(end.minus(1), next), (end, term), (end.plus(1), term)] {
            bench.go_to(at);
            assert_eq!(told(&bench, &agreement, hour, hour + 1).await, expected);
        }
    });
}
