//! Stored values with places the committer fills. Owns [`Slot`], [`Next`] and [`Template`].
//! Must not know: which record a value is.

use seinhuis_types::{LeafIndex, Millis, Position};
use std::marker::PhantomData;

/// A number only the committer can know. The number in each variant counts from 0 within one
/// change, in the order of the calls that added the entry, release or count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The log index of the n-th [`entry`](crate::ChangeSet::entry); 0 is the one given to `new`.
    LeafIndex(u16),
    /// The stream position given by the n-th [`release`](crate::ChangeSet::release).
    Position(u16),
    /// Hub time of the batch, UTC milliseconds: max(clock, last commit).
    CommitMs,
    /// The value of the n-th [`count`](crate::ChangeSet::count) after counting.
    Counter(u16),
}

/// What 8 bytes of a slot hold when it is empty. Positions and indexes never come near it: sizes
/// above 2^48 are refused.
pub(crate) const EMPTY: u64 = u64::MAX;

/// A number in a record: not there, known, or to be filled at commit. Read back it is never
/// `Next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot<T> {
    state: State,
    of: PhantomData<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    Is(u64),
    Next(Next),
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> Slot<T> {
    /// Nothing yet.
    pub const EMPTY: Self = Self {
        state: State::Empty,
        of: PhantomData,
    };

    const fn next(next: Next) -> Self {
        Self {
            state: State::Next(next),
            of: PhantomData,
        }
    }
    pub(crate) fn hole(self) -> Hole {
        match self.state {
            State::Empty => Hole::Known(EMPTY),
            State::Is(value) => Hole::Known(value),
            State::Next(next) => Hole::Next(next),
        }
    }
    pub(crate) fn read(value: u64) -> Self {
        let state = if value == EMPTY {
            State::Empty
        } else {
            State::Is(value)
        };
        Self {
            state,
            of: PhantomData,
        }
    }
}

/// A number that stands in a slot: an index, a position or a moment.
pub trait SlotNumber: Copy {
    /// The number as stored.
    fn number(self) -> u64;
    /// The number as read.
    fn of(number: u64) -> Self;
}

macro_rules! slot_of {
    ($($type:ident),*) => {$(
        impl SlotNumber for $type {
            fn number(self) -> u64 {
                self.0
            }
            fn of(number: u64) -> Self {
                Self(number)
            }
        }
    )*};
}
slot_of!(LeafIndex, Position, Millis);

impl<T: SlotNumber> Slot<T> {
    /// A number that is known already.
    pub fn is(value: T) -> Self {
        Self {
            state: State::Is(value.number()),
            of: PhantomData,
        }
    }

    /// The number, if there is one and it has been filled.
    pub fn get(self) -> Option<T> {
        match self.state {
            State::Is(value) => Some(T::of(value)),
            State::Empty | State::Next(_) => None,
        }
    }
}

impl Slot<LeafIndex> {
    /// The index of the n-th entry of the change, from 0.
    pub const fn of_entry(n: u16) -> Self {
        Self::next(Next::LeafIndex(n))
    }
}
impl Slot<Position> {
    /// The position given by the n-th release of the change, from 0.
    pub const fn of_release(n: u16) -> Self {
        Self::next(Next::Position(n))
    }
}
impl Slot<Millis> {
    /// Hub time of the commit.
    pub const fn at_commit() -> Self {
        Self::next(Next::CommitMs)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hole {
    Known(u64),
    Next(Next),
}

/// A value as it will be stored: format byte, revision (8 bytes, given at commit), the slots (8
/// bytes each, big-endian, at fixed offsets), then the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    bytes: Vec<u8>,
    next: Vec<(usize, Next)>,
}

/// Where a value's revision stands.
const REVISION: std::ops::Range<usize> = 1..9;
/// Where a value's slots start.
const SLOTS: usize = 9;

impl Template {
    pub(crate) fn new(format: u8, holes: &[Hole], body: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(SLOTS + 8 * holes.len() + body.len());
        bytes.push(format);
        bytes.extend_from_slice(&[0; 8]);
        let mut next = Vec::new();
        for hole in holes {
            match *hole {
                Hole::Known(value) => bytes.extend_from_slice(&value.to_be_bytes()),
                Hole::Next(n) => {
                    next.push((bytes.len(), n));
                    bytes.extend_from_slice(&[0; 8]);
                }
            }
        }
        bytes.extend_from_slice(body);
        Self { bytes, next }
    }

    /// The stored bytes, with every hole filled by `fill`. `None` when `fill` has no such number.
    pub(crate) fn fill(
        mut self,
        revision: u64,
        fill: impl Fn(Next) -> Option<u64>,
    ) -> Option<Vec<u8>> {
        self.bytes
            .get_mut(REVISION)?
            .copy_from_slice(&revision.to_be_bytes());
        for (at, next) in &self.next {
            let value = fill(*next)?;
            self.bytes
                .get_mut(*at..at.checked_add(8)?)?
                .copy_from_slice(&value.to_be_bytes());
        }
        Some(self.bytes)
    }
}

/// A stored value taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub(crate) format: u8,
    pub(crate) revision: u64,
    rest: &'a [u8],
}

impl<'a> Stored<'a> {
    /// Splits a value; `None` when it is shorter than format and revision.
    pub(crate) fn read(value: &'a [u8]) -> Option<Self> {
        let (&format, rest) = value.split_first()?;
        let (revision, rest) = rest.split_first_chunk::<8>()?;
        Some(Self {
            format,
            revision: u64::from_be_bytes(*revision),
            rest,
        })
    }

    /// Takes the next slot.
    pub(crate) fn slot<T>(&mut self) -> Option<Slot<T>> {
        self.number().map(Slot::read)
    }

    /// Takes the next 8 bytes as a number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let (value, rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        Some(u64::from_be_bytes(*value))
    }

    /// What is left: the body.
    pub(crate) fn body(self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests;
