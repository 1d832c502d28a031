//! The persons a call is made for.
//!
//! Owns: [`Persons`], which exists only where one or two assertions of the caller's own organisation
//! were verified for this very call, and [`TwoPersons`], which exists only where they are of two
//! different persons (rule 13 of docs/rules.md). A use case that needs a person takes the type. Must
//! not know: what an act is, and who anybody is: pseudonyms go into the own part of the entry.

use crate::command::{Asserted, Caller};
use crate::{Cursors, Hub, HubError};
use seinhuis_domain::entry::ReadingReason;
use seinhuis_identity::person_assertion::{AssertedCall, PersonAssertion};
use seinhuis_proto::v1;
use seinhuis_store::{ChangeSet, Committed, Row, Snapshot, Store, StoreError, Write};
use seinhuis_types::{ErrorCode, Millis, Oin, Revision};

/// Most entries that one person may see the parts of without a second person, in one search and on
/// one day.
pub(crate) const ALONE: u64 = 50;

/// One or two persons of the caller's organisation. Comes from [`Hub::persons`] alone.
#[derive(Debug)]
pub struct Persons {
    oin: Oin,
    first: PersonAssertion,
    second: Option<PersonAssertion>,
}

/// Two different persons. Comes from [`Persons::two`] alone.
#[derive(Debug, Clone, Copy)]
pub struct TwoPersons<'a>(&'a Persons);

impl<'a> TwoPersons<'a> {
    /// The two.
    pub fn persons(self) -> &'a Persons {
        self.0
    }
}

impl Persons {
    fn all(&self) -> impl Iterator<Item = &PersonAssertion> {
        std::iter::once(&self.first).chain(&self.second)
    }

    /// That there are two persons.
    ///
    /// # Errors
    /// `SECOND_PERSON_NEEDED`.
    pub fn two(&self) -> Result<TwoPersons<'_>, HubError> {
        match self.second {
            Some(_) => Ok(TwoPersons(self)),
            None => Err(second_person_needed()),
        }
    }

    /// As they stand in the own part of their organisation.
    pub fn staff(&self) -> Vec<v1::Staff> {
        let staff = |assertion: &PersonAssertion| v1::Staff {
            person: assertion.acting.person.as_str().to_owned(),
            function: assertion.acting.function.to_string(),
            reason: assertion.acting.reason.to_string(),
            reference: assertion.acting.reference.as_str().to_owned(),
        };
        self.all().map(staff).collect()
    }

    /// That the log may be read for what they say it is read for (rule 12 of docs/rules.md).
    ///
    /// # Errors
    /// `PERSON_ASSERTION_INVALID`.
    pub fn may_read_the_log(&self) -> Result<(), HubError> {
        let serves = |assertion: &PersonAssertion| {
            ReadingReason::parse(assertion.acting.reason.as_str()).is_some()
        };
        if self.all().all(serves) {
            return Ok(());
        }
        let reasons = ReadingReason::ALL.map(ReadingReason::as_str).join(", ");
        Err(invalid(&format!(
            "its reason is none the log may be read for (wpg 32a(2), wjsg 26e(2)); one of {reasons} \
             is expected"
        )))
    }

    /// Whether the first of them is who a source calls so; a change of case does not make another person.
    pub(crate) fn first_is(&self, person: &[u8]) -> bool {
        let first = self.first.acting.person.as_str().as_bytes();
        first.eq_ignore_ascii_case(person)
    }

    /// What stands for each of them in the review of a break-glass.
    pub(crate) fn reviewers(&self, cursors: &Cursors) -> Vec<[u8; 16]> {
        let mark = |assertion: &PersonAssertion| {
            cursors.reviewer(&self.oin, assertion.acting.person.as_str().as_bytes())
        };
        self.all().map(mark).collect()
    }

    /// Has `change` use up the assertions: it commits only if no other did.
    fn spend(&self, change: ChangeSet) -> ChangeSet {
        self.all().fold(change, |change, assertion| {
            change
                .expect(
                    Row::PersonAssertion(assertion.iss, assertion.jti),
                    Revision(0),
                )
                .write(Write::person_assertion(assertion.iss, assertion.jti))
        })
    }
}

