//! Reads what is nested in a row: labels, tables, lists of tables, and the keys nobody asked for.
//!
//! Owns: how a missing label or an unknown key becomes a fault. Must not know: what any key means.

use super::Label;
use super::fault::Faults;
use super::read::{At, Row};
use toml::Spanned;
use toml::de::DeValue;

impl<'t> Row<'t> {
    /// A text in both languages.
    pub(super) fn label(&mut self, key: &'static str, faults: &mut Faults) -> Label {
        let Some(mut row) = self.table(key, faults) else {
            if !self.has(key) {
                let what = format!("{} has no `{key}`, in Dutch nor in English", self.name);
                faults.add(
                    self.at,
                    what,
                    format!("add `{key} = {{ nl = \"...\", en = \"...\" }}`"),
                );
            }
            return Label::default();
        };
        let mut language = |code: &'static str, name: &str, faults: &mut Faults| -> Box<str> {
            let text = row
                .text(code, faults)
                .map(|text| text.value.trim())
                .unwrap_or_default();
            if text.is_empty() {
                let what = format!("{} has no {name} text", row.name);
                faults.add(row.at, what, format!("add `{code} = \"...\"`"));
            }
            text.into()
        };
        let nl = language("nl", "Dutch", faults);
        let en = language("en", "English", faults);
        row.finish(faults);
        Label { nl, en }
    }

    /// A text in both languages, if the key is there.
    pub(super) fn label_opt(&mut self, key: &'static str, faults: &mut Faults) -> Option<Label> {
        self.asked.insert(key);
        self.has(key).then(|| self.label(key, faults))
    }

    /// A table within this row.
    pub(super) fn table(&mut self, key: &'static str, faults: &mut Faults) -> Option<Row<'t>> {
        let (at, value) = self.value(key)?;
        match value {
            DeValue::Table(table) => Some(Row::new(
                self.file,
                table,
                at,
                &format!("{}: `{key}`", self.name),
            )),
            _ => {
                self.mistyped(key, at, "a table between { and }", faults);
                None
            }
        }
    }

    /// A list of tables within this row, or of this name at the top of the file.
    pub(super) fn rows(&mut self, key: &'static str, faults: &mut Faults) -> Vec<Row<'t>> {
        let Some((at, value)) = self.value(key) else {
            return Vec::new();
        };
        let Some(items) = value.as_array() else {
            self.mistyped(key, at, "a list of tables", faults);
            return Vec::new();
        };
        let name = if self.name.is_empty() {
            key.to_owned()
        } else {
            format!("{}: `{key}`", self.name)
        };
        let mut rows = Vec::new();
        for item in items.iter() {
            let at = self.file.place(&item.span());
            match item.get_ref() {
                DeValue::Table(table) => rows.push(Row::new(self.file, table, at, &name)),
                _ => self.mistyped(key, at, "a list of tables", faults),
            }
        }
        rows
    }

    /// Every key of the row with its table: for tables keyed by code.
    pub(super) fn keyed(&self) -> impl Iterator<Item = (At<&'t str>, &'t Spanned<DeValue<'t>>)> {
        let file = self.file;
        self.table.iter().map(move |(key, value)| {
            let key: &'t Spanned<_> = key;
            (
                At {
                    at: file.place(&key.span()),
                    value: key.get_ref().as_ref(),
                },
                value,
            )
        })
    }

    /// Reports the keys that were never asked for.
    pub(super) fn finish(self, faults: &mut Faults) {
        for (key, _) in self.keyed() {
            if !self.asked.contains(key.value) {
                let known: Vec<&str> = self.asked.iter().copied().collect();
                let owner = if self.name.is_empty() {
                    "the file"
                } else {
                    &self.name
                };
                let what = format!("{owner} has an unknown key `{}`", key.value);
                faults.add(
                    key.at,
                    what,
                    format!("take it out or use one of {}", known.join(", ")),
                );
            }
        }
    }
}
