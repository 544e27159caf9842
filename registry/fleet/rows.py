"""The rows of a spreadsheet as devices, and every problem that a row has, in a sentence: pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from registry.audits.forms import ADDRESS_PATTERN
from registry.audits.identities import LONGEST_STATION, is_identity
from registry.certificates.field_words import field_word
from registry.fleet.connectors import Conflict, one_device
from registry.fleet.devices import NewDevice
from registry.matching.hardware import COMMUNICATION, CONNECTORS, FIXED_CABLE, ISO_15118, RFID_READERS, names_connector
from registry.sentences import KeptSentence, KeptWord
from registry.spreadsheets.columns import Columns
from registry.spreadsheets.days import NoDay, read_day
from registry.spreadsheets.headings import headings
from registry.spreadsheets.nothing import Holds, says_nothing
from registry.spreadsheets.protocols import spoken
from registry.spreadsheets.roles import role_of
from registry.spreadsheets.sheet import BadSpreadsheet, CellKind, Row, Sheet

_NAMES = (
    *("identity", "vendor", "model", "firmware", "serial", "site", "endpoint", "latitude", "longitude", "coordinates", "installed"),
    *("role", "protocol", "connectors", "cable", "rfid", "communication", "iso15118"),
)
ALIASES, WEAK = headings({name: name for name in _NAMES} | {"firmware": "software_version"})
"""The fields of a device, each with the headings by which it goes besides its own name, and those that can mean it."""

HARDWARE = {
    "connectors": CONNECTORS,
    "cable": FIXED_CABLE,
    "rfid": RFID_READERS,
    "communication": COMMUNICATION,
    "iso15118": ISO_15118,
}
CAN_SAY_NOTHING = {
    name: Holds.FEATURE if name in HARDWARE else {"firmware": Holds.VERSION, "installed": Holds.DAY}.get(name, Holds.NAME)
    for name in _NAMES
    if name not in ("identity", "role")
}
"""The fields of which a word for what is not known is taken for nothing. Without a role it counts as a station, which has to be said."""

NEEDED = ("identity", "model")
_BOTH_NAMED = KeptWord("name them identity and model")
LONGEST = 200
_PLACE = frozenset(("latitude", "longitude"))
_VERBATIM = ("firmware", "model")
"""What a program that made a number or a date of it has changed: 1.10 became 1.1, and 007 became 7."""

_TEXTS = ("vendor", "model", "firmware", "serial", "site", *HARDWARE)
_DEGREES = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?")
"""Programs write numbers close to nothing with an exponent: 1e-05."""

_DECIMALS = 7
"""Of a degree: a centimetre. With more of them spreadsheet programs do not give a number back as it was."""

_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*([+-]?\d{1,3}(?:\.\d+)?)")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}|(?:\d{1,3}\.){3}\d{1,3}|.+:\d{2,5}")
"""A network address without its scheme: told apart from a name, it could not be withheld."""

_ENDPOINT = re.compile(r"(?:wss?|https?)://(?P<authority>[^\s/?#]+)[^\s]*", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: `place` names row and column, `sentence` what is wrong with it and what to do."""

    row: int
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


