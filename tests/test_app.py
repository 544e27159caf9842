"""The whole house at once: `ocpp-registry up` as a newcomer starts it, with its real processes, sockets and signals."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import click
import pytest
from click.testing import CliRunner

from app import MODULES, main
from registry.settings import DATABASE_VARIABLE, HOME_VARIABLE, Settings
from serving import DEMONSTRATION_STATION

PATIENCE = 90.0
"""Seconds after which something that should happen is taken not to: far more than it needs."""

Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen | None], what: str) -> Seen:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seen = look()
        if seen is not None:
            return seen
        time.sleep(0.1)
    return pytest.fail(f"{what}: not within {PATIENCE:g} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class House:
    """A running `ocpp-registry up`."""

    process: subprocess.Popen[str]
    port: int
    gateway_port: int
    link: str | None = None
    """The path of the link for the first administrator, if one was printed."""
    cookie: str = ""

    def fetch(self, path: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        """Ask for a page, or send a form, with the cookie that was set last."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Cookie": self.cookie} if self.cookie else {}
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request("POST", path, body=urlencode(form), headers=headers)
            answer = connection.getresponse()
            if given := answer.getheader("Set-Cookie"):
                self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(given).items())
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def audits(self) -> list[str]:
        _status, _headers, page = self.fetch("/audits")
        return sorted(set(re.findall(r"/audits/([0-9a-f-]{36})", page)))

    def finished(self, audit: str) -> dict[str, Any] | None:
        """The audit as its JSON page shows it, once it is over."""
        status, _headers, text = self.fetch(f"/audits/{audit}.json")
        record = json.loads(text) if status == 200 else {}
        return record if record.get("verdict") or record.get("error") else None

    def send(self, path: str, **form: str) -> tuple[int, dict[str, str], str]:
        """Fill in the form of a page as a person would."""
        _status, _headers, page = self.fetch(path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None, page
        return self.fetch(path, form | {"csrf_token": token[1]})

    def become_admin(self) -> None:
        """Use the link that the start printed."""
        assert self.link is not None, "no link was printed"
        status, headers, page = self.send(self.link, password="three quiet words", again="three quiet words")
        assert (status, headers.get("Location")) == (303, "/account"), page

    def ask_for_audit(self, station: str, certificate: str, wait_seconds: int = 30) -> str:
        """Fill in the form as a person would."""
        form = {"station": station, "certificate": certificate, "wait_seconds": str(wait_seconds), "read_only": "y"}
        status, headers, page = self.send("/audits/new", **form)
        assert status in {302, 303}, page
        return headers["Location"].rsplit("/", 1)[-1]


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {HOME_VARIABLE: str(settings.home), DATABASE_VARIABLE: settings.database}


@contextmanager
def house(settings: Settings, *options: str) -> Iterator[House]:
    port, gateway_port = free_port(), free_port()
    command = [sys.executable, "-m", "app", "up", "--port", str(port), "--gateway-port", str(gateway_port), *options]
    process = subprocess.Popen(
        command, env=environment(settings), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        link = None
        for line in process.stdout:
            if printed := re.search(r"(/welcome/\S+)", line):
                link = printed[1]
            if "Ctrl-C" in line:
                break
        yield House(process, port, gateway_port, link)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def worker_of(parent: int) -> int:
    """The process number of the worker that this `up` started."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    (worker,) = [int(child) for child in children if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")]
    return worker


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_newcomer_sees_a_station_audited_against_its_certificate_and_audits_it_again(settings: Settings) -> None:
    with house(settings) as running:
        (first,) = eventually(lambda: running.audits() or None, "the demonstration's audit is listed")
        audit = eventually(lambda: running.finished(first), "the demonstration's audit ends")
        assert audit["verdict"] == "conformant", audit
        assert audit["device"]["id"] == DEMONSTRATION_STATION
        _status, _headers, found = running.fetch("/certificates.json?size=100")
        assert json.loads(found)["total"] == 5 + 293 - 4  # four of the five certificates are on the list too

        assert running.fetch("/audits/new")[0] == 303, "asking for audits needs an account"
        running.become_admin()
        second = running.ask_for_audit(DEMONSTRATION_STATION, "OCA.0016.0408.CS")
        again = eventually(lambda: running.finished(second), "the audit that was asked for on the page ends")
        assert again["verdict"] == "conformant", again

        running.process.send_signal(signal.SIGINT)
        running.process.communicate(timeout=PATIENCE)
        assert running.process.returncode == 0
        assert not listening(running.port)
        assert not listening(running.gateway_port)

    with house(settings, "--no-demonstration") as restarted:
        assert restarted.audits() == sorted([first, second]), "what was there is there, and nothing was asked for again"
        assert restarted.link is None, "there is somebody who can administer"
        status, _headers, page = restarted.fetch("/?q=" + "x" * 10_000)
        assert status == 400
        assert "<h1>" in page, "the application answers what is too long, not the server in front of it"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_audit_of_a_station_that_never_comes_ends_in_a_sentence_and_when_one_process_dies_all_end_and_it_is_named(
    settings: Settings,
) -> None:
    """Both in one house: to start it takes longer than either."""
    with house(settings, "--no-demonstration") as running:
        running.become_admin()
        audit = running.ask_for_audit("NOBODY-1", "OCA.0016.0408.CS", wait_seconds=5)

        def failed() -> str | None:
            _status, _headers, page = running.fetch(f"/audits/{audit}")
            return page if "no connection to" in page else None

        assert "NOBODY-1" in eventually(failed, "the page says that nobody came")

        os.kill(worker_of(running.process.pid), signal.SIGKILL)
        rest, _nothing = running.process.communicate(timeout=PATIENCE)
        assert running.process.returncode == 2
        assert "worker ended by itself" in rest
        assert not listening(running.port)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("taken", "named"), [("--port", "catalogue"), ("--gateway-port", "gateway")])
def test_a_port_in_use_is_named_and_nothing_is_begun(settings: Settings, taken: str, named: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ports = {"--port": str(free_port()), "--gateway-port": str(free_port())} | {taken: str(port)}
        command = [sys.executable, "-m", "app", "up", *(word for pair in ports.items() for word in pair)]
        done = subprocess.run(command, env=environment(settings), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert str(port) in line
    assert named in line
    assert not settings.home.exists()


def test_an_expected_error_is_one_line_and_status_2(tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    done = CliRunner().invoke(main, ["parse", str(missing)])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert "missing.txt" in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["search", "--limit", "0"], "Invalid value for '--limit': 0 is not in the range"),
        (["search", "--role", "XX"], "Invalid value for '--role': 'XX' is not one of 'cs', 'csms': see `"),
        (["up", "--port", "99999"], "Invalid value for '--port'"),
        (["--nonsense"], "No such option"),
        (["certify"], "No such command 'certify'"),
        (["fleet", "certify"], "No such command 'certify'"),
        (["parse"], "Missing argument"),
        (["check", "one\ntwo"], "Missing argument"),
    ],
)
def test_what_is_wrong_with_the_words_is_one_line_too(words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("ocpp-registry: ")
    assert said in line
    assert line.endswith("--help`")


def test_without_a_command_there_is_help() -> None:
    for words in ([], ["fleet"]):
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "Commands:" in done.stderr


def test_every_command_is_found_by_its_name_and_no_other_is_written() -> None:
    written = {command.name: module for module in set(MODULES.values()) for command in import_module(module).commands}
    assert written == MODULES
    assert CliRunner().invoke(main, ["certify"]).exit_code == 2


def test_every_command_has_help() -> None:
    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                yield from walk(command.get_command(context, name), (*words, name))

    for words in walk(main, ()):
        done = CliRunner().invoke(main, [*words, "--help"])
        assert done.exit_code == 0, words
        assert "Usage:" in done.output, words
