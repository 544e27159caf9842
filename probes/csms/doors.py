"""The ports of one CSMS, each with one security profile (security white paper, A00.FR.006), and what is known of who comes to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType

from probes.csms.authority import CertificateAuthority
from probes.csms.state import StationState
from probes.wire.passwords import hash_password
from probes.wire.security import Known, ServerSecurity
from probes.wire.server import Server
from probes.wire.tls import KeyPair

Door = tuple[int, ServerSecurity]
"""A port (0: any free one) and what a station must show there."""


class Doors:
    """Opened and closed together. `states` is what is known of stations, `server` makes the server of one door."""

    def __init__(
        self,
        doors: Sequence[Door],
        states: Mapping[str, StationState],
        authority: CertificateAuthority | None,
        server: Callable[[int, ServerSecurity], Server],
    ) -> None:
        self._states = states
        self._authority = authority
        self._securities = [self._guarded(security) for _, security in doors]
        self._servers = [server(port, security) for (port, _), security in zip(doors, self._securities, strict=True)]
        self._open = AsyncExitStack()

    @property
    def first(self) -> Server:
        """The door that the CSMS is known by."""
        return self._servers[0]

    @property
    def urls(self) -> dict[int, str]:
        """The endpoints by security profile."""
        return {security.profile: server.url for security, server in zip(self._securities, self._servers, strict=True)}

    def key_pairs(self, profile: int) -> tuple[KeyPair, ...]:
        """What the door with this security profile shows of itself."""
        return next((security.key_pairs for security in self._securities if security.profile == profile), ())

    def show_instead(self, key_pair: KeyPair | None) -> None:
        """Show this certificate at every door in the place of the right one; None: the right one again."""
        for server in self._servers:
            server.show_instead(key_pair)

    def change_password(self, state: StationState, text: str) -> None:
        """A01.FR.03: only the new password counts, also after a restart; what is kept is its salted hash (A01.FR.08)."""
        state.password_hash = hash_password(text)
        for security in self._securities:
            if security.passwords is not None:
                security.passwords.change(state.identity, state.password_hash)

    async def __aenter__(self) -> Doors:
        async with AsyncExitStack() as opened:
            for server in self._servers:
                await opened.enter_async_context(server)
            self._open = opened.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    def _guarded(self, security: ServerSecurity) -> ServerSecurity:
        """With what is known of the stations, what they came with so far, and which certificates were revoked."""
        if security.passwords is not None:
            for state in self._states.values():
                if state.password_hash:
                    security.passwords.change(state.identity, state.password_hash)
        revoked = self._authority.is_revoked if self._authority else security.revoked
        return replace(security, known=self._known, revoked=revoked)

    def _known(self, identity: str) -> Known:
        state = self._states.get(identity)
        return Known(state.security_profile, state.serial_number) if state else Known()
