"""evidence.json: files that show what a log did wrong, and files that show nothing."""

import formats as f
from formats import seeded, sha256
from witness import (
    LEAVES, LOG_SEED, ORIGIN, WITNESS, WITNESS_SEED, b64, cosign, line, public, root, split,
    subproof, verifier_key,
)

RECEIPTS = f"{ORIGIN}/receipt"
RECEIPT_SEED = seeded("receipt key", 32)
COMMITTED = 1_790_000_000_000
TERM = 60_000
# The log as others were shown it: other entries from 40 on.
OTHER = LEAVES[:40] + [f.leaf_hash(f"other {index}".encode()) for index in range(40, 70)]


def checkpoint(leaves, seed=LOG_SEED, origin=ORIGIN):
    return f.sign_note(f"{origin}\n{len(leaves)}\n{b64(root(leaves))}\n", origin, seed)


def cosigned(leaves, seconds):
    note = checkpoint(leaves)
    return note + line(*cosign(note.split("\n\n")[0] + "\n", seconds))


def receipt(index, leaf):
    text = "".join(f"{part}\n" for part in [
        "seinhuis/receipt/v1", ORIGIN, index, b64(leaf), b64(sha256(b"")), COMMITTED])
    return f.sign_note(text, RECEIPTS, RECEIPT_SEED)


def path(index, leaves):
    """PATH of RFC 6962, section 2.1.1."""
    if len(leaves) < 2:
        return []
    k = split(len(leaves))
    if index < k:
        return path(index, leaves[:k]) + [root(leaves[k:])]
    return path(index - k, leaves[k:]) + [root(leaves[:k])]


def evidence(crime, values, **notes):
    head = "".join(f"{name} {value}\n" for name, value in [("crime", crime), *values])
    told = "".join(
        f"{name}\n" + "".join(f"\t{row}\n" for row in note.split("\n")[:-1])
        for name, note in notes.items())
    return f"seinhuis/evidence/v1\n{head}\n{told}"


def apart(small, large):
    return [("root", b64(root(large[:small]))),
            *[("hash", b64(h)) for h in subproof(small, large, True)]]


