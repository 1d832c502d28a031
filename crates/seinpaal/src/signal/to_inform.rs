//! What is shown when receiving began or ended tasks of telling people.
//!
//! Owns: the words, Dutch and English, and the document. Must not know: why a task begins or ends.

use crate::exit::Failure;
use crate::inform::Changed;
use crate::setup::Setup;
use seinhuis_types::DeliveryId;
use serde_json::json;

/// Shows what a delivery changed, and of which earlier one; nothing where nothing did.
pub(super) fn show(
    delivery: DeliveryId,
    about: Option<DeliveryId>,
    changed: &Changed,
    setup: &Setup,
) -> Result<(), Failure> {
    let (id, begun) = (delivery.to_string(), changed.begun);
    if begun > 0 {
        let document = json!({ "item": "to_inform", "delivery_id": id, "people": begun });
        setup.out.show(&document, || {
            format!("delivery {id}: {begun} to be told of it; `inform list` says by when")
        })?;
    }
    if changed.is_plain() {
        return Ok(());
    }
    let lang = setup.out.lang();
    let ended = changed.ended.iter();
    let document = json!({
        "item": "inform_ended",
        "delivery_id": id,
        "about": about.map(|about| about.to_string()),
        "ended": ended.clone().map(|(task, reason)| json!({ "task": task, "reason": reason.as_str() }))
            .collect::<Vec<_>>(),
        "told_before": changed.told_before,
        "not_compared": changed.not_compared,
    });
    setup.out.show(&document, || {
        let ended = ended.map(|(task, reason)| {
            let why = lang.of(reason.nl(), reason.en());
            let what = lang.of("hoeft niet meer verteld", "is not to be told any more");
            format!("{task}: {what}: {why}")
        });
        let told = changed.told_before.iter().map(|task| {
            let what = lang.of(
                "was al verteld; beslis of deze persoon hoort dat het niet klopte",
                "was told before; decide whether this person hears that it was wrong",
            );
            format!("{task}: {what}")
        });
        let open = changed.not_compared.iter().map(|task| {
            let what = lang.of(
                "blijft staan: of het om een ander gaat is niet te zien (ander tijdvak van pseudoniemen)",
                "stays: whether it is of another person cannot be seen (another epoch of pseudonyms)",
            );
            format!("{task}: {what}")
        });
        ended.chain(told).chain(open).collect::<Vec<_>>().join("\n")
    })
}
