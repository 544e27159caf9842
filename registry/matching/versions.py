"""Software versions: whether two spellings are one version, and whether a text names one at all. Never compared as numbers.

That a version is another one is said of figures that differ, alone: what stands around them, between them or before them may be a file's
ending, the product's name, a build's letter or somebody's way to write.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from registry.matching.names import Same, text
from registry.matching.recalculated import may_be_recalculated

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "nothing_said.json"
_CACHED = 1 << 17

_WORD = "version|ver|v"
_VERSION_WORD = re.compile(rf"^(?:{_WORD})[\s.:]*(?=\d)")
_COMMA = re.compile(r"(?<=\d),(?=\d)")
_DOTTED = re.compile(r"\d\.\d")
_FIGURES = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[\s/;,|&+:=()\[\]]+")
_LAST_LETTER = re.compile(r".*\d([^\W\d_])")

_SIGNS = re.compile(r"[<>\u2264-\u2267\u2a7d\u2a7e\u2190-\u21ff±*?%]|\.\.|\.[-_]|#(?!\w)|\+(?!\s*\w)|(?<![\w)])[~^\u2248\u223c]\s*v?\.?\d")
"""Less and more, arrows, "1.2+", "~1.2", "1.2..1.4", "1.3.*", "1.3.-", "1.3.##"."""
_ANY_PART = re.compile(r"(?<=[\d._-])x+(?![^\W_])|\.(?:n+|y+|z+)(?!\w)")
"""A letter in the place of a figure: "1.3.x", "1.xx", "1.3x", "1.3.n"."""
_PROTOCOL = re.compile(r"ocpp[\s._-]*(?:version|ver|v)?[\s.]*(?:1\.[256]|2\.0(?:\.1)?|2\.1)[\s._-]*(?:j|s|json|soap)?")
"""What is spoken, in the place of what runs."""
_DOTS = r"\d+(?:\.\d+)*"
_RANGE = re.compile(rf"(?<![\w.])(?:{_WORD})?[ .]?({_DOTS})( ?)[-~\u301c] ?(?:{_WORD})?[ .]?({_DOTS})(?![\d.])")
_FIRST_OF_ASIA = "\u1100"
"""In the scripts from here on words are written with nothing between: none of what stands in the vocabulary is a part of another word."""
_SHORTEST_SAID = 3
_LONGEST = 255
"""Letters of a version."""
_LONGEST_RUN = 32
"""Figures in one run, or parts of a version, that are still compared in other groupings."""
_SHORTEST_RUN = 4
_WHOLE_DAY = 8
_DAY_ORDERS = {_WHOLE_DAY: ("ymd", "dmy", "mdy"), 6: ("ymd", "dmy")}
"""In which orders year, month and day stand, by how many figures they have."""


_Day = tuple[int, int, int]
"""Year of its century, month and day."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}"
_WITH_MONTH = re.compile(rf"(?P<first>\d{{1,4}})[\s._/-]*{_MONTH}[\s.,_/-]*\d{{1,4}}(?!\d)")
_NAME_BEFORE = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,})\d+$")
_REPORTED = 50
"""Letters of firmwareVersion, of which stations report no more (CiString50Type, OCPP 1.6 6.3)."""

_FOR_ONE = re.compile(r"(?:(?<![^\W_])|(?<=\bv))[il](?=\.\d)|(?<=\d\.)[il](?![^\W_])")
_FOR_ZERO = re.compile(r"(?:(?<![^\W_])|(?<=\bv))o(?=\.\d)|(?<=\d\.)o(?![^\W_])")


class _Part(NamedTuple):
    """One run of figures of a version: as it stands, without zeros before it, and whether only a dot parts it from the one before."""

    run: str
    figure: str
    joined: bool


@lru_cache(_CACHED)
def version(value: str) -> str:
    """A software version as text: `v1.0.0`, `V 1.0.0` and `Ver. 1,0,0` are one; `1.10` and `1.1` are two."""
    plain = text(value)
    return _VERSION_WORD.sub("", plain if _DOTTED.search(plain) else _COMMA.sub(".", plain)).strip()


