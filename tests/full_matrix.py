"""The full matrix: every fault of the station against every case that a twin's operator can carry out, in virtual time.

    python -m tests.full_matrix [FAULT...] [--write]

prints, for each clean configuration, what was not as it should be; for each fault the configuration it was tried in, the cases that failed
and those that should; where no case is about it, the checks that name it in a finding and those that should. Ends with 1 when any clean
twin is accused, or any fault is found by others than its catalogue says. `--write` keeps the tables as docs/audit-matrix.md.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from probes.faults import with_faults
from probes.judge.catalogue import DATA
from probes.judge.trials import trial_catalogue
from probes.station.config import StationConfig
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests import matrices
from tests.probes.audits.facts import PROFILE_KEYS, facts_with, full_facts, secured_facts, twin_with
from tests.probes.audits.rig import Audited, audit

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "audit-matrix.md"


SHOWN_IN = {"unsupported-action-told-internal-error": "Core alone", "trigger-not-implemented-rejected": "Core and RemoteTrigger"}
"""Faults that show only where something is missing that the first kinds of station have."""

OF_THE_AUDIT = frozenset({"changed", "not-restored"})
"""Findings about what the audit did, which name no fault."""

NEEDS_MUTUAL = "TC_074_CS"
"""The case for which a station must come with a certificate of its own."""


@dataclass(frozen=True)
class Setting:
    """One kind of station: its certificate, on how many phases its twin is wired, with which security profile it comes, and for which
    others there are doors.
    """

    name: str
    facts: CertificateFacts
    phases: int = 1
    profile: int = 0
    further: tuple[int, ...] = ()

    def audit(self, config: StationConfig, **more: Any) -> Audited:
        """A whole audit of a twin of this kind."""
        return audit(self.facts, config=config, profile=self.profile, further=self.further, **more)


@cache
def settings() -> tuple[Setting, ...]:
    """The kinds of station whose clean twins must come out clean; a fault is tried in the first that can have it."""
    every = [Setting(f"all profiles, {count} connector{'s' * (count > 1)}", full_facts(count)) for count in (2, 1)]
    every += [
        Setting("all profiles, three phases", full_facts(1), phases=3),
        Setting("all profiles, fixed cable", full_facts(1, fixed_cable=True)),
    ]
    every += [Setting("all profiles and security", full_facts(2, security=True)), Setting("Core alone", facts_with())]
    every += [
        Setting(f"security profile {profile}", secured_facts(profile), profile=profile, further=further)
        for profile, further in ((1, (2,)), (2, (3,)), (3, ()))
    ]
    every += [Setting(f"Core and {profile}", facts_with(profile)) for profile in PROFILE_KEYS]
    return tuple(every)


@dataclass(frozen=True)
class Fault:
    """One row of the fault catalogue: `found_by` are the cases that fail because of it; where none does, `found_by_check` are the
    obligations and comparisons that name it, or `undetectable` says why nobody at the wire can know.
    """

    name: str
    profile: str
    does: str
    found_by: tuple[str, ...]
    found_by_check: tuple[str, ...] = ()
    undetectable: str | None = None


@cache
def faults() -> tuple[Fault, ...]:
    """The faults of stations."""
    rows = json.loads((DATA / "faults.json").read_text(encoding="utf-8"))["faults"]
    return tuple(
        Fault(
            row["name"],
            row["profile"],
            row["does"],
            tuple(sorted(row.get("found_by", ()))),
            tuple(sorted(row.get("found_by_check", ()))),
            row.get("undetectable"),
        )
        for row in rows
        if row["role"] == "CS"
    )


class Finding(NamedTuple):
    """What is compared of a finding of a report."""

    severity: str
    rule: str
    subject: str


@dataclass(frozen=True)
class Row:
    """One audit of the matrix, without what would not go from process to process. `outcomes` are the cases that were carried out, `trials`
    what was tried beside them.
    """

    name: str
    setting: str
    verdict: str
    outcomes: dict[str, str]
    trials: dict[str, str]
    findings: tuple[Finding, ...]
    not_restored: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """The causes that are named as errors."""
        return tuple(finding.subject for finding in self.findings if finding.severity == "error")

    def named_beside(self, clean: Row) -> tuple[str, ...]:
        """What names causes that a clean twin does not have: obligations and comparisons, with errors and warnings or else notes."""
        known = {finding.subject for finding in clean.findings}
        new = [finding for finding in self.findings if finding.subject not in known and finding.rule not in OF_THE_AUDIT]
        weighty = [finding for finding in new if finding.severity != "note"]
        return tuple(sorted({finding.rule for finding in weighty or new}))

    @property
    def failing(self) -> tuple[str, ...]:
        """The cases that failed."""
        return matrices.failing(self.outcomes)


def _row(name: str, setting: Setting, audited: Audited) -> Row:
    left = tuple(finding["message"] for finding in audited.report["findings"] if finding["rule"] == "not-restored")
    trials = {trial["id"]: trial["outcome"] for trial in audited.report["trials"]}
    findings = tuple(Finding(each["severity"], each["rule"], each["subject"]) for each in audited.report["findings"])
    return Row(name, setting.name, audited.report["verdict"], audited.outcomes, trials, findings, left)


def clean(setting: Setting) -> Row:
    """The clean twin of this kind."""
    return _row("clean twin", setting, setting.audit(twin_with(setting.facts, setting.phases)))


def faulty(fault: Fault) -> Row | None:
    """A twin with this fault, of the first kind that can have it; None when no kind can."""
    for setting in kinds_for(fault):
        config = twin_with(setting.facts, setting.phases)
        try:
            with_faults(config, [fault.name])
        except CannotBegin:
            continue
        try:
            return _row(fault.name, setting, setting.audit(config, faults=[fault.name]))
        except CannotBegin:
            return Row(fault.name, setting.name, "it is not let in", {}, {}, (), ())
    return None


def kinds_for(fault: Fault) -> Sequence[Setting]:
    """The kinds of station to try it in, the likeliest first. What is wrong with security shows where it is in use: certificates of the
    station with profile 3, all else with 2.
    """
    if fault.name in SHOWN_IN:
        return [setting for setting in settings() if setting.name == SHOWN_IN[fault.name]]
    wanted = 3 if NEEDS_MUTUAL in fault.found_by else 2
    return sorted(settings(), key=lambda setting: setting.profile != wanted) if fault.profile == "Security" else settings()


@dataclass(frozen=True)
class Matrix:
    """All rows. `faulty` holds them by fault."""

    clean: dict[str, Row]
    faulty: dict[str, Row | None]

    def accused(self) -> Iterator[str]:
        """What is wrong with the clean rows, a line each."""
        for name, row in self.clean.items():
            tried = [trial for trial, outcome in row.trials.items() if outcome not in {"pass", "not exercised"}]
            if row.verdict != "conformant" or row.failing or row.errors or tried:
                yield f"{name}: {row.verdict}; {', '.join((*row.failing, *row.errors, *tried)) or 'no error'}"

    def differing(self) -> Iterator[str]:
        """The faults that are found by other cases, or named by other checks, than the catalogue says, a line each."""
        for fault in faults():
            row = self.faulty.get(fault.name)
            if row is None:
                continue
            if row.failing != fault.found_by:
                yield f"{fault.name}: failed {', '.join(row.failing) or '-'}; should fail {', '.join(fault.found_by) or '-'}"
            elif not fault.found_by and self.named(row) != fault.found_by_check:
                told = ", ".join(self.named(row)) or "-"
                yield f"{fault.name}: named by {told}; should be named by {', '.join(fault.found_by_check) or '-'}"

    def named(self, row: Row) -> tuple[str, ...]:
        """What has named causes that the clean twin of this kind does not have."""
        return row.named_beside(self.clean[row.setting])

    def unexercised(self, row: Row) -> tuple[str, ...]:
        """The cases that came to another end than a clean twin's, or to none, and did not fail."""
        usual = self.clean[row.setting].outcomes
        return matrices.unexercised(usual, row.outcomes)


