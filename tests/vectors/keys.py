"""key_statement.json: statements that are taken and statements that are refused."""

import rfc8785

import formats as f
from common import KID, POLICE, PSEUDONYM, SAFE_HOME, SEAL_SEED, SIGNER, SIGNER_384, STRANGER, text


def key_statement_vectors():
    def statement(use, kid, key, **change):
        return {"oin": POLICE, "desk": "intake", "use": use, "kid": kid, "suite": 1,
                "key": f.b64url(key), "epoch": 1, "not_before": 1_767_225_600,
                "not_after": 1_798_761_600} | change

    seal = statement("seal", KID, f.xwing_public(SEAL_SEED))
    pseudonym = statement("pseudonym", "intake-pep-e1", bytes.fromhex(PSEUDONYM))
    cases = []
    for signer, payload in [(SIGNER, seal), (SIGNER, pseudonym), (SIGNER_384, pseudonym)]:
        compact = f.jws(signer, payload)
        assert f.verify_jws(signer.certificate, compact) == payload
        cases.append({"alg": signer.alg, "payload": payload,
                      "canonical": text(rfc8785.dumps(payload)), "jws": compact})
    head, body, signature = cases[1]["jws"].split(".")
    signed = [
        ("another OIN than the certificate's", f.jws(SIGNER, pseudonym | {"oin": SAFE_HOME})),
        ("unknown use", f.jws(SIGNER, pseudonym | {"use": "sign"})),
        ("unknown suite", f.jws(SIGNER, pseudonym | {"suite": 2})),
        ("a seal key of 32 bytes", f.jws(SIGNER, pseudonym | {"use": "seal"})),
        ("a pseudonym key of 1216 bytes", f.jws(SIGNER, seal | {"use": "pseudonym"})),
        ("key with padding", f.jws(SIGNER, pseudonym | {"key": pseudonym["key"] + "="})),
        ("epoch 0", f.jws(SIGNER, pseudonym | {"epoch": 0})),
        ("epoch 65536", f.jws(SIGNER, pseudonym | {"epoch": 65536})),
        ("ends before it begins", f.jws(SIGNER, pseudonym | {"not_after": 1_767_225_599})),
        ("a member more", f.jws(SIGNER, pseudonym | {"note": "x"})),
        ("a member less", f.jws(SIGNER, {k: v for k, v in pseudonym.items() if k != "desk"})),
        ("alg none", f.jws(SIGNER, pseudonym, alg="none")),
        ("alg of another curve", f.jws(SIGNER, pseudonym, alg="ES384")),
        ("a critical header", f.jws(SIGNER, pseudonym, crit=["exp"])),
        ("another certificate's thumbprint",
         f.jws(SIGNER, pseudonym, **{"x5t#S256": f.b64url(STRANGER.x5t)})),
        ("signed by a stranger", f.jws(STRANGER, pseudonym, **{"x5t#S256": f.b64url(SIGNER.x5t)})),
        ("another payload under the signature",
         ".".join([head, f.b64url(rfc8785.dumps(pseudonym | {"epoch": 2})), signature])),
        ("no signature", f"{head}.{body}."),
        ("a fourth part", f"{head}.{body}.{signature}."),
        ("signature with padding", f"{head}.{body}.{signature}=="),
    ]
    return {
        "doc": "docs/formats/key-statement.md",
        "signers": [SIGNER.describe(), SIGNER_384.describe()],
        "cases": cases,
        "refused": [{"why": w, "jws": j} for w, j in signed],
        # Of good form: refused by whoever reads the point.
        "refused_points": [
            {"why": "the identity element",
             "jws": f.jws(SIGNER, pseudonym | {"key": f.b64url(bytes(32))})},
            {"why": "not an encoding of a point",
             "jws": f.jws(SIGNER, pseudonym | {"key": f.b64url(b"\xff" * 32)})},
        ],
    }
