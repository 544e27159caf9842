"""Named ways to misbehave: each fault breaks one thing, so that an audit can be asked whether it reports that thing and no other.

What a fault does is told in data/ocpp16/faults.json; how, in the modules here, by role and by what it is made in. A fault changes what
a product is, or sits on its calls, answers and frames, or takes the place of one method: nothing in the products knows of faults.
"""

from __future__ import annotations

from collections.abc import Sequence

from probes.csms.csms import Csms
from probes.faults.catalogue import CATALOGUE, FaultEntry, fault_catalogue
from probes.faults.csms import CSMS_FAULTS
from probes.faults.making import FaultyCsms, FaultyStation, Impossible, StationFault, together
from probes.faults.station import STATION_FAULTS
from probes.station.config import KNOWN_PROFILES, StationConfig
from probes.station.station import Station
from probes.wire.interception import Interception, Line
from probes.wire.server import Server
from registry.errors import CannotBegin

__all__ = ["CATALOGUE", "CSMS_FAULTS", "STATION_FAULTS", "FaultEntry", "fault_catalogue", "faulty_csms", "with_faults"]


def with_faults(config: StationConfig, names: Sequence[str]) -> FaultyStation:
    """The station with these faults. Raises `CannotBegin` for an unknown name, and for a fault that this station cannot have."""
    chosen: list[StationFault] = []
    for name in names:
        fault = STATION_FAULTS.get(name)
        if fault is None:
            raise CannotBegin(f"{name!r}: there is no such fault; `--fault list` lists them")
        try:
            config = fault.alter(config)
            _must_have_profile(config, name, fault)
        except Impossible as problem:
            raise CannotBegin(f"{name}: this station cannot have that fault: {problem}") from problem
        chosen.append(fault)

    def misbehave(station: Station) -> Interception:
        return together([fault.make(station) for fault in chosen])

    return FaultyStation(config, misbehave)


def faulty_csms(names: Sequence[str]) -> FaultyCsms:
    """What `Csms` takes to have these faults. Raises `CannotBegin` for an unknown name."""
    unknown = [name for name in names if name not in CSMS_FAULTS]
    if unknown:
        raise CannotBegin(f"{unknown[0]!r}: the built-in CSMS has no such fault; `--fault list` lists those it has")
    if not names:
        return FaultyCsms()

    def misbehave(csms: Csms, line: Line) -> Interception:
        return together([CSMS_FAULTS[name].make(csms, line) for name in names])

    def at_door(server: Server) -> None:
        for name in names:
            CSMS_FAULTS[name].at_door(server)

    return FaultyCsms(misbehave, at_door)


def _must_have_profile(config: StationConfig, name: str, fault: StationFault) -> None:
    """A fault of a feature profile needs that profile."""
    entry = next(entry for entry in fault_catalogue() if entry.name == name and entry.role == "CS")
    if not fault.anywhere and entry.profile in KNOWN_PROFILES and entry.profile not in config.profiles:
        raise Impossible(f"it does not have the profile {entry.profile}")
