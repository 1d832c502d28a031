//! Policy cases: facts, and what the law says to them. Data under `config/policy/cases`, laid over
//! `config/policy/base.toml`. Does not read files; is handed their text.

use crate::error::Fault;
use crate::facts::{ClauseFacts, EnvelopeFacts, Facts, Ground, TypeFacts};
use crate::words::Action;
use seinhuis_types::{AgreementHash, ClauseId, Digest, Millis, RefusalReason, Revision, line_at};
use std::fmt;
use std::sync::Arc;
use toml::{Table, Value};

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its file's name without `.toml`. The case of a reason has that reason's name.
    pub name: String,
    /// What it shows, in one sentence.
    pub title: String,
    /// What the law says to publishing, releasing, asking and answering.
    pub expected: Expected,
    /// What it says to rectifying.
    pub rectify: Expected,
    facts: Facts,
}

/// A verdict, as far as a case tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It may go.
    Permit,
    /// It may not, for exactly these reasons in this order.
    Refuse(Vec<RefusalReason>),
}

impl Expected {
    /// Whether it may go.
    pub fn is_permit(&self) -> bool {
        matches!(self, Self::Permit)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permit => f.write_str("permit"),
            Self::Refuse(reasons) => {
                f.write_str("refuse")?;
                reasons
                    .iter()
                    .try_for_each(|reason| write!(f, " {}", reason.as_str()))
            }
        }
    }
}

/// The forms in which the law must say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The policy set as it decides.
    Full,
    /// The permit and nothing else.
    PermitAlone,
    /// The forbids, over a permit of everything.
    ForbidsAlone,
}

impl Form {
    /// Every form.
    pub const ALL: &[Self] = &[Self::Full, Self::PermitAlone, Self::ForbidsAlone];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the whole set",
            Self::PermitAlone => "the permit alone",
            Self::ForbidsAlone => "the forbids alone",
        })
    }
}

/// A case that came out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("case `{case}`, {form}, {}: expected {expected}, was {actual}", .action.as_str())]
pub struct CaseFailure {
    /// The case.
    pub case: String,
    /// In which form of the law.
    pub form: Form,
    /// For which action.
    pub action: Action,
    /// What the case says.
    pub expected: Expected,
    /// What the law says.
    pub actual: Expected,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    clause: ClauseFacts,
    #[serde(rename = "type")]
    signal_type: TypeFacts,
    envelope: EnvelopeFacts,
}

#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Permit,
    Refuse,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    title: String,
    expect: Verb,
    #[serde(default)]
    reasons: Vec<String>,
    /// What the law says to rectifying, where that is something else; none for a permit.
    rectify: Option<Vec<String>>,
    /// The envelope names a clause that no agreement has.
    #[serde(default)]
    unknown_clause: bool,
}

impl Case {
    /// Reads the case `name` from `text`, laid over `base`: `title`, `expect` (`permit` or `refuse`),
    /// `reasons`, optionally `rectify` (the reasons it gives to rectifying, none for a permit) and
    /// `unknown_clause`, and of `[clause]`, `[type]` and `[envelope]` whatever
    /// differs from the base. A key the facts do not have is a fault.
    pub fn parse(name: &str, base: &str, text: &str) -> Result<Self, Fault> {
        let file = format!("{name}.toml");
        let fault = |what: String| Fault::new(&file, 1, what, "write it as README.md says");
        let table = |file: &str, text: &str| {
            text.parse::<Table>().map_err(|error| {
                let line = error.span().map_or(1, |span| line_at(text, span.start));
                Fault::new(file, line, error.message(), "write it as TOML")
            })
        };
        let mut own = table(&file, text)?;
        let mut facts = table("base.toml", base)?;
        for part in ["clause", "type", "envelope"] {
            if let Some(over) = own.remove(part) {
                lay_over(
                    facts.entry(part).or_insert(Value::Table(Table::new())),
                    over,
                );
            }
        }
        let head: Head = own.try_into().map_err(|e| fault(message(&e)))?;
        let facts = facts_of(facts, head.unknown_clause).map_err(fault)?;
        let parsed = |texts: &[String]| -> Result<Vec<_>, Fault> {
            let reason = |text: &String| {
                RefusalReason::parse(text).ok_or_else(|| fault(format!("`{text}` is no reason")))
            };
            texts.iter().map(reason).collect()
        };
        let reasons = parsed(&head.reasons)?;
        let rectify = head.rectify.as_deref().map(parsed).transpose()?;
        let expected = match (head.expect, reasons.is_empty()) {
            (Verb::Permit, true) => Expected::Permit,
            (Verb::Refuse, false) => Expected::Refuse(reasons),
            (Verb::Permit, false) => return Err(fault("a permit has no reasons".into())),
            (Verb::Refuse, true) => return Err(fault("a refusal has reasons".into())),
        };
        Ok(Self {
            name: name.to_owned(),
            title: head.title,
            rectify: match rectify {
                None => expected.clone(),
                Some(reasons) if reasons.is_empty() => Expected::Permit,
                Some(reasons) => Expected::Refuse(reasons),
            },
            expected,
            facts,
        })
    }

    /// What the law says to one action.
    pub fn expected(&self, action: Action) -> &Expected {
        match action {
            Action::Publish | Action::Release | Action::Ask | Action::Answer => &self.expected,
            Action::Rectify => &self.rectify,
        }
    }

    /// The facts of the case, for one action.
    pub fn facts(&self, action: Action) -> Facts {
        Facts {
            action,
            ..self.facts.clone()
        }
    }
}

/// Facts with something in every set, for [`crate::Engine::load`] to try the schema with.
pub(crate) fn probe() -> Result<Facts, String> {
    let table = include_str!("probe.toml")
        .parse::<Table>()
        .map_err(|error| message(&error))?;
    facts_of(table, false)
}

fn facts_of(table: Table, unknown_clause: bool) -> Result<Facts, String> {
    let asked: Asked = table.try_into().map_err(|error| message(&error))?;
    // Cases are about the law; what a permit merely passes on is fixed.
    let agreement = AgreementHash::parse(&format!("$1$1${}", "A".repeat(86)));
    let ground = Ground {
        agreement: agreement.map_err(|error| error.to_string())?,
        clause: ClauseId::parse("clause").map_err(|error| error.to_string())?,
        clause_revision: Revision(1),
        ruleset_root: Digest([0; 32]),
        revisions: vec![("agreement".to_owned(), 1)],
        valid_until: Millis(Millis::DAY),
    };
    Ok(Facts {
        action: Action::Publish,
        clause: (!unknown_clause).then(|| Arc::new(asked.clause)),
        signal_type: Arc::new(asked.signal_type),
        envelope: asked.envelope,
        ground,
    })
}

fn message(error: &toml::de::Error) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Tables are laid over key by key; anything else takes the place of what was there.
fn lay_over(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Table(under), Value::Table(over)) => {
            for (key, value) in over {
                match under.get_mut(&key) {
                    Some(there) => lay_over(there, value),
                    None => {
                        under.insert(key, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}
