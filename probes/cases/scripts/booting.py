"""Cases of a cold boot: a station that is refused, or has to wait, before it is accepted."""

from __future__ import annotations

from ocpp.v16.enums import RegistrationStatus

from probes.cases.catalogue import case
from probes.cases.ledger import Change, Kind
from probes.cases.restarts import AGAIN_SECONDS, accepted_and_told, harmless_change, is_accepted, restart
from probes.cases.station import AuditedStation

REFUSED_INTERVAL = 20
"""Seconds that the station is told to wait before it registers again."""

PENDING_INTERVAL = 60
"""The same while it is Pending: long enough to read and change settings."""

BEAT_INTERVAL = 10
"""The heartbeat interval in seconds while Heartbeats are counted."""

COUNTED_BEATS = 5.5
"""For how many intervals Heartbeats are counted."""


@case("TC_001_CS")
async def cold_boot(station: AuditedStation) -> None:
    """Cold Boot Charge Point: refused once, then accepted; a Reset stands for the power cycle."""
    await station.needs_idle()
    station.steering.registrations.append((RegistrationStatus.rejected, REFUSED_INTERVAL))
    reading = station.shadow.configuration.get("heartbeatinterval")
    counted = reading is not None and reading.value is not None and reading.readonly is False
    if counted and reading is not None:
        # Many stations write the interval of the answer into this key.
        station.ledger.add(Change(Kind.CONFIGURATION, reading.key, reading.value))
        station.steering.registrations.append((RegistrationStatus.accepted, BEAT_INTERVAL))
    await restart(station, "Hard")
    await accepted_and_told(station, AGAIN_SECONDS)
    if counted:
        await station.silent(COUNTED_BEATS * BEAT_INTERVAL)


@case("TC_002_CS")
async def cold_boot_pending(station: AuditedStation) -> None:
    """Cold Boot Charge Point - Pending: read and configured before it is accepted."""
    await station.needs_idle()
    key, value = harmless_change(station)
    station.steering.registrations.append((RegistrationStatus.pending, PENDING_INTERVAL))
    await restart(station, "Hard")
    try:
        if not is_accepted(station.shadow):
            await station.get_configuration([key])
            await station.change_configuration(key, value)
    finally:
        await accepted_and_told(station, AGAIN_SECONDS)
