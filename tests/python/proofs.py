"""The proof in every reply: leaf, receipt, and the parts one may read with their openings.

docs/formats/leaf.md and receipt.md. Must not know: what the act was for.
"""

from contract import v1
from ground import check, f, hour, now, same
from transparency import decimal, digest

LEAF_BYTES = 374
COMMITMENTS = {v1.PART_SHARED: 246, v1.PART_PROVIDER: 278, v1.PART_RECIPIENT: 310,
               v1.PART_OUTCOME: 342}
MESSAGES = {v1.PART_SHARED: v1.SharedPart, v1.PART_PROVIDER: v1.ProviderPart,
            v1.PART_RECIPIENT: v1.RecipientPart, v1.PART_OUTCOME: v1.OutcomePart}


def check_leaf(leaf, epoch, ruleset_root, slip=None):
    """The form of a leaf, and what this partner knows of it."""
    same((len(leaf), leaf[0]), (LEAF_BYTES, 1), "length and format of the leaf")
    check(abs(int.from_bytes(leaf[1:4], "big") - hour()) <= 1, "the leaf's hour is this hour")
    same(int.from_bytes(leaf[4:6], "big"), epoch, "key epoch of the leaf")
    same(leaf[6:38], ruleset_root, "ruleset root of the leaf")
    if slip is not None:
        same(leaf[38:246], slip.nonce + slip.tags, "slip in the leaf")


def open_parts(leaf, parts):
    """The parts, after each was found under its commitment; by their kind."""
    found = {}
    for one in parts:
        check(one.part not in found and len(one.opening) == 32, "each part comes once, opened")
        at = COMMITMENTS[one.part]
        same(f.mac(one.opening, one.bytes), leaf[at:at + 32], "commitment to a part")
        found[one.part] = MESSAGES[one.part].FromString(one.bytes)
    return found


def check_receipt(receipt_key, note, index, leaf, decision):
    """The hub's signed promise about this leaf at this index."""
    lines = receipt_key.open(note).split("\n")
    check(len(lines) == 7 and lines[6] == "", "a receipt has six lines")
    origin = receipt_key.name.removesuffix("/receipt")
    same(lines[:2], ["seinhuis/receipt/v1", origin], "heading and origin of the receipt")
    same(decimal(lines[2]), index, "index in the receipt")
    same(digest(lines[3]), f.leaf_hash(leaf), "leaf hash in the receipt")
    same(digest(lines[4]), f.sha256(decision), "decision digest in the receipt")
    check(abs(decimal(lines[5]) / 1000 - now()) < 300, "the receipt's time is now")


def check_proof(partner, proof, ruleset_root, kinds, act, slip=None, decision=b""):
    """All of a proof; gives its parts by kind. `kinds` are the parts this caller must get."""
    check_leaf(proof.leaf, partner.epoch, ruleset_root, slip)
    check_receipt(partner.receipt_key, proof.receipt, proof.index, proof.leaf, decision)
    parts = open_parts(proof.leaf, proof.parts)
    same(set(parts), set(kinds) | {v1.PART_OUTCOME}, "parts in the proof")
    outcome = parts[v1.PART_OUTCOME]
    same(outcome.act, act, "act in the outcome")
    same(outcome.decision_digest, f.sha256(decision) if decision else b"",
         "decision digest in the outcome")
    if v1.PART_SHARED in parts:
        same(parts[v1.PART_SHARED].act, act, "act in the shared part")
    return parts
