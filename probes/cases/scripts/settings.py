"""Cases of changing settings, with values that suit and values that do not."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.restarts import harmless_change
from probes.cases.station import CROSSING_SECONDS, AuditedStation

IMPOSSIBLE = "-1"
"""What no number of chapter 9 can be, and what does least harm where it is taken: it is undone at once."""


@case("TC_021_CS")
async def change_configuration(station: AuditedStation) -> None:
    """Change/set Configuration: another value is written and read back, once more after a while when it does not read so."""
    station.needs_no_transaction()
    key, value = harmless_change(station)
    await station.change_configuration(key, value)
    await station.get_configuration([key])
    reading = station.shadow.configuration.get(key.casefold())
    if reading is None or reading.value != value:
        await station.clock.sleep(CROSSING_SECONDS)
        await station.get_configuration([key])


@case("TC_040_2_CS")
async def change_to_impossible_value(station: AuditedStation) -> None:
    """Configuration key - Invalid value."""
    station.needs_no_transaction()
    key, _ = harmless_change(station)
    await station.change_configuration(key, IMPOSSIBLE)
