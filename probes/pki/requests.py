"""Key pairs and certificate signing requests (RFC 2986): a station's side and what an authority looks at. Pure but for fresh randomness."""

from __future__ import annotations

from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from probes.pki.certificates import common_names, key_problem, organizations, public_der

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Request = x509.CertificateSigningRequest


class NoRequest(ValueError):
    """The text holds no certificate signing request in PEM."""


def new_key(kind: str = "EC") -> PrivateKey:
    """A fresh key: `EC` on the curve P-256 or `RSA` of 2048 bits (A00.FR.502 and 503)."""
    return rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP256R1())


def key_to_pem(key: PrivateKey) -> str:
    """A private key in PEM, in clear: for a file that its owner alone may read."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def key_from_pem(text: str) -> PrivateKey:
    """What `key_to_pem` made. Raises `ValueError`."""
    key = load_pem_private_key(text.encode("ascii"), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("the private key is neither RSA nor of an elliptic curve")
    return key


def public_of(key_pem: str) -> bytes:
    """The public key that belongs to a private key in PEM, as `public_der` writes it."""
    return public_der(key_from_pem(key_pem).public_key())


def subject(common_name: str, organization: str) -> x509.Name:
    """The subject that A00.FR.509 to 511 ask for: O, then CN."""
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def new_request(key: PrivateKey, serial_number: str, organization: str) -> str:
    """A signing request in PEM: CN is the station's serial number, O is CpoName (A02.FR.03, A02.FR.13, A00.FR.511)."""
    request = x509.CertificateSigningRequestBuilder().subject_name(subject(serial_number, organization)).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode("ascii")


def read_request(text: str) -> Request:
    """The request in a PEM text. Raises `NoRequest`."""
    try:
        request = x509.load_pem_x509_csr(text.encode("ascii"))
        _ = request.public_key(), request.subject
    except (ValueError, UnsupportedAlgorithm) as problem:
        raise NoRequest("it cannot be read as a certificate signing request in PEM") from problem
    return request


def request_problem(request: Request, serial_number: str, organization: str) -> str | None:
    """Why an authority does not sign this: whose key it is not, whose name it does not bear, what is weak."""
    if not _is_signed(request):
        return "does not prove that its sender has the private key"
    weak = key_problem(request.public_key())
    if weak:
        return weak
    if common_names(request) != (serial_number,):
        return f"is made out to {', '.join(common_names(request)) or 'nobody'}, not to {serial_number}"
    if is_address(serial_number):
        return "is made out to an address, which no serial number is"
    if organizations(request) != (organization,):
        return f"names {', '.join(organizations(request)) or 'nobody'} as organization, not {organization}"
    return None


def is_address(name: str) -> bool:
    """Whether it is a URL or an IP address, which a serial number must not be (A00.FR.511)."""
    try:
        ip_address(name)
    except ValueError:
        return "://" in name
    return True


def _is_signed(request: Request) -> bool:
    try:
        return request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm):
        return False
