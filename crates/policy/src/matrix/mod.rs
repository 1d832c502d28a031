//! The law over a finite matrix: every combination of what it can ask about, put to Cedar in both
//! writings.
//!
//! Owns: which combinations there are, and what must hold of each: the permit alone, the forbids alone
//! and (for one in eight) the whole set say the same; every refusal is told by a named condition with its law and remedy in
//! both languages; none of these can tell a fact about a person. Must not know: files, how long it takes.
//!
//! The attributes are taken in *blocks*, one for each condition or two that compare the same ones, and
//! each block is complete over a small alphabet. Enumerated are: each block alone; every pair of blocks;
//! every way in which the conditions of four blocks can stand together (*stands*), with values drawn; and
//! all blocks at once, each in two of its stands. All stands of all blocks are too many to enumerate.

mod attributes;
mod blocks;
mod planted;
mod run;
mod sheet;
mod told;

use crate::case;
use crate::engine::{Asked, Engine};
use crate::error::Fault;
use crate::facts::Facts;
use crate::law::Law;
use crate::load;
use crate::reasons::Reasons;
use crate::words::Action;
#[cfg(test)]
pub(crate) use attributes::Origin;
use attributes::{attributes, declared, differing};
use blocks::{BLOCKS, Draft};
pub use planted::{Planted, planted};
use seinhuis_types::RefusalReason;
use sheet::{Sheet, SplitMix};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
#[cfg(test)]
pub(crate) use told::{origins, personal};

/// The attributes that a policy asks about, from its JSON form, as the schema and [`Broken`] name them.
pub fn attributes_asked(policy: &serde_json::Value) -> BTreeSet<String> {
    attributes::asked(policy)
}

/// Sheets of all blocks at once in a round.
const ALL_AT_ONCE: usize = 4;

/// How much is enumerated.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Whether every pair of blocks is.
    pub pairs: bool,
    /// How often every stand of each four blocks is, and two stands of all blocks at once, each time with
    /// other values.
    pub rounds: u32,
    /// From which the values of a round are drawn.
    pub seed: u64,
    /// On how many threads.
    pub threads: NonZeroUsize,
}

/// What was enumerated and held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Combinations put to the law in both writings; one in eight also to the whole set.
    pub combinations: u64,
    /// Of these, how many it permits by their own action, publish or release; what it says of rectifying is not counted.
    pub permits: u64,
    /// The blocks.
    pub blocks: Vec<BlockProven>,
    /// How often each condition was told.
    pub told: Vec<(RefusalReason, u64)>,
    /// Attributes, each with how many values it took.
    pub attributes: Vec<(&'static str, usize)>,
}

/// One block of attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockProven {
    /// What it is about.
    pub name: &'static str,
    /// How many values its attributes take together.
    pub values: usize,
    /// In how many ways its conditions stand.
    pub stands: usize,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The policy set has faults, and nothing can be enumerated.
    #[error("{0}")]
    Fault(Fault),
    /// The permit and the forbids differ.
    #[error("permit and forbids differ: {said}; where {combination}")]
    Forms {
        /// What each form said.
        said: String,
        /// What differs from the lawful signal.
        combination: String,
    },
    /// A refusal that no condition explains.
    #[error("refused without a condition; where {0}")]
    Unexplained(String),
    /// Cedar erred.
    #[error("the engine erred: {what}; where {combination}")]
    Erred {
        /// What Cedar told.
        what: String,
        /// What differs from the lawful signal.
        combination: String,
    },
    /// A condition is told without all that a person needs.
    #[error("{reason}: {what}")]
    Text {
        /// The condition.
        reason: &'static str,
        /// What is missing, or is too much.
        what: String,
    },
    /// A condition asks about what only concerns a person.
    #[error(
        "{reason} is told and asks about {attribute}, which is a fact about a person; a refusal may not hang on it \
         by a reason of its own"
    )]
    Personal {
        /// The condition.
        reason: &'static str,
        /// The attribute.
        attribute: String,
    },
    /// An attribute of the schema is not enumerated.
    #[error("`{0}` is not enumerated; add it to a block in policy/src/matrix/blocks.rs")]
    NotEnumerated(String),
    /// No combination leaves a condition unmet.
    #[error("no combination gives {0}; widen a block in policy/src/matrix/blocks.rs")]
    NeverUnmet(&'static str),
}

