"""The audit matrix with a short PICS value, so that the late answer need not be waited for long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from probes.facts_file import read_facts
from probes.judge.obligations import judge, view_of
from probes.judge.verdicts import assess
from probes.modes.takeover import Limits
from probes.wire.reading import read_transcript
from registry.certificates.facts import CertificateFacts, PerformanceRow
from tests.audit_matrix import CERTIFICATE, CHANGED, CLEAN, EXPECTED, FAILING, LEFT_OUT, UNHEARD, Row, possible_faults, run_matrix
from tests.probes.audits.rig import DEFAULT_PASSES, applicable
from tests.sampling import sampled

NEEDED = {
    "wrong-software-version",
    "key-value-drift",
    "key-missing",
    "profile-advertised-not-certified",
    "answer-after-pics-timeout",
    "answer-breaks-schema",
    "unknown-key-not-listed",
}
"""The faults without which the matrix shows nothing."""


@pytest.fixture(scope="module")
def facts() -> CertificateFacts:
    certified = read_facts(CERTIFICATE)
    return replace(certified, performance=tuple(PerformanceRow(row.name, 3, 1) for row in certified.performance or ()))


@pytest.mark.parametrize("part", sampled(range(4), 4))
async def test_every_twin_is_found_out_and_no_clean_one_is_accused(facts: CertificateFacts, part: int, tmp_path: Path) -> None:
    others = [fault for fault in possible_faults(facts) if fault not in NEEDED]
    rows = await run_matrix(facts, Limits(answer=8.0, status=1.0, start=0.5), tmp_path, [*sorted(NEEDED), *others[part::4]])
    assert [(row.twin, row.named, row.failing, row.report["verdict"]) for row in rows if not row.ok] == []
    clean = next(row for row in rows if row.twin == CLEAN)
    assert applicable(clean.report) == DEFAULT_PASSES
    assert {finding["severity"] for finding in clean.report["findings"]} == {"note"}
    assert _lines_without_proof(clean) == []
    for row in rows:
        _judged_again_from_its_transcript(row, facts)
        _no_other_case_has_changed(row, clean)


def _lines_without_proof(row: Row) -> list[str]:
    """The lines that say something of the device without naming the frames that show it."""
    report = row.report
    said = [(f"identity {line['field']}", line) for line in report["identity"]]
    said += [(f"profile {line['profile']}", line) for line in report["profiles"]]
    said += [(f"key {line['key']}", line) for line in report["configuration"] if line["observed"] is not None]
    said += [(f"time {line['name']}", line) for line in report["performance"] if line["verdict"] != "not exercised"]
    said += [(f"case {line['id']}", line) for line in report["cases"] if line["outcome"] != "not applicable"]
    return [name for name, line in said if not line["frames"]]


def _judged_again_from_its_transcript(row: Row, facts: CertificateFacts) -> None:
    """The stored transcript alone names the same causes."""
    view = view_of(read_transcript(Path(row.report["transcript"]["path"])), facts, 8.0)
    findings = assess(view, judge(view), ()).findings
    assert tuple(finding.subject for finding in findings if finding.severity == "error") == row.named


def _no_other_case_has_changed(row: Row, clean: Row) -> None:
    """A fault changes the outcome of the cases that are about it. A station that tells little of itself leaves others unexercised."""
    if row.twin in UNHEARD:
        return
    changed = CHANGED.get(row.twin, {}) | dict.fromkeys(FAILING.get(row.twin, ()), "fail")
    expected = {case["id"]: case["outcome"] for case in clean.report["cases"]} | changed
    for case in LEFT_OUT.get(row.twin, ()):
        del expected[case]
    assert {case["id"]: case["outcome"] for case in row.report["cases"]} == expected


def test_the_matrix_has_every_fault_that_its_station_can_have_and_those_that_matter(facts: CertificateFacts) -> None:
    faults = set(possible_faults(facts))
    assert NEEDED < set(EXPECTED) <= faults | {CLEAN}
    assert set(FAILING) | set(CHANGED) <= set(EXPECTED)
    assert len(faults) > 100
