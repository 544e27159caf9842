"""Samples with lines lost, doubled, exchanged and cut, and letters replaced: no crash, no hang, and no wrong value.

Under changes of whole lines every value that is given must still be the true one, or none. What no reader could know is left
out of the comparison: a cut line may end where a value might, and a moved line takes its value with it.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.parse import parse_document
from registry.certificates.facts import Extraction, FieldState
from registry.errors import NotACertificate, UnreadableDocument
from tests.ingest.comparing import cells
from tests.sampling import sampled

ROOT = Path(__file__).parents[2]
SAMPLES = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "data/certificates").glob("*.txt"))}
TRUTHS: dict[str, dict[str, Any]] = {
    golden["document"]: cells(golden["certificate"])
    for golden in (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "tests/golden").glob("OCA.*.json"))
}
LONGEST_SECONDS = 5.0
NOISE = ["4", "- oh ha m", "ام", "A blue ink signature."]


def parsed(text: str) -> Extraction | None:
    """The reading; None where the document is refused. It takes its time within bounds and shows no approval block."""
    begun = time.perf_counter()
    try:
        extraction = parse_document(text.encode(), "mutated.txt")
    except (NotACertificate, UnreadableDocument) as error:
        one_line(error)
        return None
    assert time.perf_counter() - begun < LONGEST_SECONDS
    return extraction


def one_line(error: Exception) -> None:
    assert "\n" not in str(error)


def wrong(extraction: Extraction | None, truth: dict[str, Any]) -> list[str]:
    if extraction is None:
        return []
    read = cells(extraction.certificate.to_json())
    return [
        f"{path}: {value!r} is not {truth.get(path)!r}" for path, value in read.items() if value is not None and value != truth.get(path)
    ]


@pytest.mark.parametrize("name", sampled(SAMPLES, 3))
def test_each_line_doubled(name: str) -> None:
    lines = SAMPLES[name].split("\n")
    found = [wrong(parsed("\n".join([*lines[:at], line, *lines[at:]])), TRUTHS[name]) for at, line in enumerate(lines)]
    assert [each for each in found if each] == []


@pytest.mark.parametrize("name", sampled(SAMPLES, 3))
def test_each_two_lines_exchanged(name: str) -> None:
    lines = SAMPLES[name].split("\n")
    found = []
    for at in range(len(lines) - 1):
        swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
        found.append((at + 1, wrong(parsed("\n".join(swapped)), TRUTHS[name])))
    assert [each for each in found if each[1]] == []


@pytest.mark.parametrize("name", sampled(SAMPLES, 3))
@pytest.mark.parametrize("noise", NOISE)
def test_a_line_of_noise_anywhere(name: str, noise: str) -> None:
    lines = SAMPLES[name].split("\n")
    found = [(at + 1, wrong(parsed("\n".join([*lines[:at], noise, *lines[at:]])), TRUTHS[name])) for at in range(0, len(lines), 6)]
    assert [each for each in found if each[1]] == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_several_lines_lost(name: str, data: st.DataObject) -> None:
    lines = SAMPLES[name].split("\n")
    lost = data.draw(st.sets(st.integers(min_value=0, max_value=len(lines) - 1), max_size=12))
    assert wrong(parsed("\n".join(line for at, line in enumerate(lines) if at not in lost)), TRUTHS[name]) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.integers(min_value=0, max_value=5000), st.characters(codec="utf-8")), max_size=40),
)
def test_letters_replaced_never_crash(name: str, changes: list[tuple[int, str]]) -> None:
    text = list(SAMPLES[name])
    for at, letter in changes:
        text[at % len(text)] = letter
    extraction = parsed("".join(text))
    if extraction is not None:
        given_states = (FieldState.READ, FieldState.NOT_APPLICABLE)
        values = cells(extraction.certificate.to_json())
        assert all((values.get(entry.field) is not None) == (entry.state in given_states) for entry in extraction.fields)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=2000))
def test_any_text_at_all(text: str) -> None:
    try:
        parse_document(text.encode("utf-8", "replace"), "any.txt")
    except (NotACertificate, UnreadableDocument) as error:
        one_line(error)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("change", ["none", "no heading", "no chairman's line", "approval in one line"])
def test_no_person_is_named(name: str, change: str) -> None:
    text = SAMPLES[name]
    approval = text.index("Statement of Approval")
    persons = {word.strip(",") for word in text[text.index("For the Open Charge Alliance:") + 29 :].split()[:2]} - {"Chairman", "Chairma"}
    for line in text[approval:].splitlines():
        cellwise = line.replace("<b>", "").replace("</b>", "")
        if cellwise.startswith("Name"):
            persons |= {word.strip(",") for word in cellwise.removeprefix("Name").replace("Signature", "").split()}
    assert len(persons) >= 4
    if change == "no heading":
        text = text.replace("Statement of Approval", "")
    if change == "no chairman's line":
        text = text.replace("For the Open Charge Alliance:", "")
    if change == "approval in one line":
        text = text[:approval] + text[approval:].replace("\n", " ")
    extraction = parsed(text)
    assert extraction is not None
    shown = json.dumps(extraction.to_json(), ensure_ascii=False) + extraction.public_text
    assert [person for person in persons if re.search(rf"(?<!\w){re.escape(person)}(?!\w)", shown, re.IGNORECASE)] == []
    assert "withheld" in extraction.public_text
