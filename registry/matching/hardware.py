"""The rows of the hardware feature set that decide whether two charging stations are one product (certification procedure, chapter 9)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from registry.matching.model import RowDifference
from registry.matching.names import Same, text
from registry.spreadsheets.nothing import Holds, says_nothing

CONNECTORS = "Socket(s) / connector(s)"
FIXED_CABLE = "Fixed cable"
RFID_READERS = "RFID readers"
COMMUNICATION = "Communication technology"
ISO_15118 = "ISO 15118"
ROWS = (CONNECTORS, FIXED_CABLE, RFID_READERS, COMMUNICATION, ISO_15118)
"""The deciding rows, by the names that the template of the certificate gives them; ISO 15118 has a row of its own in few documents."""

_WORDS = Path(__file__).parents[2] / "data" / "vocabulary" / "hardware.json"
_CACHED = 1 << 12
_COUNTED = frozenset((CONNECTORS, RFID_READERS))
_BETWEEN_NETWORKS = re.compile(r"\s*(?:[,;/+&]|\band\b)\s*")
_NUMBER = re.compile(r"([0-9]{1,3})(?:[.,]0{1,2})?")


@dataclass(frozen=True)
class Compared:
    """The deciding rows that are given on both sides and differ, and those of which it cannot be told."""

    differing: tuple[RowDifference, ...]
    unclear: tuple[str, ...]


def compare(certified: Mapping[str, str | None] | None, unsure: frozenset[str], device: Mapping[str, str | None]) -> Compared:
    """The device's hardware against the certificate's. A row that one side does not have says nothing; an unsure one cannot be told."""
    # Of many certificates and devices few say different things of these rows.
    return _compare(tuple((certified or {}).items()), unsure, tuple(device.items()))


@lru_cache(_CACHED)
def _compare(rows: tuple[tuple[str, str | None], ...], unsure: frozenset[str], told_rows: tuple[tuple[str, str | None], ...]) -> Compared:
    device = dict(told_rows)
    printed = {_row(name): value for name, value in rows if value}
    certified_connectors = None if _is_unsure(CONNECTORS, unsure) else printed.get(CONNECTORS)
    differing, unclear = [], []
    for row in ROWS:
        told, says = told_of(row, device), printed.get(row)
        if not told:
            continue
        if _is_unsure(row, unsure):
            unclear.append(row)
        elif says:
            same = _same(row, (says, certified_connectors), (told, told_of(CONNECTORS, device)))
            if same is Same.NO:
                differing.append(RowDifference(row, says, told))
            elif same is Same.UNCLEAR:
                unclear.append(row)
    return Compared(tuple(differing), tuple(unclear))


def not_compared(certified: Mapping[str, str | None] | None, device: Mapping[str, str | None]) -> tuple[str, ...]:
    """The deciding rows that the certificate has and the device does not."""
    printed = {_row(name) for name, value in (certified or {}).items() if value}
    return tuple(row for row in ROWS if row in printed and not told_of(row, device))


def names_connector(heading: str) -> bool:
    """Whether the heading of a column is that of connectors, one by one or their kinds: "Connector ID", "Steckertyp"; not how many."""
    plain = text(heading)
    return any(word in plain for word in _words("connector_headings")) and not any(word in plain for word in _words("how_many"))


def told_of(row: str, device: Mapping[str, str | None]) -> str:
    """What is known of a row of the device's hardware; empty where a word says that nothing is, for no connectors, of which every station
    has one, and for the figure 0, which lists have where nobody entered how many. That there are no RFID readers, words say.
    """
    return _told(row, device.get(row))


@lru_cache(_CACHED)
def _told(row: str, value: str | None) -> str:
    told = (value or "").strip()
    is_unset = row in _COUNTED and _count(_plain(told)) == "0" and (row == CONNECTORS or _NUMBER.fullmatch(_plain(told)) is not None)
    return "" if not told or _tells_nothing(told) or is_unset else told


@lru_cache(_CACHED)
def same_value(row: str, certified: str, told: str) -> Same:
    """Whether two writings of one row mean the same."""
    one, other = _plain(certified), _plain(told)
    if not _words("ambiguous").isdisjoint((one, other)):
        return Same.UNCLEAR
    if one == other:
        return Same.YES
    if row == COMMUNICATION:
        return _same_networks(one, other)
    left, right = _value(row, one), _value(row, other)
    if left is None or right is None:
        return Same.UNCLEAR
    if left == right:
        return Same.YES
    # "Multiple" says that there are two or more, not how many; so does "one per connector", where the connectors are "multiple".
    if {"many", "each"} & {left, right} and row in _COUNTED:
        return Same.NO if {"0", "1"} & {left, right} else Same.UNCLEAR
    return Same.NO


def _same(row: str, certified: tuple[str, str | None], told: tuple[str, str | None]) -> Same:
    """As `same_value`, of values each with the connectors beside it."""
    if row != RFID_READERS or _plain(certified[0]) == _plain(told[0]):
        return same_value(row, certified[0], told[0])
    return same_value(row, _readers(*certified), _readers(*told))


def _readers(value: str, connectors: str | None) -> str:
    """The readers, in number where they are one per connector and the connectors have one: with one connector that is one reader."""
    if _plain(value) not in _words("per_connector"):
        return value
    number = _value(CONNECTORS, _plain(connectors or ""))
    return value if number == "many" else number or ""


def _plain(value: str) -> str:
    return text(value).strip("<>.\"' ")


@lru_cache(_CACHED)
def _row(name: str) -> str:
    """The deciding row that a printed name stands for; the name itself for another."""
    plain = text(name)
    if "15118" in plain:
        return ISO_15118
    return next((row for row in ROWS if text(row) == plain), name)


def _is_unsure(row: str, unsure: frozenset[str]) -> bool:
    return any(path == "hardware" or (path.startswith("hardware.") and _row(path.removeprefix("hardware.")) == row) for path in unsure)


def _value(row: str, plain: str) -> str | None:
    if row in _COUNTED:
        count = _count(plain)
        return None if row == CONNECTORS and count == "0" else count
    if plain in _words("yes") or (row == FIXED_CABLE and plain in _words("cable")):
        return "yes"
    return "no" if plain in _words("no") or (row == FIXED_CABLE and plain in _words("socket")) else None


def _count(plain: str) -> str | None:
    """How many there are: a number, "many" or "each"; None where that is not said."""
    if (number := _NUMBER.fullmatch(plain)) is not None:
        return str(int(number[1]))
    counts = {"0": "not_any", "1": "one", "many": "more", "each": "per_connector"}
    return next((count for count, words in counts.items() if plain in _words(words)), None)


@lru_cache(_CACHED)
def _tells_nothing(told: str) -> bool:
    return says_nothing(told, Holds.FEATURE)


def _same_networks(one: str, other: str) -> Same:
    """Alike when both name the same networks; a part of the others may be what somebody wrote who left one out."""
    left, right = _networks(one), _networks(other)
    if left is None or right is None:
        return Same.UNCLEAR
    if left == right:
        return Same.YES
    return Same.UNCLEAR if left <= right or right <= left else Same.NO


def _networks(plain: str) -> frozenset[str] | None:
    found = [_networks_by_word().get(part.strip("() ")) for part in _BETWEEN_NETWORKS.split(plain) if part]
    return frozenset(name for name in found if name) if found and None not in found else None


@cache
def _vocabulary() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return found


@cache
def _words(meaning: str) -> frozenset[str]:
    return frozenset(_vocabulary()[meaning])


@cache
def _networks_by_word() -> dict[str, str]:
    return {word: network for network, words in _vocabulary()["networks"].items() for word in words}
