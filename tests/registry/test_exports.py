"""Every list can be taken along, whole, in room that does not grow with it, and what breaks off does not look whole."""

from __future__ import annotations

import collections
import csv
import gc
import io
import json
import os
import re
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.store import save_extraction
from registry.errors import CannotBegin
from registry.export import KINDS, Table, pieces
from registry.fleet.models import FleetDevice, FleetImport
from registry.fleet.queries import everything
from registry.fleet.query import FleetQuery
from registry.fleet.views import COLUMNS
from registry.listing.store import import_rows
from registry.processes import wait_for_port
from registry.settings import Settings
from tests.registry import samples
from tests.registry.making import EPOCH, extraction, row

ROOT = Path(__file__).resolve().parents[2]
FORMULA = "=HYPERLINK(1)"
REST = {"share": 0.5, "day": EPOCH.date(), "yes": True, "of": ["a", "b"]}


def table(count: int, broken_at: int | None = None) -> Table:
    def rows(_session: Session) -> Iterator[dict[str, Any]]:
        for number in range(count):
            if number == broken_at:
                raise CannotBegin("the database is gone")
            yield {
                "name": f"Row {number}",
                "formula": FORMULA,
                "number": number,
                "share": 0.5,
                "day": EPOCH.date(),
                "yes": True,
                "of": ["a", "b"],
            }

    return Table("things", ("name", "formula", "number", "share", "day", "yes", "of"), rows, "things", {"total": count})


def read(kind: str, data: bytes) -> list[dict[str, Any]]:
    if kind == "json":
        document = json.loads(data)
        members: list[dict[str, Any]] = list(document.values())[-2]
        assert document["count"] == len(members)
        return members
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(data.decode())))
    head, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.values
    return [dict(zip(head, values, strict=True)) for values in rows]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [0, 1, 501])
