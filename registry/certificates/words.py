"""How texts are brought to a common form for search: case, accents, punctuation and the spelling of numbers do not count."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path

from registry.matching.names import STROKED, TRADE_MARKS, apart, company_words

LONGEST_SEARCHED = 300
"""Letters of one text that can be found; what is longer is no name, and its parts would be too many."""

SHORTEST_INSIDE = 3
"""Letters or digits that a word must have to be found in the middle of another: "plus" in "Uplus", "408" in "0408"."""

LONGEST_PART = 300
"""Letters of one looked-up word: folding may make many letters of one, and PostgreSQL holds no lexeme of more than 2046 bytes."""

MOST_SEARCHED = 60_000
"""Letters of all that one entry is found by: a tsvector may have a megabyte at most."""

SHORTEST_SPELT, LONGEST_SPELT = 4, 40
"""Letters of a word that is taken for one that may be misspelt."""

LONGEST_SLUG = 200
LONGEST_KEY = 300

_VOCABULARY = Path(__file__).parents[2] / "data" / "vocabulary" / "words.json"
_FIGURED = 6
_FREQUENT = 10_000
_SPELT_NUMBER_BEGINS = re.compile(r"oca\d")
_SPELT_NUMBER = re.compile(r"\W*[o0]ca[\W_]*([0-9oil]{1,4})[\W_]+([0-9oil]{1,4})(?:[\W_]*(csms|cs))?\W*")
_FIGURES = str.maketrans("oil", "011")
_RUN = re.compile(r"[^\W_]+")
_PART = re.compile(r"[^\W\d_]+|\d+")
_NUMBER_SLOT = re.compile(r"OCA\.(\d{4})\.")
_NUMBER_ROLE = re.compile(r"\.(CSMS|CS)$")
_PROTOCOLS = {"0016": "OCPP 1.6", "0201": "OCPP 2.0.1", "0210": "OCPP 2.1"}


def fold(text: str) -> str:
    """`text` without case, accents, strokes and trade marks."""
    if text.isascii():
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text.translate(TRADE_MARKS)).casefold()
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", decomposed) if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", plain).translate(STROKED)


def query_words(text: str) -> tuple[str, ...]:
    """The words that a search asks for, each without its punctuation; a word of punctuation alone asks for nothing.

    A certificate number with its parts apart is one word, with zeros before and letters for figures as people copy them: "OCA 16 408".
    """
    plain = fold(text)
    if number := _SPELT_NUMBER.fullmatch(plain):
        slot, serial = (part.translate(_FIGURES).zfill(4) for part in number.group(1, 2))
        return (f"oca{slot}{serial}{number[3] or ''}",)
    found = ("".join(letter for letter in word if letter.isalnum()) for word in plain.split())
    return tuple(dict.fromkeys(word for word in found if word))


def search_text(texts: Iterable[str | None]) -> str:
    """What a query's words are looked for in: each word of `texts`, freed of punctuation, from each place on where a part of it begins.

    A part ends at punctuation and between letters and digits: "OCA.0016.0408.CS" gives ` oca00160408cs 00160408cs 0408cs cs`, so that
    it is found as "oca 0016 0408", "0016.0408" and "0408-CS". A blank stands before every one (see `begins_a_part`).
    """
    found: dict[str, None] = {}
    for text in texts:
        for word in fold((text or "")[:LONGEST_SEARCHED]).split():
            found.update(dict.fromkeys(_from_each_part(word)))
    return "".join(f" {word}" for word in found)[:MOST_SEARCHED].rstrip()


@lru_cache(maxsize=_FREQUENT)
def _from_each_part(word: str) -> tuple[str, ...]:
    """Kept, as entries have most words in common with others."""
    parts = _PART.findall(word)
    return tuple("".join(parts[begin:])[:LONGEST_PART] for begin in range(len(parts)))


def is_spelt(word: str) -> bool:
    """Whether `word` of a search may be a name with a wrong letter: letters alone, or a part number; never a number or a version."""
    if not SHORTEST_SPELT <= len(word) <= LONGEST_SPELT or _SPELT_NUMBER_BEGINS.match(word):
        return False
    return word.isalpha() or (len(word) >= _FIGURED and word[:2].isalpha())


def spelt_words(searched: str) -> set[str]:
    """The words of a `search_text` that a misspelt one may have meant."""
    return {word for word in searched.split() if is_spelt(word)}


@cache
def legal_forms() -> frozenset[str]:
    """The words of a company's name that say what kind of company it is: "ltd", "gmbh"."""
    return frozenset(json.loads(_VOCABULARY.read_text(encoding="utf-8"))["legal_forms"])


def slug(text: str | None) -> str | None:
    """`text` as it stands in an address, alike for all of its spellings: letters and figures, small, with a dash between words."""
    return "-".join(_RUN.findall(fold(text or "")))[:LONGEST_SLUG] or None


def company_slug(name: str | None) -> str | None:
    """As `slug`, of a company's name without its legal form: "AHA Co., Ltd" and "AHA" are one."""
    runs = _RUN.findall(fold(name or ""))
    return slug(" ".join([run for run in runs if run not in legal_forms()] or runs))


def runs(text: str) -> tuple[str, ...]:
    """The runs of letters and figures in `text`, without case and accents: "E&H-energy" has three."""
    return tuple(_RUN.findall(fold(text)))


def company_runs(name: str) -> tuple[str, ...]:
    """As `runs`, of a company's name without its legal form and what stands in brackets."""
    return tuple(run for word in company_words(name) for run in _RUN.findall(word))


def company_key(name: str | None) -> str:
    """By what entries are looked up that may be one company's: alike for all that `registry.matching.names.company` takes for one, and for
    such as differ in signs besides. Empty for none.
    """
    return "".join(company_runs(name or ""))[:LONGEST_KEY]


def apart_key(name: str | None) -> str:
    """What may tell a company from another with the same `company_key`, as its place in brackets: alike where two names have the same of
    that. Empty for most.
    """
    return " ".join(sorted(apart(name or "")))[:LONGEST_KEY]


def begins_a_part(word: str) -> bool:
    """Whether `word` of a query is only meant where a part begins: a "1" in the middle of a number is not what anybody looks for."""
    return len(word) < SHORTEST_INSIDE


def product_key(holder: str | None, designation: str | None, role: str | None, protocol: str | None) -> str | None:
    """Alike for all certificates that may be of one product, however it is spelt; None where too little is known to say.

    Holders are not part of it: two spellings of one company have nothing in common that could be looked up. What is too long for an index
    ends in its SHA-256: that no two are alike that are not.
    """
    if not holder or not designation:
        return None
    letters = "".join(letter for letter in designation.casefold() if letter.isalnum())
    key = f"{role or ''} {protocol or ''} {letters}"
    return key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]} {sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def protocol_of(number: str | None) -> str | None:
    """The protocol that a certificate number says, as "OCPP 1.6"; None where it says none that is known."""
    slot = _NUMBER_SLOT.search(number or "")
    return _PROTOCOLS.get(slot.group(1)) if slot else None


def role_of(number: str | None) -> str | None:
    """The role that a certificate number says: `CS` or `CSMS`."""
    suffix = _NUMBER_ROLE.search(number or "")
    return suffix.group(1) if suffix else None