impl<S: Store> Hub<S> {
    /// The persons that `asserted` names, if each assertion is of the caller's own organisation, holds
    /// for this call now, was not used before, and two are of two persons.
    ///
    /// # Errors
    /// `PERSON_ASSERTION_INVALID`, `PERSON_ASSERTION_USED`, `SECOND_PERSON_NEEDED`.
    pub fn persons(&self, caller: &Caller, asserted: &Asserted) -> Result<Persons, HubError> {
        let now = self.now();
        let call = AssertedCall {
            method: asserted.method,
            request: asserted.request,
        };
        let verified = asserted.assertions.iter().map(|made| {
            let trust = &self.parts.trust;
            PersonAssertion::verify(&made.jws, &made.chain, trust, caller.oin, &call, now)
                .map_err(|error| invalid(&error.to_string()))
        });
        let mut verified = verified.collect::<Result<Vec<_>, _>>()?.into_iter();
        let (first, second) = (verified.next(), verified.next());
        let first = first.ok_or_else(|| {
            invalid("this call is made for a person: send a person assertion with it")
        })?;
        if verified.next().is_some() {
            return Err(invalid("at most two assertions are taken"));
        }
        if let Some(second) = &second
            && first.acting.person.same_person(&second.acting.person)
        {
            return Err(HubError::told(
                ErrorCode::SecondPersonNeeded,
                "both person assertions are of the same person; a second one is of another person",
            ));
        }
        let persons = Persons {
            oin: caller.oin,
            first,
            second,
        };
        let snapshot = self.parts.store.snapshot()?;
        for assertion in persons.all() {
            if snapshot.person_assertion(assertion.iss, assertion.jti)? != Revision(0) {
                return Err(used());
            }
        }
        Ok(persons)
    }

    /// Commits a change that `persons` are accountable for, and uses up their assertions with it.
    ///
    /// # Errors
    /// `PERSON_ASSERTION_USED`, and those of the store.
    pub(crate) async fn commit_for(
        &self,
        persons: &Persons,
        change: ChangeSet,
    ) -> Result<Committed, HubError> {
        let committed = self.parts.store.commit(persons.spend(change)).await;
        let committed = committed.map_err(|error| match error {
            StoreError::Conflict {
                row: Row::PersonAssertion(..),
            } => used(),
            StoreError::OverCap {
                row: Row::Alone(..),
            } => second_person_needed(),
            other => crate::grants::ended(other),
        })?;
        self.parts.log.wake();
        Ok(committed)
    }

    /// Counts `rows` that are opened by one person, where there is no second one.
    pub(crate) fn counted(&self, persons: &Persons, rows: u64, change: ChangeSet) -> ChangeSet {
        if persons.second.is_some() {
            return change;
        }
        let person = persons.first.acting.person.as_str().to_ascii_lowercase();
        let mark = self.parts.cursors.mark(&persons.oin, &person);
        let day = u32::try_from(self.now().0 / Millis::DAY).unwrap_or(u32::MAX);
        change.count_alone(mark, day, rows, ALONE)
    }
}

fn invalid(what: &str) -> HubError {
    HubError::told(ErrorCode::PersonAssertionInvalid, what)
}

fn used() -> HubError {
    HubError::told(
        ErrorCode::PersonAssertionUsed,
        "this person assertion was used before; make a new one for each call",
    )
}

pub(crate) fn second_person_needed() -> HubError {
    HubError::told(
        ErrorCode::SecondPersonNeeded,
        "this takes two different persons: send a second person assertion over the same request \
         (one person alone may open 50 entries in a search and on a day)",
    )
}

#[cfg(test)]
mod tests;