def read_devices(sheet: Sheet, columns: Columns, name: str) -> tuple[list[NewDevice], list[Problem]]:
    """The devices, and the problems of all rows that have one; devices are to be stored only where there is none. Rows of one identity are
    one device, as in lists with a row for each connector, where nothing else that they say contradicts it.

    Raises BadSpreadsheet for a sheet that has not the columns that a device needs, or no row.
    """
    missing = [wanted for wanted in NEEDED if wanted not in columns.found]
    if missing:
        there = ", ".join(heading for heading in sheet.header if heading)[:300]
        raise BadSpreadsheet(
            KeptSentence(
                "%(name)s, row %(row)s: no column holds the %(missing_words)s of the devices (there are: %(there)s): say which one does, "
                "or %(naming_words)s",
                name=name,
                row=sheet.header_row,
                missing_words=KeptWord("identity and the model") if len(missing) > 1 else field_word(missing[0]),
                there=there,
                naming_words=_BOTH_NAMED if len(missing) > 1 else KeptWord("name it %(first)s", first=missing[0]),
            )
        )
    if not sheet.rows:
        raise BadSpreadsheet(KeptSentence("%(name)s has headings and no row below them: add the devices", name=name))
    read: dict[str, list[tuple[Row, NewDevice]]] = defaultdict(list)
    problems: list[Problem] = []
    for row in sheet.rows:
        reader = _RowReader(row, columns)
        device = reader.device()
        problems += dict.fromkeys(reader.problems)
        # Without an identity each is by itself; that it has none is a problem.
        read[device.identity or f"\0{row.number}"].append((row, device))
    beside = [place for place, heading in enumerate(sheet.header) if place not in columns.found.values() and names_connector(heading)]
    devices: list[NewDevice] = []
    for rows in read.values():
        if len(rows) == 1:
            devices.append(rows[0][1])
            continue
        device, conflicts = one_device([one for _, one in rows], [[row.cells[place] for place in beside] for row, _ in rows])
        devices.append(device)
        problems += _conflicting(columns, device.identity, [row for row, _ in rows], conflicts)
    return devices, sorted(problems, key=lambda one: one.row)


def _conflicting(columns: Columns, identity: str, rows: Sequence[Row], conflicts: Iterable[Conflict]) -> Iterator[Problem]:
    """What is wrong with rows that say two things of one device."""
    by_number = {row.number: row for row in rows}
    fields = {row: name for name, row in HARDWARE.items()}
    for one in conflicts:
        name = fields.get(one.name, one.name)
        name = "coordinates" if name in _PLACE and name not in columns.found else name
        sentence = KeptSentence(
            "“%(later)s”, where row %(earlier_row)s has “%(earlier)s” for the same device, %(identity)s: correct one of them, or give each "
            "device its own identity",
            later=one.later[:60],
            earlier_row=one.earlier_row,
            earlier=one.earlier[:60],
            identity=identity,
        )
        yield Problem(one.later_row, columns.place(by_number[one.later_row], name), sentence)


