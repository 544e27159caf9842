"""A twin with credentials, and a CSMS whose doors ask for them. Certificates are real: good in virtual time and in that of TLS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from ocpp.v16.enums import CertificateUse

from probes.cases.station import SignedBy
from probes.csms.audit_password import AuditPassword
from probes.csms.authority import CertificateAuthority
from probes.csms.doors import Door
from probes.pki.certificates import to_pem
from probes.pki.firmware import sign
from probes.pki.issuing import Issuer
from probes.pki.requests import key_to_pem, new_key
from probes.station.station import Station
from probes.wire.clock import SystemClock
from probes.wire.security import ClientSecurity, ServerSecurity

KEY = "00112233445566778899aabbccddeeff00112233"
ORGANIZATION = "Operator"
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
LONG = timedelta(days=3650)


class LongAgo(SystemClock):
    """When the authority of these tests does its work: before any test, whatever its clock."""

    def now(self) -> datetime:
        """Always the same."""
        return BEGIN


@cache
def _maker() -> tuple[Issuer, rsa.RSAPrivateKey, str]:
    maker, key = Issuer.new("Maker", "Maker", BEGIN, "RSA"), rsa.generate_private_key(65537, 2048)
    return maker, key, to_pem(maker.issue("Firmware", "Maker", key.public_key(), BEGIN, LONG))


@dataclass(frozen=True)
class Secured:
    """What both ends need for security profile `profile`: the door, further ones, what the station shows, what the audit is given."""

    door: ServerSecurity
    further: tuple[Door, ...]
    shown: ClientSecurity
    password: AuditPassword
    authority: CertificateAuthority
    signed: SignedBy

    def equip(self, station: Station) -> None:
        """Let the station trust its maker."""
        station.security.trust.install(CertificateUse.manufacturer_root_certificate, to_pem(_maker()[0].certificate), station.clock.now())


def secured(
    profile: int, home: Path, image: bytes, *, identity: str = "CP1", further: Sequence[int] = (), left_with_audits: bool = False
) -> Secured:
    """Everything for a station `identity` that comes with this profile, in files below `home`."""
    authority = CertificateAuthority(ORGANIZATION, LongAgo(), home / "authority", LONG)
    root = authority.root_file(home)
    pairs = (authority.server_pair("127.0.0.1", home, "EC", LONG),)
    password = AuditPassword(identity, KEY)
    doors: Mapping[int, ServerSecurity] = {
        each: ServerSecurity(
            each,
            password if each in {1, 2} else None,
            pairs if each >= 2 else (),
            root if each == 3 else None,
            ORGANIZATION if each == 3 else None,
        )
        for each in (profile, *further)
    }
    _, key, certificate = _maker()
    signed = SignedBy(_written(home / "signer.pem", certificate), _written(home / "signature.b64", sign(image, key)))
    own = str(password.successor) if left_with_audits else KEY
    shown = ClientSecurity(profile, own, root if profile >= 2 or further else None, _station_pair(home, identity) if 3 in doors else None)
    return Secured(doors[profile], tuple((0, doors[each]) for each in further), shown, password, authority, signed)


def _station_pair(home: Path, identity: str) -> tuple[Path, Path]:
    issuer = Issuer.from_pem((home / "authority" / "authority.pem").read_text(encoding="ascii"))
    key = new_key()
    certificate = issuer.issue(identity, ORGANIZATION, key.public_key(), BEGIN - timedelta(days=1), LONG)
    return _written(home / "station.pem", to_pem(certificate)), _written(home / "station.key", key_to_pem(key))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path
