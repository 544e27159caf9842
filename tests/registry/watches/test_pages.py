"""The pages of keeping watch: whose watches are whose, what is shown once, and what the links in mails do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event as database_events
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from registry.accounts.roles import Role
from registry.mail import MailServer
from registry.settings import Settings
from registry.vault import Vault
from registry.watches.deliverer import Deliverer
from registry.watches.models import Watch, WatchAddress, WatchDelivery
from tests.registry import samples
from tests.registry.signing_in import account as signed_account
from tests.registry.signing_in import sign_in
from tests.registry.watches.watching import FAILED, NUMBER, Hands, Sent, account, confirmed, happens

NEW = f"/watches/new?kind=certificate&key={NUMBER}"
HOOK = "https://receiver.example/hook"


@pytest.fixture
def by_mail(settings: Settings, session_factory: sessionmaker[Session]) -> Settings:
    """An installation that sends mail, and knows a certificate."""
    account(session_factory, "somebody")
    server = MailServer("localhost", 1, "none", "registry@registry.example")
    return replace(settings, public_address="https://registry.example/", mail=server)


@pytest.fixture
def reader(by_mail: Settings, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody with an account."""
    return sign_in(samples.web(by_mail, session_factory).test_client(), session_factory, Role.READER)


@pytest.fixture
def other(by_mail: Settings, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody else, whose role is higher."""
    return sign_in(samples.web(by_mail, session_factory).test_client(), session_factory, Role.ADMIN)


@pytest.fixture
def visitor(by_mail: Settings, session_factory: sessionmaker[Session]) -> FlaskClient:
    """Somebody without an account."""
    return samples.web(by_mail, session_factory).test_client()


def send(client: FlaskClient, page: str, action: str, **values: str) -> TestResponse:
    """Send a form as it stands on a page."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(page).text)
    assert found, page
    return client.post(action, data=values | {"csrf_token": found[1]})


def watched(client: FlaskClient, url: str = HOOK) -> tuple[str, str]:
    """Keep watch with a webhook; gives the path of the watch and its secret."""
    answer = send(client, NEW, "/watches/new/webhook", kind="certificate", key=NUMBER, url=url)
    assert answer.status_code == 200, answer.text
    secret = re.search(r'value="(whsec_[^"]+)"', answer.text)
    path = re.search(r'action="(/watches/\d+)/pause"', answer.text)
    assert secret
    assert path
    return path[1], secret[1]


def test_a_visitor_is_shown_the_feed_and_where_to_sign_in(visitor: FlaskClient) -> None:
    page = visitor.get(NEW).text
    assert f'href="/certificates/{NUMBER}.atom"' in page
    assert f"https://registry.example/certificates/{NUMBER}.atom" in page
    assert "/sign-in?next=/watches/new" in page
    assert "<form" not in page.split("<main")[1]


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(
    reader: FlaskClient, by_mail: Settings, session_factory: sessionmaker[Session]
) -> None:
    path, secret = watched(reader)
    with session_factory() as session:
        assert Vault(by_mail.home).open(session.scalars(select(Watch.secret)).one() or "") == secret
    shown = reader.get(path)
    assert secret not in shown.text
    assert HOOK in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    again = send(reader, path, f"{path}/secret")
    assert "no-store" in again.headers["Cache-Control"]
    fresh = re.search(r'value="(whsec_[^"]+)"', again.text)
    assert fresh
    assert fresh[1] != secret
    assert f'href="{path}"' in reader.get("/watches").text


@pytest.mark.parametrize("what", ["pause", "resume", "test", "secret", "remove"])
def test_nobody_touches_a_watch_of_somebody_else(
    reader: FlaskClient, other: FlaskClient, session_factory: sessionmaker[Session], what: str
) -> None:
    path, _ = watched(reader)
    assert other.get(path).status_code == 404
    assert path not in other.get("/watches").text
    assert send(other, "/watches", f"{path}/{what}").status_code == 404
    with session_factory() as session:
        assert session.scalars(select(Watch.state)).all() == ["active"]
        assert session.scalars(select(WatchDelivery)).all() == []


def test_a_watch_is_paused_goes_on_is_tried_and_deleted(reader: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    path, _ = watched(reader)
    assert send(reader, path, f"{path}/pause").status_code == 303
    assert "While it is paused nothing is sent" in reader.get(path).text
    assert send(reader, path, f"{path}/resume").status_code == 303
    assert send(reader, path, f"{path}/test").status_code == 303
    assert "waiting" in reader.get(path).text
    Deliverer(session_factory, Sent(lambda _parcel: FAILED)).step()
    page = reader.get(path).text
    assert "not delivered" in page
    assert "It answered 500." in page
    happens(session_factory)
    Deliverer(
        session_factory,
        Sent(),
    ).step()
    assert f"No longer in the OCA list: {NUMBER}" in reader.get(path).text
    assert send(reader, path, f"{path}/remove").headers["Location"] == "/watches"
    assert reader.get(path).status_code == 404


def test_a_watch_that_was_stopped_says_why_and_goes_on(reader: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    path, _ = watched(reader)
    happens(session_factory)
    clock = Hands()
    for _ in range(10):
        Deliverer(session_factory, Sent(lambda _parcel: FAILED), clock).step()
        clock.on(days=1)
    page = reader.get(path).text
    assert "10 attempts to deliver failed, the last one because it answered 500." in page
    assert "Nothing is lost" in page
    assert send(reader, path, f"{path}/resume").status_code == 303
    assert "10 attempts" not in reader.get(path).text


def test_watches_need_an_account(visitor: FlaskClient) -> None:
    for path in ("/watches", "/watches/1", "/watches/new/webhook", "/watches/1/pause", "/watches/addresses"):
        for answer in (visitor.get(path), visitor.post(path)):
            assert answer.status_code in (303, 400, 405), path
            assert answer.status_code != 303 or "/sign-in" in answer.headers["Location"]


def test_a_form_without_its_token_does_nothing(reader: FlaskClient) -> None:
    for action in ("/watches/new/webhook", "/watches/new/mail", "/watches/addresses", "/watches/1/remove"):
        assert reader.post(action, data={"kind": "certificate", "key": NUMBER, "url": HOOK}).status_code == 400, action


def test_what_cannot_be_called_is_said_at_the_field(reader: FlaskClient, session_factory: sessionmaker[Session]) -> None:
    for url, line in (
        ("http://receiver.example/", "only https"),
        ("https://169.254.169.254/", "private network"),
        ("", "Write the address"),
    ):
        answer = send(reader, NEW, "/watches/new/webhook", kind="certificate", key=NUMBER, url=url)
        assert answer.status_code == 400
        assert line in answer.text
    with session_factory() as session:
        assert session.scalars(select(Watch)).all() == []


def test_there_must_be_something_to_watch(visitor: FlaskClient) -> None:
    for kind, key, status in (
        ("certificate", "OCA.0016.9999.CS", 404),
        ("device", "wss://central.example/", 400),
        ("product", "no-slash", 400),
        ("search", "year=soon", 400),
        ("nothing", "x", 400),
        ("holder", "", 400),
        ("search", "q=" + "x" * 5_000, 400),
    ):
        assert visitor.get("/watches/new", query_string={"kind": kind, "key": key}).status_code == status, (kind, key[:40])


def test_an_address_is_confirmed_with_a_click_and_only_then_written_to(
    reader: FlaskClient, by_mail: Settings, visitor: FlaskClient, session_factory: sessionmaker[Session]
) -> None:
    assert send(reader, "/watches", "/watches/addresses", address="not one").status_code == 400
    assert send(reader, "/watches", "/watches/addresses", address="new@example.org").status_code == 303
    assert "only just now" in send(reader, "/watches", "/watches/addresses", address="victim@example.org").text
    sent = Sent()
    Deliverer(session_factory, sent).step()
    assert [(parcel.kind, parcel.to) for parcel in sent.parcels] == [("confirmation", "new@example.org")]
    link = f"/watches/confirm/{Vault(by_mail.home).open(sent.parcels[0].body['secret'])}"
    assert "You have no confirmed address yet" in reader.get(NEW).text
    for _ in range(2):
        assert "Is <strong>new@example.org</strong> yours" in visitor.get(link).text, "opening the link confirms nothing"
    with session_factory() as session:
        assert session.scalars(select(WatchAddress.confirmed_at)).all() == [None]
    answer = send(visitor, link, link)
    assert "Watches can send to" in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert visitor.get(link).status_code == 404, "it holds once"
    with session_factory() as session:
        address_id = session.scalars(select(WatchAddress.id)).one()
    made = send(reader, NEW, "/watches/new/mail", kind="certificate", key=NUMBER, address=str(address_id), every="1440")
    assert made.status_code == 303
    assert "at most once a day" in reader.get(made.headers["Location"]).text


@pytest.fixture
def told(reader: FlaskClient, session_factory: sessionmaker[Session]) -> Iterator[str]:
    """The path that ends a watch, as it stands in its mails."""
    owner = signed_account(session_factory, Role.READER)
    address_id = confirmed(session_factory, owner)
    send(reader, NEW, "/watches/new/mail", kind="certificate", key=NUMBER, address=str(address_id), every="60")
    with session_factory() as session:
        yield f"/watches/end/{session.scalars(select(Watch.token)).one()}"


def test_the_link_in_a_mail_ends_it_with_one_click_of_a_program(
    visitor: FlaskClient, told: str, session_factory: sessionmaker[Session]
) -> None:
    assert "would send nothing more" in visitor.get(told).text
    with session_factory() as session:
        assert session.scalars(select(Watch.state)).one() == "active", "opening the link ends nothing"
    assert visitor.post(told, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    with session_factory() as session:
        assert session.scalars(select(Watch.state)).one() == "paused"
    assert visitor.post("/watches/end/guessed").status_code == 404


def test_removing_an_address_removes_the_watches_that_send_there(
    reader: FlaskClient, other: FlaskClient, told: str, session_factory: sessionmaker[Session]
) -> None:
    with session_factory() as session:
        address_id = session.scalars(select(WatchAddress.id)).one()
    path = f"/watches/addresses/{address_id}/remove"
    assert send(other, "/watches", path).status_code == 404
    assert send(reader, "/watches", path).status_code == 303
    with session_factory() as session:
        assert session.scalars(select(Watch)).all() == []
    assert visitor_sees_nothing(reader, told)


def visitor_sees_nothing(client: FlaskClient, path: str) -> bool:
    return client.get(path).status_code == 404


def test_an_installation_without_a_mail_server_says_so(settings: Settings, session_factory: sessionmaker[Session]) -> None:
    account(session_factory, "somebody")
    client = sign_in(samples.web(settings, session_factory).test_client(), session_factory, Role.READER)
    for page in (NEW, "/watches"):
        assert "This installation sends no mail" in client.get(page).text
    assert "sends no mail" in send(client, "/watches", "/watches/addresses", address="a@example.org").text


def test_pages_name_their_feed_and_offer_to_keep_watch(visitor: FlaskClient) -> None:
    for path in ("/", "/?q=x&role=CSMS", f"/certificates/{NUMBER}", "/fleet?site=A+%26+B"):
        page = visitor.get(path).text
        feed = re.search(r'<link rel="alternate" type="application/atom\+xml" title="What changed" href="([^"]+)">', page)
        assert feed, path
        assert visitor.get(feed[1].replace("&amp;", "&")).status_code == 200
        assert ">Keep watch</a>" in page or path.startswith("/fleet"), "a fleet without devices has no table"


def test_a_list_of_watches_takes_the_same_statements_however_long_it_is(reader: FlaskClient, engine: Engine) -> None:
    counted: list[str] = []
    database_events.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: counted.append(statement))

    def statements(path: str) -> int:
        counted.clear()
        assert reader.get(path).status_code == 200
        return len([statement for statement in counted if statement.startswith("SELECT")])

    path, _ = watched(reader)
    one = statements("/watches")
    for number in range(5):
        watched(reader, f"{HOOK}/{number}")
    assert statements("/watches") == one == 3
    assert statements(path) == 3
