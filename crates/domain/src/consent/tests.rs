//! Records of consent: each rule broken by itself, its own code, and what the subject gets.

mod edges;

use super::export_tests::parties;
use super::receipt_tests::receipt;
use super::*;
use seinhuis_types::{Digest, Millis};

pub(super) const GOOD: &str = r#"
id = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
subject = "dossier/17"
view = "agrees"
law = "AVG"
controller = "00000099000000050000"
purposes = ["P-PLAN"]
types = ["PLAN_AGREED"]
recipients = ["00000099000000030000"]
special = false
from = "2026-09-14T10:00:00+02:00"
until = "2027-09-14T10:00:00+02:00"
registrant = "worker-9"
no_representative_is_a_suspect = true

[notice]
reference = "uitleg/plan"
version = 3
language = "nl"
sha256 = "1111111111111111111111111111111111111111111111111111111111111111"

[[act]]
state = "given"
at = "2026-09-14T10:00:00+02:00"
age = "18-plus"
capable = true
evidence = { level = "signed", sha256 = "2222222222222222222222222222222222222222222222222222222222222222" }
by = [{ role = "subject" }]
"#;

pub(super) fn good() -> ConsentRecord {
    ConsentRecord::parse(GOOD).unwrap_or_else(|fault| panic!("{fault}"))
}

pub(super) fn parent(suspect: bool) -> Actor {
    Actor {
        role: ActorRole::Parent,
        authority: Some(Digest([3; 32])),
        suspect,
    }
}

pub(super) fn subject() -> Actor {
    Actor {
        role: ActorRole::Subject,
        authority: None,
        suspect: false,
    }
}

pub(super) fn of_age(band: AgeBand, law: ConsentLaw, by: Vec<Actor>) -> ConsentRecord {
    let mut record = good();
    record.law = law;
    record.acts[0].age = band;
    record.acts[0].age_until = (band != AgeBand::Adult).then_some(record.until);
    record.acts[0].by = by;
    record
}

fn code(record: &ConsentRecord) -> &'static str {
    record.check().map_or_else(|fault| fault.code(), |()| "ok")
}

pub(super) fn withdrawn(mut record: ConsentRecord, by: Vec<Actor>) -> ConsentRecord {
    let mut act = record.acts[0].clone();
    act.state = ConsentState::Withdrawn;
    act.at = Millis(act.at.0 + Millis::DAY);
    act.by = by;
    act.evidence.level = EvidenceLevel::Oral;
    record.acts.push(act);
    record
}

#[test]
fn a_good_record_stands_in_its_term_until_it_is_taken_back() {
    let record = good();
    assert_eq!(record.check(), Ok(()));
    let (from, until) = (record.from, record.until);
    assert!(!record.stands(Millis(from.0 - 1)));
    assert!(record.stands(from) && record.stands(Millis(from.0 + 1)));
    assert!(record.stands(Millis(until.0 - 1)));
    assert!(!record.stands(until) && !record.stands(Millis(until.0 + 1)));
    let back = withdrawn(record, vec![subject()]);
    assert_eq!(back.check(), Ok(()));
    assert!(!back.stands(from));
    let mut refused = good();
    refused.acts[0].state = ConsentState::Refused;
    assert_eq!(refused.check(), Ok(()));
    assert!(!refused.stands(from));
}

/// UAVG 5; Wmo 5.3.3; Jeugdwet 7.3.15: who may, at each age and for each act.
#[test]
fn each_law_and_age_has_who_may_act() {
    use AgeBand::{Adult, From12, From16, Under12};
    use Needed::{Either, Representative, Subject};
    let of = |law, asked| AgeBand::ALL.map(|band| Needed::of(law, asked, band, true));
    let by_twelve = [Representative, Subject, Subject, Subject];
    for asked in [Asked::Give, Asked::Withdraw] {
        assert_eq!(of(ConsentLaw::Wmo, asked), by_twelve);
        assert_eq!(of(ConsentLaw::Jeugdwet, asked), by_twelve);
    }
    let avg = of(ConsentLaw::Avg, Asked::Give);
    assert_eq!(avg, [Representative, Representative, Subject, Subject]);
    let back = of(ConsentLaw::Avg, Asked::Withdraw);
    assert_eq!(back, [Representative, Either, Either, Subject]);
    assert_eq!([Under12, From12, From16, Adult], AgeBand::ALL);
    for law in ConsentLaw::ALL {
        for band in AgeBand::ALL {
            let needed = Needed::of(law, Asked::Give, band, false);
            assert_eq!(needed, Representative, "who cannot weigh it");
        }
    }
}

