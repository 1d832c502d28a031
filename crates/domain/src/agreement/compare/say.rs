//! The difference in sentences, Dutch and English, for each party.

use super::{Axis, Difference, IDENTITY, LEAST, ORDINARY, Part, RESTRICTED, takes_approval};
use crate::agreement::Content;
use crate::catalogue::{Catalogue, Label};
use seinhuis_types::Oin;
use std::collections::BTreeMap;

/// What happens to a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// New.
    Gains,
    /// No more.
    Loses,
    /// As before, on other terms.
    Changes,
}

/// One thing that changes for one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// What happens.
    pub change: Change,
    /// Whether the party receives; otherwise it sends.
    pub receives: bool,
    /// In Dutch.
    pub nl: String,
    /// In English.
    pub en: String,
    /// What it is about.
    pub part: Part,
}

/// What changes for one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForParty {
    /// The party.
    pub oin: Oin,
    /// Its name, as in the agreement that names it last.
    pub name: String,
    /// What it newly gets, loses, and gets on other terms; what it receives first.
    pub sentences: Vec<Sentence>,
}

impl Difference {
    /// What each party of either agreement gains, loses and keeps on other terms. A party for which
    /// nothing changes is there with no sentence.
    pub fn by_party(
        &self,
        before: Option<&Content>,
        after: &Content,
        catalogue: &Catalogue,
    ) -> Vec<ForParty> {
        let mut names: BTreeMap<Oin, String> = BTreeMap::new();
        for party in before.into_iter().chain([after]).flat_map(|c| &c.parties) {
            names.insert(party.oin, party.name.to_string());
        }
        let kinds = [
            (Change::Gains, &self.gained),
            (Change::Loses, &self.lost),
            (Change::Changes, &self.changed),
        ];
        let told = |oin: &Oin| {
            let mut sentences: Vec<Sentence> = Vec::new();
            for (change, parts) in kinds {
                for part in parts {
                    for receives in [true, false] {
                        let own = if receives { part.way.to } else { part.way.from };
                        if own == *oin {
                            sentences.push(sentence(change, receives, part, &names, catalogue));
                        }
                    }
                }
            }
            sentences.sort_by_key(|one| (one.change, !one.receives));
            sentences
        };
        let parties = names.iter().map(|(oin, name)| ForParty {
            oin: *oin,
            name: name.clone(),
            sentences: told(oin),
        });
        parties.collect()
    }
}

/// Dutch and English beside each other.
type Both = [String; 2];

fn both(nl: &str, en: &str) -> Both {
    [nl.to_owned(), en.to_owned()]
}

fn sentence(
    change: Change,
    receives: bool,
    part: &Part,
    names: &BTreeMap<Oin, String>,
    catalogue: &Catalogue,
) -> Sentence {
    let name = |oin: &Oin| names.get(oin).cloned().unwrap_or_else(|| oin.to_string());
    let (own, other) = if receives {
        (name(&part.way.to), name(&part.way.from))
    } else {
        (name(&part.way.from), name(&part.way.to))
    };
    let [verb_nl, verb_en] = part.way.how.verb(change, receives);
    let [what_nl, what_en] = what(part, catalogue);
    let [terms_nl, terms_en] = conditions(part);
    let clause = &part.clause;
    Sentence {
        change,
        receives,
        nl: format!(
            "{own} {} ({clause}): {what_nl}. {terms_nl}",
            verb_nl.replace("{}", &other)
        ),
        en: format!(
            "{own} {} ({clause}): {what_en}. {terms_en}",
            verb_en.replace("{}", &other)
        ),
        part: part.clone(),
    }
}

/// What is shared: type, fields, people, and where and what for.
fn what(part: &Part, catalogue: &Catalogue) -> Both {
    let list = |axis: Axis| part.extent.values(axis).collect::<Vec<_>>().join(", ");
    let labelled = |axis: Axis, label: &dyn Fn(&str) -> Option<Label>| {
        let told = |dutch: bool| {
            let values = part.extent.values(axis).map(|code| match label(code) {
                Some(label) if dutch => format!("{code} ({})", label.nl),
                Some(label) => format!("{code} ({})", label.en),
                None => code.to_owned(),
            });
            values.collect::<Vec<_>>().join(", ")
        };
        [told(true), told(false)]
    };
    let [type_nl, type_en] = labelled(Axis::Type, &|code| {
        Some(catalogue.signal_type(&code.parse().ok()?)?.label.clone())
    });
    let [role_nl, role_en] = labelled(Axis::Role, &|code| {
        Some(catalogue.subject_role(&code.parse().ok()?)?.label.clone())
    });
    let [purpose_nl, purpose_en] = labelled(Axis::Purpose, &|code| {
        Some(catalogue.purpose(&code.parse().ok()?)?.label.clone())
    });
    let [fields_nl, fields_en] = fields(part);
    let [people_nl, people_en] = people(part);
    let [theme_nl, theme_en] = theme(part, catalogue);
    let (kinds, desks) = (list(Axis::Identifier), list(Axis::Desk));
    let (regions, origins) = (list(Axis::Region), list(Axis::Origin));
    [
        format!(
            "{type_nl}; {fields_nl}; over {role_nl}, {people_nl}; identificatie {kinds}; doel {purpose_nl}; \
             loket {desks}, {theme_nl}; regio {regions}; gegevens onder {origins}"
        ),
        format!(
            "{type_en}; {fields_en}; about {role_en}, {people_en}; identifier {kinds}; purpose {purpose_en}; \
             desk {desks}, {theme_en}; region {regions}; data under {origins}"
        ),
    ]
}

