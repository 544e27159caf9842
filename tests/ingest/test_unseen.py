"""Renderings that nobody tuned the parser for: nothing is read wrong, and nearly everything is read.

A wrong value shown as read is the worst defect of this product; a value left unread is a small one. They are counted apart.
"""

from __future__ import annotations

import html
from collections import Counter, defaultdict

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import Extraction
from tests.ingest.comparing import ABOUT_THE_READING, Outcome, Result, compare, contradictions, true_findings
from tests.ingest.renderings import Document, corpus
from tests.ingest.typesetting import STYLES

MOST_UNREAD = {False: 0.03, True: 0.35}
"""The largest share of values that may be left unread: where the setting keeps together what belongs together, and where it does not."""


Readings = list[tuple[Document, Extraction]]


@pytest.fixture(scope="module")
def readings() -> Readings:
    """Every document of the corpus with what the parser makes of it."""
    return [(document, parse_document(document.data, document.name)) for document in corpus()]


@pytest.fixture(scope="module")
def results(readings: Readings) -> list[tuple[Document, Result]]:
    """What became of every value of every document."""
    return [(document, result) for document, extraction in readings for result in compare(document.truth, extraction.certificate)]


def table(results: list[tuple[Document, Result]]) -> str:
    """Right, unread and wrong per style."""
    counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for document, result in results:
        counts[document.style][result.outcome] += 1
    lines = [f"{'style':<20} {'right':>6} {'unread':>6} {'wrong':>6}"]
    for style, count in counts.items():
        lines.append(f"{style:<20} {count[Outcome.RIGHT]:>6} {count[Outcome.UNREAD]:>6} {count[Outcome.WRONG]:>6}")
    return "\n".join(lines)


def test_the_corpus_is_large_and_unlike(readings: Readings) -> None:
    assert len(readings) >= 120
    assert len({document.name for document, _ in readings}) == len(readings)
    assert len({document.style for document, _ in readings}) >= 8


def test_nothing_is_read_wrong(results: list[tuple[Document, Result]]) -> None:
    wrong = [
        f"{document.name}: {result.path} is {result.expected!r}, read as {result.actual!r}"
        for document, result in results
        if result.outcome == Outcome.WRONG
    ]
    assert not wrong, "\n".join([table(results), *wrong[:60]])


@pytest.mark.parametrize("hard", [False, True], ids=["usual settings", "settings that lose what belongs together"])
def test_nearly_everything_is_read(results: list[tuple[Document, Result]], hard: bool) -> None:
    styles = {style.name for style in STYLES if style.hard == hard}
    chosen = [(document, result) for document, result in results if document.style in styles]
    outcomes = Counter(result.outcome for _, result in chosen)
    unread = Counter((document.style, result.path.partition(".")[0]) for document, result in chosen if result.outcome == Outcome.UNREAD)
    share = outcomes[Outcome.UNREAD] / outcomes.total()
    assert share <= MOST_UNREAD[hard], f"{share:.1%} unread\n{table(chosen)}\n{unread.most_common(30)}"


def test_states_go_with_values_and_no_name_is_given_out(readings: Readings) -> None:
    found = [f"{document.name}: {line}" for document, extraction in readings for line in contradictions(extraction)]
    assert not found, "\n".join(found[:60])


def test_nobody_is_accused_wrongly(readings: Readings) -> None:
    """A finding that is not true is as bad as a wrong value; a true one may be missed only where its values were not read."""
    found = []
    for document, extraction in readings:
        must, may = true_findings(document.truth, document.data.decode("utf-8-sig"))
        reported = {finding.rule for finding in extraction.findings}
        found += [f"{document.name}: {rule} is reported and not true" for rule in reported - may - ABOUT_THE_READING]
        complete = all(result.outcome == Outcome.RIGHT for result in compare(document.truth, extraction.certificate))
        found += [f"{document.name}: {rule} is missing" for rule in must - reported if complete]
    assert not found, "\n".join(found[:60])


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def test_every_value_names_a_line_that_shows_it(readings: Readings) -> None:
    """At least the beginning of what was read stands in the named line; it may go on in the next."""
    found = []
    for document, extraction in readings:
        lines = [letters(line) for line in html.unescape(document.data.decode("utf-8-sig")).split("\n")]
        unshown = [
            entry for entry in extraction.fields if entry.raw and (not entry.line or letters(entry.raw)[:6] not in lines[entry.line - 1])
        ]
        found += [f"{document.name}: {entry.field} {entry.raw!r} is not in line {entry.line}" for entry in unshown]
    assert not found, "\n".join(found[:60])
