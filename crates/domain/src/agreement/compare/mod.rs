//! Who gains what: the difference between two agreements, as ways of sending.
//!
//! Owns: what an agreement lets happen, as a set of cells, and what two such sets do not share. A *cell*
//! is the least that can be told apart: from whom to whom, how, in which region, for which purpose, to
//! which desk, about a restricted theme or not, one signal type with one of its fields, one role of the people in it, one kind of
//! identifier, one origin of the data, one number of people. Must not know: the policy engine; that both
//! say the same of every cell is a test of the hub's.
//!
//! A clause is a product of such choices, so a set of cells is kept as a few products (*extents*) and
//! never listed. The difference of two products is again a few products, and exact: what is said is all
//! there is.

mod extent;
mod how;
mod members;
mod say;

pub use extent::{Axis, Extent};
pub use how::How;
pub use members::differing_members;
pub use say::{Change, ForParty, Sentence};

use super::{Clause, Content};
use crate::catalogue::{Catalogue, TypeDef};
use crate::signal::WpgArticle;
use seinhuis_types::{ClauseId, Desk, Oin};
use std::collections::BTreeSet;

/// On the field axis: the signal as such, with the fields it must at least have.
pub const LEAST: &str = "-";
/// On the field axis: who the person is, sealed for the recipient.
pub const IDENTITY: &str = "identity";
/// On the axis of themes: no theme of restricted desks is stated.
pub const ORDINARY: &str = "ordinary";
/// On the axis of themes: one is stated, and it goes to restricted desks alone.
pub const RESTRICTED: &str = "restricted";
/// Articles whose data never leave, whatever a clause says.
const NEVER: [WpgArticle; 2] = [WpgArticle::Art10Lid1B, WpgArticle::Art12];
/// Articles whose data leave only with the designated functionary's approval (Bpg 4:5(2)).
const APPROVED: [WpgArticle; 2] = [WpgArticle::Art9, WpgArticle::Art10];

/// From whom to whom, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// Who sends.
    pub from: Oin,
    /// Who receives.
    pub to: Oin,
    /// How it comes about.
    pub how: How,
}

/// What holds beside: it does not say whether something may go, but what comes with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Terms {
    /// Bases to provide, to receive, for special data, by code.
    pub bases: [BTreeSet<String>; 3],
    /// What the recipient may pass on.
    pub onward: String,
    /// What the recipient must do.
    pub obligations: BTreeSet<String>,
    /// How long the hub keeps it, at most.
    pub retention: String,
    /// Who may see the entry in a report to the subject.
    pub visibility: String,
    /// Who informs the subject, and within how many days.
    pub inform: (&'static str, u16),
    /// Whether the recipient may turn out not to know the person.
    pub may_not_know: bool,
    /// Of a clause for break-glass its longest time box, in hours; it goes only as one.
    pub break_glass_hours: Option<u8>,
    /// Whether it goes only with the subjects' consent.
    pub consent: bool,
}

/// Part of what an agreement lets happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// By which clause.
    pub clause: ClauseId,
    /// From whom to whom.
    pub way: Way,
    /// What.
    pub extent: Extent,
    /// With what beside.
    pub terms: Terms,
}

/// What two agreements do not share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What the second lets happen and the first does not.
    pub gained: Vec<Part>,
    /// What the first lets happen and the second does not.
    pub lost: Vec<Part>,
    /// What both let happen, the second on terms that the first does not have: as in the second.
    pub changed: Vec<Part>,
}

/// Everything that `content` lets happen once it is valid and in term, judged by `catalogue`.
pub fn lets(content: &Content, catalogue: &Catalogue) -> Vec<Part> {
    let mut parts = Vec::new();
    for clause in &content.clauses {
        let based = !clause.basis.provide.is_empty() && !clause.basis.receive.is_empty();
        if !based || !clause.void_attestations(catalogue).is_empty() {
            continue;
        }
        for granted in &clause.types {
            // A type goes in one way only; under a clause for another nothing of it goes.
            let how = How::of(&granted.code);
            if how.mode() != clause.mode {
                continue;
            }
            let Some(definition) = catalogue.signal_type(&granted.code) else {
                continue;
            };
            for (theme, desks) in desks(content, clause, definition) {
                let extent = extent((content, clause), definition, catalogue, theme, desks);
                parts.extend(extent.map(|extent| Part {
                    clause: clause.id.clone(),
                    way: Way {
                        from: clause.from,
                        to: clause.to,
                        how,
                    },
                    extent,
                    terms: terms(clause),
                }));
            }
        }
    }
    parts
}

