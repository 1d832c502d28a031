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

/// Agreements were signed on catalogues of before there were editions, themes, age rules and denials.
/// Those must keep their hash, or no partner finds the catalogue its agreement names.
#[test]
fn an_older_catalogue_keeps_its_hash() {
    let older = hash_of(&edited("edition = 2\n", ""));
    assert_eq!(
        seinhuis_types::hex(&older.0),
        "91757eab27b02137f6e8073a979f403d4f6005826293e697cc9637051875d8ed"
    );
}

#[test]
fn every_later_meaning_moves_the_hash() {
    let full = format!("{SMALL}{}", super::faults_more::MORE);
    let first = hash_of(&full);
    for (from, to) in [
        ("edition = 2\n", ""),
        ("acts = \"either\"", "acts = \"both\""),
        (", incapable = \"representative\"", ""),
        ("rights = [\"consent\"]", "rights = [\"access\"]"),
        ("lifted_by = \"attestation\"", "lifted_by = \"nothing\""),
        ("except = []\n", "except = [\"P-REPORT\"]\n"),
        ("restricted = false\n", "restricted = true\n"),
        ("forms = [\"honour\"]", "forms = []"),
        ("urgency = \"U2\" # ack", "urgency = \"U1\" # ack"),
        ("external = true", "external = false"),
        ("within_days = 28", "within_days = 27"),
        ("step_days = 14", "step_days = 13"),
    ] {
        assert_eq!(full.matches(from).count(), 1, "{from}");
        assert_ne!(hash_of(&full.replacen(from, to, 1)), first, "{to}");
    }
    for (from, to) in [
        (
            "verified = true\nonward",
            "consent = true\nverified = true\nonward",
        ),
        (
            "acknowledge = \"opened\"",
            "acknowledge = \"opened\"\nrestricted = true",
        ),
        (
            "acknowledge = \"opened\"",
            "acknowledge = \"opened\"\nthemes = [\"honour\"]",
        ),
    ] {
        assert_ne!(hash_of(&full.replacen(from, to, 1)), first, "{to}");
    }
    let reason = full.replacen("en = \"No norm\"", "en = \"No norm was found\"", 1);
    assert_eq!(hash_of(&reason), first, "a reason is a text");
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
    // Of the first edition, which asks nothing more of what is open.
    let first = hash_of(&edited("edition = 2\n", ""));
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
        let text = edited(from, to).replace("edition = 2\n", "");
        assert_ne!(hash_of(&text), first, "{to}");
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
