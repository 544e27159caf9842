"""Who sent each frame of a log, as far as that can be concluded: pure.

A CALL tells it by its action, an answer by the call that it answers. Words such as "received" mean this or that by whose log it is, which
is learnt from the frames that tell by themselves; words that contradict each other there tell nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from probes.modes.logs import Entry
from probes.wire.envelope import Envelope, read_envelope
from probes.wire.records import Direction, MessageType
from probes.wire.schemas import known_actions

STATION_ASKS = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
"""What only a charge point sends (OCPP 1.6 chapter 4, security white paper)."""

BOTH_ASK = frozenset({"DataTransfer"})

_REMEMBERED = 1000
"""How many calls are remembered for each station; answers to older ones are of an unknown direction."""


def other(direction: Direction) -> Direction:
    """The other party."""
    return Direction.FROM_CSMS if direction is Direction.FROM_STATION else Direction.FROM_STATION


def by_action(envelope: Envelope) -> Direction | None:
    """Who sends such a CALL; None for what both send, for no action of OCPP 1.6 and for answers."""
    action = envelope.action
    if envelope.message_type is not MessageType.CALL or action is None or action in BOTH_ASK or action not in known_actions():
        return None
    return Direction.FROM_STATION if action in STATION_ASKS else Direction.FROM_CSMS


def directions(entries: Sequence[Entry]) -> list[Direction | None]:
    """Who sent each of these frames; None where nothing tells."""
    envelopes = [read_envelope(entry.raw) for entry in entries]
    told = [entry.direction or by_action(envelope) for entry, envelope in zip(entries, envelopes, strict=True)]
    meaning = _meaning(entries, told)
    calls: dict[str | None, dict[str, Direction | None]] = {}
    found: list[Direction | None] = []
    for entry, envelope, known in zip(entries, envelopes, told, strict=True):
        direction = known or (meaning.get(entry.inward) if entry.inward is not None else None)
        open_calls = calls.setdefault(entry.station, {})
        if envelope.message_id is not None:
            if envelope.message_type is MessageType.CALL:
                _remember(open_calls, envelope.message_id, direction)
            elif direction is None:
                caller = open_calls.get(envelope.message_id)
                direction = other(caller) if caller is not None else None
        found.append(direction)
    return found


def _remember(calls: dict[str, Direction | None], message_id: str, direction: Direction | None) -> None:
    """Two parties that use one id at once leave open which of them is answered."""
    if message_id in calls and calls[message_id] is not direction:
        direction = None
    calls[message_id] = direction
    if len(calls) > _REMEMBERED:
        del calls[next(iter(calls))]


def _meaning(entries: Sequence[Entry], told: Sequence[Direction | None]) -> dict[bool, Direction]:
    """Who sent what the log calls received, and who what it calls sent."""
    seen: dict[bool, set[Direction]] = {True: set(), False: set()}
    for entry, direction in zip(entries, told, strict=True):
        if entry.inward is not None and direction is not None:
            seen[entry.inward].add(direction)
    received, sent = seen[True], seen[False]
    candidates = received | {other(direction) for direction in sent}
    if len(candidates) != 1:
        return {}
    (direction,) = candidates
    return {True: direction, False: other(direction)}
