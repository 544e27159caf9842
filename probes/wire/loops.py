"""The event loop under the stack: asyncio's own, or uvloop where the extra `fast` is installed; with it goes who reads frames."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

Outcome = TypeVar("Outcome")


def fast_loop_is_installed() -> bool:
    """Whether the extra `fast` is there."""
    return importlib.util.find_spec("uvloop") is not None and importlib.util.find_spec("picows") is not None


@cache
def _fast_loops() -> tuple[type[asyncio.AbstractEventLoop], ...]:
    return (importlib.import_module("uvloop").Loop,) if fast_loop_is_installed() else ()


def is_fast(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether this is the faster loop, with picows beside it."""
    return isinstance(loop, _fast_loops())


def run(main: Coroutine[Any, Any, Outcome]) -> Outcome:
    """`asyncio.run`, on the faster loop where there is one."""
    if fast_loop_is_installed():
        uvloop = importlib.import_module("uvloop")
        outcome: Outcome = uvloop.run(main)
        return outcome
    return asyncio.run(main)
