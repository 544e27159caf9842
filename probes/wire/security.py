"""Security profiles 0 to 3 (security white paper, edition 3, chapter 2): who must show what before the first frame.

    0  nothing
    1  HTTP Basic authentication
    2  TLS, the CSMS shows a certificate, the station a password
    3  TLS, both show certificates

One end has one profile at a time (A00.FR.001); to serve two, a CSMS listens on two ports (A00.FR.006).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from probes.wire.passwords import PasswordFile, basic_authorization
from probes.wire.tls import KeyPair, peer_names, peer_serial_number
from registry.errors import CannotBegin

NONE, BASIC, TLS_BASIC, MUTUAL_TLS = range(4)
"""The profiles by number; 0 is what the white paper calls no security profile."""


@dataclass(frozen=True)
class Refusal:
    """Why a station is not let in: the HTTP status that it gets, and the reason as the end of a sentence about it."""

    status: HTTPStatus
    reason: str


@dataclass(frozen=True)
class Known:
    """What a CSMS knows of a station that is at the door: the highest profile that it came with so far, below which it may not go back
    (A05.FR.09), and the serial number that it told.
    """

    least_profile: int = NONE
    serial_number: str | None = None


def _unknown(_: str) -> Known:
    return Known()


def _unspoilt(_: ssl.SSLContext) -> None:
    """TLS stays as it is."""


def _none_revoked(_: str) -> bool:
    return False


@dataclass(frozen=True)
class ServerSecurity:
    """What a CSMS asks of its stations. Raises `CannotBegin` when something is missing that the profile needs.

    `key_pairs` are the CSMS's certificates with their keys. For profile 3 `client_authority` signs the stations' certificates, whose
    commonName must be the station's identity, or what `serial_numbers` has for that identity (A00.FR.405), and, with
    `organization`, whose organizationName must be that (A00.FR.404). `known` tells what is known of an identity; `revoked` whether the
    certificate with this serial number, in hexadecimal digits, was revoked (A00.FR.704).
    """

    profile: int = NONE
    passwords: PasswordFile | None = field(default=None, repr=False)
    key_pairs: tuple[KeyPair, ...] = ()
    client_authority: Path | None = None
    organization: str | None = None
    serial_numbers: Mapping[str, str] = field(default_factory=dict)
    known: Callable[[str], Known] = field(default=_unknown, repr=False)
    revoked: Callable[[str], bool] = field(default=_none_revoked, repr=False)

    def __post_init__(self) -> None:
        _known(self.profile)
        _needs(self.profile, self.profile in {BASIC, TLS_BASIC}, self.passwords, "the stations' passwords")
        _needs(self.profile, self.profile >= TLS_BASIC, self.key_pairs, "the CSMS's certificate and key")
        _needs(self.profile, self.profile == MUTUAL_TLS, self.client_authority, "the authority of the stations' certificates")

    @property
    def encrypted(self) -> bool:
        """Whether the profile has TLS."""
        return self.profile >= TLS_BASIC

    @property
    def client_trust(self) -> Path | None:
        """Who signs the certificates that stations must show; None: they show none with this profile."""
        return self.client_authority if self.profile == MUTUAL_TLS else None

    async def refusal(self, identity: str, authorization: str | None, tls: Any) -> Refusal | None:
        """Whether the station `identity` is kept out. `tls` is the connection's SSLObject, if it has one."""
        least = self.known(identity).least_profile
        if self.profile < least:
            return Refusal(HTTPStatus.FORBIDDEN, f"came with security profile {self.profile} after it had {least}")
        if self.passwords is not None and self.profile in {BASIC, TLS_BASIC}:
            problem = await self.passwords.problem(identity, authorization)
            return Refusal(HTTPStatus.UNAUTHORIZED, problem) if problem else None
        return self._certificate_refusal(identity, tls) if self.profile == MUTUAL_TLS else None

    def _certificate_refusal(self, identity: str, tls: Any) -> Refusal | None:
        told = self.known(identity).serial_number
        wanted = [self.serial_numbers[identity]] if identity in self.serial_numbers else [identity, *([told] if told else [])]
        names = peer_names(tls, "commonName")
        if not set(wanted) & set(names):
            return Refusal(HTTPStatus.FORBIDDEN, f"showed a certificate made out to {', '.join(names) or 'nobody'}, not to {wanted[-1]}")
        number = peer_serial_number(tls)
        if number is None or self.revoked(number):
            return Refusal(HTTPStatus.FORBIDDEN, f"showed the certificate {number}, which was revoked")
        organizations = peer_names(tls, "organizationName")
        if self.organization and self.organization not in organizations:
            told = ", ".join(organizations) or "no organization"
            return Refusal(HTTPStatus.FORBIDDEN, f"showed a certificate of {told}, not of {self.organization}")
        return None


@dataclass(frozen=True)
class ClientSecurity:
    """What a station shows and asks for. `authority` signs the CSMS's certificate (None: the system's roots).

    `password` is what AuthorizationKey holds; `key_pair` the station's own certificate and key. `spoil` may make TLS worse than it
    should be. Raises `CannotBegin` when something is missing that the profile needs.
    """

    profile: int = NONE
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    key_pair: KeyPair | None = None
    spoil: Callable[[ssl.SSLContext], None] = field(default=_unspoilt, repr=False, compare=False)

    def __post_init__(self) -> None:
        _known(self.profile)
        _needs(self.profile, self.profile in {BASIC, TLS_BASIC}, self.password, "the station's password")
        _needs(self.profile, self.profile == MUTUAL_TLS, self.key_pair, "the station's certificate and key")

    @property
    def encrypted(self) -> bool:
        """Whether the profile has TLS."""
        return self.profile >= TLS_BASIC

    def headers(self, identity: str) -> dict[str, str]:
        """The headers that every connection request of this station has (A00.FR.203)."""
        if self.password is None or self.profile not in {BASIC, TLS_BASIC}:
            return {}
        return {"Authorization": basic_authorization(identity, self.password)}


def _known(profile: int) -> None:
    if profile not in {NONE, BASIC, TLS_BASIC, MUTUAL_TLS}:
        raise CannotBegin(f"security profile {profile}: there is none of that number; choose 0, 1, 2 or 3")


def _needs(profile: int, needed: bool, value: object, name: str) -> None:
    if needed and not value:
        raise CannotBegin(f"security profile {profile} needs {name}; give it, or choose another profile")
