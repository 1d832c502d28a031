//! The layers, over workspaces made for the purpose.

use super::super::Tree;
use super::{Metadata, check, lints};

/// A workspace of packages with their dependencies, each `kind:name`, `kind` one of `normal`,
/// `dev` and `outside`.
fn of(packages: &[(&str, &[&str])]) -> Metadata {
    let packages: Vec<_> = packages
        .iter()
        .map(|(name, dependencies)| {
            let dependencies: Vec<_> = dependencies
                .iter()
                .map(|text| {
                    let (kind, name) = text.split_once(':').unwrap();
                    serde_json::json!({
                        "name": name,
                        "kind": (kind == "dev").then_some("dev"),
                        "path": (kind != "outside").then_some("crates/x"),
                    })
                })
                .collect();
            serde_json::json!({ "name": name, "dependencies": dependencies })
        })
        .collect();
    serde_json::from_value(serde_json::json!({ "packages": packages })).unwrap()
}

#[test]
fn a_dependency_on_a_lower_layer_is_fine() {
    let sound = of(&[
        (
            "seinhuis-seal",
            &["normal:seinhuis-merkle", "normal:seinhuis-types"],
        ),
        (
            "seinhuis-identity",
            &["dev:seinhuis-testkit", "dev:seinhuis-policy"],
        ),
        ("seinhuis-policy", &["outside:cedar-policy"]),
        ("xtask", &["normal:seinhuis-policy", "outside:clap"]),
    ]);
    assert_eq!(check(&sound), Vec::<String>::new());
}

#[test]
fn an_edge_up_or_aside_is_named() {
    for (from, to) in [
        ("seinhuis-types", "seinhuis-merkle"),
        ("seinhuis-policy", "seinhuis-store"),
        ("seinhuis-domain", "seinhuis-hub"),
        ("seinhuis-merkle", "seinhuis-pseudonym"),
        ("seinhuis", "xtask"),
    ] {
        let found = check(&of(&[(from, &[&format!("normal:{to}")])]));
        assert_eq!(found.len(), 1, "{from} -> {to}: {found:?}");
        assert!(
            found[0].contains(from) && found[0].contains(to),
            "{}",
            found[0]
        );
    }
}

#[test]
fn the_partners_side_reaches_no_server_crate_by_any_way() {
    let found = check(&of(&[
        ("seinhuis-client", &["normal:seinhuis-domain"]),
        ("seinhuis-domain", &["normal:seinhuis-types"]),
        ("seinpaal", &["normal:seinhuis-client"]),
    ]));
    assert!(found.is_empty(), "{found:?}");
    let found = check(&of(&[
        ("seinpaal", &["normal:seinhuis-telemetry"]),
        ("seinhuis-telemetry", &["normal:seinhuis-store"]),
    ]));
    let way = "seinpaal -> seinhuis-telemetry -> seinhuis-store";
    assert!(
        found.iter().any(|finding| finding.contains(way)),
        "{found:?}"
    );
}

#[test]
fn engines_and_the_command_line_stay_where_they_belong() {
    for (package, outside) in [
        ("seinhuis-hub", "cedar-policy"),
        ("seinhuis-store", "sled"),
        ("seinhuis-gateway", "clap"),
        ("seinhuis-client", "libpep"),
    ] {
        let found = check(&of(&[(package, &[&format!("outside:{outside}")])]));
        assert_eq!(found.len(), 1, "{package} -> {outside}");
    }
}

#[test]
fn a_crate_without_a_layer_is_told() {
    let found = check(&of(&[("seinhuis-console", &[])]));
    assert!(found[0].contains("no layer"), "{found:?}");
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let tree = Tree::of(&[
        ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
        ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
        ("crates/proto/Cargo.toml", "[package]\nname = \"proto\"\n"),
    ]);
    let found = lints(&tree);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("crates/b/"), "{found:?}");
}
