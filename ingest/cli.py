"""The command line of ingest: `parse`, `ingest` and `listing import`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session, sessionmaker

from ingest.pipeline import (
    ListingImport,
    Outcome,
    Status,
    import_listing,
    ingest_paths,
    ingest_stored,
    read_bytes,
    unread_fields,
)
from ingest.pipeline import Progress as Step
from ingest.readers.bounds import LARGEST_PDF
from ingest.rechecks import catch_up
from ingest.sources import is_address
from ingest.watch import Watch
from registry import db
from registry.certificates.facts import Extraction, FieldState, Finding
from registry.errors import CannotBegin, one_line
from registry.settings import Settings

EXIT_FOUND_WRONG = 1
EXIT_CANNOT = 2
_STATE_STYLE = {FieldState.READ: "green", FieldState.UNREAD: "red", FieldState.NOT_APPLICABLE: "cyan"}
_WIDTH_WITHOUT_TERMINAL = 160


def _console(*, err: bool = False) -> Console:
    console = Console(stderr=err, highlight=False)
    return console if console.is_terminal else Console(stderr=err, highlight=False, width=_WIDTH_WITHOUT_TERMINAL)


@contextmanager
def _opened(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """The registry, brought up to this program, and closed afterwards."""
    db.upgrade(settings)
    with db.opened(settings) as sessions:
        catch_up(sessions)
        yield sessions


@click.command()
@click.argument("file")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def parse(ctx: click.Context, file: str, as_json: bool) -> None:
    """Read one document and print what it says. Touches no database.

    Exit status 0: everything was read. 1: something printed or expected was not read with certainty. 2: not readable, or no
    certificate.
    """
    if is_address(file):
        raise CannotBegin(f"{file}: addresses are read by `ocpp-registry ingest`; for `parse`, download the document and name the file")
    path = Path(file)
    if path.is_dir():
        raise CannotBegin(f"{path}: is a folder; name one document, or read folders with `ocpp-registry ingest`")
    # Here, because the other commands leave the reading to processes of their own and start sooner without it.
    from ingest.parse import parse_document

    extraction = parse_document(read_bytes(path, LARGEST_PDF), str(path))
    if as_json:
        click.echo(json.dumps(extraction.to_json(), ensure_ascii=False, indent=1))
    else:
        _print_extraction(extraction)
    if unread_fields(extraction):
        ctx.exit(EXIT_FOUND_WRONG)


def _print_extraction(extraction: Extraction) -> None:
    console = _console()
    table = Table("Field", "Value", "State", "Line", title=escape(extraction.certificate.number or "number not read"), title_justify="left")
    values = _values(extraction)
    for entry in extraction.fields:
        style = _STATE_STYLE.get(entry.state, "dim")
        value = values.get(entry.field)
        line = "" if entry.line is None else str(entry.line)
        table.add_row(escape(entry.field), "" if value is None else escape(value), f"[{style}]{entry.state}[/]", line)
    console.print(table)
    _print_findings(console, extraction.findings)


def _values(extraction: Extraction) -> dict[str, str | None]:
    """Every value by its path."""
    certificate = extraction.certificate.to_json()
    values: dict[str, str | None] = {}
    for name, value in certificate.items():
        if isinstance(value, dict):
            values |= {f"{name}.{row}": cell for row, cell in value.items()}
        elif isinstance(value, list):
            for row in value:
                for part in ("pics_seconds", "measured_seconds"):
                    values[f"{name}.{row['name']}.{part}"] = None if row[part] is None else f"{row[part]} s"
        else:
            values[name] = value
    return values


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    for finding in findings:
        console.print(f"[bold]{finding.severity}[/] {escape(finding.message)} [dim]({finding.rule})[/]")
    if not findings:
        console.print("No findings.")


@click.command()
@click.argument("sources", nargs=-1, metavar="PATH|URL...")
@click.option("--again", is_flag=True, help="Read documents again that were read before; without a path, all that the registry has.")
@click.option("--watch", "watched", type=click.Path(path_type=Path), help="Watch a folder, and read what comes into it, until stopped.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output (with --watch, one a line).")
@click.pass_context
def ingest(ctx: click.Context, sources: tuple[str, ...], again: bool, watched: Path | None, as_json: bool) -> None:
    """Read documents into the registry: files, folders, zip archives, addresses. One bad document never stops the rest.

    Exit status 0: everything was read whole. 1: some document was refused, waits, or was not read whole. 2: nothing could be done.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    if not sources and not again and watched is None:
        raise CannotBegin("nothing to ingest: name files, folders or addresses, or use --watch FOLDER, or --again for all documents")
    with _opened(settings) as sessions:
        outcomes: list[Outcome] = []
        if sources or watched is None:
            outcomes = _with_progress(settings, sessions, sources, again=again)
            _print(outcomes, as_json=as_json and watched is None)
        if watched is not None:
            _watch(settings, sessions, watched, as_json=as_json)
    if outcomes and all(outcome.status is Status.REFUSED for outcome in outcomes):
        ctx.exit(EXIT_CANNOT)
    if not all(outcome.is_clean for outcome in outcomes):
        ctx.exit(EXIT_FOUND_WRONG)


