"""The list of devices that a person gives for a campaign: identity, certificate and site, a line each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from registry.audits.identities import LONGEST_STATION, is_identity

MOST_DEVICES = 20_000
LONGEST_SITE = 80
LONGEST_TEXT = 4_000_000
_HEADS = {"identity", "id", "station", "station id", "charge point id"}
_SEPARATORS = (";", "\t", ",")


@dataclass(frozen=True)
class Listed:
    """One line that can be used."""

    station_id: str
    certificate_number: str
    site: str


def read(text: str, stations: Collection[str]) -> tuple[list[Listed], list[str]]:
    """The devices, and what is wrong, each with its line and the remedy. `stations` are the known numbers of stations' certificates.

    A header line is passed over. Separators are commas, semicolons or tabs. With any problem nothing should be stored.
    """
    if len(text) > LONGEST_TEXT:
        return [], [f"The list is longer than {LONGEST_TEXT // 1_000_000} million letters: divide it."]
    first = text.lstrip("\ufeff\r\n ").partition("\n")[0]
    separator = next((each for each in _SEPARATORS if each in first), ",")
    lines = enumerate(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator), start=1)
    rows = [(number, cells) for number, row in lines if any(cells := [cell.strip() for cell in row])]
    if rows and rows[0][1][0].casefold() in _HEADS:
        del rows[0]
    if len(rows) > MOST_DEVICES:
        return [], [f"There are more than {MOST_DEVICES} devices: divide the list."]
    if not rows:
        return [], ["The list has no device: write a line each, as in CP-1, OCA.0016.0408.CS, Harbour"]
    found, problems = checked(rows, stations, "on line")
    return found, [f"Line {number}: {problem}." for number, problem in problems]


def checked(rows: Iterable[tuple[int, list[str]]], stations: Collection[str], at: str) -> tuple[list[Listed], list[tuple[int, str]]]:
    """The devices of some rows, and what is wrong with those that cannot be used. Each row has a place, which `at` puts into words."""
    found: list[Listed] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        problem = _problem(cells, stations) or (f"{cells[0]} stands {at} {seen[cells[0]]} already" if cells[0] in seen else None)
        if problem:
            problems.append((number, problem))
            continue
        seen[cells[0]] = number
        found.append(Listed(cells[0], cells[1].upper(), cells[2] if len(cells) > 2 else ""))
    return found, problems


def _problem(cells: list[str], stations: Collection[str]) -> str | None:
    if len(cells) < 2 or not cells[1]:
        return "a line has an identity, a certificate number and perhaps a site"
    if not is_identity(cells[0]):
        return (
            f"{cells[0][:60]!r} cannot be a station's identity: it begins with a letter or a digit, has no sign that is not seen and no "
            f"empty part between slashes, and at most {LONGEST_STATION} letters"
        )
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", cells[1]):
        return f"{cells[1][:60]!r} is no certificate number"
    if cells[1].upper() not in stations:
        return f"the registry holds no document of a charging station's certificate {cells[1]}: ingest it first"
    if len(cells) > 2 and len(cells[2]) > LONGEST_SITE:
        return f"the site's name is longer than {LONGEST_SITE} letters"
    return None
