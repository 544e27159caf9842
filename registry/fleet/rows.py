"""The rows of a spreadsheet as devices, and every problem that a row has, in a sentence: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from registry.audits.forms import ADDRESS_PATTERN, LONGEST_STATION, STATION_PATTERN
from registry.matching.hardware import COMMUNICATION, CONNECTORS, FIXED_CABLE, ISO_15118, RFID_READERS
from registry.spreadsheets.columns import Columns
from registry.spreadsheets.days import NoDay, read_day
from registry.spreadsheets.sheet import BadSpreadsheet, CellKind, Row, Sheet

ALIASES: dict[str, tuple[str, ...]] = {
    "identity": (
        *("station", "station id", "charging station", "charging station id", "charge point", "charge point id", "cp id", "cpid"),
        *("charger", "charger id", "charge box id", "chargebox identity", "device", "device id", "asset id", "evse id", "id"),
    ),
    "vendor": ("manufacturer", "maker", "make", "brand", "charge point vendor", "company", "supplier"),
    "model": ("type", "product", "charge point model", "model name", "model number", "product designation"),
    "firmware": ("firmware version", "fw", "fw version", "software", "software version", "sw version", "version", "ocpp software version"),
    "serial": ("serial number", "serial no", "s/n", "sn", "charge point serial number"),
    "site": ("location", "site name", "location name", "place", "depot", "station name", "address"),
    "endpoint": ("url", "websocket url", "ws url", "connection url", "ocpp endpoint", "ocpp url"),
    "latitude": ("lat", "y"),
    "longitude": ("lon", "lng", "long", "x"),
    "coordinates": ("position", "gps", "geo", "lat lon", "gps coordinates"),
    "installed": ("installed on", "installation date", "date installed", "commissioned", "commissioning date", "in service since"),
    "role": ("device role", "product type"),
    "protocol": ("ocpp", "ocpp version", "protocol version"),
    "connectors": ("connector count", "number of connectors", "sockets", CONNECTORS),
    "cable": ("socket or cable", FIXED_CABLE),
    "rfid": ("rfid reader", RFID_READERS),
    "communication": ("network", "connectivity", COMMUNICATION),
    "iso15118": ("iso 15118 support", "plug and charge"),
}
"""The fields of a device, each with the headings by which it goes besides its own name."""

HARDWARE = {
    "connectors": CONNECTORS,
    "cable": FIXED_CABLE,
    "rfid": RFID_READERS,
    "communication": COMMUNICATION,
    "iso15118": ISO_15118,
}
NEEDED = ("identity", "model")
LONGEST = 200
_VERBATIM = ("firmware", "model")
"""What a program that made a number or a date of it has changed: 1.10 became 1.1, and 007 became 7."""

_TEXTS = ("vendor", "model", "firmware", "serial", "site", *HARDWARE)
_DEGREES = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d+)?)")
_ENDPOINT = re.compile(r"(?:wss?|https?)://(?P<authority>[^\s/?#]+)[^\s]*", re.IGNORECASE)
_PROTOCOL = re.compile(r"(?:ocpp)?[\s._-]*(1\.6|2\.0\.1|2\.1)\s*j?(?:son)?", re.IGNORECASE)
_ROLES = {
    "": "CS",
    **dict.fromkeys(("cs", "charging station", "charger", "charge point", "station", "evse"), "CS"),
    **dict.fromkeys(("csms", "charging station management system", "management system", "central system"), "CSMS"),
}


@dataclass(frozen=True)
class NewDevice:
    """One device as a row says. `row` is its row in the file; the rest is as in `registry.fleet.models.FleetDevice`."""

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


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: `place` names row and column, `sentence` what is wrong with it and what to do."""

    row: int
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class _Cannot(ValueError):
    """A cell that cannot be taken; its message says why, and what to do."""


def read_devices(sheet: Sheet, columns: Columns, name: str) -> tuple[list[NewDevice], list[Problem]]:
    """The devices, and the problems of all rows that have one; devices are to be stored only where there is none.

    Raises BadSpreadsheet for a sheet that has not the columns that a device needs, or no row.
    """
    missing = [wanted for wanted in NEEDED if wanted not in columns.found]
    if missing:
        there = ", ".join(heading for heading in sheet.header if heading)[:300]
        raise BadSpreadsheet(
            f"{name}, row {sheet.header_row}: no column holds the {' and the '.join(missing)} of the devices (there are: {there}): "
            f"say which one does, or name it {missing[0]}"
        )
    if not sheet.rows:
        raise BadSpreadsheet(f"{name} has headings and no row below them: add the devices")
    devices: list[NewDevice] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        reader = _RowReader(row, columns)
        device = reader.device()
        if device.identity and (earlier := first.setdefault(device.identity, row.number)) != row.number:
            reader.problem("identity", f"row {earlier} has the same device, {device.identity}: keep one of them")
        problems += dict.fromkeys(reader.problems)
        devices.append(device)
    return devices, problems


