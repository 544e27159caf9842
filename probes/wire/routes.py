"""From an action to its handler, worked out once: which arguments it takes, whether it waits, and how its payloads are checked.

The library looks at the handler's signature and converts every name of a payload for every call. Here a route keeps what was found, and
only what the handler names is converted; a handler that takes the rest as `**_` says that it does not look at it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MethodType
from typing import Any, NamedTuple

from ocpp.routing import create_route_map

from probes.wire.casing import snake, snake_name
from probes.wire.schemas import validity

Handler = Callable[..., Any]


class Route(NamedTuple):
    """What answers the calls of one action. `waits`: the handler is a coroutine function. `after` runs when the answer is out."""

    handler: Handler
    takes: frozenset[str] | None
    waits: bool
    after: Handler | None
    after_takes: frozenset[str] | None
    is_valid: Callable[[Any], bool]
    is_valid_answer: Callable[[Any], bool]


def route(action: str, entry: Mapping[str, Any]) -> Route | None:
    """The route for what the library's route map has under an action; None when nothing answers."""
    handler = entry.get("_on_action")
    if handler is None:
        return None
    after = entry.get("_after_action")
    return Route(
        _bare(handler),
        _parameters(_function(handler)),
        inspect.iscoroutinefunction(inspect.unwrap(handler)),
        after,
        _parameters(_function(after)) if after else None,
        validity(action, False),
        validity(action, True),
    )


def arguments(payload: dict[str, Any], takes: frozenset[str] | None) -> dict[str, Any]:
    """The payload as keyword arguments: those of these names (None: all), in snake_case at every depth."""
    if takes is None:
        converted: dict[str, Any] = snake(payload)
        return converted
    if not takes:
        return {}
    return {name: snake(value) for camel, value in payload.items() if (name := snake_name(camel)) in takes}


def entry_of(action: str, behaviours: Sequence[object]) -> dict[str, Any]:
    """What the library's route map would have under an action, over several objects; of two handlers for one action the later counts."""
    for behaviour in reversed(behaviours):
        names = _named_routes(type(behaviour)).get(action)
        if names is not None:
            return {option: getattr(behaviour, name) for option, name in names.items() if name}
    return {}


_NAMED: dict[type, dict[str, dict[str, str]]] = {}


def _named_routes(kind: type) -> dict[str, dict[str, str]]:
    """By action the names of the methods of a class: the library asks every object for every name that it ever saw."""
    if kind not in _NAMED:
        _NAMED[kind] = {
            str(action): {option: getattr(method, "__name__", "") for option, method in options.items()}
            for action, options in create_route_map(kind).items()
        }
    return _NAMED[kind]


def _bare(handler: Handler) -> Handler:
    """The method itself, without the library's decorator around it, which only marks it."""
    if isinstance(handler, MethodType):
        return MethodType(inspect.unwrap(handler.__func__), handler.__self__)
    return handler


def _function(method: Handler) -> Handler:
    """What is behind a bound method: there is one for each class, not one for each object."""
    return getattr(method, "__func__", method)


@cache
def _parameters(function: Handler) -> frozenset[str] | None:
    """The names that it takes; None: any, as it takes the rest under a name that says so."""
    parameters = inspect.signature(function).parameters.values()
    rest = [each.name for each in parameters if each.kind is inspect.Parameter.VAR_KEYWORD]
    if not rest or not rest[0].startswith("_"):
        return None
    return frozenset(each.name for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD) - {"self"}
