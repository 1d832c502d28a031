"""Person assertions: docs/formats/person-assertion.md.

Owns: what a partner says of the persons a call is made for. Must not know: what is asked.
"""

import hashlib

from contract import v1
from ground import f, now, random

LOG = "lawfulness"


def asserted(partner, method, request, *persons, function="fg", reason=LOG, about=None):
    """The request with an assertion of each person, over `about` instead where that is given."""
    request = type(request).FromString(request.SerializeToString())
    request.ClearField("person_assertion")
    over = hashlib.sha256((about or request).SerializeToString()).digest()
    for person in persons:
        jws = partner.signer.jws({
            "iss": partner.oin, "sub": person, "function": function, "reason": reason,
            "reference": "toetsing-3", "method": f"/seinhuis.v1.{method}",
            "request_sha256": f.b64url(over), "iat": now(), "jti": f.b64url(random(16)),
        })
        request.person_assertion.add(jws=jws, signing_chain=partner.signing_chain())
    return request


def get_entry(partner, index, *persons):
    """`GetEntry` for these persons."""
    request = v1.GetEntryRequest(index=index)
    return asserted(partner, "AuditService/GetEntry", request, *persons)
