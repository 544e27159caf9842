"""What the parser makes of the sample certificates, against what persons read in them.

Run as `python -m tests.accuracy`: a table of fields right, not read and wrong per document. Exit status 1 when any field is wrong
or not read.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ingest.parse import parse_document

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "data" / "certificates"
GOLDEN = ROOT / "tests" / "golden"
RIGHT, UNREAD, WRONG = "right", "not read", "wrong"


def cells(certificate: dict[str, Any]) -> dict[str, Any]:
    """Every scalar and every table cell by its path; a table that is not printed counts as one cell."""
    found: dict[str, Any] = {}
    for name, value in certificate.items():
        if isinstance(value, dict):
            found |= {f"{name}.{row}": cell for row, cell in value.items()}
        elif isinstance(value, list):
            found |= {f"{name}.{row['name']}.{part}": row[part] for row in value for part in ("pics_seconds", "measured_seconds")}
        else:
            found[name] = value
    return found


def judge(expected: dict[str, Any], actual: dict[str, Any]) -> Iterator[tuple[str, str, Any, Any]]:
    """Path, verdict, expected and actual value of every cell of either side."""
    true, read = cells(expected), cells(actual)
    for path in true | read:
        one, two = true.get(path), read.get(path)
        yield path, RIGHT if one == two else UNREAD if two is None else WRONG, one, two


def measure(golden: Path) -> tuple[str, Counter[str], list[str]]:
    """The document's name, how many cells came out how, and a line for each that is not right."""
    truth = json.loads(golden.read_text(encoding="utf-8"))
    path = SAMPLES / truth["document"]
    parsed = parse_document(path.read_bytes(), path.name).to_json()
    judged = list(judge(truth["certificate"], parsed["certificate"]))
    lines = [f"{golden.stem}: {name} is {one!r}, {verdict} as {two!r}" for name, verdict, one, two in judged if verdict != RIGHT]
    findings = {finding["rule"] for finding in parsed["findings"]}
    lines += [f"{golden.stem}: finding {rule} is missing" for rule in truth["findings"] if rule not in findings]
    lines += [f"{golden.stem}: finding {rule} is false" for rule in truth["no_findings"] if rule in findings]
    return truth["document"], Counter(verdict for _, verdict, _, _ in judged), lines


def main() -> int:
    """Print the table; 1 when anything is wrong or not read."""
    table = Table("Document", "Certificate", "Right", "Not read", "Wrong")
    problems: list[str] = []
    total: Counter[str] = Counter()
    for golden in sorted(GOLDEN.glob("OCA.*.json")):
        document, counts, lines = measure(golden)
        total += counts
        problems += lines
        table.add_row(document, golden.stem, *(str(counts[verdict]) for verdict in (RIGHT, UNREAD, WRONG)))
    table.add_section()
    table.add_row("all", "", *(str(total[verdict]) for verdict in (RIGHT, UNREAD, WRONG)))
    console = Console(width=120)
    console.print(table)
    for line in problems:
        console.print(line, markup=False, soft_wrap=True)
    return 1 if problems or not total else 0


if __name__ == "__main__":
    sys.exit(main())
