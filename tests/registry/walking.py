"""Walks the map of addresses: every route with an address that leads to it, for tests that hold something of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.routing.converters import AnyConverter, FloatConverter, IntegerConverter, UUIDConverter

NOWHERE: Mapping[str, str] = {"sha256": "0" * 64, "number": "OCA.0016.0000.CS", "audit_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
"""Values of path parameters that name nothing, so that a request changes nothing."""


@dataclass(frozen=True)
class Route:
    """One method of one route, and an address that leads there."""

    method: str
    rule: str
    endpoint: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def changes(self) -> bool:
        """Whether it is asked with a method that may change something."""
        return self.method not in ("GET", "HEAD", "OPTIONS")


def routes(app: Flask, known: Mapping[str, str] = NOWHERE) -> list[Route]:
    """All of them, with the values of `known` for their parameters."""
    return [route for rule in app.url_map.iter_rules() if rule.endpoint != "static" for route in _of(rule, known)]


def _of(rule: Rule, known: Mapping[str, str]) -> Iterator[Route]:
    values = {name: known.get(name) or _some(rule, name) for name in rule.arguments}
    path = rule.rule
    for name, value in values.items():
        start = path.index(f"{name}>")
        opened = path.rindex("<", 0, start + 1)
        path = f"{path[:opened]}{value}{path[start + len(name) + 1 :]}"
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield Route(method, rule.rule, rule.endpoint, path)


def _some(rule: Rule, name: str) -> str:
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    if isinstance(converter, (IntegerConverter, FloatConverter)):
        return "999999"
    return NOWHERE["audit_id"] if isinstance(converter, UUIDConverter) else "nothing"
