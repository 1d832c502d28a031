//! What a finding means, in sentences for somebody who has to judge and has never seen a log. Must
//! not know: how it was verified.

use super::weight;
use crate::cli::Lang;
use crate::show::moment;
use seinhuis_merkle::{Checkpoint, Finding, Held, Receipt};
use seinhuis_types::{Millis, hex};

/// The finding, what it means and how far it goes.
pub(super) fn told(finding: &Finding, lang: Lang) -> String {
    let what = match lang {
        Lang::Nl => dutch(finding),
        Lang::En => english(finding),
    };
    format!("{what}\n{}", weight(finding, lang))
}

fn root(checkpoint: &Checkpoint) -> String {
    hex(&checkpoint.root().0)
}

fn seconds(at: u64) -> String {
    moment(Millis(at.saturating_mul(1_000)))
}

fn names(witnesses: &[(String, u64)], and: &str) -> String {
    let one = |(name, at): &(String, u64)| format!("{name} ({})", seconds(*at));
    let all: Vec<String> = witnesses.iter().map(one).collect();
    all.join(and)
}

#[expect(
    clippy::too_many_lines,
    reason = "a text for each crime, and nothing else"
)]
fn dutch(finding: &Finding) -> String {
    match finding {
        Finding::Fork {
            earlier,
            later,
            root: None,
        } => format!(
            "Het logboek `{}` heeft twee verschillende stukken ondertekend die allebei zeggen de hele \
             lijst van de eerste {} regels vast te leggen: de ene keer met controlegetal {}, de andere \
             keer met controlegetal {}. Van één lijst bestaat maar één controlegetal. Het logboek heeft \
             dus aan verschillende partijen verschillende geschiedenissen getoond.",
            earlier.origin(),
            earlier.size().get(),
            root(earlier),
            root(later)
        ),
        Finding::Fork {
            earlier,
            later,
            root: Some(other),
        } => format!(
            "Het logboek `{}` heeft ondertekend dat zijn eerste {} regels controlegetal {} hebben. \
             Het heeft ook een lijst van {} regels ondertekend, met controlegetal {}, en de eerste {} \
             regels daarvan hebben controlegetal {}. Een logboek mag alleen groeien; hier is iets dat \
             al vastlag veranderd, of er zijn twee geschiedenissen getoond.",
            earlier.origin(),
            earlier.size().get(),
            root(earlier),
            later.size().get(),
            root(later),
            earlier.size().get(),
            hex(&other.0)
        ),
        Finding::Omission {
            receipt,
            checkpoint,
            other,
        } => format!(
            "{} Het logboek heeft daarna een lijst van {} regels ondertekend waarin op die plaats een \
             andere regel staat (kenmerk {}). De beloofde regel is weggelaten of vervangen.",
            promised_nl(receipt),
            checkpoint.size().get(),
            hex(&other.0)
        ),
        Finding::TwoPromises { receipt, other } => format!(
            "{} Het heeft ook een ontvangstbewijs ondertekend voor een andere regel op dezelfde plaats: \
             kenmerk {}, vastgelegd op {}. Op een plaats staat maar een regel, dus een van beide \
             beloften is gebroken.",
            promised_nl(receipt),
            hex(&other.leaf_hash.0),
            moment(other.commit_ms)
        ),
        Finding::DroppedTail {
            receipt,
            checkpoint,
            seen,
            witnesses,
        } => {
            let when = if witnesses.is_empty() {
                format!(
                    "De partij die dit overlegt kreeg op {} (eigen klok) nog een lijst van {} regels als \
                     de nieuwste",
                    moment(*seen),
                    checkpoint.size().get()
                )
            } else {
                format!(
                    "Een lijst van {} regels was nog de nieuwste die deze getuigen kenden: {}",
                    checkpoint.size().get(),
                    names(witnesses, " en ")
                )
            };
            format!(
                "{} Binnen een minuut moet die regel in de openbare lijst staan. {when}, en die reikt \
                 niet tot die plaats. Het einde van de lijst is achtergehouden of geschrapt.",
                promised_nl(receipt)
            )
        }
        Finding::Rollback { held, served, seen } => format!(
            "Het logboek `{}` had al een lijst van {} regels ondertekend. Op {} (eigen klok van de \
             partij die dit overlegt) gaf het een lijst van {} regels als de nieuwste, en toonde het de \
             grotere niet meer. Het logboek is teruggezet.",
            held.origin(),
            held.size().get(),
            moment(*seen),
            served.size().get()
        ),
        Finding::ReplayedCheckpoint {
            held: Some(held),
            served,
            seen,
        } => format!(
            "Op {} (eigen klok van de partij die dit overlegt) werd van het logboek `{}` een oude lijst \
             van {} regels als de nieuwste gegeven. De partij had toen al een ondertekende lijst van {} \
             regels, en het logboek bezat die nog. Nieuwere regels werden zo aan het zicht onttrokken.",
            moment(*seen),
            held.origin(),
            served.size().get(),
            held.size().get()
        ),
        Finding::ReplayedCheckpoint {
            held: None,
            served,
            seen,
        } => format!(
            "Op {} (eigen klok van de partij die dit overlegt) werd een stuk van een ander logboek, \
             `{}`, als het nieuwste van dit logboek gegeven. De handtekening van dat andere logboek is \
             hier niet nagegaan.",
            moment(*seen),
            served.origin()
        ),
        Finding::SwappedKey { served, seen } => format!(
            "Op {} (eigen klok van de partij die dit overlegt) werd in naam van het logboek `{}` een \
             stuk over {} regels gegeven dat niet met de afgesproken sleutel is ondertekend. Iemand \
             anders gaf zich uit voor het logboek, of het logboek gebruikt een andere sleutel dan is \
             afgesproken.",
            moment(*seen),
            served.origin(),
            served.size().get()
        ),
        Finding::Unproven { held, served, seen } => format!(
            "Op {} (eigen klok van de partij die dit overlegt) gaf het logboek `{}` een ondertekende \
             lijst van {} regels, en toonde het niet dat daarin bewaard is gebleven wat het eerder \
             toezegde: {}",
            moment(*seen),
            served.origin(),
            served.size().get(),
            match held {
                Held::Checkpoint(held) => format!("zijn eerste {} regels.", held.size().get()),
                Held::Receipt(receipt) => promised_nl(receipt),
            }
        ),
    }
}

