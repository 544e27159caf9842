"""Words of a search that are values of its filters: "smart charging", "2.0.1", "subset", "Republic of Korea". Knows no database.

An entry shows them and is not found by typing them: what many entries have is told from facets, and would cost the index as much again as
names do. The words besides are `data/vocabulary/filters.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from registry.certificates.words import fold
from registry.requirements import vocabulary
from registry.spreadsheets.protocols import spoken

LONGEST_PHRASE = 5
"""Words that are one value together: "Local Authorization List Management" has four."""

MOST_ALTERNATIVES = 10
"""Values of a facet that one phrase may mean: of more nobody means all."""

MOST_READINGS = 4

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "filters.json"
_PROTOCOL = re.compile(r"(?:ocpp)?[\s_-]*v?\d(?:\.\d){1,2}[\s-]*(?:j|json)?|ocpp[\s_-]*\d{2,3}j?")
_DAY = re.compile(r"((?:19|20)\d\d)(?:[-./]\d{1,2}){0,2}\.?|\d{1,2}[-./]\d{1,2}[-./]((?:19|20)\d\d)")
_KIND, _PROFILES = "kinds", "profiles"

Held = Mapping[str, Collection[str]]
"""The values that the catalogue has, by facet."""


@dataclass(frozen=True)
class Read:
    """A text read as filters: the words that are some, the values that each facet lets through then, and the words that are left."""

    typed: str
    chosen: tuple[tuple[str, tuple[str, ...]], ...]
    text: str


@dataclass(frozen=True)
class _Part:
    """Some words of a text; `facet` and `values` where they are a filter. `may_be_text`: they are as likely a part of a version."""

    words: str
    facet: str = ""
    values: tuple[str, ...] = ()
    may_be_text: bool = False


def of_all() -> frozenset[str]:
    """The words that fit every certificate."""
    return frozenset(_words()["of_all"])


def may_be_filter(text: str, countries: Collection[str] = ()) -> bool:
    """Whether any words of the text are a filter, whatever the catalogue holds; or all of it the name of one of these countries."""
    return any(part.facet for part in _parts(text, None)) or bool(_countries(" ".join(_typed(text)), countries))


def readings(text: str, held: Held) -> tuple[Read, ...]:
    """The ways to read the text as filters of which each value is `held`, the likeliest first; none where none of its words is one.

    Then those that leave the numbers in the text that may be a part of a version. Who names two profiles means both, which no filter can
    say: each is a reading of its own, without the other.
    """
    parts = _parts(text, held)
    profiles = dict.fromkeys(part.values for part in parts if part.facet == _PROFILES) or {(): None}
    found = []
    for meant in profiles:
        asked = [part for part in parts if part.facet != _PROFILES or part.values == meant]
        found += [_together(asked), _together([_Part(part.words) if part.may_be_text else part for part in asked])]
    return tuple(dict.fromkeys(one for one in found if one is not None))[:MOST_READINGS]


def _together(parts: Sequence[_Part]) -> Read | None:
    chosen: dict[str, tuple[str, ...]] = {}
    for part in parts:
        if part.facet:
            chosen[part.facet] = tuple(dict.fromkeys((*chosen.get(part.facet, ()), *part.values)))
    if not chosen:
        return None
    rest = " ".join(part.words for part in parts if not part.facet and part.words not in of_all())
    return Read(" ".join(part.words for part in parts if part.facet), tuple(chosen.items()), rest)


def _parts(text: str, held: Held | None) -> list[_Part]:
    """The words of the text, those together that are one filter; the longest phrase counts."""
    words = _typed(text)
    found = []
    at = 0
    while at < len(words):
        phrases = (words[at : at + length] for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1))
        size, part = next(((len(phrase), part) for phrase in phrases if (part := _filter(phrase, held))), (1, _Part(words[at])))
        found.append(part)
        at += size
    return found


def _typed(text: str) -> list[str]:
    return [word for word in fold(text).split() if any(map(str.isalnum, word))]


def _filter(phrase: Sequence[str], held: Held | None) -> _Part | None:
    words = " ".join(phrase)
    for facet, value, may_be_text in _meant(words):
        if held is None:
            return _Part(words, facet, (value,), may_be_text)
        values = _of_kind(value, held[facet]) if facet == _KIND else [value] if value in held[facet] else []
        if 0 < len(values) <= MOST_ALTERNATIVES:
            return _Part(words, facet, tuple(values), may_be_text)
    countries = _countries(words, held["country"]) if held is not None else []
    return _Part(words, "country", tuple(countries)) if 0 < len(countries) <= MOST_ALTERNATIVES else None


def _meant(words: str) -> Iterator[tuple[str, str, bool]]:
    """The facets and values that the words name, whether there are such entries or not."""
    if named := _named().get(_key(words)):
        yield (*named, False)
    if _PROTOCOL.fullmatch(words) and (protocol := spoken(words)):
        yield "protocol", protocol, "ocpp" not in words
    if day := _DAY.fullmatch(words):
        yield "year", day[1] or day[2], words == day[1]


def _of_kind(part: str, kinds: Collection[str]) -> list[str]:
    """The kinds of certificate that are put together of this one and others: "Full + Security" is Full."""
    return sorted(kind for kind in kinds if part in kind.split(" + "))


def _countries(words: str, countries: Collection[str]) -> list[str]:
    """The countries of that name, or else those of which it is a part: "korea" of "Republic of Korea"."""
    asked = set(_words()["country"].get(words, words).split()) - of_all()
    names = {country: set(fold(country).split()) - of_all() for country in countries}
    same = sorted(country for country, name in names.items() if name == asked)
    return same or sorted(country for country, name in names.items() if asked and asked < name)


def _key(words: str) -> str:
    return "".join(letter for letter in fold(words) if letter.isalnum())


@cache
def _named() -> dict[str, tuple[str, str]]:
    """Facet and value by each name that is always one."""
    found = {_key(kind): (_KIND, kind) for kind in vocabulary.kinds()}
    found |= {_key(word): (facet, value) for facet in ("role", _PROFILES) for value, words in _words()[facet].items() for word in words}
    return found | {_key(profile): (_PROFILES, profile) for profile in vocabulary.profiles()}


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = json.loads(_VOCABULARY.read_text(encoding="utf-8"))
    return words