#[test]
fn a_broken_age_rule_has_its_code() {
    let child = |by| code(&of_age(AgeBand::Under12, ConsentLaw::Wmo, by));
    assert_eq!(child(vec![subject()]), "CONSENT_AGE");
    assert_eq!(child(vec![parent(false)]), "ok");
    let twelve = |law, by| code(&of_age(AgeBand::From12, law, by));
    assert_eq!(twelve(ConsentLaw::Wmo, vec![parent(false)]), "CONSENT_AGE");
    assert_eq!(twelve(ConsentLaw::Wmo, vec![subject()]), "ok");
    assert_eq!(twelve(ConsentLaw::Avg, vec![subject()]), "CONSENT_AGE");
    // A child of twelve takes back what its parents gave, under the AVG.
    let given = of_age(AgeBand::From12, ConsentLaw::Avg, vec![parent(false)]);
    assert_eq!(code(&withdrawn(given.clone(), vec![subject()])), "ok");
    assert_eq!(code(&withdrawn(given, vec![parent(false)])), "ok");
    let mut incapable = good();
    incapable.acts[0].capable = false;
    assert_eq!(code(&incapable), "CONSENT_AGE");
}

/// A fault in the giving keeps nothing in force: who takes it back is judged, and nobody before them.
#[test]
fn taking_back_is_judged_by_its_own_act() {
    let given = of_age(AgeBand::From12, ConsentLaw::Avg, vec![parent(true)]);
    assert_eq!(given.check_withdrawal(), Ok(()), "no act took it back");
    let by = |by| {
        let mut back = withdrawn(given.clone(), by);
        // It cannot be attested of who gave it.
        back.attested = false;
        assert_eq!(code(&back), "CONSENT_CONFLICT");
        back.check_withdrawal().map_err(|fault| fault.code())
    };
    assert_eq!(by(vec![subject()]), Ok(()));
    assert_eq!(by(vec![parent(true)]), Err("CONSENT_CONFLICT"));
    assert_eq!(by(vec![parent(false)]), Err("CONSENT_NOT_ATTESTED"));
    let of_nobody = Actor {
        role: ActorRole::SpecialCurator,
        authority: None,
        suspect: false,
    };
    assert_eq!(by(vec![of_nobody]), Err("CONSENT_AUTHORITY"));
    let grown = withdrawn(good(), vec![parent(false)]);
    let told = grown.check_withdrawal().map_err(|fault| fault.code());
    assert_eq!(told, Err("CONSENT_AGE"));
    // Faults of the record itself keep nothing in force either.
    let mut endless = withdrawn(good(), vec![subject()]);
    endless.until = endless.from;
    endless.acts[0].at = Millis(endless.acts[1].at.0 + 1);
    assert_eq!(code(&endless), "CONSENT_TERM");
    assert_eq!(endless.check_withdrawal(), Ok(()));
}

