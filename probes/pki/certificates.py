"""X.509 certificates as the security white paper wants them: read, checked, chained, named by their hashes. Pure: bytes and a moment in.

A check gives what is wrong as the end of a sentence about the certificate, None when nothing is. Path validation is that of RFC 5280
section 6 as far as these hierarchies go: names, signatures, validity, basic constraints, key usage; a critical extension that is not
understood here refuses the certificate, and so do name constraints and policies that are marked critical.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

LEAST_RSA_BITS, LEAST_EC_BITS = 2048, 224
"""A00.FR.502 and 503."""

LONGEST_PATH = 8
"""How many certificates a chain may have before it is not looked at further."""

_WEAK_HASHES = (hashes.MD5, hashes.SHA1, hashes.SHA224)
"""Not among the algorithms for future systems that A00.FR.504 points to."""

_UNDERSTOOD = frozenset(
    {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME}
)
_ALGORITHMS: dict[str, type[hashes.HashAlgorithm]] = {"SHA256": hashes.SHA256, "SHA384": hashes.SHA384, "SHA512": hashes.SHA512}

Certificate = x509.Certificate
Kind = TypeVar("Kind", bound=x509.ExtensionType)


class NoCertificate(ValueError):
    """The text holds no certificates in PEM; the message says what it holds instead, without quoting it."""


@dataclass(frozen=True)
class HashData:
    """CertificateHashDataType (security white paper section 6.1): what names a certificate without showing it."""

    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    def to_wire(self) -> dict[str, str]:
        """As it stands in messages."""
        return {
            "hashAlgorithm": self.algorithm,
            "issuerNameHash": self.issuer_name_hash,
            "issuerKeyHash": self.issuer_key_hash,
            "serialNumber": self.serial_number.upper(),
        }

    @classmethod
    def from_wire(cls, told: dict[str, str]) -> HashData:
        """From a message, in the form in which two of them can be compared: hashes and serial numbers without regard to case, and the
        latter without the leading zeros that it should not have.
        """
        return cls(
            told["hashAlgorithm"],
            told["issuerNameHash"].lower(),
            told["issuerKeyHash"].lower(),
            told["serialNumber"].lower().lstrip("0") or "0",
        )


def read_chain(text: str) -> tuple[Certificate, ...]:
    """The certificates of a PEM text, in its order (A00.FR.507). Raises `NoCertificate`."""
    try:
        found = x509.load_pem_x509_certificates(text.encode("ascii"))
        for certificate in found:
            _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.public_key()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as problem:
        raise NoCertificate("it cannot be read as X.509 certificates in PEM") from problem
    return tuple(found)


def read_one(text: str) -> Certificate:
    """The one certificate of a PEM text. Raises `NoCertificate`."""
    found = read_chain(text)
    if len(found) != 1:
        raise NoCertificate(f"it holds {len(found)} certificates in place of one")
    return found[0]


def to_pem(*certificates: Certificate) -> str:
    """Certificates in PEM, one after the other."""
    return "".join(certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in certificates)


def fingerprint(certificate: Certificate) -> str:
    """SHA-256 of the whole certificate, in hexadecimal digits."""
    return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def names(certificate: Certificate | x509.CertificateSigningRequest, field: x509.ObjectIdentifier) -> tuple[str, ...]:
    """The values of one field of the subject."""
    return tuple(str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(field))


def common_names(certificate: Certificate | x509.CertificateSigningRequest) -> tuple[str, ...]:
    """The commonNames of the subject."""
    return names(certificate, NameOID.COMMON_NAME)


def organizations(certificate: Certificate | x509.CertificateSigningRequest) -> tuple[str, ...]:
    """The organizationNames of the subject."""
    return names(certificate, NameOID.ORGANIZATION_NAME)


def public_der(key: object) -> bytes:
    """A public key as one sequence of bytes, so that two can be compared."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]  # every public key has it; the library has no common name for them


def hash_data(certificate: Certificate, issuer: Certificate, algorithm: str = "SHA256") -> HashData:
    """The hashes that name a certificate: those of its issuer's name and key (RFC 6960 section 4.1.1), and its serial number."""
    return HashData(
        algorithm,
        _digest(certificate.issuer.public_bytes(), algorithm),
        _digest(_key_bits(issuer), algorithm),
        f"{certificate.serial_number:x}",
    )


def validity_problem(certificate: Certificate, now: datetime) -> str | None:
    """Whether it counts at this moment (RFC 5280 section 4.1.2.5)."""
    if now > certificate.not_valid_after_utc:
        return "has expired"
    return "is not valid yet" if now < certificate.not_valid_before_utc else None


