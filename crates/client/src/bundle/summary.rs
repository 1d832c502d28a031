//! What a bundle says, in words: follows from its entries alone, so that it can be compared with them.
//!
//! Owns: the sentences, in Dutch and English. Must not know: who reads them. It counts acts of
//! organisations; no person, neither citizen nor staff, is named, counted or compared.

use prost::Message;
use seinhuis_domain::entry::Leaf;
use seinhuis_proto::v1;
use std::collections::{BTreeMap, BTreeSet};

/// The acts, in Dutch and English, in the order they are told.
const ACTS: [(v1::Act, &str, &str); 9] = [
    (
        v1::Act::Publish,
        "besluit over een signaal",
        "decision on a signal",
    ),
    (
        v1::Act::Release,
        "verstrekking aan de ontvanger",
        "release to the recipient",
    ),
    (v1::Act::Acknowledge, "ontvangstmelding", "acknowledgement"),
    (
        v1::Act::Convert,
        "omzetting van eigen gegevens",
        "conversion of own identifiers",
    ),
    (
        v1::Act::Free,
        "vrijgave of einde van een aangehouden bericht",
        "end of a held delivery",
    ),
    (
        v1::Act::Read,
        "inzage in een logregel",
        "reading of an entry",
    ),
    (v1::Act::Search, "zoeking in het log", "search of the log"),
    (
        v1::Act::Grant,
        "toegang voor een toezichthouder",
        "access for an auditor",
    ),
    (
        v1::Act::Agreement,
        "stap in een convenant",
        "step in an agreement",
    ),
];

fn part<M: Message + Default>(
    entry: &v1::BundleEntry,
    kind: v1::Part,
) -> Result<Option<M>, String> {
    let found = entry.parts.iter().find(|part| part.part() == kind);
    found
        .map(|part| M::decode(part.bytes.as_slice()))
        .transpose()
        .map_err(|_| format!("entry {}: a part does not decode", entry.index))
}

/// The agreements that entries name: in what both sides read, or in the source's decision.
pub(super) fn named_agreements(content: &v1::EvidenceBundle) -> Result<BTreeSet<String>, String> {
    let mut named = BTreeSet::new();
    for entry in &content.entries {
        if let Some(shared) = part::<v1::SharedPart>(entry, v1::Part::Shared)? {
            named.insert(shared.agreement_hash);
        }
    }
    named.remove("");
    Ok(named)
}

/// The summary in Dutch and in English.
pub(super) fn of(content: &v1::EvidenceBundle) -> Result<(String, String), String> {
    let mut counts: BTreeMap<i32, (usize, usize)> = BTreeMap::new();
    let mut hours = BTreeSet::new();
    for entry in &content.entries {
        let outcome: v1::OutcomePart = part(entry, v1::Part::Outcome)?.unwrap_or_default();
        let count = counts.entry(outcome.act).or_default();
        if outcome.permitted {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
        let leaf = Leaf::parse(&entry.leaf)
            .map_err(|_| format!("entry {}: its leaf is not a leaf", entry.index))?;
        hours.insert(leaf.hour().0);
    }
    let (first, last) = (hours.first().copied(), hours.last().copied());
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let total = content.entries.len();
    let v1::EvidenceBundle {
        maker_oin,
        controller_oin,
        ..
    } = content;
    let agreements = content.agreements.len();
    let mut nl = format!(
        "Dossier met {total} logregels van verwerkingsverantwoordelijke {controller_oin}, \
         samengesteld door {maker_oin}. Uren (UTC, sinds 1970): {first} tot en met {last}. \
         Bijgevoegde convenanten: {agreements}.\n"
    );
    let mut en = format!(
        "Bundle of {total} entries of controller {controller_oin}, made by {maker_oin}. Hours (UTC, \
         since 1970): {first} up to and including {last}. Agreements in it: {agreements}.\n"
    );
    for (act, dutch, english) in ACTS {
        if let Some((yes, no)) = counts.remove(&act.into()) {
            nl.push_str(&format!(
                "- {dutch}: {yes} toegestaan of verricht, {no} geweigerd\n"
            ));
            en.push_str(&format!(
                "- {english}: {yes} permitted or done, {no} refused\n"
            ));
        }
    }
    let (yes, no) = counts
        .into_values()
        .fold((0, 0), |(yes, no), count| (yes + count.0, no + count.1));
    if yes + no > 0 {
        nl.push_str(&format!(
            "- overig: {yes} toegestaan of verricht, {no} geweigerd\n"
        ));
        en.push_str(&format!("- other: {yes} permitted or done, {no} refused\n"));
    }
    nl.push_str(
        "Wat hier staat volgt uit de logregels zelf. Een zoeking kan logregels missen; een scan met de \
         eigen tagsleutel niet.\n",
    );
    en.push_str(
        "What is said here follows from the entries. A search can miss entries; a scan with one's own \
         tag key cannot.\n",
    );
    Ok((nl, en))
}
