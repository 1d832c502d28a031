//! Names of tiles and entry bundles (C2SP tlog-tiles), both ways. Must not know where they are kept.

use crate::text::decimal;
use crate::{MerkleError, TreeSize};
use seinhuis_types::ParseError;
use std::fmt;

/// The number of hashes in a full tile, and of entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

const MAX_LEVEL: u64 = 63;
/// A tile further right begins at or above leaf 2^48.
const END_INDEX: u64 = 1 << 40;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TileKind {
    /// Hashes: of leaves at level 0, of full tiles of the level below at 1 to 63.
    Hashes(u8),
    /// Entries, as a bundle.
    Entries,
}

/// The path of one tile or bundle under the log's prefix: `tile/<L>/<N>[.p/<W>]` or
/// `tile/entries/<N>[.p/<W>]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

impl TilePath {
    /// The path of tile `index` of `kind` with the first `width` of its places: 1 to 255 for a
    /// partial tile, 256 for a full one. Level at most 63, index below 2^40.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, MerkleError> {
        let rule = match kind {
            TileKind::Hashes(level) if u64::from(level) > MAX_LEVEL => "a level of at most 63",
            _ if index >= END_INDEX => "an index below 2^40",
            _ if width == 0 || width > TILE_WIDTH => "a width of 1 to 256",
            _ => return Ok(Self { kind, index, width }),
        };
        Err(ParseError::new("tile path", rule).into())
    }

    /// The tile of `kind` at `index` as a tree of this size has it, if it does: full, or as wide as
    /// the tree reaches.
    pub fn in_tree(kind: TileKind, index: u64, size: TreeSize) -> Option<Self> {
        let start = index.checked_mul(u64::from(TILE_WIDTH))?;
        let reach = size.hashes_at(kind.level()).checked_sub(start)?;
        let width = u16::try_from(reach.min(u64::from(TILE_WIDTH))).ok()?;
        (width > 0).then_some(Self { kind, index, width })
    }

    /// Reads a path. Only the one canonical form is taken: no leading zeros, no empty groups, no
    /// other spelling of the same tile.
    pub fn parse(text: &str) -> Result<Self, MerkleError> {
        let malformed = || {
            let rule = "tile/<level or `entries`>/<groups of three digits>[.p/<width>]";
            MerkleError::from(ParseError::new("tile path", rule))
        };
        let rest = text.strip_prefix("tile/").ok_or_else(malformed)?;
        let (kind, rest) = rest.split_once('/').ok_or_else(malformed)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => {
                let level = decimal("tile path", level)?;
                TileKind::Hashes(u8::try_from(level).map_err(|_| malformed())?)
            }
        };
        let (groups, width) = match rest.split_once(".p/") {
            None => (rest, u64::from(TILE_WIDTH)),
            Some((groups, width)) => (groups, decimal("tile path", width)?),
        };
        let digits: String = groups.chars().filter(char::is_ascii_digit).collect();
        let index = digits.parse().map_err(|_| malformed())?;
        let path = Self::new(kind, index, u16::try_from(width).map_err(|_| malformed())?)?;
        // Writing the path again is the whole grammar: what was skipped over must come back.
        if path.to_string() == text {
            Ok(path)
        } else {
            Err(malformed())
        }
    }

    /// What the path leads to.
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// The place of the tile in its level, from 0.
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of hashes or entries, 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether the tile has all its 256 places, and so will never change.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The same tile when it is full. A log may drop a partial tile once the full one is there.
    #[must_use]
    pub fn to_full(self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..self
        }
    }

    /// Whether a tree of `size` leaves has this tile at least this wide, so that a log may serve
    /// it.
    pub fn is_within(self, size: TreeSize) -> bool {
        Self::in_tree(self.kind, self.index, size).is_some_and(|there| self.width <= there.width)
    }
}

impl TileKind {
    fn level(self) -> u8 {
        match self {
            Self::Hashes(level) => level,
            Self::Entries => 0,
        }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        // The index is below 2^40, so five groups hold it.
        let groups = [
            self.index / 1_000_000_000_000,
            self.index / 1_000_000_000,
            self.index / 1_000_000,
            self.index / 1_000,
        ];
        for above in groups.into_iter().filter(|above| *above > 0) {
            write!(f, "x{:03}/", above % 1_000)?;
        }
        write!(f, "{:03}", self.index % 1_000)?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl fmt::Debug for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for TilePath {
    type Err = MerkleError;
    fn from_str(text: &str) -> Result<Self, MerkleError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
