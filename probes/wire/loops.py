"""The event loop under the stack: asyncio's own, or uvloop where the extra `fast` is installed."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")


def fast_loop_is_installed() -> bool:
    """Whether the extra `fast` is there."""
    return importlib.util.find_spec("uvloop") is not None


def run(main: Coroutine[Any, Any, Outcome]) -> Outcome:
    """`asyncio.run`, on the faster loop where there is one."""
    if fast_loop_is_installed():
        uvloop = importlib.import_module("uvloop")
        outcome: Outcome = uvloop.run(main)
        return outcome
    return asyncio.run(main)
