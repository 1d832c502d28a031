//! Whose act counts for consent, by law and age.
//!
//! Owns: the bands of the three laws that ask for consent here, for who judges a record without a catalogue
//! at hand. The hub judges by the catalogue's age rules; the tests hold this table equal to the shipped
//! ones. Must not know: a birth date; who knows one tells the band.

use seinhuis_types::Millis;

/// The law under which consent is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentLaw {
    /// AVG 6(1)(a), 7 and 8; UAVG 5.
    Avg,
    /// Disclosure by Veilig Thuis: Wmo 2015 5.3.3.
    Wmo,
    /// Disclosure from a file of youth help: Jeugdwet 7.3.11 and 7.3.15.
    Jeugdwet,
}

impl ConsentLaw {
    /// Every law.
    pub const ALL: [Self; 3] = [Self::Avg, Self::Wmo, Self::Jeugdwet];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avg => "AVG",
            Self::Wmo => "Wmo",
            Self::Jeugdwet => "Jeugdwet",
        }
    }

    /// Reads its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|law| law.as_str() == text)
    }

    /// Where its ages stand.
    pub const fn articles(self) -> &'static str {
        match self {
            Self::Avg => "AVG 8; UAVG 5(1)-(3)",
            Self::Wmo => "Wmo 5.3.3(1), (2)",
            Self::Jeugdwet => "Jeugdwet 7.3.11(1), 7.3.15(1), (2)",
        }
    }
}

/// The subject's age, as far as any of the laws asks. The words are those of the list `age-band`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AgeBand {
    /// Under 12.
    Under12,
    /// 12 to 15.
    From12,
    /// 16 and 17.
    From16,
    /// Of age.
    Adult,
}

impl AgeBand {
    /// Every band, from the youngest.
    pub const ALL: [Self; 4] = [Self::Under12, Self::From12, Self::From16, Self::Adult];

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Under12 => "0-11",
            Self::From12 => "12-15",
            Self::From16 => "16-17",
            Self::Adult => "18-plus",
        }
    }

    /// Reads its code. An unborn child and an unknown age have no band: nobody can say who may act.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.as_str() == text)
    }

    /// The age in full years at which it begins.
    pub const fn first(self) -> u8 {
        match self {
            Self::Under12 => 0,
            Self::From12 => 12,
            Self::From16 => 16,
            Self::Adult => 18,
        }
    }

    /// The band after it; of age, one stays.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Under12 => Some(Self::From12),
            Self::From12 => Some(Self::From16),
            Self::From16 => Some(Self::Adult),
            Self::Adult => None,
        }
    }

    /// The least that it lasts, in milliseconds, for a band that begins and ends with a birthday.
    pub(super) const fn least_ms(self) -> Option<u64> {
        match self {
            Self::From12 => Some(4 * 365 * Millis::DAY),
            Self::From16 => Some(2 * 365 * Millis::DAY),
            Self::Under12 | Self::Adult => None,
        }
    }
}

/// What is asked of who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// To give consent.
    Give,
    /// To take it back.
    Withdraw,
}

/// Whose act counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needed {
    /// The subject's alone.
    Subject,
    /// That of who has parental authority, a guardian, mentor or curator, in the subject's place.
    Representative,
    /// Of either: one is enough.
    Either,
}

impl Needed {
    /// Whose act counts under `law`, for a subject of `band` who can weigh the matter (`capable`) or
    /// cannot.
    pub const fn of(law: ConsentLaw, asked: Asked, band: AgeBand, capable: bool) -> Self {
        match (law, asked, band) {
            // Of a minor who cannot weigh it too: UAVG 5(3) asks no more of who takes back.
            (ConsentLaw::Avg, Asked::Withdraw, AgeBand::From12 | AgeBand::From16) => Self::Either,
            _ if !capable => Self::Representative,
            (_, _, AgeBand::Under12) | (ConsentLaw::Avg, Asked::Give, AgeBand::From12) => {
                Self::Representative
            }
            _ => Self::Subject,
        }
    }

    /// Its word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Representative => "representative",
            Self::Either => "either",
        }
    }

    /// Whether who acted is who may.
    pub const fn met(self, subject: bool, representative: bool) -> bool {
        match self {
            Self::Subject => subject,
            Self::Representative => representative,
            Self::Either => subject || representative,
        }
    }
}

#[cfg(test)]
mod tests;