def test_each_kind_has_every_row(kind: str, count: int, session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        found = read(kind, b"".join(pieces(table(count), kind, session)))
    assert [one["name"] for one in found] == [f"Row {number}" for number in range(count)]
    if found:
        shown = {"csv": f"'{FORMULA}", "json": FORMULA, "xlsx": FORMULA}[kind]
        assert (found[0]["formula"], str(found[0]["day"])) == (shown, "2026-01-01")
        assert found[0]["of"] == (["a", "b"] if kind == "json" else "a; b")
        assert found[0]["yes"] in (True, "yes")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_no_cell_of_a_workbook_is_a_formula(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        data = b"".join(pieces(table(3), "xlsx", session))
    cells = [cell for cells in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows() for cell in cells]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.quotePrefix for cell in cells if str(cell.value).startswith("="))


def fill(session: Session, count: int) -> None:
    values = {"name": "x", "sha256": "0", "rows": 0, "added": 0, "changed": 0, "imported_at": EPOCH}
    import_id = session.scalar(insert(FleetImport).values(values).returning(FleetImport.id))
    empty = dict.fromkeys(
        ("firmware", "serial", "endpoint", "latitude", "longitude", "installed", "protocol", "answer", "rule", "firmware_used", "seen_at")
    )
    rows = [
        empty
        | {"identity": f"CP-{number:06}", "import_id": import_id, "imported_at": EPOCH, "vendor": "Vendor", "model": f"Model {number}"}
        | {"site": "Site", "role": "CS", "hardware": {}, "sentence": "x" * 100, "is_drifted": False, "seen_firmware": None}
        for number in range(count)
    ]
    session.execute(insert(FleetDevice), rows)


def peak(session: Session, listed: Table, kind: str) -> int:
    """The most bytes that were held while the file was made."""
    gc.collect()
    tracemalloc.start()
    try:
        collections.deque(pieces(listed, kind, session), maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_room_of_a_file_does_not_grow_with_its_rows(kind: str, session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        peak(session, table(1_000), kind)  # what is made at the first time only
        small, large = peak(session, table(1_000), kind), peak(session, table(12_000), kind)
    assert large < 1.5 * small, (small, large)


def test_the_room_of_a_list_does_not_grow_with_its_rows(session_factory: sessionmaker[Session]) -> None:
    """From a real database: the rows are fetched as they are needed. The head start is of several fetches."""

    def listed(count: int) -> Table:
        def rows(session: Session) -> Iterator[dict[str, Any]]:
            found = everything(session, FleetQuery(f"CP-{'0' * 3}" if count < ROWS else ""))
            return (one.to_json(with_endpoint=False) for one in found)

        return Table("fleet", COLUMNS, rows)

    with session_factory.begin() as session:
        fill(session, ROWS)
    with session_factory() as session:
        peak(session, listed(1_000), "csv")
    with session_factory() as session:
        small = peak(session, listed(1_000), "csv")
    with session_factory() as session:
        large = peak(session, listed(ROWS), "csv")
    assert large < 2 * small, (small, large)


ROWS = 5_000
LISTS = (
    *("/certificates", "/holders", "/laboratories", "/products", "/holders/holder-1", "/products/holder-1/product-1", "/listing/rows"),
    *("/laboratories/laboratory-1", "/review", "/audits/all", "/campaigns", "/fleet", "/history"),
)


@pytest.fixture
def stocked(session_factory: sessionmaker[Session], settings: Settings) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(holder="Holder 1"), "first.txt")
        save_extraction(session, samples.example_certificate(), "example.txt")
        import_rows(session, "list.csv", "0" * 64, [row(number) for number in range(60)])
        fill(session, 60)
    for number in range(3):
        samples.audited(session_factory, settings, station=f"CP-{number}", at=samples.NOW - timedelta(days=number))


@pytest.mark.usefixtures("stocked")
def test_every_list_page_leads_to_all_its_rows(client: FlaskClient) -> None:
    pages = {"/certificates": "/", "/listing/rows": "/listing", "/audits/all": "/audits"}
    counts = {}
    for address in LISTS:
        page = client.get(pages.get(address, address), follow_redirects=True).text
        rows = {}
        for kind in KINDS:
            answer = client.get(f"{address}.{kind}")
            assert answer.status_code == 200, (address, kind)
            rows[kind] = len(read(kind, answer.data))
            assert f"{address}.{kind}" in page or (address == "/campaigns" and not rows[kind]), (address, kind)
        assert len(set(rows.values())) == 1, (address, rows)
        counts[address] = rows["csv"]
    assert counts["/certificates"] == 62
    assert counts["/listing/rows"] == 60
    assert counts["/fleet"] == 60
    assert counts["/audits/all"] == 3


@pytest.mark.usefixtures("stocked")
def test_the_filter_of_the_page_is_that_of_the_file(client: FlaskClient) -> None:
    for kind in KINDS:
        found = read(kind, client.get(f"/certificates.{kind}?role=CSMS&page=2&q=holder").data) if kind != "json" else None
        assert found is None or len(found) == 60
    assert len(client.get("/certificates.json?role=CSMS").get_json()["entries"]) == 60
    assert len(client.get("/certificates.json?role=CSMS&page=2").get_json()["entries"]) == 10
    assert len(read("xlsx", client.get("/fleet.xlsx?q=CP-00001").data)) == 10


SERVED = """
import sys
from registry import export
from registry.settings import Settings
from registry.web import create_web
from tests.registry.test_exports import table
import registry.fleet.views
app = create_web(Settings.from_environment())
for kind in export.KINDS:
    app.view_functions[f"fleet.export_{kind}"] = registry.fleet.views.anybody(lambda kind=kind: export.sent(table(4_000, 3_000), kind))
"""


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_breaks_off_is_no_whole_file_for_any_client(
    settings: Settings, session_factory: sessionmaker[Session], tmp_path: Path
) -> None:
    """Through a real server: the connection ends before the end of the answer, which HTTP/1.1 clients take for an error."""
    session_factory().close()
    (tmp_path / "breaking.py").write_text(SERVED, encoding="utf-8")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "PYTHONPATH": f"{tmp_path}:{ROOT}",
        "OCPP_REGISTRY_HOME": str(settings.home),
        "OCPP_REGISTRY_DATABASE": settings.database,
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "critical", "breaking:app"]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as server:
        try:
            assert wait_for_port("127.0.0.1", port, lambda: server.poll() is None)
            for kind in KINDS:
                with pytest.raises(requests.exceptions.ChunkedEncodingError):
                    requests.get(f"http://127.0.0.1:{port}/fleet.{kind}", timeout=60)
        finally:
            server.terminate()


@pytest.mark.parametrize("kind", ["json", "xlsx"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_half_a_file_cannot_be_read(kind: str, session_factory: sessionmaker[Session]) -> None:
    sent = bytearray()

    def send() -> None:
        with session_factory() as session:
            for piece in pieces(table(5_000, 4_000), kind, session):
                sent.extend(piece)

    with pytest.raises(CannotBegin):
        send()
    assert sent
    with pytest.raises((ValueError, OSError, KeyError)) if kind == "json" else pytest.raises(Exception, match="zip"):
        read(kind, bytes(sent))


def test_what_cannot_be_begun_is_an_error_page(visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: object) -> Iterator[Any]:
        raise CannotBegin("the database is gone")

    monkeypatch.setattr("registry.fleet.queries.everything", gone)
    for kind in KINDS:
        answer = visitor.get(f"/fleet.{kind}")
        assert answer.status_code == 503
        assert "database is gone" not in answer.text


@pytest.mark.usefixtures("stocked")
def test_the_history_is_read_page_by_page_and_taken_along_whole(visitor: FlaskClient) -> None:
    page = visitor.get("/history").text
    everything_told = read("csv", visitor.get("/history.csv").data)
    assert page.count("<li><time") == len(everything_told) >= 60 + 2 + 3
    assert re.search(r"<li><time [^>]*>\d+ \w+ \d{4}, \d\d:\d\d UTC</time>", page), "of several on a day, the moments tell"
    assert visitor.get("/history?subject=audit").text.count("<li><time") == 3  # that one was asked for says nothing of a device
    rows = read("csv", visitor.get("/history.csv?subject=listing").data)
    assert len(rows) == 60
    assert {one["kind"] for one in rows} == {"listing.new"}
    assert visitor.get("/history?subject=account").status_code == 400
    assert visitor.get("/history?before=x").status_code == 400
    assert visitor.get("/history?before=2").text.count("<li><time") == 1
