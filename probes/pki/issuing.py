"""Certificates made: roots, and what they sign. The moment is handed in, only keys and serial numbers are fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from probes.pki.certificates import Certificate, to_pem
from probes.pki.requests import PrivateKey, key_from_pem, key_to_pem, new_key, subject

ROOT_DAYS = 3650
BACKDATED = timedelta(minutes=5)
"""Certificates begin a little earlier, for stations whose clock is late."""


@dataclass(frozen=True)
class Issuer:
    """A certificate that signs others, with its key."""

    certificate: Certificate
    key: PrivateKey

    @classmethod
    def new(cls, name: str, organization: str, now: datetime, kind: str = "EC", days: int = ROOT_DAYS, by: Issuer | None = None) -> Issuer:
        """A new root, or, with `by`, an authority below another one: also a new root that its predecessor signed (M05.FR.09)."""
        key = new_key(kind)
        builder = _builder(name, organization, key.public_key(), now, timedelta(days=days), by.certificate if by else None)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        return cls(builder.sign(by.key if by else key, hashes.SHA256()), key)

    def issue(self, name: str, organization: str, public_key: object, now: datetime, lifetime: timedelta) -> Certificate:
        """A certificate for a client or for signing firmware: the name is the serial number of a station, or that of a signer."""
        builder = _builder(name, organization, public_key, now, lifetime, self.certificate)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue_server(self, host: str, organization: str, public_key: object, now: datetime, lifetime: timedelta) -> Certificate:
        """A certificate for a server: its FQDN is the commonName (A00.FR.510). An address, which is no FQDN, is named besides."""
        builder = _builder(host, organization, public_key, now, lifetime, self.certificate)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(enciphers=isinstance(public_key, rsa.RSAPublicKey)), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        try:
            address = x509.IPAddress(ip_address(host))
        except ValueError:
            return builder.sign(self.key, hashes.SHA256())
        return builder.add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(self.key, hashes.SHA256())

    def to_pem(self) -> str:
        """Certificate and private key in PEM, for a file that its owner alone may read."""
        return to_pem(self.certificate) + key_to_pem(self.key)

    @classmethod
    def from_pem(cls, text: str) -> Issuer:
        """What `to_pem` made. Raises `ValueError`."""
        return cls(x509.load_pem_x509_certificate(text.encode("ascii")), key_from_pem(text[text.index("-----BEGIN PRIVATE KEY") :]))


def untrusted_pair(like: Path, folder: Path, now: datetime) -> tuple[Path, Path]:
    """A certificate with the name and the kind of key of `like`, signed by nobody that anybody knows, and its key: files in `folder`."""
    real = x509.load_pem_x509_certificate(like.read_bytes())
    name = str(real.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    key = new_key("RSA" if isinstance(real.public_key(), rsa.RSAPublicKey) else "EC")
    nobody = Issuer.new("nobody", "ocpp-registry audit", now)
    certificate, private = folder / "untrusted.pem", folder / "untrusted.key"
    certificate.write_text(
        to_pem(nobody.issue_server(name, "ocpp-registry audit", key.public_key(), now, timedelta(days=1))), encoding="ascii"
    )
    private.write_text(key_to_pem(key), encoding="ascii")
    return certificate, private


def _builder(
    name: str, organization: str, public_key: Any, now: datetime, lifetime: timedelta, issuer: Certificate | None
) -> x509.CertificateBuilder:
    """With the identifiers of both keys (RFC 5280 sections 4.2.1.1 and 4.2.1.2), which tell roots of the same name apart."""
    owner = subject(name, organization)
    signing_key: Any = issuer.public_key() if issuer else public_key
    return (
        x509.CertificateBuilder()
        .subject_name(owner)
        .issuer_name(issuer.subject if issuer else owner)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key), critical=False)
    )


def _usage(signs_certificates: bool = False, enciphers: bool = False) -> x509.KeyUsage:
    """A00.FR.512: what the key is for, and nothing else."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=enciphers,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
