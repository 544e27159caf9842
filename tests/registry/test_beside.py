"""What stands beside the entries of a list: each certificate's own findings and corrections, in as few statements as there can be."""

from __future__ import annotations

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from registry.certificates.facts import FieldState
from registry.certificates.search import Entry, SearchQuery, search
from registry.certificates.store import save_extraction
from registry.listing.store import import_rows
from registry.review import decisions
from registry.review.beside import Line, lines
from registry.review.decisions import By
from tests.registry.making import FINDINGS, extraction, row

FIRST, SECOND = (extraction(f"document {number}", number=f"OCA.0016.000{number}.CS") for number in (1, 2))


def by(session: Session) -> By:
    return By("RV", "The picture shows it.", *decisions.state_seen(session, FIRST.document.sha256))


def found(session: Session) -> tuple[Entry, ...]:
    return search(session, SearchQuery(sort="number")).entries


def test_a_finding_that_is_dismissed_of_one_certificate_stands_on_another(session: Session) -> None:
    for one in (FIRST, SECOND):
        save_extraction(session, one, "a.txt")
    assert [line.findings for line in lines(session, found(session))] == [2, 2]
    dismissed = FINDINGS[0]
    decisions.decide_finding(session, FIRST.document.sha256, dismissed.rule, dismissed.message, by(session), stands=False)
    assert [line.findings for line in lines(session, found(session))] == [1, 2]


def test_a_correction_stands_on_the_certificate_that_it_is_of(session: Session) -> None:
    for one in (FIRST, SECOND):
        save_extraction(session, one, "a.txt")
    decisions.correct(session, FIRST.document.sha256, "holder", FieldState.READ, "Holder 2", by(session))
    first, second = lines(session, found(session))
    assert [(one.field, one.read_value) for one in first.corrections] == [("holder", "Holder 1")]
    assert second.corrections == ()


def test_what_has_no_document_has_nothing_beside_it(session: Session) -> None:
    import_rows(session, "list.csv", "00", [row(1), row(2, number=None, certificate_no="none")])
    entries = found(session)
    assert lines(session, entries) == [Line(entry) for entry in entries]
    assert lines(session, ()) == []


def test_a_page_costs_one_statement_until_somebody_decides(session: Session, engine: Engine) -> None:
    for number in range(9):
        save_extraction(session, extraction(f"document {number}", number=f"OCA.0016.000{number}.CS"), "a.txt")
    entries, sent = found(session), list[str]()
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
    lines(session, entries)
    assert len(sent) == 1
    decisions.correct(session, extraction("document 1").document.sha256, "holder", FieldState.READ, "Holder 2", by(session))
    sent.clear()
    lines(session, found(session))
    assert len([one for one in sent if "FROM correction" in one or "FROM certificate" in one]) == 2
