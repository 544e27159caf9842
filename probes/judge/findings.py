"""Findings: what the reader of a report is told, one per cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from registry.certificates.facts import Severity

MOST_FRAMES = 100
"""How many frames one finding names; the first ones prove it as well as all would."""

_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(frozen=True)
class AuditFinding:
    """One thing found, with the frames that prove it. `subject` names the cause; `rule` what found it."""

    rule: str
    severity: Severity
    message: str
    frames: tuple[int, ...]
    subject: str


def merged(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """One finding per cause: the first that weighs most speaks, and the frames of all prove it. Errors first, then warnings, then notes."""
    by_subject: dict[str, list[AuditFinding]] = {}
    for finding in findings:
        by_subject.setdefault(finding.subject, []).append(finding)
    named = []
    for group in by_subject.values():
        speaks = min(group, key=lambda finding: _WEIGHT[finding.severity])
        weight = [finding for finding in group if finding.severity is speaks.severity]
        frames = tuple(sorted({seq for finding in weight for seq in finding.frames}))[:MOST_FRAMES]
        named.append(replace(speaks, frames=frames))
    return tuple(sorted(named, key=lambda finding: (_WEIGHT[finding.severity], finding.frames or (0,), finding.subject)))
