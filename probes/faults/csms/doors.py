"""Faults in whom a CSMS lets in (OCPP-J 1.6 chapter 3; security white paper A00)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from probes.faults.building import instead
from probes.faults.making import CsmsFault
from probes.faults.tls import old_version, weak_suites
from probes.wire.security import Refusal
from probes.wire.server import Server


def _anybody(server: Server) -> None:
    async def welcome(*_: Any) -> None:
        return None

    instead(server, "refusal", welcome)


def _forbidden(server: Server) -> None:
    """Who shows wrong credentials is told so with another status than 401."""
    refusal = server.refusal

    async def forbid(*shown: Any) -> Refusal | None:
        problem = await refusal(*shown)
        return Refusal(HTTPStatus.NOT_FOUND, problem.reason) if problem else None

    instead(server, "refusal", forbid)


def _any_subprotocol(server: Server) -> None:
    instead(server, "select", lambda _, offered: next(iter(offered), None))


DOORS: dict[str, CsmsFault] = {
    "old-tls-alone-served": CsmsFault(at_door=lambda server: server.spoil(old_version)),
    "weak-cipher-suites-alone-served": CsmsFault(at_door=lambda server: server.spoil(weak_suites)),
    "anybody-let-in": CsmsFault(at_door=_anybody),
    "wrong-password-told-not-found": CsmsFault(at_door=_forbidden),
    "any-subprotocol-agreed": CsmsFault(at_door=_any_subprotocol),
}
