//! A report proves itself, shows a gap as one, and tells the person nothing of another class.

mod erased;
mod later;
mod office;

use super::*;
use crate::bundle::sealed;
use crate::chains::Chains;
use crate::testing::{Log, NOW, POLICE, log_keys, signer, trust};
use office::Office;
use prost::Message;
use seinhuis_domain::catalogue::{AccessForm, Visibility};
use seinhuis_domain::entry::{Absence, Chain, Contradiction};
use seinhuis_domain::signal::SourceShield;

const SUBJECT: Visibility = Visibility::Subject;
const AUTHORITY: Visibility = Visibility::Authority;
const LOG: &str = "hub.example/log/2026h2";
const STAFF: &[u8] = b"worker-17";

fn missing(report: &AccessReport) -> Vec<(u32, u32)> {
    let runs = report.chains.iter().flat_map(|one| &one.verdict.absent);
    let missing = runs.filter(|run| run.what == Absence::Missing);
    missing.map(|run| (run.first, run.last)).collect()
}

#[test]
fn a_whole_report_is_whole_for_both_and_the_person_sees_one_class() {
    let mut office = Office::new();
    for class in [SUBJECT, AUTHORITY, SUBJECT, AUTHORITY, AUTHORITY] {
        office.act(class);
    }
    let all = office.report(v1::Audience::Authority, &office.entries);
    assert!(all.is_whole());
    assert_eq!((all.content.entries.len(), all.chains.len()), (5, 2));
    let lasts: Vec<_> = all.chains.iter().map(|one| one.verdict.last).collect();
    assert_eq!(lasts, [3, 2], "authority, subject");
    let mine = office.report(v1::Audience::Subject, &office.entries);
    assert!(mine.is_whole());
    let indexes: Vec<u64> = mine
        .content
        .entries
        .iter()
        .map(|entry| entry.index)
        .collect();
    assert_eq!(indexes, [0, 2]);
    let facts = mine.content.entries[0].facts.clone().unwrap();
    assert_eq!(
        (facts.source_oin.as_str(), facts.access_form.as_str()),
        (POLICE, "written")
    );
    assert!(mine.content.text_nl.contains("nummers 1 tot en met 2"));
    assert!(!mine.content.text_en.contains("authority"));
    let bytes = mine.content.encode_to_vec();
    assert!(!bytes.windows(STAFF.len()).any(|window| window == STAFF));
}

#[test]
fn a_report_less_any_entry_that_a_chain_counts_is_not_whole() {
    let mut office = Office::new();
    for class in [SUBJECT, AUTHORITY, SUBJECT, SUBJECT] {
        office.act(class);
    }
    let report = office.report(v1::Audience::Subject, &office.entries);
    assert!(report.is_whole());
    for (index, number) in [(0, 1), (2, 2), (3, 3)] {
        let less = report.without(LeafIndex(index)).unwrap();
        assert!(!less.is_whole(), "without entry {index}");
        assert_eq!(missing(&less), [(number, number)]);
        assert_eq!(less.content.entries.len(), 2);
    }
    // What it does not have cannot be left out.
    assert!(report.without(LeafIndex(1)).is_err());
}

#[test]
fn the_persons_bytes_are_the_same_with_and_without_entries_of_another_class() {
    let mut office = Office::new();
    office.act(SUBJECT);
    office.act(AUTHORITY);
    office.act(SUBJECT);
    let erased = office.act(AUTHORITY);
    office.act(AUTHORITY);
    office.erase(erased);
    let crashed = office.slip(&office.chains, AUTHORITY, SourceShield::None);
    drop(crashed);
    let counts = office.counts();
    let with = office.content(v1::Audience::Subject, &office.entries, &counts);
    let without = office.content(v1::Audience::Subject, &office.without(&[1, 3, 4]), &counts);
    assert_eq!(with.encode_to_vec(), without.encode_to_vec());
    // The same acts towards the person, of a partner that has no other entries: the same count.
    let mut plain = Office::new();
    plain.act(SUBJECT);
    plain.act(SUBJECT);
    let plain = plain.content(v1::Audience::Subject, &plain.entries, &plain.counts());
    let told = |content: &v1::AccessReport| {
        let chain = &content.chains[0];
        (
            content.chains.len(),
            content.entries.len(),
            chain.taken,
            chain.open,
        )
    };
    assert_eq!(told(&with), told(&plain));
    let nobody = office.content(v1::Audience::Subject, &office.without(&[0, 2]), &[]);
    assert!(nobody.entries.is_empty() && nobody.chains.is_empty());
    assert!(office.open(&nobody).unwrap().is_whole());
}

