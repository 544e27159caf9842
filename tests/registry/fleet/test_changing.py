"""The fleet as it changes: large files by a process of their own, files that are not what they should be, devices that go."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry import errands
from registry.events import Event
from registry.fleet import errands as work
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.fleet.models import FleetDevice
from registry.settings import Settings
from tests.registry.fleet.samples import ALL, GOOD, book, comma


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
    return client.post(address, data={"csrf_token": found[1], **sent})


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
