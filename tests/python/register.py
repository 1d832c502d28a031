"""The register of processing: what the hub tells is what follows from the agreement, in the shape of
the draft register API.

docs/formats/register.md and register.schema.json; identifiers, versions and codes are worked out here
from the content that was agreed. Must not know: what an activity is for.
"""

import datetime
import hashlib
import json
import tomllib

import jsonschema

from contract import v1
from ground import ROOT, check, same
from partner import call, expect_error

FORMATS = ROOT / "docs" / "formats"


def _uuid(text):
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    found = digest.hex()
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


def entity_id(oin):
    """The identifier of an organisation."""
    return _uuid(f"seinhuis/v1/entity\n{oin}\n")


def activity_id(controller, first, side, counterpart, clause, purpose):
    """The identifier of an activity."""
    parts = (controller, first, side, counterpart, clause, purpose)
    return _uuid("seinhuis/v1/processing-activity\n" + "".join(f"{part}\n" for part in parts))


def _validate(kind, document):
    schema = json.loads((FORMATS / "register.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
    faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(document)]
    same(faults, [], f"{kind} in its schema")


def _moment(ms):
    found = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    text = found.strftime("%Y-%m-%dT%H:%M:%S")
    parts = f".{ms % 1000:03}".rstrip("0") if ms % 1000 else ""
    return f"{text}{parts}Z"


def _resource(version):
    """The version as the draft API has it, in English."""
    document = {
        "name": version.name_en, "version": version.version,
        "validFrom": _moment(version.valid_from_ms),
        "purpose": f"{version.purpose}: {version.purpose_en}",
        "legalBasis": list(version.legal_basis),
        "processingOptions": list(version.processing_options),
        "dataSubjects": list(version.data_subjects),
        "personalData": {
            "categories": list(version.personal_data.categories_en),
            "retentionPeriod": version.personal_data.retention_period,
        },
        "measures": [
            {"measureType": one.measure_type, "measure": one.measure_en,
             "risks": [{"assessment": one.assessment}] if one.assessment else []}
            for one in version.measures
        ],
    }
    if version.HasField("recipients"):
        document["recipients"] = {"legalRole": version.recipients.legal_role,
                                  "entityId": version.recipients.entity_id}
    return document


def _bases():
    """Every basis of the catalogue, by code."""
    rows = []
    for path in sorted((ROOT / "config" / "catalogue").glob("*.toml")):
        rows += tomllib.loads(path.read_text()).get("basis", [])
    return {row["code"]: row for row in rows}


def _own(partner, agreement_hash, content):
    """The identifiers of all activities of `partner` under an agreement."""
    found = set()
    for clause in content["clauses"]:
        side, other = ("source", "to") if clause["from"] == partner.oin else ("recipient", "from")
        found |= {activity_id(partner.oin, agreement_hash, side, clause[other], clause["id"], purpose)
                  for purpose in clause["purposes"]}
    return found


def read(partner, other, side, agreement_hash, clause, content):
    """What `partner` reads of its one activity under `clause` of `content`; gives its id."""
    purpose = clause["purposes"][0]
    expected = activity_id(partner.oin, agreement_hash, side, other.oin, clause["id"], purpose)
    all_ = call(partner.register.ListActivities, v1.ListActivitiesRequest()).activities
    same(sorted(one.id for one in all_), sorted(_own(partner, agreement_hash, content)),
         f"activities of {partner.name}")
    listed = [one for one in all_ if one.id == expected]
    _validate("ProcessingActivity", {"active": listed[0].active, "id": listed[0].id,
                                     "latestVersion": listed[0].latest_version})
    same((listed[0].active, listed[0].latest_version), (True, 1), "activity")
    request = v1.GetActivityVersionRequest(id=expected, version=1)
    version = call(partner.register.GetActivityVersion, request).version
    _validate("ProcessingActivityVersion", _resource(version))
    same(version.HasField("recipients"), side == "source", "who receives provides to nobody")
    same((version.purpose, version.personal_data.retention_period), (purpose, "P30D"), "version")
    record = version.record
    same((record.payload_retention, record.correction_retention), ("P7D", "P30D"), "erasure terms")
    same((record.agreement_hash, record.clause_id), (agreement_hash, clause["id"]), "where it is from")
    same({one.code for one in record.people}, set(clause["subject_roles"]), "people")
    same((list(record.third_countries), record.profiling), ([], False), "abroad and profiling")
    # Each article says of itself whether it was read, as the catalogue does.
    known = _bases()
    for basis in record.bases:
        law = known[basis.code]["law"]
        same([(one.law, one.source_checked) for one in basis.law],
             [(f"{one['law']} {one['article']}", one["source_checked"]) for one in law], basis.code)
    named = [base["code"] for kind in ("provide", "receive", "special") for base in clause["basis"][kind]]
    same([basis.code for basis in record.bases], named, "bases")
    check(all(not duty.source_checked for duty in record.duties), "nobody read what asks for a register")
    for oin in (partner.oin, other.oin):
        entity = call(partner.register.GetEntity, v1.GetEntityRequest(id=entity_id(oin))).entity
        same(entity.oin, oin, "organisation")
        _validate("Entity", {"type": "Organisation", "id": entity.id, "name": entity.name,
                             "email": entity.contact_point})
    return expected


def refuse(partner, foreign):
    """Another's activity looks like one that is nowhere."""
    for found in (foreign, entity_id("00000099000000990000")):
        expect_error(partner.register.GetActivity, v1.GetActivityRequest(id=found),
                     "ACTIVITY_NOT_FOUND", "NOT_FOUND")
