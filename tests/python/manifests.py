"""Manifests, for who makes them and for who gets them with leaves withheld.

docs/formats/manifest.md. Must not know: what the leaves say.
"""

from ground import Failed, check, f, random

SALT = 16
# From place to hash, where a leaf is in clear: (label, bytes). Where it is not: (label, hash).


def labels(subjects, paths):
    """The labels of an envelope in leaf order."""
    return ["route", "header", "source", *(f"ct/{n}" for n in range(subjects)), "key",
            *(f"f/{path}" for path in sorted(paths, key=str.encode))]


class Manifest:
    """Every leaf with its salt, at the sender."""

    def __init__(self, leaves):
        """`leaves`: (label, bytes) in leaf order."""
        self.leaves = [(label, random(SALT), data) for label, data in leaves]

    def hashes(self):
        """The leaf hashes in order."""
        return [leaf_hash(*leaf) for leaf in self.leaves]

    def message(self):
        """What the sender signs."""
        return f.manifest_message(len(self.leaves), f.tree_root(self.hashes()))

    def salts(self, of=lambda label: True):
        """The salts of the leaves `of` chooses, in leaf order."""
        return b"".join(salt for label, salt, _ in self.leaves if of(label))

    def hidden(self, of):
        """(place, hash, label) of the leaves `of` chooses."""
        return [(place, hash_, leaf[0])
                for place, (hash_, leaf) in enumerate(zip(self.hashes(), self.leaves))
                if of(leaf[0])]


def leaf_hash(label, salt, data):
    """The hash of a leaf in clear."""
    return f.leaf_hash(f.manifest_leaf_data(label, salt, data))


def received_message(clear, hidden, salts):
    """The signed message as a recipient puts it together, and all labels in leaf order.

    `clear` are (label, bytes) in leaf order, `hidden` the LeafHash messages, `salts` 16 bytes per
    leaf with zeros in the place of what is hidden.
    """
    count = len(clear) + len(hidden)
    check(len(salts) == SALT * count, "there is one salt per leaf")
    places = [leaf.index for leaf in hidden]
    check(places == sorted(set(places)), "hidden leaves come in order, each once")
    by_place = {leaf.index: leaf for leaf in hidden}
    rest, hashes, found = iter(clear), [], []
    for place in range(count):
        salt = salts[SALT * place:SALT * (place + 1)]
        if place in by_place:
            check(salt == bytes(SALT), "the salt of a hidden leaf is withheld with it")
            check(len(by_place[place].hash) == 32, "a leaf hash has 32 bytes")
            found.append(by_place[place].label)
            hashes.append(by_place[place].hash)
        else:
            try:
                label, data = next(rest)
            except StopIteration:
                raise Failed("a hidden leaf lies beyond the manifest") from None
            found.append(label)
            hashes.append(leaf_hash(label, salt, data))
    return f.manifest_message(count, f.tree_root(hashes)), found
