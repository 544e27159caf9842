"""The OpenAPI document, and the page that a person reads about the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from registry.accounts.access import anybody
from registry.api.answers import tagged
from registry.api.problems import PREFIX

EXTENSION = "ocpp-registry-api"
METHODS = ("get", "post", "put", "patch", "delete")

_TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false"}

api_pages = Blueprint("api_pages", __name__)


@dataclass(frozen=True)
class Argument:
    """An argument of an operation: its name, where it stands, what it is."""

    name: str
    place: str
    kind: str
    about: str
    is_needed: bool


@dataclass(frozen=True)
class Operation:
    """An operation, as a person reads it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    role: str
    arguments: tuple[Argument, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The operations about one thing."""

    name: str
    about: str
    operations: tuple[Operation, ...]


@api_pages.get("/api")
@anybody
def index() -> str:
    """Every operation of the API, for people."""
    document = _document()
    return render_template("api/index.html", groups=groups(document), version=document["info"]["version"], prefix=PREFIX)


@api_pages.get(f"{PREFIX}/openapi.json")
@anybody
def openapi() -> ResponseReturnValue:
    """The OpenAPI document."""
    return tagged(jsonify(_document()))


def groups(document: Mapping[str, Any]) -> tuple[Group, ...]:
    """The document's operations by what they are about, in its order."""
    found = list(_operations(document))
    return tuple(
        Group(tag["name"], tag["description"], tuple(operation for name, operation in found if name == tag["name"]))
        for tag in document["tags"]
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                told = item[method]
                arguments = (*_parameters(document, (*item.get("parameters", ()), *told.get("parameters", ()))), *_body(document, told))
                answers = tuple(sorted(told["responses"]))
                yield (
                    told["tags"][0],
                    Operation(
                        told["operationId"],
                        method.upper(),
                        path,
                        told.get("summary", ""),
                        told.get("description", ""),
                        told["x-role"],
                        arguments,
                        answers,
                    ),
                )


def _parameters(document: Mapping[str, Any], parameters: tuple[Mapping[str, Any], ...]) -> Iterator[Argument]:
    for one in parameters:
        told = _resolved(document, one)
        if told["name"] != "If-None-Match":
            needed = bool(told.get("required"))
            yield Argument(told["name"], told["in"], _kind(document, told["schema"]), told.get("description", ""), needed)


def _body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[Argument]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = _resolved(document, content["schema"])
        needed = schema.get("required", ())
        for name, told in schema.get("properties", {}).items():
            place = "form" if kind.startswith("multipart") else "json"
            yield Argument(name, place, _kind(document, told), told.get("description", ""), name in needed)


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A type in a few words: "whole number, 1 to 200", "list of text", "one of yes, no"."""
    told = _resolved(document, schema)
    if told.get("enum"):
        return f"one of {', '.join(str(value) for value in told['enum'] if value is not None)}"
    types = told.get("type", "object")
    name = next((one for one in types if one != "null"), "") if isinstance(types, list) else str(types)
    if name == "array":
        each = _kind(document, told.get("items", {}))
        return f"any of {each.removeprefix('one of ')}" if each.startswith("one of ") else f"list of {each}"
    if name == "integer" and "minimum" in told and "maximum" in told:
        return f"{_TYPES[name]}, {told['minimum']} to {told['maximum']}"
    return "file" if told.get("format") == "binary" else _TYPES.get(name, name)


def _resolved(document: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference stands for; an object that may be null is what it is when it is not."""
    if "$ref" in told:
        found: Any = document
        for step in str(told["$ref"]).removeprefix("#/").split("/"):
            found = found[step]
        return _resolved(document, found)
    if "anyOf" in told:
        return _resolved(document, next(one for one in told["anyOf"] if one.get("type") != "null"))
    return told


def _document() -> dict[str, Any]:
    write: Callable[[], dict[str, Any]] = current_app.extensions[EXTENSION]
    return write()