/// Enumerates the law. Reading the policy set again from its text makes sure that what is proven is what
/// is loaded.
///
/// # Errors
/// Everything that does not hold, at most twenty.
pub fn prove(
    schema: &str,
    policies: &[(&str, &str)],
    bounds: &Bounds,
) -> Result<Proven, Vec<Broken>> {
    let faults = |faults: Vec<Fault>| faults.into_iter().map(Broken::Fault).collect::<Vec<_>>();
    let engine = Engine::load(schema, policies).map_err(faults)?;
    let law = load::law(policies).map_err(faults)?;
    let mut broken = told::check(&law);
    let matrix = Matrix::new(&engine).map_err(|what| vec![what])?;
    broken.extend(matrix.not_enumerated(schema));
    if !broken.is_empty() {
        return Err(broken);
    }
    matrix.enumerate(&law, bounds)
}

/// The most that is told of what does not hold.
const TOLD: usize = 20;
struct Matrix<'e> {
    engine: &'e Engine,
    lawful: Draft,
    usual: Facts,
    sizes: Vec<usize>,
}

/// What the law says to one combination, asked to go and asked to be rectified: nothing unmet for a
/// permit.
type Stand = [Reasons; 2];

impl<'e> Matrix<'e> {
    fn new(engine: &'e Engine) -> Result<Self, Broken> {
        let fault = |what: String| {
            Broken::Fault(Fault::new("probe.toml", 1, what, "make the probe lawful"))
        };
        let usual = case::probe().map_err(fault)?;
        let clause = usual
            .clause
            .clone()
            .ok_or_else(|| fault("it has no clause".to_owned()))?;
        let lawful = Draft::new(&usual, &clause);
        let sizes = BLOCKS
            .iter()
            .map(|block| block.size(&lawful).map_err(|e| fault(e.to_string())))
            .collect::<Result<_, _>>()?;
        let matrix = Self {
            engine,
            lawful,
            usual,
            sizes,
        };
        match matrix.put(&matrix.usual, None, true) {
            Ok((stand, _)) if stand.iter().all(|unmet| unmet.is_empty()) => Ok(matrix),
            Ok(_) => Err(fault("the lawful signal is refused".to_owned())),
            Err(broken) => Err(broken),
        }
    }

    /// Attributes that the schema has and no block varies, or that no facts have.
    fn not_enumerated(&self, schema: &str) -> Vec<Broken> {
        let values = self.values();
        let fault = |what| {
            let fix = "write it as a Cedar schema";
            vec![Broken::Fault(Fault::new(load::SCHEMA_FILE, 1, what, fix))]
        };
        match load::schema_json(schema) {
            Err(what) => fault(what),
            Ok(json) => declared(&json)
                .into_iter()
                .filter(|name| values.get(name.as_str()).is_none_or(|seen| seen.len() < 2))
                .map(Broken::NotEnumerated)
                .collect(),
        }
    }

