"""Cases of transactions that the central system starts and stops from afar."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.charging import (
    CONNECTION_TIMEOUT,
    SHORT_TIMEOUT,
    authorises_remotely,
    begun,
    is_free_again,
    knows_nobody,
    shows_end,
    shows_running,
    starts_without_car,
)
from probes.cases.endings import NotExercised
from probes.cases.prompts import Action
from probes.cases.requests import accepted
from probes.cases.station import CROSSING_SECONDS, AuditedStation
from probes.cases.tags import PROBE_ID_TAG, SECOND_ID_TAG, VALID_ID_TAG
from probes.judge.rules.remote import DENIED_SECONDS, EFFECT_SECONDS
from probes.judge.rules.statuses import WAITING_SECONDS
from registry.sentences import KeptSentence


@case("TC_010_CS")
async def remote_start_cable_plugged_in_first(station: AuditedStation) -> None:
    """Remote Start Charging Session - Cable Plugged in First."""
    connector, since = await station.needs_car(), station.transcript.seq
    answer = await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)
    started = await begun(station, since, (EFFECT_SECONDS if accepted(answer) else DENIED_SECONDS) + 1)
    if started is not None:
        await shows_running(station, connector)


@case("TC_011_1_CS")
async def remote_start_first(station: AuditedStation) -> None:
    """Remote Start Charging Session - Remote Start First: the car comes later."""
    await station.configured("ConnectionTimeOut", str(CONNECTION_TIMEOUT))
    connector, since = await _free_connector(station), station.transcript.seq
    await starts_without_car(station, connector)
    await station.silent(WAITING_SECONDS + 1)
    await station.person(Action.PLUG, KeptSentence("Plug a car into connector %(connector)s.", connector=connector), connector=connector)
    if await begun(station, since, EFFECT_SECONDS) is None:
        raise NotExercised("no transaction began when the car was there")
    await shows_running(station, connector)


@case("TC_011_2_CS")
async def remote_start_time_out(station: AuditedStation) -> None:
    """Remote Start Charging Session - Time Out: no car comes."""
    await station.configured("ConnectionTimeOut", str(SHORT_TIMEOUT))
    connector = await _free_connector(station)
    await starts_without_car(station, connector)
    await is_free_again(station, connector)


async def _free_connector(station: AuditedStation) -> int:
    await station.needs_idle()
    return station.shadow.idle_connector or 1


@case("TC_012_CS")
async def remote_stop(station: AuditedStation) -> None:
    """Remote Stop Charging Session."""
    running = await station.charging()
    await shows_running(station, running.connector)
    since = station.transcript.seq
    answer = await station.remote_stop_transaction(running.transaction_id)
    if accepted(answer):
        await station.called("StopTransaction", EFFECT_SECONDS + 1, since=since)
        await shows_end(station, running.connector)
        await station.silent(CROSSING_SECONDS)


@case("TC_023_5_CS")
async def remote_start_of_invalid_tag(station: AuditedStation) -> None:
    """Start remote Charging Session - Authorize invalid: with a car where there is one."""
    await authorises_remotely(station)
    await knows_nobody(station)
    await station.needs_car() if station.operator is not None else await station.settle()
    station.needs_no_transaction()
    ready = [number for number, state in station.shadow.connectors.items() if number and state.status == "Preparing"]
    connector, since = min(ready, default=station.shadow.idle_connector or 1), station.transcript.seq
    answer = await station.remote_start_transaction(PROBE_ID_TAG, connector_id=connector)
    if not accepted(answer):
        raise NotExercised("the station refused the remote start itself, which it may do")
    await station.called("Authorize", station.patience.start, since=since)
    await begun(station, since, EFFECT_SECONDS)


@case("TC_026_CS")
async def remote_start_rejected(station: AuditedStation) -> None:
    """Remote Start Charging Session - Rejected: the connector has a transaction."""
    running = await station.charging()
    await station.remote_start_transaction(SECOND_ID_TAG, connector_id=running.connector)
    await station.silent(DENIED_SECONDS)