@lru_cache(_CACHED)
def same_version(certified: str, told: str) -> Same:
    """Whether two spellings are one version. NO only where each names one version, and by its figures another.

    UNCLEAR where one is the other with other text around it or other signs or letters between its parts, zeros before these or last parts
    of zeros; where the same figures are grouped otherwise, or are the same day, or the same versions stand in another order; where a
    spreadsheet may have made one of the other; where one is of parts of a station alone, as "HW 2.1" is; and where one names no version
    (`names_a_version`).
    """
    one, other = version(certified), version(told)
    if not any(map(str.isalnum, one)) or not any(map(str.isalnum, other)):
        return Same.UNCLEAR
    if one == other:
        return Same.YES
    if not names_a_version(certified) or not names_a_version(told):
        return Same.UNCLEAR
    if _may_be_one(one, other) or _is_cut(certified, told) or _is_cut(told, certified):
        return Same.UNCLEAR
    in_figures = _in_figures(one), _in_figures(other)
    if in_figures != (one, other) and _may_be_one(*in_figures):
        return Same.UNCLEAR
    is_of_parts = _names_parts_alone(one), _names_parts_alone(other)
    return Same.UNCLEAR if may_be_recalculated(one, other) or is_of_parts[0] != is_of_parts[1] else Same.NO


@lru_cache(_CACHED)
def names_a_version(told: str) -> bool:
    """Whether a text names one version: it has a figure that is no zero, and says neither "from" nor "up to" nor "any", in words or signs,
    nor that the version is not known. So "n/a", "latest", "0", ">=1.10", "1.2 or later", "1.2 - 1.4", "1.x" and "OCPP 1.6" name none.
    """
    plain = text(told)
    if len(plain) > _LONGEST or not any(letter.isdecimal() and letter != "0" for letter in plain):
        return False
    return not (_PROTOCOL.fullmatch(plain) or _SIGNS.search(plain) or _ANY_PART.search(plain) or _has_range(plain) or _says_several(plain))


def _has_range(plain: str) -> bool:
    """Whether a version stands there with a later one after a dash: "1.2 - 1.4", and not "1.3.337-45", which may be a build."""
    for found in _RANGE.finditer(plain):
        begin, blank, end = found.groups()
        are_dotted = "." in begin and "." in end
        if (are_dotted or (blank and "." not in begin + end)) and _in_order(begin) < _in_order(end):
            return True
    return False


def _in_order(dotted: str) -> tuple[tuple[int, str], ...]:
    return tuple((len(figure), figure) for figure in (run.lstrip("0") for run in dotted.split(".")))


def _says_several(plain: str) -> bool:
    """Whether a text says in words that it names no one version."""
    if max(plain) < _FIRST_OF_ASIA and _several_begin().isdisjoint(_LETTERS.findall(plain)):
        return False
    return any(said.search(plain) for said in _several())


@cache
def _vocabulary() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return known


@cache
def _several_words() -> dict[str, tuple[str, ...]]:
    """The words of the vocabulary by where they stand; those for what is not known count anywhere, but the shortest, which may be names."""
    known = _vocabulary()
    words = {place: tuple(map(text, found)) for place, found in known["several_versions"].items()}
    unknown = (text(word) for word in known["anywhere"] if sum(map(str.isalnum, word)) >= _SHORTEST_SAID or max(word) >= _FIRST_OF_ASIA)
    return words | {"anywhere": (*words["anywhere"], *unknown)}


@cache
def _several_begin() -> frozenset[str]:
    """The first run of letters of each of these: a text without any of them needs no further look, as hardly any does."""
    return frozenset(_LETTERS.findall(word)[0] for words in _several_words().values() for word in words)


@cache
def _several() -> tuple[re.Pattern[str], ...]:
    words = {place: _one_of(found) for place, found in _several_words().items()}
    before_it = rf"{words['before']}(?:\.\s*|\s*:\s*|\s+)(?:[^\W\d_]+[.:]*\s+)?(?:{_WORD})?[\s.]*\d"
    after_it = rf"\d[^\W_]{{0,8}}[\W_]{{0,3}}{words['after']}"
    return re.compile(words["anywhere"]), re.compile(rf"(?<![.-]){before_it}"), re.compile(after_it)


def _one_of(words: Iterable[str]) -> str:
    """A pattern for any of these as whole words."""
    found = sorted(set(words), key=lambda word: (-len(word), word))
    asian = "|".join(re.escape(word) for word in found if max(word) >= _FIRST_OF_ASIA)
    others = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in found if max(word) < _FIRST_OF_ASIA)
    whole = rf"(?<![^\W\d_])(?:{others})(?![^\W\d_])"
    return f"(?:{asian}|{whole})" if asian else whole


# --- whether two may be one


def _is_cut(shorter: str, longer: str) -> bool:
    """Whether the one may be the other, cut where firmwareVersion ends: a figure may be cut in two by that."""
    plain = text(shorter)
    return len(plain) == _REPORTED and text(longer).startswith(plain)


