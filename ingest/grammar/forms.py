"""Values of the annex's two forms: the summary of the test report, and the test configuration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ingest.grammar.annex import Annex
from ingest.grammar.parts import Parts
from ingest.grammar.stream import CUT, Chunk, Group, Mark, Place, by_lines, groups, settle
from ingest.grammar.values import Reading
from ingest.numbers import CLOCK, certificate_numbers, read_date
from ingest.page import CELL_BREAK, squeeze
from ingest.vocabulary import vocabulary

_OCTT = re.compile(r"(?<!\w)OCTT\s+\d(?:[.,]\d){1,2}\s+v?\d+(?:[.,]\d+){1,3}(?![\w.,]*\w)", re.IGNORECASE)
_SIGN = re.compile(r"\s?[)\]*†‡§¶¹²³⁰⁴-⁹]")
_LONG = 160
_NAMES = frozenset({"vendor_name", "model", "software_version", "test_laboratory"})
Readings = dict[str, list[Reading]]


def read_forms(annex: Annex, parts: Parts) -> Readings:
    """Every reading of every labelled value of the annex."""
    readings: Readings = {}
    found = [group for group in groups(annex.items) if any(mark.kind == "form" for mark in group.marks) or not group.marks]
    pairs = [pair for group in found for pair in settle(group) if pair[0].kind == "form"]
    off_line = [(mark, own) for mark, own in pairs if own and own[0].index != mark.index]
    # Values over their labels would be read one label too late; a typed value in the wrong place gives that away.
    kinds = [_typed(mark.name, own[0].text) for mark, own in off_line]
    orphan = any(not one.marks and two.marks for one, two in pairwise(found))
    shifted = False in kinds or (orphan and True not in kinds)
    for mark, own in pairs:
        if own and not (shifted and own[0].index != mark.index):
            _pair(readings, mark, own)
    for group in found:
        if len(group.marks) > 1 and not group.bound and group.chunks:
            _run(readings, group)
    _octt(readings, parts)
    return readings


def _typed(name: str, text: str) -> bool | None:
    words = vocabulary("words")
    if name == "communication":
        return communication(text) is not None
    if name == "device_under_test":
        return any(squeeze(text) == squeeze(word) for word in words["device_roles"])
    if name == "octt_version":
        return _OCTT.search(text) is not None
    return None


def communication(text: str) -> str | None:
    """JSON or SOAP, when the text is that."""
    known: list[str] = vocabulary("words")["communication"]
    return next((word for word in known if squeeze(word) == squeeze(text)), None)


def _pair(readings: Readings, mark: Mark, own: Sequence[Chunk]) -> None:
    """One label and the text beside it."""
    first = own[0]
    if mark.name == "communication":
        value = communication(first.text)
        if value:
            readings.setdefault(mark.name, []).append(Reading(value, first.place, "annex.label"))
        return
    if mark.name == "device_under_test":
        if _typed(mark.name, first.text):
            readings.setdefault(mark.name, []).append(Reading(first.text, first.place, "annex.label"))
        return
    if mark.name == "octt_version":
        return
    if _foreign(first.text) or _begins_with_label(mark.name, first.text):
        return
    if mark.name in _NAMES:
        # A line begun on purpose may hold an address, or another name.
        first, *rest = by_lines(own)
    else:
        rest = list(own[1:])
    extra = [chunk for chunk in rest if not _foreign(chunk.text)]
    joined = tuple(separator.join([first.text, *(chunk.text for chunk in extra)]) for separator in (" ", "")) if extra else ()
    readings.setdefault(mark.name, []).append(Reading(first.text, first.place, "annex.label", sure=not extra, alternatives=joined))


def _begins_with_label(name: str, text: str) -> bool:
    """Whether the text begins with a word of its own label: the border between the two was not found."""
    variants: list[str] = next((entry["variants"] for entry in vocabulary("labels")["annex"] if entry["field"] == name), [])
    words = {word.casefold() for variant in variants for word in variant.split() if len(word) >= 4}
    return text.split()[0].casefold() in words


def _foreign(text: str) -> bool:
    return (
        len(text) > _LONG or CLOCK.search(text) is not None or any(True for _ in certificate_numbers(text)) or read_date(text) is not None
    )


def _run(readings: Readings, group: Group) -> None:
    """Labels first, values after: one value for each label, the typed ones as witnesses that none is missing."""
    if len(group.chunks) != len(group.marks) or group.chunks[-1].text == CUT:
        return
    pairs = list(zip(group.marks, group.chunks, strict=True))
    checks = [_typed(mark.name, chunk.text) for mark, chunk in pairs]
    if False in checks or checks.count(True) < 1 or any(mark.kind != "form" for mark in group.marks):
        return
    for mark, chunk in pairs:
        _pair(readings, mark, [chunk])


def _octt(readings: Readings, parts: Parts) -> None:
    """The version of the test tool, which is recognised by itself."""
    for row in parts.annex_rows:
        text = row.text.replace(CELL_BREAK, " ")
        for match in _OCTT.finditer(text):
            if _SIGN.match(text, match.end()):
                # Its last figure may be that of a footnote.
                continue
            place = Place(row.page, row.line, match.start(), match.end())
            value = re.sub(r"(?<=\d),(?=\d)", ".", " ".join(match[0].split()))
            readings.setdefault("octt_version", []).append(Reading(value, place, "octt-version"))
