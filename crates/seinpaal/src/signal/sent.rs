//! `signal corrections`: where a signal went, what was told of it, and who has not acknowledged that.
//! Must not know: what it said.

use super::rectify::signal_id;
use crate::cli::Lang;
use crate::exit::Failure;
use crate::setup::Setup;
use crate::{out, show};
use clap::Args;
use seinhuis_client::{SentDelivery, SentRectification};
use seinhuis_proto::v1::{self, RectificationStanding as Standing};
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
        "not_acknowledged": open(&sent),
    });
    setup.out.show(&document, || {
        let lang = setup.out.lang();
        let mut parts: Vec<String> = sent.iter().map(|sent| words(sent, lang)).collect();
        let open = open(&sent);
        parts.push(match lang {
            Lang::Nl => format!("nog niet bevestigd: {open}"),
            Lang::En => format!("not acknowledged yet: {open}"),
        });
        parts.join("\n\n")
    })
}

/// How many desks that received it have not acknowledged what was told of it, or could not be told.
fn open(sent: &[SentDelivery]) -> usize {
    let open = sent.iter().filter(|sent| sent.is_unacknowledged());
    open.count()
}

/// How a rectification stands, for machines.
fn standing(told: &SentRectification) -> &'static str {
    match told.standing {
        Standing::Waits => "waits",
        Standing::Arrived => "arrived",
        Standing::Acknowledged => "acknowledged",
        Standing::Replaced => "replaced",
        Standing::Lapsed => "lapsed",
        Standing::Unspecified => "unknown",
    }
}

/// The same for people.
fn standing_words(told: &SentRectification, lang: Lang) -> &'static str {
    let was_there = told.acknowledged.is_some();
    match told.standing {
        Standing::Waits if told.missed => {
            lang.of("te laat; bel de ander", "late; call the other side")
        }
        Standing::Waits => lang.of("nog niet bevestigd", "not acknowledged yet"),
        Standing::Arrived if told.missed => lang.of(
            "aangekomen, nog door niemand geopend, en dat is te laat; bel de ander",
            "arrived, opened by nobody yet, which is late; call the other side",
        ),
        Standing::Arrived => lang.of(
            "aangekomen, nog door niemand geopend",
            "arrived, opened by nobody yet",
        ),
        Standing::Replaced => lang.of(
            "vervangen of teruggenomen; gaat niet meer uit",
            "replaced or taken back; leaves no more",
        ),
        Standing::Lapsed if was_there => lang.of(
            "verlopen: aangekomen en door niemand geopend; laat het op een andere manier weten",
            "lapsed: it arrived and nobody opened it; tell them by other means",
        ),
        Standing::Lapsed => lang.of(
            "verlopen: dat het aankwam is nooit bevestigd; laat het op een andere manier weten",
            "lapsed: that it arrived was never acknowledged; tell them by other means",
        ),
        Standing::Acknowledged => lang.of("bevestigd", "acknowledged"),
        Standing::Unspecified if was_there => lang.of("bevestigd", "acknowledged"),
        Standing::Unspecified => lang.of(
            "voorbij; hoe is toen niet bewaard",
            "over; how was not kept then",
        ),
    }
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
        "untold": sent.untold.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
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
        "standing": standing(told),
        "acknowledged": told.is_acknowledged(),
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
        let standing = standing_words(told, lang);
        let at = show::moment(told.sent);
        format!(
            "  {} ({}), {at}, {}: {standing}",
            kind(told),
            told.reason,
            state(told.state)
        )
    });
    let untold = sent.untold.iter().map(|kind| {
        let why = lang.of(
            "niet verteld: geweigerd, of het loket heeft geen geldige sleutel; laat het op een andere manier weten",
            "not told: refused, or the desk has no key in force; tell them by other means",
        );
        format!("  {}: {why}", kind.as_str())
    });
    std::iter::once(head)
        .chain(told)
        .chain(untold)
        .collect::<Vec<_>>()
        .join("\n")
}
