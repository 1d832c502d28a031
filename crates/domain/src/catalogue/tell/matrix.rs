//! The matrix of roles: who may send how many types to whom, on which bases, and what is denied.

use super::page::Lang;
use super::parts::{joined, standing};
use crate::catalogue::{Catalogue, RoleDef, Standing, TypeDef};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One ordered pair of roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The provider.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// Types that may go this way.
    pub types: Vec<String>,
    /// Those of `types` that have no firm bases for any of their purposes: only the attestation of both
    /// sides carries them.
    pub attested: Vec<String>,
    /// Bases to provide that serve this way, whether a type uses them or not.
    pub bases: Vec<String>,
    /// The best that any of its types has; without types, any purpose.
    pub standing: Standing,
    /// Whether that is firm and holds of some only: others stand on the attestation of both sides.
    pub partly: bool,
    /// Why it is denied in as many words, if it is.
    pub denied: Option<String>,
}

/// Every ordered pair of a partner with anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Partners.
    pub from: Vec<String>,
    /// Partners, then outside parties.
    pub to: Vec<String>,
    /// Row by row.
    pub cells: Vec<Cell>,
    lang: Lang,
}

/// Draws the matrix.
pub fn matrix(catalogue: &Catalogue, lang: Lang) -> Matrix {
    let code = |role: &RoleDef| role.code.to_string();
    let from: Vec<String> = catalogue.partner_roles().map(code).collect();
    let outside = catalogue.roles().filter(|role| role.external).map(code);
    let to: Vec<String> = from.iter().cloned().chain(outside).collect();
    let mut cells = Vec::new();
    for provider in &from {
        for recipient in &to {
            cells.push(cell(catalogue, provider, recipient, lang));
        }
    }
    Matrix {
        from,
        to,
        cells,
        lang,
    }
}

fn cell(catalogue: &Catalogue, from: &str, to: &str, lang: Lang) -> Cell {
    let pairs: Vec<_> = catalogue
        .purposes()
        .map(|purpose| catalogue.pair(from, to, &purpose.code))
        .collect();
    let possible = pairs.iter().filter(|pair| pair.standing.possible());
    let bases: BTreeSet<String> = possible
        .flat_map(|pair| pair.provide.iter().map(|basis| basis.code.to_string()))
        .collect();
    let types: Vec<(String, Standing)> = catalogue
        .types_between(from, to)
        .map(|def| (def.code.to_string(), of_type(catalogue, def, from, to)))
        .collect();
    // What no type uses says nothing of the types: a firm purpose without one makes none of them firm.
    let stands: BTreeSet<Standing> = if types.is_empty() {
        pairs.iter().map(|pair| pair.standing).collect()
    } else {
        types.iter().map(|(_, standing)| *standing).collect()
    };
    let denied = catalogue
        .denied_pairs()
        .find(|denied| denied.from.as_str() == from && denied.to.as_str() == to);
    Cell {
        from: from.to_owned(),
        to: to.to_owned(),
        attested: types
            .iter()
            .filter(|(_, standing)| *standing != Standing::Firm)
            .map(|(code, _)| code.clone())
            .collect(),
        types: types.into_iter().map(|(code, _)| code).collect(),
        bases: bases.into_iter().collect(),
        // Firm is the least; a pair that is denied for most purposes and open for one is not firm.
        standing: stands.first().copied().unwrap_or(Standing::NoBasis),
        partly: stands.contains(&Standing::Firm) && stands.contains(&Standing::Attested),
        denied: denied.map(|denied| lang.of(&denied.reason).to_owned()),
    }
}

/// The best that any purpose of the type has this way.
fn of_type(catalogue: &Catalogue, def: &TypeDef, from: &str, to: &str) -> Standing {
    let purposes = def.direction(from, to).map(|way| &way.purposes);
    let stands = purposes.into_iter().flatten();
    let stands = stands.map(|purpose| catalogue.pair(from, to, purpose).standing);
    stands.min().unwrap_or(Standing::NoBasis)
}

impl Cell {
    /// `12` types on firm bases, `3?` only with attestation, `12 + 3?` both, `x` denied, `2x` denied but for
    /// what an agreement attests, `0` and `?` bases and no type, `.` no basis.
    fn mark(&self) -> String {
        let firm = self.types.len().saturating_sub(self.attested.len());
        match (self.standing, &self.denied, firm, self.attested.len()) {
            (_, Some(_), 0, 0) => "x".to_owned(),
            (_, Some(_), ..) => format!("{}x", self.types.len()),
            (Standing::NoBasis | Standing::Denied, ..) => ".".to_owned(),
            (Standing::Attested, _, 0, 0) => "?".to_owned(),
            (.., firm, 0) => firm.to_string(),
            (.., 0, attested) => format!("{attested}?"),
            (.., firm, attested) => format!("{firm} + {attested}?"),
        }
    }

