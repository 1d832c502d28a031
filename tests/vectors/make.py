"""Makes tests/vectors/*.json from docs/formats/, or checks them with --check.

Deterministic: inputs come from public labels and ECDSA follows RFC 6979. Only the HPKE
encapsulation is random; it is made once and kept for as long as it opens.
"""

import argparse
import difflib
import json
import pathlib
import sys

from agreements import agreement_hash_vectors
from chain import chain_vectors
from conversion import conversion_vectors
from entries import leaf_vectors, receipt_vectors, ruleset_vectors, tag_vectors
from envelope import sealed_record_vectors
from evidence import evidence_vectors
from keys import key_statement_vectors
from manifest import manifest_vectors
from witness import add_checkpoint_vectors, cosignature_vectors

HERE = pathlib.Path(__file__).resolve().parent

def makers(old_record):
    """Each file with what makes it. `manifest` uses the encapsulation of `sealed_record`."""
    record = sealed_record_vectors(old_record)
    return {
        "sealed_record": lambda: record,
        "manifest": lambda: manifest_vectors(record),
        "leaf": leaf_vectors,
        "tag": tag_vectors,
        "chain": chain_vectors,
        "receipt": receipt_vectors,
        "key_statement": key_statement_vectors,
        "agreement_hash": agreement_hash_vectors,
        "ruleset": ruleset_vectors,
        "conversion": conversion_vectors,
        "cosignature": cosignature_vectors,
        "add_checkpoint": add_checkpoint_vectors,
        "evidence": evidence_vectors,
    }


def read(name):
    path = HERE / f"{name}.json"
    return path.read_text() if path.exists() else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="verify, write nothing")
    check = parser.parse_args().check
    found = read("sealed_record")
    if check and not found:
        sys.exit("sealed_record: missing")
    # Every maker verifies what it makes: signatures, notes, and that each refusal is one.
    all_makers = makers(json.loads(found) if found else None)
    failed = []
    for name, make in all_makers.items():
        made = json.dumps(make(), indent=1) + "\n"
        if not check:
            (HERE / f"{name}.json").write_text(made)
            continue
        found = read(name)
        if made != found:
            failed.append(name)
            lines = difflib.unified_diff(
                found.splitlines(), made.splitlines(), "found", "made", lineterm="", n=0
            )
            print(f"{name}: differs", *[line[:160] for line in list(lines)[:12]],
                  sep="\n", file=sys.stderr)
    if failed:
        sys.exit(1)
    print("checked" if check else "written", ", ".join(all_makers))


if __name__ == "__main__":
    main()
