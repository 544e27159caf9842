"""What was read of documents into the registry: several at a time, each whole or not at all.

A transaction costs much and a further document in it little, so documents that come soon after one another share one. Where one of them
cannot be stored, each gets a transaction of its own, and only that one is told about.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from ingest.outcomes import Outcome, Status
from ingest.rechecks import recheck_many
from registry.bulk import uncollected
from registry.certificates.bulk import Reading, save_extractions
from registry.certificates.facts import Extraction, FieldState
from registry.certificates.store import StoredCertificate
from registry.db import lock_for_writing
from registry.documents import intake
from registry.documents.intake import ReadingStatus, Remembered
from registry.review import standing

MOST_TOGETHER = 500
"""Documents that are stored in one transaction at most: what a kill can cost is reading so many again."""

PATIENCE_SECONDS = 0.5
"""How long a document that was read waits for others to be stored with."""


@dataclass(frozen=True)
class Came:
    """A document that came back from its reader; its bytes are kept already where they are to be. `message` says why nothing was read."""

    source: str
    name: str
    sha256: str
    size: int
    extraction: Extraction | None = None
    page_sizes: list[list[float]] | None = None
    status: ReadingStatus = ReadingStatus.STORED
    message: str | None = None


@dataclass(frozen=True)
class Stored:
    """What became of a document, for those who wait for it and for the next ingest."""

    outcome: Outcome
    remembered: Remembered


@dataclass
class Waiting:
    """Documents that wait to be stored together. `clock` gives seconds."""

    clock: Callable[[], float] = time.monotonic
    _came: list[Came] = field(default_factory=list)
    _since: float = 0.0

    def add(self, one: Came) -> None:
        """Let a document wait."""
        if not self._came:
            self._since = self.clock()
        self._came.append(one)

    @property
    def seconds_left(self) -> float | None:
        """How long the first of them still has patience; None where there are none."""
        return max(0.0, self._since + PATIENCE_SECONDS - self.clock()) if self._came else None

    @property
    def is_due(self) -> bool:
        """Whether they are to be stored now."""
        return len(self._came) >= MOST_TOGETHER or self.seconds_left == 0.0

    def take(self) -> list[Came]:
        """All of them, in the order in which they came; nobody waits any more."""
        taken, self._came = self._came, []
        return taken


def store(sessions: sessionmaker[Session], parser_version: str, documents: Sequence[Came]) -> list[Stored]:
    """Store documents; what became of each, in their order.

    Raises CannotBegin when the database cannot be written: then nothing of those was stored that are not stored already.
    """
    if not documents:
        return []
    try:
        with sessions.begin() as session:
            return store_together(session, parser_version, documents)
    except (SQLAlchemyError, ValueError, ArithmeticError) as error:
        if len(documents) > 1:
            return [stored for one in documents for stored in store(sessions, parser_version, [one])]
        return [_give_up(sessions, parser_version, documents[0], error)]


def unread_fields(extraction: Extraction) -> tuple[str, ...]:
    """The fields that were printed, or expected, and not read with certainty."""
    return tuple(entry.field for entry in extraction.fields if entry.state is FieldState.UNREAD)


@uncollected()
def store_together(session: Session, parser_version: str, documents: Sequence[Came]) -> list[Stored]:
    """Store documents in one transaction, which whoever calls ends; what became of each, in their order. No two are the same."""
    lock_for_writing(session)
    read = [(one, one.extraction) for one in documents if one.extraction is not None]
    hashes = [one.sha256 for one, _ in read]
    before = standing.held_by_document(session, hashes)
    readings = [Reading(extraction, one.name, one.size, one.page_sizes) for one, extraction in read]
    saved = save_extractions(session, readings, parser_version=parser_version)
    held = {sha256: stored.held for sha256, stored in zip(hashes, saved, strict=True) if stored.held is not None}
    recheck_many(session, {sha256: before.get(sha256) for sha256 in hashes}, held)
    became = {one.sha256: _stored(one, extraction, stored, parser_version) for (one, extraction), stored in zip(read, saved, strict=True)}
    intake.remember_stored(session, [one.remembered for one in became.values()])
    for one in documents:
        if one.extraction is None:
            became[one.sha256] = _unread(one, parser_version)
            intake.remember(session, became[one.sha256].remembered)
    return [became[one.sha256] for one in documents]


def _stored(one: Came, extraction: Extraction, stored: StoredCertificate, parser_version: str) -> Stored:
    unread = unread_fields(extraction)
    told = tuple(finding.to_json() for finding in extraction.findings)
    number, revision = stored.number, stored.revision
    remembered = Remembered(
        one.sha256, one.name, ReadingStatus.STORED, parser_version, number=number, revision=revision, unread=unread, findings=told
    )
    outcome = Outcome(
        one.source, _status(stored), sha256=one.sha256, number=number, revision=revision, unread=unread, findings=extraction.findings
    )
    return Stored(outcome, remembered)


def _unread(one: Came, parser_version: str) -> Stored:
    reason = (one.message or "").removeprefix(f"{one.source}: ")
    status = Status.WAITING if one.status is ReadingStatus.WAITING else Status.REFUSED
    remembered = Remembered(one.sha256, one.name, one.status, parser_version, reason)
    return Stored(Outcome(one.source, status, sha256=one.sha256, message=one.message), remembered)


def _give_up(sessions: sessionmaker[Session], parser_version: str, one: Came, error: Exception) -> Stored:
    """What was read cannot be stored: a mistake of ours, which must not cost the others."""
    what = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
    told = f"{one.source}: what was read of it cannot be stored ({what}); please report this document's kind, and go on without"
    refused = _unread(Came(one.source, one.name, one.sha256, one.size, status=ReadingStatus.REFUSED, message=told), parser_version)
    with sessions.begin() as session:
        intake.remember(session, refused.remembered)
    return refused


def _status(stored: StoredCertificate) -> Status:
    if not stored.extraction_created:
        return Status.KNOWN
    if stored.number is None:
        return Status.REVIEW
    return Status.NEW if stored.created else Status.ANOTHER
