"""The receiver that the help and `docs/watching.md` show does what they say, and what they say of waiting and of settings is so."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from registry import mail, settings
from registry.events import EventKind
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import signing
from registry.watches.outbox import WAITS, Parcel
from registry.watches.sending import Sender
from registry.watches.topics import Kind, Topic

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
RECEIVER = (ROOT / "data" / "examples" / "webhook_receiver.py").read_text(encoding="utf-8")


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the program that is shown."""
    monkeypatch.delenv("WEBHOOK_SECRET", raising=False)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(RECEIVER, "webhook_receiver.py", "exec"), names)  # noqa: S102 (the documentation's own program)
    return names


@pytest.fixture
def program(unset: dict[str, Any]) -> dict[str, Any]:
    """The same, with a secret."""
    unset["SECRET"] = signing.new_secret()
    return unset


@pytest.fixture
def address(unset: dict[str, Any]) -> Iterator[str]:
    """Where it really runs."""
    unset["Receiver"].log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), unset["Receiver"])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_receiver_takes_what_is_sent_and_drops_what_comes_twice(
    program: dict[str, Any], address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = Settings(home=tmp_path, database="", allow_private_addresses=True, public_address="https://registry.example/")
    sealed = Vault(tmp_path).seal(program["SECRET"])
    body = {"type": "listing.new", "timestamp": "2026-01-01T00:00:00+00:00", "data": {"sentence": "Köln: something changed.", "page": "/"}}
    parcel = Parcel(1, "msg_1", "events", "webhook", address, sealed, "t", "label", Topic(Kind.HOLDER, "x"), body, 0, 1)
    sender = Sender(inside, Vault(tmp_path))
    assert [sender(parcel).arrived, sender(parcel).arrived, sender(replace(parcel, message="msg_2")).arrived] == [True] * 3
    assert capsys.readouterr().out.splitlines() == ["Köln: something changed."] * 2


def test_without_a_secret_nothing_is_taken(unset: dict[str, Any], address: str) -> None:
    """A secret of nothing, too, makes signatures: anybody could."""
    body = b'{"data": {"sentence": "no"}}'
    answer = requests.post(address, data=body, headers=signing.headers("whsec_", "msg_1", int(time.time()), body), timeout=20)
    assert (answer.status_code, unset["seen"]) == (400, set())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_same_program_is_shown_everywhere(visitor: FlaskClient) -> None:
    assert re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) == [RECEIVER]
    shown = re.findall(r"<pre[^>]*>(.*?)</pre>", visitor.get("/help/webhooks").text, re.DOTALL)
    assert list(map(unescape, shown)) == [RECEIVER]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_help_says_what_is_waited_and_every_kind(visitor: FlaskClient) -> None:
    page = visitor.get("/help/webhooks").text
    waits = "5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours and 24 hours"
    assert f"within 15 seconds. Anything else is tried again after {waits}." in page
    for word in ("webhook-id", "webhook-timestamp", "webhook-signature", "listing", "requirements-met", "withdrawn", "coverage-changed"):
        assert f">{word}</span>" in page
    assert "kept-aside" not in page
    assert 'href="/help/webhooks"' in visitor.get("/help").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_form_leads_to_how_a_call_is_checked(auditor: FlaskClient) -> None:
    assert 'href="/help/webhooks"' in auditor.get("/watches/new?kind=search&key=").text


@pytest.mark.parametrize("wrong", ["body", "secret", "id", "old", "nothing", "text"])
def test_the_receiver_refuses_everything_else(program: dict[str, Any], address: str, wrong: str) -> None:
    now = int(time.time())
    body = b'{"data": {"sentence": "no"}}'
    timestamp = now - 600 if wrong == "old" else now
    headers = signing.headers(signing.new_secret() if wrong == "secret" else program["SECRET"], "msg_1", timestamp, body)
    if wrong == "id":
        headers["webhook-id"] = "msg_2"
    if wrong == "nothing":
        headers = {}
    if wrong == "text":
        headers["webhook-timestamp"] = "soon"
    answer = requests.post(address, data=body + b" " if wrong == "body" else body, headers=headers, timeout=20)
    assert answer.status_code == 400
    assert program["seen"] == set()


def test_the_page_tells_how_long_is_waited() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    told = re.search(r"tried again after (.*?);", " ".join(PAGE.split()))
    assert told
    seconds = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)\b", told[1])]
    assert seconds == [wait.total_seconds() for wait in WAITS]


def test_the_page_names_every_variable_and_every_kind() -> None:
    variables = {value for value in (*vars(mail).values(), *vars(settings).values()) if str(value).startswith("OCPP_REGISTRY_")}
    mine = {name for name in variables if "SMTP" in name or "WEBHOOK" in name or "PUBLIC" in name}
    assert mine
    assert {name for name in mine if f"`{name}" not in PAGE} == set()
    kinds = {kind.replace(" ", "-") for kind in EventKind} - {"kept-aside", "for-review"}
    assert {kind for kind in kinds if f"`{kind}`" not in PAGE} == set()
