"""Files that come and go: how large they may be, and that what others wrote stays text in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.certificates.facts import CertificateFacts
from registry.certificates.store import save_extraction
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from registry.listing.store import import_rows
from registry.requirements.reading import LONGEST_TEXT
from registry.spreadsheets.read import MOST_BYTES
from registry.spreadsheets.safe import FORMULA_STARTS
from registry.web import LARGEST_FORM_BYTES
from tests.registry.api.samples import Installation
from tests.registry.making import extraction, row
from tests.registry.signing_in import sign_in
from tests.registry.walking import Route, routes

FORMULA = '=HYPERLINK("http://evil.example";"x")'
NUMBER = "OCA.0016.9967.CS"
ROOM = 64 * 1024
"""For what stands in a form beside its file."""
UPLOADS = {
    "POST /fleet/import": MOST_BYTES,
    "POST /requirements/<identity>/check": MOST_BYTES,
    "POST /requirements/<identity>/copy": LONGEST_TEXT,
    "POST /requirements/<identity>/edit": LONGEST_TEXT,
}
"""The pages that take more than a form, and how many bytes."""


class Unread(io.BytesIO):
    """A body that nobody may read from: it was announced to be too long."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError(f"{size} bytes were read")

    readline = read1 = read


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_no_form_takes_more_than_it_says(kind: str, house: Installation) -> None:
    client = sign_in(house.app.test_client(), house.sessions, Role.ADMIN, "uploads")
    forms = [route for route in routes(house.app, house.known) if route.changes and not route.path.startswith("/api/")]
    assert {str(route) for route in forms} >= UPLOADS.keys()
    for route in forms:
        most = UPLOADS.get(str(route), LARGEST_FORM_BYTES - ROOM) + ROOM
        sent = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(most + 1), "CONTENT_TYPE": kind}
        answer = client.open(route.path, method="POST", environ_overrides=sent)
        if route.rule != "/watches/end/<token>":  # which takes no form, and reads nothing
            assert answer.status_code == 413, str(route)
            assert "too much at once" in answer.text


def exported(house: Route, client: FlaskClient) -> Iterator[str]:
    """The cells of a download."""
    answer = client.get(house.path, buffered=True)
    if answer.status_code != 200:
        return
    if answer.mimetype == "text/csv":
        yield from (cell for line in csv.reader(io.StringIO(answer.text)) for cell in line)
    elif "spreadsheetml" in str(answer.mimetype):
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        for sheet in book:
            for cell in (one for line in sheet.iter_rows() for one in line):
                assert cell.data_type != "f", house.path
                yield str(cell.value)
        book.close()


def test_texts_of_others_are_no_formulas(session_factory: sessionmaker[Session], visitor: FlaskClient, admin: FlaskClient) -> None:
    facts = CertificateFacts(number=NUMBER, role="CS", holder=FORMULA, designation=FORMULA, software_version=FORMULA, model=FORMULA)
    cell = '"' + FORMULA.replace('"', '""') + '"'
    with session_factory.begin() as session:
        whole = extraction(facts=facts)
        save_extraction(session, whole, FORMULA, parser_version="1")
        import_rows(session, FORMULA, "b" * 64, [row(1, company=FORMULA, designation=FORMULA, country=FORMULA)])
        sheet = f"identity,vendor,model,firmware,site\nCP-1,{cell},{cell},{cell},{cell}\n"
        intake.keep(session, intake.read_file(session, sheet.encode(), "fleet.csv"))
    match_fleet(session_factory)
    known = {"number": NUMBER, "sha256": whole.document.sha256}
    seen = set()
    for client in (visitor, admin):
        for route in routes(client.application, known):
            if route.method == "GET" and route.path.endswith((".csv", ".xlsx")):
                cells = list(exported(route, client))
                if any(FORMULA in one for one in cells):
                    seen.add(str(route))
                if route.path.endswith(".csv"):
                    assert [one for one in cells if one.startswith(FORMULA_STARTS)] == [], str(route)
    assert {"GET /certificates.csv", "GET /certificates.xlsx", "GET /fleet.csv", "GET /fleet.xlsx", "GET /review.csv"} <= seen
    assert json.dumps(FORMULA) in visitor.get("/certificates.json").text, "programs get it as it is"
