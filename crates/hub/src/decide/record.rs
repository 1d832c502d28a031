//! The `Decision` as it is signed, kept and explained.
//!
//! Owns: what of facts and verdict is told, and by which names. Must not know: how it was decided.

use seinhuis_domain::decision::input_digest;
use seinhuis_policy::{Action, Facts, Ground, Refusal, Verdict};
use seinhuis_proto::v1;
use seinhuis_store::Row;
use seinhuis_types::{FieldPath, Revision};
use std::collections::BTreeSet;

/// The rows a decision stands on, as it tells them; of an agreement only what its parties may see.
pub(super) fn told(stands_on: &[(Row, Revision)], agreement: Revision) -> Vec<(String, u64)> {
    let revision = |row: &Row, found: &Revision| match row {
        Row::Agreement(_) => agreement.0,
        _ => found.0,
    };
    stands_on
        .iter()
        .map(|(row, found)| (name(row), revision(row, found)))
        .collect()
}

/// The name of a row in a decision: which kind, never a key that could tell of a person.
fn name(row: &Row) -> String {
    match row {
        Row::Ruleset => "ruleset".to_owned(),
        Row::Directory => "directory".to_owned(),
        Row::Agreement(_) => "agreement".to_owned(),
        Row::Keys(oin, desk) => format!("keys/{oin}/{desk}"),
        Row::Consent(..) => "consent".to_owned(),
        _ => "row".to_owned(),
    }
}

pub(super) fn decision(
    facts: &Facts,
    verdict: &Verdict,
    withheld: &BTreeSet<FieldPath>,
    input: &[u8],
) -> v1::Decision {
    let Facts {
        envelope,
        ground,
        signal_type,
        ..
    } = facts;
    let mut decision = v1::Decision {
        act: match facts.action {
            Action::Publish => v1::Act::Publish,
            Action::Release => v1::Act::Release,
            Action::Ask => v1::Act::Ask,
            Action::Answer => v1::Act::Answer,
            Action::Rectify => v1::Act::Rectify,
        }
        .into(),
        source_oin: envelope.from.to_string(),
        recipient_oin: envelope.to.to_string(),
        recipient_desk: envelope.desk.to_string(),
        signal_type: signal_type.code.to_string(),
        agreement_hash: ground.agreement.to_string(),
        clause_id: ground.clause.to_string(),
        purpose: envelope.purpose.to_string(),
        ruleset_root: ground.ruleset_root.0.to_vec(),
        revisions: ground
            .revisions
            .iter()
            .map(|(row, revision)| v1::Revision {
                row: row.clone(),
                revision: *revision,
            })
            .collect(),
        withheld: withheld
            .iter()
            .map(|path| withheld_field(path, ground))
            .collect(),
        input_digest: input_digest(input).0.to_vec(),
        ..v1::Decision::default()
    };
    match verdict {
        Verdict::Permit(permit) => {
            let texts = |set: &BTreeSet<_>| set.iter().map(ToString::to_string).collect();
            decision.permitted = true;
            decision.basis_provide = texts(permit.basis_provide());
            decision.basis_receive = texts(permit.basis_receive());
            decision.basis_special = texts(permit.basis_special());
            decision.granted = permit.granted().iter().map(ToString::to_string).collect();
            decision.valid_until_ms = permit.valid_until().0;
        }
        Verdict::Refusal(refusal) => decision.reasons = reasons(refusal),
    }
    decision
}

fn withheld_field(path: &FieldPath, ground: &Ground) -> v1::Withheld {
    v1::Withheld {
        path: path.to_string(),
        reason: seinhuis_types::RefusalReason::FieldNotCovered
            .as_str()
            .to_owned(),
        law: format!("clause `{}`", ground.clause),
    }
}

fn reasons(refusal: &Refusal) -> Vec<v1::Reason> {
    if let Some(error) = &refusal.error {
        tracing::error!(%error, "the policy engine could not decide");
    }
    refusal
        .reasons
        .iter()
        .map(|reason| v1::Reason {
            code: reason.reason.as_str().to_owned(),
            law: reason.law.to_string(),
            text_nl: reason.text_nl.to_string(),
            text_en: reason.text_en.to_string(),
            remedy_nl: reason.remedy_nl.to_string(),
            remedy_en: reason.remedy_en.to_string(),
        })
        .collect()
}
