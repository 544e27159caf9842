"""What a station shows to its CSMS: profile, password, certificates with their keys; changed over OCPP, kept over a restart.

Private keys are made here, stay in the station's state file, which its owner alone may read, and go to the TLS library through a folder
that exists for the length of one handshake (A02.FR.05).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from probes.pki.certificates import (
    Certificate,
    NoCertificate,
    chain_problem,
    common_names,
    fingerprint,
    organizations,
    property_problem,
    public_der,
    read_chain,
    to_pem,
    validity_problem,
)
from probes.pki.requests import key_to_pem, new_key, new_request, public_of
from probes.station.store import Store
from probes.wire.security import MUTUAL_TLS, TLS_BASIC, ClientSecurity
from probes.wire.tls import KeyPair
from registry.errors import CannotBegin

RENEWAL = timedelta(days=30)
"""How long before its end a certificate is renewed (A03.FR.02)."""

KEPT_CERTIFICATES = 3
"""The newest, and older ones to fall back on (A02.FR.10)."""

_AUTHORIZATION_KEY = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}\Z")


@dataclass(frozen=True)
class Own:
    """A certificate of the station with its chain, and its private key, both PEM."""

    chain: str
    key: str

    @property
    def certificate(self) -> Certificate:
        """The station's own, the first of the chain."""
        return read_chain(self.chain)[0]

    def __repr__(self) -> str:
        """Without the key."""
        return f"Own({fingerprint(self.certificate)})"


def is_authorization_key(text: str) -> bool:
    """Whether AuthorizationKey may hold this: 16 to 20 bytes in hexadecimal digits (A00.FR.205, section 7.2)."""
    return _AUTHORIZATION_KEY.match(text) is not None


