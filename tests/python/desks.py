"""The keys of a desk: made from shares, stated under one's own signature, read from others.

docs/formats/key-statement.md and conversion.md. Must not know: signals.
"""

import dataclasses

from contract import v1
from ground import check, f, now, random, same
from partner import call, key
from pseudonyms import SessionKey, not_identity
from trust import read_jws

YEAR = 365 * 86_400
KEY_BYTES = {"seal": 1216, "pseudonym": 32}
MEMBERS = {"oin", "desk", "use", "kid", "suite", "key", "epoch", "not_before", "not_after"}


@dataclasses.dataclass
class DeskKeys:
    """The stated keys of one desk, verified under the reader's own roots."""

    oin: str
    desk: str
    seal: dict
    pseudonym: dict
    pseudonym_statement: object

    @property
    def seal_key(self):
        """The X-Wing public key."""
        return f.unb64url(self.seal["key"])


def make_session(partner, desk):
    """Fetches both shares of the desk's session key, each on its own listener."""
    parameters = [call(one.GetParameters, v1.GetParametersRequest())
                  for one in partner.transcryptors]
    same(parameters[0].epoch, parameters[1].epoch, "key epoch of both transcryptors")
    partner.desk, partner.epoch = desk, parameters[0].epoch
    same(partner.tag_epoch, partner.epoch, "epoch of the tag key")
    request = v1.GetKeyShareRequest(desk=desk, epoch=partner.epoch)
    shares = [call(one.GetKeyShare, request).share for one in partner.transcryptors]
    parts = [one.blinded_global_share for one in parameters]
    check(all(len(scalar) == 32 for scalar in parts + shares), "a scalar has 32 bytes")
    partner.session = SessionKey(parts, shares)
    partner.seal_seed = random(32)


def publish_keys(partner):
    """States the sealing key and the session key of the desk; gives the proofs of both entries."""
    proofs = []
    for use, short, public in (
        ("seal", "seal", f.xwing_public(partner.seal_seed)),
        ("pseudonym", "pep", partner.session.public),
    ):
        jws = partner.signer.jws({
            "oin": partner.oin, "desk": partner.desk, "use": use,
            "kid": f"{partner.desk}-{short}-e{partner.epoch}", "suite": 1, "key": f.b64url(public),
            "epoch": partner.epoch, "not_before": now() - 60, "not_after": now() + YEAR,
        })
        statement = v1.KeyStatement(jws=jws, signing_chain=partner.signing_chain())
        request = v1.PublishKeyStatementRequest(idempotency_key=key(), statement=statement)
        proofs.append(call(partner.directory.PublishKeyStatement, request).proof)
    return proofs


def read_statement(reader, statement, oin, desk):
    """What a statement says, if its owner signed it under the reader's own roots."""
    payload = read_jws(reader.trust, statement.jws, list(statement.signing_chain), oin)
    same(set(payload), MEMBERS, "members of a key statement")
    same((payload["oin"], payload["desk"], payload["suite"]), (oin, desk, 1), "owner and suite")
    check(payload["not_before"] <= now() < payload["not_after"], "a key statement is in its term")
    public = f.unb64url(payload["key"])
    same(len(public), KEY_BYTES[payload["use"]], "length of the key")
    if payload["use"] == "pseudonym":
        not_identity(public)
    return payload


def fetch_keys(reader, oin, desk):
    """The keys in force at a desk, as `reader` verifies them."""
    request = v1.GetKeyStatementsRequest(oin=oin, desk=desk)
    found = [(read_statement(reader, one, oin, desk), one)
             for one in call(reader.directory.GetKeyStatements, request).statements]

    def newest(use):
        of_use = [one for one in found if one[0]["use"] == use]
        check(of_use, f"{desk} states a key for {use}")
        return max(of_use, key=lambda one: (one[0]["epoch"], one[0]["not_before"]))

    pseudonym, statement = newest("pseudonym")
    return DeskKeys(oin, desk, newest("seal")[0], pseudonym, statement)
