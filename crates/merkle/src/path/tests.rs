//! Tests of the tile paths.

use super::*;
use proptest::prelude::*;

fn size(leaves: u64) -> TreeSize {
    TreeSize::new(leaves).unwrap()
}

#[test]
fn paths_are_written_as_the_specification_shows() {
    for (kind, index, width, text) in [
        (TileKind::Hashes(0), 0, 256, "tile/0/000"),
        (TileKind::Hashes(0), 1_234_067, 256, "tile/0/x001/x234/067"),
        (TileKind::Hashes(0), 273, 112, "tile/0/273.p/112"),
        (TileKind::Hashes(2), 0, 1, "tile/2/000.p/1"),
        (TileKind::Hashes(63), 1_000, 255, "tile/63/x001/000.p/255"),
        (TileKind::Entries, 999, 256, "tile/entries/999"),
        (
            TileKind::Entries,
            (1 << 40) - 1,
            9,
            "tile/entries/x001/x099/x511/x627/775.p/9",
        ),
    ] {
        let path = TilePath::new(kind, index, width).unwrap();
        assert_eq!(path.to_string(), text);
        assert_eq!(TilePath::parse(text).unwrap(), path);
    }
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/00/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/+1/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x001000",
        "tile/0/001/",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/257",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000/1.p/1",
        "tile/0/ 000",
        "tile/0/000 ",
        "tile/0/000\n",
        "tile/entries/000/",
        "tile/Entries/000",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/x001/x099/x511/x627/776",
        "tile/0/٠٠٠",
        "tile/0/x18446744073709551616",
        "tile//000",
        "tile/0/../000",
        "tile/0/X001/000",
    ] {
        assert!(TilePath::parse(text).is_err(), "{text}");
    }
    assert!(TilePath::parse(&format!("tile/0/{}000", "x000/".repeat(100_000))).is_err());
}

#[test]
fn impossible_tiles_cannot_be_named() {
    assert!(TilePath::new(TileKind::Hashes(64), 0, 1).is_err());
    assert!(TilePath::new(TileKind::Hashes(0), 1 << 40, 1).is_err());
    assert!(TilePath::new(TileKind::Entries, 0, 0).is_err());
    assert!(TilePath::new(TileKind::Entries, 0, 257).is_err());
}

#[test]
fn a_tree_has_the_tiles_it_reaches() {
    let has = |text: &str, leaves| TilePath::parse(text).unwrap().is_within(size(leaves));
    assert!(has("tile/0/273.p/112", 70_000));
    assert!(has("tile/0/273.p/111", 70_000));
    assert!(!has("tile/0/273.p/113", 70_000));
    assert!(!has("tile/0/273", 70_000));
    assert!(has("tile/1/001.p/17", 70_000));
    assert!(has("tile/1/000", 70_000));
    assert!(!has("tile/1/001.p/18", 70_000));
    assert!(has("tile/2/000.p/1", 70_000));
    assert!(!has("tile/3/000.p/1", 70_000));
    assert!(!has("tile/63/000.p/1", 1 << 48));
    assert!(has("tile/6/000.p/1", 1 << 48));
    assert!(!has("tile/entries/000.p/1", 0));
}

proptest! {
    #[test]
    fn every_path_reads_back(level in 0u8..=63, entries: bool, index in 0u64..1 << 40, width in 1u16..=256) {
        let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
        let path = TilePath::new(kind, index, width).unwrap();
        prop_assert_eq!(TilePath::parse(&path.to_string()).unwrap(), path);
    }

    #[test]
    fn what_is_read_is_written_the_same(text in "tile/(entries|[0-9]{1,2})/(x?[0-9]{3}/?){1,4}(\\.p/[0-9]{1,3})?") {
        if let Ok(path) = TilePath::parse(&text) {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