#[test]
fn an_entry_left_out_is_a_gap_between_two_numbers() {
    let mut office = Office::new();
    for _ in 0..4 {
        office.act(SUBJECT);
    }
    for audience in [v1::Audience::Subject, v1::Audience::Authority] {
        let report = office.report(audience, &office.without(&[1]));
        assert!(!report.is_whole());
        assert_eq!(missing(&report), [(2, 2)]);
        assert!(report.content.text_nl.contains("tussen nummer 1 en 3"));
        assert!(report.content.text_en.contains("between number 1 and 3"));
    }
    // The tail: closed by the office's own count, and by nothing else.
    let cut = office.without(&[2, 3]);
    assert_eq!(
        missing(&office.report(v1::Audience::Subject, &cut)),
        [(3, 4)]
    );
    let uncounted = office.content(v1::Audience::Subject, &cut, &[]);
    let report = office.open(&uncounted).unwrap();
    assert!(report.is_whole());
    assert!(
        report
            .content
            .text_en
            .contains("what comes after the last number is not shown")
    );
}

#[test]
fn a_chain_that_the_hub_drops_swaps_or_replays_is_a_gap_and_names_the_entry() {
    let mut office = Office::new();
    for _ in 0..3 {
        office.act(SUBJECT);
    }
    let first = office.entries[0].recipient().unwrap().chain;
    for other in [Vec::new(), first] {
        let mut slip = office.slip(&office.chains, SUBJECT, SourceShield::None);
        slip.chain = other;
        let place = office.logged(&slip, true);
        let all = office.report(v1::Audience::Authority, &office.entries);
        assert!(!all.is_whole());
        let index = LeafIndex(u64::try_from(place).unwrap());
        assert!(all.unlinked.contains(&index), "{:?}", all.unlinked);
        // The next link names its nonce: to the person, too, it is shown as an entry without a link.
        office.act(SUBJECT);
        let mine = office.report(v1::Audience::Subject, &office.entries);
        assert!(!mine.is_whole());
        assert!(mine.unlinked.contains(&index));
        let shown = mine
            .content
            .entries
            .iter()
            .find(|entry| entry.index == index.0);
        assert_eq!(shown.unwrap().facts, Some(v1::AccessFacts::default()));
    }
}

/// A report held against a copy of the log with these leaves.
fn held(
    report: &AccessReport,
    leaves: Vec<Vec<u8>>,
) -> Result<BTreeMap<LeafIndex, [u8; 16]>, ClientError> {
    let folder = tempfile::tempdir().unwrap();
    Log::of_leaves(leaves).write(folder.path());
    let copy = crate::LogFolder::new(folder.path());
    let under = copy.checkpoint(&log_keys()).unwrap();
    never_answered_in_log(report, &copy, &under)
}

