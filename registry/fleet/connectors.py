"""Lists with a row for each connector: the rows of one device as one, where everything else that they say agrees. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from registry.fleet.devices import NewDevice
from registry.matching.hardware import CONNECTORS, same_value
from registry.matching.names import Same
from registry.sentences import KeptSentence, Listed

MOST_NOTED = 5
"""Devices of several rows that are told of one by one."""

_SAID_ALIKE = (*("vendor", "model", "firmware", "serial", "site", "endpoint", "latitude", "longitude", "installed", "role", "protocol"),)
_SURELY_NUMBERED = 3
"""Rows that are numbered from 1 on are connectors where there are so many: of two, 1 and 2 may be two counts that contradict each other."""

_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_NO_AND_YES = [0, 1]


@dataclass(frozen=True)
class Conflict:
    """Two rows of one device that say two things: `name` is the field, or the row of the hardware, and `earlier` and `later` its values."""

    name: str
    earlier_row: int
    later_row: int
    earlier: str
    later: str


def one_device(rows: Sequence[NewDevice], marks: Sequence[Sequence[str]]) -> tuple[NewDevice, list[Conflict]]:
    """The device of these rows, two at least, and where they contradict each other; an empty cell contradicts nothing. `marks` are the
    cells of each row, in columns beside the device's fields, that name the connector.

    How many connectors it has is told of it where the rows are numbered or each names another one. What a column for their number says is
    taken where all rows say it and the rows do not contradict it: a 1 in each of three rows may be that of each row. Where each row
    has the number of another connector, and none is left out, there are as many (OCPP 1.6, connector numbering: from 1 on, and 0 is the
    station itself).
    """
    first = rows[0]
    conflicts = [found for name in _SAID_ALIKE for found in _conflicts(name, [(one.row, getattr(one, name)) for one in rows])]
    names = dict.fromkeys(name for one in rows for name in one.hardware if name != CONNECTORS)
    conflicts += [found for name in names for found in _conflicts(name, [(one.row, one.hardware.get(name)) for one in rows])]
    merged = {
        name: next((value for one in rows if (value := getattr(one, name)) not in (None, "")), getattr(first, name)) for name in _SAID_ALIKE
    }
    hardware = {name: next(one.hardware[name] for one in rows if one.hardware.get(name)) for name in names}
    told = [(one.row, one.hardware.get(CONNECTORS)) for one in rows]
    said = [value for _, value in told if value]
    is_numbered = sorted(said) == sorted(map(str, range(1, len(rows) + 1)))
    is_named = len(set(said)) == len(rows) and all(same_value(CONNECTORS, value, "1") is Same.UNCLEAR for value in said)
    columns = list(zip(*marks, strict=True))
    # A row with the number 0 is perhaps not one of a connector.
    is_marked = any(len(set(column)) == len(rows) and all(column) and "0" not in column for column in columns)
    numbered = next(filter(None, map(_highest, columns)), 0)
    if numbered and set(said) <= {"1"}:
        hardware[CONNECTORS] = str(numbered)
    elif (is_numbered and len(rows) >= _SURELY_NUMBERED) or is_named:
        hardware[CONNECTORS] = str(len(rows))
    elif not is_numbered:
        against = list(_conflicts(CONNECTORS, told))
        conflicts += against
        if said and not against and same_value(CONNECTORS, said[0], str(len(rows))) is not Same.NO:
            hardware[CONNECTORS] = said[0]
    connectors = numbered or (len(rows) if is_numbered or is_named or is_marked else None)
    return replace(first, **merged, hardware=hardware, rows=tuple(one.row for one in rows), connectors=connectors), conflicts


def _highest(column: Sequence[str]) -> int:
    """The highest number of a connector, where the cells are the numbers of all of them, once each, and perhaps of the station; else 0,
    as for 0 and 1 alone: these may be a no and a yes ("Socket").
    """
    if not all(_NUMBER.fullmatch(cell) for cell in column):
        return 0
    found = sorted(map(int, column))
    if found == _NO_AND_YES:
        return 0
    begin = min(found[0], 1)
    return found[-1] if found == list(range(begin, begin + len(found))) else 0


def _conflicts(name: str, told: Sequence[tuple[int, object]]) -> Iterator[Conflict]:
    """Each row that says something else than the first that says anything."""
    said = [(row, value) for row, value in told if value not in (None, "")]
    for row, value in said[1:]:
        if value != said[0][1]:
            yield Conflict(name, said[0][0], row, str(said[0][1]), str(value))


def notes(devices: Sequence[NewDevice]) -> tuple[KeptSentence, ...]:
    """Which rows are one device; of many the first."""
    several = [one for one in devices if one.rows]
    told = [_note(one) for one in several[:MOST_NOTED]]
    more = len(several) - len(told)
    if more:
        told.append(KeptSentence("So are the rows of %(more)s other devices in this file.", more=more))
    return tuple(told)


def _note(one: NewDevice) -> KeptSentence:
    rows = Listed(map(str, one.rows))
    if one.connectors is None:
        return KeptSentence("Rows %(rows_words)s are one device, %(identity)s.", rows_words=rows, identity=one.identity)
    return KeptSentence(
        "Rows %(rows_words)s are one device, %(identity)s, with %(connectors)s connectors.",
        rows_words=rows,
        identity=one.identity,
        connectors=one.connectors,
    )
