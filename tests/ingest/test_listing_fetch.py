"""The list from its service, by a real server on this machine: whole or not at all, whatever the service says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from ingest.cli import listing
from ingest.fetch import Bounds
from ingest.listing import read_listing
from ingest.listing_fetch import all_rows, fetch_list, is_service
from ingest.pipeline import import_listing
from registry.errors import BrokenListing, RegistryError, UnreadableDocument
from registry.listing.store import current_rows
from registry.settings import Settings
from tests.ingest.test_fetch import Handler, Server, public_here, running

PATH = "/wp-json/custom/v1/ajax-loader"
DATA = Path(__file__).parents[2] / "data"
UNHURRIED = Bounds(size=1_000_000, seconds=600.0, silence=60.0)
"""Where time is not what ends it: hundreds of pages take a while on a busy machine, and any of them a second."""
SIZE = 20
Answer = Callable[[int, list[dict[str, Any]]], Any]


def item(serial: int) -> dict[str, Any]:
    return {
        "certificate": {"text": f"OCA.0016.{serial:04}.CSMS", "url": f"https://example.org/{serial}.pdf"},
        "company": {"text": f"Company {serial}"},
        "product_designation": f"Product {serial}",
        "version": "1.0",
        "date_of_registration": "July 18th, 2023",
    }


ITEMS = [item(serial) for serial in range(1, 51)]


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as made:
        yield made


@pytest.fixture
def here(settings: Settings) -> Settings:
    return replace(settings, allow_private_addresses=True)


def paged(page: int, items: list[dict[str, Any]] = ITEMS) -> list[dict[str, Any]]:
    return items[(page - 1) * SIZE : page * SIZE]


def serve(server: Server, answer: Callable[[int], Any], forms: list[dict[str, str]] | None = None) -> str:
    """Have the service answer each page so; gives its address."""

    def page(request: Handler) -> None:
        if forms is not None:
            forms.append(request.form)
        request.answer(200, json.dumps(answer(int(request.form["page"]))).encode())

    server.pages[PATH] = page
    return f"{server.url}{PATH}"


def rows(settings: Settings, url: str) -> int:
    return len(read_listing(fetch_list(settings, url, UNHURRIED), "list"))


def refused(settings: Settings, url: str, bounds: Bounds = UNHURRIED) -> str:
    with pytest.raises(RegistryError) as caught:
        fetch_list(settings, url, bounds)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_how_the_service_is_asked_is_data_with_a_schema() -> None:
    schema = json.loads((DATA / "schemas" / "listing_service.json").read_text())
    service = json.loads((DATA / "listing" / "service.json").read_text())
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(service)] == []
    assert is_service(f"https://www.example.org{service['path']}/?status=all")
    assert not is_service("https://www.example.org/list.csv")


def test_all_pages_are_asked_for_by_post(server: Server, here: Settings) -> None:
    forms: list[dict[str, str]] = []
    url = serve(server, lambda page: {"items": paged(page), "total": 50}, forms)
    assert rows(here, url) == 50
    assert [form["page"] for form in forms] == ["1", "2", "3", "4"]
    assert forms[0] == {
        "page_id": "299052",
        "post_type": "certificate",
        "filter_field": "product-type",
        "status": "active",
        "per_page": "100",
        "page": "1",
    }


def test_the_address_may_say_otherwise(server: Server, here: Settings) -> None:
    forms: list[dict[str, str]] = []
    url = serve(server, lambda page: paged(page, ITEMS[:1]), forms)
    assert rows(here, f"{url}?page_id=7&product-type=csms") == 1
    assert (forms[0]["page_id"], forms[0]["product-type"]) == ("7", "csms")


@pytest.mark.parametrize(
    "answer",
    [
        lambda page: paged(page),
        lambda page: {"success": True, "data": {"posts": paged(page)}} if page < 4 else {"success": False},
        lambda page: {"items": paged(page), "total": "50"},
        lambda page: {"items": paged(page), "total": 3},
        lambda page: {"items": paged(min(page, 3)), "total": 50},
        lambda _: {"items": ITEMS, "total": 50},
        lambda _: ITEMS,
    ],
    ids=["no total", "wrapped", "a total", "a total too small", "repeats its last page", "knows no pages", "bare"],
)
def test_whole_lists_are_taken_however_they_end(answer: Callable[[int], Any], server: Server, here: Settings) -> None:
    assert rows(here, serve(server, answer)) == 50


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (lambda page: {"items": paged(page), "total": 60}, "gives 50 of the 60 rows"),
        (lambda _: {"items": ITEMS[:20], "total": 50}, "gives 20 of the 50 rows"),
        (lambda page: {"items": paged(page), "total": 51 - page}, "changed while it was read (50 and then 49 rows)"),
        (lambda page: ITEMS[(page - 1) * (SIZE - 1) : page * SIZE - page + 1], "page 2 repeats rows"),
        (lambda _: {"items": []}, "gives no row"),
        (lambda _: None, "gives no row"),
        (lambda page: [item(serial) for serial in range(page * 10, page * 10 + 10)], "more than 500 pages"),
    ],
    ids=["too few", "one page again and again", "shrinks", "pages that shift", "empty", "null", "endless"],
)
def test_a_list_that_may_lack_a_row_is_refused(answer: Callable[[int], Any], line: str, server: Server, here: Settings) -> None:
    assert line in refused(here, serve(server, answer), replace(UNHURRIED, size=50_000_000))


def test_what_is_no_json_is_refused(server: Server, here: Settings) -> None:
    server.pages[PATH] = lambda request: request.answer(200, b"<html>busy</html>")
    assert "page 1: is no whole JSON" in refused(here, f"{server.url}{PATH}")
    server.pages[PATH] = lambda request: request.answer(500, b"")
    assert "answered 500" in refused(here, f"{server.url}{PATH}")


def test_the_same_rows_are_the_same_bytes(server: Server, here: Settings) -> None:
    first = fetch_list(here, serve(server, lambda page: {"items": paged(page), "nonce": f"a{page}"}), UNHURRIED)
    assert fetch_list(here, serve(server, lambda _: {"took": 0.3, "items": ITEMS}), UNHURRIED) == first


def test_a_service_that_stalls_is_given_up(server: Server, here: Settings) -> None:
    def page(request: Handler) -> None:
        if request.form["page"] == "2":
            server.ended.wait(30)
        request.answer(200, json.dumps(paged(int(request.form["page"]))).encode())

    server.pages[PATH] = page
    assert "said nothing for 0.3 s" in refused(here, f"{server.url}{PATH}", replace(UNHURRIED, silence=0.3))


def test_all_pages_together_have_one_time_and_one_size(server: Server, here: Settings) -> None:
    url = serve(server, lambda page: [item(serial) for serial in range(page * 10, page * 10 + 10)])
    assert "is larger than" in refused(here, url, replace(UNHURRIED, size=20_000))
    clock = iter(range(0, 10_000, 2))

    def ask(page: int, left: Bounds) -> bytes:
        assert left.seconds <= 9
        return json.dumps([item(page)]).encode()

    with pytest.raises(UnreadableDocument, match="took longer than 9 s for the whole list"):
        all_rows(ask, "x", replace(UNHURRIED, seconds=9), now=lambda: next(clock))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_service_that_moved_is_followed_with_the_form(status: int, server: Server, here: Settings) -> None:
    url = serve(server, paged)
    server.pages["/old" + PATH] = lambda request: request.answer(status, Location=PATH)
    assert rows(here, url.replace(PATH, "/old" + PATH)) == 50


def test_a_redirect_into_a_private_network_is_not_followed(server: Server, settings: Settings) -> None:
    with running() as inner:
        serve(inner, paged)
        server.pages[PATH] = lambda request: request.answer(307, Location=f"http://127.0.0.1:{inner.server_port}{PATH}")
        with public_here(1):
            line = refused(settings, f"{server.url}{PATH}")
        assert "is in a private network" in line
        assert inner.requests == []
    assert "is in a private network" in refused(settings, f"{server.url}{PATH}")


def test_it_is_imported_once_and_kept_aside_when_it_shrinks(server: Server, here: Settings, session_factory: sessionmaker[Session]) -> None:
    url = serve(server, lambda page: {"items": paged(page), "total": 50})
    imported = import_listing(session_factory, here, url)
    assert (imported.summary.created, imported.summary.new) == (True, 50)
    assert import_listing(session_factory, here, url).summary.created is False
    serve(server, lambda page: {"items": paged(page, ITEMS[:20]), "total": 20})
    shrunk = import_listing(session_factory, here, url)
    assert shrunk.shrunk is not None
    assert len(shrunk.shrunk.missing) == 30
    serve(server, lambda page: {"items": paged(page), "total": 60})
    with pytest.raises(BrokenListing):
        import_listing(session_factory, here, url)
    with session_factory() as session:
        assert len(current_rows(session)) == 50


def test_the_command_takes_the_address(server: Server, here: Settings) -> None:
    url = serve(server, lambda page: {"items": paged(page), "total": 50})
    environment = {"OCPP_REGISTRY_HOME": str(here.home), "OCPP_REGISTRY_DATABASE": here.database}
    strict = CliRunner().invoke(listing, ["import", url], env=environment)
    assert isinstance(strict.exception, UnreadableDocument)
    assert "OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES=1" in str(strict.exception)
    taken = CliRunner().invoke(listing, ["import", url, "--json"], env=environment | {"OCPP_REGISTRY_ALLOW_PRIVATE_ADDRESSES": "1"})
    assert taken.exit_code == 0, taken.output
    assert json.loads(taken.stdout)["new"] == 50


@given(pages=st.lists(st.lists(st.integers(1, 30), max_size=6), max_size=8), total=st.none() | st.integers(0, 40))
def test_whatever_the_pages_are_no_row_is_lost_or_made_up(pages: list[list[int]], total: int | None) -> None:
    given_rows = {serial for page in pages for serial in page}

    def ask(page: int, _: Bounds) -> bytes:
        return json.dumps({"items": [item(serial) for serial in pages[page]] if page < len(pages) else [], "total": total}).encode()

    try:
        found = {int(each["certificate"]["text"].split(".")[2]) for each in all_rows(ask, "x")}
    except BrokenListing:
        return
    assert found <= given_rows
    assert total is None or len(found) >= total
