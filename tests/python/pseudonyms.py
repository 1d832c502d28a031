"""Pseudonyms: numbers to points, session keys from shares, ciphertexts. docs/formats/conversion.md.

Uses libpep-py, which takes identity elements when it reads: they are refused here. Must not know:
who is asked for shares and conversions.
"""

import hashlib

from libpep import client, data, keys
from libpep.elgamal.arithmetic.scalars import ScalarNonZero

from ground import check, random

CONTEXT = b"HashToGroup-nPEPV1-ristretto255-SHA512"
# The vector of docs/formats/conversion.md.
KNOWN = ("123456782", "92a8ebe5b16e8135e05dcb8ba2694a722645a9f9b48bf9c2af248b5a90f49216")


def _expand(message):
    """expand_message_xmd of RFC 9380 with SHA-512, 64 bytes: one block."""
    suffix = CONTEXT + bytes([len(CONTEXT)])
    first = hashlib.sha512(bytes(128) + message + b"\0\x40\0" + suffix).digest()
    return hashlib.sha512(first + b"\1" + suffix).digest()


def passes_eleven_test(digits):
    """Whether nine digits can be a citizen service number."""
    if len(digits) != 9 or not digits.isascii() or not digits.isdigit() or digits == "0" * 9:
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, digits)) % 11 == 0


def point_of_number(digits):
    """The point of a citizen service number."""
    check(passes_eleven_test(digits), "a citizen number passes the 11-test")
    return data.Pseudonym.from_hash(_expand(b"bsn/" + digits.encode()))


def not_identity(encoded):
    """The identity element encodes as 32 zero bytes, and is refused wherever a point is read."""
    check(len(encoded) % 32 == 0, "a point has 32 bytes")
    points = [encoded[at:at + 32] for at in range(0, len(encoded), 32)]
    check(all(any(point) for point in points), "the identity element is no point of anyone")
    return encoded


class SessionKey:
    """The session key of a desk, from both transcryptors' parameters and shares."""

    def __init__(self, blinded_parts, shares):
        product = ScalarNonZero.one()
        for part in blinded_parts:
            product = product * ScalarNonZero.from_hex(part.hex())
        secret = keys.BlindedPseudonymGlobalSecretKey.from_hex(product.to_hex())
        found = [keys.PseudonymSessionKeyShare.from_hex(share.hex()) for share in shares]
        pair = keys.make_pseudonym_session_key(secret, found)
        self._public, self._secret = pair.public, pair.secret
        self.public = not_identity(bytes.fromhex(pair.public.to_hex()))

    def encrypt(self, point):
        """A ciphertext of a point, 64 bytes."""
        return not_identity(bytes(client.encrypt(point, self._public).to_bytes()))

    def decrypt(self, ciphertext):
        """The 32 bytes of the pseudonym in a ciphertext."""
        check(len(ciphertext) == 64, "a ciphertext has 64 bytes")
        read = data.EncryptedPseudonym.from_bytes(not_identity(bytes(ciphertext)))
        return not_identity(bytes.fromhex(client.decrypt(read, self._secret).to_hex()))


def self_test():
    """The point of the known number is the documented one."""
    digits, expected = KNOWN
    check(point_of_number(digits).to_hex() == expected, "libpep-py makes the documented point")


def made_up_numbers(count):
    """Different numbers of nine digits that pass the 11-test, of the range used for tests."""
    found = []
    while len(found) < count:
        digits = "9999" + "".join(str(byte % 10) for byte in random(5))
        if passes_eleven_test(digits) and digits not in found:
            found.append(digits)
    return found
