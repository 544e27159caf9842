"""Gets the OCA's list from the service behind its page: page by page, and all of it or nothing.

The service is undocumented, so nothing that it says of itself is relied upon. It is asked for pages until one brings nothing new, which
is also how a service that knows no pages ends. A list of which a row may be missing is refused: it would look like a withdrawal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from ingest.fetch import Bounds, fetch
from ingest.listing_service import announced_rows, service_items
from registry.errors import BrokenListing, UnreadableDocument
from registry.settings import Settings

MOST_PAGES = 500
BOUNDS = Bounds(size=50_000_000, seconds=300.0, silence=30.0)
"""For all pages together."""

Ask = Callable[[int, Bounds], bytes]
"""Gives one page of the service, by its number, within the bounds that are left."""

_DATA = Path(__file__).parents[1] / "data" / "listing" / "service.json"


def is_service(url: str) -> bool:
    """Whether an address is that of the list's service, by its path; any other address is taken for a file with the list."""
    return urlsplit(url).path.rstrip("/").endswith(str(_service()["path"]))


def fetch_list(settings: Settings, url: str, bounds: Bounds = BOUNDS) -> bytes:
    """All rows that the service gives, as one JSON document, the same bytes for the same rows.

    Raises UnreadableDocument for a service that does not answer within `bounds`, BrokenListing for one that does not give its whole
    list, each with one line.
    """
    service = _service()
    parts = urlsplit(url)
    place = urlunsplit(parts._replace(query="", fragment=""))
    asked: dict[str, str] = service["form"] | dict(parse_qsl(parts.query, keep_blank_values=True))

    def ask(page: int, left: Bounds) -> bytes:
        form = asked | {service["page_field"]: str(service["first_page"] + page)}
        return fetch(settings, place, bounds=left, form=form).data or b""

    return json.dumps({"items": all_rows(ask, url, bounds)}, ensure_ascii=False, sort_keys=True).encode()


def all_rows(ask: Ask, name: str, bounds: Bounds = BOUNDS, now: Callable[[], float] = time.monotonic) -> list[dict[str, Any]]:
    """The rows of all pages. `now` is a clock in seconds. Raises as `fetch_list` does."""
    end = now() + bounds.seconds
    size = 0
    rows: dict[str, dict[str, Any]] = {}
    totals: set[int] = set()
    for page in range(MOST_PAGES):
        seconds = end - now()
        if seconds <= 0:
            raise UnreadableDocument(f"{name}: took longer than {bounds.seconds:g} s for the whole list; try again later")
        data = ask(page, replace(bounds, seconds=seconds))
        size += len(data)
        if size > bounds.size:
            raise UnreadableDocument(f"{name}: is larger than {bounds.size} bytes, which no list is; check the address")
        items, total = _page(data, f"{name}, page {page + 1}")
        totals |= {total} if total is not None else set()
        if len(totals) > 1:
            raise BrokenListing(f"{name}: changed while it was read ({_named(totals)} rows); import it again in a while")
        new = {row: item for row, item in items.items() if row not in rows}
        if not new:
            return _whole(rows, totals, name)
        if len(new) < len(items):
            raise BrokenListing(
                f"{name}: changed while it was read (page {page + 1} repeats rows of an earlier one); import it again in a while"
            )
        rows |= new
    raise BrokenListing(f"{name}: has more than {MOST_PAGES} pages, which no list has; download it and name the file")


def _page(data: bytes, name: str) -> tuple[dict[str, dict[str, Any]], int | None]:
    """The rows of one answer, by what they say, and how many rows it says that there are."""
    try:
        answer = json.loads(data or b"null")
    except (ValueError, RecursionError) as error:
        raise BrokenListing(
            f"{name}: is no whole JSON ({str(error)[:100]}); try again later, or download the list and name the file"
        ) from error
    items: Iterable[dict[str, Any]] = service_items(answer)
    return {json.dumps(item, sort_keys=True): item for item in items}, announced_rows(answer)


def _whole(rows: dict[str, dict[str, Any]], totals: set[int], name: str) -> list[dict[str, Any]]:
    """The rows, unless the service said that there are more; one that says less than it gives is not believed."""
    if not rows:
        raise BrokenListing(f"{name}: gives no row of a list of certificates; check the address, or download the list and name the file")
    if totals and max(totals) > len(rows):
        raise BrokenListing(f"{name}: gives {len(rows)} of the {max(totals)} rows that it speaks of; import it again in a while")
    return list(rows.values())


def _named(totals: set[int]) -> str:
    return " and then ".join(map(str, sorted(totals, reverse=True)))


@cache
def _service() -> dict[str, Any]:
    service: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return service
