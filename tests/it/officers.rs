//! Officers' access: searches of one's own entries by criteria, opening many at once, and grants to
//! an auditor; each is an entry, and above fifty rows takes two persons.

use super::persons::officer;
use super::{flow, run};
use seinhuis_client::{ClientError, EntryPage, GrantTerms, Partner, SearchOptions, open_bundle};
use seinhuis_identity::signing::SigningTrust;
use seinhuis_proto::v1;
use seinhuis_proto::v1::agreement_service_client::AgreementServiceClient;
use seinhuis_tests::{Chain, Raw, reason};
use seinhuis_types::{Clock, ErrorCode, LeafIndex, Millis, SystemClock};

fn of(act: v1::Act) -> v1::EntryFilter {
    v1::EntryFilter {
        act: act.into(),
        ..v1::EntryFilter::default()
    }
}

fn as_persons(chain: &Chain, name: &str, persons: &[&str]) -> Partner {
    let persons: Vec<_> = persons.iter().map(|person| officer(person)).collect();
    chain.partner(name).acting_for(&persons).unwrap()
}

fn code<T>(result: Result<T, ClientError>) -> Option<ErrorCode> {
    result.err().and_then(|error| error.code())
}

fn indexes(page: &EntryPage) -> Vec<u64> {
    page.entries.iter().map(|entry| entry.index.0).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

/// The first page of one's own entries of an act.
async fn first_page(partner: &Partner, act: v1::Act) -> EntryPage {
    let options = SearchOptions::default();
    partner.search(&of(act), &options).await.unwrap()
}

/// Every page of a search.
async fn all(partner: &Partner, filter: &v1::EntryFilter, size: u32) -> Vec<u64> {
    let mut options = SearchOptions {
        page_size: size,
        ..SearchOptions::default()
    };
    let mut found = Vec::new();
    loop {
        let page = partner.search(filter, &options).await.unwrap();
        found.extend(indexes(&page));
        options.page_token = page.next;
        if options.page_token.is_empty() {
            return found;
        }
    }
}

#[test]
fn an_officer_finds_its_own_entries_by_criteria_and_nobody_elses() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let mut sent = Vec::new();
        for _ in 0..3 {
            sent.push(flow::send_one(&chain).await);
        }
        let two = ["officer-1", "officer-2"];
        let police = as_persons(&chain, "politie", &two);
        for size in [0, 1, 2, 1_000] {
            assert_eq!(
                all(&police, &of(v1::Act::Publish), size).await,
                sent,
                "{size}"
            );
        }
        let hour = SystemClock.now().hour().0;
        let systems = chain.partner("politie").systems().await.unwrap();
        let system = unhex(&systems[0].thumbprint);
        let care = chain.oin("veilig-thuis").to_string();
        type Set<'a> = Box<dyn Fn(&mut v1::EntryFilter) + 'a>;
        let cases: Vec<(Set<'_>, Set<'_>)> = vec![
            (
                Box::new(|f| f.from_hour = hour - 1),
                Box::new(|f| f.from_hour = hour + 2),
            ),
            (
                Box::new(|f| f.until_hour = hour + 2),
                Box::new(|f| f.until_hour = hour - 1),
            ),
            (
                Box::new(|f| f.agreement_hash = chain.agreement.to_string()),
                Box::new(|f| f.agreement_hash = format!("$1$1${}", "A".repeat(86))),
            ),
            (
                Box::new(|f| f.clause_id = "pol-vt-report".into()),
                Box::new(|f| f.clause_id = "vt-pol-feedback".into()),
            ),
            (
                Box::new(|f| f.counterpart_oin = care.clone()),
                Box::new(|f| f.counterpart_oin = chain.oin("om").to_string()),
            ),
            (
                Box::new(|f| f.desk = "intake".into()),
                Box::new(|f| f.desk = "other".into()),
            ),
            (
                Box::new(|f| f.system = system.clone()),
                Box::new(|f| f.system = vec![1; 32]),
            ),
        ];
        for (place, (meets, misses)) in cases.iter().enumerate() {
            let mut filter = of(v1::Act::Publish);
            meets(&mut filter);
            assert_eq!(all(&police, &filter, 100).await, sent, "{place}");
            misses(&mut filter);
            assert!(all(&police, &filter, 100).await.is_empty(), "{place}");
        }
        // The recipient finds what came, a stranger nothing of either.
        let care = as_persons(&chain, "veilig-thuis", &two);
        assert!(all(&care, &of(v1::Act::Publish), 100).await.is_empty());
        flow::next(&chain, "veilig-thuis", "intake").await;
        let came = all(&care, &of(v1::Act::Publish), 100).await;
        assert!(!came.is_empty() && sent.starts_with(&came), "{came:?}");
        assert!(!all(&care, &of(v1::Act::Release), 100).await.is_empty());
        let om = as_persons(&chain, "om", &two);
        assert!(all(&om, &v1::EntryFilter::default(), 100).await.is_empty());
    });
}