def _in_figures(plain: str) -> str:
    """A version in which a letter that stands where a figure should is that figure: I.3.337, 1.O.2."""
    return _FOR_ZERO.sub("0", _FOR_ONE.sub("1", plain))


def _may_be_one(one: str, other: str) -> bool:
    first, second = _but_last_zeros(one), _but_last_zeros(other)
    if [part.figure for part in first] == [part.figure for part in second]:
        return not _end_otherwise(one, other)
    if _stands_in(first, second) or _stands_in(second, first):
        return True
    return _is_regrouped(_parts(one), _parts(other)) or _are_in_another_order(first, second) or _are_one_day(one, other)


def _are_in_another_order(first: Sequence[_Part], second: Sequence[_Part]) -> bool:
    """Whether both name the same versions of several parts, as "MCU 1.2 / HMI 3.4" and "HMI 3.4 / MCU 1.2" do, each with a dot."""
    one, other = _dotted_groups(first), _dotted_groups(second)
    return len(one) > 1 and min(map(len, one)) > 1 and one == other


def _dotted_groups(parts: Sequence[_Part]) -> list[list[str]]:
    """The figures that dots join, in the order of their values."""
    groups: list[list[str]] = []
    for part in parts:
        if part.joined:
            groups[-1].append(part.figure)
        else:
            groups.append([part.figure])
    return sorted(groups)


@lru_cache(_CACHED)
def _names_parts_alone(plain: str) -> bool:
    """Whether each version that a text names stands behind a word for a part of a station, as its hardware, its modem or its screen:
    whether the certified software is among these, nothing says.
    """
    words: set[str] = set()
    is_of_a_part = False
    for token in _BETWEEN.split(plain):
        words.update(_LETTERS.findall(token))
        if any(map(str.isdecimal, token)):
            is_of_a_part = not words.isdisjoint(_words_for_parts())
            if not is_of_a_part:
                return False
            words = set()
    return is_of_a_part


@cache
def _words_for_parts() -> frozenset[str]:
    return frozenset(map(text, _vocabulary()["parts_of_stations"]))


def _end_otherwise(one: str, other: str) -> bool:
    """Whether both end in one letter each, and not the same: "1.6J" and "1.6S" are two."""
    ends = [found[1] for plain in (one, other) if (found := _LAST_LETTER.fullmatch(plain)) is not None]
    return len(ends) == 2 and ends[0] != ends[1]


@lru_cache(_CACHED)
def _parts(plain: str) -> tuple[_Part, ...]:
    """The runs of figures of a text."""
    parts, end = [], -1
    for found in _FIGURES.finditer(plain):
        run = "".join(str(unicodedata.decimal(letter)) for letter in found[0])
        is_joined = end >= 0 and plain[end : found.start()] == "." and not _ends_a_name(plain[:end])
        parts.append(_Part(run, run.lstrip("0") or "0", is_joined))
        end = found.end()
    return tuple(parts)


def _ends_a_name(before: str) -> bool:
    """Whether the figures before a dot belong to a name: those of "LEX007" in "LEX007.1.3.337", which is no part of a version."""
    found = _NAME_BEFORE.search(before)
    return found is not None and found[1] not in _WORD.split("|")


@lru_cache(_CACHED)
def _but_last_zeros(plain: str) -> tuple[_Part, ...]:
    """The parts without those of zeros that a version ends with: 2.4.10 and 2.4.10.0 may be one, as 1.3 and 01.03 may."""
    kept: list[_Part] = []
    is_last = True
    for part in reversed(_parts(plain)):
        if not (is_last and part.joined and part.figure == "0"):
            kept.append(part)
            is_last = False
        is_last = is_last or not part.joined
    return tuple(reversed(kept))


def _stands_in(shorter: Sequence[_Part], longer: Sequence[_Part]) -> bool:
    """Whether all parts of `shorter` stand in `longer` one after another, with no more figures joined to them by a dot: those of 1.0.2 do
    in "evCloud v1.0.2.bin" and in "EV_1_0_2_b4", and do not in "11.0.2" and "1.0.2.1".
    """
    wanted = [part.figure for part in shorter]
    for begin in range(len(longer) - len(wanted) + 1):
        end = begin + len(wanted)
        if [part.figure for part in longer[begin:end]] == wanted:
            goes_on = end < len(longer) and longer[end].joined
            if not longer[begin].joined and not goes_on:
                return True
    return False