    /// The values that each attribute takes in the blocks.
    fn values(&self) -> BTreeMap<&'static str, BTreeSet<String>> {
        let mut seen: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for (block, size) in BLOCKS.iter().zip(&self.sizes) {
            for number in 0..*size {
                let mut draft = self.lawful.clone();
                if block.set(&mut draft, number).is_ok() {
                    for attribute in attributes(&draft.facts(Action::Publish, None)) {
                        seen.entry(attribute.name)
                            .or_default()
                            .insert(attribute.value);
                    }
                }
            }
        }
        seen
    }

    fn enumerate(&self, law: &Law, bounds: &Bounds) -> Result<Proven, Vec<Broken>> {
        let stands = self.stands()?;
        let mut sheets = vec![];
        for (at, size) in self.sizes.iter().enumerate() {
            sheets.push(Sheet::whole(&[(at, *size)]));
        }
        if bounds.pairs {
            for (first, one) in self.sizes.iter().enumerate() {
                for (second, other) in self.sizes.iter().enumerate().skip(first + 1) {
                    sheets.push(Sheet::whole(&[(first, *one), (second, *other)]));
                }
            }
        }
        let mut random = SplitMix(bounds.seed);
        for _ in 0..bounds.rounds {
            sheets.extend(Sheet::fours(&stands, &mut random));
            sheets.extend((0..ALL_AT_ONCE).map(|_| Sheet::twos(&stands, &mut random)));
        }
        let count = self.run(&sheets, bounds.threads);
        let mut broken = count.broken;
        for reason in law.forbids.iter().filter_map(|rule| rule.reason()) {
            if !count.told.contains_key(&reason) {
                broken.push(Broken::NeverUnmet(reason.as_str()));
            }
        }
        if !broken.is_empty() {
            broken.truncate(TOLD);
            return Err(broken);
        }
        let blocks = BLOCKS.iter().zip(&self.sizes).zip(&stands);
        Ok(Proven {
            combinations: count.combinations,
            permits: count.permits,
            blocks: blocks
                .map(|((block, values), stands)| BlockProven {
                    name: block.name,
                    values: *values,
                    stands: stands.len(),
                })
                .collect(),
            told: count.told.into_iter().collect(),
            attributes: self
                .values()
                .into_iter()
                .map(|(name, values)| (name, values.len()))
                .collect(),
        })
    }

    /// For each block the ways in which its conditions stand, each with the numbers that bring it about.
    fn stands(&self) -> Result<Vec<Vec<Vec<usize>>>, Vec<Broken>> {
        let mut all = Vec::new();
        for (block, size) in BLOCKS.iter().zip(&self.sizes) {
            let mut stands: BTreeMap<Stand, Vec<usize>> = BTreeMap::new();
            for number in 0..*size {
                let stand = self.single(*block, number).map_err(|broken| vec![broken])?;
                stands.entry(stand).or_default().push(number);
            }
            all.push(stands.into_values().collect());
        }
        Ok(all)
    }

    fn single(&self, block: blocks::Block, number: usize) -> Result<Stand, Broken> {
        let mut draft = self.lawful.clone();
        set(block, &mut draft, number)?;
        self.put(&draft.facts(Action::Publish, None), None, true)
            .map(|(stand, _)| stand)
    }

    /// Puts one combination in both writings, and in the whole set if asked, to its action and to
    /// rectifying; what is unmet, if all forms say the same and say why.
    fn put(
        &self,
        facts: &Facts,
        asked: Option<Asked>,
        whole: bool,
    ) -> Result<(Stand, Asked), Broken> {
        let asked = match asked {
            Some(asked) => asked,
            None => self
                .engine
                .asked(facts)
                .map_err(|what| self.erred(facts, &what))?,
        };
        let route = self.question(facts, &asked, whole)?;
        let rectify = Facts {
            action: Action::Rectify,
            ..facts.clone()
        };
        let rectify = self.question(&rectify, &asked, whole)?;
        Ok(([route, rectify], asked))
    }

    fn question(&self, facts: &Facts, asked: &Asked, whole: bool) -> Result<Reasons, Broken> {
        let forms = self
            .engine
            .forms(facts, asked, whole)
            .map_err(|what| self.erred(facts, &what))?;
        let agree = forms.permit.allowed == forms.forbids.allowed
            && forms.full.is_none_or(|full| full == forms.forbids);
        if !agree {
            return Err(Broken::Forms {
                said: self.engine.said(facts.action, &forms),
                combination: self.combination(facts),
            });
        }
        let unmet = forms.forbids.unmet;
        if !forms.forbids.allowed && self.engine.told(facts.action, unmet).is_empty() {
            return Err(Broken::Unexplained(self.combination(facts)));
        }
        Ok(unmet)
    }

    fn combination(&self, facts: &Facts) -> String {
        let differs = match differing(facts, &self.usual) {
            none if none.is_empty() => "nothing differs from the lawful signal".to_owned(),
            some => some.join("; "),
        };
        format!("{} is asked: {differs}", facts.action.as_str())
    }

    fn erred(&self, facts: &Facts, what: &crate::EngineError) -> Broken {
        Broken::Erred {
            what: what.to_string(),
            combination: self.combination(facts),
        }
    }
}

fn set(block: blocks::Block, draft: &mut Draft, number: usize) -> Result<(), Broken> {
    block.set(draft, number).map_err(|error| {
        let fix = "give the block a word that parses";
        Broken::Fault(Fault::new("blocks.rs", 1, error.to_string(), fix))
    })
}
