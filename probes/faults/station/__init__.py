"""The faults of charging stations, by what they are made in."""

from __future__ import annotations

from collections.abc import Mapping

from probes.faults.making import StationFault
from probes.faults.station.answers import ANSWERS
from probes.faults.station.behaviour import BEHAVIOUR
from probes.faults.station.calls import CALLS
from probes.faults.station.frames import FRAMES
from probes.faults.station.identity import IDENTITY
from probes.faults.station.profiles import PROFILE_FAULTS
from probes.faults.station.security import SECURITY

STATION_FAULTS: Mapping[str, StationFault] = {**IDENTITY, **ANSWERS, **CALLS, **FRAMES, **BEHAVIOUR, **PROFILE_FAULTS, **SECURITY}
"""Every fault of a station, by its name."""
