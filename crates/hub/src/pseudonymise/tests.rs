//! The hours of a route that are converted.

use super::*;
use crate::testing::{CARE, POLICE, desk, oin, refused};
use seinhuis_types::{AgreementHash, ClauseId, Digest, Hour, KeyId};

fn route(hour: Hour) -> Route {
    let kid = |text| KeyId::parse(text).unwrap();
    Route {
        source: oin(POLICE),
        source_desk: desk(POLICE),
        recipient: oin(CARE),
        desk: desk(CARE),
        agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        clause: ClauseId::parse("pol-vt-report").unwrap(),
        epoch: 1,
        hour,
        nonce: [0; 16],
        signing_x5t: Digest([0; 32]),
        seal_kid: kid("seal-e1"),
        recipient_pseudonym_kid: kid("pseudonym-e1"),
        source_pseudonym_kid: kid("pseudonym-e2"),
    }
}

/// From the first millisecond of the hour before the route's to the last of the twenty-fourth after it.
#[test]
fn a_route_is_converted_from_an_hour_before_its_own_to_a_day_after_it() {
    let hour = Hour(500_000);
    let (first, last) = (
        hour.start().minus(Millis::HOUR),
        hour.start().plus(25 * Millis::HOUR).minus(1),
    );
    let route = route(hour);
    for at in [first, hour.start(), last] {
        in_window(&route, at).unwrap();
    }
    for at in [first.minus(1), last.plus(1)] {
        let told = refused(in_window(&route, at));
        assert_eq!(told, ErrorCode::ConversionRefused, "{at:?}");
    }
}