def make(only: Sequence[str] = ()) -> Matrix:
    """Carry out the audits, in as many processes as there are processors; of the faults only those named, where any are."""
    chosen = [fault for fault in faults() if not only or fault.name in only]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        rows = pool.map(clean, settings())
        others = pool.map(faulty, chosen, chunksize=4)
        return Matrix(
            {setting.name: row for setting, row in zip(settings(), rows, strict=True)},
            dict(zip([f.name for f in chosen], others, strict=True)),
        )


def document(matrix: Matrix) -> str:
    """The matrix as a page."""
    lines = [
        "# The audit matrix",
        "",
        "Made by `python -m tests.full_matrix --write`, kept by a test: whole audits with every tier, in virtual time, with an operator",
        "who does what is asked. A clean twin must come out clean, a fault be found by the cases named and by no other. What no test",
        "case is about is named by a check: an obligation that is held against every frame, or a comparison with the certificate. For",
        "some of them an audit tries something beside the cases, in the tiers that are given below; a report tells of that apart.",
        "",
        "## Clean twins",
        "",
        "| station | verdict | passed | other outcomes | tried beside the cases |",
        "|---|---|---|---|---|",
    ]
    for name, row in matrix.clean.items():
        passed, others = matrices.passed_and_others(row.outcomes)
        tried = sum(outcome == "pass" for outcome in row.trials.values())
        lines.append(f"| {name} | {row.verdict} | {passed} | {others} | {tried} of {len(row.trials)} passed, the others do not apply |")
    lines += ["", "## Tried beside the cases", "", "| trial | what is tried | tiers, all needed | looked for |", "|---|---|---|---|"]
    for trial in trial_catalogue().values():
        lines.append(f"| {trial.id} | {trial.title} | {', '.join(trial.tiers)} | {', '.join(sorted(trial.obligations))} |")
    lines += ["", "## Faults", "", f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    lines += [f"| {' | '.join(_cells(matrix, fault))} |" for fault in faults()]
    return "\n".join(lines) + "\n"


COLUMNS = ("fault", "what it does", "tried in", "fails", "named by, where no case fails", "no longer exercised to the end")


def _cells(matrix: Matrix, fault: Fault) -> tuple[str, ...]:
    tried = matrix.faulty[fault.name]
    if tried is None:
        return (fault.name, fault.does, "no kind of station can have it", "-", "-", "-")
    named = fault.undetectable or ", ".join(() if tried.failing else matrix.named(tried))
    return (
        fault.name,
        fault.does,
        tried.setting,
        ", ".join(tried.failing) or "-",
        named or "-",
        ", ".join(matrix.unexercised(tried)) or "-",
    )


def show(matrix: Matrix, console: Console) -> None:
    """The matrix on a terminal."""
    table = Table("Fault", "Tried in", "Failed", "Should fail", "Named by", "Should be", box=None, title="Every fault against every case")
    for fault in faults():
        row = matrix.faulty.get(fault.name)
        if row is not None:
            named = "" if fault.found_by else ", ".join(matrix.named(row))
            failing, wanted = ", ".join(row.failing), ", ".join(fault.found_by)
            table.add_row(fault.name, row.setting, failing, wanted, named, ", ".join(fault.found_by_check))
    console.print(table)


def main(arguments: Sequence[str]) -> int:
    """Print the matrix; 1 when anything is not as it should be."""
    return matrices.run(arguments, make, show, document, DOCUMENT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