fn promised_nl(receipt: &Receipt) -> String {
    format!(
        "Het logboek `{}` heeft een ontvangstbewijs ondertekend: de regel met kenmerk {}, vastgelegd op \
         {}, staat op plaats {}.",
        receipt.origin,
        hex(&receipt.leaf_hash.0),
        moment(receipt.commit_ms),
        receipt.index
    )
}

#[expect(
    clippy::too_many_lines,
    reason = "a text for each crime, and nothing else"
)]
fn english(finding: &Finding) -> String {
    match finding {
        Finding::Fork {
            earlier,
            later,
            root: None,
        } => format!(
            "The log `{}` signed two different documents that both say they fix the whole list of the \
             first {} entries: once with check value {}, once with check value {}. One list has only one \
             check value. So the log showed different histories to different parties.",
            earlier.origin(),
            earlier.size().get(),
            root(earlier),
            root(later)
        ),
        Finding::Fork {
            earlier,
            later,
            root: Some(other),
        } => format!(
            "The log `{}` signed that its first {} entries have check value {}. It also signed a list \
             of {} entries with check value {}, and the first {} entries of that have check value {}. A \
             log may only grow; here something that was fixed was changed, or two histories were shown.",
            earlier.origin(),
            earlier.size().get(),
            root(earlier),
            later.size().get(),
            root(later),
            earlier.size().get(),
            hex(&other.0)
        ),
        Finding::Omission {
            receipt,
            checkpoint,
            other,
        } => format!(
            "{} The log then signed a list of {} entries with another entry at that place (mark {}). The \
             promised entry was left out or replaced.",
            promised_en(receipt),
            checkpoint.size().get(),
            hex(&other.0)
        ),
        Finding::TwoPromises { receipt, other } => format!(
            "{} It also signed a receipt for another entry at the same place: mark {}, committed on {}. \
             A place has one entry, so one of the two promises is broken.",
            promised_en(receipt),
            hex(&other.leaf_hash.0),
            moment(other.commit_ms)
        ),
        Finding::DroppedTail {
            receipt,
            checkpoint,
            seen,
            witnesses,
        } => {
            let when = if witnesses.is_empty() {
                format!(
                    "The party that brings this was on {} (its own clock) still given a list of {} \
                     entries as the newest",
                    moment(*seen),
                    checkpoint.size().get()
                )
            } else {
                format!(
                    "A list of {} entries was still the newest that these witnesses knew: {}",
                    checkpoint.size().get(),
                    names(witnesses, " and ")
                )
            };
            format!(
                "{} Within a minute that entry has to be in the public list. {when}, which does not reach \
                 that place. The end of the list was held back or struck out.",
                promised_en(receipt)
            )
        }
        Finding::Rollback { held, served, seen } => format!(
            "The log `{}` had signed a list of {} entries. On {} (own clock of the party that brings \
             this) it gave a list of {} entries as the newest, and no longer showed the larger one. The \
             log was put back.",
            held.origin(),
            held.size().get(),
            moment(*seen),
            served.size().get()
        ),
        Finding::ReplayedCheckpoint {
            held: Some(held),
            served,
            seen,
        } => format!(
            "On {} (own clock of the party that brings this) an old list of {} entries of the log `{}` \
             was given as the newest. The party then already had a signed list of {} entries, and the \
             log still had that. Newer entries were thus kept out of sight.",
            moment(*seen),
            served.size().get(),
            held.origin(),
            held.size().get()
        ),
        Finding::ReplayedCheckpoint {
            held: None,
            served,
            seen,
        } => format!(
            "On {} (own clock of the party that brings this) a document of another log, `{}`, was given \
             as the newest of this log. The signature of that other log was not checked here.",
            moment(*seen),
            served.origin()
        ),
        Finding::SwappedKey { served, seen } => format!(
            "On {} (own clock of the party that brings this) a document about {} entries was given in \
             the name of the log `{}` that is not signed with the agreed key. Somebody else passed for \
             the log, or the log uses another key than was agreed.",
            moment(*seen),
            served.size().get(),
            served.origin()
        ),
        Finding::Unproven { held, served, seen } => format!(
            "On {} (own clock of the party that brings this) the log `{}` gave a signed list of {} \
             entries, and did not show that it keeps what it promised before: {}",
            moment(*seen),
            served.origin(),
            served.size().get(),
            match held {
                Held::Checkpoint(held) => format!("its first {} entries.", held.size().get()),
                Held::Receipt(receipt) => promised_en(receipt),
            }
        ),
    }
}

fn promised_en(receipt: &Receipt) -> String {
    format!(
        "The log `{}` signed a receipt: the entry with mark {}, committed on {}, stands at place {}.",
        receipt.origin,
        hex(&receipt.leaf_hash.0),
        moment(receipt.commit_ms),
        receipt.index
    )
}
