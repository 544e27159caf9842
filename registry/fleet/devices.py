"""A device as a file says it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class NewDevice:
    """One device as a row says. `row` is its row in the file; the rest is as in `registry.fleet.models.FleetDevice`.

    `rows` are all of its rows where it has several, and `connectors` how many connectors these are; None where they do not say.
    """

    row: int
    identity: str
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str | None = None
    site: str = ""
    endpoint: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    installed: date | None = None
    role: str = "CS"
    protocol: str | None = None
    hardware: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[int, ...] = ()
    connectors: int | None = None
