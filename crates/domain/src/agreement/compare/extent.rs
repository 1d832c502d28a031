//! A product of choices, and what is left of it without another.

use std::collections::{BTreeMap, BTreeSet};

/// What a choice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// The signal type.
    Type,
    /// A field of it, `-` for the signal as such, `identity` for who the person is.
    Field,
    /// The role of a person in it.
    Role,
    /// How many persons, as two digits.
    People,
    /// The kind of identifier the sender encrypts.
    Identifier,
    /// What for.
    Purpose,
    /// To which desk.
    Desk,
    /// Whether its sender states a theme of restricted desks: [`super::ORDINARY`] or [`super::RESTRICTED`].
    Theme,
    /// In which region.
    Region,
    /// Under which law, and article of the Wpg, the data were gathered.
    Origin,
}

impl Axis {
    /// Every axis, in the order in which a sentence tells them.
    pub const ALL: [Self; 10] = [
        Self::Type,
        Self::Field,
        Self::Role,
        Self::People,
        Self::Identifier,
        Self::Purpose,
        Self::Desk,
        Self::Theme,
        Self::Region,
        Self::Origin,
    ];

    /// Its name in documents for machines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Type => "types",
            Self::Field => "fields",
            Self::Role => "roles",
            Self::People => "people",
            Self::Identifier => "identifiers",
            Self::Purpose => "purposes",
            Self::Desk => "desks",
            Self::Theme => "themes",
            Self::Region => "regions",
            Self::Origin => "origins",
        }
    }
}

/// For each axis the values that may be chosen; every combination of these is meant. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extent(BTreeMap<Axis, BTreeSet<String>>);

impl Extent {
    /// From the values of every axis; `None` if one has none.
    pub(super) fn new(axes: [(Axis, BTreeSet<String>); 10]) -> Option<Self> {
        let axes = BTreeMap::from(axes);
        let whole = axes.len() == Axis::ALL.len() && axes.values().all(|values| !values.is_empty());
        whole.then_some(Self(axes))
    }

    /// The values of one axis, in order.
    pub fn values(&self, axis: Axis) -> impl Iterator<Item = &str> {
        self.0.get(&axis).into_iter().flatten().map(String::as_str)
    }

    /// Whether a cell, by its value on each axis, is in it.
    pub fn has(&self, cell: impl Fn(Axis) -> String) -> bool {
        self.0
            .iter()
            .all(|(axis, values)| values.contains(&cell(*axis)))
    }

    #[cfg(test)]
    fn cells(&self) -> u128 {
        let sizes = self
            .0
            .values()
            .map(|v| u128::try_from(v.len()).unwrap_or(0));
        sizes.product()
    }

    /// What of it is in `other` too.
    pub(super) fn meet(&self, other: &Self) -> Option<Self> {
        let mut met = self.clone();
        for (axis, values) in &mut met.0 {
            let theirs = other.0.get(axis)?;
            values.retain(|value| theirs.contains(value));
            if values.is_empty() {
                return None;
            }
        }
        Some(met)
    }

    /// What of it is not in `other`, in parts that share nothing.
    pub(super) fn without(&self, other: &Self) -> Vec<Self> {
        if self.meet(other).is_none() {
            return vec![self.clone()];
        }
        let mut found = Vec::new();
        let mut rest = self.clone();
        for (axis, theirs) in &other.0 {
            let Some(own) = rest.0.get(axis) else {
                continue;
            };
            let (shared, only): (BTreeSet<String>, BTreeSet<String>) =
                own.iter().cloned().partition(|v| theirs.contains(v));
            if !only.is_empty() {
                let mut part = rest.clone();
                part.0.insert(*axis, only);
                found.push(part);
            }
            rest.0.insert(*axis, shared);
        }
        found
    }

    /// Both in one, when they differ on at most one axis.
    pub(super) fn joined(&self, other: &Self) -> Option<Self> {
        let differ = self
            .0
            .iter()
            .filter(|(axis, values)| other.0.get(axis) != Some(values));
        let axes: Vec<Axis> = differ.map(|(axis, _)| *axis).collect();
        match axes.as_slice() {
            [] => Some(self.clone()),
            [axis] => {
                let mut both = self.clone();
                let more = other.0.get(axis)?;
                both.0.get_mut(axis)?.extend(more.iter().cloned());
                Some(both)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn extent(fields: &[&str], roles: &[&str], desks: &[&str]) -> Extent {
        let set = |values: &[&str]| values.iter().map(ToString::to_string).collect();
        Extent::new(Axis::ALL.map(|axis| {
            let values = match axis {
                Axis::Field => set(fields),
                Axis::Role => set(roles),
                Axis::Desk => set(desks),
                _ => set(&["x"]),
            };
            (axis, values)
        }))
        .unwrap()
    }

    fn some() -> impl Strategy<Value = Extent> {
        let values = || proptest::sample::subsequence(vec!["a", "b", "c", "d"], 1..=4);
        (values(), values(), values()).prop_map(|(f, r, d)| extent(&f, &r, &d))
    }

    proptest! {
        #[test]
        fn what_is_left_is_exactly_what_the_other_has_not(own in some(), other in some()) {
            let left = own.without(&other);
            let mut cells = 0u128;
            for field in ["a", "b", "c", "d"] {
                for role in ["a", "b", "c", "d"] {
                    for desk in ["a", "b", "c", "d"] {
                        let cell = |axis| match axis {
                            Axis::Field => field,
                            Axis::Role => role,
                            Axis::Desk => desk,
                            _ => "x",
                        }
                        .to_owned();
                        let in_parts = left.iter().filter(|part| part.has(cell)).count();
                        let wanted = own.has(cell) && !other.has(cell);
                        prop_assert_eq!(in_parts, usize::from(wanted), "in one part, once");
                        cells += u128::from(wanted);
                    }
                }
            }
            prop_assert_eq!(left.iter().map(Extent::cells).sum::<u128>(), cells);
        }

        #[test]
        fn what_is_joined_is_both_and_no_more(one in some(), other in some()) {
            if let Some(both) = one.joined(&other) {
                prop_assert_eq!(one.without(&both).len() + other.without(&both).len(), 0);
                let left: Vec<Extent> = both.without(&one).iter().flat_map(|p| p.without(&other)).collect();
                prop_assert_eq!(left, Vec::new());
            }
        }
    }
}
