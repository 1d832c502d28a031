//! `agreement warnings`: what comes to an end, and what a change of law made void.

use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use seinhuis_proto::v1::{Warning, WarningKind};
use seinhuis_types::{Millis, hex};
use serde_json::{Value, json};

pub(crate) async fn run(setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let found = online.partner.warnings().await?;
    let document = json!({ "warnings": found.iter().map(one).collect::<Vec<_>>() });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        let row = |warning: &Warning| {
            let (nl, en) = words(warning.kind());
            vec![
                show::moment(Millis(warning.told_ms)),
                days(warning),
                lang.of(nl, en).to_owned(),
                show::maybe(warning.ends_ms).unwrap_or_default(),
                about(warning),
            ]
        };
        out::table(
            &["given", "days", "what", "ends", "about"],
            &found.iter().map(row).collect::<Vec<_>>(),
        )
    })
}

fn one(warning: &Warning) -> Value {
    let (nl, en) = words(warning.kind());
    json!({
        "kind": warning.kind().as_str_name(),
        "text_nl": nl,
        "text_en": en,
        "agreement_hash": some(&warning.agreement_hash),
        "clause": some(&warning.clause_id),
        "basis": some(&warning.basis),
        "certificate": some(&hex(&warning.certificate)),
        "system": some(&warning.system),
        "ends": show::maybe(warning.ends_ms),
        "delivery_id": some(&hex(&warning.delivery_id)),
        "days": warning.days,
        "given": show::moment(Millis(warning.told_ms)),
        "index": warning.index,
    })
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Before how many days it is; a change of law has come.
fn days(warning: &Warning) -> String {
    match warning.days {
        0 => "-".to_owned(),
        days => days.to_string(),
    }
}

fn about(warning: &Warning) -> String {
    match warning.kind() {
        WarningKind::TlsCertificateEnds => {
            format!("{} {}", warning.system, hex(&warning.certificate))
        }
        WarningKind::AttestationVoid => format!(
            "{} {} {}",
            warning.agreement_hash, warning.clause_id, warning.basis
        ),
        WarningKind::BreakGlassOverdue => hex(&warning.delivery_id),
        WarningKind::QuestionsUnusual => warning.clause_id.clone(),
        _ => warning.agreement_hash.clone(),
    }
}

/// In Dutch and in English.
const fn words(kind: WarningKind) -> (&'static str, &'static str) {
    match kind {
        WarningKind::AgreementEnds => (
            "looptijd van het convenant eindigt",
            "the term of the agreement ends",
        ),
        WarningKind::ReviewDue => ("evaluatie van het convenant", "review of the agreement"),
        WarningKind::SigningCertificateEnds => (
            "ondertekeningscertificaat verloopt",
            "the signing certificate ends",
        ),
        WarningKind::TlsCertificateEnds => (
            "TLS-certificaat van een systeem verloopt",
            "the TLS certificate of a system ends",
        ),
        WarningKind::AttestationVoid => (
            "wet gewijzigd: laat de grondslag opnieuw beoordelen",
            "the law changed: have the basis judged anew",
        ),
        WarningKind::BreakGlassOverdue => (
            "beoordeling van een noodprocedure is te laat",
            "the review of a break-glass is late",
        ),
        WarningKind::QuestionsUnusual => (
            "meer dan tweemaal zo veel vragen op een dag als gewoonlijk",
            "more than twice as many questions on a day as usual",
        ),
        WarningKind::Unspecified => ("onbekend", "not known here"),
    }
}
