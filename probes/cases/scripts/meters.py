"""Cases of meter values during a transaction of the audit."""

from __future__ import annotations

from probes.cases.catalogue import case
from probes.cases.station import AuditedStation
from probes.judge.rules.meters import ENOUGH, LATE_SECONDS
from probes.judge.samples import ENERGY

SAMPLE_SECONDS = 15
"""MeterValueSampleInterval while samples are looked at."""

ALIGNED_SECONDS = 60
"""ClockAlignedDataInterval while clock-aligned readings are looked at."""


@case("TC_070_CS")
async def sampled_values(station: AuditedStation) -> None:
    """Sampled Meter Values."""
    await station.configured("MeterValueSampleInterval", str(SAMPLE_SECONDS))
    await station.configured("ClockAlignedDataInterval", "0")
    await _measures(station, "MeterValuesSampledData")
    await station.charging()
    await station.silent((ENOUGH + 1) * SAMPLE_SECONDS + LATE_SECONDS)


@case("TC_071_CS")
async def aligned_values(station: AuditedStation) -> None:
    """Clock-aligned Meter Values."""
    await station.configured("ClockAlignedDataInterval", str(ALIGNED_SECONDS))
    await station.configured("MeterValueSampleInterval", "0")
    await _measures(station, "MeterValuesAlignedData")
    await station.charging()
    await station.silent((ENOUGH + 1) * ALIGNED_SECONDS + LATE_SECONDS)


async def _measures(station: AuditedStation, key: str) -> None:
    """Something is to be measured; what is set already, stays."""
    await station.get_configuration([key])
    reading = station.shadow.configuration.get(key.casefold())
    if reading is None or not (reading.value or "").strip():
        await station.configured(key, ENERGY)
