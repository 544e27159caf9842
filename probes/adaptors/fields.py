"""Which fields the requests of OCPP 1.6 have, by the schemas of the `ocpp` library. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any

from probes.wire.schemas import request_schema


def has_field(action: str, path: tuple[str, ...]) -> bool:
    """Whether the request of this action can have something at this path; a number steps into a list."""
    return _at(action, path) is not None


def is_list(action: str, path: tuple[str, ...]) -> bool:
    """Whether what is there is a list."""
    return (_at(action, path) or {}).get("type") == "array"


def members(action: str, path: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names that what is there has; none when it is no object."""
    return tuple(sorted((_at(action, path) or {}).get("properties", {})))


@cache
def _at(action: str, path: tuple[str, ...]) -> dict[str, Any] | None:
    schema = request_schema(action)
    definitions = schema.get("definitions", {})
    for step in path:
        below = schema.get("items") if schema.get("type") == "array" and step.isdigit() else schema.get("properties", {}).get(step)
        if below is None:
            return None
        schema = definitions[below["$ref"].rpartition("/")[2]] if "$ref" in below else below
    return schema
