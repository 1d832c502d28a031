//! What no file may say, and what every Rust file begins with.

use super::Tree;

/// Marks of work left undone; it belongs in an issue.
const UNDONE: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
/// In Rust: tests that do not run, and lints switched off without a reason.
const ATTRIBUTES: &[(&str, &str)] = &[
    (
        concat!("#[ig", "nore"),
        "a test that does not run proves nothing; mend or remove it",
    ),
    (
        concat!("#[al", "low("),
        "use `#[expect(lint, reason = \"...\")]`",
    ),
    (
        concat!("#![al", "low("),
        "use `#![expect(lint, reason = \"...\")]`",
    ),
];
/// Folders of one machine.
const MACHINE: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
    concat!("C:", "\\"),
];

/// Lines that say what no file may, and Rust files without a module comment.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        let Some(text) = text else { continue };
        if path == "Cargo.lock" || path == "LICENSE" {
            continue;
        }
        let rust = path.ends_with(".rs");
        if rust && !text.starts_with("//!") {
            found.push(format!(
                "{path}:1: begin with `//!`: what it owns and must not know"
            ));
        }
        for (number, line) in text.lines().enumerate() {
            let at = format!("{path}:{}", number + 1);
            found.extend(in_line(line, rust).map(|what| format!("{at}: {what}")));
        }
    }
    found
}

fn in_line(line: &str, rust: bool) -> impl Iterator<Item = String> {
    let undone = UNDONE
        .iter()
        .filter(|mark| has_word(line, mark))
        .map(|mark| format!("`{mark}`: do it, or write it down elsewhere"));
    let attributes = ATTRIBUTES
        .iter()
        .filter(move |(attribute, _)| rust && line.contains(attribute))
        .map(|(_, remedy)| (*remedy).to_owned());
    let machine = MACHINE
        .iter()
        .filter(|folder| has_path(line, folder))
        .map(|folder| format!("`{folder}`: a path of one machine"));
    undone.chain(attributes).chain(machine)
}

/// Whether `word` stands in `line` by itself.
fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|found| found == word)
}

/// Whether an absolute path in `line` begins with `folder`: not the middle of another path, as in
/// an address.
fn has_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn undone_work_silenced_lints_and_machine_paths_are_told() {
        for mark in UNDONE {
            assert_eq!(found("a.md", &format!("see {mark}: later\n")), 1, "{mark}");
            assert_eq!(
                found("a.md", &format!("a{mark}b and {mark}_\n")),
                0,
                "{mark}"
            );
        }
        for (attribute, _) in ATTRIBUTES {
            assert_eq!(
                found("a.rs", &format!("//! A.\n{attribute}x)]\n")),
                1,
                "{attribute}"
            );
            assert_eq!(
                found("a.md", &format!("never {attribute}\n")),
                0,
                "{attribute}"
            );
        }
        for folder in MACHINE {
            assert_eq!(
                found("a.toml", &format!("path = \"{folder}x\"\n")),
                1,
                "{folder}"
            );
        }
        assert_eq!(
            found("a.md", &format!("https://example.org{}x\n", MACHINE[1])),
            0
        );
    }

    #[test]
    fn a_rust_file_begins_by_saying_what_it_is() {
        assert_eq!(found("a.rs", "//! A.\n"), 0);
        assert_eq!(found("a.rs", "use x;\n"), 1);
        assert_eq!(found("a.py", "import x\n"), 0);
    }
}
