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

SAMPLE = (Path(__file__).parents[2] / "data/certificates/004_14811999012f7f37.txt").read_text()
NUMBER = "OCA.0016.0608.CSMS"
KILLS = 20
DOCUMENTS = 100
CHANCE = 0.35
"""Of a kill after each new document: about three a run, so that twenty runs do not finish the work."""
LONGEST_SECONDS = 0.03
"""How long after a document was told of the kill may come: longer than one takes to be read and stored."""

CHILD = """
import sys
from pathlib import Path
from ingest.pipeline import ingest_paths
from registry import db
from registry.settings import Settings
settings = Settings(home=Path(sys.argv[1]), database=sys.argv[2])
with db.opened(settings) as sessions:
    print("begun", flush=True)
    ingest_paths(sessions, settings, [Path(sys.argv[3])], lambda step: print(step.outcome.status, flush=True))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Made-up certificates, a document that is refused, and one that lacks its number."""
    made = tmp_path / "documents"
    made.mkdir()
    for serial in range(DOCUMENTS):
        (made / f"{serial:03}.txt").write_text(SAMPLE.replace(NUMBER, f"OCA.0016.{9000 + serial}.CSMS"))
    (made / "invoice.txt").write_text("an invoice")
    (made / "unnumbered.txt").write_text(SAMPLE.replace(NUMBER, "OCA.0016.O608.CSMS"))
    return made


def killed(settings: Settings, folder: Path, chance: random.Random) -> None:
    """Run an ingest, and kill it some random time after one of its new documents."""
    command = [sys.executable, "-c", CHILD, str(settings.home), settings.database, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip() == Status.NEW and chance.random() < CHANCE:
                break
        try:
            child.wait(timeout=chance.uniform(0, LONGEST_SECONDS))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)


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


def test_an_ingest_that_is_killed_at_random_moments_loses_nothing(
    settings: Settings, session_factory: sessionmaker[Session], folder: Path
) -> None:
    chance = random.Random(20260801)
    before = 0
    grown = 0
    looked_at: set[str] = set()
    for _ in range(KILLS):
        killed(settings, folder, chance)
        now = require_whole(settings, session_factory, looked_at)
        assert now >= before
        grown += now > before
        before = now
    assert 0 < before < DOCUMENTS + 1, "the kills must fall into the work, neither before nor after it"
    assert grown >= KILLS // 2
    outcomes = ingest_paths(session_factory, settings, [folder])
    assert require_whole(settings, session_factory, set()) == DOCUMENTS + 1
    assert sum(outcome.status is Status.KNOWN for outcome in outcomes) == before
    assert sum(outcome.status is Status.NEW for outcome in outcomes) >= DOCUMENTS - before
    again = ingest_paths(session_factory, settings, [folder])
    assert {outcome.status for outcome in again} == {Status.KNOWN, Status.REFUSED}
    names = {path.name for path in settings.documents.iterdir() if not path.name.startswith(".")}
    assert len(names) == DOCUMENTS + 1


def test_the_database_of_a_killed_ingest_is_not_locked(settings: Settings, folder: Path) -> None:
    killed(settings, folder, random.Random(7))
    with db.opened(settings) as sessions, sessions.begin() as session:
        db.lock_for_writing(session)
