"""Templates of an adaptor file: JSON in which texts hold placeholders, filled with values that stay what they are. Pure.

    {connectorId}  {csChargingProfiles.stackLevel}  {chargingSchedulePeriod.0.limit}   a field of the OCPP payload
    {station}  {action}  {payload}  {serial}  {now}  {soon}                            what the adaptor knows
    ${env:NAME}  ${env:NAME:-otherwise}                                                the environment
    {type|upper_snake}                                                                 any of them, spelt otherwise
    {{ and }}                                                                          braces

A text that is one placeholder becomes the value itself, with its JSON type; within a longer text it becomes text. What is not wanted
leaves its place: a member without value is left out. Values are never looked at for placeholders.
A table may tell when it counts: {"$when" = PATH, "$value" = ..., "$else" = ...}, {"$when_empty" = ...} the same for a list that is wanted
and empty, {"$each" = PATH, "$with" = NAME, "$without" = NAME, "$value" = ...} for each item of a list, in which {item.NAME} is its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from probes.adaptors.spellings import SPELLINGS, CannotSpell

VARIABLES = frozenset({"station", "action", "payload", "serial", "now", "soon"})
"""`serial`: a number greater than any before; `now` and `soon` (a minute later): times as OCPP spells them."""

ITEM = "item"
CONDITIONS = ("$when", "$when_empty")
DIRECTIVES = {"$when": {"$value", "$else"}, "$when_empty": {"$value", "$else"}, "$each": {"$value", "$with", "$without"}}

_PLACEHOLDER = re.compile(
    r"\$\{env:(?P<env>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<otherwise>[^{}|]*))?(?:\|(?P<env_spelling>[a-z0-9_-]+))?\}"
    r"|\{(?P<path>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)(?:\|(?P<spelling>[a-z0-9_-]+))?\}"
    r"|(?P<brace>\{\{|\}\})"
)
_LARGEST_DEPTH = 30


class BrokenTemplate(Exception):
    """What is wrong with the template, as half a sentence."""


class Unrenderable(Exception):
    """Why these values cannot be put into the template, as half a sentence."""


class Missing:
    """The one value that says: nothing is wanted here."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclass(frozen=True)
class Placeholder:
    """`path` into the payload or a variable, or the environment variable `env` and what counts `otherwise`; `spelling` of what is there."""

    path: tuple[str, ...] = ()
    env: str | None = None
    otherwise: str | None = None
    spelling: str | None = None


@dataclass(frozen=True)
class Text:
    """A text with placeholders."""

    parts: tuple[str | Placeholder, ...]

    @property
    def sole(self) -> Placeholder | None:
        """The placeholder that is all of it."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Placeholder) else None


@dataclass(frozen=True)
class Condition:
    """`kind` is `$when` or `$when_empty`; the path must lead to something wanted, or to an empty list."""

    kind: str
    path: tuple[str, ...]
    value: Node
    otherwise: Node


@dataclass(frozen=True)
class Each:
    """One value for every item of the list at `path` that has the member `having`, and not the member `lacking`."""

    path: tuple[str, ...]
    value: Node
    having: str | None = None
    lacking: str | None = None


Node = Text | Condition | Each | dict[str, Any] | list[Any] | str | int | float | bool | Missing | None


@dataclass(frozen=True)
class Values:
    """What placeholders are filled with: variables are asked for when they are needed, `spellings` are the file's own, by name."""

    payload: Mapping[str, Any]
    variables: Mapping[str, Callable[[], Any]]
    environment: Mapping[str, str]
    spellings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    item: Any = MISSING


def compiled_text(template: str) -> Text:
    """Raises `BrokenTemplate`."""
    parts: list[str | Placeholder] = []
    end = 0
    for found in _PLACEHOLDER.finditer(template):
        _add(parts, _plain(template[end : found.start()]))
        end = found.end()
        if found["brace"]:
            _add(parts, found["brace"][0])
        elif found["env"]:
            parts.append(Placeholder(env=found["env"], otherwise=found["otherwise"], spelling=found["env_spelling"]))
        else:
            parts.append(Placeholder(path=tuple(found["path"].split(".")), spelling=found["spelling"]))
    _add(parts, _plain(template[end:]))
    return Text(tuple(parts))


