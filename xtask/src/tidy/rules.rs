//! `docs/rules.md`: each of the thirteen rules names the tests that try to break it, and those tests
//! exist; or it says which issue will bring them. `docs/log-invariants.md`: the same of the log's fourteen
//! invariants, and of each a test that `tests/mutations.md` has seen go red.
//!
//! Form of a page: a heading `## <number>. <name>` a rule (`## I<number>. <name>` an invariant); under it lines
//! `` - `<package>: <test>` `` and lines `open: issue <number> (<title>): <what of it>`.
//! Must not know: whether the tests pass.

use super::Tree;
use std::collections::BTreeSet;

/// A page of this form.
struct Page {
    path: &'static str,
    /// What stands before the number.
    prefix: &'static str,
    rules: usize,
    /// Whether a test of each must stand in the table of mutations.
    mutated: bool,
}

const PAGES: [Page; 2] = [
    Page {
        path: "docs/rules.md",
        prefix: "",
        rules: 13,
        mutated: false,
    },
    Page {
        path: "docs/log-invariants.md",
        prefix: "I",
        rules: 14,
        mutated: true,
    },
];
const MUTATIONS: &str = "tests/mutations.md";
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
    PAGES.iter().flat_map(|page| of_page(tree, page)).collect()
}

fn of_page(tree: &Tree, page: &Page) -> Vec<String> {
    let path = page.path;
    let Some(text) = tree.text(path) else {
        return vec![format!("{path}: missing")];
    };
    let rules = read(text);
    let mut found = Vec::new();
    if rules.len() != page.rules {
        found.push(format!("{path}: {} rules, not {}", rules.len(), page.rules));
    }
    for (rule, number) in rules.iter().zip(1..) {
        let at = format!("{path}:{}", rule.line);
        if !rule.name.starts_with(&format!("{}{number}. ", page.prefix)) {
            found.push(format!(
                "{at}: `{}` is not {}{number}",
                rule.name, page.prefix
            ));
        }
        if rule.tests.is_empty() && !rule.open {
            found.push(format!(
                "{at}: no test, and no line `{OPEN}` that says what brings one"
            ));
        }
        if page.mutated && !rule.open && !rule.tests.is_empty() && !mutated(tree, rule) {
            found.push(format!(
                "{at}: no line of {MUTATIONS} makes one of its tests go red"
            ));
        }
        for line in &rule.unnamed {
            let form =
                ISSUES.map(|(number, title)| format!("`{OPEN} issue {number} ({title}): …`"));
            let form = form.join(" or ");
            found.push(format!("{path}:{line}: write {form}"));
        }
        for (line, package, test) in &rule.tests {
            if !tests_of(tree, package).contains(test.as_str()) {
                found.push(format!("{path}:{line}: no test `{test}` in {package}"));
            }
        }
    }
    found
}

/// Whether a test of the rule stands in the table of mutations.
fn mutated(tree: &Tree, rule: &Rule) -> bool {
    let table = tree.text(MUTATIONS).unwrap_or_default();
    rule.tests
        .iter()
        .any(|(_, package, test)| table.contains(&format!("| {package} | {test} |")))
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
        "seinhuis-simulation" => "simulation/".to_owned(),
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

    const PAGE: &str = "docs/rules.md";
    const INVARIANTS: &str = "docs/log-invariants.md";

    /// A page with all but its last rule open.
    fn page(prefix: &str, rules: usize, last: &str) -> String {
        let open = (1..rules).map(|n| format!("## {prefix}{n}. Name\nText.\n\n{LATER}\n"));
        open.collect::<String>() + &format!("## {prefix}{rules}. Name\n") + last
    }

    fn found_in(rules: &str, invariants: &str, mutations: &str) -> Vec<String> {
        let source = "//! A.\n#[test]\nfn it_holds() {}\nfn helper() {}\n\
                      #[tokio::test]\n#[expect(x)]\nasync fn it_waits() {}\n";
        let suite = "//! B.\npub async fn a_fact() {}\n";
        check(&Tree::of(&[
            (PAGE, rules),
            (INVARIANTS, invariants),
            (MUTATIONS, mutations),
            ("crates/hub/src/a.rs", source),
            ("crates/store/src/suite/rows.rs", suite),
        ]))
    }

    fn found(last: &str) -> Vec<String> {
        found_in(&page("", 13, last), &page("I", 14, LATER), "")
    }

    #[test]
    fn an_invariant_has_a_test_that_was_seen_to_go_red() {
        let named = page("I", 14, "- `seinhuis-hub: it_holds`\n");
        let row = "| a.rs | `x` | | seinhuis-hub | it_holds |\n";
        let rules = page("", 13, LATER);
        assert_eq!(found_in(&rules, &named, row), Vec::<String>::new());
        assert_eq!(found_in(&rules, &named, "").len(), 1);
        let other = row.replace("seinhuis-hub", "seinhuis-store");
        assert_eq!(found_in(&rules, &named, &other).len(), 1);
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
        let swapped = page("", 13, LATER).replacen("## 2.", "## 3.", 1);
        assert_eq!(found_in(&swapped, &page("I", 14, LATER), "").len(), 1);
        let swapped = page("I", 14, LATER).replacen("## I2.", "## 2.", 1);
        assert_eq!(found_in(&page("", 13, LATER), &swapped, "").len(), 1);
        assert_eq!(check(&Tree::of(&[])).len(), 2);
    }
}
