//! Asking ahead: may this go, and what may go at all.
//!
//! Owns: the questions and the form of their answers. What comes back is the hub's word and no permit: what is
//! sent is decided when it is sent. Must not know: subjects, values.

use crate::{ClientError, Incident, Partner, To, status};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::signal::{
    IdKind, Regime, Restriction, SourceShield, WpgArticle, encode_article, encode_kind,
    encode_regime, encode_restriction,
};
use seinhuis_proto::v1;
use seinhuis_types::{BasisCode, FieldPath, PurposeCode, RegionCode, SignalType, SubjectRole};

/// What would be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Sent as a signal.
    Send,
    /// Asked as a question, with as many as were asked today.
    Ask,
    /// Answered, by a named person or by a machine.
    Answer {
        /// Nobody would be named.
        machine: bool,
    },
    /// Told to a desk that received it, or did not, that it was wrong.
    Rectify {
        /// Whether it did.
        received: bool,
    },
}

impl Doing {
    const fn act(self) -> v1::Act {
        match self {
            Self::Send => v1::Act::Publish,
            Self::Ask => v1::Act::Ask,
            Self::Answer { .. } => v1::Act::Answer,
            Self::Rectify { .. } => v1::Act::Rectify,
        }
    }
}

/// What would be sent: codes and numbers, and nobody.
#[derive(Debug, Clone)]
pub struct Ahead {
    /// What would be done with it.
    pub doing: Doing,
    /// The signal type.
    pub signal_type: SignalType,
    /// For which purpose.
    pub purpose: PurposeCode,
    /// Region of the event.
    pub region: RegionCode,
    /// The law the data come from.
    pub regime: Regime,
    /// With the Wpg.
    pub wpg_article: Option<WpgArticle>,
    /// Whether the designated functionary approved.
    pub second_approval: bool,
    /// Names of the fields.
    pub fields: Vec<FieldPath>,
    /// A role and a kind of identifier for each person there would be; at most twelve.
    pub people: Vec<(SubjectRole, IdKind)>,
    /// What of the source would stay hidden.
    pub source_shield: SourceShield,
    /// For data received from another.
    pub onward_basis: Option<BasisCode>,
    /// Whether processing is restricted.
    pub restriction: Restriction,
    /// Whether it would be about a theme of restricted desks.
    pub restricted_theme: bool,
}

impl Partner {
    /// What would be decided on `what`, if it were sent to `to` now. Nothing is written, here or there.
    ///
    /// # Errors
    /// [`ClientError::Invalid`] for a type that is not in the catalogue that is named last; `MESSAGE_INVALID` for what
    /// the hub's does not have, such as a field of another type; `OVER_BUDGET` above 600 in an hour; as every call.
    pub async fn simulate(
        &self,
        to: &To,
        what: &Ahead,
    ) -> Result<v1::SimulateResponse, ClientError> {
        let catalogue = self.inner.catalogues.last();
        let catalogue = catalogue.ok_or_else(|| missing(&what.signal_type))?;
        let request = v1::SimulateRequest {
            recipient_oin: to.oin.to_string(),
            recipient_desk: to.desk.to_string(),
            agreement_hash: to.agreement.to_string(),
            clause_id: to.clause.to_string(),
            header: Some(what.header(&catalogue)?),
            act: what.doing.act().into(),
            machine_answer: what.doing == Doing::Answer { machine: true },
            not_received: what.doing == Doing::Rectify { received: false },
        };
        let mut client = self.decisions();
        let told = status::once("hub", client.simulate(request)).await?;
        let decision = told.decision.as_ref();
        let decision = decision.ok_or(Incident::Reply("a simulation has no decision"))?;
        let asked = [
            (&decision.source_oin, self.oin().to_string()),
            (&decision.recipient_oin, to.oin.to_string()),
            (&decision.recipient_desk, to.desk.to_string()),
            (&decision.clause_id, to.clause.to_string()),
            (&decision.signal_type, what.signal_type.to_string()),
        ];
        let other = decision.act() != what.doing.act();
        if other || asked.iter().any(|(found, asked)| *found != asked) {
            return Err(Incident::Reply("a simulation answers another question").into());
        }
        Ok(told)
    }

    /// Every route that is open to one's own organisation now.
    ///
    /// # Errors
    /// As every call.
    pub async fn routes(&self) -> Result<Vec<v1::OpenRoute>, ClientError> {
        let mut found = Vec::new();
        let mut page_token = Vec::new();
        loop {
            let request = v1::ListRoutesRequest { page_token };
            let reply = status::repeated("hub", || {
                let (mut client, request) = (self.decisions(), request.clone());
                async move { client.list_routes(request).await }
            });
            let page = reply.await?;
            found.extend(page.routes);
            if page.next_page_token.is_empty() {
                return Ok(found);
            }
            if page.next_page_token == request.page_token {
                return Err(Incident::Reply("a list of routes does not go on").into());
            }
            page_token = page.next_page_token;
        }
    }
}

impl Ahead {
    /// The header as it would be signed. What the law does not ask about has the value of its type, or one that the
    /// catalogue has for any.
    fn header(&self, catalogue: &Catalogue) -> Result<v1::HeaderLeaf, ClientError> {
        let definition = catalogue.signal_type(&self.signal_type);
        let definition = definition.ok_or_else(|| missing(&self.signal_type))?;
        let reasons = catalogue.code_list("necessity");
        let necessity = reasons.and_then(|list| list.codes.keys().next());
        let subjects = self.people.iter().map(|(role, kind)| v1::SubjectHead {
            role: role.to_string(),
            age_band: "unknown".to_owned(),
            kind: encode_kind(*kind).into(),
            identity_sealed: false,
        });
        let mut fields: Vec<String> = self.fields.iter().map(ToString::to_string).collect();
        fields.sort();
        fields.dedup();
        Ok(v1::HeaderLeaf {
            r#type: self.signal_type.to_string(),
            type_version: definition.version,
            purpose: self.purpose.to_string(),
            necessity: necessity.map(ToString::to_string).unwrap_or_default(),
            regime: encode_regime(self.regime).into(),
            wpg_article: encode_article(self.wpg_article).into(),
            second_approval: self.second_approval,
            region: self.region.to_string(),
            fields,
            subjects: subjects.collect(),
            urgency: definition.urgency.to_string(),
            retention: definition.retention.to_string(),
            source_shield: match self.source_shield {
                SourceShield::None => v1::SourceShield::None,
                SourceShield::Origin => v1::SourceShield::Origin,
                SourceShield::Existence => v1::SourceShield::Existence,
            }
            .into(),
            subject_informed: "unknown".to_owned(),
            origin: match self.onward_basis {
                Some(_) => v1::Origin::Received,
                None => v1::Origin::Own,
            }
            .into(),
            onward_basis: self
                .onward_basis
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            restriction: encode_restriction(self.restriction).into(),
            restricted_theme: self.restricted_theme,
            ..v1::HeaderLeaf::default()
        })
    }
}

fn missing(signal_type: &SignalType) -> ClientError {
    ClientError::Invalid(format!(
        "signal type `{signal_type}` is not in the catalogue that `catalogues` names last; mend the code, or name \
         the catalogue in force last"
    ))
}
