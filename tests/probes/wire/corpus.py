"""Payloads of every action in both directions, right and broken, made from the schemas of the `ocpp` library: one change at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import ocpp.v16

Path_ = tuple[str | int, ...]
SCHEMAS = Path(ocpp.v16.__file__).parent / "schemas"
_OTHER_TYPES: tuple[Any, ...] = (None, True, 0, 1.5, 1.0, "1", [], {}, 2**70)


@cache
def schema(action: str, is_response: bool) -> dict[str, Any]:
    """The schema of one message."""
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{action}{'Response' if is_response else ''}.json").read_text(encoding="utf-8-sig"))
    return loaded


def valid(action: str, is_response: bool, *, full: bool) -> dict[str, Any]:
    """A payload with all fields, or with the required ones alone."""
    whole = schema(action, is_response)
    made: dict[str, Any] = _made(whole, whole.get("definitions", {}), full=full)
    return made


def _made(part: dict[str, Any], definitions: dict[str, Any], *, full: bool) -> Any:
    part = _resolved(part, definitions)
    kind = part.get("type")
    if "enum" in part:
        return part["enum"][0]
    if kind == "object":
        wanted = part.get("properties", {}) if full else part.get("required", ())
        return {name: _made(part["properties"][name], definitions, full=full) for name in wanted}
    if kind == "array":
        return [_made(part["items"], definitions, full=full)]
    if kind == "string":
        return "2026-01-01T00:00:00Z" if part.get("format") == "date-time" else "x" * min(part.get("maxLength", 5), 5)
    return {"integer": 1, "number": 1.5, "boolean": True}[str(kind)]


def _resolved(part: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    return definitions[part["$ref"].removeprefix("#/definitions/")] if "$ref" in part else part


def payloads(action: str, is_response: bool) -> Iterator[tuple[str, Any]]:
    """Every payload, with what is special about it: `kind at /path`."""
    whole = schema(action, is_response)
    full = valid(action, is_response, full=True)
    yield "all fields", full
    yield "required fields", valid(action, is_response, full=False)
    other: Any
    for other in (None, [], "x", 1):
        yield f"a payload that is {json.dumps(other)}", other
    yield from _changed(full, (), whole, whole.get("definitions", {}))


def _changed(full: Any, path: Path_, part: dict[str, Any], definitions: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    part = _resolved(part, definitions)
    where = "".join(f"/{step}" for step in path)
    if part.get("type") == "object":
        yield f"a field more at {where or '/'}", _with(full, (*path, "unheardOf"), 1)
        for name, below in part.get("properties", {}).items():
            yield f"nothing at {where}/{name}", _without(full, (*path, name))
            yield from _changed(full, (*path, name), below, definitions)
    elif part.get("type") == "array":
        yield f"an empty array at {where}", _with(full, path, [])
        yield from _changed(full, (*path, 0), part["items"], definitions)
    for other in _values(part):
        yield f"{_shown(other)} at {where or '/'}", _with(full, path, other) if path else other


def _values(part: dict[str, Any]) -> Iterator[Any]:
    """What may stand where something of this kind stands: what is right at its borders, and what is wrong."""
    kind = part.get("type")
    yield from _OTHER_TYPES
    if "enum" in part:
        yield from (*part["enum"], part["enum"][0].lower(), "Nonsense", "")
    elif kind == "string":
        most = part.get("maxLength", 40)
        yield from ("", "x" * most, "x" * (most + 1), "\U0001f50c" * most, "é" * most, "yesterday", "2026-01-01T00:00:00", "a\x00b")
    elif kind == "number":
        yield from (0.1, 0.3, 21.4, 0.05, 1e300, -1.5, 2147483647.1, 1e-9, 100)
    elif kind == "integer":
        yield from (-1, 2**31, 2**53 + 1, -(2**63), 1e3)


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 30 else f"{text[:12]}... ({len(text)} characters)"


def _with(full: Any, path: Path_, value: Any) -> Any:
    changed = copy.deepcopy(full)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def _without(full: Any, path: Path_) -> Any:
    changed = copy.deepcopy(full)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed
