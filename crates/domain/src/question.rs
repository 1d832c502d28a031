//! Questions to one desk and what answers them: which types these are, when a question's tick may be, what
//! an answer must look like so that it tells nothing but by its sealed values, and when the number of
//! questions is unusual.
//!
//! Owns: these rules. Must not know: agreements, what a question or answer says, when anything is sent.

use crate::catalogue::TypeDef;
use crate::signal::{Header, Origin, Restriction, Source, SourceShield};
use seinhuis_types::{CodeValue, Hour, Millis, PurposeCode, RegionCode, SignalType};

/// The type of a question.
pub const QUESTION: &str = "ASK";
/// The type of what answers one.
pub const ANSWER: &str = "ANSWER";

/// Ticks come at whole minutes only, in milliseconds: what answers at one moment leaves together.
pub const TICK_MS: u64 = 60 * Millis::SECOND;
/// The shortest time to answer that a hub in service gives, in milliseconds.
pub const SHORTEST_MS: u64 = 15 * TICK_MS;
/// The longest time to answer, in milliseconds: as long as the hub keeps what is not collected.
pub const LONGEST_MS: u64 = 7 * Millis::DAY;

/// On how many days with questions a median is taken at least; before that nothing is unusual.
pub const DAYS_NEEDED: usize = 5;

/// Whether a type comes about by asking: it goes under clauses for questions, and by `QuestionService`.
pub fn is_asked(code: &SignalType) -> bool {
    [QUESTION, ANSWER].contains(&code.as_str())
}

/// That a question asked at `now` may have its tick at `by`, at a hub that gives `shortest_ms` at least:
/// [`SHORTEST_MS`], or less where nobody is asked but made-up people are.
///
/// # Errors
/// The rule that is broken, for people.
pub fn check_tick(by: Millis, now: Millis, shortest_ms: u64) -> Result<(), &'static str> {
    if !by.0.is_multiple_of(TICK_MS) {
        return Err("answer_by_ms: a tick is a whole minute");
    }
    if by < now.plus(shortest_ms) {
        return Err(
            "answer_by_ms: nearer than the hub lets a question be answered (`limits.question_minutes`, 15 in service)",
        );
    }
    if by > now.plus(LONGEST_MS) {
        return Err("answer_by_ms: at most 7 days ahead");
    }
    Ok(())
}

/// Of a question, what every answer to it repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Its purpose.
    pub purpose: PurposeCode,
    /// Its region.
    pub region: RegionCode,
    /// Why it is needed.
    pub necessity: CodeValue,
    /// Whether the subject was told.
    pub informed: CodeValue,
    /// The hour of its route. An hour of its own would say when a person answered.
    pub hour: Hour,
}

/// That the header of an answer says nothing of the answer: everything in it is the question's or its
/// type's, so whatever is answered it has the same bytes but for the law the data come from, which is the
/// clause's.
///
/// # Errors
/// The first part of the header that is not, for people.
pub fn check_answer(
    header: &Header,
    question: &Repeated,
    definition: &TypeDef,
) -> Result<(), &'static str> {
    let same = [
        (
            header.subjects.is_empty(),
            "subjects: an answer names nobody; its question did",
        ),
        (
            header.fields.iter().eq(definition.fields.keys()),
            "fields: an answer has every field of its type, also those that say nothing",
        ),
        (
            header.purpose == question.purpose,
            "purpose: that of the question is expected",
        ),
        (
            header.region == question.region,
            "region: that of the question is expected",
        ),
        (
            header.necessity == question.necessity,
            "necessity: that of the question is expected",
        ),
        (
            header.subject_informed == question.informed,
            "subject_informed: that of the question is expected",
        ),
        (
            header.event_hour == question.hour,
            "event_hour: the hour of the question is expected",
        ),
        (
            header.urgency.as_str() == definition.urgency.as_str(),
            "urgency: that of the type is expected",
        ),
        (
            header.valid_until.is_none()
                && header.source_shield == SourceShield::None
                && !header.address_shield
                && header.origin == Origin::Own
                && !header.second_approval
                && header.consent.is_none()
                && header.break_glass.is_none()
                && header.restriction == Restriction::None
                && !header.restricted_theme,
            "header: an answer has no shield, restriction, theme, term, origin or approval that others have not",
        ),
    ];
    same.into_iter()
        .find(|(holds, _)| !holds)
        .map_or(Ok(()), |(_, rule)| Err(rule))
}

