"""The sender's side: an envelope of any type, sealed and signed.

Owns: the order of things at the source: pseudonymise, seal, sign, never touch again. Must not know:
how it is sent.
"""

import dataclasses

from contract import v1
from ground import check, f, hour, random
from manifests import Manifest, labels
from pseudonyms import point_of_number
from slips import NUMBER


# What a header says of each type: the catalogue's urgency and retention, the clause's purpose, the law
# the data come from.
INC_HOME = {"type": "INC_HOME", "purpose": "P-REPORT", "necessity": "report-task", "urgency": "U3",
            "retention": "R0", "regime": v1.REGIME_WPG, "wpg_article": v1.WPG_ARTICLE_8}
PLAN_AGREED = {"type": "PLAN_AGREED", "purpose": "P-PLAN", "necessity": "safety-task",
               "urgency": "U3", "retention": "R2", "regime": v1.REGIME_AVG}
ASK = {"type": "ASK", "purpose": "P-SAFETY", "necessity": "report-task", "urgency": "U2",
       "retention": "R0", "regime": v1.REGIME_AVG}
ANSWER = ASK | {"type": "ANSWER", "urgency": "U3", "regime": v1.REGIME_WPG,
                "wpg_article": v1.WPG_ARTICLE_8}


@dataclasses.dataclass
class Subject:
    """A person in a signal, as the sender knows them."""

    role: str
    age_band: str
    number: str
    # The bytes of `identity/<ordinal>`; empty when it is not sealed.
    identity: bytes

    def tag(self):
        """What a slip tags it with."""
        return NUMBER, self.number.encode()


def route(sender, recipient, agreement, clause, at=None):
    """A RouteLeaf of the hour `at`, now if none; `recipient` are the keys of the receiving desk."""
    return v1.RouteLeaf(
        source_oin=sender.oin, source_desk=sender.desk, recipient_oin=recipient.oin,
        recipient_desk=recipient.desk, agreement_hash=agreement, clause_id=clause,
        epoch=sender.epoch, hour=at or hour(), nonce=random(16), signing_x5t_s256=sender.signer.x5t,
        recipient_seal_kid=recipient.seal["kid"],
        recipient_pseudonym_kid=recipient.pseudonym["kid"],
        source_pseudonym_kid=f"{sender.desk}-pep-e{sender.epoch}",
    ).SerializeToString()


def header(subjects, fields, of, at=None):
    """A HeaderLeaf of the hour `at`; `of` has what a type, and what is told with it, asks for."""
    return v1.HeaderLeaf(
        type_version=1, region="kennemerland", fields=sorted(fields),
        subjects=[v1.SubjectHead(role=s.role, age_band=s.age_band, kind=v1.ID_KIND_NUMBER,
                                 identity_sealed=bool(s.identity)) for s in subjects],
        event_hour=at or hour(), source_shield=v1.SOURCE_SHIELD_NONE,
        subject_informed="not-yet", origin=v1.ORIGIN_OWN, **of,
    )


def source(person=b"agent-71", role="police-officer", decided=b"officer-12", reason="report-task"):
    """A SourceLeaf: who acted and who decided, by the sender's own pseudonyms."""
    return v1.SourceLeaf(
        acting_person=person, acting_role=role, decided_by=decided, reason=reason,
    ).SerializeToString()


def seal(route_leaf, header_leaf, kid, public, values):
    """A SealedRecord of `values` by path: a fresh record key, each path sealed once."""
    record_key = random(32)
    info = f.record_info(kid, route_leaf, header_leaf)
    fields = [
        v1.SealedField(path=path, bytes=f.seal_plaintext(
            record_key, path, route_leaf, f.field_plaintext(path, values[path])))
        for path in sorted(values, key=str.encode)
    ]
    return v1.SealedRecord(suite=f.SUITE, kid=kid, fields=fields,
                           sealed_key=f.seal_record_key(public, info, record_key))


def envelope(sender, recipient, agreement, clause, subjects, values, of=None, who=None, at=None,
             about=()):
    """A signed Envelope. `values` are the coded fields and `case`, as bytes; `of` is for its header,
    an INC_HOME if none; `who` is its source leaf; `about` are tags of people it does not name."""
    route_leaf = route(sender, recipient, agreement, clause, at)
    coded = [path for path in values if path != "case"]
    header_leaf = header(subjects, coded, of or INC_HOME, at).SerializeToString()
    source_leaf = source() if who is None else who
    identities = {f"identity/{n}": s.identity for n, s in enumerate(subjects) if s.identity}
    record = seal(route_leaf, header_leaf, recipient.seal["kid"], recipient.seal_key,
                  values | identities)
    ciphertexts = [sender.session.encrypt(point_of_number(s.number)) for s in subjects]
    manifest = Manifest(leaves(route_leaf, header_leaf, source_leaf, ciphertexts, record))
    tags = [*about, *(subject.tag() for subject in subjects)]
    return v1.Envelope(
        route_leaf=route_leaf, header_leaf=header_leaf, source_leaf=source_leaf,
        subjects=[v1.SubjectRef(ciphertext=ciphertext) for ciphertext in ciphertexts],
        record=record, salts=manifest.salts(),
        manifest_signature=sender.signer.sign(manifest.message()),
        signing_chain=sender.signing_chain(),
        decision_slip=sender.tags.slip(tags), release_slip=sender.tags.slip(tags),
    )


def leaves(route_leaf, header_leaf, source_leaf, ciphertexts, record):
    """(label, bytes) of a whole envelope about numbers, in leaf order."""
    kind = bytes([v1.ID_KIND_NUMBER])
    key = f.key_leaf(record.suite, record.kid, record.sealed_key)
    data = [route_leaf, header_leaf, source_leaf, *(kind + ct for ct in ciphertexts), key,
            *(field.bytes for field in record.fields)]
    names = labels(len(ciphertexts), [field.path for field in record.fields])
    check(len(names) == len(data), "every leaf has a label")
    return list(zip(names, data))


def conversion(partner, keys, numbers):
    """A ConvertRequest for own clients: from numbers to the partner's own pseudonyms.

    `keys` are those of the partner's own desk. A manifest like any other carries it; header and
    source are empty and nobody opens the record.
    """
    route_leaf = route(partner, keys, "$1$1$" + 86 * "A", "own-clients")
    record = seal(route_leaf, b"", keys.seal["kid"], keys.seal_key, {})
    ciphertexts = [partner.session.encrypt(point_of_number(number)) for number in numbers]
    manifest = Manifest(leaves(route_leaf, b"", b"", ciphertexts, record))

    def clear(label):
        return label == "route" or label.startswith("ct/")

    hidden = manifest.hidden(lambda label: not clear(label))
    kind = bytes([v1.ID_KIND_NUMBER])
    return v1.ConvertRequest(
        route_leaf=route_leaf, subject_leaves=[kind + ct for ct in ciphertexts],
        salts=manifest.salts(clear),
        others=[v1.LeafHash(index=i, hash=h, label=label) for i, h, label in hidden],
        leaf_count=len(manifest.leaves),
        manifest_signature=partner.signer.sign(manifest.message()),
        signing_chain=partner.signing_chain(),
        source_key=keys.pseudonym_statement, recipient_key=keys.pseudonym_statement,
        idempotency_key=random(32),
        slip=partner.tags.slip([(NUMBER, number.encode()) for number in numbers]),
    )
