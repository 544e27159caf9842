"""Takes back what was read from letters that the reader itself is not sure of. Pure.

A closed vocabulary is its own witness: "Pass" in a column of results is "Pass", however faint it was printed. Everything else
that touches a doubtful word is left unread, and so is every disagreement that rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from unicodedata import bidirectional

from ingest.grammar.features import is_list_of_known
from ingest.page import Page, Word
from registry.certificates.facts import Box, CertificateFacts, FieldState, Finding, Provenance, Severity
from registry.certificates.paths import values, with_values

_CLOSED = frozenset({"kind", "product_type", "protocol", "role", "communication"})
_OF_SENTENCES = frozenset({"errata", "reference_specification"})
_UNKNOWN = "\ufffd"
_LATIN = re.compile(r"[A-Za-z]")
_LOOKS_LATIN = re.compile(r"[\u0370-\u03a8\u03b1-\u03bb\u03bd-\u052f]")
"""Greek and Cyrillic letters but for those of units, ohm and mu."""
_ALL_LOOK_LATIN = re.compile(
    "[\u0391\u0392\u0395-\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u0405\u0406\u0408\u0410\u0412\u0415\u041a\u041c-\u041e\u0420-\u0422\u0425\\W\\d]+"
)
"""Their capitals that are Latin ones to the eye: nobody sees which a word of these alone is made of."""
RULE = "letters-not-certain"


def doubtful_fields(facts: CertificateFacts, fields: Sequence[Provenance], pages: Sequence[Page]) -> frozenset[str]:
    """Paths of the values that were read from doubtful words. A list of names that the vocabulary has is in no doubt."""
    unknown = frozenset(path for path, value in values(facts).items() if isinstance(value, str) and _UNKNOWN in value)
    doubted = {page.number: list(_doubted_words(page)) for page in pages}
    if not any(doubted.values()):
        return unknown
    known = {path for path, value in values(facts).items() if isinstance(value, str) and is_list_of_known(value)}
    return unknown | frozenset(
        entry.field
        for entry in fields
        if entry.state in (FieldState.READ, FieldState.NOT_APPLICABLE, FieldState.DECLARED_EMPTY)
        and entry.field not in _CLOSED
        and entry.field not in known
        and not entry.field.startswith("profiles.")
        and any(_is_in(word, line, entry) for word, line in doubted.get(entry.page or 0, ()))
    )


def _doubted_words(page: Page) -> Iterator[tuple[Word, int | None]]:
    """The words of which the reader is not sure, with the line of the file of their cell."""
    for line in page.lines:
        for cell in line.cells:
            yield from ((word, cell.line) for word in cell.words if not word.sure or _is_of_two_scripts(word) or _runs_left(word))


def _is_of_two_scripts(word: Word) -> bool:
    """Whether Latin letters stand in one word with Greek or Cyrillic ones, or all its letters are such as look the same."""
    if _LOOKS_LATIN.search(word.text) is None:
        return False
    return _LATIN.search(word.text) is not None or _ALL_LOOK_LATIN.fullmatch(word.text) is not None


def _runs_left(word: Word) -> bool:
    """Whether the word runs from right to left on a page: there its letters are known by their places, in no order of reading."""
    return word.box is not None and any(bidirectional(letter) in ("R", "AL") for letter in word.text)


def _is_in(word: Word, line: int | None, entry: Provenance) -> bool:
    """Whether the value was read from the word: by its place on the page, or where there are no boxes on its line of the file."""
    if word.box is not None and entry.box is not None:
        # Of a sentence over two lines, the box around a part holds other words, too.
        elsewhere = entry.field in _OF_SENTENCES and entry.raw is not None and word.text.strip("(),.") not in entry.raw
        return _touch(word.box, entry.box) and not elsewhere
    return line is not None and line == entry.line and word.text in (entry.raw or "")


def _touch(one: Box, two: Box) -> bool:
    """Whether the middle of the first box lies in the second."""
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    return two[0] <= x <= two[2] and two[1] <= y <= two[3]


def without_doubtful(
    facts: CertificateFacts, fields: Sequence[Provenance], doubtful: frozenset[str]
) -> tuple[CertificateFacts, tuple[Provenance, ...]]:
    """The facts and fields with those values unread."""
    if not doubtful:
        return facts, tuple(fields)
    left = tuple(replace(entry, state=FieldState.UNREAD, rule=RULE) if entry.field in doubtful else entry for entry in fields)
    return with_values(facts, dict.fromkeys(doubtful)), left


def without_accusations(findings: Sequence[Finding], doubtful: frozenset[str]) -> tuple[Finding, ...]:
    """The findings without those that rest on doubtful values; notes accuse nobody and stay."""
    return tuple(found for found in findings if found.severity is Severity.NOTE or not doubtful.intersection(found.fields))
