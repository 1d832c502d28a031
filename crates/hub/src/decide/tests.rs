//! Decisions as the hub makes and records them, made again: exactly by the rules they were made by, and
//! by others with exactly the flips that were planted.

mod ends;
mod stated;
mod world;

use crate::compare::tests::content;
use prost::Message;
use seinhuis_domain::agreement::{Clause, Content};
use seinhuis_domain::decision::{Asked, NotAsRecorded, Recorded, input_digest};
use seinhuis_policy::{Change, Flip, Lacking, Replay, Replayed, clause_facts};
use seinhuis_proto::v1;
use std::collections::BTreeMap;
use world::{Logged, World, agreement, catalogue, further, policy};

const SEED: u64 = 20_261_122;
/// As many as the promise is about.
const PROMISED: usize = 100_000;

/// The rules that the world decides by, read anew: nothing is shared with who decided.
fn at_hand() -> Replay {
    let mut replay = Replay::default();
    replay.know_catalogue(catalogue(&[]));
    replay.know_policy(policy(&[]));
    for (hash, content) in [agreement(), further()] {
        replay.know_agreement(hash, content);
    }
    replay
}

fn again(replay: &mut Replay, logged: &Logged) -> Replayed {
    let recorded = Recorded::parse(&logged.decision).unwrap();
    replay.again(&recorded, &logged.input)
}

/// The flips that a candidate makes; every decision must be replayable, and proven by its own rules.
fn flips(log: &[Logged], replay: &mut Replay) -> Vec<Option<Flip>> {
    let one = |logged| match again(replay, logged) {
        Replayed::Same { proven: true } => None,
        Replayed::Flip(flip) => Some(*flip),
        other => panic!("{other:?}"),
    };
    log.iter().map(one).collect()
}

fn codes(flip: &Flip) -> Vec<&str> {
    flip.new_reasons()
        .iter()
        .map(|why| why.code.as_str())
        .collect()
}

#[test]
fn a_hundred_thousand_decisions_made_again_on_unchanged_sets_are_all_the_same() {
    let counts: Vec<(BTreeMap<String, usize>, usize)> = std::thread::scope(|scope| {
        let halves: Vec<_> = [(SEED, agreement()), (SEED + 1, further())]
            .into_iter()
            .map(|(seed, agreement)| {
                scope.spawn(move || {
                    let (mut world, mut replay) = (World::under(agreement, seed), at_hand());
                    let (mut yes, mut no) = (BTreeMap::new(), 0);
                    for number in 0..PROMISED / 2 {
                        let logged = world.decide(number);
                        let recorded = Recorded::parse(&logged.decision).unwrap();
                        if recorded.told.permitted {
                            let input = recorded.input(&logged.input).unwrap().unwrap();
                            *yes.entry(input.clause.to_string()).or_default() += 1;
                        } else {
                            no += 1;
                        }
                        let found = again(&mut replay, &logged);
                        assert_eq!(
                            found,
                            Replayed::Same { proven: true },
                            "seed {seed}: {number}"
                        );
                    }
                    (yes, no)
                })
            })
            .collect();
        halves
            .into_iter()
            .map(|half| half.join().unwrap())
            .collect()
    });
    let clauses = [agreement(), further()].map(|(_, content)| content.clauses);
    for ((yes, no), clauses) in counts.iter().zip(clauses) {
        let all: usize = yes.values().sum();
        assert_eq!(all + no, PROMISED / 2);
        assert!(all > PROMISED / 20 && *no > PROMISED / 20, "{all} and {no}");
        // Also what goes on consent and in danger to life, what is asked and what is answered.
        for clause in clauses {
            let permitted = yes.get(clause.id.as_str()).copied().unwrap_or_default();
            assert!(permitted > PROMISED / 200, "{}: {permitted}", clause.id);
        }
    }
}

