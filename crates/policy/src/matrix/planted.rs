//! Faults planted in the law, one at a time: does the matrix show them?

use super::attributes::{asked, attributes};
use super::blocks::{BLOCKS, Block};
use super::{Broken, Matrix, Stand};
use crate::engine::Engine;
use crate::error::Fault;
use crate::law::Law;
use crate::load;
use crate::mutant::{MutantKind, mutants};
use crate::words::Action;

/// What came of breaking the law in one place at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// How many faults were planted.
    pub all: usize,
    /// Those that change no verdict, only which conditions are told; the cases see to these.
    pub worded: Vec<String>,
    /// Those that no combination shows: policy and what was taken out.
    pub unseen: Vec<String>,
}

/// Takes each part of the conditions out in turn and looks whether the blocks alone show it, as
/// [`prove`](super::prove) would: that permit and forbids differ.
///
/// # Errors
/// Faults of the policy set as it is.
pub fn planted(schema: &str, policies: &[(&str, &str)]) -> Result<Planted, Vec<Fault>> {
    let law = load::law(policies)?;
    let sound = Engine::load(schema, policies)?;
    let sound = Matrix::new(&sound).map_err(|broken| {
        let fix = "make the law hold first";
        vec![Fault::new("*.cedar", 1, broken.to_string(), fix)]
    })?;
    let mut found = Planted {
        all: 0,
        worded: Vec::new(),
        unseen: Vec::new(),
    };
    // `@after` only says which conditions are told beside which; both forms have it.
    let all = mutants(schema, policies)?;
    for mutant in all.iter().filter(|mutant| mutant.kind != MutantKind::After) {
        found.all += 1;
        let name = format!("{}: {}", mutant.policy, mutant.removed);
        let Ok(matrix) = Matrix::new(mutant.engine()) else {
            continue;
        };
        let blocks = sound.about(&law, &mutant.policy);
        if matrix.singles(&blocks).any(|(.., stand)| stand.is_err()) {
            continue;
        }
        let told = |(block, number, stand): (Block, usize, Result<Stand, Broken>)| {
            stand.ok() != sound.single(block, number).ok()
        };
        if matrix.singles(&blocks).any(told) {
            found.worded.push(name);
        } else {
            found.unseen.push(name);
        }
    }
    Ok(found)
}

impl Matrix<'_> {
    /// The blocks that vary what a policy asks about.
    fn about(&self, law: &Law, policy: &str) -> Vec<usize> {
        let rule = law.rules().find(|rule| rule.id == policy);
        let names = rule
            .and_then(|rule| rule.policy.to_json().ok())
            .map(|json| asked(&json))
            .unwrap_or_default();
        let varies = |block: &Block, size: usize| {
            (0..size).any(|number| {
                let mut draft = self.lawful.clone();
                block.set(&mut draft, number).is_ok()
                    && attributes(&draft.facts(Action::Publish, None))
                        .iter()
                        .zip(attributes(&self.usual))
                        .any(|(now, usual)| *now != usual && names.contains(now.name))
            })
        };
        let blocks = BLOCKS.iter().zip(&self.sizes).enumerate();
        blocks
            .filter(|(_, (block, size))| varies(block, **size))
            .map(|(at, _)| at)
            .collect()
    }

    /// Every value of these blocks, each alone, with what is unmet.
    fn singles<'m>(
        &'m self,
        blocks: &'m [usize],
    ) -> impl Iterator<Item = (Block, usize, Result<Stand, Broken>)> + 'm {
        let all = BLOCKS.iter().zip(&self.sizes).enumerate();
        all.filter(|(at, _)| blocks.contains(at))
            .flat_map(|(_, (block, size))| (0..*size).map(move |number| (*block, number)))
            .map(|(block, number)| (block, number, self.single(block, number)))
    }
}
