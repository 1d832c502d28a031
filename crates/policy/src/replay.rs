//! Replay: recorded decisions, made again by the rules they were made by and by others.
//!
//! Owns: what "the same rules" and "another rule" mean for one decision, and what makes a flip. Must not
//! know: where decisions are kept and how they came; who asks.
//!
//! A candidate takes the place of what it stands for, and nothing else changes: how the agreement stood
//! at that moment (suspended, left, out of its term) is its parties' doing and stays as recorded.

mod outcome;

pub use outcome::{Change, Flip, Lacking, Replayed};

use crate::engine::Engine;
use crate::facts::{ClauseFacts, Ground, TypeFacts};
use crate::lay::{Under, clause_facts, lay, state, type_facts, unknown_type};
use crate::permit::Verdict;
use seinhuis_domain::agreement::{Clause, ClauseState, Content};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::decision::{DecisionInput, NotAsRecorded, Recorded, Told, Why};
use seinhuis_domain::entry::ruleset_root;
use seinhuis_types::{AgreementHash, ClauseId, Digest, FieldPath, Millis, Revision, SignalType};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Rules at hand by which decisions can be made again, and what of them is tried otherwise.
#[derive(Debug, Default)]
pub struct Replay {
    catalogues: BTreeMap<Digest, Arc<Known>>,
    policies: BTreeMap<Digest, Arc<Engine>>,
    agreements: HashMap<AgreementHash, Arc<Content>>,
    candidate: Candidate,
    clauses: HashMap<Kept, Arc<ClauseFacts>>,
}

/// What is tried in the place of what decisions were made by.
#[derive(Debug, Default)]
struct Candidate {
    agreement: Option<(AgreementHash, Arc<Content>)>,
    catalogue: Option<Arc<Known>>,
    policy: Option<Arc<Engine>>,
}

/// A catalogue, with the law's view of its types.
#[derive(Debug)]
struct Known {
    catalogue: Catalogue,
    types: BTreeMap<SignalType, Arc<TypeFacts>>,
}

impl Known {
    fn new(catalogue: Catalogue) -> Arc<Self> {
        let types = catalogue
            .signal_types()
            .map(|definition| (definition.code.clone(), Arc::new(type_facts(definition))))
            .collect();
        Arc::new(Self { catalogue, types })
    }
}

/// What a clause grants depends on these alone. The flags: tried as the candidate, `ruleset_ok`.
type Kept = (
    AgreementHash,
    ClauseId,
    SignalType,
    Digest,
    ClauseState,
    [bool; 2],
);

/// The rules of one answer.
struct Rules {
    known: Arc<Known>,
    engine: Arc<Engine>,
    content: Option<Arc<Content>>,
    /// Whether the content is the candidate.
    tried: bool,
}

impl Replay {
    /// Has a catalogue at hand; it is found by its hash.
    pub fn know_catalogue(&mut self, catalogue: Catalogue) {
        let hash = catalogue.hash();
        self.catalogues.insert(hash, Known::new(catalogue));
    }

    /// Has a policy set at hand; it is found by its hash.
    pub fn know_policy(&mut self, policy: Engine) {
        self.policies.insert(policy.hash(), Arc::new(policy));
    }

    /// Has the content of an agreement at hand. That the hash is its own is the caller's to see.
    pub fn know_agreement(&mut self, hash: AgreementHash, content: Content) {
        self.agreements.insert(hash, Arc::new(content));
    }

    /// Whether the content of an agreement is at hand.
    pub fn knows_agreement(&self, hash: &AgreementHash) -> bool {
        self.agreements.contains_key(hash)
    }

    /// Tries `content` in the place of an agreement. A clause that the agreement lacked counts as valid.
    pub fn try_agreement(&mut self, instead_of: AgreementHash, content: Content) {
        self.candidate.agreement = Some((instead_of, Arc::new(content)));
        self.clauses.clear();
    }

    /// Tries a catalogue in the place of every other.
    pub fn try_catalogue(&mut self, catalogue: Catalogue) {
        self.candidate.catalogue = Some(Known::new(catalogue));
    }

    /// Tries a policy set in the place of every other.
    pub fn try_policy(&mut self, policy: Engine) {
        self.candidate.policy = Some(Arc::new(policy));
    }

    /// Whether anything is tried; if not, decisions are only made again as they were.
    pub fn tries(&self) -> bool {
        let Candidate {
            agreement,
            catalogue,
            policy,
        } = &self.candidate;
        agreement.is_some() || catalogue.is_some() || policy.is_some()
    }

    /// Makes one decision again, from the input that was kept beside it: by the rules it was made by,
    /// where they are at hand, and by the candidate's.
    pub fn again(&mut self, recorded: &Recorded, kept: &[u8]) -> Replayed {
        let input = match recorded.input(kept) {
            Ok(Some(input)) => input,
            Ok(None) => return Replayed::NotReplayable(Lacking::Input),
            Err(incident) => return Replayed::Incident(incident),
        };
        let own = self.own(&input);
        if let Ok(own) = &own {
            let said = self.said(&input, own);
            if !said.same(&recorded.told) {
                return Replayed::Incident(NotAsRecorded::OtherAnswer);
            }
            if !self.tries() {
                return Replayed::Same { proven: true };
            }
        }
        let proven = own.is_ok();
        let tried = match self.tried(&input) {
            Ok(rules) => rules,
            Err(lacking) => return Replayed::NotReplayable(lacking),
        };
        let would_be = self.said(&input, &tried);
        match Change::of(&recorded.told, &would_be) {
            None => Replayed::Same { proven },
            Some(change) => Replayed::Flip(Box::new(Flip {
                change,
                input,
                was: recorded.told.clone(),
                would_be,
                proven,
            })),
        }
    }

