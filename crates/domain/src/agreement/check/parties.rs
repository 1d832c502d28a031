//! The rules about the agreement as a whole: parties, responsibility, advice, term, ruleset.

use super::{Faults, Options};
use crate::agreement::{Content, Date, Party};
use crate::catalogue::Catalogue;
use seinhuis_types::{Oin, hex};
use std::collections::BTreeSet;

/// Four years, in days: recipients must be told over that time (Wpg 25(1)(c); Wjsg 39j, 51c(4)).
const LOG_RETENTION_DAYS: u32 = 1_461;

/// Adds the faults of all but the clauses.
pub(super) fn check(
    content: &Content,
    catalogue: &Catalogue,
    options: &Options,
    faults: &mut Faults,
) {
    if content.version == 0 {
        faults.add("version", "version", "versions count from 1");
    }
    if content.clauses.is_empty() {
        faults.add("clauses", "no-clauses", "add at least one clause");
    }
    parties(content, catalogue, faults);
    test_oins(content, options, faults);
    processors(content, faults);
    responsibility(content, catalogue, faults);
    term(content, faults);
    ruleset(content, catalogue, options, faults);
}

fn parties(content: &Content, catalogue: &Catalogue, faults: &mut Faults) {
    if content.parties.len() < 2 {
        faults.add(
            "parties",
            "too-few-parties",
            "an agreement has at least two parties",
        );
    }
    let mut seen = BTreeSet::new();
    for (index, party) in content.parties.iter().enumerate() {
        let path = format!("parties[{index}]");
        if !seen.insert(party.oin) {
            let fix = format!("`{}` is listed before; remove one", party.oin);
            faults.add(format!("{path}.oin"), "duplicate-party", fix);
        }
        self::party(party, catalogue, &path, faults);
    }
}

fn party(party: &Party, catalogue: &Catalogue, path: &str, faults: &mut Faults) {
    if catalogue.role(party.role.as_str()).is_none() {
        let fix = format!("`{}` is not a partner role of the catalogue", party.role);
        faults.add(format!("{path}.role"), "unknown-role", fix);
    }
    for desk in party.restricted_desks.difference(&party.desks) {
        let fix = format!("`{desk}` is none of the party's desks");
        faults.add(format!("{path}.restricted_desks"), "unknown-desk", fix);
    }
    if party.processing_activity_ids.is_empty() {
        let fix = "name the entry in the party's register of processing (AVG 30, Wpg 31d)";
        faults.add(
            format!("{path}.processing_activity_ids"),
            "no-processing-activity",
            fix,
        );
    }
    if party.log_retention_days < LOG_RETENTION_DAYS {
        let fix = format!("at least {LOG_RETENTION_DAYS} days (Wpg 25(1)(c), Wjsg 39j)");
        faults.add(
            format!("{path}.log_retention_days"),
            "log-retention-short",
            fix,
        );
    }
}

fn test_oins(content: &Content, options: &Options, faults: &mut Faults) {
    if options.allow_test_oins {
        return;
    }
    let parties = content
        .parties
        .iter()
        .enumerate()
        .map(|(i, p)| ("parties", i, p.oin));
    let processors = content
        .processors
        .iter()
        .enumerate()
        .map(|(i, p)| ("processors", i, p.oin));
    for (list, index, oin) in parties.chain(processors) {
        if oin.is_test() {
            let fix = format!("`{oin}` is a test OIN; use the organisation's own");
            faults.add(format!("{list}[{index}].oin"), "test-oin", fix);
        }
    }
}

fn processors(content: &Content, faults: &mut Faults) {
    if content.processors.is_empty() {
        let fix = "name who operates the hub for the parties (AVG 28, Wpg 6c)";
        faults.add("processors", "no-processor", fix);
    }
    for (index, processor) in content.processors.iter().enumerate() {
        if content.party(&processor.oin).is_some() {
            let fix = "a processor is not a party; whoever operates the hub controls nothing";
            faults.add(
                format!("processors[{index}].oin"),
                "processor-is-party",
                fix,
            );
        }
    }
}

fn responsibility(content: &Content, catalogue: &Catalogue, faults: &mut Faults) {
    known(
        content,
        &content.controllership.contact,
        "controllership.contact",
        faults,
    );
    if let Some(code) = &content.public_interest
        && !catalogue
            .code_list("public-interest")
            .is_some_and(|list| list.contains(code.as_str()))
    {
        let fix = format!("`{code}` is not in the list `public-interest` of the catalogue");
        faults.add("public_interest", "unknown-code", fix);
    }
    if content.dpia.is_none() {
        let fix = "refer to the data protection impact assessment (AVG 35, Wpg 4c)";
        faults.add("dpia", "dpia-missing", fix);
    }
    for (index, advice) in content.fg_advice.iter().enumerate() {
        known(
            content,
            &advice.oin,
            &format!("fg_advice[{index}].oin"),
            faults,
        );
    }
    for (index, party) in content.parties.iter().enumerate() {
        if !content
            .fg_advice
            .iter()
            .any(|advice| advice.oin == party.oin)
        {
            let fix = "add the advice of this party's privacy officer (AVG 39, Wpg 36)";
            faults.add(format!("parties[{index}]"), "fg-advice-missing", fix);
        }
    }
    let consultation = &content.prior_consultation;
    if consultation.needed && consultation.reference.is_none() {
        let fix = "refer to the consultation (AVG 36, Wpg 33b, Wjsg 26h)";
        faults.add(
            "prior_consultation.reference",
            "prior-consultation-missing",
            fix,
        );
    }
}

/// A party that is named must be one.
pub(super) fn known(content: &Content, oin: &Oin, path: &str, faults: &mut Faults) {
    if content.party(oin).is_none() {
        faults.add(
            path,
            "unknown-party",
            format!("`{oin}` is not among the parties"),
        );
    }
}

fn term(content: &Content, faults: &mut Faults) {
    let validity = &content.validity;
    if validity.not_after <= validity.not_before {
        faults.add(
            "validity",
            "validity-order",
            "`not_after` lies after `not_before`",
        );
    }
    if validity.not_after <= content.created {
        faults.add(
            "validity.not_after",
            "validity-past",
            "the term ends after `created`",
        );
    }
    let first = Date::of(validity.not_before);
    let last = Date::of(validity.not_after);
    if first.is_none_or(|day| content.review < day) || last.is_none_or(|day| content.review > day) {
        faults.add(
            "review",
            "review-outside-term",
            "review on a day within the term",
        );
    }
}

fn ruleset(content: &Content, catalogue: &Catalogue, options: &Options, faults: &mut Faults) {
    let found = catalogue.hash();
    if content.catalogue_hash != found {
        let fix = format!(
            "this is not the hash of the catalogue in force, `{}`",
            hex(&found.0)
        );
        faults.add("catalogue_hash", "catalogue-hash", fix);
    }
    if let Some(found) = options.policy_hash
        && content.policy_hash != found
    {
        let fix = format!(
            "this is not the hash of the policy set in force, `{}`",
            hex(&found.0)
        );
        faults.add("policy_hash", "policy-hash", fix);
    }
}
