"""Sentences that know what they are made of, so that a page can say them in its own language. Pure.

A sentence is English text wherever it goes: a command prints it, a program reads it, a database keeps it. Beside that it carries its
template and the values in it, by which a page finds the template's translation. A sentence that was kept as text is found again by the
templates of all kept sentences; one that fits none of them stays as it is, in English.

Values are data, and are shown as they are. What is made of our own words is a `Sentence`, a `Joined` or a `Listed` itself, and the name of
its place says so, by which it is known for what it is when the sentence is found again: `..._text` holds sentences, `..._words` holds words
with commas or "and" between, each of them ours or data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

_OWN_WORDS = ("_text", "_words")
_LONGEST = 4_000
_MOST_PARTS = 20
_PLACE = re.compile(r"%\((\w+)\)s")
_BETWEEN = re.compile(r"(?<=[.:]) (?=\S)|; ")
"""What stands between sentences that were put together: a blank after a full stop, or a semicolon."""


class Sentence(str):
    """A sentence, or a part of one: its English text, made of a template as `gettext` knows it and of values by name."""

    __slots__ = ("template", "values")
    context: ClassVar[str] = ""
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """The template with the values in their places. Raises TypeError where the name of a place hides that it has words of ours."""
        made = super().__new__(cls, template % values)
        made.template, made.values = template, values
        for name, value in values.items():
            # Most values are plain text, and hundreds of thousands of sentences are made for a fleet.
            if value.__class__ is not str and isinstance(value, _MADE) and not name.endswith(_OWN_WORDS):
                raise TypeError(f"%({name})s in {template!r} is made of our own words: end its name in _text or _words")
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), self.template, dict(self.values))


class KeptSentence(Sentence):
    """A sentence that is kept as text where nobody keeps what it is made of, and is found again by its template."""

    __slots__ = ()
    context: ClassVar[str] = "kept"


class KeptWord(Sentence):
    """A word, or a few, within a kept sentence: it is found again only where a place is for words."""

    __slots__ = ()
    context: ClassVar[str] = "kept word"


class Joined(str):
    """Several sentences with something between them."""

    __slots__ = ("between", "parts")
    between: str
    parts: tuple[str, ...]

    def __new__(cls, between: str, parts: Iterable[str]) -> Self:
        """The parts with that between."""
        taken = tuple(parts)
        made = super().__new__(cls, between.join(taken))
        made.between, made.parts = between, taken
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.between, self.parts)


class Listed(str):
    """Words as one reads them out: "A", "A and B", "A, B and C"."""

    __slots__ = ("parts",)
    parts: tuple[str, ...]

    def __new__(cls, parts: Iterable[str]) -> Self:
        """The words, as English lists them."""
        taken = tuple(parts)
        made = super().__new__(cls, " and ".join(one for one in (", ".join(taken[:-1]), *taken[-1:]) if one))
        made.parts = taken
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.parts,)


_MADE = (Sentence, Joined, Listed)


def _made(kind: type[Sentence], template: str, values: Mapping[str, object]) -> Sentence:
    return kind(template, **values)


@dataclass(frozen=True)
class _Found:
    """A text that fits, and how many of its letters are those of templates."""

    text: str
    weight: int


class Templates:
    """The templates of kept sentences, and of the words within them, by which they are found again."""

    def __init__(self, sentences: Iterable[str], words: Iterable[str] = ()) -> None:
        self._sentences = [_Template(one) for one in dict.fromkeys(sentences)]
        self._words = [_Template(one) for one in dict.fromkeys(words)]

    def again(self, text: str) -> str | None:
        """The sentence that has this text, or the sentences that were put together to it; None where no template fits.

        Of several templates that fit, it is the one with the most letters of its own. Its text is the same, sign by sign.
        """
        found = _Search(self._sentences, self._words).put_together(text) if len(text) <= _LONGEST else None
        return found.text if found is not None else None


class _Search:
    """Looks for one text, and at no part of it twice."""

    def __init__(self, sentences: Sequence[_Template], words: Sequence[_Template]) -> None:
        self._sentences, self._words = sentences, words
        self._ones: dict[tuple[str, type[Sentence]], _Found | None] = {}
        self._several: dict[str, _Found | None] = {}

    def put_together(self, text: str) -> _Found | None:
        """The sentences that were put together to the text; one alone where it is one."""
        if text not in self._several:
            self._several[text] = self._put_together(text)
        return self._several[text]

    def _put_together(self, text: str) -> _Found | None:
        """The text taken apart between its sentences in the way in which most of its letters are those of templates."""
        ends = [match.span() for match in _BETWEEN.finditer(text)]
        if len(ends) >= _MOST_PARTS:
            return None
        best: list[tuple[int, tuple[tuple[int, int], ...], tuple[str, ...]] | None] = [(0, (), ())]
        for number, (end, _next) in enumerate([*ends, (len(text), 0)], start=1):
            best.append(None)
            for earlier in range(number):
                before = best[earlier]
                begin = ends[earlier - 1][1] if earlier else 0
                one = self._one(text[begin:end], KeptSentence) if before is not None else None
                if before is None or one is None:
                    continue
                weight = before[0] + one.weight
                so_far = best[number]
                if so_far is None or weight > so_far[0]:
                    spans = (*before[1], ends[earlier - 1]) if earlier else before[1]
                    best[number] = (weight, spans, (*before[2], one.text))
        found = best[-1]
        if found is None:
            return None
        weight, spans, parts = found
        return _Found(_joined(parts, [text[begin:end] for begin, end in spans]), weight)

    def _one(self, text: str, kind: type[Sentence]) -> _Found | None:
        if (text, kind) not in self._ones:
            self._ones[text, kind] = self._fitting(text, kind)
        return self._ones[text, kind]

    def _fitting(self, text: str, kind: type[Sentence]) -> _Found | None:
        templates = self._words if kind is KeptWord else self._sentences
        fitting = [found for template in templates if (found := self._filled(template, text, kind)) is not None]
        most = max((found.weight for found in fitting), default=0)
        heaviest = [found for found in fitting if found.weight == most]
        return heaviest[0] if len(heaviest) == 1 else None

    def _listed(self, text: str) -> str:
        """The words of a list, each found again where it is one of ours."""
        whole = self._one(text, KeptWord)
        if whole is not None:
            return whole.text
        before, found, last = text.rpartition(" and ")
        if found and " and " not in before and ", " not in last:
            listed = Listed(map(self._word, (*before.split(", "), last)))
            return listed if listed == text else text
        parts = text.split(", ")
        return Joined(", ", map(self._word, parts)) if len(parts) > 1 else text

    def _word(self, text: str) -> str:
        found = self._one(text, KeptWord)
        return text if found is None else found.text

    def _filled(self, template: _Template, text: str, kind: type[Sentence]) -> _Found | None:
        raw = template.values(text)
        if raw is None:
            return None
        values: dict[str, str] = {}
        weight = template.weight
        for name, value in raw.items():
            values[name] = value
            if name.endswith("_words"):
                values[name] = self._listed(value)
            elif name.endswith("_text") and value:
                inner = self.put_together(value)
                if inner is None:
                    return None
                values[name] = inner.text
                weight += inner.weight
        return _Found(kind(template.template, **values), weight)


class _Template:
    """One template, taken apart at the places of its values."""

    def __init__(self, template: str) -> None:
        self.template = template
        parts = _PLACE.split(template)
        self._fixed = [part.replace("%%", "%") for part in parts[::2]]
        self._names = parts[1::2]
        self.weight = sum(map(len, self._fixed)) + 1

    def values(self, text: str) -> dict[str, str] | None:
        """The values in the text; None where it does not fit, or fits in several ways."""
        fixed, names = self._fixed, self._names
        begin, end = len(fixed[0]), len(text) - len(fixed[-1])
        if not names:
            return {} if text == fixed[0] else None
        if begin > end or not text.startswith(fixed[0]) or not text.endswith(fixed[-1]):
            return None
        places = self._places(text, begin, end)
        if places is None:
            return None
        begins = [begin, *(place + len(part) for place, part in zip(places, fixed[1:-1], strict=True))]
        values: dict[str, str] = {}
        for name, first, last in zip(names, begins, [*places, end], strict=True):
            if values.setdefault(name, text[first:last]) != text[first:last]:
                return None
        return values

    def _places(self, text: str, begin: int, end: int) -> list[int] | None:
        """Where the parts between the values stand: as far left as they can, where that is as far right as they can."""
        left: list[int] = []
        at = begin
        for part in self._fixed[1:-1]:
            left.append(text.find(part, at, end))
            if left[-1] < 0:
                return None
            at = left[-1] + len(part)
        at = end
        for part, place in zip(reversed(self._fixed[1:-1]), reversed(left), strict=True):
            at = text.rfind(part, begin, at)
            if at != place:
                return None
        return left


def _joined(parts: tuple[str, ...], between: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    if len(set(between)) == 1:
        return Joined(between[0], parts)
    return Joined("", [one for pair in zip(parts, [*between, ""], strict=True) for one in pair if one])