#[test]
fn a_copy_of_the_log_must_reach_the_report_and_be_the_log_it_is_on() {
    let mut office = Office::new();
    office.act(SUBJECT);
    let late = office.slip(&office.chains, SUBJECT, SourceShield::None);
    office.act(SUBJECT);
    let report = office.report(v1::Audience::Subject, &office.entries);
    assert_eq!(report.void_nonces().len(), 1);
    assert!(held(&report, office.leaves.clone()).unwrap().is_empty());
    // A copy that ends before the report shows nothing.
    let refused = held(&report, office.leaves[..1].to_vec()).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("1 entries and the report is on 2")
    );
    // What was sent again after the report is no gap in it; before it, it is.
    for _ in 0..300 {
        office.act(AUTHORITY);
    }
    let before = office.leaves.clone();
    let place = office.logged(&late, false);
    assert!(held(&report, office.leaves.clone()).unwrap().is_empty());
    let hidden = office.report(v1::Audience::Subject, &office.without(&[place]));
    let found = held(&hidden, office.leaves.clone()).unwrap();
    assert_eq!(found.len(), 1);
    assert!(held(&hidden, before).is_err());
    // Another log under the same keys, of which only the part below the report counts.
    let mut other = office.leaves.clone();
    other.swap(0, 1);
    let refused = held(&report, other.clone()).unwrap_err();
    assert!(matches!(refused, ClientError::Untrusted(_)), "{refused}");
    other.swap(0, 1);
    other.swap(2, 3);
    assert!(held(&report, other.clone()).unwrap().is_empty());
    assert!(held(&hidden, other).is_err());
}

#[test]
fn a_crash_is_no_gap_and_cannot_hide_an_entry_that_is_in_the_log() {
    let mut office = Office::new();
    office.act(SUBJECT);
    let lost = office.slip(&office.chains, SUBJECT, SourceShield::None);
    office.act(SUBJECT);
    let report = office.report(v1::Audience::Subject, &office.entries);
    assert!(report.is_whole());
    assert_eq!(report.void_nonces().len(), 1);
    assert!(report.content.text_en.contains("never answered"));
    // It was in the log, and the answer was lost: whoever leaves it out is found by the log itself.
    office.logged(&lost, false);
    let hidden = office.report(v1::Audience::Subject, &office.without(&[2]));
    assert!(hidden.is_whole());
    let found = held(&hidden, office.leaves.clone()).unwrap();
    assert_eq!(found.keys().map(|index| index.0).collect::<Vec<_>>(), [2]);
    // The officer's scan finds it by its tags, and then it is an entry like any other.
    assert!(
        office
            .report(v1::Audience::Authority, &office.entries)
            .void_nonces()
            .is_empty()
    );
}

/// A partner that sent all day over a broken line is not told that it has a gap.
#[test]
fn any_number_of_calls_without_an_answer_is_no_gap_in_a_report() {
    for row in [33u32, 100] {
        let mut office = Office::new();
        office.act(SUBJECT);
        for _ in 0..row {
            drop(office.slip(&office.chains, SUBJECT, SourceShield::None));
        }
        // The tail, by the office's own count alone; then with a link that tells of it.
        for answered in [false, true] {
            if answered {
                office.act(SUBJECT);
            }
            for audience in [v1::Audience::Subject, v1::Audience::Authority] {
                let report = office.report(audience, &office.entries);
                assert!(report.is_whole(), "{row}: {:?}", report.chains[0].verdict);
                assert_eq!(report.chains[0].verdict.count(Absence::Void), row);
            }
        }
        // More of them, of which the first was logged: its answer came late, and leaving it out is a gap.
        let lost: Vec<_> = (0..row)
            .map(|_| office.slip(&office.chains, SUBJECT, SourceShield::None))
            .collect();
        let place = office.logged(&lost[0], true);
        office.act(SUBJECT);
        let whole = office.report(v1::Audience::Subject, &office.entries);
        assert!(whole.is_whole());
        let without = office.report(v1::Audience::Subject, &office.without(&[place]));
        assert_eq!(missing(&without), [(row + 3, row + 3)]);
    }
}