def _add(parts: list[str | Placeholder], text: str) -> None:
    if text and parts and isinstance(parts[-1], str):
        parts[-1] += text
    elif text:
        parts.append(text)


def _plain(text: str) -> str:
    if "{" in text or "}" in text:
        shown = text[max(0, text.find("{")) :][:40]
        raise BrokenTemplate(f"{shown!r} is no placeholder; write {{name}}, {{name|spelling}}, ${{env:NAME}}, and {{{{ }}}} for braces")
    return text


def compiled(template: Any, depth: int = 0) -> Node:
    """A JSON value (as TOML gives it) made ready. Raises `BrokenTemplate`."""
    if depth > _LARGEST_DEPTH:
        raise BrokenTemplate("it is nested too deeply; make it flatter")
    if isinstance(template, str):
        return compiled_text(template)
    if isinstance(template, list):
        return [compiled(each, depth + 1) for each in template]
    if not isinstance(template, dict):
        if template is None or isinstance(template, bool | int | float):
            return template
        raise BrokenTemplate(f"{template} is a date or time of TOML, which JSON does not have; put it into quotes")
    directive = next((name for name in DIRECTIVES if name in template), None)
    if directive is None:
        wrong = next((name for name in template if name.startswith("$")), None)
        if wrong:
            raise BrokenTemplate(f"{wrong!r} begins no directive; there are {', '.join(DIRECTIVES)}")
        return {name: compiled(value, depth + 1) for name, value in template.items()}
    return _directive(directive, template, depth)


def _directive(name: str, table: Mapping[str, Any], depth: int) -> Node:
    path = table[name]
    strange = sorted(set(table) - DIRECTIVES[name] - {name})
    if strange:
        raise BrokenTemplate(f"{strange[0]!r} does not go with {name}; it takes {', '.join(sorted(DIRECTIVES[name]))}")
    if not isinstance(path, str) or not re.fullmatch(r"[A-Za-z]\w*(\.\w+)*", path):
        raise BrokenTemplate(f"{name} takes the path of a field, as connectorId; not {path!r}")
    if "$value" not in table:
        raise BrokenTemplate(f'{name} needs "$value"')
    steps, value = tuple(path.split(".")), compiled(table["$value"], depth + 1)
    if name in CONDITIONS:
        return Condition(name, steps, value, compiled(table["$else"], depth + 1) if "$else" in table else MISSING)
    members = {key: table.get(key) for key in ("$with", "$without")}
    wrong = next((key for key, member in members.items() if member is not None and not isinstance(member, str)), None)
    if wrong:
        raise BrokenTemplate(f"{wrong} takes the name of a member of the list's items")
    return Each(steps, value, members["$with"], members["$without"])


def rendered(node: Node, values: Values) -> Any:
    """The JSON value; `MISSING` when nothing is wanted there. Raises `Unrenderable`."""
    match node:
        case Text():
            sole = node.sole
            return _resolved(sole, values) if sole else _joined(node, values, _as_text)
        case Condition():
            return rendered(node.value if _holds(node, values) else node.otherwise, values)
        case Each():
            return _for_each(node, values)
        case dict():
            members = {name: rendered(below, values) for name, below in node.items()}
            return {name: value for name, value in members.items() if value is not MISSING}
        case list():
            return [value for value in (rendered(below, values) for below in node) if value is not MISSING]
        case _:
            return node


def rendered_text(text: Text, values: Values) -> str | Missing:
    """The text, for headers and query parts; `MISSING` when something in it is not wanted. Raises `Unrenderable`."""
    return _joined(text, values, _as_text)


def rendered_url(text: Text, values: Values) -> str | Missing:
    """The URL: what is filled in is percent-encoded, so that it stays within its part. Raises `Unrenderable`."""
    return _joined(text, values, _as_part)


def _joined(text: Text, values: Values, spell: Callable[[Any], str]) -> str | Missing:
    pieces = []
    for part in text.parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        value = _resolved(part, values)
        if isinstance(value, Missing):
            return MISSING
        pieces.append(spell(value))
    return "".join(pieces)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Unrenderable("a structure cannot stand within a text")


def _as_part(value: Any) -> str:
    text = _as_text(value)
    if text in {"", ".", ".."}:
        raise Unrenderable(f"{text!r} cannot stand in a URL")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as problem:
        raise Unrenderable("a text that is no Unicode cannot stand in a URL") from problem


