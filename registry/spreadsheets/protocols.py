"""The versions of OCPP that a cell names, however it is written ("ocpp1.6S", "OCPP-J 1.6", "1.6, 2.0.1"): pure.

The words are `data/vocabulary/protocols.json`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "protocols.json"
_SOAP = "SOAP"
_SIGNS = re.compile(r"[,;/&+|\n]")
_WITH_POINTS = re.compile(r"(?<![\d.])\d(?:\.\d){1,2}(?!\.?\d)")
_WITH_COMMAS = re.compile(r"(?<![\d,])\d(?:,\d){1,2}(?!,?\d)")
_RUN_TOGETHER = re.compile(r"(?<=[a-z])[\s-]*(\d{2,3})(?!\d)")
_SPAN = re.compile(r"[<>≤≥≦≧~?*!]|\+\s*$|\d[\sjs]*[-–—]\s*(?:ocpp)?[\sv]*\d")
"""Signs of more or fewer versions than are named."""

_WORD = re.compile(r"[^\W\d]+|\d+")


def spoken(cell: str) -> str | None:
    """What the cell says, as "OCPP 1.6"; "OCPP 1.6 SOAP" where it says a transport that is not the usual one of that version.

    Of several versions all, the oldest first, with commas between: "OCPP 1.6, OCPP 2.0.1". None where a word of it is not known.
    """
    if _SPAN.search(cell.casefold()):
        return None
    found: list[tuple[str, str]] = []
    named: tuple[str, ...] = ()
    for part in _parts(cell):
        read = _part(part)
        if read is None:
            return None
        versions, transports = read
        named = versions or named
        # A transport that stands alone is that of the version before: "1.6 JSON/SOAP".
        found += product(named, transports or (("",) if versions else ()))
    labels = [_label(*one) for one in found]
    return None if not labels or None in labels else ", ".join(sorted(set(filter(None, labels))))


def _parts(cell: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", cell).casefold().replace("_", " ")
    between = "|".join(map(re.escape, _words()["between"]))
    numbered = "|".join(map(re.escape, _words()["numbered"]))
    plain = re.sub(rf"\b(?:{numbered})\b[\s.]*\d(?![\d.,])", " ", plain)
    if not _WITH_POINTS.search(plain):
        plain = _WITH_COMMAS.sub(lambda found: found[0].replace(",", "."), plain)
    for part in _SIGNS.split(plain):
        yield from re.split(rf"\b(?:{between})\b", part)


def _part(part: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The versions and the transports that a part of a cell names; None where a word of it is not known."""
    versions = tuple(_WITH_POINTS.findall(part))
    rest = _WITH_POINTS.sub(" ", part)
    if not versions:
        versions = tuple(".".join(figures) for figures in _RUN_TOGETHER.findall(part))
        rest = _RUN_TOGETHER.sub(" ", part)
    transports: list[str] = []
    for word in _WORD.findall(rest):
        transport = next((name for name, words in _words()["transports"].items() if word in words), None)
        if transport is not None:
            transports.append(transport)
        elif word not in _words()["besides"]:
            return None
    return versions, tuple(dict.fromkeys(transports))


def _label(version: str, transport: str) -> str | None:
    """One version as it is kept; None for one that there is not, or not over that transport."""
    known = _words()["versions"].get(version, ())
    if not known or transport not in ("", *known):
        return None
    return f"OCPP {version} {_SOAP}" if transport == _SOAP and known[0] != _SOAP else f"OCPP {version}"


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return words
