"""The normal forms in which names are compared: a difference of case or layout is none, any other is one."""

from __future__ import annotations

import json
import re
import unicodedata
from enum import Enum
from functools import cache, lru_cache
from math import ceil
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).parents[2] / "data" / "vocabulary" / "words.json"

CUT_AT = 20
"""chargePointModel and chargePointVendor are CiString20Type (OCPP 1.6 6.3): what a station says of itself arrives cut."""

_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_UNSEEN = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Soft hyphens, blanks of no width and marks of direction, which come along from pages that are copied."""
TRADE_MARKS = str.maketrans("", "", "™℠®©℗")
"""Signs that are no part of a name. Compatibility forms would make letters of two of them."""

STROKED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
"""Small letters that have no accent to leave out, as names without them are written."""

_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_NO_WORD = re.compile(r"[^\w&]+")
_STEM = re.compile(r"[^\W_]+")
_INITIALLED = 4
"""Letters of a word that an abbreviation does not leave out, as it may "of" and "the"."""
_SHORTEST_STEM = 4
_SHORTEST_STEM_WITH_A_FIGURE = 3
_SHORTEST_SHARED = 4
_SHARED_SHARE = 0.6
_CACHED = 1 << 17


class Same(Enum):
    """Whether two spellings mean the same."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@lru_cache(_CACHED)
def text(value: str) -> str:
    """Without regard to case, the number of blanks, the width of letters, the kind of dash, trade marks and signs that are not seen."""
    plain = unicodedata.normalize("NFKC", value.translate(TRADE_MARKS))
    return " ".join(_DASHES.sub("-", _UNSEEN.sub("", plain)).casefold().split())


def unaccented(plain: str) -> str:
    """Small letters without accents and strokes: accents of Latin letters alone, as in other scripts such signs make other letters."""
    if plain.isascii():
        return plain
    kept: list[str] = []
    is_latin = False
    for letter in unicodedata.normalize("NFD", plain):
        if unicodedata.category(letter) != "Mn":
            is_latin = letter.isascii() or letter in "łøđħŧıæœðþ"
        elif is_latin:
            continue
        kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept)).translate(STROKED)


@lru_cache(_CACHED)
def bare(value: str) -> str:
    """Letters and figures alone, without case and accents."""
    return "".join(letter for letter in unaccented(text(value)) if letter.isalnum())


@cache
def _vocabulary() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_WORDS.read_text(encoding="utf-8"))
    return found


@cache
def _legal_forms() -> frozenset[str]:
    return frozenset(map(unaccented, _vocabulary()["legal_forms"]))


@cache
def _forms_in_brackets() -> frozenset[str]:
    return _legal_forms().union(_vocabulary()["company_brackets"]["forms"])


@cache
def _places() -> frozenset[str]:
    return frozenset(_vocabulary()["company_brackets"]["places"])


@cache
def _before_another_name() -> frozenset[str]:
    return frozenset(_vocabulary()["company_brackets"]["names_follow"])


@lru_cache(_CACHED)
def company_words(name: str) -> tuple[str, ...]:
    """The words of a company's name, without accents, its legal form and what stands in brackets."""
    plain = unaccented(text(name))
    words = _words(_IN_BRACKETS.sub(" ", plain)) or _words(plain)
    kept = tuple(word for word in words if word not in _legal_forms())
    while kept and kept[-1] == "&":
        kept = kept[:-1]
    return kept or words


def _words(plain: str) -> tuple[str, ...]:
    """The words of a text; single letters that follow one another are one word, as in "B.V." and "S. A."."""
    words: list[str] = []
    of_letters = False
    for word in _NO_WORD.sub(" ", plain).split():
        is_letter = len(word) == 1 and word.isalpha()
        if is_letter and of_letters:
            words[-1] += word
        else:
            words.append(word)
        of_letters = is_letter
    return tuple(words)


@lru_cache(_CACHED)
def apart(name: str) -> frozenset[str]:
    """The words of a company's name that may tell it from another company with the same `company_words`."""
    inner = _without_forms(_words(_IN_BRACKETS.sub(" ", unaccented(text(name)))))
    return apart_in_brackets(name).union(word for word in inner if word in _legal_forms())


