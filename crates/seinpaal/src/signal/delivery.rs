//! A delivery as it is shown. Who a subject is is never shown, only that it is sealed: see
//! `--identities`.

use crate::cli::Lang;
use crate::{out, show};
use seinhuis_client::{Identity, Opened, OpenedSubject, Told, Unread};
use seinhuis_domain::signal::RectificationKind;
use seinhuis_types::{FieldPath, hex};
use serde_json::{Map, Value, json};

/// Which kind of identity is sealed.
fn identity(subject: &OpenedSubject) -> Option<&'static str> {
    subject.identity.as_ref().map(|identity| match identity {
        Identity::Number(_) => "number",
        Identity::Person(_) => "person",
    })
}

/// A value of a field: text, or the hexadecimal of opaque bytes.
fn value(opened: &Opened, path: &FieldPath, bytes: &[u8]) -> String {
    // Every other kind is printable ASCII; sixteen random bytes are that once in ten million times.
    match opened.text(path.as_str()) {
        Some(text) if bytes.iter().all(|byte| byte.is_ascii_graphic()) => text.to_owned(),
        _ => hex(bytes),
    }
}

/// For machines.
pub(super) fn document(opened: &Opened) -> Value {
    let (route, header) = (&opened.route, &opened.header);
    let subject = |(ordinal, subject): (usize, &OpenedSubject)| {
        json!({
            "ordinal": ordinal,
            "role": subject.head.role.as_str(),
            "age_band": subject.head.age_band.as_str(),
            "identifier_kind": subject.head.kind.as_str(),
            "pseudonym": hex(&subject.pseudonym.to_bytes()),
            "identity": identity(subject),
        })
    };
    let fields: Map<String, Value> = opened
        .fields
        .iter()
        .map(|(path, bytes)| (path.to_string(), value(opened, path, bytes).into()))
        .collect();
    json!({
        "item": "delivery",
        "delivery_id": opened.id.to_string(),
        "source_oin": route.source.as_str(),
        "source_desk": route.source_desk.as_str(),
        "recipient_desk": route.desk.as_str(),
        "agreement_hash": route.agreement.as_str(),
        "clause": route.clause.as_str(),
        "signal_type": header.signal_type.as_str(),
        "type_version": header.type_version,
        "purpose": header.purpose.as_str(),
        "necessity": header.necessity.as_str(),
        "regime": header.regime.as_str(),
        "wpg_article": header.wpg_article.map(|article| article.as_str()),
        "second_approval": header.second_approval,
        "region": header.region.as_str(),
        "urgency": header.urgency.as_str(),
        "event_hour": show::hour(header.event_hour),
        "valid_until": header.valid_until.map(show::hour),
        "retention": header.retention.as_str(),
        "source_shield": header.source_shield.as_str(),
        "address_shield": header.address_shield,
        "subject_informed": header.subject_informed.as_str(),
        "restricted_theme": header.restricted_theme,
        "origin": header.origin.as_str(),
        "consent_ref": header.consent.map(|cited| cited.handle.to_string()),
        "consent_revision": header.consent.map(|cited| cited.revision.0),
        "onward_basis": header.onward_basis.as_ref().map(|basis| basis.as_str()),
        "subjects": opened.subjects.iter().enumerate().map(subject).collect::<Vec<_>>(),
        "fields": fields,
        "case": opened.case.iter().map(|reference| hex(reference)).collect::<Vec<_>>(),
        "withheld": opened.withheld.iter().map(show::withheld).collect::<Vec<_>>(),
        "handling": {
            "secrecy_law": opened.handling.secrecy_law,
            "reminder_nl": opened.handling.reminder_nl,
            "reminder_en": opened.handling.reminder_en,
            "onward_rule": opened.handling.onward_rule,
            "obligations": opened.obligations,
            "acknowledge_by": show::maybe(opened.handling.acknowledge_by_ms),
        },
        "basis_receive": opened.decision.basis_receive,
        "may_not_know": opened.may_not_know,
        "answer_by": opened.answer_by.map(show::moment),
        "answers": opened.answers.map(|question| question.to_string()),
        "rectifies": opened.rectifies.as_ref().map(about),
        "entry": show::entry(&opened.proof),
    })
}

fn about(about: &Told) -> Value {
    json!({
        "delivery_id": about.delivery.to_string(),
        "kind": about.told.kind.as_str(),
        "reason": about.told.reason.as_str(),
    })
}

/// Of one that is dropped unread: its handle, and which earlier one it takes the place of.
pub(super) fn unread_document(unread: &Unread) -> Value {
    json!({
        "item": "not_ours",
        "delivery_id": unread.id.to_string(),
        "rectifies": unread.rectifies.as_ref().map(about),
    })
}

