"""The operator's certificate authority (security white paper, A02, A03, section 2.6): signs stations' requests, renews, revokes.

Kept in a folder that its owner alone may read, or in memory. The CSMS asks it as it would ask a server of its own (A00.FR.703).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from probes.pki.certificates import fingerprint, to_pem
from probes.pki.issuing import Issuer
from probes.pki.requests import NoRequest, key_to_pem, new_key, read_request, request_problem
from probes.wire.clock import Clock, rfc3339
from probes.wire.tls import KeyPair
from registry.errors import CannotBegin

STATION_LIFETIME = timedelta(days=365)
SERVER_LIFETIME = timedelta(hours=24)
"""A00.FR.701: the certificate of the CSMS expires fast."""

_FILE, _ROOT, _REVOKED = "authority.pem", "root.pem", "revoked.json"


@dataclass(frozen=True)
class Signed:
    """A certificate that was issued: its chain in PEM, and what is kept of it."""

    chain: str
    serial_number: str
    fingerprint: str
    ends: datetime

    def to_json(self) -> dict[str, str]:
        """As it stands in a station's state."""
        return {"serialNumber": self.serial_number, "sha256": self.fingerprint, "notAfter": rfc3339(self.ends)}


class CertificateAuthority:
    """Signs for `organization`, which is what stations have as CpoName. Raises `CannotBegin` for a folder that cannot be used."""

    def __init__(self, organization: str, clock: Clock, folder: Path | None = None, lifetime: timedelta = STATION_LIFETIME) -> None:
        self.organization = organization
        self._clock = clock
        self._folder = folder
        self._lifetime = lifetime
        self._revoked: set[str] = set()
        try:
            self._issuer = self._open(folder) if folder else self._new()
        except OSError as problem:
            raise CannotBegin(f"{folder}: no authority can be kept there ({problem.strerror}); name another folder") from problem
        except ValueError as problem:
            raise CannotBegin(f"{folder}: holds no authority; move its files away or name another folder") from problem

    @property
    def root_pem(self) -> str:
        """The root certificate that stations install, in PEM."""
        return to_pem(self._issuer.certificate)

    def root_file(self, folder: Path) -> Path:
        """The root certificate in a file there, as TLS wants it."""
        path = folder / _ROOT
        path.write_text(self.root_pem, encoding="ascii")
        return path

    def problem(self, csr: str, serial_number: str) -> str | None:
        """Why this request of the station with this serial number is not signed; None: it is (A02, remarks)."""
        try:
            request = read_request(csr)
        except NoRequest as problem:
            return str(problem)
        return request_problem(request, serial_number, self.organization)

    def sign(self, csr: str, serial_number: str) -> Signed:
        """The certificate for a request. Raises `NoRequest` for one in which there is a problem."""
        problem = self.problem(csr, serial_number)
        if problem:
            raise NoRequest(problem)
        key = read_request(csr).public_key()
        certificate = self._issuer.issue(serial_number, self.organization, key, self._clock.now(), self._lifetime)
        return Signed(to_pem(certificate), f"{certificate.serial_number:x}", fingerprint(certificate), certificate.not_valid_after_utc)

    def server_pair(self, host: str, folder: Path, kind: str = "EC", lifetime: timedelta = SERVER_LIFETIME) -> KeyPair:
        """A certificate for a server of the operator, with its key, in files there; `kind` is `EC` or `RSA` (A00.FR.317, note)."""
        key = new_key(kind)
        certificate = self._issuer.issue_server(host, self.organization, key.public_key(), self._clock.now(), lifetime)
        pair = folder / f"server-{kind.lower()}.pem", folder / f"server-{kind.lower()}.key"
        pair[0].write_text(to_pem(certificate), encoding="ascii")
        _write_secret(pair[1], key_to_pem(key))
        return pair

    def successor(self) -> Issuer:
        """A new root that the present one signed, to be installed in stations that check that (M05.FR.09)."""
        return Issuer.new("Root", self.organization, self._clock.now(), by=self._issuer)

    def revoke(self, serial_number: str) -> None:
        """The certificate with this serial number, in hexadecimal digits, is worth nothing any more (A00.FR.704, note 2)."""
        self._revoked.add(serial_number.lower().lstrip("0"))
        if self._folder:
            _write_secret(self._folder / _REVOKED, json.dumps(sorted(self._revoked)))

    def is_revoked(self, serial_number: str) -> bool:
        """Whether it was revoked."""
        return serial_number.lower().lstrip("0") in self._revoked

    def _new(self) -> Issuer:
        return Issuer.new("Root", self.organization, self._clock.now())

    def _open(self, folder: Path) -> Issuer:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / _REVOKED).exists():
            self._revoked = {str(number) for number in json.loads((folder / _REVOKED).read_text(encoding="ascii"))}
        if (folder / _FILE).exists():
            return Issuer.from_pem((folder / _FILE).read_text(encoding="ascii"))
        issuer = self._new()
        _write_secret(folder / _FILE, issuer.to_pem())
        return issuer


def _write_secret(path: Path, text: str) -> None:
    """Replace a file that its owner alone may read; after a power cut it is the old one or the new one."""
    partial = path.with_suffix(".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
