"""How a product's name may be misspelt, or written in other letters than certificates are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from registry.matching.names import bare, company

_SHORTEST = 4
"""Letters and figures of a name below which another letter is another name."""

_CACHED = 1 << 15


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
def is_in_other_letters(vendor: str, model: str) -> bool:
    """Whether a name has letters that are not Latin, in which the OCA writes its list: "에이프로" may well be on it, as "A-Pro"."""
    letters = filter(str.isalpha, company(vendor) + bare(model))
    return not all(letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ") for letter in letters)
