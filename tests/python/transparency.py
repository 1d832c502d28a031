"""The log as RFC 6962 and C2SP describe it: signed notes, checkpoints, proofs, tiles.

Everything is verified under pinned verifier keys; nothing of the hub is believed. Must not know:
what an entry means.
"""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ground import Failed, check, f, same

WIDTH = 256


def decimal(text):
    """A number in its one form."""
    check(text.isascii() and text.isdigit() and str(int(text)) == text, f"{text!r} is a number")
    return int(text)


def digest(text):
    """32 bytes in standard base64."""
    data = base64.b64decode(text, validate=True)
    check(len(data) == 32 and base64.b64encode(data).decode() == text, "a digest is base64")
    return data


class NoteKey:
    """A pinned verifier key: `<name>+<hex of key id>+<base64(0x01 || public key)>`."""

    def __init__(self, vkey):
        self.name, key_id, encoded = vkey.split("+", 2)
        data = base64.b64decode(encoded, validate=True)
        check(len(data) == 33 and data[0] == 1, "a verifier key is Ed25519")
        self._public = Ed25519PublicKey.from_public_bytes(data[1:])
        self._id = f.note_key_id(self.name, data[1:])
        same(self._id.hex(), key_id, "id of the verifier key")

    def open(self, note):
        """The text of a note this key signed. Lines of other keys are ignored."""
        check("\n\n" in note and note.endswith("\n"), "a note has a text and signatures")
        text, signatures = note.rsplit("\n\n", 1)
        text += "\n"
        known = 0
        for line in signatures[:-1].split("\n"):
            dash, name, body = line.split(" ")
            check(dash == "\u2014", "a signature line begins with an em dash")
            body = base64.b64decode(body, validate=True)
            if (name, body[:4]) != (self.name, self._id):
                continue
            try:
                self._public.verify(body[4:], text.encode())
            except InvalidSignature as error:
                raise Failed("a known signature line does not verify") from error
            known += 1
        check(known == 1, "the pinned key signed the note")
        return text


class Checkpoint:
    """Size and root of the log, signed by its pinned key."""

    def __init__(self, key, note):
        text = key.open(note)
        origin, size, root, end = text.split("\n")
        same((origin, end), (key.name, ""), "origin of the checkpoint")
        self.size, self.root = decimal(size), digest(root)


def node(left, right):
    """An inner node."""
    return f.sha256(b"\x01" + left + right)


def verify_inclusion(index, size, leaf_hash, proof, root):
    """RFC 9162 section 2.1.3.2."""
    check(index < size, "the entry is in the tree")
    fn, sn, found = index, size - 1, leaf_hash
    for hash_ in proof:
        check(sn > 0, "the proof is no longer than its path")
        if fn & 1 or fn == sn:
            found = node(hash_, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node(found, hash_)
        fn, sn = fn >> 1, sn >> 1
    check(sn == 0 and found == root, "the inclusion proof leads to the root")


def verify_consistency(first, second, proof):
    """RFC 9162 section 2.1.4.2, for checkpoints with 0 < first.size < second.size."""
    check(0 < first.size < second.size, "the checkpoints grow")
    proof = list(proof)
    if first.size & (first.size - 1) == 0:
        proof.insert(0, first.root)
    check(proof, "there is a proof")
    fn, sn = first.size - 1, second.size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = proof[0]
    for hash_ in proof[1:]:
        check(sn > 0, "the proof is no longer than its path")
        if fn & 1 or fn == sn:
            old, new = node(hash_, old), node(hash_, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node(new, hash_)
        fn, sn = fn >> 1, sn >> 1
    check(sn == 0 and (old, new) == (first.root, second.root), "the log only grew")


def read_tlog_proof(key, text, index, leaf):
    """Verifies a c2sp.org/tlog-proof@v1 of `leaf` at `index`; gives its checkpoint."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    same(lines[0], "c2sp.org/tlog-proof@v1", "heading of the proof")
    rest = lines[2:] if lines[1].startswith("extra ") else lines[1:]
    same(rest[0], f"index {index}", "index of the proof")
    checkpoint = Checkpoint(key, note)
    hashes = [digest(line) for line in rest[1:]]
    verify_inclusion(index, checkpoint.size, f.leaf_hash(leaf), hashes, checkpoint.root)
    return checkpoint


def tile_path(kind, number, width=WIDTH):
    """`tile/<kind>/<N>[.p/<W>]` of c2sp.org/tlog-tiles; kind is a level or `entries`."""
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{kind}/{'/'.join(groups)}{partial}"


def tile_paths(kind, count):
    """The tiles that hold the first `count` things of a kind, with how many each."""
    for number in range((count + WIDTH - 1) // WIDTH):
        width = min(WIDTH, count - number * WIDTH)
        yield tile_path(kind, number, width), width


def read_bundle(data, width):
    """The entries of a bundle: u16 length || entry."""
    entries = []
    while data:
        length = int.from_bytes(data[:2], "big")
        check(len(data) >= 2 + length, "a bundle holds whole entries")
        entries.append(data[2:2 + length])
        data = data[2 + length:]
    same(len(entries), width, "entries in the bundle")
    return entries


def rebuild(fetch, checkpoint):
    """All leaves under a checkpoint, after recomputing its root from them and comparing every tile
    of hashes. `fetch` gives the bytes of a path."""
    leaves = []
    for path, width in tile_paths("entries", checkpoint.size):
        leaves += read_bundle(fetch(path), width)
    hashes = [f.leaf_hash(leaf) for leaf in leaves]
    same(f.tree_root(hashes), checkpoint.root, "root over all entries")
    level = 0
    while hashes:
        for number, (path, width) in enumerate(tile_paths(level, len(hashes))):
            expected = b"".join(hashes[number * WIDTH:number * WIDTH + width])
            same(fetch(path), expected, f"hashes in {path}")
        full = len(hashes) // WIDTH
        hashes = [f.tree_root(hashes[n * WIDTH:(n + 1) * WIDTH]) for n in range(full)]
        level += 1
    return leaves
