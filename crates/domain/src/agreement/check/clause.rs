//! The rules about one clause: its parties, desks, people and terms.

use super::parties::known;
use super::{Faults, basis, break_glass, grant};
use crate::agreement::{Clause, ConsentRule, Content, InformedBy};
use crate::catalogue::{Catalogue, Visibility};
use seinhuis_types::limits;

/// A clause with the roles of its two parties.
pub(super) struct Scope<'a> {
    /// The clause.
    pub(super) clause: &'a Clause,
    /// The catalogue.
    pub(super) catalogue: &'a Catalogue,
    /// Role of the sender, if it is a party.
    pub(super) from_role: Option<&'a str>,
    /// Role of the recipient, if it is a party.
    pub(super) to_role: Option<&'a str>,
    /// Path of the clause.
    pub(super) path: &'a str,
}

impl Scope<'_> {
    /// The path of a key of the clause.
    pub(super) fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// Both roles, where both are parties with a role.
    pub(super) fn roles(&self) -> Option<(&str, &str)> {
        Some((self.from_role?, self.to_role?))
    }
}

/// Adds the faults of one clause.
pub(super) fn check(
    content: &Content,
    clause: &Clause,
    catalogue: &Catalogue,
    path: &str,
    faults: &mut Faults,
) {
    let role = |oin| content.party(oin).map(|party| party.role.as_str());
    let (from_role, to_role) = (role(&clause.from), role(&clause.to));
    let scope = Scope {
        clause,
        catalogue,
        from_role,
        to_role,
        path,
    };
    route(content, &scope, faults);
    restricted(content, &scope, faults);
    purposes(&scope, faults);
    people(&scope, faults);
    terms(&scope, faults);
    basis::check(&scope, faults);
    grant::check(&scope, faults);
    break_glass::check(content, &scope, faults);
}

fn route(content: &Content, scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    known(content, &clause.from, &scope.at("from"), faults);
    known(content, &clause.to, &scope.at("to"), faults);
    if clause.from == clause.to {
        faults.add(
            scope.at("to"),
            "same-party",
            "a clause runs between two parties",
        );
    }
    if clause.desks.is_empty() {
        faults.add(
            scope.at("desks"),
            "no-desks",
            "name at least one desk of the recipient",
        );
    }
    if let Some(party) = content.party(&clause.to) {
        for desk in clause.desks.difference(&party.desks) {
            let fix = format!(
                "`{desk}` is not a desk of `{}` in this agreement",
                party.oin
            );
            faults.add(scope.at("desks"), "unknown-desk", fix);
        }
    }
    if clause.regions.is_empty() {
        faults.add(
            scope.at("regions"),
            "no-regions",
            "name at least one region",
        );
    }
    for region in &clause.regions {
        if scope.catalogue.region(region).is_none() {
            let fix = format!("`{region}` is not a region of the catalogue");
            faults.add(scope.at("regions"), "unknown-region", fix);
        }
    }
}

fn purposes(scope: &Scope<'_>, faults: &mut Faults) {
    if scope.clause.purposes.is_empty() {
        faults.add(
            scope.at("purposes"),
            "no-purposes",
            "name at least one purpose",
        );
    }
    for purpose in &scope.clause.purposes {
        if scope.catalogue.purpose(purpose).is_none() {
            let fix = format!("`{purpose}` is not a purpose of the catalogue");
            faults.add(scope.at("purposes"), "unknown-purpose", fix);
        }
    }
}

fn people(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let most = limits::SUBJECTS;
    if !(1..=most).contains(&usize::from(clause.max_subjects)) {
        faults.add(
            scope.at("max_subjects"),
            "max-subjects",
            format!("a number from 1 to {most}"),
        );
    }
    if clause.subject_roles.is_empty() {
        faults.add(
            scope.at("subject_roles"),
            "no-subject-roles",
            "name at least one role",
        );
    }
    for role in &clause.subject_roles {
        if scope.catalogue.subject_role(role).is_none() {
            let fix = format!("`{role}` is not a subject role of the catalogue");
            faults.add(scope.at("subject_roles"), "unknown-subject-role", fix);
        }
    }
    if clause.id_kinds.is_empty() {
        faults.add(
            scope.at("id_kinds"),
            "no-id-kinds",
            "name at least one kind of identifier",
        );
    }
}

/// What the catalogue restricts goes to desks that the recipient marks as restricted, and to no other.
fn restricted(content: &Content, scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let types = clause.types.iter();
    let mut types = types.filter_map(|granted| scope.catalogue.signal_type(&granted.code));
    let Some(found) = types.find(|def| def.restricted) else {
        return;
    };
    let party = content.party(&clause.to);
    for desk in &clause.desks {
        if !party.is_some_and(|party| party.restricted_desks.contains(desk)) {
            let fix = format!(
                "`{}` goes to restricted desks only, and `{desk}` is none; give it a clause of its own",
                found.code
            );
            faults.add(scope.at("desks"), "restricted-desk", fix);
        }
    }
}

fn terms(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let in_list = |list: &str, code: &str| {
        scope
            .catalogue
            .code_list(list)
            .is_some_and(|list| list.contains(code))
    };
    let nobody = clause.inform.by == InformedBy::None;
    if nobody != (clause.inform.within_days == 0) {
        let fix = "give a number of days where somebody informs, and 0 where nobody does";
        faults.add(scope.at("inform.within_days"), "inform-term", fix);
    }
    // Who received is told when consent is taken back, and only who kept it has something to destroy.
    if clause.recipient_may_not_know && clause.consent == ConsentRule::Needed {
        let fix = "who acknowledges that consent was taken back tells its source that it knows the person; such a \
                   clause goes to recipients who know whom they get";
        faults.add(
            scope.at("recipient_may_not_know"),
            "consent-may-not-know",
            fix,
        );
    }
    if clause.visible_from.is_some() && clause.visibility != Visibility::Subject {
        let fix = "a day from which the person may see it goes with visibility `subject`";
        faults.add(scope.at("visible_from"), "visible-from", fix);
    }
    if !in_list("onward-rule", clause.onward.as_str()) {
        let fix = format!(
            "`{}` is not in the list `onward-rule` of the catalogue",
            clause.onward
        );
        faults.add(scope.at("onward"), "unknown-code", fix);
    }
    for code in &clause.obligations {
        if !in_list("obligation", code.as_str()) {
            let fix = format!("`{code}` is not in the list `obligation` of the catalogue");
            faults.add(scope.at("obligations"), "unknown-code", fix);
        }
    }
}