#[test]
fn an_erased_entry_is_no_gap_but_more_numbers_than_erased_entries_are() {
    let mut office = Office::new();
    for _ in 0..4 {
        office.act(SUBJECT);
    }
    office.erase(1);
    office.erase(2);
    for audience in [v1::Audience::Subject, v1::Audience::Authority] {
        let report = office.report(audience, &office.entries);
        assert!(report.is_whole(), "{:?}", report.chains);
        // Number 2 is named by nothing that is left: no word that nothing is missing.
        let runs = report.chains[0].verdict.absent.iter();
        let what: Vec<_> = runs.map(|run| (run.first, run.what)).collect();
        assert_eq!(what, [(2, Absence::Unplaced), (3, Absence::Erased)]);
        let (nl, en) = (&report.content.text_nl, &report.content.text_en);
        assert!(!nl.contains("ontbreekt niets in") && nl.contains("geen gat aangetoond"));
        assert!(!en.contains("Nothing is missing") && en.contains("No gap is shown"));
    }
    let mut named = Office::new();
    for _ in 0..3 {
        named.act(SUBJECT);
    }
    named.erase(1);
    let report = named.report(v1::Audience::Subject, &named.entries);
    let text = &report.content.text_en;
    assert!(text.contains("Nothing is missing") && text.contains("after its term, in entry 3"));
    assert!(text.contains("Nor whether a permitted signal was released"));
    let mine = office.report(v1::Audience::Subject, &office.entries);
    let indexes: Vec<u64> = mine
        .content
        .entries
        .iter()
        .map(|entry| entry.index)
        .collect();
    assert_eq!(
        indexes,
        [0, 2, 3],
        "only the one that a link of this class names"
    );
    let all = office.report(v1::Audience::Authority, &office.without(&[1]));
    assert!(all.overdrawn && !all.is_whole());
}

#[test]
fn two_systems_count_apart_and_a_copied_one_contradicts_itself() {
    let mut office = Office::new();
    let other = Chains::of(&office.dir.path().join("other"));
    office.act(SUBJECT);
    let slip = office.slip(&other, SUBJECT, SourceShield::None);
    office.logged(&slip, true);
    office.act(SUBJECT);
    let report = office.report(v1::Audience::Subject, &office.entries);
    assert!(report.is_whole());
    let lasts: BTreeSet<u32> = report.chains.iter().map(|one| one.verdict.last).collect();
    assert_eq!((report.chains.len(), lasts), (2, BTreeSet::from([1, 2])));
    // A state folder that was put back counts on from before.
    let copied = tempfile::tempdir().unwrap();
    let from = office.dir.path().join("state/chain");
    std::fs::copy(from, copied.path().join("chain")).unwrap();
    office.act(SUBJECT);
    let slip = office.slip(&Chains::of(copied.path()), SUBJECT, SourceShield::None);
    office.logged(&slip, true);
    let report = office.report(v1::Audience::Subject, &office.entries);
    let found = report
        .chains
        .iter()
        .flat_map(|one| one.verdict.contradictions.clone());
    let index = LeafIndex(4);
    assert_eq!(
        found.collect::<Vec<_>>(),
        [Contradiction::Twice { number: 3, index }]
    );
    assert!(!report.is_whole());
}

#[test]
fn a_slip_copied_by_another_is_told_to_the_officer_and_not_to_the_person() {
    let mut office = Office::new();
    office.act(SUBJECT);
    let leaf = office.entries[0].leaf.clone();
    office.entry(leaf, Vec::new());
    let all = office.report(v1::Audience::Authority, &office.entries);
    assert_eq!(all.copied, [LeafIndex(1)]);
    assert!(all.is_whole());
    let mine = office.report(v1::Audience::Subject, &office.entries);
    assert!(mine.copied.is_empty() && mine.is_whole());
}

#[test]
fn what_may_not_be_told_in_writing_or_tells_the_source_is_not_in_the_file() {
    let mut office = Office::new();
    let place = office.act(SUBJECT);
    let index = LeafIndex(u64::try_from(place).unwrap());
    office.forms.insert(index, AccessForm::OralOnly);
    let slip = office.slip(&office.chains, SUBJECT, SourceShield::Origin);
    office.logged(&slip, true);
    let mine = office.report(v1::Audience::Subject, &office.entries);
    for (entry, form) in mine.content.entries.iter().zip(["oral-only", "written"]) {
        let facts = entry.facts.clone().unwrap();
        assert!(entry.parts.is_empty() && facts.source_oin.is_empty());
        assert!(facts.clause_id.is_empty() && facts.withheld.is_empty());
        assert_eq!(facts.access_form, form);
        assert_eq!(facts.act(), v1::Act::Acknowledge);
    }
    assert!(mine.content.text_nl.contains("alleen mondeling"));
    assert!(!mine.content.text_nl.contains(POLICE));
    assert!(!mine.content.text_en.contains("shield"));
    let all = office.report(v1::Audience::Authority, &office.entries);
    assert_eq!(
        all.content.entries[1].facts.clone().unwrap().withheld,
        ["source-shield"]
    );
    assert!(all.content.text_nl.contains("de bron is afgeschermd"));
    assert!(
        all.content
            .text_nl
            .contains("inzage door de betrokkene: alleen mondeling")
    );
}

