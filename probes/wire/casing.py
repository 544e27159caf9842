"""The field names of messages, between OCPP's camelCase and the `ocpp` library's snake_case, each name worked out once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from typing import Any

from ocpp.charge_point import camel_to_snake_case, snake_to_camel_case

_LEAVES = frozenset({str, int, float, bool, type(None)})
"""What JSON has besides objects and arrays: nothing below it has a name."""


@lru_cache(maxsize=2048)
def snake_name(name: str) -> str:
    """One field name in snake_case."""
    return str(next(iter(camel_to_snake_case({name: None}))))


@lru_cache(maxsize=2048)
def _camel(name: str) -> str:
    return str(next(iter(snake_to_camel_case({name: None}))))


@cache
def _field_names(kind: type) -> tuple[tuple[str, str], ...] | None:
    """The fields of a message of the library, in snake_case and in camelCase; None: it is no message."""
    return tuple((field.name, _camel(field.name)) for field in fields(kind)) if is_dataclass(kind) else None


def snake(value: Any) -> Any:
    """The value with every field name below it in snake_case; the value itself is left as it is."""
    kind = type(value)
    if kind is dict:
        return {snake_name(name): part if type(part) in _LEAVES else snake(part) for name, part in value.items()}
    if kind is list:
        return [part if type(part) in _LEAVES else snake(part) for part in value]
    return value


def wire_form(value: Any) -> Any:
    """A message of the library (dataclass or dict in snake_case) as the payload that goes over the wire; what is None is left out."""
    kind: Any = type(value)
    names = _field_names(kind)
    if names is not None:
        pairs = ((camel, getattr(value, name)) for name, camel in names)
        return {name: wire_form(part) for name, part in pairs if part is not None} if names else {}
    if isinstance(value, dict):
        return {_camel(name): wire_form(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [wire_form(part) for part in value if part is not None]
    return value
