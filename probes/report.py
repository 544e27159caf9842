"""The audit report: the judge's assessment in the form of the contract, to which keys may only be added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from probes.judge.catalogue import ObligationFacts, obligation, obligations
from probes.judge.outcomes import Judgement, View
from probes.judge.response_times import PerformanceComparison
from probes.judge.trials import JudgedTrial
from probes.judge.verdicts import Assessment, JudgedCase
from registry.matching.aliases import Alias

NETWORK_NOTE = "Response times run from sending the call to receiving its answer at this end: the time on the network is included."

COMPARED = {
    "identity": "the certificate against BootNotification.req (1.6 4.2, 6.3)",
    "configuration": "the certificate's configuration keys against GetConfiguration.conf (1.6 5.8)",
    "profiles": "the certificate's profile table against SupportedFeatureProfiles and what the device serves (1.6 3.3, 9.1.29)",
    "performance": "the certificate's PICS values against the time from call to answer",
}
"""What a finding of a comparison rests on, where another rests on a clause of the specification."""


@dataclass(frozen=True)
class AuditFacts:
    """What is to be said of the audit itself. `started` and `ended` are RFC 3339 UTC; `transcript_path` as it can be opened."""

    id: str
    mode: str
    started: str
    ended: str
    tool_version: str
    device: str
    tiers: tuple[str, ...]
    transcript_path: str
    transcript_sha256: str


@dataclass(frozen=True)
class Seen:
    """What a report says of the product and of what was looked at: `first_frame` is the first record that counts, `frames` how many frames
    there are, `held` the obligations that were held against them, `compared` what a finding of a comparison rests on.
    """

    role: str
    certificate: str | None
    reported: Mapping[str, str | None]
    first_frame: int
    frames: int
    held: Mapping[str, ObligationFacts]
    compared: Mapping[str, str]


def station_seen(view: View) -> Seen:
    """What the transcript of a charging station shows."""
    return Seen("CS", view.certified.facts.number, _reported(view), max(view.since, 1), len(view.traffic.frames), obligations(), COMPARED)


def build(
    audit: AuditFacts,
    seen: Seen,
    assessment: Assessment,
    judgements: Iterable[Judgement],
    not_exercised: Iterable[Mapping[str, str]],
    notes: Iterable[str],
    trials: Iterable[JudgedTrial] = (),
) -> dict[str, Any]:
    """The report as JSON values; `trials` are what was tried beside the cases."""
    return {
        "audit": {
            "id": audit.id,
            "mode": audit.mode,
            "started": audit.started,
            "ended": audit.ended,
            "tool_version": audit.tool_version,
            "certificate": seen.certificate,
            "tiers": list(audit.tiers),
            "first_frame": seen.first_frame,
        },
        "device": {"id": audit.device, "role": seen.role, "reported": dict(seen.reported)},
        "verdict": str(assessment.verdict),
        "reason": assessment.reason,
        "identity": [
            {"field": row.field, "certified": row.certified, "observed": row.observed, "verdict": row.verdict, "frames": list(row.frames)}
            | _note(row.note)
            | _known_as(row.by)
            for row in assessment.identity
        ],
        "profiles": [
            {
                "profile": row.profile,
                "certified": row.certified,
                "advertised": row.advertised,
                "observed": row.observed,
                "verdict": row.verdict,
                "frames": list(row.frames),
            }
            for row in assessment.profiles
        ],
        "configuration": [
            {"key": row.key, "certified": row.certified, "observed": row.observed, "verdict": row.verdict, "frames": list(row.frames)}
            | _note(row.note)
            for row in assessment.configuration
        ],
        "performance": [_performance(row) for row in assessment.performance],
        "cases": [_case(case) for case in assessment.cases],
        "not_exercised": [dict(entry) for entry in not_exercised],
        "trials": [_trial(trial) for trial in trials],
        "findings": [
            {
                "rule": finding.rule,
                "severity": str(finding.severity),
                "message": finding.message,
                "frames": list(finding.frames),
                "subject": finding.subject,
                "clause": obligation(finding.rule).clause if finding.rule in seen.held else seen.compared.get(finding.rule),
            }
            for finding in assessment.findings
        ],
        "obligations": _held(judgements, seen.held),
        "notes": [NETWORK_NOTE, *notes],
        "transcript": {"path": audit.transcript_path, "sha256": audit.transcript_sha256, "frames": seen.frames},
    }


def _reported(view: View) -> dict[str, str | None]:
    boot = view.timeline.last.boot
    payload: Mapping[str, Any] = boot.payload if boot else {}

    def told(*names: str) -> str | None:
        return next((payload[name] for name in names if isinstance(payload.get(name), str)), None)

    return {
        "vendor": told("chargePointVendor"),
        "model": told("chargePointModel"),
        "serial": told("chargePointSerialNumber", "chargeBoxSerialNumber"),
        "firmware": told("firmwareVersion"),
    }


def _note(note: str | None) -> dict[str, str]:
    return {} if note is None else {"note": note}


def _known_as(records: tuple[Alias, ...]) -> dict[str, Any]:
    return {"known_as": [one.to_json() for one in records]} if records else {}


def _performance(row: PerformanceComparison) -> dict[str, Any]:
    observed = {
        "count": len(row.observed),
        "median": None if row.median is None else round(row.median, 6),
        "p95": None if row.p95 is None else round(row.p95, 6),
        "max": round(max(row.observed), 6) if row.observed else None,
    }
    return {
        "name": row.name,
        "pics_seconds": row.pics_seconds,
        "laboratory_seconds": row.laboratory_seconds,
        "observed_seconds": observed,
        "verdict": row.verdict,
        "frames": list(row.frames),
    }


def _case(case: JudgedCase) -> dict[str, Any]:
    return {
        "id": case.id,
        "profile": case.profile,
        "outcome": str(case.outcome),
        "reason": case.reason,
        "checks": _checks(case.checks),
        "frames": list(case.frames),
    }


def _trial(trial: JudgedTrial) -> dict[str, Any]:
    return {
        "id": trial.facts.id,
        "title": trial.facts.title,
        "outcome": str(trial.outcome),
        "reason": trial.reason,
        "checks": _checks(trial.checks),
        "frames": list(trial.frames),
    }


def _checks(checks: Iterable[Judgement]) -> list[dict[str, Any]]:
    return [
        {
            "text": check.text,
            "outcome": str(check.outcome),
            "frames": list(check.frames),
            "obligation": check.obligation,
            "clause": obligation(check.obligation).clause,
        }
        for check in checks
    ]


def _held(judgements: Iterable[Judgement], held: Mapping[str, ObligationFacts]) -> list[dict[str, Any]]:
    """Per obligation how often it was held against frames, and with which outcome: what was looked at, not only what was found."""
    counts: dict[str, dict[str, int]] = {}
    for judgement in judgements:
        outcomes = counts.setdefault(judgement.obligation, {"pass": 0, "fail": 0, "not exercised": 0})
        outcomes[str(judgement.outcome)] += 1
    return [
        {"id": facts.id, "title": facts.title, "clause": facts.clause} | counts.get(facts.id, {"pass": 0, "fail": 0, "not exercised": 0})
        for facts in held.values()
    ]