#[test]
fn a_clause_taken_out_flips_what_went_under_it_and_nothing_else() {
    let mut world = World::new(SEED + 2);
    let log = world.log(3_000);
    let (hash, mut content) = agreement();
    let gone = content.clauses.remove(1).id;
    let mut replay = at_hand();
    replay.try_agreement(hash, content);
    let mut met = 0;
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        let falls = was.told.permitted && input.clause == gone;
        let refused = flip.as_ref().filter(|flip| flip.change == Change::Refused);
        assert_eq!(refused.is_some(), falls, "{input:?}");
        if let Some(flip) = refused {
            assert_eq!(codes(flip), ["AGREEMENT_NOT_VALID"]);
            let [why] = flip.would_be.reasons.as_slice() else {
                panic!("{flip:?}")
            };
            assert!(!why.law.is_empty() && !why.remedy_nl.is_empty() && !why.text_en.is_empty());
            met += 1;
        }
        // Another clause is touched only where its rules had become old: the candidate's are not.
        let touched = flip.is_some() && input.clause != gone;
        let old_rules = input.standing.known && !input.standing.ruleset_ok;
        assert!(!touched || old_rules, "{flip:?}");
    }
    assert!(met > 100, "{met}");
}

#[test]
fn a_basis_taken_away_flips_the_special_data_that_went_on_it() {
    let mut world = World::new(SEED + 3);
    let log = world.log(3_000);
    let (hash, mut content) = agreement();
    let clause = &mut content.clauses[0];
    clause.basis.special.clear();
    let id = clause.id.clone();
    let mut replay = at_hand();
    replay.try_agreement(hash, content);
    let mut met = 0;
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        let falls = was.told.permitted && input.clause == id && !was.told.bases[2].is_empty();
        let refused = flip.as_ref().filter(|flip| flip.change == Change::Refused);
        assert_eq!(refused.is_some(), falls, "{input:?}");
        if let Some(flip) = refused {
            assert_eq!(codes(flip), ["NO_BASIS_FOR_SPECIAL_DATA"]);
            met += 1;
        }
    }
    assert!(met > 100, "{met}");
}

#[test]
fn a_narrower_catalogue_flips_roles_and_fields_and_no_value() {
    let mut world = World::new(SEED + 4);
    let log = world.log(2_000);
    // A role less, and a field less, of one type.
    let fields = r#"fields = ["form", "nature", "injury", "weapon", "substance", "place_type", "children_present", "children_count", "arrested", "complaint", "barring_considered", "fact_status", "severity", "subject_view"]
minimum"#;
    let without = fields.replace(r#""weapon", "#, "");
    let roles = r#"child = 8, unborn = 2, household-adult = 4, parent = 4 }
urgency = "U3"
urgency_at"#;
    let fewer = roles.replace("household-adult = 4, ", "");
    let mut replay = at_hand();
    replay.try_catalogue(catalogue(&[(fields, &without), (roles, &fewer)]));
    let (mut people, mut less) = (0, 0);
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        let role = input
            .subjects
            .iter()
            .any(|s| s.role.as_str() == "household-adult");
        let of_type = input.signal_type.as_str() == "INC_HOME";
        let change = flip.as_ref().map(|flip| flip.change);
        let falls = was.told.permitted && of_type && role;
        assert_eq!(change == Some(Change::Refused), falls, "{input:?}");
        let weapon = was.told.granted.contains("weapon");
        let stays = was.told.permitted && of_type && !role && weapon;
        if was.told.permitted {
            assert_eq!(change == Some(Change::Fields), stays, "{input:?}");
        }
        match (change, &flip) {
            (Some(Change::Refused), Some(flip)) => {
                assert_eq!(codes(flip), ["SUBJECT_ROLE_NOT_COVERED"]);
                people += 1;
            }
            (Some(Change::Fields), Some(flip)) if was.told.permitted => {
                assert!(flip.would_be.withheld.contains("weapon"), "{flip:?}");
                less += 1;
            }
            _ => {}
        }
    }
    assert!(people > 50 && less > 50, "{people} and {less}");
    // A code less is a value less: values are sealed, and the hub decides on none.
    let code = "[[list.code]]\ncode = \"threatened\"\nlabel = { nl = \"Mee gedreigd\", en = \"Threatened with\" }\n";
    let mut replay = at_hand();
    replay.try_catalogue(catalogue(&[(code, "")]));
    assert!(flips(&log, &mut replay).iter().all(Option::is_none));
}

