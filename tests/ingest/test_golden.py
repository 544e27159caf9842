"""The five samples against what a person read in them: every value, order, state, line and finding."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ingest.parse import parse_document
from registry.certificates.facts import SCALAR_FIELDS, Extraction, FieldState
from tests.ingest.comparing import flat

ROOT = Path(__file__).parents[2]
GOLDENS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tests/golden").glob("OCA.*.json"))]

pytestmark = pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden["certificate"]["number"])


@pytest.fixture
def extraction(golden: Any) -> Extraction:
    return parse_document((ROOT / "data/certificates" / golden["document"]).read_bytes(), golden["document"])


def states(extraction: Extraction) -> dict[str, FieldState]:
    return {entry.field: entry.state for entry in extraction.fields}


def test_every_value_is_the_one_that_a_person_read(golden: Any, extraction: Extraction) -> None:
    assert extraction.certificate.to_json() == golden["certificate"]


def test_tables_keep_the_order_of_the_print(golden: Any, extraction: Extraction) -> None:
    read = extraction.certificate.to_json()
    for table in ("profiles", "hardware", "limits", "configuration_keys"):
        assert list(read[table] or ()) == list(golden["certificate"][table] or ()), table
    assert list(read) == list(golden["certificate"])


def test_every_field_has_its_state(golden: Any, extraction: Extraction) -> None:
    expected = dict.fromkeys(golden["absent"], FieldState.ABSENT) | dict.fromkeys(golden["declared_empty"], FieldState.DECLARED_EMPTY)
    for path, value in flat(extraction.certificate).items():
        expected[path] = FieldState.NOT_APPLICABLE if value == "N/A" else FieldState.READ
    found = states(extraction)
    assert {path: found.get(path) for path in expected} == expected
    assert {path for path, state in found.items() if state == FieldState.UNREAD} == set()
    assert len(extraction.fields) == len(found), "a field is named once"
    assert set(SCALAR_FIELDS) <= set(found)


def test_every_value_names_the_line_where_it_stands(golden: Any, extraction: Extraction) -> None:
    wrong = []
    places = {entry.field: entry for entry in extraction.fields}
    for path, given in golden["lines"].items():
        lines = given if isinstance(given, list) else [given]
        entry = places.get(path)
        if entry is None or entry.line not in lines or entry.page != 1 or entry.box is not None:
            wrong.append((path, lines, entry))
    assert not wrong


def test_raw_text_stands_in_the_named_line(golden: Any, extraction: Extraction) -> None:
    lines = (ROOT / "data/certificates" / golden["document"]).read_text(encoding="utf-8").split("\n")
    wrong = []
    for entry in extraction.fields:
        if entry.state == FieldState.ABSENT:
            assert entry.raw is None, entry
            assert entry.line is None, entry
        elif entry.raw is None or entry.line is None or entry.raw not in lines[entry.line - 1]:
            wrong.append(entry)
    assert not wrong


def test_findings_are_those_that_a_person_sees(golden: Any, extraction: Extraction) -> None:
    reported = [finding.rule for finding in extraction.findings]
    assert set(golden["findings"]) <= set(reported)
    assert not set(golden["no_findings"]) & set(reported)
    named = [(finding.rule, finding.fields) for finding in extraction.findings]
    assert len(named) == len(set(named)), "nothing is said twice"
    known = {entry.field for entry in extraction.fields}
    for finding in extraction.findings:
        assert finding.fields, finding
        assert set(finding.fields) <= known, finding
        assert "\n" not in finding.message


def test_persons_are_withheld(golden: Any, extraction: Extraction) -> None:
    """The names are found in the text by their place, so that none stands here."""
    lines = (ROOT / "data/certificates" / golden["document"]).read_text(encoding="utf-8").split("\n")
    signed = [line for line in lines[-20:] if line.replace("<b>", "").startswith("Name")]
    names = [line.replace("<b>Name</b>", "").replace("Name", "", 1).replace("Signature", "").strip() for line in signed]
    chairman = lines[next(number for number, line in enumerate(lines) if line.startswith("For the Open Charge")) + 2]
    names.append(chairman.strip("* ").removesuffix("Chairma").removesuffix("Chairman").strip())
    assert len(names) == 3
    assert all(len(name) > 5 for name in names)
    shown = json.dumps(extraction.to_json(), ensure_ascii=False).lower() + extraction.public_text.lower()
    given_out = [word for name in names for word in re.split(r"[, ]+", name.lower()) if re.search(rf"\b{re.escape(word)}", shown)]
    # A syllable of a name may be the beginning of another word, as in the name of a country.
    assert not [word for word in given_out if len(word) > 2 or re.search(rf"\b{re.escape(word)}\b", shown)]
