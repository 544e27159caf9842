"""The receiver of `docs/watching.md` does what the page says, and what the page says of waiting and of settings is so."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from registry import mail, settings
from registry.events import EventKind
from registry.settings import Settings
from registry.vault import Vault
from registry.watches import signing
from registry.watches.outbox import WAITS, Parcel
from registry.watches.sending import Sender
from registry.watches.topics import Kind, Topic

PAGE = (Path(__file__).parents[3] / "docs" / "watching.md").read_text(encoding="utf-8")


@pytest.fixture
def program() -> dict[str, Any]:
    """The names of the program on the page."""
    source = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(source) == 1
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(compile(source[0], "docs/watching.md", "exec"), names)  # noqa: S102 (the documentation's own program)
    names["SECRET"] = signing.new_secret()
    return names


@pytest.fixture
def address(program: dict[str, Any]) -> Iterator[str]:
    """Where it really runs."""
    program["Receiver"].log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), program["Receiver"])
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
