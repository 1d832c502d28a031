//! Making an access report: a scan of the whole log, one's own parts of what it found, and proofs.
//!
//! Owns: gathering, and leaving out what is not due to the reader. Must not know: how a report is
//! checked; it opens what it made before giving it.

use super::erasings::covering;
use super::judged::{bases, judged};
use super::{AccessReport, MAGIC, open_report, words};
use crate::bundle::sealed;
use crate::{ChainCounts, ClientError, Entry, Partner, SeenCheckpoint, TagKeys, Work};
use prost::Message;
use seinhuis_domain::agreement::Clause;
use seinhuis_domain::catalogue::AccessForm;
use seinhuis_domain::entry::{Chain, ChainKey, Class, Leaf, Link, Part, Scanner, SubjectValue};
use seinhuis_domain::signal::SourceShield;
use seinhuis_merkle::leaf_hash;
use seinhuis_proto::v1;
use seinhuis_types::limits::SUBJECTS;
use seinhuis_types::{AgreementHash, BasisCode, ClauseId, LeafIndex, Millis, Oin};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a log that is to grow is looked at, and how long between: ten seconds in all.
const LOOKS: usize = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Who a report is for, and of whom.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) audience: v1::Audience,
    pub(super) values: &'a [SubjectValue],
    pub(super) tags: &'a TagKeys,
    /// The log's name.
    pub(super) origin: &'a str,
    /// The holders' own counts that are at hand.
    pub(super) counts: &'a [ChainCounts],
    /// When it is made: what is due to the person by then.
    pub(super) now: Millis,
    /// Classes of the clauses that the entries are under, beside those that every log has.
    pub(super) classes: &'a BTreeSet<Class>,
    /// Whose report it is.
    pub(super) maker: Oin,
    /// Steps of erasings of the maker's own.
    pub(super) erasings: &'a [Entry],
}

/// Makes a report on the person known by `values`, for the persons of
/// [`Partner::acting_for`](crate::Partner::acting_for): the whole log is scanned, what is found is opened
/// (an entry for each 256; above 50 for two persons), and what is due to `audience` goes in. `counts`:
/// the chain files of systems of this partner that are at hand; its own is added.
///
/// # Errors
/// Those of [`Partner::scan`] and [`Partner::open_entries`].
pub async fn report_for(
    partner: &Partner,
    values: &[SubjectValue],
    audience: v1::Audience,
    counts: &[ChainCounts],
) -> Result<(Vec<u8>, AccessReport), ClientError> {
    let inner = &partner.inner;
    let mut counts = counts.to_vec();
    counts.extend(ChainCounts::load(&inner.state)?);
    partner.converted_is_published().await?;
    let scan = partner.scan(values).await?;
    let indexes: BTreeSet<LeafIndex> = scan.hits.iter().map(|hit| hit.index).collect();
    let indexes: Vec<LeafIndex> = indexes.into_iter().collect();
    let mut entries = Vec::new();
    if !indexes.is_empty() {
        entries = Box::pin(partner.open_entries(&indexes, None)).await?;
    }
    let (mut forms, mut classes) = (BTreeMap::new(), BTreeSet::new());
    for entry in &entries {
        let (form, class) = partner.terms(entry).await?;
        forms.insert(entry.index, form);
        classes.extend(class);
    }
    let now = inner.clock.now();
    let erased = entries.iter().filter(|entry| is_erased(entry));
    let erased: Vec<LeafIndex> = erased.map(|entry| entry.index).collect();
    let erasings = partner.erasings_of(&erased, &scan.under).await?;
    let asked = Asked {
        audience,
        values,
        tags: &inner.tags,
        origin: inner.log.origin().as_str(),
        counts: &counts,
        now,
        classes: &classes,
        maker: partner.oin(),
        erasings: &erasings,
    };
    let mut content = compose(&asked, &entries, &forms);
    content.maker_oin = partner.oin().to_string();
    content.made_ms = now.0;
    content.checkpoint.clone_from(&scan.under.note);
    let proofs = content.entries.len();
    for (done, entry) in (1..).zip(&mut content.entries) {
        let index = LeafIndex(entry.index);
        entry.inclusion = partner.proven_in(index, &entry.leaf, &scan.under).await?;
        partner.tell(Work::Proofs, done, Some(proofs));
    }
    for one in &mut content.erasings {
        let index = LeafIndex(one.index);
        one.inclusion = partner.proven_in(index, &one.leaf, &scan.under).await?;
    }
    let judged = judged(content, partner.oin(), scan.under).map_err(ClientError::invalid)?;
    let (nl, en) = words::of(&judged);
    let mut content = judged.content;
    (content.text_nl, content.text_en) = (nl, en);
    let made = judged.made;
    let bytes = sealed(MAGIC, &inner.signer, made, &content.encode_to_vec())
        .map_err(ClientError::invalid)?;
    let report = open_report(&bytes, &inner.trust, &inner.log).map_err(ClientError::invalid)?;
    Ok((bytes, report))
}

