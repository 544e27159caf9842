"""Who acts: set once for a request or a command, and borne by every event that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ITSELF = "the registry itself"
"""The author of what nobody asked for: a worker that goes on, a list that is fetched at its hour."""

VISITOR = "a visitor"
"""The author of what somebody did who is not signed in."""

_acting: ContextVar[str] = ContextVar("acting", default=ITSELF)


@contextmanager
def acting(name: str) -> Iterator[None]:
    """Until the end of the block, what happens is done by `name`."""
    before = _acting.set(name)
    try:
        yield
    finally:
        _acting.reset(before)


def who() -> str:
    """The one who acts."""
    return _acting.get()
