//! The table of guarding lines, as `tests/mutations.md` writes it.

/// One line to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its place in the table, from 1.
    pub(super) number: usize,
    /// The file, from the root of the tree.
    pub(super) file: String,
    /// The line or the part of it that goes. Stands in the file exactly once.
    pub(super) line: String,
    /// What comes in its place; empty when it just goes.
    pub(super) replacement: String,
    /// The package whose test must notice.
    pub(super) package: String,
    /// The test, as a filter of `cargo test`.
    pub(super) test: String,
}

impl Row {
    /// Whether the row is of this package, by its full or its short name.
    pub(super) fn is_of(&self, package: &str) -> bool {
        self.package == package || self.package == format!("seinhuis-{package}")
    }
}

/// Reads the rows of every table in the page.
pub(super) fn read(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        let Some(cells) = cells(line) else { continue };
        let head = cells
            .first()
            .is_some_and(|cell| cell == "file" || cell.starts_with("--"));
        if head {
            continue;
        }
        let [file, line, replacement, package, test] = <[String; 5]>::try_from(cells)
            .map_err(|cells| format!("{}:{at}: {} cells, not 5", super::TABLE, cells.len()))?;
        if file.is_empty() || line.is_empty() || package.is_empty() || test.is_empty() {
            return Err(format!(
                "{}:{at}: only the replacement may be empty",
                super::TABLE
            ));
        }
        let number = rows.len() + 1;
        rows.push(Row {
            number,
            file,
            line,
            replacement,
            package,
            test,
        });
    }
    Ok(rows)
}

/// The cells of a table's line, without the backticks around code and with `\|` read as `|`.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in inner.chars() {
        match (c, escaped) {
            ('|', false) => cells.push(String::new()),
            (c, was) => {
                let cell = cells.last_mut()?;
                if was && c != '|' {
                    cell.push('\\');
                }
                if c != '\\' {
                    cell.push(c);
                } else if was {
                    escaped = false;
                    continue;
                }
            }
        }
        escaped = c == '\\';
    }
    Some(cells.iter().map(|cell| bare(cell)).collect())
}

fn bare(cell: &str) -> String {
    let cell = cell.trim();
    let code = cell
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    code.unwrap_or(cell).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_code_and_counted() {
        let text = "# Title\n\n| file | line | replacement | package | test |\n\
                    |---|---|---|---|---|\n\
                    | `a/b.rs` | `if x \\|\\| y {` | `if x {` | seinhuis-a | `it_holds` |\n\
                    text\n\
                    | `c.rs` | `done();` | | seinhuis-c | it_waits |\n";
        let rows = read(text).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].line.as_str(), rows[0].replacement.as_str()),
            ("if x || y {", "if x {")
        );
        assert_eq!((rows[1].number, rows[1].replacement.as_str()), (2, ""));
        assert!(rows[1].is_of("c") && rows[1].is_of("seinhuis-c") && !rows[1].is_of("a"));
    }

    #[test]
    fn a_backslash_in_code_stays() {
        let row = "| a.rs | `b\"x\\0\"` | `b\"y\\n\"` | p | t |\n";
        let rows = read(row).unwrap();
        assert_eq!(
            (rows[0].line.as_str(), rows[0].replacement.as_str()),
            ("b\"x\\0\"", "b\"y\\n\"")
        );
    }

    #[test]
    fn a_row_that_misses_something_is_told() {
        for bad in [
            "| a | b | c | d |\n",
            "| | b | c | d | e |\n",
            "| a | b | c | d | |\n",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
