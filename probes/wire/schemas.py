"""Is a payload what OCPP 1.6 says it is? The JSON schemas that ship with the `ocpp` library, compiled once, checked in place.

Date-times are told apart: the schemas name their format, most implementations never check it, and ISO 8601 (OCPP 1.6 section 3.15) allows
more than RFC 3339. Pure: no socket, no clock, no asyncio.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

_ANSWER_SUFFIX = "Response"
_SECRET_FIELDS = frozenset({"idtag", "parentidtag"})
_ERROR_CODES = {
    "type": "TypeConstraintViolation",
    "maxLength": "PropertyConstraintViolation",
    "enum": "PropertyConstraintViolation",
    "multipleOf": "PropertyConstraintViolation",
    "minimum": "PropertyConstraintViolation",
    "maximum": "PropertyConstraintViolation",
    "required": "OccurenceConstraintViolation",
    "minItems": "OccurenceConstraintViolation",
    "maxItems": "OccurenceConstraintViolation",
}
_KEYWORDS = {
    "required": "a required field is missing",
    "type": "the value has another JSON type than the specification says",
    "enum": "the value is none of the enumeration",
    "maxLength": "the text is longer than allowed",
    "additionalProperties": "a field that the specification does not have",
}
_ISO_8601 = re.compile(
    r"(\d{4}-\d{2}-\d{2}|\d{8})T(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a payload is not what its schema says.

    `path` leads to the value (`/configurationKey/3/value`, empty for the payload itself). `kind` is the JSON-schema keyword that
    was violated (`required`, `type`, `enum`, `maxLength`, `additionalProperties`, ...) or `date-time`: a text in the place of a
    date that is none, or `date-time-offset`: a date that does not say its time zone.
    """

    path: str
    message: str
    kind: str

    @property
    def error_code(self) -> str:
        """The CALLERROR code for it, in OCPP-J 1.6's spelling (section 4.2.3)."""
        return _ERROR_CODES.get(self.kind, "FormationViolation")


def violations(action: str, is_response: bool, payload: Any) -> list[Violation]:
    """Everything in which the payload of this message differs from its schema; an unknown action has no schema: `KeyError`."""
    check = _checks()[action, is_response]
    found = [] if check.validator.is_valid(payload) else list(_schema_violations(check.validator, payload))
    return found + list(_date_violations(check.dates, payload, "")) if check.dates else found


@cache
def known_actions() -> frozenset[str]:
    """Every action of OCPP 1.6 edition 2 and of its security extension."""
    return frozenset(action for action, is_response in _checks() if not is_response)


def is_well_formed(action: str, is_response: bool, payload: Any) -> bool:
    """Whether the schema accepts the payload; dates are not looked at. The fast question of the hot path."""
    return _checks()[action, is_response].validator.is_valid(payload)


def validity(action: str, is_response: bool) -> Callable[[Any], bool]:
    """`is_well_formed` of one kind of message, for whoever asks it often; an unknown action has no schema: `KeyError`."""
    return _checks()[action, is_response].validator.is_valid


@cache
def request_schema(action: str) -> dict[str, Any]:
    """The JSON schema of a request itself; an unknown action has none: `KeyError`."""
    if action not in known_actions():
        raise KeyError(action)
    schema: dict[str, Any] = orjson.loads((_schema_directory() / f"{action}.json").read_bytes())
    return schema


DatePlaces = dict[str, "DatePlaces | None"]
"""Where a schema has dates: names of fields (`*` for every item of an array) down to None, which marks a date."""


@dataclass(frozen=True, slots=True)
class _Check:
    validator: jsonschema_rs.Draft4Validator
    dates: DatePlaces


@cache
def _checks() -> dict[tuple[str, bool], _Check]:
    checks = {}
    for path in sorted(_schema_directory().glob("*.json")):
        schema = orjson.loads(path.read_bytes())
        is_response = path.stem.endswith(_ANSWER_SUFFIX)
        action = path.stem.removesuffix(_ANSWER_SUFFIX)
        checks[action, is_response] = _Check(
            jsonschema_rs.Draft4Validator(schema, validate_formats=False), _date_places(schema, schema.get("definitions", {})) or {}
        )
    return checks


def _schema_directory() -> Path:
    """Found without importing `ocpp.v16`, which would bring asyncio in."""
    specification = importlib.util.find_spec("ocpp")
    if specification is None or not specification.submodule_search_locations:
        raise ModuleNotFoundError("the package `ocpp` is not installed; install this distribution with its dependencies")
    return Path(specification.submodule_search_locations[0]) / "v16" / "schemas"


def _schema_violations(validator: jsonschema_rs.Draft4Validator, payload: Any) -> Iterator[Violation]:
    for error in validator.iter_errors(payload):
        path = [str(step) for step in error.instance_path]
        kind = str(error.schema_path[-1])
        message = error.message
        if path and path[-1].lower() in _SECRET_FIELDS:
            message = _KEYWORDS.get(kind, "the value is not allowed")
        yield Violation(_pointer(path), message, kind)


def _pointer(path: list[str]) -> str:
    return "".join(f"/{step}" for step in path)


def _date_places(schema: dict[str, Any], definitions: dict[str, Any]) -> DatePlaces | None:
    """The dates below this part of a schema; None: it is itself a date; empty: there are none."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/definitions/")]
    if schema.get("format") == "date-time":
        return None
    below = {name: _date_places(part, definitions) for name, part in schema.get("properties", {}).items()}
    if "items" in schema:
        below["*"] = _date_places(schema["items"], definitions)
    return {name: places for name, places in below.items() if places is None or places}


def _date_violations(places: DatePlaces, value: Any, path: str) -> Iterator[Violation]:
    for name, below in places.items():
        if name == "*":
            parts = [(str(index), item) for index, item in enumerate(value)] if isinstance(value, list) else []
        else:
            parts = [(name, value[name])] if isinstance(value, dict) and name in value else []
        for step, part in parts:
            if below is not None:
                yield from _date_violations(below, part, f"{path}/{step}")
            elif isinstance(part, str):
                yield from _date_violation(part, f"{path}/{step}")


def _date_violation(text: str, path: str) -> Iterator[Violation]:
    found = _ISO_8601.fullmatch(text)
    if not found or not _exists(found):
        yield Violation(path, f'"{text[:40]}" is no date and time of ISO 8601', "date-time")
    elif not found[5]:
        yield Violation(path, f'"{text[:40]}" does not say its time zone', "date-time-offset")


def _exists(found: re.Match[str]) -> bool:
    """Whether day and time of a well-spelt date exist; 24:00 and the leap second do in ISO 8601."""
    day, hour, minute, second = found[1].replace("-", ""), int(found[2]), int(found[3] or 0), int(found[4] or 0)
    try:
        datetime.strptime(day, "%Y%m%d")  # noqa: DTZ007 - only the calendar day is looked at
    except ValueError:
        return False
    return (hour < 24 and minute < 60 and second <= 60) or (hour, minute, second) == (24, 0, 0)
