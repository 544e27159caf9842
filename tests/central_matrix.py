"""The matrix of central systems: every fault of the CSMS against every case that an audit can carry out, in virtual time.

    python -m tests.central_matrix [--write] [FAULT...]

prints, for each clean twin, what was not as it should be; for each fault the cases that failed, those that should, the causes that were
named, and the cases that could no longer be exercised to their end because of it. Ends with 1 when any clean twin is accused, or any
fault is found by other cases than its catalogue says. `--write` keeps the tables as docs/audit-matrix-csms.md.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from probes.facts_file import read_facts
from probes.judge.catalogue import DATA
from registry.certificates.facts import CertificateFacts
from tests import matrices
from tests.probes.central.rig import Audited, audit

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "audit-matrix-csms.md"

CERTIFICATES = ("OCA.0016.0023", "OCA.0016.0118", "OCA.0016.0411", "OCA.0016.0608")
"""The sample certificates of central systems."""

TRIED_WITH = "OCA.0016.0411"
"""The certificate whose twins have the faults."""

WITH_CERTIFICATES = frozenset({"security-event-refused", "sign-certificate-never-answered"})
"""Faults of the security extension that are tried with certificates of both sides; the others are with a password over TLS."""

FURTHER = {0: (), 1: (2,), 2: (3,), 3: ()}
"""By security profile, those for which there are further endpoints."""

TOLD = frozenset({"not-restored"})
"""Rules that say what an audit leaves behind, and accuse nobody."""


@cache
def certificate(number: str, *, security: bool = False) -> CertificateFacts:
    """A sample certificate; with `security`, as if its product were certified for that, too."""
    facts = read_facts(ROOT / "tests" / "golden" / f"{number}.CSMS.json")
    return replace(facts, profiles={**(facts.profiles or {}), "Security": "Pass"}) if security else facts


@dataclass(frozen=True)
class Fault:
    """One row of the fault catalogue: `found_by` are the cases that fail because of it, `found_by_check` what names it beside them."""

    name: str
    profile: str
    does: str
    found_by: tuple[str, ...]
    found_by_check: tuple[str, ...]


@cache
def faults() -> tuple[Fault, ...]:
    """The faults of central systems."""
    rows = json.loads((DATA / "faults.json").read_text(encoding="utf-8"))["faults"]
    return tuple(_fault(row) for row in rows if row["role"] == "CSMS")


def _fault(row: dict[str, Any]) -> Fault:
    found, checks = (tuple(sorted(row.get(name, ()))) for name in ("found_by", "found_by_check"))
    return Fault(row["name"], row["profile"], row["does"], found, checks)


@dataclass(frozen=True)
class Row:
    """One audit of the matrix, without what would not go from process to process. `outcomes` are the cases that were carried out, `named`
    the rules that named an error, a warning or a note, `worse` those among them that named more than a note.
    """

    name: str
    verdict: str
    outcomes: dict[str, str]
    profiles: dict[str, str]
    named: tuple[str, ...]
    worse: tuple[str, ...]

    @property
    def failing(self) -> tuple[str, ...]:
        """The cases that failed."""
        return matrices.failing(self.outcomes)


def _row(name: str, audited: Audited) -> Row:
    report = audited.report
    named = sorted({finding["rule"] for finding in report["findings"]})
    worse = sorted({finding["rule"] for finding in report["findings"] if finding["severity"] != "note"} - TOLD)
    profiles = {row["profile"]: row["verdict"] for row in report["profiles"]}
    return Row(name, report["verdict"], audited.outcomes, profiles, tuple(named), tuple(worse))


def clean(number: str) -> Row:
    """The clean twin of this certificate."""
    return _row(number, audit(certificate(number)))


def clean_secured(number: str, profile: int = 2) -> Row:
    """The clean twin that has the security extension as well, audited with this security profile, and the next one where there is one."""
    done = audit(certificate(number, security=True), profile=profile, further=FURTHER[profile])
    return _row(f"{number} with security profile {profile}", done)


def faulty(name: str) -> Row:
    """A twin with this fault."""
    if next(fault.profile for fault in faults() if fault.name == name) != "Security":
        return _row(name, audit(certificate(TRIED_WITH), faults=[name]))
    profile = 3 if name in WITH_CERTIFICATES else 2
    return _row(name, audit(certificate(TRIED_WITH, security=True), faults=[name], profile=profile, further=FURTHER[profile]))


@dataclass(frozen=True)
class Matrix:
    """All rows: those of clean twins, and those with faults by fault."""

    clean: tuple[Row, ...]
    faulty: dict[str, Row]

    def accused(self) -> Iterator[str]:
        """What is wrong with the clean rows, a line each."""
        for row in self.clean:
            if row.verdict != "conformant" or row.failing or row.worse:
                yield f"{row.name}: {row.verdict}; {', '.join((*row.failing, *row.worse)) or 'nothing named'}"

    def differing(self) -> Iterator[str]:
        """The faults that are found otherwise than the catalogue says, a line each."""
        for fault in faults():
            row = self.faulty.get(fault.name)
            if row is None:
                continue
            if row.failing != fault.found_by:
                yield f"{fault.name}: failed {', '.join(row.failing) or '-'}; should fail {', '.join(fault.found_by) or '-'}"
            if unnamed := set(fault.found_by_check) - set(row.named):
                yield f"{fault.name}: not named by {', '.join(sorted(unnamed))}"

    def unexercised(self, row: Row) -> tuple[str, ...]:
        """The cases that came to another end than a clean twin's, or to none, and did not fail."""
        usual = next((each.outcomes for each in self.clean if each.name == TRIED_WITH), {})
        return matrices.unexercised(usual, row.outcomes)