/// A type goes for the purposes that the catalogue has for it, whatever its clause lists; who received it for one
/// that the catalogue has no longer is told of an error all the same.
#[test]
fn a_purpose_that_a_type_loses_flips_what_is_sent_and_not_what_is_told() {
    let mut world = World::new(SEED + 8);
    let log = world.log(2_000);
    let way = r#"themes = ["partner", "child-abuse", "elder", "sexual"]

[[type.direction]]
from = "politie"
to = "veilig-thuis"
purposes = ["P-REPORT", "P-SAFETY"]"#;
    let narrower = way.replace(r#""P-REPORT", "#, "");
    let mut replay = at_hand();
    replay.try_catalogue(catalogue(&[(way, &narrower)]));
    let (mut sent, mut told) = (0, 0);
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        if !was.told.permitted || input.signal_type.as_str() != "INC_HOME" {
            continue;
        }
        assert_eq!(input.purpose.as_str(), "P-REPORT");
        if input.asked == Asked::Rectify {
            assert!(flip.is_none(), "{flip:?}");
            told += 1;
        } else {
            let flip = flip.unwrap();
            assert_eq!(codes(&flip), ["PURPOSE_NOT_COVERED"]);
            sent += 1;
        }
    }
    assert!(sent > 50 && told > 10, "{sent} and {told}");
}

#[test]
fn a_forbid_that_says_more_flips_what_it_says_and_no_rule_loosens() {
    let mut world = World::new(SEED + 5);
    let log = world.log(2_000);
    // The law is written twice: once in the permit, once in the forbid.
    let (permit, forbid) = (
        "context.subjects <= resource.max_subjects",
        "context.subjects > resource.max_subjects",
    );
    let narrower = policy(&[
        (permit, &format!("context.subjects <= 2 && {permit}")),
        (forbid, &format!("context.subjects > 2 || {forbid}")),
    ]);
    let mut replay = at_hand();
    replay.try_policy(narrower);
    let mut met = 0;
    for (logged, flip) in log.iter().zip(flips(&log, &mut replay)) {
        let was = Recorded::parse(&logged.decision).unwrap();
        let input = was.input(&logged.input).unwrap().unwrap();
        let falls = was.told.permitted && input.subjects.len() > 2;
        let refused = flip.as_ref().filter(|flip| flip.change == Change::Refused);
        assert_eq!(refused.is_some(), falls, "{input:?}");
        if let Some(flip) = refused {
            assert_eq!(codes(flip), ["TOO_MANY_SUBJECTS"]);
            met += 1;
        }
        assert!(flip.is_none_or(|flip| flip.change != Change::Permitted));
    }
    assert!(met > 100, "{met}");
}

