//! The shipped cases hold, and together they notice any one thing taken out of the policy set.

use super::shipped;
use crate::reasons::{kebab, of_the_law};
use crate::{Action, Case, Expected, MutantKind, mutants};
use seinhuis_types::RefusalReason;

#[test]
fn every_case_comes_out_as_it_says_in_all_three_forms() {
    let shipped = shipped();
    let engine = shipped.engine();
    for case in &shipped.cases {
        engine
            .run_case(case)
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn every_reason_of_the_law_has_a_case_named_after_it_that_gives_only_that_reason() {
    let cases = shipped().cases;
    let reasons = RefusalReason::ALL
        .iter()
        .copied()
        .filter(|&reason| of_the_law(reason));
    assert_eq!(reasons.clone().count(), 40);
    for reason in reasons {
        let case = cases.iter().find(|case| case.name == kebab(reason));
        let case = case.unwrap_or_else(|| panic!("no case {}", kebab(reason)));
        let told = match reason {
            RefusalReason::NotReceived => &case.rectify,
            _ => &case.expected,
        };
        assert_eq!(*told, Expected::Refuse(vec![reason]), "{}", case.name);
    }
    assert!(
        cases
            .iter()
            .filter(|case| case.expected.is_permit())
            .count()
            >= 5
    );
}

#[test]
fn whatever_is_taken_out_of_the_policy_set_a_case_goes_red() {
    let shipped = shipped();
    let mutants = mutants(&shipped.schema, &shipped.files()).unwrap();
    let of = |kind| mutants.iter().filter(|mutant| mutant.kind == kind).count();
    assert_eq!(of(MutantKind::Forbid), 43);
    assert_eq!(of(MutantKind::Scope), 19);
    let conjuncts = mutants
        .iter()
        .filter(|m| m.kind == MutantKind::Operand && m.policy == "lawful-route");
    assert!(conjuncts.count() >= 22, "each conjunct of the permit");
    let conjuncts = mutants
        .iter()
        .filter(|m| m.kind == MutantKind::Operand && m.policy == "lawful-rectification");
    assert!(conjuncts.count() >= 21, "each conjunct of the other permit");
    assert!(of(MutantKind::Element) > 0 && of(MutantKind::After) > 0);
    let unseen: Vec<_> = mutants
        .iter()
        .filter(|mutant| !mutant.is_caught_by(&shipped.cases))
        .map(|mutant| format!("{}: {:?} {}", mutant.policy, mutant.kind, mutant.removed))
        .collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn dropping_a_forbid_leaves_the_refusal_and_loses_its_reason() {
    let shipped = shipped();
    let mutants = mutants(&shipped.schema, &shipped.files()).unwrap();
    let mutant = mutants
        .iter()
        .find(|mutant| mutant.case.as_deref() == Some("type-not-covered"))
        .unwrap();
    assert!(
        mutant
            .noticed_by(&shipped.cases)
            .contains(&"type-not-covered")
    );
    assert!(
        !mutant
            .noticed_by(&shipped.cases)
            .contains(&"permit-police-report")
    );
}

#[test]
fn a_case_with_a_key_the_facts_do_not_have_is_a_fault() {
    let shipped = shipped();
    let case = |text: &str| Case::parse("x", &shipped.base, text).map(|case| case.expected);
    let refuse = "title = \"t\"\nexpect = \"refuse\"\nreasons = [\"TYPE_NOT_COVERED\"]\n";
    assert!(case(refuse).is_ok());
    for bad in [
        "[envelope]\npurposes = [\"X\"]\n",
        "[envelope]\npurpose = \"lower case\"\n",
        "[envelop]\n",
        "typo = 1\n",
        "[clause]\nstate = \"none\"\n",
    ] {
        let fault = case(&format!("{refuse}{bad}")).unwrap_err();
        assert_eq!(fault.file, "x.toml", "{bad}");
    }
    assert_eq!(case("title = \"t\"\n\nexpect = \n").unwrap_err().line, 3);
    for bad in [
        "title = \"t\"\nexpect = \"permit\"\nreasons = [\"TYPE_NOT_COVERED\"]\n",
        "title = \"t\"\nexpect = \"refuse\"\n",
        "title = \"t\"\nexpect = \"refuse\"\nreasons = [\"NO_SUCH\"]\n",
    ] {
        assert!(case(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_case_is_put_for_every_action() {
    let shipped = shipped();
    let case = &shipped.cases[0];
    assert_eq!(case.facts(Action::Publish).action, Action::Publish);
    assert_eq!(case.facts(Action::Release).action, Action::Release);
    assert_eq!(case.facts(Action::Ask).action, Action::Ask);
    assert_eq!(case.facts(Action::Answer).action, Action::Answer);
    assert_eq!(case.facts(Action::Rectify).action, Action::Rectify);
}
