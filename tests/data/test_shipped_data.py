"""Everything in `data/` is as its schema says, and the facts in it that others rely on hold."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ingest.parse import parse_document

DATA = Path(__file__).parents[2] / "data"


def schema(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads((DATA / "schemas" / f"{name}.json").read_text()))


def load(path: str) -> Any:
    return json.loads((DATA / path).read_text())


@pytest.mark.parametrize("path", sorted((DATA / "schemas").glob("*.json")), ids=lambda path: path.stem)
def test_each_schema_is_a_schema(path: Path) -> None:
    jsonschema_rs.validator_for(json.loads(path.read_text()))


@pytest.mark.parametrize(("path", "name"), [("ocpp16/configuration_keys.json", "configuration_keys"), ("ocpp16/cases.json", "cases")])
def test_catalogues_are_as_their_schemas_say(path: str, name: str) -> None:
    assert [str(error) for error in schema(name).iter_errors(load(path))] == []


def test_every_listing_row_is_as_the_schema_says() -> None:
    (path,) = (DATA / "listing").glob("*.csv")
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    validator = schema("listing")
    assert len(rows) == 293
    assert [(number, str(error)) for number, row in enumerate(rows, 2) for error in validator.iter_errors(row)] == []


SAMPLES = sorted((DATA / "certificates").glob("*.txt"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_parses_to_the_contract(path: Path) -> None:
    document = parse_document(path.read_bytes(), path.name).to_json()
    assert [str(error) for error in schema("parsed_certificate").iter_errors(document)] == []
    assert document["document"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_there_are_five_samples() -> None:
    assert len(SAMPLES) == 5


def test_the_key_catalogue_holds_each_key_once() -> None:
    names = [key["key"] for key in load("ocpp16/configuration_keys.json")["keys"]]
    assert len(names) == len(set(names)) == 52


def test_every_charge_point_case_has_a_tier_and_no_other_case_has_one() -> None:
    cases = load("ocpp16/cases.json")["cases"]
    assert {case["role"] for case in cases if case["tier"]} == {"CS"}
    assert sum(case["role"] == "CS" for case in cases) == sum(bool(case["tier"]) for case in cases) == 107
    assert sum(case["role"] == "CSMS" for case in cases) == 77
