"""An ingest that is killed at random moments: nothing stored is lost, nothing is stored half, and a later run completes."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ingest.pipeline import Status, ingest_paths
from registry import db
from registry.certificates.catalogue import CatalogueEntry
from registry.certificates.loading import load_facts
from registry.certificates.models import Certificate
from registry.certificates.models import Extraction as StoredExtraction
from registry.documents import intake
from registry.documents.models import Document, ReadingOutcome, SeenFile
from registry.documents.store import open_original
from registry.events import Event, EventKind
from registry.settings import Settings
from tests.ingest.quick import READER

KILLS = [7, pytest.param(20, marks=pytest.mark.slow)]
DOCUMENTS = 90
MOST_STEPS = 600
"""Of one run: enough for several documents; twenty runs must not finish the work."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Made-up certificates, a document that is refused, and one that lacks its number."""
    made = tmp_path / "documents"
    made.mkdir()
    for serial in range(DOCUMENTS):
        (made / f"{serial:03}.txt").write_text(f"OCA.0016.{9000 + serial}.CSMS\nHolder\n")
    (made / "invoice.txt").write_text("an invoice\n")
    (made / "0-unnumbered.txt").write_text("OCA.0016.O608.CSMS\nHolder\n")
    return made


class Ingests:
    """Ingests of one folder, each killed after so many steps."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        command = [sys.executable, "-m", "tests.ingest.killing", str(settings.home), settings.database, str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Ingests:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()

    def kill_after(self, steps: int) -> None:
        """Run one, and see that it was killed rather than done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == str(int(signal.SIGKILL)), "the kills must fall into the work, not after it"


def require_whole(settings: Settings, sessions: sessionmaker[Session], looked_at: set[str]) -> int:
    """Whatever is there is there whole; gives how many documents that are. Those `looked_at` before are only counted."""
    with sessions() as session:
        documents = session.scalars(select(Document)).all()
        outcomes = {row.sha256: row for row in session.scalars(select(ReadingOutcome))}
        for document in documents:
            if document.sha256 in looked_at:
                continue
            looked_at.add(document.sha256)
            data = open_original(settings, document.sha256)
            assert hashlib.sha256(data).hexdigest() == document.sha256
            assert document.size == len(data)
            outcome = outcomes[document.sha256]
            reading = session.scalars(select(StoredExtraction).where(StoredExtraction.document_id == document.id)).one()
            if outcome.number is None:
                assert reading.number is None
                continue
            certificate = session.scalars(select(Certificate).where(Certificate.number == outcome.number)).one()
            assert (certificate.document_id, certificate.extraction_id) == (document.id, reading.id)
            assert load_facts(session, certificate).to_json() == reading.payload["certificate"]
            assert (
                session.scalars(select(CatalogueEntry.certificate_id).where(CatalogueEntry.number == outcome.number)).one()
                == certificate.id
            )
            kinds = session.scalars(select(Event.kind).where(Event.number == outcome.number)).all()
            assert kinds == [EventKind.NEW]
        stored = {sha256 for sha256, row in outcomes.items() if row.status == intake.ReadingStatus.STORED}
        assert stored == {document.sha256 for document in documents}
        assert {row.sha256 for row in session.scalars(select(SeenFile))} <= outcomes.keys()
        return len(documents)


@pytest.mark.parametrize("kills", KILLS)
def test_an_ingest_that_is_killed_at_random_moments_loses_nothing(
    settings: Settings, session_factory: sessionmaker[Session], folder: Path, kills: int
) -> None:
    chance = random.Random(20260801)
    before = 0
    looked_at: set[str] = set()
    with Ingests(settings, folder) as ingests:
        for _ in range(kills):
            ingests.kill_after(chance.randint(1, MOST_STEPS))
            now = require_whole(settings, session_factory, looked_at)
            assert now >= before
            before = now
    assert kills // 2 < before < DOCUMENTS + 1, "the kills must fall into the work, neither before nor after it"
    outcomes = ingest_paths(session_factory, settings, [folder], reader=READER)
    assert require_whole(settings, session_factory, set()) == DOCUMENTS + 1
    assert sum(outcome.status is Status.KNOWN for outcome in outcomes) == before
    assert sum(outcome.status is Status.NEW for outcome in outcomes) >= DOCUMENTS - before
    again = ingest_paths(session_factory, settings, [folder], reader=READER)
    assert {outcome.status for outcome in again} == {Status.KNOWN, Status.REFUSED}
    names = {path.name for path in settings.documents.iterdir() if not path.name.startswith(".")}
    assert len(names) == DOCUMENTS + 1


def test_a_kill_before_each_step_of_one_document_leaves_all_of_it_or_nothing(
    settings: Settings, session_factory: sessionmaker[Session], folder: Path
) -> None:
    with Ingests(settings, folder) as ingests:
        stored = []
        for steps in range(1, 400, 19):
            ingests.kill_after(steps)
            stored.append(require_whole(settings, session_factory, set()))
    assert stored == sorted(stored)
    assert stored[0] == 0
    with db.opened(settings) as sessions, sessions.begin() as session:
        db.lock_for_writing(session)
