"""The full matrix: every fault of the station against every case that a twin's operator can carry out, in virtual time.

    python -m tests.full_matrix [--write]

prints, for each clean configuration, what was not as it should be; for each fault the configuration it was tried in, the cases that failed,
those that should, and those that could no longer be exercised to their end because of it. Ends with 1 when any clean twin is accused, or
any fault is found by other cases than its catalogue says. `--write` keeps the tables as docs/audit-matrix.md.
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
from typing import Any

from rich.console import Console
from rich.table import Table

from probes.faults import with_faults
from probes.judge.catalogue import DATA
from probes.station.config import StationConfig
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from tests.probes.audits.facts import PROFILE_KEYS, facts_with, full_facts, secured_facts, twin_with
from tests.probes.audits.rig import Audited, audit

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "audit-matrix.md"


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
    """One row of the fault catalogue: `found_by` are the cases that fail because of it."""

    name: str
    profile: str
    does: str
    found_by: tuple[str, ...]


@cache
def faults() -> tuple[Fault, ...]:
    """The faults of stations."""
    rows = json.loads((DATA / "faults.json").read_text(encoding="utf-8"))["faults"]
    return tuple(
        Fault(row["name"], row["profile"], row["does"], tuple(sorted(row.get("found_by", ())))) for row in rows if row["role"] == "CS"
    )


@dataclass(frozen=True)
class Row:
    """One audit of the matrix, without what would not go from process to process. `outcomes` are the cases that were carried out."""

    name: str
    setting: str
    verdict: str
    outcomes: dict[str, str]
    errors: tuple[str, ...]
    not_restored: tuple[str, ...]

    @property
    def failing(self) -> tuple[str, ...]:
        """The cases that failed."""
        return tuple(sorted(case for case, outcome in self.outcomes.items() if outcome == "fail"))


def _row(name: str, setting: Setting, audited: Audited) -> Row:
    left = tuple(finding["message"] for finding in audited.report["findings"] if finding["rule"] == "not-restored")
    return Row(name, setting.name, audited.report["verdict"], audited.outcomes, audited.errors, left)


def clean(setting: Setting) -> Row:
    """The clean twin of this kind."""
    return _row("clean twin", setting, setting.audit(twin_with(setting.facts, setting.phases)))


def faulty(fault: Fault) -> Row | None:
    """A twin with this fault, of the first kind that can have it; None when no kind can."""
    for setting in _kinds_for(fault):
        config = twin_with(setting.facts, setting.phases)
        try:
            with_faults(config, [fault.name])
        except CannotBegin:
            continue
        try:
            return _row(fault.name, setting, setting.audit(config, faults=[fault.name]))
        except CannotBegin:
            return Row(fault.name, setting.name, "it is not let in", {}, (), ())
    return None


def _kinds_for(fault: Fault) -> Sequence[Setting]:
    """What is wrong with security shows where it is in use: certificates of the station with profile 3, all else with 2."""
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
            if row.verdict != "conformant" or row.failing or row.errors:
                yield f"{name}: {row.verdict}; {', '.join((*row.failing, *row.errors)) or 'no error'}"

    def differing(self) -> Iterator[str]:
        """The faults that are found by other cases than the catalogue says, a line each."""
        for fault in faults():
            row = self.faulty.get(fault.name)
            if row is not None and row.failing != fault.found_by:
                yield f"{fault.name}: failed {', '.join(row.failing) or '-'}; should fail {', '.join(fault.found_by) or '-'}"

    def unexercised(self, row: Row) -> tuple[str, ...]:
        """The cases that came to another end than a clean twin's, or to none, and did not fail."""
        usual = self.clean[row.setting].outcomes
        return tuple(sorted(case for case, outcome in usual.items() if row.outcomes.get(case) not in {outcome, "fail"}))


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
        "who does what is asked. A clean twin must come out clean, a fault be found by the cases named and by no other.",
        "",
        "## Clean twins",
        "",
        "| station | verdict | passed | other outcomes |",
        "|---|---|---|---|",
    ]
    for name, row in matrix.clean.items():
        passed = sum(outcome == "pass" for outcome in row.outcomes.values())
        others = ", ".join(
            f"{case}: {outcome}" for case, outcome in sorted(row.outcomes.items()) if outcome not in {"pass", "not applicable"}
        )
        lines.append(f"| {name} | {row.verdict} | {passed} | {others or '-'} |")
    lines += ["", "## Faults", "", "| fault | what it does | tried in | fails | no longer exercised to the end |", "|---|---|---|---|---|"]
    for fault in faults():
        tried = matrix.faulty[fault.name]
        if tried is None:
            lines.append(f"| {fault.name} | {fault.does} | no kind of station can have it | - | - |")
            continue
        found = ", ".join(tried.failing) or ("no case; named: " + ", ".join(tried.errors) if tried.errors else "-")
        lines.append(f"| {fault.name} | {fault.does} | {tried.setting} | {found} | {', '.join(matrix.unexercised(tried)) or '-'} |")
    return "\n".join(lines) + "\n"


def show(matrix: Matrix, console: Console) -> None:
    """The matrix on a terminal."""
    table = Table("Fault", "Tried in", "Failed", "Should fail", "Causes named", box=None, title="Every fault against every case")
    for fault in faults():
        row = matrix.faulty.get(fault.name)
        if row is not None:
            table.add_row(fault.name, row.setting, ", ".join(row.failing), ", ".join(fault.found_by), ", ".join(row.errors))
    console.print(table)
    for line in (*matrix.accused(), *matrix.differing()):
        console.print(f"WRONG {line}", style="bold red", markup=False)


def main(arguments: Sequence[str]) -> int:
    """Print the matrix; 1 when anything is not as it should be."""
    matrix = make([argument for argument in arguments if not argument.startswith("-")])
    console = Console()
    show(matrix, console if console.is_terminal else Console(width=200))
    if "--write" in arguments:
        DOCUMENT.write_text(document(matrix), encoding="utf-8")
    return 1 if any(matrix.accused()) or any(matrix.differing()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
