"""Templates: values stay what they are, and what is not wanted leaves its place."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.adaptors.spellings import SPELLINGS, CannotSpell
from probes.adaptors.templates import (
    MISSING,
    BrokenTemplate,
    Unrenderable,
    Values,
    always_needed,
    compiled,
    compiled_text,
    placeholders,
    rendered,
    rendered_text,
    rendered_url,
)

PAYLOAD = {"connectorId": 2, "limit": 6.5, "flag": True, "idTag": "T", "list": [{"a": 1, "b": 2}, {"a": 3}], "none": [], "deep": {"x": "y"}}


def values(payload: dict[str, Any] | None = None, **more: Any) -> Values:
    variables = {"station": lambda: "CP1", "serial": lambda: 9, "payload": lambda: PAYLOAD if payload is None else payload}
    return Values(PAYLOAD if payload is None else payload, variables, {"TOKEN": "secret"}, {"own": {"T": "tee"}}, **more)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{connectorId}", 2),
        ("{limit}", 6.5),
        ("{flag}", True),
        ("{deep}", {"x": "y"}),
        ("{deep.x}", "y"),
        ("{list.1.a}", 3),
        ("{payload}", PAYLOAD),
        ("{station}", "CP1"),
        ("{serial}", 9),
        ("connector {connectorId} of {station}: {flag}", "connector 2 of CP1: true"),
        ("{{{idTag}}}", "{T}"),
        ("{{idTag}}", "{idTag}"),
        ("${env:TOKEN}", "secret"),
        ("${env:NONE:-otherwise}", "otherwise"),
        ("${env:NONE:-}", ""),
        ("${env:NONE:-7|integer}", 7),
        ("Bearer ${env:TOKEN}", "Bearer secret"),
        ("{idTag|own}", "tee"),
        ("{connectorId|text}", "2"),
        ("{absent}", MISSING),
        ("a {absent}", MISSING),
        ("{deep.absent}", MISSING),
        ("{list.7.a}", MISSING),
        ("{deep.0}", MISSING),
        (["{idTag}", "{absent}", 1], ["T", 1]),
        ({"a": "{absent}", "b": {"c": "{absent}"}, "d": None}, {"b": {}, "d": None}),
        ({"$when": "idTag", "$value": "{idTag}!"}, "T!"),
        ({"$when": "absent", "$value": 1, "$else": 0}, 0),
        ({"$when": "absent", "$value": 1}, MISSING),
        ({"$when_empty": "none", "$value": True, "$else": False}, True),
        ({"$when_empty": "list", "$value": True, "$else": False}, False),
        ({"$when_empty": "absent", "$value": True, "$else": False}, False),
        ({"$each": "list", "$value": "{item.a}"}, [1, 3]),
        ({"$each": "list", "$with": "b", "$value": {"is": "{item.b}", "of": "{station}"}}, [{"is": 2, "of": "CP1"}]),
        ({"$each": "list", "$without": "b", "$value": "{item.a}"}, [3]),
        ({"$each": "list", "$value": "{item.b}"}, [2]),
        ({"$each": "none", "$value": "{item.b}"}, []),
        ({"$each": "absent", "$value": "{item.b}"}, MISSING),
        (True, True),
        (None, None),
    ],
)
def test_rendering(template: Any, value: Any) -> None:
    found = rendered(compiled(template), values())
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("${env:NONE}", "the environment variable NONE is not set"),
        ("a {deep}", "a structure cannot stand within a text"),
        ("{deep|text}", "a structure cannot be spelt as a text"),
        ("{idTag|integer}", "a value that is no whole number cannot be spelt as one"),
        ("{station|own}", "the spelling own of the adaptor file has no 'CP1'"),
        ({"$each": "idTag", "$value": 1}, "idTag is no list"),
    ],
)
def test_what_cannot_be_rendered(template: Any, problem: str) -> None:
    with pytest.raises(Unrenderable, match=problem.replace("(", r"\(")):
        rendered(compiled(template), values())


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{", "is no placeholder"),
        ("a } b", "is no placeholder"),
        ("{a b}", "is no placeholder"),
        ("{a.}", "is no placeholder"),
        ("${env:}", "is no placeholder"),
        ("${TOKEN}", None),
        ({"$value": 1}, "begins no directive"),
        ({"$when": "a"}, 'needs "\\$value"'),
        ({"$when": "a b", "$value": 1}, "takes the path of a field"),
        ({"$when": 1, "$value": 1}, "takes the path of a field"),
        ({"$when": "a", "$value": 1, "more": 1}, "'more' does not go with"),
        ({"$each": "a", "$value": 1, "$with": 3}, "takes the name of a member"),
        ({"$each": "a", "$value": 1, "$else": 3}, "'\\$else' does not go with"),
        ([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]], "nested too deeply"),
    ],
)
def test_broken_templates(template: Any, problem: str | None) -> None:
    if problem is None:
        assert rendered(compiled(template), values({"TOKEN": "x"})) == "$x"
        return
    with pytest.raises(BrokenTemplate, match=problem):
        compiled(template)


@pytest.mark.parametrize(
    ("spelling", "value", "spelt"),
    [
        ("upper_snake", "Hard", "HARD"),
        ("upper_snake", "TxDefaultProfile", "TX_DEFAULT_PROFILE"),
        ("upper_snake", "ChargePointMaxProfile", "CHARGE_POINT_MAX_PROFILE"),
        ("kebab", "RemoteStartTransaction", "remote-start-transaction"),
        ("kebab", "GetInstalledCertificateIds", "get-installed-certificate-ids"),
        ("camel", "ReserveNow", "reserveNow"),
        ("upper", "Soft", "SOFT"),
        ("lower", "Soft", "soft"),
        ("comma", ["a", "b"], "a,b"),
        ("comma", [], ""),
        ("unix", "1970-01-01T00:01:00.000Z", 60),
        ("integer", "12", 12),
        ("text", 12, "12"),
    ],
)
def test_spellings(spelling: str, value: Any, spelt: Any) -> None:
    assert SPELLINGS[spelling](value) == spelt


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("comma", "a"),
        ("comma", ["a,b"]),
        ("comma", [[1]]),
        ("unix", "soon"),
        ("unix", "2030-01-01T00:00:00"),
        ("text", True),
        ("integer", 1.5),
    ],
)
def test_what_cannot_be_spelt(spelling: str, value: Any) -> None:
    with pytest.raises(CannotSpell):
        SPELLINGS[spelling](value)


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        [
            "{station}",
            "${env:TOKEN}",
            "{{",
            "}}",
            '"',
            "\\",
            '","x":"',
            "{payload}",
            "a/../b",
            "?x=1&y",
            "#",
            "%2F",
            "\r\nX: y",
            "{idTag|upper}",
        ]
    ),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), HOSTILE),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(HOSTILE, below, max_size=3)),
    max_leaves=8,
)


@given(JSON)
def test_any_value_stays_itself(value: Any) -> None:
    body = rendered(compiled({"a": "{value}", "b": ["{payload}"], "c": {"d": "{value}"}}), values({"value": value}))
    assert json.loads(json.dumps(body)) == {"a": value, "b": [{"value": value}], "c": {"d": value}}


@given(HOSTILE, HOSTILE)
def test_texts_stand_side_by_side(one: str, other: str) -> None:
    assert rendered(compiled("<{one}|{other}>"), values({"one": one, "other": other})) == f"<{one}|{other}>"
    assert rendered_text(compiled_text("{one}"), values({"one": one})) == one


@given(HOSTILE)
def test_a_value_stays_in_its_part_of_an_address(value: str) -> None:
    template = compiled_text("https://host.example/a/{value}/b?q={value}")
    if value in {"", ".", ".."} or any("\ud800" <= letter <= "\udfff" for letter in value):
        with pytest.raises(Unrenderable):
            rendered_url(template, values({"value": value}))
        return
    url = rendered_url(template, values({"value": value}))
    assert isinstance(url, str)
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "host.example", "")
    assert parts.path.count("/") == 3
    assert unquote(parts.path) == f"/a/{value}/b"
    assert unquote(parts.query) == f"q={value}"


def test_what_a_template_needs() -> None:
    template = compiled({"a": "{x}", "b": {"$when": "y", "$value": "${env:Y}"}, "c": {"$each": "z", "$with": "w", "$value": "{item.v}"}})
    assert [each.path for each in always_needed(template)] == [("x",)]
    found = [(lists, each.path or each.env) for lists, each in placeholders(template)]
    assert found == [
        ((), ("x",)),
        ((), ("y",)),
        ((), "Y"),
        ((), ("z",)),
        ((("z",),), ("item", "w")),
        ((("z",),), ("item", "v")),
    ]