#[test]
fn whatever_is_altered_the_report_does_not_hold() {
    let mut office = Office::new();
    for class in [SUBJECT, SUBJECT, AUTHORITY] {
        office.act(class);
    }
    let (mine, all) = [v1::Audience::Subject, v1::Audience::Authority]
        .map(|audience| office.content(audience, &office.entries, &office.counts()))
        .into();
    type Tamper = fn(&mut v1::AccessReport, &v1::AccessReport);
    let cases: [(&str, Tamper); 13] = [
        ("not in the log", |report, _| report.entries[0].index = 1),
        ("who it is for", |report, _| report.audience = 0),
        ("out of order", |report, _| report.entries.swap(0, 1)),
        ("out of order", |report, _| {
            let chain = report.chains[0].clone();
            report.chains.push(chain);
        }),
        ("commits to", |report, _| report.entries[0].chain[100] ^= 1),
        ("what its parts say", |report, _| {
            report.entries[0].facts.as_mut().unwrap().purpose = "P-OTHER".to_owned();
        }),
        ("what its parts say", |report, _| {
            report.entries[0].facts.as_mut().unwrap().permitted = false;
        }),
        ("not due", |report, all| {
            report.chains = all.chains.clone();
        }),
        ("none of its links", |report, all| {
            report.entries.push(all.entries[2].clone());
            let last = report.entries.last_mut().unwrap();
            last.parts.clear();
        }),
        ("staff", |report, all| {
            report.entries[0].parts.clone_from(&all.entries[0].parts)
        }),
        ("class key", |report, _| {
            report.chains[0].class_key.truncate(31)
        }),
        ("holder", |report, _| report.chains[0].holder.truncate(15)),
        ("words", |report, _| report.text_nl.push('.')),
    ];
    assert!(office.open(&mine).unwrap().is_whole());
    for (expected, tamper) in cases {
        let mut altered = mine.clone();
        tamper(&mut altered, &all);
        if expected != "words" {
            altered = office.word(altered);
        }
        let error = office.open(&altered).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, not: {expected}");
    }
    // A class key that is not the one of the links opens none of them: nothing is told as shown.
    let mut other = mine.clone();
    other.chains[0].class_key[0] ^= 1;
    let error = office.open(&office.word(other)).unwrap_err().to_string();
    assert!(error.contains("none of its links"), "{error}");
    let bytes = sealed(MAGIC, &office.signer, NOW, &mine.encode_to_vec()).unwrap();
    for at in [0, 30, bytes.len() / 2, bytes.len() - 1] {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert!(
            open_report(&bad, &trust(&office.pki), &log_keys()).is_err(),
            "{at}"
        );
    }
    let stranger = sealed(
        MAGIC,
        &signer(&office.pki, POLICE),
        NOW,
        &mine.encode_to_vec(),
    );
    assert!(open_report(&stranger.unwrap(), &trust(&office.pki), &log_keys()).is_err());
}

#[test]
fn a_shielded_source_that_is_named_to_the_person_is_found_by_its_reader() {
    let mut office = Office::new();
    let slip = office.slip(&office.chains, SUBJECT, SourceShield::Origin);
    office.logged(&slip, true);
    let mut mine = office.content(v1::Audience::Subject, &office.entries, &[]);
    let facts = mine.entries[0].facts.as_mut().unwrap();
    facts.source_oin = POLICE.to_owned();
    let error = office.open(&mine).unwrap_err().to_string();
    assert!(error.contains("shielded"), "{error}");
    assert_eq!(Chain::LEN, mine.entries[0].chain.len());
}
