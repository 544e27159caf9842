"""How texts are brought to a common form for search: case, accents, punctuation and the spelling of numbers do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST_SEARCHED = 300
"""Letters of one text that can be found; what is longer is no name, and its parts would be too many."""

SHORTEST_INSIDE = 3
"""Letters or digits that a word must have to be found in the middle of another: "plus" in "Uplus", "408" in "0408"."""

_PART = re.compile(r"[^\W\d_]+|\d+")
_NUMBER_SLOT = re.compile(r"OCA\.(\d{4})\.")
_NUMBER_ROLE = re.compile(r"\.(CSMS|CS)$")
_PROTOCOLS = {"0016": "OCPP 1.6", "0201": "OCPP 2.0.1", "0210": "OCPP 2.1"}


def fold(text: str) -> str:
    """`text` without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", decomposed) if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", plain)


def query_words(text: str) -> tuple[str, ...]:
    """The words that a search asks for, each without its punctuation; a word of punctuation alone asks for nothing."""
    found = ("".join(letter for letter in word if letter.isalnum()) for word in fold(text).split())
    return tuple(dict.fromkeys(word for word in found if word))


def search_text(texts: Iterable[str | None]) -> str:
    """What a query's words are looked for in: each word of `texts`, freed of punctuation, from each place on where a part of it begins.

    A part ends at punctuation and between letters and digits: "OCA.0016.0408.CS" gives ` oca00160408cs 00160408cs 0408cs cs`, so that
    it is found as "oca 0016 0408", "0016.0408" and "0408-CS". A blank stands before every one (see `begins_a_part`).
    """
    found: dict[str, None] = {}
    for text in texts:
        for word in fold((text or "")[:LONGEST_SEARCHED]).split():
            parts = _PART.findall(word)
            found.update(dict.fromkeys("".join(parts[begin:]) for begin in range(len(parts))))
    return "".join(f" {word}" for word in found)


def begins_a_part(word: str) -> bool:
    """Whether `word` of a query is only meant where a part begins: a "1" in the middle of a number is not what anybody looks for."""
    return len(word) < SHORTEST_INSIDE


def product_key(holder: str | None, designation: str | None, role: str | None, protocol: str | None) -> str | None:
    """Alike for all certificates that may be of one product, however it is spelt; None where too little is known to say.

    Holders are not part of it: two spellings of one company have nothing in common that could be looked up.
    """
    if not holder or not designation:
        return None
    letters = "".join(letter for letter in designation.casefold() if letter.isalnum())
    return f"{role or ''} {protocol or ''} {letters}"


def protocol_of(number: str | None) -> str | None:
    """The protocol that a certificate number says, as "OCPP 1.6"; None where it says none that is known."""
    slot = _NUMBER_SLOT.search(number or "")
    return _PROTOCOLS.get(slot.group(1)) if slot else None


def role_of(number: str | None) -> str | None:
    """The role that a certificate number says: `CS` or `CSMS`."""
    suffix = _NUMBER_ROLE.search(number or "")
    return suffix.group(1) if suffix else None
