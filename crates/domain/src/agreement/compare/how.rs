//! How what a clause grants comes about, and the verbs for it.
//!
//! Owns: which of sending, asking and answering a granted type is, and how each is said to either side. Must
//! not know: what is sent.

use super::Change;
use crate::agreement::Mode;
use crate::question::{ANSWER, is_asked};
use seinhuis_types::SignalType;

/// How it comes about. A clause says `push` or `ask`; of the latter its type says who asks: the sender of a
/// question, or the recipient of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// The sender decides to send.
    Send,
    /// The sender asks.
    Ask,
    /// The sender answers what the recipient asked.
    Answer,
}

impl How {
    /// How a type goes, whatever a clause says.
    pub fn of(code: &SignalType) -> Self {
        if !is_asked(code) {
            Self::Send
        } else if code.as_str() == ANSWER {
            Self::Answer
        } else {
            Self::Ask
        }
    }

    /// The mode of the clauses under which it goes, and of no others.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Send => Mode::Push,
            Self::Ask | Self::Answer => Mode::Ask,
        }
    }

    /// What happens to one party, Dutch and English; `{}` stands for the other.
    pub(super) const fn verb(self, change: Change, receives: bool) -> [&'static str; 2] {
        match self {
            Self::Send => sends(change, receives),
            Self::Ask => asks(change, receives),
            Self::Answer => answers(change, receives),
        }
    }
}

const fn sends(change: Change, receives: bool) -> [&'static str; 2] {
    match (change, receives) {
        (Change::Gains, true) => ["krijgt nieuw van {}", "newly gets from {}"],
        (Change::Gains, false) => ["mag nieuw zenden aan {}", "may newly send to {}"],
        (Change::Loses, true) => ["krijgt niet meer van {}", "no longer gets from {}"],
        (Change::Loses, false) => ["mag niet meer zenden aan {}", "may no longer send to {}"],
        (Change::Changes, true) => [
            "blijft krijgen van {}, op andere voorwaarden",
            "still gets from {}, on other terms",
        ],
        (Change::Changes, false) => [
            "blijft zenden aan {}, op andere voorwaarden",
            "still sends to {}, on other terms",
        ],
    }
}

const fn asks(change: Change, receives: bool) -> [&'static str; 2] {
    match (change, receives) {
        (Change::Gains, true) => [
            "kan nieuw worden bevraagd door {}",
            "can newly be asked by {}",
        ],
        (Change::Gains, false) => ["mag nieuw vragen aan {}", "may newly ask {}"],
        (Change::Loses, true) => [
            "kan niet meer worden bevraagd door {}",
            "can no longer be asked by {}",
        ],
        (Change::Loses, false) => ["mag niet meer vragen aan {}", "may no longer ask {}"],
        (Change::Changes, true) => [
            "blijft bevraagd door {}, op andere voorwaarden",
            "is still asked by {}, on other terms",
        ],
        (Change::Changes, false) => [
            "blijft vragen aan {}, op andere voorwaarden",
            "still asks {}, on other terms",
        ],
    }
}

const fn answers(change: Change, receives: bool) -> [&'static str; 2] {
    match (change, receives) {
        (Change::Gains, true) => ["krijgt nieuw antwoord van {}", "newly gets answers from {}"],
        (Change::Gains, false) => ["mag nieuw antwoorden aan {}", "may newly answer {}"],
        (Change::Loses, true) => [
            "krijgt geen antwoord meer van {}",
            "no longer gets answers from {}",
        ],
        (Change::Loses, false) => ["mag niet meer antwoorden aan {}", "may no longer answer {}"],
        (Change::Changes, true) => [
            "blijft antwoord krijgen van {}, op andere voorwaarden",
            "still gets answers from {}, on other terms",
        ],
        (Change::Changes, false) => [
            "blijft antwoorden aan {}, op andere voorwaarden",
            "still answers {}, on other terms",
        ],
    }
}
