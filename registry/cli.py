"""The command line's view of the catalogue: `ocpp-registry search`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from registry import db
from registry.certificates.profiles import UNTOLD
from registry.certificates.queries import SearchQuery, SearchResult
from registry.certificates.queries import forgiving_search as find
from registry.certificates.search import LARGEST_SIZE, Filtered
from registry.certificates.search_url import FACET_PARAMETERS
from registry.certificates.serial import filtered_json
from registry.errors import one_line
from registry.requirements import vocabulary
from registry.review.beside import Line, lines
from registry.settings import Settings
from registry.turning import seen

COLUMNS = ("Number", "Role", "Protocol", "Type", "Holder", "Product", "Version", "Date", "State", "Profiles")
WIDTH_WITHOUT_TERMINAL = 200
_OPTIONS = ("role", "protocol", "profile")
"""What narrows the search by an option of that name."""


@click.command()
@click.argument("text", default="")
@click.option("--role", type=click.Choice(["CS", "CSMS"], case_sensitive=False), help="Charging stations or management systems.")
@click.option("--protocol", help="OCPP version, as 1.6 or 2.0.1.")
@click.option("--profile", "profiles", multiple=True, help="A feature profile that is certified; several are alternatives.")
@click.option("--holder", help="The certificate holder, as the catalogue spells it.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, LARGEST_SIZE), help="How many to show.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.pass_context
def search(
    ctx: click.Context,
    text: str,
    role: str | None,
    protocol: str | None,
    profiles: tuple[str, ...],
    holder: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Search the catalogue for TEXT: a certificate number in any spelling, a holder, a product, a software version."""
    settings = ctx.find_object(Settings) or Settings.from_environment()
    query = SearchQuery(
        text=text,
        role=(role.upper(),) if role else (),
        protocol=(_protocol(protocol),) if protocol else (),
        profiles=profiles,
        holder=(holder,) if holder else (),
        size=limit,
    )
    db.require_current(settings)
    with db.opened(settings) as sessions, sessions() as session:
        result = find(session, query)
        rows = lines(session, result.entries)
    if not result.total:
        for line in _unknown(query):
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps(_as_json(result, rows), ensure_ascii=False, indent=1))
    else:
        _print(result, rows)


def _protocol(text: str) -> str:
    """The protocol as the catalogue spells it: "OCPP 1.6" for "1.6", "ocpp1.6" and itself."""
    return "OCPP " + text.strip().lower().removeprefix("ocpp").lstrip(" -_")


def _unknown(query: SearchQuery) -> Iterator[str]:
    """A line for each profile and protocol that nobody knows: why nothing is found."""
    for what, asked, meant, known in (
        ("profile", query.profiles, vocabulary.profile, vocabulary.profiles()),
        ("protocol", query.protocol, vocabulary.protocol, vocabulary.protocols()),
    ):
        for one in asked:
            if meant(one) is None and one != UNTOLD:
                yield one_line(f"There is no {what} {one[:60]!r} that is known here: use one of {', '.join(known)}")


def _as_json(result: SearchResult, rows: Sequence[Line]) -> dict[str, Any]:
    return {
        "total": result.total,
        "more": result.more,
        "replaced": {one.typed: one.taken for one in result.replaced},
        "offered": list(result.offered),
        "known_as": [one.to_json() for one in result.known_as],
        "filters": [filtered_json(one) for one in result.filters],
        "entries": [row.entry.to_json() | {"state": str(row.state)} for row in rows],
    }


def _options(filtered: Filtered) -> Iterator[str]:
    """How the filters are asked for here, or what they are called where this command has none of them; then the text that is left."""
    for name, values in filtered.chosen:
        called = FACET_PARAMETERS[name]
        yield from (f"{'--' if called in _OPTIONS else ''}{called} {value!r}" for value in values)
    if filtered.text:
        yield repr(filtered.text)


def _print(result: SearchResult, rows: Sequence[Line]) -> None:
    console = Console()
    if not console.is_terminal:
        # A file or another program reads along: rows must not be wrapped at a width that nobody has.
        console = Console(width=WIDTH_WITHOUT_TERMINAL)
    for one in result.replaced:
        click.echo(f"Nothing has {one.typed!r}: " + (f"searched for {one.taken!r}" if one.taken else "left out"), err=True)
    for text in result.offered:
        click.echo(f"Not searched for, but found: {text!r}", err=True)
    for meant in result.filters:
        number = f"more than {meant.count:,}" if meant.more else f"{meant.count:,}"
        click.echo(f"Not searched for: {meant.typed!r} as a filter finds {number} ({'; '.join(_options(meant))})", err=True)
    for alias in result.known_as:
        click.echo(f"{alias.name!r} is recorded as another name of {alias.holder!r}", err=True)
    if result.notice:
        click.echo(result.notice, err=True)
    if rows:
        table = Table(*COLUMNS, box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(Text(seen(cell)) for cell in _cells(row)))
        console.print(table)
    click.echo(f"{len(rows)} of {'more than ' if result.more else ''}{result.total} shown", err=True)


def _cells(row: Line) -> tuple[str, ...]:
    entry = row.entry
    number = " ".join(part for part in (entry.number or "(no number)", entry.revision) if part)
    date = entry.date.isoformat() if entry.date is not None else None
    shown = (entry.role, entry.protocol, entry.kind, entry.holder, entry.designation, entry.software_version, date)
    return (number, *(cell or "" for cell in shown), str(row.state), ", ".join(entry.profiles))


commands: tuple[click.Command, ...] = (search,)
