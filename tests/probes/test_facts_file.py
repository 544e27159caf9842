"""Certificate facts from a file of `parse --json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from probes.facts_file import read_facts
from registry.errors import CannotBegin
from tests.probes.judge.talk import certificate


def test_facts_come_back_as_they_were_written(tmp_path: Path) -> None:
    facts = certificate()
    path = tmp_path / "facts.json"
    path.write_text(json.dumps({"certificate": facts.to_json(), "fields": []}))
    assert read_facts(path) == facts


GOOD = certificate().to_json()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no JSON"),
        ("[]", "holds no certificate"),
        ("{}", "holds no certificate"),
        (json.dumps({"certificate": None}), "holds no certificate"),
        (json.dumps({"certificate": {}}), "holds no certificate"),
        (json.dumps({"certificate": GOOD | {"model": 7}}), "model is not"),
        (json.dumps({"certificate": GOOD | {"profiles": ["Core"]}}), "profiles is not"),
        (json.dumps({"certificate": GOOD | {"configuration_keys": {"A": 1}}}), "configuration_keys is not"),
        (json.dumps({"certificate": GOOD | {"performance": {}}}), "performance is not"),
        (json.dumps({"certificate": GOOD | {"performance": [{}]}}), "performance row"),
        (json.dumps({"certificate": GOOD | {"performance": [{"name": "x", "pics_seconds": "10s"}]}}), "whole seconds"),
    ],
)
def test_a_file_that_holds_no_facts_says_so_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "facts.json"
    path.write_text(content)
    with pytest.raises(CannotBegin, match=message) as raised:
        read_facts(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotBegin, match="No such file"):
        read_facts(tmp_path / "none.json")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CannotBegin, match="no JSON in UTF-8"):
        read_facts(path)


def test_an_added_key_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    extended: dict[str, Any] = GOOD | {"something_new": 1}
    path.write_text(json.dumps({"certificate": extended}))
    assert read_facts(path) == certificate()
