//! The rules about the legal bases of a clause. An agreement never creates a basis: each must be in
//! the catalogue, for this kind of partner, this direction and this purpose, and vouched for.

use super::Faults;
use super::clause::Scope;
use crate::agreement::{Attestation, AttestedBasis, ConsentRule};
use crate::catalogue::{BasisDef, BasisKind, LiftedBy};
use crate::signal::{Regime, WpgArticle};
use seinhuis_types::PurposeCode;
use std::collections::BTreeSet;

/// Adds the faults of the clause's bases, regimes and articles.
pub(super) fn check(scope: &Scope<'_>, faults: &mut Faults) {
    let bases = &scope.clause.basis;
    for (kind, list) in [
        (BasisKind::Provide, &bases.provide),
        (BasisKind::Receive, &bases.receive),
        (BasisKind::Special, &bases.special),
    ] {
        listed(scope, kind, list, faults);
    }
    if bases.provide.is_empty() {
        let fix = "name the basis on which the sender may provide";
        faults.add(scope.at("basis.provide"), "no-basis-to-provide", fix);
    }
    if bases.receive.is_empty() {
        let fix = "name the basis on which the recipient may receive";
        faults.add(scope.at("basis.receive"), "no-basis-to-receive", fix);
    }
    consent(scope, faults);
    denied(scope, faults);
    single_subject(scope, faults);
    onward(scope, faults);
    regimes(scope, faults);
    articles(scope, faults);
}

/// Consent is asked where it is the basis, and nowhere else: a statutory clause neither needs it, nor is
/// widened or blocked by it. So where it is needed every basis to provide rests on it.
fn consent(scope: &Scope<'_>, faults: &mut Faults) {
    if scope.clause.consent != ConsentRule::Needed {
        return;
    }
    let provide = &scope.clause.basis.provide;
    if !defs(scope, provide).any(|basis| basis.consent) {
        let fix = "no basis to provide of this clause rests on consent; write `none`";
        faults.add(scope.at("consent"), "consent-not-taken", fix);
        return;
    }
    for (index, attested) in provide.iter().enumerate() {
        let found = scope.catalogue.basis(&attested.code);
        if found.is_some_and(|basis| !basis.consent) {
            let path = scope.at(&format!("basis.provide[{index}]"));
            let fix = format!(
                "`{}` does not rest on consent, which neither widens nor blocks it; give it a clause of \
                 its own with `none`",
                attested.code
            );
            faults.add(path, "consent-beside-statute", fix);
        }
    }
}

/// Those of `list` that the catalogue has.
fn defs<'a>(scope: &'a Scope<'_>, list: &'a [AttestedBasis]) -> impl Iterator<Item = &'a BasisDef> {
    list.iter()
        .filter_map(|basis| scope.catalogue.basis(&basis.code))
}

fn listed(scope: &Scope<'_>, kind: BasisKind, list: &[AttestedBasis], faults: &mut Faults) {
    let name = kind.as_str();
    let mut seen = BTreeSet::new();
    for (index, attested) in list.iter().enumerate() {
        let path = scope.at(&format!("basis.{name}[{index}]"));
        let code = &attested.code;
        if !seen.insert(code) {
            faults.add(
                &path,
                "duplicate-basis",
                format!("`{code}` is listed before; remove one"),
            );
        }
        let Some(basis) = scope.catalogue.basis(code) else {
            let fix = format!("`{code}` is not in the catalogue; an agreement creates no basis");
            faults.add(&path, "unknown-basis", fix);
            continue;
        };
        attestations(attested, basis, &path, faults);
        if basis.kind != kind {
            let fix = format!("`{code}` is a basis of kind `{}`", basis.kind.as_str());
            faults.add(&path, "basis-kind", fix);
            continue;
        }
        if let Some((from, to)) = scope.roles()
            && !basis.covers_direction(from, to)
        {
            let fix = format!("`{code}` is no basis from `{from}` to `{to}`");
            faults.add(&path, "basis-direction", fix);
        }
        if !scope
            .clause
            .purposes
            .iter()
            .any(|purpose| basis.serves(purpose))
        {
            let fix = format!("`{code}` serves none of the clause's purposes");
            faults.add(&path, "basis-purpose", fix);
        }
        if basis.consent && scope.clause.consent == ConsentRule::None {
            let fix = format!("`{code}` rests on consent and the clause asks for none");
            faults.add(&path, "consent-needed", fix);
        }
    }
    if kind != BasisKind::Special && !list.is_empty() {
        unserved(scope, kind, list, faults);
    }
}

/// Purposes without a basis: one basis that serves one purpose does not carry the others along.
fn unserved(scope: &Scope<'_>, kind: BasisKind, list: &[AttestedBasis], faults: &mut Faults) {
    let name = kind.as_str();
    let served = |purpose: &PurposeCode| {
        defs(scope, list).any(|basis| basis.kind == kind && basis.serves(purpose))
    };
    for purpose in scope
        .clause
        .purposes
        .iter()
        .filter(|purpose| !served(purpose))
    {
        let fix = format!("no basis to {name} of this clause serves `{purpose}`");
        faults.add(
            scope.at(&format!("basis.{name}")),
            "purpose-without-basis",
            fix,
        );
    }
}

