//! Which of a partner's own numbers had no proof yet: the last 32 one by one, and any number in a row.
//!
//! Owns: how such a mark moves with each number taken and each proof. Must not know: whose numbers they are.

/// How many numbers are told one by one.
pub const TOLD: u32 = 32;

/// Marks of the numbers before a place, the nearest first. However many are open in a row, each is told:
/// what lies further back than [`TOLD`] and is not in that row was proven, or lies below a number that was,
/// whose own link tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Open {
    bits: u32,
    run: u32,
}

impl Open {
    /// Every number has a proof, or there is none.
    pub const NONE: Self = Self { bits: 0, run: 0 };

    /// Bit *i* is set while the number at distance *i* has no proof; nothing is said of what lies
    /// further back than the bits, but for those that are open in a row of all of them.
    pub const fn of_bits(bits: u32) -> Self {
        let run = bits.trailing_ones();
        Self { bits, run }
    }

    /// `run` numbers in a row have no proof, from the nearest on, and `bits` are those of the nearest.
    /// Nothing where the two contradict each other.
    pub const fn of_parts(bits: u32, run: u32) -> Option<Self> {
        let near = bits.trailing_ones();
        if near == run || (near == TOLD && run > TOLD) {
            return Some(Self { bits, run });
        }
        None
    }

    /// All of the last `run` numbers have no proof; `run` is at least [`TOLD`].
    pub(super) const fn of_run(run: u32) -> Option<Self> {
        Self::of_parts(u32::MAX, run)
    }

    /// Those of the nearest 32, bit *i* for distance *i*.
    pub const fn bits(self) -> u32 {
        self.bits
    }

    /// How many have no proof in a row, from the nearest on.
    pub const fn run(self) -> u32 {
        self.run
    }

    /// With one more number taken, of which there is no proof yet.
    #[must_use]
    pub const fn taken(self) -> Self {
        Self {
            bits: self.bits << 1 | 1,
            run: self.run.saturating_add(1),
        }
    }

    /// With a proof of the number at distance `back`.
    #[must_use]
    pub fn proven(self, back: u32) -> Self {
        Self {
            bits: self.bits & !1u32.checked_shl(back).unwrap_or_default(),
            run: self.run.min(back),
        }
    }

    /// Whether there was no proof of the number at distance `back`; nothing when it is not told.
    pub const fn at(self, back: u32) -> Option<bool> {
        if back < TOLD {
            return Some(self.bits >> back & 1 == 1);
        }
        if back < self.run {
            return Some(true);
        }
        // A row that is longer than the bits ends at a number that was proven.
        if back == self.run { Some(false) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_that_contradict_each_other_are_none() {
        for (bits, run, good) in [
            (0, 0, true),
            (0b1011, 2, true),
            (0b1011, 3, false),
            (0b1011, 33, false),
            (u32::MAX, 32, true),
            (u32::MAX, 100, true),
            (u32::MAX, 31, false),
            (u32::MAX, 0, false),
        ] {
            assert_eq!(Open::of_parts(bits, run).is_some(), good, "{bits:b} {run}");
        }
    }

    proptest! {
        /// Held against a plain list of what was answered, in any order of numbers and answers.
        #[test]
        fn it_says_what_a_list_says(steps in proptest::collection::vec((any::<bool>(), 0usize..90), 1..150)) {
            let mut list: Vec<bool> = Vec::new();
            let mut open = Open::NONE;
            for (take, back) in steps {
                if take || list.is_empty() {
                    list.insert(0, true);
                    open = open.taken();
                } else if back < list.len() {
                    list[back] = false;
                    open = open.proven(u32::try_from(back).unwrap());
                }
                let row = list.iter().take_while(|one| **one).count();
                prop_assert_eq!(open.run(), u32::try_from(row).unwrap());
                for (back, expected) in list.iter().enumerate() {
                    let told = open.at(u32::try_from(back).unwrap());
                    prop_assert!(told.is_none_or(|told| told == *expected), "{}: {:?}", back, told);
                    prop_assert!(told.is_some() || back > row.max(31));
                }
                prop_assert_eq!(Open::of_parts(open.bits(), open.run()), Some(open));
            }
        }
    }
}
