"""chain.json: the partner's own counter and back-link beside a slip (docs/formats/chain.md)."""

import formats as f
from entries import TAG_KEY, TAGGED
from formats import seeded, sha256

DOMAIN = b"seinhuis/v1/chain\0"
ORIGIN = "hub.example/log/2026h2"
SUBJECT, AUTHORITY, LATER = "subject", "authority", "after-2027-03-01"
DECISION, RELEASE, SINGLE = 1, 2, 3
PLACE = 41


def class_bytes(visibility):
    always = {SUBJECT: b"\1", AUTHORITY: b"\2"}
    return always.get(visibility) or b"\3" + visibility.removeprefix("after-").encode()


def class_key(kind, value, visibility):
    return f.mac(f.tag_subject_key(TAG_KEY, kind, value), DOMAIN + class_bytes(visibility) + ORIGIN.encode())


def name(key):
    return f.mac(key, b"seinhuis/v1/chain-name\0")[:16]


def aead(key, head, ordinal):
    return f.ChaCha20Poly1305(f.mac(key, head + bytes([ordinal])))


def in_a_row(open_):
    """How many of the numbers before are open in a row; `open_` has a bit for each, of any number."""
    return (open_ + 1 & -(open_ + 1)).bit_length() - 1


def link_bytes(number, step, shield, open_, previous):
    row = in_a_row(open_)
    marks, told = (1 << 4, row) if row >= 32 else (0, open_ & 0xFFFFFFFF)
    return number.to_bytes(4, "big") + bytes([step | shield << 2 | marks]) + told.to_bytes(4, "big") + previous


def chain_case(what, links, version=2):
    """`links`: by ordinal, (kind, value, visibility, number, step, shield, open, previous)."""
    holder = seeded("chain holder", 16)
    head = bytes([version]) + holder + seeded(f"chain seed/{what}", 16)
    places = [seeded(f"chain filler/{what}/{n}", PLACE) for n in range(12)]
    described = []
    for ordinal, (kind, value, visibility, *link) in enumerate(links):
        key = class_key(kind, value, visibility)
        plain = link_bytes(*link)
        sealed = aead(key, head, ordinal).encrypt(bytes(12), plain, head)
        assert aead(key, head, ordinal).decrypt(bytes(12), sealed, head) == plain
        places[ordinal] = sealed
        number, step, shield, open_, previous = link
        described.append({"ordinal": ordinal, "kind": kind, "value": value.hex(),
                          "class": visibility, "class_key": key.hex(), "name": name(key).hex(),
                          "number": number, "step": step, "shield": shield, "open": open_ & 0xFFFFFFFF, "open_in_a_row": in_a_row(open_),
                          "previous": previous.hex(), "plain": plain.hex()})
    chain = head + b"".join(places)
    assert len(chain) == 525
    return {"name": what, "holder": holder.hex(), "links": described, "chain": chain.hex(),
            "nonce": sha256(DOMAIN + chain)[:16].hex()}


def chain_vectors():
    first = chain_case("first decision, two persons", [
        (*TAGGED[0], SUBJECT, 1, DECISION, 0, 0, bytes(16)),
        (*TAGGED[1], AUTHORITY, 1, DECISION, 1, 0, bytes(16)),
    ])
    before = bytes.fromhex(first["nonce"])
    release = chain_case("its release", [
        (*TAGGED[0], SUBJECT, 1, RELEASE, 0, 0, before),
        (*TAGGED[1], AUTHORITY, 1, RELEASE, 1, 0, before),
    ])
    later = chain_case("an act of one entry, much later", [
        (*TAGGED[2], SUBJECT, 0xFFFFFFFF, SINGLE, 2, 0x80000001, seeded("chain before", 16)),
    ])
    row = chain_case("after a hundred calls that were never answered", [
        (*TAGGED[0], SUBJECT, 200, DECISION, 0, 2**100 - 1, seeded("chain before", 16)),
    ])
    waits = chain_case("for the person from a day on", [
        (*TAGGED[0], LATER, 1, DECISION, 0, 0, bytes(16)),
    ])
    old = chain_case("of the format before, which told of 32", [
        (*TAGGED[0], SUBJECT, 3, DECISION, 0, 0b11, seeded("chain before", 16)),
    ], version=1)
    good = bytes.fromhex(first["chain"])
    refused = [("another format", b"\x03" + good[1:]), ("format 0", b"\0" + good[1:]),
               ("a byte less", good[:-1]), ("a byte more", good + b"\0"), ("empty", b"")]
    return {
        "doc": "docs/formats/chain.md",
        "tag_key": TAG_KEY.hex(),
        "origin": ORIGIN,
        "cases": [first, release, later, chain_case("about nobody", []), row, waits, old],
        "refused": [{"why": why, "chain": data.hex()} for why, data in refused],
    }
