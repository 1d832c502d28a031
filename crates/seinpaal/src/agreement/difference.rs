//! Who gains what under one agreement beside another, for people and for machines.
//!
//! Owns: the comparison by one catalogue, and how it is shown, with `compare` and wherever somebody is
//! about to sign. Must not know: where the agreements come from.

use crate::cli::Lang;
use seinhuis_domain::agreement::Content;
use seinhuis_domain::agreement::compare::{
    Axis, Change, ForParty, How, Sentence, TooDifferent, compare, differing_members, lets,
};
use seinhuis_domain::catalogue::Catalogue;
use serde_json::{Map, Value, json};

/// What two agreements do not share.
#[derive(Debug)]
pub(super) struct Difference {
    parties: Vec<ForParty>,
    /// Which of the two rests on another catalogue than they are judged by.
    elsewhere: Vec<&'static str>,
    /// The keys of what differs in the contents.
    members: Vec<String>,
}

impl Difference {
    /// What `after` changes beside `before`, judged by `catalogue`; without a `before` all of it is new.
    pub(super) fn of(
        before: Option<&Content>,
        after: &Content,
        catalogue: &Catalogue,
    ) -> Result<Self, TooDifferent> {
        let parts = before.map(|content| lets(content, catalogue));
        let found = compare(&parts.unwrap_or_default(), &lets(after, catalogue))?;
        let others = |content: &Content| content.catalogue_hash != catalogue.hash();
        let elsewhere = [
            before.is_some_and(others).then_some("earlier"),
            others(after).then_some("later"),
        ];
        Ok(Self {
            parties: found.by_party(before, after, catalogue),
            elsewhere: elsewhere.into_iter().flatten().collect(),
            members: before
                .map(|before| differing_members(before, after))
                .unwrap_or_default(),
        })
    }

    /// For machines.
    pub(super) fn document(&self) -> Value {
        let party = |party: &ForParty| {
            json!({
                "oin": party.oin.as_str(),
                "name": party.name,
                "differences": party.sentences.iter().map(sentence).collect::<Vec<_>>(),
            })
        };
        json!({
            "parties": self.parties.iter().map(party).collect::<Vec<_>>(),
            "on_another_catalogue": self.elsewhere,
            "differing_members": self.members,
        })
    }

    /// For people.
    pub(super) fn words(&self, lang: Lang) -> String {
        let mut lines = Vec::new();
        for party in &self.parties {
            lines.push(format!("{} ({})", party.name, party.oin));
            if party.sentences.is_empty() {
                lines.push(
                    lang.of(
                        "  er verandert niets in wat mag worden gezonden",
                        "  nothing changes in what may be sent",
                    )
                    .to_owned(),
                );
            }
            for one in &party.sentences {
                lines.push(format!("  {}", lang.of(&one.nl, &one.en)));
            }
            lines.push(String::new());
        }
        if !self.members.is_empty() {
            lines.push(format!(
                "{}: {}",
                lang.of(
                    "Wat in de tekst van het convenant verschilt",
                    "What differs in the text of the agreement"
                ),
                self.members.join(", ")
            ));
        }
        for note in &self.elsewhere {
            let nl = if *note == "later" { "nieuwe" } else { "oude" };
            let nl = format!(
                "Het {nl} convenant rust op een andere catalogus dan waarnaar hier is geoordeeld."
            );
            let en = format!(
                "The {note} agreement rests on another catalogue than the one it is judged by here."
            );
            lines.push(lang.of(&nl, &en).to_owned());
        }
        lines.join("\n").trim_end().to_owned()
    }
}

fn sentence(one: &Sentence) -> Value {
    let other = if one.receives {
        one.part.way.from
    } else {
        one.part.way.to
    };
    let mut fields = Map::new();
    for (key, value) in [
        ("change", word(one.change)),
        ("side", if one.receives { "receives" } else { "sends" }),
        ("counterpart", other.as_str()),
        ("clause", one.part.clause.as_str()),
        ("mode", one.part.way.how.mode().as_str()),
        ("text_nl", &one.nl),
        ("text_en", &one.en),
    ] {
        fields.insert(key.to_owned(), Value::from(value));
    }
    let answers = one.part.way.how == How::Answer;
    fields.insert("answers".to_owned(), Value::from(answers));
    for axis in Axis::ALL {
        let values: Vec<&str> = one.part.extent.values(axis).collect();
        fields.insert(axis.as_str().to_owned(), Value::from(values));
    }
    Value::Object(fields)
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Gains => "gains",
        Change::Loses => "loses",
        Change::Changes => "changes",
    }
}
