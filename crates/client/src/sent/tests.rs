//! Who has not acknowledged what was told.

use super::RectificationKind::{Corrected, Shielded, Withdrawn};
use super::v1::RectificationStanding as Standing;
use super::*;
use seinhuis_types::Hour;

fn told(kind: RectificationKind, standing: Standing) -> SentRectification {
    let state = match standing {
        Standing::Waits => v1::DeliveryState::Released,
        Standing::Arrived => v1::DeliveryState::Delivered,
        Standing::Acknowledged => v1::DeliveryState::Opened,
        _ => v1::DeliveryState::Ended,
    };
    SentRectification {
        id: DeliveryId([2; 16]),
        kind: Some(kind),
        reason: "unlawful".parse().unwrap(),
        state,
        sent: Hour(500_000).start(),
        received: true,
        acknowledged: None,
        acknowledge_by: None,
        missed: false,
        standing,
    }
}

fn sent(rectifications: Vec<SentRectification>) -> SentDelivery {
    SentDelivery {
        id: DeliveryId([1; 16]),
        to: To {
            oin: "00000099000000050000".parse().unwrap(),
            desk: "intake".parse().unwrap(),
            agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
            clause: ClauseId::parse("pol-vt-report").unwrap(),
        },
        purpose: "P-REPORT".parse().unwrap(),
        signal_type: "INC_HOME".parse().unwrap(),
        region: "kennemerland".parse().unwrap(),
        necessity: "report-task".parse().unwrap(),
        regime: Regime::Wpg,
        wpg_article: None,
        state: v1::DeliveryState::Ended,
        received: true,
        acknowledged: None,
        rectifications,
        untold: Vec::new(),
        not_justified: false,
    }
}

fn open(rectifications: &[(RectificationKind, Standing)]) -> bool {
    let told = rectifications.iter().map(|(kind, how)| told(*kind, *how));
    sent(told.collect()).is_unacknowledged()
}

#[test]
fn only_what_came_as_asked_is_acknowledged() {
    assert!(!open(&[]), "nothing was told");
    for (standing, expected) in [
        (Standing::Waits, true),
        (Standing::Arrived, true),
        (Standing::Lapsed, true),
        (Standing::Unspecified, true),
        (Standing::Acknowledged, false),
        (Standing::Replaced, false),
    ] {
        assert_eq!(open(&[(Withdrawn, standing)]), expected, "{standing:?}");
    }
    // Of what ended before it was kept how, an acknowledgement says enough.
    let mut ended = told(Withdrawn, Standing::Unspecified);
    ended.acknowledged = Some(ended.sent);
    assert!(ended.is_acknowledged());
    assert!(!sent(vec![ended]).is_unacknowledged());
}

#[test]
fn what_lapsed_is_made_good_by_telling_it_again_and_by_nothing_else() {
    let (lapsed, done) = (Standing::Lapsed, Standing::Acknowledged);
    assert!(!open(&[(Corrected, lapsed), (Corrected, done)]));
    assert!(!open(&[(Corrected, lapsed), (Withdrawn, done)]));
    assert!(open(&[(Corrected, lapsed), (Withdrawn, Standing::Waits)]));
    assert!(open(&[(Corrected, lapsed), (Shielded, done)]));
    assert!(open(&[(Shielded, lapsed), (Corrected, done)]));
    assert!(open(&[(Corrected, done), (Withdrawn, lapsed)]));
    // What is under way must still come, whatever came after it.
    assert!(open(&[(Shielded, Standing::Waits), (Shielded, done)]));
}

#[test]
fn who_received_and_could_not_be_told_has_not_acknowledged() {
    let mut one = sent(vec![told(Corrected, Standing::Acknowledged)]);
    one.untold = vec![Withdrawn];
    assert!(one.is_unacknowledged());
    // Who never received is owed nothing.
    one.received = false;
    assert!(!one.is_unacknowledged());
}
