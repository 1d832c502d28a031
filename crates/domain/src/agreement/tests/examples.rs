//! The agreements that are shipped, against the catalogue that is shipped.

use super::*;
use seinhuis_types::Oin;
use std::path::Path;

fn config(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../config")
        .join(path)
}

pub(crate) fn shipped() -> Catalogue {
    let files: Vec<(String, String)> = std::fs::read_dir(config("catalogue"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    Catalogue::load(&files).unwrap()
}

pub(crate) fn example(file: &str, catalogue: &Catalogue) -> Vec<u8> {
    let text = std::fs::read_to_string(config("agreements").join(file)).unwrap();
    let placeholders = Placeholders {
        catalogue_hash: Some(catalogue.hash()),
        policy_hash: Some(Digest([7; 32])),
    };
    from_toml(&text, &placeholders).unwrap()
}

#[test]
fn the_examples_keep_every_rule() {
    let catalogue = shipped();
    for file in ["two-party.toml", "four-party.toml", "five-party.toml"] {
        let bytes = example(file, &catalogue);
        let content = Content::parse(&bytes).unwrap();
        assert_eq!(check(&content, &catalogue, &options()), [], "{file}");
        assert!(
            !check(&content, &catalogue, &Options::default()).is_empty(),
            "{file}"
        );
        assert_eq!(Agreement::propose(&bytes).unwrap().bytes(), bytes);
    }
}

#[test]
fn probation_reaches_the_police_only_through_the_prosecutor() {
    let content = Content::parse(&example("five-party.toml", &shipped())).unwrap();
    let role = |oin: &Oin| content.party(oin).unwrap().role.to_string();
    let ways: Vec<String> = content
        .clauses
        .iter()
        .filter(|clause| clause.granted(&"COND_BREACH".parse().unwrap()).is_some())
        .map(|clause| format!("{} to {}", role(&clause.from), role(&clause.to)))
        .collect();
    assert_eq!(ways, ["reclassering to om", "om to politie"]);
    let direct = |c: &Clause| role(&c.from) == "reclassering" && role(&c.to) == "politie";
    assert!(!content.clauses.iter().any(direct));
}

#[test]
fn what_the_prosecutor_tells_veilig_thuis_is_about_one_adult() {
    let content = Content::parse(&example("five-party.toml", &shipped())).unwrap();
    let clause = content.clause(&"om-vt-safety".parse().unwrap()).unwrap();
    assert_eq!(clause.max_subjects, 1);
    assert!(!clause.subject_roles.contains("child"));
}

/// The clause of the four under which Veilig Thuis asks the police, and the one under which they answer.
const ASKED: [&str; 2] = ["vt-pol-ask", "pol-vt-answer"];

#[test]
fn what_is_asked_may_be_answered() {
    let catalogue = shipped();
    let whole: Value = serde_json::from_slice(&example("four-party.toml", &catalogue)).unwrap();
    let clauses = whole["clauses"].as_array().unwrap();
    let [ask, answer] = ASKED.map(|id| clauses.iter().position(|c| c["id"] == id).unwrap());
    let place = format!("clauses[{ask}].purposes");
    let rules = |change: &dyn Fn(&mut Value)| -> Vec<(String, &'static str)> {
        let mut value = whole.clone();
        change(&mut value["clauses"]);
        let bytes = canonical(value.to_string().as_bytes()).unwrap();
        let content = Content::parse(&bytes).unwrap();
        let faults = check(&content, &catalogue, &options()).into_iter();
        faults.map(|fault| (fault.path, fault.rule)).collect()
    };
    let unanswerable = [(place, "question-unanswerable")];
    assert_eq!(rules(&|_| ()), []);
    let found = rules(&|clauses| drop(clauses.as_array_mut().unwrap().remove(answer)));
    assert_eq!(found, unanswerable, "nobody answers");
    let found = rules(&|clauses| {
        clauses[ask]["regions"] = json!(["kennemerland", "amsterdam-amstelland"]);
    });
    assert_eq!(found, unanswerable, "of one region nobody answers");
    // An answer without a question harms nobody; it is never used.
    let found = rules(&|clauses| drop(clauses.as_array_mut().unwrap().remove(ask)));
    assert_eq!(found, []);
    // A clause the same way, or for another purpose, is none back.
    let found = rules(&|clauses| {
        let ways = clauses[answer].clone();
        clauses[answer]["from"] = ways["to"].clone();
        clauses[answer]["to"] = ways["from"].clone();
    });
    assert!(found.contains(&unanswerable[0]), "{found:?}");
    let found = rules(&|clauses| clauses[answer]["purposes"] = json!(["P-REPORT"]));
    assert!(found.contains(&unanswerable[0]), "{found:?}");
    // Nor is one under which nothing is asked.
    let found = rules(&|clauses| clauses[answer]["mode"] = json!("push"));
    assert!(found.contains(&unanswerable[0]), "{found:?}");
}
