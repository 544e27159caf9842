"""Every list that a page shows can be taken along as CSV and XLSX, too."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.store import save_extraction
from registry.fleet import intake
from registry.listing.store import import_rows
from tests.registry.fleet.samples import GOOD, comma
from tests.registry.making import extraction, row

FIRST, SECOND = "OCA.0016.9001.CS", "OCA.0016.9002.CS"
COMPARED = f"?certificate={FIRST}&certificate={SECOND}"


@pytest.fixture
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "first.txt")
        save_extraction(session, extraction("second", number=SECOND, software_version="V2"), "second.txt")
        import_rows(session, "list.csv", "0" * 64, [row(1)])
        intake.keep(session, intake.read_file(session, comma(GOOD), "fleet.csv"))


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("page", "lists", "first"),
    [
        ("/requirements", "/requirements", {"id": "calevip-2-dc"}),
        (f"/compare{COMPARED}", "/compare", {"what": "State", "differs": "no", FIRST: "holds", SECOND: "holds"}),
        ("/listing", "/listing/imports", {"source": "list.csv", "rows": "1"}),
        ("/fleet/imports", "/fleet/imports", {"name": "fleet.csv", "rows": "1", "left": "1"}),
        ("/watches", "/watches", None),
        ("/snapshots", "/snapshots/all", None),
    ],
)
def test_a_list_is_there_in_each_kind(auditor: FlaskClient, page: str, lists: str, first: dict[str, str] | None) -> None:
    pairs = page.partition("?")[2]
    shown = auditor.get(page)
    assert shown.status_code == 200
    for kind in ("csv", "xlsx", "json"):
        address = f"{lists}.{kind}" + (f"?{pairs}" if pairs else "")
        assert first is None or address.replace("&", "&amp;") in shown.text
        assert auditor.get(address).status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(auditor.get(f"{lists}.xlsx?{pairs}").data)).active
    assert sheet is not None
    rows = list(csv.DictReader(io.StringIO(auditor.get(f"{lists}.csv?{pairs}").text)))
    assert sheet.max_row == len(rows) + 1
    if first is not None:
        assert first.items() <= rows[0].items()
    else:
        assert rows == []


@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_differs_follows_on_how_the_certificates_stand(client: FlaskClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"/compare.csv{COMPARED}").text)))
    assert [(row["what"], row["differs"], row[FIRST], row[SECOND]) for row in rows[1:2]] == [("Software version", "yes", "V1.3.337", "V2")]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_cannot_be_compared_is_no_file(client: FlaskClient) -> None:
    assert client.get(f"/compare.csv{COMPARED}").status_code == 400
