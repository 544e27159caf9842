"""The rows of the hardware feature set that decide whether two charging stations are one product (certification procedure, chapter 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.matching.model import RowDifference
from registry.matching.names import Same, text

CONNECTORS = "Socket(s) / connector(s)"
FIXED_CABLE = "Fixed cable"
RFID_READERS = "RFID readers"
COMMUNICATION = "Communication technology"
ISO_15118 = "ISO 15118"
ROWS = (CONNECTORS, FIXED_CABLE, RFID_READERS, COMMUNICATION, ISO_15118)
"""The deciding rows, by the names that the template of the certificate gives them; ISO 15118 has a row of its own in few documents."""

_YES = frozenset(("yes", "y", "true", "1", "supported", "o"))
_NO = frozenset(("no", "n", "false", "0", "none", "not supported", "x"))
_CABLE = frozenset(("fixed cable", "cable", "fixed", "tethered"))
_SOCKET = frozenset(("socket", "sockets", "untethered"))
_ONE = frozenset(("single", "one", "1"))
_MORE = frozenset(("multiple", "several", "more than one", "multi"))
_PER_CONNECTOR = frozenset(("one per connector", "per connector", "each connector"))
_NETWORKS = {
    "ethernet": "ethernet",
    "lan": "ethernet",
    "wired": "ethernet",
    "wifi": "wifi",
    "wi-fi": "wifi",
    "wlan": "wifi",
    "mobile": "mobile",
    "cellular": "mobile",
    "lte": "mobile",
    "4g": "mobile",
    "5g": "mobile",
    "3g": "mobile",
    "gsm": "mobile",
    "2g": "mobile",
    "gprs": "mobile",
    "umts": "mobile",
}
_BETWEEN_NETWORKS = re.compile(r"\s*(?:[,;/+&]|\band\b)\s*")


@dataclass(frozen=True)
class Compared:
    """The deciding rows that are given on both sides and differ, and those of which it cannot be told."""

    differing: tuple[RowDifference, ...]
    unclear: tuple[str, ...]


def compare(certified: Mapping[str, str | None] | None, unsure: frozenset[str], device: Mapping[str, str | None]) -> Compared:
    """The device's hardware against the certificate's. A row that one side does not have says nothing; an unsure one cannot be told."""
    printed = {_row(name): value for name, value in (certified or {}).items() if value}
    certified_connectors = None if _is_unsure(CONNECTORS, unsure) else printed.get(CONNECTORS)
    differing, unclear = [], []
    for row in ROWS:
        told, says = (device.get(row) or "").strip(), printed.get(row)
        if not told:
            continue
        if _is_unsure(row, unsure):
            unclear.append(row)
        elif says:
            same = _same(row, (says, certified_connectors), (told, device.get(CONNECTORS)))
            if same is Same.NO:
                differing.append(RowDifference(row, says, told))
            elif same is Same.UNCLEAR:
                unclear.append(row)
    return Compared(tuple(differing), tuple(unclear))


def not_compared(certified: Mapping[str, str | None] | None, device: Mapping[str, str | None]) -> tuple[str, ...]:
    """The deciding rows that the certificate has and the device does not."""
    printed = {_row(name) for name, value in (certified or {}).items() if value}
    return tuple(row for row in ROWS if row in printed and not (device.get(row) or "").strip())


def same_value(row: str, certified: str, told: str) -> Same:
    """Whether two writings of one row mean the same."""
    one, other = _plain(certified), _plain(told)
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
    if {"many", "each"} & {left, right} and row in (CONNECTORS, RFID_READERS):
        return Same.NO if {"0", "1"} & {left, right} else Same.UNCLEAR
    return Same.NO


def _same(row: str, certified: tuple[str, str | None], told: tuple[str, str | None]) -> Same:
    """As `same_value`, of values each with the connectors beside it."""
    if row != RFID_READERS or _plain(certified[0]) == _plain(told[0]):
        return same_value(row, certified[0], told[0])
    return same_value(row, _readers(*certified), _readers(*told))


def _readers(value: str, connectors: str | None) -> str:
    """The readers, in number where they are one per connector and the connectors have one: with one connector that is one reader."""
    if _plain(value) not in _PER_CONNECTOR:
        return value
    number = _value(CONNECTORS, _plain(connectors or ""))
    return value if number == "many" else number or ""


def _plain(value: str) -> str:
    return text(value).strip("<>.\"' ")


def _row(name: str) -> str:
    """The deciding row that a printed name stands for; the name itself for another."""
    plain = text(name)
    if "15118" in plain:
        return ISO_15118
    return next((row for row in ROWS if text(row) == plain), name)


def _is_unsure(row: str, unsure: frozenset[str]) -> bool:
    return any(path == "hardware" or (path.startswith("hardware.") and _row(path.removeprefix("hardware.")) == row) for path in unsure)


def _value(row: str, plain: str) -> str | None:
    if row in (CONNECTORS, RFID_READERS):
        if plain in _ONE:
            return "1"
        if plain in _MORE:
            return "many"
        if plain in _PER_CONNECTOR:
            return "each"
        if plain in ("none", "no") and row == RFID_READERS:
            return "0"
        return str(int(plain)) if re.fullmatch(r"[0-9]{1,3}", plain) else None
    if plain in _YES or (row == FIXED_CABLE and plain in _CABLE):
        return "yes"
    return "no" if plain in _NO or (row == FIXED_CABLE and plain in _SOCKET) else None


def _same_networks(one: str, other: str) -> Same:
    """Alike when both name the same networks; a part of the others may be what somebody wrote who left one out."""
    left, right = _networks(one), _networks(other)
    if left is None or right is None:
        return Same.UNCLEAR
    if left == right:
        return Same.YES
    return Same.UNCLEAR if left <= right or right <= left else Same.NO


def _networks(plain: str) -> frozenset[str] | None:
    found = [_NETWORKS.get(part.strip("() ")) for part in _BETWEEN_NETWORKS.split(plain) if part]
    return frozenset(name for name in found if name) if found and None not in found else None
