"""Certificates: who signed what, under one's own pinned roots and revocation lists.

Owns: judging a chain for signing, reading the one OIN, signing. Must not know: what is signed.
Rules: docs/partners/certificates.md.
"""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ground import Failed, check, f, same

ALGORITHMS = {
    "secp256r1": ("ES256", hashes.SHA256(), 32),
    "secp384r1": ("ES384", hashes.SHA384(), 48),
}
CHAIN_CERTIFICATES = 6
TLS = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}


def oin_of(certificate):
    """The one OIN of a certificate: subject attribute serialNumber, exactly once."""
    found = certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    check(len(found) == 1, "a certificate names one OIN in its subject")
    return found[0].value


class Trust:
    """Pinned roots and revocation lists of one partner, PEM."""

    def __init__(self, roots, crls):
        self._roots = [cert for pem in roots for cert in x509.load_pem_x509_certificates(pem)]
        self._crls = [x509.load_pem_x509_crl(pem) for pem in crls]
        check(self._roots and self._crls, "roots and revocation lists are pinned")

    def signer(self, chain, oin):
        """The DER leaf of a signing chain (leaf first), if it is `oin`'s and holds now."""
        check(1 <= len(chain) <= CHAIN_CERTIFICATES, "a chain has 1 to 6 certificates")
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        leaf = certificates[0]
        self._path(certificates)
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        check(usage.digital_signature, "a signing certificate is for digital signatures")
        for extension in leaf.extensions:
            if isinstance(extension.value, x509.ExtendedKeyUsage):
                check(set(extension.value) - TLS, "a TLS certificate signs nothing")
        check(leaf.public_key().curve.name in ALGORITHMS, "signing keys are on P-256 or P-384")
        same(oin_of(leaf), oin, "OIN of the signing certificate")
        return chain[0]

    def _path(self, certificates):
        if certificates[-1] in self._roots:
            certificates = certificates[:-1]
        check(certificates, "a root signs no messages")
        roots = [root for root in self._roots if root.subject == certificates[-1].issuer]
        check(len(roots) == 1, "the chain ends under a pinned root")
        now = datetime.datetime.now(datetime.timezone.utc)
        issuers = [*certificates[1:], roots[0]]
        for certificate, issuer in zip(certificates, issuers):
            certificate.verify_directly_issued_by(issuer)
            basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
            check(basic.ca, "an issuer is a certification authority")
            for one in (certificate, issuer):
                check(one.not_valid_before_utc <= now <= one.not_valid_after_utc,
                      "a certificate is within its term")
            self._not_revoked(certificate, issuer, now)

    def _not_revoked(self, certificate, issuer, now):
        lists = [crl for crl in self._crls if crl.issuer == issuer.subject]
        check(lists, "every issuer has a revocation list")
        crl = max(lists, key=lambda one: one.last_update_utc)
        check(crl.is_signature_valid(issuer.public_key()), "a revocation list is its issuer's")
        check(now <= crl.next_update_utc, "a revocation list is not overdue")
        found = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        check(found is None, "a certificate is not revoked")


def read_chain(pem):
    """The certificates of a PEM chain, DER, leaf first."""
    return [certificate.public_bytes(serialization.Encoding.DER)
            for certificate in x509.load_pem_x509_certificates(pem)]


class Signer:
    """A signing certificate with its key, in the shape formats.jws asks for."""

    def __init__(self, chain, key):
        """Both PEM; the chain leaf first."""
        certificates = x509.load_pem_x509_certificates(chain)
        self.chain = read_chain(chain)
        self._key = serialization.load_pem_private_key(key, password=None)
        self.alg, self._hash, self._size = ALGORITHMS[self._key.curve.name]
        self.x5t = f.sha256(self.chain[0])
        self.oin = oin_of(certificates[0])

    def sign(self, data):
        """Raw r || s."""
        der = self._key.sign(data, ec.ECDSA(self._hash))
        return b"".join(n.to_bytes(self._size, "big") for n in decode_dss_signature(der))

    def jws(self, payload):
        """Compact JWS over the RFC 8785 form of `payload`."""
        return f.jws(self, payload)


def look_alike_root(below):
    """A self-signed root, PEM, with the name that issued `below` (DER): a name proves nothing."""
    name = x509.load_der_x509_certificate(below).issuer
    key = ec.generate_private_key(ec.SECP384R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - day).not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA384())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def read_jws(trust, compact, chain, oin):
    """The payload of a JWS that `oin` signed."""
    try:
        return f.verify_jws(trust.signer(chain, oin), compact)
    except AssertionError as error:
        raise Failed("a JWS is not of its one form") from error
