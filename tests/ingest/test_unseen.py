"""Renderings that nobody tuned the parser for: nothing is read wrong, and nearly everything is read.

A wrong value shown as read is the worst defect of this product; a value left unread is a small one. They are counted apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import CertificateFacts
from tests.ingest.comparing import Outcome, Result, compare, contradictions
from tests.ingest.renderings import Document, corpus

MOST_UNREAD = 0.05
"""The largest share of values that may be left unread over the whole corpus."""


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return corpus()


@pytest.fixture(scope="module")
def results(documents: list[Document]) -> dict[str, list[Result]]:
    """What became of every value, by document."""
    return {
        document.name: list(compare(document.truth, parse_document(document.data, document.name).certificate)) for document in documents
    }


def table(documents: list[Document], results: dict[str, list[Result]]) -> str:
    """Right, unread and wrong per style."""
    counts: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)
    for document in documents:
        counts[document.style].update(result.outcome for result in results[document.name])
    lines = [f"{'style':<20} {'right':>6} {'unread':>6} {'wrong':>6}"]
    for style, count in counts.items():
        lines.append(f"{style:<20} {count[Outcome.RIGHT]:>6} {count[Outcome.UNREAD]:>6} {count[Outcome.WRONG]:>6}")
    return "\n".join(lines)


def test_the_corpus_is_large_and_unlike(documents: list[Document]) -> None:
    assert len(documents) >= 120
    assert len({document.name for document in documents}) == len(documents)
    assert len({document.style for document in documents}) >= 8


def test_nothing_is_read_wrong(documents: list[Document], results: dict[str, list[Result]]) -> None:
    wrong = [
        f"{name}: {one.path} is {one.expected!r}, read as {one.actual!r}"
        for name, ones in results.items()
        for one in ones
        if one.outcome == Outcome.WRONG
    ]
    assert not wrong, "\n".join([table(documents, results), *wrong[:60]])


def test_nearly_everything_is_read(documents: list[Document], results: dict[str, list[Result]]) -> None:
    outcomes = Counter(one.outcome for ones in results.values() for one in ones)
    unread = Counter(one.path.partition(".")[0] for ones in results.values() for one in ones if one.outcome == Outcome.UNREAD)
    share = outcomes[Outcome.UNREAD] / outcomes.total()
    assert share <= MOST_UNREAD, f"{share:.1%} unread\n{table(documents, results)}\n{unread.most_common()}"


def test_states_go_with_values_and_no_name_is_given_out(documents: list[Document]) -> None:
    found = [f"{document.name}: {line}" for document in documents for line in contradictions(parse_document(document.data, document.name))]
    assert not found, "\n".join(found[:60])


def true_findings(truth: CertificateFacts, data: bytes) -> tuple[set[str], set[str]]:
    """The findings that must be reported when everything is read, and those that may be; every other one is a false accusation."""
    text = data.decode("utf-8-sig")
    unpassed = any(result != "Pass" for result in (truth.profiles or {}).values())
    keys = truth.configuration_keys or {}
    must = {"full-with-unpassed-profile"} if truth.kind == "Full" and unpassed else set()
    must |= {"subset-with-all-profiles"} if truth.kind == "Subset" and not unpassed else set()
    may = {"key-of-unlisted-profile", "supported-profiles-mismatch"} if keys else set()
    may |= {"required-key-declared-empty"} if None in keys.values() else set()
    may |= {"full-with-unpassed-profile"} if "Full" in str(truth.kind) and unpassed else set()
    for row in truth.performance or ():
        must |= {"measured-above-pics"} if (row.measured_seconds or 0) > (row.pics_seconds or 0) else set()
        may |= {"pics-unit-missing"} if not re.search(rf"\b{row.pics_seconds} ?s(ec)?\b", text) else set()
    may |= {"template-residue"} if re.search(r"(<|&lt;)(Yes|No)(>|&gt;)", text) else set()
    return must, must | may


def test_nobody_is_accused_wrongly(documents: list[Document]) -> None:
    """A finding that is not true is as bad as a wrong value; a true one may be missed only where its values were not read."""
    found = []
    for document in documents:
        extraction = parse_document(document.data, document.name)
        must, may = true_findings(document.truth, document.data)
        reported = {finding.rule for finding in extraction.findings}
        found += [f"{document.name}: {rule} is reported and not true" for rule in reported - may]
        complete = all(result.outcome == Outcome.RIGHT for result in compare(document.truth, extraction.certificate))
        found += [f"{document.name}: {rule} is missing" for rule in must - reported if complete]
    assert not found, "\n".join(found[:60])
