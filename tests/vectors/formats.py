"""The formats of docs/formats/, as plainly as Python allows.

Owns: the bytes. Shares no line with the Rust, so that the two check each other.
Must not know: which values the vectors hold (make.py).
"""

import base64
import datetime
import hashlib
import hmac
import json

import rfc8785
from cryptography import x509
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID


def seeded(label, length):
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_256(b"seinhuis test vector/" + label.encode()).digest(length)


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# --- protobuf, as far as the messages in the vectors need it


def _varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(*fields):
    """Serialises (number, value) pairs; a nested message is bytes, a list is a repeated field."""
    out = b""
    for number, value in fields:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, (bool, int)):
                out += _varint(number << 3) + _varint(int(item)) if item else b""
            elif item or isinstance(value, list):
                data = item.encode() if isinstance(item, str) else item
                out += _varint(number << 3 | 2) + _varint(len(data)) + data
    return out


# --- RFC 6962 tree and manifest


def leaf_hash(data):
    return sha256(b"\x00" + data)


def tree_root(hashes_):
    if not hashes_:
        return sha256(b"")
    if len(hashes_) == 1:
        return hashes_[0]
    split = 1
    while split * 2 < len(hashes_):
        split *= 2
    return sha256(b"\x01" + tree_root(hashes_[:split]) + tree_root(hashes_[split:]))


def manifest_leaf_data(label, salt, data):
    name = label.encode()
    return bytes([len(name)]) + name + salt + len(data).to_bytes(4, "big") + data


def manifest_message(count, root):
    return b"seinhuis/v1/manifest\0" + count.to_bytes(4, "big") + root


def key_leaf(suite, kid, sealed_key):
    return bytes([suite, len(kid)]) + kid.encode() + sealed_key


# --- sealed record

SUITE = 1
_HPKE = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
)


def _xwing(seed):
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def xwing_public(seed):
    first, second = _xwing(seed)
    return first.public_key().public_bytes_raw() + second.public_key().public_bytes_raw()


def record_info(kid, route, header):
    return (
        b"seinhuis/v1/record\0"
        + bytes([SUITE])
        + sha256(route)
        + sha256(header)
        + bytes([len(kid)])
        + kid.encode()
    )


def seal_record_key(public, info, record_key):
    whole = hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(public[:1184]),
        x25519.X25519PublicKey.from_public_bytes(public[1184:]),
    )
    return _HPKE.encrypt(record_key, whole, info)


def open_record_key(seed, info, sealed_key):
    return _HPKE.decrypt(sealed_key, hpke.MLKEM768X25519PrivateKey(*_xwing(seed)), info)


def field_key(record_key, path):
    # HKDF-Expand of one block: T(1) = HMAC(PRK, info || 0x01).
    return mac(record_key, b"seinhuis/v1/field\0" + path.encode() + b"\x01")


def field_plaintext(path, value):
    size = 512 if path.startswith("identity/") else 64
    assert len(value) <= size - 2
    return (len(value).to_bytes(2, "big") + value).ljust(size, b"\0")


def seal_plaintext(record_key, path, route, plaintext):
    key = ChaCha20Poly1305(field_key(record_key, path))
    return key.encrypt(bytes(12), plaintext, sha256(route))


def open_field(record_key, path, route, sealed):
    key = ChaCha20Poly1305(field_key(record_key, path))
    plaintext = key.decrypt(bytes(12), sealed, sha256(route))
    length = int.from_bytes(plaintext[:2], "big")
    value = plaintext[2 : 2 + length]
    if plaintext != field_plaintext(path, value):
        raise ValueError("padding")
    return value


# --- log leaf, tags, ruleset


def log_leaf(hour, epoch, ruleset_root, nonce, tags, commitments):
    leaf = b"\x01" + hour.to_bytes(3, "big") + epoch.to_bytes(2, "big")
    leaf += ruleset_root + nonce + b"".join(tags) + b"".join(commitments)
    assert len(leaf) == 374
    return leaf


def tag_subject_key(tag_key, kind, value):
    return mac(tag_key, bytes([kind]) + value)


def tag(subject_key, nonce, ordinal):
    return mac(subject_key, nonce + bytes([ordinal]))[:16]


