"""Adaptors by name, by path and with an address; and the command line that looks at them offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from probes.adaptors import loading
from probes.adaptors.builtin import ControlAdaptor
from probes.adaptors.cli import adaptor
from probes.adaptors.http import LARGEST_ANSWER, HttpAdaptor
from probes.adaptors.loading import load, split
from probes.adaptors.operations import OPERATIONS
from probes.adaptors.prompt import PromptAdaptor
from probes.adaptors.spellings import SPELLINGS
from probes.adaptors.templates import VARIABLES
from probes.cases.prompts import Done, Prompt
from registry.errors import CannotBegin
from tests.probes.adaptors.api import api

STEVE = {"STEVE_USER": "u", "STEVE_API_PASSWORD": "p4ssw0rd"}
OWN = 'name = "Own"\nurl = "{base}/{action}"\n[actions.Reset]\ndrives = "yes"\nbody = "{payload}"\n'


class Person:
    async def ask(self, prompt: Prompt) -> Done:
        raise NotImplementedError(prompt)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ("steve", ("steve", None)),
        ("steve=https://h:8180/steve?a=b", ("steve", "https://h:8180/steve?a=b")),
        ("builtin=8901", ("builtin", "8901")),
        ("a=b.toml", ("a=b.toml", None)),
        ("a=b.toml=http://h", ("a=b.toml", "http://h")),
        ("prompt", ("prompt", None)),
        ("=http://h", ("=http://h", None)),
    ],
)
def test_names_and_addresses(given: str, parts: tuple[str, str | None]) -> None:
    assert split(given) == parts


async def test_every_kind(tmp_path: Path) -> None:
    own = tmp_path / "own=1.toml"
    own.write_text(OWN)
    assert isinstance(load("prompt", environment={})(Person()), PromptAdaptor)
    assert isinstance(load("builtin=8901", environment={})(None), ControlAdaptor)
    steve = load("steve", environment=STEVE)(None)
    assert isinstance(steve, HttpAdaptor)
    assert steve.name == "SteVe"
    assert load("octt", environment={})(None).name == "OCTT trigger server"
    with api() as there:
        from probes.adaptors.operations import Reset

        for factory in (
            load(f"{own}={there.url}", environment={}),
            load(str(own), base_url=there.url, environment={}),
            load(f"{own}={there.url}/", base_url="http://nowhere.example", environment={}),
        ):
            assert (await factory(None).ask("CP1", Reset("Soft"), 10.0)).reason == ""
        assert [got.target for got in there.got] == ["/Reset"] * 3


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("nobody", "adaptor nobody: there is no such file, and none of this name; there are prompt, builtin=PORT, citrineos, octt, steve"),
        ("prompt=http://h", "adaptor prompt: takes no address"),
        ("builtin", "adaptor builtin: which one? name the port of its controls, as builtin=8901"),
        ("builtin=0", "adaptor builtin: which one?"),
        ("builtin=99999", "adaptor builtin: which one?"),
        ("builtin=http://x", "adaptor builtin: which one?"),
        ("steve", "adaptor SteVe: the environment variable STEVE_API_PASSWORD is not set; export STEVE_API_PASSWORD, STEVE_USER"),
        ("octt=http://u:p@h", "adaptor octt: http://u:p@h: credentials do not belong into an address"),
        ("octt=https://", "adaptor octt: https://: no URL of an HTTP API"),
        ("octt=http://h:x", "adaptor octt: http://h:x: no URL"),
        ("FOLDER", "there is no such file"),
        ("FOLDER/own.toml", "adaptor Own: where is its API?"),
        ("FOLDER/broken.toml", "(and 1 more: `ocpp-registry adaptor check "),
        ("FOLDER/latin.toml", "no text in UTF-8"),
        ("FOLDER/large.toml", "too large for an adaptor file"),
        ("FOLDER/none.toml", "there is no such file"),
    ],
)
def test_what_cannot_be_had(given: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "broken.toml").write_text(OWN + 'query = { a = "{b}", c = "{d}" }\n')
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe4"')
    (tmp_path / "large.toml").write_bytes(b"#" * (loading.LARGEST_FILE + 1))
    with pytest.raises(CannotBegin) as caught:
        load(given.replace("FOLDER", str(tmp_path)), environment={})
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_prompt_needs_somebody() -> None:
    factory = load("prompt", environment={})
    with pytest.raises(CannotBegin, match="adaptor prompt: nobody is there to be asked"):
        factory(None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(adaptor, arguments)


def test_list() -> None:
    lines = run("list").output.splitlines()
    assert lines[0].startswith("prompt ")
    assert lines[1].startswith("builtin ")
    assert lines[2:] == [
        "citrineos   CitrineOS at http://localhost:8080: 15 yes, 3 on condition, 7 no",
        "octt        OCTT trigger server at http://localhost:5001: 24 yes, 1 on condition, 0 no",
        "steve       SteVe at http://localhost:8180/steve: 12 yes, 12 on condition, 1 no",
    ]
    told = json.loads(run("list", "--json").output)
    assert [each["adaptor"] for each in told] == ["citrineos", "octt", "steve"]
    assert all(set(each["actions"]) == set(OPERATIONS) for each in told)


def test_show() -> None:
    said = run("show", "steve").output.splitlines()
    assert said[0] == "SteVe at http://localhost:8180/steve"
    assert said[1] == (
        "environment: STEVE_API_PASSWORD, STEVE_CHARGING_PROFILE, STEVE_USER; without STEVE_API_PASSWORD, STEVE_USER it does not begin"
    )
    assert len(said) == 2 + len(OPERATIONS)
    assert "DeleteCertificate           no: SteVe names a certificate by its number" in "\n".join(said)
    assert run("show", "octt").output.splitlines()[1] == "environment: nothing"
    told = json.loads(run("show", "steve", "--json").output)
    assert told["environment"]["needed"] == ["STEVE_API_PASSWORD", "STEVE_USER"]
    assert told["actions"]["Reset"] == {"drives": "yes", "reason": ""}


def test_check(tmp_path: Path) -> None:
    right, broken = tmp_path / "right.toml", tmp_path / "broken.toml"
    right.write_text(OWN)
    broken.write_text(OWN + 'query = { a = "{b}" }\n[actions.Rset]\ndrives = "no"\n')
    said = run("check", str(right))
    assert (said.exit_code, said.output) == (0, f"{right}: right; Own drives 1 of 25 operations\n")
    said = run("check", "steve")
    assert said.output == "steve: right; SteVe drives 24 of 25 operations; it needs STEVE_API_PASSWORD, STEVE_USER in the environment\n"
    said = run("check", str(broken))
    assert said.exit_code == 1
    assert said.output.splitlines() == [
        (
            f"{broken}: actions.Reset.query.a: 'b' is no field of Reset: it has type; the adaptor itself knows "
            "action, now, payload, serial, soon, station"
        ),
        f"{broken}: actions.Rset: no operation that a central system sends in OCPP 1.6; did you mean Reset?",
    ]
    said = run("check", str(broken), "--json")
    assert said.exit_code == 1
    told = json.loads(said.output)
    assert [each["place"] for each in told["problems"]] == ["actions.Reset.query.a", "actions.Rset"]
    assert told["adaptor"] is None
    assert json.loads(run("check", "octt", "--json").output)["problems"] == []
    assert isinstance(run("check", str(tmp_path / "none.toml")).exception, CannotBegin)
    assert "it is no file, and drives everything" in str(run("show", "prompt").exception)


def test_the_documentation(tmp_path: Path) -> None:
    text = (loading.FOLDER.parents[1] / "docs" / "adaptors.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    (tmp_path / "mine.toml").write_text(example, encoding="utf-8")
    checked = run("check", str(tmp_path / "mine.toml"))
    assert checked.output.endswith("mine.toml: right; My CSMS drives 4 of 25 operations; it needs MY_CSMS_TOKEN in the environment\n")
    assert all(f"| `{name}=" in text for name in loading.ready_made())
    for spelling in SPELLINGS:
        assert f"`{spelling}`" in text
    for variable in VARIABLES:
        assert f"{{{variable}}}" in text
    assert f"{LARGEST_ANSWER // 1024} KiB" in text
