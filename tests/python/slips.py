"""Slips and tags: what a partner puts in a leaf, and how its officer finds it again.

docs/formats/leaf.md. Must not know: which act a slip belongs to.
"""

from contract import v1
from ground import f, random

SLOTS = 12
NUMBER, SKN, OWN = 1, 2, 3


class TagKey:
    """The partner's tag key of one epoch; it never leaves the partner."""

    def __init__(self, key):
        self._key = key

    def slip(self, subjects=()):
        """A slip for subjects (kind, value) by ordinal; other slots are random."""
        nonce = random(16)
        tags = [random(16) for _ in range(SLOTS)]
        for ordinal, (kind, value) in enumerate(subjects):
            tags[ordinal] = f.tag(f.tag_subject_key(self._key, kind, value), nonce, ordinal)
        return v1.Slip(nonce=nonce, tags=b"".join(tags))

    def scan(self, leaves, kind, value):
        """The indexes of all leaves in which the subject is tagged: the ground truth."""
        subject = f.tag_subject_key(self._key, kind, value)
        found = []
        for index, leaf in enumerate(leaves):
            nonce = leaf[38:54]
            tags = {leaf[54 + 16 * n:70 + 16 * n]: n for n in range(SLOTS)}
            if any(tags.get(f.tag(subject, nonce, n)) == n for n in range(SLOTS)):
                found.append(index)
        return found
