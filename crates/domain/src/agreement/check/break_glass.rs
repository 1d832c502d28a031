//! The rules about a break-glass clause: what it is for, who attests to it, who is told, and how long it
//! may stand open.
//!
//! A purpose that the catalogue marks as break-glass goes under no other clause, and such a clause is for
//! nothing else. Whether the law lets a use of it through is asked of each signal again.

use super::Faults;
use super::clause::Scope;
use crate::agreement::{BreakGlassTerms, Content, Mode};
use crate::signal::LONGEST_BOX_HOURS;
use seinhuis_types::{Desk, Oin, PurposeCode};

/// Adds the faults of a clause's break-glass terms, or of their absence.
pub(super) fn check(content: &Content, scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let marked = |code: &PurposeCode| {
        let purpose = scope.catalogue.purpose(code);
        purpose.is_some_and(|purpose| purpose.break_glass)
    };
    let Some(terms) = &clause.break_glass else {
        if let Some(purpose) = clause.purposes.iter().find(|code| marked(code)) {
            let fix = format!(
                "`{purpose}` goes only under a clause for break-glass: give `break_glass`, or take the \
                 purpose out"
            );
            faults.add(scope.at("purposes"), "break-glass-terms", fix);
        }
        return;
    };
    for purpose in clause.purposes.iter().filter(|code| !marked(code)) {
        let fix = format!("`{purpose}` is no purpose of a break-glass; make another clause for it");
        faults.add(scope.at("purposes"), "break-glass-purpose", fix);
    }
    if clause.mode != Mode::Push {
        let fix = "a break-glass is sent, never asked for: mode `push`";
        faults.add(scope.at("mode"), "break-glass-mode", fix);
    }
    bases(scope, marked, faults);
    let officers = [
        ("officer_from", &clause.from, &terms.officer_from),
        ("officer_to", &clause.to, &terms.officer_to),
    ];
    for (key, oin, desk) in officers {
        officer(content, scope, key, oin, desk, faults);
    }
    box_and_desks(scope, terms, faults);
}

/// Every basis is one of vital interest. That both sides vouch for it is asked of every basis.
fn bases(scope: &Scope<'_>, marked: impl Fn(&PurposeCode) -> bool, faults: &mut Faults) {
    let bases = &scope.clause.basis;
    for (kind, list) in [("provide", &bases.provide), ("receive", &bases.receive)] {
        for (index, basis) in list.iter().enumerate() {
            let path = scope.at(&format!("basis.{kind}[{index}]"));
            if let Some(found) = scope.catalogue.basis(&basis.code)
                && !found.purposes.iter().all(&marked)
            {
                let fix = format!(
                    "`{}` is no basis of vital interest; under it no glass needs breaking",
                    basis.code
                );
                faults.add(&path, "break-glass-basis", fix);
            }
        }
    }
}

fn officer(
    content: &Content,
    scope: &Scope<'_>,
    key: &str,
    oin: &Oin,
    desk: &Desk,
    faults: &mut Faults,
) {
    let path = scope.at(&format!("break_glass.{key}"));
    if let Some(party) = content.party(oin)
        && !party.desks.contains(desk)
    {
        let fix = format!("`{desk}` is not a desk of `{oin}` in this agreement");
        faults.add(&path, "unknown-desk", fix);
    }
    if oin == &scope.clause.to && scope.clause.desks.contains(desk) {
        let fix = format!("`{desk}` receives under this clause; who reviews sits at another desk");
        faults.add(&path, "break-glass-officer", fix);
    }
}

fn box_and_desks(scope: &Scope<'_>, terms: &BreakGlassTerms, faults: &mut Faults) {
    if !(1..=LONGEST_BOX_HOURS).contains(&terms.most_hours) {
        faults.add(
            scope.at("break_glass.most_hours"),
            "break-glass-hours",
            format!("a number of hours from 1 to {LONGEST_BOX_HOURS}"),
        );
    }
    if !terms.attended_always {
        let fix = "a break-glass goes only to desks that are attended day and night: write `true` if \
                   they are, or name others";
        faults.add(
            scope.at("break_glass.attended_always"),
            "break-glass-desk",
            fix,
        );
    }
}
