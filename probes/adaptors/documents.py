"""An adaptor file, read from TOML, checked offline and made ready: which operations it drives, and with which HTTP request. Pure.

Nothing of it needs the environment: an adaptor file is checked without credentials.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from probes.adaptors.base import Capability, Drives
from probes.adaptors.fields import has_field, is_list, members
from probes.adaptors.operations import OPERATIONS
from probes.adaptors.spellings import SPELLINGS
from probes.adaptors.templates import (
    ITEM,
    MISSING,
    VARIABLES,
    BrokenTemplate,
    Node,
    Placeholder,
    Text,
    always_needed,
    compiled,
    compiled_text,
    placeholders,
    whole_values,
)

SCHEMA = Path(__file__).resolve().parents[2] / "data" / "schemas" / "adaptor.json"

BASE = "{base}"
UNNAMED = "the adaptor file does not name it"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class Problem:
    """What is wrong, at which place of the file (`actions.Reset.url`), with the remedy."""

    place: str
    message: str

    def line(self, file: str) -> str:
        """As one line for a person."""
        return f"{file}: {self.place}: {self.message}" if self.place else f"{file}: {self.message}"


class Broken(Exception):
    """An adaptor file that cannot be used; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(each.line("adaptor") for each in problems))
        self.problems = problems


@dataclass(frozen=True)
class Request:
    """The HTTP request for one operation. `url` follows the base address if `relative`. `whole` says that the body is an OCPP payload.

    `defaults` are filled into the payload where it leaves a field to the CSMS; without `needs` it cannot be asked for. The fields that it
    `chooses` the API takes, and may send otherwise.
    """

    method: str
    url: Text
    relative: bool
    query: Mapping[str, Text]
    headers: Mapping[str, Text]
    body: Node
    defaults: Mapping[tuple[str, ...], Node]
    needs: tuple[tuple[str, ...], ...]
    chooses: frozenset[str]
    whole: bool


@dataclass(frozen=True)
class Refusal:
    """How an API says in an answer with status 200 that it did nothing: the value at `path` is `equals`; `reason` leads to why."""

    path: tuple[str, ...]
    equals: str | float | bool
    reason: tuple[str, ...]


@dataclass(frozen=True)
class AdaptorFile:
    """A file that can be used. `basic` are user and password; `environment` names what it needs of the environment for every request."""

    name: str
    base_url: str | None
    ca_file: str | None
    basic: tuple[Text, Text] | None
    refusal: Refusal | None
    spellings: Mapping[str, Mapping[str, str]]
    capabilities: Mapping[str, Capability]
    requests: Mapping[str, Request]

    def capability(self, action: str) -> Capability:
        """What the file says of this action."""
        return self.capabilities.get(action, Capability(Drives.NO, UNNAMED))

    def passes(self, action: str) -> frozenset[str]:
        """The fields of the OCPP request that are handed over as they are wanted."""
        request = self.requests.get(action)
        if request is None:
            return frozenset()
        handed = [*whole_values(request.body), *(each for node in (request.url, *request.query.values()) for each in always_needed(node))]
        given = {each.path for each in handed}
        there = frozenset(members(action))
        return (there if ("payload",) in given else frozenset(path[0] for path in given if len(path) == 1) & there) - request.chooses

    def environment(self, action: str | None = None) -> tuple[str, ...]:
        """The environment variables without which nothing can be asked, or (of one action) without which that cannot; sorted."""
        if action is not None:
            request = self.requests.get(action)
            return _needed(_nodes(request)) if request else ()
        each = [set(self.environment(action)) for action in self.requests]
        return tuple(sorted({*_needed(self.basic or ()), *(set.intersection(*each) if each else ())}))

    def mentioned(self, action: str | None = None) -> tuple[str, ...]:
        """All environment variables that the file speaks of (for this action), also those without which it works; sorted."""
        asked = self.requests.values() if action is None else [each for name, each in self.requests.items() if name == action]
        nodes = [*(self.basic or ()), *(node for request in asked for node in _nodes(request))]
        return tuple(sorted({placeholder.env for node in nodes for _, placeholder in placeholders(node) if placeholder.env is not None}))


def read(text: str) -> AdaptorFile:
    """The file with this text. Raises `Broken` with every problem that it has."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise Broken([Problem("", f"no TOML: {problem}; put it right there")]) from problem
    return compile_document(document)


def compile_document(document: Mapping[str, Any]) -> AdaptorFile:
    """The same for what TOML gave. Raises `Broken`."""
    foreign = list(_foreign(document, ""))
    problems = foreign or list(_against_schema(document))
    if problems:
        raise Broken(problems)
    maker = _Maker(document)
    made = maker.file()
    if maker.problems:
        raise Broken(maker.problems)
    return made


def base_problem(url: str) -> str | None:
    """Why this cannot be the base address of an API; None when it can."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "no URL; give http(s)://HOST[:PORT][/PATH]"
    if not usable or any(letter.isspace() or not letter.isprintable() for letter in url):
        return "no URL of an HTTP API; give http(s)://HOST[:PORT][/PATH]"
    if parts.username or parts.password:
        return "credentials do not belong into an address; put them into [basic] or [headers] as ${env:NAME}"
    if parts.query or parts.fragment:
        return "a base address has no ? and no #; put a query into [query]"
    return None


