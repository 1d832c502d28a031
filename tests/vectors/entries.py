"""leaf.json, tag.json, receipt.json and ruleset.json: what an entry of the log leaves behind."""

import base64

import formats as f
from agreements import AGREEMENT
from common import HOUR, POLICE, PSEUDONYM, RULESET, SAFE_HOME
from envelope import SOURCE
from formats import message, seeded, sha256


def slip(label, tag_key, subjects):
    nonce = seeded(f"slip nonce/{label}", 16)
    tags = [seeded(f"slip filler/{label}/{n}", 16) for n in range(12)]
    for ordinal, (kind, value) in enumerate(subjects):
        tags[ordinal] = f.tag(f.tag_subject_key(tag_key, kind, value), nonce, ordinal)
    return nonce, tags


TAG_KEY = seeded("tag key/e1", 32)
TAGGED = [(1, b"123456782"), (2, b"20123456"), (3, bytes.fromhex(PSEUDONYM))]


def tag_vectors():
    nonce, tags = slip("signal", TAG_KEY, TAGGED)
    cases = []
    for ordinal in (0, 1, 11):
        for kind, value in TAGGED:
            key = f.tag_subject_key(TAG_KEY, kind, value)
            cases.append({"kind": kind, "value": value.hex(), "k": key.hex(), "nonce": nonce.hex(),
                          "ordinal": ordinal, "tag": f.tag(key, nonce, ordinal).hex()})
    return {
        "doc": "docs/formats/leaf.md",
        "tag_key": TAG_KEY.hex(),
        "cases": cases,
        "slip": {
            "nonce": nonce.hex(),
            "subjects": [{"ordinal": n, "kind": k, "value": v.hex()}
                         for n, (k, v) in enumerate(TAGGED)],
            "tags": b"".join(tags).hex(),
        },
    }


DECISION = message((1, 1), (2, True), (3, POLICE), (4, SAFE_HOME), (5, "intake"), (6, "INC_HOME"),
                   (9, AGREEMENT), (10, "pol-vt-report"), (11, "P-REPORT"), (12, ["POL-VT"]),
                   (13, ["VT-TASK"]), (15, RULESET), (17, 1_772_413_200_000),
                   (18, ["arrest", "case", "nature"]))
SHARED = message((1, 1), (2, POLICE), (3, SAFE_HOME), (4, "intake"), (5, AGREEMENT),
                 (6, "pol-vt-report"), (7, "P-REPORT"), (8, ["POL-VT"]), (9, ["VT-TASK"]),
                 (11, "INC_HOME"), (12, ["arrest", "case", "nature"]), (13, ["severity"]),
                 (14, seeded("delivery id", 16)), (16, "subject"))
PROVIDER = message((1, DECISION), (2, SOURCE), (3, seeded("signal id", 16)), (6, sha256(b"system")))
ACKNOWLEDGED = message((1, seeded("opened by", 32)), (2, "intake-worker"),
                       (4, sha256(b"their system")))


def leaf_case(name, parts, subjects):
    nonce, tags = slip(name, TAG_KEY, subjects)
    described, commitments = [], []
    for part in ("shared", "provider", "recipient", "outcome"):
        opening = seeded(f"opening/{name}/{part}", 32)
        data = parts.get(part, b"")
        commitment = f.mac(opening, data)
        commitments.append(commitment)
        described.append({"part": part, "absent": part not in parts, "bytes": data.hex(),
                          "opening": opening.hex(), "commitment": commitment.hex()})
    leaf = f.log_leaf(HOUR, 1, RULESET, nonce, tags, commitments)
    return {"name": name, "hour": HOUR, "epoch": 1, "ruleset_root": RULESET.hex(),
            "nonce": nonce.hex(), "tags": b"".join(tags).hex(), "parts": described,
            "leaf": leaf.hex(), "leaf_hash": f.leaf_hash(leaf).hex()}


def outcome(act, permitted, decision):
    # An act without a decision has no digest of one.
    return message((1, act), (2, permitted), (3, sha256(decision) if decision else b""))