def ruleset_root(catalogue, policy):
    return sha256(b"seinhuis/v1/ruleset\0" + catalogue + policy)


# --- signed notes


def note_key_id(name, public):
    return sha256(name.encode() + b"\n\x01" + public)[:4]


def sign_note(text, name, seed):
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes_raw()
    body = note_key_id(name, public) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {base64.b64encode(body).decode()}\n"


def verify_note(note, name, public):
    text, line = note.rsplit("\n\n", 1)
    start = f"\u2014 {name} "
    assert line.startswith(start) and line.endswith("\n")
    body = base64.b64decode(line[len(start) : -1], validate=True)
    assert body[:4] == note_key_id(name, public)
    text += "\n"
    ed25519.Ed25519PublicKey.from_public_bytes(public).verify(body[4:], text.encode())
    return text


# --- ECDSA, certificates, JWS

_ALGORITHMS = {
    "ES256": (ec.SECP256R1(), hashes.SHA256(), 32),
    "ES384": (ec.SECP384R1(), hashes.SHA384(), 48),
}


class Signer:
    """A signing certificate and its key. Signatures follow RFC 6979, so they are the same in every
    run; a verifier cannot tell."""

    def __init__(self, alg, oin, name):
        self.alg = alg
        curve, self._hash, self._size = _ALGORITHMS[alg]
        # A few bits short of the field, so always below the group order.
        scalar = int.from_bytes(seeded(f"signer/{alg}/{oin}", self._size - 1), "big")
        self._key = ec.derive_private_key(scalar, curve)
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{name} signing"),
                x509.NameAttribute(NameOID.SERIAL_NUMBER, oin),
            ]
        )
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self._key.public_key())
            .serial_number(int.from_bytes(seeded(f"serial/{alg}/{oin}", 8), "big") >> 1)
            .not_valid_before(datetime.datetime(2026, 1, 1))
            .not_valid_after(datetime.datetime(2036, 1, 1))
            .add_extension(
                x509.KeyUsage(True, True, *[False] * 7), critical=True
            )
            .sign(self._key, self._hash, ecdsa_deterministic=True)
            .public_bytes(Encoding.DER)
        )
        self.x5t = sha256(self.certificate)
        self.public = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )

    def sign(self, data):
        der = self._key.sign(data, ec.ECDSA(self._hash, deterministic_signing=True))
        return b"".join(n.to_bytes(self._size, "big") for n in decode_dss_signature(der))

    def describe(self):
        return {
            "alg": self.alg,
            "certificate": self.certificate.hex(),
            "x5t_s256": self.x5t.hex(),
            "public_key": self.public.hex(),
        }


def verify_signature(certificate, data, signature):
    """Verifies raw r || s with the key of a DER certificate; raises when it does not."""
    public = x509.load_der_x509_certificate(certificate).public_key()
    for curve, digest, size in _ALGORITHMS.values():
        if curve.name == public.curve.name:
            assert len(signature) == 2 * size
            r, s = (int.from_bytes(signature[i : i + size], "big") for i in (0, size))
            public.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))
            return
    raise ValueError("curve")


def jws(signer, payload, **header):
    """Compact JWS. `header` overrides members, for vectors that must be refused."""
    head = {"alg": signer.alg, "x5t#S256": b64url(signer.x5t)} | header
    body = payload if isinstance(payload, bytes) else rfc8785.dumps(payload)
    text = f"{b64url(rfc8785.dumps(head))}.{b64url(body)}"
    return f"{text}.{b64url(signer.sign(text.encode()))}"


def verify_jws(certificate, compact):
    head, body, signature = compact.split(".")
    header = json.loads(unb64url(head))
    size = {"ES256": 64, "ES384": 96}[header["alg"]]
    assert set(header) == {"alg", "x5t#S256"} and len(unb64url(signature)) == size
    assert unb64url(header["x5t#S256"]) == sha256(certificate)
    verify_signature(certificate, f"{head}.{body}".encode(), unb64url(signature))
    payload = json.loads(unb64url(body))
    assert rfc8785.dumps(payload) == unb64url(body)
    return payload


def agreement_hash(content):
    return "$1$1$" + b64url(hashlib.sha3_512(rfc8785.dumps(content)).digest())