def told_by(columns: Columns) -> frozenset[str]:
    """The fields of a device, by the names that `ALIASES` has for them, of which a sheet with these columns says something, were it that
    nothing is known. Coordinates are latitude and longitude, in however many columns.
    """
    found = frozenset(columns.found)
    return found | _PLACE if found & {*_PLACE, "coordinates"} else found


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
            self.problem("installed", error.args[0])
            installed = None
        hardware = {row: told for name, row in HARDWARE.items() if (told := texts[name])}
        role = self._role()
        return NewDevice(
            row=self.row.number,
            identity=self._identity(role),
            vendor=texts["vendor"],
            model=texts["model"],
            firmware=texts["firmware"],
            serial=texts["serial"],
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
        """The cell's text. An error of the spreadsheet (#REF!) and a formula without a result are problems and no text, and words that say
        that nothing is known are none.
        """
        lost = self.columns.lost(self.row, name)
        if lost is not None:
            self.problem(name, lost)
            return ""
        cell = self.columns.cell(self.row, name)
        return "" if name in CAN_SAY_NOTHING and says_nothing(cell, CAN_SAY_NOTHING[name]) else cell

    def _kind(self, name: str) -> CellKind:
        return self.row.kind(self.columns.found[name]) if name in self.columns.found else CellKind.TEXT

    def _text(self, name: str) -> str | None:
        cell = self._cell(name)
        if len(cell) > LONGEST:
            self.problem(name, KeptSentence("more than %(longest)s letters: shorten it", longest=LONGEST))
            return None
        if cell and name in _VERBATIM and self._kind(name) is not CellKind.TEXT:
            made = {CellKind.NUMBER: KeptWord("number"), CellKind.DAY: KeptWord("date")}.get(self._kind(name), KeptWord("truth value"))
            self.problem(
                name,
                KeptSentence(
                    "the spreadsheet made a %(made_words)s of it (%(cell)s), so that 1.10 and 1.1 are one: format the column "
                    "as text, and type it again",
                    made_words=made,
                    cell=cell,
                ),
            )
        return cell or None

    def _identity(self, role: str) -> str:
        cell = self._cell("identity")
        if not cell:
            self.problem("identity", KeptSentence("no identity is given: add the one with which the device connects"))
        elif role == "CSMS" and ADDRESS_PATTERN.fullmatch(cell):
            return cell
        elif role == "CSMS" and _HOST.fullmatch(cell):
            self.problem(
                "identity",
                KeptSentence(
                    "“%(cell)s” is an address without its beginning, and would be shown to everybody: write it as wss://host/path, or "
                    "give the system a name",
                    cell=cell[:60],
                ),
            )
        elif not is_identity(cell):
            self.problem(
                "identity",
                KeptSentence(
                    "“%(cell)s” cannot be a station's identity: it begins with a letter or a digit, has no sign that is not seen and no "
                    "empty part between slashes, and at most %(longest_station)s letters",
                    cell=cell[:60],
                    longest_station=LONGEST_STATION,
                ),
            )
        elif self._kind("identity") is CellKind.NUMBER and not cell.isdigit():
            self.problem(
                "identity",
                KeptSentence("the spreadsheet made the number %(cell)s of it: format the column as text, and type it again", cell=cell),
            )
        return cell

    def _installed(self) -> date | None:
        cell = self._cell("installed")
        if cell and self._kind("installed") is CellKind.NUMBER:
            raise NoDay(KeptSentence("%(cell)s is a number and no date: write it as 2025-04-03, the year first", cell=cell))
        return read_day(cell) if cell else None

    def _endpoint(self) -> str | None:
        cell = self._cell("endpoint")
        if not cell:
            return None
        found = _ENDPOINT.fullmatch(cell)
        if found is None or len(cell) > 500:
            self.problem("endpoint", KeptSentence("“%(cell)s” is no address: write it as wss://host/path", cell=cell[:60]))
        elif "@" in found["authority"]:
            self.problem(
                "endpoint", KeptSentence("the address has a password in it, which must not be kept here: remove what stands before the @")
            )
        return cell

    def _role(self) -> str:
        cell = self._cell("role")
        role = role_of(cell) if cell else "CS"
        if role is None:
            self.problem(
                "role", KeptSentence("“%(cell)s” is neither a charging station nor a management system: write CS or CSMS", cell=cell[:60])
            )
        return role or "CS"

    def _protocol(self) -> str | None:
        cell = self._cell("protocol")
        found = spoken(cell) if cell else None
        if cell and found is None:
            self.problem(
                "protocol",
                KeptSentence(
                    "“%(cell)s” is not understood as a version of OCPP: write the one with which it connects, as 1.6J, 1.6S or 2.0.1, or "
                    "leave it empty where nobody knows",
                    cell=cell[:60],
                ),
            )
        return found

    def _coordinates(self) -> tuple[float | None, float | None]:
        """Latitude and longitude; 0, 0 is how systems write that there are none."""
        together = self._cell("coordinates")
        if together and not (self._cell("latitude") or self._cell("longitude")):
            found = _PAIR.fullmatch(together)
            if found is None:
                self.problem(
                    "coordinates",
                    KeptSentence("“%(cell)s” are no coordinates: write them as 52.37, 4.89, the latitude first", cell=together[:60]),
                )
                return None, None
            latitude = self._degrees("coordinates", found[1], 90)
            longitude = self._degrees("coordinates", found[2], 180)
        else:
            latitude, longitude = (self._degrees(name, self._cell(name), most) for name, most in (("latitude", 90), ("longitude", 180)))
            if (latitude is None) != (longitude is None) and bool(self._cell("latitude")) != bool(self._cell("longitude")):
                other = "longitude" if longitude is None else "latitude"
                self.problem(other, KeptSentence("one coordinate is given without the other: add it, or remove both"))
        return (None, None) if latitude is None or longitude is None or latitude == longitude == 0 else (latitude, longitude)

    def _degrees(self, name: str, cell: str, most: int) -> float | None:
        if not cell:
            return None
        value = float(cell.replace(",", ".")) if _DEGREES.fullmatch(cell) else None
        if value is None or abs(value) > most:
            self.problem(
                name,
                KeptSentence("“%(cell)s” are no degrees between -%(most)s and %(most)s: write them as 52.37", cell=cell[:60], most=most),
            )
            return None
        return round(value, _DECIMALS)
