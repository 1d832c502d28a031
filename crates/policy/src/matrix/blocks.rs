//! What is varied together: for each condition of the law, every value of the attributes it compares.
//!
//! Owns: the blocks, each complete over a small alphabet. Must not know: what the law says to a
//! combination.

use crate::facts::{ClauseFacts, EnvelopeFacts, Facts, Ground, TypeFacts};
use crate::words::{
    Action, ClauseState, Consent, IdKind, Mode, Regime, Restriction, Shield, WpgArticle,
};
use seinhuis_types::ParseError;
use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

/// Facts in the making.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    unknown: bool,
    clause: ClauseFacts,
    signal_type: TypeFacts,
    envelope: EnvelopeFacts,
    ground: Ground,
}

/// Attributes that are varied together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    /// What it is about, for people.
    pub(super) name: &'static str,
    set: fn(&mut Draft, &mut Digits) -> Result<(), ParseError>,
}

/// A number, taken apart into choices.
#[derive(Debug)]
struct Digits {
    left: usize,
    span: usize,
}

impl Digits {
    fn take(&mut self, many: usize) -> usize {
        let digit = self.left % many;
        self.left /= many;
        self.span *= many;
        digit
    }

    fn flag(&mut self) -> bool {
        self.take(2) == 1
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let place = self.take(of.len());
        of.get(place).cloned()
    }

    /// Any of the sets that can be made of these.
    fn some<T: Clone + Ord>(&mut self, of: &[T]) -> BTreeSet<T> {
        of.iter().filter(|_| self.flag()).cloned().collect()
    }
}

impl Block {
    /// How many values its attributes take together.
    pub(super) fn size(&self, lawful: &Draft) -> Result<usize, ParseError> {
        let mut digits = Digits { left: 0, span: 1 };
        (self.set)(&mut lawful.clone(), &mut digits)?;
        Ok(digits.span)
    }

    /// Gives its attributes their values of that number.
    pub(super) fn set(&self, draft: &mut Draft, number: usize) -> Result<(), ParseError> {
        let mut digits = Digits {
            left: number,
            span: 1,
        };
        (self.set)(draft, &mut digits)
    }
}

impl Draft {
    pub(super) fn new(facts: &Facts, clause: &ClauseFacts) -> Self {
        Self {
            unknown: false,
            clause: clause.clone(),
            signal_type: (*facts.signal_type).clone(),
            envelope: facts.envelope.clone(),
            ground: facts.ground.clone(),
        }
    }

    /// Whether clause and type are those of `other`, so that its entities can be used.
    pub(super) fn same_rows(&self, facts: &Facts) -> bool {
        let clause = match &facts.clause {
            Some(clause) => !self.unknown && self.clause == **clause,
            None => self.unknown,
        };
        clause && self.signal_type == *facts.signal_type
    }

    /// The facts, with the clause and type of `last` when they are the same.
    pub(super) fn facts(&self, action: Action, last: Option<&Facts>) -> Facts {
        let (clause, signal_type) = match last {
            Some(last) => (last.clause.clone(), Arc::clone(&last.signal_type)),
            None => (
                (!self.unknown).then(|| Arc::new(self.clause.clone())),
                Arc::new(self.signal_type.clone()),
            ),
        };
        Facts {
            action,
            clause,
            signal_type,
            envelope: self.envelope.clone(),
            ground: self.ground.clone(),
        }
    }
}

fn two<T: FromStr<Err = ParseError>>(words: [&str; 2]) -> Result<[T; 2], ParseError> {
    let [first, second] = words;
    Ok([first.parse()?, second.parse()?])
}

const OINS: [&str; 2] = ["00000099000000010000", "00000099000000020000"];
const CODES: [&str; 2] = ["FIRST", "SECOND"];
const WORDS: [&str; 2] = ["first", "second"];
/// An ordinary article, one that takes a second approval, and one that is never shared.
const NAMED: [WpgArticle; 3] = [WpgArticle::Art8, WpgArticle::Art9, WpgArticle::Art10Lid1B];

/// Every block. The envelope's attributes vary fastest: what is made of a clause is used again. Together
/// they give each attribute of the facts its values; [`super::prove`] says so
/// when one is left out.
pub(super) const BLOCKS: &[Block] = &[
    Block {
        name: "agreement",
        set: agreement,
    },
    Block {
        name: "parties and region",
        set: parties,
    },
    Block {
        name: "bases and special data",
        set: bases,
    },
    Block {
        name: "type",
        set: signal_type,
    },
    Block {
        name: "fields",
        set: fields,
    },
    Block {
        name: "roles",
        set: roles,
    },
    Block {
        name: "number of people",
        set: people,
    },
    Block {
        name: "mode",
        set: mode,
    },
    Block {
        name: "purpose",
        set: purpose,
    },
    Block {
        name: "desk",
        set: desk,
    },
    Block {
        name: "identifiers",
        set: identifiers,
    },
    Block {
        name: "origin of the data",
        set: origin,
    },
    Block {
        name: "who acts and decides",
        set: persons,
    },
    Block {
        name: "what the source hides",
        set: shield,
    },
    Block {
        name: "restricted processing",
        set: restriction,
    },
    Block {
        name: "who received",
        set: received,
    },
    Block {
        name: "break-glass",
        set: break_glass,
    },
    Block {
        name: "consent",
        set: consent,
    },
];

