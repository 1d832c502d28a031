//! Explain: a recorded decision of one's own, in sentences, with the law it stands on.

use crate::command::{Asserted, Caller};
use crate::directory::Capability;
use crate::{Hub, HubError};
use prost::Message;
use seinhuis_domain::catalogue::{BasisDef, LawRef};
use seinhuis_proto::v1;
use seinhuis_store::Store;
use seinhuis_types::{BasisCode, ErrorCode, LeafIndex};

impl<S: Store> Hub<S> {
    /// Renders the decision that entry `index` records, if the caller was its source (whole) or its
    /// recipient (without what is the source's own).
    ///
    /// # Errors
    /// `ENTRY_NOT_FOUND`, also for an entry of others; those of [`Hub::persons`].
    pub async fn explain(
        &self,
        caller: &Caller,
        index: LeafIndex,
        asserted: &Asserted,
    ) -> Result<v1::ExplainResponse, HubError> {
        let system = self.system(caller)?;
        let may = [Capability::Signal, Capability::Audit];
        if !may
            .iter()
            .any(|capability| system.capabilities.contains(capability))
        {
            self.capable(caller, Capability::Audit)?;
        }
        let (_, parts) = self.read(caller, index)?;
        let part = |kind: v1::Part| parts.iter().find(|part| part.part() == kind);
        let decision = match (part(v1::Part::Provider), part(v1::Part::Shared)) {
            (Some(part), _) => own_decision(&part.bytes)?,
            (None, Some(part)) => shared_decision(&part.bytes)?,
            (None, None) => None,
        };
        // A system that only exchanges signals reads what came to its own desks.
        let decision = decision.filter(|decision| {
            part(v1::Part::Provider).is_some()
                || system.capabilities.contains(&Capability::Audit)
                || (system.desks.iter()).any(|desk| desk.as_str() == decision.recipient_desk)
        });
        let decision = decision.ok_or_else(|| {
            HubError::told(
                ErrorCode::EntryNotFound,
                "this entry records no decision of which you are source or recipient",
            )
        })?;
        let persons = self.persons(caller, asserted)?;
        let proof = self.record_reading(caller, index, &persons).await?;
        let (text_nl, text_en) = sentences(&decision);
        Ok(v1::ExplainResponse {
            text_nl,
            text_en,
            law: self.law(&decision),
            decision: Some(decision),
            proof: Some(proof),
        })
    }

    fn law(&self, decision: &v1::Decision) -> Vec<v1::LawReference> {
        let bases = [
            &decision.basis_provide,
            &decision.basis_receive,
            &decision.basis_special,
        ];
        bases
            .into_iter()
            .flatten()
            .filter_map(|code| BasisCode::parse(code).ok())
            .filter_map(|code| self.parts.rules.catalogue.basis(&code))
            .flat_map(|basis| basis.law.iter().map(move |law| (basis, law)))
            .map(|(basis, law)| Self::reference(basis, law))
            .collect()
    }

    fn reference(basis: &BasisDef, law: &LawRef) -> v1::LawReference {
        v1::LawReference {
            basis: basis.code.to_string(),
            bwb_id: law.id.to_string(),
            article: law.to_string(),
            version: law.version.to_string(),
            source_checked: law.source_checked,
            label_nl: basis.label.nl.to_string(),
            label_en: basis.label.en.to_string(),
        }
    }
}

fn own_decision(bytes: &[u8]) -> Result<Option<v1::Decision>, HubError> {
    let damaged = |_| HubError::Internal("a stored part does not decode");
    let part = v1::ProviderPart::decode(bytes).map_err(damaged)?;
    if part.decision.is_empty() {
        return Ok(None);
    }
    v1::Decision::decode(part.decision.as_slice())
        .map(Some)
        .map_err(damaged)
}

/// What a recipient may know of the decision: that it was permitted, and on what ground.
fn shared_decision(bytes: &[u8]) -> Result<Option<v1::Decision>, HubError> {
    let part = v1::SharedPart::decode(bytes)
        .map_err(|_| HubError::Internal("a stored part does not decode"))?;
    if !matches!(
        part.act(),
        v1::Act::Publish | v1::Act::Release | v1::Act::Rectify
    ) {
        return Ok(None);
    }
    Ok(Some(v1::Decision {
        act: part.act,
        permitted: true,
        source_oin: part.source_oin,
        recipient_oin: part.recipient_oin,
        recipient_desk: part.recipient_desk,
        signal_type: part.signal_type,
        agreement_hash: part.agreement_hash,
        clause_id: part.clause_id,
        purpose: part.purpose,
        basis_provide: part.basis_provide,
        basis_receive: part.basis_receive,
        basis_special: part.basis_special,
        granted: part.granted,
        ..v1::Decision::default()
    }))
}

/// One condition a sentence.
pub(crate) fn sentences(decision: &v1::Decision) -> (Vec<String>, Vec<String>) {
    let (mut nl, mut en) = (Vec::new(), Vec::new());
    let v1::Decision {
        signal_type,
        clause_id,
        purpose,
        ..
    } = decision;
    if decision.permitted {
        let provide = decision.basis_provide.join(", ");
        let receive = decision.basis_receive.join(", ");
        nl.push(format!(
            "{signal_type} mocht worden verstrekt onder clausule {clause_id}, voor doel {purpose}."
        ));
        nl.push(format!(
            "Grondslag om te verstrekken: {provide}; om te ontvangen: {receive}."
        ));
        en.push(format!(
            "{signal_type} could be sent under clause {clause_id}, for purpose {purpose}."
        ));
        en.push(format!(
            "Basis to provide: {provide}; to receive: {receive}."
        ));
    } else {
        nl.push(format!(
            "{signal_type} is geweigerd onder clausule {clause_id}."
        ));
        en.push(format!(
            "{signal_type} was refused under clause {clause_id}."
        ));
        for reason in &decision.reasons {
            nl.push(format!(
                "{} ({}) {}",
                reason.text_nl, reason.law, reason.remedy_nl
            ));
            en.push(format!(
                "{} ({}) {}",
                reason.text_en, reason.law, reason.remedy_en
            ));
        }
    }
    for withheld in &decision.withheld {
        nl.push(format!(
            "Veld {} is achtergehouden: {}.",
            withheld.path, withheld.law
        ));
        en.push(format!(
            "Field {} was withheld: {}.",
            withheld.path, withheld.law
        ));
    }
    (nl, en)
}
