"""Deciding in review: each function appends one decision, records the event, and shows the certificate as it then is.

Whoever calls hands in a session inside a transaction and commits it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.certificates.facts import Extraction, FieldState, Finding
from registry.certificates.loading import extraction_from_json
from registry.certificates.models import Extraction as StoredExtraction
from registry.certificates.paths import values
from registry.certificates.store import newest_reading, refresh
from registry.db import Clock, clean_text, lock_for_writing, utc_now
from registry.documents.models import Document
from registry.errors import RegistryError
from registry.events import EventKind, Happening, record
from registry.review import standing, store
from registry.review.corrections import FIELD_ACTIONS, Action, Correction, active, finding_field, is_no_certificate, state_of, text_of
from registry.review.values import Written, checked
from registry.sentences import Sentence

__all__ = ["By", "Outdated", "UnknownDocument", "accept", "correct", "decide_finding", "no_certificate", "state_seen", "undo"]


class UnknownDocument(RegistryError):
    """A review of a document that the registry does not hold."""


class Outdated(RegistryError):
    """The document was read or reviewed again since the page was opened: what was decided then may no longer be meant."""


@dataclass(frozen=True)
class By:
    """Who decides, and why. `seen` is the id of the newest decision that the person saw, None for none: see `Outdated`.

    `reading` is the id of the reading that the person saw.
    """

    who: str
    reason: str
    reading: int
    seen: int | None


def accept(session: Session, sha256: str, path: str, by: By, *, clock: Clock = utc_now) -> int:
    """The field at `path` says what was read. Gives the decision's id, as all functions here do."""
    deciding = _Deciding(session, sha256, by, clock())
    read = deciding.read(path)
    if read.state is FieldState.READ and path in ("number", "certification_date"):
        checked(path, read.state, read.value or "", today=deciding.now.date())
    return deciding.decide(Action.ACCEPT, path, read, read)


def correct(session: Session, sha256: str, path: str, state: FieldState, text: str, by: By, *, clock: Clock = utc_now) -> int:
    """The field at `path` says `text`, or what `state` says of it. Raises Impossible for what no certificate can say."""
    deciding = _Deciding(session, sha256, by, clock())
    written = checked(path, state, clean_text(text), today=deciding.now.date(), number=deciding.number)
    read = deciding.read(path)
    action = Action.ACCEPT if written == read else Action.CORRECT
    return deciding.decide(action, path, read, written)


def decide_finding(session: Session, sha256: str, rule: str, message: str, by: By, *, stands: bool, clock: Clock = utc_now) -> int:
    """The finding is so, or rests on a misreading. Raises Outdated when there is no such finding."""
    deciding = _Deciding(session, sha256, by, clock())
    if not any((finding.rule, finding.message) == (rule, message) for finding in deciding.findings()):
        raise Outdated(Sentence("That finding is no longer there: load the page anew"))
    action = Action.CONFIRM_FINDING if stands else Action.DISMISS_FINDING
    return deciding.decide(action, finding_field(rule), Written(message, FieldState.READ), None)


def no_certificate(session: Session, sha256: str, by: By, *, clock: Clock = utc_now) -> int:
    """The document is no certificate: it shows no longer as one, and waits for nothing."""
    deciding = _Deciding(session, sha256, by, clock())
    if is_no_certificate(deciding.holding):
        raise Outdated(Sentence("The document is marked as no certificate already"))
    return deciding.decide(Action.NO_CERTIFICATE, None, None, None)


def undo(session: Session, sha256: str, decision: int, by: By, *, clock: Clock = utc_now) -> int:
    """The decision with that id no longer holds; one about the same that it had replaced holds again."""
    deciding = _Deciding(session, sha256, by, clock())
    undone = next((one for one in deciding.holding if one.id == decision), None)
    if undone is None:
        raise Outdated(Sentence("That decision does not hold any more: load the page anew"))
    return deciding.decide(Action.UNDO, undone.field, Written(undone.value, undone.state or FieldState.READ), None, undoes=undone.id)


