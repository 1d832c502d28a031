//! The chain of a slip: the partner's own counter and back-link, for each person and visibility class.
//!
//! Owns: its bytes (docs/formats/chain.md), how a place of it is sealed and opened, and that the nonce
//! of its slip commits to it. Must not know: where a partner keeps its numbers, what an entry says.

use super::{Class, EntryError, Open, SubjectValue, TOLD, TagKey};
use crate::signal::SourceShield;
use rand_core::CryptoRng;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{digest, hmac};
use seinhuis_types::limits::SUBJECTS;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// First byte of a chain that is made now.
const FORMAT: u8 = 2;
/// First byte of those that tell of 32 numbers and no more; they are read, and not made.
const SHORT: u8 = 1;
/// What the class key and the nonce are separated by.
const DOMAIN: &[u8] = b"seinhuis/v1/chain\0";
/// What the name of a chain in the partner's own files is separated by.
const NAME: &[u8] = b"seinhuis/v1/chain-name\0";
/// Format, holder, seed.
const HEAD: usize = 1 + 16 + 16;
/// Number, marks, open numbers, nonce before.
const PLAIN: usize = 4 + 1 + 4 + 16;
const SEAL: usize = 16;
const PLACE: usize = PLAIN + SEAL;
/// In the marks of a link: the open numbers are told by how many they are in a row.
const IN_A_ROW: u8 = 0b1_0000;

/// Who counts: 16 random bytes, made when a system of the partner is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(pub [u8; 16]);

impl Holder {
    /// A fresh one.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// The key of one person's chains of one class in one log, under the tag key of one epoch: whoever has
/// it opens the links of that person, class and log, and of nothing else. Overwritten when dropped; never
/// printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ChainKey([u8; 32]);

impl ChainKey {
    /// The key for the person known by `value`, in the log named `origin`: when a year's log ends, so do
    /// its chains.
    pub fn new(key: &TagKey, value: &SubjectValue, class: impl Into<Class>, origin: &str) -> Self {
        let mut context = hmac::Context::with_key(&key.subject(value));
        context.update(DOMAIN);
        context.update(&class.into().bytes());
        context.update(origin.as_bytes());
        Self(bytes(context.sign().as_ref()))
    }

    /// Takes exactly 32 bytes, as a report brings them.
    ///
    /// # Errors
    /// [`EntryError::SecretLength`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, EntryError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| EntryError::SecretLength)
    }

    /// The 32 bytes, for a report to whom this class is due and for nobody else.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The name of the chain in the partner's own files: tells neither person nor class.
    pub fn name(&self) -> [u8; 16] {
        bytes(hmac::sign(&self.mac(), NAME).as_ref())
    }

    fn mac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }

    /// The key of one place: used once, since no two slips have a seed in common.
    fn place(&self, head: &[u8], ordinal: u8) -> Option<LessSafeKey> {
        let mut context = hmac::Context::with_key(&self.mac());
        context.update(head);
        context.update(&[ordinal]);
        let key = UnboundKey::new(&CHACHA20_POLY1305, context.sign().as_ref()).ok()?;
        Some(LessSafeKey::new(key))
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey(..)")
    }
}

/// Which of a call's entries a link stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The decision on a signal. It takes the number.
    Decision,
    /// The first release of that signal: it has the number of its decision, and may never come.
    Release,
    /// An act of one entry. It takes a number.
    Single,
}

impl Step {
    const ALL: [Self; 3] = [Self::Decision, Self::Release, Self::Single];

    /// The number of the step in formats.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Decision => 1,
            Self::Release => 2,
            Self::Single => 3,
        }
    }
}

/// One link: a person's number in a chain, and what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// From 1.
    pub number: u32,
    /// Which entry of the call.
    pub step: Step,
    /// What the source asked not to be told to the person.
    pub shield: SourceShield,
    /// Of which numbers before it the partner had no proof yet: at distance *i* that of
    /// `number - 1 - i`.
    pub open: Open,
    /// The nonce of the slip that took the number before; of a release, that of its own decision;
    /// zeros where there is none.
    pub previous: [u8; 16],
}

impl Link {
    /// Whether the partner had no proof of number `earlier` when it made this link; nothing when the
    /// link does not tell.
    pub fn open_at(&self, earlier: u32) -> Option<bool> {
        self.open
            .at(self.number.checked_sub(earlier)?.checked_sub(1)?)
    }

    fn to_bytes(self) -> [u8; PLAIN] {
        let shield = match self.shield {
            SourceShield::None => 0,
            SourceShield::Origin => 1,
            SourceShield::Existence => 2,
        };
        let marks = self.step.byte() | shield << 2;
        // A row that fills the bits is told by its length: nothing is lost by it.
        let (marks, open) = match self.open.run() {
            run @ TOLD.. => (marks | IN_A_ROW, run),
            _ => (marks, self.open.bits()),
        };
        let fields: [&[u8]; 4] = [
            &self.number.to_be_bytes(),
            &[marks],
            &open.to_be_bytes(),
            &self.previous,
        ];
        bytes(&fields.concat())
    }

