"""Files of devices that the fleet has already: what they do not speak of stays, and a table that was taken along changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker

from registry import export
from registry.certificates.store import save_extraction
from registry.fleet import intake, queries, store, views
from registry.fleet.cli import fleet as command
from registry.fleet.matching import match_fleet
from registry.fleet.models import FleetDevice
from registry.fleet.query import FleetQuery
from registry.fleet.store import Outcome
from registry.settings import Settings
from tests.registry.fleet.samples import book, comma
from tests.registry.fleet.test_fleet import answers, audited, sent, stored
from tests.registry.making import extraction

HEADER = (
    *("id", "vendor", "model", "firmware", "serial", "site", "url", "lat", "lon", "installed", "role", "protocol"),
    *("connectors", "cable", "rfid", "communication", "iso15118"),
)
WHOLE = (
    *("CP-1", "Holder 1", "Product 1", "1.3.337", "S-7", "Harbour", "wss://one.example/x", "52.37", "-4.89", "2024-03-04", "CS", "1.6J"),
    *("2", "Yes", "Single", "Ethernet", "No"),
)


def device(sessions: sessionmaker[Session], identity: str = "CP-1") -> queries.DeviceView:
    with sessions() as session:
        found = queries.device(session, identity)
    assert found is not None
    return found


def as_kept(sessions: sessionmaker[Session]) -> Mapping[str, object]:
    one = device(sessions)
    return {name: getattr(one, name) for name in (*store.EVERYTHING, "hardware") if hasattr(one, name)}


def taken_along(sessions: sessionmaker[Session], kind: str, *, with_endpoint: bool = True) -> bytes:
    def rows(session: Session) -> list[dict[str, object]]:
        shown = queries.everything(session, FleetQuery(sees_addresses=with_endpoint))
        return [one.to_json(with_endpoint=with_endpoint) for one in shown]

    with sessions() as session:
        return b"".join(export.pieces(views.table(rows, with_endpoint=with_endpoint), kind, session))


def previewed(sessions: sessionmaker[Session], data: bytes, name: str = "fleet.csv") -> intake.Draft:
    with sessions() as session:
        draft = intake.read_file(session, data, name)
    assert (draft.problem, draft.problems) == (None, ())
    return draft


def test_what_a_file_has_no_column_for_stays_as_it_is(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(WHOLE, header=HEADER))
    before = as_kept(session_factory)
    short = comma(("CP-1", "Product 1", "1.3.337"), ("CP-2", "Product 1", "1.3.337"), header=("identity", "model", "firmware"))
    assert previewed(session_factory, short).outcome == Outcome(1, 0, 1)
    stored(session_factory, short)
    assert as_kept(session_factory) == before
    assert device(session_factory, "CP-2").vendor is None
    stored(session_factory, comma(("CP-1", "Product 2", "3", "12"), header=("identity", "model", "rfid", "serial")))
    hardware = {**before["hardware"], "RFID readers": "3"}  # type: ignore[dict-item]  # of the whole row
    assert as_kept(session_factory) == {**before, "model": "Product 2", "serial": "12", "hardware": hardware}


def test_a_column_that_a_person_sets_aside_is_none(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(WHOLE, header=HEADER))
    other = comma(("CP-1", "Product 1", "Hill"), header=("identity", "model", "site"))
    with session_factory.begin() as session:
        intake.keep(session, intake.read_file(session, other, "fleet.csv", {"site": intake.ANYTHING_BUT}))
    assert device(session_factory).site == "Harbour"


def test_of_coordinates_none_is_left_alone(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(WHOLE, header=HEADER))
    stored(session_factory, comma(("CP-1", "Product 1", "48.1, 11.5"), header=("identity", "model", "coordinates")))
    assert (device(session_factory).latitude, device(session_factory).longitude) == (48.1, 11.5)
    stored(session_factory, comma(("CP-1", "Product 1", ""), header=("identity", "model", "coordinates")))
    assert (device(session_factory).latitude, device(session_factory).longitude) == (None, None)


def test_what_changes_is_told_of_each_device_before_it_is_stored(
    auditor: FlaskClient, session_factory: sessionmaker[Session], settings: Settings, tmp_path: Path
) -> None:
    stored(session_factory, comma(WHOLE, header=HEADER))
    later = comma(("CP-1", "Product 1", "", "1.4", "4"), header=("identity", "model", "site", "firmware", "connectors"))
    draft = previewed(session_factory, later)
    expected = [
        {"field": "firmware", "old": "1.3.337", "new": "1.4"},
        {"field": "site", "old": "Harbour", "new": None},
        {"field": "connectors", "old": "2", "new": "4"},
    ]
    assert intake.changes(draft) == [{"identity": "CP-1", "differing": expected}]
    assert intake.summary(draft)["emptied"] == {"site": 1}
    page = re.sub(r"<[^>]+>|\s+", " ", sent(auditor, later)[1])
    assert "take away what the fleet has: Site of 1 device." in " ".join(page.split())
    assert "CP-1 Firmware version 1.3.337 1.4" in " ".join(page.split())
    file = tmp_path / "later.csv"
    file.write_bytes(later)
    looked = CliRunner().invoke(command, ["import", str(file), "--dry-run"], obj=settings)
    assert "CP-1: firmware 1.3.337 -> 1.4; site Harbour -> nothing; connectors 2 -> 4" in looked.stdout
    told = json.loads(CliRunner().invoke(command, ["import", str(file), "--dry-run", "--json"], obj=settings).stdout)
    assert (told["changes"][0]["differing"], told["emptied"]) == (expected, {"site": 1})


def test_a_file_that_does_not_speak_of_firmware_is_no_news_of_it(session_factory: sessionmaker[Session]) -> None:
    """What an audit saw since the last file that did still is what runs."""
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")
    stored(session_factory, comma(WHOLE[:4], header=HEADER[:4]))
    audited(session_factory, "CP-1", "V1.3.400")
    match_fleet(session_factory)
    assert answers(session_factory)["CP-1"] == ("not covered", "other-version")
    stored(session_factory, comma(("CP-1", "Product 1", "Hill"), header=("identity", "model", "site")))
    match_fleet(session_factory)
    assert answers(session_factory)["CP-1"] == ("not covered", "other-version")
    stored(session_factory, comma(("CP-1", "Product 1", "Hafen", "1.3.337"), header=("identity", "model", "site", "firmware")))
    match_fleet(session_factory)
    assert answers(session_factory)["CP-1"] == ("covered", "exact")


def test_who_sees_no_addresses_takes_none_along(session_factory: sessionmaker[Session]) -> None:
    stored(session_factory, comma(WHOLE, header=HEADER))
    before = as_kept(session_factory)
    told = taken_along(session_factory, "csv", with_endpoint=False)
    assert b"one.example" not in told
    stored(session_factory, told)
    assert as_kept(session_factory) == before


_SIGNS = st.characters(codec="utf-8", categories=("L", "N", "P", "S"))
_TEXT = st.text(_SIGNS | st.sampled_from("  =+-@';|\",0"), max_size=12)
_DEGREES = st.floats(-89.9, 89.9, allow_nan=False).map(repr)
_DEVICE = st.tuples(
    *(_TEXT, _TEXT, _TEXT, _TEXT, _TEXT, st.sampled_from(("", "wss://one.example/x", "http://10.0.0.1:80/a?b=c"))),
    *(_DEGREES, _DEGREES, st.dates().map(str) | st.just(""), st.sampled_from(("CS", "CSMS", ""))),
    *(st.sampled_from(("", "1.6J", "1.6S", "2.0.1, 1.6", "ocpp2.1")), _TEXT, _TEXT, _TEXT, _TEXT, _TEXT),
)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(devices=st.lists(_DEVICE, min_size=1, max_size=4))
def test_a_table_that_was_taken_along_changes_nothing_when_it_is_sent_back(
    kind: str, session_factory: sessionmaker[Session], devices: list[tuple[str, ...]]
) -> None:
    rows = [(f"CP-{number}", *one) for number, one in enumerate(devices)]
    with session_factory.begin() as session:
        session.execute(delete(FleetDevice))
        draft = intake.read_file(session, book(*rows, header=HEADER), "first.xlsx")
        if not draft.can_be_stored:
            return
        intake.keep(session, draft)
    again = previewed(session_factory, taken_along(session_factory, kind), f"fleet.{kind}")
    assert again.preview is not None
    assert (again.outcome, intake.changes(again)) == (Outcome(0, 0, len(rows)), [])
