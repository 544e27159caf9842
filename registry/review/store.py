"""Keeps what people decided in review, and gives it back. What a decision does to certificates is in `registry.review.decisions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from registry.among import among
from registry.certificates.facts import FieldState
from registry.documents.models import Document
from registry.review.corrections import Action, Correction, active, corrected, corrected_extraction
from registry.review.models import CorrectionRecord

__all__ = ["active_corrections", "add", "corrected", "corrected_extraction", "corrections", "corrections_by_document", "decided_documents"]

_AT_ONCE = 300
"""Documents asked for by one statement: databases bound the number of its parameters."""


def corrections(session: Session, document_id: int) -> tuple[Correction, ...]:
    """Everything that was ever decided about a document, in its order."""
    return corrections_by_document(session, [document_id]).get(document_id, ())


def active_corrections(session: Session, document_id: int) -> tuple[Correction, ...]:
    """The decisions about a document that hold. One statement."""
    return active(corrections(session, document_id))


def corrections_by_document(session: Session, document_ids: Collection[int] | None = None) -> dict[int, tuple[Correction, ...]]:
    """Everything that was ever decided about the documents, or about any; documents without decisions are left out. One statement."""
    statement = select(CorrectionRecord).order_by(CorrectionRecord.id)
    if document_ids is not None:
        statement = statement.where(CorrectionRecord.document_id.in_(document_ids))
    found: dict[int, list[Correction]] = defaultdict(list)
    for row in session.scalars(statement):
        found[row.document_id].append(_correction(row))
    return {document_id: tuple(made) for document_id, made in found.items()}


def decided_documents(session: Session, hashes: Collection[str]) -> list[str]:
    """Those of the documents, by hash, about which anything was ever decided, in the order in which they came."""
    statement = select(Document.sha256).where(exists().where(CorrectionRecord.document_id == Document.id)).order_by(Document.id)
    wanted = sorted(hashes)
    batches = (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
    return [sha256 for batch in batches for sha256 in session.scalars(statement.where(among(session, Document.sha256, batch)))]


def add(session: Session, document_id: int, extraction_id: int, correction: Correction) -> int:
    """Append a decision, whatever its id says; gives the id that it got."""
    row = CorrectionRecord(
        document_id=document_id,
        extraction_id=extraction_id,
        action=str(correction.action),
        field=correction.field,
        read_value=correction.read_value,
        read_state=_text(correction.read_state),
        value=correction.value,
        state=_text(correction.state),
        reason=correction.reason,
        who=correction.who,
        at=correction.at,
        undoes=correction.undoes,
    )
    session.add(row)
    session.flush()
    return row.id


def _correction(row: CorrectionRecord) -> Correction:
    return Correction(
        row.id,
        Action(row.action),
        row.field,
        row.read_value,
        _state(row.read_state),
        row.value,
        _state(row.state),
        row.reason,
        row.who,
        row.at,
        row.undoes,
    )


def _text(state: FieldState | None) -> str | None:
    return None if state is None else str(state)


def _state(text: str | None) -> FieldState | None:
    return None if text is None else FieldState(text)