/// The law is asked about who acted when they acted: a child that grows older undoes nothing that was
/// lawful, and takes back itself what a parent gave.
#[test]
fn each_act_is_judged_by_the_age_of_its_own_moment() {
    for law in ConsentLaw::ALL {
        let mut given = of_age(AgeBand::Under12, law, vec![parent(false)]);
        let birthday = Millis(given.acts[0].at.0 + Millis::DAY);
        given.acts[0].age_until = Some(birthday);
        let mut back = withdrawn(given, vec![subject()]);
        assert_eq!(back.acts[1].at, birthday);
        // Not without the age having changed: the birthday is the first moment of the next band.
        assert_eq!(code(&back), "CONSENT_AGE_UNTIL");
        back.acts[1].age = AgeBand::From12;
        back.acts[1].age_until = Some(back.until);
        assert_eq!(code(&back), "ok", "{law:?}");
        assert_eq!(
            back.to_json_ld(&parties()).unwrap()["events"][1]["subject"]["age_band"],
            "12-15"
        );
        back.acts[1].at = Millis(birthday.0 - 1);
        assert_eq!(code(&back), "CONSENT_AGE_UNTIL", "not twelve yet");
    }
    let grown = withdrawn(good(), vec![subject()]);
    let mut younger = grown.clone();
    younger.acts[1].age = AgeBand::From16;
    younger.acts[1].age_until = Some(younger.until);
    assert_eq!(code(&younger), "CONSENT_AGE_UNTIL");
    // Who could weigh it then and cannot now: another takes it back for them.
    let mut lost = withdrawn(grown, vec![parent(false)]);
    lost.acts.remove(1);
    assert_eq!(code(&lost), "CONSENT_AGE");
    lost.acts[1].capable = false;
    assert_eq!(code(&lost), "ok");
}

#[test]
fn a_parents_consent_ends_on_the_birthday_from_which_the_childs_own_counts() {
    use AgeBand::{From12, From16, Under12};
    let years = |n: u64| n * 365 * Millis::DAY;
    for (law, band, by, ends) in [
        (ConsentLaw::Wmo, Under12, vec![parent(false)], true),
        (ConsentLaw::Jeugdwet, Under12, vec![parent(false)], true),
        // Under the AVG a parent gives until sixteen.
        (ConsentLaw::Avg, Under12, vec![parent(false)], false),
        (ConsentLaw::Avg, From12, vec![parent(false)], true),
        // What both gave, or the child alone, stays.
        (
            ConsentLaw::Wmo,
            Under12,
            vec![parent(false), subject()],
            false,
        ),
        (ConsentLaw::Wmo, From12, vec![subject()], false),
        (ConsentLaw::Avg, From16, vec![subject()], false),
    ] {
        let mut record = of_age(band, law, by);
        let birthday = Millis(record.from.0 + 90 * Millis::DAY);
        record.acts[0].age_until = Some(birthday);
        assert_eq!(code(&record), "ok");
        assert!(record.stands(Millis(birthday.0 - 1)));
        assert_eq!(record.stands(birthday), !ends, "{law:?} {band:?}");
        assert_eq!(record.ends(), if ends { birthday } else { record.until });
        let told = receipt(&record);
        assert_eq!(told.contains("tot 2026-12-13"), ends, "{told}");
    }
    // Who cannot weigh it has a representative at every age.
    let mut incapable = of_age(From12, ConsentLaw::Avg, vec![parent(false)]);
    incapable.acts[0].capable = false;
    incapable.acts[0].age_until = Some(Millis(incapable.from.0 + 1));
    assert!(incapable.stands(Millis(incapable.until.0 - 1)));
    // Given years before its term: at sixteen it ends too.
    let mut early = of_age(Under12, ConsentLaw::Avg, vec![parent(false)]);
    early.acts[0].at = Millis(early.from.0 - years(4) - Millis::DAY);
    early.acts[0].age_until = Some(Millis(early.from.0 - years(4) + 1));
    assert!(early.stands(early.from));
    assert!(!early.stands(Millis(early.from.0 + 1)));
}

#[test]
fn a_minors_age_says_until_when_it_holds_and_after_the_act() {
    let mut child = of_age(AgeBand::Under12, ConsentLaw::Wmo, vec![parent(false)]);
    child.acts[0].age_until = None;
    assert_eq!(code(&child), "CONSENT_AGE_UNTIL");
    child.acts[0].age_until = Some(child.acts[0].at);
    assert_eq!(code(&child), "CONSENT_AGE_UNTIL");
    let mut grown = good();
    grown.acts[0].age_until = Some(grown.until);
    assert_eq!(code(&grown), "CONSENT_AGE_UNTIL");
    let written = GOOD.replace(
        "capable = true",
        "capable = true\nage_until = \"2027-01-02T00:00:00+01:00\"",
    );
    let read = ConsentRecord::parse(&written).unwrap().acts[0].age_until;
    assert_eq!(read, Some(Millis(1_798_844_400_000)));
}