class _RowReader:
    """One row, with what is wrong with it."""

    def __init__(self, row: Row, columns: Columns) -> None:
        self.row, self.columns = row, columns
        self.problems: list[Problem] = []

    def problem(self, name: str, sentence: str) -> None:
        self.problems.append(Problem(self.row.number, self.columns.place(self.row, name), sentence))

    def device(self) -> NewDevice:
        """The device, as far as the row can be read."""
        texts = {name: self._text(name) for name in _TEXTS}
        latitude, longitude = self._coordinates()
        try:
            installed = self._installed()
        except NoDay as error:
            self.problem("installed", str(error))
            installed = None
        hardware = {row: told for name, row in HARDWARE.items() if (told := texts[name])}
        role = self._role()
        return NewDevice(
            row=self.row.number,
            identity=self._identity(role),
            **{name: texts[name] for name in ("vendor", "model", "firmware", "serial")},
            site=texts["site"] or "",
            endpoint=self._endpoint(),
            latitude=latitude,
            longitude=longitude,
            installed=installed,
            role=role,
            protocol=self._protocol(),
            hardware=hardware,
        )

    def _cell(self, name: str) -> str:
        """The cell's text; an error of the spreadsheet (#REF!) is a problem and no text."""
        cell = self.columns.cell(self.row, name)
        if cell and self._kind(name) is CellKind.ERROR:
            self.problem(name, f"the spreadsheet shows the error {cell[:40]} there: put the value in its place")
            return ""
        return cell

    def _kind(self, name: str) -> CellKind:
        return self.row.kind(self.columns.found[name]) if name in self.columns.found else CellKind.TEXT

    def _text(self, name: str) -> str | None:
        cell = self._cell(name)
        if len(cell) > LONGEST:
            self.problem(name, f"more than {LONGEST} letters: shorten it")
            return None
        if cell and name in _VERBATIM and self._kind(name) is not CellKind.TEXT:
            made = {CellKind.NUMBER: "number", CellKind.DAY: "date"}.get(self._kind(name), "truth value")
            self.problem(
                name,
                f"the spreadsheet made a {made} of it ({cell}), so that 1.10 and 1.1 are one: format the column as text, and type it again",
            )
        return cell or None

    def _identity(self, role: str) -> str:
        cell = self._cell("identity")
        if not cell:
            self.problem("identity", "no identity is given: add the one with which the device connects")
        elif role == "CSMS" and ADDRESS_PATTERN.fullmatch(cell):
            return cell
        elif len(cell) > LONGEST_STATION or not STATION_PATTERN.fullmatch(cell):
            self.problem(
                "identity",
                f"“{cell[:60]}” cannot be a station's identity: letters, digits and - _ . : = + * | @ ~, at most {LONGEST_STATION}",
            )
        elif self._kind("identity") is CellKind.NUMBER and not cell.isdigit():
            self.problem("identity", f"the spreadsheet made the number {cell} of it: format the column as text, and type it again")
        return cell

    def _installed(self) -> date | None:
        cell = self._cell("installed")
        if cell and self._kind("installed") is CellKind.NUMBER:
            raise NoDay(f"{cell} is a number and no date: write it as 2025-04-03, the year first")
        return read_day(cell) if cell else None

    def _endpoint(self) -> str | None:
        cell = self._cell("endpoint")
        if not cell:
            return None
        found = _ENDPOINT.fullmatch(cell)
        if found is None or len(cell) > 500:
            self.problem("endpoint", f"“{cell[:60]}” is no address: write it as wss://host/path")
        elif "@" in found["authority"]:
            self.problem("endpoint", "the address has a password in it, which must not be kept here: remove what stands before the @")
        return cell

    def _role(self) -> str:
        cell = self._cell("role")
        role = _ROLES.get(cell.casefold())
        if role is None:
            self.problem("role", f"“{cell[:60]}” is neither a charging station nor a management system: write CS or CSMS")
        return role or "CS"

    def _protocol(self) -> str | None:
        cell = self._cell("protocol")
        found = _PROTOCOL.fullmatch(cell)
        if cell and found is None:
            self.problem("protocol", f"“{cell[:60]}” is no version of OCPP: write 1.6, 2.0.1 or 2.1, or leave it empty")
        return f"OCPP {found[1]}" if found else None

    def _coordinates(self) -> tuple[float | None, float | None]:
        """Latitude and longitude; 0, 0 is how systems write that there are none."""
        together = self._cell("coordinates")
        if together and not (self._cell("latitude") or self._cell("longitude")):
            found = _PAIR.fullmatch(together)
            if found is None:
                self.problem("coordinates", f"“{together[:60]}” are no coordinates: write them as 52.37, 4.89, the latitude first")
                return None, None
            latitude = self._degrees("coordinates", found[1], 90)
            longitude = self._degrees("coordinates", found[2], 180)
        else:
            latitude, longitude = (self._degrees(name, self._cell(name), most) for name, most in (("latitude", 90), ("longitude", 180)))
            if (latitude is None) != (longitude is None) and bool(self._cell("latitude")) != bool(self._cell("longitude")):
                other = "longitude" if longitude is None else "latitude"
                self.problem(other, "one coordinate is given without the other: add it, or remove both")
        return (None, None) if latitude is None or longitude is None or latitude == longitude == 0 else (latitude, longitude)

    def _degrees(self, name: str, cell: str, most: int) -> float | None:
        if not cell:
            return None
        value = float(cell.replace(",", ".")) if _DEGREES.fullmatch(cell) else None
        if value is None or abs(value) > most:
            self.problem(name, f"“{cell[:60]}” are no degrees between -{most} and {most}: write them as 52.37")
            return None
        return value
