"""The fleet from the file to the answer, in a real database: stored whole or not at all, matched, exported."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from registry.acting import acting
from registry.audits import store as audits
from registry.certificates.facts import Finding, Severity
from registry.certificates.findings import record_findings
from registry.certificates.matchable import listed_roles
from registry.certificates.models import Certificate
from registry.certificates.store import save_extraction
from registry.events import Event, EventKind
from registry.fleet import intake, queries
from registry.fleet.cli import fleet as command
from registry.fleet.matching import match_fleet, seen_firmware
from registry.fleet.models import FleetDevice, FleetImport
from registry.fleet.query import FleetQuery
from registry.listing.store import import_rows
from registry.settings import Settings
from registry.spreadsheets.sheet import BadSpreadsheet
from tests.registry.fleet.samples import ALL, GOOD, OLD, book, comma
from tests.registry.making import Ticking, extraction, row
from tests.registry.signing_in import token_of

STATION = "OCA.0016.9001.CS"


@pytest.fixture
def client(auditor: FlaskClient) -> FlaskClient:
    return auditor


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")


def stored(sessions: sessionmaker[Session], data: bytes) -> None:
    with sessions.begin() as session:
        intake.keep(session, intake.read_file(session, data, "fleet.csv"))


def answers(sessions: sessionmaker[Session]) -> dict[str, tuple[str | None, str | None]]:
    with sessions() as session:
        return {one.identity: (one.answer, one.rule) for one in queries.everything(session, FleetQuery())}


def audited(sessions: sessionmaker[Session], station: str, firmware: str) -> None:
    with sessions.begin() as session:
        audit_id = audits.request(session, station, STATION)
        audits.start(session, audit_id)
        audits.finish(session, audit_id, {"verdict": "conformant", "device": {"id": station, "reported": {"firmware": firmware}}}, None)


def page_token(client: FlaskClient, address: str = "/fleet/import") -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(address).text)
    assert found
    return found[1]


def sent(client: FlaskClient, data: bytes, name: str = "fleet.csv") -> tuple[int, str]:
    answer = client.post("/fleet/import", data={"csrf_token": page_token(client), "file": (io.BytesIO(data), name)})
    return answer.status_code, answer.text


def test_each_device_gets_its_answer(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(*ALL))
    tally = match_fleet(session_factory)
    assert answers(session_factory) == {
        "CP-1": ("covered", "exact"),
        "CP-2": ("not covered", "other-version"),
        "CP-3": ("cannot tell", "model-part"),
        "CP-4": ("cannot tell", "firmware-missing"),
    }
    assert (tally.covered, tally.not_covered, tally.cannot_tell, tally.drifted) == (1, 1, 2, 0)


def test_what_was_installed_before_its_certificate_is_told_so(session_factory: sessionmaker[Session], client: FlaskClient) -> None:
    """Two devices that differ in that day alone get sentences of their own."""
    stored(session_factory, comma(GOOD, ("CP-9", *GOOD[1:7], "2021-06-01", *GOOD[8:])))
    match_fleet(session_factory)
    assert answers(session_factory) == {"CP-1": ("covered", "exact"), "CP-9": ("covered", "exact")}
    said = "It is of 2023-07-12, and the device was installed on 2021-06-01"
    told = {identity: client.get(f"/devices/{identity}").text for identity in ("CP-1", "CP-9")}
    assert {identity: said in text for identity, text in told.items()} == {"CP-1": False, "CP-9": True}
    assert "Certified together for OCPP 1.6: Core" in told["CP-1"]
    match_json = client.get("/api/v1/fleet/devices/CP-9").json
    assert match_json is not None
    assert [one["protocol"] for one in match_json["match"]["together"]] == ["OCPP 1.6"]


@pytest.mark.parametrize("origin", ["listing", "product"])
def test_what_the_list_or_another_document_disputes_is_not_taken_for_sure(session_factory: sessionmaker[Session], origin: str) -> None:
    """Requirement sets take every error about a certificate into account; so does the fleet."""
    with session_factory.begin() as session:
        certificate_id = session.scalars(select(Certificate.id)).one()
        disputed = Finding("disputed", Severity.ERROR, "The version is another elsewhere.", ("software_version",))
        record_findings(session, origin, {certificate_id: [disputed]})
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert answers(session_factory) == {"CP-1": ("cannot tell", "error-found")}


def test_a_file_with_one_bad_row_leaves_nothing(session_factory: sessionmaker[Session]) -> None:
    bad = comma(GOOD, (*OLD[:5], "north", *OLD[6:]))
    with session_factory.begin() as session:
        draft = intake.read_file(session, bad, "fleet.csv")
        assert [problem.row for problem in draft.problems] == [3]
        with pytest.raises(BadSpreadsheet, match="row 3, column F"):
            intake.keep(session, draft)
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(FleetDevice)) == 0
        assert session.scalar(select(func.count()).select_from(FleetImport)) == 0


def test_what_is_taken_for_nothing_is_told_before_it_is_stored(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        draft = intake.read_file(session, b"id,model,firmware\nCP-1,M,n/a\nCP-2,M,1.0\nCP-3,M,n/a\n", "fleet.csv")
    assert intake.summary(draft)["notes"] == ["Taken for nothing said in column C (firmware): “n/a” (row 2, 4)."]


def test_a_second_file_changes_what_it_has_and_leaves_the_rest(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(*ALL))
    match_fleet(session_factory)
    with session_factory.begin() as session:
        draft = intake.read_file(session, comma(GOOD, (*OLD[:3], "1.3.337", *OLD[4:])), "later.csv")
        assert draft.outcome is not None
        assert (draft.outcome.added, draft.outcome.changed, draft.outcome.same) == (0, 1, 1)
        intake.keep(session, draft)
    assert answers(session_factory)["CP-1"] == ("covered", "exact")
    assert answers(session_factory)["CP-2"] == (None, None)
    match_fleet(session_factory)
    assert answers(session_factory)["CP-2"] == ("covered", "exact")
    assert len(answers(session_factory)) == 4


def test_what_an_audit_saw_later_is_what_runs(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(*ALL))
    audited(session_factory, "CP-1", "V1.3.400")
    audited(session_factory, "CP-4", "V1.3.337")
    tally = match_fleet(session_factory)
    assert tally.drifted == 1
    assert answers(session_factory)["CP-1"] == ("not covered", "other-version")
    assert answers(session_factory)["CP-4"] == ("covered", "exact")
    with session_factory() as session:
        seen = seen_firmware(session)
        device = queries.device(session, "CP-1")
    assert {station: one.firmware for station, one in seen.items()} == {"CP-1": "V1.3.400", "CP-4": "V1.3.337"}
    assert device is not None
    assert (device.firmware, device.firmware_used, device.is_drifted) == ("1.3.337", "V1.3.400", True)


def test_a_row_that_is_newer_than_the_audit_counts_again(session_factory: sessionmaker[Session]) -> None:
    audited(session_factory, "CP-1", "V1.3.300")
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert answers(session_factory)["CP-1"] == ("covered", "exact")
    with session_factory() as session:
        device = queries.device(session, "CP-1")
    assert device is not None
    assert device.is_drifted


@pytest.mark.parametrize("said", ["unknown", "0", "beta", ""])
def test_what_names_no_version_says_nothing_beside_what_an_audit_saw(session_factory: sessionmaker[Session], said: str) -> None:
    audited(session_factory, "CP-1", "V1.3.337")
    audited(session_factory, "CP-2", "unknown" if said else "0.0")
    stored(session_factory, comma((*GOOD[:3], said, *GOOD[4:]), (OLD[0], *GOOD[1:])))
    audited(session_factory, "CP-2", said or "n/a")
    assert match_fleet(session_factory).drifted == 0
    assert answers(session_factory) == {"CP-1": ("covered", "exact"), "CP-2": ("covered", "exact")}
    with session_factory() as session:
        device = queries.device(session, "CP-1")
    assert device is not None
    assert (device.firmware_used, device.may_be_drifted) == ("V1.3.337", False)


@pytest.mark.parametrize("seen", ["1.3.337 build 7", "01.3.337", "V1.3.337"])
def test_what_may_be_another_spelling_is_no_drift(session_factory: sessionmaker[Session], client: FlaskClient, seen: str) -> None:
    """Only what is certainly another version is drift, with its event and its mail; what is unclear is said in other words."""
    stored(session_factory, comma(GOOD))
    audited(session_factory, "CP-1", seen)
    assert match_fleet(session_factory).drifted == 0
    with session_factory() as session:
        device = queries.device(session, "CP-1")
        assert session.scalar(select(func.count()).select_from(Event).where(Event.kind == EventKind.DRIFTED)) == 0
    assert device is not None
    assert device.is_drifted is False
    assert device.may_be_drifted is (seen != "V1.3.337")
    told = client.get("/fleet").text + client.get("/devices/CP-1").text
    assert ("Whether these are one version cannot be told" in told) is device.may_be_drifted
    assert ("perhaps another version" in told) is device.may_be_drifted


def drift_told(session_factory: sessionmaker[Session]) -> list[tuple[str, str | None, str | None]]:
    with session_factory() as session:
        kinds = (EventKind.DRIFTED, EventKind.DRIFT_ENDED)
        events = session.scalars(select(Event).where(Event.device == "CP-1", Event.kind.in_(kinds)).order_by(Event.id))
        return [(one.kind, one.payload["row"], one.payload["seen"]) for one in events]


def test_a_drift_that_ends_and_returns_is_told_again(session_factory: sessionmaker[Session]) -> None:
    def runs(firmware: str) -> list[tuple[str, str | None, str | None]]:
        audited(session_factory, "CP-1", firmware)
        for _ in range(2):
            match_fleet(session_factory)
        return drift_told(session_factory)

    stored(session_factory, comma(GOOD))
    began, ended = ("firmware drift", "1.3.337", "V1.3.400"), ("firmware drift ended", "1.3.337", "V1.3.337")
    assert runs("V1.3.337") == [], "what never began does not end"
    assert runs("V1.3.400") == [began]
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert drift_told(session_factory) == [began], "the same row again changes nothing"
    assert runs("1.3.337 build 7") == [began], "what cannot be told ends nothing"
    assert runs("V1.3.400") == [began]
    assert runs("V1.3.337") == [began, ended]
    assert runs("V1.3.400") == [began, ended, began]
    assert runs("V1.3.401") == [began, ended, began, ("firmware drift", "1.3.337", "V1.3.401")]


@pytest.mark.parametrize("said", [None, "beta"])
def test_a_row_that_names_no_firmware_any_more_ends_a_drift(session_factory: sessionmaker[Session], said: str | None) -> None:
    stored(session_factory, comma(GOOD))
    audited(session_factory, "CP-1", "V1.3.400")
    match_fleet(session_factory)
    stored(session_factory, comma((*GOOD[:3], said or "", *GOOD[4:])))
    match_fleet(session_factory)
    assert drift_told(session_factory)[1:] == [("firmware drift ended", said, "V1.3.400")]


def told_of(session_factory: sessionmaker[Session], device: str, *kinds: EventKind) -> list[Event]:
    with session_factory() as session:
        return list(session.scalars(select(Event).where(Event.device == device, Event.kind.in_(kinds)).order_by(Event.id)))


def test_a_row_that_is_replaced_tells_what_changed_and_whether_it_is_still_covered(
    session_factory: sessionmaker[Session], visitor: FlaskClient
) -> None:
    """The commonest change of all: another firmware comes with the next file."""
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert told_of(session_factory, "CP-1", EventKind.COVERAGE, EventKind.CHANGED) == [], "the first answer changes nothing"
    for firmware in ("1.3.336", "1.3.335"):
        with acting("somebody"):
            stored(session_factory, comma((*GOOD[:3], firmware, *GOOD[4:])))
    for _ in range(2):
        match_fleet(session_factory)
    first, second = told_of(session_factory, "CP-1", EventKind.CHANGED)
    assert (first.subject, first.author) == ("device", "somebody")
    assert first.payload == {"differing": {"firmware": {"old": "1.3.337", "new": "1.3.336"}}, "answer": "covered"}
    assert second.payload == {"differing": {"firmware": {"old": "1.3.336", "new": "1.3.335"}}, "answer": None}
    [told] = told_of(session_factory, "CP-1", EventKind.COVERAGE)
    assert (told.payload["old"], told.payload["new"]) == ("covered", "not covered")
    feed = visitor.get("/devices/CP-1.atom").text
    assert "Not covered now: CP-1" in feed
    assert "Firmware “1.3.337”, now “1.3.336”" in feed
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert [one.payload["new"] for one in told_of(session_factory, "CP-1", EventKind.COVERAGE)] == ["not covered", "covered"]


def test_what_changed_about_a_row_holds_no_address(session_factory: sessionmaker[Session]) -> None:
    header = ("id", "vendor", "model", "URL", "installed", "rfid")
    for address, day, readers in (("wss://one.example/x", "2024-03-04", "1"), ("wss://two.example/x", "2024-03-05", "2")):
        stored(session_factory, comma(("CP-1", "M", "A", address, day, readers), header=header))
    [changed] = told_of(session_factory, "CP-1", EventKind.CHANGED)
    assert changed.payload["differing"] == {
        "installed": {"old": "2024-03-04", "new": "2024-03-05"},
        "hardware": {"old": "RFID readers: 1", "new": "RFID readers: 2"},
    }


def test_a_choice_of_columns_is_remembered(session_factory: sessionmaker[Session]) -> None:
    data = comma(("CP-1", "Holder 1", "Product 1", "1.3.337"), header=("Code", "Who", "What", "Running"))
    chosen = {"identity": "Code", "vendor": "who", "model": "What", "firmware": "Running"}
    with session_factory.begin() as session:
        assert intake.read_file(session, data, "a.csv").problem is not None
        intake.keep(session, intake.read_file(session, data, "a.csv", chosen))
    with session_factory() as session:
        assert intake.read_file(session, data, "b.csv").can_be_stored
        assert not intake.read_file(session, data, "b.csv", {"model": "Nowhere"}).can_be_stored


def test_the_table_takes_a_fixed_number_of_statements(session_factory: sessionmaker[Session], engine: Engine) -> None:
    stored(session_factory, comma(*ALL))
    match_fleet(session_factory)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    with session_factory() as session:
        queries.listing(session, FleetQuery("cp", {"site": ("Harbour",)}))
    assert len([one for one in statements if one.startswith("SELECT")]) == 8


def test_the_trend_has_the_last_matching_of_each_day(session_factory: sessionmaker[Session]) -> None:
    clock = Ticking()
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory, clock=clock)
    stored(session_factory, comma(*ALL))
    match_fleet(session_factory, clock=clock)
    clock.now += timedelta(days=2)
    match_fleet(session_factory, clock=clock)
    with session_factory() as session:
        days = queries.trend(session, clock.now - timedelta(days=30))
    assert [day.covered + day.not_covered + day.cannot_tell for day in days] == [4, 4]


def test_from_the_upload_to_the_table(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    status, page = sent(client, comma(*ALL))
    assert status == 200
    assert "Nothing is stored yet" in page
    assert "4 devices new" in page
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256
    assert answers(session_factory) == {}
    answer = client.post(
        "/fleet/import", data={"csrf_token": page_token(client), "sha256": sha256[1], "name": "fleet.csv", "action": "store"}
    )
    assert answer.status_code == 303, answer.text
    table = client.get("/fleet").text
    assert "1 covered" in table
    assert "1 not covered" in table
    assert "2 cannot tell" in table
    narrowed = client.get("/fleet?answer=covered").text
    assert "CP-1" in narrowed
    assert "CP-2" not in narrowed
    device = client.get("/devices/CP-3").text
    assert "Cannot tell" in device
    assert "Product 1-X" in device
    assert STATION in device
    assert "no audit of it yet" in device


def test_a_device_of_the_fleet_stands_under_the_fleet_and_names_fields_as_people_do(
    client: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    stored(session_factory, comma(OLD, (*GOOD[:-1], "2")))
    match_fleet(session_factory)
    page = client.get("/devices/CP-1").text
    assert ">RFID readers (hardware)<" in page
    assert "hardware.RFID" not in page
    old = client.get("/devices/CP-2").text
    assert '<span class="muted small">OCA list</span><div>This goes by the certificates' in old
    assert re.search(r'href="/fleet" aria-current="true"', old)
    assert not re.search(r'href="/campaigns" aria-current="true"', old)


def test_problems_are_shown_with_their_place_and_can_be_taken_along(client: FlaskClient) -> None:
    status, page = sent(client, comma(GOOD, ("", *OLD[1:])))
    assert status == 400
    assert "Row 3, column A (Charge Point ID): no identity is given" in page
    assert "Store and match" not in page
    sha256 = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)
    assert sha256
    form = {"csrf_token": page_token(client), "sha256": sha256[1], "name": "fleet.csv"}
    taken = client.post("/fleet/import", data=form | {"action": "problems"})
    assert list(csv.reader(io.StringIO(taken.text)))[1][0] == "3"
    assert client.post("/fleet/import", data=form | {"action": "store"}).status_code == 400


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "", "No file was chosen"),
        (b"", "a.csv", "a.csv is empty"),
        (b"%PDF-1.4", "a.pdf", "is no spreadsheet"),
        (book(GOOD, GOOD, merged="A2:A3"), "a.xlsx", "cells are merged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "a.xls", "old Excel file"),
    ],
)
def test_what_is_no_file_of_devices_is_one_sentence(client: FlaskClient, data: bytes, name: str, said: str) -> None:
    status, page = sent(client, data, name)
    assert status == 400
    assert said in page


def test_only_auditors_import_and_see_addresses(
    client: FlaskClient, visitor: FlaskClient, reviewer: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    stored(session_factory, comma(("CP-1", "M", "wss://secret.example/x"), header=("id", "model", "URL")))
    for path in ("/fleet/match", "/fleet/import"):
        assert reviewer.post(path, data={"csrf_token": token_of(reviewer)}).status_code == 403
        assert visitor.post(path).location.startswith("/sign-in?")
    assert client.post("/fleet/match", data={}).status_code == 400
    for address in ("/fleet", "/fleet.json", "/fleet.csv", "/devices/CP-1"):
        assert "secret.example" not in visitor.get(address).text + reviewer.get(address).text
    assert "secret.example" in client.get("/devices/CP-1").text


def test_everything_can_be_taken_along(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(*ALL, ("CP-5", "=1+1", *GOOD[2:])))
    match_fleet(session_factory)
    rows = list(csv.DictReader(io.StringIO(client.get("/fleet.csv").text)))
    assert [one["answer"] for one in rows] == ["covered", "not covered", "cannot tell", "cannot tell", "cannot tell"]
    assert rows[0]["certificates"] == STATION
    assert rows[4]["vendor"] == "'=1+1"
    told = client.get("/fleet.json?answer=covered").get_json()
    assert told["total"] == 1
    assert told["devices"][0]["match"]["reasons"][0]["certificate"] == STATION
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/fleet.xlsx").data)).active
    assert sheet is not None
    assert sheet.max_row == 6


@pytest.mark.parametrize("address", ["/fleet?page=0", "/fleet?sort=colour", "/fleet?q=" + "x" * 201, "/fleet?page=9", "/fleet?size=9999"])
def test_an_address_that_no_link_has_is_answered_with_a_sentence(
    client: FlaskClient, session_factory: sessionmaker[Session], address: str
) -> None:
    stored(session_factory, comma(GOOD))
    assert client.get(address).status_code in (400, 404)


def test_the_page_says_when_certificates_came_after_the_matching(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(GOOD))
    assert "match again" in client.get("/fleet").text
    match_fleet(session_factory)
    assert "match again" not in client.get("/fleet").text
    with session_factory.begin() as session:
        save_extraction(session, extraction("another", number="OCA.0016.9002.CS"), "other.txt")
    assert "match again" in client.get("/fleet").text


def test_the_page_says_when_another_version_of_the_program_matched(
    client: FlaskClient, session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(session_factory, comma(GOOD))
    match_fleet(session_factory)
    assert "match again" not in client.get("/fleet").text
    monkeypatch.setattr("registry.fleet.queries.program_version", lambda: "another")
    assert "match again" in client.get("/fleet").text


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments), obj=settings)


def test_the_command_line_looks_then_stores_then_matches(
    settings: Settings, session_factory: sessionmaker[Session], tmp_path: Path
) -> None:
    file = tmp_path / "fleet.csv"
    file.write_bytes(comma(*ALL))
    looked = run(settings, "import", str(file), "--dry-run")
    assert looked.exit_code == 0, looked.output
    assert "4 devices would be added" in looked.output
    assert answers(session_factory) == {}
    taken = json.loads(run(settings, "import", str(file), "--json").stdout)
    assert (taken["stored"], taken["counts"]["covered"], taken["outcome"]["added"]) == (True, 1, 4)
    matched = run(settings, "match", "--json")
    assert matched.exit_code == 1
    told = json.loads(matched.stdout)
    assert told["counts"] == {"devices": 4, "covered": 1, "not covered": 1, "cannot tell": 2, "drifted": 0}
    assert told["devices"][0]["certificates"] == [STATION]


def test_the_command_line_names_every_problem(settings: Settings, session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    file.write_bytes(comma(("", *GOOD[1:]), (*OLD[:5], "x", *OLD[6:])))
    done = run(settings, "import", str(file))
    assert done.exit_code == 1
    assert "fleet.csv, row 2, column A (Charge Point ID): no identity is given" in done.output
    assert "fleet.csv, row 3, column F (Lat): “x” are no degrees" in done.output
    assert answers(session_factory) == {}


def test_a_mapping_is_given_on_the_command_line(settings: Settings, session_factory: sessionmaker[Session], tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    file.write_bytes(comma(("CP-1", "Product 1"), header=("Code", "What")))
    done = run(settings, "import", str(file), "--mapping", "identity=Code", "--mapping", "model=What")
    assert done.exit_code == 0, done.output
    assert answers(session_factory) == {"CP-1": ("cannot tell", "vendor-missing")}


def test_a_list_of_management_systems_says_nothing_of_stations(session_factory: sessionmaker[Session]) -> None:
    """A few rows of the list stand in the wrong one, which makes it no list of theirs."""
    listed = [row(number) for number in range(1, 25)]
    stray = row(25, certificate_no="OCA.0016.0025.CS", number="OCA.0016.0025.CS")
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "0" * 64, [*listed, stray])
    with session_factory() as session:
        assert listed_roles(session) == {"CSMS"}
    header = ("id", "vendor", "model", "firmware", "role")
    stored(session_factory, comma(("CP-1", "Nobody", "N", "1", "CS"), ("CS-1", "Nobody", "N", "1", "CSMS"), header=header))
    match_fleet(session_factory)
    assert answers(session_factory) == {"CP-1": ("cannot tell", "company-unknown"), "CS-1": ("not covered", "nobody")}


def test_the_pages_of_the_table_lead_to_one_another(client: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(*ALL))

    def around(path: str) -> dict[str, str]:
        page = client.get(path).text
        return {rel: unescape(target) for rel, target in re.findall(r'<a rel="(prev|next)" href="([^"]+)"', page)}

    assert around("/fleet") == around("/fleet?size=4") == {}
    assert around("/fleet?size=1&vendor=Holder+1") == {"next": "/fleet?vendor=Holder+1&size=1&page=2"}
    assert around("/fleet?size=1&page=2&sort=model") == {"prev": "/fleet?sort=model&size=1", "next": "/fleet?sort=model&size=1&page=3"}
    assert around("/fleet?size=1&page=4") == {"prev": "/fleet?size=1&page=3"}
