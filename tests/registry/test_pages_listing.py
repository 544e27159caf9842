"""The page of the OCA list: lists that were kept aside, and the decisions that are taken there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry.accounts.roles import Role
from registry.errors import RegistryError
from registry.events import Event
from registry.listing.models import ListingSetAside
from registry.listing.queries import lists
from registry.listing.shrinking import Shrinkage, decide, set_aside, waits
from registry.listing.store import current_rows, import_rows
from registry.settings import Settings
from registry.web import create_web
from tests.registry.making import Ticking, row
from tests.registry.signing_in import sign_in

LACKING = tuple(f"OCA.0016.{serial:04}.CSMS" for serial in range(40))
SHRUNK = Shrinkage(50, LACKING, ())
SHA256 = "a" * 64


@pytest.fixture
def taken(settings: Settings, session_factory: sessionmaker[Session]) -> FlaskClient:
    """A browser at a registry that holds one list, and keeps another aside; taking it makes a list of three rows."""
    with session_factory.begin() as session:
        import_rows(session, "full.csv", "0" * 64, [row(position) for position in range(5)])
        set_aside(session, "https://example.org/ajax-loader", SHA256, 10, SHRUNK)

    def take(session: Session, _settings: Settings, sha256: str, source: str) -> None:
        import_rows(session, source, sha256, [row(position) for position in range(3)])

    return sign_in(create_web(settings, sessions=session_factory, take_list=take).test_client(), session_factory, Role.REVIEWER, "desk-77")


def send(client: FlaskClient, action: str, **values: Any) -> TestResponse:
    shown = client.get("/listing").text
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', shown)
    sent = {"csrf_token": token[1] if token else "", "sha256": SHA256, "action": action, "reason": "I looked at it."}
    return client.post("/listing", data=sent | values)


def events(sessions: sessionmaker[Session]) -> list[tuple[str, str | None]]:
    with sessions() as session:
        found = session.scalars(select(Event).where(Event.subject == "listing", Event.number.is_(None)).order_by(Event.id))
        return [(one.kind, one.payload.get("action")) for one in found]


def rows(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return len(current_rows(session))


def test_a_list_that_was_kept_aside_is_shown_with_what_it_lacks(taken: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    page = taken.get("/listing")
    assert page.status_code == 200
    assert "40 certificates are missing." in page.text
    assert LACKING[0] in page.text
    assert LACKING[35] not in page.text
    assert "and 10 more" in page.text
    (kept,) = taken.get("/listing.json").json["kept_aside"]  # type: ignore[index]  # the test client's JSON has no type
    assert (kept["missing"], kept["decision"], len(kept["lacking"])) == (40, None, 40)
    assert taken.get("/listing.csv").text.splitlines()[1].startswith(SHA256)
    assert events(session_factory) == [("kept aside", None)]
    assert "1 OCA list that says much less was kept aside" in taken.get("/review").text


def test_accepting_makes_it_the_list_that_holds(taken: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    answer = send(taken, "accepted")
    assert (answer.status_code, answer.location) == (303, "/listing?done=accepted#done")
    assert rows(session_factory) == 3
    assert events(session_factory) == [("kept aside", None), ("reviewed", "accepted")]
    shown = taken.get(answer.location.partition("#")[0]).text
    assert "No list waits for a decision" in shown
    assert "The list was accepted" in shown
    assert send(taken, "discarded").status_code == 409


def test_discarding_changes_nothing_else(taken: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    assert send(taken, "discarded").status_code == 303
    assert rows(session_factory) == 5
    assert events(session_factory) == [("kept aside", None), ("reviewed", "discarded")]
    with session_factory.begin() as session:
        set_aside(session, "again", SHA256, 10, SHRUNK)
    assert "No list waits for a decision" in taken.get("/listing").text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reason": ""}, "Say in a few words why"),
        ({"action": "burn"}, "Use one of the buttons."),
        ({"sha256": "x"}, "Load the page anew."),
    ],
)
def test_what_is_not_whole_decides_nothing(
    values: dict[str, str], sentence: str, taken: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    answer = send(taken, **({"action": "accepted"} | values))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert rows(session_factory) == 5


def test_a_list_that_was_overtaken_can_only_be_discarded(taken: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        import_rows(session, "newer.csv", "1" * 64, [row(position) for position in range(6)])
    assert "can only be discarded" in taken.get("/listing").text
    answer = send(taken, "accepted")
    assert answer.status_code == 409
    assert "A newer list was imported since" in answer.text
    assert rows(session_factory) == 6
    with session_factory() as session:
        assert waits(session, SHA256), "neither decided nor taken"


def test_a_list_that_cannot_be_taken_stays_undecided(
    settings: Settings, session_factory: sessionmaker[Session], taken: FlaskClient
) -> None:
    def fail(*_: object) -> None:
        raise RegistryError("the document is gone: restore it from a backup")

    broken = create_web(settings, sessions=session_factory, take_list=fail).test_client()
    sign_in(broken, session_factory, Role.REVIEWER)
    answer = send(broken, "accepted")
    assert (answer.status_code, "restore it from a backup" in answer.text) == (409, True)
    with session_factory() as session:
        assert waits(session, SHA256)
    assert taken.get("/listing").status_code == 200


def test_reviewers_alone_decide(taken: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    other = sign_in(taken.application.test_client(), session_factory, Role.AUDITOR)
    assert send(other, "accepted").status_code == 403
    shown = other.get("/listing").text
    assert "Reviewers decide about a list" in shown
    assert "Accept" not in shown
    assert rows(session_factory) == 5


def test_who_decided_is_shown_to_reviewers_alone(taken: FlaskClient) -> None:
    send(taken, "discarded")
    assert ", desk-77" in taken.get("/listing").text
    assert "desk-77" not in taken.application.test_client().get("/listing").text
    assert "desk-77" not in taken.get("/listing.json").text + taken.get("/listing.csv").text


def test_without_any_list_the_page_says_what_to_do(client: FlaskClient) -> None:
    assert "No list was imported yet" in client.get("/listing").text or "The list that holds" in client.get("/listing").text


def test_a_list_that_was_accepted_once_waits_again_when_it_comes_again(session: Session) -> None:
    clock = Ticking()
    set_aside(session, "a.csv", SHA256, 10, SHRUNK, clock=clock)
    decide(session, SHA256, "accepted", "right", "RV", clock=clock)
    assert not waits(session, SHA256)
    set_aside(session, "b.csv", SHA256, 10, SHRUNK, clock=clock)
    assert waits(session, SHA256)
    (kept,) = lists(session).kept_aside
    assert (kept.source, kept.decision, kept.who) == ("b.csv", None, None)
    assert len(session.scalars(select(ListingSetAside)).all()) == 1
    with pytest.raises(RegistryError, match="does not wait for a decision"):
        decide(session, "b" * 64, "accepted", "right", "RV")
