//! What came of it, for people and for machines.

use super::{Found, Refused, WhatIf};
use crate::cli::Lang;
use crate::show;
use seinhuis_domain::agreement::Fault;
use seinhuis_domain::decision::{Asked, Told, Why};
use seinhuis_policy::{Change, Flip, Lacking};
use seinhuis_types::LeafIndex;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(super) fn document(args: &WhatIf, found: &Found, tries: bool) -> Value {
    let counted = |pairs: Vec<(&str, u64)>| -> Value {
        let pairs = pairs.into_iter();
        Value::Object(
            pairs
                .map(|(name, count)| (name.to_owned(), count.into()))
                .collect::<Map<_, _>>(),
        )
    };
    let lacking = Lacking::ALL.map(|one| {
        let count = found.lacking.get(&one).copied();
        (one.as_str(), count.unwrap_or_default())
    });
    let flips = Change::ALL.map(|one| {
        let count = u64::try_from(found.of(one)).unwrap_or(u64::MAX);
        (one.as_str(), count)
    });
    let incident = |(index, what): &(LeafIndex, _)| {
        let what: &seinhuis_domain::decision::NotAsRecorded = what;
        json!({ "index": index.0, "what": what.to_string() })
    };
    json!({
        "last": args.last,
        "tries": tries,
        "looked_at": found.looked_at(),
        "same": found.same,
        "held_against_own_rules": found.proven,
        "not_replayable": counted(lacking.to_vec()),
        "flips": counted(flips.to_vec()),
        "flipped": found.flips.iter().map(|(index, flip)| one(*index, flip)).collect::<Vec<_>>(),
        "agreements_refused": found.refused.iter().map(refused).collect::<Vec<_>>(),
        "incidents": found.incidents.iter().map(incident).collect::<Vec<_>>(),
        "recorded": found.recorded.iter().map(|index| index.0).collect::<Vec<_>>(),
    })
}

fn refused(refused: &Refused) -> Value {
    let fault = |fault: &Fault| json!({ "path": fault.path, "rule": fault.rule, "fix": fault.fix });
    json!({
        "agreement_hash": refused.agreement.as_str(),
        "faults": refused.faults.iter().map(fault).collect::<Vec<_>>(),
    })
}

fn one(index: LeafIndex, flip: &Flip) -> Value {
    let input = &flip.input;
    json!({
        "index": index.0,
        "change": flip.change.as_str(),
        "act": act(input.asked),
        "decided_at": show::moment(input.decided_at),
        "recipient_oin": input.recipient.as_str(),
        "recipient_desk": input.desk.as_str(),
        "agreement_hash": input.agreement.as_str(),
        "clause": input.clause.as_str(),
        "signal_type": input.signal_type.as_str(),
        "purpose": input.purpose.as_str(),
        "was": told(&flip.was),
        "would_be": told(&flip.would_be),
        "reasons_new": whys(&flip.new_reasons()),
        "reasons_gone": whys(&flip.gone()),
        "held_against_own_rules": flip.proven,
    })
}

fn told(told: &Told) -> Value {
    let [provide, receive, special] = &told.bases;
    json!({
        "permitted": told.permitted,
        "reasons": told.reasons.iter().map(|why| why.code.as_str()).collect::<Vec<_>>(),
        "granted": told.granted,
        "withheld": told.withheld,
        "basis_provide": provide,
        "basis_receive": receive,
        "basis_special": special,
    })
}

fn whys(whys: &[&Why]) -> Vec<Value> {
    let one = |why: &&Why| {
        json!({
            "code": why.code,
            "law": why.law,
            "text_nl": why.text_nl,
            "text_en": why.text_en,
            "remedy_nl": why.remedy_nl,
            "remedy_en": why.remedy_en,
        })
    };
    whys.iter().map(one).collect()
}

fn act(asked: Asked) -> &'static str {
    match asked {
        Asked::Publish => "publish",
        Asked::Release => "release",
        Asked::Rectify => "rectify",
        Asked::Ask => "ask",
        Asked::Answer => "answer",
    }
}