class _Maker:
    """Makes one file, and collects what is wrong with it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._spellings: Mapping[str, Mapping[str, str]] = document.get("spellings", {})

    def file(self) -> AdaptorFile:
        document, base = self._document, self._document.get("base_url")
        problem = base_problem(base) if base else None
        if problem:
            self._wrong("base_url", problem)
        for name in self._spellings:
            if name in SPELLINGS:
                self._wrong(f"spellings.{name}", "there is a built-in spelling of this name; choose another name")
        basic = document.get("basic")
        refusal = document.get("refusal")
        actions = document["actions"]
        drawn = {action: self._action(action, table) for action, table in actions.items() if self._known(action)}
        return AdaptorFile(
            document["name"],
            base.rstrip("/") if base else None,
            document.get("ca_file"),
            (self._common_text("basic.user", basic["user"]), self._common_text("basic.password", basic["password"])) if basic else None,
            Refusal(_steps(refusal["path"]), refusal["equals"], _steps(refusal.get("reason", ""))) if refusal else None,
            self._spellings,
            {action: capability for action, (capability, _) in drawn.items()},
            {action: request for action, (_, request) in drawn.items() if request},
        )

    def _known(self, action: str) -> bool:
        if action in OPERATIONS:
            return True
        near = get_close_matches(action, OPERATIONS, 1, 0.5)
        remedy = f"did you mean {near[0]}?" if near else f"there are {', '.join(OPERATIONS)}"
        self._wrong(f"actions.{action}", f"no operation that a central system sends in OCPP 1.6; {remedy}")
        return False

    def _action(self, action: str, table: Mapping[str, Any]) -> tuple[Capability, Request | None]:
        place, drives = f"actions.{action}", Drives(table["drives"])
        reason = table.get("reason", "").strip()
        if drives is not Drives.YES and not reason:
            self._wrong(f"{place}.reason", f'missing; say why it drives "{drives}"')
        capability = Capability(drives, reason if drives is not Drives.YES else "")
        return capability, None if drives is Drives.NO else self._request(action, place, table)

    def _request(self, action: str, place: str, table: Mapping[str, Any]) -> Request | None:
        common = self._document
        url = table.get("url", common.get("url"))
        if url is None:
            self._wrong(f"{place}.url", 'missing; give it here or once for all at the top, as url = "{base}/..."')
            return None
        method = table.get("method", common.get("method", "POST"))
        template = table.get("body", common.get("body", MISSING))
        if method in {"GET", "DELETE"} and "body" in table:
            self._wrong(f"{place}.body", f"a request with {method} has none; use POST, or put the fields into query")
        body = MISSING if template is MISSING or method in {"GET", "DELETE"} else self._node(action, f"{place}.body", template)
        own_url = f"{place}.url" if "url" in table else "url"
        return Request(
            method,
            self._url(action, own_url, url),
            url.startswith(BASE),
            self._texts(action, place, table, "query"),
            self._texts(action, place, table, "headers"),
            body,
            {
                _steps(path): self._default(action, f"{place}.defaults.{path}", path, value)
                for path, value in table.get("defaults", {}).items()
            },
            tuple(self._need(action, f"{place}.needs", path) for path in table.get("needs", ())),
            frozenset(self._need(action, f"{place}.chooses", path)[0] for path in table.get("chooses", ())),
            isinstance(body, Text) and body.sole == Placeholder(path=("payload",)),
        )

    def _texts(self, action: str, place: str, table: Mapping[str, Any], key: str) -> dict[str, Text]:
        """Those of the whole file and those of the action, which count where both name the same."""
        common = {name: (key, text) for name, text in self._document.get(key, {}).items()}
        own = {name: (f"{place}.{key}", text) for name, text in table.get(key, {}).items()}
        made = {}
        for name, (where, text) in (common | own).items():
            if key == "headers" and not _HEADER.fullmatch(name):
                self._wrong(f"{where}.{name}", "no name of an HTTP header; use letters, digits and -")
            made[name] = self._text(action, f"{where}.{name}", text)
        return made

    def _url(self, action: str, place: str, url: str) -> Text:
        rest = url.removeprefix(BASE)
        if url.startswith(BASE):
            if rest and rest[0] not in "/?":
                self._wrong(place, f"after {BASE} comes /; write {BASE}/...")
            return self._text(action, place, rest)
        authority = url.split("/", 3)[2] if url.count("/") >= 2 else ""
        if "{" in authority:
            self._wrong(place, f"the host of a URL is no placeholder; write {BASE}/... and give the address with the adaptor")
        else:
            problem = base_problem(f"{url.split('://', 1)[0]}://{authority}")
            if problem:
                self._wrong(place, problem)
        return self._text(action, place, url)

    def _default(self, action: str, place: str, path: str, value: Any) -> Node:
        self._need(action, place, path)
        return self._node(action, place, value)

    def _need(self, action: str, place: str, path: str) -> tuple[str, ...]:
        steps = _steps(path)
        if not has_field(action, steps):
            self._wrong(place, self._no_field(action, steps))
        return steps

    def _text(self, action: str, place: str, template: str) -> Text:
        node = self._node(action, place, template)
        return node if isinstance(node, Text) else Text(())

    def _node(self, action: str, place: str, template: Any) -> Node:
        try:
            node = compiled(template)
        except BrokenTemplate as problem:
            self._wrong(place, str(problem))
            return MISSING
        for lists, placeholder in placeholders(node):
            unknown = self._unknown(action, lists, placeholder)
            if unknown:
                self._wrong(place, unknown)
        return node

    def _common_text(self, place: str, template: str) -> Text:
        """A text that is the same for all operations: it may ask the environment alone."""
        try:
            text = compiled_text(template)
        except BrokenTemplate as problem:
            self._wrong(place, str(problem))
            return Text(())
        for part in text.parts:
            if isinstance(part, Placeholder) and part.env is None:
                self._wrong(place, f"{{{'.'.join(part.path)}}} is not known here; use ${{env:NAME}}")
        if text.parts and not any(isinstance(part, Placeholder) for part in text.parts) and place.endswith("password"):
            self._wrong(place, "a password does not belong into a file; write ${env:NAME}")
        return text

    def _unknown(self, action: str, lists: tuple[tuple[str, ...], ...], placeholder: Placeholder) -> str | None:
        spelling = placeholder.spelling
        if spelling and spelling not in SPELLINGS and spelling not in self._spellings:
            known = ", ".join([*SPELLINGS, *self._spellings])
            return f"there is no spelling {spelling!r}; there are {known}, and a table [spellings.NAME] adds one"
        if placeholder.env is not None:
            return None
        first, *others = placeholder.path
        if first == ITEM and lists:
            path = (*lists[-1], "0", *others)
            return None if has_field(action, path) else self._no_field(action, path)
        if first == "payload" and others:
            return self._unknown(action, lists, Placeholder(path=tuple(others)))
        if first in VARIABLES:
            return None if not others else f"{{{first}}} has nothing below it; write {{{first}}}"
        if not has_field(action, placeholder.path):
            return self._no_field(action, placeholder.path)
        return None

    @staticmethod
    def _no_field(action: str, path: tuple[str, ...]) -> str:
        known = 0
        while known < len(path) and has_field(action, path[: known + 1]):
            known += 1
        there = members(action, path[:known]) or ("nothing",)
        where = f"{action}.{'.'.join(path[:known])}" if known else action
        hint = "" if known else f"; the adaptor itself knows {', '.join(sorted(VARIABLES))}"
        listed = "; write a number for one of its items" if is_list(action, path[:known]) else f": it has {', '.join(there)}"
        return f"{'.'.join(path)!r} is no field of {where}{listed}{hint}"

    def _wrong(self, place: str, message: str) -> None:
        problem = Problem(place, message)
        if problem not in self.problems:
            self.problems.append(problem)


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def _nodes(request: Request) -> tuple[Node, ...]:
    return (request.url, *request.query.values(), *request.headers.values(), request.body, *request.defaults.values())


def _needed(nodes: tuple[Node, ...]) -> tuple[str, ...]:
    found = (placeholder for node in nodes for placeholder in always_needed(node))
    return tuple(sorted({each.env for each in found if each.env is not None and each.otherwise is None}))


def _foreign(value: Any, place: str) -> Iterator[Problem]:
    """What TOML has and JSON has not."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _foreign(below, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _foreign(below, f"{place}.{index}")
    elif isinstance(value, date | time):
        yield Problem(place, "a date or time of TOML, which JSON does not have; put it into quotes")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(place, f"{value} is no number of JSON; write another")


def _against_schema(document: Mapping[str, Any]) -> Iterator[Problem]:
    for error in _schema().iter_errors(document):
        place = ".".join(str(step) for step in error.instance_path)
        yield Problem(place, _said(error))


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _said(error: jsonschema_rs.ValidationError) -> str:
    wanted = {
        "url": f"a URL begins with {BASE}/, http:// or https://",
        "reason": "a reason is one line of at most 300 characters",
    }
    last = str(error.instance_path[-1]) if error.instance_path else ""
    remedy = wanted.get(last, "see data/schemas/adaptor.json for what belongs there")
    return f"{error.message}; {remedy}"
