//! What moves the hash and what does not.

use super::{SMALL, edited, load, required_lists};
use crate::catalogue::{Catalogue, hash};

fn hash_of(text: &str) -> seinhuis_types::Digest {
    load(text).expect("loads").hash()
}

#[test]
fn labels_and_reminders_do_not_move_the_hash() {
    let first = hash_of(SMALL);
    for (from, to) in [
        ("nl = \"Geweld in huis\"", "nl = \"Geweld thuis\""),
        ("en = \"Secret\"", "en = \"Keep it secret\""),
        ("en = \"Psychological\"", "en = \"Mental\""),
        ("en = \"Police Data Act\"", "en = \"Act on police data\""),
    ] {
        assert_eq!(hash_of(&edited(from, to)), first, "{to}");
    }
}

#[test]
fn order_and_files_do_not_move_the_hash() {
    let first = hash_of(SMALL);
    let swapped = edited(
        "fields = [\"nature\", \"count\", \"ref\"]",
        "fields = [\"ref\", \"nature\", \"count\"]",
    );
    assert_eq!(hash_of(&swapped), first);
    let other = Catalogue::load(&[
        ("z.toml".to_owned(), required_lists()),
        ("a.toml".to_owned(), SMALL.to_owned()),
    ]);
    assert_eq!(other.expect("loads").hash(), first);
}

#[test]
fn every_meaning_moves_the_hash() {
    let first = hash_of(SMALL);
    for (from, to) in [
        ("max = 20", "max = 21"),
        ("special = \"criminal\"\n", ""),
        ("max = 2\n", "max = 1\n"),
        (
            "minimum = [\"nature\"]",
            "minimum = [\"nature\", \"count\"]",
        ),
        (
            "fields = [\"nature\", \"count\", \"ref\"]",
            "fields = [\"nature\", \"count\"]",
        ),
        ("subjects = { child = 4 }", "subjects = { child = 5 }"),
        ("max_subjects = 6", "max_subjects = 5"),
        ("version = 1\n", "version = 2\n"),
        ("acknowledge = \"opened\"", "acknowledge = \"delivered\""),
        ("acknowledge_minutes = 15", "acknowledge_minutes = 16"),
        ("cap_hours = 168", "cap_hours = 167"),
        ("after = \"acknowledged\"", "after = \"sent\""),
        ("visibility = \"subject\"", "visibility = \"authority\""),
        ("official = \"01\"", "official = \"02\""),
        ("wpg_articles = [\"8\"]", "wpg_articles = [\"8\", \"13.1\"]"),
        (
            "covers = [\"criminal\"]",
            "covers = [\"criminal\", \"special\"]",
        ),
        ("verified = true\nonward", "verified = false\nonward"),
        (
            "regime = \"WPG\"\n",
            "regime = \"WPG\"\nsingle_subject = true\n",
        ),
        ("article = \"7(2)\"", "article = \"7(1)\""),
        ("id = \"BWBR0022463\"", "id = \"BWBR0022464\""),
        (
            "article = \"5\", version = \"2025-07-01\"",
            "article = \"5\", version = \"2025-07-02\"",
        ),
        (
            "code = \"kennemerland\"",
            "code = \"kennemerland\"\nnational = true",
        ),
    ] {
        assert_ne!(hash_of(&edited(from, to)), first, "{to}");
    }
}

#[test]
fn numbers_and_absences_are_plain_json() {
    let catalogue = load(SMALL).expect("loads");
    let bytes = serde_json_canonicalizer::to_vec(&hash::structure(&catalogue)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let count = "\"count\":{\"kind\":\"int\",\"list\":null,\"max\":20,\"min\":0,\"most\":null,\"special\":null}";
    assert!(text.contains(count), "{text}");
    assert!(text.contains("\"format\":\"seinhuis/v1/catalogue\""));
    assert!(!text.contains("Geweld") && !text.contains("Geheim"));
}
