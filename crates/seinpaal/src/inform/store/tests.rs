//! Tasks on disk: read as they were kept, and told where they were altered.

use super::*;

const DAY: u64 = Millis::DAY;

fn kept() -> Kept {
    Kept {
        name: "00ff-1".to_owned(),
        delivery: "00ff".to_owned(),
        ordinal: 1,
        signal_type: "INC_HOME".parse().unwrap(),
        purpose: "P-REPORT".parse().unwrap(),
        subject_role: "victim".to_owned(),
        source: None,
        existence_shielded: true,
        law: vec!["Wmo 5.3.1".to_owned()],
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
fn a_shield_that_is_set_later_hides_what_was_to_be_told() {
    let dir = tempfile::tempdir().unwrap();
    let tasks = Tasks::of(dir.path());
    let delivery = DeliveryId([7; 16]);
    let fresh = Kept {
        name: format!("{delivery}-0"),
        delivery: delivery.to_string(),
        ordinal: 0,
        source: Some("politie".to_owned()),
        existence_shielded: false,
        ..kept()
    };
    tasks.keep(&fresh).unwrap();
    let now = |shield| {
        tasks.shield(&delivery, shield).unwrap();
        let kept = tasks.one(&fresh.name).unwrap();
        (kept.source, kept.existence_shielded)
    };
    assert_eq!(now(SourceShield::None), (Some("politie".to_owned()), false));
    assert_eq!(now(SourceShield::Origin), (None, false));
    assert_eq!(now(SourceShield::Existence), (None, true));
    assert_eq!(now(SourceShield::None), (None, true), "it is not lifted");
    let other = DeliveryId([8; 16]);
    tasks.shield(&other, SourceShield::Existence).unwrap();
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
        ("seinpaal/inform/v1", "seinpaal/inform/v9"),
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
