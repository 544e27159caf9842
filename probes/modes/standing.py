"""What a recording can show: pure.

In a transcript that a tap made, what is not there did not happen. A log may lack lines, begin anew after a restart, name its times
loosely, or have none: there only what one frame, or a call with its answer, says by itself accuses anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from probes.judge.findings import AuditFinding
from probes.judge.outcomes import Judgement, Outcome
from probes.judge.response_times import PerformanceComparison
from probes.judge.verdicts import Assessment, Verdict
from registry.certificates.facts import Severity

Concluded = Callable[[Sequence[AuditFinding]], tuple[Verdict, str]]
"""Gives the verdict on such findings, with its reason."""

STANDS_ALONE = frozenset(
    {
        "answer-follows-schema",
        "authorization-key-hidden",
        "boot-follows-schema",
        "call-follows-schema",
        "central-answer-follows-schema",
        "central-call-follows-schema",
        "central-error-code-is-known",
        "change-unknown-key",
        "composite-schedule-begins-at-zero",
        "clear-cache-is-answered",
        "data-transfer-unknown-vendor",
        "error-code-is-known",
        "key-accessibility",
        "local-list-version-unsupported",
        "remote-start-connector-zero",
        "requested-keys-accounted",
        "required-keys-present",
        "reserve-unsupported",
        "send-local-list-unsupported",
        "start-names-connector",
        "station-status-is-limited",
        "supported-profiles-readable",
        "trigger-unknown-connector",
        "unlock-unknown-connector",
        "value-fits-its-measurand",
    }
)
"""The obligations whose failure is shown by one call and its answer, perhaps with a list of settings that was read before: whatever else
came before or between.
"""


def as_shown(judgements: Iterable[Judgement], *, exact: bool, timed: bool) -> list[Judgement]:
    """The judgements less what such a recording cannot show."""
    if exact:
        return list(judgements)
    return [judgement if judgement.obligation in STANDS_ALONE else _as_far_as_shown(judgement, timed) for judgement in judgements]


def _as_far_as_shown(judgement: Judgement, timed: bool) -> Judgement:
    if not timed:
        return replace(judgement, outcome=Outcome.NOT_EXERCISED, severity=None, text="the recording has no times")
    if judgement.outcome is not Outcome.FAILED:
        return judgement
    text = f"{judgement.text}; lines may be missing in the recording, so this accuses nobody"
    severity = Severity.WARNING if judgement.severity is Severity.ERROR else judgement.severity
    return replace(judgement, outcome=Outcome.NOT_EXERCISED, severity=severity, text=text)


def assessment_as_shown(assessment: Assessment, concluded: Concluded, *, exact: bool, timed: bool) -> Assessment:
    """The same for the comparison of times: those of a log are those of who wrote it. `concluded` gives the verdict on what is left."""
    if exact:
        return assessment
    findings = tuple(_late_as_shown(finding) for finding in assessment.findings if timed or finding.rule != "performance")
    rows = tuple(_row_as_shown(row, timed) for row in assessment.performance)
    verdict, reason = concluded(findings)
    return replace(assessment, findings=_ordered(findings), performance=rows, verdict=verdict, reason=reason)


def _late_as_shown(finding: AuditFinding) -> AuditFinding:
    if finding.rule != "performance" or finding.severity is not Severity.ERROR:
        return finding
    text = f"{finding.message}; by the times of the log, which nobody vouches for"
    return replace(finding, severity=Severity.WARNING, message=text)


def _row_as_shown(row: PerformanceComparison, timed: bool) -> PerformanceComparison:
    if not timed:
        return replace(row, observed=(), verdict="not exercised", frames=())
    return replace(row, verdict="not exercised") if row.verdict == "exceeds" else row


def _ordered(findings: Sequence[AuditFinding]) -> tuple[AuditFinding, ...]:
    return tuple(sorted(findings, key=lambda finding: list(Severity).index(finding.severity)))