pub(super) fn words(found: &Found, lang: Lang) -> String {
    let (all, same) = (found.looked_at(), found.same);
    let (proven, flips) = (found.proven, found.flips.len());
    let mut lines = vec![
        lang.of(
            &format!("{all} beslissingen bekeken; {same} blijven gelijk, {flips} vallen anders uit."),
            &format!("{all} decisions looked at; {same} stay the same, {flips} come out otherwise."),
        )
        .to_owned(),
        lang.of(
            &format!(
                "{proven} daarvan zijn ook overgedaan met de regels waarmee zij zijn genomen, met dezelfde uitkomst."
            ),
            &format!(
                "{proven} of them were also made again by the rules they were made by, with the same outcome."
            ),
        )
        .to_owned(),
    ];
    for (lacking, count) in &found.lacking {
        let (nl, en) = match lacking {
            Lacking::Input => (
                "van voordat de invoer werd bewaard",
                "of before inputs were kept",
            ),
            Lacking::Agreement => ("convenant niet voorhanden", "agreement not at hand"),
            Lacking::Catalogue => (
                "catalogus niet voorhanden: noem haar in `catalogues`",
                "catalogue not at hand: name it in `catalogues`",
            ),
            Lacking::Policy => (
                "regelset niet voorhanden: noem haar in `policies`",
                "policy set not at hand: name it in `policies`",
            ),
        };
        let (nl, en) = (
            format!("{count} niet over te doen: {nl}."),
            format!("{count} cannot be made again: {en}."),
        );
        lines.push(lang.of(&nl, &en).to_owned());
    }
    for (index, flip) in &found.flips {
        lines.push(String::new());
        lines.extend(flip_words(*index, flip, lang));
    }
    for refused in &found.refused {
        let (nl, en) = (
            "kan zo niet worden gesloten op deze catalogus",
            "could not be agreed as it is on this catalogue",
        );
        lines.push(format!("\n{}  {}:", refused.agreement, lang.of(nl, en)));
        lines.extend(refused.faults.iter().map(|fault| format!("  {fault}")));
    }
    for (index, incident) in &found.incidents {
        let (nl, en) = (
            format!("INCIDENT in entry {index}: {incident}"),
            format!("INCIDENT in entry {index}: {incident}"),
        );
        lines.push(lang.of(&nl, &en).to_owned());
    }
    let recorded: Vec<_> = found.recorded.iter().map(ToString::to_string).collect();
    let (nl, en) = (
        format!(
            "\ndeze zoekvraag staat in het logboek: {}",
            recorded.join(", ")
        ),
        format!("\nthis search is in the log: {}", recorded.join(", ")),
    );
    lines.push(lang.of(&nl, &en).to_owned());
    lines.join("\n")
}

fn flip_words(index: LeafIndex, flip: &Flip, lang: Lang) -> Vec<String> {
    let input = &flip.input;
    let (nl, en) = match flip.change {
        Change::Refused => (
            "was toegestaan, zou worden geweigerd",
            "was permitted, would be refused",
        ),
        Change::Permitted => (
            "was geweigerd, zou zijn toegestaan",
            "was refused, would be permitted",
        ),
        Change::Reasons => (
            "blijft geweigerd, om andere redenen",
            "stays refused, for other reasons",
        ),
        Change::Fields => ("met andere velden", "with other fields"),
        Change::Bases => (
            "blijft toegestaan, op andere grondslagen",
            "stays permitted, on other bases",
        ),
    };
    let mut lines = vec![format!(
        "{index}  {} {} -> {}/{} ({}): {}",
        act(input.asked),
        input.signal_type,
        input.recipient,
        input.desk,
        input.clause,
        lang.of(nl, en)
    )];
    for why in flip.new_reasons() {
        lines.push(format!(
            "  + {} ({}) {}\n    -> {}",
            why.code,
            why.law,
            lang.of(&why.text_nl, &why.text_en),
            lang.of(&why.remedy_nl, &why.remedy_en)
        ));
    }
    for why in flip.gone() {
        lines.push(format!(
            "  - {} ({}) {}",
            why.code,
            why.law,
            lang.of(&why.text_nl, &why.text_en)
        ));
    }
    if flip.was.permitted && flip.would_be.permitted || flip.change == Change::Fields {
        for (was, would_be) in sets(flip) {
            let only = |sign: &str, of: &BTreeSet<String>, not_of: &BTreeSet<String>| {
                let found: Vec<_> = of.difference(not_of).cloned().collect();
                (!found.is_empty()).then(|| format!("  {sign} {}", found.join(", ")))
            };
            lines.extend(only("+", would_be, was));
            lines.extend(only("-", was, would_be));
        }
    }
    lines
}

/// What leaves and on which bases, as it was and as it would be.
fn sets(flip: &Flip) -> Vec<(&BTreeSet<String>, &BTreeSet<String>)> {
    let (was, would_be) = (&flip.was, &flip.would_be);
    std::iter::once((&was.granted, &would_be.granted))
        .chain(was.bases.iter().zip(&would_be.bases))
        .collect()
}
