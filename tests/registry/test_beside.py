"""What stands beside the entries of a list: each certificate's own findings and corrections, in as few statements as there can be."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.entries import Entry
from registry.certificates.facts import FieldState, Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.search import SearchQuery, search
from registry.certificates.state import State
from registry.certificates.store import save_extraction
from registry.held import HeldConnection
from registry.listing.store import import_rows
from registry.review import decisions
from registry.review.beside import Line, lines, lines_of_ids
from registry.review.decisions import By
from tests.registry.making import FINDINGS, extraction, row
from tests.registry.sent import sent_to

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


def test_entries_that_are_read_with_what_is_beside_them_are_as_if_asked_about(
    session_factory: sessionmaker[Session], engine: Engine
) -> None:
    """Plain, decided upon, with a dismissed finding, revised, gone from the list, and without a number."""
    made = [extraction(f"document {number}", number=f"OCA.0016.000{number}.CS") for number in range(1, 6)]
    with session_factory.begin() as session:
        for one in (*made, extraction("again", number="OCA.0016.0003.CS", revision="B", certification_date="2025-12-12")):
            save_extraction(session, one, "a.txt")
        decisions.correct(session, FIRST.document.sha256, "holder", FieldState.READ, "Holder 2", by(session))
        second = By("RV", "The picture shows it.", *decisions.state_seen(session, SECOND.document.sha256))
        decisions.decide_finding(session, SECOND.document.sha256, FINDINGS[0].rule, FINDINGS[0].message, second, stands=False)
        record_findings(session, "listing", {4: [Finding("third", Severity.NOTE, "One more.", ())]})
        import_rows(session, "list.csv", "00", [row(1), row(2), row(4, number="OCA.0016.0005.CS")])
        import_rows(session, "list.csv", "01", [row(2), row(3, number=None, certificate_no="none")])
    with session_factory() as session:
        entries = found(session)
        expected = {line.entry.id: line for line in lines(session, entries)}
        held = HeldConnection(engine)
        assert lines_of_ids(session, held, list(expected)) == expected
        for entry_id in expected:
            assert lines_of_ids(session, held, [entry_id, 10_000]) == {entry_id: expected[entry_id]}
        alone = [one for one, line in expected.items() if line.entry.number in ("OCA.0016.0004.CS", "OCA.0016.0001.CSMS", None)]
        with sent_to(engine) as sent:
            lines_of_ids(session, held, alone)
        assert (len(alone), sent) == (3, []), "it is all in what is asked of the driver"
        assert {line.state for line in expected.values()} == {State.HOLDS, State.SUPERSEDED, State.WITHDRAWN}
        assert {line.findings for line in expected.values()} == {0, 1, 2, 3}
        assert {line.entry.number for line in expected.values() if line.corrections} == {FIRST.certificate.number}
        assert None in {entry.number for entry in entries}


def test_every_row_says_how_its_certificate_stands(session: Session, engine: Engine, client: FlaskClient) -> None:
    """One is revised, one revised on the same day, one has gone from the list, also where no page shows the other revision."""
    number, same_day = "OCA.0016.0001.CS", "OCA.0016.0002.CS"
    for one in (FIRST, SECOND):
        save_extraction(session, one, "a.txt")
    for of, day in ((number, "2025-12-12"), (same_day, SECOND.certificate.certification_date)):
        save_extraction(session, extraction(f"again {of}", number=of, revision="B", certification_date=day), "b.txt")
    import_rows(session, "list.csv", "00", [row(1), row(2)])
    import_rows(session, "list.csv", "01", [row(2)])
    entries, sent = found(session), list[str]()
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
    states = {(line.entry.number, line.entry.revision): line.state for line in lines(session, entries)}
    assert len(sent) == 1
    assert states == {
        (number, None): State.SUPERSEDED,
        (number, "B"): State.HOLDS,
        (same_day, None): State.UNTOLD,
        (same_day, "B"): State.UNTOLD,
        ("OCA.0016.0001.CSMS", None): State.WITHDRAWN,
        ("OCA.0016.0002.CSMS", None): State.HOLDS,
    }
    assert [line.state for line in lines(session, [one for one in entries if (one.number, one.revision) == (number, None)])] == [
        State.SUPERSEDED
    ]
    session.commit()
    page, told = client.get("/?sort=number").text, client.get("/certificates.json?page=1").get_json()["entries"]
    assert [page.count(f">{state}</span>") for state in State] == [0, 1, 2, 1]
    assert {(one["number"], one["revision"]): one["state"] for one in told} == states
    assert {one["state"] for one in client.get("/api/v1/certificates").get_json()["entries"]} == set(map(str, State))
