"""Clock-aligned meter values (OCPP 1.6 sections 3.16.2 and 9.1.5): readings on a grid of the day that begins at midnight, UTC."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v16.enums import ReadingContext

from probes.station.key_values import items
from probes.wire.clock import passed

if TYPE_CHECKING:
    from probes.station.station import Station

_DAY = 24 * 3600


def seconds_to_next(now: datetime, interval: int) -> float:
    """Seconds from `now` to the next point of the grid; the grid begins anew at midnight. `interval` is above 0."""
    passed = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    return min((passed // interval + 1) * interval, _DAY) - passed


class AlignedValues:
    """Takes readings of every connector each ClockAlignedDataInterval seconds; 0 takes none."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._awake = asyncio.Event()

    def changed(self) -> None:
        """The interval may be another one."""
        self._awake.set()

    async def run(self) -> None:
        """For as long as the station lives."""
        while True:
            if await self._point_reached():
                await self._take()

    async def _point_reached(self) -> bool:
        """True at the next point of the grid; False when a key was changed before."""
        interval = self._station.configuration.integer("ClockAlignedDataInterval", 0)
        wait = seconds_to_next(self._station.registration.now(), interval) if interval else None
        return await passed(self._station.clock, wait, self._awake)

    async def _take(self) -> None:
        """Readings of MeterValuesAlignedData are sent, those of StopTxnAlignedData kept for the end of a running transaction."""
        keys = self._station.configuration
        timestamp = self._station.timestamp()
        for connector in self._station.connectors.values():
            kept = connector.meter.sample(items(keys.text("StopTxnAlignedData")), ReadingContext.sample_clock)
            if connector.transaction and kept:
                connector.transaction.data.append({"timestamp": timestamp, "sampledValue": kept})
            readings = connector.meter.sample(items(keys.text("MeterValuesAlignedData")), ReadingContext.sample_clock)
            # Outside a transaction nothing waits, and before the CSMS has accepted the station nothing is sent (section 4.2).
            if readings and (connector.transaction or self._station.online):
                value = {"timestamp": timestamp, "sampledValue": readings}
                self._station.spawn(self._station.charging.send_values(connector, connector.transaction, value))
