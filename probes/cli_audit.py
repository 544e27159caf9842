"""`ocpp-registry audit`: a deployed product held against its certificate, from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from probes.audit import AuditOptions, AuditResult, Listen, audit_station
from probes.cases.catalogue import DEFAULT_TIERS, TIERS
from probes.cases.station import SignedBy
from probes.cli_security import audit_security, audit_security_options
from probes.facts_file import read_facts
from probes.operators import TerminalOperator
from registry import db
from registry.certificates import queries
from registry.certificates.facts import CertificateFacts
from registry.errors import CannotBegin
from registry.settings import Settings

WIDTH_WITHOUT_TERMINAL = 160

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_STYLES = {"error": "bold red", "fail": "bold red", "drift": "bold red", "missing": "bold red", "exceeds": "bold red", "fails": "bold red"}
_STYLES |= {"warning": "yellow", "partial": "yellow", "unknown": "yellow", "not readable": "yellow", "works but not certified": "yellow"}
_STYLES |= {"pass": "green", "match": "green", "verified": "green", "within": "green"}
_VERDICTS = {"conformant": "bold green", "deviates": "bold red", "inconclusive": "bold yellow"}


@click.group()
def audit() -> None:
    """Hold a deployed product against its certificate."""


@audit.command()
@click.option("--id", "identity", required=True, help="The station's identity: the last part of the address to which it connects.")
@click.option("--certificate", "number", help="The certificate number, as the registry has it.")
@click.option("--facts", "facts_file", type=click.Path(path_type=Path), help="Instead of the registry: a file of `parse --json`.")
@click.option("--listen", required=True, metavar="HOST:PORT", help="Where the station connects to: ws://HOST:PORT/ID.")
@click.option("--tier", "tiers", multiple=True, type=click.Choice(TIERS), help="What the audit may do; passive and read-only by default.")
@click.option("--case", "cases", multiple=True, help="Only these test cases, as TC_019_CS.")
@click.option(
    "--firmware",
    type=_FILE,
    help="An image for this station, to be installed in the laboratory tier.",
)
@click.option("--firmware-certificate", type=_FILE, help="PEM of the certificate that vouches for --firmware.")
@click.option("--firmware-signature", type=_FILE, help="Its signature in Base64, made with that certificate's key.")
@audit_security_options
@click.option("--wait", default=60.0, show_default=True, type=click.FloatRange(0.1, 86400), help="Seconds to wait for the station.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document on standard output.")
@click.pass_context
def station(
    ctx: click.Context,
    /,
    identity: str,
    number: str | None,
    facts_file: Path | None,
    listen: str,
    tiers: tuple[str, ...],
    cases: tuple[str, ...],
    firmware: Path | None,
    firmware_certificate: Path | None,
    firmware_signature: Path | None,
    wait: float,
    as_json: bool,
    **asked: Any,
) -> None:
    """Take over one charging station that connects to ws://HOST:PORT/ID, audit it, and restore what was changed.

    A station that comes with a security profile needs a door that asks for it: --security-profile, --cert and the like, as for
    `ocpp-registry csms`. With --station-password-file its password may be changed and given back, in the tier reversible.

    What needs a person (a tag, a cable) is asked for here, when this is a terminal. An interrupted audit goes on with the same command.

    Exit status: 0 conformant, 1 deviates or inconclusive, 2 the audit could not begin.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    endpoint = parse_endpoint(listen)
    facts = facts_from(settings, number, facts_file, "audit station")
    doors, given = audit_security(identity, endpoint.host, **asked)
    endpoint = replace(endpoint, **doors)
    signed = _signed_by(firmware_certificate, firmware_signature)
    options = AuditOptions(tiers=tiers or DEFAULT_TIERS, cases=cases, wait=wait, firmware=firmware, signed=signed, **given)
    try:
        result = asyncio.run(_run(facts, identity, endpoint, settings, options))
    except KeyboardInterrupt:
        place = settings.transcripts
        raise CannotBegin(
            f"{identity}: the audit was interrupted, nothing is concluded; run the same again to go on; the record is in {place}"
        ) from None
    if as_json:
        click.echo(json.dumps(result.report, ensure_ascii=False, indent=1))
    else:
        show(result.report, report_console())
    ctx.exit(0 if result.verdict == "conformant" else 1)


commands: tuple[click.Command, ...] = (audit,)


def _signed_by(certificate: Path | None, signature: Path | None) -> SignedBy | None:
    if certificate is None and signature is None:
        return None
    if certificate is None or signature is None:
        raise CannotBegin("--firmware-certificate and --firmware-signature belong together; give both")
    return SignedBy(certificate, signature)


def parse_endpoint(text: str) -> Listen:
    """`HOST:PORT`, also `[::1]:9000`. Raises `CannotBegin` for anything else."""
    host, colon, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not colon or not host or "/" in host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise CannotBegin(f"{text!r} is no address to listen on; write HOST:PORT, as 127.0.0.1:9000 or 0.0.0.0:9000")
    return Listen(host, int(port))


def facts_from(settings: Settings, number: str | None, facts_file: Path | None, verb: str) -> CertificateFacts:
    """The certificate that a command is given, by its number in the registry or as a file. Raises `CannotBegin`."""
    if facts_file is None:
        return _from_registry(settings, number, verb)
    facts = read_facts(facts_file)
    if number and facts.number != number.strip().upper():
        raise CannotBegin(f"{facts_file}: it holds the certificate {facts.number}, not {number}; leave one of the two out")
    return facts


def _from_registry(settings: Settings, number: str | None, verb: str) -> CertificateFacts:
    if not number:
        raise CannotBegin(f"{verb}: which certificate? give --certificate NUMBER, or --facts FILE")
    db.require_current(settings)
    with db.session_factory(settings)() as session:
        facts = queries.facts(session, number.strip().upper())
    if facts is None:
        raise CannotBegin(f"certificate {number}: the registry has no document of it; bring it in with `ocpp-registry ingest FILE`")
    return facts


async def _run(facts: CertificateFacts, identity: str, endpoint: Listen, settings: Settings, options: AuditOptions) -> AuditResult:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"waiting for {identity}", total=1)

        def told(done: int, total: int, text: str) -> None:
            progress.update(task, completed=done, total=total, description=text)
            if not console.is_terminal:
                click.echo(f"{done}/{total} {text}", err=True)

        if sys.stdin.isatty():
            operator = TerminalOperator(sys.stdin, lambda line: progress.console.print(Text(line)))
            options = replace(options, operator=operator)
        return await audit_station(
            facts=facts, identity=identity, csms=endpoint, transcript_dir=settings.transcripts, options=options, on_progress=told
        )


# --- the report for a person


def report_console() -> Console:
    """Where a report is shown."""
    console = Console()
    # A file or another program reads along: rows must not be wrapped at a width that nobody has.
    return console if console.is_terminal else Console(width=WIDTH_WITHOUT_TERMINAL)


def show(report: dict[str, Any], console: Console) -> None:
    """The report on a terminal: the verdict, what deviates, then the tables."""
    verdict, device = report["verdict"], report["device"]
    console.print()
    console.print(Text(f"{device['id']}: {verdict}", style=_VERDICTS[verdict]))
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