/// The two differ in more places than anybody could read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the two differ in more than {MOST} places; compare them clause by clause")]
pub struct TooDifferent;

/// The most parts that are kept while comparing.
const MOST: usize = 4_096;

/// What `after` lets happen that `before` does not, and the other way around. Without a `before`, all of
/// `after` is gained.
///
/// # Errors
/// [`TooDifferent`].
pub fn compare(before: &[Part], after: &[Part]) -> Result<Difference, TooDifferent> {
    let mut changed = Vec::new();
    for part in after {
        let alike = before.iter().filter(|b| b.terms == part.terms);
        let rest = without(vec![part.clone()], alike)?;
        for other in before.iter().filter(|b| b.way == part.way) {
            changed.extend(meet(&rest, other));
            few(&changed)?;
        }
    }
    Ok(Difference {
        gained: joined(without(after.to_vec(), before.iter())?),
        lost: joined(without(before.to_vec(), after.iter())?),
        changed: joined(changed),
    })
}

fn few(parts: &[Part]) -> Result<(), TooDifferent> {
    if parts.len() > MOST {
        return Err(TooDifferent);
    }
    Ok(())
}

fn without<'p>(
    parts: Vec<Part>,
    others: impl Iterator<Item = &'p Part>,
) -> Result<Vec<Part>, TooDifferent> {
    let mut left = parts;
    for other in others {
        let mut next = Vec::with_capacity(left.len());
        for part in left {
            if part.way != other.way {
                next.push(part);
                continue;
            }
            for extent in part.extent.without(&other.extent) {
                next.push(Part {
                    extent,
                    ..part.clone()
                });
            }
        }
        few(&next)?;
        left = next;
    }
    Ok(left)
}

fn meet(parts: &[Part], other: &Part) -> Vec<Part> {
    let met = parts.iter().filter(|part| part.way == other.way);
    let met = met.filter_map(|part| {
        let extent = part.extent.meet(&other.extent)?;
        Some(Part {
            extent,
            ..part.clone()
        })
    });
    met.collect()
}

/// The same parts in fewer: two that differ on one axis only are one.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut done: Vec<Part> = Vec::new();
    let mut open = parts;
    while let Some(mut part) = open.pop() {
        let alike = |other: &Part, part: &Part| {
            other.clause == part.clause && other.way == part.way && other.terms == part.terms
        };
        let found = done
            .iter()
            .position(|other| alike(other, &part) && other.extent.joined(&part.extent).is_some());
        match found {
            None => done.push(part),
            Some(at) => {
                let other = done.swap_remove(at);
                if let Some(extent) = other.extent.joined(&part.extent) {
                    part.extent = extent;
                }
                // What it is now may join another.
                open.push(part);
            }
        }
    }
    done.sort_by(|a, b| {
        let key = |part: &Part| (part.way, part.clause.clone(), part.extent.clone());
        key(a).cmp(&key(b))
    });
    done
}