def evidence_vectors():
    small, seen = checkpoint(LEAVES[:50]), ("seen", COMMITTED + TERM + 1)
    fork = evidence("fork", apart(50, OTHER), earlier=small, later=checkpoint(OTHER))
    omission = evidence(
        "omission", [("leaf", b64(OTHER[44])), *[("hash", b64(h)) for h in path(44, OTHER)]],
        receipt=receipt(44, LEAVES[44]), checkpoint=checkpoint(OTHER))
    tail = {"receipt": receipt(50, LEAVES[50])}
    late = COMMITTED // 1000 + 61
    swapped = checkpoint(LEAVES, seed=seeded("x", 32))
    foreign = checkpoint(LEAVES, origin="other.example/log")
    shown = [
        ("fork", "proof", fork),
        ("fork", "proof", evidence("fork", apart(32, OTHER[1:]), earlier=checkpoint(LEAVES[:32]),
                                   later=checkpoint(OTHER[1:]))),
        ("fork", "proof", evidence("fork", [], earlier=checkpoint(LEAVES),
                                   later=checkpoint(OTHER))),
        ("omission", "proof", omission),
        ("omission", "proof", evidence("omission", [], receipt=receipt(44, LEAVES[44]),
                                       other=receipt(44, OTHER[44]))),
        ("dropped-tail", "testimony", evidence("dropped-tail", [seen], **tail, checkpoint=small)),
        ("dropped-tail", "witnessed", evidence("dropped-tail", [("seen", 0)], **tail,
                                               checkpoint=cosigned(LEAVES[:50], late))),
        ("rollback", "testimony", evidence("rollback", [seen], held=checkpoint(LEAVES),
                                           served=small)),
        ("replayed-checkpoint", "testimony", evidence(
            "replayed-checkpoint", [seen], held=checkpoint(LEAVES), served=small)),
        ("replayed-checkpoint", "testimony", evidence("replayed-checkpoint", [seen],
                                                      served=foreign)),
        ("swapped-key", "testimony", evidence("swapped-key", [seen], served=swapped)),
        ("unproven", "testimony", evidence("unproven", [seen], held=small,
                                           served=checkpoint(LEAVES))),
        ("unproven", "testimony", evidence("unproven", [seen], held=receipt(44, LEAVES[44]),
                                           served=checkpoint(LEAVES))),
    ]
    honest = evidence("fork", apart(50, LEAVES), earlier=small, later=checkpoint(LEAVES))
    nothing = [
        ("the larger tree begins with the smaller", honest),
        ("a false root of the beginning",
         honest.replace(b64(root(LEAVES[:50])), b64(bytes(32)), 1)),
        ("sizes alone", evidence("fork", [], earlier=small, later=checkpoint(OTHER))),
        ("one checkpoint twice", evidence("fork", [], earlier=small, later=small)),
        ("the larger one first",
         evidence("fork", apart(50, OTHER), earlier=checkpoint(OTHER), later=small)),
        ("the promised leaf", evidence(
            "omission", [("leaf", b64(LEAVES[44])), *[("hash", b64(h)) for h in path(44, LEAVES)]],
            receipt=receipt(44, LEAVES[44]), checkpoint=checkpoint(LEAVES))),
        ("a leaf of another place", evidence(
            "omission", [("leaf", b64(OTHER[45])), *[("hash", b64(h)) for h in path(45, OTHER)]],
            receipt=receipt(44, LEAVES[44]), checkpoint=checkpoint(OTHER))),
        ("two receipts of two places", evidence("omission", [], receipt=receipt(44, LEAVES[44]),
                                                other=receipt(45, LEAVES[45]))),
        ("the term had not passed", evidence(
            "dropped-tail", [("seen", COMMITTED + TERM)], **tail,
            checkpoint=cosigned(LEAVES[:50], late - 1))),
        ("the tree has the place", evidence("dropped-tail", [seen], **tail,
                                            checkpoint=checkpoint(LEAVES[:51]))),
        ("what was given is larger", evidence("rollback", [seen], held=small,
                                              served=checkpoint(LEAVES))),
        ("the pinned key signed it", evidence("swapped-key", [seen], served=small)),
        ("another key in a fork", evidence("fork", [], earlier=checkpoint(LEAVES),
                                           later=checkpoint(OTHER, seed=seeded("x", 32)))),
        ("a signature that nobody checks", evidence(
            "fork", [], earlier=cosigned(LEAVES, 7), later=checkpoint(OTHER))),
    ]
    rows = fork.split("\n")
    malformed = [
        ("another version", fork.replace("evidence/v1", "evidence/v2", 1)),
        ("another crime", fork.replace("crime fork", "crime theft", 1)),
        ("a value too many", fork.replace("crime fork", f"crime fork\nseen {COMMITTED}", 1)),
        ("a value twice", fork.replace(rows[2], f"{rows[2]}\n{rows[2]}", 1)),
        ("values after notes", fork + f"{rows[2]}\n"),
        ("no blank line", fork.replace("\n\n", "\n", 1)),
        ("a line of a note without its tab", fork.replace("\t", "", 1)),
        ("notes the other way", fork.replace("earlier\n", "x\n", 1).replace("later\n", "earlier\n", 1)
         .replace("x\n", "later\n", 1)),
        ("a blank line of a note without its tab", fork.replace("\n\t\n", "\n\n", 1)),
        ("a time with a leading zero",
         evidence("swapped-key", [("seen", "01")], served=swapped)),
        ("no newline at the end", fork[:-1]),
        ("carriage returns", fork.replace("\n", "\r\n")),
        ("text after the end", fork + "x"),
    ]
    assert root(OTHER[:50]) != root(LEAVES[:50]) and root(LEAVES[:32]) != root(OTHER[1:33])
    for name, seed, note in [(ORIGIN, LOG_SEED, small), (RECEIPTS, RECEIPT_SEED, tail["receipt"])]:
        assert f.verify_note(note, name, public(seed)) + "\n" in note
    return {
        "doc": "docs/formats/evidence.md",
        "verifier_key": verifier_key(ORIGIN, 1, LOG_SEED),
        "receipt_verifier_key": verifier_key(RECEIPTS, 1, RECEIPT_SEED),
        "witness_verifier_key": verifier_key(WITNESS, 4, WITNESS_SEED),
        "cases": [{"crime": crime, "weight": weight, "file": file} for crime, weight, file in shown],
        "refused": [{"why": why, "file": file} for why, file in nothing],
        "malformed": [{"why": why, "file": file} for why, file in malformed],
    }
