"""Decisions of a review and real readings: a correction outlives every reading, and what disagrees goes by the values that hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from ingest import pipeline
from ingest.pipeline import Status, ingest_paths, ingest_stored
from ingest.rechecks import recheck
from registry.certificates import queries
from registry.certificates.facts import FieldState
from registry.certificates.models import Extraction as StoredExtraction
from registry.events import Event
from registry.review import decisions, standing
from registry.review.decisions import By, state_seen
from registry.review.points import PointKind
from registry.review.queries import review
from registry.settings import Settings

SAMPLE = Path(__file__).parents[2] / "data/certificates/004_14811999012f7f37.txt"
NUMBER = "OCA.0016.0608.CSMS"
OTHERWISE = "tests.ingest.hostile:read_otherwise"


@pytest.fixture
def sha256(session_factory: sessionmaker[Session], settings: Settings) -> str:
    """The sample, read; it agrees with itself."""
    (outcome,) = ingest_paths(session_factory, settings, [SAMPLE])
    assert (outcome.status, outcome.findings) == (Status.NEW, ())
    return str(outcome.sha256)


def decide(sessions: sessionmaker[Session], sha256: str, work: Any, *rest: Any) -> int:
    """Decide as the page of the review does."""
    with sessions.begin() as session:
        before = standing.held(session, sha256)
        reading, seen = state_seen(session, sha256)
        decision: int = work(session, sha256, *rest, By("RV", "The document shows it.", reading, seen))
        recheck(session, sha256, before)
    return decision


def shown(sessions: sessionmaker[Session]) -> tuple[str | None, list[str]]:
    """The software version that the certificate's page shows, and its findings."""
    with sessions() as session:
        view = queries.certificate(session, NUMBER)
    assert view is not None
    assert view.facts is not None
    assert view.checked_as_decided
    return view.facts.software_version, [finding.rule for finding in view.all_findings]


def to_look_at(sessions: sessionmaker[Session], sha256: str) -> list[tuple[PointKind, str]]:
    with sessions() as session:
        view = review(session, sha256)
    assert view is not None
    return [(point.kind, point.field) for point in view.points if point.decision is None]


def test_what_disagrees_goes_by_the_corrected_values(session_factory: sessionmaker[Session], sha256: str) -> None:
    decision = decide(session_factory, sha256, decisions.correct, "software_version", FieldState.READ, "1.7")
    assert shown(session_factory) == ("1.7", ["cover-annex-version"])
    assert to_look_at(session_factory, sha256) == [(PointKind.FINDING, "finding:cover-annex-version")]
    decide_on_finding(session_factory, sha256, stands=True)
    assert to_look_at(session_factory, sha256) == []
    decide(session_factory, sha256, decisions.undo, decision)
    assert shown(session_factory) == ("1.6", [])
    assert to_look_at(session_factory, sha256) == []


def decide_on_finding(sessions: sessionmaker[Session], sha256: str, *, stands: bool) -> None:
    with sessions() as session:
        view = review(session, sha256)
    assert view is not None
    (finding,) = view.reading.findings

    def work(session: Session, document: str, by: By) -> int:
        return decisions.decide_finding(session, document, finding.rule, finding.message, by, stands=stands)

    decide(sessions, sha256, work)


def test_a_finding_that_was_dismissed_stays_away_however_often_it_is_made(session_factory: sessionmaker[Session], sha256: str) -> None:
    decide(session_factory, sha256, decisions.correct, "software_version", FieldState.READ, "1.7")
    decide_on_finding(session_factory, sha256, stands=False)
    assert shown(session_factory) == ("1.7", [])
    decide(session_factory, sha256, decisions.correct, "model", FieldState.READ, "Any")
    assert shown(session_factory) == ("1.7", [])
    decide(session_factory, sha256, decisions.correct, "software_version", FieldState.READ, "1.8")
    assert shown(session_factory) == ("1.8", ["cover-annex-version"]), "another version is another disagreement"


def test_a_correction_survives_every_reading_and_differences_are_shown(
    session_factory: sessionmaker[Session], settings: Settings, sha256: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(session_factory, sha256, decisions.correct, "software_version", FieldState.READ, "1.7")
    (same,) = ingest_paths(session_factory, settings, [SAMPLE], again=True)
    assert same.status is Status.KNOWN
    assert shown(session_factory) == ("1.7", ["cover-annex-version"])
    assert (PointKind.DIFFERENCE, "software_version") not in to_look_at(session_factory, sha256)

    monkeypatch.setattr(pipeline, "parser_version", lambda: "newer")
    (other,) = ingest_paths(session_factory, settings, [SAMPLE], reader=OTHERWISE)
    assert other.status is Status.ANOTHER
    assert shown(session_factory) == ("1.7", ["cover-annex-version"])
    assert (PointKind.DIFFERENCE, "software_version") in to_look_at(session_factory, sha256)
    with session_factory() as session:
        event = session.scalars(select(Event).where(Event.kind == "read again").order_by(Event.id.desc())).first()
    assert event is not None
    assert event.payload["kept"] == {"software_version": {"old": "1.6", "new": "otherwise", "corrected": "1.7"}}
    assert "software_version" not in event.payload["differing"]

    (back,) = ingest_stored(session_factory, settings)
    assert back.status is Status.ANOTHER
    assert shown(session_factory) == ("1.7", ["cover-annex-version"])
    assert (PointKind.DIFFERENCE, "software_version") not in to_look_at(session_factory, sha256)


def test_a_document_marked_as_none_stays_none_when_it_is_read_again(
    session_factory: sessionmaker[Session], settings: Settings, sha256: str
) -> None:
    decide(session_factory, sha256, decisions.no_certificate)
    for reader in (OTHERWISE, "ingest.parse:parse_document"):
        ingest_stored(session_factory, settings, reader=reader)
        with session_factory() as session:
            assert queries.certificate(session, NUMBER) is None
            view = review(session, sha256)
        assert view is not None
        assert not view.is_certificate


def test_a_reading_of_an_older_program_is_checked_as_decided_once_it_was_read_again(
    session_factory: sessionmaker[Session], settings: Settings, sha256: str
) -> None:
    with session_factory.begin() as session:
        session.execute(update(StoredExtraction).values(evidence=None))
    decide(session_factory, sha256, decisions.correct, "software_version", FieldState.READ, "1.7")
    with session_factory() as session:
        view = queries.certificate(session, NUMBER)
    assert view is not None
    assert not view.checked_as_decided
    assert view.all_findings == ()
    (same,) = ingest_paths(session_factory, settings, [SAMPLE], again=True)
    assert same.status is Status.KNOWN
    assert shown(session_factory) == ("1.7", ["cover-annex-version"])