def _is_regrouped(first: Sequence[_Part], second: Sequence[_Part]) -> bool:
    """Whether both have the same figures with dots elsewhere, or one has the other's in one run, as "010203" has those of 1.2.3."""
    if "".join(part.run for part in first) == "".join(part.run for part in second):
        return True
    return any(_runs_together(run, parts) for parts, others in ((first, second), (second, first)) for run in _long_runs(others))


def _long_runs(parts: Sequence[_Part]) -> list[str]:
    """The runs that no dot joins to others: the only one, or long ones."""
    joined = [part.joined for part in parts] + [False]
    alone = [part.run for part, (before, after) in zip(parts, pairwise(joined), strict=True) if not before and not after]
    return [run for run in alone if len(parts) == 1 or len(run) >= _SHORTEST_RUN]


def _runs_together(run: str, parts: Sequence[_Part]) -> bool:
    """Whether the run is all these parts in their order, each with any zeros before it."""
    if len(parts) < 2 or len(parts) > _LONGEST_RUN or len(run) > _LONGEST_RUN:
        return False
    ends = {0}
    for part in parts:
        ends = {
            begin + len(part.figure)
            for end in ends
            for begin in range(end, len(run) + 1)
            if not run[end:begin].strip("0") and run.startswith(part.figure, begin)
        }
    return len(run) in ends


@lru_cache(_CACHED)
def _dated(plain: str, *, in_short: bool = False) -> Mapping[tuple[str, ...], frozenset[_Day]]:
    """The ways to take some figures of a version for a day: by the figures besides, in their order, the days that it may be.

    2023-07-12, 20230712, 230712, 12.07.2023 and 12 Jul 2023 may be one day, and so may V1.0_20230712 and V1.0_230712; 12.07.23 only where
    it is asked for `in_short`, as versions are written so too.
    """
    runs = list(_FIGURES.finditer(plain))
    if len(runs) > _LONGEST_RUN:
        return {}
    figures = [part.figure for part in _parts(plain)]
    found: dict[tuple[str, ...], frozenset[_Day]] = {}
    for begin, end, days in _day_groups(plain, runs, in_short=in_short):
        besides = (*figures[:begin], *figures[end:])
        found[besides] = found.get(besides, frozenset()) | days
    return found


def _day_groups(plain: str, runs: Sequence[re.Match[str]], *, in_short: bool) -> Iterator[tuple[int, int, frozenset[_Day]]]:
    """From which run of figures to which a day may stand, with what it may be."""
    told = [part.run for part in _parts(plain)]
    for begin in range(len(runs)):
        for size in (1, 3):
            if days := _days(told[begin : begin + size], in_short=in_short):
                yield begin, begin + size, days
    by_start = {run.start(): place for place, run in enumerate(runs)}
    for named in _WITH_MONTH.finditer(plain):
        month = str(_MONTHS.index(named["month"][:3]) + 1)
        first = by_start.get(named.start("first"))
        if first is not None:
            one, other = told[first : first + 2]
            yield first, first + 2, _days([one, month, other])


def _days(runs: Sequence[str], *, in_short: bool = False) -> frozenset[_Day]:
    """The days that some runs of figures may be: all in one, or year, month and day."""
    if len(runs) == 1:
        found = [_cut_up(runs[0], order) for order in _DAY_ORDERS.get(len(runs[0]), ())]
    else:
        sizes = list(map(len, runs))
        is_one = len(runs) == 3 and (sizes.count(4) == 1 or (in_short and sizes == [2, 2, 2]))
        found = [dict(zip(order, runs, strict=True)) for order in _DAY_ORDERS[_WHOLE_DAY] if is_one]
    days = (
        tuple(int(cut[name]) for name in "ymd")
        for cut in found
        if len(cut["m"]) < 3 and len(cut["d"]) < 3 and cut["y"][-4:-2] in ("", "20")
    )
    return frozenset((year % 100, month, day) for year, month, day in days if 1 <= month <= 12 and 1 <= day <= 31)


def _are_one_day(one: str, other: str) -> bool:
    """Whether both may have the same day, and the same figures besides; one of them may have it in short."""
    ways = ((_dated(one), _dated(other)), (_dated(one, in_short=True), _dated(other)), (_dated(one), _dated(other, in_short=True)))
    return any(not days.isdisjoint(others.get(besides, frozenset())) for days_by, others in ways for besides, days in days_by.items())


def _cut_up(run: str, order: str) -> dict[str, str]:
    """Year, month and day of a run of figures in that order; only a year has four."""
    cut, begin = {}, 0
    for name in order:
        end = begin + (len(run) - 4 if name == "y" else 2)
        cut[name], begin = run[begin:end], end
    return cut