def _without_forms(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the legal forms that stand where such forms do: in "NV Charging Ltd." the first word is a part of the name."""
    if not words:
        return words
    begin = (words[0] in _vocabulary()["legal_forms_in_front"]) or ([words[0], words[-1]] in _vocabulary()["legal_forms_around"])
    end = next((place for place in range(len(words), 0, -1) if words[place - 1] not in (*_legal_forms(), "&")), 0)
    return words[begin:end]


@lru_cache(_CACHED)
def apart_in_brackets(name: str) -> frozenset[str]:
    """The words in the brackets of a company's name that may tell it from another company of that name: a place, as a rule.

    In the OCA's list of August 2026, five names of 186 have brackets: "(ITE)" and "(KERI)" abbreviate what stands before them, two tell
    the company's former name, and "(Shenzhen)" is a place. Only of such a place there may be two companies, a parent and its subsidiary,
    and what one of them had certified says nothing of what the other made. So what merely says the name again, or a legal form, counts for
    nothing; anything else counts, also where the other name has no brackets.
    """
    outside = _words(_IN_BRACKETS.sub(" ", unaccented(text(name))))
    inside = (_words(found) for found in _IN_BRACKETS.findall(unaccented(text(name))))
    telling = (words for words in inside if words and words[0] not in _before_another_name() and not _abbreviates(words, outside))
    return frozenset(word for words in telling for word in words if word not in _forms_in_brackets())


def _abbreviates(words: tuple[str, ...], outside: tuple[str, ...]) -> bool:
    """Whether the one word is of the first letters of the words outside, of all or of the long ones, and is not short for a place: what
    "Smart Grid (SG)" means cannot be told.
    """
    if len(words) != 1 or len(words[0]) == 1 or words[0] in _places():
        return False
    named = [word for word in outside if word not in _legal_forms()]
    long = [word for word in named if len(word) >= _INITIALLED]
    return words[0] in ("".join(word[0] for word in named), "".join(word[0] for word in long))


def same_company(one: str, other: str) -> Same:
    """Whether two names are one company's; UNCLEAR where what they differ in may tell two companies: what stands in brackets, a legal form
    that stands where none does (`apart`), or two legal forms of which one company has but one, as GmbH and Inc.
    """
    if not company(one) or company(one) != company(other):
        return Same.NO
    return Same.UNCLEAR if forms_contradict(one, other) or apart(one) != apart(other) else Same.YES


def forms_contradict(one: str, other: str) -> bool:
    """Whether two names have legal forms of which one company has but one, and not the same, as GmbH and Inc."""
    forms, others = forms_that_differ(one), forms_that_differ(other)
    return bool(forms) and bool(others) and forms.isdisjoint(others)


@lru_cache(_CACHED)
def forms_that_differ(name: str) -> frozenset[str]:
    """The legal forms in a name of which a company has but one, each in its first spelling; "GmbH & Co. KG" has two that go together."""
    words = _words(_IN_BRACKETS.sub(" ", unaccented(text(name))))
    return frozenset(spellings[0] for spellings in _vocabulary()["legal_forms_that_differ"] if not set(words).isdisjoint(spellings))


@lru_cache(_CACHED)
def company(name: str) -> str:
    """Alike for all spellings of one company; empty for what holds no letter."""
    return "".join(company_words(name))


@lru_cache(_CACHED)
def stem(name: str) -> str:
    """The first run of letters and figures of a name: "lecs007" of "LECS007-1CH02CW"."""
    found = _STEM.search(text(name))
    return found[0] if found else ""


def same_family(one: str, other: str) -> bool:
    """Whether two models look like members of one family: they begin alike. A few letters are what all of a company's models have."""
    first = stem(one)
    if first == stem(other) and len(first) >= (_SHORTEST_STEM_WITH_A_FIGURE if any(map(str.isdigit, first)) else _SHORTEST_STEM):
        return True
    left, right = bare(one), bare(other)
    shorter = min(len(left), len(right))
    shared = max(_SHORTEST_SHARED, ceil(_SHARED_SHARE * shorter))
    return shorter >= shared and left[:shared] == right[:shared]
