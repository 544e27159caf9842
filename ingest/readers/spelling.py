"""Known long words that OCR misspells in one way only: their own letters, some taken for others that look alike. Pure.

`AllowOfflineTxForUnknownld` can be nothing but the configuration key whose name it almost is. The same holds for the parts of a
certificate number, where it is settled which places have letters and which have figures. Nothing else is ever respelled.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from ingest.vocabulary import configuration_key_types, profile_identifiers, vocabulary

_LEAST = 6
"""Letters that a word must have, for its shape to be its own."""
_ALIKE = (
    (re.compile(r"[Il1|!i\]\[j]+"), "l"),
    (re.compile(r"[O0oQ]"), "0"),
    (re.compile(r"[S5s]"), "5"),
    (re.compile(r"[B8]"), "8"),
    (re.compile(r"[Z2z]"), "2"),
    (re.compile(r"rn"), "m"),
    (re.compile(r"vv"), "w"),
    (re.compile(r"[cC]"), "c"),
    (re.compile(r"[,;:]$"), ""),
)
_FIGURES = str.maketrans("OoQDIl|]iZzSsB", "00001111122558")
_FIGURE = r"[0-9OoQDIl|\]iZzSsB]"
_NUMBER = re.compile(
    rf"(?:(?P<prefix>[FW])(?P<version>{_FIGURE}{{2}})[.,])?[O0Q][C¢G]A[.,](?P<slot>{_FIGURE}{{4}})[.,](?P<serial>{_FIGURE}{{4}})[.,]"
    r"(?P<role>C[S5]M[S5]|C[S5])(?P<rest>[.,;:)]?)"
)


def respelled(text: str) -> str:
    """The word as it must have been printed: itself, unless it is one known word but for letters that look alike."""
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return _number(number)
    if "," in text.strip(","):
        return ",".join(_known(item) for item in text.split(","))
    return _known(text)


def is_known(text: str) -> bool:
    """Whether the word, or each of its parts between commas, is a long known word."""
    items = [item for item in text.split(",") if item]
    return bool(items) and all(len(item) >= _LEAST and item in _words() for item in items)


def _number(match: re.Match[str]) -> str:
    prefix = f"{match['prefix']}{match['version'].translate(_FIGURES)}." if match["prefix"] else ""
    slot, serial = (match[name].translate(_FIGURES) for name in ("slot", "serial"))
    return f"{prefix}OCA.{slot}.{serial}.{match['role'].replace('5', 'S')}{match['rest']}"


def _known(text: str) -> str:
    if len(text) < _LEAST or text in _words():
        return text
    end = text[-1] if text[-1] in ",;:" else ""
    found = _shapes().get(_shape(text), ())
    return found[0] + end if len(found) == 1 else text


@cache
def _shape(text: str) -> str:
    """The word with each letter replaced by what stands for all that look like it."""
    for pattern, letter in _ALIKE:
        text = pattern.sub(letter, text)
    return text


@cache
def _words() -> frozenset[str]:
    tables = vocabulary("tables")
    lists: Iterable[Iterable[str]] = (
        configuration_key_types(),
        profile_identifiers().values(),
        *(tables[name] for name in ("list_values", "cipher_suites", "feature_items")),
    )
    return frozenset(word for words in lists for word in words if len(word) >= _LEAST and " " not in word)


@cache
def _shapes() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(_words()):
        found[_shape(word)].append(word)
    return {shape: tuple(words) for shape, words in found.items()}
