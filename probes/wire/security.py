"""Security profiles 0 to 3 (security white paper, edition 3, chapter 2): who must show what before the first frame.

    0  nothing
    1  HTTP Basic authentication
    2  TLS, the CSMS shows a certificate, the station a password
    3  TLS, both show certificates

One end has one profile at a time (A00.FR.001); to serve two, a CSMS listens on two ports (A00.FR.006).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from probes.wire.passwords import PasswordFile, basic_authorization
from probes.wire.tls import KeyPair, peer_names
from registry.errors import CannotBegin

NONE, BASIC, TLS_BASIC, MUTUAL_TLS = range(4)
"""The profiles by number; 0 is what the white paper calls no security profile."""


@dataclass(frozen=True)
class Refusal:
    """Why a station is not let in: the HTTP status that it gets, and the reason as the end of a sentence about it."""

    status: HTTPStatus
    reason: str


@dataclass(frozen=True)
class ServerSecurity:
    """What a CSMS asks of its stations. Raises `CannotBegin` when something is missing that the profile needs.

    `key_pairs` are the CSMS's certificates with their keys. For profile 3 `client_authority` signs the stations' certificates, whose
    commonName must be the station's identity, or what `serial_numbers` has for that identity (A00.FR.405), and, with
    `organization`, whose organizationName must be that (A00.FR.404).
    """

    profile: int = NONE
    passwords: PasswordFile | None = field(default=None, repr=False)
    key_pairs: tuple[KeyPair, ...] = ()
    client_authority: Path | None = None
    organization: str | None = None
    serial_numbers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _known(self.profile)
        _needs(self.profile, self.profile in {BASIC, TLS_BASIC}, self.passwords, "the stations' passwords")
        _needs(self.profile, self.profile >= TLS_BASIC, self.key_pairs, "the CSMS's certificate and key")
        _needs(self.profile, self.profile == MUTUAL_TLS, self.client_authority, "the authority of the stations' certificates")

    @property
    def encrypted(self) -> bool:
        """Whether the profile has TLS."""
        return self.profile >= TLS_BASIC

    async def refusal(self, identity: str, authorization: str | None, tls: Any) -> Refusal | None:
        """Whether the station `identity` is kept out. `tls` is the connection's SSLObject, if it has one."""
        if self.passwords is not None and self.profile in {BASIC, TLS_BASIC}:
            problem = await self.passwords.problem(identity, authorization)
            return Refusal(HTTPStatus.UNAUTHORIZED, problem) if problem else None
        return self._certificate_refusal(identity, tls) if self.profile == MUTUAL_TLS else None

    def _certificate_refusal(self, identity: str, tls: Any) -> Refusal | None:
        wanted = self.serial_numbers.get(identity, identity)
        names = peer_names(tls, "commonName")
        if wanted not in names:
            return Refusal(HTTPStatus.FORBIDDEN, f"showed a certificate made out to {', '.join(names) or 'nobody'}, not to {wanted}")
        organizations = peer_names(tls, "organizationName")
        if self.organization and self.organization not in organizations:
            told = ", ".join(organizations) or "no organization"
            return Refusal(HTTPStatus.FORBIDDEN, f"showed a certificate of {told}, not of {self.organization}")
        return None


@dataclass(frozen=True)
class ClientSecurity:
    """What a station shows and asks for. `authority` signs the CSMS's certificate (None: the system's roots).

    `password` is what AuthorizationKey holds; `key_pair` the station's own certificate and key. Raises `CannotBegin` when
    something is missing that the profile needs.
    """

    profile: int = NONE
    password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    key_pair: KeyPair | None = None

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
