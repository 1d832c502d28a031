//! What is for the person from a day on: before it, not a byte of the person's report tells of it.

use super::office::Office;
use super::*;
use prost::Message;
use seinhuis_domain::entry::Class;
use seinhuis_types::Clock;

const DAY: &str = "after-2026-09-22";

/// Two acts that the person may know, and between them so many that have to wait.
fn waiting(times: usize) -> (Office, Vec<usize>, Class) {
    let later = Class::parse(DAY).unwrap();
    let mut office = Office::new();
    office.act(SUBJECT);
    let hidden = (0..times).map(|_| office.act(later)).collect();
    office.act(SUBJECT);
    office.classes.insert(later);
    (office, hidden, later)
}

fn begins(class: Class) -> Millis {
    let Class::After(day) = class else {
        panic!("{class:?} does not wait")
    };
    day.begins().unwrap()
}

#[test]
fn an_entry_joins_the_persons_report_at_its_day_and_not_a_millisecond_before() {
    let (office, hidden, later) = waiting(2);
    let begins = begins(later);
    assert!(begins > NOW);
    for (at, shown) in [
        (begins.0 - 1, false),
        (begins.0, true),
        (begins.0 + 1, true),
    ] {
        office.clock.advance(at - office.clock.now().0);
        let mine = office.report(v1::Audience::Subject, &office.entries);
        assert!(mine.is_whole());
        let indexes: Vec<u64> = mine.content.entries.iter().map(|one| one.index).collect();
        let text = mine.content.text_nl.clone();
        if shown {
            assert_eq!(indexes, [0, 1, 2, 3]);
            let lasts: Vec<_> = mine.chains.iter().map(|one| one.verdict.last).collect();
            assert_eq!((mine.chains.len(), lasts), (2, vec![2, 2]));
            assert!(
                text.contains("zichtbaar voor de betrokkene vanaf 2026-09-22"),
                "{text}"
            );
            // From then on an omission in it shows.
            let gap = office.report(v1::Audience::Subject, &office.without(&hidden[..1]));
            assert_eq!(missing(&gap), [(1, 1)]);
        } else {
            assert_eq!(indexes, [0, 3]);
            let counts = office.counts();
            let with = office.content(v1::Audience::Subject, &office.entries, &counts);
            let without = office.content(v1::Audience::Subject, &office.without(&hidden), &counts);
            assert_eq!(with.encode_to_vec(), without.encode_to_vec());
            assert!(!text.contains("2026-09-22"));
        }
        // The authority has it all the time, and is told from when the person does.
        let all = office.report(v1::Audience::Authority, &office.entries);
        let facts = all.content.entries[hidden[0]].facts.clone().unwrap();
        let withheld: &[&str] = if shown { &[] } else { &[DAY] };
        assert_eq!(facts.withheld, withheld);
    }
}

/// As many acts in the same class, or none: to the person it is the same report until the day.
#[test]
fn the_persons_numbers_do_not_tell_how_much_waits() {
    let told = |times: usize| {
        let (office, _, later) = waiting(times);
        office.clock.advance(begins(later).0 - 1 - NOW.0);
        let mine = office.content(v1::Audience::Subject, &office.entries, &office.counts());
        let counts = mine
            .chains
            .iter()
            .map(|one| (one.taken, one.open, one.visibility.clone()));
        (mine.entries.len(), counts.collect::<Vec<_>>())
    };
    assert_eq!(told(0), told(5));
}

#[test]
fn a_report_that_shows_the_person_what_has_to_wait_does_not_hold() {
    let (office, _, later) = waiting(1);
    office.clock.advance(begins(later).0 - NOW.0);
    let due = office.content(v1::Audience::Subject, &office.entries, &office.counts());
    assert!(office.open(&due).is_ok());
    let early = v1::AccessReport {
        made_ms: begins(later).0 - 1,
        ..due.clone()
    };
    let error = office.open(&office.word(early)).unwrap_err().to_string();
    assert!(error.contains("not due"), "{error}");
    for class in ["after-", "after-2026-9-21", "later"] {
        let mut other = due.clone();
        other.chains[0].visibility = class.to_owned();
        assert!(office.open(&office.word(other)).is_err(), "{class}");
    }
}