#[test]
fn every_page_of_a_search_is_an_entry_that_its_officer_finds_again() {
    run(async {
        let chain = Chain::start().await.unwrap();
        for _ in 0..3 {
            flow::send_one(&chain).await;
        }
        let police = as_persons(&chain, "politie", &["officer-1"]);
        let first = SearchOptions {
            page_size: 2,
            ..SearchOptions::default()
        };
        let filter = of(v1::Act::Publish);
        let one = police.search(&filter, &first).await.unwrap();
        let next = SearchOptions {
            page_token: one.next.clone(),
            ..first.clone()
        };
        let two = police.search(&filter, &next).await.unwrap();
        assert_eq!((one.entries.len(), two.entries.len()), (2, 1));
        let searches = police.search(&of(v1::Act::Search), &first).await.unwrap();
        assert_eq!(
            indexes(&searches),
            [one.recorded.index().0, two.recorded.index().0]
        );
        let told = |place: usize| searches.entries[place].recipient().unwrap();
        assert_eq!(told(0).staff[0].person, "officer-1");
        assert_eq!(told(0).staff[0].reference, "review-7");
        let [first, second] = [0, 1].map(|place| told(place).search.unwrap());
        assert_eq!(first.filter, Some(filter.clone()));
        assert_eq!(
            (first.rows, first.rows_before, first.first_page_plus_one),
            (2, 0, 0)
        );
        assert_eq!((second.rows, second.rows_before), (1, 2));
        assert_eq!(second.first_page_plus_one, one.recorded.index().0 + 1);
        assert_eq!(second.from_index, first.until_index);

        // A token serves the search and the caller it was made for.
        let with = |token: &[u8]| SearchOptions {
            page_token: token.to_vec(),
            ..SearchOptions::default()
        };
        let other = police.search(&of(v1::Act::Release), &with(&one.next)).await;
        assert_eq!(code(other), Some(ErrorCode::CursorInvalid));
        let mut forged = one.next.clone();
        *forged.last_mut().unwrap() ^= 1;
        let forged = police.search(&filter, &with(&forged)).await;
        assert_eq!(code(forged), Some(ErrorCode::CursorInvalid));
        let om = as_persons(&chain, "om", &["officer-1"]);
        let foreign = om.search(&filter, &with(&one.next)).await;
        assert_eq!(code(foreign), Some(ErrorCode::CursorInvalid));
    });
}

#[test]
fn the_fifty_first_row_of_a_search_takes_a_second_person() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let two = as_persons(&chain, "politie", &["officer-8", "officer-9"]);
        let index = LeafIndex(flow::send_one(&chain).await);
        for _ in 0..51 {
            two.explain(index).await.unwrap();
        }
        let alone = as_persons(&chain, "politie", &["officer-1"]);
        let filter = of(v1::Act::Read);
        let first = SearchOptions {
            page_size: 30,
            ..SearchOptions::default()
        };
        let one = alone.search(&filter, &first).await.unwrap();
        let next = |page: &EntryPage| SearchOptions {
            page_token: page.next.clone(),
            ..first.clone()
        };
        let second = alone.search(&filter, &next(&one)).await.unwrap();
        assert_eq!((one.entries.len(), second.entries.len()), (30, 20));
        let other = as_persons(&chain, "politie", &["officer-2"]);
        for person in [&alone, &other] {
            let refused = person.search(&filter, &next(&second)).await;
            assert_eq!(code(refused), Some(ErrorCode::SecondPersonNeeded));
        }
        let last = two.search(&filter, &next(&second)).await.unwrap();
        assert_eq!((last.entries.len(), last.next.is_empty()), (1, true));
        assert_eq!(all(&two, &filter, 1_000).await.len(), 51);

        // To begin anew does not begin the counting anew; nor does opening one by one.
        let again = alone.search(&filter, &first).await;
        assert_eq!(code(again), Some(ErrorCode::SecondPersonNeeded));
        let indexes: Vec<_> = last.entries.iter().map(|entry| entry.index).collect();
        let opened = alone.open_entries(&indexes, None).await;
        assert_eq!(code(opened), Some(ErrorCode::SecondPersonNeeded));
        let third = as_persons(&chain, "politie", &["officer-3"]);
        let many: Vec<_> = (index.0 + 1..index.0 + 52).map(LeafIndex).collect();
        let opened = third.open_entries(&many, None).await;
        assert_eq!(code(opened), Some(ErrorCode::SecondPersonNeeded));
        assert_eq!(
            third.open_entries(&many[..50], None).await.unwrap().len(),
            50
        );
        assert_eq!(two.open_entries(&many, None).await.unwrap().len(), 51);
    });
}

