"""agreement_hash.json: contents, their hashes, and the parties' steps."""

import json

import rfc8785

import formats as f
from common import SIGNER, SIGNER_384, STRANGER, text

CONTENT = """{
  "title": {"nl": "Convenant \\u201cveilig thuis\\u201d", "en": "Safe home agreement"},
  "parties": [{"oin": "00000099000000010000"}, {"oin": "00000099000000020000"}],
  "clauses": [{"id": "pol-vt-report", "mode": "push", "subjects": {"max": 12}}]
}"""

CONTENTS = [
    ("a small agreement", CONTENT),
    ("the same with other spaces, escapes and order", """{"clauses":[{"mode":"pu\\u0073h",
  "subjects":{"max":1.2e1},"id":"pol-vt-report"}],"parties":[{"oin":"00000099000000010000"},
  {"oin":"00000099000000020000"}],"title":{"en":"Safe home agreement",
  "nl":"Convenant \u201cveilig thuis\u201d"}}"""),
    ("numbers", """{"n":[0, -0, -0.0, 1.0, 1E3, 4.50, 0.1, 0.000001, 0.0000001, 1e-7, 12.5e-2,
  -9007199254740991, 9007199254740991, 333333333.33333329, 5e-324, 2.2250738585072014e-308]}"""),
    ("names sorted by UTF-16 code units, not by bytes or code points",
     '{"\\ufb33":1,"\\ud83d\\ude00":2,"\u00f6":3,"o\\u0308":4,"z":5,"Z":6,"10":7,"1":8,"2":9,'
     '"":10,"\\u0080":11,"\\r":12,"\u20ac":13,"a\\u0000":14,"a":15}'),
    ("escapes", '{"s":"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\"\\\\\\/\\u007f\\u00e9'
     '\\u2028\\ud83d\\ude00<>&"}'),
    ("literals and empty values", ' [ null , true , false , { } , [ ] , "" ] '),
]

NOT_I_JSON = [
    ("a name twice", '{"a":1,"a":1}'),
    ("a name twice, once escaped", '{"a":1,"\\u0061":2}'),
    ("a lone surrogate", '{"a":"\\ud83d"}'),
    ("a noncharacter", '{"a":"\\ufdd0"}'),
    ("a noncharacter in a name", '{"\\ud83f\\udfff":1}'),
    ("a whole number that no double holds", '{"a":9007199254740993}'),
    ("a number out of range", '{"a":1e400}'),
    ("not a number", '{"a":NaN}'),
    ("cut off", '{"a":1'),
    ("something after it", '{"a":1} x'),
]


def read_i_json(source):
    """Reads I-JSON (RFC 7493); raises ValueError on anything else."""

    def pairs(items):
        names = [name for name, _ in items]
        if len(names) != len(set(names)):
            raise ValueError("name twice")
        return dict(items)

    def number(literal):
        value = float(literal)
        if value in (float("inf"), float("-inf")):
            raise ValueError("out of range")
        return value

    def refuse(literal):
        raise ValueError(literal)

    value = json.loads(
        source, object_pairs_hook=pairs, parse_float=number, parse_constant=refuse
    )
    # RFC 7493 section 2.1; a lone surrogate already fails to become UTF-8 here.
    for point in map(ord, rfc8785.dumps(value).decode()):
        if 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE:
            raise ValueError("noncharacter")
    return value


AGREEMENT = f.agreement_hash(read_i_json(CONTENT))


def agreement_hash_vectors():
    cases = []
    for name, source in CONTENTS:
        value = read_i_json(source)
        canonical = rfc8785.dumps(value)
        assert read_i_json(text(canonical)) == value
        cases.append({"name": name, "content": source, "canonical": text(canonical),
                      "hash": f.agreement_hash(value)})
    assert cases[0]["hash"] == cases[1]["hash"]
    for name, source in NOT_I_JSON:
        try:
            read_i_json(source)
        except (ValueError, rfc8785.CanonicalizationError):
            continue
        raise AssertionError(name)

    def step(kind, **change):
        return {"agreement_content_hash": AGREEMENT, "type": kind, "signed_at": 1_772_409_600,
                "initiator": "p-1f0c", "approver": "p-8a31"} | change

    steps = []
    for kind in ["accept", "reject", "suspend", "resume", "leave"]:
        steps.append({"payload": step(kind), "jws": f.jws(SIGNER, step(kind))})
    steps.append({"payload": step("accept"), "jws": f.jws(SIGNER_384, step("accept"))})
    signers = {s.alg: s for s in (SIGNER, SIGNER_384)}
    for item in steps:
        alg = json.loads(f.unb64url(item["jws"].split(".")[0]))["alg"]
        assert f.verify_jws(signers[alg].certificate, item["jws"]) == item["payload"]
    good = steps[0]["jws"].split(".")
    other = f.b64url(rfc8785.dumps(step("leave")))
    refused = [
        ("initiator and approver are one person",
         f.jws(SIGNER, step("accept", approver="p-1f0c"))),
        ("unknown type", f.jws(SIGNER, step("revoke"))),
        ("another agreement",
         f.jws(SIGNER, step("accept", agreement_content_hash=cases[2]["hash"]))),
        ("a member more", f.jws(SIGNER, step("accept", note="x"))),
        ("a member less",
         f.jws(SIGNER, {k: v for k, v in step("accept").items() if k != "signed_at"})),
        ("another payload under the signature", ".".join([good[0], other, good[2]])),
        ("a stranger's key under the party's thumbprint",
         f.jws(STRANGER, step("accept"), **{"x5t#S256": f.b64url(SIGNER.x5t)})),
    ]
    return {
        "doc": "docs/formats/agreement.md",
        "cases": cases,
        "refused_contents": [{"why": w, "content": c} for w, c in NOT_I_JSON],
        "signers": [SIGNER.describe(), SIGNER_384.describe()],
        "agreement_hash": AGREEMENT,
        "steps": steps,
        "refused_steps": [{"why": w, "jws": j} for w, j in refused],
    }
