"""Making a station start anew, and what is harmless to change on it: what scripts of several areas need."""

from __future__ import annotations

from probes.cases.endings import Gone, NotExercised
from probes.cases.requests import accepted, answer_text
from probes.cases.station import AuditedStation
from probes.judge.frames import Exchange, read
from probes.judge.rules.booting import STATUS_SECONDS
from probes.judge.rules.resets import BOOT_SECONDS, REFUSED_SECONDS, RESTART_SECONDS
from probes.judge.shadow import Shadow
from probes.wire.records import ConnectionEvent, Direction, EventKind, Frame, MessageType, Record

AGAIN_SECONDS = 300.0
"""How long a station that is back is waited for until it is accepted."""

RETURN_SECONDS = 600.0
"""How long a station may take to start again: some check their hardware for minutes."""

HARMLESS_SETTINGS = ("MeterValueSampleInterval", "ConnectionTimeOut", "TransactionMessageRetryInterval")
"""Numbers that a station without a transaction does nothing with, in the order in which they are tried."""


async def restart(station: AuditedStation, kind: str) -> int:
    """Reset the station, and wait until it is back and has sent its BootNotification; gives the number of the last record before.

    Raises `NotExercised` when it did not start anew: whether it should have is for the judge. Raises `Gone` when it stays away.
    """
    since = station.transcript.seq
    try:
        answer = await station.reset(kind)
    except Gone:
        pass  # It went without an answer; the judge says what that is worth.
    else:
        if not accepted(answer) and not await station.leaves(REFUSED_SECONDS):
            raise NotExercised(f"needs a restart, and Reset({kind}) was answered {answer_text(answer)}")
    if not await goes(station, since):
        await station.shows_presence()
        raise NotExercised(f"needs a restart, and within {RESTART_SECONDS:g} s of Reset({kind}) none was seen")
    if not station.present:
        await station.comes_back(RETURN_SECONDS)
    if await booted(station, since, BOOT_SECONDS + 1) is None:
        await station.shows_presence()
        raise NotExercised(f"needs a restart with a BootNotification, and none came after Reset({kind})")
    return since


async def goes(station: AuditedStation, since: int) -> bool:
    """Wait until the connection is over, or the station boots without leaving it."""

    def anew(record: Record) -> bool:
        if isinstance(record, ConnectionEvent):
            return record.event is EventKind.CLOSE
        return record.direction is Direction.FROM_STATION and record.action == "BootNotification"

    return await station.transcript.wait_for(anew, RESTART_SECONDS + 1, after=since) is not None


async def booted(station: AuditedStation, since: int, seconds: float) -> Exchange | None:
    """Wait for a BootNotification with our answer after this record, without asking the station anything: it may not be accepted."""

    def answered(record: Record) -> bool:
        return (
            isinstance(record, Frame)
            and record.seq > since
            and record.direction is Direction.FROM_CSMS
            and record.message_type is MessageType.CALLRESULT
            and record.action == "BootNotification"
        )

    if await station.transcript.wait_for(answered, seconds, after=since) is None:
        return None
    exchanges = read(station.transcript.since(since)).exchanges
    return next((each for each in exchanges if each.action == "BootNotification" and each.reply is not None), None)


async def accepted_and_told(station: AuditedStation, seconds: float) -> None:
    """Wait until the station is accepted and has told all its states; raises `NotExercised` when it is not accepted in time."""
    if not await station.heard(is_accepted, seconds):
        raise NotExercised(f"the station did not register within {seconds:g} s")
    if not station.present:
        await station.comes_back()
    await states_told(station)


async def states_told(station: AuditedStation) -> None:
    """Wait until all states were told after a boot; in vain, the station is asked something, so that its silence counts."""
    if not await station.heard(lambda shadow: shadow.all_reported and 0 in shadow.connectors, STATUS_SECONDS + 1):
        await station.shows_presence()


def is_accepted(shadow: Shadow) -> bool:
    """Whether the last BootNotification was accepted."""
    return shadow.boot is not None and shadow.boot.status == "Accepted"


def harmless_change(station: AuditedStation) -> tuple[str, str]:
    """A setting that can be written, and another value for it. Raises `NotExercised` when there is none."""
    for key in HARMLESS_SETTINGS:
        reading = station.shadow.configuration.get(key.casefold())
        text = (reading.value or "").strip() if reading is not None and reading.readonly is False else ""
        if reading is not None and text.isascii() and text.isdigit() and len(text) < 6:
            # Zero switches some of them off: then a whole minute, else one more than it was.
            return reading.key, str(int(text) + 1) if int(text) else "60"
    raise NotExercised(f"needs a number among {', '.join(HARMLESS_SETTINGS)} that can be read and written")