#[test]
fn opening_several_entries_is_one_entry_and_shows_what_is_not_ones_own() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let own = LeafIndex(flow::send_one(&chain).await);
        let om = as_persons(&chain, "om", &["officer-1"]);
        let reading = as_persons(&chain, "politie", &["officer-1"])
            .explain(own)
            .await;
        let foreign = LeafIndex(reading.unwrap().proof.unwrap().index);
        let police = as_persons(&chain, "politie", &["officer-2"]);
        let entries = police.open_entries(&[own, foreign], None).await.unwrap();
        assert!(entries.iter().all(seinhuis_client::Entry::is_own));
        let entries = om.open_entries(&[own, foreign], None).await.unwrap();
        assert!(!entries.iter().any(seinhuis_client::Entry::is_own));
        let found = first_page(&om, v1::Act::Search).await;
        let record = found.entries[0].recipient().unwrap().search.unwrap();
        assert_eq!((record.opened, record.rows), (vec![own.0, foreign.0], 0));
        assert_eq!(found.entries.len(), 1);
        let beyond = police.open_entries(&[LeafIndex(own.0 + 1_000)], None).await;
        assert_eq!(code(beyond), Some(ErrorCode::EntryNotFound));
    });
}

fn terms(chain: &Chain, days: u64) -> GrantTerms {
    let now = SystemClock.now();
    GrantTerms {
        auditor: chain.oin("om"),
        system: None,
        filter: of(v1::Act::Publish),
        from: Millis(0),
        until: now.plus(days * Millis::DAY).minus(60 * Millis::SECOND),
    }
}

/// Whether the auditor is shown the chain's agreement under a grant.
async fn agreement_under(chain: &Chain, grant_id: Vec<u8>) -> Result<(), String> {
    let channel = Raw::connect(&chain.sandbox, "om", chain.sandbox.hub_port());
    let mut agreements = AgreementServiceClient::new(channel.await.unwrap());
    let asked = v1::GetRequest {
        agreement_hash: chain.agreement.to_string(),
        grant_id,
    };
    let told = agreements.get(asked).await;
    told.map(drop).map_err(|status| reason(&status))
}

/// A grant like [`terms`] about an agreement that is not this chain's.
fn about_another(chain: &Chain) -> GrantTerms {
    let filter = v1::EntryFilter {
        agreement_hash: format!("$1$1${}", "A".repeat(86)),
        ..of(v1::Act::Publish)
    };
    GrantTerms {
        filter,
        ..terms(chain, 7)
    }
}

