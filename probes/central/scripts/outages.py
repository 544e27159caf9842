"""What comes late: our station was without power or without network (OCPP 1.6 sections 3.5.4, 3.7 and 4.10)."""

from __future__ import annotations

from probes.central.audited import AuditedCsms
from probes.central.catalogue import case
from probes.central.tags import TagState

OUTAGE_SECONDS = 20.0
"""How long our station is away: so much older than usual is what it tells afterwards."""


@case("TC_032_1_CSMS")
async def power_fails(csms: AuditedCsms) -> None:
    """The power fails during a transaction, whose end is told after the next registration."""
    await csms.charging()
    await csms.cut_power()
    await csms.clock.sleep(OUTAGE_SECONDS)
    since = csms.transcript.seq
    await csms.station.controls.power_on()
    await csms.told("BootNotification", since=since, seconds=csms.patience.connection)
    await csms.told("StopTransaction", since=since, seconds=csms.patience.connection)


@case("TC_037_1_CSMS")
async def start_is_late(csms: AuditedCsms) -> None:
    """A transaction begins offline with a valid tag."""
    await _started_offline(csms, csms.tag(TagState.VALID))
    await _network_back(csms, "StartTransaction")


@case("TC_037_3_CSMS")
async def start_of_unknown_is_late(csms: AuditedCsms) -> None:
    """A transaction begins offline with an unknown tag, and ends when that turns out."""
    await _started_offline(csms, csms.tags.nobodys)
    since = csms.transcript.seq
    await _network_back(csms, "StartTransaction")
    await csms.told("StopTransaction", since=since, where=lambda told: told.get("reason") == "DeAuthorized")


@case("TC_039_CSMS")
async def transaction_is_late(csms: AuditedCsms) -> None:
    """A whole transaction takes place offline."""
    tag = csms.tag(TagState.VALID)
    await _started_offline(csms, tag)
    await csms.station.controls.tag(tag, 1)
    await csms.clock.sleep(OUTAGE_SECONDS)
    await _network_back(csms, "StartTransaction", "StopTransaction")


async def _started_offline(csms: AuditedCsms, tag: str) -> None:
    await csms.online()
    await csms.cut_network()
    await csms.station.controls.plug(1)
    await csms.station.controls.tag(tag, 1)
    await csms.clock.sleep(OUTAGE_SECONDS)


async def _network_back(csms: AuditedCsms, *actions: str) -> None:
    since = csms.transcript.seq
    await csms.station.controls.network_on()
    for action in actions:
        await csms.told(action, since=since, seconds=csms.patience.connection)