/// Whether a theme of restricted desks may be stated, must be, or may not.
fn theme(part: &Part, catalogue: &Catalogue) -> Both {
    let has = |value: &str| part.extent.values(Axis::Theme).any(|theme| theme == value);
    let themes = || catalogue.themes().filter(|theme| theme.restricted);
    let nl: Vec<&str> = themes().map(|theme| &*theme.label.nl).collect();
    let en: Vec<&str> = themes().map(|theme| &*theme.label.en).collect();
    let (nl, en) = (nl.join("; "), en.join("; "));
    match (has(ORDINARY), has(RESTRICTED)) {
        (true, true) => [
            format!("ook over een afgeschermd thema ({nl})"),
            format!("also about a restricted theme ({en})"),
        ],
        (false, true) => [
            format!("alleen over een afgeschermd thema ({nl})"),
            format!("only about a restricted theme ({en})"),
        ],
        _ => both(
            "niet over een afgeschermd thema",
            "not about a restricted theme",
        ),
    }
}

fn fields(part: &Part) -> Both {
    let plain: Vec<&str> = part
        .extent
        .values(Axis::Field)
        .filter(|field| ![LEAST, IDENTITY].contains(field))
        .collect();
    let has = |value: &str| part.extent.values(Axis::Field).any(|field| field == value);
    let (mut nl, mut en) = (Vec::new(), Vec::new());
    if !plain.is_empty() {
        nl.push(format!("velden {}", plain.join(", ")));
        en.push(format!("fields {}", plain.join(", ")));
    } else if has(LEAST) {
        nl.push("het signaal zelf".to_owned());
        en.push("the signal as such".to_owned());
    }
    if has(IDENTITY) {
        nl.push("wie de persoon is".to_owned());
        en.push("who the person is".to_owned());
    }
    [nl.join(", "), en.join(", ")]
}

fn people(part: &Part) -> Both {
    let numbers: Vec<u32> = part
        .extent
        .values(Axis::People)
        .filter_map(|many| many.parse().ok())
        .collect();
    match (numbers.first(), numbers.last()) {
        (Some(1), Some(1)) => both("één persoon", "one person"),
        (Some(1), Some(most)) => [
            format!("hoogstens {most} personen"),
            format!("at most {most} persons"),
        ],
        (Some(least), Some(most)) if least == most => {
            [format!("{most} personen"), format!("{most} persons")]
        }
        (Some(least), Some(most)) => [
            format!("{least} tot {most} personen"),
            format!("{least} to {most} persons"),
        ],
        _ => both("", ""),
    }
}

/// What stays conditional, and what comes with it.
fn conditions(part: &Part) -> Both {
    let terms = &part.terms;
    let [provide, receive, special] = terms
        .bases
        .each_ref()
        .map(|codes| codes.iter().cloned().collect::<Vec<_>>().join(", "));
    let mut nl = vec![format!("grondslag {provide}; om te ontvangen {receive}")];
    let mut en = vec![format!("basis {provide}; to receive {receive}")];
    if !special.is_empty() {
        nl.push(format!("voor bijzondere gegevens {special}"));
        en.push(format!("for special data {special}"));
    }
    nl.push("een mens besluit in elk geval".to_owned());
    en.push("a person decides each time".to_owned());
    let approved: Vec<&str> = part
        .extent
        .values(Axis::Origin)
        .filter(|value| takes_approval(value))
        .collect();
    if !approved.is_empty() {
        let list = approved.join(", ");
        nl.push(format!(
            "{list} alleen na instemming van de aangewezen functionaris (Bpg 4:5, tweede lid)"
        ));
        en.push(format!(
            "{list} only after the designated functionary's approval (Bpg 4:5(2))"
        ));
    }
    if !terms.obligations.is_empty() {
        let list: Vec<&str> = terms.obligations.iter().map(String::as_str).collect();
        nl.push(format!("verplichtingen {}", list.join(", ")));
        en.push(format!("obligations {}", list.join(", ")));
    }
    nl.push(format!(
        "verder verstrekken {}; bewaren {}; zichtbaar {}",
        terms.onward, terms.retention, terms.visibility
    ));
    en.push(format!(
        "passing on {}; kept {}; visible {}",
        terms.onward, terms.retention, terms.visibility
    ));
    let (by, days) = terms.inform;
    match by {
        "none" => {}
        by => {
            let [by_nl, by_en] = match by {
                "from" => both("de afzender", "the sender"),
                "to" => both("de ontvanger", "the recipient"),
                _ => both("beide", "both"),
            };
            nl.push(format!("{by_nl} informeert binnen {days} dagen"));
            en.push(format!("informed by {by_en} within {days} days"));
        }
    }
    if terms.may_not_know {
        nl.push("de ontvanger kent de persoon misschien niet".to_owned());
        en.push("the recipient may not know the person".to_owned());
    }
    if let Some(hours) = terms.break_glass_hours {
        nl.push(format!(
            "alleen als noodprocedure, na een telefoongesprek en ten hoogste {hours} uur"
        ));
        en.push(format!(
            "only as a break-glass, after a call and for at most {hours} hours"
        ));
    }
    if terms.consent {
        nl.push("alleen met toestemming van wie het betreft".to_owned());
        en.push("only with the consent of those concerned".to_owned());
    }
    [
        format!("Voorwaarden: {}.", nl.join("; ")),
        format!("Conditions: {}.", en.join("; ")),
    ]
}
