"""A central system whose doors ask for credentials, as one to be audited has them, and what our station shows there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from probes.csms.csms import Csms
from probes.wire.passwords import PasswordFile, hash_password
from probes.wire.security import ClientSecurity, ServerSecurity
from tests.probes.audits.secured import KEY, LONG, secured

KINDS = ("EC", "RSA")
"""Certificates of both kinds, as A00.FR.317 wants them."""


@dataclass(frozen=True)
class Guarded:
    """What a CSMS is made with (`doors`), and what our station shows."""

    doors: dict[str, Any]
    shown: ClientSecurity | None

    def endpoints(self, csms: Csms) -> dict[int, str]:
        """Where stations with another security profile than the first connect."""
        return {profile: url for profile, url in csms.urls.items() if self.shown is not None and profile != self.shown.profile}


def guarded(profile: int, home: Path, identity: str, further: Sequence[int] = (), kinds: Sequence[str] = KINDS) -> Guarded:
    """For a station `identity` that comes with this security profile; 0: nothing is asked for."""
    if not profile:
        return Guarded({}, None)
    parts = secured(profile, home, b"", identity=identity, further=further)
    pairs = tuple(parts.authority.server_pair("127.0.0.1", home, kind, LONG) for kind in kinds)
    passwords = PasswordFile({identity: hash_password(KEY)})

    def as_usual(door: ServerSecurity) -> ServerSecurity:
        return replace(door, passwords=passwords if door.passwords else None, key_pairs=pairs if door.key_pairs else ())

    others = tuple((port, as_usual(door)) for port, door in parts.further)
    return Guarded({"security": as_usual(parts.door), "further": others, "authority": parts.authority}, parts.shown)
