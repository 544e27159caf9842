"""A fault as something that can be put into a product, and the product with the chosen faults in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from probes.csms.csms import Csms
from probes.station.config import StationConfig
from probes.station.station import Station
from probes.wire.interception import CallFilter, FrameFilter, Interception, Line
from probes.wire.peer import ReplyFilter
from probes.wire.server import Server


class Impossible(Exception):
    """What the fault needs, the product does not have."""


def unaltered(config: StationConfig) -> StationConfig:
    """The station as it is."""
    return config


@dataclass(frozen=True)
class StationFault:
    """How a station gets one fault.

    `alter` gives the configuration of the station that has it, and raises `Impossible`; `make` hooks into the finished station
    and gives what sits on its line. `anywhere`: also a station without the fault's feature profile can have it.
    """

    make: Callable[[Station], Interception] = field(default=lambda _: Interception())
    alter: Callable[[StationConfig], StationConfig] = unaltered
    anywhere: bool = False


@dataclass(frozen=True)
class CsmsFault:
    """How a CSMS gets one fault: `make` gives what sits on its end of each connection, `at_door` changes who is let in."""

    make: Callable[[Csms, Line], Interception] = field(default=lambda _, __: Interception())
    at_door: Callable[[Server], None] = field(default=lambda _: None)


def station_calls(*filters: CallFilter) -> StationFault:
    """A fault of a station in its calls alone."""
    return StationFault(lambda _: Interception(calls=filters))


def station_calls_anew(make: Callable[[], CallFilter]) -> StationFault:
    """A fault of a station in its calls, by a filter that remembers something: each station has one of its own."""
    return StationFault(lambda _: Interception(calls=(make(),)))


def station_answers(*filters: ReplyFilter) -> StationFault:
    """A fault of a station in its answers alone."""
    return StationFault(lambda _: Interception(replies=filters))


def station_frames(*filters: FrameFilter) -> StationFault:
    """A fault of a station in its frames alone."""
    return StationFault(lambda _: Interception(frames=filters))


def station_hook(hook: Callable[[Station], None]) -> StationFault:
    """A fault of a station in what it does."""

    def make(station: Station) -> Interception:
        hook(station)
        return Interception()

    return StationFault(make)


def csms_calls(*filters: CallFilter) -> CsmsFault:
    """A fault of a CSMS in its calls alone."""
    return CsmsFault(lambda _, __: Interception(calls=filters))


def csms_answers(*filters: ReplyFilter) -> CsmsFault:
    """A fault of a CSMS in its answers alone."""
    return CsmsFault(lambda _, __: Interception(replies=filters))


def csms_frames(*filters: FrameFilter) -> CsmsFault:
    """A fault of a CSMS in its frames alone."""
    return CsmsFault(lambda _, __: Interception(frames=filters))


@dataclass(frozen=True)
class FaultyStation:
    """A station's configuration, and what `Station` takes as `misbehave`, all chosen faults in them."""

    config: StationConfig
    misbehave: Callable[[Station], Interception]


@dataclass(frozen=True)
class FaultyCsms:
    """What `Csms` takes as `misbehave` and as `at_door`, all chosen faults in them; None where there are none."""

    misbehave: Callable[[Csms, Line], Interception] | None = None
    at_door: Callable[[Server], None] | None = None


def together(parts: Sequence[Interception]) -> Interception:
    """Several interceptions on one line, the first nearest to the product."""
    return Interception(
        tuple(each for part in parts for each in part.calls),
        tuple(each for part in parts for each in part.replies),
        tuple(each for part in parts for each in part.frames),
    )
