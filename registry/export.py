"""What pages hand to programs: every list as CSV, JSON and XLSX, all of it, as a stream whose room does not grow with the rows.

A page names its `Table` once; `offer` makes the three addresses of it. What cannot be begun is told on an error page. What breaks off
later ends the connection before the end of the answer, and the file does not look whole: JSON is not closed, a workbook cannot be
opened, and of a CSV the last chunk that HTTP/1.1 asks for is missing, so that no client takes it for complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from flask import Blueprint, Response, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from registry.bulk import batches
from registry.certificates.search_url import address
from registry.site import site
from registry.spreadsheets.safe import csv_lines
from registry.spreadsheets.write import XLSX_TYPE, workbook_pieces

KINDS = ("csv", "json", "xlsx")
_ROWS_AT_ONCE = 200
_TYPES = {"csv": "text/csv", "json": "application/json", "xlsx": XLSX_TYPE}

View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Table:
    """A list to take along. `name` is the file's, without its ending; `rows` gives the rows by name, one by one, from a session that stays
    open until the last; `columns` are those that the sheets have, while JSON has all that a row names.

    `members` is what JSON calls the rows, `head` what stands before them there. `widths` are letters, for the workbook. `spread` gives the
    cells of a row by their columns, where those are not what the row names.
    """

    name: str
    columns: Sequence[str]
    rows: Callable[[Session], Iterable[Mapping[str, Any]]]
    members: str = "rows"
    head: Mapping[str, Any] = field(default_factory=dict)
    widths: Sequence[int] = ()
    spread: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda row: row


def offer(
    blueprint: Blueprint,
    rule: str,
    endpoint: str,
    table: Callable[..., Table],
    access: Callable[[View], View],
    kinds: Sequence[str] = KINDS,
) -> None:
    """Add an address for each kind: `rule` with the kind as its ending, `endpoint` with the kind after an underscore.

    `table` is called with the variable parts of `rule`, within the request; `access` is the declaration of who may have it.
    """
    for kind in kinds:
        blueprint.add_url_rule(f"{rule}.{kind}", f"{endpoint}_{kind}", access(_view(table, kind)))


def links(endpoint: str, pairs: Iterable[tuple[str, str]] = (), **parts: Any) -> dict[str, str]:
    """The addresses that `offer` made, by kind, for what a page shows with the parameters `pairs`."""
    chosen = tuple(pairs)
    return {kind: address(url_for(f"{endpoint}_{kind}", **parts), chosen) for kind in KINDS}


def sent(table: Table, kind: str) -> Response:
    """The table as a download of that kind, on its way while it is read."""
    stream = cast(Generator[bytes, None, None], stream_with_context(_pieces(table, kind, site().sessions)))
    # The first piece is made at once, so that a database that does not answer is an error page and no broken file.
    first = next(stream, b"")
    response = Response(_joined(first, stream), mimetype=_TYPES[kind])
    response.call_on_close(stream.close)
    if kind != "json":
        response.headers.set("Content-Disposition", "attachment", filename=f"{table.name}.{kind}")
    return response


def csv_response(header: Sequence[str], rows: Iterable[Sequence[object]], filename: str) -> Response:
    """A few rows as a CSV download in UTF-8."""
    response = Response("".join(csv_lines(header, rows)), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def json_response(document: dict[str, Any]) -> Response:
    """One JSON document, indented for the people who look at it in a browser."""
    return Response(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n", mimetype="application/json")


def pieces(table: Table, kind: str, session: Session) -> Iterator[bytes]:
    """The bytes of the file, some hundred rows at a time."""
    rows = table.rows(session)
    if kind == "json":
        yield from _json(table, rows)
        return
    spread = map(table.spread, rows)
    cells = ([flat(row.get(name)) for name in table.columns] for row in spread)
    if kind == "csv":
        yield from (lines.encode("utf-8", "replace") for lines in csv_lines(table.columns, cells))
    else:
        yield from workbook_pieces(table.name, table.columns, cells, table.widths or [18] * len(table.columns))


def flat(value: object) -> object:
    """A value as one cell: yes and no for truth, the members of a list one after the other, a day as 2026-05-04."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | tuple):
        return "; ".join(str(flat(one)) for one in value)
    return value


def _view(table: Callable[..., Table], kind: str) -> View:
    def view(**parts: Any) -> ResponseReturnValue:
        return sent(table(**parts), kind)

    view.__doc__ = f"{(table.__doc__ or 'The list.').strip()} As {kind.upper()}, all pages."
    return view


def _pieces(table: Table, kind: str, sessions: Callable[[], Session]) -> Iterator[bytes]:
    with sessions() as session:
        yield from pieces(table, kind, session)


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _json(table: Table, rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The head, the rows a line each, and at the end, where only a whole file has it, how many rows there are."""
    head = "".join(f"{_said(name)}: {_said(value)},\n" for name, value in table.head.items())
    opening = f"{{{head}{_said(table.members)}: ["
    count = 0
    for batch in batches(rows, _ROWS_AT_ONCE):
        lines = ",\n".join(_said(row) for row in batch)
        yield f"{opening}{',' if count else ''}\n{lines}".encode("utf-8", "replace")
        opening, count = "", count + len(batch)
    yield f'{opening}\n],\n"count": {count}}}\n'.encode()


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value)
