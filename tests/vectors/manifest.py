"""manifest.json: leaves, roots, signatures, what each reader gets, and what is refused."""

import formats as f
from common import KID, SIGNER, SIGNER_384
from envelope import HEADER, OTHER_HEADER, ROUTE, SEALED, SOURCE, SUBJECTS
from formats import seeded


def envelope(name, subjects, fields, sealed):
    leaves = [("route", ROUTE), ("header", HEADER), ("source", SOURCE)]
    leaves += [(f"ct/{n}", data) for n, data in enumerate(subjects)]
    leaves.append(("key", f.key_leaf(f.SUITE, KID, sealed)))
    leaves += [(f"f/{path}", fields[path]) for path in sorted(fields, key=str.encode)]
    out = []
    for label, data in leaves:
        salt = seeded(f"salt/{name}/{label}", 16)
        hashed = f.leaf_hash(f.manifest_leaf_data(label, salt, data))
        out.append({"label": label, "salt": salt.hex(), "bytes": data.hex(), "hash": hashed.hex()})
    return out


def root_of(leaves):
    return f.tree_root([
        f.leaf_hash(f.manifest_leaf_data(
            leaf["label"], bytes.fromhex(leaf["salt"]), bytes.fromhex(leaf["bytes"])))
        for leaf in leaves
    ])


def manifest_vectors(sealed_record):
    sealed = bytes.fromhex(sealed_record["sealed_key"])
    twelve = [bytes([1]) + seeded(f"many/{n}", 64) for n in range(12)]
    many = {f"identity/{n}": seeded(f"sealed identity/{n}", 528) for n in range(12)}
    many |= {f"f_{n}": seeded(f"sealed field/{n}", 80) for n in range(20)}
    shapes = [("smallest", [], {}), ("signal", SUBJECTS, SEALED), ("largest", twelve, many)]
    cases = []
    for name, subjects, fields in shapes:
        leaves = envelope(name, subjects, fields, sealed)
        cases.append({"name": name, "leaves": leaves, "root": root_of(leaves).hex()})
    signal = cases[1]
    root = bytes.fromhex(signal["root"])
    signed = f.manifest_message(len(signal["leaves"]), root)
    signatures = []
    for signer in (SIGNER, SIGNER_384):
        signature = signer.sign(signed)
        f.verify_signature(signer.certificate, signed, signature)
        signatures.append(signer.describe() | {"signature": signature.hex()})

    def view(reader, hide, per_leaf):
        hidden, salts = [], b""
        for index, leaf in enumerate(signal["leaves"]):
            away = hide(leaf["label"])
            if away:
                hidden.append({"index": index, "label": leaf["label"], "hash": leaf["hash"]})
            if per_leaf or not away:
                salts += bytes(16) if away else bytes.fromhex(leaf["salt"])
        return {"reader": reader, "hidden": hidden, "salts": salts.hex()}

    views = [
        view("hub", lambda label: False, True),
        view("recipient", lambda label: label in ("source", "f/arrest", "f/severity"), True),
        view("pseudonymiser", lambda label: label != "route" and label[:3] != "ct/", False),
    ]

    def altered(why, **changes):
        leaves = [leaf | {"bytes": changes.get(leaf["label"], leaf["bytes"])}
                  for leaf in signal["leaves"]]
        assert root_of(leaves) != root
        return {"why": why, "changes": changes, "root": root_of(leaves).hex()}

    hexes = {leaf["label"]: leaf["bytes"] for leaf in signal["leaves"]}
    return {
        "doc": "docs/formats/manifest.md",
        "cases": cases,
        "signed": "signal",
        "message": signed.hex(),
        "signatures": signatures,
        "views": views,
        "altered": [
            altered("another header", header=OTHER_HEADER.hex()),
            altered("another source", source=(SOURCE + b"\0").hex()),
            altered("two ciphertexts swapped", **{"ct/0": hexes["ct/1"], "ct/1": hexes["ct/0"]}),
            altered("two fields swapped",
                    **{"f/nature": hexes["f/severity"], "f/severity": hexes["f/nature"]}),
            altered("another key id", key=f.key_leaf(f.SUITE, "intake-seal-e2", sealed).hex()),
        ],
        "refused_orders": [
            {"why": why, "labels": labels.split()} for why, labels in [
                ("no header", "route source key"),
                ("no key", "route header source f/a"),
                ("header before route", "header route source key"),
                ("source twice", "route header source source key"),
                ("a subject left out", "route header source ct/0 ct/2 key"),
                ("subjects reversed", "route header source ct/1 ct/0 key"),
                ("a subject twice", "route header source ct/0 ct/0 key"),
                ("a subject after the key", "route header source key ct/0"),
                ("key twice", "route header source key key"),
                ("fields not sorted", "route header source key f/b f/a"),
                ("identities sorted as numbers",
                 "route header source key f/identity/2 f/identity/10"),
                ("a field twice", "route header source key f/a f/a"),
                ("thirteen subjects",
                 "route header source " + " ".join(f"ct/{n}" for n in range(13)) + " key"),
                ("thirty-three fields",
                 "route header source key " + " ".join(f"f/a{n:02}" for n in range(33))),
            ]
        ],
        "refused_labels": ["", "Route", "route ", "ct", "ct/", "ct/00", "ct/+1", "ct/12", "ct/-1",
                           "f", "f/", "f/A", "f/a/0", "f/identity/", "f/identity/00",
                           "f/identity/12", "f//a", "keys"],
    }