def make(only: Sequence[str] = ()) -> Matrix:
    """Carry out the audits, in as many processes as there are processors; of the faults only those named, where any are."""
    chosen = [fault.name for fault in faults() if not only or fault.name in only]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        rows = pool.map(clean, CERTIFICATES)
        secured = pool.map(clean_secured, [TRIED_WITH] * 4, FURTHER)
        others = pool.map(faulty, chosen, chunksize=4)
        return Matrix((*rows, *secured), dict(zip(chosen, others, strict=True)))


def document(matrix: Matrix) -> str:
    """The matrix as a page."""
    lines = [
        "# The audit matrix of central systems",
        "",
        "Made by `python -m tests.central_matrix --write`, kept by a test: whole audits of twins of the sample certificates, in virtual",
        "time, with idTags of every state and a program that has the central system send what a case asks for. A clean twin must come out",
        f"clean, a fault be found by the cases named and by no other. Faults are tried in a twin of {TRIED_WITH}.",
        "",
        "## Clean twins",
        "",
        "| central system | verdict | passed | other outcomes | profiles verified |",
        "|---|---|---|---|---|",
    ]
    for row in matrix.clean:
        passed, others = matrices.passed_and_others(row.outcomes)
        verified = sum(verdict == "verified" for verdict in row.profiles.values())
        lines.append(f"| {row.name} | {row.verdict} | {passed} | {others} | {verified} of {len(row.profiles)} |")
    lines += ["", "## Faults", "", "| fault | what it does | fails | named by | no longer exercised to the end |", "|---|---|---|---|---|"]
    for fault in faults():
        tried = matrix.faulty[fault.name]
        cells = [", ".join(each) or "-" for each in (tried.failing, tried.named, matrix.unexercised(tried))]
        lines.append(f"| {fault.name} | {fault.does} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def show(matrix: Matrix, console: Console) -> None:
    """The matrix on a terminal."""
    table = Table("Fault", "Failed", "Should fail", "Named by", box=None, title="Every fault of a central system against every case")
    for fault in faults():
        row = matrix.faulty.get(fault.name)
        if row is not None:
            table.add_row(fault.name, ", ".join(row.failing), ", ".join(fault.found_by), ", ".join(row.named))
    console.print(table)


def main(arguments: Sequence[str]) -> int:
    """Print the matrix; 1 when anything is not as it should be."""
    return matrices.run(arguments, make, show, document, DOCUMENT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