LEAVES = [
    leaf_case("publish, permitted", {"shared": SHARED, "provider": PROVIDER,
                                     "outcome": outcome(1, True, DECISION)}, TAGGED),
    leaf_case("publish, refused", {"provider": PROVIDER,
                                   "outcome": outcome(1, False, DECISION)}, TAGGED[:1]),
    leaf_case("acknowledge", {"shared": SHARED, "recipient": ACKNOWLEDGED,
                              "outcome": outcome(3, True, b"")}, []),
]


def leaf_vectors():
    leaf = bytes.fromhex(LEAVES[0]["leaf"])
    refused = [("another format", b"\x02" + leaf[1:]), ("format 0", b"\0" + leaf[1:]),
               ("a byte less", leaf[:-1]), ("a byte more", leaf + b"\0"), ("empty", b"")]
    return {"doc": "docs/formats/leaf.md", "cases": LEAVES,
            "refused": [{"why": w, "leaf": data.hex()} for w, data in refused]}


def receipt_vectors():
    origin = "hub.example/log/2026h2"
    name = f"{origin}/receipt"
    seed = seeded("receipt key", 32)
    private = f.ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()

    def lines(index, leaf, decision, at, heading="seinhuis/receipt/v1", of=origin):
        digests = f.leaf_hash(leaf), sha256(decision)
        encoded = [base64.b64encode(data).decode() for data in digests]
        return "".join(f"{line}\n" for line in [heading, of, index, *encoded, at])

    cases = []
    for index, at, decision in [(0, 1_772_409_600_123, DECISION), (1, 1_772_409_601_000, b""),
                                (2**48 - 1, 1, DECISION)]:
        leaf = bytes.fromhex(LEAVES[1 if index else 0]["leaf"])
        body = lines(index, leaf, decision, at)
        note = f.sign_note(body, name, seed)
        assert f.verify_note(note, name, public) == body
        cases.append({"index": index, "leaf": leaf.hex(), "leaf_hash": f.leaf_hash(leaf).hex(),
                      "decision": decision.hex(), "decision_digest": sha256(decision).hex(),
                      "commit_ms": at, "text": body, "note": note})
    leaf = bytes.fromhex(LEAVES[0]["leaf"])
    text_, good = cases[0]["text"], cases[0]["note"]
    signed = [
        ("index with a leading zero", lines("00", leaf, DECISION, 1)),
        ("index with a sign", lines("+1", leaf, DECISION, 1)),
        ("index above 2^48 - 1", lines(2**48, leaf, DECISION, 1)),
        ("time with a space", lines(0, leaf, DECISION, "1 ")),
        ("another heading", lines(0, leaf, DECISION, 1, heading="seinhuis/receipt/v2")),
        ("another origin", lines(0, leaf, DECISION, 1, of="hub.example/log/2027h1")),
        ("a line more", text_ + "x\n"),
        ("a line less", text_.rsplit("\n", 2)[0] + "\n"),
        ("leaf hash without padding", text_.replace("=\n", "\n", 1)),
    ]
    refused = [{"why": why, "note": f.sign_note(body, name, seed)} for why, body in signed]
    refused += [
        {"why": "altered after signing", "note": good.replace("\n0\n", "\n1\n", 1)},
        {"why": "another key under this name", "note": f.sign_note(text_, name, seeded("x", 32))},
        {"why": "the log's name instead of the receipt's", "note": f.sign_note(text_, origin, seed)},
        {"why": "no signature", "note": text_ + "\n"},
    ]
    key_id = f.note_key_id(name, public)
    return {
        "doc": "docs/formats/receipt.md",
        "origin": origin,
        "key_name": name,
        "private_key": seed.hex(),
        "public_key": public.hex(),
        "key_id": key_id.hex(),
        "verifier_key": f"{name}+{key_id.hex()}+{base64.b64encode(b'%c' % 1 + public).decode()}",
        "cases": cases,
        "refused": refused,
    }


def ruleset_vectors():
    pairs = [(seeded("catalogue hash", 32), seeded("policy hash", 32)), (bytes(32), b"\xff" * 32),
             (b"\xff" * 32, bytes(32))]
    return {
        "doc": "docs/formats/ruleset.md",
        "cases": [{"catalogue_hash": c.hex(), "policy_hash": p.hex(),
                   "ruleset_root": f.ruleset_root(c, p).hex()} for c, p in pairs],
    }
