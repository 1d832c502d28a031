//! What a report shows, from its content alone: the same for who makes it and for who checks it.
//!
//! Owns: opening its links, holding facts against parts, and that one for the person is of one class.
//! Must not know: signatures, the network, words.

use super::{AccessReport, ChainReport, ReportError, decoded, fails, part};
use crate::SeenCheckpoint;
use crate::proof::open_parts;
use seinhuis_domain::entry::{
    Absence, Chain, ChainKey, Class, FoundLink, Holder, Leaf, Open, Part, Standing, Unread, judge,
};
use seinhuis_domain::signal::SourceShield;
use seinhuis_proto::v1;
use seinhuis_types::limits::SUBJECTS;
use seinhuis_types::{LeafIndex, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// An entry as it can be looked at.
struct Seen<'a> {
    entry: &'a v1::ReportedEntry,
    leaf: Leaf,
    chain: Option<Chain>,
}

/// Judges a content; its places in the log were checked.
pub(super) fn judged(
    content: v1::AccessReport,
    maker: Oin,
    under: SeenCheckpoint,
) -> Result<AccessReport, ReportError> {
    let for_subject = match content.audience() {
        v1::Audience::Subject => true,
        v1::Audience::Authority => false,
        v1::Audience::Unspecified => return Err(fails("it does not say who it is for")),
    };
    let mut entries = Vec::with_capacity(content.entries.len());
    for entry in &content.entries {
        let at = |what: &str| fails(format!("entry {}: {what}", entry.index));
        entries.push(seen(entry, for_subject).map_err(|what| at(&what))?);
    }
    in_order(&content)?;
    let erasings = erasings(&content, maker)?;
    let mut said_erased = BTreeMap::new();
    let mut read = BTreeSet::new();
    let mut found = Vec::with_capacity(content.chains.len());
    for chain in &content.chains {
        let links = links(chain, &entries, for_subject, Millis(content.made_ms))?;
        read.extend(links.iter().map(|link| link.index));
        found.push(links);
    }
    let mut unread = BTreeMap::new();
    let (mut unlinked, mut copied) = (Vec::new(), Vec::new());
    for one in entries
        .iter()
        .filter(|one| !read.contains(&LeafIndex(one.entry.index)))
    {
        let index = LeafIndex(one.entry.index);
        let erased = one.entry.erased;
        if erased {
            let by = erasings.iter().find(|(_, what)| what.contains(&index));
            said_erased.insert(index, by.map(|(by, _)| *by));
        }
        if !erased && !for_subject && one.entry.parts.is_empty() {
            copied.push(index);
            continue;
        }
        if !erased {
            unlinked.push(index);
        }
        // On the hub's word alone nothing is erased.
        let erased = said_erased.get(&index).is_some_and(Option::is_some);
        unread.insert(*one.leaf.slip().nonce(), Unread { index, erased });
    }
    let used: BTreeSet<LeafIndex> = said_erased.values().flatten().copied().collect();
    if erasings.iter().any(|(by, _)| !used.contains(by)) {
        return Err(fails("it holds an erasing of none of its entries"));
    }
    let mut chains = Vec::with_capacity(found.len());
    let mut named = BTreeSet::new();
    for (chain, links) in content.chains.iter().zip(found) {
        let standing = standing(chain)?;
        named.extend(links.iter().map(|one| one.link.previous));
        named.insert(standing.nonce);
        let verdict = judge(&links, &unread, Some(standing))
            .ok_or_else(|| fails("a chain has more numbers than any can have"))?;
        let chain = chain.clone();
        chains.push(ChainReport { chain, verdict });
    }
    if for_subject && !unread.keys().all(|nonce| named.contains(nonce)) {
        return Err(fails("it holds an entry of which none of its links tells"));
    }
    let count = |what| {
        let all = chains.iter().map(|chain| chain.verdict.count(what));
        all.fold(0u32, u32::saturating_add)
    };
    let erased = unread.values().filter(|one| one.erased).count();
    let placed = count(Absence::Erased).saturating_add(count(Absence::Unplaced));
    let overdrawn = !for_subject && usize::try_from(placed).map_or(true, |all| all > erased);
    Ok(AccessReport {
        maker,
        made: Millis(content.made_ms),
        under,
        content,
        chains,
        unlinked,
        copied,
        overdrawn,
        said_erased,
    })
}

