"""Campaigns from the form to the last device, in a real database, with a clock that is turned by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from probes.campaigns import CampaignRunner
from registry.audits import store as audits
from registry.campaigns import store
from registry.campaigns.plan import Every
from registry.campaigns.table import Listed
from registry.certificates.store import save_extraction
from tests.registry.making import extraction

STATION = "OCA.0016.9001.CS"
START = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
LATER = datetime(2126, 3, 2, 23, 0, tzinfo=UTC)
"""After whatever the pages' own clock says: rounds of campaigns that they make have begun."""


class Turned:
    """A clock, and who is at the gateway."""

    def __init__(self) -> None:
        self.now = LATER
        self.present: frozenset[str] = frozenset()
        self.asked: list[str] = []

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def client(auditor: FlaskClient) -> FlaskClient:
    return auditor


@pytest.fixture
def turned() -> Turned:
    return Turned()


@pytest.fixture
def runner(session_factory: sessionmaker[Session], turned: Turned) -> CampaignRunner:
    return CampaignRunner(session_factory, lambda: turned.present, turned.asked.append, turned)


@pytest.fixture(autouse=True)
def stocked(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_extraction(session, extraction(), "station.txt")


def form(token: str, **changes: str) -> dict[str, str]:
    lines = "".join(f"CP-{number},{STATION},{'Harbour' if number < 3 else 'Station'}\n" for number in range(5))
    fields = {"csrf_token": token, "name": "Spring", "devices": lines, "at_once": "3", "per_site": "2", "zone": "UTC", "every": "once"}
    return fields | changes


def made(client: FlaskClient, token: Callable[[], str], **changes: str) -> str:
    answer = client.post("/campaigns/new", data=form(token(), **changes))
    assert answer.status_code == 303, answer.text
    return answer.location.rsplit("/", 1)[1]


def ends(sessions: sessionmaker[Session], audit_id: str, verdict: str, clock: Turned) -> None:
    with sessions.begin() as session:
        assert audits.start(session, audit_id, clock=clock)
        audits.finish(session, audit_id, {"verdict": verdict}, None, clock=clock)


def test_devices_are_audited_as_they_come_within_the_bounds(
    client: FlaskClient, token: Callable[[], str], runner: CampaignRunner, turned: Turned, session_factory: sessionmaker[Session]
) -> None:
    campaign_id = made(client, token)
    assert runner.step() == 0
    turned.present = frozenset({"CP-0", "CP-1", "CP-2", "CP-3", "STRANGER"})
    turned.now += timedelta(minutes=1)
    # Three at once, two at a site: two of the harbour and one of the station.
    assert runner.step() == 3
    assert runner.step() == 0
    for audit_id in turned.asked[:3]:
        ends(session_factory, audit_id, "conformant", turned)
    assert runner.step() == 1
    ends(session_factory, turned.asked[3], "deviates", turned)
    page = client.get(f"/campaigns/{campaign_id}").text
    assert "4 of 5 devices done" in page
    assert "3 conformant" in page
    assert "At this pace the rest takes" in page
    turned.present = frozenset({"CP-4"})
    assert runner.step() == 1
    ends(session_factory, turned.asked[4], "inconclusive", turned)
    assert runner.step() == 0
    assert "Ended" in client.get(f"/campaigns/{campaign_id}").text
    table = client.get(f"/campaigns/{campaign_id}.csv").text.splitlines()
    assert len(table) == 6
    overview = client.get("/campaigns").text
    assert "Harbour" in overview
    assert "1 deviates" in overview


def test_outside_of_its_hours_nothing_begins(client: FlaskClient, token: Callable[[], str], runner: CampaignRunner, turned: Turned) -> None:
    made(client, token, window_start="01:00", window_end="04:00")
    turned.present = frozenset({"CP-0"})
    assert runner.step() == 0
    turned.now += timedelta(hours=2)
    assert runner.step() == 1


def test_a_paused_campaign_begins_nothing_and_a_resumed_one_goes_on(
    client: FlaskClient, token: Callable[[], str], runner: CampaignRunner, turned: Turned
) -> None:
    campaign_id = made(client, token)
    turned.present = frozenset({"CP-0"})
    client.post(f"/campaigns/{campaign_id}/pause", data={"csrf_token": token()})
    assert runner.step() == 0
    client.post(f"/campaigns/{campaign_id}/resume", data={"csrf_token": token()})
    assert runner.step() == 1
    client.post(f"/campaigns/{campaign_id}/end", data={"csrf_token": token()})
    client.post(f"/campaigns/{campaign_id}/resume", data={"csrf_token": token()})
    assert runner.step() == 0


def test_every_month_is_a_round_of_its_own(runner: CampaignRunner, turned: Turned, session_factory: sessionmaker[Session]) -> None:
    turned.now = START
    with session_factory.begin() as session:
        wanted = store.Wanted("Monthly", ("passive",), 5, 5, Every.MONTH)
        campaign_id = store.create(session, wanted, [Listed("CP-0", STATION, "A")], clock=turned)
    turned.present = frozenset({"CP-0"})
    assert runner.step() == 1
    ends(session_factory, turned.asked[0], "conformant", turned)
    assert runner.step() == 0
    turned.now = START + timedelta(days=31)
    assert runner.step() == 1
    with session_factory() as session:
        found = store.view(session, campaign_id)
    assert found is not None
    assert found.round_began_at == datetime(2026, 4, 2, 23, 0, tzinfo=UTC)


def test_a_station_that_is_under_audit_for_somebody_else_is_left_in_peace(
    client: FlaskClient, token: Callable[[], str], runner: CampaignRunner, turned: Turned, session_factory: sessionmaker[Session]
) -> None:
    made(client, token)
    turned.present = frozenset({"CP-0", "CP-1"})
    with session_factory.begin() as session:
        audits.request(session, "CP-0", STATION)
    assert runner.step() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"devices": "CP-1,OCA.0016.0000.CS"}, "Line 1: the registry holds no document"),
        ({"at_once": "0"}, "Between 1 and 64"),
        ({"per_site": "many"}, "valid integer"),
        ({"window_start": "25:00", "window_end": "26:00"}, "A time of day"),
        ({"window_start": "22:00"}, "both times, or neither"),
        ({"window_start": "22:00", "window_end": "22:00"}, "never open"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_stored(
    client: FlaskClient, token: Callable[[], str], changes: dict[str, str], said: str, session: Session
) -> None:
    answer = client.post("/campaigns/new", data=form(token(), **changes))
    assert answer.status_code == 400
    assert said in answer.text
    assert store.listed(session) == []


def test_a_device_has_a_page_with_what_changed(client: FlaskClient, session_factory: sessionmaker[Session], turned: Turned) -> None:
    for version in ("1.0", "1.1"):
        with session_factory.begin() as session:
            audit_id = audits.request(session, "CP-9", STATION, clock=turned)
            audits.start(session, audit_id, clock=turned)
            report = {"verdict": "conformant", "identity": [{"field": "software_version", "observed": version}]}
            audits.finish(session, audit_id, report, None, clock=turned)
        turned.now += timedelta(days=1)
    page = client.get("/devices/CP-9").text
    assert "1.0" in page
    assert "1.1" in page
    assert client.get("/devices/CP-0000").status_code == 404
    assert client.get("/campaigns/00000000-0000-0000-0000-000000000000").status_code == 404
