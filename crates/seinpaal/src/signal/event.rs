//! An event as it is shown: what did not happen in time.
//! Must not know: how it came.

use crate::cli::Lang;
use crate::show;
use seinhuis_client::{Event, EventKind, EventOf};
use serde_json::{Value, json};

/// For machines.
pub(super) fn document(event: &Event) -> Value {
    let mut document = json!({
        "item": "event",
        "event": event.kind.as_str(),
        "signal_type": event.signal_type.as_ref().map(ToString::to_string),
        "at": show::moment(event.at),
        "entry": event.index.0,
    });
    if let Value::Object(members) = &mut document {
        match &event.of {
            EventOf::Received(id) => {
                members.insert("delivery_id".to_owned(), id.to_string().into());
            }
            EventOf::Sent {
                signal,
                recipient,
                desk,
            } => {
                members.insert("signal_id".to_owned(), signal.to_string().into());
                members.insert("recipient_oin".to_owned(), recipient.to_string().into());
                members.insert("recipient_desk".to_owned(), desk.to_string().into());
            }
        }
    }
    document
}

/// For people.
pub(super) fn words(event: &Event, lang: Lang) -> String {
    let what = of_break_glass(event.kind, lang).unwrap_or_else(|| of_others(event.kind, lang));
    let of = match (&event.of, lang) {
        (EventOf::Received(id), Lang::Nl) => format!("levering {id}"),
        (EventOf::Received(id), Lang::En) => format!("delivery {id}"),
        (
            EventOf::Sent {
                signal,
                recipient,
                desk,
            },
            Lang::Nl,
        ) => format!("signaal {signal} aan {recipient}/{desk}"),
        (
            EventOf::Sent {
                signal,
                recipient,
                desk,
            },
            Lang::En,
        ) => format!("signal {signal} to {recipient}/{desk}"),
    };
    let kind = event
        .signal_type
        .as_ref()
        .map_or_else(String::new, |kind| format!(" ({kind})"));
    let at = show::moment(event.at);
    format!("{of}{kind}: {what} ({at}, entry {})\n", event.index)
}

/// What happened to a break-glass, if it is about one.
fn of_break_glass(kind: EventKind, lang: Lang) -> Option<&'static str> {
    Some(match kind {
        EventKind::BreakGlassUsed => lang.of(
            "noodprocedure gebruikt; beoordeel haar voor dit tijdstip (seinpaal break-glass list)",
            "a break-glass was used; review it before this moment (seinpaal break-glass list)",
        ),
        EventKind::BreakGlassOverdue => lang.of(
            "de beoordeling van een noodprocedure is te laat",
            "the review of a break-glass is late",
        ),
        EventKind::BreakGlassReviewed => lang.of(
            "een kant heeft de noodprocedure beoordeeld (seinpaal break-glass list)",
            "one side has reviewed the break-glass (seinpaal break-glass list)",
        ),
        EventKind::BreakGlassDestroy => lang.of(
            "noodprocedure niet terecht; vernietig wat u ontving",
            "a break-glass that was not justified; destroy what you received",
        ),
        EventKind::BreakGlassWithdraw => lang.of(
            "noodprocedure niet terecht; trek het signaal in (seinpaal signal withdraw)",
            "a break-glass that was not justified; withdraw the signal (seinpaal signal withdraw)",
        ),
        EventKind::BreakGlassCorrected => lang.of(
            "noodprocedure gecorrigeerd; beoordeel dat voor dit tijdstip (seinpaal break-glass list)",
            "a break-glass was corrected; review that before this moment (seinpaal break-glass list)",
        ),
        EventKind::BreakGlassNotReleased => lang.of(
            "noodprocedure niet uitgegeven toen de ontvanger erom vroeg; bel de ontvanger",
            "a break-glass was not released when its recipient asked for it; call the recipient",
        ),
        _ => return None,
    })
}

/// What happened to anything else.
fn of_others(kind: EventKind, lang: Lang) -> &'static str {
    match (kind, lang) {
        (EventKind::DeadlineMissed, Lang::Nl) => "niet op tijd geopend; bel de ander",
        (EventKind::DeadlineMissed, Lang::En) => "not acknowledged in time; call the other side",
        (EventKind::Undelivered, Lang::Nl) => {
            "nooit aangekomen en nu gewist; stuur opnieuw als het nog nodig is"
        }
        (EventKind::Undelivered, Lang::En) => {
            "never arrived and now erased; send again if it is still needed"
        }
        (EventKind::ConsentWithdrawn, Lang::Nl) => {
            "de toestemming is ingetrokken; verwijder het, tenzij een andere grondslag het draagt, en \
             bevestig met `seinpaal consent acknowledge`"
        }
        (EventKind::ConsentWithdrawn, Lang::En) => {
            "the consent was taken back; erase it, unless another basis carries it, and tell so with \
             `seinpaal consent acknowledge`"
        }
        (EventKind::QuestionNotCollected, Lang::Nl) => {
            "de vraag is niet opgehaald door het systeem van het andere loket; bel, of vraag opnieuw"
        }
        (EventKind::QuestionNotCollected, Lang::En) => {
            "the question was not collected by the other desk's system; call, or ask again"
        }
        (_, Lang::Nl) => "onbekende gebeurtenis; werk dit programma bij",
        (_, Lang::En) => "an event this version does not know; update it",
    }
}
