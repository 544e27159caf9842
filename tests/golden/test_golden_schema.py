"""The golden files are well formed, complete, and true to the text they were read from.

Nothing of the parser is used here: a value must be found at the line that its golden file names, by the few lines of
`letters` and `squeezed` below, so that a mistake in the parser cannot hide a mistake in the truth.
"""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from registry.certificates.facts import SCALAR_FIELDS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
GOLDENS = sorted(HERE.glob("OCA.*.json"))
FINDING_IDS: list[str] = json.loads((ROOT / "data/schemas/golden.json").read_text())["$defs"]["finding_ids"]["items"]["enum"]


def squeezed(text: str) -> str:
    """The text without markup and blanks."""
    return re.sub(r"</?[bi]>|\*|#|\s", "", text)


def letters(text: str) -> str:
    """Only the letters and digits."""
    return "".join(character for character in text if character.isalnum())


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def text_lines(golden: Any) -> list[str]:
    document = ROOT / "data/certificates" / str(golden["document"])
    return document.read_text(encoding="utf-8").split("\n")


def scalar_as_printed(field: str, value: str) -> list[str]:
    """The forms of one value of which one must stand in the line."""
    if field == "certification_date":
        day = datetime.date.fromisoformat(value)
        return [f"{day:%B} {day.day}, {day.year}"]
    if field == "protocol":
        return [value, ".0016."]
    if field == "role":
        return [f".{value}"]
    return [f"{value} Certificate"] if field == "kind" else [value]


def cells(certificate: Any) -> dict[str, tuple[str, str | None]]:
    """Every table cell by its path: the name of its row and the value as the print should show it."""
    found: dict[str, tuple[str, str | None]] = {}
    for table in ("profiles", "hardware", "limits", "configuration_keys", "features"):
        for name, value in (certificate[table] or {}).items():
            found[f"{table}.{name}"] = (name, value)
    for row in certificate["performance"] or ():
        minutes, seconds = divmod(row["measured_seconds"], 60)
        found[f"performance.{row['name']}.pics_seconds"] = (row["name"], str(row["pics_seconds"]))
        found[f"performance.{row['name']}.measured_seconds"] = (row["name"], f"00:{minutes:02}:{seconds:02}")
    return found


def alternatives(golden: Any, field: str) -> list[int]:
    given = golden["lines"][field]
    return given if isinstance(given, list) else [given]


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_file_follows_its_schema(path: Path) -> None:
    validator = jsonschema_rs.validator_for(load(ROOT / "data/schemas/golden.json"))
    assert [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(load(path))] == []


def test_every_sample_has_one_golden_file() -> None:
    samples = sorted(path.name for path in (ROOT / "data/certificates").glob("*.txt"))
    assert sorted(load(path)["document"] for path in GOLDENS) == samples
    assert all(load(path)["certificate"]["number"] == path.stem for path in GOLDENS)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_value_has_a_line_or_a_reason(path: Path) -> None:
    golden = load(path)
    certificate = golden["certificate"]
    printed = {field for field in SCALAR_FIELDS if certificate[field] is not None} | set(cells(certificate))
    extra = {field for field in golden["declared_empty"] if field == "non_ocpp_configuration"}
    assert set(golden["lines"]) == printed | extra
    assert set(golden["absent"]) == {field for field in SCALAR_FIELDS if certificate[field] is None}
    empty = {field for field, (_, value) in cells(certificate).items() if value is None}
    assert set(golden["declared_empty"]) == empty | extra


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_finding_is_decided(path: Path) -> None:
    golden = load(path)
    assert sorted(golden["findings"] + golden["no_findings"]) == sorted(FINDING_IDS)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_scalar_stands_in_its_line(path: Path) -> None:
    """One of the named lines prints the value exactly; the others at least have its letters and digits."""
    golden = load(path)
    lines = text_lines(golden)
    for field in SCALAR_FIELDS:
        value = golden["certificate"][field]
        if value is None:
            continue
        forms = scalar_as_printed(field, value)
        named = [lines[number - 1] for number in alternatives(golden, field)]
        assert any(squeezed(form) in squeezed(line) for form in forms for line in named), (field, named)
        for line in named:
            assert any(letters(form) in letters(line) for form in forms), (field, line)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_every_cell_stands_in_its_row(path: Path) -> None:
    golden = load(path)
    lines = text_lines(golden)
    for field, (name, value) in cells(golden["certificate"]).items():
        for number in alternatives(golden, field):
            head, *rest = lines[number - 1].split("\t")
            # A cut name still has its first half; whole names are compared whole.
            assert letters(name)[: max(4, len(letters(name)) // 2)] in letters(head), (field, head)
            shown = [squeezed(cell).strip("<>") for cell in rest]
            if value is None:
                assert shown[0] in ("-", ""), (field, rest)
            elif field.endswith(".pics_seconds"):
                assert shown[0] in (value, f"{value}s"), (field, rest)
            elif field.endswith(".measured_seconds"):
                assert shown[1] == value, (field, rest)
            else:
                assert shown[0] == squeezed(value), (field, rest)


def test_the_charging_station_declares_46_keys_of_which_21_are_empty() -> None:
    golden = load(HERE / "OCA.0016.0408.CS.json")
    keys = golden["certificate"]["configuration_keys"]
    assert len(keys) == 46
    assert sum(value is None for value in keys.values()) == 21
    numbers = [alternatives(golden, f"configuration_keys.{key}")[0] for key in keys]
    assert numbers == list(range(numbers[0], numbers[0] + 46)), "the keys are listed in the order of the print"
