//! Forms that several verbs show: moments, reasons, outcomes of calls, proofs.

use crate::cli::Lang;
use seinhuis_client::VerifiedProof;
use seinhuis_proto::v1;
use seinhuis_types::{Hour, Millis, hex};
use serde_json::{Value, json};

/// A moment in UTC (RFC 3339).
pub(crate) fn moment(at: Millis) -> String {
    let stamp = i64::try_from(at.0)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    stamp.map_or_else(|| "never".to_owned(), |stamp| stamp.to_string())
}

/// The beginning of an hour in UTC.
pub(crate) fn hour(hour: Hour) -> String {
    moment(hour.start())
}

/// A moment that may be absent, as 0 says on the wire.
pub(crate) fn maybe(ms: u64) -> Option<String> {
    (ms > 0).then(|| moment(Millis(ms)))
}

/// Bytes that name something of the partner's own: text where they are, else hexadecimal.
pub(crate) fn own_name(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => hex(bytes),
    }
}

/// A reason, in both languages.
pub(crate) fn reason(reason: &v1::Reason) -> Value {
    json!({
        "code": reason.code,
        "law": reason.law,
        "text_nl": reason.text_nl,
        "text_en": reason.text_en,
        "remedy_nl": reason.remedy_nl,
        "remedy_en": reason.remedy_en,
    })
}

/// Reasons for people: which, by what law, why, and what would mend it.
pub(crate) fn reasons(reasons: &[v1::Reason], lang: Lang) -> String {
    let one = |reason: &v1::Reason| {
        let text = lang.of(&reason.text_nl, &reason.text_en);
        let remedy = lang.of(&reason.remedy_nl, &reason.remedy_en);
        let law = if reason.law.is_empty() {
            String::new()
        } else {
            format!(" ({})", reason.law)
        };
        let mend = if remedy.is_empty() {
            String::new()
        } else {
            format!("\n    -> {remedy}")
        };
        format!("  {}{law}\n    {text}{mend}", reason.code)
    };
    reasons.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A field that was withheld.
pub(crate) fn withheld(withheld: &v1::Withheld) -> Value {
    json!({ "path": withheld.path, "reason": withheld.reason, "law": withheld.law })
}

/// Where in the log an act stands.
pub(crate) fn entry(proof: &VerifiedProof) -> Value {
    json!({
        "index": proof.index().0,
        "committed_at": moment(proof.committed()),
        "published": !proof.message().tlog_proof.is_empty(),
    })
}

/// The same, for people.
pub(crate) fn entry_words(proof: &VerifiedProof) -> String {
    format!("{} ({})", proof.index(), moment(proof.committed()))
}

/// The word for an act.
pub(crate) fn act(act: v1::Act) -> String {
    act.as_str_name()
        .trim_start_matches("ACT_")
        .to_ascii_lowercase()
}

/// A decision, whole.
pub(crate) fn decision(decision: &v1::Decision) -> Value {
    json!({
        "act": act(decision.act()),
        "permitted": decision.permitted,
        "source_oin": decision.source_oin,
        "recipient_oin": decision.recipient_oin,
        "recipient_desk": decision.recipient_desk,
        "signal_type": decision.signal_type,
        "purpose": decision.purpose,
        "agreement_hash": decision.agreement_hash,
        "clause": decision.clause_id,
        "basis_provide": decision.basis_provide,
        "basis_receive": decision.basis_receive,
        "basis_special": decision.basis_special,
        "granted": decision.granted,
        "withheld": decision.withheld.iter().map(withheld).collect::<Vec<_>>(),
        "reasons": decision.reasons.iter().map(reason).collect::<Vec<_>>(),
        "ruleset_root": hex(&decision.ruleset_root),
        "valid_until": maybe(decision.valid_until_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_utc() {
        assert_eq!(moment(Millis(0)), "1970-01-01T00:00:00Z");
        assert_eq!(hour(Hour(490_000)), "2025-11-24T16:00:00Z");
        assert_eq!(moment(Millis(u64::MAX)), "never");
        assert_eq!(maybe(0), None);
    }

    #[test]
    fn a_reason_is_told_in_the_language_asked_for_with_its_remedy() {
        let reason = v1::Reason {
            code: "DESK_NOT_COVERED".into(),
            law: "Wpg 20".into(),
            text_nl: "loket".into(),
            text_en: "desk".into(),
            remedy_nl: "kies".into(),
            remedy_en: "choose".into(),
        };
        let nl = reasons(std::slice::from_ref(&reason), Lang::Nl);
        assert_eq!(nl, "  DESK_NOT_COVERED (Wpg 20)\n    loket\n    -> kies");
        assert!(reasons(&[reason], Lang::En).contains("desk\n    -> choose"));
    }
}