    /// How it stands, in words.
    fn told(&self, lang: Lang) -> &'static str {
        if self.partly {
            return lang.word(
                "deels vast, deels alleen met de verklaring van beide kanten",
                "partly firm, partly only with the attestation of both sides",
            );
        }
        // Where no type goes, there is nothing that an attestation could let past the denial.
        let stands = match &self.denied {
            Some(_) if self.types.is_empty() => Standing::Denied,
            _ => self.standing,
        };
        standing(stands, lang)
    }

    /// Its types by how they stand, each group with what it is called; no empty one.
    fn signals(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let firm = self
            .types
            .iter()
            .filter(|code| !self.attested.contains(code));
        let all = if self.partly {
            vec![
                (lang.word("vast", "firm"), joined(firm)),
                (
                    lang.word("met verklaring", "attested"),
                    joined(&self.attested),
                ),
            ]
        } else {
            vec![(lang.word("signalen", "signals"), joined(&self.types))]
        };
        all.into_iter()
            .filter(|(_, types)| !types.is_empty())
            .collect()
    }
}

impl Matrix {
    /// The pair, if both are in the matrix.
    pub fn cell(&self, from: &str, to: &str) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.from == from && cell.to == to)
    }

    /// For people, on a terminal: partners among themselves, partners to the outside, then the bases of
    /// each pair.
    pub fn text(&self) -> String {
        let lang = self.lang;
        let partners = self.from.len();
        let (inside, outside) = self.to.split_at(partners.min(self.to.len()));
        let mut text = self.table(inside);
        text.push('\n');
        text.push_str(&self.table(outside));
        text.push_str(lang.word(
            "\nEen getal is het aantal soorten signalen met vaste grondslagen voor ten minste één doel; met ? het aantal dat\nalleen met de verklaring van beide kanten gaat; 0 en ? wel grondslagen, geen soort signaal; x geweigerd (met een\ngetal: behalve wat een convenant met die verklaring toelaat); . geen grondslag, dus geweigerd\n",
            "\nA number counts signal types with firm bases for one purpose at least; with ? those that go only with the\nattestation of both sides; 0 and ? bases, and no signal type; x denied (with a number: but for what an\nagreement with that attestation allows); . no basis, and so denied\n",
        ));
        for cell in self
            .cells
            .iter()
            .filter(|cell| !cell.bases.is_empty() || cell.denied.is_some())
        {
            text.push_str(&format!(
                "\n{} -> {}: {}\n",
                cell.from,
                cell.to,
                cell.told(lang)
            ));
            for (word, types) in cell.signals(lang) {
                text.push_str(&format!("  {word}: {types}\n"));
            }
            if !cell.bases.is_empty() {
                text.push_str(&format!(
                    "  {}: {}\n",
                    lang.word("grondslagen", "bases"),
                    joined(&cell.bases)
                ));
            }
            if let Some(denied) = &cell.denied {
                text.push_str(&format!(
                    "  {}: {denied}\n",
                    lang.word("geweigerd", "denied")
                ));
            }
        }
        text
    }

    fn table(&self, to: &[String]) -> String {
        let lang = self.lang;
        let first = lang.word("van \\ aan", "from \\ to");
        let wide = self.from.iter().map(|code| code.chars().count()).max();
        let wide = wide.unwrap_or_default().max(first.len());
        let mut text = format!("{first:wide$}");
        let mark = |from: &str, to: &str| self.cell(from, to).map(Cell::mark).unwrap_or_default();
        let column = |to: &str| {
            let marks = self.from.iter().map(|from| mark(from, to).chars().count());
            marks.chain([to.chars().count()]).max().unwrap_or_default()
        };
        for code in to {
            text.push_str(&format!("  {code:>width$}", width = column(code)));
        }
        text.push('\n');
        for from in &self.from {
            text.push_str(&format!("{from:wide$}"));
            for to in to {
                let (mark, width) = (mark(from, to), column(to));
                text.push_str(&format!("  {mark:>width$}"));
            }
            text.push('\n');
        }
        text
    }

    /// A table for a page; every text is escaped.
    pub fn html(&self) -> String {
        let mut text = String::from("<table>\n<tr><th></th>");
        for to in &self.to {
            text.push_str(&format!("<th>{}</th>", escaped(to)));
        }
        text.push_str("</tr>\n");
        for from in &self.from {
            text.push_str(&format!("<tr><th>{}</th>", escaped(from)));
            for cell in self.cells.iter().filter(|cell| cell.from == *from) {
                let told = cell.denied.clone().unwrap_or_else(|| joined(&cell.bases));
                text.push_str(&format!(
                    "<td class=\"{}\" title=\"{}\">{}</td>",
                    if cell.partly {
                        "partly"
                    } else {
                        cell.standing.as_str()
                    },
                    escaped(&told),
                    escaped(&cell.mark())
                ));
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</table>\n");
        text
    }

    /// For machines.
    pub fn json(&self) -> Value {
        self.cells
            .iter()
            .map(|cell| {
                json!({
                    "from": cell.from,
                    "to": cell.to,
                    "types": cell.types,
                    "attested": cell.attested,
                    "bases": cell.bases,
                    "standing": cell.standing.as_str(),
                    "partly": cell.partly,
                    "denied": cell.denied,
                })
            })
            .collect()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
