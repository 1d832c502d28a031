//! A rectification after another of the same signal: what becomes of the earlier one that waits.

use super::{POLICE_DESK, delivery, desk, hide, inbox, notice, report, send, told};
use crate::flow::next;
use crate::run;
use seinhuis_client::{ClientError, SentDelivery, Signal, Subject};
use seinhuis_domain::signal::{RectificationKind, SourceShield};
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, story};
use seinhuis_types::SignalId;

/// In which state each rectification of the signal's one delivery is, oldest first.
async fn states(chain: &Chain, signal: SignalId) -> Vec<v1::DeliveryState> {
    let sent = chain.partner("politie").sent(signal).await.unwrap();
    let told = sent[0].rectifications.iter();
    told.map(|told| told.state).collect()
}

/// Says it anew, about someone in a role that the type has and the clause has not.
fn uncovered(_: &SentDelivery) -> Result<Signal, ClientError> {
    let accused = Subject::number(story::ADULT, "alleged-perpetrator", "18-plus")?;
    Ok(story::inc_home().subject(accused).finish()?)
}

#[test]
fn a_rectification_that_is_refused_leaves_the_earlier_one_on_its_way() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let from = desk(POLICE_DESK);
        let withdrawn = told(RectificationKind::Withdrawn, "unlawful");
        let done = police.rectify(&from, signal, &withdrawn, notice).await;
        assert!(done.unwrap().complete());
        let corrected = told(RectificationKind::Corrected, "inaccurate");
        let refused = police.rectify(&from, signal, &corrected, uncovered).await;
        assert!(!refused.unwrap().complete());
        assert_eq!(
            states(&chain, signal).await,
            [v1::DeliveryState::Releasable]
        );
        let (notice, _) = delivery(&mut inbox(&chain)).await;
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!(
            (about.delivery, about.told.kind),
            (first.id, withdrawn.kind)
        );
    });
}

#[test]
fn a_correction_that_waits_does_not_leave_after_a_shield() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let police = chain.partner("politie");
        let (signal, _) = send(&chain).await;
        let first = next(&chain, "veilig-thuis", "intake").await;
        let from = desk(POLICE_DESK);
        let corrected = told(RectificationKind::Corrected, "inaccurate");
        let say = |_: &SentDelivery| Ok(report());
        let done = police.rectify(&from, signal, &corrected, say).await;
        assert!(done.unwrap().complete());
        let shielded = told(RectificationKind::Shielded, "safety");
        let say = hide(SourceShield::Origin, true);
        let done = police.rectify(&from, signal, &shielded, say).await.unwrap();
        // Named, so that the source knows to correct anew under the shield.
        assert_eq!((done.told.len(), done.ended.len()), (1, 1));
        assert!(done.ended[0].received, "the signal, not its correction");
        let (ended, waits) = (v1::DeliveryState::Ended, v1::DeliveryState::Releasable);
        assert_eq!(states(&chain, signal).await, [ended, waits]);
        // What was wrong is not sent again, and what was right and bare is ended too.
        let (notice, tombstones) = delivery(&mut inbox(&chain)).await;
        let about = notice.rectifies.as_ref().unwrap();
        assert_eq!((about.delivery, about.told.kind), (first.id, shielded.kind));
        assert_eq!(tombstones, 2);
    });
}
