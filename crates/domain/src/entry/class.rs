//! To whom, and from when, an entry about a person may be shown: the class its links are counted in.
//!
//! Owns: the classes, their name and bytes (docs/formats/chain.md), and when one is due to the person.
//! Must not know: what an entry says, who asks.

use crate::agreement::Date;
use crate::catalogue::Visibility;
use seinhuis_types::Millis;

/// A visibility class. Each has chains of its own, so that a report of one tells nothing of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Due to the person.
    Subject,
    /// Due to the authority alone.
    Authority,
    /// Due to the person from the beginning of this day, in the Netherlands; before that, to the authority
    /// alone.
    After(Date),
}

impl From<Visibility> for Class {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Subject => Self::Subject,
            Visibility::Authority => Self::Authority,
        }
    }
}

impl Class {
    /// Those that every log has.
    pub const ALWAYS: [Self; 2] = [Self::Subject, Self::Authority];

    const AFTER: &'static str = "after-";

    /// Its name in entries and reports: `subject`, `authority`, `after-YYYY-MM-DD`.
    pub fn text(self) -> String {
        match self {
            Self::Subject => Visibility::Subject.as_str().to_owned(),
            Self::Authority => Visibility::Authority.as_str().to_owned(),
            Self::After(day) => format!("{}{day}", Self::AFTER),
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let always = Self::ALWAYS.into_iter().find(|class| class.text() == text);
        always.or_else(|| {
            let day = Date::parse(text.strip_prefix(Self::AFTER)?).ok()?;
            Some(Self::After(day))
        })
    }

    /// Whether the person may be shown at `now` that there is such an entry.
    pub fn is_due(self, now: Millis) -> bool {
        match self {
            Self::Subject => true,
            Self::Authority => false,
            Self::After(day) => day.begins().is_some_and(|begins| now >= begins),
        }
    }

    /// What the class key is made over.
    pub(super) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Subject => vec![1],
            Self::Authority => vec![2],
            Self::After(day) => [&[3], day.to_string().as_bytes()].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_opens_at_the_first_moment_of_its_day_in_the_netherlands() {
        // 2027-03-01 begins at 23:00 UTC of the day before; 2027-07-01, in summer, at 22:00.
        for (day, begins) in [("2027-03-01", 1803855600000), ("2027-07-01", 1814392800000)] {
            let class = Class::parse(&format!("after-{day}")).unwrap();
            let due = |at: u64| class.is_due(Millis(at));
            assert!(!due(begins - 1) && due(begins) && due(begins + 1), "{day}");
        }
        assert!(Class::Subject.is_due(Millis(0)) && !Class::Authority.is_due(Millis(u64::MAX)));
    }

    #[test]
    fn names_and_bytes_are_one_to_one() {
        for text in ["subject", "authority", "after-2027-03-01"] {
            assert_eq!(Class::parse(text).unwrap().text(), text);
        }
        for text in [
            "",
            "public",
            "after-",
            "after-2027-3-1",
            "after-2027-03-01 ",
            "Subject",
        ] {
            assert_eq!(Class::parse(text), None, "{text}");
        }
        let of = |text| Class::parse(text).unwrap().bytes();
        assert_eq!(of("subject"), [1]);
        assert_eq!(of("authority"), [2]);
        assert_eq!(of("after-2027-03-01"), *b"\x032027-03-01");
    }
}
