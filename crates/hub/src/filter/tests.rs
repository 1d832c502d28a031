//! What an entry is found by, and by what not.

use super::*;

const POLICE: &str = "00000099000000010000";
const CARE: &str = "00000099000000050000";

fn open<M: Message>(part: v1::Part, message: &M) -> v1::OpenPart {
    v1::OpenPart {
        part: part.into(),
        bytes: message.encode_to_vec(),
        opening: Vec::new(),
    }
}

fn outcome(act: v1::Act) -> v1::OpenPart {
    let outcome = v1::OutcomePart {
        act: act.into(),
        ..v1::OutcomePart::default()
    };
    open(v1::Part::Outcome, &outcome)
}

fn hash(letter: &str) -> String {
    format!("$1$1${}", letter.repeat(86))
}

/// An entry as the source reads it: whole, or refused.
fn entries() -> [Vec<v1::OpenPart>; 2] {
    let shared = v1::SharedPart {
        source_oin: POLICE.into(),
        recipient_oin: CARE.into(),
        recipient_desk: "intake".into(),
        agreement_hash: hash("A"),
        clause_id: "pol-vt-report".into(),
        ..v1::SharedPart::default()
    };
    let decision = v1::Decision {
        source_oin: POLICE.into(),
        recipient_oin: CARE.into(),
        recipient_desk: "intake".into(),
        agreement_hash: hash("A"),
        clause_id: "pol-vt-report".into(),
        ..v1::Decision::default()
    };
    let provider = |decision: Vec<u8>| v1::ProviderPart {
        decision,
        system: vec![7; 32],
        ..v1::ProviderPart::default()
    };
    let whole = vec![
        open(v1::Part::Shared, &shared),
        open(v1::Part::Provider, &provider(Vec::new())),
        outcome(v1::Act::Publish),
    ];
    let refused = vec![
        open(v1::Part::Provider, &provider(decision.encode_to_vec())),
        outcome(v1::Act::Publish),
    ];
    [whole, refused]
}

type Set = fn(&mut v1::EntryFilter);

#[test]
fn an_entry_is_found_by_each_criterion_and_by_no_other_value_of_it() {
    let meeting: [Set; 8] = [
        |f| f.from_hour = 500_000,
        |f| f.until_hour = 500_001,
        |f| f.act = v1::Act::Publish.into(),
        |f| f.agreement_hash = hash("A"),
        |f| f.clause_id = "pol-vt-report".into(),
        |f| f.counterpart_oin = CARE.into(),
        |f| f.desk = "intake".into(),
        |f| f.system = vec![7; 32],
    ];
    let missing: [Set; 8] = [
        |f| f.from_hour = 500_001,
        |f| f.until_hour = 500_000,
        |f| f.act = v1::Act::Release.into(),
        |f| f.agreement_hash = hash("B"),
        |f| f.clause_id = "pol-vt".into(),
        |f| f.counterpart_oin = POLICE.into(),
        |f| f.desk = "intake-2".into(),
        |f| f.system = vec![8; 32],
    ];
    let police = Oin::parse(POLICE).unwrap();
    for parts in entries() {
        let found = |sets: &[Set]| {
            let mut message = v1::EntryFilter::default();
            sets.iter().for_each(|set| set(&mut message));
            let filter = EntryFilter::read(&message).unwrap();
            assert_eq!(filter.message(), message);
            filter.meets(&police, Hour(500_000), &parts).unwrap()
        };
        assert!(found(&[]));
        assert!(found(&meeting));
        for (place, miss) in missing.iter().enumerate() {
            let mut sets = meeting;
            sets[place] = *miss;
            // A period may not be empty: the other end is left open.
            if place < 2 {
                sets[1 - place] = |_| ();
            }
            assert!(!found(&sets), "{place}");
        }
    }
}

#[test]
fn criteria_of_another_form_are_refused_by_name() {
    let cases: [(Set, &str); 6] = [
        (|f| f.act = 99, "act"),
        (|f| f.system = vec![1], "system"),
        (|f| f.agreement_hash = "x".into(), "agreement hash"),
        (|f| f.clause_id = "A B".into(), "clause"),
        (|f| f.counterpart_oin = "1".into(), "oin"),
        (
            |f| (f.from_hour, f.until_hour) = (9, 9),
            "the period ends before it begins",
        ),
    ];
    for (set, told) in cases {
        let mut message = v1::EntryFilter::default();
        set(&mut message);
        let error = EntryFilter::read(&message).unwrap_err().to_string();
        assert!(error.contains(told), "{told}: {error}");
    }
}

#[test]
fn own_decisions_are_those_about_what_one_sent_and_no_other_entry() {
    let [whole, refused] = entries();
    let filter = EntryFilter {
        own_decisions: true,
        ..EntryFilter::default()
    };
    let meets = |oin: &str, parts: &[v1::OpenPart]| {
        let owner = Oin::parse(oin).unwrap();
        filter.meets(&owner, Hour(500_000), parts).unwrap()
    };
    // One with its decision in the source's own part, and one without any.
    assert!(meets(POLICE, &refused));
    assert!(!meets(POLICE, &whole));
    // To whom it was sent, or as they read it without that part, it is no decision of their own.
    assert!(!meets(CARE, &refused));
    assert!(!meets(POLICE, &refused[1..]));
    let searched = EntryFilter::read(&filter.message()).unwrap();
    assert_eq!(searched, filter);
    assert_ne!(searched.digest(), EntryFilter::default().digest());
}
