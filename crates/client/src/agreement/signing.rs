//! What a party signs when it takes a step: which, why, and the two persons.
//!
//! Owns: the payload of a step (docs/formats/agreement.md), and that nobody makes one of a single
//! person, of one person in two functions that watch each other, or without the reason that the other
//! parties must read. Must not know: what the step does at the hub.

use crate::ClientError;
use seinhuis_domain::agreement::{PersonRef, StepClaims, StepError, StepKind, StepReason};
use seinhuis_types::{AgreementHash, CodeValue, Millis};
use std::collections::BTreeMap;

/// One of the two persons of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatory {
    /// By the partner's own pseudonym.
    pub person: PersonRef,
    /// In which function, such as `administrator` or `fg`; need not be said.
    pub function: Option<CodeValue>,
}

impl Signatory {
    /// Reads both.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] names the rule, never the text.
    pub fn new(person: &str, function: Option<&str>) -> Result<Self, ClientError> {
        Ok(Self {
            person: PersonRef::parse(person)?,
            function: function.map(CodeValue::parse).transpose()?,
        })
    }
}

/// The two persons a step takes, by the partner's own pseudonyms.
#[derive(Debug, Clone)]
pub struct Persons {
    /// Who starts it.
    pub initiator: Signatory,
    /// Who approves it: another person.
    pub approver: Signatory,
}

impl Persons {
    /// Two different persons.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn new(initiator: &str, approver: &str) -> Result<Self, ClientError> {
        Self::of(
            Signatory::new(initiator, None)?,
            Signatory::new(approver, None)?,
        )
    }

    /// Two different persons, each in a function.
    ///
    /// # Errors
    /// [`ClientError::Invalid`].
    pub fn of(initiator: Signatory, approver: Signatory) -> Result<Self, ClientError> {
        if initiator.person.same_person(&approver.person) {
            return Err(ClientError::Invalid(
                "a step takes two different persons: whoever prepared it does not approve it"
                    .to_owned(),
            ));
        }
        Ok(Self {
            initiator,
            approver,
        })
    }
}

/// That the reason is one for the step, and is there where the other parties must be told.
///
/// # Errors
/// [`ClientError::Invalid`] names those there are.
pub(crate) fn reason_fits(kind: StepKind, reason: Option<StepReason>) -> Result<(), ClientError> {
    let needed = matches!(kind, StepKind::Suspend | StepKind::Resume);
    let told = match reason {
        None if needed => StepError::ReasonMissing(kind),
        Some(reason) if reason.kind() != kind => StepError::OtherReason { kind, reason },
        _ => return Ok(()),
    };
    Err(ClientError::invalid(told))
}

/// The payload of a step in its RFC 8785 form: names sorted, no choice in texts or numbers.
///
/// # Errors
/// [`ClientError::Invalid`] when the reason is missing or one for another step.
pub(crate) fn claims(
    kind: StepKind,
    hash: &AgreementHash,
    persons: &Persons,
    reason: Option<StepReason>,
    now: Millis,
) -> Result<Vec<u8>, ClientError> {
    let mut members: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
        ("agreement_content_hash", hash.as_str().into()),
        ("approver", persons.approver.person.as_str().into()),
        ("initiator", persons.initiator.person.as_str().into()),
        ("signed_at", now.seconds().into()),
        ("type", kind.as_str().into()),
    ]);
    let more = [
        (
            "initiator_function",
            persons.initiator.function.as_ref().map(CodeValue::as_str),
        ),
        (
            "approver_function",
            persons.approver.function.as_ref().map(CodeValue::as_str),
        ),
        ("reason", reason.map(StepReason::as_str)),
    ];
    members.extend(
        more.into_iter()
            .filter_map(|(name, value)| Some((name, value?.into()))),
    );
    let payload = serde_json::to_vec(&members).map_err(ClientError::invalid)?;
    // Read back by the rules of every reader: nothing is signed that they would refuse.
    let read = StepClaims::parse(&payload).map_err(ClientError::invalid)?;
    read.complete().map_err(ClientError::invalid)?;
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> AgreementHash {
        AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap()
    }

    #[test]
    fn a_signed_payload_reads_back_as_the_step_it_is() {
        let persons = Persons::of(
            Signatory::new("p-17", Some("administrator")).unwrap(),
            Signatory::new("p-2", None).unwrap(),
        )
        .unwrap();
        for kind in StepKind::ALL {
            let reason = StepReason::of(kind).next();
            let bytes = claims(kind, &hash(), &persons, reason, Millis(1_790_000_000_999)).unwrap();
            let read = StepClaims::parse(&bytes).unwrap();
            assert_eq!(
                (read.kind, &read.hash, read.signed_at.0),
                (kind, &hash(), 1_790_000_000)
            );
            assert_eq!(
                (read.initiator, read.approver),
                (
                    persons.initiator.person.clone(),
                    persons.approver.person.clone()
                )
            );
            assert_eq!(read.initiator_function, persons.initiator.function);
            assert_eq!((read.approver_function, read.reason), (None, reason));
        }
    }

    #[test]
    fn one_person_cannot_take_a_step_alone() {
        assert!(Persons::new("p-17", "P-17").is_err());
        assert!(Persons::new("p-17", "").is_err());
    }

    #[test]
    fn nobody_stops_the_others_without_saying_why() {
        let persons = Persons::new("p-17", "p-2").unwrap();
        let sign = |kind, reason| claims(kind, &hash(), &persons, reason, Millis(0));
        for kind in [StepKind::Suspend, StepKind::Resume] {
            let told = sign(kind, None).unwrap_err().to_string();
            assert!(told.contains("has no reason"), "{told}");
        }
        let other = sign(StepKind::Resume, Some(StepReason::Incident)).unwrap_err();
        assert!(other.to_string().contains("no reason to resume"), "{other}");
        assert!(sign(StepKind::Leave, None).is_ok());
    }
}
