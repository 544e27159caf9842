"""An audit report taken apart for reading: what deviates first, what matches last. The report itself stays as it was stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from registry import wording
from registry.language import gettext as _
from registry.marking import N_

Row = Mapping[str, Any]

VERDICTS: dict[str, tuple[str, str]] = {
    "conformant": (N_("Conformant"), N_("Everything that this audit could observe is as the certificate says.")),
    "deviates": (N_("Deviates from its certificate"), N_("What this audit observed is not what the certificate says.")),
    "inconclusive": (
        N_("Inconclusive"),
        N_("Nothing observed speaks against the certificate, but too little could be observed to say that the device conforms."),
    ),
}
_CASES = Path(__file__).parents[2] / "data" / "ocpp16" / "cases.json"
_UNKNOWN_VERDICT = (N_("No verdict"), N_("The report holds no verdict that this version of the registry knows."))

_CONFIGURATION_ORDER = ("drift", "missing", "not readable", "unknown", "undeclared", "match")
_CASE_ORDER = ("fail", "error", "partial", "pass", "not applicable")


@dataclass(frozen=True)
class Sentence:
    """One thing that a reader must know, with the frames that prove it."""

    severity: str
    text: str
    frames: tuple[int, ...]
    clause: str | None = None


@dataclass(frozen=True)
class ReportView:
    """The report's tables in reading order."""

    title: str
    meaning: str
    gives_reason: bool
    tone: str
    sentences: tuple[Sentence, ...]
    identity: tuple[Row, ...]
    profiles: tuple[Row, ...]
    configuration: tuple[Row, ...]
    configuration_matches: tuple[Row, ...]
    performance: tuple[Row, ...]
    cases: tuple[Row, ...]
    tally: tuple[tuple[str, int], ...]
    not_exercised: tuple[Row, ...]
    trials: tuple[Row, ...]
    notes: tuple[str, ...]


def view(report: Row) -> ReportView:
    """Take a stored report apart. A part that is missing, as in a report of another version, is empty."""
    verdict = str(report.get("verdict"))
    title, meaning = map(wording.say, VERDICTS.get(verdict, _UNKNOWN_VERDICT))
    gives_reason = verdict != "deviates" and bool(report.get("reason"))
    if gives_reason:
        meaning = wording.sentence(report["reason"])
    configuration = _sorted(rows_of(report, "configuration"), "verdict", _CONFIGURATION_ORDER)
    cases = _sorted(rows_of(report, "cases"), "outcome", _CASE_ORDER)
    outcomes = Counter(str(case.get("outcome")) for case in cases)
    return ReportView(
        title=title,
        meaning=meaning,
        gives_reason=gives_reason,
        tone=wording.tone(verdict),
        sentences=tuple(_sentences(report)),
        identity=tuple(rows_of(report, "identity")),
        profiles=tuple(rows_of(report, "profiles")),
        configuration=tuple(row for row in configuration if row.get("verdict") != "match"),
        configuration_matches=tuple(row for row in configuration if row.get("verdict") == "match"),
        performance=tuple(rows_of(report, "performance")),
        cases=tuple(cases),
        tally=tuple(
            (outcome, outcomes[outcome]) for outcome in (*_CASE_ORDER, *sorted(set(outcomes) - set(_CASE_ORDER))) if outcomes[outcome]
        ),
        not_exercised=tuple(rows_of(report, "not_exercised")),
        trials=tuple(row for row in rows_of(report, "trials") if row.get("outcome") != "not exercised"),
        notes=tuple(map(str, report.get("notes") or ())),
    )


def frames_of(row: Row) -> tuple[int, ...]:
    """The numbers of the frames that prove one line, in order, each once."""
    found = row.get("frames")
    return tuple(sorted({number for number in found if type(number) is int})) if isinstance(found, list) else ()


def window(case: Row) -> tuple[int, int] | None:
    """The first and the last frame of a case; None when nothing was exchanged."""
    frames = frames_of(case)
    return (frames[0], frames[-1]) if frames else None


@cache
def case_titles() -> dict[str, str]:
    """What each test case is called, by its number."""
    catalogue = json.loads(_CASES.read_text(encoding="utf-8"))
    return {case["id"]: case["title"] for case in catalogue["cases"]}


def _sentences(report: Row) -> Iterable[Sentence]:
    """The findings, the graver first. A report that deviates without saying so in a finding is spelled out from its tables."""
    findings = _sorted(rows_of(report, "findings"), "severity", ("error", "warning", "note"))
    if findings:
        return [Sentence(str(row.get("severity")), str(row.get("message")), frames_of(row), row.get("clause")) for row in findings]
    return _from_tables(report) if report.get("verdict") == "deviates" else ()


def _from_tables(report: Row) -> Iterable[Sentence]:
    for row in rows_of(report, "identity"):
        if row.get("verdict") == "drift":
            name = wording.FIELD_LABELS.get(str(row.get("field")), str(row.get("field")))
            text = _("%(name)s: certified %(certified)s, running %(observed)s.", name=name, **_both(row))
            yield Sentence("error", text, frames_of(row))
    for row in rows_of(report, "profiles"):
        if row.get("verdict") == "fails":
            yield Sentence("error", _("%(profile)s is certified and does not work.", profile=row.get("profile")), frames_of(row))
    for row in rows_of(report, "configuration"):
        if row.get("verdict") == "drift":
            text = _("%(name)s: certified %(certified)s, set to %(observed)s.", name=row.get("key"), **_both(row))
            yield Sentence("error", text, frames_of(row))
        elif row.get("verdict") == "missing":
            certified = _said(row, "certified")
            text = _("%(name)s is certified with %(certified)s and the device has no such key.", name=row.get("key"), certified=certified)
            yield Sentence("error", text, frames_of(row))
    for row in rows_of(report, "performance"):
        if row.get("verdict") == "exceeds":
            longest, declared = wording.seconds((row.get("observed_seconds") or {}).get("max")), wording.seconds(row.get("pics_seconds"))
            text = _("%(name)s: took %(longest)s, declared %(declared)s.", name=row.get("name"), longest=longest, declared=declared)
            yield Sentence("error", text, frames_of(row))
    for row in rows_of(report, "cases"):
        if row.get("outcome") == "fail":
            yield Sentence("error", f"{row.get('id')}: {row.get('reason') or _('failed')}", frames_of(row))


def _both(row: Row) -> dict[str, str]:
    return {"certified": _said(row, "certified"), "observed": _said(row, "observed")}


def _said(row: Row, column: str) -> str:
    return wording.shown(row.get(column))


def rows_of(report: Row, table: str) -> list[Row]:
    """A table of the report; empty when it is missing, as in a report of another version."""
    found = report.get(table)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _sorted(rows: list[Row], column: str, order: tuple[str, ...]) -> list[Row]:
    """Rows in the order of a vocabulary, and as they came within it; a word that is not in it comes first, so that it is seen."""
    return sorted(rows, key=lambda row: order.index(row[column]) if row.get(column) in order else -1)
