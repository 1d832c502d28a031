//! Which class a person is counted in, and that a call counts each person once.

use super::*;
use crate::testing::{World, catalogue};
use seinhuis_domain::entry::{ChainKey, Scanner};
use seinhuis_domain::signal::IdKind;

const LOG: &str = "hub.example/log/2026h2";

struct Desk {
    tags: TagKeys,
    chains: Chains,
    _dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            tags: TagKeys::new([(1, TagKey::from_slice(&[9; 32]).unwrap())]),
            chains: Chains::of(dir.path()),
            _dir: dir,
        }
    }

    fn slips(&self) -> Slips<'_> {
        Slips {
            tags: &self.tags,
            chains: &self.chains,
            origin: LOG,
        }
    }

    fn open(
        &self,
        slip: &v1::Slip,
        value: &SubjectValue,
        class: Visibility,
        at: u8,
    ) -> Option<Link> {
        let key = ChainKey::new(self.tags.key(1).unwrap(), value, class, LOG);
        Chain::parse(&slip.chain).unwrap().open(&key, at)
    }
}

fn person(digits: &str) -> SubjectValue {
    SubjectValue::number(digits).unwrap()
}

fn about(value: &SubjectValue, class: Visibility) -> About {
    let value = value.clone();
    let class = class.into();
    About { value, class }
}

#[test]
fn a_decision_and_its_release_have_one_number_and_the_next_call_the_next() {
    let (desk, me) = (Desk::new(), person("123456782"));
    let rng = &mut rand::rng();
    let class = Visibility::Subject;
    let none = SourceShield::None;
    let mine = [about(&me, class)];
    let (decision, release) = desk.slips().pair(1, &mine, none, rng).unwrap();
    let first = desk.open(&decision, &me, class, 0).unwrap();
    assert_eq!(
        (first.number, first.step, first.open.bits(), first.previous),
        (1, Step::Decision, 0, [0; 16])
    );
    let released = desk.open(&release, &me, class, 0).unwrap();
    assert_eq!((released.number, released.step), (1, Step::Release));
    assert_eq!(released.previous.as_slice(), decision.nonce);
    assert_ne!(release.nonce, decision.nonce);
    let single = desk
        .slips()
        .single(1, &mine, SourceShield::Origin, rng)
        .unwrap();
    let next = desk.open(&single, &me, class, 0).unwrap();
    assert_eq!(
        (next.number, next.step, next.open.bits()),
        (2, Step::Single, 1)
    );
    assert_eq!(
        next.previous.as_slice(),
        decision.nonce,
        "not the release's"
    );
    assert_eq!(next.shield, SourceShield::Origin);
    desk.chains.proven(&decision.nonce, rng).unwrap();
    desk.chains.proven(&single.nonce, rng).unwrap();
    let third = desk.slips().single(1, &mine, none, rng).unwrap();
    assert_eq!(desk.open(&third, &me, class, 0).unwrap().open.bits(), 0);
}

#[test]
fn a_count_of_one_class_tells_nothing_of_another() {
    let (desk, me) = (Desk::new(), person("123456782"));
    let rng = &mut rand::rng();
    for _ in 0..5 {
        let hidden = [about(&me, Visibility::Authority)];
        desk.slips()
            .single(1, &hidden, SourceShield::None, rng)
            .unwrap();
    }
    let shown = [about(&me, Visibility::Subject)];
    let slip = desk
        .slips()
        .single(1, &shown, SourceShield::None, rng)
        .unwrap();
    let link = desk.open(&slip, &me, Visibility::Subject, 0).unwrap();
    assert_eq!(
        (link.number, link.open.bits(), link.previous),
        (1, 0, [0; 16])
    );
    assert_eq!(desk.open(&slip, &me, Visibility::Authority, 0), None);
}

