"""Signing requests, and firmware with its signature."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from probes.pki.certificates import fingerprint
from probes.pki.firmware import is_revoked, sign, signature_problem, signing_certificate_problem
from probes.pki.issuing import Issuer
from probes.pki.requests import NoRequest, key_from_pem, key_to_pem, new_key, new_request, public_of, read_request, request_problem

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MAKER = Issuer.new("Maker", "Maker", NOW, "RSA")
SIGNER = rsa.generate_private_key(65537, 2048)
CERTIFICATE = MAKER.issue("Firmware", "Maker", SIGNER.public_key(), NOW, timedelta(days=30))


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_a_request_bears_serial_number_and_operator(kind: str) -> None:
    key = new_key(kind)
    text = new_request(key, "SN1", "Operator")
    assert "PRIVATE" not in text
    request = read_request(text)
    assert request.subject.rfc4514_string() == "CN=SN1,O=Operator"
    assert request_problem(request, "SN1", "Operator") is None
    assert request_problem(request, "SN2", "Operator") == "is made out to SN1, not to SN2"
    assert request_problem(request, "SN1", "Nobody") == "names Operator as organization, not Nobody"
    assert public_of(key_to_pem(key)) == public_of(key_to_pem(key_from_pem(key_to_pem(key))))


def test_requests_that_are_none() -> None:
    for text in ("", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"):
        with pytest.raises(NoRequest):
            read_request(text)
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - weak on purpose
    assert "1024 bits" in (request_problem(read_request(new_request(weak, "SN1", "O")), "SN1", "O") or "")


def test_a_request_with_another_key_in_it_is_not_signed() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    genuine = read_request(new_request(new_key(), "SN1", "O"))
    other = read_request(new_request(new_key(), "SN1", "O"))
    mixed = genuine.public_bytes(Encoding.DER).replace(_point(genuine), _point(other))
    forged = x509.load_der_x509_csr(mixed)
    assert request_problem(forged, "SN1", "O") == "does not prove that its sender has the private key"


def _point(request: x509.CertificateSigningRequest) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def test_signatures_cover_the_whole_file() -> None:
    image = bytes(100_000)
    signature = sign(image, SIGNER)
    assert signature_problem(image, signature, CERTIFICATE) is None
    assert signature_problem(image + b"\0", signature, CERTIFICATE) == "the signature does not fit the file"
    assert signature_problem(image[:-1] + b"\1", signature, CERTIFICATE) == "the signature does not fit the file"
    assert signature_problem(image, "", CERTIFICATE) == "there is no signature"
    assert signature_problem(image, "???", CERTIFICATE) == "the signature is no Base64"


def test_signatures_of_other_kinds_do_not_count() -> None:
    """L01.FR.04: RSA-PSS with SHA-256, not PKCS#1 version 1.5, not another hash."""
    old = base64.b64encode(SIGNER.sign(b"image", padding.PKCS1v15(), hashes.SHA256())).decode()
    other = base64.b64encode(SIGNER.sign(b"image", padding.PSS(padding.MGF1(hashes.SHA512()), 20), hashes.SHA512())).decode()
    for signature in (old, other):
        assert signature_problem(b"image", signature, CERTIFICATE) == "the signature does not fit the file"
    longest = base64.b64encode(
        SIGNER.sign(b"image", padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH), hashes.SHA256())
    ).decode()
    assert signature_problem(b"image", longest, CERTIFICATE) is None


def test_whose_word_counts_for_firmware() -> None:
    roots = [MAKER.certificate]
    assert signing_certificate_problem(CERTIFICATE, roots, NOW) is None
    assert signing_certificate_problem(CERTIFICATE, [], NOW) == "is signed by no authority that is trusted here"
    assert signing_certificate_problem(CERTIFICATE, roots, NOW + timedelta(days=31)) == "has expired"
    below = Issuer.new("Below", "Maker", NOW, by=MAKER)
    indirect = below.issue("Firmware", "Maker", SIGNER.public_key(), NOW, timedelta(days=30))
    assert signing_certificate_problem(indirect, roots, NOW) == "is signed by no authority that is trusted here"
    assert signing_certificate_problem(MAKER.certificate, roots, NOW) == "may not sign firmware"


def test_revoked_ones_are_known_by_their_fingerprint() -> None:
    assert is_revoked(CERTIFICATE, {fingerprint(CERTIFICATE)})
    assert not is_revoked(CERTIFICATE, {fingerprint(MAKER.certificate)})
