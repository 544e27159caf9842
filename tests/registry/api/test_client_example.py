"""The example of a client in the documentation: run as a program against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from registry.accounts.roles import Role
from registry.requirements.reading import shipped
from tests.registry import reviewing, samples
from tests.registry.api.samples import KEPT_RULES, Installation

DOCS = Path(__file__).parents[3] / "docs"
CLIENT = DOCS / "examples" / "api_client.py"
SECONDS = 60
OFFERS = (
    "Vendor,Model,Software version,Certificate number\nExample Chargers Ltd. (made for tests),EX-1,V2.4.0,OCA.0016.9901.CS\nNobody,,,\n"
)


@pytest.fixture
def address(installed: Installation) -> Iterator[str]:
    """The address of a server with the installation."""
    server = make_server("127.0.0.1", 0, installed.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(SECONDS)
    server.server_close()


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CLIENT), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)


def test_it_searches_reads_only_news_and_has_offers_judged(address: str, tmp_path: Path) -> None:
    (tmp_path / "offers.csv").write_text(OFFERS)
    first = run(tmp_path, address, "example chargers", KEPT_RULES, "offers.csv")
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0] == f"{samples.EXAMPLE} V2.4.0: read, 1 errors"
    assert lines[1].startswith(f"{reviewing.FACTS.number} V7.0.1: read, ")
    verdicts = [line for line in lines if line.startswith("row ")]
    assert [line.split(":")[0] for line in verdicts] == ["row 2, EX-1", "row 3, None"]
    assert all(line.partition(": ")[2] in ("meets", "does not meet", "cannot tell", "would meet with") for line in verdicts)
    again = run(tmp_path, address, "example chargers", KEPT_RULES, "offers.csv")
    assert again.stdout == first.stdout.replace(": read,", ": as before,")


def test_it_says_what_the_registry_refuses(address: str, tmp_path: Path, installed: Installation) -> None:
    (tmp_path / "offers.csv").write_text(OFFERS)
    refused = run(tmp_path, address, "example", "no-such-set", "offers.csv")
    assert refused.returncode == 1
    assert refused.stderr.startswith("404 Not Found: This registry knows no requirement set no-such-set")
    unknown = run(tmp_path, address, "example", KEPT_RULES, "offers.csv", OCPP_REGISTRY_TOKEN="of-nobody")
    assert unknown.stderr.startswith("401 Unauthorized: ")
    token = installed.headers[Role.READER]["Authorization"].removeprefix("Bearer ")
    assert run(tmp_path, address, "example", KEPT_RULES, "offers.csv", OCPP_REGISTRY_TOKEN=token).returncode == 0


def test_the_guide_names_what_there_is() -> None:
    guide = (DOCS / "api.md").read_text()
    assert set(re.findall(r"\]\(([^)#]+)\)", guide)) == {"examples/api_client.py"}
    (command,) = re.findall(r"^python (docs/\S+) \S+ \"[^\"]+\" (\S+) ", guide, re.MULTILINE)
    assert command[0] == f"docs/examples/{CLIENT.name}"
    assert command[1] in shipped()
