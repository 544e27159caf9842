"""Documents and lists into a real database: idempotent, one bad document stops nobody, nothing stored half."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from ingest import pipeline
from ingest.pipeline import Progress, Status, import_listing, ingest_paths
from registry.certificates import queries
from registry.certificates.models import Certificate, CertificateFinding
from registry.documents.models import Document
from registry.errors import BrokenListing, CannotBegin
from registry.events import Event
from registry.listing.models import ListingRowRecord
from registry.settings import Settings

DATA = Path(__file__).parents[2] / "data"
SAMPLES = DATA / "certificates"
(LIST,) = (DATA / "listing").glob("*.csv")


def count(sessions: sessionmaker[Session], model: type[object]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_the_samples_become_certificates_and_their_bytes_are_kept(session_factory: sessionmaker[Session], settings: Settings) -> None:
    steps: list[Progress] = []
    outcomes = ingest_paths(session_factory, settings, [SAMPLES], steps.append)
    assert [(outcome.status, outcome.unread) for outcome in outcomes] == [(Status.NEW, ())] * 5
    assert [(step.done, step.total) for step in steps] == [(n, 5) for n in range(1, 6)]
    kept = sorted(path.read_bytes() for path in settings.documents.iterdir())
    assert kept == sorted(path.read_bytes() for path in SAMPLES.iterdir())
    with session_factory() as session:
        facts = queries.facts(session, "OCA.0016.0408.CS")
    assert facts is not None
    assert facts.configuration_keys is not None
    assert (facts.software_version, len(facts.configuration_keys)) == ("V1.3.337", 46)


def test_the_same_documents_again_change_nothing(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    ingest_paths(session_factory, settings, [SAMPLES])
    before = [count(session_factory, model) for model in (Certificate, Document, CertificateFinding, Event)]
    copy = tmp_path / "renamed"
    shutil.copytree(SAMPLES, copy)
    outcomes = ingest_paths(session_factory, settings, [SAMPLES, copy])
    assert {outcome.status for outcome in outcomes} == {Status.KNOWN}
    assert [count(session_factory, model) for model in (Certificate, Document, CertificateFinding, Event)] == before


def test_one_bad_document_never_stops_the_rest(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "b.txt").write_text("An invoice for OCA.0016.0408.CS")
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7")
    shutil.copy(SAMPLES / "004_14811999012f7f37.txt", tmp_path / "d.txt")
    outcomes = ingest_paths(session_factory, settings, [tmp_path / name for name in ("a.txt", "b.txt", "c.pdf", "d.txt")])
    assert [outcome.status for outcome in outcomes] == [Status.REFUSED] * 3 + [Status.NEW]
    assert all(outcome.message and "\n" not in outcome.message for outcome in outcomes[:3])
    assert count(session_factory, Document) == 1
    assert len(list(settings.documents.iterdir())) == 1


def test_what_fails_while_storing_stores_nothing_of_that_document(
    session_factory: sessionmaker[Session], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(SAMPLES.iterdir())[:2]
    ingest_paths(session_factory, settings, [first])

    def break_down(*_: object) -> None:
        raise CannotBegin("the disk is gone")

    monkeypatch.setattr(pipeline, "join_listing", break_down)
    with pytest.raises(CannotBegin):
        ingest_paths(session_factory, settings, [second])
    assert count(session_factory, Certificate) == count(session_factory, Document) == 1


def test_a_document_without_its_number_waits_for_review(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    text = (SAMPLES / "001_95ddf78ab7d2e36b.txt").read_text().replace("OCA.0016.0118.CSMS", "OCA.0016.O118.CSMS")
    (tmp_path / "x.txt").write_text(text)
    (outcome,) = ingest_paths(session_factory, settings, [tmp_path / "x.txt"])
    assert outcome.status is Status.REVIEW
    assert "number" in outcome.unread
    assert (count(session_factory, Document), count(session_factory, Certificate)) == (1, 0)


@pytest.mark.parametrize("missing", ["nowhere.txt", "empty"])
def test_a_path_that_holds_nothing_is_named(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, missing: str
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotBegin, match=missing):
        ingest_paths(session_factory, settings, [SAMPLES, tmp_path / missing] if missing != "empty" else [tmp_path / missing])
    assert count(session_factory, Document) == 0


def test_the_list_is_imported_once_and_held_against_the_certificates(session_factory: sessionmaker[Session], settings: Settings) -> None:
    ingest_paths(session_factory, settings, [SAMPLES])
    first = import_listing(session_factory, settings, LIST)
    assert (first.summary.rows, first.summary.created, first.disagreements) == (293, True, {})
    again = import_listing(session_factory, settings, LIST)
    assert not again.summary.created
    assert count(session_factory, ListingRowRecord) == 293


@pytest.mark.parametrize("list_first", [True, False])
def test_a_disagreement_with_the_list_is_a_finding_in_either_order(
    session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path, list_first: bool
) -> None:
    changed = tmp_path / "list.csv"
    old = "OCA.0016.0608.CSMS"
    row = (
        f"{old},Hanmaum,Republic of Korea,CSMS,Full,1.7,OCPP 1.6,2024-01-18,https://example.org/x.pdf,Charging Station Management System\n"
    )
    lines = [line for line in LIST.read_text().splitlines(keepends=True) if not line.startswith(old)]
    changed.write_text("".join([*lines, row]))
    document = SAMPLES / "004_14811999012f7f37.txt"
    if list_first:
        import_listing(session_factory, settings, changed)
        (outcome,) = ingest_paths(session_factory, settings, [document])
        assert [finding.rule for finding in outcome.findings] == ["listing-version"]
    else:
        ingest_paths(session_factory, settings, [document])
        imported = import_listing(session_factory, settings, changed)
        assert [finding.rule for finding in imported.disagreements[old]] == ["listing-version"]
    with session_factory() as session:
        stored = session.execute(select(CertificateFinding.rule, CertificateFinding.origin)).all()
    assert [tuple(row) for row in stored] == [("listing-version", "listing")]


def test_a_broken_list_changes_nothing(session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path) -> None:
    import_listing(session_factory, settings, LIST)
    broken = tmp_path / "broken.csv"
    broken.write_text(LIST.read_text().replace("2023-10-11", "soon", 1))
    with pytest.raises(BrokenListing, match="row 3, date_of_registration 'soon'"):
        import_listing(session_factory, settings, broken)
    assert count(session_factory, ListingRowRecord) == 293