def property_problem(certificate: Certificate) -> str | None:
    """What of the white paper's certificate properties it lacks: key, algorithms, serial number, organization (A00.FR.501 to 509)."""
    weak = key_problem(certificate.public_key())
    if weak:
        return weak
    if isinstance(certificate.signature_hash_algorithm, _WEAK_HASHES):
        return f"is signed with {certificate.signature_hash_algorithm.name}"
    if certificate.serial_number <= 0:
        return "has no serial number"
    return None if any(name.strip() for name in organizations(certificate)) else "names no organization as its owner"


def key_problem(key: object) -> str | None:
    """A00.FR.501 to 503: what is wrong with a public key."""
    if isinstance(key, rsa.RSAPublicKey | dsa.DSAPublicKey):
        return None if key.key_size >= LEAST_RSA_BITS else f"has a key of {key.key_size} bits; at least {LEAST_RSA_BITS} are needed"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return None if key.key_size >= LEAST_EC_BITS else f"has a key of {key.key_size} bits; at least {LEAST_EC_BITS} are needed"
    return "has a key that is neither RSA, DSA nor of an elliptic curve"


def root_problem(certificate: Certificate, now: datetime) -> str | None:
    """Whether it may be installed as a root (M05.FR.06): valid now, and fit to sign others."""
    return validity_problem(certificate, now) or property_problem(certificate) or _authority_problem(certificate, 0)


def issued(issuer: Certificate, certificate: Certificate) -> bool:
    """Whether `issuer` signed `certificate`: name and signature, nothing else."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def chain_problem(chain: Sequence[Certificate], roots: Sequence[Certificate], now: datetime) -> str | None:
    """Whether the first certificate leads over the others of the chain to one of the roots, and everything on the way counts now.

    The chain may be in any order behind its first, and may hold the root or not.
    """
    leaf = chain[0]
    problem = validity_problem(leaf, now) or _critical_problem(leaf)
    if problem:
        return problem
    if fingerprint(leaf) in {fingerprint(root) for root in roots}:
        return None
    return _path_problem(leaf, chain[1:LONGEST_PATH], roots, now, 0)


def _path_problem(below: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate], now: datetime, depth: int) -> str | None:
    """Every issuer that is at hand is tried; what is wrong with the last one is told."""
    problem = "is signed by no authority that is trusted here"
    for root in roots:
        if issued(root, below):
            problem = _step_problem(root, now, depth) or ""
            if not problem:
                return None
    for index, issuer in enumerate(others):
        if issued(issuer, below):
            rest = [*others[:index], *others[index + 1 :]]
            found = _step_problem(issuer, now, depth) or _path_problem(issuer, rest, roots, now, depth + 1)
            if found is None:
                return None
            problem = found
    return problem


def _step_problem(issuer: Certificate, now: datetime, depth: int) -> str | None:
    problem = validity_problem(issuer, now)
    if problem:
        return f"is signed by an authority whose certificate {problem}"
    return _authority_problem(issuer, depth) and "is signed by a certificate that may not sign others"


def _authority_problem(certificate: Certificate, depth: int) -> str | None:
    """RFC 5280 section 6.1.4 (k) to (n): may it sign certificates with `depth` authorities below it?"""
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        return "is no certificate of an authority"
    if constraints.path_length is not None and constraints.path_length < depth:
        return "may not have as many authorities below it"
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        return "may not sign certificates"
    return _critical_problem(certificate)


def _critical_problem(certificate: Certificate) -> str | None:
    unknown = next((each.oid.dotted_string for each in certificate.extensions if each.critical and each.oid not in _UNDERSTOOD), None)
    return unknown and f"has the critical extension {unknown}, which is not understood here"


def usage_allows_signatures(certificate: Certificate) -> bool:
    """Whether its key may sign what is no certificate: X.509 key usage, where it is told (A00.FR.512)."""
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or usage.digital_signature


def _extension(certificate: Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _key_bits(issuer: Certificate) -> bytes:
    """The value of the field subjectPublicKey, second in its sequence after the algorithm, less its count of unused bits."""
    outer, _ = _der_value(public_der(issuer.public_key()))
    _, after_algorithm = _der_value(outer)
    bits, _ = _der_value(after_algorithm)
    return bits[1:]


def _der_value(encoded: bytes) -> tuple[bytes, bytes]:
    """The value of the first element of a DER encoding, and what follows that element."""
    length, begin = encoded[1], 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(encoded[2:begin], "big")
    return encoded[begin : begin + length], encoded[begin + length :]


def _digest(content: bytes, algorithm: str) -> str:
    digest = hashes.Hash(_ALGORITHMS[algorithm]())
    digest.update(content)
    return digest.finalize().hex()
