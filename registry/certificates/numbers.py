"""Certificate numbers as people write them, in a cell or a message, brought to the form in which certificates have them.

A family member's number begins with F and figures, a white label's with W and figures: each is a certificate of its own, and not the
original's. A revision stands behind the number. What a document prints is read more strictly, by `ingest.numbers`.
"""

from __future__ import annotations

import re

_GAP = r"[.\s_-]*"
_WRITTEN = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<prefix>[A-Za-z]\d{{1,3}})\s*(?:[._-]\s*)?)?OCA{_GAP}(?P<slot>\d{{4}}){_GAP}(?P<serial>\d{{4,6}})"
    rf"{_GAP}(?P<role>CSMS|CS)(?![A-Za-z0-9])"
    r"(?:\s*[-–—(,]?\s*(?P<revision>(?:update|revision|rev)[-. ]?(?:\d{4}-\d{2}-\d{2}|\d{1,3})(?![\w-])))?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[-. ]+")
_NAMED = re.compile(r"(\S+\.(?:CSMS|CS)) \S+")


def named_in(words: str) -> tuple[str, ...]:
    """The certificates that `words` name, each once: the number, and the revision after a blank where one is written.

    A letter before the number that is neither F nor W stands for nothing that is known: such a number is left out.
    """
    found: dict[str, None] = {}
    for match in _WRITTEN.finditer(words):
        prefix = (match["prefix"] or "").upper()
        if prefix[:1] in ("", "F", "W"):
            number = ".".join(part for part in (prefix, "OCA", match["slot"], match["serial"], match["role"].upper()) if part)
            found[name(number, match["revision"])] = None
    return tuple(found)


def name(number: str, revision: str | None) -> str:
    """A number with its revision, in one form for all spellings of the revision."""
    return f"{number} {_BETWEEN.sub('-', revision.strip().casefold())}" if revision else number


def number_of(named: str) -> str:
    """The number of what `named_in` gives, without the revision; anything else as it is."""
    match = _NAMED.fullmatch(named)
    return match[1] if match else named