    /// Reads a link of a chain of this format.
    fn parse(format: u8, plain: &[u8]) -> Option<Self> {
        let (number, rest) = plain.split_first_chunk::<4>()?;
        let (marks, rest) = rest.split_first()?;
        let (open, previous) = rest.split_first_chunk::<4>()?;
        let number = u32::from_be_bytes(*number);
        let told = u32::from_be_bytes(*open);
        let in_a_row = marks & IN_A_ROW != 0;
        let open = match in_a_row {
            true if format == SHORT => return None,
            true => Open::of_run(told)?,
            false => Open::of_bits(told),
        };
        // There is one way to write it.
        if !in_a_row && format != SHORT && open.run() >= TOLD {
            return None;
        }
        let marks = marks & !IN_A_ROW;
        Some(Self {
            number: (number > 0).then_some(number)?,
            step: Step::ALL
                .into_iter()
                .find(|step| step.byte() == marks & 3)?,
            shield: match marks >> 2 {
                0 => SourceShield::None,
                1 => SourceShield::Origin,
                2 => SourceShield::Existence,
                _ => return None,
            },
            open,
            previous: previous.try_into().ok()?,
        })
    }
}

/// The bytes that travel beside a slip: always as long, with or without a link in any place.
#[derive(Clone, PartialEq, Eq)]
pub struct Chain([u8; Chain::LEN]);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", seinhuis_types::hex(&self.nonce()))
    }
}

impl Chain {
    /// Length, in bytes.
    pub const LEN: usize = HEAD + SUBJECTS * PLACE;

    /// The chain of a slip whose subjects have these links, by ordinal. Places without are noise.
    ///
    /// # Errors
    /// [`EntryError::TooManySubjects`] above twelve.
    pub fn make(
        holder: Holder,
        links: &[Option<(&ChainKey, Link)>],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, EntryError> {
        let found = links.len();
        if found > SUBJECTS {
            return Err(EntryError::TooManySubjects { found });
        }
        let mut whole = [0; Self::LEN];
        rng.fill_bytes(&mut whole);
        let (head, places) = whole.split_at_mut(HEAD);
        for (to, from) in head.iter_mut().zip([FORMAT].iter().chain(&holder.0)) {
            *to = *from;
        }
        for ((ordinal, place), link) in (0u8..).zip(places.chunks_exact_mut(PLACE)).zip(links) {
            let Some((key, link)) = link else { continue };
            let sealed = seal(key, head, ordinal, *link).ok_or(EntryError::ChainSeal)?;
            place.copy_from_slice(&sealed);
        }
        Ok(Self(whole))
    }

    /// Reads a chain.
    ///
    /// # Errors
    /// [`EntryError::ChainLength`], [`EntryError::ChainFormat`]; all other bytes are a chain.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let found = bytes.len();
        let whole: [u8; Self::LEN] = bytes
            .try_into()
            .map_err(|_| EntryError::ChainLength { found })?;
        match whole.first() {
            Some(&(FORMAT | SHORT)) => Ok(Self(whole)),
            found => Err(EntryError::ChainFormat {
                found: found.copied().unwrap_or_default(),
            }),
        }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The nonce of the slip it belongs to: first 16 bytes of a SHA-256 over it. So the leaf, which
    /// has the nonce, has no other chain.
    pub fn nonce(&self) -> [u8; 16] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(DOMAIN);
        context.update(&self.0);
        bytes(context.finish().as_ref())
    }

    /// Who counted.
    pub fn holder(&self) -> Holder {
        Holder(bytes(self.0.get(1..).unwrap_or_default()))
    }

    /// The link at `ordinal`, if it is of this key's person and class.
    pub fn open(&self, key: &ChainKey, ordinal: u8) -> Option<Link> {
        let (head, places) = self.0.split_at_checked(HEAD)?;
        let sealed = places.chunks_exact(PLACE).nth(ordinal.into())?;
        let mut buffer: [u8; PLACE] = sealed.try_into().ok()?;
        let plain = key
            .place(head, ordinal)?
            .open_in_place(once(), Aad::from(head), &mut buffer)
            .ok()?;
        Link::parse(*head.first()?, plain)
    }
}

fn seal(key: &ChainKey, head: &[u8], ordinal: u8, link: Link) -> Option<[u8; PLACE]> {
    let mut plain = link.to_bytes();
    let tag = key
        .place(head, ordinal)?
        .seal_in_place_separate_tag(once(), Aad::from(head), &mut plain)
        .ok()?;
    let mut out = [0; PLACE];
    for (to, from) in out.iter_mut().zip(plain.iter().chain(tag.as_ref())) {
        *to = *from;
    }
    Some(out)
}

/// A key of a place seals one link: there is no second nonce.
fn once() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// The first `N` bytes; zeros where there are fewer, which the callers rule out.
fn bytes<const N: usize>(from: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(from) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests;
