"""aics-tlog, for Python 3.12 or later: notes, every tile and bundle, both kinds of proof."""

import aics_tlog as t

from published import altered, flipped, refuses


class Altered:
    """Reads files, one of them with a bit flipped."""

    def __init__(self, log, name, at):
        self.files, self.name, self.at = t.FileSystemTileReader(log), name, at

    def _read(self, name, *place):
        data = getattr(self.files, name)(*place)
        return flipped(data, self.at) if data and (name, *place) == self.name else data

    def read_tile(self, *place):
        """A tile."""
        return self._read("read_tile", *place)

    def read_entry_bundle(self, *place):
        """A bundle."""
        return self._read("read_entry_bundle", *place)


def check(log, older):
    """Gives how many proofs were the same as ours and how many altered things were refused."""
    same = refused = 0
    key = t.parse_vkey(log.vkey)

    def opened(text):
        return t.verify_checkpoint(t.parse_note(text), key).log_ok

    note = log.note.encode()
    assert opened(note)
    for at in range(log.note.index("\n\n")):
        assert refuses(opened, flipped(note, at)), at
        refused += 1
    checkpoint = t.parse_checkpoint(t.parse_note(note).text)
    assert (checkpoint.origin, checkpoint.size) == (key.name, log.size)
    root = checkpoint.root
    reader = t.FileSystemTileReader(log.log)
    t.audit_tiles(reader, log.size, root)
    for name in names(log.size):
        assert refuses(t.audit_tiles, Altered(log.log, name, 17), log.size, root), name
        refused += 1

    for index, ours in log.inclusion.items():
        assert t.inclusion_proof_from_tiles(reader, index, log.size) == ours, index
        leaf = t.leaf_hash(log.entries[index])
        assert t.verify_inclusion(leaf, index, log.size, ours, root), index
        same += 1
        for other in altered(ours):
            assert refuses(t.verify_inclusion, leaf, index, log.size, other, root), index
            refused += 1
    for old, ours in log.consistency.items():
        if old == 0:
            assert ours == []
            continue
        assert t.consistency_proof_from_tiles(reader, old, log.size) == ours, old
        before = older.get(old) or t.tree_root_from_tiles(reader, old, log.size)
        assert t.verify_consistency(old, log.size, before, root, ours), old
        same += 1
        for other in altered(ours):
            assert refuses(t.verify_consistency, old, log.size, before, root, other), old
            refused += 1
    return same, refused


def names(size):
    """Some of the tiles and bundles of a log of this size: first, middle and last of each level."""
    for level in range(3):
        count = size // 256**level
        tiles = (count + 255) // 256
        for index in {0, tiles // 2, tiles - 1} if tiles else ():
            width = min(count - index * 256, 256)
            place = (index, None if width == 256 else width)
            yield ("read_tile", level, *place)
            if level == 0:
                yield ("read_entry_bundle", *place)
