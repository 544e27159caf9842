"""Signs that turn around what follows them are seen wherever a text of a file is shown, and never obeyed."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.store import save_extraction
from registry.evidence.setting import named
from registry.fleet import intake
from registry.turning import seen, seen_in_page
from registry.watches.messages import mail
from tests.registry.fleet.samples import GOOD, HEADER, comma
from tests.registry.making import extraction
from tests.registry.signing_in import token_of

UAX_9 = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""Embeddings, overrides and isolates with what ends them, as the annex lists them."""

HOLDER, SITE = "Holder \u202egnp.1", "Harbour \u2067East\u2069"
SHOWN = {"Holder \ufffdgnp.1", "Harbour \ufffdEast\ufffd"}
TURNING = [chr(code) for code in UAX_9]


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    device = ("CP-1", HOLDER, *GOOD[2:4], SITE, *GOOD[5:])
    with session_factory.begin() as session:
        save_extraction(session, extraction(holder=HOLDER), "\u202estation.txt")
        intake.keep(session, intake.read_file(session, comma(device), "fleet\u202e.csv"))


def is_seen(text: str) -> bool:
    return "\ufffd" in text and not any(sign in text for sign in TURNING)


@pytest.mark.parametrize("code", UAX_9)
def test_each_sign_is_seen(code: int) -> None:
    assert seen(f"a{chr(code)}b") == "a\ufffdb"
    assert seen_in_page(f"<p>a{chr(code)}b</p>".encode()) == "<p>a\ufffdb</p>".encode()
    assert named(f"a{chr(code)}b") == f"aU+{code:04X}b"


def test_what_is_written_from_right_to_left_stays_as_it_is() -> None:
    words = "שלום عربى \u200f1\u200e \u2013 \u2069".strip("\u2069 ")
    assert seen(words) == words
    assert seen_in_page(words.encode()) == words.encode()


def test_what_a_form_sends_back_stays_what_it_was() -> None:
    kept = '<input name="c\u202e" value="a\u202eb"><textarea name="words">x\u202e\ny</textarea>'
    page = f'<p title="\u202e">\u202e value=&#34;\u202e&#34;</p>{kept}<td>\u202e</td>'
    assert seen_in_page(page.encode()).decode() == f'<p title="\ufffd">\ufffd value=&#34;\ufffd&#34;</p>{kept}<td>\ufffd</td>'


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize(
    "path", ["/", "/fleet", "/holders", "/history", "/certificates/OCA.0016.9001.CS", "/devices/CP-1", "/fleet/imports"]
)
def test_pages_show_it(auditor: FlaskClient, path: str) -> None:
    assert is_seen(auditor.get(path).text)


@pytest.mark.usefixtures("stocked")
def test_a_kept_page_shows_it_too(client: FlaskClient) -> None:
    assert is_seen(client.get("/").text)
    assert is_seen(client.get("/").text)
    assert is_seen(client.get("/?q=holder").text)


@pytest.mark.parametrize("changed", [{0: "x\u202ey"}, {3: "FW\u202e"}])
def test_a_dry_run_shows_it(auditor: FlaskClient, changed: dict[int, str]) -> None:
    header = tuple(changed.get(place, word) for place, word in enumerate(HEADER))
    token = token_of(auditor)
    sent = {
        "csrf_token": token,
        "file": (io.BytesIO(comma(GOOD, (*GOOD[:4], "\u202ex", "north", *GOOD[6:]), header=header)), "f\u202e.csv"),
    }
    page = auditor.post("/fleet/import", data=sent).text
    shown = [line for line in page.splitlines() if "\u202e" in line]
    assert "\ufffd" in page
    assert all('value="' in line for line in shown), shown


@pytest.mark.usefixtures("stocked")
def test_what_is_taken_along_shows_it(auditor: FlaskClient) -> None:
    (row,) = csv.DictReader(io.StringIO(auditor.get("/fleet.csv").text.lstrip("\ufeff")))
    assert set(row.values()) >= SHOWN
    sheet = openpyxl.load_workbook(io.BytesIO(auditor.get("/fleet.xlsx").data)).active
    assert sheet is not None
    cells = {cell for line in sheet.iter_rows(values_only=True) for cell in line}
    assert cells >= SHOWN


@pytest.mark.usefixtures("stocked")
def test_programs_read_what_is_stored(auditor: FlaskClient) -> None:
    assert auditor.get("/fleet.json").get_json()["devices"][0]["site"] == SITE
    assert auditor.get("/api/v1/fleet/devices").get_json()["devices"][0]["vendor"] == HOLDER


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("path", ["/certificates.atom", "/certificates/OCA.0016.9001.CS.atom"])
def test_feeds_show_it(client: FlaskClient, path: str) -> None:
    assert is_seen(client.get(path).text)


def test_mails_show_it() -> None:
    made = mail("a@x.example", "b@x.example", f"About {HOLDER}", f"{HOLDER} at {SITE}", "1", datetime.now(UTC), "https://x.example")
    assert is_seen(made.get_content())
    assert not any(sign in str(made["Subject"]) for sign in TURNING)
