"""Who gets which message on a relayed line: pure; no socket, no event loop, no clock.

The central system and the relay's own probe share one direction towards the station, in which one call is in flight at a time (OCPP-J
1.6 section 4.1.1). The central system comes first: its call waits at most for a probe that is in flight, and a probe that it would have
to wait for too long is dropped. What answers a probe, in time or late, is never seen by the central system.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import Any

from probes.wire.envelope import Envelope
from probes.wire.records import MessageType

MOST_REMEMBERED = 200
"""How many calls in flight, and how many dropped probes, are remembered of each party."""

CALL_SECONDS = 120.0
"""A call of the central system that is unanswered for so long no longer keeps the line."""

READ_ONLY = frozenset({"GetConfiguration", "GetLocalListVersion", "GetCompositeSchedule"})
"""What a probe may ask: it is answered, and nothing else follows. (TriggerMessage is none of them: what it brings goes to the central
system, which did not ask for it.)
"""


class Route(Enum):
    """What becomes of a message."""

    FORWARD = "forward"
    SWALLOW = "swallow"
    HOLD = "hold"


def is_read_only(action: str, payload: Mapping[str, Any]) -> bool:
    """Whether a probe may ask this."""
    return action in READ_ONLY and isinstance(payload, Mapping)


class Router:
    """The calls in flight on one line. Moments are monotonic seconds."""

    def __init__(self) -> None:
        self._of_station: OrderedDict[str, Any] = OrderedDict()
        self._of_csms: OrderedDict[str, float] = OrderedDict()
        self._orphaned: OrderedDict[str, None] = OrderedDict()
        self._dropped: OrderedDict[str, None] = OrderedDict()
        self.probe: str | None = None
        self.held = 0

    def from_station(self, message: Envelope) -> Route:
        """A message of the station. SWALLOW: it answers a probe, or a call of a central system's connection that is gone."""
        identifier = message.message_id
        if identifier is None:
            return Route.FORWARD
        if message.message_type is MessageType.CALL:
            _remember(self._of_station, identifier, message.raw_id)
            return Route.FORWARD
        if identifier == self.probe:
            self.probe = None
            return Route.SWALLOW
        if identifier in self._dropped:
            del self._dropped[identifier]
            return Route.SWALLOW
        if identifier in self._orphaned:
            del self._orphaned[identifier]
            return Route.SWALLOW
        self._of_csms.pop(identifier, None)
        return Route.FORWARD

    def from_csms(self, message: Envelope, now: float) -> Route:
        """A message of the central system. HOLD: it is a call, and a probe is in flight; `release` gives it free."""
        identifier = message.message_id
        if identifier is None:
            return Route.FORWARD
        if message.message_type is not MessageType.CALL:
            self._of_station.pop(identifier, None)
            return Route.FORWARD
        if self.probe is not None or self.held:
            self.held += 1
            return Route.HOLD
        self.forwarded(identifier, now)
        return Route.FORWARD

    def forwarded(self, identifier: str, now: float) -> None:
        """A call of the central system goes to the station now."""
        self._orphaned.pop(identifier, None)
        _remember(self._of_csms, identifier, now)

    def released(self) -> None:
        """The calls that were held are no longer."""
        self.held = 0

    def is_free(self, now: float) -> bool:
        """Whether a probe may be sent: nobody else has a call in flight towards the station, or waits to make one."""
        busy = any(now - since < CALL_SECONDS for since in self._of_csms.values())
        return self.probe is None and not self.held and not busy

    def begin(self, identifier: str) -> None:
        """A probe goes to the station."""
        self.probe = identifier

    def drop(self) -> str | None:
        """Give up the probe that is in flight, if any; its answer may still come."""
        identifier, self.probe = self.probe, None
        if identifier is not None:
            _remember(self._dropped, identifier, None)
        return identifier

    def upstream_lost(self) -> list[Any]:
        """The central system's connection is gone: the ids, as sent, of the station's calls that it left unanswered."""
        for identifier in self._of_csms:
            _remember(self._orphaned, identifier, None)
        self._of_csms.clear()
        left = list(self._of_station.values())
        self._of_station.clear()
        return left


def _remember(calls: OrderedDict[str, Any], identifier: str, value: Any) -> None:
    calls[identifier] = value
    calls.move_to_end(identifier)
    if len(calls) > MOST_REMEMBERED:
        calls.popitem(last=False)