impl Partner {
    /// Waits until the published log has the conversions done here, which a report usually begins with: they
    /// are counted at once, and published within a second, so that a scan in between would read as a gap.
    /// After [`LOOKS`] what is not there is one.
    async fn converted_is_published(&self) -> Result<(), ClientError> {
        let size = self.inner.converted.load(Ordering::Relaxed);
        for _ in 0..LOOKS {
            if size == 0 || self.checkpoint().await?.checkpoint.size().get() >= size {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// In what form the law lets a person have access to what an entry is about: orally only when any
    /// basis it stands on says so. The bases are those of the entry, else of its clause. And the class
    /// of that clause.
    async fn terms(&self, entry: &Entry) -> Result<(AccessForm, Option<Class>), ClientError> {
        let facts = facts(entry);
        if facts.agreement_hash.is_empty() {
            return Ok((AccessForm::Written, None));
        }
        let hash = AgreementHash::parse(&facts.agreement_hash)?;
        let content = match self.agreement_content(&hash).await {
            Ok(content) => content,
            // Of an agreement that the hub does not know, nothing is told in writing.
            Err(ClientError::Rejected { .. }) => return Ok((AccessForm::OralOnly, None)),
            Err(error) => return Err(error),
        };
        let catalogue = self.inner.catalogues.pinned(&content.catalogue_hash)?;
        let clause = ClauseId::parse(&facts.clause_id).ok();
        let clause = clause.and_then(|clause| content.clause(&clause));
        let told = facts
            .basis
            .iter()
            .filter_map(|code| BasisCode::parse(code).ok());
        let mut codes: Vec<BasisCode> = told.collect();
        if let Some(clause) = clause.filter(|_| codes.is_empty()) {
            codes = clause
                .basis
                .provide
                .iter()
                .map(|one| one.code.clone())
                .collect();
        }
        let mut bases = codes.iter().filter_map(|code| catalogue.basis(code));
        let form = match bases.any(|basis| basis.access == AccessForm::OralOnly) {
            true => AccessForm::OralOnly,
            false => AccessForm::Written,
        };
        Ok((form, clause.map(Clause::class)))
    }

    async fn proven_in(
        &self,
        index: LeafIndex,
        leaf: &[u8],
        under: &SeenCheckpoint,
    ) -> Result<Vec<Vec<u8>>, ClientError> {
        let hash = leaf_hash(leaf);
        let hashes = self.included(index, &hash, under, None).await?;
        Ok(hashes.iter().map(|hash| hash.0.to_vec()).collect())
    }
}

/// One's own chain of an entry, if its leaf commits to it. Another is no chain at all: the hub dropped,
/// swapped or replayed it.
fn chain_of(entry: &Entry) -> Option<Chain> {
    let own = entry.provider().map(|part| part.chain);
    let own = own.or_else(|| entry.recipient().map(|part| part.chain))?;
    let chain = Chain::parse(&own).ok()?;
    (chain.nonce() == *entry.leaf.slip().nonce()).then_some(chain)
}

fn is_erased(entry: &Entry) -> bool {
    let mut erased = entry.erased.iter();
    erased.any(|part| matches!(part, Part::Provider | Part::Recipient))
}

/// What is due to the reader, as a pure function of that: for the person, entries of another class leave
/// no trace in it.
pub(super) fn compose(
    asked: &Asked<'_>,
    entries: &[Entry],
    forms: &BTreeMap<LeafIndex, AccessForm>,
) -> v1::AccessReport {
    let for_subject = asked.audience == v1::Audience::Subject;
    let classes = Class::ALWAYS
        .into_iter()
        .chain(asked.classes.iter().copied());
    let due: BTreeSet<Class> = classes
        .filter(|class| !for_subject || class.is_due(asked.now))
        .collect();
    let mut chains: BTreeMap<_, v1::ReportedChain> = BTreeMap::new();
    let mut linked: BTreeMap<LeafIndex, (Chain, Vec<(Class, Link)>)> = BTreeMap::new();
    for (epoch, tag_key) in asked.tags.iter() {
        for value in asked.values {
            let scanner = Scanner::new(tag_key, std::slice::from_ref(value));
            for class in &due {
                let key = ChainKey::new(tag_key, value, *class, asked.origin);
                let mut note = |holder: [u8; 16]| {
                    let chain = reported(epoch, value, *class, &key, holder);
                    let place = (
                        epoch,
                        value.kind().byte(),
                        class.text(),
                        *key.as_bytes(),
                        holder,
                    );
                    chains.entry(place).or_insert(chain);
                };
                let tagged =
                    |leaf: &Leaf| leaf.key_epoch() == epoch && !scanner.scan(leaf).is_empty();
                for entry in entries.iter().filter(|entry| tagged(&entry.leaf)) {
                    let Some(chain) = chain_of(entry) else {
                        continue;
                    };
                    let ordinals = (0u8..).take(SUBJECTS);
                    let links: Vec<_> = ordinals
                        .filter_map(|ordinal| chain.open(&key, ordinal))
                        .map(|link| (*class, link))
                        .collect();
                    if links.is_empty() {
                        continue;
                    }
                    note(chain.holder().0);
                    let (_, all) = linked.entry(entry.index).or_insert((chain, Vec::new()));
                    all.extend(links);
                }
                for counts in asked.counts {
                    if counts.standing(&key.name()).number > 0 {
                        note(counts.holder.0);
                    }
                }
            }
        }
    }
    let mut chains: Vec<v1::ReportedChain> = chains.into_values().collect();
    count(&mut chains, asked.counts);
    let named: BTreeSet<Vec<u8>> = linked
        .values()
        .flat_map(|(_, links)| links.iter().map(|(_, link)| link.previous.to_vec()))
        .chain(chains.iter().map(|chain| chain.taken_nonce.clone()))
        .collect();
    let told = entries.iter().filter(|entry| {
        let nonce = entry.leaf.slip().nonce().to_vec();
        // To the person an entry without a link is of no class, unless a link of this class names it.
        !for_subject || linked.contains_key(&entry.index) || named.contains(&nonce)
    });
    let reported = told.map(|entry| {
        let form = forms.get(&entry.index).copied();
        entry_of(
            entry,
            linked.get(&entry.index),
            form,
            for_subject,
            asked.now,
        )
    });
    let reported: Vec<v1::ReportedEntry> = reported.collect();
    v1::AccessReport {
        audience: asked.audience.into(),
        erasings: covering(&reported, asked.erasings, &asked.maker),
        entries: reported,
        chains,
        ..v1::AccessReport::default()
    }
}

/// Where the holder's own count of each chain stood, where it is at hand.
fn count(chains: &mut [v1::ReportedChain], all: &[ChainCounts]) {
    for chain in chains {
        let key = ChainKey::from_slice(&chain.class_key).map(|key| key.name());
        let counts = all.iter().find(|counts| counts.holder.0 == *chain.holder);
        if let (Ok(name), Some(counts)) = (key, counts) {
            let standing = counts.standing(&name);
            chain.taken = standing.number;
            chain.open = standing.open.bits();
            chain.open_in_a_row = standing.open.run();
            if standing.number > 0 {
                chain.taken_nonce = standing.nonce.to_vec();
            }
        }
    }
}

fn reported(
    epoch: u16,
    value: &SubjectValue,
    class: Class,
    key: &ChainKey,
    holder: [u8; 16],
) -> v1::ReportedChain {
    v1::ReportedChain {
        epoch: epoch.into(),
        kind: value.kind().byte().into(),
        visibility: class.text(),
        holder: holder.to_vec(),
        class_key: key.as_bytes().to_vec(),
        ..v1::ReportedChain::default()
    }
}

fn entry_of(
    entry: &Entry,
    linked: Option<&(Chain, Vec<(Class, Link)>)>,
    form: Option<AccessForm>,
    for_subject: bool,
    now: Millis,
) -> v1::ReportedEntry {
    let links = linked.map_or(&[][..], |(_, links)| links.as_slice());
    let form = form.unwrap_or(AccessForm::Written);
    let shielded = links
        .iter()
        .any(|(_, link)| link.shield != SourceShield::None);
    // To the person: nothing in writing that may only be told, nothing that tells a shielded source.
    let hide = for_subject && (shielded || form == AccessForm::OralOnly || links.is_empty());
    let mut facts = if hide {
        v1::AccessFacts::default()
    } else {
        facts(entry)
    };
    if for_subject && hide && !links.is_empty() {
        let outcome = entry.outcome().unwrap_or_default();
        (facts.act, facts.permitted) = (outcome.act, outcome.permitted);
    }
    if !for_subject {
        if shielded {
            facts.withheld.push("source-shield".to_owned());
        }
        if !links.iter().any(|(class, _)| class.is_due(now)) {
            let waits = links.iter().find(|(class, _)| *class != Class::Authority);
            let ground = waits.map_or("visibility".to_owned(), |(class, _)| class.text());
            facts.withheld.push(ground);
        }
    }
    if !for_subject || !links.is_empty() {
        facts.access_form = form.as_str().to_owned();
    }
    let parts = entry.opened().iter().filter(|part| {
        let public = [Part::Shared, Part::Outcome].map(|part| i32::from(part.byte()));
        !for_subject || (!hide && public.contains(&part.part))
    });
    v1::ReportedEntry {
        index: entry.index.0,
        leaf: entry.leaf.to_bytes().to_vec(),
        inclusion: Vec::new(),
        chain: linked
            .map(|(chain, _)| chain.as_bytes().to_vec())
            .unwrap_or_default(),
        parts: parts.cloned().collect(),
        erased: is_erased(entry),
        facts: Some(facts),
    }
}

/// What an entry says: by what both sides read, else by the source's own decision.
fn facts(entry: &Entry) -> v1::AccessFacts {
    let outcome = entry.outcome().unwrap_or_default();
    let facts = v1::AccessFacts {
        act: outcome.act,
        permitted: outcome.permitted,
        ..v1::AccessFacts::default()
    };
    if let Some(shared) = entry.shared() {
        return v1::AccessFacts {
            basis: bases(&shared),
            source_oin: shared.source_oin,
            recipient_oin: shared.recipient_oin,
            recipient_desk: shared.recipient_desk,
            agreement_hash: shared.agreement_hash,
            clause_id: shared.clause_id,
            purpose: shared.purpose,
            signal_type: shared.signal_type,
            ..facts
        };
    }
    let decision = entry.provider().map(|part| part.decision);
    let decision = decision.filter(|bytes| !bytes.is_empty());
    match decision.and_then(|bytes| v1::Decision::decode(bytes.as_slice()).ok()) {
        Some(decision) => v1::AccessFacts {
            source_oin: decision.source_oin,
            recipient_oin: decision.recipient_oin,
            recipient_desk: decision.recipient_desk,
            agreement_hash: decision.agreement_hash,
            clause_id: decision.clause_id,
            purpose: decision.purpose,
            signal_type: decision.signal_type,
            ..facts
        },
        None => facts,
    }
}
