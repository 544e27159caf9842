"""What of a document has to be looked at by a person, and what of it was. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from registry.certificates.facts import Extraction, FieldState, Finding, Severity
from registry.certificates.paths import parts
from registry.review.corrections import (
    FIELD_ACTIONS,
    Correction,
    Difference,
    decision_about,
    differences,
    finding_field,
    is_no_certificate,
)


class PointKind(StrEnum):
    """Why something has to be looked at."""

    UNNUMBERED = "no number"
    """The certificate number was not read: the registry shows nothing of the document."""
    DIFFERENCE = "read differently"
    """A later reading says something else than the one that was decided upon."""
    UNREAD = "not read"
    FINDING = "finding"


@dataclass(frozen=True)
class Point:
    """One thing to look at. `decision` is what was decided about it; None while it is open.

    `field` is a path, or `finding:<rule>`; `finding` and `difference` are given where it is one.
    """

    kind: PointKind
    severity: Severity
    field: str
    finding: Finding | None = None
    difference: Difference | None = None
    decision: Correction | None = None


def points(reading: Extraction, others: Sequence[Finding], holding: Sequence[Correction]) -> tuple[Point, ...]:
    """Everything to look at: open ones and settled ones, the most severe first.

    `others` are findings that were not made by the reading itself; `holding` are the decisions that hold.
    """
    if is_no_certificate(holding):
        return ()
    pinned = {one.field: one for one in holding if one.action in FIELD_ACTIONS}
    differing = {one.field: one for one in differences(reading, holding)}
    found = [Point(PointKind.DIFFERENCE, Severity.WARNING, path, difference=one) for path, one in differing.items()]
    unread = [entry.field for entry in reading.fields if entry.state is FieldState.UNREAD and parts(entry.field)]
    found += [
        Point(PointKind.UNREAD, Severity.WARNING, path, decision=pinned.get(path))
        for path in unread
        if path not in differing and path != "number"
    ]
    if reading.certificate.number is None and "number" not in differing:
        decided = pinned.get("number")
        found.append(Point(PointKind.UNNUMBERED, Severity.ERROR, "number", decision=decided if decided and decided.value else None))
    for finding in (*reading.findings, *others):
        decision = decision_about(finding, holding)
        found.append(Point(PointKind.FINDING, finding.severity, finding_field(finding.rule), finding=finding, decision=decision))
    kinds, severities = list(PointKind), list(Severity)
    return tuple(sorted(found, key=lambda point: (severities.index(point.severity), kinds.index(point.kind))))
