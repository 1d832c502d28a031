"""The recipient's side: a delivery verified, then opened.

Owns: the order of checks: nothing is opened before all that can be verified is. Must not know: how
it arrived.
"""

import dataclasses

from contract import v1
from ground import check, f, same
from manifests import labels, received_message
from proofs import check_proof

KINDS = {v1.ID_KIND_NUMBER: 1, v1.ID_KIND_SKN: 2, v1.ID_KIND_OWN_PSEUDONYM: 3}


@dataclasses.dataclass
class Opened:
    """A delivery after all checks."""

    delivery: object
    obligations: set
    route: object
    header: object
    values: dict
    identities: dict
    pseudonyms: list


def verify_origin(partner, delivery):
    """Route and header, after the sender's signature under the partner's own roots."""
    route = v1.RouteLeaf.FromString(delivery.route_leaf)
    header = v1.HeaderLeaf.FromString(delivery.header_leaf)
    check(len(delivery.subjects) == len(header.subjects), "as many ciphertexts as subjects")
    record = delivery.record
    clear = [("route", delivery.route_leaf), ("header", delivery.header_leaf)]
    for ordinal, (subject, head) in enumerate(zip(delivery.subjects, header.subjects)):
        same(subject.kind, head.kind, "kind of a subject")
        clear.append((f"ct/{ordinal}", bytes([KINDS[subject.kind]]) + subject.original))
    clear.append(("key", f.key_leaf(record.suite, record.kid, record.sealed_key)))
    clear += [(f"f/{field.path}", field.bytes) for field in record.fields]
    message, found = received_message(clear, delivery.hidden, delivery.salts)
    # A hash does not prove its label: the header, which is signed, says which labels there are.
    paths = [*header.fields, *(f"identity/{n}" for n, s in enumerate(header.subjects)
                               if s.identity_sealed)]
    expected = labels(len(header.subjects), paths)
    if "f/case" in found:
        expected = labels(len(header.subjects), [*paths, "case"])
    same(found, expected, "labels of the manifest")
    hidden = {leaf.label for leaf in delivery.hidden}
    check("source" in hidden, "the source leaf is hidden")
    check(all(label == "source" or label.startswith("f/") for label in hidden),
          "only source and fields are hidden")
    certificate = partner.trust.signer(list(delivery.signing_chain), route.source_oin)
    same(f.sha256(certificate), route.signing_x5t_s256, "certificate in the route")
    f.verify_signature(certificate, message, delivery.manifest_signature)
    return route, header, hidden


def verify(partner, delivery, ruleset_root):
    """All that can be verified without opening: address, origin, decision, receipt, parts."""
    route, header, hidden = verify_origin(partner, delivery)
    same((route.recipient_oin, route.recipient_desk), (partner.oin, partner.desk), "address")
    same(route.epoch, partner.epoch, "key epoch of the route")
    same(route.recipient_seal_kid, f"{partner.desk}-seal-e{partner.epoch}", "sealing key")
    same(route.recipient_pseudonym_kid, f"{partner.desk}-pep-e{partner.epoch}", "session key")
    same(delivery.record.kid, route.recipient_seal_kid, "key of the record")
    parts = check_proof(partner, delivery.proof, ruleset_root,
                        {v1.PART_SHARED, v1.PART_RECIPIENT}, v1.ACT_RELEASE,
                        decision=delivery.decision)
    decision = v1.Decision.FromString(delivery.decision)
    # What is told of an earlier delivery leaves on another ground than a signal.
    act = v1.ACT_RECTIFY if header.rectification else v1.ACT_RELEASE
    check(decision.act == act and decision.permitted, "the release was permitted")
    same((decision.agreement_hash, decision.clause_id), (route.agreement_hash, route.clause_id),
         "agreement and clause of the decision")
    same(decision.ruleset_root, ruleset_root, "ruleset of the decision")
    withheld = {one.path for one in delivery.withheld}
    same({f"f/{path}" for path in withheld}, hidden - {"source"}, "what is said to be withheld")
    shown = {field.path for field in delivery.record.fields}
    same(shown & set(header.fields), set(decision.granted), "what was granted")
    shared = parts[v1.PART_SHARED]
    same((shared.delivery_id, list(shared.granted)),
         (delivery.delivery_id, list(decision.granted)), "shared part")
    return route, header


def obligations(partner, delivery, clause):
    """What the recipient must do: the clause binds, the hub may repeat it. One that this partner
    does not know means that the delivery may not be used."""
    found = set(clause["obligations"]) | set(delivery.handling.obligations)
    unknown = sorted(code for code in found if not partner.catalogue.knows_obligation(code))
    check(not unknown, f"obligations are known: {unknown}")
    return found


def open_delivery(partner, delivery, ruleset_root, clause):
    """Verifies, then opens record, identities and pseudonyms. `clause` is that of the agreement as
    this partner accepted it."""
    route, header = verify(partner, delivery, ruleset_root)
    bound = obligations(partner, delivery, clause)
    record = delivery.record
    info = f.record_info(record.kid, delivery.route_leaf, delivery.header_leaf)
    record_key = f.open_record_key(partner.seal_seed, info, record.sealed_key)
    values = {field.path: f.open_field(record_key, field.path, delivery.route_leaf, field.bytes)
              for field in record.fields}
    for path, value in values.items():
        if not path.startswith("identity/"):
            partner.catalogue.check_value(path, value)
    identities = {int(path.removeprefix("identity/")): values.pop(path)
                  for path in list(values) if path.startswith("identity/")}
    pseudonyms = [partner.session.decrypt(subject.converted) for subject in delivery.subjects]
    return Opened(delivery, bound, route, header, values, identities, pseudonyms)
