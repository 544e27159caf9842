"""Cases of messages that the central system asks for."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.conditions import needs_certified
from probes.cases.endings import NotExercised
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.judge.frames import read
from probes.judge.rules.triggering import OF_CONNECTORS, QUIET_SECONDS, TIMES, sent_after, trigger_seconds


@case("TC_054_CS", reads_only=True)
async def trigger_message(station: AuditedStation) -> None:
    """Trigger Message: each kind of message, for the connectors for which that matters."""
    needs_certified(station, "RemoteTrigger")
    await station.settle()
    own = [1] if station.shadow.highest_connector in {None, 0, 1} else [1, station.shadow.highest_connector]
    for connector in own:
        await _triggered(station, "MeterValues", connector)
    await _triggered(station, "Heartbeat", None)
    for connector in (0, *own):
        await _triggered(station, "StatusNotification", connector)
    await _triggered(station, "DiagnosticsStatusNotification", None)
    await _triggered(station, "FirmwareStatusNotification", None)


@case("TC_055_CS")
async def trigger_unknown_connector(station: AuditedStation) -> None:
    """Trigger Message - Rejected, for a connector that does not exist; whether a station is certified for triggers or not."""
    if station.certified.profiles.get("RemoteTrigger") is None:
        raise NotExercised("the certificate does not say whether Remote Trigger is certified")
    connector = station.needs_connector_count() + 1
    for _ in range(TIMES):
        since = station.transcript.seq
        answer = await station.trigger_message("MeterValues", connector_id=connector)
        if not accepted(answer) or not station.certified.profiles.get("RemoteTrigger"):
            return
        await station.called("MeterValues", trigger_seconds(station.certified), since=since)


async def _triggered(station: AuditedStation, message: str, connector: int | None) -> None:
    """Ask for the message; once more where what came leaves doubts, so that no coincidence is taken for a defect."""
    seconds = trigger_seconds(station.certified)
    wanted = message in OF_CONNECTORS and connector is not None
    for _ in range(TIMES):
        since = station.transcript.seq
        answer = await station.trigger_message(message, connector_id=connector)
        if not accepted(answer):
            return
        await station.called(message, seconds, since=since, where=lambda payload: not wanted or payload.get("connectorId") == connector)
        if not _leaves_doubts(station, since, seconds):
            return
        await station.silent(QUIET_SECONDS + 1)


def _leaves_doubts(station: AuditedStation, since: int, seconds: float) -> bool:
    exchanges = read(station.transcript.since(since)).exchanges
    request = next(exchange for exchange in exchanges if exchange.action == "TriggerMessage")
    sent = sent_after(request, exchanges, seconds)
    if not sent.right or sent.early:
        return True
    return request.payload.get("requestedMessage") == "MeterValues" and not sent.has_context