fn in_order(content: &v1::AccessReport) -> Result<(), ReportError> {
    let indexes = content.entries.iter().map(|entry| entry.index);
    if !indexes.clone().zip(indexes.skip(1)).all(|(a, b)| a < b) {
        return Err(fails("an entry stands out of order or twice"));
    }
    let order = content.chains.iter().map(order);
    if !order.clone().zip(order.skip(1)).all(|(a, b)| a < b) {
        return Err(fails("a chain stands out of order or twice"));
    }
    Ok(())
}

/// Each erasing in the report, with the entries of which it erased the parts of `maker`.
fn erasings(
    content: &v1::AccessReport,
    maker: Oin,
) -> Result<Vec<(LeafIndex, RangeInclusive<LeafIndex>)>, ReportError> {
    let mut found: Vec<(LeafIndex, _)> = Vec::with_capacity(content.erasings.len());
    for one in &content.erasings {
        let index = LeafIndex(one.index);
        let at = |what: &str| fails(format!("erasing {index}: {what}"));
        if found.last().is_some_and(|(last, _)| *last >= index) {
            return Err(at("it stands out of order or twice"));
        }
        let leaf = Leaf::parse(&one.leaf).map_err(|_| at("its leaf is not a leaf"))?;
        open_parts(&leaf, &one.parts).map_err(|error| at(&error.to_string()))?;
        let what = erased_by(&one.parts, &maker).ok_or_else(|| {
            at("it is not a step in which the maker erased its own parts of earlier entries")
        })?;
        if *what.end() >= index {
            return Err(at("it is before what it erased"));
        }
        found.push((index, what));
    }
    Ok(found)
}

/// The entries of which a step erased the parts of `controller`; nothing when it is no such step, or
/// names anybody of the staff.
pub(super) fn erased_by(
    parts: &[v1::OpenPart],
    controller: &Oin,
) -> Option<RangeInclusive<LeafIndex>> {
    let outcome: v1::OutcomePart = decoded(parts, Part::Outcome)?;
    let own: v1::RecipientPart = decoded(parts, Part::Recipient)?;
    let what = own.retention?;
    let is_step = outcome.act() == v1::Act::Erase && outcome.permitted;
    let is_step = is_step && what.request_index_plus_one > 0 && own.staff.is_empty();
    let is_step = is_step && parts.len() == 2 && what.from_index <= what.to_index;
    let own = what.controller_oin == controller.as_str();
    (is_step && own).then_some(LeafIndex(what.from_index)..=LeafIndex(what.to_index))
}

fn seen(entry: &v1::ReportedEntry, for_subject: bool) -> Result<Seen<'_>, String> {
    let leaf = Leaf::parse(&entry.leaf).map_err(|_| "its leaf is not a leaf")?;
    let parts = open_parts(&leaf, &entry.parts).map_err(|error| error.to_string())?;
    if for_subject
        && parts
            .keys()
            .any(|part| matches!(part, Part::Provider | Part::Recipient))
    {
        return Err("it opens a part with staff in it to the person".to_owned());
    }
    let chain = match entry.chain.as_slice() {
        [] => None,
        bytes => {
            let chain = Chain::parse(bytes).map_err(|error| error.to_string())?;
            if chain.nonce() != *leaf.slip().nonce() {
                return Err("its chain is not the one its leaf commits to".to_owned());
            }
            Some(chain)
        }
    };
    let facts = entry.facts.clone().unwrap_or_default();
    if !agree(&facts, entry) {
        return Err("what is said of it is not what its parts say".to_owned());
    }
    Ok(Seen { entry, leaf, chain })
}

