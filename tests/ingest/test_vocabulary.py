"""The vocabularies are as their schemas say, and what code relies on in them holds."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from ingest.grammar.rownames import key_names, performance_names, profile_names
from ingest.vocabulary import profile_identifiers, vocabulary
from registry.certificates.facts import SCALAR_FIELDS

DATA = Path(__file__).parents[2] / "data"
NAMES = sorted(path.stem for path in (DATA / "vocabulary").glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_each_vocabulary_is_as_its_schema_says(name: str) -> None:
    schema = json.loads((DATA / "schemas" / f"vocabulary_{name}.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(vocabulary(name))] == []


def test_labels_lead_to_fields_of_the_contract() -> None:
    labels = vocabulary("labels")
    fields = {entry["field"] for entry in (*labels["cover"], *labels["annex"])}
    assert fields - {"device_under_test"} <= set(SCALAR_FIELDS)


def test_every_profile_of_the_template_is_a_known_row_and_can_be_advertised() -> None:
    template = vocabulary("tables")["template_profiles"]["OCPP 1.6"]
    assert all(profile_names().whole(name) == name for name in template)
    assert set(template) == set(profile_identifiers())


def test_each_rule_has_one_entry() -> None:
    ids = [rule["id"] for rule in vocabulary("checks")["rules"]]
    assert len(ids) == len(set(ids))


def test_a_cut_name_is_taken_only_when_it_can_be_one_thing() -> None:
    assert profile_names().nearest("Local Authorization List Managememe") == "Local Authorization List Management"
    assert profile_names().beginning_with("Advanced") is None
    assert profile_names().beginning_with("Advanced Device") == "Advanced Device Management"
    assert performance_names().beginning_with("Response time") is None
    assert key_names().whole("HeartbeatInterval") == "HeartbeatInterval"


def test_each_letter_of_a_kind_is_a_profile_with_a_row() -> None:
    letters = vocabulary("words")["kind_letters"]
    assert set(letters) == set("SLCDRUI")
    assert {"Core", *letters.values()} == set(vocabulary("tables")["template_profiles"]["OCPP 2.0.1"])


def test_layouts_name_labels_and_sections_that_there_are() -> None:
    labels = {entry["field"] for entry in vocabulary("labels")["cover"]}
    for layout in vocabulary("layouts")["layouts"]:
        assert set(layout["cover"]) <= labels
        assert set(layout["sections"]) <= set(vocabulary("sections")["headings"])


def test_feature_profiles_are_those_of_the_certificates() -> None:
    profiles = {entry["profile"] for entry in vocabulary("features_2.0.1")["features"]}
    assert profiles - {"Additional questions", "Hardware feature set"} == set(vocabulary("tables")["template_profiles"]["OCPP 2.0.1"])
