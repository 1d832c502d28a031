//! An auditor reads a controller's register under its grant, and no longer.

use super::super::persons::officer;
use super::{all, register, run, succeed};
use seinhuis_client::GrantTerms;
use seinhuis_proto::v1;
use seinhuis_tests::{Chain, reason};
use seinhuis_types::{Clock, Millis, SystemClock};

fn terms(chain: &Chain, agreement: &str) -> GrantTerms {
    GrantTerms {
        auditor: chain.oin("om"),
        system: None,
        filter: v1::EntryFilter {
            agreement_hash: agreement.to_owned(),
            ..v1::EntryFilter::default()
        },
        from: Millis(0),
        until: SystemClock.now().plus(Millis::DAY),
    }
}

#[test]
fn an_auditor_reads_the_register_of_its_grant_and_only_while_it_is_in_force() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let second = succeed(&chain, &chain.agreement.clone(), 2, |text| text).await;
        let officers = [officer("officer-1"), officer("officer-2")];
        let police = chain.partner("politie").acting_for(&officers).unwrap();
        let mut own = register(&chain, "politie").await;
        let mut auditor = register(&chain, "om").await;
        let own = all(&mut own, 0, &[]).await;
        let before = all(&mut auditor, 0, &[]).await;
        let (grant, _) = police.grant_access(&terms(&chain, "")).await.unwrap();
        let id = grant.grant_id;
        assert_eq!(all(&mut auditor, 2, &id).await, own);
        assert_ne!(before, own);
        // A token goes on in the register it was made for.
        let page = |page_token: Vec<u8>, grant_id: &[u8]| v1::ListActivitiesRequest {
            page_size: 1,
            page_token,
            grant_id: grant_id.to_vec(),
        };
        let first = auditor
            .list_activities(page(Vec::new(), &id))
            .await
            .unwrap();
        let token = first.into_inner().next_page_token;
        let refused = auditor.list_activities(page(token, &[])).await.unwrap_err();
        assert_eq!(reason(&refused), "CURSOR_INVALID");
        let revoked: [u8; 16] = id.clone().try_into().unwrap();
        police.revoke_grant(revoked).await.unwrap();
        let refused = auditor
            .list_activities(page(Vec::new(), &id))
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "GRANT_NOT_IN_FORCE");

        // One about the first agreement shows its version, under the id and number of the whole.
        let (grant, _) = police
            .grant_access(&terms(&chain, chain.agreement.as_str()))
            .await
            .unwrap();
        let shown = all(&mut auditor, 0, &grant.grant_id).await;
        assert_eq!(shown.len(), own.len());
        for (shown, own) in shown.iter().zip(&own) {
            assert_eq!(
                (&shown.id, shown.latest_version, shown.active),
                (&own.id, 1, false)
            );
            assert_eq!(own.latest_version, 2);
            let hidden = v1::GetActivityVersionRequest {
                id: own.id.clone(),
                version: 2,
                grant_id: grant.grant_id.clone(),
            };
            let refused = auditor.get_activity_version(hidden).await.unwrap_err();
            assert_eq!(reason(&refused), "ACTIVITY_NOT_FOUND");
        }
        let (grant, _) = police
            .grant_access(&terms(&chain, second.as_str()))
            .await
            .unwrap();
        let shown = all(&mut auditor, 0, &grant.grant_id).await;
        assert!(
            shown
                .iter()
                .all(|one| one.latest_version == 2 && one.active)
        );
    });
}
