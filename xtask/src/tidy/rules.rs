//! `docs/rules.md`: each of the thirteen rules names the tests that try to break it, and those tests
//! exist; or it says which issue will bring them.
//!
//! Form of the page: a heading `## <number>. <name>` a rule; under it lines
//! `` - `<package>: <test>` `` and lines `open: issue <number> (<title>): <what of it>`.
//! Must not know: whether the tests pass.

use super::Tree;
use std::collections::BTreeSet;

const PAGE: &str = "docs/rules.md";
const RULES: usize = 13;
const OPEN: &str = "open:";
/// The issues that are still to come, by number and title.
const ISSUES: [(u32, &str); 2] = [
    (3, "A log anyone can check, on a store that survives"),
    (4, "The law in full"),
];

struct Rule {
    line: usize,
    name: String,
    /// Line, package, test.
    tests: Vec<(usize, String, String)>,
    open: bool,
    /// Lines that begin as an open one does and name no issue that is to come.
    unnamed: Vec<usize>,
}

/// Rules without a test or a word on what brings one, and tests that do not exist.
pub(super) fn check(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text(PAGE) else {
        return vec![format!("{PAGE}: missing")];
    };
    let rules = read(text);
    let mut found = Vec::new();
    if rules.len() != RULES {
        found.push(format!("{PAGE}: {} rules, not {RULES}", rules.len()));
    }
    for (rule, number) in rules.iter().zip(1..) {
        let at = format!("{PAGE}:{}", rule.line);
        if !rule.name.starts_with(&format!("{number}. ")) {
            found.push(format!("{at}: `{}` is not rule {number}", rule.name));
        }
        if rule.tests.is_empty() && !rule.open {
            found.push(format!(
                "{at}: no test, and no line `{OPEN}` that says what brings one"
            ));
        }
        for line in &rule.unnamed {
            let form =
                ISSUES.map(|(number, title)| format!("`{OPEN} issue {number} ({title}): …`"));
            let form = form.join(" or ");
            found.push(format!("{PAGE}:{line}: write {form}"));
        }
        for (line, package, test) in &rule.tests {
            if !tests_of(tree, package).contains(test.as_str()) {
                found.push(format!("{PAGE}:{line}: no test `{test}` in {package}"));
            }
        }
    }
    found
}

fn read(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if let Some(name) = line.strip_prefix("## ") {
            let name = name.to_owned();
            rules.push(Rule {
                line: number,
                name,
                tests: Vec::new(),
                open: false,
                unnamed: Vec::new(),
            });
        }
        let Some(rule) = rules.last_mut() else {
            continue;
        };
        if let Some(what) = line.strip_prefix(OPEN) {
            rule.open = true;
            if !names_an_issue(what) {
                rule.unnamed.push(number);
            }
        }
        let named = line
            .strip_prefix("- `")
            .and_then(|rest| rest.split_once('`'));
        if let Some((package, test)) = named.and_then(|(name, _)| name.split_once(": ")) {
            rule.tests
                .push((number, package.to_owned(), test.to_owned()));
        }
    }
    rules
}

/// Whether an open line says which issue brings what.
fn names_an_issue(line: &str) -> bool {
    ISSUES.iter().any(|(number, title)| {
        let rest = line.strip_prefix(&format!(" issue {number} ({title}): "));
        rest.is_some_and(|what| !what.trim().is_empty())
    })
}

/// The names of a package's tests: functions with a test attribute, and the facts of a conformance
/// suite, which a macro makes tests of.
fn tests_of<'a>(tree: &'a Tree, package: &str) -> BTreeSet<&'a str> {
    let folder = match package {
        "seinhuis-tests" => "tests/".to_owned(),
        "xtask" => "xtask/".to_owned(),
        "seinhuis" | "seinpaal" => format!("crates/{package}/"),
        other => format!("crates/{}/", other.trim_start_matches("seinhuis-")),
    };
    let mut found = BTreeSet::new();
    for (path, text) in tree
        .ending(".rs")
        .filter(|(path, _)| path.starts_with(&folder))
    {
        let suite = path.contains("/suite/");
        let mut marked = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with("#[") {
                marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            } else if let Some(name) = function(line) {
                if marked || suite {
                    found.insert(name);
                }
                marked = false;
            }
        }
    }
    found
}

/// The name of the function that begins on this line.
fn function(line: &str) -> Option<&str> {
    let start = ["pub async fn ", "async fn ", "pub fn ", "fn "];
    let rest = start.iter().find_map(|start| line.strip_prefix(start))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: &str = "open: issue 4 (The law in full): asking\n";

    fn page(last: &str) -> String {
        let open = (1..RULES).map(|n| format!("## {n}. Name\nText.\n\n{LATER}\n"));
        open.collect::<String>() + "## 13. Name\n" + last
    }

    fn found(last: &str) -> Vec<String> {
        let source = "//! A.\n#[test]\nfn it_holds() {}\nfn helper() {}\n\
                      #[tokio::test]\n#[expect(x)]\nasync fn it_waits() {}\n";
        let suite = "//! B.\npub async fn a_fact() {}\n";
        check(&Tree::of(&[
            (PAGE, &page(last)),
            ("crates/hub/src/a.rs", source),
            ("crates/store/src/suite/rows.rs", suite),
        ]))
    }

    #[test]
    fn a_rule_names_tests_that_exist_or_what_brings_them() {
        for good in [
            "- `seinhuis-hub: it_holds`\n",
            "- `seinhuis-hub: it_waits` (why)\n",
            "- `seinhuis-store: a_fact`\n",
            LATER,
            "open: issue 3 (A log anyone can check, on a store that survives): erasure\n",
            "- `seinhuis-hub: it_holds`\n\nopen: issue 4 (The law in full): asking\n",
        ] {
            assert_eq!(found(good), Vec::<String>::new(), "{good}");
        }
        for bad in [
            "",
            "open:\n",
            "open: comes with questions and answers\n",
            "open: issue 4\n",
            "open: issue 4 (The law in full): \n",
            "open: issue 3 (The law in full): asking\n",
            "open: issue 5 (The law in full): asking\n",
            "- `seinhuis-hub: it_holds`\n\nopen: comes later\n",
            "- `seinhuis-hub: it_holds_not`\n",
            "- `seinhuis-hub: helper`\n",
            "- `seinhuis-policy: it_holds`\n",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_rule_cannot_be_dropped_or_reordered() {
        assert_eq!(found(&format!("{LATER}## 14. More\n{LATER}")).len(), 1);
        let swapped = page(LATER).replacen("## 2.", "## 3.", 1);
        assert_eq!(check(&Tree::of(&[(PAGE, &swapped)])).len(), 1);
        assert_eq!(check(&Tree::of(&[])).len(), 1);
    }
}
