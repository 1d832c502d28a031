//! The persons a call is made for: each call that takes persons gets an assertion of each, made for
//! that request alone.
//!
//! Owns: who acts, and making assertions (docs/formats/person-assertion.md). Must not know: who a
//! pseudonym stands for, and which calls the hub asks persons for.

use crate::{ClientError, Partner};
use prost::Message;
use seinhuis_identity::person_assertion::{AssertedCall, PersonAssertion};
use seinhuis_proto::v1;
use std::sync::Arc;

pub use seinhuis_identity::person_assertion::ActingPerson;

/// A request that can carry assertions.
pub(crate) trait ForPerson: Message {
    /// Full name of its call.
    const METHOD: &'static str;

    /// Where the assertions go.
    fn assertions(&mut self) -> &mut Vec<v1::PersonAssertion>;
}

macro_rules! for_person {
    ($($request:ident = $method:literal,)*) => {$(
        impl ForPerson for v1::$request {
            const METHOD: &'static str = concat!("/seinhuis.v1.", $method);

            fn assertions(&mut self) -> &mut Vec<v1::PersonAssertion> {
                &mut self.person_assertion
            }
        }
    )*};
}

for_person! {
    GetEntryRequest = "AuditService/GetEntry",
    ExplainRequest = "DecisionService/Explain",
    ListEntriesRequest = "AuditService/ListEntries",
    OpenEntriesRequest = "AuditService/OpenEntries",
    GrantAccessRequest = "AuditService/GrantAccess",
    RevokeGrantRequest = "AuditService/RevokeGrant",
    PublishRequest = "SignalService/Publish",
    RectifyRequest = "SignalService/Rectify",
    ReviewBreakGlassRequest = "BreakGlassService/ReviewBreakGlass",
    PlaceHoldRequest = "RetentionService/PlaceHold",
    LiftHoldRequest = "RetentionService/LiftHold",
    ErasePartsRequest = "RetentionService/EraseParts",
    AnswerRequest = "QuestionService/Answer",
}

impl Partner {
    /// The same system, acting for these persons: one, or two different ones where two are needed.
    /// The partner itself sees to it that each of them agreed; the assertions say so in its name.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for more than two, or for one person twice.
    pub fn acting_for(&self, persons: &[ActingPerson]) -> Result<Self, ClientError> {
        let broken = match persons {
            [] | [_] => None,
            [first, second] => first
                .person
                .same_person(&second.person)
                .then_some("the second person is another one than the first"),
            _ => Some("a call is made for one person, or for two"),
        };
        if let Some(broken) = broken {
            return Err(ClientError::Invalid(broken.to_owned()));
        }
        Ok(Self {
            inner: Arc::clone(&self.inner),
            persons: persons.into(),
            progress: Arc::clone(&self.progress),
        })
    }

    /// The request with an assertion of each person this partner acts for.
    pub(crate) fn asserted<M: ForPerson>(&self, mut request: M) -> Result<M, ClientError> {
        request.assertions().clear();
        let call = AssertedCall {
            method: M::METHOD,
            request: crate::proof::sha256(&request.encode_to_vec()),
        };
        let signer = &self.inner.signer;
        for acting in self.persons.iter() {
            let now = self.inner.clock.now();
            let jws = PersonAssertion::sign(signer, acting, &call, now, rand::random())
                .map_err(ClientError::invalid)?;
            request.assertions().push(v1::PersonAssertion {
                jws,
                signing_chain: signer.chain().to_vec(),
            });
        }
        Ok(request)
    }
}
