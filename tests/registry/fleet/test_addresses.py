"""A management system goes by its address, which auditors alone see: on no page, in no export, feed or answer, and by no search."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from registry.accounts.roles import Role
from registry.audits.withheld import WITHHELD
from registry.events import EventKind, Happening, record
from registry.fleet import intake
from registry.fleet.matching import match_fleet
from tests.registry.fleet.samples import comma
from tests.registry.signing_in import bearer

ADDRESS = "wss://csms.intern.example:9443/ocpp/secretpath"
HEADER = ("id", "vendor", "model", "URL", "role", "site", "lat", "lon")
CENTRAL = (ADDRESS, "Holder 1", "CSMS 1", ADDRESS, "CSMS", "HQ", "52.0", "5.0")
STATION = ("CP-1", "Holder 1", "Product 1", "ws://10.20.30.40:8080/CP-1", "CS", "Harbour", "52.1", "5.2")
SECRETS = ("intern.example", "9443", "secretpath", "10.20.30.40")

EVERYWHERE = (
    *("/fleet", "/fleet?sort=site", "/fleet?q=csms&site=HQ", "/fleet.csv", "/fleet.json", "/fleet.atom", "/devices/CP-1"),
    *(f"/devices/{ADDRESS}", f"/devices/{ADDRESS}.atom", f"/devices/{ADDRESS}/badge.svg", f"/devices/{ADDRESS}/qr.svg"),
    *("/api/v1/fleet/devices", f"/api/v1/fleet/devices/{ADDRESS}", f"/api/v1/fleet/history/{ADDRESS}", "/api/v1/fleet/places"),
    *("/api/v1/events", f"/api/v1/fleet/badges/{ADDRESS}", "/history", "/campaigns", "/audits", "/history.atom"),
)


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        intake.keep(session, intake.read_file(session, comma(CENTRAL, STATION, header=HEADER), "fleet.csv"))
        changed = {"old": "covered", "new": "cannot tell", "sentence": "It cannot be told."}
        record(session, datetime(2026, 1, 1, tzinfo=UTC), [Happening(EventKind.COVERAGE, "device", None, None, changed, device=ADDRESS)])
    match_fleet(session_factory)


def shown(client: FlaskClient, address: str) -> str:
    """What is answered, without what was asked."""
    return client.get(address).text.replace(ADDRESS, "") if ADDRESS in address else client.get(address).text


def test_visitors_and_readers_see_no_address_anywhere(visitor: FlaskClient, reviewer: FlaskClient) -> None:
    for client in (visitor, reviewer):
        leaking = [address for address in EVERYWHERE if any(secret in shown(client, address) for secret in SECRETS)]
        assert leaking == []
        book = openpyxl.load_workbook(io.BytesIO(client.get("/fleet.xlsx").data)).active
        assert book is not None
        assert [row[0].value for row in book.iter_rows(min_row=2)] == ["CP-1", WITHHELD]


def test_they_are_told_that_there_is_one(visitor: FlaskClient) -> None:
    assert WITHHELD in visitor.get("/fleet").text
    assert [one["identity"] for one in visitor.get("/fleet.json").get_json()["devices"]] == ["CP-1", WITHHELD]
    assert visitor.get("/api/v1/fleet/devices").get_json()["devices"][1]["url"] is None
    assert visitor.get(f"/api/v1/fleet/devices/{ADDRESS}").status_code == 404


@pytest.mark.parametrize("word", ["intern", "9443", "secretpath", "wss"])
def test_a_search_confirms_no_address_to_them(
    visitor: FlaskClient, auditor: FlaskClient, session_factory: sessionmaker[Session], word: str
) -> None:
    program = bearer(session_factory, Role.AUDITOR)
    for client, headers, number in ((visitor, {}, 0), (auditor, program, 1)):
        assert client.get(f"/fleet.json?q={word}").get_json()["total"] == number
        assert client.get(f"/api/v1/fleet/devices?q={word}", headers=headers).get_json()["total"] == number
        assert len(client.get(f"/api/v1/fleet/places?q={word}", headers=headers).get_json()["places"]) == number
    changed = [re.findall("<updated>.*?<", visitor.get(f"/fleet.atom?q={asked}").text) for asked in ("no-such-thing", word)]
    assert changed[0] == changed[1], "a feed is for everybody, and when it was last changed tells whether anything was found"
    assert visitor.get("/fleet.json?q=CSMS").get_json()["total"] == 1, "what is no address is found as ever"


def test_auditors_see_them(auditor: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    program = bearer(session_factory, Role.AUDITOR)
    assert ADDRESS in auditor.get("/fleet").text
    assert ADDRESS in auditor.get("/fleet.csv").text
    assert auditor.get(f"/api/v1/fleet/devices/{ADDRESS}", headers=program).get_json()["endpoint"] == ADDRESS
    assert auditor.get("/api/v1/fleet/devices", headers=program).get_json()["devices"][1]["identity"] == ADDRESS


@pytest.mark.parametrize("identity", ["csms.intern.example", "csms:9443", "10.20.30.40", "csms.intern.example:9443"])
def test_an_address_is_no_name_because_its_beginning_is_missing(session: Session, identity: str) -> None:
    draft = intake.read_file(session, comma((identity, *CENTRAL[1:]), header=HEADER), "fleet.csv")
    [problem] = draft.problems
    assert problem.place == "row 2, column A (id)"
    assert problem.sentence == (
        f"“{identity}” is an address without its beginning, and would be shown to everybody: write it as wss://host/path, or give the "
        "system a name"
    )


def test_a_column_of_postal_addresses_is_nothing_that_visitors_see(session: Session) -> None:
    draft = intake.read_file(session, comma(("CP-9", "M", "10 Secret Street"), header=("id", "model", "Address")), "fleet.csv")
    assert draft.columns is not None
    assert draft.columns.unused == ("Address",)
