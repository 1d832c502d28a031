//! Length of files. Data (TOML, JSON, lock files, the table of mutations) and generated files are exempt; prose
//! is not.

use super::Tree;

/// From here on a file asks to be split.
const LARGE: usize = 400;
/// From here on it must be.
const TOO_LARGE: usize = 600;
/// What is written by hand and read from top to bottom.
const ENDINGS: &[&str] = &[
    ".rs",
    ".md",
    ".py",
    ".proto",
    ".cedar",
    ".cedarschema",
    ".sh",
];
/// A table that is looked up by row, whatever its ending says.
const TABLE: &str = "tests/mutations.md";
/// Says that a machine wrote the file.
const GENERATED: &str = "@generated";

/// Files that ask to be split.
pub(super) fn large(tree: &Tree) -> Vec<String> {
    longer(tree, LARGE, TOO_LARGE)
}

/// Files that are too long.
pub(super) fn too_large(tree: &Tree) -> Vec<String> {
    longer(tree, TOO_LARGE, usize::MAX)
}

fn longer(tree: &Tree, from: usize, below: usize) -> Vec<String> {
    ENDINGS
        .iter()
        .flat_map(|ending| tree.ending(ending))
        .filter(|(path, _)| *path != TABLE)
        .filter(|(_, text)| !text.lines().take(5).any(|line| line.contains(GENERATED)))
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| (from..below).contains(lines))
        .map(|(path, lines)| format!("{path}: {lines} lines; split it before {TOO_LARGE}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_told_and_generated_ones_and_data_are_not() {
        let lines = |count: usize| "x\n".repeat(count);
        let tree = Tree::of(&[
            ("a.rs", &lines(399)),
            ("b.rs", &lines(400)),
            ("c.md", &lines(600)),
            ("d.toml", &lines(900)),
            (TABLE, &lines(900)),
            ("e.rs", &format!("// {GENERATED}\n{}", lines(900))),
        ]);
        assert_eq!(large(&tree).len(), 1);
        assert!(large(&tree)[0].starts_with("b.rs"));
        assert_eq!(too_large(&tree).len(), 1);
        assert!(too_large(&tree)[0].starts_with("c.md"));
    }
}
