//! Organisations that a register names: controllers, counterparts, processors.
//!
//! Owns: which are named, and what agreements say of them. Must not know: persons; a contact point is a
//! function.

use super::{Activity, RegisterId};
use seinhuis_types::Oin;
use std::collections::BTreeMap;

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its identifier.
    pub id: RegisterId,
    /// Its OIN.
    pub oin: Oin,
    /// Its name.
    pub name: String,
    /// Its role in the chain, a code; none of a processor.
    pub role: Option<String>,
    /// Where to turn: a function. None of a processor.
    pub contact: Option<String>,
}

impl Entity {
    /// The contact point, where it is a mail address.
    pub fn email(&self) -> Option<&str> {
        let contact = self.contact.as_deref()?;
        let (name, domain) = contact.split_once('@')?;
        let ok = |part: &str| !part.is_empty() && !part.contains(['@', ' ', '<', '>', ',']);
        (ok(name) && ok(domain)).then_some(contact)
    }
}

/// Every organisation that the agreements of `activities` name, by identifier; of one that is named
/// differently in several, as in the latest to begin.
pub fn entities(activities: &[Activity<'_>]) -> BTreeMap<RegisterId, Entity> {
    let mut versions: Vec<_> = activities.iter().flat_map(|a| &a.versions).collect();
    versions.sort_by_key(|version| version.span.from);
    let mut found = BTreeMap::new();
    for version in versions {
        let content = version.past.content;
        for processor in &content.processors {
            let entity = Entity {
                id: RegisterId::of_entity(&processor.oin),
                oin: processor.oin,
                name: processor.name.to_string(),
                role: None,
                contact: None,
            };
            found.insert(entity.id, entity);
        }
        for party in &content.parties {
            let entity = of_party(party);
            found.insert(entity.id, entity);
        }
    }
    found
}

/// A party of an agreement as an organisation.
pub(super) fn of_party(party: &crate::agreement::Party) -> Entity {
    Entity {
        id: RegisterId::of_entity(&party.oin),
        oin: party.oin,
        name: party.name.to_string(),
        role: Some(party.role.to_string()),
        contact: Some(party.contact_point.to_string()),
    }
}
