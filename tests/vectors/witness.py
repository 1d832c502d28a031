"""cosignature.json and add_checkpoint.json: what a log and its witnesses say to each other."""

import base64

import formats as f
from formats import seeded, sha256

ORIGIN = "hub.example/log/2026h2"
LOG_SEED = seeded("log key", 32)
WITNESS = "witness.police.example/w1"
WITNESS_SEED = seeded("witness key", 32)
LEAVES = [f.leaf_hash(f"entry {index}".encode()) for index in range(70)]


def b64(data):
    return base64.b64encode(data).decode()


def public(seed):
    return f.ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verifier_key(name, kind, seed):
    key = bytes([kind]) + public(seed)
    key_id = sha256(name.encode() + b"\n" + key)[:4]
    return f"{name}+{key_id.hex()}+{b64(key)}"


def split(count):
    k = 1
    while 2 * k < count:
        k *= 2
    return k


def root(leaves):
    """MTH of RFC 6962, section 2.1, from its definition."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    k = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:]))


def subproof(m, leaves, whole):
    """SUBPROOF of RFC 6962, section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return subproof(m, leaves[:k], whole) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


def checkpoint(size, hash_=None):
    return f"{ORIGIN}\n{size}\n{b64(hash_ or root(LEAVES[:size]))}\n"


def cosign(text, seconds, seed=WITNESS_SEED, name=WITNESS, signed_text=None):
    key = f.ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    message = f"cosignature/v1\ntime {seconds}\n{signed_text or text}".encode()
    signature = key.sign(message)
    key_id = sha256(name.encode() + b"\n\x04" + public(WITNESS_SEED))[:4]
    return key_id, seconds.to_bytes(8, "big") + signature


def line(key_id, body, name=WITNESS):
    return f"\u2014 {name} {b64(key_id + body)}\n"


def cosignature_vectors():
    cases, notes = [], []
    for size, seconds in [(0, 1), (1, 1_790_000_000), (70, 1_790_000_000), (70, 2**63)]:
        text = checkpoint(size)
        signed = f.sign_note(text, ORIGIN, LOG_SEED)
        key_id, body = cosign(text, seconds)
        f.ed25519.Ed25519PublicKey.from_public_bytes(public(WITNESS_SEED)).verify(
            body[8:], f"cosignature/v1\ntime {seconds}\n{text}".encode())
        assert len(body) == 72
        note = signed + line(key_id, body)
        notes.append((signed, key_id, body))
        cases.append({"text": text, "seconds": seconds, "line": line(key_id, body), "note": note})
    signed, key_id, body = notes[2]
    text = checkpoint(70)
    plain = f.ed25519.Ed25519PrivateKey.from_private_bytes(WITNESS_SEED).sign(text.encode())
    refused = [
        ("no cosignature", signed),
        ("time 0", signed + line(*cosign(text, 0))),
        ("another time than was signed", signed + line(key_id, (7).to_bytes(8, "big") + body[8:])),
        ("another checkpoint than was signed",
         signed + line(*cosign(text, 5, signed_text=checkpoint(69)))),
        ("another key under this id", signed + line(*cosign(text, 5, seed=seeded("x", 32)))),
        ("a byte less", signed + line(key_id, body[:-1])),
        ("a byte more", signed + line(key_id, body + b"\0")),
        ("no time", signed + line(key_id, body[8:])),
        ("a plain signature", signed + line(key_id, plain)),
        ("the id of a plain signature",
         signed + line(f.note_key_id(WITNESS, public(WITNESS_SEED)), body)),
        ("a good and a bad one", signed + line(key_id, body) + line(key_id, bytes(72))),
    ]
    return {
        "doc": "docs/formats/witness.md",
        "key_name": WITNESS,
        "private_key": WITNESS_SEED.hex(),
        "public_key": public(WITNESS_SEED).hex(),
        "verifier_key": verifier_key(WITNESS, 4, WITNESS_SEED),
        "cases": cases,
        "refused": [{"why": why, "note": note} for why, note in refused],
    }


def add_checkpoint_vectors():
    def body(old, new, proof=None):
        hashes = ([] if old == 0 else subproof(old, LEAVES[:new], True)) if proof is None else proof
        lines = "".join(f"{b64(h)}\n" for h in hashes)
        return f"old {old}\n{lines}\n{f.sign_note(checkpoint(new), ORIGIN, LOG_SEED)}"

    cases = [{"old": old, "new": new, "old_root": root(LEAVES[:old]).hex(), "body": body(old, new)}
             for old, new in [(0, 0), (0, 1), (0, 70), (1, 2), (5, 9), (64, 70), (33, 70), (70, 70)]]
    good = body(5, 9)
    first = good.split("\n")[1]
    malformed = [
        ("empty", ""),
        ("no old line", good.split("\n", 1)[1]),
        ("a leading zero", good.replace("old 5", "old 05", 1)),
        ("a sign", good.replace("old 5", "old +5", 1)),
        ("two spaces", good.replace("old 5", "old  5", 1)),
        ("a space after the size", good.replace("old 5", "old 5 ", 1)),
        ("a carriage return", good.replace("old 5\n", "old 5\r\n", 1)),
        ("a size above 2^48", good.replace("old 5", f"old {2**48 + 1}", 1)),
        ("a hash of 31 bytes", good.replace(first, b64(bytes(31)), 1)),
        ("a hash without padding", good.replace(first, first.rstrip("="), 1)),
        ("64 hashes", body(5, 9, [bytes(32)] * 64)),
        ("no blank line", good.replace("\n\n", "\n", 1)),
        ("a checkpoint without signatures", f"old 5\n\n{checkpoint(9)}\n"),
        ("no newline at the end", good[:-1]),
        ("text after the end", good + "x"),
    ]
    return {
        "doc": "docs/formats/witness.md",
        "origin": ORIGIN,
        "verifier_key": verifier_key(ORIGIN, 1, LOG_SEED),
        "cases": cases,
        "malformed": [{"why": why, "body": text} for why, text in malformed],
    }
