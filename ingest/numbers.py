"""Typed values of a certificate: numbers, dates, durations and software versions.

Each function takes printed text and gives the value or None. None means that the text is not certainly such a value: an
ambiguous date (04/05/2022) is None, a certificate number with a letter missing is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_GAP = r"[ \t]?"
NUMBER = re.compile(
    rf"(?<![A-Za-z0-9.])(?:(?P<prefix>[FW]\d{{1,3}}){_GAP}\.{_GAP})?OCA{_GAP}\.{_GAP}(?P<slot>\d{{4}}){_GAP}\.{_GAP}(?P<serial>\d{{4}})"
    rf"{_GAP}\.{_GAP}(?P<role>CSMS|CS)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
UNKNOWN_SUFFIX = re.compile(r"\s*[-–—(]\s*\w")
"""What follows a number and may be a revision of a shape that is not known."""
REVISION = re.compile(r"\s*[-–—(]?\s*(?P<revision>(?:update|revision|rev)[-. ]?(?:\d{4}-\d{2}-\d{2}|\d{1,3})(?![\w-]))\)?", re.IGNORECASE)


@dataclass(frozen=True)
class CertificateNumber:
    """A certificate number as the alliance writes it; `start` and `end` are its place in the text."""

    number: str
    revision: str | None
    slot: str
    role: str
    start: int
    end: int


def certificate_numbers(text: str) -> Iterator[CertificateNumber]:
    """Every certificate number in the text, in order, with the revision suffix that directly follows it."""
    for match in NUMBER.finditer(text):
        prefix = f"{match['prefix'].upper()}." if match["prefix"] else ""
        suffix = REVISION.match(text, match.end())
        yield CertificateNumber(
            number=f"{prefix}OCA.{match['slot']}.{match['serial']}.{match['role'].upper()}",
            revision=suffix["revision"] if suffix else None,
            slot=match["slot"],
            role=match["role"].upper(),
            start=match.start(),
            end=suffix.end() if suffix else match.end(),
        )


_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH = r"(?P<month>" + "|".join(f"{m}|{m[:3]}\\.?" for m in _MONTHS) + r"|sept\.?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>20\d{2})"
_EDGE = r"(?![\w])"
_STYLES = (
    re.compile(rf"(?<!\w){_MONTH}\s*{_DAY}\s*,?\s+{_YEAR}{_EDGE}", re.IGNORECASE),
    re.compile(rf"(?<!\w){_MONTH}\s*{_DAY}\s*,\s*{_YEAR}{_EDGE}", re.IGNORECASE),
    re.compile(rf"(?<![\w.]){_DAY}(?:\s*[-/.]\s*|\s+)(?:of\s+)?{_MONTH}\s*[-/.,]?\s*{_YEAR}{_EDGE}", re.IGNORECASE),
    re.compile(rf"(?<!\w){_MONTH}\s*[-/]\s*{_DAY}\s*[-/]\s*{_YEAR}{_EDGE}", re.IGNORECASE),
    re.compile(rf"(?<![\w.-]){_YEAR}\s*[-/.,]?\s*{_MONTH}\s*[-/.,]?\s*{_DAY}{_EDGE}", re.IGNORECASE),
    re.compile(rf"(?<![\w.]){_YEAR}\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*日"),
    re.compile(rf"(?<![\w.]){_YEAR}\s*년\s*(?P<month>\d{{1,2}})\s*월\s*(?P<day>\d{{1,2}})\s*일"),
    re.compile(rf"(?<![\w.-]){_YEAR}(?P<sep>[-./])(?P<month>\d{{2}})(?P=sep)(?P<day>\d{{2}})(?![\w]|[.-]\d)"),
    re.compile(rf"(?<![\w.-]){_YEAR}(?P<sep>[-./])\s+(?P<month>\d{{1,2}})(?P=sep)\s+(?P<day>\d{{1,2}})\.?(?![\w]|[.-]\d)"),
    re.compile(rf"(?<![\w.-]){_YEAR}(?P<sep>[-./])(?P<month>[1-9])(?P=sep)(?P<day>[1-9])\.?(?![\w]|[.-]\d)"),
    re.compile(rf"(?<![\w.-]){_YEAR}(?P<sep>[-./])(?P<month>[1-9])(?P=sep)(?P<day>[1-3]\d)(?![\w]|[.-]\d)"),
    re.compile(rf"(?<![\w.-])(?P<one>\d{{1,2}})(?P<sep>[-./])(?P<two>\d{{1,2}})(?P=sep){_YEAR}(?![\w]|[.-]\d)"),
)


@dataclass(frozen=True)
class FoundDate:
    """A date in a text. `iso` is None when it is printed so that day and month may be taken for each other; `either` are then both."""

    iso: str | None
    start: int
    end: int
    either: tuple[str, ...] = ()


def find_dates(text: str) -> list[FoundDate]:
    """Every date in the text, in any of the printed styles, in order and without overlap."""
    found: list[FoundDate] = []
    for style in _STYLES:
        for match in style.finditer(text):
            if all(match.end() <= other.start or other.end <= match.start() for other in found):
                iso, either = _iso(match.groupdict()), _either(match.groupdict())
                found.append(FoundDate(iso, match.start(), match.end(), () if iso else either))
    return sorted(found, key=lambda each: each.start)


def _iso(parts: dict[str, str | None]) -> str | None:
    year = int(parts["year"] or 0)
    if parts.get("one"):
        one, two = int(parts["one"] or 0), int(parts["two"] or 0)
        if one == two or two > 12:
            return _day(year, one, two)
        return _day(year, two, one) if one > 12 else None
    month_text = (parts["month"] or "").casefold()
    month = int(month_text) if month_text.isdigit() else 1 + [m[:3] for m in _MONTHS].index(month_text[:3])
    return _day(year, month, int(parts["day"] or 0))


def _either(parts: dict[str, str | None]) -> tuple[str, ...]:
    """Both dates that two figures and a year may stand for: day first, month first."""
    if not parts.get("one"):
        return ()
    year, one, two = int(parts["year"] or 0), int(parts["one"] or 0), int(parts["two"] or 0)
    return tuple(day for day in (_day(year, two, one), _day(year, one, two)) if day)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def read_date(text: str) -> str | None:
    """The ISO date that the text is, and nothing besides."""
    found = find_dates(text.strip())
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(text.strip())):
        return None
    return found[0].iso


CLOCK = re.compile(r"(?<![\d:])(?P<hours>\d{2}):(?P<minutes>[0-5]\d):(?P<seconds>[0-5]\d)(?![\d:])")
_PICS = re.compile(r"(?P<amount>\d{1,6})\s*(?P<unit>s|sec|secs|second|seconds|min|minute|minutes)?\.?", re.IGNORECASE)


def read_clock(text: str) -> int | None:
    """The seconds of a measured value hh:mm:ss."""
    match = CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    return int(match["hours"]) * 3600 + int(match["minutes"]) * 60 + int(match["seconds"])


@dataclass(frozen=True)
class Pics:
    """A PICS timeout in seconds, and whether its unit was printed."""

    seconds: int
    has_unit: bool


def read_pics(text: str) -> Pics | None:
    """A PICS value: "30s", "30", "1 min", "00:00:30"."""
    clock = read_clock(text)
    if clock is not None:
        return Pics(clock, has_unit=True)
    match = _PICS.fullmatch(text.strip())
    if match is None:
        return None
    unit = (match["unit"] or "").casefold()
    return Pics(int(match["amount"]) * (60 if unit.startswith("min") else 1), has_unit=bool(unit))


def mend_version(text: str) -> str:
    """A software version freed of layout noise: a comma between digits stands for the dot."""
    return re.sub(r"(?<=\d),(?=\d)", ".", " ".join(text.split()))


_OPEN = re.compile(
    r"(?<![\w.])(?:later|higher|newer|above|up|upwards?|onwards?|from|to|until|till|through|since|earlier|below|lower|older)(?![\w.])"
    r"|\s[-–—]\s|[–—]|\.[x*](?![\w*])|[<>≤≥…]|\d\+(?!\w)"
)
"""A print that stands for more versions than it names."""
_PARTING = re.compile(r"[,;/&()\[\]]|(?<!\w)(?:and|or)(?!\w)")


def versions_agree(one: str, other: str) -> bool:
    """Whether nothing says that two prints mean different software.

    They agree when they are the same, when one names the other among others or with a remark in brackets, and when one of them stands
    for a range, of which nobody can say here what lies in it.
    """
    if normal_version(one) == normal_version(other):
        return True
    texts = [mend_version(text).casefold() for text in (one, other)]
    if any(map(_OPEN.search, texts)):
        return True
    left, right = ({normal_version(part) for part in _PARTING.split(text) if part.strip()} for text in texts)
    return bool(left and right) and (left <= right or right <= left)


def normal_version(text: str) -> str:
    """What two spellings of one software version have in common: `v1.0.0`, `V 1.0.0` and `Ver. 1,0,0` agree; 1.10 and 1.1 do not."""
    bare = re.sub(r"^(?:version|ver|v)[\s.:]*(?=\d)", "", mend_version(text).casefold().replace(",", "."))
    return re.sub(r"\s+", " ", bare).strip()
