"""Reads the OCA's list of certified products. Pure: bytes in, rows out.

A list that lacks a column or has a broken row is refused whole, with the row and the cell named: half a list would look like
certificates withdrawn. What the alliance's own list is known to get wrong is no breakage: a company's name in the number
cell, a revision written into it, a charging station among the management systems, an empty version or address. Such rows
are rows, with a note.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.checks import finding
from ingest.listing_service import is_service_answer, read_service, row_of
from ingest.numbers import read_date
from ingest.readers.text import decode
from registry.certificates.facts import Finding
from registry.errors import BrokenListing, UnreadableDocument
from registry.listing.rows import ListingRow

COLUMNS = (
    "certificate_no",
    "company",
    "country",
    "product_designation",
    "certificate_type",
    "software_version",
    "protocol_version",
    "date_of_registration",
    "certificate_url",
    "product_type",
)
_FIELDS = {
    "product_designation": "designation",
    "protocol_version": "protocol",
    "date_of_registration": "date",
    "certificate_url": "url",
}
"""The columns that rows know by other names."""

LARGEST = 50_000_000
"""Bytes. The list of all product types has about 1,500 rows, half a million bytes."""
_NO_LISTS = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")
_ROLES = {"charging station management system": "CSMS", "charging station": "CS"}


def read_listing(data: bytes, name: str) -> tuple[ListingRow, ...]:
    """The rows of the list, given as CSV or as its service answers (JSON): the bytes tell.

    Raises BrokenListing with one line that names the column, or the row and the cell.
    """
    try:
        if not data or len(data) > LARGEST:
            raise BrokenListing(f"{name}: {'is empty' if not data else 'is larger than any list'}; give the OCA's list")
        if data.startswith(_NO_LISTS):
            raise BrokenListing(f"{name}: is a PDF, a picture or an archive and no list; give the OCA's list as CSV or JSON")
        text = decode(data, name)
    except UnreadableDocument as error:
        raise BrokenListing(str(error)) from error
    if is_service_answer(data):
        return tuple(_with_duplicates([replace(row, notes=tuple(_notes(row))) for row in read_service(text, name)]))
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(lines.line_num, record) for record in lines]
    except csv.Error as error:
        raise BrokenListing(f"{name}: line {lines.line_num} is no CSV ({error}); mend its quotes") from error
    if not records:
        raise BrokenListing(f"{name}: holds no rows; give the OCA's list as CSV")
    places = _places([cell.strip().lstrip("\ufeff") for cell in records[0][1]], name)
    rows = [_row(number, record, places, name) for number, (_, record) in enumerate(records[1:], start=2) if record]
    if not rows:
        raise BrokenListing(f"{name}: holds a header and no rows; nothing was imported")
    return tuple(_with_duplicates(rows))


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise BrokenListing(f"{name}: row 1 lacks the column {', '.join(missing)}; the list must have the columns {', '.join(COLUMNS)}")
    twice = [column for column in COLUMNS if header.count(column) > 1]
    if twice:
        raise BrokenListing(f"{name}: row 1 has the column {twice[0]} twice; leave one of them")
    return {column: header.index(column) for column in COLUMNS} | {"": len(header)}


def _row(number: int, record: Sequence[str], places: dict[str, int], name: str) -> ListingRow:
    if len(record) != places[""]:
        raise BrokenListing(f"{name}: row {number} has {len(record)} cells where the header has {places['']}; nothing was imported")
    cells = {column: record[place].strip() or None for column, place in places.items() if column}
    raw = cells["certificate_no"]
    if raw is None:
        raise BrokenListing(f"{name}: row {number}, certificate_no is empty; nothing was imported")
    day = cells["date_of_registration"]
    iso = read_date(day) if day is not None else None
    if day is not None and iso is None:
        raise BrokenListing(f"{name}: row {number}, date_of_registration '{day}' is no date like 2023-07-12; nothing was imported")
    row = row_of(number, raw, {_FIELDS.get(column, column): cell for column, cell in cells.items()} | {"date": iso})
    return replace(row, notes=tuple(_notes(row)))


def _notes(row: ListingRow) -> Iterator[Finding]:
    """What is odd about the row by itself."""
    if row.number is None:
        yield finding("listing-number-missing", ["number"], row=row.row, cell=row.certificate_no)
    else:
        role = _ROLES.get((row.product_type or "").casefold())
        if role is not None and not row.number.endswith(f".{role}"):
            yield finding("listing-number-role", ["number", "product_type"], row=row.row, number=row.number, product_type=row.product_type)
    if row.date is None and row.extra.get("date_of_registration"):
        yield finding("listing-date-unread", ["certification_date"], row=row.row, cell=row.extra["date_of_registration"])
    if row.software_version is None:
        yield finding("listing-version-missing", ["software_version"], row=row.row)
    if row.url is None:
        yield finding("listing-address-missing", [], row=row.row)


def _with_duplicates(rows: Sequence[ListingRow]) -> Iterator[ListingRow]:
    """The rows; one whose number and revision an earlier row has already says so."""
    first: dict[tuple[str, str | None], int] = {}
    for row in rows:
        other = first.setdefault((row.number, row.revision), row.row) if row.number else row.row
        if other != row.row:
            note = finding("listing-number-twice", ["number"], row=row.row, number=row.number, other=other)
            yield replace(row, notes=(*row.notes, note))
        else:
            yield row
