//! `signal corrections`: where a signal went, what was told of it, and who has not acknowledged that.
//! Must not know: what it said.

use super::rectify::signal_id;
use crate::cli::Lang;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{SentDelivery, SentRectification};
use seinhuis_proto::v1;
use seinhuis_types::SignalId;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Corrections {
    /// The signal, 32 hex digits, as `signal send` showed it.
    #[arg(value_parser = signal_id)]
    signal: SignalId,
}

pub(crate) async fn run(args: Corrections, setup: &Setup) -> Result<(), Failure> {
    let online = setup.connect().await?;
    let sent = online.partner.sent(args.signal).await?;
    let document = json!({
        "signal_id": args.signal.to_string(),
        "deliveries": sent.iter().map(delivery).collect::<Vec<_>>(),
        "not_acknowledged": open(&sent).count(),
    });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        let mut parts: Vec<String> = sent.iter().map(|sent| words(sent, lang)).collect();
        let open = open(&sent).count();
        parts.push(match lang {
            Lang::Nl => format!("nog niet bevestigd: {open}"),
            Lang::En => format!("not acknowledged yet: {open}"),
        });
        parts.join("\n\n")
    })
}

/// What was told and is not acknowledged yet.
fn open(sent: &[SentDelivery]) -> impl Iterator<Item = &SentRectification> {
    let told = sent.iter().flat_map(|delivery| &delivery.rectifications);
    told.filter(|told| waits(told))
}

fn waits(told: &SentRectification) -> bool {
    told.acknowledge_by.is_some()
        || (told.acknowledged.is_none() && told.state != v1::DeliveryState::Ended)
}

fn state(state: v1::DeliveryState) -> String {
    let name = state.as_str_name().trim_start_matches("DELIVERY_STATE_");
    name.to_ascii_lowercase()
}

fn kind(told: &SentRectification) -> &'static str {
    told.kind.map_or("other", |kind| kind.as_str())
}

fn delivery(sent: &SentDelivery) -> Value {
    json!({
        "delivery_id": sent.id.to_string(),
        "recipient_oin": sent.to.oin.as_str(),
        "recipient_desk": sent.to.desk.as_str(),
        "agreement_hash": sent.to.agreement.as_str(),
        "clause": sent.to.clause.as_str(),
        "signal_type": sent.signal_type.as_str(),
        "purpose": sent.purpose.as_str(),
        "state": state(sent.state),
        "received": sent.received,
        "acknowledged_at": sent.acknowledged.map(show::moment),
        "rectifications": sent.rectifications.iter().map(rectification).collect::<Vec<_>>(),
    })
}

fn rectification(told: &SentRectification) -> Value {
    json!({
        "delivery_id": told.id.to_string(),
        "kind": kind(told),
        "reason": told.reason.as_str(),
        "state": state(told.state),
        "sent_at": show::moment(told.sent),
        "received": told.received,
        "acknowledged": !waits(told),
        "acknowledged_at": told.acknowledged.map(show::moment),
        "acknowledge_by": told.acknowledge_by.map(show::moment),
        "missed": told.missed,
    })
}

fn words(sent: &SentDelivery, lang: Lang) -> String {
    let head = out::facts(&[
        ("to", format!("{}/{}", sent.to.oin, sent.to.desk)),
        ("delivery", sent.id.to_string()),
        ("state", state(sent.state)),
    ]);
    let told = sent.rectifications.iter().map(|told| {
        let standing = match (waits(told), told.missed) {
            (true, true) => lang.of("te laat; bel de ander", "late; call the other side"),
            (true, false) => lang.of("nog niet bevestigd", "not acknowledged yet"),
            (false, _) => match told.acknowledged {
                Some(_) => lang.of("bevestigd", "acknowledged"),
                None => lang.of("vervangen of verlopen", "replaced or lapsed"),
            },
        };
        let at = show::moment(told.sent);
        format!(
            "  {} ({}), {at}, {}: {standing}",
            kind(told),
            told.reason,
            state(told.state)
        )
    });
    std::iter::once(head)
        .chain(told)
        .collect::<Vec<_>>()
        .join("\n")
}
