//! `consent withdraw`, `status`, `acknowledge`: what the hub has of a record, and who was told.
//!
//! Owns: what is typed for it, and what is shown. Giving needs no verb of its own at the hub: `signal send
//! --consent` registers it, for each envelope by itself. Must not know: handles; the SDK keeps them.

use crate::cli::Lang;
use crate::exit::Failure;
use crate::secret::{self, Source as From};
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{ConsentHere, ConsentStatus, WithdrawnConsent};
use seinhuis_domain::consent::ConsentRecord;
use seinhuis_domain::signal::Source;
use seinhuis_types::{CodeValue, DeliveryId, ParseError};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Withdraw {
    /// The record; its last act says who took it back. Without one the registrant ends it by itself. `-`
    /// is standard input.
    #[arg(value_name = "FILE|-")]
    file: From,
    /// Who acts, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// That person's function, a code of the list `acting-role`.
    #[arg(long, value_name = "ROLE")]
    role: CodeValue,
    /// Who decided it, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    decided_by: String,
}

#[derive(Debug, Args)]
pub(crate) struct Acknowledge {
    /// The delivery, 32 hex digits, as `signal receive` showed it.
    #[arg(value_parser = delivery_id)]
    delivery: DeliveryId,
    /// Who saw to it, by the partner's own pseudonym.
    #[arg(long, value_name = "PERSON")]
    by: String,
    /// That person's function, a code of the list `acting-role`.
    #[arg(long, value_name = "ROLE")]
    role: CodeValue,
}

fn delivery_id(text: &str) -> Result<DeliveryId, ParseError> {
    let rule = |_| ParseError::new("delivery id", "32 lower-case hex digits");
    seinhuis_types::ConsentHandle::parse(text)
        .map(|bytes| DeliveryId(bytes.0))
        .map_err(rule)
}

/// Reads a record that is in its form.
pub(crate) fn read(file: &From) -> Result<ConsentRecord, Failure> {
    let text = secret::text(file, "record of consent")?;
    ConsentRecord::parse(&text).map_err(|fault| super::form(file, &fault))
}

pub(crate) async fn withdraw(args: &Withdraw, setup: &Setup) -> Result<(), Failure> {
    let record = read(&args.file)?;
    let online = setup.connect().await?;
    let source = Source {
        acting_person: args.by.clone().into_bytes(),
        acting_role: Some(args.role.clone()),
        decided_by: args.decided_by.clone().into_bytes(),
        reason: None,
        second_approval: None,
        processing_activity: String::new(),
        prior_call: None,
    };
    let done = Box::pin(online.partner.withdraw_consent(&record, &source)).await?;
    let receipts = online.receipts();
    for one in &done {
        receipts.keep(online.partner.log_keys(), &one.proof, None)?;
    }
    let here = ConsentHere::of(&online.config.state, &record.id)?;
    let told: Vec<String> = done
        .iter()
        .filter_map(|one| one.told.as_ref())
        .map(|(oin, desk)| format!("{oin}/{desk}"))
        .collect();
    let document = json!({
        "consent_id": record.id.to_string(),
        "registered_here": here.registered,
        "withdrawn": done.iter().map(|one| json!({
            "handle": one.handle.to_string(),
            "told": one.told.as_ref().map(|(oin, desk)| format!("{oin}/{desk}")),
            "entry": show::entry(&one.proof),
        })).collect::<Vec<_>>(),
    });
    setup.out.show(&document, || {
        out::facts(&[
            ("consent", record.id.to_string()),
            ("withdrawn", how_many(&done, here, setup.out.lang())),
            ("told", told.join(", ")),
        ])
    })
}

/// How many handles were taken back. None is no success by itself: another system may have registered some.
fn how_many(done: &[WithdrawnConsent], here: ConsentHere, lang: Lang) -> String {
    match (done.len(), here.registered) {
        (0, 0) => lang.of(
            "dit systeem heeft er niets op geregistreerd; doe dit op elk systeem dat erop verstuurt",
            "this system registered nothing on it; do this on each system that sends on it",
        ),
        (0, _) => lang.of(
            "er was niets meer in te trekken",
            "nothing was left to take back",
        ),
        (count, _) => return count.to_string(),
    }
    .to_owned()
}

pub(crate) async fn status(file: &From, setup: &Setup) -> Result<(), Failure> {
    let record = read(file)?;
    let online = setup.connect().await?;
    let list = Box::pin(online.partner.consent_status(&record)).await?;
    let waiting = list.iter().filter(|one| one.is_waited_for()).count();
    let here = ConsentHere::of(&online.config.state, &record.id)?;
    let document = json!({
        "consent_id": record.id.to_string(),
        "stands": record.stands(Setup::now()) && !here.withdrawn,
        "withdrawn_here": here.withdrawn,
        "registered": list.iter().map(document).collect::<Vec<_>>(),
        "not_acknowledged": waiting,
    });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        let mut parts: Vec<String> = list.iter().map(|one| words(one, lang)).collect();
        parts.push(match lang {
            Lang::Nl => format!("intrekking nog niet bevestigd: {waiting}"),
            Lang::En => format!("withdrawal not acknowledged yet: {waiting}"),
        });
        parts.join("\n\n")
    })
}

pub(crate) async fn acknowledge(args: &Acknowledge, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let (delivery, person) = (args.delivery, args.by.as_bytes());
    let seen = online
        .partner
        .acknowledge_withdrawal(delivery, person, &args.role);
    let proof = Box::pin(seen).await?;
    online
        .receipts()
        .keep(online.partner.log_keys(), &proof, None)?;
    let document = json!({
        "delivery_id": delivery.to_string(),
        "entry": show::entry(&proof),
    });
    setup.out.show(&document, || {
        out::facts(&[
            ("delivery", delivery.to_string()),
            ("entry", show::entry_words(&proof)),
        ])
    })
}

fn standing(one: &ConsentStatus) -> String {
    let name = one.standing.map(|standing| standing.as_str_name());
    let name = name.unwrap_or("CONSENT_STANDING_NOT_REGISTERED");
    name.trim_start_matches("CONSENT_STANDING_")
        .to_ascii_lowercase()
}

fn document(one: &ConsentStatus) -> Value {
    json!({
        "handle": one.handle.to_string(),
        "recipient_oin": one.to.oin.as_str(),
        "recipient_desk": one.to.desk.as_str(),
        "agreement_hash": one.to.agreement.as_str(),
        "clause": one.to.clause.as_str(),
        "standing": standing(one),
        "delivery_id": one.delivery.map(|id| id.to_string()),
        "received": one.received,
        "withdrawn_at": one.withdrawn.map(show::moment),
        "acknowledged_at": one.acknowledged.map(show::moment),
        "waited_for": one.is_waited_for(),
    })
}

fn words(one: &ConsentStatus, lang: Lang) -> String {
    let seen = match (one.is_waited_for(), one.acknowledged) {
        (true, _) => lang
            .of("nog niet bevestigd", "not acknowledged yet")
            .to_owned(),
        (false, Some(at)) => show::moment(at),
        (false, None) => String::new(),
    };
    out::facts(&[
        ("to", format!("{}/{}", one.to.oin, one.to.desk)),
        ("clause", one.to.clause.to_string()),
        ("standing", standing(one)),
        (
            "delivery",
            one.delivery.map(|id| id.to_string()).unwrap_or_default(),
        ),
        ("acknowledged", seen),
    ])
}