/// Whether what is said is what the opened parts say.
fn agree(facts: &v1::AccessFacts, entry: &v1::ReportedEntry) -> bool {
    let outcome = part::<v1::OutcomePart>(entry, Part::Outcome);
    let same_outcome = outcome
        .is_none_or(|outcome| outcome.act == facts.act && outcome.permitted == facts.permitted);
    let shared = part::<v1::SharedPart>(entry, Part::Shared);
    let same_shared = shared.is_none_or(|shared| {
        let bases = bases(&shared);
        shared.act == facts.act
            && shared.source_oin == facts.source_oin
            && shared.recipient_oin == facts.recipient_oin
            && shared.recipient_desk == facts.recipient_desk
            && shared.agreement_hash == facts.agreement_hash
            && shared.clause_id == facts.clause_id
            && shared.purpose == facts.purpose
            && shared.signal_type == facts.signal_type
            && (bases.is_empty() || bases == facts.basis)
    });
    same_outcome && same_shared
}

/// The bases a shared part names, to provide first.
pub(super) fn bases(shared: &v1::SharedPart) -> Vec<String> {
    let all = [
        &shared.basis_provide,
        &shared.basis_receive,
        &shared.basis_special,
    ];
    all.into_iter().flatten().cloned().collect()
}

type Order<'a> = (u32, i32, &'a str, &'a [u8], &'a [u8]);

fn order(chain: &v1::ReportedChain) -> Order<'_> {
    let v1::ReportedChain {
        epoch,
        kind,
        visibility,
        class_key,
        holder,
        ..
    } = chain;
    (*epoch, *kind, visibility, class_key, holder)
}

fn links(
    chain: &v1::ReportedChain,
    entries: &[Seen<'_>],
    for_subject: bool,
    made: Millis,
) -> Result<Vec<FoundLink>, ReportError> {
    match Class::parse(&chain.visibility) {
        Some(class) if !for_subject || class.is_due(made) => {}
        _ => {
            return Err(fails(
                "a chain is of a class that is not due to who it is for",
            ));
        }
    }
    let key =
        ChainKey::from_slice(&chain.class_key).map_err(|_| fails("a class key is not 32 bytes"))?;
    let holder = <[u8; 16]>::try_from(chain.holder.as_slice()).map(Holder);
    let holder = holder.map_err(|_| fails("a holder is not 16 bytes"))?;
    let mut links = Vec::new();
    for one in entries {
        let chained = one
            .chain
            .as_ref()
            .filter(|chained| chained.holder() == holder);
        let Some(chained) = chained else { continue };
        if u32::from(one.leaf.key_epoch()) != chain.epoch {
            continue;
        }
        let index = LeafIndex(one.entry.index);
        let nonce = *one.leaf.slip().nonce();
        let ordinals = (0u8..).take(SUBJECTS);
        for link in ordinals.filter_map(|ordinal| chained.open(&key, ordinal)) {
            let facts = one.entry.facts.as_ref();
            let told = facts.is_some_and(|facts| !facts.source_oin.is_empty());
            if for_subject && told && link.shield != SourceShield::None {
                return Err(fails(format!(
                    "entry {index}: it names a source that is shielded"
                )));
            }
            links.push(FoundLink { index, nonce, link });
        }
    }
    Ok(links)
}

fn standing(chain: &v1::ReportedChain) -> Result<Standing, ReportError> {
    if chain.taken == 0 {
        return Ok(Standing::default());
    }
    let nonce = chain.taken_nonce.as_slice().try_into();
    let open = match chain.open_in_a_row {
        0 => Some(Open::of_bits(chain.open)),
        row => Open::of_parts(chain.open, row),
    };
    Ok(Standing {
        number: chain.taken,
        open: open.ok_or_else(|| fails("a count contradicts itself"))?,
        nonce: nonce.map_err(|_| fails("the nonce of a count is not 16 bytes"))?,
    })
}