def state_seen(session: Session, sha256: str) -> tuple[int, int | None]:
    """The ids of the newest reading and of the newest decision: what a page shows, and hands back in `By`.

    Raises UnknownDocument.
    """
    document, reading = _found(session, sha256)
    made = store.corrections(session, document.id)
    return reading.id, made[-1].id if made else None


def _found(session: Session, sha256: str) -> tuple[Document, StoredExtraction]:
    document = session.scalar(select(Document).where(Document.sha256 == sha256))
    reading = newest_reading(session, document.id) if document is not None else None
    if document is None or reading is None:
        raise UnknownDocument(Sentence("there is no document %(sha256)s in the registry: ingest it first", sha256=sha256))
    return document, reading


class _Deciding:
    """One decision, so that its steps share what they know of the document."""

    def __init__(self, session: Session, sha256: str, by: By, now: datetime) -> None:
        lock_for_writing(session)
        self.session, self.by, self.now = session, by, now
        self.document, self.reading = _found(session, sha256)
        self.extraction: Extraction = extraction_from_json(self.reading.payload)
        made = store.corrections(session, self.document.id)
        newest = made[-1].id if made else None
        if (by.reading, by.seen) != (self.reading.id, newest):
            raise Outdated(Sentence("Since this page was opened the document was read or reviewed again: look at it once more"))
        self.holding = active(made)

    @property
    def number(self) -> str | None:
        """The certificate's number, as corrected."""
        return store.corrected(self.extraction.certificate, self.holding).number

    def read(self, path: str) -> Written:
        """What the reading says at `path`; absent where it says nothing."""
        found = values(self.extraction.certificate)
        state = state_of(path, found, {entry.field: entry.state for entry in self.extraction.fields})
        return Written(text_of(found.get(path)), state)

    def findings(self) -> tuple[Finding, ...]:
        """What was found about the document, by itself and by others."""
        own = standing.document_findings(self.session, self.document.id) or ()
        key = (self.document.id, self.reading.number, self.reading.revision)
        return (*own, *standing.other_findings(self.session, [key]).get(self.document.id, ()))

    def decide(self, action: Action, field: str | None, read: Written | None, written: Written | None, undoes: int | None = None) -> int:
        """Append the decision, show what follows from it, and tell."""
        finding = field is not None and action in (Action.CONFIRM_FINDING, Action.DISMISS_FINDING)
        made = Correction(
            id=0,
            action=action,
            field=field,
            read_value=read.value if read else None,
            read_state=read.state if read and not finding else None,
            value=written.value if written else None,
            state=written.state if written else None,
            reason=self.by.reason,
            who=self.by.who,
            at=self.now,
            undoes=undoes,
        )
        before = (self.reading.number, self.reading.revision)
        decision = store.add(self.session, self.document.id, self.reading.id, made)
        refresh(self.session, self.document.sha256, clock=lambda: self.now)
        # Told to what the document was held as before, and to what it is held as now.
        told = dict.fromkeys(key for key in (before, (self.reading.number, self.reading.revision)) if key[0] is not None)
        payload = self._payload(made, decision)
        subjects = [Happening(EventKind.REVIEWED, "certificate", number, revision or None, payload) for number, revision in told]
        record(self.session, self.now, subjects or [Happening(EventKind.REVIEWED, "document", None, None, payload)])
        return decision

    def _payload(self, made: Correction, decision: int) -> dict[str, object]:
        """The event's: who decided stays in the table of decisions, which is not public."""
        told: dict[str, object] = {"document": self.document.sha256, "correction": decision, "action": str(made.action)}
        if made.field is not None:
            told["field"] = made.field
        if made.action in FIELD_ACTIONS:
            told |= {"old": made.read_value, "new": made.value}
        if made.undoes is not None:
            told["undoes"] = made.undoes
        return told | {"reason": made.reason}
