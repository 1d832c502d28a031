//! What is told twice must be told alike: error codes and their pages, refusal reasons and their
//! cases.
//!
//! Must not know: what the codes mean.

use super::Tree;
use seinhuis_types::{ErrorCode, RefusalReason};

const ERRORS: &str = "docs/errors/";
const CASES: &str = "config/policy/cases/";

/// Codes without a page, pages without a code, pages that begin otherwise than with their code.
pub(super) fn errors(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for code in ErrorCode::ALL {
        let path = format!("{ERRORS}{}.md", code.as_str());
        let heading = format!("# {}", code.as_str());
        match tree.text(&path) {
            None => found.push(format!("{path}: missing; every error code has a page")),
            Some(text) if text.lines().next() != Some(heading.as_str()) => {
                found.push(format!("{path}:1: begin with `{heading}`"));
            }
            Some(_) => {}
        }
    }
    for (path, _) in tree
        .ending(".md")
        .filter(|(path, _)| path.starts_with(ERRORS))
    {
        let name = path.trim_start_matches(ERRORS).trim_end_matches(".md");
        if name != "README" && ErrorCode::parse(name).is_none() {
            found.push(format!(
                "{path}: no error code has this name; remove the page"
            ));
        }
    }
    found
}

/// Reasons that the law gives and that no case is named after.
pub(super) fn cases(tree: &Tree) -> Vec<String> {
    RefusalReason::ALL
        .iter()
        .filter(|reason| of_the_law(**reason))
        .map(|reason| reason.as_str().to_ascii_lowercase().replace('_', "-"))
        .map(|name| format!("{CASES}{name}.toml"))
        .filter(|path| !tree.has(path))
        .map(|path| format!("{path}: missing; every reason of the law has a case"))
        .collect()
}

/// The other two are given by the hub and the engine, not by a policy.
fn of_the_law(reason: RefusalReason) -> bool {
    !matches!(
        reason,
        RefusalReason::NotReleasable | RefusalReason::PolicyError
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_pages_are_the_same_set() {
        let pages: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| {
                (
                    format!("{ERRORS}{}.md", code.as_str()),
                    format!("# {}\n", code.as_str()),
                )
            })
            .collect();
        let mut files: Vec<_> = pages
            .iter()
            .map(|(p, t)| (p.as_str(), t.as_str()))
            .collect();
        assert_eq!(errors(&Tree::of(&files)), Vec::<String>::new());
        files.push(("docs/errors/NO_SUCH.md", "# NO_SUCH\n"));
        assert_eq!(errors(&Tree::of(&files)).len(), 1);
        files.remove(0);
        assert_eq!(errors(&Tree::of(&files)).len(), 2);
        files[0].1 = "# SOMETHING_ELSE\n";
        assert_eq!(errors(&Tree::of(&files)).len(), 3);
    }

    #[test]
    fn every_reason_of_the_law_needs_its_case() {
        let law = RefusalReason::ALL
            .iter()
            .filter(|r| of_the_law(**r))
            .count();
        let given = [RefusalReason::NotReleasable, RefusalReason::PolicyError];
        assert_eq!(law, RefusalReason::ALL.len() - given.len());
        assert_eq!(cases(&Tree::of(&[])).len(), law);
        let path = "config/policy/cases/type-not-covered.toml";
        let but_one = cases(&Tree::of(&[(path, "")]));
        assert_eq!(but_one.len(), law - 1);
        assert!(but_one.iter().all(|told| !told.starts_with(path)));
    }
}
