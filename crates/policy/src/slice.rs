//! The entities of a decision: one clause and one signal type. Building them costs more than deciding,
//! so they are kept; what is kept is used only for the very facts it was made of.

use crate::error::EngineError;
use crate::facts::{ClauseFacts, Facts, TypeFacts};
use crate::request::{Vocabulary, text, texts};
use cedar_policy::{Entities, Entity, EntityUid, RestrictedExpression, Schema};
use seinhuis_types::{AgreementHash, ClauseId, Digest, FieldPath, Revision, SignalType};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// How many slices are kept, each some 20 KiB; when there are more, all are dropped at once. The
/// whole country has some hundreds of live clauses.
const KEPT: usize = 1_024;
/// The clause against which an envelope under an unknown clause is decided.
const NONE: &str = "none";

/// Cedar's entities for one clause and one type, with the facts they were made of.
#[derive(Debug)]
pub(crate) struct Slice {
    of_clause: Option<Arc<ClauseFacts>>,
    of_type: Arc<TypeFacts>,
    pub(crate) clause: EntityUid,
    pub(crate) signal_type: RestrictedExpression,
    pub(crate) entities: Entities,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    // An unknown clause is told by its absence, never by the name it was asked under: names of
    // clauses that do not exist must not fill the store.
    clause: Option<(AgreementHash, ClauseId, Revision)>,
    ruleset_root: Digest,
    signal_type: SignalType,
}

/// The slices made so far.
#[derive(Debug, Default)]
pub(crate) struct Slices {
    kept: RwLock<HashMap<Key, Arc<Slice>>>,
}

impl Slices {
    /// The slice for `facts`, kept or made now; entities are checked against the schema when made.
    pub(crate) fn of(
        &self,
        facts: &Facts,
        schema: &Schema,
        words: &Vocabulary,
    ) -> Result<Arc<Slice>, EngineError> {
        let ground = &facts.ground;
        let key = Key {
            clause: facts.clause.as_ref().map(|_| {
                (
                    ground.agreement.clone(),
                    ground.clause.clone(),
                    ground.clause_revision,
                )
            }),
            ruleset_root: ground.ruleset_root,
            signal_type: facts.signal_type.code.clone(),
        };
        let kept = self
            .kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(slice) = kept.filter(|slice| slice.is_of(facts)) {
            return Ok(slice);
        }
        let slice = Arc::new(Slice::new(facts, schema, words)?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT && !kept.contains_key(&key) {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&slice));
        Ok(slice)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.kept.read().unwrap().len()
    }
}

impl Slice {
    pub(crate) fn new(
        facts: &Facts,
        schema: &Schema,
        words: &Vocabulary,
    ) -> Result<Self, EngineError> {
        let (uid, attributes) = match &facts.clause {
            Some(clause) => (
                words.clause(facts.ground.clause.as_str()),
                known(clause, words),
            ),
            None => (words.clause(NONE), unknown(words)),
        };
        let of_type = words.signal_type(facts.signal_type.code.as_str());
        let entity = |uid, attributes| {
            Entity::new(uid, attributes, HashSet::new())
                .map_err(|error| EngineError::Entities(error.to_string()))
        };
        let entities = [
            entity(uid.clone(), attributes)?,
            entity(of_type.clone(), signal_type(&facts.signal_type))?,
        ];
        Ok(Self {
            of_clause: facts.clause.clone(),
            of_type: Arc::clone(&facts.signal_type),
            clause: uid,
            signal_type: RestrictedExpression::new_entity_uid(of_type),
            entities: Entities::from_entities(entities, Some(schema))
                .map_err(|error| EngineError::Entities(error.to_string()))?,
        })
    }

    /// Whether it was made of these facts: the same allocation, or equal in every part.
    fn is_of(&self, facts: &Facts) -> bool {
        let clause = match (&self.of_clause, &facts.clause) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs) || mine == theirs,
            (None, None) => true,
            _ => false,
        };
        clause
            && (Arc::ptr_eq(&self.of_type, &facts.signal_type) || self.of_type == facts.signal_type)
    }
}

type Attributes = HashMap<String, RestrictedExpression>;

fn attributes<const N: usize>(pairs: [(&str, RestrictedExpression); N]) -> Attributes {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn basis<'a>(
    provide: impl Iterator<Item = &'a str>,
    receive: impl Iterator<Item = &'a str>,
    special: impl Iterator<Item = &'a str>,
) -> RestrictedExpression {
    let sets = [
        ("provide", texts(provide)),
        ("receive", texts(receive)),
        ("special", texts(special)),
    ];
    // INVARIANT: three different names, so the record cannot be refused for a duplicate; were it so,
    // the empty set does not fit the schema and the decision is a refusal.
    RestrictedExpression::new_record(sets.map(|(name, value)| (name.to_owned(), value)))
        .unwrap_or_else(|_| texts(std::iter::empty()))
}

