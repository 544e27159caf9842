"""The evidence of a certificate, read back from the PDF and the archive."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pdfplumber
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates.store import save_extraction
from registry.evidence.bundle import verify
from registry.listing.store import import_rows
from tests.registry.making import extraction, row

NUMBER = "OCA.0016.9001.CS"


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "first.txt")
        import_rows(session, "list.csv", "0" * 64, [row(1), row(2, certificate_no=NUMBER, number=NUMBER, software_version="1.4.0")])


def words(data: bytes) -> str:
    with pdfplumber.open(io.BytesIO(data)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def test_the_paper_has_each_value_its_place_and_what_disagrees(client: FlaskClient) -> None:
    answer = client.get(f"/certificates/{NUMBER}.pdf")
    assert answer.mimetype == "application/pdf"
    told = words(answer.data)
    for said in (
        *(NUMBER, "Product 1", "Holder 1", "V1.3.337", "Certified", "HeartbeatInterval", "declared empty", "Something wrong.", "1.4.0"),
        *("page 2, line 40", "Pass", "N/A", extraction().document.sha256[:40], "History", "withheld"),
    ):
        assert said in told, said


def test_a_certificate_that_only_the_list_has_is_told_as_that(client: FlaskClient) -> None:
    told = words(client.get("/certificates/OCA.0016.0001.CSMS.pdf").data)
    assert "Not read" in told
    assert "Product 1" in told
    assert client.get("/certificates/OCA.0016.7777.CSMS.pdf").status_code == 404


def test_the_archive_can_be_checked_and_holds_no_audits(client: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "certificate.zip"
    path.write_bytes(client.get(f"/certificates/{NUMBER}/bundle.zip").data)
    found = verify(path)
    assert found.problems == ()
    assert (found.kind, found.about["certificate"], found.about["state"]) == ("certificate", NUMBER, "certified")
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("certificate.json"))
        assert document["certificate"]["software_version"] == "V1.3.337"
        assert document["audits"] == []
        assert archive.read("document.txt") == b"text of document 1"


def test_any_letters_can_be_set(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    odd = '강남 <b>充電</b> & "Élan" İ\u200b \U0001f50c'
    with session_factory.begin() as session:
        save_extraction(session, extraction("odd", number="OCA.0016.9003.CS", designation=odd, holder=odd), "odd.txt")
    told = words(client.get("/certificates/OCA.0016.9003.CS.pdf").data)
    assert "Élan" in told
    assert "U+1F50C" in told


def test_the_page_leads_to_both_and_tells_the_history(client: FlaskClient) -> None:
    page = client.get(f"/certificates/{NUMBER}").text
    assert f'href="/certificates/{NUMBER}.pdf"' in page
    assert f'href="/certificates/{NUMBER}/bundle.zip"' in page
    assert 'id="history"' in page
