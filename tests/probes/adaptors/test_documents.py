"""Adaptor files: what is wrong with one is said at once, all of it, with the place and the remedy, and without any credentials."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from probes.adaptors.base import Capability, Drives
from probes.adaptors.documents import SCHEMA, Broken, base_problem, read
from probes.adaptors.fields import has_field, is_list, members
from probes.adaptors.loading import path_of, read_text, ready_made
from probes.adaptors.operations import OPERATIONS
from tests.probes.adaptors.samples import FULL

GOOD = 'name = "own"\nurl = "{base}/x"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(Broken) as caught:
        read(text)
    return [each.line("own.toml") for each in caught.value.problems]


def wrong(text: str, top: str = "") -> list[str]:
    return problems(f"{top}{GOOD}[actions.Reset]\n{text}")


def test_the_schema_is_one() -> None:
    jsonschema_rs.meta.validate(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ready_made())
def test_the_files_that_ship_are_right(name: str) -> None:
    text = read_text(path_of(name))
    file = read(text)
    assert set(file.capabilities) == set(OPERATIONS)
    assert text.startswith("# How ")
    assert "Learnt from" in text
    for action, capability in file.capabilities.items():
        assert (capability.drives is Drives.YES) == (capability.reason == "")
        assert (action in file.requests) == (capability.drives is not Drives.NO)


def test_which_files_ship() -> None:
    assert ready_made() == ("citrineos", "octt", "steve")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name = ", "own.toml: no TOML: "),
        ("", 'own.toml: "name" is a required property'),
        ('name = "own"\n[actions]', "own.toml: actions: "),
        ('name = "own"\nmore = 1\n[actions.Reset]\ndrives = "no"\nreason = "r"', "own.toml: Additional properties are not allowed ('more'"),
        ('name = "own"\n[actions.Reset]\ndrives = "no"\nreason = 2030-01-01', "own.toml: actions.Reset.reason: a date or time of TOML"),
        (
            'name = "own"\n[actions.Reset]\ndrives = "yes"\nurl = "{base}/x"\nbody = { a = inf }',
            "own.toml: actions.Reset.body.a: inf is no number",
        ),
    ],
)
def test_what_is_no_adaptor_file(text: str, line: str) -> None:
    assert problems(text)[0].startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('drives = "maybe"', 'own.toml: actions.Reset.drives: "maybe" is not one of'),
        ('drives = "on condition"', 'own.toml: actions.Reset.reason: missing; say why it drives "on condition"'),
        ('drives = "no"', 'own.toml: actions.Reset.reason: missing; say why it drives "no"'),
        ('drives = "no"\nreason = " "', "own.toml: actions.Reset.reason: missing"),
        ('drives = "yes"\nmethod = "FETCH"', 'own.toml: actions.Reset.method: "FETCH" is not one of'),
        ('drives = "yes"\nurl = "ftp://x/y"', "own.toml: actions.Reset.url: "),
        ('drives = "yes"\nurl = "{base}x"', "own.toml: actions.Reset.url: after {base} comes /"),
        ('drives = "yes"\nurl = "http://{station}/x"', "own.toml: actions.Reset.url: the host of a URL is no placeholder"),
        ('drives = "yes"\nurl = "http:///x"', "own.toml: actions.Reset.url: no URL of an HTTP API"),
        ('drives = "yes"\nurl = "https://u:p@h/x"', "own.toml: actions.Reset.url: credentials do not belong into an address"),
        (
            'drives = "yes"\nurl = "{base}/{typ}"',
            "own.toml: actions.Reset.url: 'typ' is no field of Reset: it has type; the adaptor itself",
        ),
        ('drives = "yes"\nurl = "{base}/{base}"', "own.toml: actions.Reset.url: 'base' is no field of Reset"),
        ('drives = "yes"\nurl = "{base}/{"', "own.toml: actions.Reset.url: '{' is no placeholder; write {name}"),
        ('drives = "yes"\nbody = { a = ["{connectorId}"] }', "own.toml: actions.Reset.body: 'connectorId' is no field of Reset"),
        ('drives = "yes"\nbody = "{type.0}"', "own.toml: actions.Reset.body: 'type.0' is no field of Reset.type: it has nothing"),
        ('drives = "yes"\nbody = "{station.x}"', "own.toml: actions.Reset.body: {station} has nothing below it"),
        ('drives = "yes"\nbody = "{payload.x}"', "own.toml: actions.Reset.body: 'x' is no field of Reset"),
        ('drives = "yes"\nbody = "{item.x}"', "own.toml: actions.Reset.body: 'item.x' is no field of Reset"),
        ('drives = "yes"\nbody = "{type|shout}"', "own.toml: actions.Reset.body: there is no spelling 'shout'; there are integer"),
        ('drives = "yes"\nbody = "${env:A B}"', "own.toml: actions.Reset.body: '{env:A B}' is no placeholder"),
        ('drives = "yes"\nbody = "${env:1A}"', "own.toml: actions.Reset.body: '{env:1A}' is no placeholder"),
        ('drives = "yes"\nbody = { "$when" = "typ", "$value" = 1 }', "own.toml: actions.Reset.body: 'typ' is no field of Reset"),
        ('drives = "yes"\nbody = { "$if" = "type" }', "own.toml: actions.Reset.body: '$if' begins no directive"),
        ('drives = "yes"\nmethod = "GET"\nbody = { }', "own.toml: actions.Reset.body: a request with GET has none"),
        ('drives = "yes"\nheaders = { "X Y" = "1" }', "own.toml: actions.Reset.headers.X Y: no name of an HTTP header"),
        ('drives = "yes"\nheaders = { "X-Y" = 1 }', "own.toml: actions.Reset.headers.X-Y: 1 is not of type"),
        ('drives = "yes"\nquery = { x = "{typ}" }', "own.toml: actions.Reset.query.x: 'typ' is no field"),
        ('drives = "yes"\ndefaults = { typ = "Soft" }', "own.toml: actions.Reset.defaults.typ: 'typ' is no field"),
        ('drives = "yes"\nneeds = ["typ"]', "own.toml: actions.Reset.needs: 'typ' is no field"),
        ('drives = "yes"\nchooses = ["typ"]', "own.toml: actions.Reset.chooses: 'typ' is no field"),
        ('drives = "yes"\n[actions.ResetNow]\ndrives = "yes"', "own.toml: actions.ResetNow: no operation that a central system sends"),
        ('drives = "yes"\n[actions.Authorize]\ndrives = "yes"', "own.toml: actions.Authorize: no operation that a central system sends"),
        (
            'drives = "yes"\n[actions.RemoteStart]\ndrives = "yes"',
            "own.toml: actions.RemoteStart: no operation that a central system sends in OCPP 1.6; did you mean RemoteSt",
        ),
    ],
)
def test_what_is_wrong_with_an_action(text: str, line: str) -> None:
    found = wrong(text)
    assert [each for each in found if each.startswith(line)], found
    assert all("\n" not in each for each in found)


@pytest.mark.parametrize(
    ("top", "line"),
    [
        ('base_url = "here"\n', "own.toml: base_url: no URL of an HTTP API"),
        ('base_url = "http://u:p@h"\n', "own.toml: base_url: credentials do not belong"),
        ('base_url = "http://h?x=1"\n', "own.toml: base_url: a base address has no ?"),
        ('basic = { user = "u", password = "hunter2" }\n', "own.toml: basic.password: a password does not belong into a file"),
        ('basic = { user = "{station}", password = "${env:P}" }\n', "own.toml: basic.user: {station} is not known here"),
        ('basic = { user = "u}", password = "${env:P}" }\n', "own.toml: basic.user: 'u}' is no placeholder"),
        ('basic = { user = "u" }\n', 'own.toml: basic: "password" is a required property'),
        ('spellings = { kebab = { a = "b" } }\n', "own.toml: spellings.kebab: there is a built-in spelling of this name"),
        ("spellings = { own = { a = 1 } }\n", "own.toml: spellings.own.a: 1 is not of type"),
        ('refusal = { path = "a b", equals = 1 }\n', "own.toml: refusal.path: "),
        ('headers = { X = "{typ}" }\n', "own.toml: headers.X: 'typ' is no field of Reset"),
    ],
)
def test_what_is_wrong_for_all_of_it(top: str, line: str) -> None:
    found = wrong('drives = "yes"', top)
    assert [each for each in found if each.startswith(line)], found
    assert "hunter2" not in str(found)


def test_everything_is_said_at_once() -> None:
    found = wrong('drives = "on condition"\nbody = "{typ}"\nquery = { a = "{b}", c = "{d|e}" }\n[actions.Rest]\ndrives = "no"')
    assert [each.split(": ")[1] for each in found] == [
        "actions.Reset.reason",
        "actions.Reset.body",
        "actions.Reset.query.a",
        "actions.Reset.query.c",
        "actions.Rest",
    ]


def test_no_address_for_an_action() -> None:
    assert problems('name = "own"\n[actions.Reset]\ndrives = "yes"') == [
        'own.toml: actions.Reset.url: missing; give it here or once for all at the top, as url = "{base}/..."'
    ]


def test_items_of_lists() -> None:
    top = f'{GOOD}[actions.SendLocalList]\ndrives = "yes"\n'
    each = 'body = {{ "$each" = "localAuthorizationList", {} "$value" = "{}" }}'
    assert read(top + each.format('"$with" = "idTagInfo",', "{item.idTagInfo.status}"))
    assert problems(top + each.format("", "{item.tag}")) == [
        (
            "own.toml: actions.SendLocalList.body: 'localAuthorizationList.0.tag' is no field of "
            "SendLocalList.localAuthorizationList.0: it has idTag, idTagInfo"
        )
    ]
    assert problems(top + each.format('"$without" = "info",', "x")) == [
        (
            "own.toml: actions.SendLocalList.body: 'localAuthorizationList.0.info' is no field of "
            "SendLocalList.localAuthorizationList.0: it has idTag, idTagInfo"
        )
    ]
    assert problems(top + 'body = "{localAuthorizationList.idTag}"') == [
        (
            "own.toml: actions.SendLocalList.body: 'localAuthorizationList.idTag' is no field of "
            "SendLocalList.localAuthorizationList; write a number for one of its items"
        )
    ]


def test_what_a_file_says_and_needs() -> None:
    file = read(
        'base_url = "http://h/"\n'
        f'{GOOD}headers = {{ A = "${{env:TOKEN}}" }}\nbasic = {{ user = "u", password = "${{env:P}}" }}\n'
        '[actions.Reset]\ndrives = "yes"\nreason = "ignored"\n'
        '[actions.ClearCache]\ndrives = "on condition"\nreason = "now and then"\nbody = { a = "${env:OWN}", b = "${env:MAY:-}" }\n'
        '[actions.UnlockConnector]\ndrives = "no"\nreason = "never"\n'
    )
    assert file.base_url == "http://h"
    assert file.environment() == ("P", "TOKEN")
    assert file.environment("ClearCache") == ("OWN", "TOKEN")
    assert file.environment("UnlockConnector") == ()
    assert file.mentioned() == ("MAY", "OWN", "P", "TOKEN")
    assert file.mentioned("Reset") == ("P", "TOKEN")
    assert file.capability("Reset") == Capability(Drives.YES)
    assert file.capability("ClearCache") == Capability(Drives.ON_CONDITION, "now and then")
    assert file.capability("UnlockConnector") == Capability(Drives.NO, "never")
    assert file.capability("Reserve") == Capability(Drives.NO, "the adaptor file does not name it")


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("http://h", True),
        ("https://h.example:8180/steve", True),
        ("http://[::1]:80/x", True),
        ("ws://h", False),
        ("h:80", False),
        ("http://h:99999", False),
        ("http://h:x", False),
        ("http://[::1", False),
        ("http://h/ x", False),
        ("http://h\n", False),
        ("https://user@h", False),
        ("https://h#f", False),
        ("https://", False),
    ],
)
def test_base_addresses(url: str, right: bool) -> None:
    assert (base_problem(url) is None) is right


@pytest.mark.parametrize("operation", FULL, ids=lambda each: each.action)
def test_fields_are_those_of_the_specification(operation: object) -> None:
    action = type(operation).__name__

    def look(value: object, path: tuple[str, ...]) -> None:
        assert has_field(action, path)
        if isinstance(value, dict):
            for name, below in value.items():
                assert name in members(action, path)
                look(below, (*path, name))
        elif isinstance(value, list):
            assert is_list(action, path)
            look(value[0], (*path, "0"))

    look(operation.payload(), ())  # type: ignore[attr-defined]  # every one of FULL is an operation
    assert not has_field(action, ("nonsense",))
