//! Person assertions of a request, and the hash of the request without them.
//!
//! Owns: which requests may carry assertions, under which name their call is asserted. Must not
//! know: whether an assertion holds.

use super::{Malformed, at_most, request::statement};
use prost::Message;
use ring::digest::{SHA256, digest};
use seinhuis_hub::command::Asserted;
use seinhuis_proto::v1;
use seinhuis_types::Digest;

/// A request that is made for a person.
pub(crate) trait ForPerson: Message {
    /// Full name of its call.
    const METHOD: &'static str;

    /// Takes the assertions out.
    fn take(&mut self) -> Vec<v1::PersonAssertion>;
}

macro_rules! for_person {
    ($($request:ident = $method:literal,)*) => {$(
        impl ForPerson for v1::$request {
            const METHOD: &'static str = concat!("/seinhuis.v1.", $method);

            fn take(&mut self) -> Vec<v1::PersonAssertion> {
                std::mem::take(&mut self.person_assertion)
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

/// Most assertions that are looked at; the hub takes two.
const ASSERTIONS: usize = 4;

/// Takes the assertions out of a request and hashes what is left: the message as encoded again
/// without them (docs/formats/person-assertion.md).
pub(crate) fn asserted<M: ForPerson>(request: &mut M) -> Result<Asserted, Malformed> {
    let assertions = request.take();
    at_most(assertions.len(), ASSERTIONS, "person_assertion")?;
    let assertions = assertions
        .into_iter()
        .map(|made| statement(made.jws, made.signing_chain))
        .collect::<Result<_, _>>()
        .map_err(|error| error.within("person_assertion"))?;
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, &request.encode_to_vec()).as_ref());
    Ok(Asserted {
        method: M::METHOD,
        request: Digest(hash),
        assertions,
    })
}
