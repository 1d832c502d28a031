//! Tasks on disk: read as they were kept, and told where they were altered.

use super::*;
use seinhuis_domain::inform::{EndReason, InformDuty, Step, Told};
use seinhuis_types::Millis;

const DAY: u64 = Millis::DAY;

fn kept() -> Kept {
    Kept {
        name: "00ff-1".to_owned(),
        delivery: "00ff".to_owned(),
        ordinal: 1,
        by: None,
        person: Some(Person {
            epoch: 3,
            mark: "aa".repeat(32),
        }),
        signal_type: "INC_HOME".parse().unwrap(),
        purpose: "P-REPORT".parse().unwrap(),
        subject_role: "victim".to_owned(),
        source: None,
        existence_shielded: true,
        law: vec!["Wmo 5.3.1".to_owned()],
        ended_by: None,
        task: InformTask::begin(
            InformDuty {
                within_days: 28,
                step_days: 14,
            },
            Millis(DAY),
        ),
    }
}

fn postponed() -> Kept {
    let mut kept = kept();
    let step = Step {
        at: Millis(20 * DAY),
        days: 14,
        reason: "investigation".parse().unwrap(),
        person: "m-1".to_owned(),
    };
    kept.task.postpone(step).unwrap();
    kept
}

#[test]
fn a_task_reads_as_it_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let tasks = Tasks::of(dir.path());
    assert!(tasks.all().unwrap().is_empty(), "no folder yet");
    let mut written = postponed();
    written
        .task
        .tell(Told {
            at: Millis(22 * DAY),
            way: "in-person".parse().unwrap(),
            person: "m-2".to_owned(),
        })
        .unwrap();
    tasks.keep(&written).unwrap();
    let read = tasks.one("00f").unwrap();
    assert_eq!(read.task, written.task);
    assert_eq!(document(&read), document(&written));
    assert!(read.existence_shielded && read.source.is_none());
    assert!(tasks.one("1").is_err());
}

#[test]
fn a_name_that_fits_several_is_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let tasks = Tasks::of(dir.path());
    for ordinal in [1, 11] {
        let kept = Kept {
            name: format!("00ff-{ordinal}"),
            ordinal,
            ..kept()
        };
        tasks.keep(&kept).unwrap();
    }
    assert!(tasks.one("00ff").is_err());
    assert_eq!(
        tasks.one("00ff-1").unwrap().ordinal,
        1,
        "a whole name is one"
    );
}

#[test]
fn a_task_that_ended_reads_as_it_was_kept() {
    let dir = tempfile::tempdir().unwrap();
    let tasks = Tasks::of(dir.path());
    let mut written = postponed();
    written.by = Some("00ee".to_owned());
    assert!(written.task.end(Millis(22 * DAY), EndReason::OtherPerson));
    written.ended_by = Some("00dd".to_owned());
    tasks.keep(&written).unwrap();
    let read = tasks.one("00ff-1").unwrap();
    assert_eq!(read.task, written.task);
    assert_eq!(document(&read), document(&written));
    assert_eq!((&read.by, &read.person), (&written.by, &written.person));
    // Told and ended, ended without a reason of the set, or by nothing: no task.
    let whole = document(&written).to_string();
    for (from, to) in [
        (
            "\"told\":null",
            "\"told\":{\"at_ms\":1900800000,\"way\":\"in-person\",\"person\":\"m\"}",
        ),
        ("\"reason\":\"other-person\"", "\"reason\":\"because\""),
        (",\"by\":\"00dd\"", ""),
        ("\"at_ms\":1900800000", "\"at_ms\":1728000"),
    ] {
        assert_eq!(whole.matches(from).count(), 1, "{from}: {whole}");
        let altered = whole.replacen(from, to, 1);
        assert!(parse("00ff-1", altered.as_bytes()).is_err(), "{to}");
    }
}

/// As a program before this one wrote it: without marks and without an end.
#[test]
fn a_task_of_the_first_form_is_read_and_compares_with_nobody() {
    let mut first = document(&postponed());
    let members = first.as_object_mut().unwrap();
    members.insert("format".to_owned(), "seinpaal/inform/v1".into());
    for key in ["by", "person", "ended"] {
        assert!(members.remove(key).is_some(), "{key}");
    }
    let read = parse("00ff-1", first.to_string().as_bytes()).unwrap();
    assert_eq!(read.task, postponed().task);
    assert!(read.person.is_none() && !read.of_epoch(3));
    assert!(postponed().of_epoch(3) && !postponed().of_epoch(4));
    // Kept again it is in the form of today, and still reads; without the key it is none.
    let again = document(&read);
    assert_eq!(again["format"], "seinpaal/inform/v2");
    assert!(parse("00ff-1", again.to_string().as_bytes()).is_ok());
    let mut without = again;
    without.as_object_mut().unwrap().remove("person").unwrap();
    assert!(parse("00ff-1", without.to_string().as_bytes()).is_err());
}

/// A term stretched by hand, a step left out, another task's file: told, and not followed.
#[test]
fn what_was_altered_by_hand_is_told() {
    let whole = document(&postponed()).to_string();
    assert!(parse("00ff-1", whole.as_bytes()).is_ok());
    assert!(parse("00ff-2", whole.as_bytes()).is_err());
    for (from, to) in [
        ("\"days\":14", "\"days\":60"),
        ("\"days\":14", "\"days\":0"),
        ("seinpaal/inform/v2", "seinpaal/inform/v9"),
        ("\"existence_shielded\":true", "\"existence_shielded\":1"),
        ("\"within_days\":28", "\"within_days\":280000"),
        ("\"told\":null", "\"told\":{}"),
        ("INC_HOME", "?"),
    ] {
        assert_eq!(whole.matches(from).count(), 1, "{from}");
        let altered = whole.replacen(from, to, 1);
        assert!(parse("00ff-1", altered.as_bytes()).is_err(), "{to}");
    }
}
