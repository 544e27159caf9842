"""Certificates: what counts, what does not, and the hashes that name them. The hash data were computed with the command `openssl`."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from probes.pki.certificates import (
    HashData,
    NoCertificate,
    chain_problem,
    fingerprint,
    hash_data,
    issued,
    property_problem,
    read_chain,
    read_one,
    root_problem,
    to_pem,
    validity_problem,
)
from probes.pki.issuing import Issuer
from probes.pki.requests import subject

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY, YEAR = timedelta(days=1), timedelta(days=365)
ROOT = Issuer.new("Root", "Operator", NOW)
OTHER = Issuer.new("Root", "Operator", NOW)
"""Another authority of the same name."""

BELOW = Issuer.new("Below", "Operator", NOW, by=ROOT)
KEY = ec.generate_private_key(ec.SECP256R1())
LEAF = ROOT.issue("SN1", "Operator", KEY.public_key(), NOW, YEAR)
FAR = BELOW.issue("SN2", "Operator", KEY.public_key(), NOW, YEAR)


def crafted(*extensions: tuple[x509.ExtensionType, bool], name: x509.Name | None = None, by: Issuer = ROOT) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name or subject("X", "Operator"))
        .issuer_name(by.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(by.key, hashes.SHA256())


def test_chains_that_lead_to_a_root() -> None:
    assert chain_problem([LEAF], [ROOT.certificate], NOW) is None
    assert chain_problem([FAR, BELOW.certificate], [OTHER.certificate, ROOT.certificate], NOW) is None
    assert chain_problem([FAR, ROOT.certificate, BELOW.certificate], [ROOT.certificate], NOW) is None


def test_chains_that_do_not() -> None:
    foreign = "is signed by no authority that is trusted here"
    assert chain_problem([LEAF], [], NOW) == foreign
    assert chain_problem([LEAF], [OTHER.certificate], NOW) == foreign
    assert chain_problem([FAR], [ROOT.certificate], NOW) == foreign
    assert chain_problem([FAR, BELOW.certificate], [OTHER.certificate], NOW) == foreign


def test_time() -> None:
    assert validity_problem(LEAF, NOW + 366 * DAY) == "has expired"
    assert validity_problem(LEAF, NOW - DAY) == "is not valid yet"
    assert chain_problem([LEAF], [ROOT.certificate], NOW + 366 * DAY) == "has expired"
    brief = Issuer.new("Brief", "Operator", NOW, days=1)
    lasting = brief.issue("SN3", "Operator", KEY.public_key(), NOW, YEAR)
    assert chain_problem([lasting], [brief.certificate], NOW + 2 * DAY) == "is signed by an authority whose certificate has expired"


def test_a_station_cannot_sign_for_others() -> None:
    station = Issuer(LEAF, KEY)
    forged = crafted(by=station)
    assert issued(LEAF, forged)
    assert chain_problem([forged, LEAF], [ROOT.certificate], NOW) == "is signed by a certificate that may not sign others"
    short = x509.BasicConstraints(ca=True, path_length=0)
    above = Issuer(crafted((short, True), name=subject("Above", "Operator")), KEY)
    middle = Issuer.new("Middle", "Operator", NOW, by=above)
    deep = middle.issue("SN4", "Operator", KEY.public_key(), NOW, DAY)
    chain = [deep, middle.certificate, above.certificate]
    assert chain_problem(chain, [ROOT.certificate], NOW) == "is signed by a certificate that may not sign others"


def test_what_is_critical_must_be_understood() -> None:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert chain_problem([crafted((odd, False))], [ROOT.certificate], NOW) is None
    assert "1.2.3.4" in (chain_problem([crafted((odd, True))], [ROOT.certificate], NOW) or "")


def test_properties() -> None:
    assert property_problem(LEAF) is None
    weak = ROOT.issue("SN", "Operator", rsa.generate_private_key(65537, 1024).public_key(), NOW, DAY)  # noqa: S505 - weak on purpose
    assert property_problem(weak) == "has a key of 1024 bits; at least 2048 are needed"
    small = ROOT.issue("SN", "Operator", ec.generate_private_key(ec.SECP192R1()).public_key(), NOW, DAY)
    assert property_problem(small) == "has a key of 192 bits; at least 224 are needed"
    nameless = crafted(name=x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "SN")]))
    assert property_problem(nameless) == "names no organization as its owner"


def test_roots() -> None:
    assert root_problem(ROOT.certificate, NOW) is None
    assert root_problem(BELOW.certificate, NOW) is None
    assert root_problem(LEAF, NOW) == "is no certificate of an authority"
    assert root_problem(ROOT.certificate, NOW + 11 * YEAR) == "has expired"
    forged = crafted((x509.BasicConstraints(True, None), True), name=ROOT.certificate.subject, by=OTHER)
    assert not issued(forged, forged)


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "\u00e4"])
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(NoCertificate):
        read_chain(text)


def test_reading_and_writing() -> None:
    assert read_chain(to_pem(FAR, BELOW.certificate)) == (FAR, BELOW.certificate)
    assert read_one(to_pem(LEAF)) == LEAF
    with pytest.raises(NoCertificate, match="2 certificates"):
        read_one(to_pem(LEAF, FAR))
    assert Issuer.from_pem(ROOT.to_pem()).certificate == ROOT.certificate


@pytest.mark.parametrize("kind", ["EC", "RSA"])
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_hash_data_are_those_of_ocsp(tmp_path: Path, kind: str, algorithm: str) -> None:
    """Section 6.1 refers to RFC 6960: the same values stand in an OCSP request, here one that OpenSSL makes."""
    root = Issuer.new("Root", "Operator", NOW, kind)
    leaf = root.issue("SN1", "Operator", KEY.public_key(), NOW, YEAR)
    for name, certificate in (("root", root.certificate), ("leaf", leaf)):
        (tmp_path / name).write_text(to_pem(certificate))
    command = ["openssl", "ocsp", "-issuer", str(tmp_path / "root"), f"-{algorithm.lower()}", "-cert", str(tmp_path / "leaf"), "-req_text"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    told = {line.split(":")[0].strip(): line.split(":")[1].strip() for line in text.replace("\\\n", "").splitlines() if ": " in line}
    found = hash_data(leaf, root.certificate, algorithm).to_wire()
    assert found["issuerNameHash"].upper() == told["Issuer Name Hash"]
    assert found["issuerKeyHash"].upper() == told["Issuer Key Hash"]
    assert int(found["serialNumber"], 16) == int(told["Serial Number"], 16)
    assert not found["serialNumber"].startswith("0")


def test_the_example_of_the_serial_number() -> None:
    """Section 6.1: 4095 is FFF; compared without regard to case."""
    one = HashData.from_wire({"hashAlgorithm": "SHA256", "issuerNameHash": "AB", "issuerKeyHash": "cd", "serialNumber": "0FFF"})
    assert one == HashData("SHA256", "ab", "cd", f"{4095:x}")
    assert one.to_wire()["serialNumber"] == "FFF"


def test_fingerprints_tell_apart() -> None:
    assert fingerprint(ROOT.certificate) != fingerprint(OTHER.certificate)
