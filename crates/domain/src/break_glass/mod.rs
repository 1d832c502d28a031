//! The review of a break-glass: who must say afterwards whether it was right, by when, and what then
//! follows.
//!
//! Owns: the states of a review, who may take part in it, its due times. Must not know: who anybody is
//! (persons are marks that only compare), the wire, the store, any clock.
//!
//! Two different persons of the source close a review, and none of them acted in what they review (rule
//! 13 of docs/rules.md). The recipient says once, by itself, what it makes of it; that closes nothing.

#[cfg(test)]
mod tests;

use crate::term::calendar;
use seinhuis_types::{Coded, ErrorCode, Millis, Oin};

/// What stands for a person: two marks of one organisation are equal where the person is.
pub type Mark = [u8; 16];

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// There was danger to life, and no other way.
    Justified,
    /// It should not have been sent: who received it destroys it, and its source withdraws it.
    NotJustified,
    /// It could have gone under another clause.
    OtherClause,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Self; 3] = [Self::Justified, Self::NotJustified, Self::OtherClause];

    /// Its word on the command line and in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::NotJustified => "not-justified",
            Self::OtherClause => "other-clause",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|finding| finding.as_str() == text)
    }
}

/// Which side spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The source: its finding closes the review.
    Source,
    /// The recipient: its view stands beside it.
    Recipient,
}

/// Why a review was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The caller is neither source nor recipient: for it there is no such break-glass.
    #[error("there is no break-glass of this delivery, or it is another's")]
    NotFound,
    /// The caller's organisation has spoken.
    #[error("your organisation has reviewed this break-glass before; a finding is given once")]
    Reviewed,
    /// The source needs two different persons.
    #[error(
        "a break-glass is reviewed by two different persons: send a second person assertion over the \
         same request"
    )]
    SecondPersonNeeded,
    /// Marks of another key compare with nobody's.
    #[error(
        "who acted in this break-glass is marked under a key that the hub no longer has, so nobody can be \
         told apart from them: the operator puts the earlier cursor key back until it is reviewed"
    )]
    KeyReplaced,
    /// A reviewer acted in what is reviewed.
    #[error(
        "nobody reviews what they did: who acted or decided in a break-glass is none of its reviewers"
    )]
    NotIndependent,
}

impl Coded for ReviewError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::BreakGlassNotFound,
            Self::Reviewed => ErrorCode::BreakGlassReviewed,
            Self::SecondPersonNeeded => ErrorCode::SecondPersonNeeded,
            Self::KeyReplaced => ErrorCode::ReviewKeyReplaced,
            Self::NotIndependent => ErrorCode::ReviewerNotIndependent,
        }
    }
}

/// One review, from the commit of the break-glass on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Who sent it.
    pub source: Oin,
    /// Who it was sent to.
    pub recipient: Oin,
    /// Marks of those of the source who acted and decided. Forgotten when the review is closed.
    pub acted: Vec<Mark>,
    /// Whether marks that are made now are made as those were. If not, no person can be compared with
    /// them, and the source closes nothing.
    pub comparable: bool,
    /// The first moment that is too late.
    pub by: Millis,
    /// The moment at which it must be told next that it is late; none once it is closed.
    pub next_told: Option<Millis>,
    /// How often that was told.
    pub told: u32,
    /// What the source found.
    pub finding: Option<Finding>,
    /// What the recipient makes of it.
    pub view: Option<Finding>,
}

/// By when a break-glass of `at` must have been reviewed: the end of the first working day after its
/// own, in the Netherlands; the first moment that is too late.
pub fn review_by(at: Millis) -> Millis {
    calendar::end_of_working_day(at, 1)
}

impl Review {
    /// The review of what was sent at `at` by persons with these marks.
    pub fn open(source: Oin, recipient: Oin, acted: Vec<Mark>, at: Millis) -> Self {
        let by = review_by(at);
        Self {
            source,
            recipient,
            acted,
            comparable: true,
            by,
            next_told: Some(by),
            told: 0,
            finding: None,
            view: None,
        }
    }

    /// Whether it is closed.
    pub fn closed(&self) -> bool {
        self.finding.is_some()
    }

    /// Takes what persons of `by` find.
    ///
    /// # Errors
    /// [`ReviewError`]; the review is then as it was.
    pub fn take(
        &mut self,
        by: Oin,
        persons: &[Mark],
        finding: Finding,
    ) -> Result<Side, ReviewError> {
        if by == self.source {
            self.close(persons, finding)?;
            return Ok(Side::Source);
        }
        if by != self.recipient {
            return Err(ReviewError::NotFound);
        }
        if self.view.is_some() {
            return Err(ReviewError::Reviewed);
        }
        if persons.is_empty() {
            return Err(ReviewError::SecondPersonNeeded);
        }
        self.view = Some(finding);
        Ok(Side::Recipient)
    }

    fn close(&mut self, persons: &[Mark], finding: Finding) -> Result<(), ReviewError> {
        if self.closed() {
            return Err(ReviewError::Reviewed);
        }
        let first = persons.first();
        if !persons.iter().any(|mark| Some(mark) != first) {
            return Err(ReviewError::SecondPersonNeeded);
        }
        if !self.comparable {
            return Err(ReviewError::KeyReplaced);
        }
        if persons.iter().any(|mark| self.acted.contains(mark)) {
            return Err(ReviewError::NotIndependent);
        }
        self.finding = Some(finding);
        self.next_told = None;
        self.acted.clear();
        Ok(())
    }

    /// Notes that it was told at `now` that the review is late, if that is due: true once for each
    /// working day, and once for all that nobody looked at.
    pub fn tell_late(&mut self, now: Millis) -> bool {
        let Some(mut next) = self.next_told.filter(|next| now >= *next) else {
            return false;
        };
        while next <= now {
            // A term that ended with a day is told again at the end of the next working day.
            next = calendar::end_of_working_day(next.minus(1), 1);
        }
        self.next_told = Some(next);
        self.told = self.told.saturating_add(1);
        true
    }
}
