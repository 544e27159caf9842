"""What an audit shows at a terminal: how far it is, what it asks of the person there, and its report."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from probes.audit import AuditResult
from probes.operators import TerminalOperator

WIDTH_WITHOUT_TERMINAL = 160

_STYLES = {"error": "bold red", "fail": "bold red", "drift": "bold red", "missing": "bold red", "exceeds": "bold red", "fails": "bold red"}
_STYLES |= {"warning": "yellow", "partial": "yellow", "unknown": "yellow", "not readable": "yellow", "works but not certified": "yellow"}
_STYLES |= {"pass": "green", "match": "green", "verified": "green", "within": "green"}
_VERDICTS = {"conformant": "bold green", "deviates": "bold red", "inconclusive": "bold yellow"}

Told = Callable[[int, int, str], None]
"""Takes how many of how many steps are done, and what comes next."""


@contextmanager
def progress_shown(first: str) -> Iterator[tuple[Told, TerminalOperator | None]]:
    """A progress bar on standard error, or lines where that is no terminal; and the person at the terminal, where there is one."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(first, total=1)

        def told(done: int, total: int, text: str) -> None:
            progress.update(task, completed=done, total=total, description=text)
            if not console.is_terminal:
                click.echo(f"{done}/{total} {text}", err=True)

        person = TerminalOperator(sys.stdin, lambda line: progress.console.print(Text(line))) if sys.stdin.isatty() else None
        yield told, person


def hand_over(ctx: click.Context, result: AuditResult, *, as_json: bool) -> None:
    """Print the report and end: with 0 for what is conformant, 1 for anything else."""
    if as_json:
        click.echo(json.dumps(result.report, ensure_ascii=False, indent=1))
    else:
        show(result.report, report_console())
    ctx.exit(0 if result.verdict == "conformant" else 1)


def report_console() -> Console:
    """Where a report is shown."""
    console = Console()
    # A file or another program reads along: rows must not be wrapped at a width that nobody has.
    return console if console.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)


def show(report: dict[str, Any], console: Console) -> None:
    """The report on a terminal: the verdict, what deviates, then the tables."""
    verdict, device = report["verdict"], report["device"]
    console.print()
    console.print(Text(f"{device['id'] or 'A device that the recording does not name'}: {verdict}", style=_VERDICTS[verdict]))
    console.print(Text(report["reason"]))
    reported = ", ".join(f"{name} {value}" for name, value in device["reported"].items() if value)
    told = f"; the device reports {reported or 'nothing of itself'}" if device["role"] == "CS" else ""
    console.print(Text(f"Certificate {report['audit']['certificate']}{told}."))
    _findings(report["findings"], console)
    _table(console, "Identity", report["identity"], ("field", "certified", "observed", "verdict"))
    _table(console, "Feature profiles", report["profiles"], ("profile", "certified", "advertised", "observed", "verdict"))
    differing = [row for row in report["configuration"] if row["verdict"] not in {"match", "undeclared"}]
    matching = len(report["configuration"]) - len(differing)
    if differing:
        _table(console, "Configuration keys that differ", differing, ("key", "certified", "observed", "verdict"))
    if device["role"] == "CS":
        console.print(Text(f"\n{matching} configuration keys match or are not declared by the certificate."))
    _performance(report["performance"], console)
    _load(report.get("load", ()), console)
    _table(console, "Test cases", report["cases"], ("id", "profile", "outcome", "reason"))
    console.print(Text(f"\n{len(report['not_exercised'])} cases were not exercised; --json says why for each."))
    for note in report["notes"]:
        console.print(Text(note))
    transcript = report["transcript"]
    console.print(Text(f"Transcript ({transcript['frames']} frames): {transcript['path']}"))


def _findings(findings: Sequence[dict[str, Any]], console: Console) -> None:
    for finding in findings:
        line = Text("  ")
        line.append(finding["severity"], style=_STYLES.get(finding["severity"], "dim"))
        frames = ", ".join(str(seq) for seq in finding["frames"][:6]) + (" ..." if len(finding["frames"]) > 6 else "")
        line.append(f"  {finding['message']}")
        line.append(f"  [frames {frames}]" if frames else "", style="dim")
        console.print(line)


def _table(console: Console, title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    table = Table(*(column.replace("_", " ") for column in columns), title=title, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        cells = [_cell(row[column]) for column in columns]
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in cells))
    console.print()
    console.print(table)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _performance(rows: Sequence[dict[str, Any]], console: Console) -> None:
    shown = [
        {
            "name": row["name"],
            "stated": _seconds(row["pics_seconds"]),
            "laboratory": _seconds(row["laboratory_seconds"]),
            "median": _seconds(row["observed_seconds"]["median"]),
            "max": _seconds(row["observed_seconds"]["max"]),
            "count": row["observed_seconds"]["count"],
            "verdict": row["verdict"],
        }
        for row in rows
    ]
    _table(console, "Performance", shown, ("name", "stated", "laboratory", "median", "max", "count", "verdict"))


def _load(rows: Sequence[dict[str, Any]], console: Console) -> None:
    names = ("median", "p95", "max")
    shown = [
        {"stations": row["stations"], "step": step["step"], "count": step["count"]}
        | {name: _seconds(step[name]) for name in names}
        | {"unanswered": step["unanswered"], "refused": step["refused"]}
        for row in rows
        for step in row["steps"]
    ]
    if shown:
        _table(console, "With many stations at once", shown, tuple(shown[0]))


def _seconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3g} s" if value >= 1 or value == 0 else f"{value * 1000:.1f} ms"
