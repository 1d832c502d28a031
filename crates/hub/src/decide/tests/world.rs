//! A hub as far as decisions go, and seeded envelopes that mostly fit and here and there do not. It decides
//! and records through the hub's own functions.

use super::super::{Answered, Asked, Responsible, Towards, answer, input};
use crate::Rules;
use crate::compare::tests::{config, content, files};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};
use rand::{Rng, RngExt};
use seinhuis_domain::agreement::{Clause, ConsentRule, Content, Placeholders, from_toml};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::decision::{CitedConsent, DecisionInput, Standing};
use seinhuis_domain::signal::{
    BreakGlass, Call, Header, IdKind, Origin, Regime, Restriction, Route, SourceShield,
    SubjectHead, WpgArticle,
};
use seinhuis_policy::{
    Action, ClauseFacts, ClauseState, Engine, Ground, Under, clause_facts, stands, type_facts,
    unknown_type,
};
use seinhuis_testkit::rng::seeded;
use seinhuis_types::{
    AgreementHash, ClauseId, CodeValue, Digest, FieldPath, Hour, KeyId, Millis, Revision,
    SignalType,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) type Changes<'c> = &'c [(&'c str, &'c str)];

/// The files of a folder of the configuration, with places of their text changed.
fn changed(folder: &str, ending: &str, changes: Changes<'_>) -> Vec<(String, String)> {
    let mut files = files(folder, ending);
    for (from, to) in changes {
        let mut met = 0;
        for (_, text) in &mut files {
            met += text.matches(from).count();
            *text = text.replace(from, to);
        }
        assert!(met > 0, "{from}");
    }
    files
}

pub(super) fn catalogue(changes: Changes<'_>) -> Catalogue {
    Catalogue::load(&changed("catalogue", "toml", changes)).unwrap()
}

pub(super) fn policy(changes: Changes<'_>) -> Engine {
    let schema = files("policy", "cedarschema").remove(0).1;
    let policies = changed("policy", "cedar", changes);
    let policies: Vec<_> = policies
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Engine::load(&schema, &policies).unwrap()
}

pub(super) fn agreement() -> (AgreementHash, Content) {
    let hash = format!("$1$1${}", "A".repeat(86));
    (AgreementHash::parse(&hash).unwrap(), content(&[]))
}

/// The agreement of the demo under which signals go on consent and in danger to life, and questions are asked and
/// answered.
pub(super) fn further() -> (AgreementHash, Content) {
    let hash = format!("$1$1$B{}", "A".repeat(85));
    let text = std::fs::read_to_string(config("agreements/four-party.toml")).unwrap();
    let known = Placeholders {
        catalogue_hash: Some(Digest([1; 32])),
        policy_hash: Some(Digest([2; 32])),
    };
    let content = Content::parse(&from_toml(&text, &known).unwrap()).unwrap();
    (AgreementHash::parse(&hash).unwrap(), content)
}

/// A hub as far as decisions go: rules, one agreement, and what it kept ready of its clauses.
pub(super) struct World {
    rules: Rules,
    agreement: (AgreementHash, Content),
    types: Vec<SignalType>,
    ready: BTreeMap<String, Arc<ClauseFacts>>,
    rng: StdRng,
}