fn known(clause: &ClauseFacts, words: &Vocabulary) -> Attributes {
    let partner = |oin| RestrictedExpression::new_entity_uid(words.partner(Some(oin)));
    let types = clause
        .types
        .iter()
        .map(|code| words.signal_type(code.as_str()));
    attributes([
        ("state", text(clause.state.as_str())),
        (
            "ruleset_ok",
            RestrictedExpression::new_bool(clause.ruleset_ok),
        ),
        ("attested", RestrictedExpression::new_bool(clause.attested)),
        ("from", partner(&clause.from)),
        ("to", partner(&clause.to)),
        (
            "regions",
            texts(clause.regions.iter().map(|code| code.as_str())),
        ),
        ("mode", text(clause.mode.as_str())),
        (
            "purposes",
            texts(clause.purposes.iter().map(|code| code.as_str())),
        ),
        (
            "basis",
            basis(
                clause.basis.provide.iter().map(|code| code.as_str()),
                clause.basis.receive.iter().map(|code| code.as_str()),
                clause.basis.special.iter().map(|code| code.as_str()),
            ),
        ),
        (
            "special",
            texts(clause.special.iter().map(|mark| mark.as_str())),
        ),
        (
            "desks",
            texts(clause.desks.iter().map(|desk| desk.as_str())),
        ),
        (
            "types",
            RestrictedExpression::new_set(types.map(RestrictedExpression::new_entity_uid)),
        ),
        ("fields", texts(clause.fields.iter().map(FieldPath::as_str))),
        (
            "subject_roles",
            texts(clause.subject_roles.iter().map(|role| role.as_str())),
        ),
        (
            "max_subjects",
            RestrictedExpression::new_long(clause.max_subjects.into()),
        ),
        (
            "id_kinds",
            texts(clause.id_kinds.iter().map(|kind| kind.as_str())),
        ),
        (
            "regimes",
            texts(clause.regimes.iter().map(|regime| regime.as_str())),
        ),
        (
            "wpg_articles",
            texts(clause.wpg_articles.iter().map(|article| article.as_str())),
        ),
        (
            "restricted_desks",
            texts(clause.restricted_desks.iter().map(|desk| desk.as_str())),
        ),
        ("informs", RestrictedExpression::new_bool(clause.informs)),
        (
            "break_glass",
            RestrictedExpression::new_bool(clause.break_glass),
        ),
        ("consent", RestrictedExpression::new_bool(clause.consent)),
    ])
}

fn unknown(words: &Vocabulary) -> Attributes {
    let nobody = || RestrictedExpression::new_entity_uid(words.partner(None));
    let nothing = || texts(std::iter::empty());
    let empty = || std::iter::empty();
    attributes([
        ("state", text(NONE)),
        ("ruleset_ok", RestrictedExpression::new_bool(false)),
        ("attested", RestrictedExpression::new_bool(false)),
        ("break_glass", RestrictedExpression::new_bool(false)),
        ("from", nobody()),
        ("to", nobody()),
        ("regions", nothing()),
        ("mode", text(NONE)),
        ("purposes", nothing()),
        ("basis", basis(empty(), empty(), empty())),
        ("special", nothing()),
        ("desks", nothing()),
        ("types", nothing()),
        ("fields", nothing()),
        ("subject_roles", nothing()),
        ("max_subjects", RestrictedExpression::new_long(0)),
        ("id_kinds", nothing()),
        ("regimes", nothing()),
        ("wpg_articles", nothing()),
        ("restricted_desks", nothing()),
        ("informs", RestrictedExpression::new_bool(false)),
        ("consent", RestrictedExpression::new_bool(false)),
    ])
}

fn signal_type(of: &TypeFacts) -> Attributes {
    attributes([
        ("fields", texts(of.fields.iter().map(FieldPath::as_str))),
        ("minimum", texts(of.minimum.iter().map(FieldPath::as_str))),
        (
            "subject_roles",
            texts(of.subject_roles.iter().map(|role| role.as_str())),
        ),
        (
            "max_subjects",
            RestrictedExpression::new_long(of.max_subjects.into()),
        ),
        ("restricted", RestrictedExpression::new_bool(of.restricted)),
    ])
}
