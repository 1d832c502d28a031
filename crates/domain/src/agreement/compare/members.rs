//! Which members of two contents differ, by their keys.
//!
//! Owns: that none is passed over, also of those that decide nothing of what may be sent: who processes,
//! who answers, how long is kept, who attests. Must not know: what a member means.

use crate::agreement::{Clause, Content, Party};

/// Adds the keys whose values differ. A member that is added to the type does not build until it stands
/// here.
macro_rules! differing {
    ($found:ident, $at:expr, $kind:ident, $one:expr, $other:expr, [$($key:ident),+], not $($apart:ident),+) => {
        let $kind { $($key: _,)+ $($apart: _,)+ } = $one;
        $(if $one.$key != $other.$key {
            $found.push(format!("{}{}", $at, stringify!($key)));
        })+
    };
}

/// The keys of `after` and `before` that do not have the same value: `dpia`,
/// `parties.<oin>.log_retention_days`, `clauses.<id>.break_glass`. A party or a clause that only one of
/// them has is named as a whole. Their order is no difference.
pub fn differing_members(before: &Content, after: &Content) -> Vec<String> {
    let mut found = Vec::new();
    differing!(
        found,
        "",
        Content,
        before,
        after,
        [
            title,
            version,
            created,
            validity,
            review,
            processors,
            controllership,
            public_interest,
            dpia,
            fg_advice,
            prior_consultation,
            catalogue_hash,
            policy_hash,
            replaces
        ],
        not parties,
        clauses
    );
    for new in &after.parties {
        match before.party(&new.oin) {
            Some(old) => party(old, new, &mut found),
            None => found.push(format!("parties.{}", new.oin)),
        }
    }
    let gone = |old: &&Party| after.party(&old.oin).is_none();
    let gone = before.parties.iter().filter(gone);
    found.extend(gone.map(|old| format!("parties.{}", old.oin)));
    for new in &after.clauses {
        match before.clause(&new.id) {
            Some(old) => clause(old, new, &mut found),
            None => found.push(format!("clauses.{}", new.id)),
        }
    }
    let gone = |old: &&Clause| after.clause(&old.id).is_none();
    let gone = before.clauses.iter().filter(gone);
    found.extend(gone.map(|old| format!("clauses.{}", old.id)));
    found
}

fn party(old: &Party, new: &Party, found: &mut Vec<String>) {
    let at = format!("parties.{}.", new.oin);
    differing!(
        found,
        at,
        Party,
        old,
        new,
        [
            role,
            name,
            desks,
            restricted_desks,
            processing_activity_ids,
            contact_point,
            log_retention_days
        ],
        not oin
    );
}

fn clause(old: &Clause, new: &Clause, found: &mut Vec<String>) {
    let at = format!("clauses.{}.", new.id);
    differing!(
        found,
        at,
        Clause,
        old,
        new,
        [
            from,
            to,
            mode,
            purposes,
            basis,
            types,
            subject_roles,
            max_subjects,
            id_kinds,
            identity_sealed,
            desks,
            regions,
            regimes,
            wpg_articles,
            consent,
            inform,
            retention,
            onward,
            obligations,
            visibility,
            visible_from,
            recipient_may_not_know,
            break_glass
        ],
        not id
    );
}
