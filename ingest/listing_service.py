"""Reads the OCA's list as the alliance's own service gives it. Pure: bytes in, rows out.

The service is undocumented: every field is taken as optional, names and shapes are accepted as they vary, and whatever is not
known is kept with its row. Only an answer in which no row of a list can be found at all is refused.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.numbers import certificate_numbers, read_date
from registry.errors import BrokenListing
from registry.listing.rows import ListingRow

NAMES: dict[str, tuple[str, ...]] = {
    "certificate_no": ("certificate", "certificate_no", "certificate_number", "certificate_text"),
    "company": ("company", "company_name", "company_text"),
    "country": ("country",),
    "designation": ("product_designation", "designation"),
    "certificate_type": ("certificate_type",),
    "software_version": ("version", "software_version"),
    "protocol": ("protocol_version", "protocol"),
    "date": ("date_of_registration", "registration_date"),
    "url": ("certificate_url", "certificate_file", "certificate_link", "file"),
    "product_type": ("product_type",),
}
"""The fields of a row, and what the service calls or may call them; hyphens and blanks count as underscores."""

_CERTIFICATE, _COMPANY = "certificate", "company"
_TEXTS = ("text", "title", "name", "label", "rendered", "value")
_LINKS = ("url", "file", "link", "href")
_TOTALS = ("total", "total_items", "total_posts", "found_posts", "found")
_TAG = re.compile(r"<[^<>]{0,500}>")
_DEEPEST = 8


def is_service_answer(data: bytes) -> bool:
    """Whether the bytes are JSON by their first sign; a CSV begins with the name of a column."""
    return data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def read_service(text: str, name: str) -> tuple[ListingRow, ...]:
    """The rows of the answer, or of several answers in one list. Raises BrokenListing with one line when there are none, or not all."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenListing(f"{name}: is no whole JSON ({str(error)[:100]}); fetch the list again") from error
    items = list(service_items(answer))
    if not items:
        raise BrokenListing(f"{name}: holds no row of a list of certificates; give the answer of the list's service, or the list as CSV")
    announced = announced_rows(answer)
    if announced is not None and announced > len(items):
        raise BrokenListing(f"{name}: holds {len(items)} of {announced} rows; fetch all pages, and put their answers into one JSON list")
    return tuple(_row(position, item) for position, item in enumerate(items, start=1))


def service_items(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every object that is a row, wherever the answer or a list of answers has it; PHP gives some lists as numbered objects.

    What stands in one list with a row is a row, too, however little it says: leaving it out would look like a withdrawal.
    """
    if depth > _DEEPEST or not isinstance(value, (dict, list)):
        return
    inside = list(value.values()) if isinstance(value, dict) else value
    is_list = isinstance(value, list) or all(key.isdecimal() for key in value)
    if is_list and any(isinstance(each, dict) and _is_item(each) for each in inside):
        yield from (each for each in inside if isinstance(each, dict))
        return
    if isinstance(value, dict) and _is_item(value):
        yield value
        return
    for each in inside:
        yield from service_items(each, depth + 1)


def _is_item(value: Mapping[str, Any]) -> bool:
    """Whether this is a row: it has a certificate or a company, and one more field that rows have."""
    keys = {_key(key) for key in value}
    known = sum(any(name in keys for name in names) for names in NAMES.values())
    return known >= 2 and bool(keys & {*NAMES["certificate_no"], *NAMES["company"]})


def announced_rows(answer: Any) -> int | None:
    """How many rows the service says that there are."""
    if not isinstance(answer, dict):
        return None
    places = [answer, *(inner for inner in answer.values() if isinstance(inner, dict))]
    totals = [_count(place.get(total)) for place in places for total in _TOTALS]
    return max((total for total in totals if total is not None), default=None)


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return int(value) if str(value).isdecimal() else None


def _row(position: int, item: Mapping[str, Any]) -> ListingRow:
    fields = {_key(key): value for key, value in item.items()}
    cells: dict[str, str | None] = {}
    used: set[str] = set()
    for cell, names in NAMES.items():
        found = next((name for name in names if name in fields), None)
        cells[cell] = _text(fields[found]) if found else None
        used |= {found} if found else set()
    extra = {key: value for key, value in item.items() if _key(key) not in used}
    extra |= {f"{name}.{key}": value for name in sorted(used) for key, value in _rest(fields[name])}
    cells["url"] = cells["url"] or _link(fields.get(_CERTIFICATE))
    if link := _link(fields.get(_COMPANY)):
        extra["company.link"] = link
    day = read_date(cells["date"]) if cells["date"] else None
    if cells["date"] and day is None:
        extra["date_of_registration"] = cells["date"]
    return row_of(position, cells["certificate_no"] or "", cells | {"date": day}, extra)


def row_of(position: int, certificate: str, cells: Mapping[str, str | None], extra: Mapping[str, Any] | None = None) -> ListingRow:
    """A row of the list, in whatever form it came. `cells` are by the names of `NAMES`, the date in ISO form.

    Number and revision are those of the cell `certificate` if it holds nothing else.
    """
    numbers = list(certificate_numbers(certificate))
    number = numbers[0] if len(numbers) == 1 and (numbers[0].start, numbers[0].end) == (0, len(certificate)) else None
    texts: dict[str, Any] = {name: cells[name] for name in NAMES if name != "certificate_no"}
    return ListingRow(
        **texts,
        row=position,
        certificate_no=certificate,
        number=number.number if number else None,
        revision=number.revision if number else None,
        extra=extra or {},
    )


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().casefold())


def _text(value: Any) -> str | None:
    """A cell as plain text on one line: out of an object with a text, out of a list of terms, freed of the page's markup."""
    if isinstance(value, dict):
        return next((text for key in _TEXTS if (text := _text(value.get(key))) is not None), None)
    if isinstance(value, list):
        return ", ".join(text for each in value if (text := _text(each)) is not None) or None
    if value is None or isinstance(value, bool):
        return None
    return " ".join(html.unescape(_TAG.sub(" ", str(value))).split()) or None


def _link(value: Any) -> str | None:
    """The address that a cell has beside its text."""
    if not isinstance(value, dict):
        return None
    return next((text for key in _LINKS if (text := _text(value.get(key))) is not None), None)


def _rest(value: Any) -> Iterator[tuple[str, Any]]:
    """What a cell holds besides its text and its address."""
    if isinstance(value, dict):
        yield from ((key, inner) for key, inner in value.items() if key not in (*_TEXTS, *_LINKS))
