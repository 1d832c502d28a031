//! Facts as Cedar's request. Context is built value by value, never by way of JSON.

use crate::error::EngineError;
use crate::facts::Facts;
use crate::slice::Slice;
use crate::words::Action;
use cedar_policy::{
    Context, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};
use seinhuis_types::{FieldPath, Oin};
use std::str::FromStr;

/// The entity types and actions of the schema, parsed once.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    partner: EntityTypeName,
    clause: EntityTypeName,
    signal_type: EntityTypeName,
    publish: EntityUid,
    release: EntityUid,
    ask: EntityUid,
    answer: EntityUid,
    rectify: EntityUid,
}

impl Vocabulary {
    pub(crate) fn new() -> Result<Self, String> {
        let entity = |name| EntityTypeName::from_str(name).map_err(|error| error.to_string());
        let action = |action: Action| {
            let id = EntityId::new(action.as_str());
            entity("Action").map(|of| EntityUid::from_type_name_and_id(of, id))
        };
        Ok(Self {
            partner: entity("Partner")?,
            clause: entity("Clause")?,
            signal_type: entity("SignalType")?,
            publish: action(Action::Publish)?,
            release: action(Action::Release)?,
            ask: action(Action::Ask)?,
            answer: action(Action::Answer)?,
            rectify: action(Action::Rectify)?,
        })
    }

    pub(crate) fn partner(&self, oin: Option<&Oin>) -> EntityUid {
        let id = EntityId::new(oin.map_or("none", Oin::as_str));
        EntityUid::from_type_name_and_id(self.partner.clone(), id)
    }

    pub(crate) fn clause(&self, id: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.clause.clone(), EntityId::new(id))
    }

    pub(crate) fn signal_type(&self, code: &str) -> EntityUid {
        EntityUid::from_type_name_and_id(self.signal_type.clone(), EntityId::new(code))
    }

    fn action(&self, action: Action) -> EntityUid {
        match action {
            Action::Publish => self.publish.clone(),
            Action::Release => self.release.clone(),
            Action::Ask => self.ask.clone(),
            Action::Answer => self.answer.clone(),
            Action::Rectify => self.rectify.clone(),
        }
    }

    /// The request for `facts`. Its shape is the same whatever the facts, since they are typed: it is
    /// checked against a schema once, at loading, and not again at each decision.
    pub(crate) fn request(
        &self,
        schema: Option<&Schema>,
        facts: &Facts,
        slice: &Slice,
    ) -> Result<Request, EngineError> {
        let asked = &facts.envelope;
        let article = asked.wpg_article.map_or("none", |article| article.as_str());
        let recipient = RestrictedExpression::new_entity_uid(self.partner(Some(&asked.to)));
        let pairs = [
            ("to", recipient),
            ("desk", text(asked.desk.as_str())),
            ("region", text(asked.region.as_str())),
            ("mode", text(asked.mode.as_str())),
            ("purpose", text(asked.purpose.as_str())),
            ("signal_type", slice.signal_type.clone()),
            (
                "granted",
                texts(asked.granted.iter().map(FieldPath::as_str)),
            ),
            ("roles", texts(asked.roles.iter().map(|role| role.as_str()))),
            (
                "subjects",
                RestrictedExpression::new_long(asked.subjects.into()),
            ),
            (
                "id_kinds",
                texts(asked.id_kinds.iter().map(|kind| kind.as_str())),
            ),
            (
                "special",
                texts(asked.special.iter().map(|mark| mark.as_str())),
            ),
            ("regime", text(asked.regime.as_str())),
            ("wpg_article", text(article)),
            (
                "onward_basis",
                texts(asked.onward_basis.iter().map(|code| code.as_str())),
            ),
            ("source_shield", text(asked.source_shield.as_str())),
            ("restriction", text(asked.restriction.as_str())),
            ("restricted_theme", flag(asked.restricted_theme)),
            ("second_approval", flag(asked.second_approval)),
            ("acting_person", flag(asked.acting_person)),
            ("decided_by", flag(asked.decided_by)),
            ("now_valid", flag(asked.now_valid)),
            ("received", flag(asked.received)),
            ("break_glass", flag(asked.break_glass)),
            ("called", flag(asked.called)),
            ("call_recent", flag(asked.call_recent)),
            ("box_short", flag(asked.box_short)),
            ("box_open", flag(asked.box_open)),
            ("consent", text(asked.consent.as_str())),
            ("machine_answer", flag(asked.machine_answer)),
            ("within_budget", flag(asked.within_budget)),
        ];
        let context = Context::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value)))
            .map_err(|error| EngineError::Request(error.to_string()))?;
        Request::new(
            self.partner(Some(&asked.from)),
            self.action(facts.action),
            slice.clause.clone(),
            context,
            schema,
        )
        .map_err(|error| EngineError::Request(error.to_string()))
    }
}

fn flag(value: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(value)
}

pub(crate) fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

pub(crate) fn texts<'a>(items: impl Iterator<Item = &'a str>) -> RestrictedExpression {
    RestrictedExpression::new_set(items.map(text))
}
