//! Whatever the facts: the two writings of the law say the same, and every refusal has a reason.

use super::shipped;
use crate::{Action, ClauseState, Expected, Facts, Form, IdKind, Mode, Regime, WpgArticle};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use seinhuis_types::RefusalReason;
use std::collections::BTreeSet;
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
    ]
}

fn codes<T: Ord>(words: &[&str; 4], picked: &[u8], parse: impl Fn(&str) -> T) -> BTreeSet<T> {
    picked
        .iter()
        .map(|&at| parse(words[usize::from(at)]))
        .collect()
}

#[expect(clippy::too_many_lines, reason = "a table: a change, and what it does")]
fn apply(facts: &mut Facts, changes: &[Change]) {
    const FIELDS: [&str; 4] = ["nature", "weapon", "severity", "arrested"];
    const ROLES: [&str; 4] = ["victim", "alleged-perpetrator", "child", "household-adult"];
    const MARKS: [&str; 4] = ["criminal", "health", "ethnicity", "religion"];
    let oin = |n: u8| format!("0000009900000{n:03}0000").parse().unwrap();
    let field = |text: &str| text.parse().unwrap();
    let role = |text: &str| text.parse().unwrap();
    let mark = |text: &str| text.parse().unwrap();
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
            Change::Regions(picked) => {
                let words = ["kennemerland", "twente", "drenthe", "zeeland"];
                known.regions = codes(&words, &picked, |text| text.parse().unwrap());
            }
            Change::ClauseMode(mode) => known.mode = mode,
            Change::AskMode(mode) => asked.mode = mode,
            Change::Purposes(picked) => {
                let words = ["P-REPORT", "P-SAFETY", "P-ADVICE", "P-VICTIM"];
                known.purposes = codes(&words, &picked, |text| text.parse().unwrap());
            }
            Change::Bases(provide, receive, special) => {
                let of = |there: bool| {
                    there
                        .then(|| "BASIS".parse().unwrap())
                        .into_iter()
                        .collect::<BTreeSet<_>>()
                };
                known.basis.provide = of(provide);
                known.basis.receive = of(receive);
                known.basis.special = of(special);
            }
            Change::ClauseSpecial(picked) => known.special = codes(&MARKS, &picked, mark),
            Change::Special(picked) => asked.special = codes(&MARKS, &picked, mark),
            Change::Desks(picked) => {
                let words = ["intake", "crisis", "advice", "other"];
                known.desks = codes(&words, &picked, |text| text.parse().unwrap());
            }
            Change::Types(named) => {
                let code = if named { "INC_HOME" } else { "INC_OTHER" };
                known.types = BTreeSet::from([code.parse().unwrap()]);
            }
            Change::ClauseFields(picked) => known.fields = codes(&FIELDS, &picked, field),
            Change::TypeFields(picked) => of_type.fields = codes(&FIELDS, &picked, field),
            Change::Minimum(picked) => of_type.minimum = codes(&FIELDS, &picked, field),
            Change::Granted(picked) => asked.granted = codes(&FIELDS, &picked, field),
            Change::ClauseRoles(picked) => known.subject_roles = codes(&ROLES, &picked, role),
            Change::TypeRoles(picked) => of_type.subject_roles = codes(&ROLES, &picked, role),
            Change::Roles(picked) => asked.roles = codes(&ROLES, &picked, role),
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
                asked.machine_answer = machine;
                asked.within_budget = within;
            }
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