#[test]
fn what_does_not_hold_together_is_an_incident_and_what_is_old_is_counted() {
    let mut world = World::new(SEED + 6);
    let log = world.log(200);
    let is_yes = |l: &&Logged| Recorded::parse(&l.decision).unwrap().told.permitted;
    let one = log.iter().find(is_yes).unwrap();
    let mut replay = at_hand();
    let message = || v1::Decision::decode(one.decision.as_slice()).unwrap();
    let mut with = |decision: v1::Decision, input: Vec<u8>| {
        let decision = decision.encode_to_vec();
        again(&mut replay, &Logged { decision, input })
    };
    let of = |incident| Replayed::Incident(incident);
    assert_eq!(
        with(message(), one.input.clone()),
        Replayed::Same { proven: true }
    );
    // One bit of the input; the input gone; the digest gone; both gone.
    let mut bent = one.input.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert_eq!(with(message(), bent.clone()), of(NotAsRecorded::Digest));
    assert_eq!(with(message(), Vec::new()), of(NotAsRecorded::Alone));
    let old = v1::Decision {
        input_digest: Vec::new(),
        ..message()
    };
    assert_eq!(
        with(old.clone(), one.input.clone()),
        of(NotAsRecorded::Alone)
    );
    assert_eq!(
        with(old, Vec::new()),
        Replayed::NotReplayable(Lacking::Input)
    );
    // A digest made to fit: what it is of reads, and names other rules.
    let fits = v1::Decision {
        input_digest: input_digest(&bent).0.to_vec(),
        ..message()
    };
    assert_eq!(with(fits, bent), of(NotAsRecorded::Other));
    let other = log.iter().find(|l| !is_yes(l)).unwrap();
    let swapped = v1::Decision {
        input_digest: input_digest(&other.input).0.to_vec(),
        clause_id: "another-clause".to_owned(),
        ..message()
    };
    assert_eq!(with(swapped, other.input.clone()), of(NotAsRecorded::Other));
    // A yes that its own rules say no to, or the reverse.
    let turned = v1::Decision {
        permitted: false,
        ..message()
    };
    assert_eq!(
        with(turned, one.input.clone()),
        of(NotAsRecorded::OtherAnswer)
    );
    let fewer = v1::Decision {
        basis_receive: Vec::new(),
        ..message()
    };
    assert_eq!(
        with(fewer, one.input.clone()),
        of(NotAsRecorded::OtherAnswer)
    );
}

#[test]
fn without_the_rules_it_was_made_by_a_decision_is_told_as_not_replayable() {
    let mut world = World::new(SEED + 7);
    let log = world.log(200);
    let known = log.iter().find(|logged| {
        let recorded = Recorded::parse(&logged.decision).unwrap();
        recorded
            .input(&logged.input)
            .unwrap()
            .unwrap()
            .standing
            .known
    });
    let one = known.unwrap();
    let mut replay = Replay::default();
    let lacking = |replay: &mut Replay| match again(replay, one) {
        Replayed::NotReplayable(lacking) => lacking,
        other => panic!("{other:?}"),
    };
    assert_eq!(lacking(&mut replay), Lacking::Agreement);
    let (hash, content) = agreement();
    replay.know_agreement(hash.clone(), content.clone());
    assert_eq!(lacking(&mut replay), Lacking::Catalogue);
    replay.know_catalogue(catalogue(&[]));
    assert_eq!(lacking(&mut replay), Lacking::Policy);
    // Tried by a policy set of which the recorded one is not at hand, it is not proven.
    replay.try_policy(policy(&[]));
    assert_eq!(again(&mut replay, one), Replayed::Same { proven: false });
    replay.know_policy(policy(&[]));
    assert_eq!(again(&mut replay, one), Replayed::Same { proven: true });
}

#[test]
fn the_law_is_asked_of_the_recipients_restricted_desks_and_of_who_tells_the_subject() {
    let catalogue = catalogue(&[]);
    let facts = |content: &Content| -> Vec<_> {
        let of = |clause: &Clause| {
            let facts = clause_facts(content, clause, &clause.types[0].code, &catalogue);
            (facts.restricted_desks.len(), facts.informs)
        };
        content.clauses.iter().map(of).collect()
    };
    assert_eq!(facts(&content(&[])), [(0, true), (0, false)]);
    let marked = "desks = [\"intake\"]\nrestricted_desks = [\"intake\"]";
    let marked = content(&[("desks = [\"intake\"]", marked)]);
    assert_eq!(facts(&marked), [(1, true), (0, false)]);
}