/// That nobody acts in a cover: it is made before anyone looked.
///
/// # Errors
/// The rule, for people.
pub fn check_cover(source: &Source) -> Result<(), &'static str> {
    let nobody = source.acting_person.is_empty()
        && source.acting_role.is_none()
        && source.decided_by.is_empty()
        && source.second_approval.is_none()
        && source.prior_call.is_none();
    if nobody {
        return Ok(());
    }
    Err("source_leaf: nobody acts in a cover; what a person decided is lodged as an answer")
}

/// Whether `today` questions are more than twice the median of the days `before` on which there were any, and
/// one fewer was not: true once a day. With fewer than [`DAYS_NEEDED`] such days nothing is unusual.
pub fn is_unusual(today: u64, before: &[u64]) -> bool {
    today > 0 && is_more(today, before) && !is_more(today.saturating_sub(1), before)
}

/// Whether `today` questions are more than twice the median of the days `before` on which there were any.
pub fn is_more(today: u64, before: &[u64]) -> bool {
    let mut days: Vec<u64> = before.iter().copied().filter(|count| *count > 0).collect();
    if days.len() < DAYS_NEEDED {
        return false;
    }
    days.sort_unstable();
    // Of an even number the higher of the two in the middle: the alarm is late rather than noise.
    let median = days.get(days.len() / 2).copied().unwrap_or(u64::MAX);
    today > median.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::signal::{BreakGlass, IdKind, Regime, SubjectHead};
    use std::path::Path;

    /// Which part of the header, and what is done to it.
    type Change = (&'static str, fn(&mut Header));

    #[test]
    fn a_tick_is_a_whole_minute_within_its_bounds() {
        let now = Millis(1_790_000_040_000);
        assert!(now.0.is_multiple_of(TICK_MS));
        for (by, may) in [
            (SHORTEST_MS - TICK_MS, false),
            (SHORTEST_MS, true),
            (SHORTEST_MS + 1, false),
            (LONGEST_MS, true),
            (LONGEST_MS + TICK_MS, false),
        ] {
            let checked = check_tick(now.plus(by), now, SHORTEST_MS);
            assert_eq!(checked.is_ok(), may, "{by}");
        }
        // A millisecond past the minute, the fifteenth minute ahead is too near and the seventh day is not
        // too far.
        let later = now.plus(1);
        assert!(check_tick(now.plus(SHORTEST_MS), later, SHORTEST_MS).is_err());
        assert!(check_tick(now.plus(LONGEST_MS), later, SHORTEST_MS).is_ok());
        // A hub that is tried out may give less; the minute stays whole, and nothing answers in the past.
        assert!(check_tick(now.plus(TICK_MS), now, TICK_MS).is_ok());
        assert!(check_tick(now, later, 0).is_err());
    }

    fn catalogue() -> Catalogue {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/catalogue");
        let mut texts = Vec::new();
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|found| found == "toml") {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                texts.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
        texts.sort();
        Catalogue::load(&texts).unwrap()
    }

    /// What answers the question of this test as it should.
    fn answer(definition: &TypeDef) -> Header {
        Header {
            signal_type: ANSWER.parse().unwrap(),
            type_version: 1,
            purpose: "P-SAFETY".parse().unwrap(),
            necessity: "report-task".parse().unwrap(),
            regime: Regime::Avg,
            wpg_article: None,
            second_approval: false,
            region: "kennemerland".parse().unwrap(),
            fields: definition.fields.keys().cloned().collect(),
            subjects: Vec::new(),
            urgency: definition.urgency.as_str().parse().unwrap(),
            event_hour: Hour(497_222),
            valid_until: None,
            retention: "R0".parse().unwrap(),
            source_shield: SourceShield::None,
            address_shield: false,
            subject_informed: "not-yet".parse().unwrap(),
            origin: Origin::Own,
            onward_basis: None,
            restriction: Restriction::None,
            restricted_theme: false,
            consent: None,
            rectification: None,
            break_glass: None,
        }
    }

    #[test]
    fn the_header_of_an_answer_is_the_questions_and_its_types() {
        let catalogue = catalogue();
        let definition = catalogue.signal_type(&ANSWER.parse().unwrap()).unwrap();
        let question = Repeated {
            purpose: "P-SAFETY".parse().unwrap(),
            region: "kennemerland".parse().unwrap(),
            necessity: "report-task".parse().unwrap(),
            informed: "not-yet".parse().unwrap(),
            hour: Hour(497_222),
        };
        let good = || answer(definition);
        assert_eq!(check_answer(&good(), &question, definition), Ok(()));
        let changes: [Change; 16] = [
            ("subjects", |header| {
                header.subjects.push(SubjectHead {
                    role: "victim".parse().unwrap(),
                    age_band: "18-plus".parse().unwrap(),
                    kind: IdKind::Own,
                    identity_sealed: false,
                });
            }),
            ("fields", |header| {
                header.fields.pop_last();
            }),
            ("purpose", |header| {
                header.purpose = "P-REPORT".parse().unwrap()
            }),
            ("region", |header| header.region = "twente".parse().unwrap()),
            ("necessity", |header| {
                header.necessity = "other".parse().unwrap()
            }),
            ("subject_informed", |header| {
                header.subject_informed = "yes".parse().unwrap();
            }),
            // An hour later: when somebody looked.
            ("event_hour", |header| header.event_hour = Hour(497_223)),
            ("urgency", |header| header.urgency = "U1".parse().unwrap()),
            ("header", |header| header.valid_until = Some(Hour(497_224))),
            ("header", |header| {
                header.source_shield = SourceShield::Origin
            }),
            ("header", |header| header.address_shield = true),
            ("header", |header| header.origin = Origin::Received),
            ("header", |header| header.second_approval = true),
            ("header", |header| {
                header.restriction = Restriction::LegalClaim
            }),
            ("header", |header| header.restricted_theme = true),
            ("header", |header| {
                header.break_glass = Some(BreakGlass {
                    reason: None,
                    call: None,
                    until: Millis(1_790_000_040_000),
                });
            }),
        ];
        for (part, change) in changes {
            let mut header = good();
            change(&mut header);
            let told = check_answer(&header, &question, definition).unwrap_err();
            assert!(told.starts_with(part), "{part}: {told}");
        }
    }

    #[test]
    fn nobody_acts_in_a_cover() {
        let nobody = || Source {
            acting_person: Vec::new(),
            acting_role: None,
            decided_by: Vec::new(),
            reason: None,
            second_approval: None,
            processing_activity: String::new(),
            prior_call: None,
        };
        assert_eq!(check_cover(&nobody()), Ok(()));
        let acted = Source {
            acting_person: b"officer-17".to_vec(),
            ..nobody()
        };
        let decided = Source {
            decided_by: b"chief-2".to_vec(),
            ..nobody()
        };
        assert!(check_cover(&acted).is_err() && check_cover(&decided).is_err());
    }

    #[test]
    fn more_than_twice_the_median_is_told_once() {
        let before = [3, 0, 5, 4, 0, 4, 9, 2];
        let told: Vec<u64> = (0..20)
            .filter(|today| is_unusual(*today, &before))
            .collect();
        assert_eq!(told, [9], "the median of 2 3 4 4 5 9 is taken as 4");
        assert!((0..99).all(|today| !is_unusual(today, &[1, 1, 1, 1, 0, 0])));
        assert!(is_unusual(3, &[1, 1, 1, 1, 1]));
        let more: Vec<u64> = (0..12).filter(|today| is_more(*today, &before)).collect();
        assert_eq!(more, [9, 10, 11], "and it stays so");
        assert!(!is_unusual(u64::MAX, &[u64::MAX; 6]));
    }
}