def _holds(node: Condition, values: Values) -> bool:
    found = _found(node.path, values)
    return found == [] if node.kind == "$when_empty" else found is not MISSING


def _for_each(node: Each, values: Values) -> Any:
    items = _found(node.path, values)
    if isinstance(items, Missing):
        return MISSING
    if not isinstance(items, list):
        raise Unrenderable(f"{'.'.join(node.path)} is no list")
    kept = [item for item in items if _fits(node, item)]
    each = (rendered(node.value, Values(values.payload, values.variables, values.environment, values.spellings, item)) for item in kept)
    return [value for value in each if value is not MISSING]


def _fits(node: Each, item: Any) -> bool:
    members = item if isinstance(item, dict) else {}
    return (node.having is None or node.having in members) and (node.lacking is None or node.lacking not in members)


def _resolved(placeholder: Placeholder, values: Values) -> Any:
    if placeholder.env is not None:
        value: Any = values.environment.get(placeholder.env) or placeholder.otherwise
        if value is None:
            raise Unrenderable(f"the environment variable {placeholder.env} is not set")
    else:
        value = _found(placeholder.path, values)
    if isinstance(value, Missing) or placeholder.spelling is None:
        return value
    return _spelt(value, placeholder.spelling, values)


def _spelt(value: Any, name: str, values: Values) -> Any:
    own = values.spellings.get(name)
    if own is not None:
        if not isinstance(value, str) or value not in own:
            raise Unrenderable(f"the spelling {name} of the adaptor file has no {value!r}")
        return own[value]
    try:
        return SPELLINGS[name](value)
    except CannotSpell as problem:
        raise Unrenderable(str(problem)) from problem


def _found(path: tuple[str, ...], values: Values) -> Any:
    first, *others = path
    if first == ITEM and not isinstance(values.item, Missing):
        found: Any = values.item
    elif first in values.variables:
        found = values.variables[first]()
    else:
        found = values.payload.get(first, MISSING)
    for step in others:
        found = _below(found, step)
    return found


def _below(found: Any, step: str) -> Any:
    if isinstance(found, dict):
        return found.get(step, MISSING)
    if isinstance(found, list) and step.isdigit() and int(step) < len(found):
        return found[int(step)]
    return MISSING


def always_needed(node: Node) -> Iterator[Placeholder]:
    """The placeholders that are filled whatever is wanted: those under no condition, and in no item."""
    match node:
        case Text():
            yield from (part for part in node.parts if isinstance(part, Placeholder))
        case dict():
            for below in node.values():
                yield from always_needed(below)
        case list():
            for below in node:
                yield from always_needed(below)
        case _:
            return


def whole_values(node: Node) -> Iterator[Placeholder]:
    """The placeholders that always stand for themselves, as a value of their own."""
    match node:
        case Text():
            sole = node.sole
            yield from (sole,) if sole else ()
        case dict():
            for below in node.values():
                yield from whole_values(below)
        case list():
            for below in node:
                yield from whole_values(below)
        case _:
            return


def placeholders(node: Node) -> Iterator[tuple[tuple[tuple[str, ...], ...], Placeholder]]:
    """Every placeholder, with the paths of the lists whose items it stands in; the paths of directives count as placeholders."""
    yield from _placeholders(node, ())


def _placeholders(node: Node, lists: tuple[tuple[str, ...], ...]) -> Iterator[tuple[tuple[tuple[str, ...], ...], Placeholder]]:
    match node:
        case Text():
            yield from ((lists, part) for part in node.parts if isinstance(part, Placeholder))
        case Condition():
            yield lists, Placeholder(path=node.path)
            yield from _placeholders(node.value, lists)
            yield from _placeholders(node.otherwise, lists)
        case Each():
            yield lists, Placeholder(path=node.path)
            for member in (node.having, node.lacking):
                if member:
                    yield (*lists, node.path), Placeholder(path=(ITEM, member))
            yield from _placeholders(node.value, (*lists, node.path))
        case dict():
            for below in node.values():
                yield from _placeholders(below, lists)
        case list():
            for below in node:
                yield from _placeholders(below, lists)
        case _:
            return
