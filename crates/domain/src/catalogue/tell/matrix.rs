//! The matrix of roles: who may send how many types to whom, on which bases, and what is denied.

use super::page::Lang;
use super::parts::{joined, standing};
use crate::catalogue::{Catalogue, RoleDef, Standing};
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
    /// Bases to provide that serve this way, whether a type uses them or not.
    pub bases: Vec<String>,
    /// The best that any purpose has.
    pub standing: Standing,
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
    // Firm is the least; a pair that is denied for most purposes and open for one is not firm.
    let standing = pairs.iter().map(|pair| pair.standing).min();
    let denied = catalogue
        .denied_pairs()
        .find(|denied| denied.from.as_str() == from && denied.to.as_str() == to);
    Cell {
        from: from.to_owned(),
        to: to.to_owned(),
        types: catalogue
            .types_between(from, to)
            .map(|def| def.code.to_string())
            .collect(),
        bases: bases.into_iter().collect(),
        standing: standing.unwrap_or(Standing::NoBasis),
        denied: denied.map(|denied| lang.of(&denied.reason).to_owned()),
    }
}

impl Cell {
    /// `12` types on firm bases, `3?` only with attestation, `x` denied, `2x` denied but for what an
    /// agreement attests, `.` no basis.
    fn mark(&self) -> String {
        let count = self.types.len();
        let mark = match (self.standing, &self.denied) {
            (Standing::Firm, None) => "",
            (Standing::Attested, None) => "?",
            (_, Some(_)) => "x",
            (Standing::NoBasis | Standing::Denied, None) => ".",
        };
        match count {
            0 if !mark.is_empty() => mark.to_owned(),
            count => format!("{count}{mark}"),
        }
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
            "\nEen getal is het aantal soorten signalen; ? alleen met de verklaring van beide kanten; x geweigerd\n(met een getal: behalve wat een convenant met die verklaring toelaat); . geen grondslag, dus geweigerd\n",
            "\nA number counts signal types; ? only with the attestation of both sides; x denied (with a number:\nbut for what an agreement with that attestation allows); . no basis, and so denied\n",
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
                standing(cell.standing, lang)
            ));
            if !cell.types.is_empty() {
                text.push_str(&format!(
                    "  {}: {}\n",
                    lang.word("signalen", "signals"),
                    joined(&cell.types)
                ));
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
        for code in to {
            text.push_str(&format!("  {code}"));
        }
        text.push('\n');
        for from in &self.from {
            text.push_str(&format!("{from:wide$}"));
            for to in to {
                let mark = self.cell(from, to).map(Cell::mark).unwrap_or_default();
                text.push_str(&format!("  {mark:>width$}", width = to.chars().count()));
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
                    cell.standing.as_str(),
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
                    "bases": cell.bases,
                    "standing": cell.standing.as_str(),
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