/// One decision as the log has it.
pub(super) struct Logged {
    pub(super) decision: Vec<u8>,
    pub(super) input: Vec<u8>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self::under(agreement(), seed)
    }

    pub(super) fn under(agreement: (AgreementHash, Content), seed: u64) -> Self {
        let rules = Rules {
            catalogue: catalogue(&[]),
            policy: policy(&[]),
        };
        let types = rules.catalogue.signal_types().map(|t| t.code.clone());
        Self {
            types: types.collect(),
            rules,
            agreement,
            ready: BTreeMap::new(),
            rng: seeded(seed),
        }
    }

    fn rarely(&mut self) -> bool {
        self.rng.random_ratio(1, 40)
    }

    /// As it should be, with exceptions.
    fn mostly(&mut self, right: bool) -> bool {
        self.rarely() != right
    }

    /// An action, for half of them that of the clause's type.
    fn action(&mut self, signal_type: &SignalType) -> Action {
        let drawn = *Action::ALL.choose(&mut self.rng).unwrap();
        match signal_type.as_str() {
            "ASK" if self.rng.random() => Action::Ask,
            "ANSWER" if self.rng.random() => Action::Answer,
            _ => drawn,
        }
    }

    fn consent(&mut self, needed: bool) -> CitedConsent {
        let cited = [
            CitedConsent::Stands,
            CitedConsent::Expired,
            CitedConsent::Fails,
        ];
        if self.rarely() {
            *cited.choose(&mut self.rng).unwrap()
        } else if needed {
            CitedConsent::Stands
        } else {
            CitedConsent::None
        }
    }

    /// An envelope that mostly fits a clause, and is beside it here and there.
    fn envelope(&mut self) -> (Route, Header) {
        let (hash, content) = self.agreement.clone();
        let clause = content.clauses.choose(&mut self.rng).unwrap();
        let other = content.clauses.choose(&mut self.rng).unwrap();
        (self.route(hash, clause, other), self.header(clause, other))
    }

    fn route(&mut self, agreement: AgreementHash, clause: &Clause, other: &Clause) -> Route {
        Route {
            source: clause.from,
            source_desk: "desk".parse().unwrap(),
            recipient: if self.rarely() { other.to } else { clause.to },
            desk: if self.rarely() {
                "elsewhere".parse().unwrap()
            } else {
                clause.desks.first().unwrap().clone()
            },
            agreement,
            clause: if self.rarely() {
                ClauseId::parse("no-such-clause").unwrap()
            } else {
                clause.id.clone()
            },
            epoch: 1,
            hour: Hour(500_000),
            nonce: [0; 16],
            signing_x5t: Digest([0; 32]),
            seal_kid: kid(),
            recipient_pseudonym_kid: kid(),
            source_pseudonym_kid: kid(),
        }
    }

    fn header(&mut self, clause: &Clause, other: &Clause) -> Header {
        let named = clause.types.choose(&mut self.rng).unwrap().code.clone();
        let signal_type = if self.rarely() {
            self.types.choose(&mut self.rng).unwrap().clone()
        } else {
            named
        };
        let regime = if self.rarely() {
            Regime::Wjsg
        } else {
            *clause.regimes.iter().choose(&mut self.rng).unwrap()
        };
        let articles = [WpgArticle::Art8, WpgArticle::Art13Lid1, WpgArticle::Art9];
        let article = *articles.choose(&mut self.rng).unwrap();
        let purpose = if self.rarely() { other } else { clause };
        Header {
            fields: self.fields(&signal_type),
            subjects: self.people(clause, &signal_type),
            signal_type,
            type_version: 1,
            purpose: purpose.purposes.first().unwrap().clone(),
            necessity: CodeValue::parse("report-task").unwrap(),
            regime,
            wpg_article: (regime == Regime::Wpg).then_some(article),
            second_approval: self.rng.random(),
            region: if self.rarely() {
                "elsewhere".parse().unwrap()
            } else {
                clause.regions.first().unwrap().clone()
            },
            urgency: CodeValue::parse("U3").unwrap(),
            event_hour: Hour(500_000),
            valid_until: None,
            retention: CodeValue::parse("R0").unwrap(),
            source_shield: self.hidden(),
            address_shield: false,
            subject_informed: CodeValue::parse("not-yet").unwrap(),
            origin: Origin::Own,
            onward_basis: self.rarely().then(|| "POL-VT".parse().unwrap()),
            restriction: if self.rarely() {
                Restriction::Restricted
            } else {
                Restriction::None
            },
            restricted_theme: self.rarely(),
            consent: None,
            rectification: None,
            break_glass: self
                .mostly(clause.break_glass.is_some())
                .then(|| self.glass()),
        }
    }

    /// What the source hides: mostly nothing.
    fn hidden(&mut self) -> SourceShield {
        let some = [SourceShield::Origin, SourceShield::Existence];
        if self.rarely() {
            *some.choose(&mut self.rng).unwrap()
        } else {
            SourceShield::None
        }
    }

    /// Of a break-glass: called or not, within its time box.
    fn glass(&mut self) -> BreakGlass {
        BreakGlass {
            reason: None,
            call: self.rng.random::<bool>().then(|| Call {
                function: "control-room".parse().unwrap(),
                at: Millis(1_800_000_000_000),
            }),
            until: Millis(1_800_000_000_000 + 2 * Millis::HOUR),
        }
    }

    /// Fields of a type, mostly with all that it must at least have.
    fn fields(&mut self, signal_type: &SignalType) -> BTreeSet<FieldPath> {
        let definition = self.rules.catalogue.signal_type(signal_type).unwrap();
        let offered = definition.fields.keys().filter(|path| {
            let often = if definition.minimum.contains(*path) {
                59
            } else {
                30
            };
            self.rng.random_ratio(often, 60)
        });
        offered.cloned().collect()
    }

    fn people(&mut self, clause: &Clause, signal_type: &SignalType) -> Vec<SubjectHead> {
        let definition = self.rules.catalogue.signal_type(signal_type).unwrap();
        let roles: Vec<_> = definition.subject_roles.keys().cloned().collect();
        let many = if self.rarely() {
            9
        } else {
            self.rng.random_range(1..=4)
        };
        let one = |_| SubjectHead {
            role: if self.rarely() {
                roles.choose(&mut self.rng).unwrap().clone()
            } else {
                let granted = clause.subject_roles.iter().choose(&mut self.rng);
                granted.unwrap().clone()
            },
            age_band: CodeValue::parse("18-plus").unwrap(),
            kind: if self.rarely() {
                *[IdKind::Own, IdKind::Number].choose(&mut self.rng).unwrap()
            } else {
                *clause.id_kinds.iter().next().unwrap()
            },
            identity_sealed: self.rng.random(),
        };
        (0..many).map(one).collect()
    }

    /// The clause as it stands at this moment, as the hub keeps it ready.
    fn clause(&mut self, route: &Route, header: &Header) -> Option<Arc<ClauseFacts>> {
        let states = [
            ClauseState::Suspended,
            ClauseState::Ended,
            ClauseState::Proposed,
        ];
        let state = if self.rarely() {
            *states.choose(&mut self.rng).unwrap()
        } else {
            ClauseState::Valid
        };
        let ruleset_ok = !self.rarely();
        let found = self.agreement.1.clause(&route.clause)?;
        let key = format!(
            "{}/{}/{state:?}/{ruleset_ok}",
            route.clause, header.signal_type
        );
        let made = || {
            Arc::new(ClauseFacts {
                state,
                ruleset_ok,
                ..clause_facts(
                    &self.agreement.1,
                    found,
                    &header.signal_type,
                    &self.rules.catalogue,
                )
            })
        };
        Some(Arc::clone(self.ready.entry(key).or_insert_with(made)))
    }

    pub(super) fn decide(&mut self, number: usize) -> Logged {
        self.put(number, |input| vec![input]).remove(0)
    }

    /// One question, decided as it is and with its input changed, before the same rules.
    pub(super) fn twice(
        &mut self,
        number: usize,
        change: impl FnOnce(&mut DecisionInput),
    ) -> Vec<Logged> {
        self.put(number, |input| {
            let mut other = input.clone();
            change(&mut other);
            vec![input, other]
        })
    }

    fn put(
        &mut self,
        number: usize,
        inputs: impl FnOnce(DecisionInput) -> Vec<DecisionInput>,
    ) -> Vec<Logged> {
        let (route, header) = self.envelope();
        let known = !self.rarely();
        let clause = self.clause(&route, &header).filter(|_| known);
        let standing = Standing {
            known,
            clause: stands(clause.as_deref()),
            ruleset_ok: clause.as_ref().is_some_and(|facts| facts.ruleset_ok),
            in_term: known && !self.rarely(),
        };
        let named = self.agreement.1.clause(&route.clause);
        let needed = named.is_some_and(|clause| clause.consent == ConsentRule::Needed);
        let asked = Asked {
            action: self.action(&header.signal_type),
            responsible: Responsible {
                acting_person: !self.rarely(),
                decided_by: !self.rarely(),
                second_approval: header.second_approval,
                sent: None,
            },
            received: self.rng.random(),
            machine_answer: self.rarely(),
            within_budget: !self.rarely(),
            consent: self.consent(needed),
        };
        let now = Millis(1_800_000_000_000 + number as u64);
        let made_of = input(
            &self.rules,
            &asked,
            &Towards::of(&route),
            &header,
            standing,
            now,
        );
        let definition = self.rules.catalogue.signal_type(&header.signal_type);
        let terms = self.agreement.1.clause(&route.clause).filter(|_| known);
        let under = Under {
            clause,
            signed_for: terms.map(|clause| &clause.purposes),
            identity_sealed: terms.is_some_and(|clause| clause.identity_sealed),
            box_hours: terms.map_or(0, Clause::box_hours),
            definition,
            signal_type: Arc::new(
                definition.map_or_else(|| unknown_type(&header.signal_type), type_facts),
            ),
            ground: Ground {
                agreement: route.agreement.clone(),
                clause: route.clause.clone(),
                clause_revision: Revision(self.rng.next_u64() % 8),
                ruleset_root: self.rules.root(),
                revisions: vec![("ruleset".to_owned(), 1)],
                valid_until: now,
            },
        };
        let decided = |input| logged(answer(&self.rules, &input, under.clone()));
        inputs(made_of).into_iter().map(decided).collect()
    }

    pub(super) fn log(&mut self, count: usize) -> Vec<Logged> {
        (0..count).map(|number| self.decide(number)).collect()
    }
}

fn logged(answered: Answered) -> Logged {
    let Answered { bytes, input, .. } = answered;
    Logged {
        decision: bytes,
        input,
    }
}

fn kid() -> KeyId {
    KeyId::parse("seal-e1-12345678").unwrap()
}