class _Rate(ProgressColumn):
    """Documents in a second, or in a minute where they are slow."""

    def render(self, task: Task) -> Text:
        """The rate so far."""
        speed = task.finished_speed or task.speed
        if speed is None:
            return Text("")
        return Text(f"{speed:.1f}/s" if speed >= 1 else f"{60 * speed:.1f}/min")


def _with_progress(settings: Settings, sessions: sessionmaker[Session], sources: Sequence[str], *, again: bool) -> list[Outcome]:
    console = _console(err=True)
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate()),
        *(TimeElapsedColumn(), TextColumn("elapsed,"), TimeRemainingColumn(), TextColumn("left")),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading", total=None)

        def step(progress: Step) -> None:
            bar.update(task, completed=progress.done, total=progress.total)
            if progress.outcome.message is not None:
                # Plain text on its own line, so that a log can be read and searched.
                console.print(one_line(progress.outcome.message), markup=False, soft_wrap=True)

        if not sources:
            return ingest_stored(sessions, settings, step)
        return ingest_paths(sessions, settings, sources, step, again=again)


def _watch(settings: Settings, sessions: sessionmaker[Session], folder: Path, *, as_json: bool) -> None:
    """Read what comes into the folder until somebody stops it."""
    console = _console(err=True)

    def take(paths: Sequence[Path]) -> None:
        for outcome in ingest_paths(sessions, settings, paths):
            name = " ".join(part for part in (outcome.number, outcome.revision) if part)
            line = one_line(outcome.message or f"{outcome.source}: {outcome.status} {name}".rstrip())
            click.echo(json.dumps(outcome.to_json(), ensure_ascii=False) if as_json else line)

    console.print(f"Watching {folder}; Ctrl-C ends it.", markup=False, soft_wrap=True)
    with suppress(KeyboardInterrupt):
        Watch(folder).run(take)


def _print(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"documents": [outcome.to_json() for outcome in outcomes]}, ensure_ascii=False, indent=1))
    else:
        _print_outcomes(outcomes)


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    console = _console()
    table = Table("Document", "Became", "Certificate", "Not read", "Findings")
    for outcome in outcomes:
        name = " ".join(part for part in (outcome.number, outcome.revision) if part)
        rules = ", ".join(finding.rule for finding in outcome.findings)
        table.add_row(escape(_short(outcome.source)), outcome.status, name, escape(", ".join(outcome.unread)), rules)
    console.print(table)
    counts = {status: sum(outcome.status is status for outcome in outcomes) for status in Status}
    console.print(f"{len(outcomes)} documents: " + ", ".join(f"{count} {status}" for status, count in counts.items() if count) + ".")


def _short(source: str) -> str:
    """The name of a document without its folders; of a member of an archive with the archive's."""
    archive, mark, member = source.partition("!")
    return one_line(f"{archive.rpartition('/')[2]}{mark}{member}")


@click.group()
def listing() -> None:
    """The OCA's list of certified products."""


@listing.command("import")
@click.argument("source", metavar="FILE|URL")
@click.option("--accept-shrunk", is_flag=True, help="Take the list although it misses much of the current one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def listing_import(ctx: click.Context, source: str, accept_shrunk: bool, as_json: bool) -> None:
    """Import the list, as CSV or as the alliance's service gives it (JSON), and hold every certificate against its row.

    Exit status 0: imported. 1: imported, and a certificate disagrees with its row; or kept aside, because it misses too much of the
    current list. 2: not imported, nothing was changed.
    """
    settings = ctx.find_object(Settings) or Settings.from_environment()
    if not is_address(source) and not Path(source).is_file():
        raise CannotBegin(f"{source}: no such file; check the path")
    with _opened(settings) as sessions, _console(err=True).status("Importing the list"):
        wanted = source if is_address(source) else Path(source)
        imported = import_listing(sessions, settings, wanted, accept_shrunk=accept_shrunk)
    if imported.shrunk is not None:
        click.echo(f"{source}: was kept aside: {imported.shrunk}; look at it, and use --accept-shrunk if it is right", err=True)
    if as_json:
        click.echo(json.dumps(imported.to_json(), ensure_ascii=False, indent=1))
    elif imported.shrunk is None:
        _print_import(imported)
    if imported.disagreements or imported.shrunk is not None:
        ctx.exit(EXIT_FOUND_WRONG)


def _print_import(imported: ListingImport) -> None:
    console = _console()
    summary = imported.summary
    if not summary.created:
        console.print(f"{summary.rows} rows: the list is the current one already, nothing changed.")
    else:
        changes = f"{summary.new} new, {summary.changed} changed, {summary.withdrawn} withdrawn, {summary.reappeared} back"
        console.print(f"{summary.rows} rows imported: {changes}.")
    for number, findings in imported.disagreements.items():
        console.print(f"\n[bold]{escape(number)}[/]")
        _print_findings(console, findings)
    if imported.notes:
        console.print("\nOdd rows:")
        _print_findings(console, imported.notes)


commands: tuple[click.Command, ...] = (parse, ingest, listing)
"""What app.py puts into `ocpp-registry`."""
