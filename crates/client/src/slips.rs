//! Slips with their chain: one for each entry that a call will make, counted before it is sent.
//!
//! Owns: which persons a slip counts in which class. Must not know: what an entry says, how it is sent.

use crate::chains::Chains;
use crate::{ClientError, TagKeys};
use rand_core::CryptoRng;
use seinhuis_domain::agreement::Clause;
use seinhuis_domain::catalogue::{Catalogue, Visibility};
use seinhuis_domain::entry::{
    Chain, ChainKey, Class, Holder, Link, Slip, Standing, Step, SubjectValue, TagKey,
};
use seinhuis_domain::signal::{SourceShield, SubjectHead};
use seinhuis_proto::v1;
use std::collections::BTreeSet;

/// A person a slip is about.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) value: SubjectValue,
    pub(crate) class: Class,
}

/// To whom an entry about one person may be shown: the subject only when the clause, the person's
/// role and the source's shield (`hidden`: it hides that this organisation has the entry) all leave it
/// so. What is not known is for the authority.
pub(crate) fn class(
    clause: Option<&Clause>,
    catalogue: &Catalogue,
    head: &SubjectHead,
    hidden: bool,
) -> Class {
    let clause = clause.map(Clause::class);
    let role = catalogue
        .subject_role(&head.role)
        .map(|role| role.visibility);
    match (clause, role, hidden) {
        (Some(class), Some(Visibility::Subject), false) => class,
        _ => Class::Authority,
    }
}

/// Whether a shield hides the entry of the source itself: who asks the source would learn the origin.
pub(crate) fn hidden_at_source(shield: SourceShield) -> bool {
    shield != SourceShield::None
}

/// Whether a shield hides the entry of the recipient: only when the signal itself is hidden. With the
/// origin shielded, a report leaves the source out.
pub(crate) fn hidden_at_recipient(shield: SourceShield) -> bool {
    shield == SourceShield::Existence
}

/// What slips are made with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slips<'a> {
    pub(crate) tags: &'a TagKeys,
    pub(crate) chains: &'a Chains,
    /// The log's name.
    pub(crate) origin: &'a str,
}

impl Slips<'_> {
    /// The slips of a signal's decision and of its first release, which share their numbers.
    pub(crate) fn pair(
        &self,
        epoch: u16,
        about: &[About],
        shield: SourceShield,
        rng: &mut impl CryptoRng,
    ) -> Result<(v1::Slip, v1::Slip), ClientError> {
        let people = People::of(self.tags.key(epoch)?, self.origin, about);
        let made = people.counted(self.chains, rng, |holder, before, rng| {
            let decision = people.slip(holder, rng, |place| {
                counted(place, before, Step::Decision, shield)
            })?;
            let release = people.slip(holder, rng, |place| {
                let link = counted(place, before, Step::Release, shield)?;
                let previous = decision.1.nonce();
                Some(Link { previous, ..link })
            })?;
            Ok((decision.1.nonce(), (decision, release)))
        });
        let (decision, release) = made?;
        Ok((message(&decision), message(&release)))
    }

    /// The slip of an act of one entry.
    pub(crate) fn single(
        &self,
        epoch: u16,
        about: &[About],
        shield: SourceShield,
        rng: &mut impl CryptoRng,
    ) -> Result<v1::Slip, ClientError> {
        let people = People::of(self.tags.key(epoch)?, self.origin, about);
        let made = people.counted(self.chains, rng, |holder, before, rng| {
            let slip = people.slip(holder, rng, |place| {
                counted(place, before, Step::Single, shield)
            })?;
            Ok((slip.1.nonce(), slip))
        });
        Ok(message(&made?))
    }

    /// A slip about nobody: as long as any other, by the same holder, after as much work on the disk.
    /// The hub, which sees the holder, cannot tell by it whether a desk kept a delivery or dropped it.
    pub(crate) fn nobody(&self, rng: &mut impl CryptoRng) -> Result<v1::Slip, ClientError> {
        let mut own = rand::rng();
        self.chains.take(&[], &mut own, |holder, _| {
            let chain = Chain::make(holder, &[], rng)?;
            let slip = Slip::parse(&chain.nonce(), &Slip::random(rng).tag_bytes())?;
            Ok((chain.nonce(), message(&(slip, chain))))
        })
    }
}

/// A slip as it came from [`message`].
pub(crate) fn read(slip: &v1::Slip) -> Result<Slip, ClientError> {
    Ok(Slip::parse(&slip.nonce, &slip.tags)?)
}

fn message((slip, chain): &(Slip, Chain)) -> v1::Slip {
    v1::Slip {
        nonce: slip.nonce().to_vec(),
        tags: slip.tag_bytes().to_vec(),
        chain: chain.as_bytes().to_vec(),
    }
}

fn counted(place: usize, before: &[Standing], step: Step, shield: SourceShield) -> Option<Link> {
    let before = before.get(place)?;
    Some(Link {
        number: before.number.saturating_add(1),
        step,
        shield,
        open: before.open,
        previous: before.nonce,
    })
}

/// The people of a slip, with the place of each one's chain among those that are counted. Who stands in
/// it twice is counted once.
struct People<'a> {
    tag_key: &'a TagKey,
    values: Vec<SubjectValue>,
    keys: Vec<ChainKey>,
    places: Vec<Option<usize>>,
}

impl<'a> People<'a> {
    fn of(tag_key: &'a TagKey, origin: &str, about: &[About]) -> Self {
        let mut seen = BTreeSet::new();
        let mut people = Self {
            tag_key,
            values: about.iter().map(|one| one.value.clone()).collect(),
            keys: Vec::new(),
            places: Vec::new(),
        };
        for one in about {
            let key = ChainKey::new(tag_key, &one.value, one.class, origin);
            let place = seen.insert(key.name()).then_some(people.keys.len());
            people.places.push(place);
            if place.is_some() {
                people.keys.push(key);
            }
        }
        people
    }

    fn counted<T, R: CryptoRng>(
        &self,
        chains: &Chains,
        rng: &mut R,
        make: impl FnOnce(Holder, &[Standing], &mut R) -> Result<([u8; 16], T), ClientError>,
    ) -> Result<T, ClientError> {
        let names: Vec<_> = self.keys.iter().map(ChainKey::name).collect();
        let mut own = rand::rng();
        chains.take(&names, &mut own, |holder, before| make(holder, before, rng))
    }

    fn slip(
        &self,
        holder: Holder,
        rng: &mut impl CryptoRng,
        link: impl Fn(usize) -> Option<Link>,
    ) -> Result<(Slip, Chain), ClientError> {
        let links: Vec<_> = self
            .places
            .iter()
            .map(|place| {
                let place = (*place)?;
                Some((self.keys.get(place)?, link(place)?))
            })
            .collect();
        let chain = Chain::make(holder, &links, rng)?;
        let slip = Slip::chained(self.tag_key, &self.values, &chain, rng)?;
        Ok((slip, chain))
    }
}

#[cfg(test)]
mod tests;
