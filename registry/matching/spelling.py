"""How a product's name may be misspelt, or written in other letters than certificates are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.matching.names import CUT_AT, bare, company, text

_SHORTEST = 4
"""Letters and figures of a name below which another letter is another name."""

_LONGEST_NAME = 12
"""Parts of a name that are looked at in all their runs."""

_RUN = re.compile(r"[^\W_]+")
_CACHED = 1 << 15


def may_be_product(one: str, other: str) -> bool:
    """Whether two names may be one product's, written otherwise: with other signs, with more around it, cut, or with a letter wrong."""
    left, right = bare(one), bare(other)
    contains = left in parts_of(other) or right in parts_of(one)
    return left == right or contains or text(one) in cuts_of(other) or text(other) in cuts_of(one) or is_one_letter_apart(left, right)


def may_be_company(one: str, other: str) -> bool:
    """Whether two names that share no words may be one company's: cut, with a letter wrong, or one of them in other letters than Latin."""
    if text(one) in cuts_of(other) or text(other) in cuts_of(one) or is_one_letter_apart(company(one), company(other)):
        return True
    return is_in_other_letters(one) != is_in_other_letters(other)


def parts_of(name: str) -> list[str]:
    """All runs of parts of a name, bare, but the name itself: a part touches neither letter nor figure."""
    parts = _RUN.findall(text(name))[:_LONGEST_NAME]
    runs = ("".join(parts[begin:end]) for begin in range(len(parts)) for end in range(begin + 1, len(parts) + 1))
    return [run for run in dict.fromkeys(runs) if run != bare(name)]


def cuts_of(name: str) -> tuple[str, ...]:
    """The first 20 letters of a name, as text, counted as it is written and as text; none of a name that has no more."""
    plain = " ".join(name.split())
    return tuple(dict.fromkeys((text(plain[:CUT_AT]), text(name)[:CUT_AT].strip()))) if len(plain) > CUT_AT else ()


def one_letter_apart(name: str, among: Sequence[str]) -> Iterator[str]:
    """Those of the bare names that `name`, a bare one too, may be a misspelling of (`is_one_letter_apart`)."""
    if len(name) >= _SHORTEST:
        near = process.extract(name, among, scorer=OSA.distance, score_cutoff=1, limit=None)
        yield from (other for other, _, _ in near if is_one_letter_apart(name, other))


def is_one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing, too many or changed places with its neighbour; a letter for a figure is wrong too, as O for 0.

    Where only figures differ it is not: they tell the members of a range apart, and "AC7-2" is no misspelt "AC7-1".
    """
    if one == other or min(len(one), len(other)) < _SHORTEST - 1:
        return False
    begin = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[begin:], other[begin:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    has_changed_places = len(left) == 2 and left == right[::-1]
    return (has_changed_places or max(len(left), len(right)) == 1) and not (left + right).isdecimal()


@lru_cache(_CACHED)
def is_in_other_letters(vendor: str, model: str = "") -> bool:
    """Whether one of the names has letters that are not Latin, in which the OCA writes its list: "에이프로" may be on it as "A-Pro"."""
    letters = filter(str.isalpha, company(vendor) + bare(model))
    return not all(letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ") for letter in letters)
