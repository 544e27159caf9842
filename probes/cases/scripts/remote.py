"""Cases of transactions that the central system starts and stops from afar."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.requests import accepted
from probes.cases.station import AuditedStation
from probes.cases.tags import VALID_ID_TAG
from probes.judge.rules.remote import EFFECT_SECONDS


@case("TC_010_CS")
async def remote_start_cable_plugged_in_first(station: AuditedStation) -> None:
    """Remote Start Charging Session - Cable Plugged in First."""
    connector, since = await station.needs_car(), station.transcript.seq
    answer = await station.remote_start_transaction(VALID_ID_TAG, connector_id=connector)
    if accepted(answer):
        await station.called("StartTransaction", EFFECT_SECONDS + 1, since=since)


@case("TC_012_CS")
async def remote_stop(station: AuditedStation) -> None:
    """Remote Stop Charging Session."""
    running = await station.charging()
    answer = await station.remote_stop_transaction(running.transaction_id)
    if accepted(answer):
        await station.called("StopTransaction", EFFECT_SECONDS + 1, since=running.since)
