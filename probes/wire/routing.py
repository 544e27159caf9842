"""The `ocpp` library's `@on` and `@after`, with their types told: a method under `@on(action)` answers that action's calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import ocpp.routing
from ocpp.v16.enums import Action

Handler = TypeVar("Handler", bound=Callable[..., Any])


def on(action: Action) -> Callable[[Handler], Handler]:
    """The method takes the call's payload as keyword arguments in snake_case and gives the library's `call_result.X`."""
    return cast("Callable[[Handler], Handler]", ocpp.routing.on(action))


def after(action: Action) -> Callable[[Handler], Handler]:
    """The method runs with the same arguments after the answer has gone out."""
    return cast("Callable[[Handler], Handler]", ocpp.routing.after(action))
