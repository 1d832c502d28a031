//! Whatever the facts: the two writings of the law say the same, and every refusal has a reason.

use super::shipped;
use crate::{
    Action, Bases, ClauseState, Consent, EnvelopeFacts, Expected, Facts, Form, IdKind, Mode,
    Regime, Restriction, Shield, WpgArticle,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use seinhuis_types::{BasisCode, RefusalReason};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr;
use std::sync::Arc;

/// One thing changed in lawful facts. Few changes give permits, many give several reasons.
#[derive(Debug, Clone)]
enum Change {
    Unknown,
    State(ClauseState),
    Ruleset(bool),
    Attested(bool),
    ClauseFrom(u8),
    ClauseTo(u8),
    To(u8),
    Regions(Vec<u8>),
    ClauseMode(Mode),
    AskMode(Mode),
    Purposes(Vec<u8>),
    Bases(bool, bool, bool),
    ClauseSpecial(Vec<u8>),
    Special(Vec<u8>),
    Desks(Vec<u8>),
    Types(bool),
    ClauseFields(Vec<u8>),
    TypeFields(Vec<u8>),
    Minimum(Vec<u8>),
    Granted(Vec<u8>),
    ClauseRoles(Vec<u8>),
    TypeRoles(Vec<u8>),
    Roles(Vec<u8>),
    Numbers(u32, u32, u32),
    ClauseKinds(Vec<IdKind>),
    Kinds(Vec<IdKind>),
    Regimes(Vec<Regime>),
    Regime(Regime),
    Articles(Vec<WpgArticle>),
    Article(Option<WpgArticle>),
    Flags(bool, bool, bool, bool),
    Received(bool),
    Question(bool, bool),
    Clause(bool, bool),
    Consent(Consent),
    /// Used, called, called within the hour; a box that is short enough, and open.
    Glass([bool; 5]),
    Restricted(bool, bool, Vec<u8>),
    Onward(bool, bool),
    Shield(Shield, bool),
    Restriction(Restriction),
}

fn change() -> impl Strategy<Value = Change> {
    let few = || prop::collection::vec(0u8..4, 0..4);
    let kinds = || prop::collection::vec(select(IdKind::ALL), 0..3);
    let article = || select(WpgArticle::ALL);
    let flag = any::<bool>;
    prop_oneof![
        Just(Change::Unknown),
        select(ClauseState::ALL).prop_map(Change::State),
        flag().prop_map(Change::Ruleset),
        flag().prop_map(Change::Attested),
        (1u8..4).prop_map(Change::ClauseFrom),
        (1u8..4).prop_map(Change::ClauseTo),
        (1u8..4).prop_map(Change::To),
        few().prop_map(Change::Regions),
        select(Mode::ALL).prop_map(Change::ClauseMode),
        select(Mode::ALL).prop_map(Change::AskMode),
        few().prop_map(Change::Purposes),
        (flag(), flag(), flag()).prop_map(|(a, b, c)| Change::Bases(a, b, c)),
        few().prop_map(Change::ClauseSpecial),
        few().prop_map(Change::Special),
        few().prop_map(Change::Desks),
        flag().prop_map(Change::Types),
        few().prop_map(Change::ClauseFields),
        few().prop_map(Change::TypeFields),
        few().prop_map(Change::Minimum),
        few().prop_map(Change::Granted),
        few().prop_map(Change::ClauseRoles),
        few().prop_map(Change::TypeRoles),
        few().prop_map(Change::Roles),
        (0u32..5, 0u32..5, 0u32..5).prop_map(|(a, b, c)| Change::Numbers(a, b, c)),
        kinds().prop_map(Change::ClauseKinds),
        kinds().prop_map(Change::Kinds),
        prop::collection::vec(select(Regime::ALL), 0..3).prop_map(Change::Regimes),
        select(Regime::ALL).prop_map(Change::Regime),
        prop::collection::vec(article(), 0..4).prop_map(Change::Articles),
        prop::option::of(article()).prop_map(Change::Article),
        (flag(), flag(), flag(), flag()).prop_map(|(a, b, c, d)| Change::Flags(a, b, c, d)),
        flag().prop_map(Change::Received),
        (flag(), flag()).prop_map(|(a, b)| Change::Question(a, b)),
        (flag(), flag()).prop_map(|(a, b)| Change::Clause(a, b)),
        select(Consent::ALL).prop_map(Change::Consent),
        any::<[bool; 5]>().prop_map(Change::Glass),
        (flag(), flag(), few())
            .prop_map(|(only, theme, desks)| Change::Restricted(only, theme, desks)),
        (flag(), flag()).prop_map(|(mine, other)| Change::Onward(mine, other)),
        (select(Shield::ALL), flag()).prop_map(|(shield, informs)| Change::Shield(shield, informs)),
        select(Restriction::ALL).prop_map(Change::Restriction),
    ]
}

const REGIONS: [&str; 4] = ["kennemerland", "twente", "drenthe", "zeeland"];
const PURPOSES: [&str; 4] = ["P-REPORT", "P-SAFETY", "P-ADVICE", "P-VICTIM"];
const DESKS: [&str; 4] = ["intake", "crisis", "advice", "other"];
const FIELDS: [&str; 4] = ["nature", "weapon", "severity", "arrested"];
const ROLES: [&str; 4] = ["victim", "alleged-perpetrator", "child", "household-adult"];
const MARKS: [&str; 4] = ["criminal", "health", "ethnicity", "religion"];

fn codes<T>(words: &[&str; 4], picked: &[u8]) -> BTreeSet<T>
where
    T: Ord + FromStr<Err: Debug>,
{
    let words = picked.iter().map(|&at| words[usize::from(at)]);
    words.map(|word| word.parse().unwrap()).collect()
}

/// A basis that the clauses here have, one that none has, both or neither.
fn onward(mine: bool, other: bool) -> BTreeSet<BasisCode> {
    let one = |there: bool, code: &str| there.then(|| code.parse().unwrap());
    let both = [one(mine, "BASIS"), one(other, "OTHER")];
    both.into_iter().flatten().collect()
}

fn bases(provide: bool, receive: bool, special: bool) -> Bases {
    let of = |there: bool| {
        let basis = there.then(|| "BASIS".parse().unwrap());
        basis.into_iter().collect::<BTreeSet<_>>()
    };
    Bases {
        provide: of(provide),
        receive: of(receive),
        special: of(special),
    }
}

fn set_glass(asked: &mut EnvelopeFacts, [used, called, recent, short, open]: [bool; 5]) {
    asked.break_glass = used;
    asked.called = called;
    asked.call_recent = recent;
    asked.box_short = short;
    asked.box_open = open;
}

fn apply(facts: &mut Facts, changes: &[Change]) {
    let oin = |n: u8| format!("0000009900000{n:03}0000").parse().unwrap();
    let mut known = (*facts.clause.clone().unwrap()).clone();
    let mut of_type = (*facts.signal_type).clone();
    let asked = &mut facts.envelope;
    let mut unknown = false;
    for change in changes.iter().cloned() {
        match change {
            Change::Unknown => unknown = true,
            Change::State(state) => known.state = state,
            Change::Ruleset(ok) => known.ruleset_ok = ok,
            Change::Attested(ok) => known.attested = ok,
            Change::ClauseFrom(n) => known.from = oin(n),
            Change::ClauseTo(n) => known.to = oin(n),
            Change::To(n) => asked.to = oin(n),
            Change::Regions(picked) => known.regions = codes(&REGIONS, &picked),
            Change::ClauseMode(mode) => known.mode = mode,
            Change::AskMode(mode) => asked.mode = mode,
            Change::Purposes(picked) => known.purposes = codes(&PURPOSES, &picked),
            Change::Bases(provide, receive, special) => {
                known.basis = bases(provide, receive, special);
            }
            Change::Restricted(only, theme, picked) => {
                (of_type.restricted, asked.restricted_theme) = (only, theme);
                known.restricted_desks = codes(&DESKS, &picked);
            }
            Change::Onward(mine, other) => asked.onward_basis = onward(mine, other),
            Change::Shield(shield, informs) => {
                (asked.source_shield, known.informs) = (shield, informs);
            }
            Change::Restriction(restriction) => asked.restriction = restriction,
            Change::ClauseSpecial(picked) => known.special = codes(&MARKS, &picked),
            Change::Special(picked) => asked.special = codes(&MARKS, &picked),
            Change::Desks(picked) => known.desks = codes(&DESKS, &picked),
            Change::Types(named) => {
                let code = if named { "INC_HOME" } else { "INC_OTHER" };
                known.types = BTreeSet::from([code.parse().unwrap()]);
            }
            Change::ClauseFields(picked) => known.fields = codes(&FIELDS, &picked),
            Change::TypeFields(picked) => of_type.fields = codes(&FIELDS, &picked),
            Change::Minimum(picked) => of_type.minimum = codes(&FIELDS, &picked),
            Change::Granted(picked) => asked.granted = codes(&FIELDS, &picked),
            Change::ClauseRoles(picked) => known.subject_roles = codes(&ROLES, &picked),
            Change::TypeRoles(picked) => of_type.subject_roles = codes(&ROLES, &picked),
            Change::Roles(picked) => asked.roles = codes(&ROLES, &picked),
            Change::Numbers(clause, of, here) => {
                known.max_subjects = clause;
                of_type.max_subjects = of;
                asked.subjects = here;
            }
            Change::ClauseKinds(kinds) => known.id_kinds = kinds.into_iter().collect(),
            Change::Kinds(kinds) => asked.id_kinds = kinds.into_iter().collect(),
            Change::Regimes(regimes) => known.regimes = regimes.into_iter().collect(),
            Change::Regime(regime) => asked.regime = regime,
            Change::Articles(articles) => known.wpg_articles = articles.into_iter().collect(),
            Change::Article(article) => asked.wpg_article = article,
            Change::Received(received) => asked.received = received,
            Change::Question(machine, within) => {
                (asked.machine_answer, asked.within_budget) = (machine, within);
            }
            Change::Clause(consent, glass) => {
                (known.consent, known.break_glass) = (consent, glass);
            }
            Change::Consent(consent) => asked.consent = consent,
            Change::Glass(glass) => set_glass(asked, glass),
            Change::Flags(second, acting, decided, now) => {
                asked.second_approval = second;
                asked.acting_person = acting;
                asked.decided_by = decided;
                asked.now_valid = now;
            }
        }
    }
    facts.clause = (!unknown).then(|| Arc::new(known));
    facts.signal_type = Arc::new(of_type);
}

#[test]
fn permit_and_forbids_always_say_the_same_and_every_refusal_has_a_reason() {
    let shipped = shipped();
    let engine = shipped.engine();
    let lawful = shipped.facts();
    let (mut yes, mut no) = (0u32, 0u32);
    let cell = std::cell::RefCell::new((&mut yes, &mut no));
    let config = Config {
        cases: 3_000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let strategy = (select(Action::ALL), prop::collection::vec(change(), 0..6));
    runner
        .run(&strategy, |(action, changes)| {
            let mut facts = Facts {
                action,
                ..lawful.clone()
            };
            apply(&mut facts, &changes);
            let full = engine.judge(Form::Full, &facts);
            let permit = engine.judge(Form::PermitAlone, &facts);
            let forbids = engine.judge(Form::ForbidsAlone, &facts);
            prop_assert_eq!(full.is_permit(), permit.is_permit());
            prop_assert_eq!(&full, &forbids);
            match &full {
                Expected::Permit => *cell.borrow_mut().0 += 1,
                Expected::Refuse(reasons) => {
                    *cell.borrow_mut().1 += 1;
                    prop_assert!(!reasons.is_empty());
                    prop_assert!(!reasons.contains(&RefusalReason::PolicyError));
                    prop_assert!(reasons.is_sorted());
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(
        yes > 100 && no > 1_000,
        "both kinds were seen: {yes} and {no}"
    );
}
