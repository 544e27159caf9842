"""The properties of certificates, one requirement after the other (security white paper section 2.6.1, A00.FR.501 to 512)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from probes.csms.authority import CertificateAuthority
from probes.pki.certificates import common_names, organizations, property_problem, read_chain, to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import new_key, new_request, read_request, request_problem, subject
from probes.wire.clock import SystemClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = Issuer.new("Root", "Operator", NOW)


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (rsa.generate_private_key(65537, 2047), "has a key of 2047 bits; at least 2048 are needed"),  # noqa: S505 - weak on purpose
        (rsa.generate_private_key(65537, 2048), None),
        (dsa.generate_private_key(1024), "has a key of 1024 bits; at least 2048 are needed"),  # noqa: S505 - weak on purpose
        (dsa.generate_private_key(2048), None),
        (ec.generate_private_key(ec.SECP192R1()), "has a key of 192 bits; at least 224 are needed"),
        (ec.generate_private_key(ec.SECP224R1()), None),
    ],
)
def test_keys_are_as_strong_as_112_bits(key: rsa.RSAPrivateKey, problem: str | None) -> None:
    """A00.FR.501 to 503: 2048 bits of RSA or DSA, 224 of an elliptic curve."""
    assert property_problem(ROOT.issue("SN", "Operator", key.public_key(), NOW, DAY)) == problem


@pytest.mark.parametrize("kind", ["EC", "RSA"])
def test_our_own_keys_are_strong_enough_too(kind: str) -> None:
    """A00.FR.501 to 503."""
    request = read_request(new_request(new_key(kind), "SN", "Operator"))
    assert request_problem(request, "SN", "Operator") is None


def test_only_recommended_hash_algorithms_sign() -> None:
    """A00.FR.504: SHA-224 and older ones sign no certificate that counts, SHA-256 and longer ones do."""
    for algorithm, good in ((hashes.SHA224(), False), (hashes.SHA256(), True), (hashes.SHA384(), True)):
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject("SN", "Operator"))
            .issuer_name(ROOT.certificate.subject)
            .public_key(new_key().public_key())
            .serial_number(7)
            .not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY)
            .sign(ROOT.key, algorithm)
        )
        assert (property_problem(certificate) is None) is good


def test_certificates_are_kept_and_sent_in_pem(tmp_path: Path) -> None:
    """A00.FR.507, 508: X.509 in PEM, each with a serial number of its own."""
    authority = CertificateAuthority("Operator", SystemClock(), tmp_path)
    signed = [authority.sign(new_request(new_key(), "SN", "Operator"), "SN") for _ in range(2)]
    for text in (signed[0].chain, authority.root_pem, (tmp_path / "authority.pem").read_text()):
        assert text.startswith("-----BEGIN CERTIFICATE-----\n")
        assert to_pem(*read_chain(text.split("-----BEGIN PRIVATE")[0])) in text
    assert int(signed[0].serial_number, 16) != int(signed[1].serial_number, 16)
    assert all(read_chain(each.chain)[0].serial_number > 0 for each in signed)


def test_the_certificate_of_the_csms_bears_its_name(tmp_path: Path) -> None:
    """A00.FR.509, 510: the operator as organization, the FQDN as common name."""
    authority = CertificateAuthority("Operator", SystemClock())
    (certificate,) = read_chain(authority.server_pair("csms.example.org", tmp_path)[0].read_text())
    assert (common_names(certificate), organizations(certificate)) == (("csms.example.org",), ("Operator",))
    with pytest.raises(x509.ExtensionNotFound):
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)


@pytest.mark.parametrize("name", ["192.0.2.7", "2001:db8::7", "https://example.org/7", "wss://example.org"])
def test_a_serial_number_is_no_address(name: str) -> None:
    """A00.FR.511: so that the certificate of a station is not one of a CSMS."""
    request = read_request(new_request(new_key(), name, "Operator"))
    assert request_problem(request, name, "Operator") == "is made out to an address, which no serial number is"
