//! `seinhuis catalogue`: lists, explanations and the matrix, in both languages and for machines.

use super::{config, run, told};
use serde_json::Value;

fn catalogue(args: &[&str]) -> std::process::Output {
    let folder = config().join("catalogue");
    let folder = folder.to_str().unwrap();
    let all: Vec<&str> = ["catalogue"]
        .into_iter()
        .chain(args.iter().copied())
        .chain(["--folder", folder])
        .collect();
    run(&all)
}

fn said(args: &[&str]) -> String {
    let output = catalogue(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_catalogue_is_listed_explained_and_drawn() {
    assert_eq!(said(&["list"]).lines().count(), 60);
    for what in [
        "bases", "purposes", "codes", "roles", "ages", "denied", "themes",
    ] {
        let nl = said(&["list", what]);
        let en = said(&["list", what, "--lang", "en"]);
        assert_ne!(nl, en, "{what}");
        let json: Value = serde_json::from_str(&said(&["list", what, "--json"])).unwrap();
        assert_eq!(json.as_array().unwrap().len(), nl.lines().count(), "{what}");
    }
    assert!(said(&["explain", "VT_VTO"]).contains("Raad voor de Kinderbescherming, P-PROTECT"));
    assert!(said(&["matrix"]).contains("reclassering -> politie"));
    assert!(said(&["matrix", "--html"]).starts_with("<table>"));
}

#[test]
fn a_slip_of_the_pen_is_told_with_what_was_meant() {
    let output = catalogue(&["explain", "VT_VTOO"]);
    assert_eq!(output.status.code(), Some(64));
    let said = told(&output);
    let wanted = "`VT_VTOO` is not in the catalogue; did you mean `VT_VTO`?";
    assert!(said.contains(wanted), "{said}");
}
