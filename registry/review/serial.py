"""The review for programs; who decided is left out. Pure; addresses are the callers'."""

from __future__ import annotations

from datetime import date
from typing import Any

from registry.certificates import presentation as certificate_presentation
from registry.review import presentation
from registry.review.points import Point, PointKind
from registry.review.queries import ReviewView
from registry.review.queue import QueueEntry


def entry_json(entry: QueueEntry, today: date) -> dict[str, Any]:
    """A document of the queue, and how much of it is to be looked at."""
    findings = {str(severity): count for severity, count in entry.findings.items()}
    return {
        "document": entry.sha256,
        "name": entry.name,
        "number": entry.number,
        "revision": entry.revision,
        "holder": entry.holder,
        "designation": entry.designation,
        "state": entry.state,
        "severity": str(entry.severity) if entry.severity else None,
        "no_number": entry.open.get(PointKind.UNNUMBERED, 0),
        "read_differently": entry.open.get(PointKind.DIFFERENCE, 0),
        "not_read": entry.open.get(PointKind.UNREAD, 0),
        "errors": findings.get("error", 0),
        "warnings": findings.get("warning", 0),
        "notes": findings.get("note", 0),
        "settled": entry.settled,
        "received_at": entry.received_at.isoformat(),
        "days": entry.days(today),
    }


def document_json(view: ReviewView) -> dict[str, Any]:
    """What was read, what is shown, what is to be looked at and what was decided."""
    lines = certificate_presentation.lines(view.public_text, {})
    return {
        "document": view.reading.document.to_json() | {"name": view.name, "received_at": view.received_at.isoformat()},
        "number": view.number,
        "revision": view.revision,
        "is_certificate": view.is_certificate,
        "reading": view.reading_id,
        "seen": view.seen,
        "fields": [
            {
                "field": row.path,
                "read": row.read,
                "read_state": str(row.read_state),
                "value": row.value,
                "state": str(row.state),
                "page": row.place.page if row.place else None,
                "line": row.place.line if row.place else None,
                "box": list(row.place.box) if row.place and row.place.box else None,
            }
            for row in presentation.rows(view, lines).values()
        ],
        "points": [_point_json(point) for point in view.points],
        "decisions": [one.to_json() | {"holds": one in view.holding} for one in view.made],
    }


def _point_json(point: Point) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": str(point.kind), "severity": str(point.severity), "field": point.field}
    if point.finding is not None:
        told["finding"] = point.finding.to_json()
    if point.difference is not None:
        told |= {"old": point.difference.old_value, "new": point.difference.new_value, "corrected": point.difference.correction.value}
    return told | {"decision": point.decision.id if point.decision else None}
