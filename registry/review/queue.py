"""The queue of documents to look at: what its page shows and no more is read, however many documents there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from registry.certificates.facts import Severity
from registry.certificates.words import fold
from registry.review.models import DocumentStanding
from registry.review.points import PointKind
from registry.review.queue_url import PAGE_SIZE, QueueQuery
from registry.review.standing import NO_POINT

_KINDS = {
    "number": DocumentStanding.unnumbered,
    "difference": DocumentStanding.differing,
    "unread": DocumentStanding.unread,
    "finding": DocumentStanding.errors + DocumentStanding.warnings + DocumentStanding.notes,
}
_SEVERITIES = {"error": DocumentStanding.errors, "warning": DocumentStanding.warnings, "note": DocumentStanding.notes}
_ORDERS: dict[str, tuple[Any, ...]] = {
    "severity": (DocumentStanding.severity, DocumentStanding.open_points.desc(), DocumentStanding.received_at),
    "oldest": (DocumentStanding.received_at,),
    "newest": (DocumentStanding.received_at.desc(),),
    "number": (DocumentStanding.number.is_(None), DocumentStanding.number, DocumentStanding.received_at),
}


@dataclass(frozen=True)
class QueueEntry:
    """One document and how much of it is to be looked at. `open` counts points by kind, `findings` the open findings by severity.

    `settled` counts the points that were decided. `state` is `open`, `done` (nothing to look at, or all of it decided) or
    `no certificate`. `severity` is that of the worst open point.
    """

    sha256: str
    name: str
    number: str | None
    revision: str | None
    holder: str | None
    designation: str | None
    received_at: datetime
    state: str
    severity: Severity | None
    open: dict[PointKind, int] = field(default_factory=dict)
    findings: dict[Severity, int] = field(default_factory=dict)
    settled: int = 0

    def days(self, today: date) -> int:
        """How long ago the document came, in days."""
        return max(0, (today - self.received_at.date()).days)


@dataclass(frozen=True)
class QueuePage:
    """One page of a choice: how many documents the choice has, how many wait for somebody to look, and how many there are at all."""

    total: int
    waiting: int
    documents: int
    entries: tuple[QueueEntry, ...]

    @property
    def pages(self) -> int:
        """How many pages the choice has; one when it is empty."""
        return max(1, -(-self.total // PAGE_SIZE))


def queue_page(session: Session, query: QueueQuery) -> QueuePage:
    """The page of the queue that `query` asks for; without entries when the choice has no such page. Two statements."""
    fits = _fits(query)
    counted = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((DocumentStanding.state == "open", 1), else_=0)), 0),
            func.coalesce(func.sum(case((fits, 1), else_=0)), 0),
        ).select_from(DocumentStanding)
    ).one()
    statement = _ordered(query, fits).limit(PAGE_SIZE).offset((query.page - 1) * PAGE_SIZE)
    return QueuePage(counted[2], counted[1], counted[0], tuple(map(_entry, session.scalars(statement))))


def queue_all(session: Session, query: QueueQuery) -> Iterator[QueueEntry]:
    """Every document of the choice, in its order, whatever the page. One statement."""
    yield from map(_entry, session.scalars(_ordered(query, _fits(query)).execution_options(yield_per=500)))


def _ordered(query: QueueQuery, fits: ColumnElement[bool]) -> Any:
    order = (*_ORDERS[query.sort], DocumentStanding.name, DocumentStanding.document_id)
    return select(DocumentStanding).where(fits).order_by(*order)


def _fits(query: QueueQuery) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [DocumentStanding.said.contains(word, autoescape=True) for word in fold(query.text).split()]
    if query.state != "all":
        conditions.append(DocumentStanding.state == query.state.replace("-", " "))
    if query.severity:
        rank = list(Severity).index(Severity(query.severity))
        conditions.append(or_(DocumentStanding.severity == rank, _SEVERITIES[query.severity] > 0))
    if query.kind:
        conditions.append(_KINDS[query.kind] > 0)
    return _all(conditions)


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    present: ColumnElement[bool] = DocumentStanding.document_id.is_not(None)
    for condition in conditions:
        present &= condition
    return present


def _entry(row: DocumentStanding) -> QueueEntry:
    open_points = {
        PointKind.UNNUMBERED: row.unnumbered,
        PointKind.DIFFERENCE: row.differing,
        PointKind.UNREAD: row.unread,
        PointKind.FINDING: row.errors + row.warnings + row.notes,
    }
    findings = {Severity.ERROR: row.errors, Severity.WARNING: row.warnings, Severity.NOTE: row.notes}
    return QueueEntry(
        row.sha256,
        row.name,
        row.number,
        row.revision or None,
        row.holder,
        row.designation,
        row.received_at,
        row.state,
        list(Severity)[row.severity] if row.severity < NO_POINT else None,
        {kind: number for kind, number in open_points.items() if number},
        {severity: number for severity, number in findings.items() if number},
        row.settled,
    )