#[test]
fn an_auditor_reads_what_two_persons_granted_until_it_is_taken_back() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let sent = flow::send_one(&chain).await;
        flow::next(&chain, "veilig-thuis", "intake").await;
        let one = as_persons(&chain, "politie", &["officer-1"]);
        let two = as_persons(&chain, "politie", &["officer-1", "officer-2"]);
        let alone = one.grant_access(&terms(&chain, 7)).await;
        assert_eq!(code(alone), Some(ErrorCode::SecondPersonNeeded));
        let long = two.grant_access(&terms(&chain, 31)).await;
        assert_eq!(code(long), Some(ErrorCode::MessageInvalid));
        let (grant, _) = two.grant_access(&terms(&chain, 7)).await.unwrap();
        let id: [u8; 16] = grant.grant_id.clone().try_into().unwrap();

        let om = as_persons(&chain, "om", &["auditor-5"]);
        let under = SearchOptions {
            grant: Some(id),
            ..SearchOptions::default()
        };
        // Whatever is asked, the grant's own criteria hold.
        let page = om
            .search(&v1::EntryFilter::default(), &under)
            .await
            .unwrap();
        assert_eq!(indexes(&page), [sent]);
        assert!(page.entries[0].provider().is_some());
        let opened = om
            .open_entries(&[LeafIndex(sent), LeafIndex(sent + 1)], Some(id))
            .await;
        let own: Vec<_> = opened.unwrap().iter().map(|entry| entry.is_own()).collect();
        assert_eq!(own, [true, false], "a release is not granted");
        // A grant about one agreement shows no other.
        let (narrow, _) = two.grant_access(&about_another(&chain)).await.unwrap();
        assert_eq!(
            agreement_under(&chain, grant.grant_id.clone()).await,
            Ok(())
        );
        let hidden = agreement_under(&chain, narrow.grant_id).await;
        assert_eq!(hidden, Err("AGREEMENT_NOT_FOUND".to_owned()));
        // Not for another, and not without it.
        let rvdk = as_persons(&chain, "rvdk", &["auditor-5"]);
        let stranger = rvdk.search(&v1::EntryFilter::default(), &under).await;
        assert_eq!(code(stranger), Some(ErrorCode::GrantNotInForce));
        assert!(first_page(&om, v1::Act::Publish).await.entries.is_empty());

        // The controller sees what the auditor did; neither sees the other's people.
        let seen = first_page(&two, v1::Act::Search).await;
        assert_eq!(seen.entries.len(), 2);
        for entry in &seen.entries {
            let record = entry.provider().unwrap().search.unwrap();
            assert_eq!(record.reader_oin, chain.oin("om").to_string());
            assert_eq!(record.grant_id, id);
            assert!(entry.recipient().is_none());
            let shown = entry
                .opened()
                .iter()
                .any(|part| part.bytes.windows(9).any(|bytes| bytes == b"auditor-5"));
            assert!(!shown);
        }
        let given = first_page(&om, v1::Act::Grant).await;
        assert_eq!(given.entries.len(), 2);
        assert!(given.entries[0].provider().is_none());

        assert_eq!(om.grants().await.unwrap().len(), 2);
        assert_eq!(
            code(rvdk.revoke_grant(id).await),
            Some(ErrorCode::GrantNotInForce)
        );
        let (revoked, _) = one.revoke_grant(id).await.unwrap();
        assert!(revoked.revoked_ms > 0);
        let after = om.search(&v1::EntryFilter::default(), &under).await;
        assert_eq!(code(after), Some(ErrorCode::GrantNotInForce));
        assert_eq!(
            code(one.revoke_grant(id).await),
            Some(ErrorCode::GrantNotInForce)
        );
    });
}

#[test]
fn a_bundle_of_entries_and_agreement_is_checked_offline_and_no_doctored_byte_passes() {
    run(async {
        let chain = Chain::start().await.unwrap();
        let sent = flow::send_one(&chain).await;
        flow::send_published(&chain).await;
        let one = as_persons(&chain, "politie", &["officer-1"]);
        let two = as_persons(&chain, "politie", &["officer-1", "officer-2"]);
        let (grant, _) = two.grant_access(&terms(&chain, 7)).await.unwrap();
        let id: [u8; 16] = grant.grant_id.try_into().unwrap();
        let om = as_persons(&chain, "om", &["auditor-5"]);
        let anchors = seinhuis_tests::anchors(chain.sandbox.root()).unwrap();
        let trust = SigningTrust::new(anchors);
        let keys = one.log_keys();
        let filter = of(v1::Act::Publish);
        for (maker, grant) in [(&one, None), (&om, Some(id))] {
            let bytes = maker.make_bundle(&filter, grant).await.unwrap();
            let opened = open_bundle(&bytes, &trust, keys).unwrap();
            assert_eq!(opened.maker, maker.oin());
            assert_eq!(opened.controller, one.oin());
            let found: Vec<_> = opened.content.entries.iter().map(|e| e.index).collect();
            assert_eq!(found, [sent, sent + 1]);
            let agreements = &opened.content.agreements;
            assert_eq!(agreements[0].agreement_hash, chain.agreement.to_string());
            assert_eq!((agreements.len(), agreements[0].steps.len()), (1, 5));
            let summary = &opened.content.summary_nl;
            assert!(
                summary.contains("2 toegestaan of verricht, 0 geweigerd"),
                "{summary}"
            );
            for place in (0..bytes.len()).step_by(97) {
                let mut doctored = bytes.clone();
                doctored[place] ^= 0x10;
                assert!(open_bundle(&doctored, &trust, keys).is_err(), "{place}");
            }
        }
    });
}