fn attestations(attested: &AttestedBasis, basis: &BasisDef, path: &str, faults: &mut Faults) {
    for (side, attestation) in [("from", &attested.from), ("to", &attested.to)] {
        let path = format!("{path}.{side}");
        match attestation {
            Some(attestation) => version(attestation, basis, &path, faults),
            // What the catalogue leaves open nobody else can have answered.
            None if basis.needs_attestation() => {
                let open = basis.check.as_ref().map(|check| format!(" ({})", check.en));
                let fix = format!(
                    "`{}` is an open question of law{}; this side must judge it itself: add function, \
                     date, opinion hash and law version",
                    basis.code,
                    open.unwrap_or_default()
                );
                faults.add(path, "basis-unverified", fix);
            }
            None => {
                let fix = "add who judged that the basis holds, when, and on which law version";
                faults.add(path, "attestation-missing", fix);
            }
        }
    }
}

/// A basis on several laws was judged as they stood together: on the day the youngest of them came
/// into force. A version that is younger asks for a new judgement. An article that is added of a law no younger
/// does not: an attestation has the day alone, so who signs on the new catalogue looks at what changed in it.
fn version(attestation: &Attestation, basis: &BasisDef, path: &str, faults: &mut Faults) {
    let youngest = basis.in_force_since();
    if attestation.law_version.to_string() != youngest {
        let fix = format!(
            "judge `{}` on the law in force since {youngest}",
            basis.code
        );
        faults.add(format!("{path}.law_version"), "law-version", fix);
    }
}

/// What the catalogue denies between two roles no agreement allows. A denial that attestation lifts is
/// held by the bases of that pair: each is an open question there, so both sides vouch for it.
fn denied(scope: &Scope<'_>, faults: &mut Faults) {
    let Some((from, to)) = scope.roles() else {
        return;
    };
    let barred = scope.catalogue.denied_pairs().find(|denied| {
        denied.lifted_by == LiftedBy::Nothing
            && scope
                .clause
                .purposes
                .iter()
                .any(|purpose| denied.denies(from, to, purpose))
    });
    if let Some(denied) = barred {
        let fix = format!("`{from}` to `{to}` is denied: {}", denied.reason.en);
        faults.add(scope.at("to"), "pair-denied", fix);
    }
}

/// Wjsg 39f(2)(b), 51c(3)(b): not traceable to others than the person concerned.
fn single_subject(scope: &Scope<'_>, faults: &mut Faults) {
    let bases = &scope.clause.basis;
    let all = [&bases.provide, &bases.receive, &bases.special];
    let single = all
        .into_iter()
        .flat_map(|list| defs(scope, list))
        .find(|b| b.single_subject);
    if let Some(basis) = single
        && scope.clause.max_subjects > 1
    {
        let fix = format!(
            "`{}` allows one person in a signal; set it to 1",
            basis.code
        );
        faults.add(scope.at("max_subjects"), "single-subject", fix);
    }
}

/// What the recipient may pass on is set by the law of the bases to provide; a clause may only be
/// stricter, and `none` is the strictest.
fn onward(scope: &Scope<'_>, faults: &mut Faults) {
    let rule = &scope.clause.onward;
    let provide = &scope.clause.basis.provide;
    if rule.as_str() == "none" || defs(scope, provide).next().is_none() {
        return;
    }
    if defs(scope, provide).any(|basis| basis.onward.as_ref() != Some(rule)) {
        let fix = format!("not every basis to provide allows `{rule}`; `none` is always allowed");
        faults.add(scope.at("onward"), "onward-rule", fix);
    }
}

fn regimes(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    if clause.regimes.is_empty() {
        faults.add(
            scope.at("regimes"),
            "no-regimes",
            "name the law the data come from",
        );
    }
    let carried: BTreeSet<Regime> = defs(scope, &clause.basis.provide)
        .filter_map(|basis| basis.regime)
        .collect();
    for regime in clause.regimes.difference(&carried) {
        let fix = format!(
            "no basis to provide of this clause is for `{}` data",
            regime.as_str()
        );
        faults.add(scope.at("regimes"), "regime-mismatch", fix);
    }
    for regime in carried.difference(&clause.regimes) {
        let fix = format!(
            "a basis to provide is for `{}` data; add it",
            regime.as_str()
        );
        faults.add(scope.at("regimes"), "regime-mismatch", fix);
    }
}

fn articles(scope: &Scope<'_>, faults: &mut Faults) {
    let clause = scope.clause;
    let path = scope.at("wpg_articles");
    let wpg = clause.regimes.contains(&Regime::Wpg);
    if wpg && clause.wpg_articles.is_empty() {
        faults.add(
            &path,
            "wpg-articles-missing",
            "name the articles the data are held under",
        );
    }
    if !wpg && !clause.wpg_articles.is_empty() {
        faults.add(
            &path,
            "wpg-articles-without-wpg",
            "only with regime `WPG`; remove them",
        );
    }
    let carried: BTreeSet<WpgArticle> = defs(scope, &clause.basis.provide)
        .flat_map(|basis| basis.wpg_articles.iter().copied())
        .collect();
    for article in &clause.wpg_articles {
        if matches!(article, WpgArticle::Art10Lid1B | WpgArticle::Art12) {
            let fix = format!(
                "`{}` is never shared (Bpg 4:5(2)); remove it",
                article.as_str()
            );
            faults.add(&path, "wpg-article-never", fix);
        } else if !carried.contains(article) {
            let fix = format!(
                "no basis of this clause covers article `{}`",
                article.as_str()
            );
            faults.add(&path, "wpg-article-not-in-basis", fix);
        }
    }
}
