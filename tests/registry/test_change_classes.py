"""How much a change matters: every rule of the data, and what the rules do not name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from registry.certificates.facts import SCALAR_FIELDS
from registry.change_classes import class_of_listing, class_of_other_document
from registry.events import EventKind
from registry.listing.store import COMPARED

DATA = Path(__file__).parents[2] / "data"
RULES: dict[str, Any] = json.loads((DATA / "changes/classes.json").read_text())
VALUE, SPELLING = ("Maker One", "Maker Two"), ("Maker One", "MAKER  ONE.")


def test_the_rules_are_as_their_schema_says() -> None:
    schema = json.loads((DATA / "schemas/change_classes.json").read_text())
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(RULES)] == []


def test_the_rules_name_only_fields_that_there_are() -> None:
    assert set(RULES["listing"]["fields"]) <= set(COMPARED)
    assert set(RULES["document"]["fields"]) <= set(SCALAR_FIELDS)


@pytest.mark.parametrize(
    ("field", "value", "spelling"),
    [
        ("certificate_type", EventKind.SUBSTANTIVE, EventKind.SUBSTANTIVE),
        ("software_version", EventKind.SUBSTANTIVE, EventKind.SUBSTANTIVE),
        ("protocol", EventKind.SUBSTANTIVE, EventKind.SUBSTANTIVE),
        ("date", EventKind.SUBSTANTIVE, EventKind.SUBSTANTIVE),
        ("product_type", EventKind.SUBSTANTIVE, EventKind.SUBSTANTIVE),
        ("company", EventKind.SUBSTANTIVE, EventKind.EDITORIAL),
        ("designation", EventKind.SUBSTANTIVE, EventKind.EDITORIAL),
        ("country", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("url", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("certificate_no", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("extra", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
    ],
)
def test_a_changed_cell_of_the_list(field: str, value: EventKind, spelling: EventKind) -> None:
    assert class_of_listing({field: VALUE}) is value
    assert class_of_listing({field: SPELLING}) is spelling


@pytest.mark.parametrize(
    ("field", "value", "spelling"),
    [
        ("holder", EventKind.REISSUED, EventKind.EDITORIAL),
        ("vendor_name", EventKind.REISSUED, EventKind.EDITORIAL),
        ("designation", EventKind.REISSUED, EventKind.EDITORIAL),
        ("product_type", EventKind.REISSUED, EventKind.EDITORIAL),
        ("test_laboratory", EventKind.REISSUED, EventKind.EDITORIAL),
        ("laboratory_location", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("test_report_reference", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("document_evidence", EventKind.METADATA_ONLY, EventKind.METADATA_ONLY),
        ("software_version", EventKind.REISSUED, EventKind.REISSUED),
        ("profiles.Core", EventKind.REISSUED, EventKind.REISSUED),
        ("configuration_keys.HeartbeatInterval", EventKind.REISSUED, EventKind.REISSUED),
    ],
)
def test_a_value_that_another_document_has_otherwise(field: str, value: EventKind, spelling: EventKind) -> None:
    assert class_of_other_document({field: VALUE}) is value
    assert class_of_other_document({field: SPELLING}) is spelling


def test_of_several_changes_the_gravest_counts() -> None:
    assert class_of_listing({"url": VALUE, "company": SPELLING}) is EventKind.EDITORIAL
    assert class_of_listing({"url": VALUE, "company": SPELLING, "date": VALUE}) is EventKind.SUBSTANTIVE
    assert class_of_other_document({"holder": SPELLING, "document_evidence": VALUE}) is EventKind.EDITORIAL


def test_nothing_that_differs_is_metadata_only() -> None:
    assert class_of_other_document({}) is EventKind.METADATA_ONLY


@pytest.mark.parametrize(("old", "new"), [("1.10", "1.1"), (10, 30), (None, "x")])
def test_numbers_and_versions_are_values(old: Any, new: Any) -> None:
    assert class_of_other_document({"software_version": (old, new)}) is EventKind.REISSUED