#[test]
fn who_stands_in_a_signal_twice_is_counted_once_and_found_twice() {
    let (desk, me) = (Desk::new(), person("123456782"));
    let class = Visibility::Subject;
    let twice = [
        about(&me, class),
        about(&person("111222333"), class),
        about(&me, class),
    ];
    let rng = &mut rand::rng();
    let slip = desk
        .slips()
        .single(1, &twice, SourceShield::None, rng)
        .unwrap();
    assert_eq!(desk.open(&slip, &me, class, 0).unwrap().number, 1);
    assert_eq!(desk.open(&slip, &me, class, 2), None);
    let scanner = Scanner::new(desk.tags.key(1).unwrap(), std::slice::from_ref(&me));
    assert_eq!(scanner.find(&read(&slip).unwrap()).len(), 2);
    let next = desk
        .slips()
        .single(1, &twice, SourceShield::None, rng)
        .unwrap();
    assert_eq!(desk.open(&next, &me, class, 0).unwrap().number, 2);
}

#[test]
fn a_slip_about_nobody_is_as_long_and_counts_nothing() {
    let desk = Desk::new();
    let rng = &mut rand::rng();
    let empty = desk
        .slips()
        .single(1, &[], SourceShield::None, rng)
        .unwrap();
    let nobody = desk.slips().nobody(rng).unwrap();
    for slip in [empty, nobody] {
        assert_eq!(slip.chain.len(), Chain::LEN);
        let chain = Chain::parse(&slip.chain).unwrap();
        assert_eq!(chain.nonce().as_slice(), slip.nonce);
    }
    let me = person("123456782");
    let mine = [about(&me, Visibility::Subject)];
    let first = desk.slips().single(1, &mine, SourceShield::None, rng);
    let link = desk.open(&first.unwrap(), &me, Visibility::Subject, 0);
    assert_eq!(link.unwrap().number, 1);
    assert!(
        desk.slips()
            .single(2, &[], SourceShield::None, rng)
            .is_err(),
        "no such key"
    );
}

/// Under "the recipient may not know", the hub would tell by the holder who is known to a desk.
#[test]
fn a_hit_and_a_miss_have_one_holder_and_as_much_work() {
    let desk = Desk::new();
    let rng = &mut rand::rng();
    let file = desk._dir.path().join("chain");
    let length = || std::fs::metadata(&file).unwrap().len();
    let miss = desk.slips().nobody(rng).unwrap();
    let begun = length();
    let mine = [about(&person("123456782"), Visibility::Authority)];
    let none = SourceShield::None;
    let hit = desk.slips().single(1, &mine, none, rng).unwrap();
    let kept = length();
    let again = desk.slips().nobody(rng).unwrap();
    assert_eq!(length() - kept, kept - begun);
    let empty = desk.slips().single(1, &[], none, rng).unwrap();
    for other in [&miss, &again, &empty] {
        assert_eq!(other.chain[..17], hit.chain[..17]);
        assert_ne!(other.chain[17..33], hit.chain[17..33]);
    }
}

#[test]
fn the_subject_sees_what_clause_role_and_source_all_leave_to_be_seen() {
    let world = World::new();
    let catalogue = catalogue(|text| text);
    let mut clause = world.content.clauses[0].clone();
    let head = |role: &str| SubjectHead {
        role: role.parse().unwrap(),
        age_band: "18-plus".parse().unwrap(),
        kind: IdKind::Number,
        identity_sealed: false,
    };
    let of = |clause: Option<&Clause>, role: &str, hidden| {
        class(clause, &catalogue, &head(role), hidden) == Class::Subject
    };
    clause.visibility = Visibility::Subject;
    assert!(of(Some(&clause), "victim", false));
    assert!(!of(Some(&clause), "victim", true));
    assert!(!of(Some(&clause), "suspect", false));
    assert!(!of(Some(&clause), "stranger", false));
    assert!(!of(None, "victim", false));
    let wait = serde_json::json!({ "date": "2027-03-01", "ground": "investigation" });
    clause.visible_from = Some(serde_json::from_value(wait).unwrap());
    let later = Class::parse("after-2027-03-01").unwrap();
    let waits = |role: &str| class(Some(&clause), &catalogue, &head(role), false);
    assert_eq!(
        (waits("victim"), waits("suspect")),
        (later, Class::Authority)
    );
    clause.visible_from = None;
    clause.visibility = Visibility::Authority;
    assert!(!of(Some(&clause), "victim", false));
    let shields = [
        SourceShield::None,
        SourceShield::Origin,
        SourceShield::Existence,
    ];
    assert_eq!(shields.map(hidden_at_source), [false, true, true]);
    assert_eq!(shields.map(hidden_at_recipient), [false, false, true]);
}
