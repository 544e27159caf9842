"""The fleet as it changes: large files by a process of their own, files that are not what they should be, devices that go."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import os
import re
import resource
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry import errands
from registry.accounts.roles import Role
from registry.events import Event
from registry.fleet import errands as work
from registry.fleet import intake, waiting
from registry.fleet.matching import match_fleet
from registry.fleet.models import FleetDevice
from registry.settings import Settings
from tests.registry.fleet.samples import ALL, GOOD, book, comma
from tests.registry.signing_in import bearer


@pytest.fixture
def client(auditor: FlaskClient) -> FlaskClient:
    """Somebody who looks after the fleet."""
    return auditor


HEADER = ("id", "vendor", "model", "firmware", "site")


def many(count: int, model: str = "Model 1") -> bytes:
    rows = [(f"CP-{number:05}", "Vendor", model, "1.0.0", f"Site {number % 3} with a name that fills the file") for number in range(count)]
    return comma(*rows, header=HEADER)


LARGE = many(6_000)


def devices(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(FleetDevice)) or 0


def stored(sessions: sessionmaker[Session], data: bytes, name: str = "fleet.csv") -> None:
    with sessions.begin() as session:
        intake.keep(session, intake.read_file(session, data, name))


def posted(client: FlaskClient, address: str, **sent: object) -> TestResponse:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/fleet/import").text)
    assert found
    return closed(client.post(address, data={"csrf_token": found[1], **sent}))


def closed(answer: TestResponse) -> TestResponse:
    """The answer, with the file closed in which Werkzeug's client keeps what it sends where that is large."""
    answer.request.environ["wsgi.input"].close()
    return answer


