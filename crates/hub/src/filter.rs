//! Criteria by which an organisation's own entries are searched: a closed set, and no person in it.
//!
//! Owns: reading criteria, and whether an entry, as far as its owner may read it, meets them. Must not
//! know: where entries are, who searches.

use crate::HubError;
use crate::reply::sha256;
use prost::Message;
use seinhuis_proto::v1;
use seinhuis_types::{AgreementHash, ClauseId, Desk, Digest, Hour, Oin};

/// Which entries; what is `None` is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// The first hour.
    pub from: Option<Hour>,
    /// The first hour after the period.
    pub until: Option<Hour>,
    /// The act.
    pub act: Option<v1::Act>,
    /// The agreement.
    pub agreement: Option<AgreementHash>,
    /// The clause.
    pub clause: Option<ClauseId>,
    /// The other side.
    pub counterpart: Option<Oin>,
    /// The recipient's desk.
    pub desk: Option<Desk>,
    /// One's own system.
    pub system: Option<Digest>,
    /// Only decisions about what one sent oneself.
    pub own_decisions: bool,
}

impl EntryFilter {
    /// Reads the criteria of a message.
    ///
    /// # Errors
    /// `MESSAGE_INVALID`, naming the criterion.
    pub fn read(message: &v1::EntryFilter) -> Result<Self, HubError> {
        let act = v1::Act::try_from(message.act)
            .map_err(|_| HubError::invalid("filter act: it is unknown"))?;
        let system = match message.system.as_slice() {
            [] => None,
            bytes => Some(
                Digest::from_slice(bytes)
                    .map_err(|_| HubError::invalid("filter system: 32 bytes are expected"))?,
            ),
        };
        let filter = Self {
            from: (message.from_hour > 0).then_some(Hour(message.from_hour)),
            until: (message.until_hour > 0).then_some(Hour(message.until_hour)),
            act: (act != v1::Act::Unspecified).then_some(act),
            agreement: code(&message.agreement_hash, AgreementHash::parse)?,
            clause: code(&message.clause_id, ClauseId::parse)?,
            counterpart: code(&message.counterpart_oin, Oin::parse)?,
            desk: code(&message.desk, Desk::parse)?,
            system,
            own_decisions: message.own_decisions,
        };
        if let (Some(from), Some(until)) = (filter.from, filter.until)
            && from >= until
        {
            return Err(HubError::invalid(
                "filter: the period ends before it begins",
            ));
        }
        Ok(filter)
    }

    /// As a message.
    pub fn message(&self) -> v1::EntryFilter {
        fn text<T: ToString>(code: Option<&T>) -> String {
            code.map(ToString::to_string).unwrap_or_default()
        }
        v1::EntryFilter {
            from_hour: self.from.map(|hour| hour.0).unwrap_or_default(),
            until_hour: self.until.map(|hour| hour.0).unwrap_or_default(),
            act: self.act.unwrap_or(v1::Act::Unspecified).into(),
            agreement_hash: text(self.agreement.as_ref()),
            clause_id: text(self.clause.as_ref()),
            counterpart_oin: text(self.counterpart.as_ref()),
            desk: text(self.desk.as_ref()),
            system: self
                .system
                .map(|system| system.0.to_vec())
                .unwrap_or_default(),
            own_decisions: self.own_decisions,
        }
    }

    /// What a page token is bound to.
    pub(crate) fn digest(&self) -> Digest {
        sha256(&self.message().encode_to_vec())
    }

    /// Whether an entry of `owner`'s from `hour`, with the `parts` that the owner may read, meets
    /// every criterion.
    pub(crate) fn meets(
        &self,
        owner: &Oin,
        hour: Hour,
        parts: &[v1::OpenPart],
    ) -> Result<bool, HubError> {
        if self.from.is_some_and(|from| hour < from)
            || self.until.is_some_and(|until| hour >= until)
        {
            return Ok(false);
        }
        let facts = Facts::of(parts)?;
        let other = if facts.source == owner.as_str() {
            &facts.recipient
        } else {
            &facts.source
        };
        let is = |asked: Option<&str>, found: &str| asked.is_none_or(|asked| asked == found);
        let own_decision = facts.decided && facts.source == owner.as_str();
        Ok((own_decision || !self.own_decisions)
            && self.act.is_none_or(|act| act == facts.act)
            && is(
                self.agreement.as_ref().map(AgreementHash::as_str),
                &facts.agreement,
            )
            && is(self.clause.as_ref().map(ClauseId::as_str), &facts.clause)
            && is(self.counterpart.as_ref().map(Oin::as_str), other)
            && is(self.desk.as_ref().map(Desk::as_str), &facts.desk)
            && (self.system).is_none_or(|system| facts.system == system.0))
    }
}

fn code<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, seinhuis_types::ParseError>,
) -> Result<Option<T>, HubError> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = parse(text);
    read.map(Some)
        .map_err(|error| HubError::invalid(format!("filter {error}")))
}

/// What an entry can be searched by.
struct Facts {
    act: v1::Act,
    agreement: String,
    clause: String,
    source: String,
    recipient: String,
    desk: String,
    system: Vec<u8>,
    decided: bool,
}

impl Facts {
    /// A refused decision has no shared part: then the source's own decision says it.
    fn of(parts: &[v1::OpenPart]) -> Result<Self, HubError> {
        let shared: v1::SharedPart = part(parts, v1::Part::Shared)?.unwrap_or_default();
        let outcome: v1::OutcomePart = part(parts, v1::Part::Outcome)?.unwrap_or_default();
        let provider: Option<v1::ProviderPart> = part(parts, v1::Part::Provider)?;
        let recipient: Option<v1::RecipientPart> = part(parts, v1::Part::Recipient)?;
        let mut facts = Self {
            act: outcome.act(),
            agreement: shared.agreement_hash,
            clause: shared.clause_id,
            source: shared.source_oin,
            recipient: shared.recipient_oin,
            desk: shared.recipient_desk,
            system: Vec::new(),
            decided: false,
        };
        if let Some(provider) = provider {
            facts.decided = !provider.decision.is_empty();
            if facts.source.is_empty() && !provider.decision.is_empty() {
                let decision =
                    v1::Decision::decode(provider.decision.as_slice()).map_err(|_| DAMAGED)?;
                facts.agreement = decision.agreement_hash;
                facts.clause = decision.clause_id;
                facts.source = decision.source_oin;
                facts.recipient = decision.recipient_oin;
                facts.desk = decision.recipient_desk;
            }
            facts.system = provider.system;
        }
        if let Some(recipient) = recipient {
            facts.system = recipient.system;
        }
        Ok(facts)
    }
}

const DAMAGED: HubError = HubError::Internal("a stored part does not decode");

fn part<M: Message + Default>(
    parts: &[v1::OpenPart],
    kind: v1::Part,
) -> Result<Option<M>, HubError> {
    let found = parts.iter().find(|part| part.part() == kind);
    found
        .map(|part| M::decode(part.bytes.as_slice()).map_err(|_| DAMAGED))
        .transpose()
}

#[cfg(test)]
mod tests;
