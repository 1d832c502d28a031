//! Erased is what the organisation erased itself, and not what a hub says is erased.

use super::office::{Office, retention};
use super::*;

fn both() -> [v1::Audience; 2] {
    [v1::Audience::Subject, v1::Audience::Authority]
}

fn acted(times: usize) -> Office {
    let mut office = Office::new();
    for _ in 0..times {
        office.act(SUBJECT);
    }
    office
}

#[test]
fn what_a_hub_only_says_is_erased_is_a_gap() {
    let mut office = acted(3);
    office.say_erased(1);
    for audience in both() {
        let report = office.report(audience, &office.entries);
        assert!(!report.is_whole());
        assert_eq!(missing(&report), [(2, 2)]);
        assert_eq!(report.said_erased, BTreeMap::from([(LeafIndex(1), None)]));
        let (nl, en) = (&report.content.text_nl, &report.content.text_en);
        assert!(
            nl.contains("geen regel toont dat de organisatie die wiste"),
            "{nl}"
        );
        assert!(
            en.contains("no entry shows that the organisation erased it"),
            "{en}"
        );
    }
    // With the office's own erasing it is none.
    office.erasing(&retention(0, 1));
    for audience in both() {
        let report = office.report(audience, &office.entries);
        assert!(report.is_whole(), "{:?}", report.chains[0].verdict);
        assert_eq!(
            report.said_erased,
            BTreeMap::from([(LeafIndex(1), Some(LeafIndex(3)))])
        );
    }
}

#[test]
fn an_erasing_of_other_entries_by_another_or_of_another_act_covers_nothing() {
    let other = || v1::RetentionAct {
        controller_oin: POLICE.to_owned(),
        ..retention(1, 1)
    };
    let request = || v1::RetentionAct {
        request_index_plus_one: 0,
        ..retention(1, 1)
    };
    for what in [
        retention(0, 0),
        retention(2, 2),
        retention(2, 1),
        other(),
        request(),
    ] {
        let mut office = acted(3);
        office.say_erased(1);
        office.erasing(&what);
        for audience in both() {
            let report = office.report(audience, &office.entries);
            assert!(!report.is_whole(), "{what:?}");
            assert!(report.content.erasings.is_empty(), "{what:?}");
        }
    }
    let mut office = acted(3);
    office.say_erased(1);
    let own = v1::RecipientPart {
        retention: Some(retention(1, 1)),
        ..v1::RecipientPart::default()
    };
    office.step(&own, v1::Act::Hold);
    assert!(
        !office
            .report(v1::Audience::Subject, &office.entries)
            .is_whole()
    );
}

#[test]
fn an_erasing_of_what_came_after_it_is_none() {
    for last in [3, 4] {
        let mut office = acted(3);
        office.say_erased(1);
        office.erasing(&retention(0, last));
        let told = office.content(v1::Audience::Subject, &office.entries, &office.counts());
        assert_eq!(told.erasings.len(), 1);
        let error = office.open(&office.word(told)).unwrap_err().to_string();
        assert!(error.contains("before what it erased"), "{error}");
    }
}

/// A release takes no number of its own: nothing names it, and it is a gap all the same.
#[test]
fn an_entry_that_no_number_misses_is_not_erased_on_a_word_either() {
    let mut office = acted(2);
    let leaf = office.entries[0].leaf.clone();
    let place = office.entry(leaf, Vec::new());
    office.say_erased(place);
    let report = office.report(v1::Audience::Authority, &office.entries);
    assert!(report.chains[0].verdict.is_whole() && !report.is_whole());
}

#[test]
fn whatever_is_put_in_the_place_of_an_erasing_the_report_does_not_hold() {
    let mut office = acted(3);
    office.erase(1);
    office.erase(2);
    let mine = office.content(v1::Audience::Subject, &office.entries, &office.counts());
    assert_eq!(mine.erasings.len(), 1, "of the one that a link names");
    let all = office.content(v1::Audience::Authority, &office.entries, &office.counts());
    assert_eq!(all.erasings.len(), 2);
    type Tamper = fn(&mut v1::AccessReport, &v1::AccessReport);
    let cases: [(&str, Tamper); 6] = [
        ("not in the log", |report, _| report.erasings[0].index = 1),
        ("not in the log", |report, _| {
            report.erasings[0].inclusion.clear()
        }),
        ("not what the leaf commits to", |report, _| {
            report.erasings[0].parts[0].bytes.push(0);
        }),
        ("its own parts of earlier entries", |report, _| {
            report.erasings[0].parts.pop();
        }),
        ("out of order", |report, _| {
            let one = report.erasings[0].clone();
            report.erasings.push(one);
        }),
        ("of none of its entries", |report, all| {
            report.erasings.clone_from(&all.erasings);
        }),
    ];
    for (expected, tamper) in cases {
        let mut altered = mine.clone();
        tamper(&mut altered, &all);
        let error = office.open(&office.word(altered)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, not: {expected}");
    }
    // A request names who asked: it is no step, and is not opened to the person.
    let mut office = acted(2);
    office.say_erased(0);
    let own = v1::RecipientPart {
        retention: Some(retention(0, 0)),
        staff: vec![v1::Staff::default()],
        ..v1::RecipientPart::default()
    };
    office.step(&own, v1::Act::Erase);
    let report = office.report(v1::Audience::Subject, &office.entries);
    assert!(report.content.erasings.is_empty() && !report.is_whole());
}
