//! Every cell of the matrix of two agreements, asked of the policy engine itself.

use seinhuis_domain::agreement::compare::{
    Axis, Difference, How, IDENTITY, LEAST, ORDINARY, RESTRICTED, Way, compare, lets, origin,
    people,
};
use seinhuis_domain::agreement::{Clause, ConsentRule, Content, Placeholders, from_toml};
use seinhuis_domain::catalogue::Catalogue;
use seinhuis_domain::question::is_asked;
use seinhuis_domain::signal::{IdKind, Regime, WpgArticle, required_special};
use seinhuis_policy::{
    Action, ClauseFacts, ClauseState, Engine, EnvelopeFacts, Facts, Ground, Restriction, Shield,
    Verdict, clause_facts, id_kind, minimise, regime, type_facts, wpg,
};
use seinhuis_types::{
    AgreementHash, CodeValue, Desk, Digest, FieldPath, Millis, Oin, PurposeCode, RegionCode,
    Revision, SignalType, SubjectRole,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod asked;
mod kinds;

pub(crate) fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(name)
}

pub(crate) fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(config(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

fn catalogue() -> Catalogue {
    Catalogue::load(&files("catalogue", "toml")).unwrap()
}

fn engine() -> Engine {
    let schema = std::fs::read_to_string(config("policy/schema.cedarschema")).unwrap();
    let policies = files("policy", "cedar");
    let policies: Vec<_> = policies
        .iter()
        .map(|(n, t)| (n.as_str(), t.as_str()))
        .collect();
    Engine::load(&schema, &policies).unwrap()
}

/// The example of two parties, with places of its text changed.
pub(crate) fn content(changes: &[(&str, &str)]) -> Content {
    changed("agreements/two-party.toml", changes)
}

/// An example, with places of its text changed: of each, the first.
fn changed(name: &str, changes: &[(&str, &str)]) -> Content {
    let path = config(name);
    let text = std::fs::read_to_string(path).unwrap();
    let text = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let known = Placeholders {
        catalogue_hash: Some(Digest([1; 32])),
        policy_hash: Some(Digest([2; 32])),
    };
    Content::parse(&from_toml(&text, &known).unwrap()).unwrap()
}

/// One thing that may or may not go.
#[derive(Debug, Clone)]
struct Cell {
    way: Way,
    region: RegionCode,
    purpose: PurposeCode,
    desk: Desk,
    restricted_theme: bool,
    signal_type: SignalType,
    field: String,
    role: SubjectRole,
    kind: IdKind,
    origin: (Regime, Option<WpgArticle>),
    people: u8,
}

impl Cell {
    fn value(&self, axis: Axis) -> String {
        match axis {
            Axis::Type => self.signal_type.to_string(),
            Axis::Field => self.field.clone(),
            Axis::Role => self.role.to_string(),
            Axis::People => people(self.people.into()),
            Axis::Identifier => self.kind.as_str().to_owned(),
            Axis::Purpose => self.purpose.to_string(),
            Axis::Desk => self.desk.to_string(),
            Axis::Theme if self.restricted_theme => RESTRICTED.to_owned(),
            Axis::Theme => ORDINARY.to_owned(),
            Axis::Region => self.region.to_string(),
            Axis::Origin => origin(self.origin.0, self.origin.1),
        }
    }

    fn is_in(&self, parts: &[seinhuis_domain::agreement::compare::Part]) -> bool {
        parts
            .iter()
            .any(|part| part.way == self.way && part.extent.has(|axis| self.value(axis)))
    }
}

/// Every cell that any of the contents could be about, and some that none is.
fn cells(contents: &[&Content], catalogue: &Catalogue) -> Vec<Cell> {
    let clauses = || contents.iter().flat_map(|content| &content.clauses);
    let ways: BTreeSet<(Oin, Oin)> = clauses()
        .flat_map(|c| [(c.from, c.to), (c.to, c.from)])
        .collect();
    let regions: BTreeSet<_> = clauses().flat_map(|c| c.regions.clone()).collect();
    let purposes: BTreeSet<_> = clauses().flat_map(|c| c.purposes.clone()).collect();
    let desks: BTreeSet<_> = clauses().flat_map(|c| c.desks.clone()).collect();
    let types: BTreeSet<_> = clauses()
        .flat_map(|c| c.types.iter().map(|t| t.code.clone()))
        .collect();
    let roles: BTreeSet<_> = clauses().flat_map(|c| c.subject_roles.clone()).collect();
    let numbers: BTreeSet<(u8, bool)> = clauses()
        .flat_map(|c| [c.max_subjects, c.max_subjects + 1])
        .flat_map(|people| [(people, false), (people, true)])
        .collect();
    let origins = [
        (Regime::Wpg, Some(WpgArticle::Art8)),
        (Regime::Wpg, Some(WpgArticle::Art9)),
        (Regime::Wpg, Some(WpgArticle::Art12)),
        (Regime::Avg, None),
    ];
    let mut all = Vec::new();
    for (from, to) in &ways {
        for signal_type in &types {
            let way = Way {
                from: *from,
                to: *to,
                how: How::of(signal_type),
            };
            let definition = catalogue.signal_type(signal_type).unwrap();
            let fields = definition.fields.keys().map(ToString::to_string);
            for field in fields.chain([LEAST.to_owned(), IDENTITY.to_owned()]) {
                for purpose in &purposes {
                    for desk in &desks {
                        for region in &regions {
                            for role in &roles {
                                for kind in [IdKind::Number, IdKind::Own] {
                                    for origin in origins {
                                        for (people, restricted_theme) in &numbers {
                                            all.push(Cell {
                                                restricted_theme: *restricted_theme,
                                                way,
                                                region: region.clone(),
                                                purpose: purpose.clone(),
                                                desk: desk.clone(),
                                                signal_type: signal_type.clone(),
                                                field: field.clone(),
                                                role: role.clone(),
                                                kind,
                                                origin,
                                                people: *people,
                                            });
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

/// What the engine says to a cell, under each clause of `content` as the hub would ask it.
fn permitted(
    engine: &Engine,
    content: &Content,
    revision: u64,
    catalogue: &Catalogue,
    cell: &Cell,
) -> bool {
    let definition = catalogue.signal_type(&cell.signal_type).unwrap();
    let field = FieldPath::parse(&cell.field)
        .ok()
        .filter(|path| definition.fields.contains_key(path));
    let of_type = Arc::new(type_facts(definition));
    content.clauses.iter().any(|clause| {
        let known = ClauseFacts {
            state: ClauseState::Valid,
            ruleset_ok: true,
            ..clause_facts(content, clause, &cell.signal_type, catalogue)
        };
        let offered = definition
            .minimum
            .iter()
            .cloned()
            .chain(field.clone())
            .collect();
        let (granted, _) = minimise(&offered, Some(&known), &of_type);
        let leaves = match cell.field.as_str() {
            LEAST => true,
            IDENTITY => clause.identity_sealed,
            _ => field.as_ref().is_some_and(|field| granted.contains(field)),
        };
        let special = required_special(definition, &granted)
            .into_iter()
            .map(|mark| CodeValue::parse(mark).unwrap())
            .collect();
        // What a clause for break-glass lets go, it lets go as one.
        let glass = clause.break_glass.is_some();
        let asked = Facts {
            action: match cell.way.how {
                How::Send => Action::Publish,
                How::Ask => Action::Ask,
                How::Answer => Action::Answer,
            },
            clause: Some(Arc::new(known)),
            signal_type: Arc::clone(&of_type),
            envelope: EnvelopeFacts {
                from: cell.way.from,
                to: cell.way.to,
                desk: cell.desk.clone(),
                region: cell.region.clone(),
                mode: if is_asked(&cell.signal_type) {
                    seinhuis_policy::Mode::Ask
                } else {
                    seinhuis_policy::Mode::Push
                },
                purpose: cell.purpose.clone(),
                granted,
                roles: BTreeSet::from([cell.role.clone()]),
                subjects: cell.people.into(),
                id_kinds: BTreeSet::from([id_kind(cell.kind)]),
                special,
                regime: regime(cell.origin.0),
                wpg_article: cell.origin.1.map(wpg),
                onward_basis: BTreeSet::new(),
                source_shield: Shield::None,
                restriction: Restriction::None,
                restricted_theme: cell.restricted_theme,
                second_approval: true,
                acting_person: true,
                decided_by: true,
                received: false,
                machine_answer: false,
                within_budget: true,
                now_valid: true,
                break_glass: glass,
                called: glass,
                call_recent: glass,
                box_short: glass,
                box_open: glass,
                consent: if clause.consent == ConsentRule::Needed {
                    seinhuis_policy::Consent::Stands
                } else {
                    seinhuis_policy::Consent::None
                },
            },
            ground: ground(clause, revision),
        };
        leaves && matches!(engine.decide(&asked), Verdict::Permit(_))
    })
}

fn ground(clause: &Clause, revision: u64) -> Ground {
    Ground {
        agreement: AgreementHash::parse(&format!("$1$1${}", "A".repeat(86))).unwrap(),
        clause: clause.id.clone(),
        clause_revision: Revision(revision),
        ruleset_root: Digest([0; 32]),
        revisions: Vec::new(),
        valid_until: Millis(1),
    }
}

/// The example, and versions of it that give more here and less there.
fn versions() -> Vec<Content> {
    vec![
        content(&[]),
        content(&[
            ("  \"weapon\",\n", ""),
            (
                "purposes = [\"P-REPORT\"]",
                "purposes = [\"P-REPORT\", \"P-SAFETY\", \"P-FEEDBACK\"]",
            ),
            // One more than any of its types takes.
            ("max_subjects = 6", "max_subjects = 13"),
            (
                "id_kinds = [\"number\"]",
                "id_kinds = [\"number\", \"own\"]",
            ),
            ("identity_sealed = true", "identity_sealed = false"),
            (
                "wpg_articles = [\"8\", \"13.1\"]",
                "wpg_articles = [\"8\", \"9\", \"12\"]",
            ),
            ("onward = \"none\"", "onward = \"within-task\""),
            ("code = \"VT_TAKEN\"", "code = \"VT_TRIAGE\""),
        ]),
        // No basis for special data: what is marked may not go, and a type whose minimum is marked not
        // at all.
        content(&[(
            "special = [{ code = \"WMO-5-1-6-2\", from = \"politie-wmo\", to = \"veilig-thuis-wmo\" }]\n",
            "",
        )]),
        // A basis judged on another version of the law.
        content(&[("law_version = 2026-07-01", "law_version = 2020-01-01")]),
    ]
}

#[test]
fn every_cell_is_gained_or_lost_exactly_as_the_engine_says() {
    let (catalogue, contents) = (catalogue(), versions());
    let all = cells(&contents.iter().collect::<Vec<_>>(), &catalogue);
    assert!(all.len() > 20_000, "{}", all.len());
    let (gained, open) = agree(&catalogue, &contents, &all);
    assert!(gained > 1_000, "{gained}");
    // A clause for several purposes lets a type go for none that the catalogue does not have for it this way.
    let purposes = |code: &str| -> BTreeSet<&str> {
        let of_type = open.iter().filter(|cell| cell.signal_type.as_str() == code);
        of_type.map(|cell| cell.purpose.as_str()).collect()
    };
    assert_eq!(
        purposes("INC_HOME"),
        BTreeSet::from(["P-REPORT", "P-SAFETY"])
    );
}

/// That of each two contents, and of none and each, every cell is in the difference exactly when the engine's
/// answer differs; how often one was gained, and which the engine permits under any of them.
fn agree<'c>(
    catalogue: &Catalogue,
    contents: &[Content],
    all: &'c [Cell],
) -> (usize, Vec<&'c Cell>) {
    let engine = engine();
    let says: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let asked: Vec<_> = (1u64..)
            .zip(contents)
            .map(|(revision, content)| {
                let (all, engine, catalogue) = (all, &engine, catalogue);
                scope.spawn(move || {
                    all.iter()
                        .map(|cell| permitted(engine, content, revision, catalogue, cell))
                        .collect()
                })
            })
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let parts: Vec<_> = contents.iter().map(|c| lets(c, catalogue)).collect();
    let none = vec![false; all.len()];
    let versions = || std::iter::once((&none, Vec::new())).chain(says.iter().zip(parts.clone()));
    let (mut gained, mut lost) = (0, 0);
    for (before_says, before) in versions() {
        for (after_says, after) in versions() {
            let Difference {
                gained: new,
                lost: gone,
                ..
            } = compare(&before, &after).unwrap();
            for ((cell, was), is) in all.iter().zip(before_says).zip(after_says) {
                assert_eq!(cell.is_in(&new), *is && !*was, "gained: {cell:?}");
                assert_eq!(cell.is_in(&gone), *was && !*is, "lost: {cell:?}");
                gained += usize::from(*is && !*was);
                lost += usize::from(*was && !*is);
            }
        }
    }
    assert_eq!(gained, lost);
    let permitted = |at: usize| says.iter().any(|one| one.get(at) == Some(&true));
    let open = all.iter().enumerate().filter(|(at, _)| permitted(*at));
    (gained, open.map(|(_, cell)| cell).collect())
}

#[test]
fn what_stays_on_other_terms_is_told_and_what_stays_is_not() {
    let catalogue = catalogue();
    let (old, new) = (
        content(&[]),
        content(&[("onward = \"none\"", "onward = \"within-task\"")]),
    );
    let (before, after) = (lets(&old, &catalogue), lets(&new, &catalogue));
    assert_eq!(compare(&before, &before).unwrap(), Difference::default());
    let found = compare(&before, &after).unwrap();
    assert!(found.gained.is_empty() && found.lost.is_empty());
    let told = found.by_party(Some(&old), &new, &catalogue);
    let sentences: Vec<_> = told.iter().flat_map(|party| &party.sentences).collect();
    assert!(!sentences.is_empty());
    for sentence in sentences {
        assert!(
            sentence.nl.contains("op andere voorwaarden"),
            "{}",
            sentence.nl
        );
        assert!(
            sentence.nl.contains("verder verstrekken within-task"),
            "{}",
            sentence.nl
        );
        assert!(
            sentence.en.contains("passing on within-task"),
            "{}",
            sentence.en
        );
    }
}

#[test]
fn each_party_is_told_what_it_gets_and_what_stays_conditional() {
    let catalogue = catalogue();
    let (old, new) = (content(&[]), content(&[("\"13.1\"", "\"13.1\", \"9\"")]));
    let found = compare(&lets(&old, &catalogue), &lets(&new, &catalogue)).unwrap();
    let told = found.by_party(Some(&old), &new, &catalogue);
    let of = |oin: &str| {
        let oin = Oin::parse(oin).unwrap();
        let party = told.iter().find(|party| party.oin == oin).unwrap();
        let [one] = party.sentences.as_slice() else {
            panic!("{:?}", party.sentences)
        };
        (one.nl.clone(), one.en.clone())
    };
    let (nl, en) = of("00000099000000050000");
    assert!(
        nl.starts_with("Veilig Thuis Kennemerland krijgt nieuw van Politie"),
        "{nl}"
    );
    assert!(nl.contains("gegevens onder WPG 9. "), "{nl}");
    assert!(
        nl.contains("WPG 9 alleen na instemming van de aangewezen functionaris"),
        "{nl}"
    );
    assert!(
        en.contains("WPG 9 only after the designated functionary's approval"),
        "{en}"
    );
    let (nl, _) = of("00000099000000010000");
    assert!(
        nl.contains("mag nieuw zenden aan Veilig Thuis Kennemerland"),
        "{nl}"
    );
}
