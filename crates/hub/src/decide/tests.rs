//! Decisions as the hub makes and records them, made again: exactly by the rules they were made by, and
//! by others with exactly the flips that were planted.

use super::{Answered, Asked, Responsible, answer, input};
use crate::Rules;
use crate::compare::tests::{content, files};
use prost::Message;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, RngExt};
use seinhuis_domain::agreement::Content;
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::decision::{CitedConsent, NotAsRecorded, Recorded, Standing};
use seinhuis_domain::signal::{
    Header, IdKind, Origin, Regime, Route, SourceShield, SubjectHead, WpgArticle,
};
use seinhuis_policy::{
    Action, Change, ClauseFacts, ClauseState, Engine, Flip, Ground, Lacking, Replay, Replayed,
    Under, clause_facts, stands, type_facts, unknown_type,
};
use seinhuis_proto::v1;
use seinhuis_testkit::rng::seeded;
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, Digest, FieldPath, Hour, KeyId, Millis, Revision,
    SignalType,
};
use std::collections::BTreeMap;
use std::sync::Arc;

const SEED: u64 = 20_261_122;
/// As many as the promise is about.
const PROMISED: usize = 100_000;

type Changes<'c> = &'c [(&'c str, &'c str)];

/// The files of a folder of the configuration, with places of their text changed.
fn changed(folder: &str, ending: &str, changes: Changes<'_>) -> Vec<(String, String)> {
    let mut files = files(folder, ending);
    for (from, to) in changes {
        let mut met = 0;
        for (_, text) in &mut files {
            met += text.matches(from).count();
            *text = text.replace(from, to);
        }
        assert!(met > 0, "{from}");
    }
    files
}

fn catalogue(changes: Changes<'_>) -> Catalogue {
    Catalogue::load(&changed("catalogue", "toml", changes)).unwrap()
}

fn policy(changes: Changes<'_>) -> Engine {
    let schema = files("policy", "cedarschema").remove(0).1;
    let policies = changed("policy", "cedar", changes);
    let policies: Vec<_> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Engine::load(&schema, &policies).unwrap()
}

fn agreement() -> (AgreementHash, Content) {
    let hash = format!("$1$1${}", "A".repeat(86));
    (AgreementHash::parse(&hash).unwrap(), content(&[]))
}

/// A hub as far as decisions go: rules, one agreement, and what it kept ready of its clauses.
struct World {
    rules: Rules,
    agreement: (AgreementHash, Content),
    types: Vec<SignalType>,
    ready: BTreeMap<String, Arc<ClauseFacts>>,
    rng: StdRng,
}

/// One decision as the log has it.
struct Logged {
    decision: Vec<u8>,
    input: Vec<u8>,
}

impl World {
    fn new(seed: u64) -> Self {
        let rules = Rules {
            catalogue: catalogue(&[]),
            policy: policy(&[]),
        };
        let types = rules.catalogue.signal_types().map(|t| t.code.clone());
        Self {
            types: types.collect(),
            rules,
            agreement: agreement(),
            ready: BTreeMap::new(),
            rng: seeded(seed),
        }
    }

    fn rarely(&mut self) -> bool {
        self.rng.random_ratio(1, 40)
    }

