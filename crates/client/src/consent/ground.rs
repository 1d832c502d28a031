//! The records of consent that an envelope rests on: one for each person it is about.
//!
//! Owns: that consent of one person carries nothing about another, as far as records can tell: the hub gets
//! acts, and sees no difference between two of one person and one of each of two. Must not know: handles,
//! the hub.

use crate::{ClientError, Signal, To};
use seinhuis_domain::consent::ConsentRecord;
use seinhuis_types::{Millis, Oin, limits};

/// The records of consent of everybody a signal is about.
#[derive(Debug, Clone)]
pub struct ConsentGround {
    pub(super) records: Vec<ConsentRecord>,
}

impl ConsentGround {
    /// One record for each person, 1 to 12.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a record that is no consent, with its code, and for two records of one
    /// person: of the same `id` or the same `subject`.
    pub fn of(records: Vec<ConsentRecord>) -> Result<Self, ClientError> {
        if records.is_empty() || records.len() > limits::SUBJECTS {
            return Err(ClientError::Invalid(
                "consent of 1 to 12 persons".to_owned(),
            ));
        }
        for (place, record) in records.iter().enumerate() {
            if let Err(fault) = record.check() {
                return Err(ClientError::Invalid(format!("{}: {fault}", fault.code())));
            }
            let mut before = records.iter().take(place);
            if before.any(|other| other.id == record.id || other.subject == record.subject) {
                return Err(ClientError::Invalid(format!(
                    "the consent `{}` is of a person who has one before it; consent of one person carries \
                     nothing about another: give one record for each person, with an `id` and a `subject` \
                     of its own; nothing was sent",
                    record.id
                )));
            }
        }
        Ok(Self { records })
    }

    /// Whether the records are for this signal, there and now, and of as many people as it is about.
    pub(super) fn is_for(
        &self,
        own: Oin,
        to: &To,
        signal: &Signal,
        now: Millis,
    ) -> Result<(), ClientError> {
        let (persons, records) = (signal.subjects.len(), self.records.len());
        // What names nobody rests on the consent of whoever it tells of all the same.
        if persons > 0 && persons != records {
            return Err(ClientError::Invalid(format!(
                "the signal is about {persons} and the records of consent are {records}: give one for each \
                 person it is about; nothing was sent"
            )));
        }
        for record in &self.records {
            let what = if !record.stands(now) {
                "does not stand now"
            } else if record.controller != own {
                "is another organisation's"
            } else if !record.recipients.contains(&to.oin) {
                "names another recipient"
            } else if !record.purposes.contains(&signal.purpose) {
                "is for another purpose"
            } else if !record.types.contains(&signal.signal_type) {
                "is for another type of signal"
            } else {
                continue;
            };
            return Err(ClientError::Invalid(format!(
                "the consent `{}` {what}; nothing was sent",
                record.id
            )));
        }
        Ok(())
    }
}
