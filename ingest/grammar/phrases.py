"""Finds known phrases in printed text whatever layout did to the blanks in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ingest.page import squeeze

_DASHES = "-–—"
_LEAST_BEGINNING = 10


def loose(phrase: str) -> str:
    """A pattern for the phrase with any blanks, or a border between two cells, anywhere in it."""
    return r"\s*".join("[-–—]" if letter in _DASHES else re.escape(letter) for letter in phrase if not letter.isspace())


def similar(one: str, other: str) -> float:
    """How alike two texts are without blanks and case, from 0 to 1."""
    return SequenceMatcher(None, squeeze(one), squeeze(other), autojunk=False).ratio()


@dataclass(frozen=True)
class Hit:
    """A phrase found: what it stands for, its place, and whether a colon follows (which `end` then includes)."""

    name: str
    start: int
    end: int
    colon: bool


class PhraseBook:
    """Phrases, each with what it stands for. The longest phrase that fits wins."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        self._names = {squeeze(phrase).rstrip(":"): name for phrase, name in phrases.items()}
        self._longest = max(map(len, self._names))
        ordered = sorted(phrases, key=lambda phrase: -len(squeeze(phrase)))
        choice = "|".join(loose(phrase.rstrip(":")) for phrase in ordered)
        self._pattern = re.compile(
            rf"(?<![^\W_])(?P<phrase>{choice})(?![^\W_])(?P<colon>\s*[:：]|[ ]+[-–—=](?=[ ]+\S)|[ ]*;(?=[ ]*\S))?", re.IGNORECASE
        )

    @classmethod
    def of(cls, entries: Iterable[Mapping[str, Any]]) -> PhraseBook:
        """A book of vocabulary entries that have a `field` and its `variants`."""
        return cls({variant: entry["field"] for entry in entries for variant in entry["variants"]})

    def _hit(self, match: re.Match[str]) -> Hit:
        return Hit(self._names[self._key(match["phrase"])], match.start(), match.end(), colon=match["colon"] is not None)

    def _key(self, text: str) -> str:
        key = squeeze(text)
        if key in self._names:
            return key
        return next(name for name in self._names if re.fullmatch(loose(name), key, re.IGNORECASE))

    def at(self, text: str, start: int = 0) -> Hit | None:
        """The phrase that begins exactly at `start`."""
        match = self._pattern.match(text, start)
        return self._hit(match) if match else None

    def all_in(self, text: str) -> list[Hit]:
        """Every phrase in the text, in order and without overlap."""
        return [self._hit(match) for match in self._pattern.finditer(text)]

    def whole(self, text: str) -> str | None:
        """What the text stands for when it is one of the phrases and nothing besides."""
        return self._names.get(squeeze(text).rstrip(":："))

    def nearest(self, text: str, least: float = 0.86) -> str | None:
        """What the text most resembles, when it clearly resembles one thing: for words that were cut or misread."""
        key = squeeze(text).rstrip(":：")
        if len(key) < 6 or len(key) > 2 * self._longest:
            return None
        scored = sorted(self._scores(key, least), reverse=True)
        if not scored or any(name != scored[0][1] and score > scored[0][0] - 0.05 for score, name in scored[1:]):
            return None
        return scored[0][1]

    def beginning_with(self, text: str) -> str | None:
        """The one phrase that begins with the text: for names that go on in another line."""
        key = squeeze(text).rstrip(":：")
        found = {name for phrase, name in self._names.items() if phrase.startswith(key)}
        return found.pop() if len(found) == 1 and len(key) >= _LEAST_BEGINNING else None

    def _scores(self, key: str, least: float) -> Iterator[tuple[float, str]]:
        """Likeness and name of every phrase that is alike enough; the cheap bounds come first, since most are not."""
        matcher = SequenceMatcher(None, "", key, autojunk=False)
        for phrase, name in self._names.items():
            if 2 * min(len(key), len(phrase)) < least * (len(key) + len(phrase)):
                continue
            matcher.set_seq1(phrase)
            if matcher.quick_ratio() >= least and (score := matcher.ratio()) >= least:
                yield score, name
