"""What is sent to a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


def is_question(statement: str) -> bool:
    """Whether a statement asks for rows, and changes none."""
    return statement.startswith("SELECT")


@contextmanager
def sent_to(bind: Engine | Connection, counts: Callable[[str], bool] = lambda _: True) -> Iterator[list[str]]:
    """The statements of a block, those that count; beginning and ending a transaction are none."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if counts(statement):
            sent.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(bind, "before_cursor_execute", note)