/// To which desks a type goes, without a restricted theme and with one. What the catalogue restricts goes
/// to restricted desks either way.
fn desks(
    content: &Content,
    clause: &Clause,
    definition: &TypeDef,
) -> [(&'static str, BTreeSet<String>); 2] {
    let marked = content
        .party(&clause.to)
        .map(|party| &party.restricted_desks);
    let is_marked = |desk: &&Desk| marked.is_some_and(|marked| marked.contains(*desk));
    let restricted = texts(clause.desks.iter().filter(is_marked));
    let ordinary = if definition.restricted {
        restricted.clone()
    } else {
        texts(&clause.desks)
    };
    [(ORDINARY, ordinary), (RESTRICTED, restricted)]
}

/// What a clause grants of a type to these desks; nothing when not even the least of it may go.
fn extent(
    (content, clause): (&Content, &Clause),
    definition: &TypeDef,
    catalogue: &Catalogue,
    theme: &str,
    desks: BTreeSet<String>,
) -> Option<Extent> {
    let granted = &clause.granted(&definition.code)?.fields;
    let covered: BTreeSet<_> = clause
        .basis
        .special
        .iter()
        .filter_map(|basis| catalogue.basis(&basis.code))
        .flat_map(|basis| basis.covers.iter().copied())
        .collect();
    if !definition.minimum.is_subset(granted)
        || !definition.marks(&definition.minimum).is_subset(&covered)
    {
        return None;
    }
    let mut fields: BTreeSet<String> = granted
        .iter()
        .filter(|path| definition.fields.contains_key(*path))
        .filter(|path| definition.marks([*path]).is_subset(&covered))
        .map(ToString::to_string)
        .collect();
    fields.insert(LEAST.to_owned());
    if clause.identity_sealed {
        fields.insert(IDENTITY.to_owned());
    }
    let most = usize::from(clause.max_subjects).min(definition.max_subjects);
    let roles = clause
        .subject_roles
        .iter()
        .filter(|role| definition.subject_roles.contains_key(*role));
    Extent::new([
        (Axis::Region, texts(&clause.regions)),
        (Axis::Purpose, texts(content.served(clause, definition))),
        (Axis::Desk, desks),
        (Axis::Theme, texts([theme])),
        (Axis::Type, texts([&definition.code])),
        (Axis::Field, fields),
        (Axis::Role, texts(roles)),
        (
            Axis::Identifier,
            texts(clause.id_kinds.iter().map(|kind| kind.as_str())),
        ),
        (Axis::Origin, origins(clause)),
        (Axis::People, (1..=most).map(people).collect()),
    ])
}

/// A number on the axis of people, such that they sort.
pub fn people(many: usize) -> String {
    format!("{many:02}")
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

/// Where the data may come from: the law, and of the Wpg the article.
fn origins(clause: &Clause) -> BTreeSet<String> {
    use crate::signal::Regime;
    let mut origins = BTreeSet::new();
    for regime in &clause.regimes {
        if *regime == Regime::Wpg {
            let shared = clause.wpg_articles.iter().filter(|a| !NEVER.contains(*a));
            origins.extend(shared.map(|article| origin(*regime, Some(*article))));
        } else {
            origins.insert(origin(*regime, None));
        }
    }
    origins
}

/// A value on the axis of origins.
pub fn origin(regime: crate::signal::Regime, article: Option<WpgArticle>) -> String {
    match article {
        Some(article) => format!("{} {}", regime.as_str(), article.as_str()),
        None => regime.as_str().to_owned(),
    }
}

/// Whether data of this origin leave only with a second approval.
pub(crate) fn takes_approval(value: &str) -> bool {
    let of = |article: &WpgArticle| origin(crate::signal::Regime::Wpg, Some(*article));
    APPROVED.iter().any(|article| of(article) == value)
}

fn terms(clause: &Clause) -> Terms {
    let codes = |bases: &[super::AttestedBasis]| texts(bases.iter().map(|basis| &basis.code));
    Terms {
        bases: [
            codes(&clause.basis.provide),
            codes(&clause.basis.receive),
            codes(&clause.basis.special),
        ],
        onward: clause.onward.to_string(),
        obligations: texts(&clause.obligations),
        retention: clause.retention.to_string(),
        visibility: match clause.visible_from {
            Some(wait) => format!("{} ({})", clause.class().text(), wait.ground.as_str()),
            None => clause.class().text(),
        },
        inform: (
            match clause.inform.by {
                super::InformedBy::From => "from",
                super::InformedBy::To => "to",
                super::InformedBy::Both => "both",
                super::InformedBy::None => "none",
            },
            clause.inform.within_days,
        ),
        may_not_know: clause.recipient_may_not_know,
        break_glass_hours: clause.break_glass.as_ref().map(|terms| terms.most_hours),
        consent: clause.consent == super::ConsentRule::Needed,
    }
}
