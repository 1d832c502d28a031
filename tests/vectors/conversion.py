"""conversion.json: points, session keys, and conversions by two transcryptors.

From docs/formats/conversion.md and plain ristretto255, without libpep: the secrets and every scalar
that is drawn come from public labels.
"""

import hashlib

from ristretto import (GENERATOR, ORDER, add, encode, expand, from_uniform, multiply, negate)

SUITE = b"nPEPV1-ristretto255-SHA512"
POLICE, SAFE_HOME, PROSECUTION = (f"000000990000000{n}0000" for n in (1, 2, 3))
POLICE_KEY, SAFE_HOME_KEY, PROSECUTION_KEY = (
    f"{POLICE}/meld/e1", f"{SAFE_HOME}/intake/e1", f"{PROSECUTION}/intake/e1")
KNOWN = ("bsn/123456782", "92a8ebe5b16e8135e05dcb8ba2694a722645a9f9b48bf9c2af248b5a90f49216")
REKEY, PSEUDONYMISE = 1, 3


def point(text):
    """The point of `bsn/<digits>` or `skn/<digits>`."""
    return from_uniform(expand(text.encode(), b"HashToGroup-" + SUITE))


def scalar(number):
    """A scalar as hexadecimal, little-endian."""
    return number.to_bytes(32, "little").hex()


def _drawn(label):
    digest = hashlib.sha512(b"seinhuis vector " + label.encode()).digest()
    return int.from_bytes(digest, "little") % ORDER


def _secret(label):
    return hashlib.sha256(b"seinhuis vector " + label.encode()).digest()


def _inverse(number):
    return pow(number, -1, ORDER)


def factor(kind, secret, name):
    """libpep's factor of a domain or key context: the first candidate that is neither 0 nor 1."""
    name = name.encode()
    start = len(secret).to_bytes(2, "big") + secret + bytes([kind])
    start += len(name).to_bytes(2, "big") + name
    for counter in range(256):
        digest = expand(start + bytes([counter]), b"DeriveFactor-" + SUITE)
        found = int.from_bytes(digest, "little") % ORDER
        if found > 1:
            return found
    raise AssertionError("no factor")


class Transcryptor:
    """One half of the secrets."""

    def __init__(self, name):
        self.part, self.blinding = _drawn(f"{name} y"), _drawn(f"{name} b")
        self._pseudonymisation, self._rekeying = _secret(f"{name} ps"), _secret(f"{name} rk")

    def key_factor(self, context):
        return factor(REKEY, self._rekeying, context)

    def domain_factor(self, domain):
        return factor(PSEUDONYMISE, self._pseudonymisation, domain)

    def blinded_part(self):
        return self.part * _inverse(self.blinding) % ORDER

    def share(self, context):
        return self.blinding * self.key_factor(context) % ORDER

    def describe(self):
        lines = ["seinhuis/v1/transcryptor-secrets", f"global-part {scalar(self.part)}",
                 f"blinding {scalar(self.blinding)}",
                 f"pseudonymisation {self._pseudonymisation.hex()}",
                 f"rekeying {self._rekeying.hex()}"]
        digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
        return {"secrets": [*lines, f"sha256 {digest}"],
                "blinded_part": scalar(self.blinded_part()),
                "global_part": encode(multiply(self.part, GENERATOR)).hex()}


TRANSCRYPTORS = [Transcryptor("a"), Transcryptor("b")]


def session_secret(context):
    """The product of every blinded part and every share: what an SDK multiplies."""
    product = 1
    for one in TRANSCRYPTORS:
        product = product * one.blinded_part() * one.share(context) % ORDER
    return product


def _session_key(context):
    secret = session_secret(context)
    return {"context": context, "shares": [scalar(one.share(context)) for one in TRANSCRYPTORS],
            "secret": scalar(secret), "public": encode(multiply(secret, GENERATOR)).hex()}


def _ciphertext(pair):
    return (encode(pair[0]) + encode(pair[1])).hex()


def _conversion(label, source, given, message, from_key, to_key):
    """One conversion through both transcryptors; gives its vector and the pseudonym."""
    target = f"P/{to_key.split('/')[0]}/e1"
    key = multiply(session_secret(from_key), GENERATOR)
    drawn = _drawn(f"{label} encrypt")
    pair = multiply(drawn, GENERATOR), add(message, multiply(drawn, key))
    vector = {"from": source, "from_key": from_key, "to": target, "to_key": to_key, "input": given,
              "encrypt_r": scalar(drawn), "ciphertext": _ciphertext(pair), "steps": []}
    for place, one in enumerate(TRANSCRYPTORS):
        k = one.key_factor(to_key) * _inverse(one.key_factor(from_key)) % ORDER
        s = one.domain_factor(target) * _inverse(one.domain_factor(source)) % ORDER
        drawn = _drawn(f"{label} step {place}")
        pair = (add(pair[0], multiply(drawn, GENERATOR)), add(pair[1], multiply(drawn, key)))
        pair = (multiply(s * _inverse(k) % ORDER, pair[0]), multiply(s, pair[1]))
        key = multiply(k, key)
        vector["steps"].append({"s": scalar(s), "k": scalar(k), "r": scalar(drawn),
                                "ciphertext": _ciphertext(pair), "output_key": encode(key).hex()})
    assert key_of(to_key) == encode(key)
    pseudonym = add(pair[1], negate(multiply(session_secret(to_key), pair[0])))
    vector["pseudonym"] = encode(pseudonym).hex()
    return vector, pseudonym


def key_of(context):
    """The session public key of a desk."""
    return encode(multiply(session_secret(context), GENERATOR))


def _conversions():
    number, skn = "bsn/123456782", "skn/7"
    own, own_point = _conversion("3", "number", number, point(number), POLICE_KEY, POLICE_KEY)
    made = [
        _conversion("1", "number", number, point(number), POLICE_KEY, SAFE_HOME_KEY)[0],
        _conversion("2", "number", number, point(number), POLICE_KEY, PROSECUTION_KEY)[0],
        own,
        _conversion("4", f"P/{POLICE}/e1", own["pseudonym"], own_point, POLICE_KEY,
                    SAFE_HOME_KEY)[0],
        _conversion("5", "skn", skn, point(skn), PROSECUTION_KEY, SAFE_HOME_KEY)[0],
    ]
    # By number or by own pseudonym, one person has one pseudonym at one partner, and another at
    # another.
    assert made[0]["pseudonym"] == made[3]["pseudonym"] != made[1]["pseudonym"]
    return made


def conversion_vectors():
    assert encode(point(KNOWN[0])).hex() == KNOWN[1]
    points = ["bsn/123456782", "bsn/111222333", "skn/123456782", "skn/7"]
    together = TRANSCRYPTORS[0].part * TRANSCRYPTORS[1].part % ORDER
    return {
        "about": "Points, session keys and conversions of docs/formats (Conversion). All values "
                 "lower-case hexadecimal; scalars 32 bytes little-endian, elements ristretto255 "
                 "(RFC 9496). `r` are the scalars drawn by whoever encrypts or rerandomises. The "
                 "secrets are of no real transcryptor.",
        "points": [{"input": text, "point": encode(point(text)).hex()} for text in points],
        "transcryptors": [one.describe() for one in TRANSCRYPTORS],
        "global_public": encode(multiply(together, GENERATOR)).hex(),
        "session_keys": [_session_key(context)
                         for context in (POLICE_KEY, SAFE_HOME_KEY, PROSECUTION_KEY)],
        "conversions": _conversions(),
    }
