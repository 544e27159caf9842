"""`ocpp-registry search`: one JSON document or one table on standard output, everything else on standard error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from registry.certificates import store
from registry.cli import search
from registry.errors import CannotBegin
from registry.listing.store import import_rows
from registry.settings import Settings
from tests.registry.making import extraction, row


@pytest.fixture
def filled(settings: Settings, session_factory: sessionmaker[Session]) -> Settings:
    with session_factory.begin() as session:
        store.save_extraction(session, extraction(), "first.txt")
        import_rows(session, "list.csv", "00", [row(position) for position in range(1, 31)])
    return settings


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(search, arguments, obj=settings, catch_exceptions=False)


def found(settings: Settings, *arguments: str) -> list[str]:
    return [entry["number"] for entry in json.loads(run(settings, *arguments, "--json").stdout)["entries"]]


def test_json_is_one_document(filled: Settings) -> None:
    result = run(filled, "oca 0016 9001", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "total": 1,
        "more": False,
        "replaced": {},
        "offered": [],
        "known_as": [],
        "filters": [],
        "entries": [
            {
                "number": "OCA.0016.9001.CS",
                "revision": None,
                "role": "CS",
                "protocol": "OCPP 1.6",
                "kind": "Subset",
                "holder": "Holder 1",
                "designation": "Product 1",
                "software_version": "V1.3.337",
                "laboratory": "Laboratory 1",
                "country": None,
                "date": "2023-07-12",
                "has_document": True,
                "listed": False,
                "profiles": ["Core"],
                "state": "holds",
            }
        ],
    }


def test_each_option_narrows(filled: Settings) -> None:
    assert found(filled, "", "--role", "cs") == ["OCA.0016.9001.CS"]
    assert found(filled, "", "--holder", "Holder 7") == ["OCA.0016.0007.CSMS"]
    assert found(filled, "holder 1", "--profile", "Core", "--profile", "Smart Charging", "--limit", "1") == ["OCA.0016.0001.CSMS"]
    assert found(filled, "9001", "--protocol", "1.6") == found(filled, "9001", "--protocol", "OCPP 1.6") == ["OCA.0016.9001.CS"]
    assert found(filled, "9001", "--protocol", "2.0.1") == []
    assert len(found(filled, "", "--limit", "200")) == 31


def test_a_profile_or_protocol_that_there_is_not_is_told(filled: Settings) -> None:
    result = run(filled, "9001", "--profile", "Nope", "--json")
    assert (result.exit_code, json.loads(result.stdout)["total"]) == (0, 0)
    assert result.stderr.startswith("There is no profile 'Nope' that is known here: use one of Core, Security, ")
    assert "There is no protocol 'OCPP 9.9' that is known here: use one of OCPP 1.5, " in run(filled, "9001", "--protocol", "9.9").stderr
    assert "There is no" not in run(filled, "9001", "--protocol", "2.0.1", "--profile", "Reservation").stderr


def test_the_table_has_a_line_for_each_and_says_how_many_there_are(filled: Settings) -> None:
    result = run(filled, "holder 2", "--limit", "3")
    assert len(result.stdout.splitlines()) == 4
    assert "OCA.0016.0002.CSMS" in result.stdout
    assert result.stderr.splitlines() == ["3 of 11 shown"]


def test_what_a_list_has_no_more_is_told(filled: Settings, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        import_rows(session, "list.csv", "01", [row(position) for position in range(1, 30)])
    assert [one["state"] for one in json.loads(run(filled, "oca.0016.0030", "--json").stdout)["entries"]] == ["withdrawn from the OCA list"]
    assert "withdrawn from the OCA list" in run(filled, "oca.0016.0030").stdout


def test_nothing_found_is_no_error(filled: Settings) -> None:
    result = run(filled, "nobody at all")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 of 0 shown\n")


def test_a_registry_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="run `ocpp-registry up`"):
        run(Settings.from_environment({"OCPP_REGISTRY_HOME": str(tmp_path)}), "text")