#[test]
fn a_representative_who_is_a_suspect_decides_nothing() {
    let suspect = of_age(AgeBand::Under12, ConsentLaw::Wmo, vec![parent(true)]);
    assert_eq!(code(&suspect), "CONSENT_CONFLICT");
    // Nor beside another, nor takes back what another gave.
    let both = vec![parent(false), parent(true)];
    let both = of_age(AgeBand::Under12, ConsentLaw::Wmo, both);
    assert_eq!(code(&both), "CONSENT_CONFLICT");
    let given = of_age(AgeBand::Under12, ConsentLaw::Wmo, vec![parent(false)]);
    assert_eq!(
        code(&withdrawn(given.clone(), vec![parent(true)])),
        "CONSENT_CONFLICT"
    );
    // The registrant says that nobody is, whatever the record says of each.
    let mut silent = given;
    silent.attested = false;
    assert_eq!(code(&silent), "CONSENT_NOT_ATTESTED");
    let mut curator = silent;
    curator.acts[0].by[0].role = ActorRole::SpecialCurator;
    assert_eq!(code(&curator), "ok");
    // A subject may be a suspect in the matter: that takes nobody's own voice.
    let mut own = good();
    own.acts[0].by[0].suspect = true;
    assert_eq!(code(&own), "ok");
}

#[test]
fn each_other_rule_has_its_code() {
    type Change = fn(&mut ConsentRecord);
    let cases: [(&str, Change); 9] = [
        ("CONSENT_TERM", |r| r.until = r.from),
        ("CONSENT_TERM", |r| {
            r.until = Millis(r.from.0 + 732 * Millis::DAY)
        }),
        ("CONSENT_SCOPE", |r| r.purposes.clear()),
        ("CONSENT_SCOPE", |r| r.types.clear()),
        ("CONSENT_SCOPE", |r| r.recipients.clear()),
        ("CONSENT_ORDER", |r| r.acts.clear()),
        ("CONSENT_ORDER", |r| {
            r.acts[0].state = ConsentState::Withdrawn
        }),
        ("CONSENT_ORDER", |r| r.acts.push(r.acts[0].clone())),
        ("CONSENT_EVIDENCE", |r| {
            r.special = true;
            r.acts[0].evidence.level = EvidenceLevel::Oral;
        }),
    ];
    for (expected, change) in cases {
        let mut record = good();
        change(&mut record);
        assert_eq!(code(&record), expected);
        assert!(!record.stands(good().from), "{expected}");
    }
    let mut unproven = of_age(AgeBand::Under12, ConsentLaw::Wmo, vec![parent(false)]);
    unproven.acts[0].by[0].authority = None;
    assert_eq!(code(&unproven), "CONSENT_AUTHORITY");
    // Spoken consent of somebody of age, to what is not special, is recorded as that.
    let mut spoken = good();
    spoken.acts[0].evidence.level = EvidenceLevel::Oral;
    assert_eq!(code(&spoken), "ok");
    // Nothing follows a withdrawal.
    let mut late = withdrawn(good(), vec![subject()]);
    let mut again = late.acts[0].clone();
    again.at = Millis(again.at.0 + 9 * Millis::DAY);
    late.acts.push(again);
    assert_eq!(code(&late), "CONSENT_ORDER");
}

#[test]
fn a_value_of_another_form_is_told_by_its_key_and_never_repeated() {
    for (from, to) in [
        ("age = \"18-plus\"", "age = \"unknown\""),
        ("law = \"AVG\"", "law = \"Wpg\""),
        ("a1b2c3d4e5f60718293a4b5c6d7e8f90", "A1B2"),
        ("dossier/17", "123456782"),
        ("2027-09-14T10:00:00+02:00", "morgen"),
        ("level = \"signed\"", "level = \"sworn\""),
        ("special = false", "special = false\nname = \"x\""),
        ("by = [{ role = \"subject\" }]", "by = []"),
    ] {
        assert!(GOOD.contains(from));
        let fault = ConsentRecord::parse(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(fault.code(), "CONSENT_FORM", "{to}");
        assert!(!fault.to_string().contains("123456782"), "{fault}");
    }
}