/// For people.
pub(super) fn unread_words(unread: &Unread, lang: Lang) -> String {
    let id = unread.id;
    let dropped = lang.of(
        "niemand van ons; ongelezen weggelegd",
        "nobody of ours; dropped unread",
    );
    let Some(about) = &unread.rectifies else {
        return format!("delivery {id}: {dropped}");
    };
    let what = lang.of(
        "komt in de plaats van een eerdere; ging die over iemand van ons, dan klopt dat niet: gebruik en verstrek \
         die niet meer",
        "takes the place of an earlier one; if that was about somebody of ours, it was wrong: use and provide that \
         no more",
    );
    let (earlier, reason) = (about.delivery, &about.told.reason);
    format!("delivery {id}: {dropped}; {what}: {earlier} ({reason})")
}

/// What is told of an earlier delivery.
fn rectifies(opened: &Opened, lang: Lang) -> String {
    let Some(about) = &opened.rectifies else {
        return String::new();
    };
    let what = match about.told.kind {
        RectificationKind::Corrected => lang.of(
            "was onjuist; dit komt ervoor in de plaats",
            "was wrong; this takes its place",
        ),
        RectificationKind::Withdrawn => lang.of(
            "is ingetrokken; gebruik en verstrek het niet meer",
            "is withdrawn; use and provide it no more",
        ),
        RectificationKind::IdentityFixed => lang.of(
            "ging over een ander; dit is de juiste persoon",
            "was about another person; this is the right one",
        ),
        RectificationKind::Shielded => lang.of(
            "moet verborgen blijven voor de betrokkene",
            "must stay hidden from the subject",
        ),
        RectificationKind::Restricted => lang.of(
            "is beperkt: bewaar het, en gebruik en verstrek het niet",
            "is restricted: keep it, and neither use nor provide it",
        ),
    };
    let restricted = about.told.kind == RectificationKind::Restricted;
    let until = opened.header.valid_until.filter(|_| restricted);
    let until = until.map(|until| {
        let word = lang.of("tot", "until");
        format!(" {word} {}", show::hour(until))
    });
    let until = until.unwrap_or_default();
    format!("{} {what}{until} ({})", about.delivery, about.told.reason)
}

/// The consent it rests on; empty where it rests on none.
fn consent(opened: &Opened, lang: Lang) -> String {
    let cited = opened.header.consent.map(|cited| {
        let revision = lang.of("revisie", "revision");
        format!("{}, {revision} {}", cited.handle, cited.revision.0)
    });
    cited.unwrap_or_default()
}

/// For people.
pub(super) fn words(opened: &Opened, lang: Lang) -> String {
    let (route, header, handling) = (&opened.route, &opened.header, &opened.handling);
    let obligations: Vec<&str> = opened.obligations.iter().map(String::as_str).collect();
    let withheld: Vec<&str> = opened
        .withheld
        .iter()
        .map(|field| field.path.as_str())
        .collect();
    let case: Vec<String> = opened.case.iter().map(|reference| hex(reference)).collect();
    let head = out::facts(&[
        ("delivery", opened.id.to_string()),
        ("rectifies", rectifies(opened, lang)),
        ("type", header.signal_type.to_string()),
        ("from", format!("{}/{}", route.source, route.source_desk)),
        ("for", format!("{} ({})", header.purpose, header.necessity)),
        (
            "under",
            format!("{}, clause {}", route.agreement, route.clause),
        ),
        (
            "event",
            format!("{}, {}", show::hour(header.event_hour), header.region),
        ),
        ("consent", consent(opened, lang)),
        ("urgency", header.urgency.to_string()),
        (
            "answer by",
            show::maybe(handling.acknowledge_by_ms).unwrap_or_default(),
        ),
        ("secrecy", handling.secrecy_law.clone()),
        (
            "reminder",
            lang.of(&handling.reminder_nl, &handling.reminder_en)
                .to_owned(),
        ),
        ("onward", handling.onward_rule.clone()),
        ("you must", obligations.join(", ")),
        ("case", case.join(", ")),
        ("withheld", withheld.join(", ")),
        ("entry", show::entry_words(&opened.proof)),
    ]);
    let row = |(ordinal, subject): (usize, &OpenedSubject)| {
        vec![
            ordinal.to_string(),
            subject.head.role.to_string(),
            subject.head.age_band.to_string(),
            identity(subject).unwrap_or("none").to_owned(),
            hex(&subject.pseudonym.to_bytes()),
        ]
    };
    let subjects: Vec<_> = opened.subjects.iter().enumerate().map(row).collect();
    let fields: Vec<_> = opened
        .fields
        .iter()
        .map(|(path, bytes)| vec![path.to_string(), value(opened, path, bytes)])
        .collect();
    [
        head,
        out::table(
            &["person", "role", "age", "sealed identity", "own pseudonym"],
            &subjects,
        ),
        out::table(&["field", "value"], &fields),
    ]
    .join("\n\n")
}
