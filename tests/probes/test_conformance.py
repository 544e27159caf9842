"""The table of what shows what: every row has its tests, every citation has its row, and the page in docs/ is what the data give.

A test cites a clause in its docstring: `1.6ed2 5.13` (OCPP 1.6 edition 2), `errata 3.83` (also `errata v4.0 section 3.83`) or
`A02.FR.06` (security white paper), each followed by further numbers as in `A02.FR.06, FR.07` or `A00.FR.312 to 314`.

With OCPP_REGISTRY_DOCS=1 in the environment the page is written anew.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from probes.wire.schemas import known_actions
from tests.probes.test_independent_peer import BY_STATION

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
PAGE = ROOT / "docs" / "conformance.md"
UP, DOWN = "station to CSMS", "CSMS to station"
JUDGES = tuple(f"tests/probes/{package}/" for package in ("cases", "judge", "modes"))
"""What is tested there cites the clauses that others are held to, and shows nothing of our own stack."""

TITLES = {"action": "Actions", "key": "Configuration keys", "clause": "Clauses"}

_MORE = r"(?:(?:,| and| to) (?:FR\.)?\d+(?!\.?\d))*"
_MORE_SECTIONS = r"(?:(?:,| and) \d+(?:\.\d+)+)*"
_REQUIREMENT = re.compile(rf"\b([A-Z]\d\d)\.FR\.(\d+{_MORE})")
_SECTIONS = {
    "1.6ed2": re.compile(rf"\b1\.6ed2 (\d+(?:\.\d+)+{_MORE_SECTIONS})"),
    "errata": re.compile(rf"\b[Ee]rrata (?:v4\.0,? )?(?:sections? )?(\d+(?:\.\d+)+{_MORE_SECTIONS})"),
}


@functools.cache
def table() -> Any:
    return json.loads((DATA / "ocpp16" / "conformance.json").read_text(encoding="utf-8"))


def shown(kind: str) -> set[str]:
    return {row["what"] for row in table()["rows"] if row["kind"] == kind}


def not_shown(kind: str) -> set[str]:
    return {entry["what"] for entry in table()["not_shown"] if entry["kind"] == kind}


def beyond(kind: str) -> set[str]:
    return {entry["what"] for entry in table()["beyond"] if entry["kind"] == kind}


@functools.cache
def functions() -> dict[str, str]:
    """The docstring of each test function under tests/probes, by its node id."""
    found = {}
    for path in sorted((ROOT / "tests" / "probes").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                found[f"{path.relative_to(ROOT).as_posix()}::{node.name}"] = ast.get_docstring(node) or ""
    return found


def cited(text: str) -> set[str]:
    """The clauses that a docstring cites, as the table names them."""
    clauses = {
        f"{document} {number}"
        for document, pattern in _SECTIONS.items()
        for found in pattern.finditer(text)
        for number in re.findall(r"\d+(?:\.\d+)+", found[1])
    }
    for group, numbers in _REQUIREMENT.findall(text):
        clauses |= {f"security {group}.FR.{number}" for number in _requirements(numbers)}
    return clauses


def _requirements(text: str) -> set[str]:
    """`06, FR.07` and `312 to 314` as their numbers, written as wide as the first of them."""
    width = len(text) - len(text.lstrip("0123456789"))
    numbers: set[int] = set()
    last = 0
    for joint, digits in re.findall(r"(to )?(?:FR\.)?(\d+)", text):
        numbers |= set(range(last, int(digits) + 1)) if joint else {int(digits)}
        last = int(digits)
    return {f"{number:0{width}d}" for number in numbers}


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("A02.FR.06, FR.07; TC_077.", {"security A02.FR.06", "security A02.FR.07"}),
        ("M05.FR.08 to FR.10.", {"security M05.FR.08", "security M05.FR.09", "security M05.FR.10"}),
        ("A00.FR.002 and 003: no TLS; L01.FR.27", {"security A00.FR.002", "security A00.FR.003", "security L01.FR.27"}),
        ("A00.FR.312 to 314", {"security A00.FR.312", "security A00.FR.313", "security A00.FR.314"}),
        ("Errata v4.0 sections 3.38 and 3.39.", {"errata 3.38", "errata 3.39"}),
        ("1.6ed2 9.1.6; errata 3.76: back", {"1.6ed2 9.1.6", "errata 3.76"}),
        ("OCPP-J 1.6 section 5.3, RFC 6960, 27 December", set()),
    ],
)
def test_citations_are_read(text: str, clauses: set[str]) -> None:
    assert cited(text) == clauses


def test_the_table_is_as_its_schema_says() -> None:
    schema = json.loads((DATA / "schemas" / "conformance.json").read_text(encoding="utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(table())] == []


def test_every_test_that_is_named_exists() -> None:
    assert {test for row in table()["rows"] for test in row["tests"]} - set(functions()) == set()


def test_every_citation_has_its_row() -> None:
    rows = {(row["what"], test) for row in table()["rows"] for test in row["tests"]}
    stack = {test: text for test, text in functions().items() if not test.startswith(JUDGES)}
    assert {(clause, test) for test, text in stack.items() for clause in cited(text)} - rows == set()


def test_every_action_has_its_row() -> None:
    from_csms = (known_actions() - BY_STATION) | {"DataTransfer"}
    actions = {f"{action} ({UP})" for action in BY_STATION} | {f"{action} ({DOWN})" for action in from_csms}
    assert len(known_actions()) == 28 + 11
    assert shown("action") | not_shown("action") | beyond("action") == actions


def test_every_configuration_key_has_its_row() -> None:
    keys = json.loads((DATA / "ocpp16" / "configuration_keys.json").read_text(encoding="utf-8"))["keys"]
    assert shown("key") | not_shown("key") | beyond("key") == {key["key"] for key in keys}


@pytest.mark.parametrize("others", [not_shown, beyond])
def test_nothing_is_shown_and_not_shown_at_once(others: Callable[[str], set[str]]) -> None:
    for kind in ("action", "key"):
        assert shown(kind) & others(kind) == set()
    requirements = {what for what in shown("clause") if what.startswith("security ")}
    assert {what for entry in others("clause") for what in cited(entry)} & requirements == set()


def page() -> str:
    """The page in docs/ that the data give."""
    lines = [
        "# What is shown by which test",
        "",
        "Made from `data/ocpp16/conformance.json` by `tests/probes/test_conformance.py`; to make it anew:",
        "`OCPP_REGISTRY_DOCS=1 python -m pytest tests/probes/test_conformance.py`. Tests are named below `tests/probes/`.",
        "",
        "`1.6ed2` is OCPP 1.6 edition 2, `errata` its errata sheet v4.0, `security` the white paper",
        "*Improved security for OCPP 1.6-J*, edition 3. The words are ours; what counts is the specification.",
        "A clause may say more than the line beside it: what is known to be missing stands under *Not shown*. What binds",
        "people and organisations, or leaves no trace in what two ends say to each other, stands under *Beyond what a stack can show*.",
    ]
    for kind, title in TITLES.items():
        rows = [row for row in table()["rows"] if row["kind"] == kind]
        lines += ["", f"## {title}", "", "| what | statement | role | tests |", "|---|---|---|---|"]
        for row in rows:
            tests = "<br>".join(f"`{test.removeprefix('tests/probes/')}`" for test in row["tests"])
            lines.append(f"| {row['what']} | {row['statement']} | {row['role']} | {tests} |")
    for title, entries in (("Not shown", table()["not_shown"]), ("Beyond what a stack can show", table()["beyond"])):
        lines += ["", f"## {title}", ""]
        lines += [f"- {entry['what']}: {entry['why']}" for entry in entries] or ["Nothing that is known."]
    return "\n".join(lines) + "\n"


def test_the_page_is_what_the_data_give() -> None:
    if os.environ.get("OCPP_REGISTRY_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "docs/conformance.md is out of date; set OCPP_REGISTRY_DOCS=1 to write it"
