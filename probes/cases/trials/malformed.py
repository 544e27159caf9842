"""Calls that a station cannot understand. Were one taken for sound it would change nothing: there is no such vendor."""

from __future__ import annotations

from typing import Any

from probes.cases.catalogue import trial
from probes.cases.endings import Gone
from probes.cases.station import AuditedStation
from probes.judge.rules.malformed import TIMES, UNKNOWN_ACTION


@trial("unknown-action")
async def unknown_action(station: AuditedStation) -> None:
    """An action that OCPP does not have."""
    await _lives_on(station, UNKNOWN_ACTION, {})


@trial("missing-field")
async def missing_field(station: AuditedStation) -> None:
    """DataTransfer without its vendorId."""
    await _lives_on(station, "DataTransfer", {"messageId": "probe"})


@trial("wrong-type")
async def wrong_type(station: AuditedStation) -> None:
    """DataTransfer with a list for its vendorId."""
    await _lives_on(station, "DataTransfer", {"vendorId": ["probe"]})


async def _lives_on(station: AuditedStation, action: str, payload: dict[str, Any]) -> None:
    """Ask, and see that the station is still there; once more where its connection ended, which may have been a coincidence."""
    await station.settle()
    station.needs_no_transaction()
    for _ in range(TIMES):
        try:
            await station.request(action, payload)
        except Gone:
            await station.comes_back()
        else:
            break
    await station.shows_presence()
