//! The parts of an entry one may read, for machines and for people. Members of staff stand in them
//! by the partner's own pseudonyms; citizen numbers in none.

use crate::{out, show};
use prost::Message;
use seinhuis_domain::entry::{Leaf, Part};
use seinhuis_domain::signal::{Source, decode_source};
use seinhuis_proto::v1;
use seinhuis_types::hex;
use serde_json::{Value, json};

/// What a leaf says in clear.
pub(crate) fn leaf(leaf: &Leaf) -> Value {
    let commitment = |part| hex(&leaf.commitments().part(part).0);
    json!({
        "hour": show::hour(leaf.hour()),
        "key_epoch": leaf.key_epoch(),
        "ruleset_root": hex(&leaf.ruleset_root().0),
        "slip_nonce": hex(leaf.slip().nonce()),
        "commitments": {
            "shared": commitment(Part::Shared),
            "provider": commitment(Part::Provider),
            "recipient": commitment(Part::Recipient),
            "outcome": commitment(Part::Outcome),
        },
    })
}

/// The parts that are there.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) shared: Option<v1::SharedPart>,
    pub(crate) provider: Option<v1::ProviderPart>,
    pub(crate) recipient: Option<v1::RecipientPart>,
    pub(crate) outcome: Option<v1::OutcomePart>,
}

impl Told {
    /// For machines; a part one may not read is null.
    pub(crate) fn document(&self) -> Value {
        json!({
            "shared": self.shared.as_ref().map(shared),
            "provider": self.provider.as_ref().map(provider),
            "recipient": self.recipient.as_ref().map(recipient),
            "outcome": self.outcome.as_ref().map(outcome),
        })
    }

    /// For people.
    pub(crate) fn words(&self) -> String {
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(part) = &self.outcome {
            rows.push(("act", show::act(part.act())));
            rows.push((
                "outcome",
                if part.permitted {
                    "permitted"
                } else {
                    "refused"
                }
                .to_owned(),
            ));
        }
        if let Some(part) = &self.shared {
            let to = [part.recipient_oin.as_str(), part.recipient_desk.as_str()];
            let to: Vec<&str> = to.into_iter().filter(|part| !part.is_empty()).collect();
            rows.extend([
                ("from", part.source_oin.clone()),
                ("to", to.join("/")),
                ("type", part.signal_type.clone()),
                ("purpose", part.purpose.clone()),
                ("agreement", part.agreement_hash.clone()),
                ("clause", part.clause_id.clone()),
                ("delivery", hex(&part.delivery_id)),
                ("state", ack(part.ack_state).unwrap_or_default().to_owned()),
                ("granted", part.granted.join(", ")),
                ("withheld", part.withheld.join(", ")),
                ("note", part.public_note.clone()),
            ]);
        }
        if let Some(part) = &self.provider {
            rows.push(("system", hex(&part.system)));
            if let Ok(source) = decode_source(&part.source_leaf) {
                rows.push(("acted", show::own_name(&source.acting_person)));
                rows.push(("decided", show::own_name(&source.decided_by)));
            }
        }
        if let Some(part) = &self.recipient {
            rows.push(("system", hex(&part.system)));
            rows.push(("acted", show::own_name(&part.acting_person)));
            rows.extend(part.staff.iter().map(|staff| ("for", staff_words(staff))));
        }
        out::facts(&rows)
    }
}

fn ack(state: u32) -> Option<&'static str> {
    match i32::try_from(state)
        .ok()
        .and_then(|state| v1::AckState::try_from(state).ok())
    {
        Some(v1::AckState::Delivered) => Some("delivered"),
        Some(v1::AckState::Opened) => Some("opened"),
        _ => None,
    }
}

fn shared(part: &v1::SharedPart) -> Value {
    json!({
        "act": show::act(part.act()),
        "source_oin": part.source_oin,
        "recipient_oin": part.recipient_oin,
        "recipient_desk": part.recipient_desk,
        "agreement_hash": part.agreement_hash,
        "clause": part.clause_id,
        "purpose": part.purpose,
        "basis_provide": part.basis_provide,
        "basis_receive": part.basis_receive,
        "basis_special": part.basis_special,
        "signal_type": part.signal_type,
        "granted": part.granted,
        "withheld": part.withheld,
        "delivery_id": hex(&part.delivery_id),
        "acknowledged": ack(part.ack_state),
        "visibility": part.visibility,
        "public_note": part.public_note,
    })
}

fn provider(part: &v1::ProviderPart) -> Value {
    let decision = v1::Decision::decode(part.decision.as_slice()).ok();
    let decision = decision.filter(|_| !part.decision.is_empty());
    let source = decode_source(&part.source_leaf)
        .ok()
        .filter(|_| !part.source_leaf.is_empty());
    json!({
        "decision": decision.as_ref().map(show::decision),
        "source": source.as_ref().map(acting),
        "signal_id": hex(&part.signal_id),
        "first_index": part.first_index_plus_one.checked_sub(1),
        "staff": part.staff.iter().map(staff).collect::<Vec<_>>(),
        "system": hex(&part.system),
    })
}

fn acting(source: &Source) -> Value {
    let text = |code: &seinhuis_types::CodeValue| code.to_string();
    json!({
        "acting_person": show::own_name(&source.acting_person),
        "acting_role": source.acting_role.as_ref().map(text),
        "decided_by": show::own_name(&source.decided_by),
        "reason": source.reason.as_ref().map(text),
        "second_approval": source.second_approval.as_ref().map(|approval| {
            json!({ "function": text(&approval.function), "days_since_1970": approval.day })
        }),
        "processing_activity": source.processing_activity,
    })
}

fn recipient(part: &v1::RecipientPart) -> Value {
    json!({
        "acting_person": show::own_name(&part.acting_person),
        "acting_role": part.acting_role,
        "read_index": part.read_index,
        "retention": part.retention.as_ref().map(retention),
        "staff": part.staff.iter().map(staff).collect::<Vec<_>>(),
        "system": hex(&part.system),
    })
}

fn retention(act: &v1::RetentionAct) -> Value {
    json!({
        "from": act.from_index,
        "to": act.to_index,
        "hold_id": hex(&act.hold_id),
        "erased": act.erased,
        "request": act.request_index_plus_one.checked_sub(1),
    })
}

fn staff(staff: &v1::Staff) -> Value {
    json!({
        "person": staff.person,
        "function": staff.function,
        "reason": staff.reason,
        "reference": staff.reference,
    })
}

fn staff_words(staff: &v1::Staff) -> String {
    let v1::Staff {
        person,
        function,
        reason,
        reference,
    } = staff;
    format!("{person} ({function}), for {reason}, {reference}")
}

fn outcome(part: &v1::OutcomePart) -> Value {
    json!({
        "act": show::act(part.act()),
        "permitted": part.permitted,
        "decision_digest": hex(&part.decision_digest),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_ours_is_null_and_says_nothing() {
        let told = Told {
            shared: None,
            provider: None,
            recipient: None,
            outcome: None,
        };
        assert!(told.document()["provider"].is_null());
        assert_eq!(told.words(), "");
    }

    #[test]
    fn an_acknowledgement_is_told_by_its_state() {
        let shared = v1::SharedPart {
            act: v1::Act::Acknowledge.into(),
            ack_state: 2,
            ..v1::SharedPart::default()
        };
        let told = Told {
            shared: Some(shared),
            provider: None,
            recipient: None,
            outcome: None,
        };
        assert!(told.words().contains("opened"));
        assert_eq!(told.document()["shared"]["acknowledged"], "opened");
        assert_eq!(told.document()["shared"]["act"], "acknowledge");
    }
}