    /// The rules that a decision was made by.
    fn own(&self, input: &DecisionInput) -> Result<Rules, Lacking> {
        Ok(Rules {
            content: self.content(input)?,
            known: self.known(input)?,
            engine: self.engine(input)?,
            tried: false,
        })
    }

    /// The rules with the candidate in its place.
    fn tried(&self, input: &DecisionInput) -> Result<Rules, Lacking> {
        let candidate = &self.candidate;
        let content = (candidate.agreement.as_ref())
            .filter(|(instead_of, _)| *instead_of == input.agreement && input.standing.known);
        Ok(Rules {
            tried: content.is_some(),
            content: match content {
                Some((_, content)) => Some(Arc::clone(content)),
                None => self.content(input)?,
            },
            known: match &candidate.catalogue {
                Some(known) => Arc::clone(known),
                None => self.known(input)?,
            },
            engine: match &candidate.policy {
                Some(engine) => Arc::clone(engine),
                None => self.engine(input)?,
            },
        })
    }

    fn content(&self, input: &DecisionInput) -> Result<Option<Arc<Content>>, Lacking> {
        if !input.standing.known {
            return Ok(None);
        }
        let content = self.agreements.get(&input.agreement).cloned();
        content.map(Some).ok_or(Lacking::Agreement)
    }

    fn known(&self, input: &DecisionInput) -> Result<Arc<Known>, Lacking> {
        let known = self.catalogues.get(&input.catalogue_hash).cloned();
        known.ok_or(Lacking::Catalogue)
    }

    fn engine(&self, input: &DecisionInput) -> Result<Arc<Engine>, Lacking> {
        let engine = self.policies.get(&input.policy_hash).cloned();
        engine.ok_or(Lacking::Policy)
    }

    /// What these rules say to an input.
    fn said(&mut self, input: &DecisionInput, rules: &Rules) -> Told {
        let catalogue = &rules.known.catalogue;
        let named = rules
            .content
            .as_deref()
            .and_then(|content| Some((content, content.clause(&input.clause)?)));
        let terms = named.map(|(_, terms)| terms);
        let (stands, ruleset_ok) = match (input.standing.clause, rules.tried) {
            (ClauseState::None, true) => (ClauseState::Valid, true),
            // A candidate would be signed on the rules it is tried with.
            (stands, true) => (stands, true),
            (stands, false) => (stands, input.standing.ruleset_ok),
        };
        let clause = named.and_then(|(content, terms)| {
            let key = (
                input.agreement.clone(),
                input.clause.clone(),
                input.signal_type.clone(),
                catalogue.hash(),
                stands,
                [rules.tried, ruleset_ok],
            );
            if let Some(kept) = self.clauses.get(&key) {
                return Some(Arc::clone(kept));
            }
            let facts = Arc::new(ClauseFacts {
                state: state(stands)?,
                ruleset_ok,
                ..clause_facts(content, terms, &input.signal_type, catalogue)
            });
            self.clauses.insert(key, Arc::clone(&facts));
            Some(facts)
        });
        let known = rules.known.types.get(&input.signal_type).cloned();
        let under = Under {
            clause,
            signed_for: terms.map(|clause| &clause.purposes),
            identity_sealed: terms.is_some_and(|clause| clause.identity_sealed),
            box_hours: terms.map_or(0, Clause::box_hours),
            definition: catalogue.signal_type(&input.signal_type),
            signal_type: known.unwrap_or_else(|| Arc::new(unknown_type(&input.signal_type))),
            ground: Ground {
                agreement: input.agreement.clone(),
                clause: input.clause.clone(),
                // What the engine keeps of a clause it keeps for one standing.
                clause_revision: Revision(
                    stands as u64 * 4 + u64::from(rules.tried) * 2 + u64::from(ruleset_ok),
                ),
                ruleset_root: ruleset_root(&catalogue.hash(), &rules.engine.hash()),
                revisions: Vec::new(),
                valid_until: Millis(0),
            },
        };
        let laid = lay(input, under);
        told(&rules.engine.decide(&laid.facts), &laid.withheld)
    }
}

/// What a verdict says, as a recorded decision would.
fn told(verdict: &Verdict, withheld: &BTreeSet<FieldPath>) -> Told {
    fn set<T: ToString>(codes: &BTreeSet<T>) -> BTreeSet<String> {
        codes.iter().map(ToString::to_string).collect()
    }
    let withheld = set(withheld);
    match verdict {
        Verdict::Permit(permit) => Told {
            permitted: true,
            reasons: Vec::new(),
            granted: set(permit.granted()),
            withheld,
            bases: [
                set(permit.basis_provide()),
                set(permit.basis_receive()),
                set(permit.basis_special()),
            ],
        },
        Verdict::Refusal(refusal) => {
            let reasons = refusal.reasons.iter().map(|told| Why {
                code: told.reason.as_str().to_owned(),
                law: told.law.to_string(),
                text_nl: told.text_nl.to_string(),
                text_en: told.text_en.to_string(),
                remedy_nl: told.remedy_nl.to_string(),
                remedy_en: told.remedy_en.to_string(),
            });
            Told {
                permitted: false,
                reasons: reasons.collect(),
                withheld,
                ..Told::default()
            }
        }
    }
}
