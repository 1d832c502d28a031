//! From the path of a fault to the line of the authored form that its author has to look at.
//!
//! Must not know: any rule of an agreement.

use super::{ContentError, Fault};
use seinhuis_types::line_at;
use toml::de::{DeTable, DeValue};

impl Fault {
    /// The line of the authored form `text`, from 1, that this is about.
    pub fn line(&self, text: &str) -> usize {
        line(text, &self.path)
    }
}

impl ContentError {
    /// The line of the authored form `text`, from 1, that this is about; 1 for the whole of it.
    pub fn line(&self, text: &str) -> usize {
        match self {
            Self::Toml { line, .. } => *line,
            Self::Form { path, .. } | Self::Placeholder { path, .. } => line(text, path),
            Self::PullReserved(clause) => of_clause(text, clause, "mode"),
            Self::ConsentNotOffered(clause) => of_clause(text, clause, "consent"),
            Self::TooLarge { .. } | Self::Json(_) | Self::NotCanonical => 1,
        }
    }
}

/// The line of the value at `path`, or of the innermost part of the way to it that is written.
fn line(text: &str, path: &str) -> usize {
    let steps = path.replace('[', ".").replace(']', "");
    let mut steps = steps.split('.').filter(|step| !step.is_empty());
    let Ok(root) = DeTable::parse(text) else {
        return 1;
    };
    let first = steps.next().and_then(|key| entry(root.get_ref(), key));
    let Some((mut start, mut value)) = first else {
        return 1;
    };
    for step in steps {
        let inner = match value {
            DeValue::Table(table) => entry(table, step),
            DeValue::Array(list) => {
                let item = step.parse().ok().and_then(|at: usize| list.get(at));
                item.map(|item| (item.span().start, item.get_ref()))
            }
            _ => None,
        };
        let Some(inner) = inner else { break };
        (start, value) = inner;
    }
    line_at(text, start)
}

/// Where a key begins, and its value.
fn entry<'t>(table: &'t DeTable<'t>, key: &str) -> Option<(usize, &'t DeValue<'t>)> {
    let found = table.iter().find(|(name, _)| name.get_ref() == key);
    found.map(|(name, value)| (name.span().start, value.get_ref()))
}

/// The line of a key of the clause that is called `id`.
fn of_clause(text: &str, id: &str, key: &str) -> usize {
    let Ok(root) = DeTable::parse(text) else {
        return 1;
    };
    let Some((_, DeValue::Array(clauses))) = entry(root.get_ref(), "clauses") else {
        return 1;
    };
    let called = clauses.iter().position(|clause| {
        let table = clause.get_ref().as_table();
        let name = table.and_then(|table| entry(table, "id"));
        name.is_some_and(|(_, name)| name.as_str() == Some(id))
    });
    called.map_or(1, |at| line(text, &format!("clauses[{at}].{key}")))
}
