"""sigstore: notes and inclusion. Its parser is lax, so that it takes our notes says that they are
well formed, not that they must be so (docs/operations/other-verifiers.md)."""

import base64
from types import SimpleNamespace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import LogCheckpoint, SignedNote
from sigstore._internal.trust import Key, Keyring
from sigstore_models.common.v1 import PublicKeyDetails

from published import altered, flipped, refuses


def keyring(vkey):
    """The log's key for sigstore, and its id."""
    _, key_id, key = vkey.split("+")
    raw = base64.b64decode(key)[1:]
    public = Ed25519PublicKey.from_public_bytes(raw)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ring = Keyring()
    one = Key(SimpleNamespace(raw_bytes=der, key_details=PublicKeyDetails.PKIX_ED25519))
    ring._keyring[one.key_id] = one
    return ring, bytes.fromhex(key_id)


def check(log):
    """Gives how many proofs were taken and how many altered ones refused."""
    taken = refused = 0
    ring, key_id = keyring(log.vkey)
    SignedNote.from_text(log.note).verify(ring, key_id)
    for at in range(log.note.index("\n\n")):
        text = flipped(log.note.encode(), at).decode("utf-8", "replace")
        assert refuses(lambda: SignedNote.from_text(text).verify(ring, key_id)), at
        refused += 1
    checkpoint = LogCheckpoint.from_text(SignedNote.from_text(log.note).note)
    assert checkpoint.log_size == log.size and checkpoint.origin == log.vkey.split("+")[0]
    root = bytes.fromhex(checkpoint.log_hash)

    def verify(index, body, hashes):
        proof = SimpleNamespace(log_index=index, tree_size=log.size, hashes=hashes, root_hash=root)
        inner = SimpleNamespace(inclusion_proof=proof, canonicalized_body=body)
        verify_merkle_inclusion(SimpleNamespace(_inner=inner))

    for index, proof in log.inclusion.items():
        verify(index, log.entries[index], proof)
        taken += 1
        for other in altered(proof):
            assert refuses(verify, index, log.entries[index], other), index
            refused += 1
        assert refuses(verify, index, flipped(log.entries[index], index), proof), index
    return taken, refused, root