def ended(settings: Settings, address: str) -> None:
    """Wait for the process: it holds the lock for as long as it lives."""
    with errands.beside(settings, address.rpartition("/")[2], "lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


def test_a_large_file_is_read_and_stored_while_its_page_says_how_far_it_is(
    client: FlaskClient, settings: Settings, session_factory: sessionmaker[Session]
) -> None:
    assert len(LARGE) > work.LARGE_BYTES
    answer = posted(client, "/fleet/import", file=(io.BytesIO(LARGE), "large.csv"))
    assert answer.status_code == 303
    first = client.get(answer.location)
    assert first.status_code == 200
    ended(settings, answer.location)
    draft = client.get(answer.location).text
    assert re.search(r"6,?000 devices new", draft)
    assert devices(session_factory) == 0
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', draft)
    assert sha256
    answer = posted(client, "/fleet/import", sha256=sha256[1], name="large.csv", action="store")
    assert answer.status_code == 303
    ended(settings, answer.location)
    assert client.get(answer.location).location == "/fleet?added=6000&changed=0#content"
    assert devices(session_factory) == 6_000
    with session_factory() as session:
        told = session.scalars(select(Event).where(Event.subject == "fleet", Event.kind == "new")).one()
        assert told.author not in (None, "the registry itself")
        assert session.scalar(select(func.count()).select_from(FleetDevice).where(FleetDevice.answer.is_(None))) == 0


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process of an errand goes on for as long as the test."""
    locks: list[int] = []
    monkeypatch.setattr(errands, "_start", lambda _settings, _errand_id, lock: locks.append(os.dup(lock)))
    yield
    for lock in locks:
        os.close(lock)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_of_a_large_file_says_how_far_it_is(client: FlaskClient, settings: Settings) -> None:
    answer = posted(client, "/fleet/import", file=(io.BytesIO(LARGE), "large.csv"))
    errand = answer.location.rpartition("/")[2]
    now = 0.0
    telling = errands.Telling(settings, errand, lambda: now)
    assert "rows were read" not in client.get(answer.location).text
    telling("rows read", 3_000, None)
    telling("rows read", 4_000, None)
    assert "3,000 rows were read." in client.get(answer.location).text
    now += errands.TOLD_SECONDS
    telling(work.DEVICES_STORED, 500, 6_000)
    assert "500 of 6,000 devices are stored." in client.get(answer.location).text
    now += errands.TOLD_SECONDS
    telling(work.DEVICES_MATCHED, 2_000, 6_000)
    assert "2,000 of 6,000 devices are matched." in client.get(answer.location).text
    found = errands.find(settings, errand)
    assert found is not None
    assert found.progress == errands.Progress("devices matched", 2_000, 6_000)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_step_of_a_file_is_told(session_factory: sessionmaker[Session], settings: Settings) -> None:
    steps: list[tuple[str, int, int | None]] = []
    sha256 = waiting.put(settings.home, LARGE)
    draft = work.read_kept(settings, session_factory, sha256, "large.csv", None, lambda *step: steps.append(step))
    work.store_draft(settings, session_factory, draft, lambda *step: steps.append(step))
    assert steps[:6] == [("rows read", count, None) for count in range(1_000, 7_000, 1_000)]
    assert steps[6:18] == [("devices stored", count, 6_000) for count in range(500, 6_500, 500)]
    assert steps[18:] == [("devices matched", count, 6_000) for count in range(2_000, 7_000, 2_000)]


MOST_ROWS, MOST_MEGABYTES, MOST_SECONDS, MOST_OF_A_REQUEST = 200_000, 1_000, 300.0, 10.0
"""Seconds are of a processor: on a busy machine everything takes longer by the clock, and nothing is wrong."""


def taken(settings: Settings, address: str) -> tuple[float, int]:
    """Wait for the process: the seconds that processes like it have taken so far, and the megabytes that the largest of all had."""
    ended(settings, address)
    for waiting_for_it in threading.enumerate():
        if waiting_for_it.name == f"errand {address.rpartition('/')[2]}":
            waiting_for_it.join()
    return children()


def children() -> tuple[float, int]:
    """Of all processes that the tests started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024


@pytest.mark.slow
@pytest.mark.parametrize("way", ["the page", "the API"])
def test_a_workbook_of_200000_rows_from_the_upload_to_the_table(
    client: FlaskClient, site_app: Flask, settings: Settings, session_factory: sessionmaker[Session], way: str
) -> None:
    """The request itself is soon over, whatever the file has; the process that does the work is bounded in memory."""
    data = workbook_of(MOST_ROWS)
    before, largest_before = children()
    begun = time.process_time()
    if way == "the page":
        address = posted(client, "/fleet/import", file=(io.BytesIO(data), "large.xlsx")).location
        request = time.process_time() - begun
        taken(settings, address)
        sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', client.get(address).text)
        assert sha256
        address = posted(client, "/fleet/import", sha256=sha256[1], name="large.xlsx", action="store").location
        seconds, largest = taken(settings, address)
        assert client.get(address).location == f"/fleet?added={MOST_ROWS}&changed=0#content"
    else:
        headers = bearer(session_factory, Role.AUDITOR)
        program = site_app.test_client()
        sent = closed(program.post("/api/v1/fleet/imports?store=yes", data={"file": (io.BytesIO(data), "large.xlsx")}, headers=headers))
        request = time.process_time() - begun
        assert sent.status_code == 202
        assert program.get(sent.headers["Location"], headers=headers).get_json()["state"] == "running"
        seconds, largest = taken(settings, sent.headers["Location"])
        told = program.get(sent.headers["Location"], headers=headers).get_json()
        assert (told["state"], told["stored"]) == ("done", {"added": MOST_ROWS, "changed": 0, "same": 0})
    assert devices(session_factory) == MOST_ROWS
    print(f"{way}: {request:.1f} s for the request, {seconds - before:.0f} s for the work, {largest} MB at most")
    assert (request < MOST_OF_A_REQUEST, seconds - before < MOST_SECONDS) == (True, True)
    # Another test's process may have been larger before.
    assert largest < MOST_MEGABYTES or largest == largest_before


def workbook_of(rows: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for number in range(rows):
        sheet.append((f"CP-{number:06}", f"Vendor {number % 50}", f"Model {number % 400}", f"V1.{number % 30}.0", f"Site {number // 20}"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_problems_of_a_large_file_can_be_taken_along(client: FlaskClient, settings: Settings) -> None:
    bad = LARGE.replace(b"\nCP-00100;", b"\n;").replace(b"\nCP-05999;", b"\n;")
    answer = posted(client, "/fleet/import", file=(io.BytesIO(bad), "large.csv"))
    ended(settings, answer.location)
    page = client.get(answer.location)
    assert page.status_code == 400
    assert "Row 102, column A (id): no identity is given" in page.text
    with client.get(f"{answer.location}/problems.csv") as download:
        rows = list(csv.DictReader(io.StringIO(download.get_data(as_text=True))))
    assert [row["row"] for row in rows] == ["102", "6001"]
    assert client.get(f"/fleet/import/{'0' * 32}").status_code == 404


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of an errand is killed as soon as it runs."""

    def start(_settings: Settings, _errand_id: str, lock: int) -> None:
        dying = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
        subprocess.run(dying, pass_fds=(lock,), check=False)

    monkeypatch.setattr(errands, "_start", start)


@pytest.mark.usefixtures("killed")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_was_interrupted_says_whether_anything_was_stored(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    answer = posted(client, "/fleet/import", file=(io.BytesIO(LARGE), "large.csv"))
    page = client.get(answer.location)
    assert (page.status_code, "interrupted, and nothing was changed" in page.text) == (400, True)
    sha256 = hashlib.sha256(LARGE).hexdigest()
    answer = posted(client, "/fleet/import", sha256=sha256, name="large.csv", action="store")
    assert "nothing was stored" in client.get(answer.location).text
    stored(session_factory, LARGE)
    assert "The devices were stored" in client.get(answer.location).text


def macros() -> bytes:
    out = io.BytesIO(book(*ALL))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO(book(GOOD))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * 3_000_000)
    return out.getvalue()


def dated(day: str) -> bytes:
    return comma(("CP-1", "M", day), header=("id", "model", "Installed"))


@pytest.mark.parametrize(
    ("make", "name", "status", "said"),
    [
        (macros, "a.xlsm", 200, "has macros; they were not looked at"),
        (bomb, "a.xlsx", 400, "a.xlsx unpacks to"),
        (lambda: comma(("x", "y"), header=("Colour", "Smell")), "a.csv", 400, "no column"),
        (lambda: dated("03/04/2025"), "a.csv", 400, "Row 2, column C (Installed): 03/04/2025 can be two dates"),
        (lambda: dated("2025-02-31"), "a.csv", 400, "a date that cannot be"),
        (lambda: b"\xff\xfe\x00", "a.csv", 400, "a.csv"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_bad_file_is_a_sentence_and_stores_nothing(
    client: FlaskClient,
    session_factory: sessionmaker[Session],
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[], bytes],
    name: str,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr("registry.spreadsheets.workbook.MOST_UNPACKED_BYTES", 1_000_000)
    answer = posted(client, "/fleet/import", file=(io.BytesIO(make()), name))
    assert answer.status_code == status
    assert said in answer.text
    assert devices(session_factory) == 0


def test_devices_are_taken_out_one_by_one_by_file_and_by_choice(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, many(6), "first.csv")
    stored(session_factory, many(2, "Model 2"), "second.csv")
    match_fleet(session_factory)
    assert posted(client, "/fleet/remove-device", identity="CP-00005").status_code == 303
    assert posted(client, "/fleet/remove-device", identity="CP-00005").status_code == 409
    page = client.get("/fleet/imports").text
    assert re.search(r"first\.csv.*?Take 3 devices out", page, re.DOTALL)
    removal = re.findall(r'action="(/fleet/imports/\d+/remove)"', page)[-1]
    assert posted(client, removal, expected="5").status_code == 409
    assert posted(client, removal, expected="3").status_code == 303
    assert devices(session_factory) == 2
    assert posted(client, "/fleet/remove", expected="2").status_code == 409
    assert posted(client, "/fleet/remove?model=Model+2&site=Site+0+with+a+name+that+fills+the+file", expected="1").status_code == 303
    assert devices(session_factory) == 1
    with session_factory() as session:
        told = session.scalars(select(Event).where(Event.subject == "fleet", Event.kind == "withdrawn").order_by(Event.id)).all()
    assert [one.payload["removed"] for one in told] == [1, 3, 1]
    assert told[1].payload["file"] == "first.csv"
    assert len({one.author for one in told}) == 1
    assert told[0].author not in (None, "a visitor", "the registry itself")


def test_nobody_else_takes_devices_out(visitor: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, many(1))
    for address in ("/fleet/remove-device", "/fleet/remove?q=CP", "/fleet/imports/1/remove"):
        assert visitor.post(address, data={"identity": "CP-00000", "expected": "1"}).status_code in (303, 400, 401, 403)
    assert devices(session_factory) == 1
