"""The clear leaves and sealed fields of one envelope, and sealed_record.json."""

from cryptography.exceptions import InvalidTag

import formats as f
from agreements import AGREEMENT
from common import HOUR, KID, POLICE, SAFE_HOME, SEAL_SEED, SIGNER
from formats import message, seeded

ROUTE = message(
    (1, POLICE), (2, "intake"), (3, SAFE_HOME), (4, "intake"), (5, AGREEMENT),
    (6, "pol-vt-report"), (7, 1), (8, HOUR), (9, seeded("route nonce", 16)), (10, SIGNER.x5t),
    (11, KID), (12, "intake-pep-e1"), (13, "intake-pep-e1"),
)
OTHER_ROUTE = ROUTE[:-1] + b"2"
HEADER = message(
    (1, "INC_HOME"), (2, 1), (3, "P-REPORT"), (4, "task"), (5, 1), (6, 1), (8, "kennemerland"),
    (9, ["arrest", "nature", "severity"]),
    (10, [message((1, "child"), (2, "08-11"), (3, 1), (4, True)),
          message((1, "suspect"), (2, "adult"), (3, 2)),
          message((1, "parent"), (2, "adult"), (3, 3))]),
    (11, "U3"), (12, HOUR - 2), (14, "R0"), (15, 1), (17, "yes"), (18, 1),
)
OTHER_HEADER = HEADER.replace(b"U3", b"U2")
SOURCE = message((1, seeded("acting person", 32)), (2, "officer"), (3, seeded("decided by", 32)),
                 (4, "task"), (7, "https://register.example/activity/7"))
SUBJECTS = [bytes([kind]) + seeded(f"ciphertext/{kind}", 64) for kind in (1, 2, 3)]
RECORD_KEY = seeded("record key", 32)
FIELDS = {
    "arrest": b"no",
    "case": seeded("case reference", 16),
    "identity/0": b"n:123456782",
    "nature": b"physical,threat",
    "severity": b"S2",
}
SEALED = {
    path: f.seal_plaintext(RECORD_KEY, path, ROUTE, f.field_plaintext(path, value))
    for path, value in FIELDS.items()
}


def sealed_key(old):
    """The encapsulation in the vectors when it still opens, else a new one."""
    info = f.record_info(KID, ROUTE, HEADER)
    if old is not None:
        kept = bytes.fromhex(old["sealed_key"])
        try:
            if f.open_record_key(SEAL_SEED, info, kept) == RECORD_KEY:
                return kept
        except (InvalidTag, ValueError):
            pass
    return f.seal_record_key(f.xwing_public(SEAL_SEED), info, RECORD_KEY)


def sealed_record_vectors(old):
    info = f.record_info(KID, ROUTE, HEADER)
    sealed = sealed_key(old)
    assert f.open_record_key(SEAL_SEED, info, sealed) == RECORD_KEY
    fields = []
    more = {"longest": bytes(range(0x20, 0x20 + 62)), "empty": b"", "identity/11":
            ("i:Ĳsbrechtsz\x1fA.B.\x1f2001-02-28\x1f1234AB\x1f12".encode())}
    for path, value in (FIELDS | more).items():
        plaintext = f.field_plaintext(path, value)
        data = f.seal_plaintext(RECORD_KEY, path, ROUTE, plaintext)
        assert f.open_field(RECORD_KEY, path, ROUTE, data) == value
        fields.append({"path": path, "value": value.hex(), "plaintext": plaintext.hex(),
                       "key": f.field_key(RECORD_KEY, path).hex(), "sealed": data.hex()})

    def bad(why, path, plaintext, route=ROUTE, under=None):
        data = f.seal_plaintext(RECORD_KEY, under or path, route, plaintext)
        try:
            f.open_field(RECORD_KEY, path, ROUTE, data)
        except Exception:
            return {"why": why, "path": path, "sealed": data.hex()}
        raise AssertionError(why)

    good = f.field_plaintext("nature", b"physical")
    refused = [
        bad("last padding byte not zero", "nature", good[:-1] + b"\x01"),
        bad("first padding byte not zero", "nature", good[:10] + b"\x01" + good[11:]),
        bad("length one beyond what fits", "nature", (63).to_bytes(2, "big") + bytes(62)),
        bad("length 65535", "nature", b"\xff\xff" + bytes(62)),
        bad("a coded field at the size of an identity", "nature", good.ljust(512, b"\0")),
        bad("an identity at the size of a coded field", "identity/0", good),
        bad("sealed for another path", "nature", good, under="severity"),
        bad("sealed for another route", "nature", good, route=OTHER_ROUTE),
    ]
    others = [
        ("another route", {"route_leaf": OTHER_ROUTE.hex()}),
        ("another header", {"header_leaf": OTHER_HEADER.hex()}),
        ("another key id", {"kid": "intake-seal-e2"}),
        ("another recipient", {"private_key": seeded("seal key/elsewhere", 32).hex()}),
    ]
    base = {"private_key": SEAL_SEED.hex(), "kid": KID, "route_leaf": ROUTE.hex(),
            "header_leaf": HEADER.hex()}
    for why, change in others:
        use = base | change
        route, header = bytes.fromhex(use["route_leaf"]), bytes.fromhex(use["header_leaf"])
        wrong = f.record_info(use["kid"], route, header)
        try:
            f.open_record_key(bytes.fromhex(use["private_key"]), wrong, sealed)
        except Exception:
            continue
        raise AssertionError(why)
    return {
        "doc": "docs/formats/sealed-record.md",
        "suite": f.SUITE,
        **base,
        "public_key": f.xwing_public(SEAL_SEED).hex(),
        "info": info.hex(),
        "record_key": RECORD_KEY.hex(),
        "sealed_key": sealed.hex(),
        "fields": fields,
        "refused_fields": refused,
        "does_not_open": [{"why": w} | c for w, c in others],
    }