fn shield(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    pick(&mut draft.envelope.source_shield, digits, Shield::ALL);
    draft.clause.informs = digits.flag();
    Ok(())
}

fn restriction(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    pick(&mut draft.envelope.restriction, digits, Restriction::ALL);
    Ok(())
}

fn break_glass(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    draft.envelope.break_glass = digits.flag();
    draft.envelope.called = digits.flag();
    draft.envelope.call_recent = digits.flag();
    draft.envelope.box_short = digits.flag();
    draft.envelope.box_open = digits.flag();
    draft.clause.break_glass = digits.flag();
    Ok(())
}

fn consent(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    pick(&mut draft.envelope.consent, digits, Consent::ALL);
    draft.clause.consent = digits.flag();
    Ok(())
}

fn received(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    draft.envelope.received = digits.flag();
    draft.envelope.within_budget = digits.flag();
    Ok(())
}

fn agreement(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    draft.envelope.now_valid = digits.flag();
    // One more than the states: the clause that no agreement has.
    let state = digits.take(ClauseState::ALL.len() + 1);
    draft.unknown = state == ClauseState::ALL.len();
    if let Some(state) = ClauseState::ALL.get(state) {
        draft.clause.state = *state;
    }
    draft.clause.ruleset_ok = digits.flag();
    draft.clause.attested = digits.flag();
    Ok(())
}

fn parties(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let oins = two(OINS)?;
    let regions = two(WORDS)?;
    pick(&mut draft.envelope.from, digits, &oins);
    pick(&mut draft.envelope.to, digits, &oins);
    pick(&mut draft.envelope.region, digits, &regions);
    pick(&mut draft.clause.from, digits, &oins);
    pick(&mut draft.clause.to, digits, &oins);
    draft.clause.regions = digits.some(&regions);
    Ok(())
}

fn pick<T: Clone>(into: &mut T, digits: &mut Digits, of: &[T]) {
    if let Some(one) = digits.one(of) {
        *into = one;
    }
}

fn mode(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    pick(&mut draft.envelope.mode, digits, Mode::ALL);
    pick(&mut draft.clause.mode, digits, Mode::ALL);
    Ok(())
}

fn purpose(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let purposes = two(CODES)?;
    pick(&mut draft.envelope.purpose, digits, &purposes);
    draft.clause.purposes = digits.some(&purposes);
    Ok(())
}

fn desk(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let desks = two(WORDS)?;
    pick(&mut draft.envelope.desk, digits, &desks);
    draft.envelope.restricted_theme = digits.flag();
    draft.clause.desks = digits.some(&desks);
    draft.clause.restricted_desks = digits.some(&desks);
    draft.signal_type.restricted = digits.flag();
    Ok(())
}

fn bases(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let basis = ["FIRST".parse()?];
    let onward = two(CODES)?;
    let marks = two(WORDS)?;
    draft.envelope.onward_basis = digits.some(&onward);
    draft.envelope.special = digits.some(&marks);
    draft.clause.basis.provide = digits.some(&basis);
    draft.clause.basis.receive = digits.some(&basis);
    draft.clause.basis.special = digits.some(&basis);
    draft.clause.special = digits.some(&marks);
    Ok(())
}

fn signal_type(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let codes = two(CODES)?;
    draft.clause.types = digits.some(&codes);
    pick(&mut draft.signal_type.code, digits, &codes);
    Ok(())
}

fn fields(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let fields = two(WORDS)?;
    draft.envelope.granted = digits.some(&fields);
    draft.clause.fields = digits.some(&fields);
    draft.signal_type.fields = digits.some(&fields);
    draft.signal_type.minimum = digits.some(&fields);
    Ok(())
}

fn roles(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let roles = two(WORDS)?;
    draft.envelope.roles = digits.some(&roles);
    draft.clause.subject_roles = digits.some(&roles);
    draft.signal_type.subject_roles = digits.some(&roles);
    Ok(())
}

fn people(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    let numbers = [0, 1, u32::MAX];
    pick(&mut draft.envelope.subjects, digits, &numbers);
    pick(&mut draft.clause.max_subjects, digits, &numbers);
    pick(&mut draft.signal_type.max_subjects, digits, &numbers);
    Ok(())
}

fn identifiers(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    draft.envelope.id_kinds = digits.some(IdKind::ALL);
    draft.clause.id_kinds = digits.some(IdKind::ALL);
    Ok(())
}

fn origin(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    pick(&mut draft.envelope.regime, digits, Regime::ALL);
    let article = digits.take(WpgArticle::ALL.len() + 1);
    draft.envelope.wpg_article = WpgArticle::ALL.get(article).copied();
    draft.envelope.second_approval = digits.flag();
    draft.envelope.machine_answer = digits.flag();
    draft.clause.regimes = digits.some(Regime::ALL);
    draft.clause.wpg_articles = digits.some(&NAMED);
    Ok(())
}

fn persons(draft: &mut Draft, digits: &mut Digits) -> Result<(), ParseError> {
    draft.envelope.acting_person = digits.flag();
    draft.envelope.decided_by = digits.flag();
    Ok(())
}