class Credentials:
    """The credentials of one station, first those of `given`, then what the CSMS made of them.

    They are kept in `store` together with what was given: a station that is started with something else begins anew with that. Raises
    `CannotBegin` for files of `given` that cannot be used.
    """

    def __init__(self, store: Store, given: ClientSecurity) -> None:
        self._store = store
        self._given = given
        authority = _text(given.authority) if given.authority else ""
        pair = [_text(path) for path in given.key_pair] if given.key_pair else []
        self._origin = sha256("\0".join([str(given.profile), given.password or "", authority, *pair]).encode()).hexdigest()
        self.given_roots: tuple[Certificate, ...] = _roots(given.authority, authority) if given.authority else ()
        self.profile = given.profile
        self.former_profile: int | None = None
        self.authorization_key = given.password
        self._own = [_own(given.key_pair, *pair)] if given.key_pair else []
        self._pending_keys: list[str] = []
        self._choice = 0
        saved = store.get("credentials")
        if saved and saved.get("origin") == self._origin:
            self._load(saved)

    # --- what is shown

    @contextmanager
    def shown(self, roots: Sequence[Sequence[Certificate]], now: datetime) -> Iterator[ClientSecurity]:
        """What the next attempt to connect shows and trusts. `roots` are sets of roots, the best first; after `failed` it is the turn of
        another set, or of an older certificate.
        """
        trusted, own = self._chosen(roots, now)
        if not trusted and self.profile < TLS_BASIC:
            yield ClientSecurity(self.profile, self.authorization_key)
            return
        with tempfile.TemporaryDirectory(prefix="station-") as name:
            folder = Path(name)
            authority = _written(folder / "roots.pem", to_pem(*trusted)) if trusted else None
            pair = None
            if own and self.profile == MUTUAL_TLS:
                pair = _written(folder / "own.pem", own.chain), _written(folder / "own.key", own.key)
            yield ClientSecurity(self.profile, self.authorization_key, authority, pair)

    def failed(self, choices: int) -> None:
        """The attempt failed over certificates: the next one is made with the next of so many choices."""
        self._choice = (self._choice + 1) % max(1, choices)

    def choices(self, roots: Sequence[Sequence[Certificate]], now: datetime) -> int:
        """How many different ways there are to try."""
        return max(1, len(roots)) * max(1, len(self._usable(now)))

    def shows_best_roots(self, roots: Sequence[Sequence[Certificate]]) -> bool:
        """Whether the attempt of now trusts the first set."""
        return self._choice % max(1, len(roots)) == 0

    def _chosen(self, roots: Sequence[Sequence[Certificate]], now: datetime) -> tuple[Sequence[Certificate], Own | None]:
        sets = list(roots) or [()]
        own = self._usable(now)
        chosen = own[(self._choice // len(sets)) % len(own)] if own else None
        return sets[self._choice % len(sets)], chosen

    def _usable(self, now: datetime) -> list[Own]:
        """Certificates that count now, the newest first (A02.FR.08, A02.FR.09); when none does, all: the CSMS decides."""
        newest_first = sorted(self._own, key=lambda own: own.certificate.not_valid_before_utc, reverse=True)
        return [own for own in newest_first if validity_problem(own.certificate, now) is None] or newest_first

    # --- security profile (A05)

    def upgrade_problem(self, profile: int, roots: Sequence[Certificate], now: datetime) -> str | None:
        """Why the station does not go to this profile; None: it can (A05.FR.01 to FR.05)."""
        if not self.profile < profile <= MUTUAL_TLS:
            return "a security profile can only be raised"
        if profile < MUTUAL_TLS and not is_authorization_key(self.authorization_key or ""):
            return "there is no AuthorizationKey"
        if profile >= TLS_BASIC and not any(validity_problem(root, now) is None for root in roots):
            return "no CentralSystemRootCertificate is installed"
        if profile == MUTUAL_TLS and not any(validity_problem(own.certificate, now) is None for own in self._own):
            return "no certificate of the station is installed"
        return None

    def upgrade(self, profile: int) -> None:
        """Use this profile from the next connection on."""
        self.former_profile, self.profile = self.profile, profile
        self._keep()

    def fall_back(self) -> bool:
        """The new profile does not work: take the one before (A05.FR.08). Whether there is one."""
        if self.former_profile is None:
            return False
        self.profile, self.former_profile = self.former_profile, None
        self._keep()
        return True

    def proved(self) -> None:
        """A connection came to pass: there is no way back."""
        if self.former_profile is not None:
            self.former_profile = None
            self._keep()

    # --- password (A01)

    def change_authorization_key(self, text: str) -> None:
        """Show this password from the next connection on."""
        self.authorization_key = text
        self._keep()

    # --- certificates (A02, A03)

    def request(self, serial_number: str, organization: str) -> str:
        """A fresh key pair, and the request to sign it, in PEM (A02.FR.02, FR.03, FR.13)."""
        key = new_key()
        self._pending_keys = [*self._pending_keys[-1:], key_to_pem(key)]
        self._keep()
        return new_request(key, serial_number, organization)

    def discard_request(self) -> None:
        """The request was not accepted: its key is of no use."""
        self._pending_keys = self._pending_keys[:-1]
        self._keep()

    def take(self, text: str, serial_number: str, organization: str, roots: Sequence[Certificate], now: datetime) -> str | None:
        """A signed certificate came. What is wrong with it, and then it is discarded; None: it is used from its beginning on (A02.FR.06).

        One that is to count later is taken too (A02.FR.08).
        """
        try:
            chain = read_chain(text)
        except ValueError as problem:
            return str(problem)
        key = next((key for key in self._pending_keys if public_of(key) == public_der(chain[0].public_key())), None)
        if key is None:
            return "the certificate is not for a key that this station asked to have signed"
        begins = max(now, min(chain[0].not_valid_before_utc, chain[0].not_valid_after_utc))
        wrong = chain_problem(chain, roots, begins) or property_problem(chain[0]) or _name_problem(chain[0], serial_number, organization)
        if wrong:
            return f"the certificate {wrong}"
        self._pending_keys = [each for each in self._pending_keys if each != key]
        newest = sorted([*self._own, Own(to_pem(*chain), key)], key=lambda own: own.certificate.not_valid_before_utc)
        self._own = newest[-KEPT_CERTIFICATES:]
        self._choice = 0
        self._keep()
        return None

    @property
    def newest(self) -> Certificate | None:
        """The station's newest certificate, as measured by its beginning (A02.FR.09)."""
        return max((own.certificate for own in self._own), key=lambda each: each.not_valid_before_utc, default=None)

    def due(self, now: datetime) -> bool:
        """Whether the newest certificate ends within a month (A03.FR.02)."""
        newest = self.newest
        return newest is not None and newest.not_valid_after_utc - now <= RENEWAL

    # --- state

    def _keep(self) -> None:
        self._store.put(
            "credentials",
            {
                "origin": self._origin,
                "profile": self.profile,
                "former_profile": self.former_profile,
                "authorization_key": self.authorization_key,
                "own": [{"chain": own.chain, "key": own.key} for own in self._own],
                "pending_keys": self._pending_keys,
            },
        )

    def _load(self, saved: dict[str, Any]) -> None:
        self.profile = saved["profile"]
        self.former_profile = saved["former_profile"]
        self.authorization_key = saved["authorization_key"]
        self._own = [Own(**entry) for entry in saved["own"]]
        self._pending_keys = saved["pending_keys"]


def _name_problem(certificate: Certificate, serial_number: str, organization: str) -> str | None:
    """A00.FR.404, 405 and 511, as the station sees them."""
    if serial_number not in common_names(certificate):
        return f"is made out to {', '.join(common_names(certificate)) or 'nobody'}, not to {serial_number}"
    if organization and organization not in organizations(certificate):
        return f"names {', '.join(organizations(certificate)) or 'nobody'} as organization, not {organization}"
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError as problem:
        raise CannotBegin(f"{path}: cannot be read ({problem.strerror}); name a file in PEM") from problem
    except ValueError as problem:
        raise CannotBegin(f"{path}: is no file in PEM; name one") from problem


def _roots(path: Path, text: str) -> tuple[Certificate, ...]:
    try:
        return read_chain(text)
    except NoCertificate as problem:
        raise CannotBegin(f"{path}: no certificates in PEM; name a file with those of the trusted authorities") from problem


def _own(paths: KeyPair, chain: str, key: str) -> Own:
    """The pair that the station came with; certificate and key must belong together, and the key must not need a password."""
    try:
        certificates = read_chain(chain)
        fits = public_of(key) == public_der(certificates[0].public_key())
    except (ValueError, TypeError) as problem:
        raise CannotBegin(
            f"{paths[0]} and {paths[1]} are no certificate and private key in PEM without a password; name a certificate and its key"
        ) from problem
    if not fits:
        raise CannotBegin(f"{paths[0]} and {paths[1]} do not belong together; name a certificate and its key")
    return Own(to_pem(*certificates), key)


def _written(path: Path, text: str) -> Path:
    """Into a folder that is its owner's alone."""
    path.write_text(text, encoding="ascii")
    return path