    /// An envelope that mostly fits a clause, and is beside it here and there.
    fn envelope(&mut self) -> (Route, Header) {
        let (hash, content) = self.agreement.clone();
        let clause = content.clauses.choose(&mut self.rng).unwrap().clone();
        let other = content.clauses.choose(&mut self.rng).unwrap().clone();
        let named = clause.types.choose(&mut self.rng).unwrap().code.clone();
        let signal_type = if self.rarely() {
            self.types.choose(&mut self.rng).unwrap().clone()
        } else {
            named
        };
        let definition = self.rules.catalogue.signal_type(&signal_type).unwrap();
        let (minimum, all) = (definition.minimum.clone(), definition.fields.clone());
        let roles: Vec<_> = definition.subject_roles.keys().cloned().collect();
        let offered = |rng: &mut StdRng, path: &FieldPath| {
            let often = if minimum.contains(path) { 59 } else { 30 };
            rng.random_ratio(often, 60)
        };
        let fields = all.keys().filter(|path| offered(&mut self.rng, path));
        let fields = fields.cloned().collect();
        let people = if self.rarely() {
            9
        } else {
            self.rng.random_range(1..=4)
        };
        let subjects = (0..people).map(|_| SubjectHead {
            role: if self.rng.random_ratio(1, 40) {
                roles.choose(&mut self.rng).unwrap().clone()
            } else {
                clause
                    .subject_roles
                    .iter()
                    .choose(&mut self.rng)
                    .unwrap()
                    .clone()
            },
            age_band: CodeValue::parse("18-plus").unwrap(),
            kind: *[[IdKind::Number; 30].as_slice(), &[IdKind::Own, IdKind::Skn]]
                .concat()
                .choose(&mut self.rng)
                .unwrap(),
            identity_sealed: self.rng.random(),
        });
        let subjects = subjects.collect();
        let regime = if self.rarely() {
            Regime::Wjsg
        } else {
            *clause.regimes.iter().choose(&mut self.rng).unwrap()
        };
        let articles = [WpgArticle::Art8, WpgArticle::Art13Lid1, WpgArticle::Art9];
        let wpg_article =
            (regime == Regime::Wpg).then(|| *articles.iter().choose(&mut self.rng).unwrap());
        let route = Route {
            source: clause.from,
            source_desk: "desk".parse().unwrap(),
            recipient: if self.rarely() { other.to } else { clause.to },
            desk: if self.rarely() {
                "elsewhere".parse().unwrap()
            } else {
                clause.desks.first().unwrap().clone()
            },
            agreement: hash,
            clause: if self.rarely() {
                ClauseId::parse("no-such-clause").unwrap()
            } else {
                clause.id.clone()
            },
            epoch: 1,
            hour: Hour(500_000),
            nonce: [0; 16],
            signing_x5t: Digest([0; 32]),
            seal_kid: kid(),
            recipient_pseudonym_kid: kid(),
            source_pseudonym_kid: kid(),
        };
        let purpose = if self.rarely() { &other } else { &clause };
        let header = Header {
            signal_type,
            type_version: 1,
            purpose: purpose.purposes.first().unwrap().clone(),
            necessity: CodeValue::parse("report-task").unwrap(),
            regime,
            wpg_article,
            second_approval: self.rng.random(),
            region: if self.rarely() {
                "elsewhere".parse().unwrap()
            } else {
                clause.regions.first().unwrap().clone()
            },
            fields,
            subjects,
            urgency: CodeValue::parse("U3").unwrap(),
            event_hour: Hour(500_000),
            valid_until: None,
            retention: CodeValue::parse("R0").unwrap(),
            source_shield: SourceShield::None,
            address_shield: false,
            subject_informed: CodeValue::parse("not-yet").unwrap(),
            origin: Origin::Own,
            onward_basis: None,
            rectification: None,
            consent: None,
        };
        (route, header)
    }

    /// The clause as it stands at this moment, as the hub keeps it ready.
    fn clause(&mut self, route: &Route, header: &Header) -> Option<Arc<ClauseFacts>> {
        let states = [
            ClauseState::Suspended,
            ClauseState::Ended,
            ClauseState::Proposed,
        ];
        let state = if self.rarely() {
            *states.choose(&mut self.rng).unwrap()
        } else {
            ClauseState::Valid
        };
        let ruleset_ok = !self.rarely();
        let found = self.agreement.1.clause(&route.clause)?;
        let key = format!(
            "{}/{}/{state:?}/{ruleset_ok}",
            route.clause, header.signal_type
        );
        let made = || {
            Arc::new(ClauseFacts {
                state,
                ruleset_ok,
                ..clause_facts(found, &header.signal_type, &self.rules.catalogue)
            })
        };
        Some(Arc::clone(self.ready.entry(key).or_insert_with(made)))
    }

