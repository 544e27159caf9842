"""What is asked of a connector while a car charges there."""

from __future__ import annotations

from probes.cases.catalogue import trial
from probes.cases.station import CROSSING_SECONDS, AuditedStation


@trial("availability-during-transaction")
async def availability_during_transaction(station: AuditedStation) -> None:
    """A connector is made inoperative while its transaction goes on, which then is ended as usual."""
    running, since = await station.charging(), station.transcript.seq
    await station.change_availability(running.connector, "Inoperative")
    await station.clock.sleep(CROSSING_SECONDS)
    await station.remote_stop_transaction(running.transaction_id)
    await station.called("StopTransaction", station.patience.start, since=since)
