//! The types as they are: fields, minimum, roles, terms, directions, and the denied pairs, in a file to read.

use super::shipped::shipped;
use crate::catalogue::{Catalogue, FieldDef, FieldKind, TypeDef};
use std::fmt::{Display, Write};
use std::path::Path;

/// Set, the file is written instead of compared.
pub(super) const RENEW: &str = "SEINHUIS_RENEW";

fn words<T: Display>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| one.to_string()).collect();
    if all.is_empty() {
        return "-".to_owned();
    }
    all.join(" ")
}

/// A field of a type; the codes of its list stand in `codes.toml` and are not repeated.
fn field(one: &FieldDef, required: bool) -> String {
    let kind = match &one.kind {
        FieldKind::Enum { list, .. } => format!("one of {}", list.as_str()),
        FieldKind::EnumSet { list, max, .. } => format!("up to {max} of {}", list.as_str()),
        FieldKind::Int { min, max } => format!("int {min} to {max}"),
        other => other.as_str().to_owned(),
    };
    let mark = one.special.map_or("", |mark| mark.as_str());
    let required = if required { "required" } else { "" };
    let line = format!("  {} ({kind}) {required} {mark}", one.path);
    line.split(' ')
        .filter(|word| !word.is_empty())
        .fold(" ".to_owned(), |line, word| line + " " + word)
}

fn block(one: &TypeDef) -> String {
    let mut text = format!("{} version {}\n", one.code, one.version);
    let mut say = |line: String| writeln!(text, "{line}").unwrap();
    for direction in &one.directions {
        let (from, to) = (direction.from.as_str(), direction.to.as_str());
        say(format!("  {from} -> {to}: {}", words(&direction.purposes)));
    }
    for (path, of) in &one.fields {
        say(field(of, one.minimum.contains(path)));
    }
    let roles = one.subject_roles.iter();
    let roles = words(roles.map(|(role, most)| format!("{role}:{most}")));
    say(format!("  roles {roles}, together {}", one.max_subjects));
    let at = one.urgency_at.iter();
    let at = words(at.map(|(code, class)| format!("{code}:{}", class.as_str())));
    say(format!("  urgency {}, at {at}", one.urgency.as_str()));
    say(format!("  retention {}", one.retention.as_str()));
    say(format!("  acknowledge {}", one.acknowledge.as_str()));
    say(format!("  themes {}", words(&one.themes)));
    say(format!("  restricted {}", one.restricted));
    text
}

fn draw(catalogue: &Catalogue) -> String {
    let types = catalogue.signal_types().map(block);
    let terms = catalogue.urgencies().map(|one| {
        let (code, minutes) = (one.code.as_str(), one.deliver_minutes);
        format!(
            "{code} delivered {minutes:?} minutes, opened {:?}\n",
            one.acknowledge
        )
    });
    let kept = catalogue.retentions().map(|one| {
        let (code, after) = (one.code.as_str(), one.after);
        format!(
            "{code} {} hours after {after:?}, at most {}\n",
            one.hours, one.cap_hours
        )
    });
    let denied = catalogue.denied_pairs().map(|one| {
        let (from, to, by) = (one.from.as_str(), one.to.as_str(), one.lifted_by.as_str());
        let except = words(&one.except);
        format!(
            "{} denies {from} -> {to}, except {except}, lifted by {by}\n",
            one.code
        )
    });
    let blocks = types.chain([terms.collect(), kept.collect(), denied.collect()]);
    blocks.collect::<Vec<_>>().join("\n")
}

/// Where the law as data changes, the file changes with it, on purpose and in the same commit.
#[test]
fn each_type_is_as_it_was_drawn() {
    let drawn = draw(&shipped());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalogue/tests/types.txt");
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(&file, &drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let mut lines = drawn.lines().zip(kept.lines()).enumerate();
    let first = lines.find(|(_, (drawn, kept))| drawn != kept);
    assert!(
        drawn == kept,
        "the catalogue is not as in tests/types.txt, first at {first:?}; if it was meant, draw it anew: \
         {RENEW}=1 cargo test -p seinhuis-domain each_type_is_as_it_was_drawn, and read the difference"
    );
}