    fn decide(&mut self, number: usize) -> Logged {
        let (route, header) = self.envelope();
        let known = !self.rarely();
        let clause = self.clause(&route, &header).filter(|_| known);
        let standing = Standing {
            known,
            clause: stands(clause.as_deref()),
            ruleset_ok: clause.as_ref().is_some_and(|facts| facts.ruleset_ok),
            in_term: known && !self.rarely(),
        };
        let actions = Action::ALL;
        let asked = Asked {
            action: *actions.choose(&mut self.rng).unwrap(),
            responsible: Responsible {
                acting_person: !self.rarely(),
                decided_by: !self.rarely(),
                second_approval: header.second_approval,
            },
            received: self.rng.random(),
            machine_answer: self.rarely(),
            within_budget: !self.rarely(),
            consent: if self.rarely() {
                let cited = [
                    CitedConsent::Stands,
                    CitedConsent::Expired,
                    CitedConsent::Fails,
                ];
                *cited.choose(&mut self.rng).unwrap()
            } else {
                CitedConsent::None
            },
        };
        let now = Millis(1_800_000_000_000 + number as u64);
        let made_of = input(&self.rules, &asked, &route, &header, standing, now);
        let definition = self.rules.catalogue.signal_type(&header.signal_type);
        let terms = self.agreement.1.clause(&route.clause).filter(|_| known);
        let under = Under {
            clause,
            identity_sealed: terms.is_some_and(|clause| clause.identity_sealed),
            definition,
            signal_type: Arc::new(
                definition.map_or_else(|| unknown_type(&header.signal_type), type_facts),
            ),
            ground: Ground {
                agreement: route.agreement.clone(),
                clause: route.clause.clone(),
                clause_revision: Revision(self.rng.next_u64() % 8),
                ruleset_root: self.rules.root(),
                revisions: vec![("ruleset".to_owned(), 1)],
                valid_until: now,
            },
        };
        let Answered { bytes, input, .. } = answer(&self.rules, &made_of, under);
        Logged {
            decision: bytes,
            input,
        }
    }

    fn log(&mut self, count: usize) -> Vec<Logged> {
        (0..count).map(|number| self.decide(number)).collect()
    }
}

fn kid() -> KeyId {
    KeyId::parse("seal-e1-12345678").unwrap()
}

/// The rules that the world decides by, read anew: nothing is shared with who decided.
fn at_hand() -> Replay {
    let mut replay = Replay::default();
    replay.know_catalogue(catalogue(&[]));
    replay.know_policy(policy(&[]));
    let (hash, content) = agreement();
    replay.know_agreement(hash, content);
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
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let halves: Vec<_> = [SEED, SEED + 1]
            .into_iter()
            .map(|seed| {
                scope.spawn(move || {
                    let (mut world, mut replay) = (World::new(seed), at_hand());
                    let (mut yes, mut no) = (0, 0);
                    for number in 0..PROMISED / 2 {
                        let logged = world.decide(number);
                        let permitted = Recorded::parse(&logged.decision).unwrap().told.permitted;
                        *if permitted { &mut yes } else { &mut no } += 1;
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
    for (yes, no) in counts {
        assert_eq!(yes + no, PROMISED / 2);
        assert!(yes > PROMISED / 20 && no > PROMISED / 20, "{yes} and {no}");
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
    let fields = r#"fields = ["form", "nature", "injury", "weapon", "substance", "place_type", "children_present", "children_count", "arrested", "complaint", "barring_considered", "fact_status", "severity"]
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
        input_digest: seinhuis_domain::decision::input_digest(&bent).0.to_vec(),
        ..message()
    };
    assert_eq!(with(fits, bent), of(NotAsRecorded::Other));
    let other = log.iter().find(|l| !is_yes(l)).unwrap();
    let swapped = v1::Decision {
        input_digest: seinhuis_domain::decision::input_digest(&other.input)
            .0
            .to_vec(),
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
