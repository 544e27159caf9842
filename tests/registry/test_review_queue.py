"""The queue, held against a second implementation that reads everything, and what a page of it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from registry.certificates.facts import FieldState, Finding, Provenance, Severity
from registry.certificates.findings import record_findings
from registry.certificates.models import LISTING_ORIGIN
from registry.certificates.store import save_extraction
from registry.certificates.words import fold
from registry.review.decisions import By, accept, decide_finding, no_certificate, state_seen
from registry.review.points import PointKind
from registry.review.queries import review
from registry.review.queue import QueueEntry, queue_all, queue_page
from registry.review.queue_url import PAGE_SIZE, QueueQuery
from tests.registry.making import EPOCH, Ticking, extraction
from tests.registry.sent import is_question, sent_to

DOCUMENTS = 55
_KINDS = {
    "number": PointKind.UNNUMBERED,
    "difference": PointKind.DIFFERENCE,
    "unread": PointKind.UNREAD,
    "finding": PointKind.FINDING,
}


@pytest.fixture
def filled(session: Session) -> Session:
    """Documents of every kind: whole, unread, disagreeing, without a number, decided, marked as none."""
    clock = Ticking()
    for serial in range(DOCUMENTS):
        number = None if serial % 11 == 0 else f"OCA.0016.{serial // 2:04}.CSMS"
        findings = tuple(
            Finding(f"rule-{level}", level, f"It is {level}.", ()) for place, level in enumerate(Severity) if serial % (3 + place) == 0
        )
        unread = [Provenance("holder", "x", FieldState.UNREAD, 1, 1, None, "y")] if serial % 4 == 1 else []
        made = extraction(f"document {serial}", number=number, designation=f"Prodüct {serial}", holder=None if unread else "Holder")
        save_extraction(session, replace(made, findings=findings, fields=tuple(unread)), f"{serial % 7}-file.pdf", clock=clock)
        sha256 = made.document.sha256

        def by(sha256: str = sha256) -> By:
            return By("RV", "why", *state_seen(session, sha256))

        if serial % 13 == 5:
            no_certificate(session, sha256, by())
        elif serial % 6 == 0:
            decide_finding(session, sha256, findings[0].rule, findings[0].message, by(), stands=serial % 4 == 0)
        elif unread and serial % 3 == 1:
            accept(session, sha256, "holder", by())
    session.flush()
    return session


def brute(session: Session, query: QueueQuery) -> list[str]:
    """The documents of the choice in its order, by looking into every one of them."""
    everything = list(queue_all(session, QueueQuery(state="all")))
    for entry in everything:
        view = review(session, entry.sha256)
        assert view is not None
        unsettled = [point for point in view.points if point.decision is None]
        assert sum(entry.open.values()) == len(unsettled)
        assert entry.settled == len(view.points) - len(unsettled)
        assert entry.severity == (unsettled[0].severity if unsettled else None)
        assert {kind: sum(point.kind is kind for point in unsettled) for kind in entry.open} == entry.open
    found = [entry for entry in everything if _fits(entry, query)]
    found.sort(key=lambda entry: entry.name)
    found.sort(key=lambda entry: entry.received_at, reverse=query.sort == "newest")
    if query.sort == "number":
        found.sort(key=lambda entry: (entry.number is None, entry.number or ""))
    if query.sort == "severity":
        rank = list(Severity)
        found.sort(key=lambda entry: (rank.index(entry.severity) if entry.severity else len(rank), -sum(entry.open.values())))
    return [entry.sha256 for entry in found]


def _fits(entry: QueueEntry, query: QueueQuery) -> bool:
    said = fold(" ".join(text for text in (entry.number, entry.name, entry.holder, entry.designation) if text))
    return (
        (query.state == "all" or entry.state.replace(" ", "-") == query.state)
        and (not query.severity or entry.severity == query.severity or query.severity in entry.findings)
        and (not query.kind or _KINDS[query.kind] in entry.open)
        and all(word in said for word in fold(query.text).split())
    )


_QUERIES = st.builds(
    QueueQuery,
    text=st.sampled_from(["", "", "product", "PRODÜCT 1", "0016", "%", "_", "file 3", "nothing"]),
    state=st.sampled_from(["open", "done", "no-certificate", "all"]),
    severity=st.sampled_from(["", "", "error", "warning", "note"]),
    kind=st.sampled_from(["", "", *_KINDS]),
    sort=st.sampled_from(["severity", "oldest", "newest", "number"]),
)


def test_every_choice_is_what_looking_into_every_document_gives(filled: Session) -> None:
    @hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(_QUERIES)
    def check(query: QueueQuery) -> None:
        expected = brute(filled, query)
        assert [entry.sha256 for entry in queue_all(filled, query)] == expected
        page = queue_page(filled, query)
        assert [entry.sha256 for entry in page.entries] == expected[:PAGE_SIZE]
        assert (page.total, page.documents) == (len(expected), DOCUMENTS)

    check()


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    """The questions that were sent to the database."""
    with sent_to(engine, is_question) as sent:
        yield sent


@pytest.mark.parametrize("query", [QueueQuery(), QueueQuery(text="product", state="all", sort="number"), QueueQuery(state="all", page=2)])
def test_a_page_of_the_queue_costs_two_statements_and_its_own_rows(filled: Session, statements: list[str], query: QueueQuery) -> None:
    statements.clear()
    page = queue_page(filled, query)
    assert len(statements) == 2
    assert "LIMIT" in statements[1]
    assert 0 < len(page.entries) <= PAGE_SIZE


def test_an_export_of_the_queue_is_one_statement(filled: Session, statements: list[str]) -> None:
    statements.clear()
    assert len(list(queue_all(filled, QueueQuery(state="all")))) == DOCUMENTS
    assert len(statements) == 1


def test_days_count_from_when_the_document_came(filled: Session) -> None:
    (entry, *_) = queue_page(filled, QueueQuery(state="all", sort="oldest")).entries
    assert entry.days((EPOCH + timedelta(days=3)).date()) == 3


def test_what_the_list_finds_follows_the_document_that_is_shown(session: Session) -> None:
    first, second = (
        replace(extraction(name, certification_date=day), findings=()) for name, day in (("a", "2023-01-01"), ("b", "2024-01-01"))
    )
    stored = save_extraction(session, first, "a.txt")
    assert stored.id is not None
    record_findings(session, LISTING_ORIGIN, {stored.id: [Finding("x", Severity.ERROR, "The list has another.", ())]})

    def errors() -> dict[str, int]:
        return {entry.name: entry.findings.get(Severity.ERROR, 0) for entry in queue_all(session, QueueQuery(state="all"))}

    assert errors() == {"a.txt": 1}
    save_extraction(session, second, "b.txt")
    assert errors() == {"a.txt": 0, "b.txt": 1}
    no_certificate(session, second.document.sha256, By("RV", "why", *state_seen(session, second.document.sha256)))
    assert errors() == {"a.txt": 1, "b.txt": 0}
