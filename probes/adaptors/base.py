"""What an adaptor is: the way by which an audit asks a CSMS to send something to one of our stations.

What an adaptor gives back is for the notes alone. Whether the CSMS sent anything, and what, is read from the wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from probes.adaptors.operations import Operation


class Drives(StrEnum):
    """Whether an adaptor can have an operation sent."""

    YES = "yes"
    ON_CONDITION = "on condition"
    NO = "no"


@dataclass(frozen=True)
class Capability:
    """Whether an adaptor drives one operation; `reason` is the condition, or why not: empty only for `yes`."""

    drives: Drives
    reason: str = ""


class Ended(StrEnum):
    """How asking ended. None of these says anything of the CSMS's conformance."""

    ASKED = "asked"
    """The wish was handed over; whether the CSMS sent it, the wire tells."""
    CANNOT = "cannot do"
    """The CSMS, or whoever operates it, has no way to send this."""
    FAILED = "failed"
    """The way to the CSMS failed: no connection, credentials refused, an error of its API."""


@dataclass(frozen=True)
class Asked:
    """How asking ended, with one line of `reason` unless it was asked. `answer` is what the API said, bounded and without secrets."""

    ended: Ended
    reason: str = ""
    answer: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


class By(StrEnum):
    """Who passes the wish on: a program hands the fields over as they are, a person may choose others."""

    PERSON = "person"
    PROGRAM = "program"


class Adaptor(Protocol):
    """A way to have a CSMS send an operation to a station that is connected to it."""

    @property
    def name(self) -> str:
        """As which it is named in a report."""

    @property
    def by(self) -> By:
        """Who passes the wish on."""

    def passes(self, action: str) -> frozenset[str]:
        """The fields of the request, in OCPP's names, that are handed over exactly as they are wanted; empty when a person chooses.

        Only where one of these comes out otherwise on the wire, that can be the CSMS's doing.
        """

    def capability(self, action: str) -> Capability:
        """Whether the operation of this name can be driven. Never raises: what is not known is not driven."""

    async def ask(self, station: str, operation: Operation, seconds: float) -> Asked:
        """Have `operation` sent to the station of this identity, waiting at most `seconds` for the way there.

        Never raises for what the CSMS does. Is cancelled when the wire has shown the request first.
        """

    async def close(self) -> None:
        """Let go of what it holds."""
